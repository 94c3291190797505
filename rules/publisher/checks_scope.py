"""The rules about where a publish's protection and its identity token apply: the environment's job, and the reach of `id-token: write`."""

from __future__ import annotations

from collections.abc import Iterator
from re import IGNORECASE
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Related
from preflight.sources.patterns import compile as _compile
from preflight.sources.words import say

if TYPE_CHECKING:
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.plan.scenarios import Scenario
    from preflight.publishers.registered import RegisteredPublishers
    from preflight.workflows.calls import WorkflowSet
    from preflight.workflows.model import Job, Workflow

_OF_PUBLISHING = _compile(r"pypi|release|publish", IGNORECASE)
_NEEDS_TOKEN = (
    "attest",
    "sigstore",
    "cosign",
    "configure-aws-credentials",
    "google-github-actions/auth",
    "azure/login",
    "slsa",
    "id_token",
    "id-token",
    "oidc",
    "codecov",
)


@check("PUB026")
def environment_on_wrong_job(
    publish_plan: PublishPlan, maybe_registered_publishers: RegisteredPublishers | None
) -> Iterator[Finding]:
    """An environment for publishing on the job that builds, and none on the job that uploads with trusted publishing."""
    from preflight.plan.scripts import builds
    from preflight.publishers.registered import index_title

    seen: set[Job] = set()
    for row in publish_plan.trusted():
        job = row.instance.job
        if job in seen or job.environment is not None or any(call.job.environment for call in row.instance.run.calls):
            continue
        if maybe_registered_publishers is not None and maybe_registered_publishers.on(row.index or "", "github"):
            continue  # then the environment that is registered decides
        for before in job.ancestors:
            environment = before.environment
            if (
                environment is None
                or before.calls_workflow
                or not _is_for_publishing(before)
                or not any(map(builds, before.all_steps()))
                or _uploads(publish_plan, before)
            ):
                continue
            seen.add(job)
            yield Finding(
                environment.place,
                confidence=Confidence.LIKELY,
                related=[Related(row.place, "upload")],
                edits=_move_environment(before, job),
                build=before.id,
                job=row.job,
                environment=environment.literal or "",
                index=index_title(row.index or ""),
            )
            break


def _is_for_publishing(job: Job) -> bool:
    environment = job.environment
    return (
        environment is not None and environment.literal is not None and bool(_OF_PUBLISHING.search(environment.literal))
    )


def _uploads(plan: PublishPlan, job: Job) -> bool:
    return any(upload.job is job for upload in plan.upload_steps)


def _move_environment(source: Job, target: Job) -> list[Edit]:
    from preflight.workflows.edits import delete_entry, set_job_key, written

    environment = source.environment
    if environment is None or environment.literal is None:
        return []
    removed = delete_entry(source.node, environment.entry, Applicability.UNSAFE)
    added = set_job_key(target, "environment", written(environment.literal), Applicability.UNSAFE)
    return [*removed, *added] if removed and added else []


@check("PUB027")
def excessive_id_token_permission(publish_plan: PublishPlan, workflows: WorkflowSet) -> Iterator[Finding]:
    """`id-token: write` that reaches jobs, code or events which need none. One finding a workflow or job, the widest reach first."""
    wide: set[Workflow] = set()
    seen: set[Job] = set()
    for row in publish_plan.trusted():
        job = row.instance.job
        if (
            job.workflow not in wide
            and job.permissions.is_missing
            and job.workflow.permissions.level("id-token") == "write"
        ):
            others = [
                each
                for each in job.workflow.jobs.values()
                if each is not job and each.permissions.is_missing and not _may_need_token(each, publish_plan)
            ]
            wide.add(job.workflow)
            if others:
                yield _workflow_wide(row, others)
                seen.add(job)
                continue
        if job in seen:
            continue
        seen.add(job)
        found = _on_every_event(row, publish_plan) or _beside_build(row)
        if found is not None:
            yield found


def _workflow_wide(row: Publish, others: list[Job]) -> Finding:
    from preflight.workflows.edits import delete_entry, grant_permission

    job = row.instance.job
    block = job.workflow.permissions
    entry = block.scope_entry("id-token")
    edits: list[Edit] = []
    if block.entry is not None and entry is not None:
        removed = delete_entry(block.entry.value, entry, Applicability.UNSAFE)
        if not removed and len(block.given) == 1:
            removed = [Edit.replace(block.entry.place, "permissions: {}", Applicability.UNSAFE)]
        granted = grant_permission(job, "id-token", "write", Applicability.UNSAFE)
        edits = [*removed, *granted] if removed and granted else []
    place = entry.place if entry is not None else block.place
    return Finding(
        place or job.key_place,
        variant="workflow",
        related=[Related(row.place, "upload")],
        edits=edits,
        job=row.job,
        others=[each.id for each in others],
    )


def _may_need_token(job: Job, plan: PublishPlan) -> bool:
    """Whether a job asks for an identity token too, or calls something that may."""
    text = job.place.text.lower()
    return job.calls_workflow or any(word in text for word in _NEEDS_TOKEN) or _uploads(plan, job)


def _on_every_event(row: Publish, plan: PublishPlan) -> Finding | None:
    """The job also runs where its upload does not: only the step is guarded, and the permission is the job's."""
    job, step = row.instance.job, row.upload_step.step
    entry = job.permissions.scope_entry("id-token")
    if (
        entry is None
        or job.permissions.level("id-token") != "write"
        or step.condition is None
        or _asks_otherwise(job, row)
    ):
        return None
    runs = [
        each
        for each in plan.scenarios
        if each.scenario.workflow is row.scenario.workflow and each.scenario.starts is not False
    ]
    idle = [
        each.scenario
        for each in runs
        if each.scenario.event in ("pull_request", "push")
        and not any(found.instance.job is job for found in each.publishes)
    ]
    events = list(
        dict.fromkeys(
            say("pull requests") if each.event == "pull_request" else say("pushes")
            for each in idle
            if _job_runs(job, each)
        )
    )
    if not events:
        return None
    return Finding(
        entry.place,
        variant="events",
        related=[Related(step.condition.place, "guard")],
        job=row.job,
        events=say(" and ").join(events),
    )


def _job_runs(job: Job, scenario: Scenario) -> bool:
    from preflight.plan.execution import decided
    from preflight.plan.open_runs import base_contexts
    from preflight.workflows.expressions import UNKNOWN, Status

    contexts = {**base_contexts(scenario), "needs": UNKNOWN}
    return all(decided(each.condition, contexts, Status()).happens for each in (job, *job.ancestors))


def _beside_build(row: Publish) -> Finding | None:
    from preflight.plan.scripts import builds

    job = row.instance.job
    entry = job.permissions.scope_entry("id-token") or job.workflow.permissions.scope_entry("id-token")
    build = next(filter(builds, job.all_steps()), None)
    if entry is None or build is None or _asks_otherwise(job, row):
        return None
    return Finding(
        entry.place, variant=None, related=[Related(build.place, "build"), Related(row.place, "upload")], job=row.job
    )


def _asks_otherwise(job: Job, row: Publish) -> bool:
    """Whether another step of the job may need the token: attesting, signing, a cloud log-in."""
    for step in job.all_steps():
        text = step.place.text.lower()
        if step is not row.upload_step.step and any(word in text for word in _NEEDS_TOKEN):
            return True
    return False
