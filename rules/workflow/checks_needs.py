"""The rule about artifacts that are asked for before the job that makes them is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Related, Severity
from preflight.sources.patterns import compile as _compile

if TYPE_CHECKING:
    from preflight.plan.execution import JobInstance
    from preflight.plan.handover import Handovers, Run, SentArtifact
    from preflight.plan.publish_plan import Publish
    from preflight.workflows.artifacts import ArtifactDownload
    from preflight.workflows.calls import JobRun
    from preflight.workflows.model import Job, Step

_WAITS = _compile(r"(?i)\bwait|\bsleep\b|\bgh\s+run\s+watch\b|\bgh\s+api\b")
"""What a step is called, or does, that holds a job until another one is through."""


@check("WFL032")
def artifact_not_waited_for(handovers: Handovers) -> Iterator[Finding]:
    """A download in the publishing job, or in one that it needs, of what only jobs make that it does not wait for.

    GitHub, "Workflow syntax", `jobs.<job_id>.needs`: jobs without it start at once. Certain only where the maker itself
    waits for the download; else an approval or a queue may make it late enough.
    """
    from preflight.plan.handover import leads_to

    for publish in handovers.chosen(1):
        run = handovers.run(publish.scenario)
        for instance in run.first_legs():
            own = instance.run.job is publish.instance.job
            if not leads_to(instance.run, publish.instance.run) or (not own and instance.certainty.happens is not True):
                continue
            for download in run.downloads(instance, publish.upload_step.step if own else None):
                if download.name is None and not own:
                    continue
                makers = _not_waited_for(run, instance.run, download)
                if makers and not _waits_otherwise(instance.job, download.step):
                    yield _unordered(publish, instance, download, makers)


def _not_waited_for(run: Run, then: JobRun, download: ArtifactDownload) -> list[SentArtifact]:
    """The artifacts that a download asks for, where all that there are come from jobs that it does not wait for.

    Without a name: those that the scenario surely makes, since the rest may be for others.
    """
    from preflight.plan.handover import leads_to

    made = [sent for sent in run.artifacts if sent.job_certain is not False and download.fetches(sent.name)]
    if download.name is None:
        made = [sent for sent in made if sent.job_certain and sent.certain]
    if not made or any(leads_to(sent.run, then) for sent in made) or not run.knows_artifacts(then, download):
        return []
    return made


def _waits_otherwise(job: Job, download: Step) -> bool:
    """Whether a step before the download holds the job up, or nobody minds that the download fails."""
    if download.continue_on_error is not None:
        return True
    for step in job.all_steps():
        if step is download:
            return False
        words = [step.uses.name if step.uses is not None else "", step.run.value if step.run is not None else ""]
        if any(_WAITS.search(each) for each in words):
            return True
    return False


def _unordered(
    publish: Publish, instance: JobInstance, download: ArtifactDownload, makers: list[SentArtifact]
) -> Finding:
    from preflight.plan.handover import leads_to

    sent = makers[0]
    backwards = all(leads_to(instance.run, each.run) for each in makers)
    waiting, maker = _side_by_side(instance.run, sent.run)
    given = download.step.inputs.get("name" if download.name is not None else "pattern")
    certain = backwards and download.name is not None and instance.certainty.happens is not False
    return Finding(
        download.place if given is None else given.place,
        variant="backwards" if backwards else "not-waited-for" if download.name is not None else "may-come-too-early",
        severity=None if certain else Severity.WARNING,
        confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
        related=[Related(sent.upload.place, "made"), Related(publish.place, "upload")],
        edits=[] if backwards else _wait_for(waiting, maker),
        job=instance.run.name,
        artifact=download.name or sent.name or "",
        maker=sent.run.name,
        waiting=waiting.id,
        needed=maker.id,
    )


def _side_by_side(one: JobRun, other: JobRun) -> tuple[Job, Job]:
    """The two jobs of one workflow between which `needs:` would have to stand: the jobs themselves, or those that call them."""
    ones, others = ([*(call.job for call in run.calls), run.job] for run in (one, other))
    return next(
        ((left, right) for left, right in zip(ones, others, strict=False) if left is not right), (one.job, other.job)
    )


def _wait_for(job: Job, needed: Job) -> list[Edit]:
    """`needs:` for the job that lacks it; one that has others is shown how."""
    from preflight.workflows.edits import set_job_key

    entry = job.node.entry("needs")
    if entry is None:
        return set_job_key(job, "needs", needed.id, Applicability.UNSAFE)
    if entry.place.line != entry.place.end_line:
        return []
    names = ", ".join([*(each.value for each in job.needs), needed.id])
    return [Edit.replace(entry.value.place, f"[{names}]", Applicability.UNSAFE)]
