"""The fact `known_tags`: the tags of the repository, also where the checkout has none of them. Does not say which of them are releases."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from preflight.project.git import Git


def known_tags(maybe_git: "Git | None", maybe_github_tags: Sequence[str] | None) -> Sequence[str]:
    """Tag names, newest first: those of the checkout; for a shallow one, as CI makes it, all that GitHub has where it was asked."""
    if maybe_github_tags is not None:
        return maybe_github_tags
    return maybe_git.tags if maybe_git is not None else ()
