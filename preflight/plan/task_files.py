"""What the tasks of a repository's own task files run, as shell text: make, just, tox, nox, invoke, task, and the scripts of pyproject.toml and package.json.

Knows no workflow and runs nothing: text in, text out. What a task file computes stays a shell variable that nobody set.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Source, SourceSyntaxError, SourceTooComplex

if TYPE_CHECKING:
    import ast

_TARGET = _compile(r"^(?P<names>[^\s:#=][^:#=]*?)\s*::?(?!=)\s*(?P<needs>[^;#\n]*)(?:;(?P<inline>[^\n]*))?(?:#.*)?$")
_MAKE_VARIABLE = _compile(
    r"^(?:export\s+|override\s+)?(?P<name>[A-Za-z_][\w.-]*)\s*(?P<how>::?:?|\?|\+)?=\s*(?P<value>[^#\n]*?)\s*(?:#.*)?$"
)
_MAKE_REFERENCE = _compile(r"\$(?:\((?P<round>[A-Za-z_][\w.-]*)\)|\{(?P<curly>[A-Za-z_][\w.-]*)\})")
_RECIPE = _compile(
    r"^@?(?P<name>[A-Za-z_][\w-]*)(?P<parameters>(?:\s+[^:=\s]+(?:=(?:\"[^\"]*\"|'[^']*'|[^:\s]+))?)*)\s*:(?!=)(?P<needs>.*)$"
)
_JUST_PARAMETER = _compile(
    r"[+*$]*(?P<name>[A-Za-z_][\w-]*)(?:=(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^:\s]+)))?"
)
_JUST_VARIABLE = _compile(
    r"(?m)^(?:export\s+)?(?P<name>[A-Za-z_][\w-]*)\s*:=\s*(?:\"(?P<double>[^\"\n]*)\"|'(?P<single>[^'\n]*)')\s*$"
)
_JUST_REFERENCE = _compile(r"\{\{\s*(?P<name>[A-Za-z_][\w-]*)\s*\}\}")
_TOX_SECTION = _compile(r"testenv(?::(?P<name>.+))?")
_TOX_BRACES = _compile(r"\{([^{}]*)\}")
_TASK_REFERENCE = _compile(r"\{\{\s*\.?(?P<name>\w+)\s*\}\}")
_MAX_EXPANSIONS = 6
_MAX_BRANCHES = 64
_LONGEST_LINE = 4_000

Tasks = dict[str, tuple[list[str], str]]
"""Task name -> the tasks that it needs first, and what it runs."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line hands to the task: words by position, and variables by name."""

    words: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()


_NOTHING = Given()


def quoted(word: object) -> str:
    """A word as the shell reads it, with variables still alive."""
    from shlex import quote

    text = str(word)
    return text if text.startswith("$") else quote(text)


# ---------------------------------------------------------------------------------------------------------------------
# make and just


def make_targets(text: str, given: Given = _NOTHING) -> Tasks:
    """The targets of a Makefile, with the variables that it defines filled in, and without make's own marks."""
    lines = _short_lines(text.replace("\r\n", "\n").replace("\\\n", "\x00").split("\n"))
    values = dict(_make_variables(lines))
    values.update(given.variables)
    targets: dict[str, tuple[list[str], list[str]]] = {}
    current: list[str] = []
    for line in lines:
        if line.startswith("\t"):
            for name in current:
                targets[name][1].append(line[1:].lstrip("@-+"))
            continue
        match = None if _MAKE_VARIABLE.match(line) else _TARGET.match(line.replace("\x00", " "))
        if match:
            current = [name for name in _filled_in(match["names"], values).split() if not name.startswith(".")]
            for name in current:
                needs, recipe = targets.setdefault(name, ([], []))
                needs.extend(_filled_in(match["needs"], values).replace("|", " ").split())
                if match["inline"]:
                    recipe.append(match["inline"].strip())
        elif line.strip() and not line.startswith("#"):
            current = []
    return {name: (needs, _recipe(recipe, values)) for name, (needs, recipe) in targets.items()}


def _short_lines(lines: Sequence[str]) -> list[str]:
    """Lines that people write; on longer ones the patterns would take long."""
    return [line if len(line) <= _LONGEST_LINE else "" for line in lines]


def _make_variables(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        match = None if line.startswith(("\t", "#")) else _MAKE_VARIABLE.match(line)
        if match and match["how"] != "+" and "$(shell" not in match["value"]:
            value = match["value"].replace("\x00", " ")
            # The environment wins over `?=` alone (GNU make, "Variables from the Environment").
            yield match["name"], f"${{{match['name']}:-{value}}}" if match["how"] == "?" and value else value


def _filled_in(text: str, values: Mapping[str, str]) -> str:
    for _ in range(_MAX_EXPANSIONS):
        filled = _MAKE_REFERENCE.sub(lambda match: values.get(match["round"] or match["curly"], match[0]), text)
        if filled == text or len(filled) > 100_000:
            break
        text = filled
    return text


def _recipe(lines: Sequence[str], values: Mapping[str, str]) -> str:
    """A recipe as the shell sees it: `$$` is a dollar, `$(NAME)` a variable of make or the environment."""
    text = "\n".join(lines).replace("$$", "\x01").replace("\x00", "\\\n")
    text = _filled_in(text, {"MAKE": "make", **values})
    return re.sub(r"\$\(([A-Za-z_]\w*)\)", r"${\1}", text).replace("\x01", "$")


def just_recipes(text: str, given: Given = _NOTHING) -> Tasks:
    """The recipes of a justfile, with its variables and the parameters filled in where they are plain."""
    variables = {match["name"]: match["double"] or match["single"] or "" for match in _JUST_VARIABLE.finditer(text)}
    variables.update(given.variables)
    recipes: dict[str, tuple[list[str], list[str], dict[str, str]]] = {}
    current: list[str] | None = None
    for line in _short_lines(text.splitlines()):
        if line[:1] in (" ", "\t"):
            if current is not None:
                current.append(line.strip().lstrip("@-"))
            continue
        match = _RECIPE.match(line)
        if match and not line.startswith(("set ", "alias ", "export ", "import ", "mod ")):
            needs = [word.strip("()") for word in match["needs"].split("#")[0].replace("&&", " ").split()]
            current = []
            parameters: dict[str, str] = {}
            for position, parameter in enumerate(_JUST_PARAMETER.finditer(match["parameters"] or "")):
                default = parameter["double"] or parameter["single"] or parameter["bare"]
                value = given.words[position] if position < len(given.words) else default
                if value is not None:
                    parameters[parameter["name"]] = value
            recipes[match["name"]] = (needs, current, parameters)
        elif line.strip() and not line.startswith(("#", "[")):
            current = None

    def body(lines: list[str], parameters: Mapping[str, str]) -> str:
        values = {**variables, **parameters}
        return _JUST_REFERENCE.sub(lambda match: values.get(match["name"], f"${match['name']}"), "\n".join(lines))

    return {name: (needs, body(lines, parameters)) for name, (needs, lines, parameters) in recipes.items()}


# ---------------------------------------------------------------------------------------------------------------------
# tox


def tox_environments(source: Source, given: Given = _NOTHING) -> dict[str, str]:
    """The commands of each tox environment, with what it sets (tox, "Configuration", "Substitutions")."""
    if source.path.endswith(".toml"):
        return _tox_toml(source, given)
    from preflight.sources.ini import parse_ini

    try:
        document = parse_ini(source)
    except (SourceSyntaxError, SourceTooComplex):
        return {}

    def value(section: str, key: str) -> str:
        found = document.get(section, key)
        return found.value if found is not None else ""

    found: dict[str, str] = {}
    for title, section in document.sections.items():
        match = _TOX_SECTION.fullmatch(title)
        commands = section.get("commands")
        if match is None or match["name"] is None or commands is None:
            continue
        settings = section.get("set_env") or section.get("setenv")
        lines = [line.strip() for line in (settings.value if settings is not None else "").splitlines()]
        pairs = ((name.strip(), text.strip()) for name, _, text in (line.partition("=") for line in lines))
        exports = [f"export {name}={_as_double(text)}" for name, text in pairs if text and name.isidentifier()]
        body = re.sub(r"(?m)^[ \t]*[-!]\s+", "", commands.value.lstrip("\n"))
        script = _tox_words("\n".join([*exports, body]), given, value)
        for name in _tox_names(match["name"]):
            found[name] = script
    return found


def _as_double(text: str) -> str:
    """A text in double quotes, unless its author quoted it."""
    return text if text[:1] in ("'", '"') else '"' + text.replace('"', '\\"') + '"'


def _tox_names(title: str) -> list[str]:
    """The environments that one header names: `a,b` and `{py,pypy}-{x,y}`."""
    pending = re.split(r"[,\s]+(?![^{]*\})", title[:_LONGEST_LINE])
    names: list[str] = []
    while pending and len(names) < _MAX_BRANCHES:
        name = pending.pop(0)
        match = _TOX_BRACES.search(name)
        if match is None:
            names.append(name.strip())
        else:
            pending.extend(name[: match.start()] + part.strip() + name[match.end() :] for part in match[1].split(","))
    return [name for name in names if name]


def _tox_words(text: str, given: Given, value: "Any") -> str:
    """A text of tox with its substitutions; variables of the environment become those of the shell."""

    def replaced(match: "re.Match[str]") -> str:
        kind, _, rest = match[1].partition(":")
        if kind == "posargs":
            return " ".join(given.words) or rest
        if kind == "env":
            name, found, default = rest.partition(":")
            return f"\x02{name}:-{default}\x03" if found else f"\x02{name}\x03"
        if kind.startswith("["):
            section, _, key = match[1].partition("]")
            return str(value(section[1:], key))
        return {"toxinidir": ".", "tox_root": ".", "envpython": "python", "/": "/", ":": ":"}.get(match[1], "")

    for _ in range(_MAX_EXPANSIONS):
        filled = _TOX_BRACES.sub(replaced, text)
        if filled == text or len(filled) > 100_000:
            break
        text = filled
    return text.replace("\x02", "${").replace("\x03", "}")


def _tox_toml(source: Source, given: Given) -> dict[str, str]:
    document = read_toml(source)
    root = document if source.path.rpartition("/")[2] == "tox.toml" else _table(document, "tool", "tox")
    if isinstance(root.get("legacy_tox_ini"), str):
        return tox_environments(Source("tox.ini", root["legacy_tox_ini"]), given)
    found = {}
    for name, table in _table(root, "env").items():
        commands = table.get("commands") if isinstance(table, dict) else None
        rows = [each for each in commands if isinstance(each, list)] if isinstance(commands, list) else []
        lines = [" ".join(part for word in row if (part := _tox_toml_word(word, given))) for row in rows]
        settings = _table(table, "set_env") if isinstance(table, dict) else {}
        exports = [
            f"export {key}={_as_double(text)}"
            for key, text in settings.items()
            if isinstance(text, str) and key.isidentifier()
        ]
        found[name] = _tox_words("\n".join([*exports, *lines]), given, lambda section, key: "")
    return found


def _tox_toml_word(word: object, given: Given) -> str:
    """A word of a command: a text, or `{ replace = "posargs", default = [...] }` and its like."""
    if isinstance(word, dict):
        if word.get("replace") == "posargs":
            default = word.get("default")
            return " ".join(given.words) or " ".join(map(quoted, default if isinstance(default, list) else []))
        if word.get("replace") == "env":
            default = word.get("default")
            return (
                f"\x02{word.get('name')}:-{default}\x03" if isinstance(default, str) else f"\x02{word.get('name')}\x03"
            )
        return ""
    return str(word) if "{" in str(word) else quoted(word)


# ---------------------------------------------------------------------------------------------------------------------
# Scripts in configuration files


def project_scripts(source: Source, tool: str) -> dict[str, str]:
    """The scripts that a pyproject.toml, pixi.toml or Pipfile defines for `hatch`, `pdm`, `poe`, `pixi`, `rye` or `pipenv`."""
    document = read_toml(source)
    found: dict[str, str] = {}
    match tool:
        case "hatch":
            hatch = document if source.path.endswith("hatch.toml") else _table(document, "tool", "hatch")
            for environment in _table(hatch, "envs").values():
                scripts = _table(environment, "scripts") if isinstance(environment, dict) else {}
                for name, script in scripts.items():
                    found.setdefault(name, _listed(script))
        case "pdm":
            for name, script in _table(document, "tool", "pdm", "scripts").items():
                found[name] = _pdm_script(script)
        case "poe":
            for name, task in _table(document, "tool", "poe", "tasks").items():
                found[name] = _poe_task(task)
        case "rye":
            for name, script in _table(document, "tool", "rye", "scripts").items():
                chained = script.get("chain") if isinstance(script, dict) else None
                found[name] = (
                    "\n".join(f"rye run {each}" for each in chained) if isinstance(chained, list) else _listed(script)
                )
        case "pixi":
            pixi = document if source.path.endswith("pixi.toml") else _table(document, "tool", "pixi")
            for table in (pixi, *_table(pixi, "feature").values()):
                for name, task in _table(table, "tasks").items() if isinstance(table, dict) else ():
                    needs = task.get("depends-on", task.get("depends_on")) if isinstance(task, dict) else None
                    before = (
                        [f"pixi run {each}" for each in needs if isinstance(each, str)]
                        if isinstance(needs, list)
                        else []
                    )
                    found.setdefault(name, "\n".join([*before, _listed(task)]))
        case "pipenv":
            for name, script in _table(document, "scripts").items():
                found[name] = _listed(script)
    return found


def read_toml(source: Source) -> dict[str, Any]:
    """The data of a TOML file; nothing for one that cannot be read."""
    from preflight.sources.toml import parse_toml

    try:
        return parse_toml(source, allow_bom=True).data
    except (SourceSyntaxError, SourceTooComplex):
        return {}


def _table(table: object, *path: str) -> dict[str, Any]:
    for name in path:
        table = table.get(name) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def _listed(script: object) -> str:
    """A script as a text, a list of texts, or a table with `cmd`."""
    if isinstance(script, dict):
        script = script.get("cmd", script.get("shell", script.get("cmds")))
    if isinstance(script, list):
        return "\n".join(" ".join(map(quoted, each)) if isinstance(each, list) else str(each) for each in script)
    return script if isinstance(script, str) else ""


def _pdm_script(script: object) -> str:
    """PDM, "PDM Scripts": a command, `cmd`, `shell`, or `composite` of other scripts and commands."""
    composite = script.get("composite") if isinstance(script, dict) else None
    if isinstance(composite, list):
        return "\n".join(f"pdm run {each}" for each in composite if isinstance(each, str))
    command = script.get("cmd") if isinstance(script, dict) else None
    return " ".join(map(quoted, command)) if isinstance(command, list) else _listed(script)


def _poe_task(task: object) -> str:
    """Poe the Poet, "Defining tasks": a command, `cmd`, `shell`, or a `sequence` of tasks."""
    sequence = task if isinstance(task, list) else task.get("sequence") if isinstance(task, dict) else None
    if not isinstance(sequence, list):
        return _listed(task)
    lines = []
    for each in sequence:
        reference = each if isinstance(each, str) else each.get("ref") if isinstance(each, dict) else None
        lines.append(f"poe {reference}" if isinstance(reference, str) else _poe_task(each))
    return "\n".join(lines)


def package_scripts(text: str) -> dict[str, str]:
    """The `scripts` of a package.json."""
    from json import loads

    try:
        document = loads(text)
    except (ValueError, RecursionError):
        return {}
    return {name: script for name, script in _table(document, "scripts").items() if isinstance(script, str)}


def taskfile_tasks(source: Source) -> Tasks:
    """The tasks of a Taskfile.yml (Task, "Schema reference"): its commands, calls of other tasks among them."""
    from preflight.sources.yaml import Mapping as YamlMapping
    from preflight.sources.yaml import Scalar, Sequence, parse_yaml
    from preflight.workflows.aliases import check_aliases

    try:
        document = parse_yaml(source)
        check_aliases(document)
    except (SourceSyntaxError, SourceTooComplex):
        return {}
    tasks = document.root.get("tasks") if isinstance(document.root, YamlMapping) else None
    found: Tasks = {}
    for name, node in tasks.items() if isinstance(tasks, YamlMapping) else ():
        body = node.get("cmds") or node.get("cmd") if isinstance(node, YamlMapping) else node
        needs = node.get("deps") if isinstance(node, YamlMapping) else None
        lines = []
        for each in body.items if isinstance(body, Sequence) else [body]:
            inner = each.get("cmd") or each.get("task") if isinstance(each, YamlMapping) else each
            if isinstance(inner, Scalar):
                calls = isinstance(each, YamlMapping) and "task" in each
                lines.append(f"task {inner.value}" if calls else inner.value)
        before = [each.value for each in needs.items if isinstance(each, Scalar)] if isinstance(needs, Sequence) else []
        found[name] = (before, _TASK_REFERENCE.sub(r"$\g<name>", "\n".join(lines)))
    return found


# ---------------------------------------------------------------------------------------------------------------------
# Python


def nox_sessions(text: str) -> dict[str, str]:
    """The sessions of a noxfile: the words of their `session.run` calls as command lines. Runs nothing."""
    return _python_tasks(text, ("run", "run_always"))


def invoke_tasks(text: str) -> dict[str, str]:
    """The tasks of an Invoke `tasks.py`: the texts of their `c.run` calls. Runs nothing."""
    return {name.replace("_", "-"): script for name, script in _python_tasks(text, ("run", "sudo"), texts=True).items()}


def _python_tasks(text: str, methods: tuple[str, ...], *, texts: bool = False) -> dict[str, str]:
    import ast

    tree = _parsed(text)
    tasks = {}
    for function in tree.body if tree is not None else ():
        if not isinstance(function, ast.FunctionDef):
            continue
        lines = []
        for node in ast.walk(function):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in methods
                and node.args
            ):
                lines.append(
                    _shell_text(node.args[0]) if texts else " ".join(quoted(_word(each)) for each in node.args)
                )
        name = function.name
        for decorator in function.decorator_list:
            for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
                if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                    name = str(keyword.value.value)
        tasks[name] = "\n".join(lines)
    return tasks


def python_commands(text: str) -> list[str]:
    """The command lines that a Python script hands to `subprocess` and `os.system`, as far as they are literal. Runs nothing.

    Whether the script comes to them is not followed.
    """
    import ast

    tree = _parsed(text)
    found = []
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = (
            node.func.attr
            if isinstance(node.func, ast.Attribute)
            else node.func.id
            if isinstance(node.func, ast.Name)
            else ""
        )
        first = node.args[0]
        if isinstance(first, ast.List | ast.Tuple):
            found.append(" ".join(quoted(_word(each)) for each in first.elts))
        elif name in (
            "system",
            "run",
            "call",
            "check_call",
            "check_output",
            "Popen",
            "sh",
            "execute",
            "cmd",
            "run_command",
        ):
            words = [_word(each) for each in node.args]
            found.append(_shell_text(first) if len(words) == 1 or " " in words[0] else " ".join(map(quoted, words)))
    return found


def _parsed(text: str) -> "ast.Module | None":
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _word(node: "ast.expr") -> str:
    """A word of a command; `$ARGUMENT` for one that the script computes."""
    import ast

    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Attribute) and node.attr == "executable":
        return "python"
    return "$ARGUMENT"


def _shell_text(node: "ast.expr") -> str:
    """A command line as one text; what an f-string fills in is unknown."""
    import ast

    if isinstance(node, ast.JoinedStr):
        return "".join(str(each.value) if isinstance(each, ast.Constant) else "$ARGUMENT" for each in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
