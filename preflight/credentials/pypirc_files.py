"""The fact `pypirc_files`: every `.pypirc` to check, parsed, with what is known of the file itself. Judges nothing."""

import os
import stat
from pathlib import Path

from preflight.credentials.pypirc import Pypirc, read_pypirc
from preflight.project.git import Git
from preflight.project.inventory import Inventory
from preflight.sources.ini import parse_ini
from preflight.sources.records import dataclass
from preflight.sources.text import Source, SourceSyntaxError
from preflight.sources.tree import Files, Tree


@dataclass(frozen=True, slots=True)
class PypircFile:
    """One `.pypirc`: either what it says, or why `configparser` refuses it.

    `readable_mode` is the mode of a file on disk that other users of the machine can reach and read; None where they
    cannot, or where that is not known.
    """

    source: Source
    pypirc: Pypirc | None
    error: SourceSyntaxError | None = None
    readable_mode: int | None = None


def pypirc_files(inventory: Inventory, files: Files, tree: Tree, maybe_git: Git | None) -> tuple[PypircFile, ...]:
    """Read the `.pypirc` files that were named or lie in a checked folder. One that is no text is left to `files`."""
    found = []
    for path in inventory.pypirc:
        source = files.find(path)
        if source is not None:
            mode = None if tree.disk_root is None else readable_mode(tree.disk_root / path)
            if mode is not None and maybe_git is not None and path in maybe_git.tracked:
                # What git tracks lies open anyway, and its mode is whatever the checkout made it.
                mode = None
            try:
                found.append(PypircFile(source, read_pypirc(parse_ini(source)), None, mode))
            except SourceSyntaxError as error:
                found.append(PypircFile(source, None, error, mode))
    return tuple(found)


def readable_mode(path: Path) -> int | None:
    """The permission bits of a file that every user of the machine can reach and read, else None.

    Only POSIX permissions count. A file that may be executed is taken to lie on a mounted folder that keeps no modes
    (Windows drives, shares), where they mean nothing. Reading for the group is no sign: many systems give each user
    a group of their own.
    """
    if os.name != "posix":
        return None
    try:
        full = path.resolve(strict=True)
        mode = stat.S_IMODE(full.stat().st_mode)
        if not mode & stat.S_IROTH or mode & 0o111:
            return None
        return mode if all(folder.stat().st_mode & stat.S_IXOTH for folder in full.parents) else None
    except (OSError, RuntimeError):
        return None
