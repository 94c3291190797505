"""A password or token that stands somewhere in clear text, with what it is used for. Shows itself nowhere."""

from dataclasses import field
from functools import cached_property

from preflight.credentials.pypirc import Index as Index
from preflight.credentials.pypirc import Repository
from preflight.credentials.pypirc_files import PypircFile
from preflight.credentials.token import ProblemKind, Token, TokenReading, read_token
from preflight.sources.records import dataclass
from preflight.sources.text import Place

INDEX_NAMES: dict[Index, str] = {"pypi": "PyPI", "testpypi": "TestPyPI"}

_NOT_WRITTEN_DOWN = frozenset({ProblemKind.EMPTY, ProblemKind.REFERENCE, ProblemKind.PLACEHOLDER})


@dataclass(frozen=True)
class Credential:
    """A password as written, its place, and the index that it is sent to.

    `used_by` says in words who sends it: a section of a `.pypirc`, a step of a workflow. `spans` are the places of the
    lines of its text, so that a character offset of the text can be found in the file; empty where it cannot.
    """

    text: str = field(repr=False)
    place: Place | None
    """None where nothing in the workspace can be pointed at: a variable of the environment, a file of the home folder."""
    index: Index
    used_by: str
    pypirc: bool
    username: str | None = field(default=None, repr=False)
    """The user name set beside it, where that is plain text."""
    spans: tuple[Place, ...] = field(default=(), repr=False)
    is_certain: bool = True
    """Whether it is certain that it is meant for this index: a variable may be for an index that a command names."""
    is_of_project: bool = True
    """Whether it is set for the checked project alone: what a machine holds may serve any other."""

    @cached_property
    def reading(self) -> TokenReading:
        return read_token(self.text)

    @property
    def token(self) -> Token | None:
        return self.reading.token

    @property
    def index_name(self) -> str:
        return INDEX_NAMES[self.index]

    @property
    def is_empty(self) -> bool:
        return not self.text.strip()

    @property
    def kinds(self) -> tuple[ProblemKind, ...]:
        """What is wrong with it as a token, the decisive thing first."""
        return tuple(problem.kind for problem in self.reading.problems)

    @property
    def is_written_down(self) -> bool:
        """Whether it seems to be a secret itself: no expression, no placeholder, no example of a document."""
        if self.token is not None:
            return not self.token.is_example
        return not _NOT_WRITTEN_DOWN.intersection(self.kinds)

    def place_of(self, start: int, end: int) -> Place | None:
        """Where a slice of the text stands in the file; it may reach over line breaks. None where that is not known."""
        begin, finish = self._offset(start), self._offset(end)
        if self.place is None or begin is None or finish is None:
            return None
        return self.place.source.place(begin, finish)

    def _offset(self, at: int) -> int | None:
        for line, span in zip(self.text.split("\n"), self.spans, strict=False):
            if at <= len(line):
                return span.start + at if span.end - span.start == len(line) else None
            at -= len(line) + 1
        return None


def first_line(place: Place) -> Place:
    """The part of a place on its first line.

    A report shows each line by itself, and nothing tells that the second half of a wrapped token is one.
    """
    line = place.text.partition("\n")[0].rstrip("\r")
    return place.source.place(place.start, place.start + len(line))


def is_plain_name(text: str) -> bool:
    """Whether a user name is meant as it stands: not empty, and nothing that a person or program is to fill in."""
    stripped = text.strip()
    return bool(stripped) and not any(mark in stripped for mark in ("$", "%(", "{{", "<", ">", "*"))


def pypirc_credentials(files: tuple[PypircFile, ...]) -> tuple[Credential, ...]:
    """The passwords in `.pypirc` files that go to PyPI or TestPyPI."""
    return tuple(
        found
        for file in files
        if file.pypirc is not None
        for repository in file.pypirc.repositories.values()
        if (found := _credential(repository)) is not None
    )


def _credential(repository: Repository) -> Credential | None:
    password, index = repository.password, repository.index
    if password is None or index is None:
        return None
    return Credential(
        text=password.value,
        place=first_line(password.place),
        index=index,
        used_by=f"section `[{repository.name}]`",
        pypirc=True,
        username=repository.username.value if repository.username else None,
        spans=password.line_places,
    )
