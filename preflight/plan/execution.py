"""Which jobs and steps a scenario runs: conditions, needs and calls worked out with some things unknown. Looks into no step.

A run is taken to go well: nothing fails and nobody cancels it. What is skipped skips its followers, as on GitHub.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import field, replace
from functools import cached_property

from preflight.plan.lookup import Lookup, handed_on, script_fails
from preflight.plan.scenarios import Scenario
from preflight.sources.patterns import compile as _compile
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
from preflight.workflows.model import Block, Job, Step, Workflow, effective_shell
from preflight.workflows.shell import shell_of
from preflight.workflows.triggers import Trigger
from preflight.workflows.values import AnyOf, Comparison, negated

MAX_LEGS = 256
"""Legs of a matrix that are looked at one by one."""

_LONGEST_REASON = 2_000
_FAILED = Status(success=False, failure=True)
_MAY_STOP = _compile(r"(?m)\bexit\s+(?!0\b)\S|^[ \t]*(?:\[|test\s)")
MAX_CALLED_JOBS = 1_000
"""Jobs of one run that are looked at, those of called workflows counted for each call."""

STEP_IDS = _compile(r"(?i)\bsteps\s*\.\s*([\w-]+)")
"""The ids in `steps.<id>`."""

_TEXT = Unknown.text()
_RUNNERS = {"linux": "Linux", "windows": "Windows", "macos": "macOS"}


@dataclass(frozen=True, slots=True)
class Certainty:
    """Whether something happens: yes, no, or None with the expression that could not be decided."""

    happens: bool | None
    unless: str = ""

    def word(self, pretends: bool) -> str:
        """The plan's word for it: `always`, `never` or `unknown`; what only pretends never happens."""
        if pretends or self.happens is False:
            return "never"
        return "unknown" if self.happens is None else "always"

    def also(self, other: "Certainty") -> "Certainty":
        """Whether both happen."""
        if self.happens is False or other.happens is False:
            return NEVER
        if self.happens is None or other.happens is None:
            return Certainty(None, all_of(filter(None, (self.unless, other.unless))))
        return ALWAYS


def all_of(conditions: Iterable[str]) -> str:
    """Conditions in words, put together so that they read as one that all of them make."""
    parts = list(dict.fromkeys(conditions))
    if len(parts) > 1:
        parts = [f"({part})" if "||" in part and not _is_wrapped(part) else part for part in parts]
    return " && ".join(parts)


def _is_wrapped(text: str) -> bool:
    """Whether one pair of parentheses holds the whole text, or each `||` in it."""
    depth = 0
    for index, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and text.startswith("||", index):
            return False
    return True


ALWAYS = Certainty(True)
NEVER = Certainty(False)


@dataclass(frozen=True, slots=True)
class JobState:
    """How a job of a scenario ends, as far as it is known: what `needs` shows of it, and what `success()` behind it hangs on.

    `behind` is None where the job or one that it needs is skipped; otherwise the conditions that are open, in order.
    """

    certainty: Certainty
    outputs: Mapping[str, Value]
    behind: Mapping[str, None] | None
    fails: bool = False
    """Whether a check in its steps fails; what has to hold for it to go well is among what is behind."""

    @property
    def context(self) -> Mapping[str, Value]:
        """`needs.<job>`."""
        happens = self.certainty.happens
        result: Value = Unknown.one_of("success", "skipped") if happens is None else "success" if happens else "skipped"
        if self.fails:
            result = Unknown.one_of("success", "failure")
        return {"result": result, "outputs": self.outputs}


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

    def steps(self, only: Collection[Step] | None = None, others: Collection[Step] = ()) -> "Iterator[StepInstance]":
        """The steps that may run, in order.

        With `only`, no others are given; `others` are looked at all the same, for what they hand on to those.
        """
        return self._run({}, only, others, [])

    def failure(self) -> str:
        """What has to hold so that no check in the steps fails the job, where it certainly does not hold; else empty."""
        others = [each for each in self.job.all_steps() if each.run is not None and "GITHUB_ENV" in each.run.value]
        failed: list[str] = []
        for _ in self._run({}, (), others, failed):
            pass
        return failed[0] if failed else ""

    def outcomes(self, steps: Collection[Step]) -> Mapping[str, Value]:
        """The `steps` context behind the last of some steps."""
        found: dict[str, Value] = {}
        for _ in self._run(found, (), steps, []):
            pass
        return found

    def _run(
        self, outcomes: dict[str, Value], only: Collection[Step] | None, others: Collection[Step], failed: list[str]
    ) -> "Iterator[StepInstance]":
        """The steps that may run. What fills `outcomes` and `failed` is for the caller: the `steps` context, and what a failing check asks for."""
        outer = self.env
        for step in self.job.all_steps():
            wanted = only is None or step in only
            looked_at = wanted or step in others
            if not looked_at and not may_stop(step):
                continue
            env = outer
            before: Mapping[str, Value] = dict(outcomes) if looked_at else OpenMapping(outcomes)
            known = {**self.contexts, "env": OpenMapping(env, _TEXT), "steps": before}
            if len(step.env):
                env = {**env, **block_values(step.env, known)}
                known["env"] = OpenMapping(env, _TEXT)
            certainty = decided(step.condition, known, _FAILED if failed else Status())
            stopped = False
            if failed and certainty.happens is False and wanted:
                certainty = decided(step.condition, known, Status()).also(Certainty(None, failed[0]))
                stopped = certainty.happens is None
            instance = StepInstance(self, step, self.certainty.also(certainty), known, env, stopped)
            if wanted and certainty.happens is not False:
                yield instance
            if not failed and certainty.happens and may_stop(step) and (asked := instance.stops_unless()):
                failed.append(asked)
            if not looked_at:
                continue
            if certainty.happens is not False:
                outer = {**outer, **instance.handed_on("GITHUB_ENV", certainty)}
            if step.id:
                happens = certainty.happens
                outcome: Value = (
                    Unknown.one_of("success", "skipped") if happens is None else "success" if happens else "skipped"
                )
                outputs: Mapping[str, Value] = (
                    {} if happens is False else OpenMapping(instance.handed_on("GITHUB_OUTPUT", certainty), _TEXT)
                )
                outcomes[step.id] = {"outputs": outputs, "outcome": outcome, "conclusion": outcome}


@dataclass(frozen=True)
class StepInstance:
    """A step of a scenario that may run, with the contexts that its expressions see."""

    instance: JobInstance
    step: Step
    certainty: Certainty
    contexts: Mapping[str, Value] = field(repr=False)
    env: Mapping[str, Value] = field(repr=False)
    stopped: bool = False
    """Whether a step before it certainly fails, as one does that asks for another ref; the certainty then says what it asks."""

    def stops_unless(self) -> str:
        """What has to hold so that the step does not fail, where it certainly does not hold here; else empty."""
        run = self.step.run
        if run is None:
            return ""
        fails = script_fails(run.value, *script_shell(self.instance.job, self.step))
        known = Lookup(self, self.contexts, self.env)
        ways = fails.conditions if isinstance(fails, AnyOf) else (fails,)
        way = next((each for each in ways if each.evaluate(known)), None)
        if way is None:
            return ""
        if isinstance(way, Comparison) and way.operator == "!=":
            return str(replace(way, operator="=="))
        return str(negated(way))

    def handed_on(self, to: str, certainty: Certainty) -> Mapping[str, Value]:
        """What the step's script hands on through `$GITHUB_ENV` or `$GITHUB_OUTPUT`, as far as the script alone tells.

        `certainty` is that of the step in its job; what a step hands on that may be skipped is not known.
        """
        run = self.step.run
        if run is None or to not in run.value:
            return {}
        shell, errexit = script_shell(self.instance.job, self.step)
        found = handed_on(run.value, shell, errexit, to, Lookup(self, self.contexts, self.env))
        return found if certainty.happens else dict.fromkeys(found, _TEXT)


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


def decided(scalar: Scalar | None, contexts: Contexts, status: Status) -> Certainty:
    """Whether an `if:` holds."""
    text = "" if scalar is None or scalar.is_null else scalar.value
    try:
        condition = parse_condition(text)
        holds = evaluate_condition(condition, contexts, status)
        if holds is not None:
            return ALWAYS if holds else NEVER
        return Certainty(None, explain(condition.effective, contexts, status) or text)
    except EvaluationError:
        return NEVER
    except ExpressionSyntaxError:
        return Certainty(None, text.strip())


def _in_words(own: str, before: Mapping[str, None]) -> Mapping[str, None]:
    """What an undecided condition hangs on, each reason once: that of `success()` is what the jobs before hang on."""
    if "success()" not in own:
        return {own: None}
    rest = own.removeprefix("success()").removeprefix(" && ")
    if "success()" in rest:
        return {own.replace("success()", f"({_joined(before)})" if before else "success()"): None}
    return {**before, rest: None} if rest else before


def _joined(reasons: Iterable[str]) -> str:
    """Reasons as one text, which ends where it gets too long to be read."""
    text = all_of(filter(None, reasons))
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}…"


class Execution:
    """The jobs of one scenario, worked out in the order of their needs: the interesting ones, and those that they hang on."""

    def __init__(
        self,
        scenario: Scenario,
        workflows: WorkflowSet,
        interesting: Callable[[Job], bool],
        matrix_names: Callable[[Job], Collection[str] | None] = lambda job: None,
    ) -> None:
        """`matrix_names` may give the only names of a job's matrix that matter, in lower case: legs that differ in others are one."""
        self.scenario = scenario
        self.workflows = workflows
        self.interesting = interesting
        self.matrix_names = matrix_names

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
        yield from self._jobs(scenario.workflow, base, start, (), [MAX_CALLED_JOBS])

    def _call(self, job: Job, calls: tuple[Call, ...]) -> Call | None:
        """The call that a job makes, unless it goes round in a circle or deeper than GitHub allows."""
        call = self.workflows.call_of(job)
        if call is None or len(calls) + 2 > MAX_LEVELS:
            return None
        return call if all(call.workflow is not each.caller for each in (*calls, call)) else None

    def _leads_to_interesting(self, job: Job, calls: tuple[Call, ...], left: list[int]) -> bool:
        """Whether a job is interesting, or calls a workflow with one that is."""
        left[0] -= 1
        if left[0] < 0:
            return True
        if not job.calls_workflow:
            return self.interesting(job)
        call = self._call(job, calls)
        if call is None:
            return self.workflows.call_of(job) is None and self.interesting(job)
        return any(self._leads_to_interesting(each, (*calls, call), left) for each in call.workflow.jobs.values())

    def _jobs(
        self,
        workflow: Workflow,
        base: Mapping[str, Value],
        start: Certainty,
        calls: tuple[Call, ...],
        left: list[int],
    ) -> Iterator[JobInstance]:
        wanted = {job for job in workflow.jobs.values() if self._leads_to_interesting(job, calls, [MAX_CALLED_JOBS])}
        if not wanted:
            return
        needed = wanted.union(*(job.ancestors for job in wanted))
        states: dict[Job, JobState] = {}
        for job in workflow.jobs_in_order:
            if job not in needed:
                continue
            contexts = self._contexts(job, states, base)
            states[job] = self._state(job, states, contexts, base, calls, left)
            certainty = states[job].certainty
            if job not in wanted:
                continue
            here = start.also(certainty)
            left[0] -= 1
            if here.happens is False or left[0] < 0:
                continue
            call = self._call(job, calls)
            if call is not None:
                for inner in self._calling_contexts(job, contexts):
                    called = self._called(call, base, inner)
                    yield from self._jobs(call.workflow, called, here, (*calls, call), left)
            elif self.interesting(job):
                yield from self._legs(job, contexts, here, calls)

    @staticmethod
    def _contexts(job: Job, states: Mapping[Job, JobState], base: Mapping[str, Value]) -> Mapping[str, Value]:
        """What the condition of a job sees."""
        return {**base, "needs": {each.id: states[each].context for each in job.needed if each in states}}

    def _state(
        self,
        job: Job,
        states: Mapping[Job, JobState],
        contexts: Mapping[str, Value],
        base: Mapping[str, Value],
        calls: tuple[Call, ...],
        left: list[int],
    ) -> JobState:
        before = [states[each] for each in job.needed if each in states]
        status, reasons = _status(before)
        certainty = decided(job.condition, contexts, status)
        fails = self._fails(job, contexts) if certainty.happens else ""
        if fails:
            reasons = {**reasons, fails: None}
        if certainty.happens is None:
            own = _in_words(certainty.unless, reasons)
            certainty, reasons = Certainty(None, _joined(own)), {**reasons, **own}
        if certainty.happens is False:
            outputs: Mapping[str, Value] = {}
        elif job.calls_workflow:
            outputs = self._outputs_of_call(job, contexts, base, calls, left)
        else:
            outputs = self._outputs(job, contexts)
        skipped = certainty.happens is False or any(each.behind is None for each in before)
        return JobState(certainty, outputs, None if skipped else reasons, bool(fails))

    def _fails(self, job: Job, contexts: Mapping[str, Value]) -> str:
        """What has to hold so that a check in the job's steps does not fail it, where it certainly does not hold; else empty."""
        strategy = job.strategy
        if job.continue_on_error is not None or (strategy is not None and strategy.has_matrix):
            return ""
        if job.calls_workflow or not any(map(may_stop, job.all_steps())):
            return ""
        seen = {**contexts, "strategy": UNKNOWN, "job": UNKNOWN, "runner": OpenMapping(), "matrix": {}}
        return JobInstance(JobRun(job), self.scenario, ALWAYS, seen).failure()

    def _outputs(self, job: Job, contexts: Mapping[str, Value]) -> Mapping[str, Value]:
        """The outputs of a job that runs steps."""
        if not len(job.outputs):
            return {} if job.outputs.is_known else OpenMapping(missing=_TEXT)
        seen = {**contexts, "steps": OpenMapping(), "matrix": UNKNOWN, "strategy": UNKNOWN}
        named = {
            match[1].lower()
            for given in job.outputs
            for match in STEP_IDS.finditer(given.scalar.value if given.scalar is not None else "")
        }
        steps = [each for each in job.all_steps() if each.id and each.id.lower() in named and each.run is not None]
        if steps and not (job.strategy is not None and job.strategy.has_matrix):
            instance = JobInstance(
                JobRun(job), self.scenario, ALWAYS, {**seen, "job": UNKNOWN, "runner": OpenMapping()}
            )
            seen["steps"] = OpenMapping(instance.outcomes(steps))
        values = block_values(job.outputs, seen)
        return values if job.outputs.is_known else OpenMapping(values, _TEXT)

    def _outputs_of_call(
        self,
        job: Job,
        contexts: Mapping[str, Value],
        base: Mapping[str, Value],
        calls: tuple[Call, ...],
        left: list[int],
    ) -> Mapping[str, Value]:
        """The outputs of a called workflow (GitHub, "Reuse workflows", "Using outputs from a reusable workflow")."""
        call = self._call(job, calls)
        trigger = call.workflow.trigger("workflow_call") if call is not None else None
        if call is None or trigger is None:
            return OpenMapping(missing=_TEXT)
        if not trigger.outputs:
            return {}
        unmixed = {**contexts, "matrix": UNKNOWN, "strategy": UNKNOWN}
        inner = self._called(call, base, unmixed)
        states: dict[Job, JobState] = {}
        for each in call.workflow.jobs_in_order:
            left[0] -= 1
            if left[0] < 0:
                return OpenMapping(missing=_TEXT)
            states[each] = self._state(each, states, self._contexts(each, states, inner), inner, (*calls, call), left)
        seen = {**inner, "jobs": {each.id: state.context for each, state in states.items()}}
        return {
            name: evaluated(given.value, seen) if given.value is not None else ""
            for name, given in trigger.outputs.items()
        }

    def _calling_contexts(self, job: Job, contexts: Mapping[str, Value]) -> Iterator[Mapping[str, Value]]:
        """The contexts of a job that calls a workflow: one for each leg of its matrix in which it passes something else."""
        if job.strategy is None or not job.strategy.has_matrix:
            yield contexts
            return
        passed = set()
        for leg in matrix_values(job, contexts):
            inner = {**contexts, "matrix": leg if leg is not None else UNKNOWN, "strategy": UNKNOWN}
            key = repr(sorted(block_values(job.inputs, inner).items(), key=lambda item: item[0]))
            if key not in passed:
                passed.add(key)
                yield inner

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
        return {
            **token,
            **{given.name: evaluated(given.scalar, contexts) if given.scalar else _TEXT for given in block},
        }

    def _legs(
        self, job: Job, contexts: Mapping[str, Value], certainty: Certainty, calls: tuple[Call, ...]
    ) -> Iterator[JobInstance]:
        runs_on = job.runs_on
        system = runs_on.system if runs_on else None
        inner: dict[str, Value] = {
            **contexts,
            "strategy": UNKNOWN,
            "job": UNKNOWN,
            "runner": OpenMapping({"os": _RUNNERS[system]} if system else {}, _TEXT),
        }
        secrets = contexts.get("secrets")
        if job.environment is not None and isinstance(secrets, Mapping) and not isinstance(secrets, OpenMapping):
            # The environment's own secrets are there whatever the caller passes (GitHub, "Reuse workflows").
            inner["secrets"] = OpenMapping(secrets, _TEXT)
        strategy = job.strategy
        run = JobRun(job, calls)
        if strategy is None or not strategy.has_matrix:
            yield JobInstance(run, self.scenario, certainty, {**inner, "matrix": {}})
            return
        names = self.matrix_names(job)
        seen = set()
        for leg in matrix_values(job, contexts):
            if names is not None and leg is not None:
                key = repr(sorted((name.lower(), repr(value)) for name, value in leg.items() if name.lower() in names))
                if key in seen:
                    continue
                seen.add(key)
            yield JobInstance(
                run, self.scenario, certainty, {**inner, "matrix": leg if leg is not None else UNKNOWN}, leg
            )


def may_stop(step: Step) -> bool:
    """Whether a script may end its job by a check of its own."""
    return step.run is not None and step.continue_on_error is None and _MAY_STOP.search(step.run.value) is not None


def script_shell(job: Job, step: Step) -> tuple[str, bool]:
    """The shell of a `run:` step, and whether a failing command ends the script."""
    declared = effective_shell(job, step)
    runs_on = job.runs_on
    return shell_of(declared.value if declared else None, windows=runs_on is not None and runs_on.system == "windows")


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


def _status(before: list[JobState]) -> tuple[Status, Mapping[str, None]]:
    """What the status functions say behind some jobs that all need to go well, and what that depends on."""
    if any(each.behind is None for each in before):
        return Status(success=False), {}
    reasons: dict[str, None] = {}
    for each in before:
        reasons.update(each.behind or {})
    return Status(success=Unknown.one_of(True, False)) if reasons else Status(), reasons
