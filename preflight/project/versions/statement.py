"""What a place says about the version, and how two versions stand to each other. Reads no files."""

from enum import StrEnum

from packaging.version import Version

from preflight.sources.records import dataclass
from preflight.sources.text import Place

MAX_LENGTH = 200
"""Characters above which a text is no version."""

FIRST_YEAR = 1900
"""The first component from which on a version counts by the calendar."""

_R_DEVELOPMENT = frozenset({99, 999, 9000, 9999})
"""Last components by which some projects mark a version as under development, as R packages do."""


class Kind(StrEnum):
    """What sort of place a version stands in."""

    PROJECT_TABLE = "project-table"
    TOOL_TABLE = "tool-table"
    SETUP_FILE = "setup-file"
    MODULE = "module"
    CARGO = "cargo"
    MESON = "meson"
    VERSION_FILE = "version-file"
    RELEASE_TOOL = "release-tool"
    DOCUMENTATION = "documentation"
    CITATION = "citation"
    PACKAGE_JSON = "package-json"


def parsed(text: str) -> Version | None:
    """The version that a text is, None where packaging refuses it (PEP 440). SemVer's `1.0.0-beta.2` is `1.0.0b2`."""
    if len(text) > MAX_LENGTH:
        return None
    try:
        return Version(text)
    except ValueError:  # InvalidVersion, or a number of too many digits
        return None


@dataclass(frozen=True, slots=True)
class VersionStatement:
    """A version as some place states it.

    `place` covers the version's own characters, without quotes, unless `editable` is false: then the text cannot be
    exchanged there alone. `key` is what people call the place: `project.version`, `__version__`. `abbreviated` is
    for places where a short form (1.2) is in order. `mirrors` are further places that must change together with
    this one, such as the entry in a lock file.
    """

    kind: Kind
    text: str
    version: Version | None
    place: Place
    key: str
    editable: bool = True
    abbreviated: bool = False
    mirrors: tuple[Place, ...] = ()

    @classmethod
    def of(
        cls,
        kind: Kind,
        text: str,
        place: Place,
        key: str,
        *,
        abbreviated: bool = False,
        mirrors: tuple[Place, ...] = (),
    ) -> "VersionStatement":
        """A statement whose place may hold quotes around the text: they are taken off."""
        inner, exact = bare(place, text)
        return cls(kind, text, parsed(text), inner, key, exact, abbreviated, mirrors)


def bare(place: Place, text: str) -> tuple[Place, bool]:
    """The place of a text inside the place of the literal around it, and whether it stands there exactly so."""
    written = place.text
    if written == text:
        return place, True
    start = written.find(text) if text else -1
    around = len(written) - len(text)
    if start < 0 or around > 8 or written.count(text) != 1:
        return place, False
    return place.source.place(place.start + start, place.start + start + len(text)), True


def is_placeholder(version: Version) -> bool:
    """Whether a version is obviously none: all zeros, or all nines. Such a value is filled in when building or at run
    time.
    """
    return not any(version.release) or all(part in _R_DEVELOPMENT for part in version.release)


def is_development(version: Version) -> bool:
    """Whether a version marks a state between releases: `.dev`, a local part, or a last component like 9000."""
    marked = len(version.release) > 1 and version.release[-1] in _R_DEVELOPMENT
    return version.dev is not None or version.local is not None or marked


def same(left: Version, right: Version) -> bool:
    """Whether two versions are one release for an index, which knows no local parts."""
    return left.public == right.public or (left.local is None and right.local is None and left == right)


def is_short_for(short: Version, full: Version) -> bool:
    """Whether `short` only leaves out the last components of `full`: 1.2 for 1.2.3."""
    width = len(short.release)
    return (
        short.epoch == full.epoch
        and width < len(full.release)
        and short.release == full.release[:width]
        and not _suffixed(short)
    )


def _suffixed(version: Version) -> bool:
    return version.pre is not None or version.post is not None or version.dev is not None


def succeeds(later: Version, earlier: Version) -> bool:
    """Whether the release of `later` is that of `earlier`, or the next one by any component (1.2.4, 1.3, 2)."""
    width = max(len(later.release), len(earlier.release))
    new, old = _padded(later, width), _padded(earlier, width)
    if later.epoch != earlier.epoch:
        return False
    return new == old or any(
        new == (*old[:index], old[index] + 1, *[0] * (width - index - 1)) for index in range(width)
    )


def _padded(version: Version, width: int) -> tuple[int, ...]:
    release = version.release
    if len(release) > 1 and release[-1] in _R_DEVELOPMENT:
        release = release[:-1]
    return (*release, *[0] * (width - len(release)))


def is_one_line(left: Version, right: Version) -> bool:
    """Whether two versions can be states of one thing: they agree in the first component, are neighbours, or are both
    calendar versions.
    """
    if left.epoch != right.epoch:
        return False
    both_dates = left.major >= FIRST_YEAR and right.major >= FIRST_YEAR
    return left.major == right.major or both_dates or succeeds(left, right) or succeeds(right, left)


def between_releases(published: Version, copy: Version) -> bool:
    """Whether two versions differ only because one of them is already marked for the development after (or before)
    the other.
    """
    if not (is_development(published) or is_development(copy)):
        return False
    return succeeds(published, copy) or succeeds(copy, published)
