"""The rule about uploads of GitLab jobs to which no distribution comes: neither built nor handed over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Related, Severity

if TYPE_CHECKING:
    from preflight.plan.pipeline_plan import PipelinePlan, PipelinePublish
    from preflight.project.git import Git
    from preflight.sources.text import Place
    from preflight.sources.yaml import Node
    from preflight.workflows.build_outputs import Effect
    from preflight.workflows.gitlab import PipelineJob

_ENDINGS = (".whl", ".tar.gz", ".zip")
_KEEPING = ("GIT_STRATEGY", "GIT_CLEAN_FLAGS", "GIT_CLONE_PATH", "GIT_CHECKOUT")
"""Variables by which a runner leaves files of earlier jobs where they are."""


@check("BLD001")
def nothing_to_upload(pipeline_plan: PipelinePlan, maybe_git: Git | None) -> Iterator[Finding]:
    """A job of which every command is known, that builds nothing and gets no artifacts from the jobs that do.

    GitLab, "CI/CD YAML syntax reference", `needs` and `dependencies`: without either a job gets the artifacts of all
    earlier stages, with one of them those of the jobs that are named. Never certain: a runner may keep files.
    """
    from preflight.plan.pipeline_uploads import one_of_each

    for row in one_of_each(pipeline_plan):
        folder = _folder(row)
        job = row.pipeline_job
        if folder is None or maybe_git is None or job.pipeline.has_unknown_includes or not job.complete:
            continue
        if any(name in job.variables for name in _KEEPING) or any(_lies_in(path, folder) for path in maybe_git.tracked):
            continue
        sources = _sources(job)
        effect = _effect(job, before=row.upload.start)
        if sources is None or effect.built or effect.adds or effect.changes:
            continue
        if _reaches(job, "cache", folder) or any(_reaches(each, "artifacts", folder) for each in sources):
            continue
        built = next(((each.name, each.key_place) for each in _others(job) if _effect(each).built), None)
        yield _finding(row, built)


def _finding(row: PipelinePublish, built: tuple[str, Place] | None) -> Finding:
    return Finding(
        row.place,
        variant="gitlab" if built is None else "gitlab-other-job",
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        related=[Related(built[1], "built")] if built is not None else [],
        job=row.job,
        pattern=row.upload.files[0].literal or "",
        other=built[0] if built is not None else "",
    )


def _folder(row: PipelinePublish) -> str | None:
    """The one plain folder of the checkout from which an upload takes its files; None where that is not known."""
    from preflight.workflows.artifacts import search_path, workspace_path

    upload = row.upload
    if upload.builds or upload.directory is not None or row.hidden_in or row.pretends or not upload.files:
        return None
    folders = set()
    for value in upload.files:
        path = workspace_path(value.literal) if value.literal else None
        if not path or "/" not in path:
            return None
        folders.add(path.rpartition("/")[0])
    folder = folders.pop()
    return folder if not folders and search_path(folder) == folder else None


def _lies_in(path: str, folder: str) -> bool:
    return path.endswith(_ENDINGS) and path.startswith(f"{folder}/")


def _effect(job: PipelineJob, before: int | None = None) -> Effect:
    """What a job's script does to the folders of distributions."""
    from preflight.workflows.build_outputs import NOTHING, text_effect
    from preflight.workflows.shell import read_script, shell_of

    if job.script is None:
        return NOTHING
    shell, errexit = shell_of(None, windows=False)
    return text_effect(read_script(job.script.text, shell=shell, errexit=errexit), {}, before=before)


def _others(job: PipelineJob) -> Iterator[PipelineJob]:
    return (each for each in job.pipeline.jobs.values() if each is not job)


def _sources(job: PipelineJob) -> list[PipelineJob] | None:
    """The jobs whose artifacts a job may get; None where some of them are not known."""
    from preflight.sources.yaml import Mapping, Scalar, Sequence

    entry = job.given("dependencies") or job.given("needs")
    if entry is None:
        return list(_others(job))
    node: Node = entry.value
    if not isinstance(node, Sequence) or node.tag is not None:
        return None
    found = []
    for item in node.items:
        named = item
        if isinstance(item, Mapping):
            if "project" in item or "pipeline" in item or item.get("job") is None:
                return None
            artifacts = item.get("artifacts")
            if isinstance(artifacts, Scalar) and artifacts.as_bool() is False:
                continue
            named = item.get("job") or item
        if not isinstance(named, Scalar) or named.value not in job.pipeline.jobs:
            return None
        found.append(job.pipeline.jobs[named.value])
    return found


def _reaches(job: PipelineJob, key: str, folder: str) -> bool:
    """Whether what a job's `artifacts:` or `cache:` keeps may hold files of a folder."""
    from preflight.sources.yaml import Mapping, Sequence

    if not job.complete:
        return True
    entry = job.given(key)
    if entry is None:
        return False
    node: Node = entry.value
    for each in node.items if isinstance(node, Sequence) else [node]:
        if not isinstance(each, Mapping) or each.tag is not None or "untracked" in each:
            return True
        if _covers(each.get("paths"), folder):
            return True
    return False


def _covers(paths: Node | None, folder: str) -> bool:
    """Whether paths may take in files of a folder; what is not known may."""
    from preflight.sources.yaml import Scalar, Sequence
    from preflight.workflows.artifacts import is_below, search_path, workspace_path

    if paths is None:
        return False
    if not isinstance(paths, Sequence) or paths.tag is not None:
        return True
    for item in paths.items:
        path = workspace_path(item.value) if isinstance(item, Scalar) and "$" not in item.value else None
        if path is None:
            return True
        start = search_path(path)
        if is_below(start, folder) or is_below(folder, start):
            return True
    return False
