"""The fact `installed_tools`: the upload tools on PATH and the libraries beside them, read from their metadata. Runs none of them.

A console script names its interpreter in its first line, and that interpreter's environment holds the `*.dist-info` folders of what is installed
(PyPA, "Recording installed projects").
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from preflight.sources.records import dataclass
from preflight.sources.tree import DiskTree

if TYPE_CHECKING:
    from preflight.credentials.machine import Machine

TOOLS = {
    "twine": ("packaging", "pkginfo", "readme-renderer", "requests-toolbelt", "urllib3", "cmarkgfm", "comrak"),
    "uv": (),
    "hatch": ("hatchling",),
    "poetry": ("poetry-core",),
    "flit": ("flit-core",),
    "pdm": (),
    "maturin": (),
}
"""Tool -> the libraries beside it that decide whether it works."""

_BACKENDS = ("setuptools", "hatchling", "flit-core", "poetry-core", "pdm-backend")
_MAX_SCRIPT = 64 * 1024


@dataclass(frozen=True)
class InstalledTool:
    """A tool on PATH. `beside` holds the versions of libraries in its environment."""

    name: str
    version: str
    script: str
    environment: str
    beside: Mapping[str, str]


def installed_tools(machine: Machine) -> Mapping[str, InstalledTool]:
    """The first of each tool on PATH whose version can be read."""
    found = {}
    for name, libraries in TOOLS.items():
        script = _on_path(machine, name)
        tool = _read(machine, name, script, libraries) if script is not None else None
        if tool is not None:
            found[name] = tool
    return found


def _on_path(machine: Machine, name: str) -> Path | None:
    names = [f"{name}.exe"] if machine.system == "win32" else [name]
    for folder in machine.variables.get("PATH", "").split(";" if machine.system == "win32" else ":"):
        for each in names:
            path = Path(folder, each)
            if folder and path.is_absolute() and DiskTree(path.parent).is_file(each) and os.access(path, os.X_OK):
                return path
    return None


def _read(machine: Machine, name: str, script: Path, libraries: tuple[str, ...]) -> InstalledTool | None:
    for environment in _environments(script):
        for folder in _site_packages(environment):
            versions = _versions(folder, (name, *libraries, *_BACKENDS))
            if name in versions:
                beside = {each: version for each, version in versions.items() if each != name}
                return InstalledTool(name, versions[name], machine.shown(script), machine.shown(environment), beside)
    return None


def _environments(script: Path) -> Iterator[Path]:
    """The roots of the environments that a script may belong to: of the interpreter in its first line, and of the folder that it lies in.

    Both are looked at before links are followed: the interpreter of an environment is a link to another one.
    """
    interpreter = _interpreter(script)
    if interpreter is not None:
        yield interpreter.parent.parent
    yield script.parent.parent
    try:
        real = script.resolve()
    except (OSError, RuntimeError):
        return
    inner = _interpreter(real)
    if inner is not None:
        yield inner.parent.parent
    yield real.parent.parent


def _interpreter(script: Path) -> Path | None:
    """The interpreter of a script: after `#!`, or in the second line after `exec` where the path is too long for the first (pip: distlib's scripts)."""
    try:
        with script.open("rb") as file:
            lines = file.read(_MAX_SCRIPT).split(b"\n", 2)
    except OSError:
        return None
    head = lines[0]
    if not head.startswith(b"#!"):
        return None
    words = head[2:].decode(errors="replace").split()
    if words[:1] == ["/bin/sh"] and len(lines) > 1 and b"exec" in lines[1]:
        rest = lines[1].decode(errors="replace").partition("exec")[2].split()
        words = [word for each in rest if (word := each.strip("\"'"))]
    path = Path(words[0].strip('"')) if words else None
    return path if path is not None and path.is_absolute() and "python" in path.name.lower() else None


def _site_packages(environment: Path) -> Iterator[Path]:
    tree = DiskTree(environment)
    pythons = [f"{lib}/{name}" for lib in ("lib", "lib64") for name in reversed(tree.names(lib))]
    folders = [
        f"{python}/{name}" for python in pythons if "/python3" in python for name in ("site-packages", "dist-packages")
    ]
    yield from (environment / folder for folder in ("Lib/site-packages", *folders) if tree.is_folder(folder))


def _versions(folder: Path, wanted: tuple[str, ...]) -> dict[str, str]:
    """The versions of distributions by the names of their folders: `NAME-VERSION.dist-info`, with underscores for dashes."""
    found = {}
    for entry in DiskTree(folder).names(""):
        stem = entry.removesuffix(".dist-info").removesuffix(".egg-info")
        if stem == entry:
            continue
        name, _, version = stem.partition("-")
        normal = name.replace("_", "-").replace(".", "-").lower()
        if normal in wanted and version:
            found[normal] = version.partition("-")[0]
    return found
