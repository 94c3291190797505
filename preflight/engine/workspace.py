"""From the paths on the command line to workspaces: a root folder each, and what below it was asked for."""

import os
import stat
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path

from preflight.sources.records import dataclass
from preflight.sources.tree import DiskTree, Files, OverlayTree, Tree, mode_of

_ROOT_MARKS = (".git", ".github", ".gitlab-ci.yml")


class UnknownPath(Exception):
    """A path on the command line that does not exist or cannot be read."""


@dataclass(frozen=True)
class Focus:
    """What was asked for, relative to the root: `folders` are searched for projects, `files` are checked as they are.

    `whole` when the root itself was asked for; then findings without a place count too.
    """

    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        return "" in self.folders

    @property
    def paths(self) -> frozenset[str] | None:
        """The paths that findings are limited to; None for no limit."""
        return None if self.whole else frozenset((*self.folders, *self.files))


@dataclass(frozen=True)
class Workspace:
    """One root with its files and its focus. `shown_root` is how paths below it are prefixed for people, often empty.

    `configured_by` is the workspace whose configuration holds here, where that is another one.
    """

    tree: Tree
    focus: Focus
    shown_root: str = ""
    configured_by: "Workspace | None" = None
    files: Files = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", Files(self.tree))

    def config_folders(self) -> list[str]:
        """The folders in which a configuration is looked for, nearest first: from the first thing asked for up to the root."""
        start = (
            self.focus.folders[0]
            if self.focus.folders
            else os.path.dirname(self.focus.files[0])
            if self.focus.files
            else ""
        )
        folders = [start]
        while start:
            start = os.path.dirname(start)
            folders.append(start)
        return folders


def find_root(folder: Path) -> Path:
    """The root of the checkout that a folder belongs to.

    A folder that has a `.git`, a `.github` or a GitLab pipeline is a root itself; otherwise the nearest one above it that has a `.git`; and a
    folder outside any checkout is its own root, but for one inside a `.github`, which belongs to the folder that holds that.
    """
    if any(mode_of(folder / mark) for mark in _ROOT_MARKS):
        return folder
    for parent in folder.parents:
        if mode_of(parent / ".git"):
            return parent
    github = next((parent for parent in (folder, *folder.parents) if parent.name == ".github"), None)
    return github.parent if github else folder


def open_workspaces(paths: Sequence[str]) -> list[Workspace]:
    """Group command-line paths by the root they belong to.

    Raises:
        UnknownPath: a path does not exist, or may not be read.
    """
    roots: dict[Path, tuple[list[str], list[str]]] = {}
    for given in paths or ["."]:
        path = Path(given)
        try:
            exists = path.exists() or path.is_symlink()
            full = Path(os.path.abspath(path))
        except (OSError, ValueError) as error:
            raise UnknownPath(f"{given!r}: {getattr(error, 'strerror', None) or error}") from None
        if not exists:
            raise UnknownPath(f"path {given!r} does not exist")
        is_folder = path.is_dir()
        _require_readable(path, given)
        root = find_root(full if is_folder else full.parent)
        folders, files = roots.setdefault(root, ([], []))
        relative = full.relative_to(root).as_posix()
        (folders if is_folder else files).append("" if relative == "." else relative)
    return [
        Workspace(DiskTree(root), Focus(tuple(dict.fromkeys(folders)), tuple(dict.fromkeys(files))), _shown(root))
        for root, (folders, files) in roots.items()
    ]


def _require_readable(path: Path, given: str) -> None:
    """What was named is not passed over with a warning where nothing of it can be seen."""
    try:
        if path.is_dir():
            os.scandir(path).close()
            os.stat(f"{path}/.")
        else:
            os.close(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)))
    except OSError as error:
        raise UnknownPath(f"{given!r} cannot be read: {error.strerror or error}") from None


def _shown(root: Path) -> str:
    shown = os.path.relpath(root, os.path.abspath(".")).replace(os.sep, "/")
    return "" if shown == "." else f"{shown}/"


def open_unsaved(filename: str, content: bytes) -> Workspace:
    """The workspace of one file whose content is given, whether or not the file exists: what an editor holds and has not saved.

    Raises:
        UnknownPath: the file's folder does not exist.
    """
    full = Path(os.path.abspath(filename))
    if not stat.S_ISDIR(mode_of(full.parent)):
        raise UnknownPath(f"the folder of {filename!r} does not exist")
    root = find_root(full.parent)
    relative = full.relative_to(root).as_posix()
    tree = OverlayTree(DiskTree(root), {relative: content})
    return Workspace(tree, Focus(files=(relative,)), _shown(root))
