"""What is left to do by hand on PyPI, TestPyPI and GitHub or GitLab, in order, with the values to enter. Does none of it."""

from collections.abc import Iterator, Sequence
from shlex import quote

from preflight.beginning.choices import GITLAB, Choices
from preflight.beginning.proposal import Proposal
from preflight.beginning.survey import Survey
from preflight.plan.wanted import Wanted
from preflight.publishers.declaration import form_url, labels_of
from preflight.sources.records import dataclass
from preflight.sources.words import say

_UNKNOWN = {"owner": "OWNER", "repository": "REPOSITORY"}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: a page with values to enter, commands to run, or both."""

    title: str
    url: str = ""
    values: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()
    note: str = ""


def manual_steps(survey: Survey, choices: Choices, proposal: Proposal) -> tuple[Step, ...]:
    """The steps from the written files to the first release.

    Where another workflow publishes, what only ours offers is left out. A first release by token makes the project, and a publisher
    that is pending then is refused (warehouse: oidc/views.py, "project already exists"): PyPI's is registered behind it.
    """
    ours = not any(each.kept and each.path == choices.workflow_path for each in proposal.changes)
    testpypi, token = ours and choices.testpypi, ours and choices.with_token
    late = [each for each in proposal.wanted if token and each.index == "pypi"]
    early = sorted((each for each in proposal.wanted if each not in late), key=lambda each: each.index == "pypi")
    return (
        *_repository(survey, choices),
        *_commit(survey, proposal),
        *_environment(choices, proposal.wanted),
        *(_register(each, survey, pending=True) for each in early),
        *([_try_testpypi(choices)] if testpypi else ()),
        *(_token_release(choices) if token else ()),
        *(_register(each, survey, pending=False) for each in late),
        _release(survey, choices, after_token=token),
        *([_remove_token(choices)] if token else ()),
    )


def _slug(choices: Choices) -> str:
    return f"{choices.owner or _UNKNOWN['owner']}/{choices.repository or _UNKNOWN['repository']}"


def _base(choices: Choices) -> str:
    return f"https://{'gitlab' if choices.platform == GITLAB else 'github'}.com/{_slug(choices)}"


def _title(choices: Choices) -> str:
    return "GitLab" if choices.platform == GITLAB else "GitHub"


def _repository(survey: Survey, choices: Choices) -> Iterator[Step]:
    if survey.repository is not None and survey.in_git:
        return
    commands = [] if survey.in_git else ["git init"]
    commands.append(f"git remote add origin {_base(choices)}.git")
    new = "https://gitlab.com/projects/new" if choices.platform == GITLAB else "https://github.com/new"
    known = choices.owner is not None and choices.repository is not None
    note = (
        ""
        if known
        else say(
            "Its owner and name are not known yet: once the remote is set, run `preflight init` again, and the publishers are recorded too."
        )
    )
    yield Step(say("Make the repository on {title}", title=_title(choices)), new, (), tuple(commands), note)


def _commit(survey: Survey, proposal: Proposal) -> Iterator[Step]:
    paths = " ".join(quote(each.path) for each in proposal.to_write)
    if not paths:
        return
    formatter = "black" if survey.formatter == "black" else "ruff format"
    yield Step(
        say("Lay out the code, commit and push"),
        commands=(
            f"{formatter} {quote(survey.project.path or '.')}",
            f"git add {paths}",
            'git commit -m "Publish from CI"',
            "git push",
        ),
        note=say("The run stops where `{formatter} --check` finds something.", formatter=formatter),
    )


def _environment(choices: Choices, wanted: Sequence[Wanted]) -> Iterator[Step]:
    for name in dict.fromkeys(each.identity.environment for each in wanted if each.identity.environment):
        if choices.platform == GITLAB:
            url = f"{_base(choices)}/-/environments/new"
            yield Step(say("Make the environment on {title}", title="GitLab"), url, (("Name", name),))
        else:
            note = say("Under `Required reviewers` name those who may let a release through.")
            url = f"{_base(choices)}/settings/environments/new"
            yield Step(say("Make the environment on {title}", title="GitHub"), url, (("Name", name),), (), note)


def _register(each: Wanted, survey: Survey, *, pending: bool) -> Step:
    labels = labels_of(each.identity.kind)
    identity = each.identity
    values = [("PyPI Project Name", survey.name)]
    for field, label in labels.items():
        value = getattr(identity, field)
        unknown = _UNKNOWN.get(field) or say("(not known)")
        values.append((label, unknown if value is None else value or say("(leave empty)")))
    if not pending:
        note = say(
            "Not before the project is there: a publisher that is pending when the token makes the project is refused."
        )
        title = say("Register the trusted publisher on {index}", index=each.title)
        return Step(title, form_url(each.index, survey.name), tuple(values), (), note)
    url = form_url(each.index, survey.name)
    note = say("A project that is on {index} already: {url}", index=each.title, url=url)
    return Step(
        say("Register the trusted publisher on {index}, as a pending publisher for a new project", index=each.title),
        form_url(each.index, None),
        tuple(values),
        (),
        note,
    )


def _by_hand(choices: Choices, title: str, note: str, *, job: str, given: str) -> Step:
    """A run by hand: by GitHub's command, or by the button of a job on GitLab's page."""
    if choices.platform == GITLAB:
        start = say("Run the pipeline, then start job `{job}`. ", job=job)
        return Step(title, f"{_base(choices)}/-/pipelines/new", (), (), start + note)
    command = f"gh workflow run {quote(choices.workflow)} -f {given}"
    return Step(title, f"{_base(choices)}/actions/workflows/{choices.workflow}", (), (command,), note)


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
            f"{_base(choices)}/-/settings/ci_cd",
            (("Key", choices.token_secret), ("Environments", choices.environment)),
        )
    else:
        command = f"gh secret set {choices.token_secret} --env {quote(choices.environment)}"
        yield Step(say("Store it as a secret of the environment"), commands=(command,))
    note = say("It publishes what stands on the default branch, unless you choose a tag.")
    title = say("Publish the first release with the token")
    yield _by_hand(choices, title, note, job="publish-with-token", given="use_oidc=false")


def _release(survey: Survey, choices: Choices, *, after_token: bool) -> Step:
    tag = f"v{survey.version or 'VERSION'}"
    if choices.platform == GITLAB:
        commands: tuple[str, ...] = (f"git tag {tag}", f"git push origin {tag}")
    else:
        commands = (f"gh release create {tag} --generate-notes",)
    note = say("Raise the version first if it went out with the token.") if after_token else ""
    return Step(say("Publish a release"), "", (), commands, note)


def _remove_token(choices: Choices) -> Step:
    note = say("As soon as a release by OIDC has gone through.")
    if choices.platform == GITLAB:
        note += say(" Delete the variable `{name}` on GitLab too.", name=choices.token_secret)
        return Step(say("Remove the token"), "https://pypi.org/manage/account/#api-tokens", (), (), note)
    command = f"gh secret delete {choices.token_secret} --env {quote(choices.environment)}"
    return Step(say("Remove the token"), "https://pypi.org/manage/account/#api-tokens", (), (command,), note)
