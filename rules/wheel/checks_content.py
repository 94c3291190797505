"""The rules about what a wheel brings along or leaves behind: PyPI takes all of it, users get a broken or cluttered install."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Related

if TYPE_CHECKING:
    from preflight.distributions.built import BuiltFile
    from preflight.project.git import Git
    from preflight.project.inventory import Inventory

_STRAY_FOLDERS = frozenset(
    "test tests doc docs example examples benchmark benchmarks .github .git .tox .nox .venv .pytest_cache .mypy_cache .ruff_cache .idea .vscode "
    "htmlcov node_modules dist build".split()
)
_STRAY_FILES = frozenset(
    "setup.py conftest.py noxfile.py tasks.py pyproject.toml setup.cfg tox.ini makefile .gitignore .env .pypirc requirements.txt".split()
)
_LOOSE_TEXTS = (
    "readme",
    "license",
    "licence",
    "changelog",
    "changes",
    "history",
    "contributing",
    "authors",
    "notice",
    "copying",
)
_TEST_FOLDERS = frozenset(
    ("test", "tests", "testing", "_tests", "testdata", "conftest", "examples", "docs", "benchmarks")
)
_TYPED = "Typing :: Typed"


def _contents(built: BuiltFile) -> list[str]:
    """The names of the files outside of the dist-info and data folders."""
    return [
        name
        for name in built.distribution.names
        if not name.endswith("/")
        and not ((".dist-info" in name or ".data" in name) and name.partition("/")[0].endswith((".dist-info", ".data")))
    ]


def _wheels(built_files: tuple[BuiltFile, ...]) -> Iterator[BuiltFile]:
    return (each for each in built_files if each.is_wheel and each.distribution.whole)


@check("WHL011")
def stray_wheel_content(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """Folders and files at the top of a wheel that land in everybody's site-packages, and compiled byte code."""
    for built in _wheels(built_files):
        names = _contents(built)
        own = built.project.replace("-", "_")
        tops = dict.fromkeys(name.partition("/")[0] for name in names if "/" in name)
        folders = [top for top in tops if top.lower() in _STRAY_FOLDERS and top.lower() != own]
        files = [name for name in names if "/" not in name and _is_stray(name)]
        common: dict[str, object] = {"filename": built.filename}
        if folders:
            first = next(name for name in names if name.startswith(f"{folders[0]}/"))
            yield Finding(built.member_place(first), names=folders, more=common)
        if files:
            yield Finding(built.member_place(files[0]), variant="files", names=files, more=common)
        code = [name for name in names if "/__pycache__/" in f"/{name}" and name.endswith((".pyc", ".pyo"))]
        if code:
            yield Finding(
                built.member_place(code[0]), variant="byte-code", names=code[:3], count=len(code), more=common
            )


def _is_stray(name: str) -> bool:
    lower = name.lower()
    stem, _, ending = lower.partition(".")
    return lower in _STRAY_FILES or (stem in _LOOSE_TEXTS and ending in ("", "md", "rst", "txt"))


@check("WHL012")
def missing_subpackage(
    built_files: tuple[BuiltFile, ...], inventory: Inventory, maybe_git: Git | None
) -> Iterator[Finding]:
    """Packages that the sdist beside the wheel, or else the checkout, has below a package of the wheel, and the wheel has not."""
    sdists = {(each.project, each.version): each for each in built_files if each.is_sdist and each.distribution.whole}
    for built in _wheels(built_files):
        sdist = sdists.get((built.project, built.version))
        if sdist is not None:
            top = sdist.distribution.top_level
            sources = [name.partition("/")[2] for name in sdist.names if top and name.startswith(f"{top}/")]
        else:
            sources = _checkout(built, inventory, maybe_git)
        if not sources:
            continue
        names = frozenset(_contents(built))
        packages = {name.partition("/")[0] for name in names if name.endswith("/__init__.py") and name.count("/") == 1}
        if not packages:
            continue
        missing = sorted(_missing(packages, names, sources))
        if missing:
            yield Finding(
                built.place,
                variant="sdist" if sdist is not None else None,
                confidence=Confidence.LIKELY,
                related=[Related(sdist.place, "sdist")] if sdist is not None else [],
                filename=built.filename,
                packages=[name.replace("/", ".") for name in missing[:8]],
            )


def _checkout(built: BuiltFile, inventory: Inventory, git: Git | None) -> list[str]:
    """The tracked files of the project in whose `dist` folder a wheel lies, relative to the project."""
    folder = built.path.rpartition("/")[0]
    for project in inventory.projects:
        if git is not None and folder == project.file("dist"):
            prefix = f"{project.path}/" if project.path else ""
            return [path.removeprefix(prefix) for path in git.tracked if path.startswith(prefix)]
    return []


def _missing(packages: Iterable[str], names: frozenset[str], sources: Iterable[str]) -> Iterator[str]:
    """The outermost packages of the sources that have no file in the wheel. Folders of tests and samples are often left out on purpose."""
    folders = {name.rpartition("/")[0] for name in names}
    shipped = {folder[:end] for folder in folders for end in _ends(folder)}
    found = set()
    for path in sources:
        inner = path.removeprefix("src/")
        package, slash, base = inner.rpartition("/")
        if base != "__init__.py" or not slash or package.partition("/")[0] not in packages or package in shipped:
            continue
        if not _TEST_FOLDERS.intersection(package.lower().split("/")):
            found.add(package)
    yield from (package for package in found if package.rpartition("/")[0] not in found)


def _ends(path: str) -> Iterator[int]:
    yield len(path)
    position = path.find("/")
    while position >= 0:
        yield position
        position = path.find("/", position + 1)


@check("WHL013")
def missing_type_marker(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """A wheel that calls itself typed and ships packages without `py.typed` (PEP 561). A single module cannot carry the marker."""
    for built in _wheels(built_files):
        if built.metadata is None:
            continue
        field = next((each for each in built.metadata.fields.all("classifier") if each.value.strip() == _TYPED), None)
        if field is None:
            continue
        names = _contents(built)
        packages = sorted({name.partition("/")[0] for name in names if name.endswith(".py") and "/" in name})
        stubs = any(package.endswith("-stubs") for package in (name.partition("/")[0] for name in names))
        if packages and not stubs and not any(name.endswith("/py.typed") for name in names):
            yield Finding(field.place, filename=built.filename, packages=packages[:5], package=packages[0])
