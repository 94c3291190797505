"""The fact `versions`: the source of the version that will be published, its copies, and the changelog."""

from preflight.engine.facts import Unavailable
from preflight.project.backend import BuildBackend
from preflight.project.inventory import ProjectFolder
from preflight.project.pyproject import PyprojectFile
from preflight.project.versions.changelog import Changelog, read_changelog
from preflight.project.versions.copies import find_copies
from preflight.project.versions.reading import Reading
from preflight.project.versions.release_tools import kept_modules, recorded_versions
from preflight.project.versions.source import VersionSource, find_source
from preflight.project.versions.statement import Kind, VersionStatement
from preflight.sources.records import dataclass
from preflight.sources.tree import Files, Tree


@dataclass(frozen=True, slots=True)
class Versions:
    """Every place of a project that states its version.

    `copies` leaves out the source itself and places that cannot be read. `known_as` are the names by which tags may
    call the project.
    """

    source: VersionSource
    copies: tuple[VersionStatement, ...]
    changelog: Changelog | None
    known_as: frozenset[str]

    def of(self, *kinds: Kind) -> tuple[VersionStatement, ...]:
        """The copies of some kinds, in the order of their places."""
        found = [each for each in self.copies if each.kind in kinds]
        return tuple(sorted(found, key=lambda each: (each.place.source.path, each.place.start)))


def versions(
    project: ProjectFolder, tree: Tree, files: Files, pyproject_file: PyprojectFile, build_backend: BuildBackend
) -> Versions:
    """What the project's files say about its version.

    Raises:
        Unavailable: pyproject.toml cannot be read, or says that the project is not packaged.
    """
    document = pyproject_file.document
    if document is None and (pyproject_file.source is not None or pyproject_file.unreadable is not None):
        raise Unavailable("pyproject.toml cannot be read")
    if document is not None and (
        document.get("tool", "poetry", "package-mode") is False or document.get("tool", "uv", "package") is False
    ):
        raise Unavailable("the project is not packaged")
    reading = Reading(project, tree, files, document, build_backend)
    source = find_source(reading)
    found: dict[tuple[str, int], VersionStatement] = {}
    for copy in (*find_copies(reading), *kept_modules(reading), *recorded_versions(reading)):
        found.setdefault((copy.place.source.path, copy.place.start), copy)
    if source.statement is not None:
        found.pop((source.statement.place.source.path, source.statement.place.start), None)
    return Versions(source, tuple(found.values()), read_changelog(project, tree, files, document), reading.known_as)
