"""What PyPI expects of an sdist's file name and members, given the metadata. Opens no archive.

Sources: PEP 625, PEP 639 and the "Source distribution format"; warehouse: forklift/legacy.py.
"""

from collections.abc import Collection, Iterable, Iterator

from preflight.distributions.filenames import SdistFilename, normalize_project, normalized_version

BUILD_FILES = ("pyproject.toml", "setup.py")
"""Installers build an sdist that has one of these in its top folder."""


def expected_sdist_filename(name: str, version: str) -> str:
    """The only file name that PyPI takes for the sdist of a release (PEP 625).

    Raises:
        ValueError: the version is none.
    """
    return f"{normalize_project(name).replace('-', '_')}-{normalized_version(version)}.tar.gz"


def project_in_filename(parsed: SdistFilename, filename: str, name: str, version: str) -> str:
    """The project's name as PyPI reads it from an sdist's file name: the version of a post-release may hold a dash (warehouse: `file_upload`)."""
    from packaging.version import Version

    if filename.count("-") < 2 or parsed.normalized_project == normalize_project(name):
        return parsed.normalized_project
    try:
        if not Version(version).is_postrelease:
            return parsed.normalized_project
    except ValueError:  # InvalidVersion, or a number of too many digits
        return parsed.normalized_project
    # the name is cut there even where what follows is no version
    return normalize_project(filename.rpartition("-")[0].rpartition("-")[0])


def missing_license_files(paths: Iterable[str], folder: str, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """The licence files that are not at their place below `folder`, each with that place (PEP 639; warehouse: `file_upload`)."""
    for path in paths:
        place = f"{folder}/{path}"
        if path and place not in names:
            yield path, place


def has_build_file(top: str, names: Collection[str]) -> bool:
    """Whether an installer finds out how to build the sdist."""
    return any(f"{top}/{name}" in names for name in BUILD_FILES)
