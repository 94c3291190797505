"""Uploads that a command starts in a file of the repository: a Makefile, a script, tox, nox, just and their like. Runs none of them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from preflight.plan.task_files import Given
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Source, UnreadableText, decode
from preflight.sources.tree import Files, MissingFile, UnreadableFile, join
from preflight.workflows.indirections import Indirection, read_indirection
from preflight.workflows.shell import Command, read_script
from preflight.workflows.upload_model import Configured, Upload
from preflight.workflows.uploads import mentions_upload, read_script_uploads
from preflight.workflows.values import Opaque, Value, both

_RUNNERS = _compile(
    r"(?:^|[\s;&|(\"'`/])(g?make|tox|nox|just|task|go-task|inv|invoke|poe|npm|pnpm|yarn|bun|hatch|pdm|pixi|rye|pipenv)(?=\s|$|[;&|)\"'])",
    re.MULTILINE,
)
_FOLDERS = _compile(r"(?:\bcd|\bpushd|-C|--directory|--prefix|--working-directory|-d|--cwd)[ =]+[\"']?([\w./-]+)")
_PATHS = _compile(
    r"(?<![\w:/.$}-])(?:\./)?[\w.-]+(?:/[\w.-]+)*\.(?:sh|bash|py)\b|(?<![\w:/.$}-])\.{0,2}/?[\w.-]+(?:/[\w.-]+)+"
)
_USUAL_FILES: Mapping[str, tuple[str, ...]] = {
    "make": ("GNUmakefile", "makefile", "Makefile"),
    "tox": ("tox.ini", "setup.cfg", "pyproject.toml", "tox.toml"),
    "nox": ("noxfile.py",),
    "just": ("justfile", "Justfile", ".justfile"),
    "task": ("Taskfile.yml", "taskfile.yml", "Taskfile.yaml", "taskfile.yaml", "Taskfile.dist.yml"),
    "invoke": ("tasks.py",),
    "npm": ("package.json",),
    "hatch": ("pyproject.toml", "hatch.toml"),
    "pdm": ("pyproject.toml",),
    "poe": ("pyproject.toml", "poe_tasks.toml"),
    "pixi": ("pixi.toml", "pyproject.toml"),
    "rye": ("pyproject.toml",),
    "pipenv": ("Pipfile",),
}
_SAME_RUNNER = {"gmake": "make", "go-task": "task", "inv": "invoke", "pnpm": "npm", "yarn": "npm", "bun": "npm"}
_ALL_OF_THEM = frozenset(("tox", "hatch", "poe", "pixi"))
"""Runners whose names may stand in any of their usual files; for the others the first file that exists is the one."""
_MAY_UPLOAD_IN_PYTHON = _compile(r"twine|publish|upload|maturin", re.IGNORECASE)
_READ = (".sh", ".bash", ".zsh", ".py", ".toml", ".ini", ".cfg", ".yml", ".yaml", ".json", ".mk")
"""Endings of the files that are looked into; one without any ending is too."""
_MAX_TARGETS = 30
_MAX_LEVELS = 3
"""Files behind files that are followed: a workflow's `make release` may run a script."""
_MAX_HIDDEN = 64
_MAX_PATHS = 60


@dataclass(frozen=True, slots=True)
class Hidden:
    """An upload behind a command: where it really stands, and the command's place in the script that was read."""

    upload: Upload
    where: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of shell text that an indirection runs. `sure` is False where nobody can tell whether the file comes to it."""

    where: str
    text: str
    sure: bool = True


class Indirect:
    """Follows commands into the files of the repository. Each file is read once."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._hiding: dict[tuple[str, str], bool] = {}
        self._sources: dict[str, Source | None] = {}
        self._tasks: dict[tuple[str, str, Given], Mapping[str, tuple[list[str], str]]] = {}

    def _source(self, path: str) -> Source | None:
        """A text file of the repository. What a script names may be anything: what is no text is nobody's mistake."""
        if path not in self._sources:
            self._sources[path] = self._read(path)
        return self._sources[path]

    def _read(self, path: str) -> Source | None:
        if (
            not path
            or path.startswith("..")
            or (not path.endswith(_READ) and "." in path.rpartition("/")[2].lstrip("."))
        ):
            return None
        if path in self.files.sources:
            return self.files.sources[path]
        if not self.files.tree.is_file(path):
            return None
        try:
            return Source(path, decode(self.files.tree.read(path)))
        except (MissingFile, UnreadableFile, UnreadableText):
            return None

    def may_hide(self, script: str, folder: str = "", level: int = 0) -> bool:
        """Whether a script may start something of the repository that uploads: a look at its words and at the files that they name."""
        key = (script, folder)
        found = self._hiding.get(key)
        if found is None:
            self._hiding[key] = False  # for a file that names itself
            found = self._hiding[key] = level < _MAX_LEVELS and self._looks(script, folder, level)
        return found

    def _looks(self, script: str, folder: str, level: int) -> bool:
        runners = {_SAME_RUNNER.get(match[1], match[1]) for match in _RUNNERS.finditer(script)}
        paths = list(dict.fromkeys(match[0] for match in _PATHS.finditer(script)))[:_MAX_PATHS]
        if not runners and not paths:
            return False
        folders = [folder, *(join(folder, match[1]) for match in _FOLDERS.finditer(script))][:_MAX_PATHS]
        for each in dict.fromkeys(folders):
            for runner in sorted(runners):
                if any(self._mentions(join(each, name), level) for name in _USUAL_FILES[runner]):
                    return True
            for path in paths:
                if self._mentions(join(each, path), level):
                    return True
        return False

    def _mentions(self, path: str, level: int) -> bool:
        source = self._source(path)
        if source is None:
            return False
        if path.endswith(".py"):
            return _MAY_UPLOAD_IN_PYTHON.search(source.text) is not None
        return mentions_upload(source.text) or self.may_hide(source.text, "", level + 1)

    def uploads(
        self,
        script: str,
        folder: str,
        environment: Mapping[str, Value],
        configured: tuple[Configured, ...],
        *,
        shell: str,
        errexit: bool,
    ) -> Iterator[Hidden]:
        """The uploads that the commands of a script start elsewhere in the repository."""
        left = [_MAX_HIDDEN]
        for command in read_script(script, shell=shell, errexit=errexit).commands:
            for upload, where in self._behind(command, folder, environment, configured, 1, left):
                yield Hidden(upload, where, command.start, command.end)

    def _behind(
        self,
        command: Command,
        folder: str,
        environment: Mapping[str, Value],
        configured: tuple[Configured, ...],
        level: int,
        left: list[int],
    ) -> Iterator[tuple[Upload, str]]:
        """The uploads that one command starts in files, and in which."""
        indirection = read_indirection(command)
        if indirection is None:
            return
        base, inner = _literal(command.directory), _literal(indirection.directory)
        if base is None or inner is None:
            return
        here = join(join(folder, base), inner)
        seen = command.environment(environment)
        for piece in self._pieces(indirection, here):
            left[0] -= 1
            if left[0] < 0:
                return
            guard = command.guard if piece.sure else both(command.guard, Opaque(f"`{piece.where}` comes to it"))
            found = read_script_uploads(piece.text, seen, configured)
            for upload in found.uploads:
                yield replace(upload, guard=both(guard, upload.guard)), piece.where
            if level < _MAX_LEVELS and self.may_hide(piece.text, here, level):
                for each in read_script(piece.text).commands:
                    for upload, where in self._behind(each, here, seen, found.configured, level + 1, left):
                        yield replace(upload, guard=both(guard, upload.guard)), where

    def _pieces(self, indirection: Indirection, folder: str) -> Iterator[_Piece]:
        """What an indirection runs."""
        given = indirection.file.literal if indirection.file is not None else None
        if indirection.file is not None and given is None:
            return
        kind = indirection.kind
        if kind in ("shell", "python"):
            path = join(folder, given or "")
            source = self._source(path)
            if source is None:
                return
            if kind == "shell" and not source.text.startswith("#!/usr/bin/env python"):
                yield _Piece(path, _with_arguments(source.text, indirection.arguments))
            elif _MAY_UPLOAD_IN_PYTHON.search(source.text):
                from preflight.plan.task_files import python_commands

                yield from (
                    _Piece(path, line, sure=False) for line in python_commands(source.text) if mentions_upload(line)
                )
            return
        names = [name.literal for name in indirection.names]
        for path in [join(folder, given)] if given else [join(folder, name) for name in _USUAL_FILES.get(kind, ())]:
            source = self._source(path)
            if source is None:
                continue
            tasks = self._tasks_of(kind, source, _given(indirection))
            wanted = names or ([next(iter(tasks), None)] if kind in ("make", "just") else [])
            for name in _needed([each for each in wanted if each], {key: needs for key, (needs, _) in tasks.items()}):
                yield _Piece(f"{path}, {_NOUNS.get(kind, 'task')} {name}", tasks[name][1])
            if tasks and kind not in _ALL_OF_THEM:
                return

    def _tasks_of(self, kind: str, source: Source, given: Given) -> Mapping[str, tuple[list[str], str]]:
        key = (kind, source.path, given)
        found = self._tasks.get(key)
        if found is None:
            found = self._tasks[key] = _read_tasks(kind, source, given)
        return found


_NOUNS = {
    "make": "target",
    "tox": "environment",
    "nox": "session",
    "just": "recipe",
    "hatch": "script",
    "pdm": "script",
    "npm": "script",
}


def _read_tasks(kind: str, source: Source, given: Given) -> Mapping[str, tuple[list[str], str]]:
    from preflight.plan import task_files

    match kind:
        case "make":
            return task_files.make_targets(source.text, given)
        case "just":
            return task_files.just_recipes(source.text, given)
        case "task":
            return task_files.taskfile_tasks(source)
        case "tox":
            scripts = task_files.tox_environments(source, given)
        case "nox":
            scripts = task_files.nox_sessions(source.text)
        case "invoke":
            scripts = task_files.invoke_tasks(source.text)
        case "npm":
            scripts = task_files.package_scripts(source.text)
        case _:
            scripts = task_files.project_scripts(source, kind)
    return {name: ([], script) for name, script in scripts.items()}


def _given(indirection: Indirection) -> Given:
    """What the command line hands on; a word that is not known stands as the workflow writes it."""
    words = tuple(str(word) for word in indirection.arguments)
    if indirection.kind == "make":
        variables = (word.partition("=") for word in words)
        return Given((), tuple((name.rstrip(":?+"), value) for name, _, value in variables))
    return Given(words)


def _with_arguments(script: str, arguments: tuple[Value, ...]) -> str:
    """A script that is started with arguments, as one that sets them itself."""
    from preflight.plan.task_files import quoted

    words = " ".join(quoted(word) if word.literal is not None else f'"{word}"' for word in arguments)
    return f"set -- {words}\n{script}" if words else script


def _literal(value: Value | None) -> str | None:
    return "" if value is None else value.literal


def _needed(wanted: list[str], needs: Mapping[str, list[str]]) -> list[str]:
    """The wanted names and what they need, what is needed first; names that nothing defines are left out."""
    order: list[str] = []
    visited: set[str] = set()

    def visit(name: str) -> None:
        if name in visited or name not in needs or len(visited) > _MAX_TARGETS:
            return
        visited.add(name)
        for each in needs[name]:
            visit(each)
        order.append(name)

    for name in wanted:
        visit(name)
    return order


def indirect(files: Files) -> Indirect:
    """The follower of commands for this workspace."""
    return Indirect(files)
