"""What release tools record of a project's version: the one they will replace at the next bump, and the files they
keep up to date.
"""

from collections.abc import Iterator

from preflight.project.versions.copies import module_statements
from preflight.project.versions.reading import Reading
from preflight.project.versions.statement import Kind, VersionStatement
from preflight.project.versions.structured import string, top_level
from preflight.sources.toml import TomlDocument
from preflight.sources.yaml import Mapping


def recorded_versions(reading: Reading) -> Iterator[VersionStatement]:
    """The version that each release tool takes for the current one."""
    yield from _bumpversion(reading)
    yield from _bumpver(reading)
    yield from _commitizen(reading)
    yield from _tbump(reading)
    yield from _release_please(reading)


def kept_modules(reading: Reading) -> Iterator[VersionStatement]:
    """The versions in Python files that python-semantic-release and commitizen are told to rewrite."""
    for key in ("version_variables", "version_variable"):
        for entry in _strings(reading.table("tool", "semantic_release").get(key)):
            for each in entry.split(","):
                path, _, name = each.strip().partition(":")
                name = name.partition(":")[0]
                if path.endswith(".py") and name.isidentifier():
                    yield from module_statements(reading, path, (name,))
    for entry in _strings(reading.table("tool", "commitizen").get("version_files")):
        path, _, word = entry.partition(":")
        if path.endswith(".py") and "*" not in path and word in ("", "__version__", "version"):
            yield from module_statements(reading, path, ("__version__",))


def _strings(value: object) -> list[str]:
    return (
        [value]
        if isinstance(value, str)
        else [each for each in value if isinstance(each, str)]
        if isinstance(value, list)
        else []
    )


def _of_toml(document: TomlDocument | None, *path: str) -> Iterator[VersionStatement]:
    value = document.get(*path) if document is not None else None
    if document is not None and isinstance(value, str):
        yield VersionStatement.of(Kind.RELEASE_TOOL, value, document.place(*path), ".".join(path))


def _of_ini(reading: Reading, path: str, section: str) -> Iterator[VersionStatement]:
    document = reading.setup_cfg if path == "setup.cfg" else reading.ini(path)
    found = document.get(section, "current_version") if document is not None else None
    if found is not None and section in (document.sections if document else ()):
        text = found.value.strip().strip("\"'")
        yield VersionStatement.of(Kind.RELEASE_TOOL, text, found.place, f"{section}.current_version")


def _bumpversion(reading: Reading) -> Iterator[VersionStatement]:
    """bump-my-version, bump2version, bumpversion: `current_version`; without it they take the project's own (bump-my-
    version: config/files.py).
    """
    yield from _of_toml(reading.document, "tool", "bumpversion", "current_version")
    yield from _of_toml(reading.toml(".bumpversion.toml"), "tool", "bumpversion", "current_version")
    yield from _of_ini(reading, ".bumpversion.cfg", "bumpversion")
    yield from _of_ini(reading, "setup.cfg", "bumpversion")


def _bumpver(reading: Reading) -> Iterator[VersionStatement]:
    yield from _of_toml(reading.document, "tool", "bumpver", "current_version")
    for name in ("bumpver.toml", ".bumpver.toml"):
        yield from _of_toml(reading.toml(name), "bumpver", "current_version")
    yield from _of_ini(reading, "setup.cfg", "bumpver")


def _commitizen(reading: Reading) -> Iterator[VersionStatement]:
    """commitizen: `version`, unless a provider reads it elsewhere (commitizen's documentation, "Version provider")."""
    for document in (reading.document, reading.toml(".cz.toml"), reading.toml("cz.toml")):
        if (
            document is not None
            and document.get("tool", "commitizen", "version_provider", default="commitizen") == "commitizen"
        ):
            yield from _of_toml(document, "tool", "commitizen", "version")
    for name in (".cz.json", "cz.json", ".cz.yaml", "cz.yaml"):
        source = reading.source(name)
        root = top_level(source) if source is not None else None
        table = root.get("commitizen") if root is not None else None
        provider = string(table, "version_provider") if isinstance(table, Mapping) else None
        found = string(table, "version") if isinstance(table, Mapping) else None
        if found is not None and (provider is None or provider.value == "commitizen"):
            yield VersionStatement.of(Kind.RELEASE_TOOL, found.value, found.place, "commitizen.version")


def _tbump(reading: Reading) -> Iterator[VersionStatement]:
    yield from _of_toml(reading.document, "tool", "tbump", "version", "current")
    yield from _of_toml(reading.toml("tbump.toml"), "version", "current")


def _release_please(reading: Reading) -> Iterator[VersionStatement]:
    """release-please: the manifest of the repository names the project's folder, `.` for the root (release-please:
    docs/manifest-releaser.md).
    """
    if reading.project.path:
        full = ".release-please-manifest.json"
        source = reading.files.find(full) if reading.tree.is_file(full) else None
    else:
        source = reading.source(".release-please-manifest.json")
    found = string(top_level(source), reading.project.path or ".") if source is not None else None
    if found is not None:
        yield VersionStatement.of(
            Kind.RELEASE_TOOL, found.value, found.place, found.value and (reading.project.path or ".")
        )
