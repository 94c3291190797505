"""Broken, huge and hostile files: a finding or a clear message, never a traceback, in bounded time and memory, and the rest still checked."""

import ctypes
import os
import re
import resource
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli.command import ROOT

MEMORY_BYTES = 1536 * 1024 * 1024
SECONDS = 60

GOOD_PYPROJECT = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n[project]\nname = "sampleproject"\nversion = "1.0"\n'
FILES = {
    "pyproject.toml": GOOD_PYPROJECT,
    "setup.cfg": "[metadata]\nname = sampleproject\nversion = 1.0\n",
    "setup.py": "from setuptools import setup\nsetup(name='sampleproject', version='1.0')\n",
    ".pypirc": "[pypi]\nusername = __token__\n",
    ".github/workflows/publish.yml": "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: twine upload dist/*\n",
    ".gitlab-ci.yml": "publish:\n  script:\n    - twine upload dist/*\n",
    "README.rst": "Sample\n======\n",
    "CITATION.cff": "cff-version: 1.2.0\nversion: 1.0\n",
    "Cargo.toml": '[package]\nname = "sampleproject"\nversion = "1.0.0"\n',
    "sampleproject/__init__.py": '__version__ = "1.0"\n',
}
DEEP = 10_000


def _write(text: str | bytes) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.write_bytes(text.encode() if isinstance(text, str) else text)

    return damage


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)


def _bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    return "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: *a29\n" + "\n".join(lines)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "empty": _write(""),
    "blank": _write("\n \n\n"),
    "garbage": _write("\x01}{][: = - \" ' & * ! % @ `\n\t\x7f"),
    "unclosed": _write('[project\nname = "x\n- a: [b, {c: "d\n'),
    "latin-1": _write("# caf\xe9\nname = '\xe9'\n".encode("latin-1")),
    "utf-16": _write("[project]\nname = 'x'\n".encode("utf-16")),
    "bom": _write(b"\xef\xbb\xbf" + GOOD_PYPROJECT.encode()),
    "nul": _write(b"[project]\x00\nname = 'x'\x00"),
    "carriage returns": _write(GOOD_PYPROJECT.replace("\n", "\r")),
    "deep brackets": _write("x = " + "[" * DEEP + "]" * DEEP + "\n"),
    "deep braces": _write("x: " + "{a: " * DEEP + "}" * DEEP + "\n"),
    "deep blocks": _write("".join(" " * n + "a:\n" for n in range(1500))),
    "deep code": _write("x = " + "(" * DEEP + ")" * DEEP + "\n"),
    "long line": _write("x = '" + "a" * 2_000_000 + "'\n"),
    "many keys": _write("".join(f"key{n} = {n}\n" for n in range(50_000))),
    "alias bomb": _write(_bomb()),
    "huge": _huge,
    "folder": _folder,
    "loop of links": _loop,
    "dangling link": _dangling,
    "pipe": _pipe,
}


_DROP_FROM_BOUNDING_SET = 24
_OVERRIDING = (1, 2)
"""`CAP_DAC_OVERRIDE` and `CAP_DAC_READ_SEARCH`: with them root may read everything (Linux: capabilities(7), prctl(2))."""

needs_permissions = pytest.mark.skipif(
    sys.platform != "linux", reason="the tests may run as root, which only there can be barred"
)


def _as_somebody() -> None:
    if os.geteuid() == 0:
        for capability in _OVERRIDING:
            ctypes.CDLL(None).prctl(_DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)


def as_somebody(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command as somebody whom permissions bind, even where the tests run as root."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        **more,
    }
    return subprocess.run(
        [sys.executable, "-m", "preflight", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        preexec_fn=_as_somebody,
        check=False,
    )


def run(folder: Path) -> tuple[str, str, int]:
    """Run the command with bounded memory and time."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))

    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-m", "preflight", "check", "--output-format", "concise", "."],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        preexec_fn=limit,
        check=False,
    )
    return done.stdout, done.stderr, done.returncode


@pytest.mark.parametrize("damage", DAMAGES, ids=str)
def test_every_kind_of_file_may_be_damaged(tmp_path: Path, damage: str) -> None:
    """All files of a project damaged in one way at once, which no single one may bring down."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        DAMAGES[damage](path)
    out, err, status = run(tmp_path)
    assert "Traceback" not in out + err
    assert "INT001" not in out
    assert status in (0, 1, 3), err


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["garbage", "latin-1", "folder", "loop of links", "huge"])
def test_one_damaged_file_does_not_stop_the_other_checks(tmp_path: Path, name: str, damage: str) -> None:
    for each, text in FILES.items():
        path = tmp_path / each
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "pyproject.toml").write_text(GOOD_PYPROJECT.replace("sampleproject", "-bad-"))
    DAMAGES[damage](tmp_path / name)
    out, err, status = run(tmp_path)
    assert "Traceback" not in out + err
    assert "INT001" not in out
    assert "other/pyproject.toml:5:8: error[NAM001]" in out
    assert status == 1


@pytest.mark.parametrize("name", ["pyproject.toml", ".pypirc", ".github/workflows/publish.yml"])
@pytest.mark.parametrize(
    "damage", ["latin-1", "utf-16", "nul", "huge", "folder", "loop of links", "dangling link", "pipe"]
)
def test_an_unreadable_file_is_said_with_the_reason(tmp_path: Path, name: str, damage: str) -> None:
    (tmp_path / "pyproject.toml").write_text(GOOD_PYPROJECT)
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(FILES[name])
    DAMAGES[damage](path)
    out, _, status = run(tmp_path)
    if name == ".github/workflows/publish.yml" and damage in ("folder", "loop of links", "dangling link", "pipe"):
        return  # GitHub reads no such thing as a workflow, and neither does preflight
    if name == ".pypirc" and damage in ("folder", "loop of links", "dangling link", "pipe"):
        return  # not a file, so no client would read it
    if name == "pyproject.toml" and damage in ("latin-1", "utf-16", "nul"):
        assert (status, f"{name}: " in out) == (1, False), "no build tool reads it"
        assert out.startswith(f"{name}:1:") and "error[PRJ001] pyproject.toml cannot be read: it " in out, out
        assert "INT002" not in out
        return
    assert re.search(rf"^{re.escape(name)}(:\d+:\d+)?: warning\[INT002\]", out, re.MULTILINE), out


BAD_TEXTS = {
    "latin-1 in a comment": (GOOD_PYPROJECT + "# caf\xe9\n").encode("latin-1"),
    "utf-16": GOOD_PYPROJECT.encode("utf-16"),
    "utf-16 without a mark": GOOD_PYPROJECT.encode("utf-16-le"),
    "nul in a comment": f"{GOOD_PYPROJECT}# \0\n".encode(),
}


@pytest.mark.parametrize("kind", BAD_TEXTS)
def test_what_is_said_to_stop_every_build_tool_is_refused_by_tomllib(tmp_path: Path, kind: str) -> None:
    """The readers of pip, build and the backends are tomllib and its twins."""
    path = tmp_path / "pyproject.toml"
    path.write_bytes(BAD_TEXTS[kind])
    with path.open("rb") as file, pytest.raises((UnicodeDecodeError, tomllib.TOMLDecodeError)):
        tomllib.load(file)
    out, _, status = run(tmp_path)
    assert (status, out.count("error[PRJ001]")) == (1, 1)


def test_the_size_of_a_large_file_is_not_guessed(tmp_path: Path) -> None:
    _huge(tmp_path / "pyproject.toml")
    assert "it has more than the 8,388,608 bytes that preflight reads of a text file" in run(tmp_path)[0]


# What may not be read.

COMMANDS = (
    ("check",),
    ("plan",),
    ("publisher",),
    ("fix",),
    ("init", "--yes"),
    ("doctor", "--project"),
)


@pytest.fixture
def barred(tmp_path: Path) -> Iterator[Path]:
    """A project of which the tests bar parts."""
    for name, text in FILES.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    yield tmp_path / "project"
    for each in (tmp_path, *tmp_path.rglob("*")):
        each.chmod(0o755)


@needs_permissions
@pytest.mark.parametrize("mode", [0o000, 0o444, 0o111])
def test_a_folder_that_may_not_be_read_is_wrong_use_of_every_command(barred: Path, mode: int) -> None:
    barred.chmod(mode)
    for command in COMMANDS:
        done = as_somebody(barred.parent, *command, "project")
        assert (done.returncode, done.stdout) == (2, ""), done
        assert done.stderr.endswith("Error: 'project' cannot be read: Permission denied\n")


@needs_permissions
def test_a_file_that_is_named_and_may_not_be_read_is_wrong_use(barred: Path) -> None:
    for name in ("pyproject.toml", ".github/workflows/publish.yml", ".pypirc"):
        (barred / name).chmod(0)
        done = as_somebody(barred, "check", name)
        assert (done.returncode, f"'{name}' cannot be read: Permission denied" in done.stderr) == (2, True), done
    (barred / ".github").chmod(0)
    done = as_somebody(barred, "check", ".github/workflows/publish.yml")
    assert (done.returncode, "Permission denied" in done.stderr) == (2, True), done


@needs_permissions
@pytest.mark.parametrize("mode", [0o000, 0o444])
@pytest.mark.parametrize("name", ["pyproject.toml", ".github", ".github/workflows", "sampleproject"])
def test_what_may_not_be_read_inside_a_project_is_said(barred: Path, name: str, mode: int) -> None:
    if name == "pyproject.toml" and mode:
        mode = 0o200
    (barred / name).chmod(mode)
    done = as_somebody(barred, "check", "--output-format", "concise")
    assert "was not checked: " in done.stdout, done
    assert "permission denied" in done.stdout
    assert done.returncode in (0, 1), done
    for command in COMMANDS:
        assert as_somebody(barred, *command, ".").returncode in (0, 1, 2, 3), command


@needs_permissions
def test_settings_of_the_user_that_may_not_be_read_are_passed_over(barred: Path) -> None:
    home = barred.parent / "home"
    (home / ".config" / "preflight").mkdir(parents=True)
    (home / ".config").chmod(0)
    assert as_somebody(barred, "plan", HOME=str(home)).returncode == 0


def test_a_folder_that_is_gone_is_wrong_use(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    line = f"cd gone && rmdir ../gone && exec {sys.executable} -m preflight check"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        ["/bin/sh", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done
