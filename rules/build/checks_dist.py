"""The rules about what lies together in an upload folder: strange files, old files, several projects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Related, Severity
from preflight.sources.text import Source

if TYPE_CHECKING:
    from packaging.version import Version

    from preflight.distributions.archive import Distribution
    from preflight.distributions.built import BuiltFile
    from preflight.engine.workspace import Focus
    from preflight.plan.publish_plan import PublishPlan
    from preflight.plan.targets import UploadTargets
    from preflight.project.git import Git
    from preflight.project.inventory import Inventory
    from preflight.project.versions.fact import Versions
    from preflight.workflows.release_builds import ReleaseBuilds

_SENDS_ALL = ("gh-action-pypi-publish", "twine")
_BESIDE = (".asc", ".attestation")
_MOST_VERSIONS = 4
_SIGSTORE = (".sigstore.json", ".sigstore", ".sig", ".crt", ".pem", ".bundle")


@check("BLD005")
def stray_file_in_dist(
    inventory: Inventory, distributions: tuple[Distribution, ...], focus: Focus, maybe_publish_plan: PublishPlan | None
) -> Iterator[Finding]:
    """Files that are neither distributions nor belong to one: `twine upload dist/*` stops at them.

    Hidden files match no pattern. Signatures and attestations beside their file are taken (twine: commands/__init__.py, `_split_inputs`).
    """
    known = {each.path for each in distributions if not _is_other_zip(each)}
    sends_all = _sends_all(maybe_publish_plan)
    for path in inventory.distributions:
        folder, _, name = path.rpartition("/")
        if path in known or path in focus.files or name.startswith(".") or _beside(path, known):
            continue
        yield Finding(
            Source(path, "").whole,
            variant="signature" if name.endswith(_SIGSTORE) else None,
            severity=None if sends_all else Severity.WARNING,
            confidence=Confidence.CERTAIN if sends_all else Confidence.LIKELY,
            filename=name,
            folder=folder,
        )


def _is_other_zip(distribution: Distribution) -> bool:
    """Whether a zip is no sdist, neither by its name nor by its contents (twine: sdist.py looks for PKG-INFO)."""
    from preflight.distributions.archive import Kind
    from preflight.distributions.filenames import SdistFilename, parse_sdist_filename

    if distribution.kind is not Kind.ZIP_SDIST:
        return False
    packed = any(name == "PKG-INFO" or name.endswith("/PKG-INFO") for name in distribution.names)
    return not packed and not isinstance(parse_sdist_filename(distribution.filename), SdistFilename)


def _beside(path: str, known: set[str]) -> bool:
    """Whether a file is a signature or an attestation of a distribution that is there."""
    if not path.endswith(_BESIDE):
        return False
    stem = path
    while "." in stem.rpartition("/")[2]:
        stem = stem.rpartition(".")[0]
        if stem in known:
            return True
    return False


def _sends_all(plan: PublishPlan | None) -> bool:
    """Whether the project publishes with a client that sends, and refuses, whatever lies in the folder."""
    return plan is not None and any(
        publish.upload.client in _SENDS_ALL and publish.happens != "never"
        for planned in plan.scenarios
        for publish in planned.publishes
    )


@check("BLD006")
def stale_files_in_dist(built_files: tuple[BuiltFile, ...], focus: Focus) -> Iterator[Finding]:
    """Files of an older version beside those of a newer one of the same project."""
    for found in _by_project(built_files, focus).values():
        versions = [(version, built) for built in found if (version := _version(built)) is not None]
        newest = max((version for version, _ in versions), default=None)
        current = next((built for version, built in versions if version == newest), None)
        for version, built in versions:
            if version != newest and current is not None:
                yield Finding(
                    built.place,
                    confidence=Confidence.LIKELY,
                    related=[Related(current.place, "current")],
                    filename=built.filename,
                    version=str(version),
                    newest=str(newest),
                )


@check("BLD006")
def outdated_files_in_dist(
    built_files: tuple[BuiltFile, ...],
    focus: Focus,
    versions: Versions,
    git: Git,
    release_builds: ReleaseBuilds,
    upload_targets: UploadTargets,
    inventory: Inventory,
) -> Iterator[Finding]:
    """Files of other versions alone, on a commit that is tagged as the release of the version that the project states.

    Without such a tag they are what the last release left. Where CI builds what it uploads they do no harm, and are told
    only because they are not what will be published.
    """
    from preflight.project.versions.tags import agrees, release_tags

    statement = versions.source.known
    if statement is None or statement.version is None or release_builds.rewritten or release_builds.elsewhere:
        return
    stated = statement.version
    named = release_tags(git.head_tags, versions.known_as, stated, only_named=len(inventory.projects) > 1)
    tag = next((each.tag for each in named if agrees(each, stated)), None)
    if tag is None or git.changed & {statement.place.source.path}:
        return
    for (folder, project), found in _by_project(built_files, focus).items():
        others = {version for built in found if (version := _version(built)) is not None}
        if project not in versions.known_as or not others or any(stated.public == each.public for each in others):
            continue
        sent = any(upload_targets.sends(built.path) for built in found)
        yield Finding(
            found[0].place,
            variant="outdated",
            severity=Severity.WARNING if sent else Severity.INFO,
            confidence=Confidence.LIKELY,
            related=[Related(statement.place, "stated")],
            folder=folder or ".",
            versions=[str(each) for each in sorted(others)][:_MOST_VERSIONS],
            stated=statement.text,
            tag=tag,
        )


def _version(built: BuiltFile) -> Version | None:
    from packaging.version import Version

    try:
        return Version(built.version)
    except ValueError:  # InvalidVersion, or a number of too many digits
        return None


def _by_project(built_files: tuple[BuiltFile, ...], focus: Focus) -> dict[tuple[str, str], list[BuiltFile]]:
    """The files of whole folders by folder and project. Files that were named one by one are no set."""
    found: dict[tuple[str, str], list[BuiltFile]] = {}
    for built in built_files:
        if built.path not in focus.files and built.name:
            found.setdefault((built.path.rpartition("/")[0], built.project), []).append(built)
    return found


@check("BLD007")
def mixed_projects_in_dist(built_files: tuple[BuiltFile, ...], focus: Focus) -> Iterator[Finding]:
    """Distributions of several projects in one folder: each needs rights of its own."""
    folders: dict[str, dict[str, BuiltFile]] = {}
    for (folder, project), found in _by_project(built_files, focus).items():
        folders.setdefault(folder, {})[project] = found[0]
    for folder, projects in folders.items():
        if len(projects) > 1:
            first, second, *_ = projects.values()
            yield Finding(
                second.place,
                related=[Related(first.place, "other")],
                folder=folder or ".",
                projects=sorted(projects),
            )
