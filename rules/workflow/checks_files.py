"""The rule about workflow files that GitHub refuses: broken YAML, keys and values it does not take, expressions and calls it cannot read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Related, Severity
from preflight.project.repository import GITHUB

if TYPE_CHECKING:
    from preflight.plan.upload_steps import UploadSteps
    from preflight.project.repository import Repository
    from preflight.sources.text import Place
    from preflight.workflows.calls import CallProblem, WorkflowSet
    from preflight.workflows.expressions import Scope
    from preflight.workflows.model import Workflow
    from preflight.workflows.pipelines import PipelineSet
    from preflight.workflows.problems import ExpressionSite

_PUBLISH_ACTION = "gh-action-pypi-publish@"
"""A step that names it means to publish, even where GitHub cannot read the step."""
_NO_WORKFLOW = frozenset({"empty-file", "missing-on"})
_CALL_SENTENCES: Mapping[str, str] = {
    "missing-input": "the called workflow requires the input `{input}`, and the call does not give it",
    "unknown-input": "the called workflow has no input `{input}`",
    "input-type": "the input `{input}` is a {type}, and `{value}` is none",
    "missing-secret": "the called workflow requires the secret `{secret}`, and the call does not pass it",
    "unknown-secret": "the called workflow has no secret `{secret}`",
    "not-reusable": "`{workflow}` is called, but has no `on.workflow_call`",
}
"""What GitHub says of a call; what it may not do (`permission-exceeded`) is a rule of its own."""


@check("WFL021")
def malformed_workflow(
    workflows: WorkflowSet, upload_steps: UploadSteps, pipelines: PipelineSet, maybe_repository: Repository | None
) -> Iterator[Finding]:
    """Everything for which GitHub refuses to start a workflow, and what GitLab cannot read. An error where it publishes; elsewhere no publish fails by it."""
    yield from _unreadable(workflows)
    yield from _unreadable_pipelines(
        pipelines, on_github=maybe_repository is not None and maybe_repository.host == GITHUB
    )
    publishing = _publishing(workflows, upload_steps)
    for workflow in workflows:
        named = any(_PUBLISH_ACTION in step.place.text for job in workflow.jobs.values() for step in job.all_steps())
        severity = None if workflow in publishing or named else Severity.WARNING
        if "on" not in workflow.root and "jobs" not in workflow.root:
            continue  # no workflow at all: a file that was emptied, or meant for something else
        for problem in workflow.problems:
            if not problem.certain and problem.kind in _NO_WORKFLOW:
                continue
            yield Finding(
                problem.place,
                severity=severity,
                confidence=Confidence.CERTAIN if problem.certain else Confidence.LIKELY,
                related=[Related(problem.related, "other")] if problem.related is not None else [],
                file=workflow.filename,
                problem=problem.detail,
            )
        for place, reason in _expressions(workflow):
            yield Finding(place, variant="expression", severity=severity, file=workflow.filename, problem=reason)
        yield from _calls(workflows, workflow, severity)


def _unreadable(workflows: WorkflowSet) -> Iterator[Finding]:
    from preflight.sources.text import SourceSyntaxError
    from preflight.workflows.uploads import mentions_upload

    for path, error in workflows.failures.items():
        if not isinstance(error, SourceSyntaxError):
            continue
        publishes = mentions_upload(error.place.source.text) or _is_called(workflows, path)
        yield Finding(
            error.place,
            variant="syntax",
            severity=None if publishes else Severity.WARNING,
            file=path.rpartition("/")[2],
            problem=error.reason,
        )


def _unreadable_pipelines(pipelines: PipelineSet, *, on_github: bool) -> Iterator[Finding]:
    """Pipelines that are no YAML. Unknown tags are read by GitLab as by us, and of a key that is written twice the last one counts.

    What GitHub holds, GitLab may mirror or not.
    """
    from preflight.sources.text import SourceSyntaxError
    from preflight.workflows.uploads import mentions_upload

    for path, error in pipelines.failures.items():
        if isinstance(error, SourceSyntaxError):
            yield Finding(
                error.place,
                variant="pipeline",
                severity=None if mentions_upload(error.place.source.text) and not on_github else Severity.WARNING,
                file=path.rpartition("/")[2],
                problem=error.reason,
            )


def _is_called(workflows: WorkflowSet, path: str) -> bool:
    return any(
        job.uses is not None and job.uses.kind == "local" and job.uses.path == path
        for workflow in workflows
        for job in workflow.jobs.values()
    )


def _publishing(workflows: WorkflowSet, uploads: UploadSteps) -> set[Workflow]:
    """The workflows that upload, those that call them or are called by them, and those whose runs start them."""
    found = {upload.job.workflow for upload in uploads}
    waiting = list(found)
    while waiting:
        workflow = waiting.pop()
        near = {call.caller for call in workflows.callers(workflow)} | {
            call.workflow for call in workflows.calls if call.caller is workflow
        }
        trigger = workflow.trigger("workflow_run")
        near |= {each for each in workflows if trigger is not None and each.title in trigger.workflows}
        waiting.extend(near - found)
        found |= near
    return found


def _expressions(workflow: Workflow) -> Iterator[tuple[Place, str]]:
    """The expressions that GitHub cannot read, each with the place inside it."""
    from preflight.workflows.expressions import ExpressionSyntaxError, has_expression, parse_condition, parse_template
    from preflight.workflows.problems import MAX_EXPRESSION_CHARACTERS

    seen: set[tuple[int, int]] = set()
    for site in workflow.expressions:
        value = site.scalar.value
        if (
            site.scalar.is_null
            or (site.scalar.start, site.scalar.end) in seen
            or len(value) > MAX_EXPRESSION_CHARACTERS
        ):
            continue
        scope = _scope(site.contexts, site.functions, site.is_condition)
        try:
            if site.is_condition:
                parse_condition(value, scope)
            elif has_expression(value):
                parse_template(value, scope)
        except ExpressionSyntaxError as error:
            seen.add((site.scalar.start, site.scalar.end))
            yield _inside(site, error.offset, error.length), error.reason


def _inside(site: ExpressionSite, offset: int, length: int) -> Place:
    start = min(offset, len(site.scalar.value))
    place = site.scalar.value_place(start, min(start + length, len(site.scalar.value)))
    return place if place.end > place.start else site.scalar.place


@lru_cache(maxsize=64)
def _scope(contexts: frozenset[str], functions: frozenset[str], is_condition: bool) -> Scope:
    """The names that may stand at a site: its contexts, and the functions that it adds to those that are everywhere."""
    from preflight.workflows.expressions import SCOPES, Scope

    everywhere = SCOPES["run-name"].functions
    of_jobs = is_condition and "hashFiles" not in functions
    special = {
        **SCOPES["jobs.<job_id>.steps.if"].functions,
        **(SCOPES["jobs.<job_id>.if"].functions if of_jobs else {}),
    }
    wanted = {name.lower() for name in functions}
    return Scope(contexts, {**everywhere, **{name: function for name, function in special.items() if name in wanted}})


def _calls(workflows: WorkflowSet, workflow: Workflow, severity: Severity | None) -> Iterator[Finding]:
    """What GitHub refuses about the workflows that a workflow calls."""
    from preflight.workflows.calls import MAX_LEVELS, call_problems

    for job in workflow.jobs.values():
        ref = job.uses
        if ref is None or ref.kind != "local":
            continue
        missing = workflows.resolve(job).missing
        if missing == "missing" and workflows.load(ref.path) is None:
            problem = f"job `{job.id}` calls `{ref.path}`, and there is no such file"
            yield Finding(
                ref.place,
                variant="call",
                severity=severity,
                confidence=Confidence.LIKELY,
                file=workflow.filename,
                problem=problem,
            )
    for call in workflows.calls:
        if call.caller is not workflow:
            continue
        for found in call_problems(call):
            sentence = _CALL_SENTENCES.get(found.kind)
            if sentence is not None:
                yield _call_finding(found, sentence, workflow, severity)
    place = next(
        (call.job.uses.place for call in workflows.circles() if call.caller is workflow and call.job.uses is not None),
        None,
    )
    if place is not None:
        yield Finding(
            place,
            variant="call",
            severity=severity,
            file=workflow.filename,
            problem="the workflow ends up calling itself",
        )
    elif workflow.on is not None and not workflow.is_reusable and workflows.depth(workflow) > MAX_LEVELS:
        problem = f"more than {MAX_LEVELS} workflows call one another"
        yield Finding(workflow.on.key_place, variant="call", severity=severity, file=workflow.filename, problem=problem)


def _call_finding(found: CallProblem, sentence: str, workflow: Workflow, severity: Severity | None) -> Finding:
    return Finding(
        found.place,
        variant="call",
        severity=severity,
        confidence=Confidence.CERTAIN if found.certain else Confidence.LIKELY,
        related=[Related(found.related, "called")] if found.related is not None else [],
        file=workflow.filename,
        problem=sentence.format(**found.args),
    )
