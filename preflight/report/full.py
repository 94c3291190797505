"""The report for a terminal: each problem with its source, the way out under it, and the counts at the end."""

from collections.abc import Sequence

from preflight.engine.finding import Applicability, Confidence
from preflight.report.excerpt import draw_places, gutter_width, marks_of
from preflight.report.patch import Hunk, Row, hunks, row_text
from preflight.report.report import Located, Report, applicability, repeats
from preflight.report.safe import for_people, paragraphs, shown_path, shown_place, without_secrets
from preflight.report.style import Style, text_width, wrap
from preflight.report.summary import closing_line, number
from preflight.sources.patterns import compile as _compile
from preflight.sources.text import Source
from preflight.sources.words import retold, say

_REPEATS = 4
"""Further places of one problem that are listed without `--verbose`, when there are more than one above this."""

_PIECES = _compile(r"(?:\x1b\[[0-9;]*m)*[^\x1b]|(?:\x1b\[[0-9;]*m)+")
"""One character with the colours before it, or the colours at the end."""

_PATCH_ROWS = 10

_APPLY = {
    Applicability.SAFE: "can be applied with --fix",
    Applicability.UNSAFE: "can be applied with --fix --unsafe",
    Applicability.SHOW: "to be made by hand",
}


def render(report: Report) -> str:
    """The report as text for people."""
    style = Style(report.color)
    blocks = [_block(report, style, group) for group in repeats(report.for_people())]
    fixed = [_fixed(style, each) for each in report.fixed_for_people()]
    if fixed:
        blocks.append(fixed)
    if not report.quiet:
        blocks.append([*_skipped(report, style), *_checked(report), *_closing(report, style)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n" if blocks else ""


def _closing(report: Report, style: Style) -> list[str]:
    """The closing line, in several where the terminal is narrow. Colours move no break."""
    painted = closing_line(report, style)
    plain = closing_line(report, Style(color=False))
    if text_width(plain) <= report.width:
        return [painted]
    pieces = iter(_PIECES.findall(painted))
    lines = []
    for line in wrap(plain, report.width):
        lines.append("".join(next(pieces) for _ in line))
        plain = plain[len(line) :]
        if plain.startswith(" "):
            plain = plain[1:]
            lines[-1] += next(pieces).removesuffix(" ")
    return [*lines[:-1], lines[-1] + "".join(pieces)]


def _block(report: Report, style: Style, group: Sequence[Located]) -> list[str]:
    located = group[0]
    finding = located.finding
    lines = _header(report, style, located)
    marks = marks_of(finding)
    edits = without_secrets(finding.edits)
    changes = [(hunk.source, _shown_rows(hunk)) for hunk in hunks(edits, 1)]
    numbers = [row.number for _, rows in changes for row in rows]
    gutter = max(gutter_width(marks), len(str(max(numbers, default=0))))
    lines += draw_places(located, style, gutter, report.width)
    notes = _Notes(style, gutter, report.width)
    if marks:
        notes.lines.append(style.paint("frame", " " * gutter + " |"))
    notes.texts(say("also"), _also(report, group))
    if finding.confidence is not Confidence.CERTAIN:
        notes.texts(say("confidence"), [say(finding.confidence.value)])
    notes.texts(say("fix"), paragraphs(finding.fix) if finding.fix else [])
    foreign = "/" in finding.code  # of another linter
    page = [for_people(finding.url)] if (report.verbose or foreign) and finding.url else []
    notes.texts(say("see"), [*([] if foreign else [f"preflight explain {for_people(finding.name)}"]), *page])
    applied = applicability(finding)
    if applied:
        notes.texts(say("edit"), [say(_APPLY[applied])])
        notes.lines += _patch(located, changes, style, gutter, report.width)
    return lines + notes.lines


def _header(report: Report, style: Style, located: Located) -> list[str]:
    finding = located.finding
    start = f"{finding.severity}[{for_people(finding.code)}]"
    wrapped = wrap(f"{'x' * len(start)}: {for_people(finding.message)}", report.width - 2)
    first = style.paint(finding.severity.value, start) + style.paint("strong", wrapped[0][len(start) :])
    return [first, *(f"  {style.paint('strong', line)}" for line in wrapped[1:])]


def _also(report: Report, group: Sequence[Located]) -> list[str]:
    """The places of the problem after the first one."""
    places = [shown_place(each.finding.place, each.prefix) for each in group[1:] if each.finding.place]
    if report.verbose or len(places) <= _REPEATS + 1:
        return places
    return [*places[:_REPEATS], say("and {count} more (--verbose lists them)", count=len(places) - _REPEATS)]


def _shown_rows(hunk: Hunk) -> list[Row]:
    """The rows of a hunk; an empty line around the change says nothing."""
    return [row for row in hunk.rows if row.sign != " " or row.text.strip()]


def _patch(
    located: Located, changes: Sequence[tuple[Source, list[Row]]], style: Style, gutter: int, width: int
) -> list[str]:
    """The edits with line numbers, their texts under the text of the drawing above; long ones are cut short."""
    finding = located.finding
    lines: list[str] = []
    room = max(20, width - gutter - 3)
    shown = finding.place.source if finding.place else None
    left = sum(len(rows) for _, rows in changes)
    budget = _PATCH_ROWS
    for position, (source, rows) in enumerate(changes):
        if source is not shown:
            shown = source
            arrow = style.paint("frame", " " * gutter + "-->")
            lines.append(f"{arrow} {shown_path(source.whole, located.prefix)}")
        elif position:
            lines.append(style.paint("frame", "..."))
        for row in rows[:budget]:
            text = f"{row.sign} {row_text(row, room)}".rstrip()
            role = {"-": "removed", "+": "added"}.get(row.sign)
            line = style.paint("frame", f"{row.number:>{gutter}}")
            lines.append(f"{line} {style.paint(role, text) if role else text}".rstrip())
        left -= min(len(rows), budget)
        budget -= min(len(rows), budget)
        if left and not budget:
            lines.append(f"{style.paint('frame', '...')} {number(left, 'more line')}")
            break
    return lines


class _Notes:
    """The lines under a drawing: `= key: text`, wrapped under themselves."""

    def __init__(self, style: Style, gutter: int, width: int) -> None:
        self.style = style
        self.gutter = gutter
        self.width = width
        self.lines: list[str] = []

    def texts(self, key: str, texts: Sequence[str]) -> None:
        """A note of several paragraphs; nothing when there are none."""
        start = f"= {key}: "
        indent = self.gutter + 1 + text_width(start)
        for position, text in enumerate(texts):
            wrapped = self.style.code_spans(wrap(text, max(20, self.width - indent)))
            for row, line in enumerate(wrapped):
                if position or row:
                    self.lines.append(" " * indent + line)
                else:
                    equals = self.style.paint("frame", "=")
                    self.lines.append(f"{'':{self.gutter}} {equals} {self.style.paint('strong', f'{key}:')} {line}")


def _fixed(style: Style, located: Located) -> str:
    finding = located.finding
    where = f"{shown_place(finding.place, located.prefix)}: " if finding.place else ""
    return f"{style.paint('good', f'fixed[{for_people(finding.code)}]')}: {where}{for_people(finding.message)}"


def _skipped(report: Report, style: Style) -> list[str]:
    """One line for each reason why rules were skipped; only with `--verbose`."""
    if not report.verbose:
        return []
    reasons: dict[str, list[str]] = {}
    for each in report.skipped():
        reasons.setdefault(each.reason, []).append(each.code)
    lines = []
    for reason, codes in reasons.items():
        words = say(
            "Skipped {rules}: {reason}", rules=", ".join(map(for_people, codes)), reason=for_people(retold(reason))
        )
        wrapped = wrap(words, report.width - 2)
        lines += [style.paint("faint", line if position == 0 else f"  {line}") for position, line in enumerate(wrapped)]
    return lines


def _checked(report: Report) -> list[str]:
    """What was looked at, where the closing line does not say it."""
    said = not report.counts().problems and not report.crashed
    return [say("Checked {what}.", what=report.checked)] if report.verbose and report.checked and not said else []
