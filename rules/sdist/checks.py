"""The rules about sdists: their name, their layout, and that there is one of a release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Related, Severity

if TYPE_CHECKING:
    from preflight.distributions.built import BuiltFile
    from preflight.distributions.filenames import SdistFilename
    from preflight.engine.workspace import Focus
    from preflight.project.git import Git
    from preflight.project.inventory import ProjectFolder
    from preflight.project.named_files import NamedFile


@check("SDT001")
def unnormalized_sdist_filename(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """The name must be exactly that of PEP 625. Another project or version in it has a rule of its own, as has a .zip."""
    from preflight.distributions.archive import Kind
    from preflight.distributions.filenames import SdistFilename, is_version, normalize_project
    from preflight.distributions.sdist_files import expected_sdist_filename, project_in_filename

    for built in built_files:
        if built.distribution.kind is not Kind.SDIST:
            continue
        parsed = built.parsed_name
        name = built.metadata.value("name").strip() if built.metadata else ""
        version = built.metadata.value("version").strip() if built.metadata else ""
        known = bool(name) and is_version(version)
        if not isinstance(parsed, SdistFilename):
            expected = expected_sdist_filename(name, version) if known else "name-version.tar.gz"
            yield Finding(
                built.place,
                variant="unparsable",
                rejections=["sdist-filename-unparsable"],
                filename=built.filename,
                expected=expected,
            )
            continue
        if not known:
            name, version = parsed.project, parsed.version
        expected = expected_sdist_filename(name, version)
        if built.filename == expected:
            continue
        if project_in_filename(parsed, built.filename, name, version) != normalize_project(name):
            continue  # another project's name has a rule of its own
        yield Finding(
            built.place,
            variant=_spelt_otherwise(built.filename, parsed, expected),
            rejections=["sdist-filename-normalization"],
            filename=built.filename,
            expected=expected,
        )


def _spelt_otherwise(filename: str, parsed: SdistFilename, expected: str) -> str | None:
    """Which part of an sdist's name is not as PyPI wants it: None for the project's name, else a variant of the wording."""
    from preflight.distributions.filenames import normalized_version

    project, _, rest = expected.rpartition("-")
    if not filename.startswith(f"{project}-"):
        return None
    same = f"{normalized_version(parsed.version)}.tar.gz" == rest or parsed.project != project
    return "version" if same else "other-version"


@check("SDT003", waits=True)
def malformed_sdist_layout(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """One top folder with PKG-INFO in it, and no member stored with holes."""
    variants = {"sdist-top-level": "folders", "sdist-no-pkg-info": None, "tar-sparse": "sparse"}
    for built in built_files:
        seen = set()
        for problem in built.distribution.problems if built.is_sdist else ():
            if problem.row not in variants or problem.row in seen:
                continue
            seen.add(problem.row)
            names = built.distribution.names
            dotted = problem.row == "sdist-no-pkg-info" and any(name.startswith("./") for name in names)
            yield Finding(
                built.place,
                variant="dotted" if dotted else variants[problem.row],
                rejections=[problem.row],
                filename=built.filename,
                member=problem.member or "",
                folders=_top_folders(names),
            )


def _top_folders(names: tuple[str, ...]) -> list[str]:
    from preflight.distributions.zip_structure import printable

    return [printable(name) for name in dict.fromkeys(name.partition("/")[0] for name in names if name)][:5]


@check("SDT004")
def multiple_sdists(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """Two sdists of one release in one folder: PyPI takes the first that arrives."""
    from preflight.distributions.filenames import is_version, normalized_version

    releases: dict[tuple[str, str, str], list[BuiltFile]] = {}
    for built in built_files:
        if built.is_sdist and built.name and is_version(built.version):
            folder = built.path.rpartition("/")[0]
            releases.setdefault((folder, built.project, _release(normalized_version(built.version))), []).append(built)
    for found in releases.values():
        first, *others = found
        for built in others:
            yield Finding(
                built.place,
                variant=None if built.version == first.version else "spelling",
                rejections=["second-sdist"],
                related=[Related(first.place, "first")],
                filename=built.filename,
                other=first.filename,
                project=built.name,
                version=built.version,
                spelt=first.version,
            )


def _release(version: str) -> str:
    """A version by which PyPI tells releases apart: 1.54 and 1.54.0 are one (packaging: `canonicalize_version`)."""
    from packaging.utils import canonicalize_version

    return canonicalize_version(version)


@check("SDT006")
def sdist_without_build_configuration(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """Without pyproject.toml and setup.py in the top folder, pip does not know how to build (pip: req/req_install.py)."""
    from preflight.distributions.sdist_files import BUILD_FILES, has_build_file

    for built in built_files:
        top = built.distribution.top_level if built.is_sdist and built.distribution.whole else None
        if not top or top in (".", "/") or has_build_file(top, built.names):
            continue
        if built.filename.endswith(".zip") and f"{top}/PKG-INFO" not in built.names:
            continue  # some other zip
        deeper = sorted(name for name in built.names if name.rpartition("/")[2] in BUILD_FILES)
        yield Finding(
            built.place,
            variant="deeper" if deeper else None,
            filename=built.filename,
            folder=top,
            other=deeper[0] if deeper else "",
        )


@check("SDT007")
def release_without_sdist(built_files: tuple[BuiltFile, ...], focus: Focus) -> Iterator[Finding]:
    """Wheels of a release with no sdist beside them, where a whole folder is checked."""
    from preflight.distributions.filenames import is_version, normalized_version

    wheels: dict[tuple[str, str, str], BuiltFile] = {}
    sdists = set()
    for built in built_files:
        if built.path in focus.files or not is_version(built.version):
            continue
        release = (built.path.rpartition("/")[0], built.project, _release(normalized_version(built.version)))
        if built.is_sdist:
            sdists.add(release)
        else:
            wheels.setdefault(release, built)
    for release, built in wheels.items():
        if release not in sdists:
            yield Finding(
                built.place,
                confidence=Confidence.UNKNOWN,
                project=built.name,
                version=built.version,
                folder=release[0] or ".",
            )


@check("SDT005")
def build_file_not_in_sdist(
    named_files: tuple[NamedFile, ...],
    built_files: tuple[BuiltFile, ...],
    project: ProjectFolder,
    maybe_git: Git | None,
) -> Iterator[Finding]:
    """A file that the project's metadata name, that git tracks, and that the sdist of the project's folder leaves out."""
    from preflight.project.named_files import Role

    tracked = maybe_git.tracked if maybe_git is not None else None
    for built in built_files:
        top = built.distribution.top_level if built.is_sdist and built.distribution.whole else None
        if not top or built.path.rpartition("/")[0] != project.file("dist"):
            continue
        for named in named_files:
            if not named.found or named.outside or named.folder or named.role is Role.LICENCE_PATTERN:
                continue
            inside = named.path.removeprefix(f"{project.path}/") if project.path else named.path
            if f"{top}/{inside}" in built.names or (tracked is not None and named.path not in tracked):
                continue
            yield Finding(
                named.place,
                severity=Severity.WARNING,
                related=[Related(built.place, "sdist")],
                file=inside,
                key=named.key,
                filename=built.filename,
            )
