"""What the rehearsal's index shows and takes besides uploads: its APIs, its files, its page, and trusted publishing. Knows no sockets."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qs

from preflight.distributions.filenames import normalize_project
from preflight.rehearsal.answers import HttpAnswer
from preflight.rehearsal.index import Index
from preflight.rehearsal.page import page
from preflight.rehearsal.simple import not_found, project_files, project_json, project_list, response
from preflight.rehearsal.state import IndexFile, Project
from preflight.rehearsal.trusted_publishing import TrustedPublishing, missing_tool
from preflight.sources.records import dataclass

MINT = ("/_/oidc/mint-token", "/_/oidc/github/mint-token")


@dataclass(frozen=True)
class FileReply:
    """A response whose body is a file. `head` is all but the body."""

    head: HttpAnswer
    path: Path


class Pages:
    """The routes besides `/legacy/`."""

    def __init__(self, index: Index, trusted: TrustedPublishing) -> None:
        self._index = index
        self._trusted = trusted

    def get(self, path: str, query: str, headers: Mapping[str, str]) -> HttpAnswer | FileReply:
        """The answer to a GET."""
        given = {name.lower(): value for name, value in headers.items()}
        base, accept = f"http://{given.get('host', '127.0.0.1')}", given.get("accept")
        match path.strip("/").split("/"):
            case [""]:
                return response(page(self._index), "text/html; charset=UTF-8")
            case ["simple"]:
                return project_list(self._index.projects(), accept)
            case ["simple", name]:
                return self._of_project(name, lambda project: project_files(project, base, accept))
            case ["pypi", name, "json"]:
                return self._of_project(name, lambda project: project_json(project, None, base))
            case ["pypi", name, version, "json"]:
                return self._of_project(name, lambda project: project_json(project, version, base))
            case ["files", digest, filename]:
                return self._file(digest, filename)
            case ["_", "oidc", "audience"]:
                return response(json.dumps({"audience": self._trusted.audience}), "application/json")
            case ["_", "oidc", "request"]:
                audience = parse_qs(query).get("audience", [""])[-1]
                return self._trusted.id_token(given.get("authorization"), audience)
            case _:
                return not_found()

    def post(self, path: str, body: bytes) -> HttpAnswer | None:
        """The answer to a POST; None where nothing takes one."""
        if path.rstrip("/") not in MINT:
            return None
        missing = missing_tool()
        return (
            response(missing, "text/plain; charset=UTF-8", "503 Service Unavailable")
            if missing
            else self._trusted.mint(body)
        )

    def _of_project(self, name: str, work: Callable[[Project], HttpAnswer]) -> HttpAnswer:
        wanted = normalize_project(name)
        found = next((each for each in self._index.projects() if each.normalized == wanted), None)
        return work(found) if found is not None else not_found()

    def _file(self, digest: str, filename: str) -> HttpAnswer | FileReply:
        """A file, or (PEP 658) its metadata beside it. What a client names only chooses among what is kept."""
        for each in (file for project in self._index.projects() for file in project.files.values()):
            if each.blake2_256 == digest and each.folder:
                if filename == each.filename:
                    return _stored(each, "file", "application/octet-stream")
                if filename == f"{each.filename}.metadata" and each.metadata_sha256:
                    return _stored(each, "metadata", "text/plain; charset=UTF-8")
        return not_found()


def _stored(file: IndexFile, name: str, content_type: str) -> FileReply:
    path = Path(file.folder) / name
    headers = (("Content-Type", content_type), ("Content-Length", str(path.stat().st_size)))
    return FileReply(HttpAnswer(200, "OK", headers, b""), path)
