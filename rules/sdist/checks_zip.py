"""The rule about sdists that are zip files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Finding

if TYPE_CHECKING:
    from preflight.distributions.archive import Distribution

_ZIP_ROWS = ("zip-sdist-top-level", "zip-sdist-no-pkg-info")


@check("SDT002", waits=True)
def zip_sdist(distributions: tuple[Distribution, ...]) -> Iterator[Finding]:
    """Sdists as `.zip`: PyPI opens them and then refuses the name (PEP 625; warehouse: forklift/legacy.py)."""
    from preflight.distributions.archive import Kind
    from preflight.distributions.filenames import SdistFilename, normalized_version, parse_sdist_filename

    for distribution in distributions:
        if distribution.kind is not Kind.ZIP_SDIST:
            continue
        packed = any(name == "PKG-INFO" or name.endswith("/PKG-INFO") for name in distribution.names)
        parsed = parse_sdist_filename(distribution.filename)
        rows = [each.row for each in distribution.problems if each.row in _ZIP_ROWS]
        if not packed and not (rows and isinstance(parsed, SdistFilename)):
            continue
        expected = distribution.filename.removesuffix(".zip") + ".tar.gz"
        if isinstance(parsed, SdistFilename):
            expected = f"{parsed.normalized_project.replace('-', '_')}-{normalized_version(parsed.version)}.tar.gz"
        yield Finding(
            distribution.place,
            rejections=[*dict.fromkeys(rows), "sdist-filename-normalization"],
            file=distribution.filename,
            expected=expected,
        )
