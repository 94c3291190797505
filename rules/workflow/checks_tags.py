"""The rule about the workflow at a tag: what a run that the tag started does again, however often it is repeated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Severity
from preflight.publishers.registered import index_title

if TYPE_CHECKING:
    from preflight.index.package_indexes import PackageIndexes
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.project.git import Git
    from preflight.project.names import ProjectNames
    from preflight.project.versions.fact import Versions
    from preflight.project.versions.tags import ReleaseTag
    from preflight.sources.tree import Files

_BY_A_TAG = ("push", "release")
_RECENT_TAGS = 50


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
    from preflight.distributions.filenames import normalize_project

    if len(project_names.known) != 1 or not project_names.complete:
        return
    tag = _newest(git, versions)
    if tag is None:
        return
    told: set[str] = set()
    for publish in publish_plan.publishes():
        path, index = publish.scenario.path, publish.index
        if path in told or index not in ("pypi", "testpypi") or not _started_by_a_tag(publish):
            continue
        here, there = files.find(path), git.text_at(tag.tag, path)
        if here is None or (there is not None and _lines(there) == _lines(here.text)):
            continue
        if package_indexes.project(index, normalize_project(project_names.known[0])).release(str(tag.version)):
            continue
        told.add(path)
        yield Finding(
            publish.place,
            variant="absent" if there is None else "changed",
            severity=Severity.INFO,
            confidence=Confidence.LIKELY,
            tag=tag.tag,
            workflow=path,
            index=index_title(index),
        )


def _started_by_a_tag(publish: Publish) -> bool:
    scenario = publish.scenario
    return scenario.event in _BY_A_TAG and scenario.ref_type == "tag" and scenario.starts is True


def _newest(git: Git, versions: Versions) -> ReleaseTag | None:
    """The tag of the release that was made last; None where the last tags number something else."""
    from preflight.project.versions.tags import read_tag, release_tags

    recent = list(git.tags[:_RECENT_TAGS])
    statement = versions.source.known
    numbers = [found.version for tag in recent if (found := read_tag(tag, versions.known_as)) is not None]
    stated = (
        statement.version if statement is not None and statement.version is not None else max(numbers, default=None)
    )
    if stated is None:
        return None
    return next(iter(release_tags(recent, versions.known_as, stated, only_named=False)), None)


def _lines(text: str) -> list[str]:
    """The lines without their ends, which git may have changed at the checkout."""
    return [line.rstrip() for line in text.splitlines()]
