"""Which uploads the commands of a script make, and what they configure before. Runs nothing, reads no file.

A cheap look at the words comes first: a script with nothing of interest in it is not parsed.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.workflows.launchers import Launch, unwrap
from preflight.workflows.shell import Command, Script, read_script
from preflight.workflows.shell_variables import Binding, State, entered, fields, substituted
from preflight.workflows.upload_model import Configured, Origin, Setting, Upload
from preflight.workflows.values import Expression, Value, both, with_values

_OF_INTEREST = _compile(
    r"twine|publish|maturin|setup\.py|semantic[-_]release|jupyter[-_]releaser|autopub|\.pypirc|poetry\s+config|pypi\.org"
)
_MINTING = _compile(r"/_/oidc/(?:github/)?mint-token")
_SUSPECT = _compile(
    r"(?:^|[\s/;&|(\"'])(?:twine\s+upload|(?:uv|poetry|hatch|flit|pdm|rye)\s+publish|maturin\s+(?:upload|publish)"
    r"|setup\.py\b[^\n]*\supload)\b"
)
_ONLY_TALKING = frozenset(("echo", "printf", "cat", "grep", "bash", "sh", "eval"))
_Reader = Callable[[Launch, Mapping[str, Value], tuple[Configured, ...]], Upload | None]
_OLDER = {
    "rye": "read_rye",
    "semantic-release": "read_semantic_release",
    "python-semantic-release": "read_semantic_release",
    "jupyter-releaser": "read_jupyter_releaser",
    "jupyter_releaser.actions.finalize_release": "read_jupyter_releaser",
    "jupyter_releaser.actions.publish_release": "read_jupyter_releaser",
    "autopub": "read_autopub",
}


def mentions_upload(script: str) -> bool:
    """Whether a script may hold anything that uploads or prepares an upload: a look at its words."""
    return _OF_INTEREST.search(script) is not None


def mints_token(script: str) -> bool:
    """Whether a script exchanges an identity token for an upload token by hand (PyPI, "The manual way")."""
    return _MINTING.search(script) is not None


def suspects_upload(command: Command) -> bool:
    """Whether an upload's words stand in a command that is not understood: behind an unknown wrapper, in a text."""
    if command.name in _ONLY_TALKING or _SUSPECT.search(" ".join(str(word) for word in command.arguments)) is None:
        return False
    launch = unwrap(command.arguments)
    return launch is None or _reader(launch) is None


def read_upload(
    command: Command, environment: Mapping[str, Value], configured: Iterable[Configured] = ()
) -> Upload | None:
    """What one command uploads; None when it uploads nothing.

    `environment` is what the step starts with (`env:` of workflow, job and step, and what earlier steps wrote to
    `$GITHUB_ENV`); `configured` is what earlier commands set up.
    """
    state = _starting_state(command, environment)
    launch = unwrap(tuple(part for word in command.arguments for part in fields(word, state)))
    if launch is None:
        return None
    reader = _reader(launch)
    if reader is None:
        return None
    seen = command.environment(environment) | dict(launch.environment)
    upload = reader(launch, {name: substituted(value, state) for name, value in seen.items()}, tuple(configured))
    if upload is None:
        return None
    hidden = ("variables set by " + launch.via[-1],) if launch.more_environment else ()
    directory = None if command.directory is None else substituted(command.directory, state)
    for target in (launch.directory, upload.directory):
        if target is not None:
            directory = entered(directory, target)
    return replace(
        upload,
        requirement=launch.requirement,
        via=launch.via,
        files=upload.files if upload.files or not launch.more_arguments else _piped_files(command),
        other_credentials=(*upload.other_credentials, *hidden),
        guard=with_values(both(command.guard, upload.guard), lambda value: substituted(value, state)),
        directory=directory,
        command=command,
        start=command.start,
        end=command.end,
    )


def _starting_state(command: Command, environment: Mapping[str, Value]) -> State:
    """What the step's environment says of the variables that the script did not assign itself."""
    state = State(errexit=False)
    for name, value in environment.items():
        if name not in command.variables:
            state.bind(name, Binding(value))
    return state


def _reader(launch: Launch) -> _Reader | None:
    """The reader of a client, imported when a command names it."""
    name = launch.program
    match name:
        case "twine":
            from preflight.workflows.clients import twine

            return twine.read
        case "uv":
            from preflight.workflows.clients import uv

            return uv.read
        case "poetry":
            from preflight.workflows.clients import poetry

            return poetry.read
        case "hatch":
            from preflight.workflows.clients import hatch

            return hatch.read
        case "flit":
            from preflight.workflows.clients import flit

            return flit.read
        case "pdm":
            from preflight.workflows.clients import pdm

            return pdm.read
        case "maturin":
            from preflight.workflows.clients import maturin

            return maturin.read
    if name in _OLDER or re.search(r"(?:^|/)setup\.py$", name):
        from preflight.workflows.clients import older

        reader: _Reader = getattr(older, _OLDER.get(name, "read_setup_py"))
        return reader
    return None


def _piped_files(command: Command) -> tuple[Value, ...]:
    """The files that `ls dist/* | xargs twine upload` hands over, where the command before names them."""
    if command.piped_from is None or command.piped_from.name not in ("ls", "echo", "printf"):
        return ()
    return tuple(word for word in command.piped_from.arguments[1:] if not word.prefix.startswith("-"))


def read_configuration(command: Command, environment: Mapping[str, Value]) -> tuple[Configured, ...]:
    """What one command sets up for uploads after it: `poetry config`, `pdm config`, `hatch config set`, a keyring."""
    state = _starting_state(command, environment)
    launch = unwrap(tuple(part for word in command.arguments for part in fields(word, state)))
    if launch is None:
        return ()
    match launch.program:
        case "poetry":
            from preflight.workflows.clients import poetry

            return poetry.read_configuration(launch)
        case "pdm":
            from preflight.workflows.clients import pdm

            return pdm.read_configuration(launch)
        case "hatch":
            from preflight.workflows.clients import hatch

            return hatch.read_configuration(launch)
    if launch.program == "keyring" and [word.literal for word in launch.arguments[:1]] == ["set"]:
        return (Configured("keyring", "keyring", "", Setting(Value(()), Origin.STEP, "keyring set")),)
    return ()


def pypirc_written(script: Script) -> tuple[Configured, ...]:
    """What a script writes into a `.pypirc`: the settings of each section, or that it is opaque.

    twine: utils.py, `get_config`.
    """
    from preflight.workflows.shell_writes import file_writes

    contents: Value | None = Value(())
    found = False
    for write in file_writes(script):
        if not str(write.target).rstrip("\"'").endswith(".pypirc"):
            continue
        found = True
        if write.contents is None:
            contents = None
        elif contents is not None:
            contents = contents.joined(write.contents) if write.appends else write.contents
    if not found:
        return ()
    opaque = Configured(".pypirc", "opaque", "", Setting(Value(()), Origin.STEP, ".pypirc"))
    if contents is None:
        return (opaque,)
    settings = tuple(_pypirc_settings(contents))
    return settings or (opaque,)


def _pypirc_settings(contents: Value) -> Iterable[Configured]:
    section = ""
    for line in contents.lines():
        line = line.stripped()
        literal = line.literal
        if literal is not None and (heading := re.fullmatch(r"\[([^\]]+)\]", literal)):
            section = heading[1]
            continue
        key, separator, _ = line.prefix.replace(":", "=", 1).partition("=")
        if (
            separator
            and section
            and (kind := {"repository": "url"}.get(key.strip(), key.strip()))
            in (
                "url",
                "username",
                "password",
            )
        ):
            value = line.after(len(key) + 1).stripped()
            yield Configured(".pypirc", kind, section, Setting(value, Origin.STEP, ".pypirc"))


@dataclass(frozen=True, slots=True)
class ScriptUploads:
    """What a script uploads, and what it leaves configured for later steps."""

    uploads: tuple[Upload, ...]
    configured: tuple[Configured, ...]
    suspects: tuple[Command, ...]
    """Commands that seem to upload, but in a way that is not understood."""
    script: Script | None
    """None when the script holds nothing of interest and was not parsed."""


def read_script_uploads(
    script: str,
    environment: Mapping[str, Value],
    configured: Iterable[Configured] = (),
    *,
    shell: str = "bash",
    errexit: bool = True,
    known: Callable[[Expression], str | None] | None = None,
) -> ScriptUploads:
    """The uploads of a `run:` script, in order, each with what was configured before it."""
    settings = tuple(configured)
    if not mentions_upload(script):
        return ScriptUploads((), settings, (), None)
    parsed = read_script(script, shell=shell, errexit=errexit, known=known)
    settings += pypirc_written(parsed)
    minted = mints_token(script)
    uploads: list[Upload] = []
    suspects: list[Command] = []
    for command in parsed.commands:
        settings += read_configuration(command, environment)
        upload = read_upload(command, environment, settings)
        if upload is not None:
            uploads.append(replace(upload, minted=minted))
        elif suspects_upload(command):
            suspects.append(command)
    return ScriptUploads(tuple(uploads), settings, tuple(suspects), parsed)
