"""File names of wheels and sdists, read and judged as PyPI reads and judges them. Looks at no file.

Sources: PEP 427 and the "Binary distribution format" (wheel file names), PEP 625 (sdist file names), PEP 425 (compressed tag sets); packaging 26.2:
utils.py; warehouse: forklift/legacy.py, `_validate_filename` and `file_upload`.
"""

from re import ASCII, IGNORECASE

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

METADATA_SUFFIX = ".metadata"
"""What PyPI appends to a wheel's name for its metadata file: the longer name must fit the file system too."""

MAX_NAME_BYTES = 255
"""Length of a file name in bytes that the usual file systems allow."""

_QUICK_VERSION = _compile(
    r"(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*(?:(?:a|b|rc)[0-9]+)?(?:\.post[0-9]+)?(?:\.dev[0-9]+)?(?:\+[a-z0-9]+(?:\.[a-z0-9]+)*)?"
)
_EXTENSION = _compile(r".+?(?P<extension>\.(tar\.gz|zip|whl))$", IGNORECASE)
_WHEEL_PROJECT = _compile(r"[\w.]*\n?")
_BUILD = _compile(r"\d+.*", ASCII)
_RUNS = _compile(r"[-_.]+")
_NONPRINTABLE = _compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class FilenameProblem:
    """Why PyPI refuses a file name: the row of the refusal, and the part of the name that it dislikes."""

    row: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class WheelFilename:
    """The parts of a wheel's name as they are spelt. `tags` are the three tag parts, each perhaps a compressed set."""

    project: str
    version: str
    build: str
    tags: tuple[str, str, str]

    @property
    def normalized_project(self) -> str:
        """The project's name as indexes compare it."""
        return normalize_project(self.project)

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platform tags, each once, in their order."""
        return tuple(dict.fromkeys(self.tags[2].lower().split(".")))

    @property
    def info_folder(self) -> str:
        """The folder in which PyPI looks for the wheel's metadata: spelt as the file name is (PEP 427)."""
        return f"{self.project}-{self.version}.dist-info"


@dataclass(frozen=True, slots=True)
class SdistFilename:
    """The parts of an sdist's name as they are spelt."""

    project: str
    version: str

    @property
    def normalized_project(self) -> str:
        """The project's name as indexes compare it."""
        return normalize_project(self.project)


def normalize_project(name: str) -> str:
    """The name as indexes compare it ("Names and normalization"; packaging: `canonicalize_name`)."""
    return _RUNS.sub("-", name).lower()


def is_version(text: str) -> bool:
    """Whether packaging takes a text for a version (PEP 440)."""
    if _QUICK_VERSION.fullmatch(text):
        return True
    from packaging.version import Version

    try:
        Version(text)
    except ValueError:  # InvalidVersion, or a number of too many digits
        return False
    return True


def normalized_version(text: str) -> str:
    """A version as packaging spells it.

    Raises:
        ValueError: it is no version.
    """
    from packaging.version import Version

    return str(Version(text))


def character_problem(filename: str) -> FilenameProblem | None:
    """Characters that PyPI allows in no file name (warehouse: forklift/legacy.py, `_validate_filename`)."""
    if match := _NONPRINTABLE.search(filename):
        return FilenameProblem("filename-nonprintable", f"U+{ord(match[0]):04X}")
    if "/" in filename or "\\" in filename:
        return FilenameProblem("filename-separator", "\\" if "\\" in filename else "/")
    return None


def extension_problem(filename: str) -> FilenameProblem | None:
    """An ending that PyPI takes for no file type (PEP 527; warehouse: forklift/legacy.py, `_validate_filename`).

    The client tells the type from the ending, so only an upper-case ending is of a wrong type.
    """
    match = _EXTENSION.match(filename)
    if match is None:
        return FilenameProblem("extension-unknown")
    extension = match["extension"]
    if extension != extension.lower():
        return FilenameProblem("extension-wrong-for-filetype", extension)
    return None


def length_problem(filename: str) -> FilenameProblem | None:
    """A name that does not fit PyPI's file system, or only without the suffix of the metadata file of a wheel."""
    length = len(filename.encode("utf-8", "surrogateescape"))
    limit = MAX_NAME_BYTES - (len(METADATA_SUFFIX) if filename.endswith(".whl") else 0)
    return FilenameProblem("filename-too-long", str(length)) if length > limit else None


def parse_wheel_filename(filename: str) -> WheelFilename | FilenameProblem:
    """Take a wheel's name apart, or say which refusal it meets (packaging: `parse_wheel_filename`, as of 26.2)."""
    if not filename.endswith(".whl"):
        return FilenameProblem("wheel-filename-extension")
    stem = filename[:-4]
    dashes = stem.count("-")
    if dashes < 2:
        # the look into the archive comes first, and needs a name and a version
        return FilenameProblem("wheel-name-unparsable")
    if dashes not in (4, 5):
        return FilenameProblem("wheel-filename-parts", str(dashes + 1))
    project, version, *build, python, abi, platform = stem.split("-")
    if "__" in project or not _WHEEL_PROJECT.fullmatch(project):
        return FilenameProblem("wheel-filename-project", project)
    if not is_version(version):
        return FilenameProblem("wheel-filename-version", version)
    if build and not _BUILD.match(build[0]):
        return FilenameProblem("wheel-filename-build", build[0])
    return WheelFilename(project, version, "".join(build), (python, abi, platform))


def parse_sdist_filename(filename: str) -> SdistFilename | FilenameProblem:
    """Take an sdist's name apart, or say which refusal it meets (packaging: `parse_sdist_filename`, as of 26.2)."""
    for extension in (".tar.gz", ".zip"):
        if filename.endswith(extension):
            project, dash, version = filename.removesuffix(extension).rpartition("-")
            if dash and is_version(version):
                return SdistFilename(project, version)
            return FilenameProblem("sdist-filename-unparsable", version)
    return FilenameProblem("sdist-filename-unparsable")
