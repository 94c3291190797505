"""Every upload that the workflows of the workspace make, wherever it hides: actions, commands, local actions, make and scripts.

Read without a scenario: what expressions say stays open, as `Value`s that the plan works out for each scenario.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field

from preflight.plan.execution import STEP_IDS, script_shell
from preflight.plan.indirect import Indirect
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.sources.yaml import Scalar
from preflight.workflows.actions import Action
from preflight.workflows.calls import WorkflowSet
from preflight.workflows.model import (
    Block,
    Job,
    Step,
    effective_env,
    effective_working_directory,
)
from preflight.workflows.shell import read_script
from preflight.workflows.unknown_uploads import unknown_upload
from preflight.workflows.upload_actions import read_action_upload, uploading_action
from preflight.workflows.upload_model import Configured, Upload
from preflight.workflows.uploads import mentions_upload, read_script_uploads
from preflight.workflows.values import ALWAYS, Expression, Literal, Value, Variable, template

Known = Callable[[Expression], str | None]
"""Gives the value of an expression where it is known."""

_EXPRESSION_COMMAND = _compile(
    r"(?m)^(?P<before>[ \t]*)\$\{\{(?P<source>[^}]*)\}\}(?=[ \t\r]*(?:$|&&|;|\|)|[^\n]*(?:publish|upload|twine))"
)
"""An expression where a command starts, that may be the whole of it or the program of an upload."""
_ANY_STEP = _compile(r"(?i)\bsteps\s*(?:\[|\.\s*\*|\)|,)")
_MATRIX_NAMES = _compile(r"(?i)\bmatrix\s*\.\s*([\w-]+)")
_ANY_NAME = _compile(r"(?i)\bmatrix\s*(?:\[|\.\s*\*|\)|,|\}\})")
_INPUTS = _compile(r"(?<![\w.])inputs\b")

MAX_ACTION_LEVELS = 4
"""Local actions within local actions that are followed."""


@dataclass(frozen=True, eq=False)
class UploadStep:
    """One upload of one step.

    `step` is the step of the job; where the upload hides in a local action, `inner` are the steps of the actions down to it and
    `given` what each of these actions is given. `hidden_in` names the file and target that hold it, when that is not the step itself.
    """

    job: Job
    step: Step
    upload: Upload
    place: Place
    inner: tuple[Step, ...] = ()
    given: tuple[Mapping[str, Value], ...] = ()
    hidden_in: str = ""

    @property
    def last(self) -> Step:
        """The step that uploads: that of the job, or of the innermost action."""
        return self.inner[-1] if self.inner else self.step


def block_as_values(block: Block) -> dict[str, Value]:
    """A `with:` or `env:` block as values that still hold their expressions."""
    return {given.name: scalar_as_value(given.scalar) for given in block if given.scalar is not None}


def scalar_as_value(scalar: Scalar) -> Value:
    """A scalar as a value that still holds its expressions."""
    return template("" if scalar.is_null else scalar.value)


@dataclass(frozen=True, slots=True)
class _At:
    """Where the reader stands: in a step of a job, or of a local action that the step uses."""

    job: Job
    step: Step
    inner: tuple[Step, ...] = ()
    given: tuple[Mapping[str, Value], ...] = ()

    def upload(self, upload: Upload, place: Place, hidden_in: str = "") -> UploadStep:
        return UploadStep(self.job, self.step, upload, place, self.inner, self.given, hidden_in)


@dataclass(slots=True)
class _Seen:
    """What the steps before have configured, and the uploads found so far."""

    configured: tuple[Configured, ...] = ()
    uploads: list[UploadStep] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The expressions in the scripts of a job whose values decide what the scripts say."""

    step: Step
    expressions: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """What the uploads of a job hang on: their steps, other steps, and names of its matrix in lower case (None for all of it)."""

    steps: frozenset[Step]
    others: frozenset[Step]
    matrix: frozenset[str] | None


def _scope(job: Job, candidates: tuple[Step, ...]) -> Scope:
    steps = list(job.all_steps())
    if job.workflow.document.anchors:
        # Part of the job may be written elsewhere in the file.
        return Scope(frozenset(candidates), frozenset(steps), None)
    texts = [entry.place.text for entry in job.node.entries if entry.name != "steps"]
    texts += [step.place.text for step in candidates]
    texts += [step.condition.value for step in steps if step.condition is not None]
    others = {step for step in steps if step.run is not None and "GITHUB_ENV" in step.run.value}
    texts += [step.place.text for step in others]
    named: set[str] = set()
    for _ in steps:
        text = "\n".join(texts)
        ids = {match[1].lower() for match in STEP_IDS.finditer(text)} - named
        found = {step for step in steps if step.id and (step.id.lower() in ids or _ANY_STEP.search(text))} - others
        if not found:
            break
        others |= found
        named |= ids
        texts += [step.place.text for step in found]
    text = "\n".join(texts)
    names = None if _ANY_NAME.search(text) else frozenset(match[1].lower() for match in _MATRIX_NAMES.finditer(text))
    return Scope(frozenset(candidates), frozenset(others), names)


class UploadReader:
    """Finds the uploads of jobs. Keeps nothing of a scenario, so one reader serves them all.

    What a job's scripts say depends on a scenario only by the values of the expressions in them: each reading is kept under these.
    """

    def __init__(self, workflows: WorkflowSet, indirect: Indirect) -> None:
        self.workflows = workflows
        self.indirect = indirect
        self._suspects: dict[Job, tuple[Step, ...]] = {}
        self._scopes: dict[Job, Scope] = {}
        self._asked: dict[Job, tuple[_Asked, ...]] = {}
        self._readings: dict[tuple[Job, tuple[str | None, ...]], tuple[UploadStep, ...]] = {}

    def may_upload(self, job: Job) -> bool:
        """Whether a job may hold an upload at all."""
        return bool(self.candidates(job)) and (bool(self.of_job(job)) or self._is_written_by_expressions(job))

    def candidates(self, job: Job) -> tuple[Step, ...]:
        """The steps that may upload, or configure an upload, by a look at their words and actions."""
        found = self._suspects.get(job)
        if found is None:
            steps = self._call_elsewhere(job) if job.calls_workflow else job.all_steps()
            found = self._suspects[job] = tuple(step for step in steps if self._step_may(job, step, 0))
        return found

    @staticmethod
    def _call_elsewhere(job: Job) -> tuple[Step, ...]:
        """The call of a workflow that is not at hand, as a step: both have `uses`, `with` and `if`. Its number is 0."""
        return (Step(job.node, -1, job.place),) if job.uses is not None and job.uses.kind == "remote" else ()

    def _step_may(self, job: Job, step: Step, level: int) -> bool:
        run = step.run
        if run is not None:
            if mentions_upload(run.value) or _EXPRESSION_COMMAND.search(run.value) is not None:
                return True
            return self.indirect.may_hide(run.value, _folder(job, step))
        uses = step.uses
        if uses is None:
            return False
        if uses.kind == "local":
            action = self.workflows.action(step)
            return (
                action is not None
                and level < MAX_ACTION_LEVELS
                and any(self._step_may(job, each, level + 1) for each in action.steps)
            )
        return (
            uploading_action(uses.name) or self._of_action_elsewhere(job, step, block_as_values(step.env)) is not None
        )

    @staticmethod
    def _of_action_elsewhere(job: Job, step: Step, environment: Mapping[str, Value]) -> Upload | None:
        uses = step.uses
        if uses is None:
            return None
        secrets = block_as_values(job.secrets) if job.calls_workflow else {}
        return unknown_upload(uses.name, block_as_values(step.inputs), secrets, environment)

    def scope(self, job: Job) -> Scope:
        """What has to be known of a job to know its uploads."""
        found = self._scopes.get(job)
        if found is None:
            found = self._scopes[job] = _scope(job, self.candidates(job))
        return found

    def _is_written_by_expressions(self, job: Job) -> bool:
        """Whether an expression stands for whole commands of a script, so that only a scenario tells what it runs."""
        return any(step.run is not None and _EXPRESSION_COMMAND.search(step.run.value) for step in self.candidates(job))

    def _expressions(self, job: Job) -> tuple[_Asked, ...]:
        found = self._asked.get(job)
        if found is None:
            asked = (
                (step, scalar_as_value(step.run).expressions) for step in self.candidates(job) if step.run is not None
            )
            found = self._asked[job] = tuple(_Asked(step, expressions) for step, expressions in asked if expressions)
        return found

    def of_job(self, job: Job, known: Callable[[Step], Known] | None = None) -> tuple[UploadStep, ...]:
        """The uploads of a job, in order. `known` gives, for a step, what is known of its expressions."""
        if not self.candidates(job):
            return ()
        asked = self._expressions(job) if known is not None else ()
        values = (
            tuple(known(each.step)(expression) for each in asked for expression in each.expressions)
            if known is not None
            else ()
        )
        key = (job, values if any(value is not None for value in values) else ())
        found = self._readings.get(key)
        if found is None:
            found = self._readings[key] = self._read(job, known if key[1] else None)
        return found

    def _read(self, job: Job, known: Callable[[Step], Known] | None) -> tuple[UploadStep, ...]:
        seen = _Seen()
        handed_on: dict[str, Value] = {}
        candidates = self.candidates(job)
        for step in candidates if job.calls_workflow else job.all_steps():
            if step in candidates:
                environment = {**block_as_values_of_env(job, step), **handed_on, **block_as_values(step.env)}
                self._read_step(_At(job, step), step, environment, known(step) if known else None, seen)
            handed_on.update(_handed_on(job, step))
        return tuple(seen.uploads)

    def _read_step(
        self, at: _At, step: Step, environment: Mapping[str, Value], known: Known | None, seen: _Seen
    ) -> None:
        run = step.run
        if run is not None:
            self._read_script(at, step, run, environment, known, seen)
            return
        uses = step.uses
        if uses is None:
            return
        if uses.kind == "local":
            action = self.workflows.action(step)
            if action is not None and len(at.inner) < MAX_ACTION_LEVELS:
                self._read_action(at, step, action, environment, seen)
            return
        if uploading_action(uses.name):
            upload = read_action_upload(uses.name, block_as_values(step.inputs), environment, uses.ref)
        else:
            upload = self._of_action_elsewhere(at.job, step, environment)
        if upload is not None:
            seen.uploads.append(at.upload(upload, uses.place))

    def _read_script(
        self, at: _At, step: Step, run: Scalar, environment: Mapping[str, Value], known: Known | None, seen: _Seen
    ) -> None:
        shell, errexit = script_shell(at.job, step)
        script = run.value if known is None else _with_commands(run.value, known)
        mapped = script == run.value
        found = read_script_uploads(script, environment, seen.configured, shell=shell, errexit=errexit, known=known)
        for upload in found.uploads:
            place = run.value_place(upload.start, upload.end) if mapped else run.place
            seen.uploads.append(at.upload(upload, place))
        folder = _folder(at.job, step)
        if self.indirect.may_hide(script, folder):
            for hidden in self.indirect.uploads(
                script, folder, environment, found.configured, shell=shell, errexit=errexit
            ):
                place = run.value_place(hidden.start, hidden.end) if mapped else run.place
                seen.uploads.append(at.upload(hidden.upload, place, hidden.where))
        seen.configured = found.configured

    def _read_action(self, at: _At, step: Step, action: Action, environment: Mapping[str, Value], seen: _Seen) -> None:
        passed = block_as_values(step.inputs)
        given = {
            name: passed.get(name.lower())
            or (scalar_as_value(each.default) if each.default is not None else template(""))
            for name, each in action.inputs.items()
        }
        outside = {name: _from_outside(name, value) for name, value in environment.items()}
        for each in action.steps:
            inside = _At(at.job, at.step, (*at.inner, each), (*at.given, given))
            self._read_step(inside, each, {**outside, **block_as_values(each.env)}, None, seen)


def _folder(job: Job, step: Step) -> str:
    """Where a script runs, as far as it is plain."""
    folder = effective_working_directory(job, step)
    return "" if folder is None or "${{" in folder.value else folder.value


def _with_commands(script: str, known: Known) -> str:
    """The script with expressions that stand for whole commands replaced, as GitHub does it before the shell reads any of it."""

    def replaced(match: "re.Match[str]") -> str:
        value = known(Expression(match["source"].strip()))
        return match[0] if value is None else match["before"] + value

    return _EXPRESSION_COMMAND.sub(replaced, script) if _EXPRESSION_COMMAND.search(script) else script


def _from_outside(name: str, value: Value) -> Value:
    """A variable as a local action sees it: `inputs` in its expressions are the workflow's, not those of the action."""
    uses_inputs = any(_INPUTS.search(expression.source) for expression in value.expressions)
    return Value((Variable(name),), value.raw, value.start, value.end) if uses_inputs and not value.secrets else value


def _handed_on(job: Job, step: Step) -> dict[str, Value]:
    """What a step's script writes to `$GITHUB_ENV` for the steps behind it: the text itself where it certainly does so, else the name alone."""
    if step.run is None or "GITHUB_ENV" not in step.run.value:
        return {}
    from preflight.workflows.shell_writes import variables_written

    shell, errexit = script_shell(job, step)
    found: dict[str, Value] = {}
    for each in variables_written(read_script(step.run.value, shell=shell, errexit=errexit)):
        plain = all(isinstance(piece, (Literal, Expression)) for piece in each.value.pieces)
        certain = plain and step.condition is None and each.command.guard == ALWAYS
        found[each.name] = each.value if certain else Value((Variable(each.name),))
    return found


def block_as_values_of_env(job: Job, step: Step) -> dict[str, Value]:
    """The `env:` that a step sees, as values that still hold their expressions."""
    env = effective_env(job, step)
    return {name: scalar_as_value(given.scalar) for name, given in env.values.items() if given.scalar is not None}


@dataclass(frozen=True)
class UploadSteps:
    """All uploads of the workspace's workflows, and the reader that found them."""

    steps: tuple[UploadStep, ...]
    reader: UploadReader = field(repr=False)

    def __iter__(self) -> Iterator[UploadStep]:
        return iter(self.steps)


def upload_steps(workflows: WorkflowSet, indirect: Indirect) -> UploadSteps:
    """Find every upload in the workflows, whatever starts them."""
    reader = UploadReader(workflows, indirect)
    found = [upload for workflow in workflows for job in workflow.jobs.values() for upload in reader.of_job(job)]
    return UploadSteps(tuple(found), reader)
