"""A log without its blanks: how text is found that a terminal, a box or a person has broken over lines. Knows no message.

A place in it leads back to the lines it came from, and to the text as it was, joined again.
"""

from bisect import bisect_right
from collections.abc import Sequence

from preflight.doctor.joining import is_broken
from preflight.doctor.reading import LogLine

GAP = "\x00"
"""Stands where lines were left out of the log, and matches nothing."""


class Condensed:
    """The lines of a log run together."""

    __slots__ = ("_indexes", "_starts", "lines", "text")

    def __init__(self, lines: Sequence[LogLine]) -> None:
        self.lines = lines
        parts: list[str] = []
        self._starts: list[int] = []
        self._indexes: list[int] = []
        length = 0
        before = 0
        for index, line in enumerate(lines):
            if before and line.number > before + 1:
                parts.append(GAP)
                length += 1
            before = line.number
            if line.level == "noise" or not line.text:
                continue
            condensed = without_blanks(line.text)
            self._starts.append(length)
            self._indexes.append(index)
            parts.append(condensed)
            length += len(condensed)
        self.text = "".join(parts)

    def line_at(self, offset: int) -> int:
        """The index of the line that holds this place."""
        return self._indexes[max(0, bisect_right(self._starts, offset) - 1)]

    def end_of(self, index: int) -> int:
        """The place at which the line of this index, or the last one before it that has text, ends."""
        position = bisect_right(self._indexes, index)
        return self._starts[position] if position < len(self._starts) else len(self.text)

    def original(self, start: int, end: int) -> str:
        """The text between two places with its blanks, and without the breaks that no one wrote."""
        if start >= end or not self._starts:
            return ""
        first = max(0, bisect_right(self._starts, start) - 1)
        last = max(0, bisect_right(self._starts, end - 1) - 1)
        lines = [self.lines[index] for index in self._indexes[first : last + 1]]
        width = max(len(line.text) for line in lines)
        parts: list[str] = []
        for position, line in enumerate(lines):
            line_start = self._starts[first + position]
            if position:
                before = lines[position - 1]
                if not is_broken(before.text, line.text, 0 if before.raw[-1:] == " " else width):
                    parts.append(" ")
            parts.append(_between(line.text, max(0, start - line_start), end - line_start))
        return "".join(parts).strip()


def without_blanks(text: str) -> str:
    """A text without anything that is blank."""
    return "".join(text.split())


def _between(text: str, start: int, end: int) -> str:
    """The part of a text that lies between two counts of its characters that are not blank."""
    seen = 0
    first = len(text)
    for position, character in enumerate(text):
        if character.isspace():
            continue
        if seen == start and first == len(text):
            first = position
        if seen == end:
            return text[first:position].rstrip()
        seen += 1
    return text[first:]
