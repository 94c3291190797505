"""Which project each build command of a step builds: by its name or by its folder. Says nothing of where the files come to lie."""

from collections.abc import Iterator, Mapping

from preflight.sources.records import dataclass
from preflight.workflows.artifacts import workspace_path
from preflight.workflows.build_outputs import built_by, directory_of, folder_from, operand_texts
from preflight.workflows.launchers import Launch, option_value, unwrap
from preflight.workflows.model import Job, Step, effective_shell, effective_working_directory
from preflight.workflows.shell import read_script, shell_of

_ACTIONS: Mapping[str, str] = {
    "pypa/cibuildwheel": "package-dir",
    "hynek/build-and-inspect-python-package": "path",
}
"""Actions that build, each with its input for the project's folder (their action.yml)."""
_FOLDER_FIRST: Mapping[str, str] = {
    "build": "-o --outdir -C --config-setting --config-json --installer --env-dir",
    "pyproject-build": "-o --outdir -C --config-setting --config-json --installer --env-dir",
    "uv": "-o --out-dir -p --python -b --build-constraint --build-constraints -C --config-setting --index --index-url --refresh-package",
    "cibuildwheel": "--platform --archs --only --output-dir --config-file --enable",
}
"""Builders whose first operand is the project's folder -> their options with a value."""
_ELSEWHERE = ("--directory", "--project", "-P", "-p", "-C", "-f", "--ini-file", "-m", "--manifest-path")


@dataclass(frozen=True, slots=True)
class BuildSource:
    """What one command builds: a project of a workspace by its name, or the one in a folder. Both are None where that is not known."""

    name: str | None = None
    folder: str | None = None


def build_sources(step: Step, job: Job) -> Iterator[BuildSource]:
    """What the build commands of a step build, as far as the step itself says."""
    if step.uses is not None and step.uses.name in _ACTIONS:
        given = step.inputs.get(_ACTIONS[step.uses.name])
        text = "." if given is None else given.scalar.value if given.scalar is not None else "$"
        yield BuildSource(folder=folder_from("", text) if step.inputs.is_known else None)
    if step.run is None:
        return
    declared = effective_shell(job, step)
    windows = job.runs_on is not None and job.runs_on.system == "windows"
    shell, errexit = shell_of(declared.value if declared is not None else None, windows=windows)
    directory = effective_working_directory(job, step)
    base = "" if directory is None else workspace_path(directory.value)
    for command in read_script(step.run.value, shell=shell, errexit=errexit, known=None).commands:
        launch = unwrap(command.arguments) if command.arguments else None
        if launch is None:
            continue
        where = directory_of(command, launch, base)
        if built_by(launch, where, {}):
            yield _source(launch, where)


def _source(launch: Launch, where: str | None) -> BuildSource:
    words = launch.arguments[1:] if launch.program == "uv" else launch.arguments
    if launch.program == "uv":
        # crates/uv-cli/src/lib.rs, `BuildArgs`
        named = option_value(words, ("--package",))
        if named is not None:
            return BuildSource(name=named.literal)
        if any(word.prefix.startswith("--all") for word in words):
            return BuildSource()
    valued = _FOLDER_FIRST.get(launch.program)
    if valued is None:
        return BuildSource() if option_value(words, _ELSEWHERE) is not None else BuildSource(folder=where)
    if any(word.prefix.startswith(("--directory", "--project")) for word in words):
        return BuildSource()
    folders = operand_texts(words, tuple(valued.split()))
    return BuildSource(folder=folder_from(where, folders[0] if folders else "."))
