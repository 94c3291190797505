"""Uploads that a command starts in a file of the repository: a Makefile, a shell script, tox, nox or just. Goes one level deep."""

import re
from collections.abc import Iterator, Mapping

from preflight.sources.records import dataclass
from preflight.sources.text import SourceSyntaxError, SourceTooComplex
from preflight.sources.tree import Files, join
from preflight.workflows.indirections import Indirection, read_indirection
from preflight.workflows.shell import read_script
from preflight.workflows.upload_model import Configured, Upload
from preflight.workflows.uploads import mentions_upload, read_script_uploads
from preflight.workflows.values import Value

_MAY_HIDE = re.compile(r"\b(?:g?make|tox|nox|just)\b|\.sh\b|(?:^|[\s;&|(])(?:bash|sh|source|\.)\s|(?:^|[\s;&|(])\.{0,2}/?[\w.-]+/[\w./-]+")
_TARGET = re.compile(r"^(?P<names>[^\s:#=][^:#=]*?)\s*::?(?!=)\s*(?P<needs>[^;#\n]*)(?:;(?P<inline>[^\n]*))?(?:#.*)?$")
_TOX_SECTION = re.compile(r"testenv(?::(?P<name>.+))?")
_RECIPE = re.compile(r"^@?(?P<name>[A-Za-z_][\w-]*)(?P<rest>[^:=\n]*):(?!=)(?P<needs>.*)$")
_MAX_TARGETS = 30


@dataclass(frozen=True, slots=True)
class Hidden:
    """An upload behind a command: where it really stands, and the command's place in the script that was read."""

    upload: Upload
    where: str
    start: int
    end: int


class Indirect:
    """Follows commands into the files of the repository. Each file is read once."""

    def __init__(self, files: Files) -> None:
        self.files = files

    def may_hide(self, script: str) -> bool:
        """Whether a script may start something of the repository that uploads: a look at its words and at the files."""
        return _MAY_HIDE.search(script) is not None

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
        for command in read_script(script, shell=shell, errexit=errexit).commands:
            indirection = read_indirection(command)
            if indirection is None:
                continue
            base = _literal(command.directory)
            inner = _literal(indirection.directory)
            where = join(join(folder, base or ""), inner or "") if base is not None and inner is not None else None
            if where is None:
                continue
            seen = command.environment(environment)
            for name, text in self._scripts(indirection, where):
                if mentions_upload(text):
                    found = read_script_uploads(text, seen, configured)
                    for upload in found.uploads:
                        yield Hidden(upload, name, command.start, command.end)

    def _scripts(self, indirection: Indirection, folder: str) -> Iterator[tuple[str, str]]:
        """What an indirection runs: a name for people and the shell text."""
        names = [name.literal for name in indirection.names]
        given = indirection.file.literal if indirection.file is not None else None
        if indirection.file is not None and given is None:
            return
        match indirection.kind:
            case "shell":
                path = join(folder, given or "")
                source = self.files.find(path) if given else None
                if source is not None:
                    yield path, source.text
            case "make":
                yield from self._make(folder, given, names)
            case "tox":
                yield from self._tox(folder, given, names)
            case "just":
                yield from self._just(folder, given, names)
            case "nox":
                yield from self._nox(folder, given, names)

    def _first(self, folder: str, given: str | None, usual: tuple[str, ...]) -> tuple[str, str] | None:
        for name in (given,) if given else usual:
            path = join(folder, name)
            source = self.files.find(path)
            if source is not None:
                return path, source.text
        return None

    def _make(self, folder: str, given: str | None, names: list[str | None]) -> Iterator[tuple[str, str]]:
        found = self._first(folder, given, ("GNUmakefile", "makefile", "Makefile"))
        if found is None or not mentions_upload(found[1]):
            return
        path, text = found
        targets = make_targets(text)
        wanted = names or [next(iter(targets), None)]
        for name in _needed([each for each in wanted if each], {key: needs for key, (needs, _) in targets.items()}):
            yield f"{path}, target {name}", targets[name][1]

    def _tox(self, folder: str, given: str | None, names: list[str | None]) -> Iterator[tuple[str, str]]:
        found = self._first(folder, given, ("tox.ini", "setup.cfg", "pyproject.toml", "tox.toml"))
        if found is None or not mentions_upload(found[1]):
            return
        path = found[0]
        environments = self._tox_toml(path) if path.endswith(".toml") else self._tox_ini(path)
        for name in names:
            if name in environments:
                yield f"{path}, environment {name}", environments[name]

    def _tox_ini(self, path: str) -> dict[str, str]:
        from preflight.sources.ini import parse_ini

        try:
            document = parse_ini(self.files.read(path))
        except (SourceSyntaxError, SourceTooComplex):
            return {}
        found = {}
        for title, section in document.sections.items():
            match = _TOX_SECTION.fullmatch(title)
            commands = section.get("commands")
            if match and match["name"] and commands is not None:
                text = re.sub(r"\{posargs[^}]*\}", "", commands.value)
                for name in re.split(r"[,\s]+", match["name"]):
                    found[name] = re.sub(r"(?m)^\s*[-!]\s*", "", text.replace("{toxinidir}", ".").replace("{envpython}", "python"))
        return found

    def _tox_toml(self, path: str) -> dict[str, str]:
        from preflight.sources.toml import parse_toml

        try:
            document = parse_toml(self.files.read(path), allow_bom=True)
        except (SourceSyntaxError, SourceTooComplex):
            return {}
        root = document.data if path.endswith("tox.toml") else document.get("tool", "tox", default={})
        environments = root.get("env") if isinstance(root, dict) else None
        found = {}
        for name, table in environments.items() if isinstance(environments, dict) else ():
            commands = table.get("commands") if isinstance(table, dict) else None
            lines = [" ".join(map(_quoted, each)) for each in commands if isinstance(each, list)] if isinstance(commands, list) else []
            found[name] = "\n".join(lines)
        return found

    def _just(self, folder: str, given: str | None, names: list[str | None]) -> Iterator[tuple[str, str]]:
        found = self._first(folder, given, ("justfile", "Justfile", ".justfile"))
        if found is None or not mentions_upload(found[1]):
            return
        path, text = found
        recipes = just_recipes(text)
        wanted = names or [next(iter(recipes), None)]
        for name in _needed([each for each in wanted if each], {key: needs for key, (needs, _) in recipes.items()}):
            yield f"{path}, recipe {name}", recipes[name][1]

    def _nox(self, folder: str, given: str | None, names: list[str | None]) -> Iterator[tuple[str, str]]:
        found = self._first(folder, given, ("noxfile.py",))
        if found is None or not mentions_upload(found[1].replace('", "', " ")):
            return
        path, text = found
        sessions = nox_sessions(text)
        for name in names:
            if name in sessions:
                yield f"{path}, session {name}", sessions[name]


def _quoted(word: object) -> str:
    from shlex import quote

    return quote(str(word))


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


def make_targets(text: str) -> dict[str, tuple[list[str], str]]:
    """The targets of a Makefile: what each needs, and its recipe as shell text, without make's own marks."""
    targets: dict[str, tuple[list[str], list[str]]] = {}
    current: list[str] = []
    for line in text.replace("\\\r\n", "\\\n").splitlines():
        if line.startswith("\t"):
            for name in current:
                targets[name][1].append(line[1:].lstrip("@-+"))
            continue
        match = _TARGET.match(line)
        if match:
            current = [name for name in match["names"].split() if not name.startswith(".")]
            for name in current:
                needs, recipe = targets.setdefault(name, ([], []))
                needs.extend(match["needs"].split())
                if match["inline"]:
                    recipe.append(match["inline"].strip())
        elif line.strip() and not line.startswith("#"):
            current = []
    return {name: (needs, _from_make("\n".join(recipe))) for name, (needs, recipe) in targets.items()}


def _from_make(recipe: str) -> str:
    """A recipe as the shell sees it: `$$` is a dollar, `$(NAME)` a variable of make or the environment."""
    return re.sub(r"\$[({]([A-Za-z_]\w*)[)}]", r"${\1}", recipe.replace("$$", "\0")).replace("\0", "$")


def just_recipes(text: str) -> dict[str, tuple[list[str], str]]:
    """The recipes of a justfile: what each needs, and its lines."""
    recipes: dict[str, tuple[list[str], list[str]]] = {}
    current: list[str] | None = None
    for line in text.splitlines():
        if line[:1] in (" ", "\t"):
            if current is not None:
                current.append(line.strip().lstrip("@-"))
            continue
        match = _RECIPE.match(line)
        if match and not line.startswith(("set ", "alias ", "export ", "import ", "mod ")):
            needs = [word.strip("()") for word in match["needs"].split("#")[0].split()]
            current = []
            recipes[match["name"]] = (needs, current)
        elif line.strip() and not line.startswith("#"):
            current = None
    return {name: (needs, "\n".join(lines)) for name, (needs, lines) in recipes.items()}


def nox_sessions(text: str) -> dict[str, str]:
    """The sessions of a noxfile: the literal words of their `session.run` calls as command lines. Runs nothing."""
    import ast

    try:
        tree = ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    sessions = {}
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef):
            continue
        lines = []
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("run", "run_always"):
                words = [arg.value if isinstance(arg, ast.Constant) and isinstance(arg.value, str) else "$ARGUMENT" for arg in node.args]
                lines.append(" ".join(word if word.startswith("$") else _quoted(word) for word in words))
        name = function.name
        for decorator in function.decorator_list:
            for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
                if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                    name = str(keyword.value.value)
        sessions[name] = "\n".join(lines)
    return sessions


def indirect(files: Files) -> Indirect:
    """The follower of commands for this workspace."""
    return Indirect(files)
