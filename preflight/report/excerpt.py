"""Draws the places of a finding: pieces of the source with line numbers, carets and labels. Says nothing else of it."""

from collections.abc import Iterable, Sequence

from preflight.credentials.redact import is_wrapped, redact
from preflight.engine.finding import Reported
from preflight.report.report import Located
from preflight.report.safe import LOG_COMMAND, for_people, shown_place, visible
from preflight.report.style import Style, cell_width, text_width, wrap
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source

_TAB_STOP = 4
_LONGEST = 1200
"""Characters of a line that are looked at, around what is marked."""

_WHOLE_SPAN = 5
"""A span of more lines is shown by its first three and its last."""

_NARROWEST = 20

_CONTINUED = 50
"""Lines that a command may go on for."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place to point at. The main one is drawn with `^` in the colour `role`, others with `-`."""

    place: Place
    label: str = ""
    role: str | None = None

    @property
    def first(self) -> int:
        return self.place.line

    @property
    def last(self) -> int:
        """The last line with a character of the place: a span that ends with a line break stops before the next."""
        first, last = self.place.line, self.place.end_line
        return last - 1 if last > first and self.place.end_column == 1 else last


@dataclass(frozen=True)
class ShownLine:
    """One line as it is shown: cells (text and width), and the column that each character of the original starts in."""

    cells: tuple[tuple[str, int], ...]
    starts: tuple[int, ...]
    skipped: int
    original: str
    redacted: str

    @property
    def width(self) -> int:
        return sum(size for _, size in self.cells)

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.cells)

    def column(self, index: int, *, end: bool = False) -> int:
        """The display column of a character of the original line, also where a secret before it was shortened."""
        if self.original != self.redacted:
            index = _moved(self.original, self.redacted, index, end)
        return self.starts[max(0, min(index - self.skipped, len(self.starts) - 1))]

    def cut(self, left: int, room: int) -> str:
        """The columns from `left` on, `room` of them, with `…` where something is left out."""
        right = left + room
        clipped = self.width > right
        out = ["…"] if left else []
        used, column = len(out), 0
        for text, size in self.cells:
            start, column = column, column + size
            if start < left + bool(left):
                fits = column - left - bool(left)
                if fits > 0:
                    out.append(" " * fits)
                    used += fits
            elif column <= right - clipped:
                out.append(text)
                used += size
        if clipped:
            out.append(" " * (room - 1 - used) + "…")
        return "".join(out)


def shown_line(text: str, redacted: str | None = None, focus: int = 0) -> ShownLine:
    """A line of a source made visible; of a very long one only what lies around the character `focus`."""
    redacted = redact(text) if redacted is None else redacted
    if redacted != text:
        focus = _moved(text, redacted, focus, False)
    skipped = max(0, focus - _LONGEST // 3) if len(redacted) > _LONGEST else 0
    part = redacted[skipped : skipped + _LONGEST]
    brackets = {match.end() - 1 for match in LOG_COMMAND.finditer(part)}
    cells: list[tuple[str, int]] = [("…", 1)] if skipped else []
    starts = [len(cells)]
    for index, character in enumerate(part):
        if character == "\t":
            size = _TAB_STOP - starts[-1] % _TAB_STOP
            cells.append((" " * size, size))
        elif index in brackets:
            cells.append(("\\[", 2))
        else:
            seen = visible(character)
            size = len(seen) if seen != character else cell_width(character)
            cells.append((seen, size))
        starts.append(starts[-1] + cells[-1][1])
    if skipped + len(part) < len(redacted):
        cells.append(("…", 1))
    return ShownLine(tuple(cells), tuple(starts), skipped, text, redacted)


def hidden_part(original: str, redacted: str) -> tuple[int, int]:
    """The part of the original that redaction replaced, from the first secret to the last: start and end."""
    limit = min(len(original), len(redacted))
    before = next((at for at in range(limit) if original[at] != redacted[at]), limit)
    after = next((at for at in range(limit - before) if original[-1 - at] != redacted[-1 - at]), limit - before)
    return before, len(original) - after


def _moved(original: str, redacted: str, index: int, end: bool) -> int:
    """Where a character of the original is in the redacted text, exact before the first and after the last secret."""
    before, after = hidden_part(original, redacted)
    if index <= before:
        return index
    grown = len(redacted) - len(original)
    return index + grown if index >= after else after + grown if end else before


def continued_from(source: Source, line: int) -> int:
    """The line where the text of this line begins, when it goes on with a value or a backslash ends those before it."""
    start = line
    while (
        start > 1
        and line - start < _CONTINUED
        and (source.line(start - 1).endswith("\\") or is_wrapped(source.line(start)))
    ):
        start -= 1
    return start


def redacted_lines(source: Source, first: int, last: int) -> dict[int, str]:
    """Lines of a source with their secrets hidden; what a backslash continues is judged with the lines before it."""
    numbers = range(continued_from(source, first), last + 1)
    shown = redact("\n".join(source.line(number) for number in numbers)).split("\n")
    return dict(zip(numbers, shown, strict=True))


def grouped(marks: Sequence[Mark]) -> list[list[Mark]]:
    """The marks that go into one drawing: those of one source, unless a span of several lines would cross another."""
    groups: list[list[Mark]] = []
    for mark in marks:
        for group in groups:
            if group[0].place.source is mark.place.source and not any(_crossing(mark, other) for other in group):
                group.append(mark)
                break
        else:
            groups.append([mark])
    return groups


def _crossing(one: Mark, other: Mark) -> bool:
    several = one.first != one.last or other.first != other.last
    return several and one.first <= other.last and other.first <= one.last


def marks_of(finding: Reported) -> list[Mark]:
    """The places of a finding that have a text to be shown, the main one first."""
    main = [Mark(finding.place, role=finding.severity.value)] if finding.place else []
    others = [Mark(note.place, for_people(note.message.strip())) for note in finding.related]
    return [mark for mark in (*main, *others) if mark.place.source.text]


def gutter_width(marks: Iterable[Mark]) -> int:
    """The columns that the line numbers of all these marks need."""
    return max((len(str(mark.last)) for mark in marks), default=1)


def draw_places(located: Located, style: Style, gutter: int, width: int) -> list[str]:
    """All places of a finding one under the other: one drawing for a source, only the path where there is no text."""
    finding, prefix = located.finding, located.prefix
    arrow = style.paint("frame", " " * gutter + "-->")
    lines: list[str] = []
    if finding.place and not finding.place.source.text:
        lines.append(f"{arrow} {shown_place(finding.place, prefix)}")
    for group in grouped(marks_of(finding)):
        if lines:
            lines.append(style.paint("frame", " " * gutter + " |"))
        lines.append(f"{arrow} {shown_place(group[0].place, prefix)}")
        lines += draw(group, style, gutter, width)
    for note in finding.related:
        if not note.place.source.text:
            lines.append(f"{arrow} {shown_place(note.place, prefix)}: {for_people(note.message)}")
    return lines


def draw(marks: Sequence[Mark], style: Style, gutter: int, width: int) -> list[str]:
    """The lines of a drawing of one group of marks, from the first `|` to the last label."""
    return _Drawing(marks, style, gutter, width).lines()


class _Drawing:
    def __init__(self, marks: Sequence[Mark], style: Style, gutter: int, width: int) -> None:
        self.source = marks[0].place.source
        self.style = style
        self.gutter = gutter
        self.several = [mark for mark in marks if mark.first != mark.last]
        self.single: dict[int, list[Mark]] = {}
        for mark in sorted(marks, key=lambda each: (each.place.start, each.role is None)):
            if mark.first == mark.last:
                self.single.setdefault(mark.first, []).append(mark)
        self.room = max(_NARROWEST, width - gutter - 3 - (2 if self.several else 0))

    def lines(self) -> list[str]:
        rows = [self._row(None, "")]
        wanted = self._wanted()
        previous = wanted[0]
        for number in wanted:
            if number - previous > 2:
                rows.append(self._gap(previous))
            elif number - previous == 2:
                rows.extend(self._line(number - 1))
            rows.extend(self._line(number))
            previous = number
        return rows

    def _wanted(self) -> list[int]:
        wanted = set(self.single)
        for mark in self.several:
            if mark.last - mark.first < _WHOLE_SPAN:
                wanted.update(range(mark.first, mark.last + 1))
            else:
                wanted.update((mark.first, mark.first + 1, mark.first + 2, mark.last))
        return sorted(wanted)

    def _line(self, number: int) -> list[str]:
        marks = self.single.get(number, ())
        text = self.source.line(number)
        spans = [self._span(mark, number, text) for mark in marks]
        shown = shown_line(text, redacted_lines(self.source, number, number)[number], spans[0][0] if spans else 0)
        columns = [(shown.column(start), shown.column(end, end=True)) for start, end in spans]
        left = self._left(shown.width, columns[0] if columns else (0, 0))
        rows = [self._row(number, shown.cut(left, self.room), self._channel(number))]
        for mark in self.several:
            if mark.last == number:
                start, end = self._span(mark, number, text)
                rows += self._closing(mark, max(shown.column(end, end=True) - 1, shown.column(start)))
        return rows + self._carets(marks, columns, left, shown.width)

    def _span(self, mark: Mark, number: int, text: str) -> tuple[int, int]:
        """The characters of this line that the place holds, counted from 0."""
        place = mark.place
        start = place.column - 1 if mark.first == number else len(text) - len(text.lstrip())
        ends_here = place.end_line == number
        return min(start, len(text)), min(place.end_column - 1 if ends_here else len(text), len(text))

    def _left(self, line_width: int, span: tuple[int, int]) -> int:
        """The first column shown, so that the span is in view."""
        start, end = span
        if line_width <= self.room or end < self.room:
            return 0
        return min(max(0, start - self.room // 4), max(0, line_width - self.room))

    def _carets(self, marks: Sequence[Mark], spans: Sequence[tuple[int, int]], left: int, width: int) -> list[str]:
        """The rows under a line: as many marks in a row as do not overlap, a label after the last of them."""
        low = 1 if left else 0
        high = self.room - (width > left + self.room)
        waiting: list[tuple[int, int, Mark]] = []
        for mark, (start, end) in zip(marks, spans, strict=True):
            first = min(max(start - left, low), self.room - 1)
            waiting.append((first, max(min(end - left, high), first + 1), mark))
        rows: list[str] = []
        while waiting:
            row, used, below = "", 0, []
            while waiting and waiting[0][0] >= used:
                first, end, mark = waiting.pop(0)
                role, sign = (mark.role, "^") if mark.role else ("frame", "-")
                row += " " * (first - used) + self.style.paint(role, sign * (end - first)) + " "
                used = end + 1
                if mark.label and text_width(mark.label) <= self.room - used:
                    row += self.style.paint(role, mark.label)
                    break
                if mark.label:
                    below = self._label_rows(mark, first)
                    break
            rows += [self._row(None, row), *below]
        return rows

    def _label_rows(self, mark: Mark, column: int) -> list[str]:
        indent = column if self.room - column >= 30 else 0
        wrapped = wrap(mark.label, self.room - indent)
        return [self._row(None, " " * indent + self.style.paint(mark.role or "frame", line)) for line in wrapped]

    def _closing(self, mark: Mark, column: int) -> list[str]:
        """The rows under the last line of a span of several lines, which ends in this column."""
        column = min(column, self.room - 1)
        text = f"|{'_' * (column + 1)}{'^' if mark.role else '-'}"
        fits = text_width(mark.label) <= self.room - column - 3
        if mark.label and fits:
            text += f" {mark.label}"
        row = f"{self._frame(None)} {self.style.paint(mark.role or 'frame', text)}"
        return [row] if fits else [row, *self._label_rows(mark, 0)]

    def _channel(self, number: int) -> str:
        if not self.several:
            return ""
        for mark in self.several:
            if mark.first <= number <= mark.last:
                return self.style.paint(mark.role or "frame", "/" if number == mark.first else "|") + " "
        return "  "

    def _gap(self, previous: int) -> str:
        dots = self.style.paint("frame", "...")
        for mark in self.several:
            if mark.first <= previous < mark.last:
                return dots + " " * self.gutter + self.style.paint(mark.role or "frame", "|")
        return dots

    def _frame(self, number: int | None) -> str:
        return self.style.paint("frame", f"{'' if number is None else number:>{self.gutter}} |")

    def _row(self, number: int | None, text: str, channel: str | None = None) -> str:
        channel = ("  " if self.several and text else "") if channel is None else channel
        return f"{self._frame(number)} {channel}{text}".rstrip()
