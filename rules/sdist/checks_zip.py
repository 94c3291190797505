"""The rule about zip files that are to be sdists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Finding

if TYPE_CHECKING:
    from preflight.distributions.archive import Distribution
    from preflight.engine.workspace import Focus

_ZIP_ROWS = ("zip-sdist-top-level", "zip-sdist-no-pkg-info")


@check("SDT002", waits=True)
def zip_sdist(distributions: tuple[Distribution, ...], focus: Focus) -> Iterator[Finding]:
    """Sdists as `.zip`: PyPI opens them and then refuses the name (PEP 625; warehouse: forklift/legacy.py).

    Another zip, such as a renamed wheel, is refused for its contents; it is told of where it was named itself.
    """
    from preflight.distributions.archive import Kind
    from preflight.distributions.filenames import SdistFilename, normalized_version, parse_sdist_filename

    for distribution in distributions:
        if distribution.kind is not Kind.ZIP_SDIST:
            continue
        packed = any(name == "PKG-INFO" or name.endswith("/PKG-INFO") for name in distribution.names)
        parsed = parse_sdist_filename(distribution.filename)
        rows = [each.row for each in distribution.problems if each.row in _ZIP_ROWS]
        is_sdist = packed or (bool(rows) and isinstance(parsed, SdistFilename))
        if not is_sdist:
            if distribution.path in focus.files:
                yield Finding(
                    distribution.place,
                    variant="other-zip",
                    rejections=list(dict.fromkeys(rows)),
                    causes=[],
                    file=distribution.filename,
                )
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
