"""The publish plan: for every way the workflows can be started, what is uploaded where, with which authentication, as which publisher."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from preflight.plan.execution import ALWAYS, NEVER, Certainty, Execution, JobInstance, StepInstance, decided
from preflight.plan.scenarios import Enumeration, Names, Scenario, scenarios
from preflight.plan.upload_steps import UploadStep, UploadSteps
from preflight.publishers.matching import Identity
from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.workflows.calls import WorkflowSet
from preflight.workflows.expressions import (
    EvaluationError,
    ExpressionSyntaxError,
    OpenMapping,
    Status,
    Unknown,
    Value,
    evaluate_template,
    to_text,
)
from preflight.workflows.model import Step, Workflow
from preflight.workflows.upload_model import Upload, index_of
from preflight.workflows.values import HIDDEN, Expression, Resolved, Variable
from preflight.workflows.values import Value as Written

if TYPE_CHECKING:
    from preflight.plan.pipeline_plan import PipelinePublish, PlannedPipeline
    from preflight.publishers.claims import GitHubClaims

TRUSTED_PUBLISHING = "trusted-publishing"

_RUN_VARIABLES = {
    "GITHUB_REF": "ref",
    "GITHUB_REF_NAME": "ref_name",
    "GITHUB_REF_TYPE": "ref_type",
    "GITHUB_EVENT_NAME": "event_name",
    "GITHUB_REPOSITORY": "repository",
    "GITHUB_REPOSITORY_OWNER": "repository_owner",
    "GITHUB_SERVER_URL": "server_url",
    "GITHUB_WORKFLOW": "workflow",
    "GITHUB_HEAD_REF": "head_ref",
    "GITHUB_BASE_REF": "base_ref",
}
"""Environment variable of every run -> key of the `github` context (GitHub, "Variables reference")."""
_CONSTANT_VARIABLES = {"CI": "true", "GITHUB_ACTIONS": "true"}


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
        if self.pretends or self.certainty.happens is False:
            return "never"
        return "unknown" if self.certainty.happens is None else "always"

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

    def all_scenarios(self) -> "Iterator[PlannedScenario | PlannedPipeline]":
        """The scenarios of workflows, then those of pipelines."""
        yield from self.scenarios
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


class Lookup:
    """Answers for the expressions and variables of one step of one scenario."""

    def __init__(self, instance: StepInstance, contexts: Mapping[str, Value], env: Mapping[str, Value]) -> None:
        self.instance = instance
        self.contexts = contexts
        self.env = env

    def __call__(self, piece: Expression | Variable) -> Resolved:
        if isinstance(piece, Expression):
            return _resolved(self.value(piece))
        if piece.name in self.env:
            return _resolved(self.env[piece.name])
        if piece.name in _CONSTANT_VARIABLES:
            return _CONSTANT_VARIABLES[piece.name]
        key = _RUN_VARIABLES.get(piece.name)
        github = self.contexts.get("github")
        if key is not None and isinstance(github, Mapping) and key in github:
            return _resolved(to_text(github[key]))
        return None

    def value(self, piece: Expression) -> "str | Unknown":
        """The text that GitHub puts in place of an expression."""
        try:
            return evaluate_template("${{" + piece.source + "}}", self.contexts)
        except (ExpressionSyntaxError, EvaluationError):
            return Unknown.text()

    def known(self, piece: Expression) -> str | None:
        """The text of an expression where it is known."""
        found = self.value(piece)
        return found if isinstance(found, str) else None


def _resolved(value: Value) -> Resolved:
    if isinstance(value, str):
        return value
    if isinstance(value, Unknown):
        return HIDDEN if value.truthy else None
    text = to_text(value)
    return text if isinstance(text, str) else None


class Planner:
    """Works out the rows of scenarios. `indexes` maps names of indexes that the project configures to upload URLs."""

    def __init__(self, workflows: WorkflowSet, uploads: UploadSteps, names: Names, indexes: Mapping[str, str]) -> None:
        self.workflows = workflows
        self.reader = uploads.reader
        self.names = names
        self.indexes = indexes

    def plan(self, scenario: Scenario) -> PlannedScenario:
        """The rows of one scenario, those of equal matrix legs put together."""
        rows: dict[tuple[object, ...], Publish] = {}
        for instance in Execution(scenario, self.workflows, self.reader.may_upload).instances():
            for row in self._rows(scenario, instance):
                key = (row.job, row.place.start, row.place.source.path, row.index, row.authentication, row.environment, row.environment_expression)
                before = rows.get(key)
                rows[key] = row if before is None else replace(before, certainty=_either(before.certainty, row.certainty))
        return PlannedScenario(scenario, tuple(rows.values()))

    def _rows(self, scenario: Scenario, instance: JobInstance) -> Iterator[Publish]:
        steps = {each.step: each for each in instance.steps()}
        lookups = {step: Lookup(each, each.contexts, each.env) for step, each in steps.items()}

        def known(step: Step) -> Callable[[Expression], str | None]:
            return lookups[step].known if step in lookups else _nothing_known

        for found in self.reader.of_job(instance.job, known):
            step = steps.get(found.step)
            if step is None or not found.upload.sends_files:
                continue
            certainty, lookup = self._inside(step, lookups[found.step], found)
            guard = found.upload.guard.evaluate(lookup)
            certainty = certainty.also(ALWAYS if guard else NEVER if guard is False else Certainty(None, str(found.upload.guard)))
            if certainty.happens is not False:
                yield self._row(scenario, instance, found, certainty, lookup)

    def _inside(self, step: StepInstance, lookup: Lookup, found: UploadStep) -> tuple[Certainty, Lookup]:
        """The certainty of an upload inside local actions, and what its step knows there."""
        certainty = step.certainty
        for inner in found.inner:
            contexts = _action_contexts(lookup, found)
            certainty = certainty.also(decided(inner.condition, contexts, Status()))
            lookup = Lookup(step, contexts, step.env)
        return certainty, lookup

    def _row(self, scenario: Scenario, instance: JobInstance, found: UploadStep, certainty: Certainty, lookup: Lookup) -> Publish:
        upload = found.upload
        id_token = instance.run.permissions.allows("id-token", "write")
        environment = instance.environment
        declared = instance.job.environment
        expression = declared.name.value if isinstance(environment, Unknown) and declared is not None and declared.name is not None else None
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


def _action_contexts(lookup: Lookup, found: UploadStep) -> Mapping[str, Value]:
    """The contexts inside a local action (GitHub, "Metadata syntax"): its own inputs, no secrets, no steps that are known."""
    return {**lookup.contexts, "inputs": {name: _given(value, lookup) for name, value in found.inputs.items()}, "secrets": {}, "steps": OpenMapping()}


def _given(value: Written, lookup: Lookup) -> Value:
    resolved = value.resolve(lookup)
    if isinstance(resolved, str):
        return resolved
    return Unknown(truthy=True) if resolved is HIDDEN else Unknown.text()


def names_of(workflows: WorkflowSet, owner: str | None, repository: str | None, tags: tuple[str, ...], branch: str | None) -> Names:
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


