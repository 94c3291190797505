"""A tree of files, on disk or in memory, read safely and only once. Knows nothing of what the files mean."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Protocol

from preflight.sources.records import dataclass
from preflight.sources.text import MAX_TEXT_BYTES, Place, Source, UnreadableText, decode, readable_part

PRUNED_FOLDERS = frozenset(
    ".git .hg .svn .tox .nox .venv venv env node_modules site-packages __pycache__ .mypy_cache .ruff_cache .pytest_cache .eggs build dist "
    "vendor vendored _vendor third_party third-party extern target htmlcov".split()
)
"""Folders that hold no sources of the project itself: never walked into."""

NO_ENTRY = "it is a folder that you may not look into (permission denied)"

MAX_WALKED = 50_000
"""Number of directory entries after which a walk ends."""


class MissingFile(Exception):
    """There is no file of this path."""


class UnreadableFile(Exception):
    """There is something at this path that cannot be read as a file. `reason` is for people."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class Tree(Protocol):
    """Files below one root. Paths are relative, with `/`; the root itself is the empty path."""

    def read(self, path: str, limit: int = MAX_TEXT_BYTES) -> bytes:
        """The bytes of a file, at most `limit` + 1 of them.

        Raises:
            MissingFile: nothing is there.
            UnreadableFile: it is a folder, a device, a loop of links, or may not be read.
        """
        ...

    def is_file(self, path: str) -> bool:
        """Whether a regular file (or a link to one) is there."""
        ...

    def is_folder(self, path: str) -> bool:
        """Whether a folder (or a link to one) is there."""
        ...

    def names(self, folder: str) -> list[str]:
        """The names in a folder, sorted; empty where there is no such folder."""
        ...

    def exact_case(self, path: str) -> bool:
        """Whether the path is spelt exactly as on disk, where the disk itself ignores letter case."""
        ...

    @property
    def disk_root(self) -> Path | None:
        """The folder on disk, None for a tree in memory."""
        ...

    @property
    def barred(self) -> Mapping[str, str]:
        """The folders that somebody looked into and may not, with the reason."""
        ...


def mode_of(path: Path, *, follow: bool = True) -> int:
    """What is at a path, as `stat` has it; 0 where nothing is there, or nothing can be seen.

    `Path.exists` and its like raise where a folder may not be entered, up to Python 3.13.
    """
    try:
        return (os.stat(path) if follow else os.lstat(path)).st_mode
    except (OSError, ValueError):
        return 0


def join(folder: str, name: str) -> str:
    """Join and normalise a path relative to a tree's root: `.` and `..` are resolved as text; empty is the root."""
    parts: list[str] = []
    for part in f"{folder}/{name}".split("/"):
        if part in ("", "."):
            continue
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


@dataclass(frozen=True)
class DiskTree:
    """The files below a folder on disk."""

    root: Path
    barred: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def read(self, path: str, limit: int = MAX_TEXT_BYTES) -> bytes:
        full = self.root / path
        try:
            descriptor = os.open(full, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except (FileNotFoundError, NotADirectoryError):
            if stat.S_ISLNK(mode_of(full, follow=False)):
                raise UnreadableFile(path, "it is a link to something that does not exist") from None
            raise MissingFile(path) from None
        except PermissionError:
            folder = stat.S_ISDIR(mode_of(full))
            reason = "it is a folder, not a file" if folder else "you may not read it (permission denied)"
            raise UnreadableFile(path, reason) from None
        except (OSError, ValueError) as error:
            raise UnreadableFile(path, _os_reason(error)) from None
        try:
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISDIR(mode):
                raise UnreadableFile(path, "it is a folder, not a file")
            if not stat.S_ISREG(mode):
                raise UnreadableFile(path, "it is no regular file")
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read(limit + 1)
        except OSError as error:
            raise UnreadableFile(path, _os_reason(error)) from None
        finally:
            os.close(descriptor)

    def is_file(self, path: str) -> bool:
        return stat.S_ISREG(self._mode(path))

    def is_folder(self, path: str) -> bool:
        return stat.S_ISDIR(self._mode(path))

    def _mode(self, path: str) -> int:
        try:
            return os.stat(self.root / path).st_mode
        except PermissionError:
            self._bar(path.rpartition("/")[0])
            return 0
        except (OSError, ValueError):
            return 0

    def names(self, folder: str) -> list[str]:
        try:
            return sorted(os.listdir(self.root / folder))
        except PermissionError:
            self._bar(folder)
            return []
        except (OSError, ValueError):
            return []

    def _bar(self, folder: str) -> None:
        if not folder.startswith(".."):  # what lies above the root is looked at in passing
            self.barred[folder] = NO_ENTRY

    def exact_case(self, path: str) -> bool:
        folder, _, name = path.rpartition("/")
        return name in self.names(folder) and (not folder or folder == ".." or self.exact_case(folder))

    @property
    def disk_root(self) -> Path | None:
        return self.root


def _os_reason(error: OSError | ValueError) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"it cannot be opened ({text[:1].lower()}{text[1:]})"


@dataclass(frozen=True)
class MemoryTree:
    """Files held in memory: what tests and card examples run on."""

    files: Mapping[str, bytes]

    def read(self, path: str, limit: int = MAX_TEXT_BYTES) -> bytes:
        if path in self.files:
            return self.files[path][: limit + 1]
        if self.is_folder(path):
            raise UnreadableFile(path, "it is a folder, not a file")
        raise MissingFile(path)

    def is_file(self, path: str) -> bool:
        return path in self.files

    def is_folder(self, path: str) -> bool:
        return path == "" or any(name.startswith(f"{path}/") for name in self.files)

    def names(self, folder: str) -> list[str]:
        prefix = f"{folder}/" if folder else ""
        return sorted({name[len(prefix) :].split("/")[0] for name in self.files if name.startswith(prefix)})

    def exact_case(self, path: str) -> bool:
        return path in self.files or self.is_folder(path)

    @property
    def disk_root(self) -> Path | None:
        return None

    @property
    def barred(self) -> Mapping[str, str]:
        return {}


@dataclass(frozen=True)
class OverlayTree:
    """A tree with other contents for some files: how edits are tried before they are written, and what an editor has not saved yet."""

    below: Tree
    contents: Mapping[str, bytes]

    def read(self, path: str, limit: int = MAX_TEXT_BYTES) -> bytes:
        if path in self.contents:
            return self.contents[path][: limit + 1]
        return self.below.read(path, limit)

    def is_file(self, path: str) -> bool:
        return path in self.contents or self.below.is_file(path)

    def is_folder(self, path: str) -> bool:
        return self.below.is_folder(path)

    def names(self, folder: str) -> list[str]:
        below = self.below.names(folder)
        laid = {name for path in self.contents for parent, _, name in [path.rpartition("/")] if parent == folder}
        return sorted({*below, *laid}) if laid.difference(below) else below

    def exact_case(self, path: str) -> bool:
        return path in self.contents or self.below.exact_case(path)

    @property
    def disk_root(self) -> Path | None:
        return self.below.disk_root

    @property
    def barred(self) -> Mapping[str, str]:
        return self.below.barred


def walk(tree: Tree, folder: str, *, depth: int, enter: Callable[[str], bool]) -> Iterator[str]:
    """The files below a folder, breadth first, without following links to folders.

    Enters at most `depth` levels, at most `MAX_WALKED` entries, never `PRUNED_FOLDERS`, and only those folders (given as paths) that `enter`
    agrees to.
    """
    pending = [(folder, 0)]
    seen = 0
    root = tree.disk_root
    while pending:
        current, level = pending.pop(0)
        for name in tree.names(current):
            seen += 1
            if seen > MAX_WALKED:
                return
            path = join(current, name)
            if root is not None and stat.S_ISLNK(mode_of(root / path, follow=False)) and tree.is_folder(path):
                continue
            if tree.is_file(path):
                yield path
            elif level < depth and name not in PRUNED_FOLDERS and tree.is_folder(path) and enter(path):
                pending.append((path, level + 1))


@dataclass
class Files:
    """Reads the text files of a tree, each once, and remembers what could not be read and what was."""

    tree: Tree
    sources: dict[str, Source] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    undecodable: dict[str, Place] = field(default_factory=dict)
    """Of the unreadable ones those that are there and are no UTF-8 text, with the place of the byte that does not fit."""
    missing: set[str] = field(default_factory=set)
    cut_short: list[tuple[Place, str]] = field(default_factory=list)
    """Where a reader's limit ended the reading of a file, and which; readers of formats add to it."""

    def read(self, path: str) -> Source:
        """The source of a text file.

        Raises:
            MissingFile: nothing is there.
            UnreadableFile: it is there and is no readable text; it is remembered in `unreadable`, for a rule to report.
        """
        if path in self.sources:
            return self.sources[path]
        if path in self.unreadable:
            raise UnreadableFile(path, self.unreadable[path])
        if path in self.missing:
            raise MissingFile(path)
        data = b""
        try:
            data = self.tree.read(path)
            source = Source(path, decode(data))
        except MissingFile:
            self.missing.add(path)
            raise
        except UnreadableFile as error:
            self.unreadable[path] = error.reason
            raise
        except UnreadableText as error:
            self.unreadable[path] = error.reason
            if error.byte_offset is not None:
                text, offset = readable_part(data, error.byte_offset)
                self.undecodable[path] = Source(path, text).place(offset, min(offset + 1, len(text)))
            raise UnreadableFile(path, error.reason) from None
        self.sources[path] = source
        return source

    def find(self, path: str) -> Source | None:
        """The source of a text file, or None where it is missing or unreadable (which is remembered)."""
        try:
            return self.read(path)
        except (MissingFile, UnreadableFile):
            return None

    def unreadable_source(self, path: str) -> Source:
        """What can be shown of a file that could not be read, often nothing, so that a finding can point at it."""
        return self.unreadable_place(path).source

    def unreadable_place(self, path: str) -> Place:
        """Where a file that could not be read stops being readable, or an empty place that stands for it, so that a finding can point at it."""
        return self.undecodable.get(path) or Source(path, "").whole
