"""What a wheel brings into an environment, by the names of its files: modules to import, console scripts to run. Opens nothing."""

import keyword
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

_CODE_ENDINGS = (".py", ".so", ".pyd")
_SCRIPT_NAME = _compile(r"[A-Za-z0-9_][\w.-]*")
_MAX_NAMESPACE_DEPTH = 5

_BESIDE = frozenset("test tests doc docs example examples benchmark benchmarks conftest setup noxfile tasks".split())
"""What lies at the top of a wheel by accident, and needs more than the wheel to be imported."""


@dataclass(slots=True)
class _Folder:
    """A folder of code: its modules by the stem of their files, and its folders that lead to code."""

    modules: set[str] = field(default_factory=set)
    folders: dict[str, "_Folder"] = field(default_factory=dict)


def top_level_modules(names: Iterable[str]) -> list[str]:
    """The modules that a user of the wheel imports, sorted: its top-level packages and modules.

    Of a folder without `__init__`, which is a namespace, the packages right below it; of one without packages, its modules (PEP 420). Of
    folders in `NAME.data`, those that are installed among the modules count (PEP 427, "The .data directory").
    """
    top = _Folder()
    for name in names:
        path = _installed_path(name)
        if path and path[-1].endswith(_CODE_ENDINGS):
            folder = top
            for part in path[:-1]:
                folder = folder.folders.setdefault(part, _Folder())
            folder.modules.add(path[-1].partition(".")[0])
    found = [*(each for each in top.modules if _importable(each)), *_packages(top, "", 0)]
    chosen = {module for module in found if module.partition(".")[0] not in _BESIDE}
    return sorted(chosen or set(found))


def _installed_path(name: str) -> list[str]:
    parts = name.split("/")
    if parts[0].endswith(".dist-info"):
        return []
    if parts[0].endswith(".data"):
        return parts[2:] if len(parts) > 2 and parts[1] in ("purelib", "platlib") else []
    return parts


def _packages(folder: _Folder, parent: str, depth: int) -> Iterator[str]:
    for name, inner in folder.folders.items():
        if not _importable(name):
            continue
        if "__init__" in inner.modules:
            yield parent + name
        elif depth < _MAX_NAMESPACE_DEPTH:
            below = list(_packages(inner, f"{parent}{name}.", depth + 1))
            yield from below or (f"{parent}{name}.{each}" for each in inner.modules if _importable(each))


def _importable(name: str) -> bool:
    """Whether `import NAME` makes sense: mypyc's shared libraries, for one, are only for the modules beside them."""
    return (
        name.isidentifier()
        and not keyword.iskeyword(name)
        and name not in ("__init__", "__main__")
        and not name.endswith("__mypyc")
    )


def console_scripts(entry_points: str) -> Mapping[str, str]:
    """Name -> object reference of the console scripts that need no extra (PyPA specifications: "Entry points", File format)."""
    from configparser import ConfigParser, Error

    parser = ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(entry_points)
    except (Error, ValueError):
        return {}
    found = dict(parser["console_scripts"]) if parser.has_section("console_scripts") else {}
    return {name: value for name, value in found.items() if _SCRIPT_NAME.fullmatch(name) and "[" not in value}
