"""What is left to do by hand on PyPI, TestPyPI and GitHub or GitLab, in order, with the values to enter. Does none of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import Enum
from shlex import quote

from preflight.beginning.choices import GITLAB, Choices
from preflight.beginning.proposal import Proposal
from preflight.beginning.pushing import commit_step, repository_step
from preflight.beginning.releasing import release_step, releases_of
from preflight.beginning.steps import UNKNOWN, Step, repository_url
from preflight.beginning.survey import Survey
from preflight.plan.wanted import Wanted
from preflight.publishers.declaration import form_url, labels_of
from preflight.publishers.registered import PYPI
from preflight.sources.words import say


class _Project(Enum):
    """What PyPI has of the project when its publisher is registered."""

    NEW = "new"
    MADE_BY_TOKEN = "made by token"
    THERE = "there"


def manual_steps(survey: Survey, choices: Choices, proposal: Proposal) -> tuple[Step, ...]:
    """The steps from the written files to the first release.

    Where another workflow publishes, what only ours offers is left out. A first release by token makes the project, and a publisher
    that is pending then is refused (warehouse: oidc/views.py, "project already exists"): PyPI's is registered behind it.
    """
    ours = not any(each.kept and each.path == choices.workflow_path for each in proposal.changes)
    testpypi, token = ours and choices.testpypi, ours and choices.with_token
    is_out = bool(releases_of(survey, proposal.version))
    late = [each for each in proposal.wanted if token and not is_out and each.index == PYPI]
    early = sorted((each for each in proposal.wanted if each not in late), key=lambda each: each.index == PYPI)
    steps = (
        *repository_step(survey, choices),
        *commit_step(survey, choices, proposal, ours=ours),
        *_environment(choices, proposal.wanted),
        *(_register(each, survey, _Project.THERE if is_out and each.index == PYPI else _Project.NEW) for each in early),
        *([_try_testpypi(choices)] if testpypi else ()),
        *(_token_release(choices) if token else ()),
        *(_register(each, survey, _Project.MADE_BY_TOKEN) for each in late),
        release_step(survey, choices, proposal, ours=ours, after_token=token),
        *([_remove_token(choices)] if token else ()),
    )
    return _into_folder(steps, survey.workspace.shown_root)


def _into_folder(steps: tuple[Step, ...], root: str) -> tuple[Step, ...]:
    """The commands start from the root of the checkout: the first of them goes there, where it is elsewhere."""
    first = next((number for number, step in enumerate(steps) if step.commands), None)
    if not root or first is None:
        return steps
    step = steps[first]
    there = replace(step, commands=(f"cd {quote(root.rstrip('/') or '/')}", *step.commands))
    return (*steps[:first], there, *steps[first + 1 :])


def _environment(choices: Choices, wanted: Sequence[Wanted]) -> Iterator[Step]:
    for name in dict.fromkeys(each.identity.environment for each in wanted if each.identity.environment):
        if choices.platform == GITLAB:
            url = f"{repository_url(choices)}/-/environments/new"
            yield Step(say("Make the environment on {title}", title="GitLab"), url, (("Name", name),))
        else:
            note = say("Under `Required reviewers` name those who may let a release through.")
            url = f"{repository_url(choices)}/settings/environments/new"
            yield Step(say("Make the environment on {title}", title="GitHub"), url, (("Name", name),), (), note)


def _register(each: Wanted, survey: Survey, project: _Project) -> Step:
    labels = labels_of(each.identity.kind)
    identity = each.identity
    values = [("PyPI Project Name", survey.name)]
    for field, label in labels.items():
        value = getattr(identity, field)
        unknown = UNKNOWN.get(field) or say("(not known)")
        values.append((label, unknown if value is None else value or say("(leave empty)")))
    settings, account = form_url(each.index, survey.name), form_url(each.index, None)
    title = say("Register the trusted publisher on {index}", index=each.title)
    match project:
        case _Project.MADE_BY_TOKEN:
            words = "Not before the project is there: a publisher that is pending when the token makes the project is refused."
            return Step(title, settings, tuple(values), (), say(words))
        case _Project.THERE:
            note = say("A project that is not on {index} yet: {url}", index=each.title, url=account)
            return Step(title, settings, tuple(values), (), note)
        case _Project.NEW:
            words = "Register the trusted publisher on {index}, as a pending publisher for a new project"
            note = say("A project that is on {index} already: {url}", index=each.title, url=settings)
            return Step(say(words, index=each.title), account, tuple(values), (), note)


def _by_hand(choices: Choices, title: str, note: str, *, job: str, given: str) -> Step:
    """A run by hand: by GitHub's command, or by the button of a job on GitLab's page."""
    if choices.platform == GITLAB:
        start = say("Run the pipeline, then start job `{job}`. ", job=job)
        return Step(title, f"{repository_url(choices)}/-/pipelines/new", (), (), start + note)
    command = f"gh workflow run {quote(choices.workflow)} -f {given}"
    return Step(title, f"{repository_url(choices)}/actions/workflows/{choices.workflow}", (), (command,), note)


def _try_testpypi(choices: Choices) -> Step:
    note = say("TestPyPI takes a version once, as PyPI does.")
    title = say("Try a release on TestPyPI")
    return _by_hand(choices, title, note, job="publish-to-testpypi", given="test_pypi=true")


def _token_release(choices: Choices) -> Iterator[Step]:
    """A first release by API token, where a trusted publisher cannot be used yet."""
    note = say(
        "A token for one project alone can be made only once the project is there: for its first release choose `Entire account`."
    )
    yield Step(say("Make an API token on PyPI"), "https://pypi.org/manage/account/token/", (), (), note)
    if choices.platform == GITLAB:
        yield Step(
            say("Store it as a masked variable"),
            f"{repository_url(choices)}/-/settings/ci_cd",
            (("Key", choices.token_secret), ("Environments", choices.environment)),
        )
    else:
        command = f"gh secret set {choices.token_secret} --env {quote(choices.environment)}"
        yield Step(say("Store it as a secret of the environment"), commands=(command,))
    note = say("It publishes what stands on the default branch, unless you choose a tag.")
    title = say("Publish the first release with the token")
    yield _by_hand(choices, title, note, job="publish-with-token", given="use_oidc=false")


def _remove_token(choices: Choices) -> Step:
    note = say("As soon as a release by OIDC has gone through.")
    if choices.platform == GITLAB:
        note += say(" Delete the variable `{name}` on GitLab too.", name=choices.token_secret)
        return Step(say("Remove the token"), "https://pypi.org/manage/account/#api-tokens", (), (), note)
    command = f"gh secret delete {choices.token_secret} --env {quote(choices.environment)}"
    return Step(say("Remove the token"), "https://pypi.org/manage/account/#api-tokens", (), (command,), note)
