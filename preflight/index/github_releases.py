"""The facts `github_releases` and `github_tags`: what has been released and tagged on GitHub. Whether that reached an index is for the rules."""

from typing import TYPE_CHECKING

from preflight.engine.facts import Unavailable
from preflight.index.github import Hidden
from preflight.index.github_answers import ReleaseState, read_answer, release_states, tag_names

if TYPE_CHECKING:
    from preflight.index.github import GitHub
    from preflight.index.github_answers import RepositoryState
    from preflight.plan.github_names import GitHubNames
    from preflight.project.git import Git


def github_releases(
    github: "GitHub", github_home: "RepositoryState", github_names: "GitHubNames"
) -> tuple[ReleaseState, ...]:
    """The newest releases that are no drafts, the one published last first; none for a repository without any.

    Raises:
        Unavailable: no upload is started by a release or tag, or GitHub does not show them.
    """
    if not github_names.started_by_release and not github_names.started_by_tag:
        raise Unavailable("no upload is started by a release or a tag")
    what = f"releases of {github_home.full_name}"
    body = github.get("repos", github_home.owner, github_home.name, "releases", what=what)
    return read_answer(release_states, body, what)


def github_tags(
    github: "GitHub", github_home: "RepositoryState", github_names: "GitHubNames", maybe_git: "Git | None"
) -> tuple[str, ...]:
    """The names of all tags, the one with the highest numbers first: GitHub's list has no dates (REST API, "List matching references").

    Raises:
        Unavailable: the checkout has them itself, no upload is started by one, or GitHub does not show them.
    """
    if maybe_git is not None and maybe_git.tags and not maybe_git.shallow:
        raise Unavailable("the checkout has the tags")
    if not github_names.started_by_tag:
        raise Unavailable("no upload is started by a tag")
    what = f"tags of {github_home.full_name}"
    try:
        body = github.get("repos", github_home.owner, github_home.name, "git", "matching-refs", "tags", what=what)
    except Hidden as hidden:
        if not hidden.missing:
            raise
        return ()  # a repository without a commit
    return tuple(sorted(read_answer(tag_names, body, what), key=_numbers, reverse=True))


def _numbers(tag: str) -> tuple[int, ...]:
    from re import findall

    return tuple(int(each) for each in findall(r"[0-9]{1,18}", tag))
