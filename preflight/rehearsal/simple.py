"""The simple API and the JSON API over what the rehearsal's index holds (PEP 503, 592, 658, 691, 700, 714; PyPI: "JSON API"). Keeps no state."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote

from preflight.rehearsal.answers import HttpAnswer
from preflight.rehearsal.state import IndexFile, Project

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"
API_VERSION = "1.4"

_HTML_TYPES = ("text/html", HTML, "application/vnd.pypi.simple.latest+html")
_JSON_TYPES = (JSON, "application/vnd.pypi.simple.latest+json")


def wants_json(accept: str | None) -> bool:
    """Whether the client likes JSON better: HTML is the default (PEP 691, "Version + Format Selection")."""
    best = {True: 0.0, False: 0.0}
    for each in (accept or "").split(","):
        kind, _, parameters = each.partition(";")
        name, _, quality = parameters.strip().partition("=")
        try:
            liked = float(quality) if name == "q" else 1.0
        except ValueError:
            liked = 0.0
        if kind.strip() in (*_JSON_TYPES, *_HTML_TYPES):
            is_json = kind.strip() in _JSON_TYPES
            best[is_json] = max(best[is_json], liked)
    return best[True] > best[False]


def response(body: str, content_type: str, status: str = "200 OK") -> HttpAnswer:
    """A whole response."""
    code, _, reason = status.partition(" ")
    data = body.encode()
    headers = (("Content-Type", content_type), ("Content-Length", str(len(data))), ("Cache-Control", "no-store"))
    return HttpAnswer(int(code), reason, headers, data)


def not_found(what: str = "404 Not Found") -> HttpAnswer:
    return response(f"{what}\n", "text/plain; charset=UTF-8", "404 Not Found")


def project_list(projects: Sequence[Project], accept: str | None) -> HttpAnswer:
    """`/simple/`."""
    names = sorted({each.normalized for each in projects})
    if wants_json(accept):
        document = {"meta": {"api-version": API_VERSION}, "projects": [{"name": name} for name in names]}
        return response(json.dumps(document), JSON)
    links = "".join(f'<a href="/simple/{quote(name)}/">{escape(name)}</a><br>\n' for name in names)
    return response(
        _document("Simple index", links), f"{HTML}; charset=UTF-8" if _asks_html(accept) else "text/html; charset=UTF-8"
    )


def project_files(project: Project, base: str, accept: str | None) -> HttpAnswer:
    """`/simple/NAME/`: the files that were uploaded; of others the rehearsal has nothing to give."""
    files = [each for each in project.files.values() if each.folder]
    if wants_json(accept):
        document = {
            "meta": {"api-version": API_VERSION},
            "name": project.normalized,
            "versions": sorted({each.version for each in files}),
            "files": [_as_json(each, base) for each in files],
        }
        return response(json.dumps(document), JSON)
    links = "".join(f"{_link(each, base)}<br>\n" for each in files)
    kind = f"{HTML}; charset=UTF-8" if _asks_html(accept) else "text/html; charset=UTF-8"
    return response(_document(f"Links for {project.normalized}", links), kind)


def _asks_html(accept: str | None) -> bool:
    return HTML in (accept or "")


def _document(title: str, links: str) -> str:
    return (
        '<!DOCTYPE html>\n<html>\n<head><meta name="pypi:repository-version" content="'
        f'{API_VERSION}"><title>{escape(title)}</title></head>\n<body>\n<h1>{escape(title)}</h1>\n{links}</body>\n</html>\n'
    )


def file_path(file: IndexFile) -> str:
    """Where a file is downloaded from."""
    return f"/files/{file.blake2_256}/{quote(file.filename)}"


def _link(file: IndexFile, base: str) -> str:
    attributes = {"href": f"{base}{file_path(file)}#sha256={file.sha256}"}
    if file.requires_python:
        attributes["data-requires-python"] = file.requires_python
    if file.metadata_sha256:
        attributes["data-core-metadata"] = attributes["data-dist-info-metadata"] = f"sha256={file.metadata_sha256}"
    if file.yanked is not None:
        attributes["data-yanked"] = file.yanked
    text = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    return f"<a {text}>{escape(file.filename)}</a>"


def _as_json(file: IndexFile, base: str) -> Mapping[str, object]:
    metadata: object = {"sha256": file.metadata_sha256} if file.metadata_sha256 else False
    return {
        "filename": file.filename,
        "url": f"{base}{file_path(file)}",
        "hashes": {"sha256": file.sha256},
        "requires-python": file.requires_python or None,
        "core-metadata": metadata,
        "data-dist-info-metadata": metadata,
        "yanked": False if file.yanked is None else file.yanked or True,
        "size": file.size,
        "upload-time": file.uploaded.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if file.uploaded else None,
        "provenance": None,
    }


_INFO_TEXTS = (
    "author author-email description description-content-type download-url home-page keywords license license-expression maintainer maintainer-email "
    "requires-python summary"
).split()


def project_json(project: Project, version: str | None, base: str) -> HttpAnswer:
    """`/pypi/NAME/json` and `/pypi/NAME/VERSION/json`."""
    files = [each for each in project.files.values() if each.folder]
    releases: dict[str, list[IndexFile]] = {}
    for each in files:
        releases.setdefault(each.version, []).append(each)
    wanted = version if version is not None else _latest(list(releases))
    chosen = releases.get(wanted or "")
    if not chosen:
        return response('{"message": "Not Found"}', "application/json", "404 Not Found")
    document: dict[str, object] = {
        "info": _info(project, chosen[0], base),
        "last_serial": len(files),
        "urls": [_url(each, base) for each in chosen],
        "vulnerabilities": [],
    }
    if version is None:
        document["releases"] = {name: [_url(each, base) for each in found] for name, found in releases.items()}
    return response(json.dumps(document), "application/json")


def _latest(versions: Sequence[str]) -> str | None:
    """The newest final release, else the newest of all."""
    from packaging.version import Version

    finals = [each for each in versions if not Version(each).is_prerelease]
    return max(finals or versions, key=Version, default=None)


def _info(project: Project, file: IndexFile, base: str) -> Mapping[str, object]:
    metadata = file.metadata
    texts = {name.replace("-", "_"): metadata.get(name, (None,))[0] for name in _INFO_TEXTS}
    urls = dict(each.partition(",")[::2] for each in metadata.get("project-url", ()))
    return {
        **texts,
        "name": project.name,
        "version": file.version,
        "classifiers": list(metadata.get("classifier", ())),
        "requires_dist": list(metadata.get("requires-dist", ())) or None,
        "provides_extra": list(metadata.get("provides-extra", ())) or None,
        "license_files": list(metadata.get("license-file", ())) or None,
        "project_urls": {label.strip(): url.strip() for label, url in urls.items()} or None,
        "package_url": f"{base}/pypi/{project.normalized}/json",
        "yanked": file.yanked is not None,
        "yanked_reason": file.yanked or None,
    }


def _url(file: IndexFile, base: str) -> Mapping[str, object]:
    return {
        "filename": file.filename,
        "url": f"{base}{file_path(file)}",
        "digests": {"blake2b_256": file.blake2_256, "md5": file.md5, "sha256": file.sha256},
        "packagetype": "sdist" if file.is_sdist else "bdist_wheel",
        "requires_python": file.requires_python or None,
        "size": file.size,
        "upload_time_iso_8601": file.uploaded.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if file.uploaded else None,
        "yanked": file.yanked is not None,
        "yanked_reason": file.yanked or None,
    }
