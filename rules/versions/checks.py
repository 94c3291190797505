"""The rules about the version that gets published: its form, its source, and the tag that names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Label, Related, Severity
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

if TYPE_CHECKING:
    from preflight.plan.pipeline_plan import PlannedPipeline
    from preflight.plan.publish_plan import PlannedScenario, PublishPlan
    from preflight.plan.tag_pipelines import TagPipelines
    from preflight.plan.tag_uploads import TagUploads
    from preflight.project.backend import BuildBackend
    from preflight.project.git import Git
    from preflight.project.inventory import Inventory, ProjectFolder
    from preflight.project.versions.fact import Versions
    from preflight.project.versions.statement import VersionStatement
    from preflight.project.writers import Writers
    from preflight.publishers.registered import RegisteredPublishers
    from preflight.sources.text import Place
    from preflight.workflows.release_builds import ReleaseBuild, ReleaseBuilds

_TEMPLATE = _compile(r"[{}$<>%@]")
_LOOKS_LIKE_VERSION = _compile(r"[vV]?\d")


@check("VER005")
def tag_version_mismatch(
    versions: Versions,
    git: Git,
    release_builds: ReleaseBuilds,
    tag_uploads: TagUploads,
    tag_pipelines: TagPipelines,
    inventory: Inventory,
    project: ProjectFolder,
    build_backend: BuildBackend,
    environment: Mapping[str, str],
) -> Iterator[Finding]:
    """The tag at HEAD against the version; of several the one that is being released, where the run says which.

    Silent where a workflow rewrites the version, where the files that decide it are changed and the tag says nothing of
    them, and for tags that number something else. Certain only where the tag surely uploads what every step before
    leaves as it is; never for tags that differ by a pre-release or post-release only: they announce a release, or
    repeat one.
    """
    from preflight.project.versions.statement import is_development, is_one_line
    from preflight.project.versions.tags import agrees, release_tags

    statement = versions.source.known
    if statement is None or statement.version is None or is_development(statement.version) or not git.head_tags:
        return
    version = statement.version
    released = _released(environment, git)
    tags = release_tags(
        (released,) if released else git.head_tags, versions.known_as, version, only_named=len(inventory.projects) > 1
    )
    tags = [tag for tag in tags if released or tag.names_project or is_one_line(tag.version, version)]
    if not tags or any(agrees(tag, version) for tag in tags):
        return
    tag = tags[0]
    changed = _decides_version(statement, project) & git.changed
    if changed and not released:
        return
    builds = [each for each in release_builds.builds if each.started_by(tag.tag) is not False]
    on_github = [each for each in (_tagged(build, tag_uploads, tag.tag) for build in builds) if each is not None]
    on_gitlab = list(
        _tagged_on_gitlab(tag_pipelines, tag.tag, runs=bool(released) and environment.get("CI_COMMIT_TAG") == released)
    )
    tagged = on_github + on_gitlab
    if any(each.rewrites for each in tagged) or (
        not tagged
        and (release_builds.rewritten or release_builds.elsewhere or tag.version.base_version == version.base_version)
    ):
        return
    tagged.sort(key=lambda each: not each.to_pypi)
    certain = (
        any(_is_certain(each, git) for each in (on_github, on_gitlab))
        and not changed
        and (tag.names_project or is_one_line(tag.version, version))
        and not (build_backend.in_tree or release_builds.unread or project.path)
        and tag.version.base_version != version.base_version
    )
    yield Finding(
        statement.place,
        variant=None if tagged else "no-workflow",
        confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
        edits=[Edit.replace(statement.place, str(tag.version), Applicability.SHOW)] if statement.editable else [],
        related=[Related(each.place, "upload") for each in tagged[:1]],
        tag=tag.tag,
        named=str(tag.version),
        version=statement.text,
        key=statement.key,
    )


def _decides_version(statement: VersionStatement, project: ProjectFolder) -> frozenset[str]:
    """The file that states the version, and those that say where it is stated."""
    deciding = (project.file(name) for name in ("pyproject.toml", "setup.py", "setup.cfg", "hatch.toml"))
    return frozenset((statement.place.source.path, *deciding))


@dataclass(frozen=True, slots=True)
class _Tagged:
    """An upload that a tag may come to: where it stands, whether it surely happens, and whether it may go elsewhere than TestPyPI."""

    path: str
    place: Place
    sure: bool
    to_pypi: bool
    rewrites: bool
    transparent: bool


def _released(environment: Mapping[str, str], git: Git) -> str | None:
    """The tag at HEAD that the run is of (GitHub, "Variables reference": `GITHUB_REF`; GitLab: `CI_COMMIT_TAG`)."""
    ref = environment.get("GITHUB_REF", "")
    tag = ref.removeprefix("refs/tags/") if ref.startswith("refs/tags/") else environment.get("CI_COMMIT_TAG", "")
    return tag if tag in git.head_tags else None


def _is_certain(tagged: list[_Tagged], git: Git) -> bool:
    """Whether what one platform uploads for the tag is surely uploaded, and built of what is committed."""
    told = [each for each in tagged if each.to_pypi] or tagged
    return bool(told) and all(each.sure and each.transparent and each.path not in git.changed for each in told)


def _tagged_on_gitlab(tag_pipelines: TagPipelines, tag: str, *, runs: bool) -> Iterator[_Tagged]:
    """The uploads of GitLab's pipelines for a tag; sure only where this is such a pipeline, or the checkout is from GitLab."""
    for each in tag_pipelines.of(tag):
        yield _Tagged(
            each.row.scenario.path,
            each.row.place,
            each.sure and (runs or not tag_pipelines.elsewhere),
            to_pypi=each.row.index != "testpypi",
            rewrites=each.rewrites,
            transparent=each.transparent,
        )


def _tagged(build: ReleaseBuild, tag_uploads: TagUploads, tag: str) -> _Tagged | None:
    """What the plan says of an upload for a tag, and where it cannot decide the text of the conditions; None where it never happens."""
    sure = build.surely_runs_for(tag)
    rows = tag_uploads.of_job(build.job, tag)
    path, rewrites, transparent = build.workflow.path, bool(build.rewrites), build.transparent
    if rows is None:
        return _Tagged(path, build.upload, sure, to_pypi=True, rewrites=rewrites, transparent=transparent)
    if not rows:
        return None
    first = rows[0]
    planned = any(row.happens == "always" for row in rows if row.index == first.index)
    sure = sure or (planned and build.started_by(tag) is True)
    to_pypi = first.index != "testpypi"
    return _Tagged(path, first.place, sure, to_pypi=to_pypi, rewrites=rewrites, transparent=transparent)


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
def missing_version_source(versions: Versions, release_builds: ReleaseBuilds, writers: Writers) -> Iterator[Finding]:
    """A dynamic version whose source does not exist, or holds none.

    That a file is missing is certain only where the backend needs it, nothing in the checkout speaks of it, and every
    step before the builds that are known writes no file of the kind.
    """
    missing = versions.source.missing
    if missing is None or release_builds.rewritten or release_builds.elsewhere:
        return
    certain = missing.certain or (
        missing.stops
        and missing.file is not None
        and not release_builds.unread
        and all(build.transparent for build in release_builds.builds)
        and writers.leaves_no_trace(missing.file, missing.place.source.path)
    )
    alike, path = missing.alike, missing.args.get("path", "")
    exact = alike is not None and missing.place.text[1:-1] == path
    inner = missing.place.source.place(missing.place.start + 1, missing.place.end - 1)
    yield Finding(
        missing.place,
        variant=missing.trouble.value,
        confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
        edits=[Edit.replace(inner, alike, Applicability.UNSAFE)] if exact and alike is not None else [],
        more=missing.args,
        instead=Label("alike", alike=alike) if alike is not None else "",
    )
