"""The step that publishes a release: the tag in the style that the project's tags have, for a version that has none yet. Makes no tag."""

from shlex import quote

from preflight.beginning.choices import GITLAB, Choices
from preflight.beginning.proposal import Proposal
from preflight.beginning.pushing import remote_to_push_to
from preflight.beginning.steps import Step, together
from preflight.beginning.survey import Survey
from preflight.project.versions.statement import parsed
from preflight.project.versions.tags import ReleaseTag, agrees, read_tag, release_tags
from preflight.sources.words import say

_NEXT = "VERSION"
_USUAL_PREFIX = "v"


def releases_of(survey: Survey, version: str | None) -> list[ReleaseTag]:
    """The tags that name a release of the project, the newest first."""
    stated = parsed(version) if version is not None else None
    read = [found for tag in survey.tags if (found := read_tag(tag, survey.known_as)) is not None]
    if stated is None and not read:
        return []
    return release_tags(
        survey.tags, survey.known_as, stated if stated is not None else read[0].version, only_named=survey.several
    )


def prefix_of(release: ReleaseTag) -> str:
    """What stands before the version in a tag: `v`, nothing, `core-v`."""
    tag = release.tag
    starts = (at for at, character in enumerate(tag) if character.isdigit())
    return next((tag[:at] for at in starts if parsed(tag[at:]) == release.version), _USUAL_PREFIX)


def release_step(survey: Survey, choices: Choices, proposal: Proposal, *, ours: bool, after_token: bool) -> Step:
    """What starts the upload. Where another workflow publishes (not `ours`), what starts that one."""
    version = proposal.version
    releases = releases_of(survey, version)
    prefix = prefix_of(releases[0]) if releases else _USUAL_PREFIX
    stated = parsed(version) if version is not None else None
    taken = next((each for each in releases if stated is not None and agrees(each, stated)), None)
    notes = []
    if taken is not None:
        words = (
            "Version {version} has its tag `{tag}` already, and an index takes a version once: raise it first{place}, commit and push. "
            "{next} stands for the new version."
        )
        notes.append(say(words, version=version, tag=taken.tag, place=_stated_in(survey), next=_NEXT))
    elif version is None:
        notes.append(say("{next} stands for the version that is released.", next=_NEXT))
        if releases:
            notes.append(say("The last one is {tag}.", tag=f"`{releases[0].tag}`"))
    elif after_token:
        notes.append(say("Raise the version first if it went out with the token."))
    tag = prefix + (version if version is not None and taken is None else _NEXT)
    title = say("Publish a release of a new version") if taken is not None else say("Publish a release")
    return Step(title, "", (), _commands(survey, choices, tag, ours=ours), together(notes))


def _stated_in(survey: Survey) -> str:
    statement = survey.versions.source.statement if survey.versions is not None else None
    if statement is None:
        return ""
    place = statement.place
    return say(" in {path}, line {line}", path=f"`{survey.workspace.shown_root}{place.source.path}`", line=place.line)


def _commands(survey: Survey, choices: Choices, tag: str, *, ours: bool) -> tuple[str, ...]:
    pushed = (f"git tag {quote(tag)}", f"git push {quote(remote_to_push_to(survey, choices))} {quote(tag)}")
    if choices.platform == GITLAB:
        return pushed
    events = survey.started_by
    if ours or not events or "release" in events:
        return (f"gh release create {quote(tag)} --generate-notes",)
    if "tag" in events:
        return pushed
    if "workflow_dispatch" in events and len(survey.publishing) == 1:
        return (f"gh workflow run {quote(survey.publishing[0].rpartition('/')[2])}",)
    return ()
