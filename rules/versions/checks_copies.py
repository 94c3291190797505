"""The rules about copies: places that state another version than the one that will be published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Edit, Finding, Related, Severity

if TYPE_CHECKING:
    from packaging.version import Version

    from preflight.project.tracking import Tracking
    from preflight.project.versions.fact import Versions
    from preflight.project.versions.statement import Kind, VersionStatement
    from preflight.workflows.release_builds import ReleaseBuilds


@check("VER012")
def module_version_mismatch(versions: Versions, release_builds: ReleaseBuilds, tracking: Tracking) -> Iterator[Finding]:
    """`__version__` and its like in the package's own modules; not those that a tool writes when building."""
    from preflight.project.versions.statement import Kind

    for copy, source in _differing(versions, release_builds, Kind.MODULE):
        if not tracking.is_untracked(copy.place.source.path):
            yield _finding(copy, source, _spelt(source), severity=Severity.INFO if _only_post(copy, source) else None)


@check("VER013")
def setup_version_mismatch(versions: Versions, release_builds: ReleaseBuilds) -> Iterator[Finding]:
    """What setup.py, setup.cfg or Poetry's table states, where another place decides."""
    from preflight.project.versions.statement import Kind

    for copy, source in _differing(versions, release_builds, Kind.SETUP_FILE, Kind.TOOL_TABLE):
        yield _finding(copy, source, _spelt(source), Applicability.UNSAFE)


@check("VER014")
def cargo_version_mismatch(versions: Versions, release_builds: ReleaseBuilds) -> Iterator[Finding]:
    """The crate that the backend builds, unless it plainly counts its versions by itself."""
    from preflight.project.versions.semver import semver
    from preflight.project.versions.statement import Kind

    for copy, source in _differing(versions, release_builds, Kind.CARGO):
        if source.version is None or not _same_line(copy, source) or copy.text == "0.1.0":
            continue
        written = semver(source.version)
        yield _finding(copy, source, written, variant=None if written else "no-semver")


@check("VER015")
def version_file_mismatch(versions: Versions, release_builds: ReleaseBuilds, tracking: Tracking) -> Iterator[Finding]:
    """A file that holds nothing but a version, unless that is plainly of something else, or written when building."""
    from preflight.project.versions.statement import Kind

    for copy, source in _differing(versions, release_builds, Kind.VERSION_FILE):
        if _same_line(copy, source) and not tracking.is_untracked(copy.place.source.path):
            yield _finding(copy, source, _spelt(source))


@check("VER016")
def bump_version_mismatch(versions: Versions, release_builds: ReleaseBuilds) -> Iterator[Finding]:
    """What a release tool takes for the current version."""
    from preflight.project.versions.semver import semver
    from preflight.project.versions.statement import Kind

    for copy, source in _differing(versions, release_builds, Kind.RELEASE_TOOL):
        manifest = copy.place.source.path.endswith(".release-please-manifest.json")
        yield _finding(copy, source, semver(source.version) if manifest and source.version else _spelt(source))


@check("VER017")
def missing_changelog_version(versions: Versions, release_builds: ReleaseBuilds) -> Iterator[Finding]:
    """A changelog that names versions and not this one, with nothing that says it will."""
    from preflight.project.versions.statement import is_development

    source, changelog = versions.source.known, versions.changelog
    if source is None or source.version is None or changelog is None or changelog.open:
        return
    version = source.version
    if is_development(version) or version.is_prerelease or version.is_postrelease or changelog.covers(version):
        return
    if any(heading.version > version for heading in changelog.headings) or release_builds.rewritten:
        return
    newest = changelog.newest
    yield Finding(
        newest.place,
        version=source.text,
        newest=newest.place.text,
        related=[Related(source.place, "published")],
        key=source.key,
    )


@check("VER018")
def docs_version_mismatch(versions: Versions, release_builds: ReleaseBuilds) -> Iterator[Finding]:
    """`version` and `release` of Sphinx's conf.py; the short form is in order."""
    from preflight.project.versions.statement import Kind

    for copy, source in _outdated_documents(versions, release_builds, Kind.DOCUMENTATION):
        yield _finding(copy, source, _shortened(copy, source))


@check("VER019")
def citation_version_mismatch(versions: Versions, release_builds: ReleaseBuilds) -> Iterator[Finding]:
    """The version of the work itself in CITATION.cff, codemeta.json and .zenodo.json.

    Beside a date of release the edit is only shown: the new version with the old date would be cited wrongly.
    """
    from preflight.project.versions.statement import Kind

    for copy, source in _outdated_documents(versions, release_builds, Kind.CITATION):
        dated = copy.place.source.path.endswith("CITATION.cff") and "date-released:" in copy.place.source.text
        kind = Applicability.SHOW if dated else Applicability.SAFE
        yield _finding(copy, source, _spelt(source), kind, variant="dated" if dated else None)


@check("VER020")
def package_json_version_mismatch(
    versions: Versions, release_builds: ReleaseBuilds, tracking: Tracking
) -> Iterator[Finding]:
    """A package.json inside the package that bears the project's name."""
    from preflight.project.versions.semver import semver
    from preflight.project.versions.statement import Kind

    for copy, source in _differing(versions, release_builds, Kind.PACKAGE_JSON):
        if source.version is not None and not tracking.is_untracked(copy.place.source.path):
            written = semver(source.version)
            yield _finding(copy, source, written, variant=None if written else "no-semver")


def _differing(
    versions: Versions, release_builds: ReleaseBuilds, *kinds: Kind
) -> Iterator[tuple[VersionStatement, VersionStatement]]:
    """The copies that state another version than the published one, each with that one.

    Nothing is known where a workflow writes the version before it builds. Blanks, and marks of development around a
    release, are no other version.
    """
    from preflight.project.versions.statement import between_releases, is_placeholder, same

    source = versions.source.known
    if source is None or source.version is None:
        return
    for copy in versions.of(*kinds):
        version = copy.version
        if (
            version is None
            or is_placeholder(version)
            or same(version, source.version)
            or between_releases(source.version, version)
        ):
            continue
        if release_builds.rewritten:
            return
        yield copy, source


def _outdated_documents(
    versions: Versions, release_builds: ReleaseBuilds, kind: Kind
) -> Iterator[tuple[VersionStatement, VersionStatement]]:
    """As `_differing`, for texts about a release: they need not follow development, pre-releases and post-releases."""
    from preflight.project.versions.statement import is_development, is_short_for

    for copy, source in _differing(versions, release_builds, kind):
        published, stated = source.version, copy.version
        if published is None or stated is None or is_development(published) or published.is_prerelease:
            continue
        if stated.base_version == published.base_version or (copy.abbreviated and is_short_for(stated, published)):
            continue
        yield copy, source


def _only_post(copy: VersionStatement, source: VersionStatement) -> bool:
    """Whether the published version is a post-release of the stated one: the code is meant to be the same (PEP 440,
    "Post-releases").
    """
    published, stated = source.version, copy.version
    return (
        published is not None
        and stated is not None
        and published.post is not None
        and published.base_version == str(stated)
    )


def _same_line(copy: VersionStatement, source: VersionStatement) -> bool:
    """Whether a copy can be of the published version at all, and not of something else that counts by itself."""
    from preflight.project.versions.statement import is_one_line

    return copy.version is not None and source.version is not None and is_one_line(copy.version, source.version)


def _spelt(source: VersionStatement) -> str:
    """The published version as its source spells it, in the form of Python's versions."""
    from preflight.project.versions.statement import Kind

    version: Version | None = source.version
    assert version is not None  # only known sources are compared
    return str(version) if source.kind in (Kind.CARGO, Kind.PACKAGE_JSON) else source.text.strip().lstrip("vV")


def _shortened(copy: VersionStatement, source: VersionStatement) -> str:
    """The published version with as many components as Sphinx's `version` has, where that is the short form."""
    spelt = _spelt(source)
    if copy.key != "version" or copy.version is None or source.version is None:
        return spelt
    width = len(copy.version.release)
    return ".".join(map(str, source.version.release[:width])) if width < len(source.version.release) else spelt


def _finding(
    copy: VersionStatement,
    source: VersionStatement,
    replacement: str | None,
    applicability: Applicability = Applicability.SAFE,
    variant: str | None = None,
    severity: Severity | None = None,
) -> Finding:
    edits: list[Edit] = []
    if replacement is not None and copy.editable:
        prefix = copy.text[:1] if copy.text[:1] in "vV" else ""
        edits = [Edit.replace(place, prefix + replacement, applicability) for place in (copy.place, *copy.mirrors)]
    return Finding(
        copy.place,
        variant=variant,
        severity=severity,
        related=[Related(source.place, "published")],
        edits=edits,
        stated=copy.text,
        version=source.text,
        key=copy.key,
        source=source.key,
        file=copy.place.source.path.rpartition("/")[2],
        wanted=replacement or source.text,
    )
