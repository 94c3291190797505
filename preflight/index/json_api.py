"""The JSON API of PyPI: what the metadata of one release say (docs.pypi.org, "JSON API"). Other indexes have no such API."""

from preflight.index.failures import Unreachable, host_of
from preflight.index.transport import Answer
from preflight.sources.records import dataclass


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """The metadata of a release: its requirements, and the addresses of its home and its source."""

    requires_dist: tuple[str, ...]
    urls: tuple[str, ...]


def read_release(answer: Answer) -> ReleaseInfo | None:
    """The metadata of a release; None where there is none, or its project is hidden (404).

    Raises:
        Unreachable: the answer is none of the JSON API.
    """
    if answer.status == 404:
        return None
    if answer.status != 200:
        raise Unreachable("status", f"{host_of(answer.url)} answered with status {answer.status}")
    from json import loads

    try:
        page = loads(answer.body)
    except (ValueError, RecursionError):
        page = None
    info = page.get("info") if isinstance(page, dict) and answer.content_type == "application/json" else None
    if not isinstance(info, dict):
        raise Unreachable("unreadable", f"{host_of(answer.url)} answered what is no metadata of a release")
    required, links = info.get("requires_dist"), info.get("project_urls")
    urls = [info.get("home_page"), *(links.values() if isinstance(links, dict) else ())]
    return ReleaseInfo(
        requires_dist=tuple(each for each in required if isinstance(each, str)) if isinstance(required, list) else (),
        urls=tuple(dict.fromkeys(each for each in urls if isinstance(each, str) and each)),
    )
