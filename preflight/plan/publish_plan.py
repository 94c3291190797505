"""The publish plan: for every way the workflows can be started, what is uploaded where, with which authentication, as which publisher."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from functools import partial, reduce
from typing import TYPE_CHECKING

from preflight.plan.execution import ALWAYS, NEVER, Certainty, Execution, JobInstance, StepInstance, decided
from preflight.plan.lookup import Lookup, as_value
from preflight.plan.runner_variables import certainly_unset
from preflight.plan.scenarios import Enumeration, Names, Scenario, scenarios
from preflight.plan.upload_steps import UploadStep, UploadSteps
from preflight.publishers.matching import Identity
from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.workflows.calls import WorkflowSet
from preflight.workflows.expressions import OpenMapping, Status, Unknown, Value
from preflight.workflows.model import Step, Workflow
from preflight.workflows.upload_model import Upload, index_of
from preflight.workflows.values import ALWAYS as CERTAIN
from preflight.workflows.values import AllOf, Condition, Expression, Resolved, Variable, both, either, negated
from preflight.workflows.values import Value as Written

if TYPE_CHECKING:
    from preflight.plan.pipeline_plan import PipelinePublish, PlannedPipeline
    from preflight.publishers.claims import GitHubClaims

TRUSTED_PUBLISHING = "trusted-publishing"


@dataclass(frozen=True)
class Publish:
    """One upload of one scenario: a row of the plan.

    `index` is `pypi`, `testpypi`, a URL, or None where it is not known; `authentication` is one of the contract's words. `environment` is None
    where the job has none or an expression cannot be decided (then `environment_expression` holds it). `id_token` says whether the job may ask
    for an identity token; None where that is not known.
    """

    scenario: Scenario
    instance: JobInstance
    upload_step: UploadStep
    certainty: Certainty
    pretends: bool
    index: str | None
    authentication: str
    environment: str | None
    environment_expression: str | None
    identity: Identity
    id_token: bool | None
    lookup: Callable[[Expression | Variable], Resolved] = field(repr=False, compare=False)
    stopped: bool = False
    """Whether a step before it certainly fails in this scenario: the row is only kept where no other scenario comes to the upload."""

    @property
    def upload(self) -> Upload:
        return self.upload_step.upload

    @property
    def job(self) -> str:
        """The job, `caller / called` for one of a called workflow."""
        return self.instance.run.name

    @property
    def happens(self) -> str:
        """`always`, `never` or `unknown`."""
        return self.certainty.word(self.pretends)

    @property
    def trusted(self) -> bool:
        """Whether it certainly publishes with trusted publishing."""
        return self.authentication == TRUSTED_PUBLISHING

    @property
    def step_number(self) -> int:
        """The step of the job, counted from 1."""
        return self.upload_step.step.number

    @property
    def hidden_in(self) -> str:
        """The file and target that hold the upload, when that is not the step itself; else empty."""
        return self.upload_step.hidden_in

    @property
    def claims(self) -> "GitHubClaims":
        """What the identity token of the run would say."""
        from preflight.publishers.claims import github_claims

        run = self.instance.run
        return github_claims(
            owner=self.identity.owner,
            repository=self.identity.repository,
            workflow=run.workflow.path,
            top_workflow=run.top.path,
            ref=self.scenario.ref,
            environment=self.identity.environment,
            event=self.scenario.event,
        )

    @property
    def place(self) -> Place:
        """The step, or the command in it, that uploads."""
        return self.upload_step.place

    @property
    def environment_place(self) -> Place:
        """The job's environment; the job's name where it has none."""
        environment = self.instance.job.environment
        return environment.place if environment is not None else self.instance.job.key_place


@dataclass(frozen=True, slots=True)
class PlannedScenario:
    """A scenario with what it publishes."""

    scenario: Scenario
    publishes: tuple[Publish, ...]


@dataclass(frozen=True)
class PublishPlan:
    """All scenarios of all workflows. `left_out` counts those beyond the bound, by workflow path.

    `pipelines` are the scenarios of GitLab pipelines, which stand beside them: `publishes` and `trusted` are about GitHub alone.
    """

    scenarios: tuple[PlannedScenario, ...]
    left_out: Mapping[str, int]
    upload_steps: UploadSteps = field(repr=False)
    pipelines: "tuple[PlannedPipeline, ...]" = ()
    told: tuple[PlannedScenario, ...] = ()
    """`scenarios` for people: releases and pre-releases apart where they publish something else. No rule rests on these."""

    def all_scenarios(self) -> "Iterator[PlannedScenario | PlannedPipeline]":
        """The scenarios of workflows, then those of pipelines."""
        yield from self.scenarios
        yield from self.pipelines

    def told_scenarios(self) -> "Iterator[PlannedScenario | PlannedPipeline]":
        """What to show: the scenarios of workflows, then those of pipelines."""
        yield from self.told or self.scenarios
        yield from self.pipelines

    def all_trusted(self) -> "Iterator[Publish | PipelinePublish]":
        """Every row, on GitHub or GitLab, that may upload with trusted publishing, on PyPI or TestPyPI."""
        for planned in self.all_scenarios():
            for row in planned.publishes:
                if row.happens != "never" and row.trusted and row.index in ("pypi", "testpypi"):
                    yield row

    def publishes(self) -> Iterator[Publish]:
        """Every row that may really upload."""
        for planned in self.scenarios:
            for publish in planned.publishes:
                if publish.happens != "never":
                    yield publish

    def trusted(self) -> Iterator[Publish]:
        """Every row that may upload with trusted publishing, on PyPI or TestPyPI."""
        return (each for each in self.publishes() if each.trusted and each.index in ("pypi", "testpypi"))


class Planner:
    """Works out the rows of scenarios. `indexes` maps names of indexes that the project configures to upload URLs."""

    def __init__(self, workflows: WorkflowSet, uploads: UploadSteps, names: Names, indexes: Mapping[str, str]) -> None:
        self.workflows = workflows
        self.reader = uploads.reader
        self.names = names
        self.indexes = indexes
        self._publishing: dict[Workflow, bool] = {}

    def plan(self, scenario: Scenario) -> PlannedScenario:
        """The rows of one scenario, those of equal matrix legs put together."""
        if not self._publishes(scenario.workflow):
            return PlannedScenario(scenario, ())
        rows: dict[tuple[object, ...], Publish] = {}
        execution = Execution(
            scenario, self.workflows, self.reader.may_upload, lambda job: self.reader.scope(job).matrix
        )
        for instance in execution.instances():
            for row in self._rows(scenario, instance):
                key = (row.job, *_key(row), row.environment, row.environment_expression)
                before = rows.get(key)
                rows[key] = (
                    row
                    if before is None
                    else replace(
                        before,
                        certainty=_either(before.certainty, row.certainty),
                        stopped=before.stopped and row.stopped,
                    )
                )
        return PlannedScenario(scenario, tuple(rows.values()))

    def _publishes(self, workflow: Workflow) -> bool:
        """Whether a run of a workflow may come to an upload at all, in any scenario."""
        found = self._publishing.get(workflow)
        if found is None:
            jobs = (run.job for run in self.workflows.job_runs(workflow))
            found = self._publishing[workflow] = any(self.reader.may_upload(job) for job in jobs)
        return found

    def _rows(self, scenario: Scenario, instance: JobInstance) -> Iterator[Publish]:
        scope = self.reader.scope(instance.job)
        if instance.job.calls_workflow:
            # A workflow that is not at hand: its call stands for all that it does.
            steps = {
                each: StepInstance(instance, each, instance.certainty, instance.contexts, {}) for each in scope.steps
            }
        else:
            steps = {each.step: each for each in instance.steps(scope.steps, scope.others)}
        lookups = {step: self._lookup(each, each.contexts) for step, each in steps.items()}

        def known(step: Step) -> Callable[[Expression], str | None]:
            return lookups[step].known if step in lookups else _nothing_known

        rows: dict[tuple[object, ...], tuple[Publish, Condition]] = {}
        for found in self.reader.of_job(instance.job, known):
            step = steps.get(found.step)
            if step is None or not found.upload.sends_files:
                continue
            certainty, lookup = self._inside(step, lookups[found.step], found)
            guard = found.upload.guard
            if certainty.happens is False or guard.evaluate(lookup) is False:
                continue
            row = self._row(scenario, instance, found, certainty, lookup, step.stopped)
            before = rows.get(_key(row))
            if before is not None:
                # One command written so that it may be read in two ways: `${PREFIX}twine` with a prefix and without.
                row, guard = before[0], _joined(before[1], guard)
            rows[_key(row)] = (row, guard)
        for row, guard in rows.values():
            holds = guard.evaluate(row.lookup)
            certainty = row.certainty.also(
                ALWAYS if holds else NEVER if holds is False else Certainty(None, str(guard))
            )
            yield replace(row, certainty=certainty)

    def _lookup(self, step: StepInstance, contexts: Mapping[str, Value]) -> Lookup:
        return Lookup(step, contexts, step.env, partial(certainly_unset, step.instance.job, step.step))

    def _inside(self, step: StepInstance, lookup: Lookup, found: UploadStep) -> tuple[Certainty, Lookup]:
        """The certainty of an upload inside local actions, and what its step knows there."""
        certainty = step.certainty
        for inner, given in zip(found.inner, found.given, strict=True):
            contexts = _action_contexts(lookup, given)
            certainty = certainty.also(decided(inner.condition, contexts, Status()))
            lookup = self._lookup(step, contexts)
        return certainty, lookup

    def _row(
        self,
        scenario: Scenario,
        instance: JobInstance,
        found: UploadStep,
        certainty: Certainty,
        lookup: Lookup,
        stopped: bool,
    ) -> Publish:
        upload = found.upload
        id_token = instance.run.permissions.allows("id-token", "write")
        environment = instance.environment
        declared = instance.job.environment
        expression = (
            declared.name.value
            if isinstance(environment, Unknown) and declared is not None and declared.name is not None
            else None
        )
        name = environment if isinstance(environment, str) else None
        pretends = upload.pretends(lookup)
        if pretends is None:
            certainty = certainty.also(Certainty(None, str(upload.dry_run.value) if upload.dry_run else ""))
        return Publish(
            scenario=scenario,
            instance=instance,
            upload_step=found,
            certainty=certainty,
            pretends=pretends is True,
            index=self._index(upload, lookup),
            authentication=upload.authentication(lookup, id_token=id_token),
            environment=name,
            environment_expression=expression,
            identity=Identity(
                kind="github",
                owner=self.names.owner,
                repository=self.names.repository,
                workflow=instance.run.workflow.filename,
                environment=None if expression is not None else name or "",
            ),
            id_token=id_token,
            lookup=lookup,
            stopped=stopped,
        )

    def _index(self, upload: Upload, lookup: Lookup) -> str | None:
        address = upload.index.address(lookup)
        if address is None:
            name = upload.index.unresolved_name(lookup)
            address = self.indexes.get(name) if name is not None else None
        return index_of(address) if address is not None else None


def _nothing_known(_: Expression) -> str | None:
    return None


def _either(one: Certainty, other: Certainty) -> Certainty:
    """What holds of two legs taken together: it happens where either does."""
    if one.happens or other.happens:
        return ALWAYS
    return one if one.happens is None else other


def _key(row: Publish) -> tuple[object, ...]:
    """What makes two readings of a job one row: the upload, and where it goes as whom."""
    return (
        row.place.source.path,
        row.place.start,
        row.upload_step.hidden_in,
        row.pretends,
        row.index,
        row.authentication,
    )


def _joined(one: Condition, other: Condition) -> Condition:
    """The condition that one or the other holds; what both say is said once, and a condition with its opposite is none."""
    first, second = (list(each.conditions) if isinstance(each, AllOf) else [each] for each in (one, other))
    shared = [part for part in first if part in second]
    left = [part for part in first if part not in shared]
    right = [part for part in second if part not in shared]
    if left and right and not (len(left) == len(right) == 1 and negated(left[0]) == right[0]):
        shared.append(either(reduce(both, left), reduce(both, right)))
    return reduce(both, shared, CERTAIN)


def _action_contexts(lookup: Lookup, given: Mapping[str, Written]) -> Mapping[str, Value]:
    """The contexts inside a local action (GitHub, "Metadata syntax"): its own inputs, no steps that are known.

    An action has no `secrets`; those of the workflow are kept for the variables that its step sets.
    """
    inputs = {name: as_value(value.resolve(lookup)) for name, value in given.items()}
    return {**lookup.contexts, "inputs": inputs, "steps": OpenMapping()}


def names_of(
    workflows: WorkflowSet, owner: str | None, repository: str | None, tags: tuple[str, ...], branch: str | None
) -> Names:
    """What the repository calls things; the default branch is guessed from the checkout and the workflows where nothing says it."""
    return Names(owner, repository, branch or _likely_branch(workflows), tags)


def _likely_branch(workflows: WorkflowSet) -> str:
    votes = {"main": 0, "master": 0}
    for workflow in workflows:
        for name in votes:
            votes[name] += workflow.source.text.count(f"refs/heads/{name}")
            votes[name] += sum(name in (trigger.branches or ()) for trigger in workflow.triggers)
    return "master" if votes["master"] > votes["main"] else "main"


def enumerate_all(workflows: WorkflowSet, names: Names) -> Iterator[tuple[Workflow, Enumeration]]:
    """The scenarios of every workflow."""
    for workflow in workflows:
        yield workflow, scenarios(workflow, names)
