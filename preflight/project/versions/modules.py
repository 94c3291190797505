"""Which Python modules a project ships, as far as its configuration or its layout says. Lists folders, reads no
module.
"""

import re
from collections.abc import Iterator
from posixpath import basename

from preflight.project.backend import Family
from preflight.project.versions.reading import Reading
from preflight.sources.records import dataclass
from preflight.sources.tree import join

_SEPARATORS = r"[-_.]+"
_PYTHON_AFFIX = r"^(?:python|py)[-_.]?|[-_.]?(?:python|py)$"
_ROOTS = ("", "src", "python", "lib")
_NO_PACKAGE = frozenset(
    "test tests testing doc docs example examples script scripts tool tools util utils benchmark benchmarks "
    "bench build dist node_modules requirements ci bin etc tasks fixtures htmlcov site-packages typings stubs "
    "contrib".split()
)


@dataclass(frozen=True, slots=True)
class ShippedModule:
    """A top-level module of the distribution: a package's folder, or a file `NAME.py`. Paths are relative to the
    project.
    """

    path: str
    is_package: bool
    file: str | None = None

    @property
    def name(self) -> str:
        return basename(self.path).removesuffix(".py")


def main_module(reading: Reading) -> ShippedModule | None:
    """The module that the distribution is named after, or the only one it has. Packages that merely ride along are
    none of it.
    """
    configured = [found for path in _configured(reading) if (found := _module(reading, path)) is not None]
    if configured:
        named = [found for found in configured if _is_named_after(reading, found.name)]
        return named[0] if named else configured[0] if len(configured) == 1 else None
    name = reading.name
    if name is None:
        return None
    for root in _ROOTS:
        for each in _spellings(reading, root, name):
            found = _module(reading, join(root, each))
            if found is not None:
                return found
    return _only_package(reading) if reading.backend.family is Family.SETUPTOOLS else None


def flit_module(reading: Reading) -> ShippedModule | None:
    """Flit's module: named in a table, or after the project; in the project's folder or in src (flit_core: common.py,
    `Module`).
    """
    name = reading.text("tool", "flit", "module", "name") or reading.text("tool", "flit", "metadata", "module")
    name = name or (reading.text("project", "name") or "").replace("-", "_")
    if not name:
        return None
    path = name.replace(".", "/")
    found = [each for root in ("", "src") if (each := _module(reading, join(root, path))) is not None]
    return found[0] if len(found) == 1 else None


def module_candidates(reading: Reading, module: str) -> Iterator[str]:
    """Where setuptools may find a module, a file before a package (setuptools: config/expand.py, `_find_module`)."""
    parts = module.split(".") if module else ["__init__"]
    for root in _setuptools_roots(reading, parts[0]):
        path = join(root, "/".join(parts))
        yield f"{path}.py"
        yield f"{path}/__init__.py"


def _setuptools_roots(reading: Reading, package: str) -> list[str]:
    """The folders that setuptools looks for a package in: `package-dir`, where packages are searched for, src, and
    the project's own.
    """
    roots: list[str] = []
    directories = reading.table("tool", "setuptools", "package-dir")
    own = directories.get(package)
    if isinstance(own, str):
        roots.append(join(own, ".."))
    if isinstance(directories.get(""), str):
        roots.append(str(directories[""]))
    where = reading.table("tool", "setuptools", "packages", "find").get("where")
    roots += [each for each in where if isinstance(each, str)] if isinstance(where, list) else []
    cfg = reading.setup_cfg
    stated = cfg.get("options", "package_dir") if cfg else None
    for line in stated.value.splitlines() if stated else ():
        key, _, folder = line.partition("=")
        if not key.strip() and folder.strip():
            roots.append(folder.strip())
    found = cfg.get("options.packages.find", "where") if cfg else None
    roots += [line.strip() for line in found.value.replace(",", "\n").splitlines() if line.strip()] if found else []
    for call in reading.setup_calls or ():
        keyword = call.keywords.get("package_dir")
        if keyword is not None and isinstance(keyword.value, dict) and isinstance(keyword.value.get(""), str):
            roots.append(keyword.value[""])
    return list(dict.fromkeys([*roots, "src", "", "lib"])) if not roots else list(dict.fromkeys([*roots, ""]))


def _configured(reading: Reading) -> Iterator[str]:
    """The paths of the modules that the backend's own configuration names."""
    match reading.backend.family:
        case Family.HATCHLING:
            for target in (("targets", "wheel"), ()):
                table = reading.table("tool", "hatch", "build", *target)
                for key in ("packages", "only-include"):
                    yield from _strings(table.get(key))
        case Family.POETRY:
            packages = reading.document.get("tool", "poetry", "packages") if reading.document else None
            for entry in packages if isinstance(packages, list) else ():
                if isinstance(entry, dict) and isinstance(entry.get("include"), str):
                    root = entry.get("from")
                    yield join(root if isinstance(root, str) else "", entry["include"].partition("*")[0])
        case Family.FLIT:
            module = flit_module(reading)
            if module is not None:
                yield module.path
        case Family.PDM:
            root = reading.text("tool", "pdm", "build", "package-dir") or ""
            for include in _strings(reading.table("tool", "pdm", "build").get("includes")):
                yield join("", include.partition("*")[0])
            if root and reading.name:
                yield join(root, reading.name.replace("-", "_"))
        case Family.MATURIN:
            root = reading.text("tool", "maturin", "python-source") or ""
            names = [*_strings(reading.table("tool", "maturin").get("python-packages"))]
            names += [each.partition(".")[0] for each in _strings(reading.table("tool", "maturin").get("module-name"))]
            yield from (join(root, name) for name in names)
        case Family.UV_BUILD:
            table = reading.table("tool", "uv", "build-backend")
            root = table.get("module-root", "src")
            names = [*_strings(table.get("module-name"))] or [(reading.name or "").replace("-", "_").replace(".", "_")]
            yield from (join(root if isinstance(root, str) else "src", name.replace(".", "/")) for name in names)
        case Family.SCIKIT_BUILD_CORE:
            packages = reading.table("tool", "scikit-build", "wheel").get("packages")
            yield from _strings(list(packages.values()) if isinstance(packages, dict) else packages)
        case Family.SETUPTOOLS:
            yield from _setuptools_modules(reading)
        case _:
            return


def _setuptools_modules(reading: Reading) -> Iterator[str]:
    packages = reading.document.get("tool", "setuptools", "packages") if reading.document else None
    names = [
        *_strings(packages),
        *_strings(reading.document.get("tool", "setuptools", "py-modules") if reading.document else None),
    ]
    for call in reading.setup_calls or ():
        for key in ("packages", "py_modules"):
            if key in call.keywords:
                names += _strings(call.keywords[key].value)
    for option in ("packages", "py_modules"):
        stated = reading.setup_cfg.get("options", option) if reading.setup_cfg else None
        if stated is not None and ":" not in stated.value:
            names += [line.strip() for line in stated.value.replace(",", "\n").splitlines() if line.strip()]
    for name in dict.fromkeys(each.partition(".")[0] for each in names):
        directories = reading.table("tool", "setuptools", "package-dir")
        if isinstance(directories.get(name), str):
            yield str(directories[name])
            continue
        for root in _setuptools_roots(reading, name):
            if _module(reading, join(root, name)) is not None:
                yield join(root, name)
                break


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, (list, tuple)) else []


def _module(reading: Reading, path: str) -> ShippedModule | None:
    """The module at a path, which may leave out `.py`."""
    path = join("", path)
    folder, _, name = path.rpartition("/")
    if not path or path.startswith(".."):
        return None
    names = reading.names(folder)
    if name.endswith(".py"):
        return ShippedModule(path, False, path) if name in names else None
    if name in names:
        inside = reading.names(path)
        if inside:
            return ShippedModule(path, True, f"{path}/__init__.py" if "__init__.py" in inside else None)
    return ShippedModule(f"{path}.py", False, f"{path}.py") if f"{name}.py" in names else None


def _spellings(reading: Reading, root: str, name: str) -> Iterator[str]:
    """How the project's name may be written as a module in a folder: `my-app` as `my_app`, `MyApp`, or `my/app`."""
    flat = _flat(name)
    for each in sorted(reading.names(root)):
        if _flat(each.removesuffix(".py")) == flat:
            yield each
    parts = re.split(_SEPARATORS, name.lower())
    for width in range(1, min(len(parts), 4)):
        first, rest = "_".join(parts[:width]), "_".join(parts[width:])
        if (
            first in reading.names(root)
            and rest in reading.names(join(root, first))
            and "__init__.py" not in reading.names(join(root, first))
        ):
            yield f"{first}/{rest}"


def _flat(name: str) -> str:
    return re.sub(_SEPARATORS, "", name).lower()


def _is_named_after(reading: Reading, module: str) -> bool:
    name = (reading.name or "").lower()
    bare = re.sub(_PYTHON_AFFIX, "", name) or name
    return _flat(module) in {_flat(name), _flat(bare)} or _flat(re.sub(_PYTHON_AFFIX, "", module.lower())) == _flat(
        bare
    )


def _only_package(reading: Reading) -> ShippedModule | None:
    """The one package that setuptools discovers by itself (setuptools documentation, "Automatic discovery")."""
    for root in ("src", ""):
        folders = [
            name
            for name in reading.names(root)
            if name.isidentifier()
            and (root or name.lower() not in _NO_PACKAGE)
            and "__init__.py" in reading.names(join(root, name))
        ]
        if folders:
            return _module(reading, join(root, folders[0])) if len(folders) == 1 else None
    return None
