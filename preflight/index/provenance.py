"""Who published a file, as the Integrity API tells it (PEP 740; docs.pypi.org, "Integrity API"). Verifies no signature: what is told is what is registered."""

from preflight.index.failures import Unreachable, host_of
from preflight.index.transport import Answer
from preflight.sources.records import dataclass

ACCEPT = "application/vnd.pypi.integrity.v1+json, application/json;q=0.5"
_TYPES = ("application/vnd.pypi.integrity.v1+json", "application/json")


@dataclass(frozen=True, slots=True)
class ProvenPublisher:
    """A trusted publisher as it was registered when a file came. `environment` is empty where it was registered without one."""

    kind: str
    owner: str
    repository: str
    workflow: str
    environment: str


def read_provenance(answer: Answer) -> tuple[ProvenPublisher, ...]:
    """The publishers that the bundles name, each once; of kinds that are known. Without provenance (404) there are none.

    Raises:
        Unreachable: the answer is none of the Integrity API.
    """
    if answer.status in (403, 404):
        return ()
    if answer.status != 200:
        raise Unreachable("status", f"{host_of(answer.url)} answered with status {answer.status}")
    if answer.content_type not in _TYPES:
        raise _unreadable(answer.url)
    from json import loads

    try:
        page = loads(answer.body)
    except (ValueError, RecursionError):
        raise _unreadable(answer.url) from None
    bundles = page.get("attestation_bundles") if isinstance(page, dict) and page.get("version") == 1 else None
    if not isinstance(bundles, list):
        raise _unreadable(answer.url)
    found = (_publisher(each.get("publisher")) for each in bundles if isinstance(each, dict))
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _publisher(entry: object) -> ProvenPublisher | None:
    """A publisher of GitHub or GitLab (pypi-attestations: `GitHubPublisher`, `GitLabPublisher`)."""
    if not isinstance(entry, dict):
        return None
    field = {"GitHub": "workflow", "GitLab": "workflow_filepath"}.get(str(entry.get("kind")))
    if field is None:
        return None
    repository, workflow, environment = entry.get("repository"), entry.get(field), entry.get("environment")
    if not isinstance(repository, str) or not isinstance(workflow, str):
        return None
    owner, _, name = repository.rpartition("/")
    if not (owner and name and workflow):
        return None
    return ProvenPublisher(
        str(entry["kind"]).lower(), owner, name, workflow, environment if isinstance(environment, str) else ""
    )


def _unreadable(url: str) -> Unreachable:
    return Unreachable("unreadable", f"{host_of(url)} answered what is no provenance")
