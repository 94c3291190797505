"""Runs the pages of the documentation: files are written, commands are run in order, and what they print is compared with what the page shows.

A page is Markdown whose fences say what they are:

- ```` ```toml file=PATH ````: the file is written as it is shown.
- ```` ```yaml part-of=PATH ````: these lines stand in that file, at any depth.
- ```` ```console ````: each line after `$ ` is a command; what follows is what it prints, where a line `...` stands for any number of lines, and `...`
  within a line for any words.
- ```` ```sh ````: commands that succeed. With `by-hand` they are for a person: they reach a network, or change something on a website, and are not run.
- ```` ```text ```` and ```` ```json ````: shown only.

A page that names the "sample project `FOLDER`" is played in a copy of that folder of the repository, made a git checkout. No page may lead to a commit
that holds built files.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

_FENCE = re.compile(r"^(?P<ticks>`{3,})(?P<info>[^`\n]+)\n(?P<text>.*?)^(?P=ticks)[ \t]*$", re.M | re.S)
_START = re.compile(r"(?:sample project|示例项目) `(?P<folder>fixtures/[\w-]+)`")
_ATTRIBUTE = re.compile(r"\b(?P<name>file|part-of)=(?P<value>\S+)")

BY_HAND = re.compile(
    r"(pipx|pip|uv tool|python -m pip) (install|inject) |git push|git tag|gh |twine upload |uvx |pre-commit |uv init "
    r"|preflight check --online|preflight doctor (--run |logs_)|preflight rehearse --serve|export |printf |open "
)
"""Commands that may be shown without being run, by how they start."""


@dataclass(frozen=True)
class Fence:
    """A fenced block of a page, with the number of its first line."""

    line: int
    language: str
    words: frozenset[str]
    file: str | None
    part_of: str | None
    text: str


def fences(page: str) -> Iterator[Fence]:
    """The fenced blocks of a page, in order."""
    for found in _FENCE.finditer(page):
        language, *words = found["info"].split()
        named = {each["name"]: each["value"] for each in _ATTRIBUTE.finditer(found["info"])}
        line = page.count("\n", 0, found.start()) + 1
        yield Fence(line, language, frozenset(words), named.get("file"), named.get("part-of"), found["text"])


class Play:
    """One page being played in a folder of its own."""

    def __init__(self, page: Path, folder: Path) -> None:
        self.page = page
        self.text = page.read_text(encoding="utf-8")
        self.folder = folder / "project"
        self.environment = {
            "PATH": os.pathsep.join((os.path.dirname(sys.executable), os.environ["PATH"])),
            "HOME": str(folder),
            "COLUMNS": "100",
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            **{
                f"GIT_{who}_{what}": word
                for who in ("AUTHOR", "COMMITTER")
                for what, word in (("NAME", "A"), ("EMAIL", "a@example.org"))
            },
        }

    def run(self) -> None:
        """Play the page from start to end.

        Raises:
            AssertionError: something differs from what the page says; the message names the line.
        """
        start = _START.search(self.text)
        if start:
            shutil.copytree(ROOT / start["folder"], self.folder)
            self._shell("git init --quiet --initial-branch main && git add --all && git commit --quiet --message start")
        self.folder.mkdir(exist_ok=True)
        for fence in fences(self.text):
            self._fence(fence)
        if (self.folder / ".git").is_dir():
            committed = self._shell("git log --all --name-only --format= | sort --unique").stdout.splitlines()
            assert not [path for path in committed if "dist/" in path], f"{self.page.name} commits what it built"

    def _fence(self, fence: Fence) -> None:
        where = f"{self.page.name}:{fence.line}"
        if fence.file:
            path = self.folder / fence.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(fence.text, encoding="utf-8")
        elif fence.part_of:
            assert _holds((self.folder / fence.part_of).read_text(encoding="utf-8"), fence.text), (
                f"{where}: {fence.part_of} has no such lines"
            )
        elif fence.language == "console":
            self._console(fence, where)
        elif fence.language == "sh":
            if "by-hand" in fence.words:
                for line in fence.text.splitlines():
                    assert not line.strip() or BY_HAND.match(line), f"{where}: {line!r} can be run, so it is run"
            else:
                done = self._shell(fence.text)
                assert done.returncode == 0, f"{where}: status {done.returncode}\n{done.stdout}{done.stderr}"
        else:
            assert fence.language in ("text", "json"), (
                f"{where}: a fence of {fence.language} says neither file= nor part-of="
            )

    def _console(self, fence: Fence, where: str) -> None:
        commands: list[tuple[str, list[str]]] = []
        for line in fence.text.splitlines():
            if line.startswith("$ "):
                commands.append((line[2:], []))
            else:
                commands[-1][1].append(line)
        for command, expected in commands:
            done = self._shell(f"{command} 2>&1")
            assert done.returncode in (0, 1), f"{where}: {command}: status {done.returncode}\n{done.stdout}"
            assert matches(done.stdout.splitlines(), expected), f"{where}: {command} printed\n{done.stdout}"

    def _shell(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )


def _holds(text: str, part: str) -> bool:
    lines = [line.strip() for line in text.splitlines()]
    wanted = [line.strip() for line in part.splitlines()]
    return any(lines[start : start + len(wanted)] == wanted for start in range(len(lines)))


def matches(printed: list[str], expected: list[str]) -> bool:
    """Whether printed lines are the expected ones; `...` stands for any number of lines, or words within a line.

    Blanks at line ends do not count, nor empty lines at the end.
    """
    printed = [line.rstrip() for line in printed]
    expected = [line.rstrip() for line in expected]
    while printed and not printed[-1]:
        printed.pop()
    while expected and not expected[-1]:
        expected.pop()
    pattern = "".join(
        "(?:.*\n)*" if line.strip() == "..." else re.escape(line).replace(r"\.\.\.", ".*") + "\n" for line in expected
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed)) is not None
