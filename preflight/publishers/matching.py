"""How PyPI finds the publisher that an identity token belongs to, field by field. Follows warehouse/oidc/models."""

from collections.abc import Iterable
from typing import Protocol

from preflight.publishers.registered import RegisteredPublisher
from preflight.sources.records import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """What a run would claim. None means that the value is not known; an empty `environment` means that the job has none.

    `owner` and `repository` are GitHub's own spelling, as the token has it; `workflow` is the file that defines the job (GitHub: its bare
    name; GitLab: the path of the top-level file).
    """

    kind: str
    owner: str | None
    repository: str | None
    workflow: str | None
    environment: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which a publisher and an identity differ: its name on PyPI's form, what is registered, what the run would claim."""

    field: str
    registered: str
    claimed: str


class Registration(Protocol):
    """A publisher as it is registered, by whatever that is known."""

    @property
    def kind(self) -> str: ...  # pragma: no cover
    @property
    def owner(self) -> str: ...  # pragma: no cover
    @property
    def repository(self) -> str: ...  # pragma: no cover
    @property
    def workflow(self) -> str: ...  # pragma: no cover
    @property
    def environment(self) -> str: ...  # pragma: no cover


def differences(publisher: Registration, identity: Identity) -> list[Difference] | None:
    """The fields that keep PyPI from matching a run with a publisher: none when it matches, None when that is not known.

    Differences that are certain are given even where other fields are unknown. GitHub (warehouse/oidc/models/github.py): owner, repository and
    workflow are looked up by exact text, the environment without regard to letter case. GitLab (models/gitlab.py): namespace and project
    without regard to letter case, the pipeline file and the environment by exact text. An empty registered environment accepts every job.
    """
    if publisher.kind != identity.kind or publisher.kind not in ("github", "gitlab"):
        return None
    ignore_case = publisher.kind == "gitlab"
    found: list[Difference] = []
    unknown = False
    for field, registered, claimed, folds in (
        ("owner", publisher.owner, identity.owner, ignore_case),
        ("repository", publisher.repository, identity.repository, ignore_case),
        ("workflow", publisher.workflow, identity.workflow, False),
    ):
        if claimed is None:
            unknown = True
        elif not _same(registered, claimed, folds):
            found.append(Difference(field, registered, claimed))
    if publisher.environment:
        if identity.environment is None:
            unknown = True
        elif not _same(publisher.environment, identity.environment, not ignore_case):
            found.append(Difference("environment", publisher.environment, identity.environment))
    return None if unknown and not found else found


def _same(registered: str, claimed: str, folds: bool) -> bool:
    return registered.lower() == claimed.lower() if folds else registered == claimed


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether PyPI would find a publisher for a run.

    `matched` is the publisher that PyPI would take; `nearest` the one that differs least, with its `differences`; `certain` is False where an
    unknown field could still decide.
    """

    matched: RegisteredPublisher | None
    nearest: RegisteredPublisher | None
    differences: tuple[Difference, ...]
    certain: bool


def verdict(publishers: Iterable[RegisteredPublisher], identity: Identity) -> Verdict:
    """Judge a run against all publishers of its index.

    The nearest publisher is the one with the fewest differing fields; of equal ones the one whose workflow file agrees, then the first declared.
    A publisher with the environment of the job goes before one without environment, as on PyPI.
    """
    candidates: list[tuple[tuple[int, bool], RegisteredPublisher, list[Difference]]] = []
    undecided: list[RegisteredPublisher] = []
    matched: list[RegisteredPublisher] = []
    for publisher in publishers:
        found = differences(publisher, identity)
        if found is None:
            undecided.append(publisher)
        elif not found:
            matched.append(publisher)
        else:
            wrong_file = any(each.field == "workflow" for each in found)
            candidates.append(((len(found), wrong_file), publisher, found))
    if matched:
        specific = [each for each in matched if each.environment]
        return Verdict((specific or matched)[0], None, (), not undecided)
    if undecided or not candidates:
        return Verdict(None, undecided[0] if undecided else None, (), False)
    _, nearest, found = min(candidates, key=lambda each: each[0])
    return Verdict(None, nearest, tuple(found), True)
