"""Commands that run something else of the repository: make, tox, nox, just, scripts and the like. Opens none of it.

The plan follows them: an upload may hide in a Makefile or in `scripts/release.sh`.
"""

from preflight.sources.records import dataclass
from preflight.workflows.launchers import option_end, option_value, unwrap
from preflight.workflows.shell import Command
from preflight.workflows.values import Value, text

_SHELLS = ("bash", "sh", "dash", "zsh", "source", ".")
_MAKE_VALUED = frozenset(
    ("-C", "--directory", "-f", "--file", "--makefile", "-I", "--include-dir", "-o", "-W", "-j", "-l")
)
_TASK_VALUED = frozenset(("-t", "--taskfile", "-d", "--dir", "-o", "--output", "-C", "--concurrency"))
_INVOKE_VALUED = frozenset(("-c", "--collection", "-r", "--search-root", "-f", "--config", "-T", "--command-timeout"))
_NPM_VALUED = frozenset(("--prefix", "-C", "--cwd", "--dir", "-w", "--workspace", "--filter", "-F"))
_POE_VALUED = frozenset(("-C", "--directory", "--root", "-e", "--executor"))
_SCRIPT_RUNNERS = frozenset(("hatch", "pdm", "pixi", "rye", "pipenv"))
_JUST_VALUED = frozenset(("-f", "--justfile", "-d", "--working-directory", "--set", "--shell", "--dotenv-path"))


@dataclass(frozen=True, slots=True)
class Indirection:
    """What a command runs of the repository.

    `kind` is `make`, `tox`, `nox`, `just`, `task`, `invoke`, `npm`, `shell`, `python`, or the tool whose scripts stand in
    pyproject.toml or a file of its own: `hatch`, `pdm`, `poe`, `pixi`, `rye`, `pipenv`. `names` are targets, environments,
    sessions, recipes, tasks or scripts; `file` is the script or the file that defines the names, None for the tool's usual
    one. `arguments` are what is handed on: `NAME=value` for make, what follows `--` for tox, the words behind the name else.
    """

    kind: str
    names: tuple[Value, ...]
    file: Value | None
    directory: Value | None
    arguments: tuple[Value, ...] = ()


def read_indirection(command: Command) -> Indirection | None:
    """What a command runs of the repository, when it is one of the known ways to do so."""
    launch = unwrap(command.arguments)
    if launch is None:
        return None
    words = launch.arguments
    match launch.program:
        case "make" | "gmake":
            operands = _operands(words, _MAKE_VALUED)
            targets = tuple(word for word in operands if "=" not in word.prefix)
            file = option_value(words, ("-f", "--file", "--makefile"))
            variables = tuple(word for word in operands if "=" in word.prefix)
            return Indirection("make", targets, file, option_value(words, ("-C", "--directory")), variables)
        case "tox":
            inner = words[1:] if words and words[0].literal in ("run", "r", "run-parallel", "p") else words
            chosen = option_value(inner, ("-e", "--env", "-m"))
            end = next((index for index, word in enumerate(inner) if word.literal == "--"), len(inner))
            return Indirection("tox", _listed(chosen), option_value(inner, ("-c", "--conf")), None, inner[end + 1 :])
        case "nox":
            sessions = tuple(_after(words, ("-s", "--session", "--sessions", "-e")))
            return Indirection("nox", sessions, option_value(words, ("-f", "--noxfile")), None)
        case "just":
            recipes = tuple(word for word in _operands(words, _JUST_VALUED) if "=" not in word.prefix)
            file = option_value(words, ("-f", "--justfile"))
            folder = option_value(words, ("-d", "--working-directory"))
            return Indirection("just", recipes[:1], file, folder, recipes[1:])
        case "task" | "go-task":
            file = option_value(words, ("-t", "--taskfile"))
            names = tuple(word for word in _operands(words, _TASK_VALUED) if "=" not in word.prefix)
            return Indirection("task", names, file, option_value(words, ("-d", "--dir")))
        case "inv" | "invoke":
            names = tuple(word for word in _operands(words, _INVOKE_VALUED))
            return Indirection("invoke", names, None, option_value(words, ("-r", "--search-root")))
        case "npm" | "pnpm" | "yarn" | "bun":
            operands = _operands(words, _NPM_VALUED)
            runs = bool(operands) and operands[0].literal in ("run", "run-script")
            names = operands[1:2] if runs else operands[:1] if launch.program != "npm" else ()
            return (
                Indirection("npm", names, None, option_value(words, ("--prefix", "-C", "--cwd", "--dir")))
                if names
                else None
            )
        case "poe":
            return Indirection(
                "poe", _operands(words, _POE_VALUED)[:1], None, option_value(words, ("-C", "--directory"))
            )
        case "poetry" if words and words[0].literal == "poe":
            return Indirection("poe", _operands(words[1:], _POE_VALUED)[:1], None, None)
    if launch.program in _SHELLS:
        index = option_end(words, 0, frozenset(("-o", "+o", "-O", "--rcfile")))
        if index < len(words) and not any((word.literal or "").endswith("c") for word in words[:index]):
            return Indirection("shell", (), words[index], None, words[index + 1 :])
        return None
    if launch.program.endswith(".py"):
        return Indirection("python", (), text(launch.program), None, words)
    runner = launch.via[-1].removesuffix(" run") if launch.via else ""
    if runner in _SCRIPT_RUNNERS and "/" not in launch.program:
        return Indirection(runner, (text(launch.program),), None, launch.directory, words)
    return _script(command.arguments)


def _script(words: tuple[Value, ...]) -> Indirection | None:
    """`./scripts/release.sh` and `scripts/publish`: a path that stays inside the repository."""
    literal = words[0].literal if words else None
    if literal is None or "/" not in literal or literal.startswith(("/", "~", "-")) or "://" in literal:
        return None
    return Indirection("python" if literal.endswith(".py") else "shell", (), words[0], None, words[1:])


def _operands(words: tuple[Value, ...], valued: frozenset[str]) -> tuple[Value, ...]:
    found: list[Value] = []
    index = 0
    while index < len(words):
        following = option_end(words, index, valued)
        if following == index:
            found.append(words[index])
            following += 1
        index = following
    return tuple(found)


def _after(words: tuple[Value, ...], names: tuple[str, ...]) -> list[Value]:
    """The words after an option that takes several: up to the next option."""
    found: list[Value] = []
    taking = False
    for word in words:
        if word.prefix.startswith("-"):
            taking = word.literal in names
            for name in names:
                if name.startswith("--") and word.prefix.startswith(f"{name}="):
                    found.append(word.after(len(name) + 1))
        elif taking:
            found.append(word)
    return found


def _listed(value: Value | None) -> tuple[Value, ...]:
    """The parts of a list separated by commas."""
    if value is None:
        return ()
    literal = value.literal
    if literal is None:
        return (value,)
    return tuple(text(part, value.start) for part in literal.split(",") if part)
