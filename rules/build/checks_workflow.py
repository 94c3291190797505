"""The rules about building in workflows: an upload without any build before it, and build commands that the job does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Related, Severity

if TYPE_CHECKING:
    from preflight.plan.handover import Handovers, Reading
    from preflight.plan.publish_plan import Publish
    from preflight.project.git import Git
    from preflight.project.inventory import ProjectFolder
    from preflight.project.pyproject import PyprojectFile
    from preflight.sources.text import Place
    from preflight.sources.toml import TomlDocument
    from preflight.sources.tree import Tree
    from preflight.workflows.job_tools import Moment, Tools
    from preflight.workflows.model import Job

_ENDINGS = (".whl", ".tar.gz", ".zip")


# ── BLD001 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("BLD001")
def missing_build_step(handovers: Handovers, maybe_git: Git | None) -> Iterator[Finding]:
    """An upload in a job of which every step is known, and none of them builds or downloads anything."""
    for publish in handovers.chosen():
        for reading in handovers.readings(publish):
            if reading.workspace.open or reading.workspace.deposits or _is_tracked(reading, maybe_git):
                continue
            other = _built_elsewhere(handovers, publish)
            yield Finding(
                publish.place,
                variant="other-job" if other is not None else None,
                confidence=Confidence.CERTAIN
                if publish.happens == "always" and maybe_git is not None
                else Confidence.LIKELY,
                related=[Related(other[1], "built")] if other is not None else [],
                job=publish.job,
                pattern=reading.patterns[0].text,
                other=other[0] if other is not None else "",
            )
            break


def _is_tracked(reading: Reading, git: Git | None) -> bool:
    """Whether distributions lie in the repository itself, where the upload looks."""
    if git is None:
        return False
    return any(
        path.endswith(_ENDINGS) and any(pattern.reaches(path.rpartition("/")[0]) for pattern in reading.patterns)
        for path in git.tracked
    )


def _built_elsewhere(handovers: Handovers, publish: Publish) -> tuple[str, Place] | None:
    """Another job of the run that builds, with the step that does."""
    from preflight.plan.handover import effect_in, leads_to

    for instance in handovers.run(publish.scenario).instances:
        if instance.job is publish.instance.job or not leads_to(instance.run, publish.instance.run):
            continue
        for state in instance.steps():
            if effect_in(state).built:
                return instance.job.id, state.step.place
    return None


# ── BLD003 ────────────────────────────────────────────────────────────────────────────────────────────────────────

_COMMANDS = frozenset(("hatch", "poetry", "pdm", "flit", "uv", "maturin"))


@check("BLD003")
def unavailable_build_command(
    handovers: Handovers, project: ProjectFolder, tree: Tree, pyproject_file: PyprojectFile
) -> Iterator[Finding]:
    """Build commands in the publishing job, or in one that it needs, for which nothing in that job installed the tool."""
    from preflight.plan.handover import leads_to

    document = None if tree.is_file(project.file("hatch.toml")) else pyproject_file.document
    seen: set[Job] = set()
    for publish in handovers.chosen(1):
        for run in handovers.plan.upload_steps.reader.workflows.job_runs(publish.scenario.workflow):
            if run.job in seen or run.job.calls_workflow or not leads_to(run, publish.instance.run):
                continue
            seen.add(run.job)
            yield from _unavailable(run.job, publish, document)


def _unavailable(job: Job, publish: Publish, document: TomlDocument | None) -> Iterator[Finding]:
    from preflight.workflows.job_tools import moments

    for moment in moments(job):
        found = _missing(moment)
        if found is None:
            found = _missing_script(moment, document)
        if found is None:
            continue
        variant, tool, certain = found
        run = moment.step.run
        assert run is not None
        yield Finding(
            run.value_place(moment.command.start, moment.command.end),
            variant=variant,
            severity=None if certain else Severity.WARNING,
            confidence=Confidence.CERTAIN if certain and moment.step.condition is None else Confidence.LIKELY,
            related=[Related(publish.place, "upload")],
            job=job.id,
            tool=tool,
        )
        return


def _missing(moment: Moment) -> tuple[str | None, str, bool] | None:
    """The variant, the tool that is not there, and whether that is certain; None where it is there or may be."""
    launch, tools = moment.launch, moment.tools
    if tools.open or any(not each.startswith("py") for each in launch.via) or "/" in moment.command.arguments[0].prefix:
        return None
    words = [word.literal for word in launch.arguments]
    as_module = bool(launch.via) and launch.via[-1].endswith("-m")
    if launch.program == "build" and as_module and "build" not in tools.packages:
        return "module", "build", tools.fresh
    if launch.program == "setup.py" and "bdist_wheel" in words:
        return _setup_py(tools)
    is_build = launch.program in _COMMANDS and not launch.via and words[:1] == ["build"]
    if is_build and launch.program not in tools.commands and launch.program not in tools.packages:
        return None, launch.program, False
    return None


def _setup_py(tools: Tools) -> tuple[str | None, str, bool] | None:
    """`python setup.py bdist_wheel`: CPython brings no setuptools since 3.12; setuptools brings the command itself since 70.1."""
    pinned = [int(part) for part in (tools.packages.get("setuptools") or "").split(".") if part.isdigit()]
    if pinned and pinned < [70, 1] and "wheel" not in tools.packages and tools.fresh and _since_312(tools.python):
        return "wheel", "wheel", True
    if "setuptools" in tools.packages or ("wheel" in tools.packages and not _since_312(tools.python)):
        return None
    if tools.fresh and _since_312(tools.python):
        return "setuptools", "setuptools", True
    return ("wheel", "wheel", False) if "wheel" not in tools.packages else None


def _since_312(version: str | None) -> bool:
    """Whether `python-version` asks for 3.12 or later."""
    if version is None:
        return False
    parts = version.split(".")
    if version.strip() in ("3", "3.x", "3.X"):
        return True
    return len(parts) >= 2 and parts[0] == "3" and parts[1].isdigit() and int(parts[1]) >= 12


def _missing_script(moment: Moment, document: TomlDocument | None) -> tuple[str | None, str, bool] | None:
    """`hatch run build` where no environment defines such a script: hatch looks for a program of that name then."""
    launch = moment.launch
    name = launch.program
    if (
        not launch.via
        or launch.via[-1] != "hatch run"
        or name not in ("build", "dist", "package", "release", "publish")
    ):
        return None
    if document is None or launch.arguments:
        return None
    environments = document.get("tool", "hatch", "envs")
    if not isinstance(environments, dict):
        return "script", name, False
    for table in environments.values():
        scripts = table.get("scripts") if isinstance(table, dict) else None
        if (isinstance(scripts, dict) and name in scripts) or (
            isinstance(table, dict) and {"template", "overrides"} & set(table)
        ):
            return None
    return "script", name, False
