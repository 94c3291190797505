"""The fact `tag_pipelines`: what GitLab's pipelines upload for a certain tag, and whether that is built of the files as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import TYPE_CHECKING

from preflight.sources.records import dataclass

if TYPE_CHECKING:
    from preflight.plan.indirect import Indirect
    from preflight.plan.pipeline_plan import PipelinePublish
    from preflight.project.git import Git
    from preflight.project.repository import Repository
    from preflight.workflows.gitlab import Pipeline, PipelineJob
    from preflight.workflows.pipelines import PipelineSet
    from preflight.workflows.release_builds import ScriptReading

_OTHER_SOURCES = ("GIT_STRATEGY", "GIT_CHECKOUT", "GIT_CLONE_PATH")
"""Variables by which a job works on something else than a fresh checkout of the tag (GitLab, "Configure runners")."""


@dataclass(frozen=True, slots=True)
class TagPipeline:
    """An upload of a tag's pipeline. `rewrites` says that a job writes a version into a file, `transparent` that every
    job that can change what is built is known to leave the version alone.
    """

    row: PipelinePublish
    rewrites: bool
    transparent: bool

    @property
    def sure(self) -> bool:
        """Whether the upload happens, and goes to PyPI, beyond doubt."""
        return self.row.happens == "always" and self.row.index == "pypi"


@dataclass(frozen=True)
class TagPipelines:
    """The uploads of tags, worked out when asked for.

    `elsewhere` says that the checkout comes from a place where GitLab's pipelines do not run.
    """

    pipelines: PipelineSet
    indirect: Indirect = field(repr=False)
    repository: Repository | None
    git: Git | None = field(repr=False)

    @property
    def elsewhere(self) -> bool:
        return self.repository is None or self.repository.host == "github.com"

    def of(self, tag: str) -> Iterator[TagPipeline]:
        """Every upload that pushing the tag may come to."""
        if not self.pipelines.pipelines:
            return
        from preflight.plan.pipeline_plan import rows_of_tag
        from preflight.workflows.release_builds import read_script

        for row in rows_of_tag(self.pipelines, self.indirect, self.repository, self.git, tag):
            pipeline = row.scenario.pipeline
            seen = [(job, read_script(job.script.text)) for job in pipeline.jobs.values() if job.script is not None]
            yield TagPipeline(
                row,
                rewrites=any(script.rewrites for _, script in seen),
                transparent=_is_transparent(pipeline, seen, row.pipeline_job),
            )


def _is_transparent(pipeline: Pipeline, seen: list[tuple[PipelineJob, ScriptReading]], uploading: PipelineJob) -> bool:
    """Whether the jobs that build, and those whose artifacts may lie over the checkout, do nothing unknown before."""
    if pipeline.has_unknown_includes or not any(script.builds for _, script in seen):
        return False
    for job, script in seen:
        if not job.complete or any(name in job.variables for name in _OTHER_SOURCES):
            return False
        counts = script.builds or (job is not uploading and job.given("artifacts") is not None)
        if counts and not script.plain:
            return False
    return True


def tag_pipelines(
    pipelines: PipelineSet, indirect: Indirect, maybe_repository: Repository | None, maybe_git: Git | None
) -> TagPipelines:
    """What GitLab's pipelines upload for tags; nothing is looked at before somebody asks."""
    return TagPipelines(pipelines, indirect, maybe_repository, maybe_git)
