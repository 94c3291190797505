"""The steps that bring a project, with what was written, to GitHub or GitLab, so that a clone of it builds. Runs no command."""

from collections.abc import Iterator
from shlex import quote

from preflight.beginning.checkout import ORIGIN
from preflight.beginning.choices import GITLAB, Choices
from preflight.beginning.proposal import Proposal
from preflight.beginning.steps import Step, platform_title, repository_url, slug_of, together
from preflight.beginning.survey import Survey
from preflight.sources.words import say

_BRANCH = "publish-from-ci"
"""The branch for a commit that would be on none."""


def remote_to_push_to(survey: Survey, choices: Choices) -> str:
    """The remote's name: the one that leads to the repository, or the one that the first step adds."""
    return survey.checkout.remote(slug_of(choices)) or ORIGIN


def repository_step(survey: Survey, choices: Choices) -> Iterator[Step]:
    """The repository on the platform, where the checkout has no remote yet."""
    if survey.checkout.remotes:
        return
    commands = [] if survey.checkout.in_git else ["git init"]
    commands.append(f"git remote add {ORIGIN} {repository_url(choices)}.git")
    new = "https://gitlab.com/projects/new" if choices.platform == GITLAB else "https://github.com/new"
    notes = [say("Let it begin empty: without a README, a licence and a .gitignore.")]
    if choices.owner is None or choices.repository is None:
        notes.append(
            say(
                "Its owner and name are not known yet: once the remote is set, run `preflight init` again, and the publishers are recorded too."
            )
        )
    yield Step(
        say("Make the repository on {title}", title=platform_title(choices)), new, (), tuple(commands), together(notes)
    )


def commit_step(survey: Survey, choices: Choices, proposal: Proposal, *, ours: bool) -> Iterator[Step]:
    """The commit that is to be released from: what was written, and all that a build needs and git does not have yet.

    `ours` is whether the workflow is one that checks the format.
    """
    added = tuple(_adding(survey, proposal, formatted=ours))
    if not added:
        return
    notes: list[str] = []
    commands: list[str] = []
    if ours:
        commands.append(_format(survey))
        notes.append(_format_note(survey))
    checkout = survey.checkout
    if not checkout.born or checkout.changed or checkout.loose:
        notes.append(say("Look at `git status` before the commit: it lists what goes into it."))
    if checkout.born and checkout.branch is None:
        commands.append(f"git switch --create {_BRANCH}")
        notes.append(say("No branch is checked out, so this makes one."))
    follows = checkout.follows and checkout.branch is not None
    push = "git push" if follows else f"git push -u {quote(remote_to_push_to(survey, choices))} HEAD"
    commands += [*added, 'git commit -m "Publish from CI"', push]
    title = say("Lay out the code, commit and push") if ours else say("Commit and push")
    yield Step(title, commands=tuple(commands), note=together(notes))


def _adding(survey: Survey, proposal: Proposal, *, formatted: bool) -> Iterator[str]:
    """What `git add` is told: everything for a first commit, later what is new, and tracked files only where they change."""
    checkout = survey.checkout
    if not checkout.born:
        yield "git add --all"
        return
    written = [each.path for each in proposal.to_write]
    earlier = [each.path for each in proposal.changes if not each.kept and each.path not in written]
    pending = [*written, *(path for path in earlier if path not in checkout.tracked or path in checkout.changed)]
    if not pending and not checkout.loose:
        return
    if formatted:
        yield "git add --update"
        pending = [path for path in pending if path not in checkout.tracked]
    added = dict.fromkeys((*pending, *_folders(checkout.loose)))
    if added:
        yield f"git add {' '.join(quote(path) for path in added)}"


def _folders(paths: tuple[str, ...]) -> list[str]:
    """A few files as they are; many by the folders that hold them."""
    if len(paths) <= 5:
        return list(paths)
    return list(dict.fromkeys(path.rpartition("/")[0] or path for path in paths))


def _format(survey: Survey) -> str:
    return f"{_runner(survey)} {_formatter(survey)} {quote(survey.project.path or '.')}"


def _formatter(survey: Survey) -> str:
    return "black" if survey.formatter == "black" else "ruff format"


def _runner(survey: Survey) -> str:
    return "uvx" if survey.uses_uv else "pipx run"


def _format_note(survey: Survey) -> str:
    formatter = _formatter(survey)
    package = formatter.partition(" ")[0]
    return say(
        "The run stops where `{formatter} --check` finds something. `python -m pip install {package}` installs it where `{runner}` is not at hand.",
        formatter=formatter,
        package=package,
        runner=_runner(survey),
    )
