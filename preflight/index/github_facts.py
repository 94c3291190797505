"""The facts that GitHub knows: the repository, its environments, the names of its secrets, the repositories of declared publishers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from preflight.engine.facts import Unavailable
from preflight.index.github import Hidden
from preflight.index.github_answers import (
    EnvironmentState,
    RepositoryState,
    SecretName,
    environment_states,
    file_names,
    read_answer,
    ref_policies,
    repository_state,
    secret_names,
)
from preflight.sources.records import dataclass

if TYPE_CHECKING:
    from preflight.index.github import GitHub
    from preflight.plan.github_names import GitHubNames
    from preflight.project.repository import Repository
    from preflight.publishers.registered import RegisteredPublisher, RegisteredPublishers

MOST_POLICIES = 2
"""Environments whose patterns are asked for: one for PyPI, one for TestPyPI."""


@dataclass(frozen=True, slots=True)
class SecretLists:
    """The names of secrets at GitHub's three levels, in capitals; a list that is None could not be read. `environments` has small letters."""

    repository: Mapping[str, SecretName] | None
    organization: Mapping[str, SecretName] | None
    environments: Mapping[str, Mapping[str, SecretName] | None]

    def seen_by(self, environment: str) -> list[Mapping[str, SecretName]] | None:
        """The lists that a job in an environment reads from, the narrowest first; None where one of them could not be read."""
        lists = [self.repository, self.organization]
        if environment:
            lists.insert(0, self.environments.get(environment.lower()))
        known = [each for each in lists if each is not None]
        return known if len(known) == len(lists) else None


@dataclass(frozen=True, slots=True)
class PublisherHome:
    """The repository that a declared publisher names, as GitHub knows it now. Without a `state`, `owner_unknown` says that there is no such account."""

    publisher: "RegisteredPublisher"
    state: RepositoryState | None
    owner_unknown: bool = False


def github_repository(github: "GitHub", repository: "Repository") -> RepositoryState:
    """This repository as GitHub knows it.

    Raises:
        Unavailable: it lies elsewhere, or GitHub does not show it.
    """
    in_actions = repository.source == "environment" and repository.host == "github.com"  # so it says on every server
    if repository.host != github.host and not in_actions and not _stands_for_github(github):
        raise Unavailable(f"the repository is on {repository.host}, and {github.host} is asked")
    return _repository(github, repository.owner, repository.name)


def github_home(
    github_repository: RepositoryState, maybe_registered_publishers: "RegisteredPublishers | None"
) -> RepositoryState:
    """This repository, where it is the one that publishes and no contributor's copy of it.

    Raises:
        Unavailable: it is a fork that no declared publisher names, so its settings say nothing of the original's.
    """
    declared = maybe_registered_publishers.publishers if maybe_registered_publishers is not None else ()
    slugs = [f"{each.owner}/{each.repository}".lower() for each in declared]
    if github_repository.fork and github_repository.full_name.lower() not in slugs:
        raise Unavailable(f"{github_repository.full_name} is a fork: what the original has set is not known")
    return github_repository


def github_secrets(github: "GitHub", github_home: RepositoryState, github_names: "GitHubNames") -> SecretLists:
    """The names of the secrets that the uploads may read. Only as many lists are asked for as it takes to find what they name.

    Raises:
        Unavailable: GitHub does not show them.
    """
    uses = github_names.secrets
    if not uses:
        return SecretLists(None, None, {})
    if github.token is None:
        raise Unavailable(
            "GitHub shows the names of secrets only to a token: set GITHUB_TOKEN, or log in with `gh auth login`"
        )
    home = ("repos", github_home.owner, github_home.name)
    of_repository = _names(github, *home, "actions", "secrets")
    environments: dict[str, Mapping[str, SecretName] | None] = {}
    for use in uses:
        name = use.environment.lower()
        if name and name not in environments:
            environments[name] = _maybe_names(github, *home, "environments", use.environment, "secrets")
    of_organization: Mapping[str, SecretName] | None = {}
    if github_home.of_organization:
        of_organization = _maybe_names(github, *home, "actions", "organization-secrets")
    return SecretLists(of_repository, of_organization, environments)


def github_environments(
    github: "GitHub",
    github_home: RepositoryState,
    github_names: "GitHubNames",
    maybe_github_secrets: SecretLists | None,
) -> Mapping[str, EnvironmentState]:
    """The environments that the uploads name and GitHub has, by their names in small letters, with the patterns of two at most.

    What the secrets need is asked before, since without a token's secret nothing is uploaded at all.

    Raises:
        Unavailable: GitHub does not show them.
    """
    if not github_names.environments:
        return {}
    home = ("repos", github_home.owner, github_home.name, "environments")
    body = github.get(*home, what=f"environments of {github_home.full_name}")
    known = {each.name.lower(): each for each in read_answer(environment_states, body, "environments")}
    found = {name: known[name] for name in github_names.environments if name in known}
    selected = [name for name, each in found.items() if each.rules == "selected"]
    for name in selected[:MOST_POLICIES]:
        try:
            what = f"deployment rules of environment `{found[name].name}`"
            rules = github.get(*home, found[name].name, "deployment-branch-policies", what=what)
            found[name] = replace(found[name], policies=read_answer(ref_policies, rules, what))
        except Unavailable:
            continue
    return found


def github_workflows(github: "GitHub", github_home: RepositoryState, github_names: "GitHubNames") -> frozenset[str]:
    """The names of the workflow files on the default branch.

    Raises:
        Unavailable: no upload depends on it, or GitHub does not show them.
    """
    if not github_names.started_on_default_branch:
        raise Unavailable("no upload is started in a way that needs its workflow on the default branch")
    what = f"workflows on the default branch of {github_home.full_name}"
    home = ("repos", github_home.owner, github_home.name)
    return read_answer(file_names, github.get(*home, "contents", ".github", "workflows", what=what), what)


def github_publishers(
    github: "GitHub", registered_publishers: "RegisteredPublishers", maybe_github_repository: RepositoryState | None
) -> tuple[PublisherHome, ...]:
    """The repositories of the declared GitHub publishers that GitHub could be asked about.

    Raises:
        Unavailable: this is not github.com, which alone issues the identity tokens that PyPI takes.
    """
    if not github.is_public and not _stands_for_github(github):
        raise Unavailable(f"publishers are registered for github.com, and {github.host} is asked")
    found = []
    here = maybe_github_repository
    for publisher in registered_publishers.publishers:
        if publisher.kind != "github" or not publisher.owner or not publisher.repository or "/" in publisher.repository:
            continue
        slug = f"{publisher.owner}/{publisher.repository}"
        if here is not None and slug.lower() in (here.full_name.lower(), here.asked.lower()):
            found.append(PublisherHome(publisher, replace(here, asked=slug)))
            continue
        home = _home(github, publisher)
        if home is not None:
            found.append(home)
    return tuple(found)


def _stands_for_github(github: "GitHub") -> bool:
    """Whether the server is a stand-in on this machine."""
    from preflight.index.routes import is_loopback

    return is_loopback(github.host)


def _home(github: "GitHub", publisher: "RegisteredPublisher") -> PublisherHome | None:
    """What GitHub knows of a publisher's repository; None where it does not say."""
    try:
        return PublisherHome(publisher, _repository(github, publisher.owner, publisher.repository))
    except Hidden as hidden:
        if not hidden.missing:
            return None
    except Unavailable:
        return None
    try:
        github.get("users", publisher.owner, what=f"account `{publisher.owner}`")
    except Hidden as hidden:
        return PublisherHome(publisher, None, owner_unknown=True) if hidden.missing else None
    except Unavailable:
        pass
    return None


def _repository(github: "GitHub", owner: str, name: str) -> RepositoryState:
    slug = f"{owner}/{name}"
    body = github.get("repos", owner, name, what=f"repository {slug}")
    return read_answer(lambda found: repository_state(slug, found), body, f"repository {slug}")


def _names(github: "GitHub", *path: str) -> Mapping[str, SecretName]:
    what = "names of secrets"
    return {each.name.upper(): each for each in read_answer(secret_names, github.get(*path, what=what), what)}


def _maybe_names(github: "GitHub", *path: str) -> Mapping[str, SecretName] | None:
    try:
        return _names(github, *path)
    except Unavailable:
        return None
