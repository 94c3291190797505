"""What would become of files: new, changed, or left as they are, and texts after edits. Writes nothing."""

from collections.abc import Iterable
from enum import StrEnum

from preflight.engine.finding import Edit
from preflight.sources.records import dataclass


class State(StrEnum):
    """What would happen to a file."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    """It is there with another content, and nobody said that it may be overwritten."""


@dataclass(frozen=True, slots=True)
class Change:
    """A file before (None where there is none) and after; `why` says what the change is for, or why there is none."""

    path: str
    before: str | None
    after: str
    why: str
    kept: bool = False

    @property
    def state(self) -> State:
        if self.kept:
            return State.KEPT
        if self.before is None:
            return State.CREATED
        return State.UNCHANGED if self.before == self.after else State.CHANGED


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits, none of which may overlap another."""
    parts, done = [], 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        parts += [text[done : edit.start], edit.replacement]
        done = edit.end
    return "".join((*parts, text[done:]))


def newline_of(text: str) -> str:
    """The line break that a text uses."""
    return "\r\n" if "\r\n" in text else "\n"


def appended(text: str, block: str) -> str:
    """The text with a block of lines at its end, apart from what is there by one blank line."""
    newline = newline_of(text)
    stripped = text.rstrip("\r\n")
    tail = text[len(stripped) :]
    if stripped and not tail:
        tail = newline
    gap = newline if stripped and tail.count("\n") < 2 else ""
    return f"{stripped}{tail}{gap}{block.replace(chr(10), newline)}"
