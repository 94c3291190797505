"""Broken, huge and hostile files: a finding or a clear message, never a traceback, in bounded time and memory, and the rest still checked."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
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
    out, _, _ = run(tmp_path)
    if name == ".github/workflows/publish.yml" and damage in ("folder", "loop of links", "dangling link", "pipe"):
        return  # GitHub reads no such thing as a workflow, and neither does preflight
    if name == ".pypirc" and damage in ("folder", "loop of links", "dangling link", "pipe"):
        return  # not a file, so no client would read it
    assert f"{name}: warning[INT002]" in out, out


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="nothing is unreadable for root")
def test_a_file_without_read_permission_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(GOOD_PYPROJECT)
    path.chmod(0)
    out, _, _ = run(tmp_path)
    assert "permission denied" in out
