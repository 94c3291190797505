"""The rules about the version of built files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Severity
from preflight.sources.patterns import compile as _compile

if TYPE_CHECKING:
    from preflight.distributions.fields import FieldSet

_FALLBACK = _compile(
    r"(?P<plain>0\.0(?:\.0)?)|0(?:\.0)*\+(?:unknown|untagged|0\..*)|0\.0\.0\.post[0-9]+\.dev0|0\.1\.dev[0-9]+\+g?[0-9a-f]{7,}.*"
    r"|0\.0\.0\.dev[0-9]+|0\.0\.post1\.dev[0-9]+.*|0\+unknown|999\.0\.0\.dev0"
)
"""What setuptools-scm, hatch-vcs, versioneer, dunamai, versioningit and poetry-dynamic-versioning make up where they find no tag."""


@check("VER006")
def malformed_built_version(built_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """The version in the metadata (packaging: `Metadata`)."""
    from preflight.distributions.acceptance import sent, version_refusals

    for fields in built_sets:
        field = fields.first("version")
        value = sent(field.value) if field else None
        for refusal in version_refusals(value) if value is not None else ():
            if field is not None and refusal.rejection == "version-invalid":  # braces may crash the server: MET004
                yield Finding(
                    field.place or fields.place,
                    rejections=[refusal.rejection],
                    repeats=field.declared,
                    version=" ".join(value.split())[:80] if value else "",
                    key=field.key,
                )


@check("VER007")
def local_version(built_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """A local part, behind `+` (PEP 440; warehouse: forklift/metadata.py)."""
    for fields in built_sets:
        field = fields.first("version")
        if field is None or "+" not in field.value:
            continue
        version, local = _parts(field.value)
        if local:
            yield Finding(
                field.place or fields.place,
                repeats=field.declared,
                version=field.value.strip(),
                public=version,
                local=local,
            )


def _parts(text: str) -> tuple[str, str]:
    from packaging.version import Version

    try:
        version = Version(text)
    except ValueError:  # InvalidVersion, or a number of too many digits
        return text, ""
    return version.public, version.local or ""


@check("VER011")
def fallback_version(built_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """A version that a tool makes up where it finds no tag; one that the project states itself is meant."""
    for fields in built_sets:
        field = fields.first("version")
        if field is None or field.declared is not None:
            continue
        match = _FALLBACK.fullmatch(field.value.strip())
        if match:
            yield Finding(
                field.place or fields.place,
                severity=Severity.INFO if match["plain"] else Severity.WARNING,
                confidence=Confidence.LIKELY,
                version=field.value.strip(),
            )
