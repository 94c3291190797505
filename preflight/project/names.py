"""The fact `project_names`: what the projects of the workspace are called, read only when that is needed."""

from functools import cached_property

from preflight.engine.facts import Unavailable
from preflight.project.backend import build_backend
from preflight.project.inventory import Inventory
from preflight.project.metadata import declared_metadata
from preflight.project.pyproject import pyproject_file
from preflight.sources.records import dataclass
from preflight.sources.tree import Files, Tree


@dataclass(frozen=True)
class ProjectNames:
    """The names under which the workspace's projects are uploaded."""

    inventory: Inventory
    files: Files
    tree: Tree

    @cached_property
    def _found(self) -> tuple[tuple[str, ...], bool]:
        names: list[str] = []
        complete = bool(self.inventory.projects)
        for project in self.inventory.projects:
            file = pyproject_file(project, self.files)
            try:
                metadata = declared_metadata(project, self.files, file, build_backend(project, self.tree, file))
            except Unavailable:
                # Readable and yet no metadata: the project says that it is not packaged.
                complete = complete and file.document is not None
                continue
            field = metadata.first("name")
            if field is None or not field.value.strip():
                complete = False
            else:
                names.append(field.value.strip())
        return tuple(dict.fromkeys(names)), complete

    @property
    def known(self) -> tuple[str, ...]:
        """The names that the files state, as written, each once."""
        return self._found[0]

    @property
    def complete(self) -> bool:
        """Whether those are all: no project keeps its name to code, or to a file that cannot be read."""
        return self._found[1]


def project_names(inventory: Inventory, files: Files, tree: Tree) -> ProjectNames:
    """The names of the projects of the workspace."""
    return ProjectNames(inventory, files, tree)
