"""Which jobs and steps a scenario runs: conditions, needs and calls worked out with some things unknown. Looks into no step.

A run is taken to go well: nothing fails and nobody cancels it. What is skipped skips its followers, as on GitHub.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from functools import cached_property

from preflight.plan.scenarios import Scenario
from preflight.sources.records import dataclass
from preflight.sources.yaml import Scalar
from preflight.workflows.calls import MAX_LEVELS, Call, JobRun, WorkflowSet
from preflight.workflows.expressions import (
    UNKNOWN,
    Contexts,
    EvaluationError,
    ExpressionSyntaxError,
    OpenMapping,
    Status,
    Unknown,
    Value,
    evaluate,
    evaluate_condition,
    evaluate_template,
    explain,
    has_expression,
    is_whole_expression,
    parse_condition,
    parse_template,
)
from preflight.workflows.model import Block, Job, Step, Workflow
from preflight.workflows.triggers import Trigger

MAX_LEGS = 256
"""Legs of a matrix that are looked at one by one."""

_TEXT = Unknown.text()
_RUNNERS = {"linux": "Linux", "windows": "Windows", "macos": "macOS"}


@dataclass(frozen=True, slots=True)
class Certainty:
    """Whether something happens: yes, no, or None with the expression that could not be decided."""

    happens: bool | None
    unless: str = ""

    def also(self, other: "Certainty") -> "Certainty":
        """Whether both happen."""
        if self.happens is False or other.happens is False:
            return NEVER
        if self.happens is None or other.happens is None:
            return Certainty(None, " && ".join(dict.fromkeys(filter(None, (self.unless, other.unless)))))
        return ALWAYS


ALWAYS = Certainty(True)
NEVER = Certainty(False)


@dataclass(frozen=True, slots=True)
class JobState:
    """How a job of a scenario ends, as far as it is known: what `needs` shows of it."""

    certainty: Certainty
    outputs: Mapping[str, Value]

    @property
    def result(self) -> Value:
        """`needs.<job>.result`."""
        if self.certainty.happens is None:
            return Unknown.one_of("success", "skipped")
        return "success" if self.certainty.happens else "skipped"


@dataclass(frozen=True)
class JobInstance:
    """A job of a scenario that may run, for one leg of its matrix; `contexts` are those of its steps, without `steps` and `env`."""

    run: JobRun
    scenario: Scenario
    certainty: Certainty
    contexts: Mapping[str, Value] = field(repr=False)
    leg: Mapping[str, Value] | None = None

    @property
    def job(self) -> Job:
        return self.run.job

    @cached_property
    def environment(self) -> "str | Unknown | None":
        """The name of the environment; None when the job has none, unknown when an expression cannot be decided."""
        environment = self.job.environment
        if environment is None or environment.name is None:
            return None
        name = evaluated(environment.name, self.contexts)
        return None if name == "" else name

    @cached_property
    def env(self) -> Mapping[str, Value]:
        """The `env` context that the job's steps start with. Names that earlier steps may have added are unknown."""
        found: dict[str, Value] = {}
        for block in (self.job.workflow.env, self.job.env):
            found.update(block_values(block, {**self.contexts, "env": OpenMapping(found, _TEXT)}))
        return found

    def steps(self) -> "Iterator[StepInstance]":
        """The steps that may run, in order."""
        contexts = dict(self.contexts)
        outcomes: dict[str, Value] = {}
        for step in self.job.all_steps():
            env = dict(self.env)
            base = {**contexts, "env": OpenMapping(env, _TEXT), "steps": dict(outcomes)}
            env.update(block_values(step.env, base))
            known = {**base, "env": OpenMapping(env, _TEXT)}
            certainty = decided(step.condition, known, Status())
            if certainty.happens is not False:
                yield StepInstance(self, step, self.certainty.also(certainty), known, env)
            if step.id:
                outcome: Value = "skipped" if certainty.happens is False else "success" if certainty.happens else Unknown.one_of("success", "skipped")
                outputs: Mapping[str, Value] = {} if certainty.happens is False else OpenMapping(missing=_TEXT)
                outcomes[step.id] = {"outputs": outputs, "outcome": outcome, "conclusion": outcome}


@dataclass(frozen=True)
class StepInstance:
    """A step of a scenario that may run, with the contexts that its expressions see."""

    instance: JobInstance
    step: Step
    certainty: Certainty
    contexts: Mapping[str, Value] = field(repr=False)
    env: Mapping[str, Value] = field(repr=False)


def evaluated(scalar: Scalar, contexts: Contexts) -> "str | Unknown":
    """The text of a scalar with its expressions worked out; unknown where GitHub would refuse it or fail."""
    if scalar.is_null:
        return ""
    if not has_expression(scalar.value):
        return scalar.value
    try:
        return evaluate_template(scalar.value, contexts)
    except (ExpressionSyntaxError, EvaluationError):
        return _TEXT


def typed(scalar: Scalar, contexts: Contexts) -> Value:
    """The value of a scalar: of one whole expression with its type, of any other as YAML and GitHub read it."""
    if scalar.is_null:
        return None
    if not has_expression(scalar.value):
        if scalar.style == "plain":
            boolean = scalar.as_bool()
            if boolean is not None:
                return boolean
            number = scalar.as_float()
            if number is not None:
                return number
        return scalar.value
    try:
        if is_whole_expression(scalar.value):
            return evaluate(parse_template(scalar.value), contexts)
        return evaluate_template(scalar.value, contexts)
    except (ExpressionSyntaxError, EvaluationError):
        return UNKNOWN


def block_values(block: Block, contexts: Contexts) -> dict[str, Value]:
    """The values of a `with:` or `env:` block as texts."""
    found: dict[str, Value] = {}
    for given in block:
        found[given.name] = evaluated(given.scalar, contexts) if given.scalar is not None else _TEXT
    return found


def decided(scalar: Scalar | None, contexts: Contexts, status: Status, before: str = "") -> Certainty:
    """Whether an `if:` holds. `before` is what `success()` depends on, for words."""
    text = "" if scalar is None or scalar.is_null else scalar.value
    try:
        condition = parse_condition(text)
        holds = evaluate_condition(condition, contexts, status)
        if holds is not None:
            return ALWAYS if holds else NEVER
        reason = explain(condition.effective, contexts, status) or text
    except EvaluationError:
        return NEVER
    except ExpressionSyntaxError:
        return Certainty(None, text.strip())
    return Certainty(None, reason.replace("success()", before) if before else reason)


class Execution:
    """The jobs of one scenario, worked out in the order of their needs."""

    def __init__(self, scenario: Scenario, workflows: WorkflowSet, interesting: Callable[[Job], bool]) -> None:
        self.scenario = scenario
        self.workflows = workflows
        self.interesting = interesting
        self._calls = {call.job: call for call in workflows.calls}

    def instances(self) -> Iterator[JobInstance]:
        """The interesting jobs that may run, called ones in place of the jobs that call them, a matrix leg each."""
        scenario = self.scenario
        if scenario.starts is False:
            return
        base: dict[str, Value] = {
            "github": scenario.github,
            "inputs": scenario.inputs if scenario.inputs else {},
            "vars": OpenMapping(missing=_TEXT),
            "secrets": OpenMapping({"GITHUB_TOKEN": Unknown(truthy=True)}, _TEXT),
        }
        start = ALWAYS if scenario.starts else Certainty(None, "the paths filter")
        yield from self._jobs(scenario.workflow, base, start, ())

    def _jobs(
        self, workflow: Workflow, base: Mapping[str, Value], start: Certainty, calls: tuple[Call, ...]
    ) -> Iterator[JobInstance]:
        states: dict[Job, JobState] = {}
        for job in workflow.jobs_in_order:
            needs = {each.id: {"result": states[each].result, "outputs": states[each].outputs} for each in job.needed if each in states}
            contexts = {**base, "needs": needs}
            status, before = _status([states[each].certainty for each in job.ancestors if each in states])
            certainty = decided(job.condition, contexts, status, before)
            states[job] = JobState(certainty, self._outputs(job, contexts, certainty))
            here = start.also(certainty)
            if here.happens is False:
                continue
            call = self._calls.get(job)
            if call is not None:
                if len(calls) + 2 <= MAX_LEVELS and all(call.workflow is not each.caller for each in (*calls, call)):
                    inner = self._called(call, base, contexts)
                    yield from self._jobs(call.workflow, inner, here, (*calls, call))
            elif self.interesting(job):
                yield from self._legs(job, contexts, here, calls)

    def _called(self, call: Call, base: Mapping[str, Value], contexts: Contexts) -> Mapping[str, Value]:
        """The contexts in which a called workflow starts (GitHub, "Reuse workflows")."""
        trigger = call.workflow.trigger("workflow_call")
        inputs: dict[str, Value] = {}
        block = call.job.inputs
        for name, given in (trigger.inputs if trigger else {}).items():
            passed = block.get(name)
            if passed is not None and passed.scalar is not None:
                value = typed(passed.scalar, contexts)
                inputs[name] = given.convert(value) if isinstance(value, str) else value
            elif not block.is_known:
                inputs[name] = UNKNOWN
            else:
                default = given.default_value
                inputs[name] = UNKNOWN if default is None else default
        return {**base, "inputs": inputs, "secrets": self._secrets(call, contexts, trigger)}

    def _secrets(self, call: Call, contexts: Contexts, trigger: Trigger | None) -> Value:
        if call.job.inherits_secrets:
            return contexts["secrets"]
        token: dict[str, Value] = {"GITHUB_TOKEN": Unknown(truthy=True)}
        block = call.job.secrets
        if not block.is_known:
            return OpenMapping(token, _TEXT)
        return {**token, **{given.name: evaluated(given.scalar, contexts) if given.scalar else _TEXT for given in block}}

    def _outputs(self, job: Job, contexts: Contexts, certainty: Certainty) -> Mapping[str, Value]:
        if certainty.happens is False:
            return {}
        if job.calls_workflow:
            return OpenMapping(missing=_TEXT)
        values = block_values(job.outputs, {**contexts, "steps": OpenMapping(), "matrix": UNKNOWN})
        return values if job.outputs.is_known else OpenMapping(values, _TEXT)

    def _legs(self, job: Job, contexts: Mapping[str, Value], certainty: Certainty, calls: tuple[Call, ...]) -> Iterator[JobInstance]:
        runs_on = job.runs_on
        system = runs_on.system if runs_on else None
        inner: dict[str, Value] = {
            **contexts,
            "strategy": UNKNOWN,
            "job": UNKNOWN,
            "runner": OpenMapping({"os": _RUNNERS[system]} if system else {}, _TEXT),
        }
        strategy = job.strategy
        run = JobRun(job, calls)
        if strategy is None or not strategy.has_matrix:
            yield JobInstance(run, self.scenario, certainty, {**inner, "matrix": {}})
            return
        for leg in matrix_values(job, contexts):
            yield JobInstance(run, self.scenario, certainty, {**inner, "matrix": leg if leg is not None else UNKNOWN}, leg)


def matrix_values(job: Job, contexts: Contexts) -> Iterator[Mapping[str, Value] | None]:
    """The values of each leg; a None stands for legs that are not known one by one."""

    def resolve(scalar: Scalar) -> object:
        value = typed(scalar, contexts)
        return scalar if isinstance(value, Unknown) else value

    legs = job.matrix_legs(MAX_LEGS, resolve)
    for leg in legs.legs:
        yield {name: _without_scalars(value) for name, value in leg.items()}
    if legs.truncated or not legs.known:
        yield None


def _without_scalars(value: Value) -> Value:
    """A value of a matrix with what nothing resolved made unknown."""
    if isinstance(value, Scalar):
        return UNKNOWN
    if isinstance(value, list):
        return [_without_scalars(each) for each in value]
    if isinstance(value, dict):
        return {key: _without_scalars(each) for key, each in value.items()}
    return value


def _status(ancestors: list[Certainty]) -> tuple[Status, str]:
    """What the status functions say behind some jobs that all need to go well, and what that depends on."""
    if any(each.happens is False for each in ancestors):
        return Status(success=False), ""
    unsure = [each.unless for each in ancestors if each.happens is None]
    if unsure:
        return Status(success=Unknown.one_of(True, False)), " && ".join(dict.fromkeys(filter(None, unsure)))
    return Status(), ""
