"""What the imagined PyPI holds before and after the uploads of a rehearsal: projects, files, publishers. Judges nothing, and asks no index itself."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime

from preflight.distributions.filenames import normalize_project
from preflight.publishers.registered import PYPI, RegisteredPublisher
from preflight.sources.records import dataclass

ANY = "*"
"""Stands for whatever project is uploaded."""


@dataclass(frozen=True)
class IndexFile:
    """A file that the index has. What is not known of one from before the rehearsal is empty; `folder` is where an uploaded one lies."""

    filename: str
    version: str
    sha256: str = ""
    blake2_256: str = ""
    md5: str = ""
    size: int = 0
    is_sdist: bool = False
    uploaded: datetime | None = None
    requires_python: str = ""
    metadata_sha256: str = ""
    yanked: str | None = None
    folder: str = ""
    metadata: Mapping[str, tuple[str, ...]] = {}


@dataclass
class Project:
    """One project: its name as last uploaded, its files by name, and its status as PEP 792 has it; empty is an ordinary one."""

    name: str
    files: dict[str, IndexFile] = field(default_factory=dict)
    status: str = ""

    @property
    def normalized(self) -> str:
        return normalize_project(self.name)

    def of_version(self, version: str) -> Iterator[IndexFile]:
        """The files of a version, however it is spelt."""
        wanted = canonical(version)
        return (each for each in self.files.values() if canonical(each.version) == wanted)

    def total_size(self) -> int:
        """The bytes of all files."""
        return sum(each.size for each in self.files.values())


def canonical(version: str) -> str:
    """A version as PyPI compares it (packaging: `canonicalize_version`)."""
    from packaging.utils import canonicalize_version

    return canonicalize_version(version)


@dataclass
class State:
    """The imagined PyPI.

    `existing` are normalized names of projects that exist (or `ANY`), `absent` of those that do not, and `new` is whether all others do not either; without it,
    whether they do is not known.
    `released` are versions of which all files exist, with contents that are not known. `publishers` are those registered on this index, and `own_projects`
    the names that those without a project of their own stand for; empty where they are not known.
    """

    index: str = PYPI
    existing: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    new: bool = False
    released: tuple[str, ...] = ()
    publishers: tuple[RegisteredPublisher, ...] = ()
    own_projects: tuple[str, ...] = ()
    projects: dict[str, Project] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """The host that the index plays."""
        return "pypi.org" if self.index == PYPI else "test.pypi.org"

    def exists(self, name: str) -> bool | None:
        """Whether a project exists; None where that is not known."""
        wanted = normalize_project(name)
        if wanted in self.projects or wanted in self.existing or ANY in self.existing:
            return True
        if wanted in self.absent:
            return False
        if self.new:
            return False
        if any(wanted in self.projects_of(each) for each in self.publishers if not each.pending):
            return True
        return False if self._awaited(wanted) else None

    def _awaited(self, wanted: str) -> bool:
        return any(wanted in self.projects_of(each) for each in self.publishers if each.pending)

    def projects_of(self, publisher: RegisteredPublisher) -> frozenset[str]:
        """The normalized names that a publisher is registered for; empty where they are not known."""
        names = (publisher.project,) if publisher.project else self.own_projects
        return frozenset(normalize_project(each) for each in names)

    def project(self, name: str) -> Project:
        """The project of a name, made when it is not there."""
        return self.projects.setdefault(normalize_project(name), Project(name))

    def is_released(self, version: str) -> bool:
        """Whether the version is one of which all files exist."""
        return canonical(version) in {canonical(each) for each in self.released}

    def all_files(self) -> Iterator[IndexFile]:
        """Every file of every project."""
        for project in self.projects.values():
            yield from project.files.values()

    def learn(self, project: Project) -> None:
        """Take over what a real index says of a project. This is the one way in for facts of an index, which others ask."""
        self.projects[project.normalized] = project
        self.existing |= {project.normalized}
