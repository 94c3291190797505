"""Which Python packages and commands a job has brought along when it comes to a step. What is not known may have brought anything."""

import re
from collections.abc import Iterator
from dataclasses import field

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.workflows.launchers import Launch, unwrap
from preflight.workflows.model import Job, Step, effective_shell
from preflight.workflows.shell import Command, read_script, shell_of

_QUIET_ACTIONS = (
    "actions/checkout",
    "actions/upload-artifact",
    "actions/download-artifact",
    "actions/attest",
    "step-security/harden-runner",
    "pypa/gh-action-pypi-publish",
    "softprops/action-gh-release",
)
_BRINGS = {
    "astral-sh/setup-uv": "uv",
    "snok/install-poetry": "poetry",
    "abatilo/actions-poetry": "poetry",
    "pdm-project/setup-pdm": "pdm",
    "pypa/hatch": "hatch",
}
_LONE_PACKAGES = frozenset("pip setuptools wheel twine packaging pkginfo flake8 ruff black mypy pytest".split())
"""Packages whose dependencies bring no build tool along."""
_QUIET_PROGRAMS = frozenset(
    "echo printf cat ls pwd date mkdir rm cp mv sed grep cd export set test [ [[ git twine uv build setup.py hatch poetry flit pdm true".split()
)
_MANAGERS = frozenset(("uv", "poetry", "pdm", "hatch"))
_QUIET_SUBCOMMANDS = (["build"], ["publish"], ["version"])
_WORD = _compile(r"([A-Za-z0-9][A-Za-z0-9._-]*?)\s*(?:\[[^\]]*\])?\s*(?:(==|===)\s*([\w.!+]+)|[<>=!~].*)?")


@dataclass(slots=True)
class Tools:
    """What a job has at a moment.

    `packages` maps the names that pip installed to the version that was pinned, None without one; `commands` are tools of their own environment.
    `open` says that anything else may be there; `python` is the version that `actions/setup-python` was asked for, `fresh` whether it ran.
    """

    packages: dict[str, str | None] = field(default_factory=dict)
    commands: set[str] = field(default_factory=set)
    open: bool = False
    fresh: bool = False
    python: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A command of a step, with what the job had just before it."""

    step: Step
    command: Command
    launch: Launch
    tools: Tools


def moments(job: Job) -> Iterator[Moment]:
    """The commands of a job's own scripts in order, each with what is there; the `Tools` change as the job goes on."""
    tools = Tools(open=_brings_its_own(job))
    for step in job.all_steps():
        if step.run is None:
            _after_action(step, tools)
            continue
        declared = effective_shell(job, step)
        shell, errexit = shell_of(
            declared.value if declared is not None else None,
            windows=job.runs_on is not None and job.runs_on.system == "windows",
        )
        script = read_script(step.run.value, shell=shell, errexit=errexit)
        if not script.complete:
            tools.open = True
        for command in script.commands:
            launch = unwrap(command.arguments) if command.arguments else None
            if launch is None:
                tools.open = tools.open or bool(command.arguments)
                continue
            yield Moment(step, command, launch, tools)
            _after(launch, tools)


def _brings_its_own(job: Job) -> bool:
    """Whether the machine is not one of GitHub's fresh ones."""
    runs_on = job.runs_on
    if job.container is not None or runs_on is None or runs_on.group is not None or not runs_on.labels:
        return True
    return any(
        not label.value.lower().startswith(("ubuntu-", "windows-", "macos-", "${{ matrix.")) for label in runs_on.labels
    )


def _after_action(step: Step, tools: Tools) -> None:
    uses = step.uses
    if uses is None or uses.kind != "remote":
        tools.open = True
    elif uses.name == "actions/setup-python":
        version = step.inputs.get("python-version")
        tools.fresh, tools.python = True, version.text if version is not None else None
        tools.packages.clear()
    elif uses.name in _BRINGS:
        tools.commands.add(_BRINGS[uses.name])
    elif not uses.name.startswith(_QUIET_ACTIONS):
        tools.open = True


def _after(launch: Launch, tools: Tools) -> None:
    words = [word.literal for word in launch.arguments]
    name = launch.program
    if name in ("pip", "pip3"):
        if words[:1] == ["install"]:
            _installed(words[1:], tools)
    elif name == "pipx" or (name == "uv" and words[:2] == ["tool", "install"]):
        tools.commands.update(
            word.partition("=")[0].partition("[")[0].lower() for word in words if word and not word.startswith("-")
        )
    elif name not in _QUIET_PROGRAMS or (name in _MANAGERS and words[:1] not in _QUIET_SUBCOMMANDS):
        tools.open = True


def _installed(words: list[str | None], tools: Tools) -> None:
    for word in words:
        if word is None:
            tools.open = True
            continue
        if word.startswith("-"):
            if word not in (
                "-U",
                "--upgrade",
                "-q",
                "--quiet",
                "--user",
                "--no-cache-dir",
                "--disable-pip-version-check",
                "--progress-bar=off",
            ):
                tools.open = True
            continue
        found = _WORD.fullmatch(word.strip())
        if found is None or word.startswith((".", "/")):
            tools.open = True
            continue
        name = re.sub(r"[-_.]+", "-", found[1]).lower()
        tools.packages[name] = found[3]
        if name not in _LONE_PACKAGES and name not in ("build",):
            tools.open = True
