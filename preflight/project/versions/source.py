"""Where the version that will be published comes from, as the project's build backend reads it. Runs and imports
nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from enum import StrEnum

from preflight.project.backend import Family
from preflight.project.versions.cargo import crates
from preflight.project.versions.modules import flit_module, module_candidates
from preflight.project.versions.patterns import PatternError, TooCostly, search_lines
from preflight.project.versions.reading import Reading
from preflight.project.versions.statement import Kind, VersionStatement, is_placeholder, parsed
from preflight.project.writers import file_alike
from preflight.sources.ini import IniValue
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source

HATCH_PATTERN = r"""(?im)^(?:__version__|VERSION)(?: ?: ?str)? *= *(['"])v?(?P<version>.+?)\1"""
"""The default of hatchling's `regex` source and of scikit-build-core's regex provider (hatchling: version/core.py),
letter case ignored.
"""

PDM_PATTERN = r"""(?m)^(?:__version__|VERSION)[ \t]*=[ \t]*["'](?P<version>.+?)["'][ \t]*(?:#.*)?\r?$"""
"""The default of pdm-backend's `file` source (pdm.backend: hooks/version, `resolve_version_from_file`)."""

_MESON_PROJECT = r"(?<![\w.])project\s*\((?P<arguments>[^()]*(?:\([^()]*\)[^()]*)*)\)"
_MESON_VERSION = r"(?<!\w)version\s*:\s*(?:'(?P<version>[^'\n]*)'|(?P<other>[^,)\s]))"
_MESON_COMMENT = r"#[^\n]*"

SCM_TOOLS: Mapping[str, str] = {
    "setuptools-scm": "setuptools-scm",
    "setuptools-scm-git-archive": "setuptools-scm",
    "vcs-versioning": "vcs-versioning",
    "hatch-vcs": "hatch-vcs",
    "setuptools-git-versioning": "setuptools-git-versioning",
    "setuptools-vcs-version": "setuptools-vcs-version",
    "versioningit": "versioningit",
    "versioneer": "versioneer",
    "uv-dynamic-versioning": "uv-dynamic-versioning",
    "poetry-dynamic-versioning": "poetry-dynamic-versioning",
    "dunamai": "dunamai",
    "pbr": "pbr",
    "miniver": "miniver",
    "flit-scm": "flit-scm",
    "incremental": "incremental",
    "calver": "calver",
}
"""Build requirements that compute a version when building -> what people call them."""

_QUIET_REQUIREMENTS = frozenset(
    "setuptools wheel pip cython numpy oldest-supported-numpy cffi pybind11 nanobind cmake ninja "
    "setuptools-rust scikit-build swig packaging cython-lint mypy mypyc types-setuptools build toml tomli "
    "typing-extensions grpcio-tools babel".split()
)
"""Build requirements that are known to set no version."""


class Trouble(StrEnum):
    """Why a version that the project leaves to its backend will not be found."""

    NO_TABLE = "no-table"
    NO_PATH = "no-path"
    MISSING_FILE = "missing-file"
    MISSING_FILE_ZERO = "missing-file-zero"
    NOT_IN_FILE = "not-in-file"
    NO_MATCH = "no-match"
    NO_MODULE_VERSION = "no-module-version"
    ZERO = "zero"
    UNSUPPORTED = "unsupported"
    NO_PROVIDER = "no-provider"


@dataclass(frozen=True, slots=True)
class MissingSource:
    """A dynamic version that nothing supplies.

    `certain` is false where a file may still be made before the build: `file` then, from the workspace's root, and
    `stops` is whether the build surely goes wrong without it. `alike` is a file that states a version under nearly the
    same name.
    """

    trouble: Trouble
    place: Place
    args: Mapping[str, str] = field(default_factory=dict)
    certain: bool = True
    file: str | None = None
    stops: bool = False
    alike: str | None = None


@dataclass(frozen=True, slots=True)
class VersionSource:
    """Where the published version comes from: the statement that decides, or why it cannot be told from the files.

    `computed_by` names the tool that derives it when building, where that is why.
    """

    statement: VersionStatement | None = None
    unknown: str | None = None
    computed_by: str | None = None
    missing: MissingSource | None = None

    @property
    def known(self) -> VersionStatement | None:
        """The statement, where it holds a version that can be taken at its word: valid, and no placeholder."""
        statement = self.statement
        return (
            statement
            if statement is not None and statement.version is not None and not is_placeholder(statement.version)
            else None
        )


def find_source(reading: Reading) -> VersionSource:
    """The source of the published version.

    A static `project.version` wins with every backend ("pyproject.toml specification"); Poetry and Flit have tables
    of their own, and setuptools reads setup.py and setup.cfg.
    """
    static = _of_table(reading, "project", "version")
    if static is not None:
        return VersionSource(static)
    if reading.backend.in_tree and reading.backend.family is Family.OTHER:
        return VersionSource(unknown="an in-tree build backend decides it")
    has_project = bool(reading.table("project"))
    match reading.backend.family:
        case Family.HATCHLING:
            return _hatch(reading) if has_project else VersionSource(unknown="there is no project table")
        case Family.SETUPTOOLS:
            return _setuptools(reading)
        case Family.FLIT:
            return _flit(reading)
        case Family.POETRY:
            return _poetry(reading)
        case Family.PDM:
            return _pdm(reading)
        case Family.MATURIN:
            return _maturin(reading)
        case Family.MESON_PYTHON:
            return _meson(reading)
        case Family.SCIKIT_BUILD_CORE:
            return _scikit_build(reading)
        case Family.UV_BUILD:
            return _uv(reading)
        case _:
            return VersionSource(unknown=f"build backend `{reading.backend.backend}` decides it")


def _of_table(reading: Reading, *path: str) -> VersionStatement | None:
    text = reading.text(*path)
    if text is None or reading.document is None:
        return None
    kind = Kind.PROJECT_TABLE if path[0] == "project" else Kind.TOOL_TABLE
    return VersionStatement.of(kind, text, reading.document.place(*path), ".".join(path))


def _dynamic_place(reading: Reading) -> Place | None:
    """The entry `version` of `project.dynamic`; None where there is none."""
    dynamic = reading.document.get("project", "dynamic") if reading.document else None
    if not isinstance(dynamic, list) or "version" not in dynamic or reading.document is None:
        return None
    return reading.document.place("project", "dynamic", dynamic.index("version"))


def _missing(
    reading: Reading, trouble: Trouble, place: Place | None = None, *, certain: bool = True, **args: str
) -> VersionSource:
    at = place or _dynamic_place(reading)
    if at is None or _dynamic_place(reading) is None or reading.backend.in_tree:
        return VersionSource(unknown="nothing tells where it comes from")
    return VersionSource(unknown="nothing tells where it comes from", missing=MissingSource(trouble, at, args, certain))


def _missing_file(
    reading: Reading,
    path: str,
    place: Place,
    states: Callable[[str], bool],
    *,
    stops: bool,
    trouble: Trouble = Trouble.MISSING_FILE,
) -> VersionSource:
    """A file that the version is to be read from and that is not there. `states` is whether a text holds a version."""

    def fits(other: str) -> bool:
        source = reading.files.find(other)
        return source is not None and states(source.text)

    found = _missing(reading, trouble, place, certain=False, path=path, backend=reading.backend.family.value)
    if found.missing is None:
        return found
    alike = file_alike(reading.tree, reading.project.path, path, fits)
    missing = replace(found.missing, file=reading.path(path), stops=stops, alike=alike)
    return replace(found, missing=missing)


def _computed(tool: str) -> VersionSource:
    return VersionSource(unknown=f"{tool} derives it when building", computed_by=tool)


def _scm_tool(reading: Reading) -> str | None:
    return next((SCM_TOOLS[name] for name in sorted(reading.requires) if name in SCM_TOOLS), None)


def _hatch(reading: Reading) -> VersionSource:
    """hatchling: `[tool.hatch.version]`, or `[version]` of hatch.toml (hatchling: metadata/core.py, version/source)."""
    table, place = reading.table("tool", "hatch", "version"), None
    document = reading.document
    if table and document is not None:
        place = document.place("tool", "hatch", "version")
    elif not (document is not None and document.has("tool", "hatch", "version")):
        own = reading.toml("hatch.toml")
        inner = own.get("version") if own is not None else None
        if own is not None and isinstance(inner, dict):
            table, place, document = inner, own.place("version"), own
    if not table or place is None:
        if (
            reading.table("tool", "hatch", "metadata", "hooks")
            or "hatch.toml" in reading.names()
            or "hatch_build.py" in reading.names()
        ):
            return VersionSource(unknown="a metadata hook decides it")
        return _missing(reading, Trouble.NO_TABLE, table="tool.hatch.version", backend="hatchling")
    source = table.get("source", "regex")
    path = table.get("path")
    if source == "nodejs":
        return _nodejs(reading, path if isinstance(path, str) else "package.json")
    if source == "code":
        expression = table.get("expression") or "__version__"
        if isinstance(path, str) and isinstance(expression, str) and expression.isidentifier():
            certain = reading.assignments(path, {expression}).get(expression)
            found = reading.literal_version(path, expression) if certain is not None and certain.is_certain else None
            if found is not None:
                return VersionSource(found)
        return VersionSource(unknown="code decides it when building")
    if source != "regex":
        return _computed(_scm_tool(reading) or f"version source `{source}`")
    if not isinstance(path, str) or not path:
        return _missing(reading, Trouble.NO_PATH, place, table="tool.hatch.version", backend="hatchling")
    pattern = table.get("pattern")
    path_place = (
        document.place("tool", "hatch", "version", "path") if document is reading.document and document else place
    )
    written = pattern if isinstance(pattern, str) and pattern else None
    stops = not _hatch_hooks(reading)
    return _by_pattern(reading, path, written, HATCH_PATTERN, path_place, "version", stops=stops)


def _hatch_hooks(reading: Reading) -> bool:
    """Whether a hook of the project's may write files while hatchling builds."""
    if {"hatch.toml", "hatch_build.py"} & reading.names() or reading.requires - {"hatchling"}:
        return True
    tables = [reading.table("tool", "hatch", "metadata"), reading.table("tool", "hatch", "build")]
    targets = tables[1].get("targets")
    tables += [each for each in targets.values() if isinstance(each, dict)] if isinstance(targets, dict) else []
    return any("hooks" in table for table in tables)


def _nodejs(reading: Reading, path: str) -> VersionSource:
    """hatch-nodejs-version: the version of package.json, which is SemVer."""
    from preflight.project.versions.structured import json_string

    source = reading.source(path)
    found = json_string(source, "version") if source is not None else None
    if found is None:
        return VersionSource(unknown=f"{path} decides it, and states none that can be read")
    return VersionSource(VersionStatement.of(Kind.PACKAGE_JSON, found.value, found.place, "version"))


def _by_pattern(
    reading: Reading,
    path: str,
    pattern: str | None,
    default: str,
    place: Place,
    group: str | int,
    *,
    stops: bool = False,
) -> VersionSource:
    """A version that a backend finds in a file by a regular expression, its own or the project's.

    `stops` is whether nothing that the backend runs may write the file first.
    """
    source = reading.source(path)
    if source is None:
        full = reading.path(path)
        if full is None or full in reading.files.unreadable:
            return VersionSource(unknown=f"{path} cannot be read")
        return _missing_file(reading, path, place, lambda text: _has_version(text, pattern or default), stops=stops)
    if pattern is None:
        found = re.search(default, source.text)
        if found is None:
            return _missing(reading, Trouble.NOT_IN_FILE, place, path=path, line='__version__ = "1.0"')
        return VersionSource(_matched(source, 0, found, "version", path))
    try:
        line = search_lines(pattern, source.text)
    except (PatternError, TooCostly):
        return VersionSource(unknown=f"a pattern reads it from {path}")
    if line is None and _stays_in_line(pattern):
        return _missing(reading, Trouble.NO_MATCH, place, path=path, pattern=pattern)
    if (
        line is None
        or (group not in line[1].groupdict() if isinstance(group, str) else not line[1].re.groups)
        or not line[1][group]
    ):
        return VersionSource(unknown=f"a pattern reads it from {path}")
    return VersionSource(_matched(source, line[0], line[1], group, path))


def _has_version(text: str, pattern: str) -> bool:
    try:
        return search_lines(pattern, text) is not None
    except (PatternError, TooCostly):
        return False


_CROSSES_LINES = _compile(r"\\[sSnDWrRvfAZ0xuUN]|\[\^|\(\?[aiLmsux-]+[:)]|[\n\r]")
"""What in a pattern may match the end of a line, or set flags: negated sets, blanks, line breaks."""


def _stays_in_line(pattern: str) -> bool:
    """Whether a pattern surely matches within one line or not at all."""
    return _CROSSES_LINES.search(pattern) is None


def _matched(source: Source, offset: int, found: re.Match[str], group: str | int, path: str) -> VersionStatement:
    start, end = found.span(group)
    key = found[0].lstrip().partition("=")[0].partition(":")[0].strip()
    name = key if key.isidentifier() else path
    kind = Kind.MODULE if path.endswith(".py") else Kind.VERSION_FILE
    return VersionStatement.of(kind, found[group], source.place(offset + start, offset + end), name)


def _setuptools(reading: Reading) -> VersionSource:
    """setuptools: `[tool.setuptools.dynamic]` beside a project table, else what setup() is given, else setup.cfg
    (setuptools: config/).
    """
    dynamic = reading.table("tool", "setuptools", "dynamic").get("version")
    if (
        reading.table("project")
        and isinstance(dynamic, dict)
        and reading.document is not None
        and _dynamic_place(reading) is not None
    ):
        where = ("tool", "setuptools", "dynamic", "version")
        attribute, file = dynamic.get("attr"), dynamic.get("file")
        if isinstance(attribute, str):
            return _attribute(reading, attribute, reading.document.place(*where, "attr"))
        if isinstance(file, list) and len(file) == 1:
            file = file[0]
        if isinstance(file, str):
            return _whole_file(reading, file, reading.document.place(*where, "file"))
        return VersionSource(unknown="several files decide it")
    if dynamic is not None:
        return VersionSource(unknown="`tool.setuptools.dynamic` decides it")
    called = _setup_call(reading)
    if called is not None:
        return called
    stated = reading.setup_cfg.get("metadata", "version") if reading.setup_cfg else None
    if stated is not None and stated.value.strip():
        return _of_setup_cfg(reading, stated)
    tool = _scm_tool(reading)
    if tool is not None:
        return _computed(tool)
    others = sorted(reading.requires - _QUIET_REQUIREMENTS)
    if others:
        return VersionSource(unknown=f"{others[0]} may supply it")
    if reading.table("tool", "setuptools_scm") or (reading.setup_calls is None and "setup.py" in reading.names()):
        return VersionSource(unknown="nothing tells where it comes from")
    if reading.setup_calls and any(call.keywords or call.unpacks or call.positional for call in reading.setup_calls):
        return VersionSource(unknown="setup.py may supply it")
    return _missing(reading, Trouble.ZERO, backend="setuptools")


def _setup_call(reading: Reading) -> VersionSource | None:
    """What setup.py gives as `version`; None where it gives none for sure."""
    calls = reading.setup_calls
    if calls is None:
        return VersionSource(unknown="setup.py may supply it") if "setup.py" in reading.names() else None
    if not calls:
        return VersionSource(unknown="setup.py may supply it")
    if len(calls) > 1:
        return VersionSource(unknown="setup.py calls setup() more than once")
    call = calls[0]
    for name in call.keywords:
        if name in (
            "use_scm_version",
            "setuptools_git_versioning",
            "versioning",
            "pbr",
            "vcversioner",
            "auto_version",
            "version_config",
        ):
            return _computed(_scm_tool(reading) or name)
    if "version" not in call.keywords:
        return VersionSource(unknown="setup.py may supply it") if call.unpacks else None
    statement = reading.setup_version(call)
    return VersionSource(statement) if statement is not None else VersionSource(unknown="setup.py computes it")


def _of_setup_cfg(reading: Reading, stated: IniValue) -> VersionSource:
    value = stated.value.strip()
    directive, _, rest = value.partition(":")
    if directive == "attr":
        return _attribute(reading, rest.strip(), stated.place)
    if directive == "file":
        return (
            VersionSource(unknown="several files decide it")
            if "," in rest
            else _whole_file(reading, rest.strip(), stated.place)
        )
    return VersionSource(VersionStatement.of(Kind.SETUP_FILE, value, stated.place, "metadata.version"))


def _attribute(reading: Reading, attribute: str, place: Place) -> VersionSource:
    """setuptools' `attr:`: the first assignment in the module's body, read without importing it (setuptools:
    config/expand.py, `read_attr`).
    """
    module, _, name = attribute.strip().rpartition(".")
    if not name.isidentifier():
        return VersionSource(unknown=f"`{attribute}` decides it when building")
    for path in module_candidates(reading, module):
        if reading.source(path) is None:
            continue
        found = reading.literal_version(path, name, follow=True)
        return (
            VersionSource(found)
            if found is not None
            else VersionSource(unknown=f"`{attribute}` is computed when building")
        )
    return _missing_file(reading, module or "__init__", place, lambda text: False, stops=False)


def _whole_file(reading: Reading, path: str, place: Place) -> VersionSource:
    """A file that holds nothing but the version. Without it setuptools only warns (setuptools: config/expand.py,
    `_filter_existing_files`), and the empty version becomes 0.0.0 where no plugin sets one.
    """
    source = reading.source(path)
    if source is None:
        full = reading.path(path)
        if full is None or full in reading.files.unreadable or "*" in path:
            return VersionSource(unknown=f"{path} cannot be read")
        alone = "setup.py" not in reading.names() and not reading.requires - _QUIET_REQUIREMENTS
        trouble = Trouble.MISSING_FILE_ZERO if alone else Trouble.MISSING_FILE
        return _missing_file(reading, path, place, _is_version, stops=alone, trouble=trouble)
    text = source.text.strip("\ufeff \t\r\n")
    start = source.text.find(text)
    return VersionSource(VersionStatement.of(Kind.VERSION_FILE, text, source.place(start, start + len(text)), path))


def _is_version(text: str) -> bool:
    return parsed(text.strip("\ufeff \t\r\n")) is not None


def _flit(reading: Reading) -> VersionSource:
    """Flit: `__version__` of the module, later files before earlier ones (flit_core: common.py, `version_files`)."""
    if reading.backend.distribution == "flit-scm" or "flit-scm" in reading.requires:
        return _computed("flit-scm")
    module = flit_module(reading)
    if module is None:
        return VersionSource(unknown="its module is not found")
    if module.file is None:
        return VersionSource(unknown="its module is not found")
    files = [module.file]
    if module.is_package:
        files += [f"{module.path}/{name}" for name in ("version.py", "_version.py", "__version__.py")]
    for path in files:
        found = _flit_version(reading, path)
        if found is not None:
            return VersionSource(found)
    followed = reading.literal_version(module.file, "__version__", follow=True)
    if followed is not None:
        return VersionSource(followed)
    source = reading.source(module.file)
    if source is None or "__version__" in source.text or "import *" in source.text:
        return VersionSource(unknown="its module computes it")
    return _missing(reading, Trouble.NO_MODULE_VERSION, path=source.path)


def _flit_version(reading: Reading, path: str) -> VersionStatement | None:
    """The first assignment of a constant to `__version__` in a module's body."""
    assignment = reading.assignments(path, {"__version__"}).get("__version__")
    for each in (*assignment.earlier, assignment) if assignment else ():
        if isinstance(each.value, str) and not each.conditional:
            return VersionStatement.of(Kind.MODULE, each.value, each.place, "__version__")
    return None


def _poetry(reading: Reading) -> VersionSource:
    """Poetry: `tool.poetry.version`, unless a plugin replaces it (poetry-core: factory.py)."""
    tables = reading.table("tool")
    if "poetry-dynamic-versioning" in tables and reading.table("tool", "poetry-dynamic-versioning").get(
        "enable", False
    ):
        return _computed("poetry-dynamic-versioning")
    if reading.backend.distribution == "poetry-dynamic-versioning" and "poetry-dynamic-versioning" in tables:
        return _computed("poetry-dynamic-versioning")
    plugin = next(
        (
            name
            for name in tables
            if name.startswith("poetry")
            and ("version" in name or "git" in name)
            and name != "poetry-dynamic-versioning"
        ),
        None,
    )
    if plugin is not None:
        return _computed(plugin)
    stated = _of_table(reading, "tool", "poetry", "version")
    if stated is not None:
        return VersionSource(stated)
    others = sorted(reading.requires - {"poetry-core", "poetry", "setuptools", "wheel", "cython", "numpy"})
    others += sorted(reading.table("tool", "poetry", "requires-plugins"))
    if others:
        return VersionSource(unknown=f"{others[0]} may supply it")
    return _missing(reading, Trouble.NO_TABLE, table="tool.poetry.version", backend="poetry-core")


def _pdm(reading: Reading) -> VersionSource:
    """PDM: `[tool.pdm.version]` (pdm.backend: hooks/version); without it the version is 0.0.0."""
    table = reading.table("tool", "pdm", "version")
    document = reading.document
    if not table or document is None:
        hooked = "pdm_build.py" in reading.names() or reading.table("tool", "pdm", "build") or len(reading.requires) > 1
        if hooked or reading.backend.distribution != "pdm-backend":
            return VersionSource(unknown="a build hook may supply it")
        return _missing(reading, Trouble.ZERO, backend="pdm-backend")
    source, path = table.get("source"), table.get("path")
    if source is None and isinstance(table.get("from"), str):
        source, path = "file", table["from"]
    if source is None and isinstance(path, str):
        source = "file"
    if source == "file" and isinstance(path, str):
        pattern = table.get("pattern")
        key = "path" if "path" in table else "from"
        return _by_pattern(
            reading,
            path,
            pattern if isinstance(pattern, str) else None,
            PDM_PATTERN,
            document.place("tool", "pdm", "version", key),
            1,
            stops="pdm_build.py" not in reading.names()
            and not reading.table("tool", "pdm", "build")
            and not reading.requires - {"pdm-backend"},
        )
    if source == "scm" or table.get("use_scm"):
        return _computed("pdm's scm source")
    return VersionSource(unknown="code decides it when building")


def _maturin(reading: Reading) -> VersionSource:
    """maturin: the crate's version, translated from SemVer (maturin: metadata.rs)."""
    found = crates(reading)
    if not found or found[0].statement is None:
        return VersionSource(unknown="the crate states no version that can be read")
    return VersionSource(found[0].statement)


def _meson(reading: Reading) -> VersionSource:
    """meson-python: `version:` of project() in meson.build (The Meson build system, reference manual, `project()`)."""
    source = reading.source("meson.build")
    if source is None:
        return VersionSource(unknown="meson.build decides it")
    text = re.sub(_MESON_COMMENT, lambda comment: " " * len(comment[0]), source.text)
    project = re.search(_MESON_PROJECT, text)
    found = re.compile(_MESON_VERSION).search(text, *project.span("arguments")) if project else None
    if found is None or found["version"] is None:
        if project is not None and found is None:
            return _missing(reading, Trouble.NOT_IN_FILE, path="meson.build", line="version: '1.0'")
        return VersionSource(unknown="meson.build computes it")
    start, end = found.span("version")
    return VersionSource(VersionStatement.of(Kind.MESON, found["version"], source.place(start, end), "version"))


def _scikit_build(reading: Reading) -> VersionSource:
    """scikit-build-core: a provider in `[tool.scikit-build.metadata.version]` or `[[tool.dynamic-metadata]]`."""
    document = reading.document
    table = reading.table("tool", "scikit-build", "metadata", "version")
    if document is None:
        return VersionSource(unknown="nothing tells where it comes from")
    if not table:
        entries = document.get("tool", "dynamic-metadata")
        table = (
            next((each for each in entries if isinstance(each, dict) and each.get("field") == "version"), {})
            if isinstance(entries, list)
            else {}
        )
        if not table:
            if (
                document.has("tool", "dynamic-metadata")
                or reading.table("tool", "scikit-build").get("overrides") is not None
            ):
                return VersionSource(unknown="a metadata provider decides it")
            return _missing(
                reading, Trouble.NO_PROVIDER, table="tool.scikit-build.metadata.version", backend="scikit-build-core"
            )
    provider = table.get("provider")
    if not isinstance(provider, str):
        return VersionSource(unknown="a metadata provider decides it")
    if provider.endswith("setuptools_scm"):
        return _computed("setuptools-scm")
    path, pattern, result = table.get("input"), table.get("regex"), table.get("result", "{value}")
    if not provider.endswith(".regex") or not isinstance(path, str) or result != "{value}" or table.get("remove"):
        return VersionSource(unknown=f"metadata provider `{provider}` decides it")
    place = document.place("tool", "scikit-build", "metadata", "version", "input")
    return _by_pattern(reading, path, pattern if isinstance(pattern, str) else None, HATCH_PATTERN, place, "value")


def _uv(reading: Reading) -> VersionSource:
    """uv's backend takes nothing dynamic (uv: uv-build-backend, metadata.rs)."""
    return _missing(reading, Trouble.UNSUPPORTED, backend="uv_build")
