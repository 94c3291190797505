"""Whether git tracks a file. Asked only where it matters, and answered for trees outside of git too."""

from functools import cached_property

from preflight.engine.facts import Unavailable
from preflight.project.git import git
from preflight.sources.records import dataclass
from preflight.sources.tree import Tree


@dataclass(frozen=True)
class Tracking:
    """The files that belong to the project rather than to one checkout of it."""

    tree: Tree

    @cached_property
    def _tracked(self) -> frozenset[str] | None:
        try:
            return git(self.tree).tracked or None
        except Unavailable:
            return None

    def is_untracked(self, path: str) -> bool:
        """Whether git certainly does not track a file: a tool wrote it, or its author has not added it yet."""
        return self._tracked is not None and path not in self._tracked


def tracking(tree: Tree) -> Tracking:
    """Which files git tracks; where there is no git, none counts as untracked."""
    return Tracking(tree)
