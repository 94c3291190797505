"""The names that PyPI gives to no new project because a module of the standard library has them.

Not for what can be imported.
"""

from functools import cached_property
from pathlib import Path

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.tree import Tree

NAMES = Path(__file__).with_name("standard_library.txt")
"""One normalised name a line, written by tools/standard_library_names.py."""

_SEPARATORS = _compile(r"[-_.]+")
_RELEASE_TAG = _compile(r"(?:.*[^0-9.])?\d+(?:\.\d+)+.*")


@dataclass(frozen=True)
class StandardLibrary:
    """The modules of Python 2.6 to 3.14, and all packages they are in, by their normalised names."""

    text: str

    def __contains__(self, name: str) -> bool:
        """Whether PyPI takes a project's name for that of a module (warehouse: packaging/services.py,
        `check_project_name`).
        """
        normalised = _SEPARATORS.sub("-", name).lower()
        return bool(normalised) and f"\n{normalised}\n" in self.text


def standard_library() -> StandardLibrary:
    """The reserved names."""
    return StandardLibrary("\n" + NAMES.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class ReleaseHistory:
    """What git tells of earlier releases. Asked only where it matters, and answered for trees outside of git too."""

    tree: Tree

    @cached_property
    def has_release_tag(self) -> bool:
        """Whether a tag looks like a version: then the project has most likely been published before."""
        from preflight.engine.facts import Unavailable
        from preflight.project.git import git

        try:
            return any(_RELEASE_TAG.fullmatch(tag) for tag in git(self.tree).tags)
        except Unavailable:
            return False


def release_history(tree: Tree) -> ReleaseHistory:
    """The project's earlier releases."""
    return ReleaseHistory(tree)
