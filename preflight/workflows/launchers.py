"""Commands that start another command: `python -m`, `uvx`, `poetry run`, `sudo` … taken off, to see what is run.

What is no known launcher is left as it stands: an unknown wrapper is never guessed through.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.workflows.values import Literal, Value

_PYTHON = _compile(r"(?:python|pypy)(?:\d+(?:\.\d+)*)?t?|py")
_ASSIGNMENT = _compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_REQUIREMENT = _compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*(?:@|(?=[<>=!~]))\s*(.*)")
_MAX_LAUNCHERS = 12
_EMPTY: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Launch:
    """A program with its arguments, and how it is started.

    `program` is the bare name (`twine` for `.venv/bin/twine`, for a module its name), or a script's path.
    """

    program: str
    arguments: tuple[Value, ...]
    via: tuple[str, ...] = ()
    requirement: str | None = None
    """The version part of `uvx twine@6.1.0` or `pipx run 'twine==6.1.0'`, as written."""
    environment: Mapping[str, Value] = field(default_factory=lambda: _EMPTY)
    directory: Value | None = None
    more_arguments: bool = False
    """Whether arguments come from elsewhere too (`xargs`)."""
    more_environment: bool = False
    """Whether the launcher itself sets variables that cannot be seen (`op run`, `uv run --env-file`)."""


@dataclass(frozen=True, slots=True)
class _Options:
    """What a launcher takes before the command: options with a value, and how many words come in between."""

    valued: frozenset[str] = frozenset()
    words: int = 0


def _options(valued: str = "", words: int = 0) -> _Options:
    return _Options(frozenset(valued.split()), words)


_UV_GLOBAL = (
    "--cache-dir --color --allow-insecure-host --directory --project --config-file --native-tls-roots "
    "--preview-features --python-preference --python-fetch"
)
_UV_RESOLVER = (
    "--index --default-index -i --index-url --extra-index-url -f --find-links --index-strategy --keyring-provider "
    "-P --upgrade-package --upgrade-group --resolution --prerelease --prerelease-package --fork-strategy "
    "--exclude-newer --exclude-newer-package --no-sources-package --reinstall-package --link-mode -C --config-setting "
    "--config-settings --config-settings-package --no-build-isolation-package --no-build-package "
    "--no-binary-package --refresh-package -p --python --python-platform"
)
_UV_RUN = _options(
    f"--extra --no-extra --group --no-group --only-group --env-file -w --with --with-editable --with-requirements "
    f"--package --no-editable-package {_UV_RESOLVER} {_UV_GLOBAL}"
)
_UVX = _options(
    f"--from -w --with --with-editable --with-requirements -c --constraints -b --build-constraints --overrides "
    f"--env-file --torch-backend {_UV_RESOLVER} {_UV_GLOBAL}"
)
_PIPX_RUN = _options("--spec --python --pip-args --index-url -i --with --backend --fetch-missing-python")
_WRAPPERS: Mapping[str, _Options] = {
    "sudo": _options("-u --user -g --group -h --host -p --prompt -C --close-from -r --role -t --type -D --chdir"),
    "doas": _options("-u -C"),
    "env": _options("-u --unset -C --chdir -S --split-string"),
    "time": _options("-f --format -o --output"),
    "nice": _options("-n --adjustment"),
    "ionice": _options("-c --class -n --classdata -p --pid"),
    "nohup": _options(),
    "exec": _options("-a"),
    "command": _options(),
    "builtin": _options(),
    "stdbuf": _options("-i --input -o --output -e --error"),
    "setsid": _options(),
    "winpty": _options(),
    "timeout": _options("-k --kill-after -s --signal", words=1),
    "xvfb-run": _options(
        "-e --error-file -f --auth-file -n --server-num -p --xauth-protocol -s --server-args -w --wait"
    ),
    "xargs": _options(
        "-a --arg-file -d --delimiter -E -I --replace -L --max-lines -n --max-args -P --max-procs -s --max-chars"
    ),
    "op": _options("--env-file --account"),
    "doppler": _options("-p --project -c --config -t --token --command"),
    "infisical": _options("--env --path --projectId --token"),
    "dotenv": _options("-f --file"),
}
_SUBCOMMAND_OF_WRAPPER = {"op": "run", "doppler": "run", "infisical": "run", "dotenv": "run"}
_RUNNERS: Mapping[str, _Options] = {
    "poetry": _options("-C --directory -P --project"),
    "pdm": _options("-p --project -s --site-packages"),
    "hatch": _options("-e --env -p --project --color --data-dir --cache-dir --config"),
    "rye": _options("--pyproject"),
    "conda": _options("-n --name -p --prefix --cwd"),
    "mamba": _options("-n --name -p --prefix --cwd"),
    "micromamba": _options("-n --name -p --prefix --cwd -a --attach"),
    "pixi": _options("-e --environment --manifest-path --color -s --spec -c --channel -p --platform"),
    "pipenv": _options("--python --site-packages --pypi-mirror"),
}
_MODULE_PROGRAMS = {"semantic_release": "semantic-release", "jupyter_releaser": "jupyter-releaser"}


def unwrap(words: Sequence[Value]) -> Launch | None:
    """What a command line really starts, or None when even that is not known (the program is a variable)."""
    launch = Launch("", tuple(words))
    for _ in range(_MAX_LAUNCHERS):
        if not launch.arguments:
            return None
        following = _step(launch)
        if following is None:
            return None
        if following.program:
            return following
        launch = following
    return None


def program_name(word: Value) -> str | None:
    """The bare name of the program that a word starts: `twine` for `/usr/bin/twine` and `Scripts\\twine.exe`."""
    literal = word.literal
    if literal is None:
        # A folder that is not known does not hide the program in it.
        last = word.pieces[-1]
        if not isinstance(last, Literal) or "/" not in last.text:
            return None
        literal = last.text
    return re.split(r"[/\\]", literal)[-1].removesuffix(".exe")


def option_end(words: Sequence[Value], index: int, valued: frozenset[str]) -> int:
    """The index behind the options that start at `index`, given which of them take a value."""
    while index < len(words):
        option = words[index].prefix
        if option == "--":
            return index + 1
        if not option.startswith("-") or option == "-":
            return index
        name, has_value, _ = option.partition("=")
        index += 2 if name in valued and not has_value and words[index].literal is not None else 1
    return index


def option_value(words: Sequence[Value], names: tuple[str, ...]) -> Value | None:
    """The value of the last of these options among words that are options: `--name value` or `--name=value`."""
    result: Value | None = None
    for index, word in enumerate(words):
        for name in names:
            if word.literal == name and index + 1 < len(words):
                result = words[index + 1]
            elif name.startswith("--") and word.prefix.startswith(f"{name}="):
                result = word.after(len(name) + 1)
    return result


def _step(launch: Launch) -> Launch | None:
    """Take one launcher off, or name the program when there is none left."""
    words = launch.arguments
    name = program_name(words[0])
    if name is None:
        return None
    if _PYTHON.fullmatch(name):
        return _python(launch, name)
    if name in ("uv", "uvx", "pipx"):
        return _tool_runner(launch, name)
    if name in _WRAPPERS:
        return _wrapper(launch, name)
    if name in _RUNNERS:
        return _runner(launch, name)
    return _found(launch, name, words[1:])


def _found(launch: Launch, program: str, arguments: tuple[Value, ...], requirement: str | None = None) -> Launch:
    return replace(launch, program=program, arguments=arguments, requirement=requirement or launch.requirement)


def _python(launch: Launch, name: str) -> Launch:
    """Python's command line: `-m module`, a script, or code. Python, "Command line and environment"."""
    words = launch.arguments
    index = 1
    while index < len(words):
        option = words[index].literal
        if option is None or option.startswith("-c") or option == "-":
            break
        if option.startswith("-m"):
            last = index + 1 if option == "-m" else index
            module = (words[last].literal if last < len(words) else None) if option == "-m" else option[2:]
            if module is None:
                break
            started = replace(launch, via=(*launch.via, f"{name} -m"))
            return _found(started, _MODULE_PROGRAMS.get(module, module), words[last + 1 :])
        if not option.startswith("-"):
            return _found(replace(launch, via=(*launch.via, name)), option, words[index + 1 :])
        index += 2 if option in ("-W", "-X") else 1
    return _found(launch, name, words[1:])


def _tool_runner(launch: Launch, name: str) -> Launch | None:
    """`uv run`, `uvx`, `uv tool run` and `pipx run`. Anything else of them is the tool itself."""
    words = launch.arguments
    if name == "uvx":
        return _run_tool(launch, "uvx", 1, _UVX, ("--from",))
    if name == "pipx":
        start = option_end(words, 1, frozenset())
        if start < len(words) and words[start].literal == "run":
            return _run_tool(launch, "pipx run", start + 1, _PIPX_RUN, ("--spec",))
        return _found(launch, name, words[1:])
    start = option_end(words, 1, frozenset(_UV_GLOBAL.split()))
    directory = option_value(words[1:start], ("--directory",))
    command = words[start].literal if start < len(words) else None
    if command == "tool" and start + 1 < len(words) and words[start + 1].literal == "run":
        return _run_tool(launch, "uv tool run", start + 2, _UVX, ("--from",))
    if command != "run":
        return _found(launch, name, words[1:])
    begin = option_end(words, start + 1, _UV_RUN.valued)
    options = words[start + 1 : begin]
    directory = option_value(options, ("--directory",)) or directory
    as_module = any(option.literal in ("-m", "--module") for option in options)
    with_file = option_value(options, ("--env-file",)) is not None
    inner = replace(
        launch,
        arguments=words[begin:],
        via=(*launch.via, "uv run"),
        directory=directory or launch.directory,
        more_environment=launch.more_environment or with_file,
    )
    if not inner.arguments:
        return None
    program = inner.arguments[0].literal
    if as_module and program is not None:
        return _found(inner, _MODULE_PROGRAMS.get(program, program), inner.arguments[1:])
    if program is not None and program.endswith(".py"):
        return _found(inner, program, inner.arguments[1:])
    return inner


def _run_tool(launch: Launch, via: str, start: int, options: _Options, sources: tuple[str, ...]) -> Launch | None:
    words = launch.arguments
    begin = option_end(words, start, options.valued)
    if begin >= len(words):
        return None
    source = option_value(words[start:begin], sources)
    inner = replace(launch, arguments=words[begin:], via=(*launch.via, via))
    program = inner.arguments[0].literal
    if program is None:
        return None
    name, requirement = _required(program)
    if source is not None and source.literal is not None:
        requirement = _required(source.literal)[1] or requirement
    if name in ("python", "python3"):
        return inner
    return _found(inner, name, inner.arguments[1:], requirement)


def _required(specification: str) -> tuple[str, str | None]:
    """Name and version of `twine`, `twine@6.1.0`, `twine==6.1.0` or `twine[keyring]>=6`."""
    found = _REQUIREMENT.fullmatch(specification.strip())
    if found is None:
        return specification.strip().partition("[")[0].removesuffix(".exe"), None
    return found[1], found[2].strip() or None


def _wrapper(launch: Launch, name: str) -> Launch | None:
    words = launch.arguments
    options = _WRAPPERS[name]
    if name == "command" and len(words) > 1 and words[1].literal in ("-v", "-V"):
        return _found(launch, name, words[1:])
    start = 1
    subcommand = _SUBCOMMAND_OF_WRAPPER.get(name)
    if subcommand is not None:
        start = option_end(words, start, options.valued)
        if start >= len(words) or words[start].literal != subcommand:
            return _found(launch, name, words[1:])
        start += 1
    end = option_end(words, start, options.valued) + options.words
    directory = option_value(words[start:end], ("-C", "--chdir", "-D")) if name in ("env", "sudo") else None
    environment: dict[str, Value] = {}
    if name in ("env", "sudo"):
        while end < len(words) and (found := _ASSIGNMENT.match(words[end].prefix)):
            environment[found[1]] = words[end].after(found.end())
            end += 1
    if end >= len(words):
        return _found(launch, name, words[1:])
    return replace(
        launch,
        arguments=words[end:],
        via=(*launch.via, name),
        environment={**launch.environment, **environment},
        directory=directory or launch.directory,
        more_arguments=launch.more_arguments or name == "xargs",
        more_environment=launch.more_environment or subcommand is not None,
    )


def _runner(launch: Launch, name: str) -> Launch | None:
    """`poetry run` and its like: everything but `run` (for pixi also `exec`) is the tool itself."""
    words = launch.arguments
    options = _RUNNERS[name]
    start = option_end(words, 1, options.valued)
    if start >= len(words) or words[start].literal not in (("run", "exec") if name == "pixi" else ("run",)):
        return _found(launch, name, words[1:])
    begin = option_end(words, start + 1, options.valued)
    if begin >= len(words):
        return None
    directory = option_value(words[1:begin], ("-C", "--directory", "--cwd")) if name != "hatch" else None
    if name == "hatch" and (literal := words[begin].literal) is not None and ":" in literal:
        # hatch run ENVIRONMENT:COMMAND
        rest = (words[begin].after(literal.index(":") + 1), *words[begin + 1 :])
        return replace(launch, arguments=rest, via=(*launch.via, "hatch run"))
    if words[begin].literal is not None and " " in (words[begin].literal or ""):
        return None
    return replace(
        launch, arguments=words[begin:], via=(*launch.via, f"{name} run"), directory=directory or launch.directory
    )
