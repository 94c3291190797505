"""Runs in which the name of the ref and of the repository stay open: what holds for every release, not for the one tag of an example."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from math import prod

from preflight.plan.execution import ALWAYS, Certainty, Execution, JobInstance, decided
from preflight.plan.scenarios import Names, Scenario, github_context
from preflight.plan.upload_steps import UploadReader, UploadStep
from preflight.sources.records import dataclass
from preflight.workflows.calls import WorkflowSet
from preflight.workflows.expressions import OpenMapping, Status, Unknown, Value
from preflight.workflows.triggers import Trigger
from preflight.workflows.values import ALWAYS as NO_GUARD

_ANY_TEXT = Unknown.text()
_OPEN_EVENT_KEYS = ("repository", "sender", "organization")

UploadKey = tuple[str, int]
"""What tells uploads apart: the file and the offset at which they stand."""


def key_of(upload: UploadStep) -> UploadKey:
    """The key of an upload."""
    return (upload.place.source.path, upload.place.start)


def opened(scenario: Scenario) -> Scenario:
    """The same run for any tag or branch, in any repository."""
    kind = {"tag": "refs/tags/", "branch": "refs/heads/"}.get(scenario.ref_type or "")
    ref = Unknown.text(kind) if kind is not None else scenario.github.get("ref", _ANY_TEXT)
    given = scenario.github
    event = given.get("event")
    changes: dict[str, Value] = {
        "ref": ref,
        "ref_name": _ANY_TEXT,
        "repository": _ANY_TEXT,
        "repository_owner": _ANY_TEXT,
        "event": _open_event(event, ref),
    }
    return replace(scenario, github=OpenMapping({**given, **changes}))


def every_manual_run(scenario: Scenario, most: int) -> list[Scenario]:
    """A manual run with each combination of the values that its inputs can have; none where there are more than `most`, or an input takes any text."""
    inputs = scenario.trigger.inputs
    values = [given.choices for given in inputs.values()]
    if not all(values) or prod(map(len, values)) > most:
        return []
    found = []
    for chosen in product(*values):
        given = dict(zip(inputs, chosen, strict=True))
        github = github_context(scenario.workflow, scenario.event, None, given, scenario.ref, Names())
        found.append(opened(replace(scenario, inputs=given, github=github)))
    return found


def _open_event(event: Value, ref: Value) -> Value:
    if not isinstance(event, Mapping):
        return event
    found: dict[str, Value] = dict(event)
    found.update({key: OpenMapping() for key in _OPEN_EVENT_KEYS if key in found})
    if found.get("ref") is not None:
        full = isinstance(event["ref"], str) and event["ref"].startswith("refs/")
        found["ref"] = ref if full else _ANY_TEXT
    release = found.get("release")
    if isinstance(release, Mapping):
        found["release"] = OpenMapping({key: value for key, value in release.items() if key != "tag_name"})
    return OpenMapping(found) if isinstance(event, OpenMapping) else found


def tag_push(trigger: Trigger, scenario: Scenario) -> Scenario:
    """A push of any tag, as if the workflow's `push` let it through. `scenario` is any run of the workflow."""
    ref = "refs/tags/v1.2.3"
    github = github_context(scenario.workflow, "push", None, None, ref, Names())
    return opened(
        replace(
            scenario, trigger=trigger, event="push", activity=None, inputs=None, ref=ref, starts=True, github=github
        )
    )


def instances(scenario: Scenario, workflows: WorkflowSet, reader: UploadReader) -> Iterator[JobInstance]:
    """The jobs with uploads that a run may reach."""
    yield from Execution(scenario, workflows, reader.may_upload).instances()


def reached(scenario: Scenario, workflows: WorkflowSet, reader: UploadReader) -> dict[UploadKey, Certainty]:
    """The uploads that a run may make, and how certainly. What a script's own conditions say is left open."""
    found: dict[UploadKey, Certainty] = {}
    for instance in instances(scenario, workflows, reader):
        steps = {each.step: each.certainty for each in instance.steps()}
        for upload in reader.of_job(instance.job):
            certainty = steps.get(upload.step)
            if certainty is None:
                continue
            if upload.upload.guard != NO_GUARD or upload.inner:
                certainty = certainty.also(Certainty(None))
            before = found.get(key_of(upload))
            found[key_of(upload)] = certainty if before is None or certainty.happens else before
    return found


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a matrix in which an upload may happen."""

    instance: JobInstance
    certainty: Certainty


def legs(scenario: Scenario, workflows: WorkflowSet, reader: UploadReader, upload: UploadStep) -> list[Leg]:
    """The legs of its job's matrix in which an upload may happen in a run."""
    found = []
    for instance in Execution(
        scenario, workflows, lambda job: job is upload.job and reader.may_upload(job)
    ).instances():
        for step in instance.steps():
            if step.step is upload.step and step.certainty.happens is not False:
                found.append(Leg(instance, step.certainty))
    return found


def base_contexts(scenario: Scenario) -> dict[str, Value]:
    """What every job of a run sees."""
    return {
        "github": scenario.github,
        "inputs": scenario.inputs if scenario.inputs else {},
        "vars": OpenMapping(missing=_ANY_TEXT),
        "secrets": OpenMapping({"GITHUB_TOKEN": Unknown(truthy=True)}, _ANY_TEXT),
    }


def refused_by_itself(upload: UploadStep, scenario: Scenario) -> str | None:
    """Which condition keeps an upload from happening whatever becomes of other jobs: `job`, `step`, or None when neither does."""
    contexts = {**base_contexts(scenario), "needs": Unknown()}
    if decided(upload.job.condition, contexts, Status()).happens is False:
        return "job"
    inner = {
        **contexts,
        "matrix": Unknown(),
        "strategy": Unknown(),
        "job": Unknown(),
        "runner": Unknown(),
        "env": Unknown(),
        "steps": Unknown(),
    }
    return "step" if decided(upload.step.condition, inner, Status()).happens is False else None


def certain(certainty: Certainty) -> bool:
    """Whether something happens without any doubt."""
    return certainty == ALWAYS
