"""Whether a version tool is set to add a local part to commits without a tag. Runs no tool."""

from collections.abc import Mapping

from preflight.sources.text import Place
from preflight.sources.toml import TomlDocument

WITHOUT_LOCAL_PART: Mapping[str, str] = {
    "setuptools-scm": 'local_scheme = "no-local-version"',
    "hatch-vcs": 'raw-options.local_scheme = "no-local-version"',
    "versioningit": 'format.distance = "{base_version}.post{distance}"',
}
"""Version tool -> what makes it leave the local part out, in its table of pyproject.toml."""


def makes_local_part(document: TomlDocument, tool: str) -> Place | None:
    """Where the project has its version tool add a local part to commits without a tag; None where it does not, or where that is not known.

    The schemes that add one are setuptools-scm's `node-and-date`, which is its default, and `node-and-timestamp` (setuptools-scm, "Extending
    setuptools-scm"); versioningit has it in its default format of a `distance` (versioningit, "Configuration").
    """
    table: tuple[str, ...]
    match tool:
        case "setuptools-scm":
            table = ("tool", "setuptools_scm")
            given = document.get(*table)
        case "hatch-vcs":
            table = ("tool", "hatch", "version")
            given = document.get(*table, "raw-options", default={}) if document.has(*table) else None
        case _:
            table = ("tool", "versioningit")
            given = document.get(*table)
    if not isinstance(given, dict) or any("describe" in key or key in ("parse", "scm") for key in given):
        return None
    if tool == "versioningit":
        formats, vcs = given.get("format", {}), given.get("vcs", {})
        if not isinstance(formats, dict) or not isinstance(vcs, dict) or "method" in formats or "method" in vcs:
            return None
        if "+" not in str(formats.get("distance", "+")):
            return None
        return document.place(*table, *(("format", "distance") if "distance" in formats else ()))
    name = (*table, "raw-options") if tool == "hatch-vcs" else table
    scheme = given.get("local_scheme")
    if scheme is None:
        return document.place(*table)
    return document.place(*name, "local_scheme") if scheme in ("node-and-date", "node-and-timestamp") else None
