"""What an index knows of one project: its files, releases and state. Asks nothing and judges nothing."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from preflight.publishers.registered import PYPI, TESTPYPI, index_title
from preflight.sources.records import dataclass

if TYPE_CHECKING:
    from packaging.version import Version

SDIST_ENDINGS = (".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar.Z", ".tar")

ACTIVE, ARCHIVED, QUARANTINED = "active", "archived", "quarantined"


@dataclass(frozen=True, slots=True)
class IndexFile:
    """A file that an index has. What it does not tell is empty or None; `uploaded` is in seconds since 1970."""

    filename: str
    sha256: str = ""
    size: int | None = None
    uploaded: float | None = None
    yanked: bool = False
    provenance: str = ""

    @property
    def is_wheel(self) -> bool:
        return self.filename.endswith(".whl")

    @property
    def is_sdist(self) -> bool:
        return self.filename.endswith(SDIST_ENDINGS)


@dataclass(frozen=True)
class IndexProject:
    """One project on one index. `status` is a word of PEP 792, empty where the index has none.

    `exists` is False where the index certainly has no project of this name: the simple page of PyPI is there as soon as a project is, with a release or without
    (warehouse: api/simple.py, `simple_detail`).
    """

    index: str
    name: str
    exists: bool
    files: tuple[IndexFile, ...] = ()
    status: str = ""

    @property
    def title(self) -> str:
        """The index in a sentence."""
        return index_title(self.index)

    @property
    def public(self) -> bool:
        """Whether this is PyPI or TestPyPI, whose rules are known."""
        return self.index in (PYPI, TESTPYPI)

    @cached_property
    def by_name(self) -> Mapping[str, IndexFile]:
        """The files by their names."""
        return {each.filename: each for each in self.files}

    @cached_property
    def releases(self) -> "Mapping[Version, tuple[IndexFile, ...]]":
        """The files by version: `1.54` and `1.54.0` are one. A file whose name tells no version is left out."""
        found: dict[Version, list[IndexFile]] = {}
        for each in self.files:
            version = version_of(self.name, each.filename)
            if version is not None:
                found.setdefault(version, []).append(each)
        return {version: tuple(files) for version, files in found.items()}

    @cached_property
    def newest(self) -> "Version | None":
        """The version that installers take: the highest final release that is not yanked, else the highest of all that are not."""
        good = [version for version, files in self.releases.items() if not all(each.yanked for each in files)]
        final = [version for version in good if not version.is_prerelease]
        return max(final or good, default=None)

    def release(self, text: str) -> tuple[IndexFile, ...]:
        """The files of a version, however it is spelt."""
        from packaging.version import Version

        try:
            return self.releases.get(Version(text), ())
        except ValueError:  # malformed, or of more digits than Python reads
            return ()


def version_of(project: str, filename: str) -> "Version | None":
    """The version in the name of a wheel or sdist of a project, old spellings too; None where none can be told."""
    from packaging.version import Version

    from preflight.distributions.filenames import normalize_project

    if filename.endswith(".whl"):
        parts = filename.split("-")
        texts = parts[1:2]
    else:
        ending = next((each for each in SDIST_ENDINGS if filename.endswith(each)), None)
        if ending is None:
            return None
        stem = filename.removesuffix(ending)
        dashes = [position for position, character in enumerate(stem) if character == "-"]
        texts = [stem[at + 1 :] for at in dashes if normalize_project(stem[:at]) == project]
    for text in texts:
        try:
            return Version(text)
        except ValueError:  # malformed, or of more digits than Python reads
            continue
    return None
