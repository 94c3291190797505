"""Core metadata as a list of fields with places, whether a project declares them or a built file holds them. Judges nothing."""

from collections.abc import Iterator
from enum import StrEnum

from preflight.sources.records import dataclass
from preflight.sources.text import Place


class Origin(StrEnum):
    """Where a set of fields comes from."""

    PROJECT = "project"
    WHEEL = "wheel"
    SDIST = "sdist"


@dataclass(frozen=True, slots=True)
class Field:
    """One core metadata field as it will be (project) or is (distribution) sent to the index.

    `name` is the core metadata name in lower case (`requires-dist`). `key` is how the author knows it: `project.dependencies`, `Requires-Dist`.
    `place` is where the value stands: in TOML the whole string literal with its quotes. `extra` holds what the value alone does not say: the
    extra's name for a dependency of `project.optional-dependencies`, the label for a URL. `declared` is, in a built file, where the project states the same.
    `label_place` is where a project writes the label of a URL.
    """

    name: str
    value: str
    place: Place | None
    key: str
    extra: str = ""
    declared: Place | None = None
    label_place: Place | None = None


@dataclass(frozen=True)
class FieldSet:
    """All fields of one project or distribution.

    `subject` names it for people: the path of the file that declares or holds them. `dynamic` holds the core metadata names (lower case) whose
    values the build decides, so that their absence says nothing. `complete` is False where the declaring file may be overruled or added to
    (setup.py code, plugins). `backend` is the family of the backend that will translate a project's fields, empty where that is the project's
    own code, nothing known, or a built file. `unreleased` is whether the source states a development version, so that what it says now
    is not what the next release will say.
    """

    origin: Origin
    subject: str
    fields: tuple[Field, ...]
    place: Place | None = None
    dynamic: frozenset[str] = frozenset()
    complete: bool = True
    backend: str = ""
    unreleased: bool = False

    def all(self, name: str) -> Iterator[Field]:
        """The fields of a name, in order."""
        return (field for field in self.fields if field.name == name)

    def first(self, name: str) -> Field | None:
        """The first field of a name."""
        return next(self.all(name), None)
