"""What git has of a project that is to be pushed: commits, remotes, and the files of a release that it does not track yet. Changes nothing."""

from collections.abc import Sequence

from preflight.project.git import Git
from preflight.project.repository import parse_remote
from preflight.sources.records import dataclass

ORIGIN = "origin"
_OF_RELEASES = ("pyproject.toml", "setup.py", "setup.cfg", "Cargo.toml", "src", "python", "README.md", "README.rst")
"""What nearly every build needs, in the project's folder."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """The state of a checkout.

    `born` is whether there is a commit. `remotes` are names with the `owner/name` that each leads to (empty where that cannot be told), the one
    to push to first. `branch` is None where no branch is checked out; `follows` is whether `git push` knows where to. `loose` are files that
    belong into a release and that git neither tracks nor ignores, `changed` tracked files that are not as committed.
    `ignored` are those that git ignores of the paths that it should.
    """

    in_git: bool = False
    born: bool = False
    remotes: tuple[tuple[str, str], ...] = ()
    branch: str | None = None
    follows: bool = False
    changed: frozenset[str] = frozenset()
    loose: tuple[str, ...] = ()
    tracked: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()

    def remote(self, slug: str) -> str | None:
        """The remote to push to: the one that leads to a repository, else the first; None where there is none."""
        names = [name for name, leads_to in self.remotes if leads_to.lower() == slug.lower()]
        names += [name for name, _ in self.remotes]
        return names[0] if names else None


def checkout_of(git: Git | None, folder: str, sources: Sequence[str], left_out: Sequence[str]) -> Checkout:
    """Ask git about a project in a folder of the checkout.

    `sources` are further files and folders that a release is made from, `left_out` paths that should be ignored.
    """
    if git is None:
        return Checkout()
    prefix = f"{folder}/" if folder else ""
    paths = [prefix + name for name in (*_OF_RELEASES, *filter(None, sources))]
    return Checkout(
        in_git=True,
        born=git.born,
        remotes=tuple((name, _slug(url)) for name, url in git.remotes.items()),
        branch=git.branch,
        follows=git.upstream is not None,
        changed=git.changed,
        loose=tuple(sorted(git.untracked(paths))) if git.born else (),
        tracked=git.tracked,
        ignored=git.ignored(left_out),
    )


def _slug(url: str) -> str:
    parsed = parse_remote(url)
    return f"{parsed[1]}/{parsed[2]}" if parsed is not None else ""
