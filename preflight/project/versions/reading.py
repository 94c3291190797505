"""The files of a project, read for their versions: what cannot be read counts as not there. Knows no rule and no
backend.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import field
from functools import cached_property
from posixpath import dirname

from preflight.project.backend import BuildBackend, normalised
from preflight.project.inventory import ProjectFolder
from preflight.project.versions.statement import Kind, VersionStatement
from preflight.sources.ini import IniDocument, parse_ini
from preflight.sources.pyliteral import PyAssignment, PyCall, call_keywords, module_assignments
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source, SourceSyntaxError, SourceTooComplex
from preflight.sources.toml import TomlDocument, parse_toml
from preflight.sources.tree import Files, Tree, join

_RELATIVE_IMPORT = r"from\s+\.(?P<module>\w+)\s+import\s+(?P<names>[\s\S]+)"
_LIST_END = r"[()\s]+"


@dataclass(frozen=True)
class Reading:
    """One project's files. Paths are relative to the project; those that leave the workspace are never read."""

    project: ProjectFolder
    tree: Tree
    files: Files
    document: TomlDocument | None
    backend: BuildBackend
    _names: dict[str, frozenset[str]] = field(default_factory=dict)

    def table(self, *path: str) -> Mapping[str, object]:
        """A table of pyproject.toml; empty where there is none."""
        value = self.document.get(*path) if self.document else None
        return value if isinstance(value, dict) else {}

    def text(self, *path: str) -> str | None:
        """A string of pyproject.toml."""
        value = self.document.get(*path) if self.document else None
        return value if isinstance(value, str) else None

    def names(self, folder: str = "") -> frozenset[str]:
        """The names in a folder, asked once."""
        if folder not in self._names:
            path = self.path(folder)
            self._names[folder] = frozenset(self.tree.names(path)) if path is not None else frozenset()
        return self._names[folder]

    def path(self, path: str) -> str | None:
        """The path below the workspace's root; None outside of it."""
        full = join(self.project.path, path)
        return None if full.startswith("..") or path.startswith("/") else full

    def source(self, path: str) -> Source | None:
        """A text file, looked for in its folder's listing first, so that asking for many names costs nothing."""
        full = self.path(path)
        if full is None:
            return None
        folder, _, name = join("", path).rpartition("/")
        if ".." not in path and name not in self.names(folder):
            return None
        return self.files.find(full) if self.tree.is_file(full) else None

    def toml(self, path: str) -> TomlDocument | None:
        """A TOML file."""
        source = self.source(path)
        try:
            return parse_toml(source, allow_bom=True) if source is not None else None
        except (SourceSyntaxError, SourceTooComplex):
            return None

    def ini(self, path: str) -> IniDocument | None:
        """An INI file."""
        source = self.source(path)
        try:
            return parse_ini(source) if source is not None else None
        except SourceSyntaxError:
            return None

    @cached_property
    def setup_cfg(self) -> IniDocument | None:
        return self.ini("setup.cfg")

    @cached_property
    def setup_calls(self) -> tuple[PyCall, ...] | None:
        """The calls of `setup()` in setup.py; None where there is no such file, or it cannot be read."""
        source = self.source("setup.py")
        try:
            return tuple(call_keywords(source)) if source is not None else None
        except (SourceSyntaxError, SourceTooComplex):
            return None

    def setup_version(self, call: PyCall) -> VersionStatement | None:
        """The `version` that a call of `setup()` is given: a literal, or a name that setup.py binds to one."""
        keyword = call.keywords.get("version")
        if keyword is None:
            return None
        if keyword.is_literal:
            return literal_version_of(keyword.value, keyword.place, "version", Kind.SETUP_FILE)
        name = keyword.place.text
        assignment = self.assignments("setup.py", {name}).get(name) if name.isidentifier() else None
        if assignment is None or not assignment.is_certain:
            return None
        return literal_version_of(assignment.value, assignment.place, name, Kind.SETUP_FILE)

    def assignments(self, path: str, names: Collection[str]) -> dict[str, PyAssignment]:
        """What a Python file binds names to at its top level."""
        source = self.source(path)
        try:
            return module_assignments(source, names) if source is not None else {}
        except (SourceSyntaxError, SourceTooComplex):
            return {}

    def literal_version(self, path: str, name: str, *, follow: bool = False) -> VersionStatement | None:
        """The version that a Python file binds a name to as a literal, whatever it binds the name to later.

        With `follow`, also through one `from .module import name`.
        """
        assignment = self.assignments(path, {name}).get(name)
        if assignment is None:
            return None
        first = (*assignment.earlier, assignment)[0]
        if first.conditional:
            return None
        found = literal_statement(first, Kind.MODULE)
        if found is None and follow:
            imported = re.fullmatch(_RELATIVE_IMPORT, first.statement_place.text)
            if imported and name in re.sub(_LIST_END, "", imported["names"]).split(","):
                return self.literal_version(join(dirname(path), f"{imported['module']}.py"), name)
        return found

    @cached_property
    def requires(self) -> frozenset[str]:
        """The normalised names of what the build requires."""
        return frozenset(requirement.name for requirement in self.backend.requires)

    @cached_property
    def name(self) -> str | None:
        """The distribution's name as some file states it."""
        for path in (
            ("project", "name"),
            ("tool", "poetry", "name"),
            ("tool", "flit", "metadata", "dist-name"),
            ("tool", "flit", "metadata", "module"),
        ):
            found = self.text(*path)
            if found:
                return found
        for call in self.setup_calls or ():
            keyword = call.keywords.get("name")
            if keyword is not None and isinstance(keyword.value, str):
                return keyword.value
        stated = self.setup_cfg.get("metadata", "name") if self.setup_cfg else None
        return stated.value if stated and stated.value and ":" not in stated.value else None

    @cached_property
    def known_as(self) -> frozenset[str]:
        """The names by which tags and files may call the project: the distribution's, and its folder's."""
        folder = self.project.path
        return frozenset(
            each for each in (self.name and normalised(self.name), folder, folder.rpartition("/")[2]) if each
        )


def literal_statement(assignment: PyAssignment, kind: Kind) -> VersionStatement | None:
    """The version in a literal assignment; a tuple of parts is joined by dots, as setuptools does it."""
    return literal_version_of(assignment.value, assignment.place, assignment.name, kind)


def literal_version_of(value: object, place: Place, key: str, kind: Kind) -> VersionStatement | None:
    """The version in a literal value."""
    if isinstance(value, str):
        return VersionStatement.of(kind, value, place, key)
    if isinstance(value, (tuple, list)) and value and all(isinstance(part, (int, str)) for part in value):
        statement = VersionStatement.of(kind, ".".join(map(str, value)), place, key)
        return statement if statement.version is not None else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return VersionStatement.of(kind, place.text, place, key)
    return None
