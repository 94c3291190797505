"""The rules about workflows that GitHub's settings decide: what an environment admits, whether the repository is private, and what its default branch has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Related, Severity
from preflight.sources.records import dataclass
from preflight.workflows.events import needs_default_branch

if TYPE_CHECKING:
    from preflight.index.github_answers import EnvironmentState, RepositoryState
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.workflows.calls import JobRun
    from preflight.workflows.model import Step

_BY_HAND = "workflow_dispatch"
_OWN_ACCESS = ("token", "ssh-key", "repository")


@dataclass(frozen=True)
class _Refusal:
    """Why an environment does not admit a ref: the card's variant, and whether that is certain whatever the ref is called."""

    variant: str
    certain: bool
    kind: str
    name: str


@check("WFL017")
def environment_protection_mismatch(
    publish_plan: PublishPlan, github_environments: Mapping[str, EnvironmentState], github_home: RepositoryState
) -> Iterator[Finding]:
    """An upload whose environment does not admit the ref it runs on. An environment that GitHub does not have is made when first used."""
    groups: dict[tuple[object, ...], list[tuple[Publish, _Refusal | None]]] = {}
    for publish in publish_plan.publishes():
        environment = github_environments.get((publish.environment or "").lower())
        if environment is None or publish.scenario.starts is not True or publish.scenario.ref_type is None:
            continue
        key = (publish.scenario.path, publish.scenario.event, publish.job, environment.name)
        groups.setdefault(key, []).append((publish, _refusal(environment, publish, github_home.default_branch)))
    for group in groups.values():
        refused = [(publish, refusal) for publish, refusal in group if refusal is not None]
        if not refused or (len(refused) < len(group) and refused[0][0].scenario.event == _BY_HAND):
            continue  # whoever starts a run by hand picks a ref that is admitted
        publish, refusal = next((pair for pair in refused if pair[1].certain), refused[0])
        environment = github_environments[(publish.environment or "").lower()]
        certain = refusal.certain and len(refused) == len(group) and publish.happens == "always"
        yield Finding(
            publish.environment_place,
            variant=refusal.variant,
            severity=None if certain else Severity.WARNING,
            confidence=Confidence.CERTAIN if refusal.certain else Confidence.LIKELY,
            related=[Related(publish.place, "upload")],
            job=publish.job,
            environment=environment.name,
            event=publish.scenario.event,
            ref=refusal.name,
            kind=refusal.kind,
            patterns=[each.pattern for each in environment.policies or ()],
        )


def _refusal(environment: EnvironmentState, publish: Publish, default_branch: str) -> _Refusal | None:
    """Why the environment refuses the ref of a run; None where it admits it or that is not known.

    GitHub, "Managing environments for deployment": selected branches and tags are matched by patterns of their kind. *Protected branches only* is said to
    admit every branch where none is protected; whether tags then pass is not said.
    """
    scenario = publish.scenario
    kind = scenario.ref_type or ""
    name = (scenario.ref or "").partition("/")[2].partition("/")[2]
    if kind == "branch" and default_branch and needs_default_branch(scenario.event):
        name = default_branch
    if environment.rules == "protected":
        return _Refusal("protected-branches", False, kind, name) if kind == "tag" else None
    if environment.rules != "selected" or environment.policies is None:
        return None
    if any(policy.admits(kind, name) for policy in environment.policies):
        return None
    of_kind = any(policy.kind in ("", kind) for policy in environment.policies)
    if not environment.policies:
        return _Refusal("nothing-admitted", True, kind, name)
    return _Refusal("no-match" if of_kind else f"no-{kind}-rule", not of_kind, kind, name)


@check("WFL020")
def missing_contents_permission(publish_plan: PublishPlan, github_repository: RepositoryState) -> Iterator[Finding]:
    """A checkout in a private repository by a job whose token may not read it. A public one can be read by everybody."""
    from preflight.workflows.edits import grant_permission

    if not github_repository.private:
        return
    seen: set[object] = set()
    for publish in publish_plan.publishes():
        for run in _jobs_behind(publish):
            step = next(_checkouts(run), None)
            if run.job in seen or step is None or run.permissions.allows("contents", "read") is not False:
                continue
            seen.add(run.job)
            by_caller = run.permissions.where == "caller" or (
                run.calls and run.permissions.block is not run.job.permissions
            )
            block = run.permissions.place
            yield Finding(
                step.uses.place if step.uses is not None else run.job.key_place,
                variant="private",
                severity=None if step.condition is None and publish.happens == "always" else Severity.WARNING,
                related=[Related(block, "block")] if block is not None else [],
                edits=[] if by_caller else grant_permission(run.job, "contents", "read"),
                job=run.name,
                repository=github_repository.full_name,
            )


def _jobs_behind(publish: Publish) -> Iterator[JobRun]:
    """The job that uploads and those that it needs, in the same file."""
    from preflight.workflows.calls import JobRun

    run = publish.instance.run
    yield run
    for job in run.job.ancestors:
        yield JobRun(job, run.calls)


def _checkouts(run: JobRun) -> Iterator[Step]:
    """The steps that check out this repository with the job's own token."""
    for step in run.job.all_steps():
        uses = step.uses
        if uses is None or uses.slug != "actions/checkout" or uses.path or not step.inputs.is_known:
            continue
        if not any(name in step.inputs for name in _OWN_ACCESS):
            yield step


@check("WFL037", last=1)
def workflow_not_on_default_branch(
    github_workflows: frozenset[str], github_home: RepositoryState, publish_plan: PublishPlan
) -> Iterator[Finding]:
    """An upload that GitHub never starts, since the default branch lacks the workflow. A release or a pushed tag runs the file of its own commit."""
    events: dict[str, dict[str, Publish]] = {}
    for publish in publish_plan.publishes():
        folder, _, name = publish.scenario.path.rpartition("/")
        event = publish.scenario.event
        if needs_default_branch(event) and folder == ".github/workflows" and name not in github_workflows:
            events.setdefault(publish.scenario.path, {}).setdefault(event, publish)
    for path, started in events.items():
        publish = next(iter(started.values()))
        yield Finding(
            publish.scenario.trigger.place,
            related=[Related(publish.place, "upload")],
            workflow=path.rpartition("/")[2],
            branch=github_home.default_branch or "the default branch",
            events=list(started),
            repository=github_home.full_name,
        )
