"""The report as annotations on GitHub: one workflow command a finding. Written to the log of a step, never to a file.

Sources: GitHub's page "Workflow commands for GitHub Actions"; actions/runner, ActionCommandManager.cs.
"""

from preflight.engine.finding import Severity
from preflight.report.report import Located, Report
from preflight.report.safe import for_people, machine_path, paragraphs
from preflight.report.style import Style
from preflight.report.summary import closing_line

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}

_DATA = {ord("%"): "%25", ord("\r"): "%0D", ord("\n"): "%0A"}
_PROPERTY = {**_DATA, ord(":"): "%3A", ord(","): "%2C"}


def render(report: Report) -> str:
    """The annotations, and the closing line for whoever reads the log."""
    lines = [_command(each) for each in report.for_machines()]
    if not report.quiet:
        lines.append(closing_line(report, Style(color=False)))
    return "".join(f"{line}\n" for line in lines)


def _command(located: Located) -> str:
    finding = located.finding
    properties = {**_place(located), "title": f"{finding.code} {finding.name}"}
    written = ",".join(f"{key}={str(value).translate(_PROPERTY)}" for key, value in properties.items())
    message = "\n".join([for_people(finding.message), *paragraphs(finding.fix)])
    return f"::{_COMMANDS[finding.severity]} {written}::{message.translate(_DATA)}"


def _place(located: Located) -> dict[str, object]:
    """The properties of the place. Columns go only with a single line; the runner drops them otherwise."""
    place = located.finding.place
    if place is None:
        return {}
    path = for_people(machine_path(place.source.path, place.source.member, located.prefix))
    if place.line != place.end_line:
        return {"file": path, "line": place.line, "endLine": place.end_line}
    columns = {"col": place.column, "endLine": place.end_line, "endColumn": place.end_column}
    return {"file": path, "line": place.line, **columns}
