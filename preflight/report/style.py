"""How text looks in a terminal: colours, the width of characters, and wrapping. Knows nothing of findings."""

from collections.abc import Iterable
from unicodedata import category, east_asian_width

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

_CODES = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "good": "1;32",
    "strong": "1",
    "frame": "1;34",
    "code": "36",
    "added": "32",
    "removed": "31",
    "faint": "2",
}

_CODE_SPAN = _compile(r"`[^`]+`")
_CODE_ON_LINE = _compile(r"`[^`]*(?:`|$)")
_LONGEST_SPAN = 40
_GLUE = "\0"

_NEVER_FIRST, _NEVER_LAST = frozenset("，。、；：！？）》”"), frozenset("（《“")
"""Marks that no line starts or ends with (Requirements for Chinese Text Layout, "Prohibition Rules for Line Start and Line End")."""


@dataclass(frozen=True, slots=True)
class Style:
    """Paints text by role with ANSI colours, or not at all."""

    color: bool

    def paint(self, role: str, text: str) -> str:
        """The text in the colour of a role."""
        return f"\x1b[{_CODES[role]}m{text}\x1b[0m" if self.color and text else text

    def code_spans(self, lines: Iterable[str]) -> list[str]:
        """Wrapped lines with what stands between backticks painted, also across lines."""
        if not self.color:
            return list(lines)
        painted, inside = [], False
        for line in lines:
            begun = "`" if inside else ""
            shown = _CODE_ON_LINE.sub(lambda span: self.paint("code", span[0]), begun + line)
            painted.append(shown.replace("`", "", 1) if begun else shown)
            inside ^= line.count("`") % 2 == 1
        return painted


def cell_width(character: str) -> int:
    """The columns that a printable character takes in a terminal (Unicode Standard Annex 11; ambiguous is narrow)."""
    if character < "\u0300":
        return 1
    if "\u1160" <= character <= "\u11ff" or category(character) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def text_width(text: str) -> int:
    """How many columns a printable text takes."""
    return len(text) if text.isascii() else sum(map(cell_width, text))


def wrap(text: str, width: int) -> list[str]:
    """Break one line of printable text at its blanks into lines of at most `width` columns; longer words stay whole.

    Short inline code is kept together, text of wide characters may break anywhere, and no line but the first starts
    with `::` (GitHub's runner would take it for a command).
    """
    glued = _CODE_SPAN.sub(lambda span: span[0].replace(" ", _GLUE) if len(span[0]) <= _LONGEST_SPAN else span[0], text)
    lines = [""]
    used = 0
    for piece, spaced in _pieces(glued):
        size = text_width(piece)
        gap = 1 if spaced and used else 0
        if used and used + gap + size > width and not piece.lstrip(f" {_GLUE}").startswith(":"):
            lines.append(piece)
            used = size
        else:
            lines[-1] += " " * gap + piece
            used += gap + size
    return [line.replace(_GLUE, " ") for line in lines]


def _pieces(text: str) -> Iterable[tuple[str, bool]]:
    """What may stand on a line of its own, and whether a blank stood before it."""
    for word in text.split():
        if word.isascii():
            yield word, True
            continue
        start = 0
        for index in range(1, len(word)):
            if word[index] in _NEVER_FIRST or word[index - 1] in _NEVER_LAST:
                continue
            if cell_width(word[index]) == 2 or (cell_width(word[index - 1]) == 2 and cell_width(word[index])):
                yield word[start:index], start == 0
                start = index
        yield word[start:], start == 0
