"""The rules about upload clients that look at this machine: addresses in its variables and settings, the twine on its PATH and what lies beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Severity
from preflight.sources.words import retold, say

if TYPE_CHECKING:
    from packaging.version import Version

    from preflight.credentials.installed import InstalledTool
    from preflight.credentials.uses import Use
    from preflight.project.backend import BuildBackend
    from preflight.project.inventory import Inventory
    from preflight.project.pyproject import PyprojectFile

_TITLES = {"pypi": "PyPI", "testpypi": "TestPyPI"}


@check("CLT001", "CLT002")
def addresses_on_machine(client_uses: tuple[Use, ...]) -> Iterator[Finding]:
    """The address that a client is given here, by a variable or its settings."""
    from preflight.workflows.endpoints import read_endpoint

    told = set()
    for use in client_uses:
        endpoint = read_endpoint(use.url, use.client)
        if endpoint is None:
            continue
        by = f"`{use.command}`"
        if use.chosen_by is not None:
            by = say("{client} by {where}", client=use.client, where=retold(use.chosen_by.where))
        if (key := (by, endpoint.shown)) in told:
            continue
        told.add(key)
        slash = endpoint.problem == "slash"
        certain = endpoint.surely_stops(use.client)
        yield Finding(
            use.chosen_by.place if use.chosen_by is not None else None,
            code="CLT002" if slash else "CLT001",
            variant=endpoint.problem if not slash else None if certain else "followed",
            severity=None if certain else Severity.WARNING,
            confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
            rejections=endpoint.rejections,
            by=by,
            url=endpoint.shown,
            meant=endpoint.meant,
            index=_TITLES[endpoint.index],
        )


@check("CLT007")
def missing_section_on_machine(client_uses: tuple[Use, ...]) -> Iterator[Finding]:
    """TWINE_REPOSITORY with a name that the `.pypirc` of the home folder does not list."""
    for use in client_uses:
        if use.is_default and use.unknown_name and use.chosen_by is not None:
            yield Finding(
                None,
                variant="here",
                confidence=Confidence.LIKELY,
                section=use.unknown_name,
                where=use.chosen_by.where,
            )


@check("CLT009")
def outdated_uploader_on_path(
    installed_tools: Mapping[str, InstalledTool],
    inventory: Inventory,
    build_backend: BuildBackend,
    pyproject_file: PyprojectFile,
) -> Iterator[Finding]:
    """The twine on PATH, where it does not know what the project's build backend writes."""
    from preflight.project.metadata_versions import is_newer, known_to_twine, written_metadata

    twine = installed_tools.get("twine")
    version = _version(twine.version) if twine is not None else None
    known = known_to_twine(version) if version is not None else None
    if twine is None or known is None or len(inventory.projects) != 1:
        return
    written = written_metadata(build_backend, pyproject_file.document)
    if written is None or written.newest is None or not is_newer(written.newest, known):
        return
    certain = written.least is not None and is_newer(written.least, known)
    yield Finding(
        None,
        variant="here",
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        tool=f"twine {twine.version}",
        script=twine.script,
        known=known,
        backend=written.backend,
        written=written.least if certain else written.newest,
    )


_LICENCE_FIELDS = "24.2"
"""packaging: changelog: the first release that reads metadata 2.4."""


@check("CLT010")
def outdated_library_beside_twine(installed_tools: Mapping[str, InstalledTool]) -> Iterator[Finding]:
    """The libraries beside the twine on PATH. A release may be made with another one, so that none of this is certain."""
    twine = installed_tools.get("twine")
    version = _version(twine.version) if twine is not None else None
    if twine is None or version is None:
        return
    packaging, toolbelt, urllib3 = (
        _version(twine.beside.get(name)) for name in ("packaging", "requests-toolbelt", "urllib3")
    )
    lines: list[tuple[str, str, dict[str, object]]] = []
    if packaging is not None and version.major >= 6 and packaging < _must(_LICENCE_FIELDS):
        lines.append(("packaging", "packaging-too-old-for-license-fields", {"found": str(packaging)}))
    if toolbelt is not None and urllib3 is not None and toolbelt.major < 1 and urllib3.major >= 2:
        more: dict[str, object] = {"found": str(toolbelt), "other": str(urllib3)}
        lines.append(("toolbelt", "requests-toolbelt-incompatible", more))
    for variant, cause, more in lines:
        yield Finding(
            None,
            variant=variant,
            severity=Severity.WARNING,
            confidence=Confidence.LIKELY,
            causes=[cause],
            tool=f"twine {twine.version}",
            script=twine.script,
            more=more,
        )


@check("CLT010")
def missing_markdown_renderer(
    installed_tools: Mapping[str, InstalledTool], pyproject_file: PyprojectFile
) -> Iterator[Finding]:
    """A README in Markdown, and a `twine check` that cannot read it; the upload does not need it."""
    twine = installed_tools.get("twine")
    document = pyproject_file.document
    readme = document.get("project", "readme") if document is not None else None
    path = readme.get("file") if isinstance(readme, dict) else readme
    if twine is None or not isinstance(path, str) or not path.lower().endswith(".md"):
        return
    renderer = twine.beside.get("readme-renderer")
    if renderer is not None and not {"cmarkgfm", "comrak"} & twine.beside.keys():
        yield Finding(
            None,
            variant="markdown",
            severity=Severity.INFO,
            confidence=Confidence.LIKELY,
            causes=["markdown-renderer-missing"],
            tool=f"twine {twine.version}",
            script=twine.script,
            found=renderer,
        )


def _version(text: str | None) -> Version | None:
    from packaging.version import Version

    try:
        return Version(text) if text is not None else None
    except ValueError:  # InvalidVersion, or a number of too many digits
        return None


def _must(text: str) -> Version:
    from packaging.version import Version

    return Version(text)
