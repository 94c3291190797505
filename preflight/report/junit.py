"""The report as JUnit XML, the form of test results that most CI systems show: a suite for each family of rules.

Follows the schema of the Jenkins xUnit plugin (junit-10.xsd) and what GitLab and Azure Pipelines read of it.
"""

from dataclasses import field

from preflight.engine.finding import Severity, Skipped
from preflight.report.report import Located, Report
from preflight.report.safe import for_machines, for_people, machine_path
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

_FORBIDDEN = _compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 does not allow, also when escaped (its production 2, `Char`), and most of what it discourages."""

_COMMAND = _compile(r"(?m)^(\s*):")
_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;", ord("'"): "&#39;"}
_IN_ATTRIBUTE = {**_ESCAPES, ord("\n"): "&#10;", ord("\r"): "&#13;", ord("\t"): "&#9;"}


@dataclass(slots=True)
class _Suite:
    """The cases of one family as XML, counted."""

    cases: list[str] = field(default_factory=list)
    failures: int = 0
    skipped: int = 0

    def totals(self) -> str:
        return f'tests="{len(self.cases)}" failures="{self.failures}" errors="0" skipped="{self.skipped}"'


def render(report: Report) -> str:
    """The report as an XML document."""
    suites: dict[str, _Suite] = {}
    for each in report.for_machines():
        suite = suites.setdefault(_family(report, each.finding.code), _Suite())
        suite.cases.append(_case(each))
        suite.failures += each.finding.severity is not Severity.INFO
    if not suites:
        # Some CI systems take a report without any case for a failure.
        suites["check"] = _Suite(['  <testcase classname="preflight" name="check"/>\n'])
    for rule in report.skipped():
        suite = suites.setdefault(_family(report, rule.code), _Suite())
        suite.cases.append(_skipped(rule))
        suite.skipped += 1
    all_cases = [case for suite in suites.values() for case in suite.cases]
    total = _Suite(
        all_cases, sum(each.failures for each in suites.values()), sum(each.skipped for each in suites.values())
    )
    body = "".join(
        f' <testsuite name="preflight.{_attribute(family)}" {suite.totals()}>\n{"".join(suite.cases)} </testsuite>\n'
        for family, suite in suites.items()
    )
    start = f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="preflight" {total.totals()}>\n'
    return f"{start}{body}</testsuites>\n"


def _family(report: Report, code: str) -> str:
    rule = report.rules.get(code)
    return rule.family if rule else code[:3]


def _case(located: Located) -> str:
    finding, place = located.finding, located.finding.place
    where, position = "", ""
    if place:
        path = machine_path(place.source.path, place.source.member, located.prefix)
        where = f"{path}:{place.line}:{place.column}"
        position = f' file="{_attribute(path)}" line="{place.line}"'
    title = f"{finding.code} {finding.name}"
    start = f'  <testcase classname="{_attribute(title)}" name="{_attribute(where or title)}"{position}>\n'
    details = _text("\n".join(filter(None, (where, finding.message, finding.fix))))
    if finding.severity is Severity.INFO:
        return f"{start}   <system-out>{details}</system-out>\n  </testcase>\n"
    message = _attribute(for_people(finding.message))
    return f'{start}   <failure type="{finding.severity}" message="{message}">{details}</failure>\n  </testcase>\n'


def _skipped(rule: Skipped) -> str:
    reason = _attribute(for_people(rule.reason))
    start = f'  <testcase classname="{_attribute(rule.code)}" name="{_attribute(rule.code)}">\n'
    return f'{start}   <skipped message="{reason}"/>\n  </testcase>\n'


def _attribute(text: str) -> str:
    return _legal(text).translate(_IN_ATTRIBUTE).replace("##[", "##&#91;")


def _text(text: str) -> str:
    """Element content; nothing in it that GitHub's runner would obey, should the file be printed to a log."""
    return _COMMAND.sub(r"\g<1>&#58;", _legal(text).translate(_ESCAPES)).replace("##[", "##&#91;")


def _legal(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", for_machines(text))
