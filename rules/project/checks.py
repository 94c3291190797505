"""The rules about pyproject.toml as a file, its build system, and the files that it names.

The project table stands in `checks_table.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Label, Severity

if TYPE_CHECKING:
    from preflight.project.backend import BuildBackend, BuildRequirement
    from preflight.project.dialect import Dialect
    from preflight.project.named_files import NamedFile
    from preflight.project.pyproject import PyprojectFile
    from preflight.sources.toml import TomlDocument

_READS_MARKED = {"maturin", "uv_build"}
"""Families written in Rust, whose parser passes over a byte order mark."""


@check("PRJ001")
def pyproject_syntax_error(pyproject_file: PyprojectFile, toml_dialect: Dialect) -> Iterator[Finding]:
    """What keeps pyproject.toml from being read. The standard library reads TOML 1.1 only since Python 3.15."""
    from preflight.sources.text import SourceSyntaxError

    error, source = pyproject_file.error, pyproject_file.source
    if error is None:
        return
    if source is None:
        yield Finding(error.place, variant="encoding", reason=error.reason)
    elif not isinstance(error, SourceSyntaxError):
        yield Finding(error.place, variant="too-complex", severity=Severity.WARNING, reason=error.reason)
    elif toml_dialect.marked:
        certain = toml_dialect.family is None or toml_dialect.family.value not in _READS_MARKED
        yield Finding(
            source.place(0, 1),
            variant="byte-order-mark",
            severity=None if certain else Severity.WARNING,
            edits=[Edit(source, 0, 1, "")],
        )
    elif toml_dialect.newer:
        yield Finding(error.place, variant="newer-toml", severity=Severity.WARNING, reason=error.reason)
    else:
        yield Finding(error.place, reason=error.reason)


_KNOWS_EXPRESSION = {
    "setuptools": ("setuptools", "77"),
    "flit": ("flit-core", "3.11"),
    "pdm": ("pdm-backend", "2.4"),
    "scikit-build-core": ("scikit-build-core", "0.11"),
}
"""Family -> the distribution and its first version that takes `project.license` as a string; older ones refuse
to build.
"""

_KNOWS_COMPOUND = _KNOWS_EXPRESSION | {"flit": ("flit-core", "3.12")}
"""The same for an expression of several licences."""

_KNOWS_FILES = {
    "setuptools": ("setuptools", "77"),
    "hatchling": ("hatchling", "1.26"),
    "pdm": ("pdm-backend", "2.4"),
    "maturin": ("maturin", "1.8.1"),
}
"""Family -> the same for `project.license-files` as a list. Others of that age only pass over it."""

_BUILT_BY_OWN_COMMAND = {"flit", "maturin", "poetry"}
"""Families whose own command builds with the version that is installed, whatever `build-system.requires` says."""


@check("PRJ003")
def outdated_build_backend(pyproject: TomlDocument, build_backend: BuildBackend) -> Iterator[Finding]:
    """Licence keys of PEP 639 with a backend that is kept below the version that knows them (the backends'
    change logs).
    """
    if build_backend.in_tree or not build_backend.declared:
        return
    family = build_backend.family.value
    licence = pyproject.get("project", "license")
    compound = isinstance(licence, str) and len(licence.split()) > 1
    wanted = [
        ("license", isinstance(licence, str), _KNOWS_COMPOUND if compound else _KNOWS_EXPRESSION),
        ("license-files", isinstance(pyproject.get("project", "license-files"), list), _KNOWS_FILES),
    ]
    seen: dict[str, tuple[BuildRequirement, str, list[str]]] = {}
    for key, used, known in wanted:
        distribution, version = known.get(family, ("", "0"))
        requirement = build_backend.cap(distribution, version) if used and distribution else None
        if requirement is None or distribution != build_backend.distribution:
            continue
        earlier = seen.get(requirement.text)
        keys = [*earlier[2], f"project.{key}"] if earlier else [f"project.{key}"]
        lowest = max(version, earlier[1], key=_release) if earlier else version
        seen[requirement.text] = (requirement, lowest, keys)
    for requirement, lowest, keys in seen.values():
        yield Finding(
            requirement.place,
            severity=Severity.WARNING if family in _BUILT_BY_OWN_COMMAND else None,
            confidence=Confidence.LIKELY if family in _BUILT_BY_OWN_COMMAND else Confidence.CERTAIN,
            edits=_raised(requirement, lowest),
            requirement=requirement.text,
            backend=build_backend.distribution,
            lowest=lowest,
            keys=keys,
        )


def _release(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _raised(requirement: BuildRequirement, lowest: str) -> list[Edit]:
    """The entry with nothing but the new lower bound, when it is a name with version specifiers and no extras."""
    place = requirement.place
    if place is None or requirement.specifier is None or "[" in requirement.text:
        return []
    quote = place.text[:1]
    name = requirement.text.strip()[: len(requirement.name)]
    if quote not in "'\"" or place.text.startswith(quote * 3):
        return []
    return [Edit.replace(place, f"{quote}{name}>={lowest}{quote}")]


_BRINGS_NOTHING = frozenset(
    {
        "cffi",
        "cmake",
        "cython",
        "flit-core",
        "hatchling",
        "maturin",
        "meson-python",
        "nanobind",
        "ninja",
        "numpy",
        "oldest-supported-numpy",
        "packaging",
        "pdm-backend",
        "pip",
        "poetry-core",
        "pybind11",
        "scikit-build-core",
        "setuptools",
        "tomli",
        "trove-classifiers",
        "typing-extensions",
        "uv-build",
        "wheel",
    }
)
"""Distributions that bring no build backend along but themselves. What others bring, or their extras, is not known."""


@check("PRJ004")
def backend_not_in_requires(pyproject: TomlDocument, build_backend: BuildBackend) -> Iterator[Finding]:
    """A backend that nothing in `build-system.requires` installs (PEP 517: frontends install these, and nothing
    else).
    """
    table = pyproject.get("build-system")
    if not isinstance(table, dict) or build_backend.in_tree:
        return
    own_command = any(
        build_backend.family.value == name or pyproject.has("tool", name) for name in _BUILT_BY_OWN_COMMAND
    )
    severity = Severity.WARNING if own_command else None
    if "requires" not in table:
        yield Finding(build_backend.table, variant="no-requires", severity=severity, backend=build_backend.backend)
        return
    distribution = build_backend.distribution
    if distribution is None or not build_backend.requires_given or any(build_backend.requirements(distribution)):
        return
    names = [requirement.name for requirement in build_backend.requires]
    if not _BRINGS_NOTHING.issuperset(names) or any("[" in requirement.text for requirement in build_backend.requires):
        return
    yield Finding(
        build_backend.place or build_backend.requires_place,
        variant=None if build_backend.declared else "no-backend",
        severity=severity,
        edits=_added(pyproject, distribution) if build_backend.declared else [],
        backend=build_backend.backend.removesuffix(":__legacy__"),
        distribution=distribution,
        requires=names or None,
    )


def _added(pyproject: TomlDocument, distribution: str) -> list[Edit]:
    end = pyproject.table_end("build-system", "requires")
    if end is None:
        return []
    separator = ", " if pyproject.get("build-system", "requires") else ""
    return [Edit.insert(pyproject.source, end, f'{separator}"{distribution}"')]


_REFUSES_MISSING_TEXT = frozenset(
    {"flit", "hatchling", "maturin", "meson-python", "pdm", "poetry", "scikit-build-core", "uv_build"}
)
"""Families that refuse to build without a readme or licence file that is named. setuptools warns, and leaves it
empty.
"""

_REFUSES_UNMATCHED = {
    "flit": ("flit-core", "3.11"),
    "meson-python": ("meson-python", "0"),
    "pdm": ("pdm-backend", "2.4"),
    "poetry": ("poetry-core", "2.2"),
    "scikit-build-core": ("scikit-build-core", "0.11"),
    "uv_build": ("uv-build", "0.10"),
}
"""Family -> since when it refuses a pattern of `license-files` that matches nothing (PEP 639, "Add license-
files key").
"""

_REFUSES_OUTSIDE = frozenset({"flit", "hatchling", "maturin", "poetry", "setuptools"})
"""Families whose newest version refuses a readme outside the project's folder, be it only for the sdist."""


@check("PRJ005")
def missing_referenced_file(named_files: tuple[NamedFile, ...], build_backend: BuildBackend) -> Iterator[Finding]:
    """Readmes, licences and lists that are named and not there. What a build script may write is a warning only."""
    for named in named_files:
        if named.found and named.near is None:
            yield from _outside(named, build_backend)
            continue
        refuses = not build_backend.in_tree and build_backend.declared and _refuses(named, build_backend)
        sure = refuses and named.written_by is None
        yield Finding(
            named.place,
            variant=_variant(named, refuses),
            severity=None if sure and not named.found else Severity.WARNING,
            confidence=Confidence.CERTAIN if named.written_by is None else Confidence.LIKELY,
            edits=_respelt(named) or _renamed(named),
            what=named.role.value.removesuffix(" pattern"),
            file=named.written,
            key=named.key,
            near=named.near or "",
            instead=Label("alike", alike=named.alike) if named.alike is not None else "",
            writer=named.written_by or "",
            backend=build_backend.family.value,
        )


def _variant(named: NamedFile, refuses: bool) -> str | None:
    if named.near is not None:
        return "letter-case"
    if named.folder:
        return "folder"
    if named.written_by is not None:
        return "maybe-written"
    if named.role.value == "licence pattern":
        return "unmatched" if refuses else "unmatched-left-out"
    if not refuses:
        return "left-empty"
    return None


def _refuses(named: NamedFile, build_backend: BuildBackend) -> bool:
    family = build_backend.family.value
    if named.role.value == "licence pattern":
        distribution, version = _REFUSES_UNMATCHED.get(family, ("", ""))
        return bool(distribution) and build_backend.cap(distribution, version) is None
    return named.role.value in ("readme", "licence") and family in _REFUSES_MISSING_TEXT


def _outside(named: NamedFile, build_backend: BuildBackend) -> Iterator[Finding]:
    """A readme outside the project's folder: setuptools always refused it, hatchling does since 1.32, flit_core
    since 4.
    """
    family = build_backend.family.value
    if not named.outside or named.role.value != "readme" or family not in _REFUSES_OUTSIDE or build_backend.in_tree:
        return
    if (family == "hatchling" and build_backend.cap("hatchling", "1.32")) or (
        family == "flit" and build_backend.cap("flit-core", "4")
    ):
        return
    certain = family == "setuptools" and build_backend.declared
    yield Finding(
        named.place,
        variant="outside",
        severity=None if certain else Severity.WARNING,
        confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
        what=named.role.value,
        file=named.written,
        key=named.key,
        backend=family,
    )


def _respelt(named: NamedFile) -> list[Edit]:
    """The name as it is spelt on disk, when only its last part differs and it stands there as a plain string."""
    near = named.near
    if near is None:
        return []
    old, new = named.path.rpartition("/")[2], near.rpartition("/")[2]
    place = named.place
    text = place.text
    if (
        near.rpartition("/")[0] != named.path.rpartition("/")[0]
        or text[1:-1] != named.written
        or not named.written.endswith(old)
    ):
        return []
    return [Edit(place.source, place.end - 1 - len(old), place.end - 1, new, Applicability.SAFE)]


def _renamed(named: NamedFile) -> list[Edit]:
    """The file of nearly the same name, where the missing one stands there as a plain string."""
    place = named.place
    if named.alike is None or place.text[1:-1] != named.written:
        return []
    return [Edit(place.source, place.start + 1, place.end - 1, named.alike, Applicability.UNSAFE)]
