"""The rule about pipelines that GitLab refuses as a whole: jobs, stages and definitions that are named and are not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Severity

if TYPE_CHECKING:
    from preflight.plan.pipeline_plan import PipelinePlan
    from preflight.project.repository import Repository
    from preflight.sources.text import Place
    from preflight.sources.yaml import Mapping, Node, Scalar
    from preflight.workflows.gitlab import Pipeline, PipelineJob
    from preflight.workflows.pipelines import PipelineSet

_OTHER_HOSTS = frozenset(("github.com", "bitbucket.org", "codeberg.org"))
"""Hosts that do not read the file: what they hold, a GitLab may mirror or not."""
_DEFAULT_STAGES = ("build", "test", "deploy")
_DEFAULT_STAGE = "test"
_ALWAYS_THERE = (".pre", ".post")


@check("WFL021")
def refused_pipeline(
    pipelines: PipelineSet, pipeline_plan: PipelinePlan, maybe_repository: Repository | None
) -> Iterator[Finding]:
    """What GitLab says before it starts anything, where the file includes no other, so that all names are known.

    GitLab: lib/gitlab/ci/yaml_processor.rb (`validate_job!`) and config/extendable/entry.rb (`extend!`).
    """
    elsewhere = maybe_repository is not None and maybe_repository.host in _OTHER_HOSTS
    for pipeline in pipelines:
        if not _is_known(pipeline):
            continue
        publishes = any(row.scenario.pipeline is pipeline for row in pipeline_plan.publishes())
        severity = None if publishes and not elsewhere else Severity.WARNING
        yield from _unknown_definitions(pipeline, severity)
        yield from _unknown_names(pipeline, severity)


def _is_known(pipeline: Pipeline) -> bool:
    """Whether one file of the root is all there is. Of two keys of one name GitLab takes the last."""
    root = pipeline.roots[0] if len(pipeline.roots) == 1 else None
    if root is None or pipeline.has_unknown_includes or "/" in pipeline.path:
        return False
    return "include" not in root and not root.duplicates() and not root.merges()


def _is_plain(*nodes: Mapping) -> bool:
    """Whether each key stands once; what a merge key overrides depends on where it stands (Psych merges in order)."""
    return not any(node.duplicates() or node.merges() for node in nodes)


def _names(node: Node | None) -> Iterator[Scalar]:
    """The plain names of a list, or the one name that stands instead."""
    from preflight.sources.yaml import Scalar, Sequence

    if node is None or node.tag is not None:
        return
    for item in node.items if isinstance(node, Sequence) else [node]:
        if isinstance(item, Scalar) and item.tag is None and not item.is_null and "$" not in item.value:
            yield item


def _unknown_definitions(pipeline: Pipeline, severity: Severity | None) -> Iterator[Finding]:
    """`extends` of a name that the file does not have, in a job or in a hidden definition."""
    from preflight.sources.yaml import Mapping

    root = pipeline.roots[0]
    for name, node in root.items():
        if not isinstance(node, Mapping) or not _is_plain(node):
            continue
        for scalar in _names(node.get("extends")):
            if scalar.value not in root:
                yield _finding(pipeline, "pipeline-extends", scalar.place, severity, job=name, needed=scalar.value)


def _unknown_names(pipeline: Pipeline, severity: Severity | None) -> Iterator[Finding]:
    """Jobs that are needed and not there, and stages that are not declared."""
    stages = _stages(pipeline.roots[0])
    seen: set[Place] = set()
    for job in pipeline.jobs.values():
        if not job.complete or not _is_plain(*job.layers):
            continue
        for scalar in _needs(job):
            if scalar.place not in seen and not _is_job(pipeline.roots[0], scalar.value):
                seen.add(scalar.place)
                yield _finding(pipeline, "pipeline-need", scalar.place, severity, job=job.name, needed=scalar.value)
        if stages is None:
            continue
        entry = job.given("stage")
        stage = next(_names(entry.value), None) if entry is not None else None
        if entry is None and _DEFAULT_STAGE not in stages:
            yield _finding(
                pipeline,
                "pipeline-no-stage",
                job.key_place,
                Severity.WARNING,
                job=job.name,
                stage=_DEFAULT_STAGE,
                names=stages,
            )
        elif stage is not None and stage.value not in stages and stage.place not in seen:
            seen.add(stage.place)
            yield _finding(
                pipeline, "pipeline-stage", stage.place, severity, job=job.name, stage=stage.value, names=stages
            )


def _stages(root: Mapping) -> list[str] | None:
    """The stages of a pipeline; None where some of them are not known (GitLab, "CI/CD YAML syntax reference", `stages`)."""
    from preflight.sources.yaml import Scalar, Sequence

    node = root.get("stages")
    if node is None:
        return None if "types" in root else [_ALWAYS_THERE[0], *_DEFAULT_STAGES, _ALWAYS_THERE[1]]
    if not isinstance(node, Sequence) or not node.items:
        return None
    found = [item.value for item in node.items if isinstance(item, Scalar) and item.tag is None]
    if node.tag is not None or len(found) < len(node.items):
        return None
    return list(dict.fromkeys((_ALWAYS_THERE[0], *found, _ALWAYS_THERE[1])))


def _needs(job: PipelineJob) -> Iterator[Scalar]:
    """The jobs of the same pipeline that a job cannot do without."""
    from preflight.sources.yaml import Mapping, Scalar, Sequence

    entry = job.given("needs")
    node = entry.value if entry is not None else None
    if not isinstance(node, Sequence) or node.tag is not None:
        return
    for item in node.items:
        if isinstance(item, Scalar):
            yield from _names(item)
        elif isinstance(item, Mapping) and _is_plain(item) and "project" not in item and "pipeline" not in item:
            optional = item.get("optional")
            if optional is None or (isinstance(optional, Scalar) and optional.as_bool() is False):
                yield from _names(item.get("job"))


def _is_job(root: Mapping, name: str) -> bool:
    """Whether a name may be that of a job: one of the file, or one of those that `parallel:` makes of it."""
    return any(name == key or name.startswith((f"{key} ", f"{key}:")) for key in root.keys())  # noqa: SIM118 (a node is no dict)


def _finding(
    pipeline: Pipeline,
    variant: str,
    place: Place,
    severity: Severity | None,
    *,
    job: str,
    needed: str = "",
    stage: str = "",
    names: list[str] | None = None,
) -> Finding:
    return Finding(
        place,
        variant=variant,
        severity=severity,
        confidence=Confidence.LIKELY if variant == "pipeline-no-stage" else Confidence.CERTAIN,
        file=pipeline.path.rpartition("/")[2],
        job=job,
        needed=needed,
        stage=stage,
        names=names or [],
    )
