"""What git knows of the checkout, asked through its command with a cleaned environment. Never changes anything, never runs a hook."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Protocol

from preflight.engine.facts import Unavailable
from preflight.sources.records import dataclass
from preflight.sources.tree import Tree, mode_of

TIMEOUT_SECONDS = 20.0
MAX_OUTPUT_BYTES = 64 * 1024 * 1024

_RENAMES_LOOKED_AT = 50
"""Commits that renamed something: older ones say nothing of a publish that has just failed."""

_SAFE_OPTIONS = (
    "--no-pager",
    "--no-optional-locks",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.quotePath=false",
    "-c",
    "protocol.allow=never",
    "-c",
    "diff.external=",
    "-c",
    "grep.fallbackToNoIndex=false",
)


class Git(Protocol):
    """The facts of a checkout. Paths are relative to the workspace root, with `/`."""

    @property
    def remotes(self) -> Mapping[str, str]:
        """Remote name -> URL, as configured; `origin` first when there is one."""
        ...

    @property
    def tags(self) -> Sequence[str]:
        """All tag names, newest first (by the date of the tag or its commit)."""
        ...

    @property
    def head_tags(self) -> Sequence[str]:
        """The tags that point at HEAD."""
        ...

    @property
    def branch(self) -> str | None:
        """The checked-out branch, None when HEAD is detached."""
        ...

    @property
    def default_branch(self) -> str | None:
        """The default branch of `origin`, where a clone has noted it."""
        ...

    @property
    def born(self) -> bool:
        """Whether there is a commit yet."""
        ...

    @property
    def upstream(self) -> str | None:
        """What the checked-out branch is pushed to, as `origin/main`; None where `git push` would ask."""
        ...

    @property
    def tracked(self) -> frozenset[str]:
        """The paths of all tracked files."""
        ...

    @property
    def shallow(self) -> bool:
        """Whether history is cut off."""
        ...

    @property
    def changed(self) -> frozenset[str]:
        """The tracked files that differ from HEAD: in the working tree, or staged."""
        ...

    def containing(self, text: str) -> Sequence[str]:
        """The tracked text files that contain a fixed text."""
        ...

    def ignored(self, paths: Sequence[str]) -> frozenset[str]:
        """Those of the paths that git ignores."""
        ...

    def untracked(self, paths: Sequence[str]) -> Sequence[str]:
        """The files at or below the paths that git neither tracks nor ignores."""
        ...

    def text_at(self, tag: str, path: str) -> str | None:
        """The text that a file has at a tag; None where there is no such file, or it is no text."""
        ...

    def renames(self, folder: str) -> Mapping[str, str]:
        """The files of a folder that were renamed in recent commits: the new path and the last one before it."""
        ...


class GitFailed(Exception):
    """git could not be run or answered with an error."""


@dataclass(frozen=True)
class GitCommand:
    """Git facts of a folder on disk, each asked when needed."""

    folder: Path

    def run(self, *arguments: str, accept: Sequence[int] = (0,), stdin: bytes = b"") -> bytes:
        """Run git and give what it prints.

        Raises:
            GitFailed: git is missing, takes too long, or exits with another status than those accepted.
        """
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        environment |= {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_ASKPASS": "",
            "LC_ALL": "C",
            "GIT_NO_LAZY_FETCH": "1",
        }
        try:
            done = subprocess.run(
                ["git", *_SAFE_OPTIONS, *arguments],
                cwd=self.folder,
                env=environment,
                input=stdin,
                capture_output=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise GitFailed(f"git {arguments[0]}: {error}") from None
        if done.returncode not in accept:
            raise GitFailed(f"git {arguments[0]}: {done.stderr.decode(errors='replace').strip()[:200]}")
        return done.stdout[:MAX_OUTPUT_BYTES]

    def _lines(self, *arguments: str, accept: Sequence[int] = (0,)) -> list[str]:
        try:
            return [line for line in self.run(*arguments, accept=accept).decode(errors="replace").split("\n") if line]
        except GitFailed:
            return []

    def _paths(self, *arguments: str, accept: Sequence[int] = (0,), stdin: bytes = b"") -> list[str]:
        try:
            return [
                path
                for path in self.run(*arguments, accept=accept, stdin=stdin)
                .decode(errors="surrogateescape")
                .split("\0")
                if path
            ]
        except GitFailed:
            return []

    @cached_property
    def remotes(self) -> Mapping[str, str]:
        found = {}
        for line in self._lines("config", "--get-regexp", r"^remote\..*\.url$", accept=(0, 1)):
            key, _, url = line.partition(" ")
            found[key.removeprefix("remote.").removesuffix(".url")] = url
        return dict(sorted(found.items(), key=lambda item: item[0] != "origin"))

    @cached_property
    def tags(self) -> Sequence[str]:
        return self._lines("for-each-ref", "--sort=-creatordate", "--format=%(refname:strip=2)", "refs/tags")

    @cached_property
    def head_tags(self) -> Sequence[str]:
        return self._lines("tag", "--points-at", "HEAD")

    @cached_property
    def branch(self) -> str | None:
        lines = self._lines("symbolic-ref", "--quiet", "--short", "HEAD", accept=(0, 1))
        return lines[0] if lines else None

    @cached_property
    def default_branch(self) -> str | None:
        lines = self._lines("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD", accept=(0, 1, 128))
        return lines[0].removeprefix("origin/") if lines else None

    @cached_property
    def born(self) -> bool:
        return bool(self._lines("rev-parse", "--quiet", "--verify", "HEAD", accept=(0, 1)))

    @cached_property
    def upstream(self) -> str | None:
        lines = self._lines("rev-parse", "--abbrev-ref", "--symbolic-full-name", "@{upstream}", accept=(0, 128))
        return lines[0] if lines else None

    @cached_property
    def tracked(self) -> frozenset[str]:
        return frozenset(self._paths("ls-files", "-z"))

    @cached_property
    def shallow(self) -> bool:
        return self._lines("rev-parse", "--is-shallow-repository") == ["true"]

    @cached_property
    def changed(self) -> frozenset[str]:
        entries = self._paths("status", "--porcelain", "--untracked-files=no", "--no-renames", "-z", "--", ".")
        if not entries:
            return frozenset()
        # Told from the top of the repository, wherever git is asked ("git status", porcelain format version 1).
        prefix = "".join(self._lines("rev-parse", "--show-prefix"))
        return frozenset(entry[3:].removeprefix(prefix) for entry in entries)

    def containing(self, text: str) -> Sequence[str]:
        return self._paths("grep", "-z", "-l", "-I", "--no-textconv", "--fixed-strings", "-e", text, accept=(0, 1))

    def ignored(self, paths: Sequence[str]) -> frozenset[str]:
        stdin = b"".join(path.encode(errors="surrogateescape") + b"\0" for path in paths)
        return frozenset(self._paths("check-ignore", "-z", "--stdin", accept=(0, 1), stdin=stdin))

    def untracked(self, paths: Sequence[str]) -> Sequence[str]:
        literal = [f":(literal){path}" for path in paths]
        return self._paths("ls-files", "--others", "--exclude-standard", "-z", "--", *literal) if literal else ()

    def text_at(self, tag: str, path: str) -> str | None:
        try:
            return self.run("cat-file", "blob", f"refs/tags/{tag}:./{path}").decode()
        except (GitFailed, UnicodeDecodeError):
            return None

    def renames(self, folder: str) -> Mapping[str, str]:
        told = self._paths(
            "log",
            f"--max-count={_RENAMES_LOOKED_AT}",
            "--diff-filter=R",
            "--find-renames",
            "--relative",
            "--name-status",
            "--format=",
            "-z",
            "--",
            folder,
        )
        found: dict[str, str] = {}
        for old, new in zip(told[1::3], told[2::3], strict=False):
            found.setdefault(new, old)
        return found


@dataclass(frozen=True)
class GitRecord:
    """Git facts given as values: for files in memory."""

    remotes: Mapping[str, str] = field(default_factory=dict)
    tags: Sequence[str] = ()
    head_tags: Sequence[str] = ()
    branch: str | None = "main"
    default_branch: str | None = "main"
    tracked: frozenset[str] = frozenset()
    shallow: bool = False
    changed: frozenset[str] = frozenset()
    ignores: frozenset[str] = frozenset()
    texts: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    at_tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    born: bool = True
    upstream: str | None = "origin/main"

    def containing(self, text: str) -> Sequence[str]:
        return sorted(path for path in self.tracked if text in self.texts.get(path, ""))

    def ignored(self, paths: Sequence[str]) -> frozenset[str]:
        return self.ignores & frozenset(paths)

    def untracked(self, paths: Sequence[str]) -> Sequence[str]:
        return [path for path in paths if path not in self.tracked]

    def text_at(self, tag: str, path: str) -> str | None:
        return self.at_tags.get(tag, {}).get(path)

    def renames(self, folder: str) -> Mapping[str, str]:
        return {new: old for new, old in self.renamed.items() if new.startswith(f"{folder}/")}


def git(tree: Tree) -> Git:
    """The git facts of a workspace.

    Raises:
        Unavailable: the root is not in a git checkout, or there is no git command.
    """
    root = tree.disk_root
    if root is None or not any(mode_of(folder / ".git") for folder in (root, *root.parents)):
        raise Unavailable("not in a git checkout")
    command = GitCommand(root)
    try:
        inside = command.run("rev-parse", "--is-inside-work-tree").strip()
    except GitFailed as error:
        raise Unavailable(f"git does not answer ({error})") from None
    if inside != b"true":
        raise Unavailable("not in a git work tree")
    return command
