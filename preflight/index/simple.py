"""The simple API: a project's page as JSON (PEP 691, 700, 740, 792) or HTML (PEP 503, 592). Follows no link of it."""

from collections.abc import Iterable
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from preflight.index.failures import Unreachable, host_of
from preflight.index.projects import IndexFile, IndexProject
from preflight.index.timestamps import seconds
from preflight.index.transport import Answer
from preflight.project.inventory import DISTRIBUTION_SUFFIXES

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"  # PEP 691
_JSON = ("application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.latest+json")
_HTML = ("application/vnd.pypi.simple.v1+html", "text/html")


def read_project(answer: Answer, index: str, name: str) -> IndexProject:
    """What a page says of a project; 404 means that there is none.

    Raises:
        Unreachable: the answer is no such page.
    """
    if answer.status == 404:
        return IndexProject(index, name, exists=False)
    if answer.status != 200:
        raise Unreachable("status", f"{host_of(answer.url)} answered with status {answer.status}")
    if answer.content_type in _JSON:
        files, status = read_json(answer.body, answer.url)
    elif answer.content_type in _HTML:
        files, status = read_html(answer.body, answer.url)
    else:
        raise _unreadable(answer.url)
    return IndexProject(index, name, exists=True, files=tuple(files), status=status)


def read_json(body: bytes, url: str) -> tuple[list[IndexFile], str]:
    """The files and the status on a page in JSON.

    Raises:
        Unreachable: it is no such page.
    """
    from json import loads

    try:
        page = loads(body)
    except (ValueError, RecursionError):
        raise _unreadable(url) from None
    meta = page.get("meta") if isinstance(page, dict) else None
    version = meta.get("api-version") if isinstance(meta, dict) else None
    if not isinstance(version, str) or version.partition(".")[0] != "1" or not isinstance(page.get("files"), list):
        raise _unreadable(url)
    files = [found for each in page["files"] if isinstance(each, dict) and (found := _file(each)) is not None]
    state = page.get("project-status")
    status = state.get("status") if isinstance(state, dict) else None
    return files, status if isinstance(status, str) else ""


def _file(entry: dict[str, object]) -> IndexFile | None:
    filename, hashes, size = entry.get("filename"), entry.get("hashes"), entry.get("size")
    if not isinstance(filename, str) or not filename:
        return None
    digest = hashes.get("sha256") if isinstance(hashes, dict) else None
    provenance = entry.get("provenance")
    return IndexFile(
        filename=filename,
        sha256=digest.lower() if isinstance(digest, str) else "",
        size=size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
        uploaded=seconds(entry.get("upload-time")),
        yanked=entry.get("yanked") not in (None, False),
        provenance=provenance if isinstance(provenance, str) else "",
    )


class _Page(HTMLParser):
    """Collects the links and the `pypi:` metadata of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[tuple[dict[str, str | None], list[str]]] = []
        self.meta: dict[str, str] = {}
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self._open = True
            self.links.append((given, []))
        elif tag == "meta" and (name := given.get("name")) and name.startswith("pypi:"):
            self.meta.setdefault(name, given.get("content") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.links[-1][1].append(data)


def read_html(body: bytes, url: str) -> tuple[list[IndexFile], str]:
    """The files and the status on a page in HTML.

    Raises:
        Unreachable: it is no such page: an error in nice words, a form to log in.
    """
    page = _Page()
    try:
        page.feed(body.decode("utf-8", "replace"))
        page.close()
    except AssertionError:  # what the parser raises on some broken markup
        raise _unreadable(url) from None
    version = page.meta.get("pypi:repository-version", "")
    files = list(_linked(page.links))
    if version.partition(".")[0] not in ("", "1") or not (version or files):
        raise _unreadable(url)
    return files, page.meta.get("pypi:project-status", "")


def _linked(links: Iterable[tuple[dict[str, str | None], list[str]]]) -> Iterable[IndexFile]:
    for attributes, text in links:
        try:
            target = urlsplit(attributes.get("href") or "")
        except ValueError:
            continue
        filename = unquote(target.path.rpartition("/")[2]) or "".join(text).strip()
        if not filename.lower().endswith(DISTRIBUTION_SUFFIXES):
            continue
        kind, _, digest = target.fragment.partition("=")
        yield IndexFile(
            filename=filename,
            sha256=digest.partition("&")[0].lower() if kind == "sha256" else "",
            yanked="data-yanked" in attributes,
            provenance=attributes.get("data-provenance") or "",
        )


def _unreadable(url: str) -> Unreachable:
    return Unreachable("unreadable", f"{host_of(url)} answered what is no page of a package index")
