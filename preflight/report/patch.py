"""Edits as hunks of removed and added lines, for people to read. Applies nothing."""

from collections.abc import Iterator, Sequence

from preflight.credentials.redact import MASK, redact
from preflight.engine.finding import Edit
from preflight.report.excerpt import continued_from, hidden_part, shown_line
from preflight.report.safe import for_people
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Source

_LINE_BREAK = _compile(r"\r\n|\r|\n")
_MASKED = _compile(r"[\w-]{2,12}…\([0-9a-f]{4}\)")
_PIECE = 6
_LONGEST_SECRET = 5000
_COMPARED = 400
"""Lines of a hunk up to which single lines are matched; a larger one is shown as replaced whole."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a hunk. `sign` is `-`, `+` or a blank; `number` counts in the old text for `-`, else in the new."""

    sign: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines of one source that change together; both starts count from 1."""

    source: Source
    rows: tuple[Row, ...]
    old_start: int
    new_start: int


def hunks(edits: Sequence[Edit], context: int) -> list[Hunk]:
    """What the edits change, with `context` unchanged lines around; what overlaps an earlier edit is left out."""
    by_source: dict[Source, list[Edit]] = {}
    for edit in edits:
        by_source.setdefault(edit.source, []).append(edit)
    return [hunk for source, own in by_source.items() for hunk in _hunks(source, own, context)]


def _hunks(source: Source, edits: Sequence[Edit], context: int) -> Iterator[Hunk]:
    size = len(source.text)
    ordered = sorted((max(0, min(edit.start, size)), max(0, min(edit.end, size)), edit.replacement) for edit in edits)
    groups: list[list[tuple[int, int, str]]] = []
    reached = last_line = -1
    for start, end, replacement in ordered:
        if start < reached or end < start:
            continue
        if not groups or source.position(start).line > last_line + 2 * context + 1:
            groups.append([])
        groups[-1].append((start, end, replacement))
        reached, last_line = end, source.position(end).line
    moved = 0
    for group in groups:
        first = max(1, source.position(group[0][0]).line - context)
        last = source.position(group[-1][1]).line + context
        begin, finish = source.offset(first), source.offset(last + 1)
        new, at = [], begin
        for start, end, replacement in group:
            new += [source.text[at:start], replacement]
            at = end
        new.append(source.text[at:finish])
        old_lines = _split(source.text[begin:finish])
        new_lines = _split("".join(new))
        old_shown, new_shown = _redacted(source, first, old_lines, new_lines)
        for old_at, new_at, rows in _compare(old_lines, new_lines, context):
            shown = (
                Row("-", number + first, old_shown[number])
                if sign == "-"
                else Row(sign, number + first + moved, new_shown[number])
                for sign, number in rows
            )
            yield Hunk(source, tuple(shown), old_at + first, new_at + first + moved)
        moved += len(new_lines) - len(old_lines)


def file_diff(path: str, before: str | None, after: str) -> str:
    """A unified diff of a whole file, as `git diff` shows it, with secrets hidden; `before` is None for a new file.

    A path that starts above the current folder is named from the root of the checkout, as git does: `patch` takes no `..`.
    """
    from difflib import unified_diff

    while path.startswith("../"):
        path = path[3:]
    name = "/dev/null" if before is None else f"a/{path}"
    before = before or ""
    source = Source(path, before)
    old_shown, new_shown = _redacted(source, 1, _split(before), _split(after))
    old, new = (
        [*(f"{line}\n" for line in shown[:-1]), shown[-1] + ("\n" if _LINE_BREAK.search(text[-1:]) else "")]
        if shown
        else []
        for shown, text in ((old_shown, before), (new_shown, after))
    )
    lines = unified_diff(old, new, name, f"b/{path}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _split(text: str) -> list[str]:
    lines = _LINE_BREAK.split(text)
    return lines[:-1] if not lines[-1] else lines


def _redacted(source: Source, first: int, old: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    """Old and new lines as they may be shown.

    A new line that an edit left with a piece of a secret, too short to be known for one, is hidden as a whole.
    """
    before = [source.line(number) for number in range(continued_from(source, first), first)]
    old_shown, new_shown = (
        redact("\n".join([*before, *lines])).split("\n")[len(before) : len(before) + len(lines)] for lines in (old, new)
    )
    pieces: set[str] = set()
    for line, shown in zip(old, old_shown, strict=True):
        if line != shown:
            start, end = hidden_part(line, shown)
            hidden = line[start : min(end, start + _LONGEST_SECRET)]
            pieces.update(hidden[at : at + _PIECE] for at in range(max(1, len(hidden) - _PIECE + 1)))
    if pieces:
        new_shown = [MASK if _holds(line, pieces) else line for line in new_shown]
    return old_shown, new_shown


def _holds(line: str, pieces: set[str]) -> bool:
    rest = _MASKED.sub("", line)
    return any(piece in rest for piece in pieces)


def _compare(old: list[str], new: list[str], context: int) -> Iterator[tuple[int, int, list[tuple[str, int]]]]:
    """The changes between two lists of lines: where each starts in both, and its rows by sign and index, from 0."""
    if len(old) + len(new) > _COMPARED:
        same = 0
        while same < min(len(old), len(new)) and old[same] == new[same]:
            same += 1
        tail = 0
        while tail < min(len(old), len(new)) - same and old[-1 - tail] == new[-1 - tail]:
            tail += 1
        removed = [("-", number) for number in range(same, len(old) - tail)]
        added = [("+", number) for number in range(same, len(new) - tail)]
        if removed or added:
            yield same, same, removed + added
        return
    from difflib import SequenceMatcher

    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(context):
        rows: list[tuple[str, int]] = []
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                rows += [(" ", number) for number in range(new_start, new_end)]
            else:
                rows += [("-", number) for number in range(old_start, old_end)]
                rows += [("+", number) for number in range(new_start, new_end)]
        if any(sign != " " for sign, _ in rows):
            yield group[0][1], group[0][3], rows


def row_text(row: Row, room: int) -> str:
    """The text of a row as it is shown in so many columns."""
    return shown_line(row.text).cut(0, room).rstrip()


def unified(edits: Sequence[Edit], paths: dict[Source, str], most: int) -> list[str]:
    """The edits as a unified diff without context, at most `most` lines a hunk. No line starts with a blank."""
    lines: list[str] = []
    shown: Source | None = None
    for hunk in hunks(edits, 0):
        if hunk.source is not shown:
            shown = hunk.source
            path = for_people(paths[shown])
            lines += [f"--- {path}", f"+++ {path}"]
        removed = _range(hunk.old_start, sum(row.sign == "-" for row in hunk.rows))
        added = _range(hunk.new_start, sum(row.sign == "+" for row in hunk.rows))
        lines.append(f"@@ -{removed} +{added} @@")
        lines += [f"{row.sign}{row_text(row, 200)}" for row in hunk.rows[:most]]
        if len(hunk.rows) > most:
            lines.append(f"# {len(hunk.rows) - most} more lines")
    return lines


def _range(start: int, length: int) -> str:
    """Start and length in a hunk header; an empty side is named by the line before it, as in `diff -U0`."""
    if not length:
        return f"{start - 1},0"
    return f"{start},{length}" if length > 1 else str(start)
