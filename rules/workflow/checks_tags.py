"""The rules about releases and tags that were made: what did not come of them, and what a run that they started does again, however often it is repeated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from preflight.distributions.filenames import normalize_project
from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Related, Severity
from preflight.publishers.registered import index_title

if TYPE_CHECKING:
    from preflight.index.github_answers import ReleaseState
    from preflight.index.package_indexes import PackageIndexes
    from preflight.index.projects import IndexProject
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.plan.tag_uploads import TagUploads
    from preflight.project.git import Git
    from preflight.project.names import ProjectNames
    from preflight.project.versions.fact import Versions
    from preflight.project.versions.tags import ReleaseTag
    from preflight.sources.tree import Files

_BY_A_TAG = ("push", "release")
_RECENT_TAGS = 50
_TIME_TO_PUBLISH = 3600
"""Seconds after which a release that is not on the index is worth a word: builds and approvals take their time."""


@check("WFL036")
def other_workflow_at_the_tag(
    publish_plan: PublishPlan,
    git: Git,
    versions: Versions,
    project_names: ProjectNames,
    package_indexes: PackageIndexes,
    files: Files,
) -> Iterator[Finding]:
    """The newest release tag is not on the index, and the workflow there is another one than here: a fix since then is not in its run.

    Only where the repository has one project, so that the tag is surely its own. GitHub, "Re-running workflows and jobs": the same commit and ref.
    """
    name, tag = _only_project(project_names), _newest(git.tags, versions)
    if name is None or tag is None:
        return
    told: set[str] = set()
    for publish in publish_plan.publishes():
        path, index = publish.scenario.path, publish.index
        if path in told or index not in ("pypi", "testpypi") or not _started_by_a_tag(publish):
            continue
        if not _differs(path, tag.tag, git, files):
            continue
        if package_indexes.project(index, name).release(str(tag.version)):
            continue
        told.add(path)
        yield Finding(
            publish.place,
            variant="absent" if git.text_at(tag.tag, path) is None else "changed",
            severity=Severity.INFO,
            confidence=Confidence.LIKELY,
            tag=tag.tag,
            workflow=path,
            index=index_title(index),
        )


def _only_project(names: ProjectNames) -> str | None:
    """The normalized name of the repository's only project; None where a tag may be another one's."""
    return normalize_project(names.known[0]) if len(names.known) == 1 and names.complete else None


def _started_by_a_tag(publish: Publish) -> bool:
    scenario = publish.scenario
    return scenario.event in _BY_A_TAG and scenario.ref_type == "tag" and scenario.starts is True


def _newest(tags: Sequence[str], versions: Versions) -> ReleaseTag | None:
    """The tag of the release that was made last, of tags with the newest first; None where the last tags number something else."""
    from preflight.project.versions.tags import read_tag, release_tags

    recent = list(tags[:_RECENT_TAGS])
    statement = versions.source.known
    numbers = [found.version for tag in recent if (found := read_tag(tag, versions.known_as)) is not None]
    stated = (
        statement.version if statement is not None and statement.version is not None else max(numbers, default=None)
    )
    if stated is None:
        return None
    return next(iter(release_tags(recent, versions.known_as, stated, only_named=False)), None)


def _differs(path: str, tag: str, git: Git, files: Files) -> bool:
    """Whether a file is another one, or none, at a tag."""
    here, there = files.find(path), git.text_at(tag, path)
    return here is not None and (there is None or _lines(there) != _lines(here.text))


def _lines(text: str) -> list[str]:
    """The lines without their ends, which git may have changed at the checkout."""
    return [line.rstrip() for line in text.splitlines()]


@check("WFL038", last=2)
def release_without_upload(
    tag_uploads: TagUploads,
    github_releases: tuple[ReleaseState, ...],
    known_tags: Sequence[str],
    maybe_git: Git | None,
    versions: Versions,
    project_names: ProjectNames,
    package_indexes: PackageIndexes,
    files: Files,
    clock: int,
    environment: Mapping[str, str],
) -> Iterator[Finding]:
    """The release on GitHub that was published last is not on PyPI, which has nothing newer either, and a workflow publishes on it.

    Only where the repository has one project, so that the release is surely its own. The run of the release itself is still at it. In a repository
    without releases the same is asked of a tag; its age is not known, so the one at HEAD is left out: it may be on its way.
    """
    name = _only_project(project_names)
    tag = _newest([each.tag for each in github_releases] or known_tags, versions)
    if name is None or tag is None or environment.get("GITHUB_REF") == f"refs/tags/{tag.tag}":
        return
    uploads = _certain_uploads(tag_uploads, tag.tag)
    release = next((each for each in github_releases if each.tag == tag.tag), None)
    if release is not None:
        activities = (None, "published") if release.prerelease else (None, "published", "released")
        waiting = [row for row in uploads if row.scenario.activity in activities]
        recent = clock - release.published < _TIME_TO_PUBLISH
    else:
        waiting = [row for row in uploads if row.scenario.event == "push"]
        recent = maybe_git is not None and tag.tag in maybe_git.head_tags
    if not waiting or recent:
        return
    publish = waiting[0]
    here = maybe_git if maybe_git is not None and tag.tag in maybe_git.tags else None
    if release is None and here is not None and _differs(publish.scenario.path, tag.tag, here, files):
        return  # WFL036 says what the matter is
    project = package_indexes.project("pypi", name)
    if project.release(str(tag.version)) or _went_on(project, tag, release):
        return
    by_run_token = (
        release is not None and release.by_run_token and all(row.scenario.event == "release" for row in waiting)
    )
    yield Finding(
        publish.scenario.trigger.place,
        variant="tag" if release is None else "run-token" if by_run_token else None,
        severity=Severity.INFO if release is None else None,
        confidence=Confidence.LIKELY,
        related=[Related(publish.place, "upload")],
        tag=tag.tag,
        project=project.name,
        version=str(tag.version),
        workflow=publish.scenario.workflow.filename,
        date=_date(release.published) if release is not None else "",
    )


def _certain_uploads(tag_uploads: TagUploads, tag: str) -> list[Publish]:
    """The uploads to PyPI that the push or the release of a tag certainly comes to."""
    rows = tag_uploads.rows(tag)
    return [row for row in rows if row.index == "pypi" and row.happens == "always" and row.scenario.starts is True]


def _went_on(project: IndexProject, tag: ReleaseTag, release: ReleaseState | None) -> bool:
    """Whether something was uploaded since, or something higher before: the release is history, or was never meant for the index.

    A tag says not when it was made: it counts only beside releases that are lower.
    """
    if max(project.releases, default=tag.version) > tag.version:
        return True
    if release is None:
        return not project.releases
    return any((each.uploaded or 0.0) > release.published for each in project.files)


def _date(seconds: float) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
