"""The rules about the project's name, as far as the name itself decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.distributions.acceptance import is_project_name
from preflight.distributions.fields import Origin
from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Severity
from preflight.sources.patterns import compile as _compile

if TYPE_CHECKING:
    from preflight.distributions.fields import FieldSet
    from preflight.index.package_indexes import PackageIndexes
    from preflight.plan.targets import Target, UploadTargets
    from preflight.project.standard_library import ReleaseHistory, StandardLibrary

BUILT = {"metadata_sets": "built_sets"}

_ILLEGAL = _compile(r"[^A-Za-z0-9._-]")


@check("NAM001", also=BUILT)
def malformed_project_name(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """A name with characters or ends that PyPI does not allow.

    Backends refuse such a name in `[project]`. From elsewhere it gets into the built file, and older clients send it
    with a dash for each illegal character.
    """
    for fields in metadata_sets:
        field = fields.first("name")
        if field is None or not field.value or is_project_name(field.value):
            continue
        name = field.value
        illegal = list(dict.fromkeys(_ILLEGAL.findall(name)))
        refused = field.key == "project.name" and fields.backend not in ("", "maturin")
        built = fields.origin is not Origin.PROJECT  # today's clients refuse to send such a file, or send it as it is
        certain = built or refused or not is_project_name(_compile(r"[^A-Za-z0-9.]+").sub("-", name))
        lookalike = any(not character.isascii() for character in illegal)
        yield Finding(
            field.place,
            variant="lookalike" if lookalike else "characters" if illegal else "ends",
            severity=None if certain else Severity.WARNING,
            confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
            repeats=field.declared,
            name=name,
            characters=[_shown(character) for character in illegal],
            suggestion=_legal(name) or "sampleproject",
        )


def _shown(character: str) -> str:
    if character == " ":
        return "space"
    if character.isascii() and character.isprintable():
        return character
    from unicodedata import name

    official = name(character, f"U+{ord(character):04X}").lower()
    return f"{character} ({official})" if character.isprintable() else official


def _legal(name: str) -> str:
    """The nearest name that is allowed: letters without their accents, a dash for each other illegal run."""
    from unicodedata import combining, normalize

    plain = "".join(character for character in normalize("NFKD", name) if not combining(character))
    return _compile(r"[^A-Za-z0-9._]+").sub("-", plain).strip("-._")


@check("NAM004", also=BUILT)
def stdlib_project_name(
    metadata_sets: tuple[FieldSet, ...],
    standard_library: StandardLibrary,
    release_history: ReleaseHistory,
    upload_targets: UploadTargets,
    maybe_package_indexes: PackageIndexes | None,
) -> Iterator[Finding]:
    """The name of a standard library module, which only a project that exists already may have."""
    for fields in metadata_sets:
        field = fields.first("name")
        if field is None or field.value not in standard_library:
            continue
        lacking = _indexes_without(field.value, maybe_package_indexes, upload_targets)
        if lacking is not None:
            for target in lacking:
                yield Finding(
                    field.place,
                    variant="new",
                    confidence=Confidence.LIKELY if target.assumed else Confidence.CERTAIN,
                    repeats=field.declared,
                    name=field.value,
                    index=target.title,
                )
            continue
        before = release_history.has_release_tag
        yield Finding(
            field.place,
            variant="released" if before else None,
            severity=Severity.INFO if before else Severity.WARNING,
            confidence=Confidence.UNKNOWN,
            repeats=field.declared,
            name=field.value,
        )


def _indexes_without(
    name: str, package_indexes: PackageIndexes | None, upload_targets: UploadTargets
) -> list[Target] | None:
    """Those of PyPI and TestPyPI that have no project of this name; None where that is not known of one of them."""
    from preflight.distributions.filenames import normalize_project

    lacking = []
    for target in upload_targets.public:
        project = package_indexes.maybe_project(target.index, normalize_project(name)) if package_indexes else None
        if project is None:
            return None
        if not project.exists:
            lacking.append(target)
    return lacking if upload_targets.public else None
