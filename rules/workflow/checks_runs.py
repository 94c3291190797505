"""The rules about runs that publish: cancelled, repeated, multiplied, and failures that nobody sees."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from re import IGNORECASE
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Related
from preflight.sources.patterns import compile as _compile

if TYPE_CHECKING:
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.plan.upload_steps import UploadStep
    from preflight.sources.text import Place
    from preflight.sources.yaml import Mapping, Scalar
    from preflight.workflows.calls import WorkflowSet
    from preflight.workflows.expressions import Value
    from preflight.workflows.model import Concurrency, Job, Step

_SWALLOWED = _compile(r"\s*\|\|\s*(?:true|:|exit\s+0|echo\b[^\n]*|printf\b[^\n]*)(?=\s|$|;)")
_DELETES_TAG = _compile(
    r"\bgit\s+tag\s+(?:-d|--delete|-fa?|-af|--force)\s[^\n]{0,200}|\bgit\s+push\s[^\n]{0,200}?(?:--delete|\s-d\b|:refs/tags/)[^\n]{0,200}|"
    r"\bgh\s+release\s+delete\b[^\n]{0,200}?--cleanup-tag[^\n]{0,200}"
)
_FORCES = _compile(r"git\s+tag\s+(?:-fa?|-af|--force)\s")
_FAILED = _compile(r"\bfailure\s*\(|\bcancelled\s*\(|result\s*==\s*'(?:failure|cancelled)'")
_NAMES_RELEASE = _compile(
    r"GITHUB_REF|github\.ref|ref_name|tag_name|\$\{?\w*TAG\w*|\$\{?\w*VERSION\w*|outputs\.(?:\w*tag\w*|\w*version\w*)|(?<![\w.])v?\d+\.\d+\.\d+",
    IGNORECASE,
)
_MOVING = _compile(r"major|minor|latest|stable|nightly|%\.\*|%%\.\*|cut\s+-d", IGNORECASE)
_MAKES_TAG = _compile(
    r"\bgit\s+tag\s+(?!-d\b|--delete\b|-l\b|--list\b)|\bgh\s+release\s+create\b|\bgit\s+push\s[^\n]{0,200}--tags"
)
_GITHUB_NAMES = frozenset(
    "action action_path action_ref action_repository action_status actor actor_id api_url artifact_cache_size_limit base_ref env event event_name "
    "event_path graphql_url head_ref job job_workflow_sha path ref ref_name ref_protected ref_type repository repository_id repository_owner "
    "repository_owner_id repository_visibility repositoryurl retention_days run_attempt run_id run_number secret_source server_url sha state token "
    "triggering_actor workflow workflow_ref workflow_sha workspace output step_summary".split()
)
"""Everything that the `github` context has (GitHub, "Contexts reference", and what the runner adds)."""
_ENVIRONMENT_KEYS = frozenset(
    "os runs-on runs_on runner runner-os platform python python-version python_version pyver py py-version pythons arch architecture archs "
    "cibw_archs cibw-archs target manylinux image container build cibw cibw-only only interpreter abi musl libc bits cibw_build cibw-build cp wheel "
    "toolchain rust-version rust node-version".split()
)
"""Keys of a matrix whose legs build the same project in other surroundings."""


@check("WFL011")
def cancellable_upload(publish_plan: PublishPlan) -> Iterator[Finding]:
    """A concurrency group that two releases share, with `cancel-in-progress`: the later one ends the upload of the earlier (GitHub, `concurrency`)."""
    seen: set[tuple[str, int]] = set()
    for row in publish_plan.publishes():
        if row.index != "pypi" or row.scenario.event not in ("push", "release", "create", "schedule", "workflow_run"):
            continue
        for concurrency in _concurrencies(row):
            key = (concurrency.place.source.path, concurrency.place.start)
            if key in seen:
                continue
            group = _shared_group(row, concurrency)
            cancel = concurrency.cancel_in_progress
            if group is None or cancel is None:
                continue
            seen.add(key)
            missing = _missing_property(row, concurrency)
            yield Finding(
                cancel.place,
                variant="missing-property" if missing else None,
                related=[
                    *([Related(concurrency.group.place, "group")] if concurrency.group is not None else []),
                    Related(row.place, "upload"),
                ],
                edits=[Edit.replace(cancel.place, "false", Applicability.UNSAFE)],
                job=row.job,
                group=group,
                property=missing or "",
                event=_event_words(row),
            )


def _event_words(row: Publish) -> str:
    scenario = row.scenario
    if scenario.event == "release":
        return "release"
    return "tag" if scenario.ref_type == "tag" else "push" if scenario.event == "push" else "run"


def _concurrencies(row: Publish) -> Iterator[Concurrency]:
    run = row.instance.run
    found = [
        row.scenario.workflow.concurrency,
        *(call.job.concurrency for call in run.calls),
        *(call.workflow.concurrency for call in run.calls),
    ]
    yield from (each for each in (*found, run.job.concurrency) if each is not None)


def _shared_group(row: Publish, concurrency: Concurrency) -> str | None:
    """The group, where every run of this kind gets the same one and is cancelled by the next; None where not, or not known."""
    from preflight.plan.execution import evaluated, typed
    from preflight.plan.open_runs import base_contexts, opened

    if concurrency.group is None or concurrency.cancel_in_progress is None:
        return None
    scenario = opened(row.scenario) if row.scenario.ref_type == "tag" else row.scenario
    contexts = {**row.instance.contexts, **base_contexts(scenario), "inputs": row.instance.contexts.get("inputs")}
    contexts["github"] = _with_nulls(scenario.github, concurrency)
    if typed(concurrency.cancel_in_progress, contexts) not in (True, "true"):
        return None
    group = evaluated(concurrency.group, contexts)
    return group if isinstance(group, str) and group else None


def _with_nulls(github: MappingOf[str, Value], concurrency: Concurrency) -> Value:
    """The `github` context, in which a name that it does not have is null (GitHub, "Contexts reference")."""
    from preflight.workflows.expressions import ExpressionSyntaxError, OpenMapping, free_terms, parse_template

    try:
        terms = free_terms(parse_template(concurrency.group.value)) if concurrency.group is not None else ()
    except ExpressionSyntaxError:
        return github
    named = {term.path[1] for term in terms if term.path[0].lower() == "github" and len(term.path) > 1}
    return OpenMapping({**{name: None for name in named if name.lower() not in _GITHUB_NAMES}, **github})


def _missing_property(row: Publish, concurrency: Concurrency) -> str | None:
    """A property of the group that the event does not have."""
    from preflight.plan.execution import evaluated
    from preflight.plan.open_runs import base_contexts, opened
    from preflight.workflows.expressions import ExpressionSyntaxError, free_terms, parse_template
    from preflight.workflows.expressions.templates import ExpressionPart, split_template

    scalar = concurrency.group
    if scalar is None:
        return None
    contexts = {**row.instance.contexts, **base_contexts(opened(row.scenario))}
    contexts["github"] = _with_nulls(opened(row.scenario).github, concurrency)
    try:
        for part in split_template(scalar.value):
            if isinstance(part, ExpressionPart):
                for term in free_terms(parse_template("${{" + part.source + "}}")):
                    text = ".".join(term.path)
                    if (
                        term.path[0] == "github"
                        and len(term.path) > 1
                        and evaluated(_as_scalar(scalar, "${{ " + text + " }}"), contexts) == ""
                    ):
                        return text.removeprefix("github.")
    except ExpressionSyntaxError:
        return None
    return None


def _as_scalar(like: Scalar, text: str) -> Scalar:
    """A text with an expression of its own, at the place of another."""
    from preflight.sources.yaml import Scalar

    return Scalar(like.source, like.start, like.end, None, None, text, "double")


@check("WFL012")
def hidden_upload_failure(publish_plan: PublishPlan) -> Iterator[Finding]:
    """An upload to PyPI whose failure leaves the run green."""
    from preflight.plan.repeats import by_upload

    for rows in by_upload(row for row in publish_plan.publishes() if row.index == "pypi").values():
        row = rows[0]
        found = _hidden(row)
        if found is not None:
            place, variant, edits, setting = found
            yield Finding(
                place,
                variant=variant,
                related=[Related(row.place, "upload")],
                edits=edits,
                job=row.job,
                client=row.upload.client,
                setting=setting,
            )


def _hidden(row: Publish) -> tuple[Place, str | None, list[Edit], str] | None:
    from preflight.plan.execution import typed
    from preflight.workflows.edits import delete_entry

    job, upload = row.instance.job, row.upload_step
    step = upload.step
    if _outcome_is_asked(job, step):
        return None
    contexts = {**row.instance.contexts, "env": row.instance.env}
    nodes: list[tuple[Mapping, str]] = [(each.node, "step") for each in (step, *upload.inner)]
    nodes += [(job.node, "job"), *((call.job.node, "job") for call in row.instance.run.calls)]
    for node, what in nodes:
        entry = node.entry("continue-on-error")
        scalar = None if entry is None else entry.value
        if entry is not None and scalar is not None and typed(scalar, contexts) is True:  # type: ignore[arg-type]
            return (
                entry.place,
                "job" if what == "job" else None,
                delete_entry(node, entry, Applicability.UNSAFE),
                "continue-on-error",
            )
    run = upload.last.run
    command = upload.upload.command
    if run is None or command is None or upload.hidden_in:
        return None
    swallowed = _SWALLOWED.match(run.value, command.end)
    if swallowed is None:
        return None
    place = run.value_place(swallowed.start(), swallowed.end())
    return place, "shell", [Edit.replace(place, "", Applicability.UNSAFE)], swallowed[0].strip()


def _outcome_is_asked(job: Job, step: Step) -> bool:
    """Whether something asks afterwards how the step went."""
    return bool(step.id) and f"steps.{step.id}.outcome" in job.place.text


@check("WFL013")
def recreated_tag(publish_plan: PublishPlan) -> Iterator[Finding]:
    """A tag that is taken away and made again behind the upload: what it names then need not be what was published."""
    from preflight.plan.scripts import without_comments

    seen: set[tuple[str, int]] = set()
    for row in publish_plan.publishes():
        behind = [(job, step) for job, step in _steps_behind(row) if not _after_failure(job, step)]
        for index, (job, step) in enumerate(behind):
            run = step.run
            if run is None:
                continue
            found = _DELETES_TAG.search(without_comments(run.value))
            if found is None or _MOVING.search(run.value) or not _NAMES_RELEASE.search(_with_variables(found[0], step)):
                continue
            forced = _FORCES.match(found[0]) is not None
            rest = (each.run.value for _, each in behind[index + 1 :] if each.run is not None)
            later = "\n".join((without_comments(run.value)[found.start() :], *rest))
            place = run.value_place(found.start(), found.end())
            if not (forced or _MAKES_TAG.search(later)) or (place.source.path, place.start) in seen:
                continue
            seen.add((place.source.path, place.start))
            yield Finding(
                place,
                confidence=Confidence.LIKELY,
                related=[Related(row.place, "upload")],
                job=job.id,
                command=" ".join(found[0].split())[:80],
            )


def _after_failure(job: Job, step: Step) -> bool:
    """Whether a step runs only where something before it failed, as one does that takes a release back."""
    conditions = (each.value for each in (job.condition, step.condition) if each is not None)
    return any(_FAILED.search(text.replace("!failure()", "").replace("!cancelled()", "")) for text in conditions)


def _with_variables(command: str, step: Step) -> str:
    """A command with what the step's own variables hold beside it."""
    return " ".join([command, *(given.entry.value_place.text for given in step.env)])


def _steps_behind(row: Publish) -> Iterator[tuple[Job, Step]]:
    """The steps that run after an upload: of its job behind it, and of the jobs that wait for it."""
    job = row.instance.job
    behind = False
    for step in job.all_steps():
        if behind:
            yield job, step
        behind = behind or step is row.upload_step.step
    for other in job.workflow.jobs.values():
        if job in other.ancestors and other is not job:
            yield from ((other, step) for step in other.all_steps())


@check("WFL014")
def unresumable_upload(publish_plan: PublishPlan) -> Iterator[Finding]:
    """A TestPyPI upload in front of the PyPI one that refuses files it took before: a repeated run never gets to PyPI."""
    from preflight.plan.open_runs import key_of
    from preflight.plan.repeats import tolerates_existing

    seen: set[tuple[str, int]] = set()
    for planned in publish_plan.scenarios:
        rows = [row for row in planned.publishes if row.happens != "never"]
        for first in rows:
            if first.index != "testpypi" or key_of(first.upload_step) in seen or tolerates_existing(first) is not False:
                continue
            if _hidden(first) is not None:
                continue
            second = next((row for row in rows if row.index == "pypi" and _comes_first(first, row)), None)
            if second is None:
                continue
            seen.add(key_of(first.upload_step))
            yield Finding(
                first.place,
                related=[Related(second.place, "pypi")],
                edits=_skip_existing(first.upload_step),
                job=first.job,
                client=first.upload.client,
                option=_option(first.upload_step),
            )


def _comes_first(first: Publish, second: Publish) -> bool:
    if first.instance.job is second.instance.job:
        return first.place.source is second.place.source and first.place.start < second.place.start
    waits = {
        *second.instance.job.ancestors,
        *(each for call in second.instance.run.calls for each in call.job.ancestors),
    }
    return first.instance.job in waits or any(call.job in waits for call in first.instance.run.calls)


def _option(upload: UploadStep) -> str:
    client = upload.upload.client
    if client == "gh-action-pypi-publish":
        return "skip-existing: true"
    return "--check-url https://test.pypi.org/simple/" if client == "uv" else "--skip-existing"


def _skip_existing(upload: UploadStep) -> list[Edit]:
    from preflight.workflows.edits import set_input

    if upload.upload.client == "gh-action-pypi-publish":
        return set_input(upload.last, "skip-existing", "true")
    run, command = upload.last.run, upload.upload.command
    if (
        run is None
        or command is None
        or upload.hidden_in
        or upload.upload.client not in ("twine", "uv", "poetry", "maturin")
    ):
        return []
    words = [word for word in command.words if word.end > word.start]
    named = next((word for word in words if word.literal in ("upload", "publish")), None)
    return (
        [Edit.insert(run.source, run.value_place(named.start, named.end).end, f" {_option(upload)}")]
        if named is not None
        else []
    )


@check("WFL015")
def publish_in_matrix(publish_plan: PublishPlan, workflows: WorkflowSet) -> Iterator[Finding]:
    """An upload in several legs of a matrix whose legs only differ in where they run."""
    from preflight.plan.open_runs import legs
    from preflight.plan.repeats import by_upload, tolerates_existing

    reader = publish_plan.upload_steps.reader
    for rows in by_upload(publish_plan.publishes()).values():
        row = rows[0]
        job, strategy = row.instance.job, row.instance.job.strategy
        if (
            strategy is None
            or not strategy.has_matrix
            or strategy.matrix is None
            or row.index is None
            or tolerates_existing(row) is not False
        ):
            continue
        found = legs(row.scenario, workflows, reader, row.upload_step)
        keys = {key.lower() for leg in found for key in leg.instance.leg or {}}
        if (
            len(found) < 2
            or any(leg.instance.leg is None or leg.certainty.happens is None for leg in found)
            or not keys
            or not keys <= _ENVIRONMENT_KEYS
        ):
            continue
        if _takes_from_leg(row.upload_step):
            continue
        yield Finding(
            row.place,
            variant="wheels" if _builds_wheels(job, keys) else None,
            related=[
                Related(
                    strategy.place.source.place(strategy.entry.key_place.start, strategy.entry.key_place.end), "matrix"
                )
            ],
            rejections=[] if _builds_wheels(job, keys) else ["file-exists"],
            job=row.job,
            count=len(found),
            index="TestPyPI" if row.index == "testpypi" else "PyPI" if row.index == "pypi" else row.index,
        )


def _takes_from_leg(upload: UploadStep) -> bool:
    """Whether the files, the index or the folder of an upload depend on the leg."""
    given = [
        *upload.upload.files,
        *(each.value for each in (upload.upload.index.url, upload.upload.index.name) if each is not None),
    ]
    if upload.upload.directory is not None:
        given.append(upload.upload.directory)
    return any("matrix" in expression.source for value in given for expression in value.expressions)


def _builds_wheels(job: Job, keys: set[str]) -> bool:
    """Whether the legs make wheels of their own, as far as the job shows."""
    text = job.place.text.lower()
    return any(
        word in text for word in ("cibuildwheel", "maturin", "delocate", "auditwheel", "build_ext", "plat-name")
    ) or bool(keys & {"target", "arch", "architecture", "manylinux"})
