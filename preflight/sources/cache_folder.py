"""Where preflight keeps what it can always compute or ask for again, by the custom of the platform. Creates no folder and reads no file."""

import os
import sys
from pathlib import Path

FOLDER_VARIABLE = "PREFLIGHT_CACHE_DIR"
"""The environment variable that names the folder itself, instead of the platform's place."""


def cache_folder() -> Path:
    """The folder for caches of this user; it need not exist.

    A relative path in a variable of the platform counts for nothing, since it would make a cache in whatever folder is checked.
    Sources: "XDG Base Directory Specification" (`XDG_CACHE_HOME`); Apple's "File System Programming Guide" (`Library/Caches`);
    Microsoft's "Recognized environment variables" (`LOCALAPPDATA`).
    """
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(os.path.abspath(named)) if named else _base() / "preflight"


def _base() -> Path:
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 (where there is no home folder, `Path.home` raises)
    if sys.platform == "win32":
        return _absolute("LOCALAPPDATA") or home / "AppData" / "Local"
    if sys.platform == "darwin":
        return home / "Library" / "Caches"
    return _absolute("XDG_CACHE_HOME") or home / ".cache"


def _absolute(variable: str) -> Path | None:
    path = Path(os.environ.get(variable, ""))
    return path if path.is_absolute() else None
