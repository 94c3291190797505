"""The build backend of a project: which one it is, what the project asks of it, and which versions of it that leaves.

Runs nothing.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from preflight.project.inventory import ProjectFolder
from preflight.project.pyproject import PyprojectFile
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.sources.toml import TomlDocument
from preflight.sources.tree import Tree

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

LEGACY_BACKEND = "setuptools.build_meta:__legacy__"
"""What build frontends use where pyproject.toml names no backend (PEP 517, "Source trees")."""

_NAME = _compile(
    r"\s*(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?P<extras>\[[^\]]*\])?\s*(?P<rest>[^;]*)(?:;(?P<marker>.*))?"
)


class Family(StrEnum):
    """Backends that read a project's metadata in the same way, wrappers and in-tree copies included."""

    SETUPTOOLS = "setuptools"
    HATCHLING = "hatchling"
    FLIT = "flit"
    POETRY = "poetry"
    PDM = "pdm"
    MATURIN = "maturin"
    MESON_PYTHON = "meson-python"
    SCIKIT_BUILD_CORE = "scikit-build-core"
    UV_BUILD = "uv_build"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Provider:
    """A backend's import name: its family, and the distribution that installs it."""

    family: Family
    distribution: str


_PROVIDERS: Mapping[str, Provider] = {
    "setuptools.build_meta": Provider(Family.SETUPTOOLS, "setuptools"),
    "scikit_build_core.setuptools.build_meta": Provider(Family.SETUPTOOLS, "scikit-build-core"),
    "pbr.build": Provider(Family.SETUPTOOLS, "pbr"),
    "hatchling.build": Provider(Family.HATCHLING, "hatchling"),
    "hatchling.ouroboros": Provider(Family.HATCHLING, "hatchling"),
    "flit_core.buildapi": Provider(Family.FLIT, "flit-core"),
    "flit_core.build_thyself": Provider(Family.FLIT, "flit-core"),
    "flit.buildapi": Provider(Family.FLIT, "flit"),
    "flit_scm": Provider(Family.FLIT, "flit-scm"),
    "poetry.core.masonry.api": Provider(Family.POETRY, "poetry-core"),
    "poetry.masonry.api": Provider(Family.POETRY, "poetry"),
    "poetry_dynamic_versioning.backend": Provider(Family.POETRY, "poetry-dynamic-versioning"),
    "pdm.backend": Provider(Family.PDM, "pdm-backend"),
    "pdm.pep517.api": Provider(Family.PDM, "pdm-pep517"),
    "maturin": Provider(Family.MATURIN, "maturin"),
    "mesonpy": Provider(Family.MESON_PYTHON, "meson-python"),
    "scikit_build_core.build": Provider(Family.SCIKIT_BUILD_CORE, "scikit-build-core"),
    "uv_build": Provider(Family.UV_BUILD, "uv-build"),
}
"""Import name of a backend module -> who provides it."""

_FAMILY_BY_ROOT: Mapping[str, Family] = {
    "setuptools": Family.SETUPTOOLS,
    "hatchling": Family.HATCHLING,
    "flit_core": Family.FLIT,
    "poetry": Family.POETRY,
    "pdm": Family.PDM,
    "maturin": Family.MATURIN,
    "mesonpy": Family.MESON_PYTHON,
    "scikit_build_core": Family.SCIKIT_BUILD_CORE,
    "uv_build": Family.UV_BUILD,
}


def normalised(name: str) -> str:
    """A distribution's name in the form that names are compared in (PEP 503)."""
    return _SEPARATORS.sub("-", name).lower()


_SEPARATORS = _compile(r"[-_.]+")
_UPPER_BOUND = _compile(r"<|==|~=")


@dataclass(frozen=True)
class BuildRequirement:
    """One entry of `build-system.requires`.

    `name` is normalised, and empty where the entry is not even roughly a requirement.
    """

    text: str
    place: Place | None
    name: str
    marker: str | None

    @cached_property
    def specifier(self) -> "SpecifierSet | None":
        """The versions that the entry accepts; None where it is a direct URL, or no requirement (PEP 508)."""
        from packaging.requirements import InvalidRequirement, Requirement

        try:
            parsed = Requirement(self.text)
        except InvalidRequirement:
            return None
        return None if parsed.url else parsed.specifier


@dataclass(frozen=True)
class BuildBackend:
    """The backend that builds the project, as far as the files tell.

    `backend` is the object's reference as PEP 517 has it. `declared` is whether pyproject.toml names it; where it
    does not, frontends take setuptools (Poetry's own command takes Poetry). `in_tree` is whether `backend-path` puts
    folders of the project in front: then the code is the project's, whatever its name. `distribution` is the
    normalised name of the distribution that provides it, None where that is not known.
    """

    backend: str
    family: Family
    distribution: str | None
    requires: tuple[BuildRequirement, ...] = ()
    requires_given: bool = False
    declared: bool = False
    in_tree: bool = False
    place: Place | None = None
    requires_place: Place | None = None
    table: Place | None = None

    def requirements(self, distribution: str) -> Iterator[BuildRequirement]:
        """The entries of `build-system.requires` that ask for a distribution."""
        wanted = normalised(distribution)
        return (requirement for requirement in self.requires if requirement.name == wanted)

    def cap(self, distribution: str, version: str) -> BuildRequirement | None:
        """The entry that keeps a distribution below a version, whatever the index has; None where nothing certainly
        does.

        Entries with an environment marker hold only for some builds, and those that are URLs say nothing: they keep
        nothing.
        """
        for requirement in self.requirements(distribution):
            if requirement.marker is not None or not _UPPER_BOUND.search(requirement.text):
                continue
            from packaging.version import Version

            if requirement.specifier is not None and _all_below(requirement.specifier, Version(version)):
                return requirement
        return None


def _all_below(specifier: "SpecifierSet", version: "Version") -> bool:
    """Whether every version that the specifiers accept is lower than `version` (PEP 440, "Version specifiers")."""
    from packaging.version import Version

    for clause in specifier:
        text = clause.version
        try:
            if clause.operator == "==" and text.endswith(".*"):
                prefix = Version(text[:-2])
                if prefix < version and prefix.release != version.release[: len(prefix.release)]:
                    return True
            elif clause.operator in ("==", "===", "<="):
                if Version(text) < version:
                    return True
            elif clause.operator == "<":
                if Version(text) <= version:
                    return True
            elif clause.operator == "~=":
                lowest = Version(text)
                family = lowest.release[:-1]
                if lowest < version and family != version.release[: len(family)]:
                    return True
        except ValueError:  # InvalidVersion, or a number of too many digits
            continue
    return False


def build_backend(project: ProjectFolder, tree: Tree, pyproject_file: PyprojectFile) -> BuildBackend:
    """The project's build backend, read from `[build-system]` (PEP 517, PEP 518).

    An unreadable pyproject.toml counts as one that names none.
    """
    document = pyproject_file.document
    if document is None:
        return BuildBackend(LEGACY_BACKEND, Family.SETUPTOOLS, "setuptools")
    table = document.get("build-system")
    if not isinstance(table, dict):
        return _undeclared(project, tree, document)
    requires = tuple(_requirements(document, table.get("requires")))
    reference = table.get("build-backend")
    in_tree = isinstance(table.get("backend-path"), list) and bool(table["backend-path"])
    declared = isinstance(reference, str) and bool(reference.strip())
    backend = reference.strip() if isinstance(reference, str) and declared else LEGACY_BACKEND
    provider = provider_of(backend)
    return BuildBackend(
        backend,
        provider.family if provider else _FAMILY_BY_ROOT.get(_module(backend).partition(".")[0], Family.OTHER),
        provider.distribution if provider else None,
        requires,
        requires_given=isinstance(table.get("requires"), list),
        declared=declared,
        in_tree=in_tree,
        place=document.place("build-system", "build-backend") if declared else None,
        requires_place=document.place("build-system", "requires") if "requires" in table else None,
        table=document.key_place("build-system"),
    )


def provider_of(backend: str) -> Provider | None:
    """Who provides a backend, None for one that is not known."""
    module = _module(backend)
    return _PROVIDERS.get(module) or (_PROVIDERS["flit_scm"] if module == "flit_scm.buildapi" else None)


def _module(backend: str) -> str:
    return backend.partition(":")[0].strip()


def _undeclared(project: ProjectFolder, tree: Tree, document: TomlDocument) -> BuildBackend:
    poetry = document.get("tool", "poetry")
    if isinstance(poetry, dict) and "name" in poetry and not tree.is_file(project.file("setup.py")):
        return BuildBackend("poetry.core.masonry.api", Family.POETRY, "poetry-core")
    return BuildBackend(LEGACY_BACKEND, Family.SETUPTOOLS, "setuptools")


def _requirements(document: TomlDocument, value: object) -> Iterator[BuildRequirement]:
    if not isinstance(value, list):
        return
    for index, entry in enumerate(value):
        if isinstance(entry, str):
            match = _NAME.fullmatch(entry.strip())
            name = normalised(match["name"]) if match else ""
            marker = match["marker"] if match and match["marker"] and match["marker"].strip() else None
            yield BuildRequirement(entry, document.place("build-system", "requires", index), name, marker)
