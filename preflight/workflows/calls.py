"""The workflows of one repository together: which job calls which, and what a call passes on. Fetches nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from functools import cached_property
from typing import Literal

from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source, SourceSyntaxError, SourceTooComplex
from preflight.workflows.actions import Action, read_action
from preflight.workflows.literals import has_expression, literal
from preflight.workflows.model import Job, Step, Workflow, effective_permissions, read_workflow
from preflight.workflows.permissions import MISSING, EffectivePermissions, effective
from preflight.workflows.uses import ActionRef

MAX_LEVELS = 10
"""How many workflows may hang together, the first caller included (GitHub's page "Reusing workflow configurations")."""

MAX_CALLED_WORKFLOWS = 50
"""How many different workflows one run may call, at any depth (the same page)."""

_MAX_CHAINS = 2_000

Load = Callable[[str], Source | None]
"""Gives a file of the repository by its path from the root, or None where there is no such readable file."""


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A job that calls a workflow of the same repository. `workflow` is the called one."""

    job: Job
    workflow: Workflow

    @property
    def caller(self) -> Workflow:
        return self.job.workflow


@dataclass(frozen=True, slots=True, eq=False)
class JobRun:
    """A job as a run of a workflow would have it: with the calls that lead to it, outermost first."""

    job: Job
    calls: tuple[Call, ...] = ()

    @property
    def workflow(self) -> Workflow:
        """The workflow that defines the job."""
        return self.job.workflow

    @property
    def top(self) -> Workflow:
        """The workflow that the event starts."""
        return self.calls[0].caller if self.calls else self.job.workflow

    @property
    def name(self) -> str:
        """`caller / called`, of the jobs' ids."""
        return " / ".join([*(call.job.id for call in self.calls), self.job.id])

    @property
    def permissions(self) -> EffectivePermissions:
        """What the job's token may do, with all that its callers allow."""
        allowed: EffectivePermissions | None = None
        for call in self.calls:
            allowed = effective_permissions(call.job, allowed)
        return effective_permissions(self.job, allowed)


Missing = Literal["remote", "missing", "unreadable", "not-reusable", "invalid"]


@dataclass(frozen=True, slots=True, eq=False)
class Resolved:
    """What a call leads to: a workflow, or why there is none at hand."""

    workflow: Workflow | None
    missing: Missing | None = None


@dataclass(frozen=True, eq=False)
class WorkflowSet:
    """All workflows of a repository, by path, and those that could not be read."""

    workflows: Mapping[str, Workflow]
    failures: Mapping[str, SourceSyntaxError | SourceTooComplex] = field(default_factory=dict)
    load: Load = field(default=lambda path: None, repr=False)
    _actions: dict[str, Action | None] = field(default_factory=dict, repr=False)

    def __iter__(self) -> Iterator[Workflow]:
        return iter(self.workflows.values())

    def __len__(self) -> int:
        return len(self.workflows)

    def resolve(self, job: Job) -> Resolved:
        """The workflow that a job calls. One that is remote or not at hand is unknown, and no mistake in itself."""
        ref = job.uses
        if ref is None:
            return Resolved(None, "invalid")
        if ref.kind == "remote":
            return Resolved(None, "remote")
        workflow = self.workflows.get(ref.path)
        if workflow is None:
            return Resolved(None, "unreadable" if ref.path in self.failures else "missing")
        return Resolved(workflow) if workflow.is_reusable else Resolved(workflow, "not-reusable")

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every call of a workflow at hand, in the order of the files."""
        found = []
        for workflow in self:
            for job in workflow.jobs.values():
                if job.calls_workflow:
                    called = self.resolve(job).workflow
                    if called is not None:
                        found.append(Call(job, called))
        return tuple(found)

    @cached_property
    def _callers(self) -> dict[Workflow, tuple[Call, ...]]:
        callers: dict[Workflow, list[Call]] = {}
        for call in self.calls:
            callers.setdefault(call.workflow, []).append(call)
        return {workflow: tuple(calls) for workflow, calls in callers.items()}

    def callers(self, workflow: Workflow) -> tuple[Call, ...]:
        """The jobs that call a workflow."""
        return self._callers.get(workflow, ())

    @cached_property
    def _calls_by_job(self) -> dict[Job, Call]:
        return {call.job: call for call in self.calls}

    def call_of(self, job: Job) -> Call | None:
        """The call that a job makes, when it calls a workflow at hand."""
        return self._calls_by_job.get(job)

    def job_runs(self, workflow: Workflow) -> Iterator[JobRun]:
        """The jobs of a run of the workflow, those of called workflows in place of the job that calls them.

        A call that leads nowhere, in a circle, or deeper than GitHub allows stays as the calling job. Each job stands
        behind those that it needs.
        """
        yield from self._job_runs(workflow, (), [_MAX_CHAINS])

    def _job_runs(self, workflow: Workflow, calls: tuple[Call, ...], left: list[int]) -> Iterator[JobRun]:
        for job in workflow.jobs_in_order:
            left[0] -= 1
            if left[0] < 0:
                return
            call = self._calls_by_job.get(job)
            if call is None or len(calls) + 2 > MAX_LEVELS or self._goes_round(call, calls):
                yield JobRun(job, calls)
            else:
                yield from self._job_runs(call.workflow, (*calls, call), left)

    @staticmethod
    def _goes_round(call: Call, calls: tuple[Call, ...]) -> bool:
        return call.workflow is call.caller or any(call.workflow is before.caller for before in calls)

    def circles(self) -> tuple[Call, ...]:
        """The calls by which a workflow ends up calling itself: GitHub refuses such a run."""
        return tuple(call for call in self.calls if call.caller in self._reachable(call.workflow))

    def _reachable(self, workflow: Workflow) -> set[Workflow]:
        seen = {workflow}
        waiting = [workflow]
        while waiting:
            for job in waiting.pop().jobs.values():
                call = self._calls_by_job.get(job)
                if call is not None and call.workflow not in seen:
                    seen.add(call.workflow)
                    waiting.append(call.workflow)
        return seen

    def depth(self, workflow: Workflow) -> int:
        """How many workflows hang together from this one on, itself included; counted up to `MAX_LEVELS` + 1."""
        level = {workflow}
        for depth in range(1, MAX_LEVELS + 2):
            level = {
                call.workflow
                for current in level
                for job in current.jobs.values()
                if (call := self._calls_by_job.get(job)) is not None
            }
            if not level:
                return depth
        return MAX_LEVELS + 1

    def action(self, step_or_ref: Step | ActionRef | None) -> Action | None:
        """The local action that a step uses; None for any other, and where it is not at hand."""
        ref = step_or_ref.uses if isinstance(step_or_ref, Step) else step_or_ref
        if ref is None or ref.kind != "local":
            return None
        if ref.path not in self._actions:
            self._actions[ref.path] = self._read_action(ref.path)
        return self._actions[ref.path]

    def _read_action(self, folder: str) -> Action | None:
        if ".." in folder.split("/"):
            return None
        for name in ("action.yml", "action.yaml"):
            source = self.load(f"{folder}/{name}" if folder else name)
            if source is not None:
                try:
                    return read_action(source)
                except (SourceSyntaxError, SourceTooComplex):
                    return None
        return None


def read_workflows(sources: Iterable[Source], load: Load = lambda path: None) -> WorkflowSet:
    """Read all workflows of a repository; a file that is no YAML is kept in `failures`."""
    workflows: dict[str, Workflow] = {}
    failures: dict[str, SourceSyntaxError | SourceTooComplex] = {}
    for source in sources:
        try:
            workflows[source.path] = read_workflow(source)
        except (SourceSyntaxError, SourceTooComplex) as error:
            failures[source.path] = error
    return WorkflowSet(workflows, failures, load)


@dataclass(frozen=True, slots=True, eq=False)
class CallProblem:
    """Why GitHub refuses a call.

    `args` name the input, secret or permission, and the called job that asks for a permission (empty: the whole
    workflow does). `related` is where the called workflow asks for it.
    """

    kind: Literal[
        "missing-input",
        "unknown-input",
        "input-type",
        "missing-secret",
        "unknown-secret",
        "permission-exceeded",
        "not-reusable",
    ]
    place: Place
    args: Mapping[str, str] = field(default_factory=dict)
    related: Place | None = None
    certain: bool = True
    """False where GitHub is not known to refuse just this: permissions of a workflow called by `$/`, which is new."""


def call_problems(call: Call, caller: EffectivePermissions | None = None) -> tuple[CallProblem, ...]:
    """What a call leaves out, names wrongly or may not have.

    actions/runner: `WorkflowTemplateConverter.ValidateWorkflowJobTrigger`, `PermissionsHelper`.

    `caller` are the permissions of the job that calls the calling workflow, where that is called itself.
    """
    job, trigger = call.job, call.workflow.trigger("workflow_call")
    place = job.uses.place if job.uses is not None else job.key_place
    if trigger is None:
        return (CallProblem("not-reusable", place, {"workflow": call.workflow.path}),)
    found: list[CallProblem] = []
    given = job.inputs
    if given.is_known:
        for spec in trigger.inputs.values():
            if spec.required and spec.name not in given:
                found.append(CallProblem("missing-input", place, {"input": spec.name}, spec.place))
    for value in given:
        wanted = trigger.input(value.name)
        if wanted is None:
            found.append(CallProblem("unknown-input", value.key_place, {"input": value.name}, trigger.place))
        elif value.scalar is not None and not has_expression(value.scalar):
            actual = literal(value.scalar)
            if (wanted.type == "boolean" and not isinstance(actual, bool)) or (
                wanted.type == "number" and (isinstance(actual, bool) or not isinstance(actual, float))
            ):
                args = {"input": value.name, "type": wanted.type, "value": value.scalar.value}
                found.append(CallProblem("input-type", value.scalar.place, args, wanted.place))
    if not job.inherits_secrets:
        names = {name.lower() for name in trigger.secrets}
        for secret in trigger.secrets.values():
            if secret.required and secret.name not in job.secrets and job.secrets.is_known:
                found.append(CallProblem("missing-secret", place, {"secret": secret.name}, secret.place))
        for value in job.secrets:
            if value.name.lower() not in names:
                found.append(CallProblem("unknown-secret", value.key_place, {"secret": value.name}, trigger.place))
    allowed = effective_permissions(job, caller)
    blocks = [("", call.workflow.permissions)]
    blocks.extend((called.id, called.permissions) for called in call.workflow.jobs.values())
    for id, block in blocks:
        for scope, (asked, most) in effective(block, MISSING, allowed).exceeded.items():
            entry = block.scope_entry(scope)
            args = {"job": id, "scope": scope, "asked": asked, "allowed": most}
            related = entry.place if entry else block.place
            certain = job.uses is not None and not job.uses.node.value.startswith("$/")
            found.append(CallProblem("permission-exceeded", place, args, related, certain))
    return tuple(found)
