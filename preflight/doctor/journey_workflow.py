"""The steps about workflows and pipelines: whether they can be read, what uploads, with which credential, and what starts it; and the stage that is reached."""

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce

from preflight.doctor.milestones import Milestone, Stage
from preflight.engine.finding import Reported, Severity
from preflight.plan.pipeline_plan import PipelinePublish
from preflight.plan.publish_plan import Publish
from preflight.plan.unread import UnreadFile
from preflight.publishers.registered import index_title
from preflight.sources.records import dataclass
from preflight.sources.tree import Tree
from preflight.sources.words import retold, say
from preflight.workflows.other_platforms import PLATFORMS
from preflight.workflows.publish_action import NEWEST, REPOSITORY, ActionRelease, read_ref
from preflight.workflows.upload_model import Trust

Row = Publish | PipelinePublish

_BY_HAND = frozenset({"workflow_dispatch", "web"})
"""Events that somebody starts: on GitHub, and on GitLab."""
_INVALID = "workflow-file-invalid"
"""The cause of failure that GitHub refuses a workflow file."""
_MOST_EVENTS = 3


@dataclass(frozen=True)
class Seen:
    """What the plan says of a project. `rows` are all uploads that may happen, `uploads` those to PyPI, or to an index that may be it.

    `unread` are the workflow files that cannot be read, `refused` what GitHub does not take of those that can, `foreign` the files of other CI platforms,
    which nobody reads here.
    """

    rows: tuple[Row, ...]
    uploads: tuple[Row, ...]
    unread: tuple[UnreadFile, ...]
    refused: tuple[Reported, ...]
    foreign: tuple[str, ...]

    @property
    def trusted(self) -> tuple[Row, ...]:
        """The uploads that log in by trusted publishing."""
        return tuple(row for row in self.uploads if row.trusted)

    @property
    def elsewhere(self) -> tuple[Row, ...]:
        """The uploads to other indexes, TestPyPI among them."""
        return tuple(row for row in self.rows if row.index not in (None, "pypi"))

    @property
    def hidden(self) -> tuple[UnreadFile, ...]:
        """The files behind which an upload may be: all that cannot be read where no other one uploads."""
        return tuple(each for each in self.unread if each.names_upload or not self.uploads)


def seen(rows: Iterable[Row], unread: Sequence[UnreadFile], findings: Iterable[Reported], tree: Tree) -> Seen:
    """Sort what the plan shows."""
    happening = tuple(row for row in rows if row.happens != "never")
    on_pypi = tuple(row for row in happening if row.index == "pypi")
    open_index = tuple(row for row in happening if row.index is None)
    uploads = on_pypi or tuple(row for row in open_index if row.trusted) or open_index
    named = {each.path for each in unread}
    refused: dict[str, Reported] = {}
    for each in findings:
        if each.severity is Severity.ERROR and _INVALID in each.causes and each.place is not None:
            path = each.place.source.path
            if path not in named:
                refused.setdefault(path, each)
    foreign = tuple(path for path in PLATFORMS if tree.is_file(path))
    return Seen(happening, uploads, tuple(unread), tuple(refused.values()), foreign)


def of_workflows(known: Seen, project: str | None, *, has_pyproject: bool = True) -> Iterator[Milestone]:
    """The steps, files that cannot be read first. `project` is the name of the project, where there is exactly one."""
    yield from _unreadable(known)
    yield _workflow(known, project, has_pyproject)
    yield from _trust(known)
    if known.uploads or stage_of(known) == "by-hand":
        yield _start(known.uploads or known.elsewhere)
    yield _testpypi(known.rows)


def _unreadable(known: Seen) -> Iterator[Milestone]:
    for each in known.unread:
        words = say("`{file}` can be read", file=_file(each.path))
        told = "Mend `{file}` first: {reason}. Until then, what it uploads is not known."
        how = say(told, file=_file(each.path), reason=retold(each.reason))
        yield Milestone(
            "workflow", "workflow-file" if each in known.hidden else "other-workflow-file", "missing", words, how, each.place
        )  # fmt: skip
    for finding in known.refused:
        assert finding.place is not None
        words = say("GitHub takes `{file}`", file=_file(finding.place.source.path))
        how = say("{message}. {fix}", message=finding.message, fix=finding.fix)
        yield Milestone("workflow", "workflow-file", "missing", words, how, finding.place)


def _workflow(known: Seen, project: str | None, has_pyproject: bool) -> Milestone:
    words = say("A workflow that uploads to PyPI")
    if any(row.index == "pypi" for row in known.uploads):
        done = say("A workflow that uploads: {jobs}", jobs=jobs_of(known.uploads))
        return Milestone("workflow", "workflow", "done", done, "", known.uploads[0].place)
    if known.uploads:
        how = say("The index is known only in the run: {jobs}.", jobs=jobs_of(known.uploads))
        return Milestone("workflow", "workflow", "unknown", words, how, known.uploads[0].place)
    if known.hidden:
        files = say(", ").join(f"`{_file(each.path)}`" for each in known.hidden)
        how = say("Not known while {files} cannot be read.", files=files)
        return Milestone("workflow", "workflow", "unknown", words, how)
    if known.elsewhere:
        indexes = say(", ").join(dict.fromkeys(index_title(row.index or "") for row in known.elsewhere))
        how = say("What there is uploads to {index}: {jobs}.", index=indexes, jobs=jobs_of(known.elsewhere))
    elif known.foreign:
        files = say(", ").join(f"`{path}` ({PLATFORMS[path]})" for path in known.foreign)
        how = say("Neither GitHub nor GitLab has one; what {files} does is not read.", files=files)
        return Milestone("workflow", "workflow", "unknown", words, how)
    elif project is not None and not has_pyproject:
        told = "`preflight init` writes one, with trusted publishing, as soon as there is a pyproject.toml; it says what to write into that."
        how = say(told)
    elif project is not None:
        how = say("`preflight init` writes one, with trusted publishing.")
    else:
        how = say("Add a job with `id-token: write` that uploads with `pypa/gh-action-pypi-publish`.")
    return Milestone("workflow", "workflow", "missing", words, how)


def jobs_of(rows: Iterable[Row]) -> str:
    """The jobs of uploads, each with its file."""
    words = "job `{job}` of `{file}`"
    shown = (say(words, job=row.job, file=_file(row.scenario.path)) for row in rows)
    return say(", ").join(dict.fromkeys(shown))


def _file(path: str) -> str:
    """A workflow by its file's name; a folder by its path."""
    return path.rpartition("/")[2] if path.endswith((".yml", ".yaml")) else path


def _trust(known: Seen) -> Iterator[Milestone]:
    words = say("Trusted publishing instead of a token")
    left = [row for row in known.uploads if row.authentication in ("token", "password")]
    alone = _without_trust(left, known.trusted)
    if alone:
        yield Milestone("workflow", "trusted-publishing", "missing", words, _allow(alone, token=True), alone[0].place)
    elif left:
        how = say("A token is still used in some runs: {jobs}. Remove it where nobody needs it.", jobs=jobs_of(left))
        yield Milestone("workflow", "trusted-publishing", "unknown", words, how, left[0].place)
    elif known.trusted:
        yield Milestone("workflow", "trusted-publishing", "done", words, "", known.trusted[0].place)
    elif known.uploads and all(row.authentication == "unknown" for row in known.uploads):
        how = say("What {jobs} logs in with is known only in the run.", jobs=jobs_of(known.uploads))
        yield Milestone("workflow", "trusted-publishing", "unknown", words, how, known.uploads[0].place)
    elif known.uploads:
        yield Milestone(
            "workflow",
            "trusted-publishing",
            "missing",
            words,
            _allow(known.uploads, token=False),
            known.uploads[0].place,
        )


def _without_trust(by_token: Sequence[Row], trusted: Sequence[Row]) -> list[Row]:
    """The uploads by token that are no other way of what trusted publishing uploads too: not of the same job, nor one that only a hand starts."""
    if not trusted:
        return list(by_token)
    both = {(row.scenario.path, row.job) for row in trusted}
    return [row for row in by_token if starts_by_itself(row) and (row.scenario.path, row.job) not in both]


def _allow(rows: Sequence[Row], *, token: bool) -> str:
    """What a job needs for trusted publishing instead of a token (PyPI, "Publishing with a Trusted Publisher")."""
    without = [row for row in rows if row.upload.trusted.use is Trust.NEVER]
    actions = [release for row in without if (release := _publish_action(row)) is not None]
    clients = dict.fromkeys(row.upload.client for row in without if _publish_action(row) is None)
    on_gitlab = all(isinstance(row, PipelinePublish) for row in rows)
    if on_gitlab:
        told = "Let {jobs} ask for an identity token: `PYPI_ID_TOKEN` with `aud: pypi` below `id_tokens`, for twine 6.1 or `uv publish`."
        steps = [say(told, jobs=jobs_of(rows))]
    else:
        steps = list(_permission(rows))
        for version in dict.fromkeys(str(each) for each in actions if not each.trusted_publishing):
            told = "Version {version} of `pypa/gh-action-pypi-publish` cannot use it: write `@release/v1` behind its name, or a release from 1.8 on."
            steps.append(say(told, version=version))
        if clients:
            told = "`{client}` cannot use it there: upload with `pypa/gh-action-pypi-publish`, `uv publish` or twine from 6.1 on."
            steps.append(say(told, client=say(", ").join(clients)))
    steps.append(say("Register what `preflight publisher` then prints."))
    if any(each.trusted_publishing for each in actions):
        # A user name of its own keeps the action from it as the password does.
        steps.append(say("Remove the user name and the password."))
    elif token:
        steps.append(say("Remove the token."))
    return in_a_row(steps)


def _permission(rows: Sequence[Row]) -> Iterator[str]:
    """What to do about the permission to ask for an identity token, and which jobs have it."""
    have = [row for row in rows if isinstance(row, Publish) and row.id_token is True]
    lack = [row for row in rows if row not in have]
    if lack:
        yield say("Give {jobs} `id-token: write`.", jobs=jobs_of(lack))
        if any(" / " in row.job for row in lack):
            yield say("The job that calls it needs that too.")
    if have:
        yield say("`id-token: write` is there already: {jobs}.", jobs=jobs_of(have))


def _publish_action(row: Row) -> ActionRelease | None:
    """The release of the publish action, where that is what uploads; a ref that tells none is taken for the newest."""
    uses = row.upload_step.last.uses if isinstance(row, Publish) else None
    if uses is None or uses.slug != REPOSITORY:
        return None
    return read_ref(uses.ref).release or ActionRelease(NEWEST)


def in_a_row(sentences: Iterable[str]) -> str:
    """Sentences one after the other."""
    return reduce(lambda first, then: say("{first} {then}", first=first, then=then), sentences)


# What starts it.


def _start(uploads: Sequence[Row]) -> Milestone:
    words = say("The upload starts by itself")
    alone = [row for row in uploads if starts_by_itself(row)]
    if not alone:
        how = say("`on: release: types: [published]` or `on: push: tags:` starts one without a hand.")
        if uploads:
            told = "Somebody starts it: {jobs}. A release (`on: release`) or a pushed tag (`on: push: tags:`) could do that."
            how = say(told, jobs=jobs_of(uploads))
        return Milestone("workflow", "release", "missing", words, how, uploads[0].place if uploads else None)
    always = [row for row in alone if row.happens == "always"]
    events = list(dict.fromkeys(map(_event, always or alone)))
    words = say("The upload starts by itself: {events}", events=say(", ").join(events[:_MOST_EVENTS]))
    if always:
        return Milestone("workflow", "release", "done", words, "", always[0].place)
    reason = alone[0].certainty.unless
    how = say("Whether it comes to that is known only in the run: `{condition}`.", condition=" ".join(reason.split()))
    return Milestone("workflow", "release", "unknown", words, how, alone[0].place)


def starts_by_itself(row: Row) -> bool:
    """Whether an event starts it that nobody has to ask for: all but a run by hand."""
    return row.scenario.event not in _BY_HAND


def _event(row: Row) -> str:
    event, ref = row.scenario.event, row.scenario.ref or ""
    if event == "release":
        return say("a release")
    if event == "push" and ref.startswith("refs/tags/"):
        return say("a pushed tag")
    if event == "push" and ref.startswith("refs/heads/"):
        return say("a push to branch `{name}`", name=ref.removeprefix("refs/heads/"))
    if event == "workflow_run":
        return say("the run of another workflow")
    return f"`{event}`"


def _testpypi(rows: Sequence[Row]) -> Milestone:
    words = say("A way to try a release on TestPyPI")
    found = next((row for row in rows if row.index == "testpypi"), None)
    if found is None:
        how = say(
            "Not needed. A job that uploads to https://test.pypi.org/legacy/, with a publisher of its own there, would be one."
        )
        return Milestone("workflow", "testpypi", "unknown", words, how)
    named = say("{words}: job `{job}`", words=words, job=found.job)
    return Milestone("workflow", "testpypi", "done", named, "", found.place)


# The stage.


def stage_of(known: Seen) -> Stage:
    """How far the uploads have come. Unknown where a file that may hold them is not read."""
    if any(map(starts_by_itself, known.trusted)):
        return "automated"
    if known.trusted:
        return "trusted"
    if known.uploads:
        return "token"
    return "unknown" if known.hidden or (known.foreign and not known.rows) else "by-hand"
