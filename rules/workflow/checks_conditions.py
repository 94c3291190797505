"""The rules about conditions of a publish: uploads that are left out, that cannot be held back, or that run after a failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Edit, Finding, Related
from preflight.sources.patterns import compile as _compile

if TYPE_CHECKING:
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.plan.scenarios import Scenario
    from preflight.plan.upload_steps import UploadStep
    from preflight.sources.text import Place
    from preflight.sources.yaml import Scalar
    from preflight.workflows.calls import WorkflowSet
    from preflight.workflows.expressions import Condition, Node, Value
    from preflight.workflows.model import Job, Step

_MOST_MANUAL_RUNS = 32
_RELEASE_ACTIVITIES = ("published", "released", "created", "prereleased")
_REF_TERMS = (
    ("github", "ref"),
    ("github", "ref_name"),
    ("github", "event", "ref"),
    ("github", "event", "release", "tag_name"),
)
_OLD_OUTPUT = _compile(r"::set-output\s+name=(?P<name>[A-Za-z0-9_-]+)::")
_RELEASE_TOOLS = {
    "python-semantic-release/python-semantic-release": "released",
    "cycjimmy/semantic-release-action": "new_release_published",
    "googleapis/release-please-action": "release_created",
    "google-github-actions/release-please-action": "release_created",
}
"""Actions that decide whether a release is due, and the output that says so (their own action.yml)."""
_RELEASE_COMMAND = _compile(
    r"(?:(?<![\w./-])semantic-release(?:@[\w.-]+)?\s+(?:version|publish)\b|\bnpx\s+(?:-\S+\s+){0,5}semantic-release\b)"
    r"(?![^\n]*(?:--noop|--dry-run|--print))"
)


def _condition(scalar: Scalar | None) -> Condition | None:
    from preflight.workflows.expressions import ExpressionSyntaxError, parse_condition

    if scalar is None or scalar.is_null:
        return None
    try:
        return parse_condition(scalar.value)
    except ExpressionSyntaxError:
        return None


def _is_release(scenario: Scenario) -> bool:
    if scenario.starts is False:
        return False
    return (scenario.event == "push" and scenario.ref_type == "tag") or (
        scenario.event == "release" and scenario.activity in _RELEASE_ACTIVITIES
    )


@check("WFL008")
def skippable_publish(publish_plan: PublishPlan, workflows: WorkflowSet) -> Iterator[Finding]:
    """Uploads that no run makes, whatever the tag; and uploads that a release leaves out without a word."""
    yield from _never(publish_plan, workflows)
    yield from _silently(publish_plan)


def _never(plan: PublishPlan, workflows: WorkflowSet) -> Iterator[Finding]:
    from preflight.plan.open_runs import key_of, opened, reached, refused_by_itself

    planned = {key_of(row.upload_step) for each in plan.scenarios for row in each.publishes}
    unplanned = [upload for upload in plan.upload_steps if key_of(upload) not in planned and upload.upload.sends_files]
    if not unplanned:
        return
    reader = plan.upload_steps.reader
    released = {row.scenario.workflow for row in plan.publishes() if _is_release(row.scenario)}
    seen: set[tuple[str, int]] = set()
    for workflow in workflows:
        if released - {workflow}:
            continue  # another workflow publishes the release
        runs = [
            each.scenario
            for each in plan.scenarios
            if each.scenario.workflow is workflow and each.scenario.starts is not False
        ]
        releases = [opened(scenario) for scenario in runs if _is_release(scenario)] or _manual(runs)
        jobs = {run.job for run in workflows.job_runs(workflow)}
        mine = [upload for upload in unplanned if upload.job in jobs and key_of(upload) not in seen]
        if not releases or not mine:
            continue
        possible = [reached(scenario, workflows, reader) for scenario in (*releases, *map(opened, runs))]
        for upload in mine:
            if any((found := each.get(key_of(upload))) is not None and found.happens is not False for each in possible):
                continue
            if upload.job.workflow is not workflow or _switched_off(upload.job, upload.step):
                continue
            where = refused_by_itself(upload, releases[0])
            condition = upload.job.condition if where == "job" else upload.step.condition if where == "step" else None
            skipped = _skipped_need(upload.job, releases[0]) if condition is None else None
            if condition is None and skipped is None:
                continue
            seen.add(key_of(upload))
            place = condition.place if condition is not None else _need_place(upload.job, skipped)
            related = [Related(upload.place, "upload")]
            if skipped is not None and skipped.condition is not None:
                related.append(Related(skipped.condition.place, "condition"))
            yield Finding(
                place,
                variant="skipped-need" if skipped is not None else None,
                related=related,
                job=upload.job.id,
                event=_event_words(releases[0]),
                condition=_one_line(condition.value) if condition is not None else "",
                need=skipped.id if skipped is not None else "",
            )


def _manual(runs: list[Scenario]) -> list[Scenario]:
    """The manual runs of a workflow that nothing else starts, with every combination of values that its inputs can have."""
    from preflight.plan.open_runs import every_manual_run

    if any(scenario.event != "workflow_dispatch" for scenario in runs):
        return []
    refs = {scenario.ref: scenario for scenario in runs}
    each = [every_manual_run(scenario, _MOST_MANUAL_RUNS) for scenario in refs.values()]
    return [run for some in each for run in some] if all(each) else []


def _switched_off(job: Job, step: Step) -> bool:
    """Whether a condition is a plain false, or somewhere above the upload is: then its author meant it."""
    from preflight.workflows.expressions import BooleanLiteral

    scalars = [job.condition, step.condition, *(need.condition for need in job.ancestors)]
    trees = [found.tree for scalar in scalars if (found := _condition(scalar)) is not None]
    return any(isinstance(tree, BooleanLiteral) and not tree.value for tree in trees)


def _skipped_need(job: Job, scenario: Scenario) -> Job | None:
    """The needed job whose own condition is false in a run."""
    from preflight.plan.execution import decided
    from preflight.plan.open_runs import base_contexts
    from preflight.workflows.expressions import UNKNOWN, Status

    contexts = {**base_contexts(scenario), "needs": UNKNOWN}
    return next((need for need in job.ancestors if decided(need.condition, contexts, Status()).happens is False), None)


def _need_place(job: Job, need: Job | None) -> Place:
    named = next((scalar for scalar in job.needs if need is not None and scalar.value.lower() == need.id.lower()), None)
    entry = job.node.entry("needs")
    return named.place if named is not None else entry.place if entry is not None else job.key_place


def _event_words(scenario: Scenario) -> str:
    if scenario.event == "workflow_dispatch":
        return "a manual run"
    return "a pushed tag" if scenario.event == "push" else "a release"


def _one_line(text: str) -> str:
    from preflight.workflows.literals import shown

    return shown(text.strip())


def _silently(plan: PublishPlan) -> Iterator[Finding]:
    """A condition that compares the tag with something a step found out: when they differ, nothing is uploaded and nothing fails."""
    from preflight.plan.open_runs import key_of
    from preflight.workflows.expressions import Comparison, walk

    seen: set[tuple[str, int]] = set()
    for row in plan.publishes():
        upload = row.upload_step
        if row.happens != "unknown" or not _is_release(row.scenario) or key_of(upload) in seen:
            continue
        for scalar in (upload.step.condition, upload.job.condition):
            condition = _condition(scalar)
            if scalar is None or condition is None:
                continue
            compared = next(
                (
                    node
                    for node in walk(condition.tree)
                    if isinstance(node, Comparison) and node.operator == "==" and _tag_with_output(node)
                ),
                None,
            )
            old = _old_output(upload.job, condition.tree)
            if compared is None and old is None:
                continue
            seen.add(key_of(upload))
            if compared is not None:
                place = scalar.value_place(compared.start, compared.end)
                yield Finding(
                    place,
                    variant="tag-gate",
                    related=[Related(upload.place, "upload")],
                    job=row.job,
                    condition=_one_line(place.text),
                )
            elif old is not None:
                yield Finding(
                    old[1],
                    variant="old-output",
                    related=[Related(scalar.place, "condition")],
                    job=row.job,
                    output=old[0],
                    condition=_one_line(scalar.value),
                )
            break


def _tag_with_output(node: Node) -> bool:
    """Whether a comparison names the tag on one side and an output of a step or job on the other."""
    from preflight.workflows.expressions import Call, Comparison, free_terms

    if not isinstance(node, Comparison):
        return False
    sides = [free_terms(side) for side in (node.left, node.right)]
    sides = [side for side in sides if side]
    if isinstance(node.right, Call) or isinstance(node.left, Call) or len(sides) == 2:
        terms = [tuple(part.lower() for part in term.path) for side in sides for term in side]
        has_ref = any(path in _REF_TERMS for path in terms)
        has_output = any(path[0] in ("steps", "needs") and "outputs" in path for path in terms)
        return has_ref and has_output
    return False


def _old_output(job: Job, tree: Node) -> tuple[str, Place] | None:
    """An output that a condition reads and that is set by the workflow command `set-output`, which GitHub is withdrawing."""
    from preflight.workflows.expressions import free_terms

    for term in free_terms(tree):
        path = term.path
        if len(path) < 4 or path[0] != "steps" or path[2] != "outputs":
            continue
        step = job.step(path[1])
        run = step.run if step is not None else None
        found = (
            next((each for each in _OLD_OUTPUT.finditer(run.value) if each["name"].lower() == path[3].lower()), None)
            if run is not None
            else None
        )
        if run is not None and found is not None:
            return f"steps.{path[1]}.outputs.{path[3]}", run.value_place(found.start(), found.end())
    return None


def _judged(row: Publish) -> Iterator[tuple[Scalar, str]]:
    """The conditions that decide over an upload: of its step, its job, the jobs before it and those that call it."""
    upload = row.upload_step
    jobs = [row.instance.job, *row.instance.job.ancestors, *(call.job for call in row.instance.run.calls)]
    if upload.step.condition is not None:
        yield upload.step.condition, f"the upload in job `{upload.job.id}`"
    for inner in upload.inner:
        if inner.condition is not None:
            yield inner.condition, f"the upload of job `{upload.job.id}`"
    for job in jobs:
        if job.condition is not None:
            yield job.condition, f"job `{job.id}`"


@check("WFL009")
def always_true_condition(publish_plan: PublishPlan) -> Iterator[Finding]:
    """A condition with text around `${{ }}`: GitHub tests a text that is never empty (actions/runner: `ConvertToIfCondition`)."""
    seen: set[tuple[str, int]] = set()
    for row in publish_plan.publishes():
        for scalar, what in _judged(row):
            condition = _condition(scalar)
            key = (scalar.source.path, scalar.start)
            if condition is None or not condition.always_true or key in seen:
                continue
            seen.add(key)
            bare = _unwrapped(scalar)
            yield Finding(
                scalar.place,
                variant="line-break" if scalar.style in ("literal", "folded") and _only_space_around(scalar) else None,
                related=[Related(row.place, "upload")],
                edits=_write_condition(scalar, bare) if bare is not None else [],
                what=what,
                condition=_one_line(scalar.value),
                bare=bare or "the expression alone",
            )


def _only_space_around(scalar: Scalar) -> bool:
    from preflight.workflows.expressions.templates import TextPart, split_template

    return all(not part.text.strip() for part in split_template(scalar.value) if isinstance(part, TextPart))


def _unwrapped(scalar: Scalar) -> str | None:
    """The condition without `${{` and `}}`, where what is left is one expression."""
    from preflight.workflows.expressions import ExpressionSyntaxError, parse_condition, split_template
    from preflight.workflows.expressions.templates import TextPart

    parts = split_template(scalar.value)
    several = len(parts) > 1 and not _only_space_around(scalar)
    pieces = [
        part.text
        if isinstance(part, TextPart)
        else f"({part.source})"
        if several and _needs_grouping(part.source)
        else part.source
        for part in parts
    ]
    text = (
        " ".join("".join(pieces).split())
        if "'" not in scalar.value or "\n" in scalar.value
        else "".join(pieces).strip()
    )
    try:
        found = parse_condition(text)
    except ExpressionSyntaxError:
        return None
    return None if found.always_true else text


def _needs_grouping(source: str) -> bool:
    return "&&" in source or "||" in source


def _write_condition(scalar: Scalar, text: str) -> list[Edit]:
    from preflight.workflows.edits import written_expression

    return [Edit.replace(scalar.place, written_expression(text), Applicability.UNSAFE)]


@check("WFL010")
def publish_despite_failed_jobs(publish_plan: PublishPlan) -> Iterator[Finding]:
    """A condition under which the upload goes on although what comes before it failed."""
    seen: set[tuple[str, int]] = set()
    for row in publish_plan.publishes():
        job, step = row.instance.job, row.upload_step.step
        if job.needs and job.condition is not None:
            yield from _despite(row, job.condition, "needed", seen)
        if step.condition is not None and next(iter(job.all_steps()), None) is not step:
            yield from _despite(row, step.condition, "steps", seen)


def _despite(row: Publish, scalar: Scalar, before: str, seen: set[tuple[str, int]]) -> Iterator[Finding]:
    from preflight.plan.execution import decided
    from preflight.workflows.expressions import UNKNOWN, Call, Not, OpenMapping, Status, free_terms, walk

    condition = _condition(scalar)
    key = (scalar.source.path, scalar.start)
    if condition is None or condition.always_true or not condition.has_status_function or key in seen:
        return
    paths = [tuple(part.lower() for part in term.path) for term in free_terms(condition.tree)]
    if any(path[0] in ("needs", "steps") and path[-1] in ("result", "outcome", "conclusion") for path in paths):
        return
    failed: dict[str, Value] = {
        need.id: {"result": "failure", "outputs": OpenMapping()} for need in row.instance.job.needed
    }
    contexts = {**row.instance.contexts, "needs": failed, "steps": UNKNOWN, "env": UNKNOWN}
    status = Status(success=False, failure=True)
    if (
        decided(scalar, contexts, status).happens is not True
        or decided(scalar, row.instance.contexts, Status()).happens is False
    ):
        return
    seen.add(key)
    culprit = next((node for node in walk(condition.tree) if _ignores_failure(node)), None)
    edits = []
    if culprit is not None and scalar.style in ("plain", "single", "double"):
        place = scalar.value_place(culprit.start, culprit.end)
        # A needed job that is skipped goes on counting as none that failed.
        mended = "success()" if before == "steps" else "(!failure() && !cancelled())"
        edits = [Edit.replace(place, mended, Applicability.UNSAFE)] if isinstance(culprit, Call | Not) else []
    yield Finding(
        scalar.value_place(culprit.start, culprit.end) if culprit is not None else scalar.place,
        variant="step" if before == "steps" else None,
        related=[Related(row.place, "upload")],
        edits=edits,
        job=row.job,
        needs=[need.id for need in row.instance.job.needed],
        condition=_one_line(scalar.value),
    )


def _ignores_failure(node: Node) -> bool:
    """`always()` or `!cancelled()`."""
    from preflight.workflows.expressions import Call, Not

    if isinstance(node, Call):
        return node.function == "always"
    return isinstance(node, Not) and isinstance(node.operand, Call) and node.operand.function == "cancelled"


@check("WFL016")
def upload_without_release(publish_plan: PublishPlan) -> Iterator[Finding]:
    """An upload behind a tool that decides whether a release is due, and no condition that asks for its answer."""
    from preflight.plan.repeats import by_upload, jobs_before, sure, tolerates_existing

    for rows in by_upload(sure(publish_plan)).values():
        row = next(
            (each for each in rows if not _is_release(each.scenario) and tolerates_existing(each) is False), None
        )
        if row is None:
            continue
        found = _release_tool(row.instance.job, row.upload_step) or next(
            (each for job in jobs_before(row) if (each := _release_tool(job, None)) is not None), None
        )
        if found is None:
            continue
        job, step, place, tool, output = found
        same_job = job is row.instance.job
        condition = f"steps.{step.id}.outputs.{output} == 'true'" if step.id and output else ""
        yield Finding(
            row.place,
            variant=None if same_job else "other-job",
            related=[Related(place, "tool")],
            edits=_guard(row.upload_step.step, condition) if same_job and condition else [],
            job=row.job,
            tool=tool,
            tool_job=job.id,
            condition=condition or "the output that says whether it released",
        )


def _release_tool(job: Job, before: UploadStep | None) -> tuple[Job, Step, Place, str, str] | None:
    """The step of a job that decides whether a release is due, in front of the upload."""
    from preflight.plan.scripts import without_comments

    for step in job.all_steps():
        if before is not None and step is before.step:
            return None
        if step.uses is not None and step.uses.slug in _RELEASE_TOOLS:
            return job, step, step.uses.place, step.uses.slug, _RELEASE_TOOLS[step.uses.slug]
        if step.run is not None and (found := _RELEASE_COMMAND.search(without_comments(step.run.value))) is not None:
            return (
                job,
                step,
                step.run.value_place(found.start(), found.end()),
                "semantic-release",
                "released" if "npx" not in found[0] else "",
            )
    return None


def _guard(step: Step, condition: str) -> list[Edit]:
    from preflight.workflows.edits import set_step_key

    return set_step_key(step, "if", condition, Applicability.UNSAFE) if step.condition is None else []
