"""Which core metadata version a project's build backend writes, from the versions of it that the project accepts. Builds nothing."""

from typing import TYPE_CHECKING

from preflight.project.backend import BuildBackend
from preflight.sources.records import dataclass
from preflight.sources.toml import TomlDocument

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

_WRITES: dict[str, tuple[tuple[str, str], ...]] = {
    "hatchling": (("1.27.0", "2.4"), ("1.32.0", "2.5")),
    "flit-core": (("3.11.0", "2.4"), ("4.0.0", "2.5")),
    "setuptools": (("77.0.0", "2.4"),),
    "poetry-core": (("2.0.0", "2.3"), ("2.2.0", "2.4")),
}
"""Distribution of a backend -> from which of its releases on it writes which version, whatever the project declares.

hatchling: metadata/spec.py, `DEFAULT_METADATA_VERSION` (1.30.0, withdrawn at once, wrote 2.5 too); flit_core/common.py, `Metadata.metadata_version`;
setuptools: _core_metadata.py; poetry-core: masonry/metadata.py. Other backends choose by the fields that the project uses.
"""


@dataclass(frozen=True, slots=True)
class WrittenMetadata:
    """`least` is what the lowest accepted release of the backend writes, `newest` what its newest accepted one does; None below all that is known."""

    backend: str
    least: str | None
    newest: str | None


def written_metadata(backend: BuildBackend, document: TomlDocument | None) -> WrittenMetadata | None:
    """The metadata versions that a build may come out with; None where that is not known."""
    steps = _WRITES.get(backend.distribution or "")
    if steps is None or backend.in_tree or backend.distribution is None or not backend.declared:
        return None
    if backend.distribution == "hatchling" and document is not None and _chooses_version(document):
        return None
    requirements = [each for each in backend.requirements(backend.distribution) if each.marker is None]
    specifiers = [each.specifier for each in requirements]
    if not specifiers or any(each is None for each in specifiers):
        return None
    least = newest = None
    for first, version in steps:
        if any(_all_from(each, first) for each in specifiers if each is not None):
            least = version
        if backend.cap(backend.distribution, first) is None:
            newest = version
    return WrittenMetadata(backend.distribution, least, newest)


def _chooses_version(document: TomlDocument) -> bool:
    """Whether hatch's own setting `core-metadata-version` stands anywhere."""
    targets = document.get("tool", "hatch", "build", "targets")
    return isinstance(targets, dict) and any(
        isinstance(each, dict) and "core-metadata-version" in each for each in targets.values()
    )


def _all_from(specifier: "SpecifierSet", first: str) -> bool:
    """Whether every version that the specifiers accept is `first` or higher (PEP 440, "Version specifiers")."""
    from packaging.version import Version

    lowest: Version = Version(first)
    for clause in specifier:
        text = clause.version.removesuffix(".*")
        try:
            if clause.operator in (">=", "==", "~=", ">", "===") and Version(text) >= lowest:
                return True
        except ValueError:  # InvalidVersion, or a number of too many digits
            continue
    return False


def is_newer(version: str, than: str) -> bool:
    """Whether a metadata version is newer than another one."""
    return tuple(map(int, version.split("."))) > tuple(map(int, than.split(".")))


def known_to_twine(version: "Version") -> str | None:
    """The newest metadata version that a release of twine certainly knows; None where a library beside it decides.

    twine: changelog; 5.1.1 holds pkginfo below 1.11, which knows 2.3; before, any newer pkginfo may stand beside it.
    """
    if version.major >= 7:
        return "2.5"
    if version.major == 6:
        return "2.4"
    return "2.3" if version.base_version == "5.1.1" else None
