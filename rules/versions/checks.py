"""The rules about the version that gets published: its form, its source, and the tag that names it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Related, Severity
from preflight.sources.patterns import compile as _compile

if TYPE_CHECKING:
    from preflight.plan.pipeline_plan import PlannedPipeline
    from preflight.plan.publish_plan import PlannedScenario, PublishPlan
    from preflight.project.backend import BuildBackend
    from preflight.project.git import Git
    from preflight.project.inventory import Inventory, ProjectFolder
    from preflight.project.versions.fact import Versions
    from preflight.publishers.registered import RegisteredPublishers
    from preflight.workflows.release_builds import ReleaseBuilds

_TEMPLATE = _compile(r"[{}$<>%@]")
_LOOKS_LIKE_VERSION = _compile(r"[vV]?\d")


@check("VER005")
def tag_version_mismatch(
    versions: Versions,
    git: Git,
    release_builds: ReleaseBuilds,
    inventory: Inventory,
    project: ProjectFolder,
    build_backend: BuildBackend,
) -> Iterator[Finding]:
    """The tag at HEAD against the version.

    Silent where a workflow rewrites the version, where uncommitted changes make the tag say nothing, and for tags that
    number something else. Certain only where the tag surely uploads what every step before leaves as it is; never for
    tags that differ by a pre-release or post-release only: they announce a release, or repeat one.
    """
    from preflight.project.versions.statement import is_development, is_one_line
    from preflight.project.versions.tags import agrees, release_tags

    statement = versions.source.known
    if statement is None or statement.version is None or is_development(statement.version) or not git.head_tags:
        return
    version = statement.version
    tags = release_tags(git.head_tags, versions.known_as, version, only_named=len(inventory.projects) > 1)
    tags = [tag for tag in tags if tag.names_project or is_one_line(tag.version, version)]
    if not tags or any(agrees(tag, version) for tag in tags) or not git.clean:
        return
    tag = tags[0]
    builds = [build for build in release_builds.builds if build.started_by(tag.tag) is not False]
    if any(build.rewrites for build in builds) or (
        not builds
        and (release_builds.rewritten or release_builds.elsewhere or tag.version.base_version == version.base_version)
    ):
        return
    certain = (
        bool(builds)
        and all(build.surely_runs_for(tag.tag) and build.transparent for build in builds)
        and not (build_backend.in_tree or release_builds.unread or project.path)
        and tag.version.base_version != version.base_version
    )
    yield Finding(
        statement.place,
        variant=None if builds else "no-workflow",
        confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
        edits=[Edit.replace(statement.place, str(tag.version), Applicability.SHOW)] if statement.editable else [],
        related=[Related(build.upload, "upload") for build in builds[:1]],
        tag=tag.tag,
        named=str(tag.version),
        version=statement.text,
        key=statement.key,
    )


@check("VER006")
def malformed_version(versions: Versions, release_builds: ReleaseBuilds) -> Iterator[Finding]:
    """A version that packaging refuses (PEP 440), unless it is a blank that something fills in before the build."""
    statement = versions.source.statement
    if statement is None or statement.version is not None or _TEMPLATE.search(statement.text):
        return
    if release_builds.rewritten or release_builds.elsewhere:
        return
    empty = not statement.text.strip()
    certain = empty or bool(_LOOKS_LIKE_VERSION.match(statement.text))
    yield Finding(
        statement.place,
        variant="empty" if empty else None,
        confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
        rejections=["version-required" if empty else "version-invalid"],
        version=statement.text,
        key=statement.key,
    )


@check("VER007")
def stated_local_version(
    versions: Versions,
    release_builds: ReleaseBuilds,
    inventory: Inventory,
    maybe_publish_plan: PublishPlan | None,
    maybe_registered_publishers: RegisteredPublishers | None,
) -> Iterator[Finding]:
    """A version that states its local part itself. An index of one's own takes it, so it is certain only where the
    project is published to PyPI or TestPyPI, and where no step that is not known may state another version first.
    """
    statement = versions.source.statement
    if statement is None or statement.version is None or not statement.version.local:
        return
    if release_builds.rewritten or release_builds.elsewhere:
        return
    public = ("pypi", "testpypi")
    registered = maybe_registered_publishers.publishers if maybe_registered_publishers else ()
    rows = [row for planned in _scenarios(maybe_publish_plan) for row in planned.publishes if row.happens != "never"]
    published = any(each.index in public for each in (*registered, *rows))
    as_stated = not rows or any(build.transparent for build in release_builds.builds)
    certain = published and as_stated and len(inventory.projects) == 1
    yield Finding(
        statement.place,
        variant="stated",
        severity=None if certain else Severity.WARNING,
        confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
        edits=[Edit.replace(statement.place, statement.version.public, Applicability.SHOW)]
        if statement.editable
        else [],
        causes=[],
        key=statement.key,
        version=statement.text.strip(),
        public=statement.version.public,
        local=statement.version.local,
    )


def _scenarios(plan: PublishPlan | None) -> Iterator[PlannedScenario | PlannedPipeline]:
    return plan.all_scenarios() if plan is not None else iter(())


@check("VER010")
def missing_version_source(versions: Versions, release_builds: ReleaseBuilds) -> Iterator[Finding]:
    """A dynamic version whose source does not exist, or holds none."""
    missing = versions.source.missing
    if missing is None or release_builds.rewritten or release_builds.elsewhere:
        return
    confidence = Confidence.CERTAIN if missing.certain else Confidence.LIKELY
    yield Finding(missing.place, variant=missing.trouble.value, confidence=confidence, more=missing.args)
