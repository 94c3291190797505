"""The version of the crate that a project's extension is built from, with workspace inheritance. Runs no cargo."""

import re
from posixpath import dirname

from preflight.project.backend import Family
from preflight.project.versions.reading import Reading
from preflight.project.versions.statement import Kind, VersionStatement
from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.sources.toml import TomlDocument
from preflight.sources.tree import join

MAX_PARENTS = 4
"""Folders above a crate in which its workspace is looked for."""


@dataclass(frozen=True, slots=True)
class Crate:
    """A crate's manifest and name, and the version it states.

    `inherited` is whether that stands in the workspace's manifest, for other crates too.
    """

    path: str
    name: str | None
    statement: VersionStatement | None
    inherited: bool = False


def crates(reading: Reading) -> list[Crate]:
    """The crates that the build backend compiles into the project, the one that decides the version first.

    maturin takes `tool.maturin.manifest-path`, else rust/Cargo.toml beside a Python source folder, else Cargo.toml
    (maturin: project_layout.rs, `resolve_manifest_paths`); setuptools-rust and hatch's plugins name paths of their
    own.
    """
    paths: list[str] = []
    if reading.backend.family is Family.MATURIN:
        paths.append(_maturin_manifest(reading))
    elif "setuptools-rust" in reading.requires and reading.document is not None:
        modules = reading.document.get("tool", "setuptools-rust", "ext-modules")
        for module in modules if isinstance(modules, list) else ():
            path = module.get("path", "Cargo.toml") if isinstance(module, dict) else None
            if isinstance(path, str):
                paths.append(path)
    return [crate for path in dict.fromkeys(paths) if (crate := _crate(reading, path)) is not None]


def _maturin_manifest(reading: Reading) -> str:
    named = reading.text("tool", "maturin", "manifest-path")
    if named:
        return named
    if "rust" in reading.names() and "Cargo.toml" in reading.names("rust"):
        module = (reading.text("project", "name") or "").replace("-", "_")
        python_first = reading.text("tool", "maturin", "python-source") is not None
        if python_first or "__init__.py" in reading.names(f"src/{module}"):
            return "rust/Cargo.toml"
    return "Cargo.toml"


def _crate(reading: Reading, path: str) -> Crate | None:
    manifest = reading.toml(path)
    if manifest is None:
        return None
    name = manifest.get("package", "name")
    name = name if isinstance(name, str) else None
    version = manifest.get("package", "version")
    if isinstance(version, str):
        place = manifest.place("package", "version")
        return Crate(path, name, VersionStatement.of(Kind.CARGO, version, place, "package.version"))
    if isinstance(version, dict) and version.get("workspace") is True:
        found = _workspace(reading, manifest, path)
        text = found.get("workspace", "package", "version") if found else None
        if found is not None and isinstance(text, str):
            place = found.place("workspace", "package", "version")
            statement = VersionStatement.of(Kind.CARGO, text, place, "workspace.package.version")
            return Crate(path, name, statement, inherited=True)
    return Crate(path, name, None)


def _workspace(reading: Reading, manifest: TomlDocument, path: str) -> TomlDocument | None:
    """The manifest of the workspace's root (The Cargo Book, "Workspaces")."""
    if manifest.has("workspace"):
        return manifest
    named = manifest.get("package", "workspace")
    above = [named] if isinstance(named, str) else ["/".join([".."] * up) for up in range(1, MAX_PARENTS + 1)]
    for each in (join(dirname(path), folder) for folder in above):
        root = reading.toml(f"{each}/Cargo.toml" if each else "Cargo.toml")
        if root is not None and root.has("workspace"):
            return root
    return None


def locked(reading: Reading, crate: Crate) -> tuple[Place, ...]:
    """The version in the crate's own entry in Cargo.lock, which `cargo build --locked` wants to agree.

    Found in the text: cargo writes the file in one form only, and parsing it would take longer than all the rest.
    """
    if crate.statement is None or crate.name is None:
        return ()
    name, version = re.escape(crate.name), re.escape(crate.statement.text)
    entry = re.compile(rf'(?m)^name = "{name}"\r?\nversion = "(?P<version>{version})"\r?\n(?!source)')
    for folder in dict.fromkeys((dirname(crate.path), "", "..", "../..")):
        lock = reading.source(f"{folder}/Cargo.lock" if folder else "Cargo.lock")
        found = entry.search(lock.text) if lock is not None else None
        if lock is not None and found is not None:
            return (lock.place(*found.span("version")),)
    return ()
