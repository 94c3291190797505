"""The rule that compares the version to be published with those that were."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.distributions.filenames import normalize_project
from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding

if TYPE_CHECKING:
    from preflight.distributions.fields import FieldSet
    from preflight.index.package_indexes import PackageIndexes
    from preflight.plan.targets import UploadTargets
    from preflight.project.git import Git
    from preflight.project.versions.fact import Versions
    from preflight.workflows.release_builds import ReleaseBuilds

_USUAL = ("main", "master")


@check("VER022")
def version_below_last_release(
    package_indexes: PackageIndexes,
    upload_targets: UploadTargets,
    versions: Versions,
    metadata_sets: tuple[FieldSet, ...],
    release_builds: ReleaseBuilds,
    git: Git,
) -> Iterator[Finding]:
    """A stated version that no index has yet and that is lower than the newest final release, on the default branch.

    Silent for versions that mark a state between releases, for pre-releases, and where a workflow writes another version.
    """
    from preflight.project.versions.statement import is_development, is_placeholder

    statement = versions.source.known
    if statement is None or statement.version is None or release_builds.rewritten or release_builds.elsewhere:
        return
    version = statement.version
    if is_development(version) or is_placeholder(version) or version.is_prerelease or not _on_default_branch(git):
        return
    names = [field.value.strip() for fields in metadata_sets if (field := fields.first("name"))]
    for target in upload_targets.public[:1] if names else ():
        project = package_indexes.project(target.index, normalize_project(names[0]))
        newest = project.newest
        if newest is None or newest.is_prerelease or version in project.releases or version >= newest:
            continue
        yield Finding(
            statement.place,
            confidence=Confidence.LIKELY,
            edits=[Edit.replace(statement.place, f"1!{statement.text.strip()}", Applicability.SHOW)]
            if statement.editable and newest.major >= 1900 > version.major and not version.epoch
            else [],
            version=statement.text.strip(),
            newest=str(newest),
            index=target.title,
        )


def _on_default_branch(git: Git) -> bool:
    branch = git.branch
    if branch is None:
        return False
    default = git.default_branch
    return branch == default if default is not None else branch in _USUAL
