"""Writes what was decided: new files and changed ones, each atomically. Decides nothing."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from preflight.beginning.changes import Change
from preflight.engine.fixer import FailedWrite, write_changes


def write(root: Path, changes: Iterable[Change]) -> None:
    """Write the files; one that appeared or changed in the meantime is left alone.

    Raises:
        FailedWrite: a file cannot be written; those before it are.
    """
    for change in changes:
        if change.before is None:
            _create(root / change.path, change.path, change.after)
        else:
            write_changes(root, {change.path: (change.before, change.after)})


def _create(target: Path, shown: str, text: str) -> None:
    """A new file with the mode that new files have, there whole or not at all."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FailedWrite(f"{shown} cannot be written: {error.strerror or error}") from None
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
            Path(temporary).chmod(0o666 & ~_umask())
            _placed(Path(temporary), target, text)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except FileExistsError:
        raise FailedWrite(f"{shown} is there although it could not be read before; nothing was written to it") from None
    except OSError as error:
        raise FailedWrite(f"{shown} cannot be written: {error.strerror or error}") from None


def _placed(temporary: Path, target: Path, text: str) -> None:
    """Give the file its name, unless there is one of that name; where a disk knows no links, as FAT, it is written there instead."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        with target.open("xb") as file:
            file.write(text.encode())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
