"""Every upload that the workflows of the workspace make, wherever it hides: actions, commands, local actions, make and scripts.

Read without a scenario: what expressions say stays open, as `Value`s that the plan works out for each scenario.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field

from preflight.plan.indirect import Indirect
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
    effective_shell,
    effective_working_directory,
)
from preflight.workflows.shell import shell_of
from preflight.workflows.upload_actions import read_action_upload, uploading_action
from preflight.workflows.upload_model import Configured, Upload
from preflight.workflows.uploads import mentions_upload, read_script_uploads
from preflight.workflows.values import Expression, Value, template

Known = Callable[[Expression], str | None]
"""Gives the value of an expression where it is known."""

MAX_ACTION_LEVELS = 4
"""Local actions within local actions that are followed."""


@dataclass(frozen=True, eq=False)
class UploadStep:
    """One upload of one step.

    `step` is the step of the job; where the upload hides in a local action, `inner` are the steps of the actions down to it and
    `inputs` what the innermost action is given. `hidden_in` names the file and target that hold it, when that is not the step itself.
    """

    job: Job
    step: Step
    upload: Upload
    place: Place
    inner: tuple[Step, ...] = ()
    inputs: Mapping[str, Value] = field(default_factory=dict)
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


class UploadReader:
    """Finds the uploads of jobs. Keeps nothing of a scenario, so one reader serves them all."""

    def __init__(self, workflows: WorkflowSet, indirect: Indirect) -> None:
        self.workflows = workflows
        self.indirect = indirect
        self._suspects: dict[Job, bool] = {}

    def may_upload(self, job: Job) -> bool:
        """Whether a job may hold an upload at all: a look at its words and actions."""
        found = self._suspects.get(job)
        if found is None:
            found = self._suspects[job] = any(self._step_may(step, 0) for step in job.all_steps())
        return found

    def _step_may(self, step: Step, level: int) -> bool:
        run = step.run
        if run is not None:
            return mentions_upload(run.value) or self.indirect.may_hide(run.value)
        uses = step.uses
        if uses is None:
            return False
        if uses.kind == "local":
            action = self.workflows.action(step)
            return action is not None and level < MAX_ACTION_LEVELS and any(self._step_may(each, level + 1) for each in action.steps)
        return uploading_action(uses.name)

    def of_job(self, job: Job, known: Callable[[Step], Known] | None = None) -> Iterator[UploadStep]:
        """The uploads of a job, in order. `known` gives, for a step, what is known of its expressions."""
        if not self.may_upload(job):
            return
        configured: tuple[Configured, ...] = ()
        for step in job.all_steps():
            environment = block_as_values_of_env(job, step)
            found = list(self._of_step(job, step, step, environment, configured, known(step) if known else None, (), {}, 0))
            for upload, configured in found:
                if upload is not None:
                    yield upload

    def _of_step(
        self,
        job: Job,
        outer: Step,
        step: Step,
        environment: Mapping[str, Value],
        configured: tuple[Configured, ...],
        known: Known | None,
        inner: tuple[Step, ...],
        inputs: Mapping[str, Value],
        level: int,
    ) -> Iterator[tuple[UploadStep | None, tuple[Configured, ...]]]:
        run = step.run
        if run is not None:
            yield from self._of_script(job, outer, step, run, environment, configured, known, inner, inputs)
            return
        uses = step.uses
        if uses is None:
            yield None, configured
            return
        if uses.kind == "local":
            action = self.workflows.action(step)
            if action is not None and level < MAX_ACTION_LEVELS:
                yield from self._of_action(job, outer, step, action, environment, configured, inner, level)
            return
        upload = read_action_upload(uses.name, block_as_values(step.inputs), environment, uses.ref)
        if upload is not None:
            yield UploadStep(job, outer, upload, uses.place, inner, inputs), configured

    def _of_script(
        self,
        job: Job,
        outer: Step,
        step: Step,
        run: Scalar,
        environment: Mapping[str, Value],
        configured: tuple[Configured, ...],
        known: Known | None,
        inner: tuple[Step, ...],
        inputs: Mapping[str, Value],
    ) -> Iterator[tuple[UploadStep | None, tuple[Configured, ...]]]:
        declared = effective_shell(job, step)
        runs_on = job.runs_on
        shell, errexit = shell_of(declared.value if declared else None, windows=runs_on is not None and runs_on.system == "windows")
        found = read_script_uploads(run.value, environment, configured, shell=shell, errexit=errexit, known=known)
        for upload in found.uploads:
            yield UploadStep(job, outer, upload, run.value_place(upload.start, upload.end), inner, inputs), found.configured
        if self.indirect.may_hide(run.value):
            folder = effective_working_directory(job, step)
            base = "" if folder is None or "${{" in folder.value else folder.value
            for hidden in self.indirect.uploads(run.value, base, environment, found.configured, shell=shell, errexit=errexit):
                place = run.value_place(hidden.start, hidden.end)
                yield UploadStep(job, outer, hidden.upload, place, inner, inputs, hidden.where), found.configured
        yield None, found.configured

    def _of_action(
        self,
        job: Job,
        outer: Step,
        step: Step,
        action: Action,
        environment: Mapping[str, Value],
        configured: tuple[Configured, ...],
        inner: tuple[Step, ...],
        level: int,
    ) -> Iterator[tuple[UploadStep | None, tuple[Configured, ...]]]:
        given = block_as_values(step.inputs)
        inputs = {
            name: given.get(name.lower()) or (scalar_as_value(each.default) if each.default is not None else template(""))
            for name, each in action.inputs.items()
        }
        for each in action.steps:
            seen = {**environment, **block_as_values(each.env)}
            for found, configured in self._of_step(job, outer, each, seen, configured, None, (*inner, each), inputs, level + 1):
                yield found, configured


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
