"""The rules about metadata that only a built file decides: its version against its fields, and what clients refuse to send."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Severity

if TYPE_CHECKING:
    from preflight.distributions.built import BuiltFile


@check("MET003")
def metadata_version_too_low(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """Fields that came after the metadata version that the file states (packaging: `Metadata.from_raw`)."""
    from preflight.distributions.core_metadata import too_new

    for built in built_files:
        if built.metadata is None:
            continue
        stated = built.metadata.value("metadata-version")
        for field, added in too_new(built.metadata):
            yield Finding(field.place, key=field.key, added=added, stated=stated, file=built.filename)


@check("MET005")
def unsendable_headers(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """Headers with which twine refuses to send the file, although PyPI would not mind (twine: package.py)."""
    for built in built_files:
        if built.metadata is None:
            continue
        for variant, fields in (("unknown", built.metadata.unknown), ("undecoded", built.metadata.undecoded)):
            for field in fields:
                yield Finding(
                    field.place,
                    variant=variant,
                    severity=Severity.WARNING,
                    confidence=Confidence.LIKELY,
                    rejections=[],
                    causes=[],
                    key=field.key[:80],
                )
