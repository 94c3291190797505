"""The project's pyproject.toml, parsed with places. Judges nothing."""

from preflight.engine.facts import Unavailable
from preflight.project.inventory import ProjectFolder
from preflight.sources.records import dataclass
from preflight.sources.text import Source, SourceSyntaxError, SourceTooComplex
from preflight.sources.toml import TomlDocument, parse_toml
from preflight.sources.tree import Files, MissingFile, UnreadableFile


@dataclass(frozen=True, slots=True)
class PyprojectFile:
    """The file as found: its source, and either the document or what is wrong with it. All None where there is no such file.

    One that is no UTF-8 text is unreadable, and has both the reason and the error with its place.
    """

    path: str
    source: Source | None = None
    document: TomlDocument | None = None
    error: SourceSyntaxError | SourceTooComplex | None = None
    unreadable: str | None = None


def pyproject_file(project: ProjectFolder, files: Files) -> PyprojectFile:
    """The project's pyproject.toml, whatever its state. A byte order mark is an error: build tools read with tomllib, which refuses it."""
    path = project.file("pyproject.toml")
    try:
        source = files.read(path)
    except MissingFile:
        return PyprojectFile(path)
    except UnreadableFile as error:
        place = files.undecodable.get(path)
        wrong = SourceSyntaxError(error.reason, place) if place is not None else None
        return PyprojectFile(path, error=wrong, unreadable=error.reason)
    try:
        return PyprojectFile(path, source, parse_toml(source))
    except (SourceSyntaxError, SourceTooComplex) as error:
        return PyprojectFile(path, source, error=error)


def pyproject(pyproject_file: PyprojectFile) -> TomlDocument:
    """The parsed pyproject.toml.

    Raises:
        Unavailable: there is none, or it cannot be read.
    """
    if pyproject_file.document is not None:
        return pyproject_file.document
    if pyproject_file.source is None and pyproject_file.unreadable is None:
        raise Unavailable("the project has no pyproject.toml")
    raise Unavailable("pyproject.toml cannot be read")
