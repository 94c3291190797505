"""Folders on the command line that are no project and hold built files: what is checked is those files, as if each was named. Opens no file."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from preflight.sources.tree import mode_of

_BUILT = (".whl", ".tar.gz")

_OF_A_PROJECT = (
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "preflight.toml",
    ".pypirc",
    ".git",
    ".github",
    ".gitlab-ci.yml",
    ".gitlab-ci.yaml",
    "dist",
)
"""Any of these is something to check, or has built files of its own."""


def with_built_files(paths: Sequence[str]) -> list[str]:
    """The paths, with the wheels and sdists of a folder of such in its place; no path stands for the folder here."""
    return [each for path in paths or ["."] for each in _built_in(path) or [path]]


def _built_in(given: str) -> list[str]:
    folder = Path(given)
    try:
        if any(mode_of(folder / name) for name in _OF_A_PROJECT):
            return []
        inside = sorted(folder.iterdir())
        built = [path for path in inside if path.name.endswith(_BUILT) and not path.name.startswith(".")]
        return [] if not built or any(_projects_below(inside)) else [str(path) for path in built if path.is_file()]
    except (OSError, ValueError):
        return []


def _projects_below(inside: Sequence[Path]) -> Iterator[bool]:
    """Whether each folder of these is a project: then built files beside them are none of what was asked for."""
    return (any(mode_of(path / name) for name in _OF_A_PROJECT) for path in inside if path.is_dir())
