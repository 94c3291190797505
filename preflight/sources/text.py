"""A file's text and the places in it. Knows nothing of any format, and never opens a file."""

from bisect import bisect_right
from dataclasses import field
from functools import cached_property

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

MAX_TEXT_BYTES = 8 * 1024 * 1024
"""Size in bytes above which a text file is not read: no configuration file or workflow comes near it."""

_LINE_BREAK = _compile(r"\r\n|\r|\n")
_BOMS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


class UnreadableText(Exception):
    """Bytes that are not readable as text. The message says why, in words for a person."""

    def __init__(self, reason: str, *, byte_offset: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.byte_offset = byte_offset


class SourceSyntaxError(Exception):
    """A text that breaks the syntax of its format: what is wrong, and where.

    `reason` says what was expected or found, without a position; `place` is where, never None.
    """

    def __init__(self, reason: str, place: "Place") -> None:
        super().__init__(f"{place.source.path}:{place.line}:{place.column}: {reason}")
        self.reason = reason
        self.place = place


class SourceTooComplex(Exception):
    """A text past a limit of its reader (depth, number of nodes): not read further. `reason` names the limit."""

    def __init__(self, reason: str, place: "Place") -> None:
        super().__init__(f"{place.source.path}:{place.line}:{place.column}: {reason}")
        self.reason = reason
        self.place = place


def decode(data: bytes) -> str:
    """Decode a file's bytes as UTF-8, keeping line ends and a byte order mark (as U+FEFF) as they are.

    Raises:
        UnreadableText: larger than `MAX_TEXT_BYTES`, in another encoding, or with NUL bytes.
    """
    if len(data) > MAX_TEXT_BYTES:
        raise UnreadableText(f"it has more than the {MAX_TEXT_BYTES:,} bytes that preflight reads of a text file")
    for bom, name in _BOMS:
        if data.startswith(bom):
            raise UnreadableText(f"it is encoded in {name}; save it as UTF-8", byte_offset=0)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableText(
            f"it is not UTF-8: byte 0x{data[error.start]:02x} on line {line} does not fit", byte_offset=error.start
        ) from None
    if "\x00" in text:
        offset = text.index("\x00")
        line = text.count("\n", 0, offset) + 1
        raise UnreadableText(
            f"it holds a NUL byte on line {line}, so it is no text file", byte_offset=data.index(b"\x00")
        )
    return text


def readable_part(data: bytes, byte_offset: int) -> tuple[str, int]:
    """The text of a file that cannot be decoded, as far as it can be shown, and the character offset of the byte that does not fit."""
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    if encoding is not None:
        return data.decode(encoding, "replace"), 0
    before = data[:byte_offset].decode("utf-8", "replace")
    return before + data[byte_offset:].decode("utf-8", "replace"), len(before)


@dataclass(frozen=True, slots=True)
class Position:
    """A line and a column, both counted from 1; columns count characters (code points)."""

    line: int
    column: int


@dataclass(frozen=True, eq=False)
class Source:
    """One file's text, or one text member of an archive.

    `path` is relative to the workspace root, with `/`; `member` names the file inside when `path` is an archive.
    `text` is exactly what the file holds: CRLF and a byte order mark are kept, so offsets fit the file.
    """

    path: str
    text: str = field(repr=False)
    member: str | None = None

    @cached_property
    def line_starts(self) -> list[int]:
        """Offset of the first character of each line; lines end at LF, CRLF or CR."""
        return [0, *(match.end() for match in _LINE_BREAK.finditer(self.text))]

    def position(self, offset: int) -> Position:
        """The line and column of a character offset; one past the end is allowed."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def offset(self, line: int, column: int = 1) -> int:
        """The character offset of a line and column counted from 1, kept inside the text."""
        if line < 1:
            return 0
        if line > len(self.line_starts):
            return len(self.text)
        return min(self.line_starts[line - 1] + max(column, 1) - 1, len(self.text))

    def line(self, number: int) -> str:
        """The text of a line counted from 1, without its line break; empty when there is no such line."""
        if not 1 <= number <= len(self.line_starts):
            return ""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def place(self, start: int, end: int | None = None) -> "Place":
        """The place from `start` to `end` (character offsets, half-open); only `start` means an empty place there."""
        return Place(self, start, start if end is None else end)

    def line_place(self, number: int) -> "Place":
        """The place of a whole line, without its indentation and line break."""
        text = self.line(number)
        start = self.offset(number) + len(text) - len(text.lstrip())
        return Place(self, start, self.offset(number) + len(text.rstrip()) if text.strip() else start)

    @property
    def whole(self) -> "Place":
        """The file as such, shown as its first line: for what is missing, or true of all of it."""
        return Place(self, 0, 0)


@dataclass(frozen=True, slots=True)
class Place:
    """A span of a source: character offsets, half-open. Lines and columns are computed when asked for."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def line(self) -> int:
        return self.source.position(self.start).line

    @property
    def column(self) -> int:
        return self.source.position(self.start).column

    @property
    def end_line(self) -> int:
        return self.source.position(self.end).line

    @property
    def end_column(self) -> int:
        return self.source.position(self.end).column
