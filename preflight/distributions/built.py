"""The built files of a workspace with their names taken apart and their metadata read, and the field sets in them. Judges nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from preflight.distributions.archive import Distribution, Kind
from preflight.distributions.core_metadata import CoreMetadata, read_core_metadata
from preflight.distributions.fields import Field, FieldSet, Origin
from preflight.distributions.filenames import (
    FilenameProblem,
    SdistFilename,
    WheelFilename,
    normalize_project,
    parse_sdist_filename,
    parse_wheel_filename,
)
from preflight.distributions.wheel_files import Record, read_record
from preflight.engine.facts import Unavailable
from preflight.project.inventory import Inventory, ProjectFolder
from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.sources.tree import Files, Tree

NO_DISTRIBUTIONS = "no built distributions to check"

_SDISTS = (Kind.SDIST, Kind.ZIP_SDIST)


@dataclass(frozen=True)
class BuiltFile:
    """A wheel or sdist. What is read of it is read when asked for."""

    distribution: Distribution

    @property
    def filename(self) -> str:
        """The name that is uploaded."""
        return self.distribution.filename

    @property
    def path(self) -> str:
        """The path in the tree."""
        return self.distribution.path

    @property
    def place(self) -> Place:
        """The file as such."""
        return self.distribution.place

    @property
    def is_wheel(self) -> bool:
        return self.distribution.kind is Kind.WHEEL

    @property
    def is_sdist(self) -> bool:
        return self.distribution.kind in _SDISTS

    @cached_property
    def parsed_name(self) -> WheelFilename | SdistFilename | FilenameProblem:
        """The parts of its file name, or which refusal the name meets."""
        return parse_wheel_filename(self.filename) if self.is_wheel else parse_sdist_filename(self.filename)

    @cached_property
    def info_folder(self) -> str:
        """Where PyPI looks for the metadata of a wheel: spelt as the file name is (warehouse: forklift/legacy.py). Empty where the name has no version."""
        parts = self.filename.split("-", 2)
        return f"{parts[0]}-{parts[1]}.dist-info" if self.is_wheel and len(parts) == 3 else ""

    @cached_property
    def metadata(self) -> CoreMetadata | None:
        """The metadata as a client finds them, None where it finds none (twine: wheel.py, sdist.py).

        A client passes over those without a metadata version; where there are no others, those at their place are read.
        """
        origin = Origin.WHEEL if self.is_wheel else Origin.SDIST
        at_place = f"{self.info_folder}/METADATA" if self.is_wheel else ""
        unversioned: tuple[bytes, str] | None = None
        for name in self._candidates():
            data = self.distribution.read_bytes(name)
            if data is None:
                continue
            if b"Metadata-Version" in data:
                return read_core_metadata(data, self.path, name, origin)
            if name == at_place or not self.is_wheel:
                unversioned = data, name
        return read_core_metadata(unversioned[0], self.path, unversioned[1], origin) if unversioned else None

    @property
    def record_path(self) -> str:
        """Where PyPI looks for the RECORD of a wheel."""
        return f"{self.info_folder}/RECORD"

    @cached_property
    def record(self) -> Record | None:
        """What stands in RECORD; None where it is missing or its data are broken."""
        data = self.distribution.read_bytes(self.record_path) if self.record_path in self.names else None
        return None if data is None else read_record(data)

    def _candidates(self) -> Iterator[str]:
        if self.is_wheel:
            named = [name for name in self.distribution.names if "METADATA" in name and not name.endswith("/")]
            yield from (name for _, _, name in sorted((name.count("/"), name.split("/"), name) for name in named))
        elif top := self.distribution.top_level:
            yield f"{top}/PKG-INFO"

    @property
    def name(self) -> str:
        """The project's name by the metadata, else by the file name; empty where neither tells."""
        stated = self.metadata.value("name").strip() if self.metadata else ""
        return stated or ("" if isinstance(self.parsed_name, FilenameProblem) else self.parsed_name.project)

    @property
    def version(self) -> str:
        """The version, as `name`."""
        stated = self.metadata.value("version").strip() if self.metadata else ""
        return stated or ("" if isinstance(self.parsed_name, FilenameProblem) else self.parsed_name.version)

    @property
    def project(self) -> str:
        """The name as indexes compare it."""
        return normalize_project(self.name)

    @cached_property
    def names(self) -> frozenset[str]:
        """All names in the archive as Python lists them, folders of a zip with their slash."""
        return frozenset(self.distribution.names)

    def member_place(self, name: str) -> Place:
        """A member of the file as such."""
        return self.distribution.member_place(name)


def built_files(distributions: tuple[Distribution, ...]) -> tuple[BuiltFile, ...]:
    """The wheels and sdists of the workspace.

    Raises:
        Unavailable: there are none.
    """
    found = tuple(BuiltFile(each) for each in distributions if each.kind is not Kind.OTHER)
    if not found:
        raise Unavailable(NO_DISTRIBUTIONS)
    return found


def built_sets(
    built_files: tuple[BuiltFile, ...], inventory: Inventory, files: Files, tree: Tree
) -> tuple[FieldSet, ...]:
    """The field sets of the built files. A field that a project of the workspace states alike carries the place there."""
    projects = _Projects(inventory, files, tree)
    found = []
    for built in built_files:
        metadata = built.metadata
        if metadata is None:
            continue
        declared = projects.of(built)
        fields = metadata.fields
        if declared:
            fields = replace(fields, fields=tuple(_with_declared(each, declared) for each in fields.fields))
        found.append(fields)
    return tuple(found)


class _Projects:
    """What the projects of the workspace declare, each read once and only when a built file may be its."""

    def __init__(self, inventory: Inventory, files: Files, tree: Tree) -> None:
        self.inventory = inventory
        self.files = files
        self.tree = tree
        self._declared: dict[str, FieldSet | None] = {}

    def of(self, built: BuiltFile) -> Mapping[str, list[Field]]:
        """The declared fields of the project that a built file was made of, by name: in whose `dist` folder it lies, else whose name it bears."""
        folder = built.path.rpartition("/")[0]
        home = [project for project in self.inventory.projects if folder == project.file("dist")]
        for project in home or self.inventory.projects:
            declared = self._read(project)
            name = declared.first("name") if declared else None
            if declared is None or (name is None and not home):
                continue
            if name is not None and normalize_project(name.value.strip()) != built.project:
                continue
            fields: dict[str, list[Field]] = {}
            for field in declared.fields:
                if field.place is not None:
                    fields.setdefault(field.name, []).append(field)
            return fields
        return {}

    def _read(self, project: ProjectFolder) -> FieldSet | None:
        if project.path not in self._declared:
            from preflight.project.backend import build_backend
            from preflight.project.metadata import declared_metadata
            from preflight.project.pyproject import pyproject_file

            file = pyproject_file(project, self.files)
            try:
                backend = build_backend(project, self.tree, file)
                self._declared[project.path] = declared_metadata(project, self.files, file, backend)
            except Unavailable:
                self._declared[project.path] = None
        return self._declared[project.path]


def _with_declared(field: Field, declared: Mapping[str, list[Field]]) -> Field:
    for candidate in declared.get(field.name, ()):
        if _agree(field, candidate):
            extra = candidate.extra if field.name == "description" else field.extra
            return replace(field, declared=candidate.place, extra=extra)
    return field


def _agree(built: Field, declared: Field) -> bool:
    """Whether a backend may have made one of the other: blanks count for nothing, and what is behind a requirement may have come with its extra."""
    ours, theirs = "".join(built.value.split()), "".join(declared.value.split())
    if built.name == "requires-dist":
        return ours.partition(";")[0].lower() == theirs.partition(";")[0].lower()
    if built.name == "name":
        return normalize_project(ours) == normalize_project(theirs)
    if built.name == "project-url" and built.extra.strip() != declared.extra.strip():
        return False
    return ours == theirs
