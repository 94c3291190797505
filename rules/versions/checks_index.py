"""The rules about versions and files that an index has already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from preflight.distributions.filenames import normalize_project
from preflight.engine.checks import check
from preflight.engine.facts import Unavailable
from preflight.engine.finding import Confidence, Finding, Severity

if TYPE_CHECKING:
    from preflight.distributions.built import BuiltFile
    from preflight.distributions.fields import FieldSet
    from preflight.index.package_indexes import PackageIndexes
    from preflight.index.projects import IndexFile, IndexProject
    from preflight.plan.targets import Target, UploadTargets
    from preflight.project.versions.fact import Versions
    from preflight.workflows.release_builds import ReleaseBuilds

OPEN_DAYS = 14
"""Days that a release takes new files (warehouse: forklift/legacy.py, `MAXIMUM_AGE_FOR_NEW_UPLOADS_DAYS`)."""

_DAY = 86400


def _known(
    package_indexes: PackageIndexes, upload_targets: UploadTargets, built_files: tuple[BuiltFile, ...]
) -> Iterator[tuple[BuiltFile, Target, IndexProject]]:
    """Each built file with what the indexes have of its project. An index that is neither PyPI nor TestPyPI may keep it to itself."""
    for built in built_files:
        if not built.name:
            continue
        for target in upload_targets.targets:
            try:
                project = package_indexes.project(target.index, built.project)
            except Unavailable:
                if target.public:
                    raise
                continue
            if project.exists:
                yield built, target, project


def _confidence(built: BuiltFile, target: Target, upload_targets: UploadTargets) -> Confidence:
    """Certain of a file that is surely meant for an index of which it is known what it refuses."""
    sure = (
        target.public and upload_targets.sends(built.path) and not (target.assumed and len(upload_targets.targets) > 1)
    )
    return Confidence.CERTAIN if sure else Confidence.LIKELY


@check("VER001")
def already_uploaded_file(
    package_indexes: PackageIndexes, upload_targets: UploadTargets, built_files: tuple[BuiltFile, ...]
) -> Iterator[Finding]:
    """A built file whose name, or whose content under another name, is on the index (warehouse: forklift/legacy.py, `_is_duplicate_file`).

    The same content under the same name is accepted without a word.
    """
    for built, target, project in _known(package_indexes, upload_targets, built_files):
        there = project.by_name.get(built.filename)
        digest = built.distribution.sha256
        if not digest:
            continue
        if there is not None:
            if not there.sha256 or there.sha256 == digest:
                continue
            variant, other = "skipped" if target.skips_existing else None, built.filename
        else:
            twin = next((each for each in project.files if each.sha256 == digest), None)
            if twin is None:
                continue
            variant, other = "content", twin.filename
        yield Finding(
            built.place,
            variant=variant,
            severity=Severity.WARNING if variant == "skipped" else None,
            confidence=_confidence(built, target, upload_targets),
            file=built.filename,
            other=other,
            version=built.version,
            index=target.title,
        )


@check("VER001")
def already_released_version(
    package_indexes: PackageIndexes,
    upload_targets: UploadTargets,
    versions: Versions,
    metadata_sets: tuple[FieldSet, ...],
    release_builds: ReleaseBuilds,
    environment: Mapping[str, str],
) -> Iterator[Finding]:
    """A publish that is under way, in GitHub Actions, for a version that the index has. Without one the source may well state the released version."""
    statement = versions.source.known
    if statement is None or statement.version is None or release_builds.rewritten or release_builds.elsewhere:
        return
    event = _publishing_event(environment)
    names = [field.value.strip() for fields in metadata_sets if (field := fields.first("name"))]
    for target in upload_targets.public if event and names else ():
        if target.skips_existing or all(row.scenario.event != event for row in target.rows):
            continue
        project = package_indexes.project(target.index, normalize_project(names[0]))
        if project.releases.get(statement.version):
            yield Finding(
                statement.place,
                variant="stated",
                severity=Severity.WARNING,
                confidence=Confidence.LIKELY,
                version=statement.text,
                index=target.title,
            )


def _publishing_event(environment: Mapping[str, str]) -> str:
    """The event of this run where it is one that releases: a release, or a tag that was pushed."""
    if environment.get("GITHUB_ACTIONS") != "true":
        return ""
    event = environment.get("GITHUB_EVENT_NAME", "")
    tagged = environment.get("GITHUB_REF", "").startswith("refs/tags/")
    return event if event == "release" or (event == "push" and tagged) else ""


@check("VER003")
def second_sdist(
    package_indexes: PackageIndexes, upload_targets: UploadTargets, built_files: tuple[BuiltFile, ...], clock: int
) -> Iterator[Finding]:
    """An sdist for a release that has one of another name. A closed release refuses it first."""
    for built, target, project in _known(package_indexes, upload_targets, built_files):
        release = project.release(built.version)
        first = next((each for each in release if each.is_sdist), None)
        if not (target.public and built.is_sdist and first) or built.filename in project.by_name:
            continue
        if (_age(release, clock) or 0) > OPEN_DAYS:
            continue
        yield Finding(
            built.place,
            confidence=_confidence(built, target, upload_targets),
            file=built.filename,
            first=first.filename,
            version=built.version,
            index=target.title,
        )


@check("VER004")
def closed_release(
    package_indexes: PackageIndexes, upload_targets: UploadTargets, built_files: tuple[BuiltFile, ...], clock: int
) -> Iterator[Finding]:
    """A new file for a release whose first file came more than 14 days ago. A file that is there is judged before the age."""
    for built, target, project in _known(package_indexes, upload_targets, built_files):
        if not target.public or built.filename in project.by_name:
            continue
        age = _age(project.release(built.version), clock)
        if age is None or age <= OPEN_DAYS:
            continue
        sure = _confidence(built, target, upload_targets)
        yield Finding(
            built.place,
            # a clock may be wrong by hours, hardly by a day
            confidence=sure if age > OPEN_DAYS + 1 else Confidence.LIKELY,
            file=built.filename,
            version=built.version,
            days=int(age),
            index=target.title,
        )


def _age(release: tuple[IndexFile, ...], clock: int) -> float | None:
    """Days since the first file that a release has; None for a release without dated files."""
    first = min((each.uploaded for each in release if each.uploaded is not None), default=None)
    return None if first is None else (clock - first) / _DAY
