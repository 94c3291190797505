"""The rules about what an sdist holds that nobody wants in it, and leaves out that the build or the package needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Related, Severity

if TYPE_CHECKING:
    from preflight.distributions.built import BuiltFile
    from preflight.project.git import Git
    from preflight.project.inventory import ProjectFolder
    from preflight.project.versions.fact import Versions
    from preflight.sources.text import Place
    from preflight.sources.toml import TomlDocument
    from preflight.sources.tree import Files

_LISTED = 5


def _some(names: list[str]) -> list[str]:
    """The first few of a list, ready to be shown."""
    return names[:_LISTED]


@check("SDT008", "WHL011")
def shipped_secrets(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """Passwords and private keys in files that never belong into a distribution. Their values are neither kept nor shown."""
    from preflight.distributions.unwanted_members import MAX_READ, secret_candidates, secret_in
    from preflight.distributions.zip_structure import printable

    for built in built_files:
        candidates = list(secret_candidates(built.distribution.names))
        if not candidates:
            continue
        for name, data in built.distribution.read_members(candidates, MAX_READ):
            secret = secret_in(name, data)
            if secret is not None:
                yield Finding(
                    built.member_place(name),
                    code="SDT008" if built.is_sdist else "WHL011",
                    variant=secret.kind,
                    confidence=Confidence.LIKELY,
                    filename=built.filename,
                    member=printable(name),
                    names=list(secret.settings[:_LISTED]),
                )


@check("SDT008")
def stray_sdist_content(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """History, environments, caches and editor's files of the checkout in an sdist."""
    from preflight.distributions.unwanted_members import leftovers
    from preflight.distributions.zip_structure import printable

    variants = {"repository": "repository", "environment": "environment", "cache": None}
    for built in built_files:
        top = built.distribution.top_level if built.is_sdist and built.distribution.whole else None
        if not top or top in (".", "/"):
            continue
        for found in leftovers(built.distribution.names, top):
            yield Finding(
                built.member_place(found.first),
                variant=variants[found.kind],
                severity=Severity.WARNING if found.kind == "repository" else Severity.INFO,
                filename=built.filename,
                names=_some([printable(name) for name in found.names]),
                count=found.files,
            )


@check("SDT009")
def package_file_not_in_sdist(
    built_files: tuple[BuiltFile, ...],
    project: ProjectFolder,
    git: Git,
    files: Files,
    maybe_versions: Versions | None,
) -> Iterator[Finding]:
    """Tracked modules and data of a package that the sdist holds in part. Only for an sdist that was built of this very state of the project."""
    from preflight.project.left_out import configured_exclusions, package_files_left_out

    for built in built_files:
        if not _is_of_checkout(built, project, files, git, maybe_versions):
            continue
        top = f"{built.distribution.top_level}/"
        shipped = frozenset(name.removeprefix(top) for name in built.names if name.startswith(top))
        prefix = f"{project.path}/" if project.path else ""
        tracked = frozenset(path.removeprefix(prefix) for path in git.tracked if path.startswith(prefix))
        modules, data = package_files_left_out(tracked, shipped, configured_exclusions(project, files))
        for variant, left_out in ((None, modules), ("data", data)):
            if left_out:
                yield Finding(
                    built.place,
                    variant=variant,
                    severity=Severity.INFO if variant else None,
                    confidence=Confidence.LIKELY,
                    filename=built.filename,
                    names=_some(left_out),
                    count=len(left_out),
                )


def _is_of_checkout(
    built: BuiltFile, project: ProjectFolder, files: Files, git: Git | None, versions: Versions | None
) -> bool:
    """Whether an sdist was surely built of the project as it lies there: its folder, its version, and the pyproject.toml or setup.py inside."""
    top = built.distribution.top_level if built.is_sdist and built.distribution.whole else None
    if not top or built.path.rpartition("/")[0] != project.file("dist") or not _has_version(built, git, versions):
        return False
    for name in ("pyproject.toml", "setup.py"):
        source = files.find(project.file(name))
        if source is not None:
            return built.distribution.read_bytes(f"{top}/{name}") == source.text.encode()
    return False


def _has_version(built: BuiltFile, git: Git | None, versions: Versions | None) -> bool:
    """Whether an sdist has the version that the checkout states, or else that of a tag at HEAD."""
    from packaging.version import Version

    try:
        version = Version(built.version)
    except ValueError:  # InvalidVersion, or a number of too many digits
        return False
    statement = versions.source.statement if versions is not None else None
    if statement is not None and statement.version is not None:
        return statement.version == version
    tags = git.head_tags if git is not None else ()
    return any(tag.removeprefix("v") == built.version for tag in tags)


@check("SDT005")
def build_script_not_in_sdist(
    pyproject: TomlDocument, built_files: tuple[BuiltFile, ...], project: ProjectFolder, files: Files, git: Git
) -> Iterator[Finding]:
    """Scripts that the backend runs, and backends in the project itself: without them no wheel can be built of the sdist (PEP 517)."""
    from preflight.project.left_out import build_scripts

    scripts: list[tuple[str, str, Place]] = list(build_scripts(pyproject))
    if not scripts:
        return
    for built in built_files:
        top = built.distribution.top_level if built.is_sdist and built.distribution.whole else None
        if not top or built.path.rpartition("/")[0] != project.file("dist"):
            continue
        source = files.find(project.file("pyproject.toml"))
        if source is None or built.distribution.read_bytes(f"{top}/pyproject.toml") != source.text.encode():
            continue
        for path, key, place in scripts:
            here = project.file(path)
            folder = any(tracked.startswith(f"{here}/") for tracked in git.tracked)
            if here not in git.tracked and not folder:
                continue
            if f"{top}/{path}" in built.names or (
                folder and any(name.startswith(f"{top}/{path}/") for name in built.names)
            ):
                continue
            yield Finding(
                place,
                severity=Severity.WARNING,
                related=[Related(built.place, "sdist")],
                file=path,
                key=key,
                filename=built.filename,
            )
