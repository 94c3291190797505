"""Without `--online` no command opens a connection, or imports anything of what could: real processes under a guard."""

import subprocess
from pathlib import Path

import pytest
from cli.command import ROOT, Done, preflight
from publishing_workflow import ON_RELEASE

GUARD = """import atexit, os, socket, sys

NOTES = os.environ["GUARD_NOTES"]


def note(words):
    with open(NOTES, "a") as notes:
        notes.write(words + "\\n")


def refuse(what):
    def refused(*arguments, **more):
        note(f"{what} {arguments[-1]!r}")
        raise OSError("the guard lets nothing out")

    return refused


class Guarded(socket.socket):
    connect = refuse("connect")
    connect_ex = refuse("connect_ex")
    sendto = refuse("sendto")


socket.socket = socket.SocketType = Guarded
socket.getaddrinfo = refuse("getaddrinfo")
socket.create_connection = refuse("create_connection")


def finish():
    for name in sorted(sys.modules):
        if name.partition(".")[0] == "urllib3" or name.startswith(("preflight.index", "http.client")):
            note(f"imported {name}")
    note("ended")


atexit.register(finish)
"""
WORKFLOW = f"""{ON_RELEASE}  private:
    runs-on: ubuntu-latest
    steps:
      - run: twine upload --repository-url https://pypi.example.com/ dist/*
        env:
          TWINE_PASSWORD: ${{{{ secrets.PRIVATE_TOKEN }}}}
"""
PROJECT = """[project]
name = "demo"
version = "1.0"
dependencies = ["requests"]

[[tool.preflight.publishers]]
owner = "octo-org"
repository = "demo"
workflow = "publish.yml"
"""
LOG = """publish\tUpload\t2026-01-01T00:00:00.0000000Z Uploading distributions to https://upload.pypi.org/legacy/
publish\tUpload\t2026-01-01T00:00:01.0000000Z ERROR    HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/
publish\tUpload\t2026-01-01T00:00:02.0000000Z          File already exists ('demo-1.0.tar.gz', with blake2_256 hash 'a').
"""


@pytest.fixture(scope="module", name="project")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guarded")
    project = folder / "demo"
    (project / ".github/workflows").mkdir(parents=True)
    (project / ".github/workflows/publish.yml").write_text(WORKFLOW)
    (project / "pyproject.toml").write_text(PROJECT)
    (folder / "log.txt").write_text(LOG)
    (folder / "guard").mkdir()
    (folder / "guard" / "sitecustomize.py").write_text(GUARD)
    for arguments in (["init", "-q"], ["remote", "add", "origin", "https://github.com/octo-org/demo.git"]):
        subprocess.run(["git", *arguments], cwd=project, check=True)
    return project


def guarded(project: Path, *arguments: str) -> tuple[Done, list[str]]:
    """Run a command under the guard; gives what the guard noted too."""
    notes = project.parent / "notes"
    notes.unlink(missing_ok=True)
    done = preflight(
        *arguments,
        cwd=project,
        PYTHONPATH=f"{project.parent / 'guard'}:{ROOT}",
        GUARD_NOTES=str(notes),
        GITHUB_TOKEN="a-token-for-github",
        PREFLIGHT_CACHE_DIR=str(project.parent / "cache"),
    )
    assert "Traceback" not in done.err
    lines = notes.read_text().splitlines()
    assert lines[-1] == "ended"
    return done, lines[:-1]


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--verbose"],
        ["check", "--credentials"],
        ["plan"],
        ["publisher"],
        ["publisher", "--record"],
        ["doctor"],
        ["doctor", "../log.txt", "--project", "."],
        ["fix", "--diff"],
        ["explain", "PUB003"],
        ["init", "--diff"],
        ["rules"],
    ],
    ids=" ".join,
)
def test_offline_nothing_is_sent(project: Path, arguments: list[str]) -> None:
    done, noted = guarded(project, *arguments)
    assert done.status in (0, 1), done.err
    assert noted == []


def test_the_guard_would_notice(project: Path) -> None:
    """Without this, a guard that sees nothing would pass."""
    done, noted = guarded(project, "check", "--online")
    assert done.status in (0, 1), done.err
    assert any(line.startswith("getaddrinfo") for line in noted)
    assert "imported preflight.index.transport" in noted
