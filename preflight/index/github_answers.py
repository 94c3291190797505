"""GitHub's answers as typed values: repository, environments, secret names, releases, tags. Tolerates what it does not know, and asks nobody."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from preflight.engine.facts import Unavailable
from preflight.index.github_policies import RefPolicy
from preflight.index.timestamps import seconds
from preflight.sources.records import dataclass

_Read = TypeVar("_Read")


class UnreadableAnswer(Exception):
    """An answer lacks what GitHub documents."""


def read_answer(read: Callable[[object], _Read], body: object, what: str) -> _Read:
    """The answer as a value, by one of the readers below.

    Raises:
        Unavailable: it is not what GitHub documents, or only a part of a long list.
    """
    try:
        return read(body)
    except UnreadableAnswer:
        raise Unavailable(f"GitHub's answer about {what} is not the whole of what was expected") from None


@dataclass(frozen=True, slots=True)
class RepositoryState:
    """A repository as GitHub knows it now (REST API, "Get a repository"). `asked` is the `owner/name` that was asked for."""

    asked: str
    full_name: str
    owner_type: str
    private: bool
    fork: bool
    default_branch: str

    @property
    def owner(self) -> str:
        """The owner's login, as GitHub spells it."""
        return self.full_name.partition("/")[0]

    @property
    def name(self) -> str:
        """The bare name, as GitHub spells it."""
        return self.full_name.partition("/")[2]

    @property
    def moved(self) -> bool:
        """Whether it was renamed or transferred since it had the name that was asked for."""
        return self.asked.lower() != self.full_name.lower()

    @property
    def of_organization(self) -> bool:
        return self.owner_type == "Organization"


@dataclass(frozen=True, slots=True)
class EnvironmentState:
    """An environment (REST API, "List environments").

    `rules` is `all`, `protected` (branches that are protected) or `selected`; `policies` are those of `selected`, None where they could not be read.
    """

    name: str
    rules: str
    policies: tuple[RefPolicy, ...] | None = None


@dataclass(frozen=True, slots=True)
class SecretName:
    """A secret: its name and when it was last set (ISO 8601, empty where not said). GitHub never shows a value."""

    name: str
    updated: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseState:
    """A release that was published (REST API, "List releases"). `author` is the login of who made it, `published` in seconds since 1970."""

    tag: str
    author: str
    prerelease: bool
    published: float

    @property
    def by_run_token(self) -> bool:
        """Whether a workflow made it with GITHUB_TOKEN, perhaps as a draft that a person published (GitHub, "Triggering a workflow from a workflow")."""
        return self.author == "github-actions[bot]"


def repository_state(asked: str, body: object) -> RepositoryState:
    """Read the answer of `/repos/O/R`.

    Raises:
        UnreadableAnswer: it is none.
    """
    found = _mapping(body)
    full_name = _text(found, "full_name")
    if full_name.count("/") != 1:
        raise UnreadableAnswer
    owner = found.get("owner")
    return RepositoryState(
        asked=asked,
        full_name=full_name,
        owner_type=_text(owner, "type", "") if isinstance(owner, dict) else "",
        private=found.get("private") is True,
        fork=found.get("fork") is True,
        default_branch=_text(found, "default_branch", ""),
    )


def environment_states(body: object) -> tuple[EnvironmentState, ...]:
    """Read the answer of `/repos/O/R/environments`; the patterns of `selected` are another question.

    Raises:
        UnreadableAnswer: it is none, or not the whole list.
    """
    found = []
    for each in _entries(body, "environments"):
        policy = each.get("deployment_branch_policy")
        rules = "all"
        if isinstance(policy, dict):
            rules = "selected" if policy.get("custom_branch_policies") is True else "protected"
        found.append(EnvironmentState(_text(each, "name"), rules))
    return tuple(found)


def ref_policies(body: object) -> tuple[RefPolicy, ...]:
    """Read the answer of `/repos/O/R/environments/E/deployment-branch-policies`.

    Raises:
        UnreadableAnswer: it is none, or not the whole list.
    """
    return tuple(RefPolicy(_text(each, "name"), _text(each, "type", "")) for each in _entries(body, "branch_policies"))


def secret_names(body: object) -> tuple[SecretName, ...]:
    """Read an answer of `/repos/O/R/actions/secrets` and its sisters.

    Raises:
        UnreadableAnswer: it is none, or not the whole list.
    """
    return tuple(SecretName(_text(each, "name"), _text(each, "updated_at", "")) for each in _entries(body, "secrets"))


def file_names(body: object) -> frozenset[str]:
    """Read the answer of `/repos/O/R/contents/FOLDER`: the names of what lies there and is no folder.

    Raises:
        UnreadableAnswer: it is no list of a folder's contents.
    """
    return frozenset(_text(each, "name") for each in _listed(body) if _text(each, "type") != "dir")


def release_states(body: object) -> tuple[ReleaseState, ...]:
    """Read the answer of `/repos/O/R/releases`, without the drafts that it shows to those who may push.

    Raises:
        UnreadableAnswer: it is none.
    """
    found = []
    for each in _listed(body):
        published = seconds(each.get("published_at"))
        if each.get("draft") is True or published is None:
            continue
        author = each.get("author")
        login = _text(author, "login", "") if isinstance(author, dict) else ""
        found.append(ReleaseState(_text(each, "tag_name"), login, each.get("prerelease") is True, published))
    return tuple(sorted(found, key=lambda each: each.published, reverse=True))


def tag_names(body: object) -> frozenset[str]:
    """Read the answer of `/repos/O/R/git/matching-refs/tags`.

    Raises:
        UnreadableAnswer: it is none.
    """
    return frozenset(_text(each, "ref").removeprefix("refs/tags/") for each in _listed(body))


def _listed(body: object) -> list[Mapping[str, object]]:
    if not isinstance(body, list):
        raise UnreadableAnswer
    return [_mapping(each) for each in body]


def _entries(body: object, key: str) -> Iterator[Mapping[str, object]]:
    """The entries of a list; one of several pages is no answer to whether something is missing."""
    found = _mapping(body)
    entries = found.get(key)
    total = found.get("total_count")
    if not isinstance(entries, list) or (isinstance(total, int) and total > len(entries)):
        raise UnreadableAnswer
    for each in entries:
        yield _mapping(each)


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise UnreadableAnswer
    return value


def _text(found: Mapping[str, object], key: str, default: str | None = None) -> str:
    value = found.get(key, default)
    if value is None:
        value = default
    if not isinstance(value, str):
        raise UnreadableAnswer
    return value
