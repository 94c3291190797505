"""Uploads to a rehearsal in tests: an index that serves, the form that twine sends for a file, and one raw HTTP request."""

import http.client
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b, md5, sha256
from pathlib import Path

from preflight.distributions.archive import Distribution, Kind
from preflight.distributions.built import BuiltFile
from preflight.distributions.core_metadata import read_core_metadata
from preflight.distributions.fields import Origin
from preflight.distributions.stored_file import StoredFile
from preflight.rehearsal.index import Index
from preflight.rehearsal.limits import Limits
from preflight.rehearsal.pages import Pages
from preflight.rehearsal.server import Running, serving
from preflight.rehearsal.state import State
from preflight.rehearsal.trusted_publishing import TrustedPublishing
from preflight.sources.tree import MemoryTree

BOUNDARY = "a-boundary-of-the-tests"
Fields = list[tuple[str, str]]


@dataclass(frozen=True)
class Reply:
    """A response: the status line's number and phrase, and the body."""

    status: int
    reason: str
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Rehearsal:
    """A rehearsal that serves."""

    index: Index
    running: Running
    trusted: TrustedPublishing
    token: str

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        """One request on a connection of its own; `accept_` and the like are header names."""
        connection = http.client.HTTPConnection("127.0.0.1", self.running.port, timeout=20)
        try:
            named = {name.rstrip("_").replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            reply = connection.getresponse()
            return Reply(reply.status, reply.reason, reply.read().decode(), dict(reply.headers.items()))
        finally:
            connection.close()

    def upload(self, fields: Fields, file: tuple[str, bytes] | None, *, token: str | None = None, **more: str) -> Reply:
        """Upload a form."""
        headers = {
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "Authorization": basic("__token__", self.token if token is None else token),
            **more,
        }
        return self.request("POST", "/legacy/", multipart(fields, file), **headers)

    def upload_file(self, filename: str, data: bytes, **more: str) -> Reply:
        """Upload a file with the form that twine makes of it."""
        return self.upload(form_of(filename, data), (filename, data), **more)


@contextmanager
def rehearsal(folder: Path, state: State | None = None, limits: Limits | None = None) -> Iterator[Rehearsal]:
    """A rehearsal over an imagined state, as long as the block lasts."""
    index = Index(state or State(), folder, limits)
    trusted = TrustedPublishing(index)
    with serving(index, Pages(index, trusted)) as running:
        yield Rehearsal(index, running, trusted, index.mint.account_token())


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def multipart(fields: Sequence[tuple[str, str]], file: tuple[str, bytes] | None) -> bytes:
    """The body of a form."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value.encode() + b"\r\n"
        for name, value in fields
    ]
    if file is not None:
        filename, data = file
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="content"; filename="{filename}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        parts.append(head.encode() + data + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


_KEYS = {"classifier": "classifiers", "project-url": "project_urls"}


def form_of(filename: str, data: bytes, **changed: str) -> Fields:
    """The form that twine sends for a file (twine: package.py, `metadata_dictionary`); `changed` fields replace those of their name."""
    wheel = filename.lower().endswith(".whl")
    fields = [
        (":action", "file_upload"),
        ("protocol_version", "1"),
        ("filetype", "bdist_wheel" if wheel else "sdist"),
        ("pyversion", filename.split("-")[-3] if wheel and filename.count("-") > 2 else "py3" if wheel else "source"),
        ("md5_digest", md5(data, usedforsecurity=False).hexdigest()),
        ("sha256_digest", sha256(data).hexdigest()),
        ("blake2_256_digest", blake2b(data, digest_size=32).hexdigest()),
        *_metadata(filename, data, Origin.WHEEL if wheel else Origin.SDIST),
    ]
    kept = [(name, value) for name, value in fields if name not in changed]
    return [*kept, *((name, value) for name, value in changed.items() if value != DROPPED)]


DROPPED = "\0dropped"
"""As the value of a changed field: the form has none of that name."""


def _metadata(filename: str, data: bytes, origin: Origin) -> Fields:
    kind = Kind.WHEEL if origin is Origin.WHEEL else Kind.ZIP_SDIST if filename.endswith(".zip") else Kind.SDIST
    tree = MemoryTree({filename: data})
    built = BuiltFile(Distribution(StoredFile(tree, filename), kind, len(data), lambda place, text: None))
    metadata = built.metadata
    if metadata is None:
        name, _, rest = filename.partition("-")
        version = re.sub(r"\.(tar\.\w+|zip|egg|whl)$", "", rest.partition("-")[0])
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        metadata = read_core_metadata(text.encode(), filename, "METADATA", origin)
    found = []
    for field in metadata.fields.fields:
        key = _KEYS.get(field.name, field.name.replace("-", "_"))
        found.append((key, f"{field.extra}, {field.value}" if field.name == "project-url" else field.value))
    return found
