"""Projects to begin with, and `preflight init` run on them in this process: what the tests of `init` stand on."""

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from preflight.beginning.survey import Survey, survey
from preflight.cli.application import application
from preflight.engine.session import Options, load_settings
from preflight.engine.workspace import open_workspaces
from preflight.facts import FACTS
from preflight.plan.session import facts_of

GENERATED = Path(__file__).parent / "generated"
GENERATORS = sorted(path.stem for path in GENERATED.glob("*.txt"))

PYPROJECT = """\
[build-system]
requires = ["hatchling>=1.26"]
build-backend = "hatchling.build"

[project]
name = "sample" # the name on PyPI
version = "1.2.3"
description = "Samples for everybody"
readme = "README.md"
requires-python = ">=3.11"
"""


def files_of(generator: str) -> dict[str, str]:
    """The files of a recorded project: path -> text."""
    text = (GENERATED / f"{generator}.txt").read_text(encoding="utf-8")
    found = {}
    for part in text.split("=== ")[1:]:
        path, _, content = part.partition("\n")
        found[path] = content
    return found


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder, line breaks as they are."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())
    return folder


def sample(folder: Path, **files: str) -> Path:
    """A small project with a src layout; `files` are laid over it, `__` in a name standing for `/`."""
    return write_files(
        folder,
        {
            "pyproject.toml": PYPROJECT,
            "README.md": "# Sample\n",
            "src/sample/__init__.py": '"""A sample."""\n',
            **{path.replace("__", "/"): text for path, text in files.items()},
        },
    )


def begin(folder: Path, *options: str) -> int:
    """The exit status of `preflight init` on a folder."""
    return application(["init", *options, str(folder)])


def surveyed(folder: Path) -> Survey:
    """What `init` sees of a folder."""
    (workspace,) = open_workspaces([str(folder)])
    return survey(workspace, facts_of(workspace, FACTS, load_settings(workspace, Options())))


def commit(folder: Path, *remote: str) -> None:
    """Put everything into a new repository, with a remote where one is given."""
    commands: Iterable[list[str]] = (
        ["init", "--quiet", "--initial-branch", "main"],
        *([["remote", "add", "origin", *remote]] if remote else []),
        ["add", "--all"],
        ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--message", "Begin"],
    )
    for command in commands:
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)


def texts(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but git's own."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts[:1]
    }


def said(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """What was printed since the last look: standard output, standard error."""
    captured = capsys.readouterr()
    return captured.out, captured.err
