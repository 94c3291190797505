"""Where the version comes from: writes the source that a build backend lacks, or moves a static version into the module when asked."""

import ast
from collections.abc import Iterator

from preflight.beginning.changes import Change, appended, edited, newline_of
from preflight.beginning.survey import Survey
from preflight.engine.finding import Edit
from preflight.project.backend import Family
from preflight.project.versions.cargo import crates
from preflight.project.versions.modules import ShippedModule, flit_module, main_module
from preflight.project.versions.source import Trouble, VersionSource
from preflight.project.versions.statement import Kind
from preflight.sources.records import dataclass
from preflight.sources.text import Source
from preflight.sources.toml import TomlDocument, parse_toml
from preflight.sources.toml_edits import basic_string, without_item

_FROM_MODULE = {Family.HATCHLING, Family.SETUPTOOLS, Family.PDM, Family.FLIT}
"""Backends that can read the version from the module."""
_VERSION_FILES = ("__init__.py", "__about__.py", "_version.py", "version.py", "__version__.py")
_MENDED = {Trouble.NO_TABLE, Trouble.ZERO, Trouble.NO_MODULE_VERSION, Trouble.NOT_IN_FILE, Trouble.UNSUPPORTED}


@dataclass(frozen=True)
class VersionOutcome:
    """The text of pyproject.toml afterwards, changes of other files, and what is to be said about it."""

    pyproject: str
    others: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()


def with_version_source(survey: Survey, text: str, *, asked: bool, initial: str) -> VersionOutcome:
    """Supply the version source where it is missing, or, when asked, make a static version dynamic where the backend can."""
    source = survey.versions.source if survey.versions is not None else VersionSource()
    family = survey.backend.family
    if source.statement is not None or source.computed_by is not None:
        static = source.statement is not None and source.statement.kind is Kind.PROJECT_TABLE
        if not asked or not static or source.statement is None:
            return VersionOutcome(text)
        if family in _FROM_MODULE:
            return _moved_into_module(survey, text, source.statement.text)
        if family is Family.MATURIN:
            return _left_to_cargo(survey, text, source.statement.text)
        backend = survey.backend.distribution or survey.backend.backend
        return VersionOutcome(text, (), (f"{backend} reads no version from a module: it stays in pyproject.toml.",))
    if not _is_missing(survey, source):
        return VersionOutcome(text)
    if family in _FROM_MODULE:
        return _moved_into_module(survey, text, initial)
    if family is Family.MATURIN:
        return _left_to_cargo(survey, text, None)
    if family in (Family.POETRY, Family.UV_BUILD):
        return VersionOutcome(_static(survey.document, text, initial))
    return VersionOutcome(text, (), ("No version was found, and this build backend is not known here: state one.",))


def _is_missing(survey: Survey, source: VersionSource) -> bool:
    if source.missing is not None:
        return source.missing.trouble in _MENDED
    project = survey.reading.table("project")
    dynamic = project.get("dynamic")
    return bool(project) and "version" not in project and not (isinstance(dynamic, list) and "version" in dynamic)


def _moved_into_module(survey: Survey, text: str, version: str) -> VersionOutcome:
    module = _module(survey)
    if module is None or module.file is None:
        said = "No module was found that could state the version: write `version` into [project]."
        return VersionOutcome(text, (), (said,))
    path, stated = _stated_version(survey, module, module.file)
    shown = survey.project.file(path)
    if stated is not None:
        static = survey.reading.table("project").get("version")
        if static is not None and stated != version:
            said = f"pyproject.toml states {version} and {shown} {stated}: bring them together, then ask again."
            return VersionOutcome(text, (), (said,))
        return VersionOutcome(_with_table(survey, _dynamic(survey.document, text), path))
    source = survey.reading.source(path)
    before = source.text if source is not None else ""
    after = None if "__version__" in before else with_module_version(before, version)
    if after is None:
        said = (
            f"{shown} takes `__version__` from somewhere else, or cannot be read: give it a version of its own first."
        )
        return VersionOutcome(text, (), (said,))
    change = Change(shown, before, after, "states the version")
    return VersionOutcome(_with_table(survey, _dynamic(survey.document, text), path), (change,))


def _module(survey: Survey) -> ShippedModule | None:
    reading = survey.reading
    return flit_module(reading) if survey.backend.family is Family.FLIT else main_module(reading)


def _stated_version(survey: Survey, module: ShippedModule, file: str) -> tuple[str, str | None]:
    """The module's file that states the version, and what it states; where none does, the file that should. `__init__.py` goes first."""
    candidates = [f"{module.path}/{name}" for name in _VERSION_FILES] if module.is_package else [file]
    for path in candidates:
        found = survey.reading.literal_version(path, "__version__")
        if found is not None:
            return path, found.text
    return file, None


def with_module_version(text: str, version: str) -> str | None:
    """The text of a module with `__version__` below its docstring and `from __future__` lines; None where it cannot be parsed.

    Blank lines around it are as formatters want them: two before a function or class, otherwise one.
    """
    try:
        tree = ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError):
        return None
    newline = newline_of(text)
    line = f'__version__ = "{version}"{newline}'
    head = 0
    for index, node in enumerate(tree.body):
        is_docstring = index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not (is_docstring or is_future):
            break
        head = node.end_lineno or head
    lines = text.splitlines(keepends=True)
    before, rest = "".join(lines[:head]), "".join(lines[head:])
    if before and not before.endswith(("\n", "\r")):
        before += newline
    body = rest.lstrip("\r\n")
    blank = rest[: len(rest) - len(body)].count("\n")
    following = next((node for node in tree.body if (node.end_lineno or 0) > head), None)
    wide = isinstance(following, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    wanted = 0 if not body else 2 if wide else 1
    return before + (newline if before else "") + line + newline * max(0, wanted - blank) + rest


def _dynamic(document: TomlDocument, text: str) -> str:
    """`version` as an entry of `project.dynamic`, and no longer static."""
    source = Source(document.source.path, text)
    document = parse_toml(source)
    stated = document.has("project", "version")
    dynamic = document.get("project", "dynamic")
    if isinstance(dynamic, list):
        edits = list(_into_array(document, dynamic)) if "version" not in dynamic else []
        if stated:
            edits.append(Edit.delete_lines(document.entry_place("project", "version")))
        return edited(text, edits)
    if stated:
        return edited(text, [Edit.replace(document.entry_place("project", "version"), 'dynamic = ["version"]')])
    return edited(text, [_below_name(document, 'dynamic = ["version"]')])


def _into_array(document: TomlDocument, items: list[object]) -> Iterator[Edit]:
    end = document.table_end("project", "dynamic")
    if end is not None:
        yield Edit.insert(document.source, end, ', "version"' if items else '"version"')


def _below_name(document: TomlDocument, line: str) -> Edit:
    place = document.entry_place("project", "name")
    end = document.source.offset(place.end_line) + len(document.source.line(place.end_line))
    return Edit.insert(document.source, end, newline_of(document.source.text) + line)


def _with_table(survey: Survey, text: str, path: str) -> str:
    """The backend's own table, where it needs one that is not there."""
    document = parse_toml(Source(survey.document.source.path, text))
    match survey.backend.family:
        case Family.HATCHLING if not document.has("tool", "hatch", "version"):
            return appended(text, f"[tool.hatch.version]\npath = {basic_string(path)}\n")
        case Family.PDM if not document.has("tool", "pdm", "version"):
            return appended(text, f'[tool.pdm.version]\nsource = "file"\npath = {basic_string(path)}\n')
        case Family.SETUPTOOLS if not document.has("tool", "setuptools", "dynamic", "version"):
            entry = f"version = {{ attr = {basic_string(_attribute(survey, path))} }}"
            end = document.table_end("tool", "setuptools", "dynamic")
            if document.written_as("tool", "setuptools", "dynamic") == "table" and end is not None:
                return edited(text, [Edit.insert(document.source, end, newline_of(text) + entry)])
            return appended(text, f"[tool.setuptools.dynamic]\n{entry}\n")
    return text


def _attribute(survey: Survey, path: str) -> str:
    """The dotted name of `__version__`, as setuptools' `attr:` has it."""
    module = survey.module or ""
    name = path.rpartition("/")[2].removesuffix(".py")
    inner = "" if name == "__init__" or path.endswith(f"{module.replace('.', '/')}.py") else f".{name}"
    return f"{module}{inner}.__version__"


def _left_to_cargo(survey: Survey, text: str, static: str | None) -> VersionOutcome:
    found = crates(survey.reading)
    statement = found[0].statement if found else None
    if statement is None:
        return VersionOutcome(text, (), ("Cargo.toml states no version: write `version` into its [package].",))
    if static is not None and static != statement.text:
        said = (
            f"pyproject.toml states {static} and {found[0].path} {statement.text}: bring them together, then ask again."
        )
        return VersionOutcome(text, (), (said,))
    return VersionOutcome(_dynamic(survey.document, text))


def _static(document: TomlDocument, text: str, version: str) -> str:
    """A static version, for backends that take no other; `version` is no longer dynamic."""
    document = parse_toml(Source(document.source.path, text))
    line = f"version = {basic_string(version)}"
    dynamic = document.get("project", "dynamic")
    if dynamic == ["version"]:
        return edited(text, [Edit.replace(document.entry_place("project", "dynamic"), line)])
    edits = [_below_name(document, line)]
    if isinstance(dynamic, list) and "version" in dynamic:
        edits.append(Edit.replace(*without_item(document.place("project", "dynamic", dynamic.index("version")))))
    return edited(text, edits)
