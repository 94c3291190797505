"""Which contexts and functions an expression may name, and where in a workflow. Knows no syntax and no values."""

from collections.abc import Mapping
from types import MappingProxyType

from preflight.sources.records import dataclass

CONTEXTS = frozenset(
    {
        "env",
        "github",
        "inputs",
        "job",
        "jobs",
        "matrix",
        "needs",
        "runner",
        "secrets",
        "steps",
        "strategy",
        "vars",
    }
)
"""Every context of a workflow or an action ("Contexts reference")."""

STATUS_FUNCTIONS = frozenset({"always", "cancelled", "failure", "success"})
"""A condition that calls one of these does not get the implicit `success()`."""

_MANY = 255


@dataclass(frozen=True, slots=True)
class Function:
    """A function as GitHub spells it, and how many arguments it takes. `odd`: only an odd number."""

    name: str
    least: int
    most: int
    odd: bool = False

    def refusal(self, count: int) -> str | None:
        """What is wrong with so many arguments, or None."""
        if self.least <= count <= self.most:
            if self.odd and count % 2 == 0:
                return f"expected an odd number of arguments for `{self.name}`, found {count}"
            return None
        if self.most == 0:
            expected = "no arguments"
        elif self.least == self.most:
            expected = f"{self.least} argument{'s' if self.least > 1 else ''}"
        elif count < self.least:
            expected = f"at least {self.least} argument{'s' if self.least > 1 else ''}"
        else:
            expected = f"at most {self.most} arguments"
        return f"expected {expected} for `{self.name}`, found {count}"


def _by_name(*functions: Function) -> dict[str, Function]:
    return {function.name.lower(): function for function in functions}


_EVERYWHERE = _by_name(
    Function("case", 3, _MANY, odd=True),
    Function("contains", 2, 2),
    Function("endsWith", 2, 2),
    Function("format", 1, _MANY),
    Function("fromJSON", 1, 1),
    Function("join", 1, 2),
    Function("startsWith", 2, 2),
    Function("toJSON", 1, 1),
)
_HASH_FILES = _by_name(Function("hashFiles", 1, _MANY))
_STEP_STATUS = _by_name(*(Function(name, 0, 0) for name in sorted(STATUS_FUNCTIONS)))
# A job's condition may name the jobs it asks about (actions/runner: workflow-v1.0.json, `job-if`).
_JOB_STATUS = _by_name(
    Function("always", 0, 0), Function("cancelled", 0, 0), Function("failure", 0, _MANY), Function("success", 0, _MANY)
)


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """What an expression may name at one place. Names are in lower case: GitHub ignores their case."""

    contexts: frozenset[str]
    functions: Mapping[str, Function]


def _scope(contexts: str, special: Mapping[str, Function] | None = None) -> Scope:
    return Scope(frozenset(contexts.split()), MappingProxyType({**_EVERYWHERE, **(special or {})}))


ANYWHERE = Scope(CONTEXTS, MappingProxyType({**_EVERYWHERE, **_HASH_FILES, **_JOB_STATUS}))
"""Every context and every function: for a place that is not in `SCOPES`."""

_WORKFLOW = "github inputs vars"
_JOB = f"{_WORKFLOW} needs"
_MATRIX_JOB = f"{_JOB} strategy matrix"
_ON_RUNNER = f"{_MATRIX_JOB} job runner env"
_STEP = f"{_ON_RUNNER} steps"

_workflow = _scope(_WORKFLOW)
_matrix_job = _scope(_MATRIX_JOB)
_matrix_job_with_secrets = _scope(f"{_MATRIX_JOB} secrets")
_credentials = _scope(f"{_MATRIX_JOB} env secrets")
_container_env = _scope(f"{_ON_RUNNER} secrets")
_step = _scope(f"{_STEP} secrets", _HASH_FILES)
_ACTION_STEP = "github inputs strategy matrix steps job runner env"
_action_step = _scope(_ACTION_STEP, _HASH_FILES)

SCOPES: Mapping[str, Scope] = MappingProxyType(
    {
        "run-name": _workflow,
        "concurrency": _workflow,
        "env": _scope(f"{_WORKFLOW} secrets"),
        "on.workflow_call.inputs.<inputs_id>.default": _workflow,
        "on.workflow_call.outputs.<output_id>.value": _scope(f"{_WORKFLOW} jobs"),
        "jobs.<job_id>.concurrency": _matrix_job,
        "jobs.<job_id>.container": _matrix_job,
        "jobs.<job_id>.container.credentials": _credentials,
        "jobs.<job_id>.container.env.<env_id>": _container_env,
        "jobs.<job_id>.container.image": _matrix_job,
        "jobs.<job_id>.continue-on-error": _matrix_job,
        "jobs.<job_id>.defaults.run": _scope(f"{_MATRIX_JOB} env"),
        "jobs.<job_id>.env": _matrix_job_with_secrets,
        "jobs.<job_id>.environment": _matrix_job,
        "jobs.<job_id>.environment.url": _scope(_STEP),
        "jobs.<job_id>.if": _scope(_JOB, _JOB_STATUS),
        "jobs.<job_id>.name": _matrix_job,
        "jobs.<job_id>.outputs.<output_id>": _scope(f"{_STEP} secrets"),
        "jobs.<job_id>.runs-on": _matrix_job,
        "jobs.<job_id>.secrets.<secrets_id>": _matrix_job_with_secrets,
        "jobs.<job_id>.services": _matrix_job,
        "jobs.<job_id>.services.<service_id>.credentials": _credentials,
        "jobs.<job_id>.services.<service_id>.env.<env_id>": _container_env,
        "jobs.<job_id>.steps.continue-on-error": _step,
        "jobs.<job_id>.steps.env": _step,
        "jobs.<job_id>.steps.if": _scope(_STEP, {**_STEP_STATUS, **_HASH_FILES}),
        "jobs.<job_id>.steps.name": _step,
        "jobs.<job_id>.steps.run": _step,
        "jobs.<job_id>.steps.timeout-minutes": _step,
        "jobs.<job_id>.steps.with": _step,
        "jobs.<job_id>.steps.working-directory": _step,
        "jobs.<job_id>.strategy": _scope(_JOB),
        "jobs.<job_id>.timeout-minutes": _matrix_job,
        "jobs.<job_id>.with.<with_id>": _matrix_job,
        "inputs.<input_id>.default": _scope("github strategy matrix job runner", _HASH_FILES),
        "outputs.<output_id>.value": _scope(_ACTION_STEP),
        "runs.steps.continue-on-error": _action_step,
        "runs.steps.env": _action_step,
        "runs.steps.if": _scope(_ACTION_STEP, {**_STEP_STATUS, **_HASH_FILES}),
        "runs.steps.name": _action_step,
        "runs.steps.run": _action_step,
        "runs.steps.shell": _action_step,
        "runs.steps.with": _action_step,
        "runs.steps.working-directory": _action_step,
    }
)
"""Workflow key to what it may name.

"Contexts reference", section "Context availability"; for the keys of an `action.yml` (`inputs`, `outputs`, `runs`),
actions/runner: action_yaml.json.
"""
