"""The steps that make releases and tags, and whether they do it with the token of the run, whose events start no other workflow.

GitHub, "Triggering a workflow", "Triggering a workflow from a workflow": only `workflow_dispatch` and `repository_dispatch` are exempt.
"""

from collections.abc import Iterator, Mapping
from re import IGNORECASE
from typing import Literal

from preflight.plan.execution import Execution
from preflight.plan.scenarios import Scenario
from preflight.plan.scripts import without_comments
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.sources.yaml import Scalar
from preflight.workflows.calls import WorkflowSet
from preflight.workflows.model import Job, Step, effective_env

_RUN_TOKEN = _compile(
    r"\s*\$\{\{\s*(?:secrets\.GITHUB_TOKEN|secrets\['GITHUB_TOKEN'\]|github\.token)\s*\}\}\s*", IGNORECASE
)
_TOKEN_VARIABLES = ("GH_TOKEN", "GITHUB_TOKEN")
_CREATE = _compile(r"\bgh\s+release\s+create\b(?:\\\r?\n|[^\n]){0,2000}")
_SEMANTIC_RELEASE = _compile(
    r"(?:\bnpx\s+(?:-\S+\s+){0,5})?(?<![\w./-])semantic-release(?:@[\w.-]+)?(?=\s|$)(?:\\\r?\n|[^\n]){0,400}"
)
_PUSH_TAGS = _compile(
    r"\bgit\s+push\b[^\n]{0,200}?(?:--tags|--follow-tags|refs/tags/|\btag\b|\$\{?(?:\w*TAG\w*|\w*VERSION\w*)|\bv\$|(?<![\w./-])v?\d+\.\d+[\w.]*(?![\w/]))[^\n]{0,200}",
    IGNORECASE,
)
_MAKES_TAG = _compile(
    r"\bgit\s+tag\s+(?!-d\b|--delete\b|-l\b|--list\b|--points-at\b|--sort)\S|\bcz\s+(?:\S+\s+){0,10}bump\b|\bbump(?:2version|version|-my-version|ver)\b|\bnpm\s+version\b|\btbump\b"
)
_OWN_REMOTE = _compile(
    r"remote\s+set-url|x-access-token|https://[^\s/]*\$[^\s/]*@|insteadOf|ssh-agent|GIT_SSH|extraheader"
)

Makes = Literal["release", "tag"]


@dataclass(frozen=True, slots=True)
class _Action:
    """An action that makes a release or tag: the input and the variables that hold its token, and what it takes without any."""

    makes: Makes
    token: tuple[str, ...]
    variables: tuple[str, ...] = ()
    by_default: bool = False


_ACTIONS: Mapping[str, _Action] = {
    "softprops/action-gh-release": _Action("release", ("token",), ("GITHUB_TOKEN",), True),
    "ncipollo/release-action": _Action("release", ("token",), (), True),
    "actions/create-release": _Action("release", (), ("GITHUB_TOKEN",)),
    "marvinpinto/action-automatic-releases": _Action("release", ("repo_token",)),
    "googleapis/release-please-action": _Action("release", ("token",), (), True),
    "google-github-actions/release-please-action": _Action("release", ("token",), (), True),
    "python-semantic-release/python-semantic-release": _Action("release", ("github_token",)),
    "python-semantic-release/publish-action": _Action("release", ("github_token",)),
    "cycjimmy/semantic-release-action": _Action("release", (), _TOKEN_VARIABLES),
    "release-drafter/release-drafter": _Action("release", ("token",), ("GITHUB_TOKEN",), True),
    "mathieudutour/github-tag-action": _Action("tag", ("github_token",)),
    "anothrnick/github-tag-action": _Action("tag", (), ("GITHUB_TOKEN",)),
    "rickstaa/action-create-tag": _Action("tag", ("github_token",), (), True),
    "commitizen-tools/commitizen-action": _Action("tag", ("github_token",)),
}
"""Actions by `owner/repository` in lower case; from their own `action.yml`."""
_SCRIPT = "actions/github-script"
_SCRIPT_ACTION = _Action("release", ("github-token",), (), True)
_CALLS_CREATE = _compile(r"\.createRelease\s*\(")
_DRAFT = _compile(r"\bdraft\s*:\s*(?!false\b)\w")


@dataclass(frozen=True, slots=True)
class Made:
    """A release or tag that a run makes with its own token."""

    scenario: Scenario
    job: Job
    step: Step
    place: Place
    makes: Makes
    tool: str


@dataclass(frozen=True, slots=True)
class Maker:
    """A step that makes releases or tags with the run's own token."""

    makes: Makes
    tool: str
    place: Place


def makers(workflows: WorkflowSet) -> Mapping[Step, Maker]:
    """Every such step of the workflows."""
    return {
        step: found
        for workflow in workflows
        for job in workflow.jobs.values()
        for step in job.all_steps()
        if (found := read_maker(job, step)) is not None
    }


def made_by_run_token(scenario: Scenario, workflows: WorkflowSet, known: Mapping[Step, Maker]) -> Iterator[Made]:
    """What a run makes with the token that GitHub gives it; drafts are left out, which a person publishes."""
    if not known:
        return
    for instance in Execution(
        scenario, workflows, lambda job: any(step in known for step in job.all_steps())
    ).instances():
        for each in instance.steps():
            found = known.get(each.step)
            if found is not None:
                yield Made(scenario, instance.job, each.step, found.place, found.makes, found.tool)


def read_maker(job: Job, step: Step) -> Maker | None:
    """What a step certainly makes with the run's own token."""
    if step.uses is not None:
        action = _ACTIONS.get(step.uses.slug) or (_SCRIPT_ACTION if _script_releases(step) else None)
        if action is None or not _with_run_token(job, step, action) or _held_back(step):
            return None
        only_tag = step.uses.slug.startswith("python-semantic-release/") and _says(step, "vcs_release", "false")
        return Maker("tag" if only_tag else action.makes, step.uses.slug, step.uses.place)
    run = step.run
    if run is None:
        return None
    text = without_comments(run.value)
    created = _CREATE.search(text)
    if created is not None and not {"--draft", "-d"} & set(created[0].split()) and _run_token_in_env(job, step):
        name = "gh release create"
        return Maker("release", name, run.value_place(created.start(), created.start() + len(name)))
    released = _SEMANTIC_RELEASE.search(text)
    pretends = released is not None and any(flag in released[0] for flag in ("--noop", "--dry-run", "--print"))
    if released is not None and not pretends and _run_token_in_env(job, step):
        end = released.start() + len(released[0].split("\n")[0].rstrip())
        return Maker("release", "semantic-release", run.value_place(released.start(), end))
    pushed = _PUSH_TAGS.search(text)
    if (
        pushed is not None
        and "--delete" not in pushed[0]
        and _MAKES_TAG.search(text)
        and _pushes_with_run_token(job, text)
    ):
        return Maker("tag", "git push", run.value_place(pushed.start(), pushed.end()))
    return None


def makes_release(step: Step) -> bool:
    """Whether a step makes releases or tags, with whatever token."""
    if step.uses is not None:
        return step.uses.slug in _ACTIONS or _script_releases(step)
    if step.run is None:
        return False
    text = without_comments(step.run.value)
    return any(pattern.search(text) is not None for pattern in (_CREATE, _SEMANTIC_RELEASE, _MAKES_TAG))


def _script_releases(step: Step) -> bool:
    """Whether a script for `actions/github-script` makes releases, and none as a draft (GitHub, "REST API endpoints for releases")."""
    given = step.inputs.get("script") if step.uses is not None and step.uses.slug == _SCRIPT else None
    text = (given.text or "") if given is not None else ""
    return _CALLS_CREATE.search(text) is not None and _DRAFT.search(text) is None


def _with_run_token(job: Job, step: Step, action: _Action) -> bool:
    given: list[Scalar | None] = []
    for name in action.token:
        found = step.inputs.get(name)
        if found is not None:
            given.append(found.scalar)
    env = effective_env(job, step)
    for variable in action.variables:
        variable_given = env.values.get(variable)
        if variable_given is not None:
            given.append(variable_given.scalar)
    if not given:
        return action.by_default and step.inputs.is_known
    return all(scalar is not None and is_run_token(scalar) for scalar in given)


def is_run_token(scalar: Scalar) -> bool:
    """Whether a value is the run's own token and nothing else."""
    return _RUN_TOKEN.fullmatch(scalar.value) is not None


def _run_token_in_env(job: Job, step: Step) -> bool:
    env = effective_env(job, step)
    found = next((given for name in _TOKEN_VARIABLES if (given := env.values.get(name)) is not None), None)
    return found is not None and found.scalar is not None and is_run_token(found.scalar)


def _held_back(step: Step) -> bool:
    """Whether an action leaves a draft or makes nothing, or may do so."""
    if step.uses is not None and step.uses.slug == "release-drafter/release-drafter":
        return not _says(step, "publish", "true")
    for name, harmless in (
        ("draft", "false"),
        ("skip-github-release", "false"),
        ("push", "true"),
        ("dry_run", "false"),
        ("root_options", ""),
    ):
        given = step.inputs.get(name)
        if given is not None and (given.text is None or given.text.strip().lower() != harmless):
            return True
    return False


def _says(step: Step, name: str, value: str) -> bool:
    given = step.inputs.get(name)
    return given is not None and (given.text or "").strip().lower() == value


def _pushes_with_run_token(job: Job, script: str) -> bool:
    """Whether `git push` goes by what `actions/checkout` left behind, and that is the run's token (actions/checkout: action.yml, `token`)."""
    checkout = next(
        (step for step in job.all_steps() if step.uses is not None and step.uses.slug == "actions/checkout"), None
    )
    if checkout is None or _OWN_REMOTE.search(script):
        return False
    token = checkout.inputs.get("token")
    if token is not None and (token.scalar is None or not is_run_token(token.scalar)):
        return False
    if any(_OWN_REMOTE.search(step.run.value) for step in job.all_steps() if step.run is not None):
        return False
    if any(step.uses is not None and "ssh-agent" in step.uses.name for step in job.all_steps()):
        return False
    keeps = checkout.inputs.get("persist-credentials")
    return checkout.inputs.get("ssh-key") is None and (keeps is None or (keeps.text or "").lower() == "true")
