"""The report for GitLab's Code Quality widget: a JSON list in the part of the Code Climate format that GitLab reads.

Source: GitLab's page "Code Quality", section "Code Quality report format".
"""

from hashlib import sha256

from preflight.engine.finding import Severity
from preflight.report.json import dumps
from preflight.report.report import Located, Report
from preflight.report.safe import for_machines, machine_path

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}

_NOWHERE = "."
"""GitLab wants a path for each entry: the root of the repository stands for a finding without a place."""


def render(report: Report) -> str:
    """The report as a Code Quality artifact."""
    return dumps([_entry(each) for each in report.for_machines()])


def _entry(located: Located) -> dict[str, object]:
    finding, place = located.finding, located.finding.place
    path = machine_path(place.source.path, place.source.member, located.prefix) if place else _NOWHERE
    end = max(place.line, place.end_line - (place.end_column == 1)) if place else 1
    return {
        "description": f"{finding.code} {finding.name}: {for_machines(finding.message)}",
        "check_name": finding.name,
        "fingerprint": _fingerprint(located, path),
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": path, "lines": {"begin": place.line if place else 1, "end": end}},
    }


def _fingerprint(located: Located, path: str) -> str:
    """The finding's fingerprint. GitLab shows only one entry of each, so those of different sections must differ."""
    finding = located.finding
    if finding.fingerprint and not located.prefix:
        return finding.fingerprint
    identity = finding.fingerprint or f"{finding.code}\0{path}\0{for_machines(finding.message)}"
    seed = f"{for_machines(located.prefix)}\0{identity}"
    return sha256(seed.encode()).hexdigest()[:32]
