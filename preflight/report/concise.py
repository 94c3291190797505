"""One line a finding, for editors and for search: `path:line:column: severity[CODE] message`."""

from preflight.report.report import Located, Report
from preflight.report.safe import for_people, shown_place
from preflight.report.style import Style
from preflight.report.summary import closing_line


def render(report: Report) -> str:
    """The report as lines."""
    style = Style(report.color)
    lines = [_line(style, each) for each in report.for_people()]
    lines += [_line(style, each, "fixed") for each in report.fixed_for_people()]
    if not report.quiet:
        lines.append(closing_line(report, style))
    return "".join(f"{line}\n" for line in lines)


def _line(style: Style, located: Located, word: str | None = None) -> str:
    finding = located.finding
    where = f"{shown_place(finding.place, located.prefix)}: " if finding.place else ""
    start = f"{word or finding.severity}[{for_people(finding.code)}]"
    return f"{where}{style.paint('good' if word else finding.severity.value, start)} {for_people(finding.message)}"
