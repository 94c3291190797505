"""The fact `build_results`: what came of building, installing and importing each project, when `--build` asks for it. Judges nothing.

The module itself imports nothing heavy: every run reads it to learn that nothing is to be built.
"""

from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from preflight.building.request import BuildRequest
from preflight.engine.facts import Unavailable
from preflight.engine.workspace import Focus
from preflight.project.inventory import PROJECT_FILES, Inventory, ProjectFolder
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source
from preflight.sources.tree import Files, Tree

if TYPE_CHECKING:
    from preflight.building.faults import Blame
    from preflight.building.running import Ran

NO_PROJECT = "there is no project to build"


@dataclass(frozen=True, slots=True)
class Failure:
    """A command that failed: what it was for (a module's or script's name, empty otherwise), the line that says why, and whose fault it may be."""

    ran: "Ran"
    reason: str
    blame: "Blame"
    subject: str = ""
    place: Place | None = None
    """Where the subject is declared, if it is known."""
    crash: bool = True
    """Whether an exception ended it that nothing caught; a script may also end with a status of its own choice."""


@dataclass
class BuildResult:
    """What came of one project. Each part is empty where it went well or was never come to.

    `files` are the built files, relative to the request's folder. `untried` says why the project was not built at all.
    """

    project: ProjectFolder
    place: Place
    files: list[str] = field(default_factory=list)
    untried: str = ""
    build: Failure | None = None
    install: Failure | None = None
    imports: list[Failure] = field(default_factory=list)
    scripts: list[Failure] = field(default_factory=list)


@dataclass(frozen=True)
class BuildResults:
    """What came of all projects in focus; `python` is the version they were built and imported with."""

    folder: Path
    python: str
    projects: tuple[BuildResult, ...]

    @property
    def files(self) -> list[str]:
        """The built files of all projects, relative to the folder."""
        return [file for result in self.projects for file in result.files]


def build_results(
    build_request: BuildRequest, inventory: Inventory, focus: Focus, tree: Tree, files: Files
) -> BuildResults:
    """Build every project in focus, install its wheel into a fresh environment, and import what the wheel provides. Runs the projects' code.

    Raises:
        Unavailable: no build was asked for, there is nothing to build, or the files are not on disk.
    """
    if tree.disk_root is None:
        raise Unavailable("the files are not on disk")
    projects = [project for project in inventory.projects if _in_focus(project, focus)]
    if not projects:
        build_request.say(f"Nothing is built: {NO_PROJECT}.")
        raise Unavailable(NO_PROJECT)
    from preflight.building.steps import build_projects

    return build_projects(build_request, tree.disk_root, [(project, _place(project, files)) for project in projects])


def _in_focus(project: ProjectFolder, focus: Focus) -> bool:
    """Whether the project lies in a folder that was asked for, or one of the files that define it was."""
    path = project.path
    return (
        focus.whole
        or any(path == folder or path.startswith(f"{folder}/") for folder in focus.folders)
        or any(project.file(name) in focus.files for name in PROJECT_FILES)
    )


def _place(project: ProjectFolder, files: Files) -> Place:
    for name in PROJECT_FILES:
        source = files.find(project.file(name))
        if source is not None:
            return source.whole
    return Source(project.file(PROJECT_FILES[0]), "").whole
