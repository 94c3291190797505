"""The report as JSON, schema 1: what scripts and editors rely on. Pure ASCII: nothing in it can steer a terminal."""

import json
from collections.abc import Mapping, Sequence, Set
from math import isfinite

from preflight.engine.finding import Edit
from preflight.report.report import Located, Report
from preflight.report.safe import for_machines, machine_path, without_secrets
from preflight.sources.text import Place

SCHEMA = 1


def render(report: Report) -> str:
    """The report as one JSON document."""
    counts = report.counts()
    summary = {
        "error": counts.error,
        "warning": counts.warning,
        "info": counts.info,
        "suppressed": counts.suppressed,
        "fixable": counts.fixable,
    }
    if counts.fixed:
        summary["fixed"] = counts.fixed
    document: dict[str, object] = {
        "schema": SCHEMA,
        "tool": {"name": "preflight", "version": report.version},
        "summary": summary,
        "findings": [_finding(each) for each in report.for_machines()],
        "skipped": [{"code": each.code, "reason": for_machines(each.reason)} for each in report.skipped()],
    }
    fixed = [_finding(each) for each in report.fixed_for_machines()]
    return dumps({**document, "fixed": fixed} if fixed else document)


def dumps(value: object) -> str:
    """JSON in ASCII, ending in a line break, in which GitHub's runner finds no command (`##[…]`)."""
    return json.dumps(value, indent=1, allow_nan=False).replace("##[", "##\\u005b") + "\n"


def plain(value: object) -> object:
    """A finding's argument as JSON can hold it, without secrets."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {for_machines(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, Set):
        return sorted(for_machines(str(item)) for item in value)
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray)):
        return [plain(item) for item in value]
    return for_machines(str(value))


def _finding(located: Located) -> dict[str, object]:
    finding, prefix = located.finding, located.prefix
    related = [{**location(note.place, prefix), "message": for_machines(note.message)} for note in finding.related]
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "message": for_machines(finding.message),
        "fix": for_machines(finding.fix),
        "args": plain(finding.args),
        "rejections": list(finding.rejections),
        "causes": list(finding.causes),
        "location": location(finding.place, prefix) if finding.place else None,
        "related": related,
        "edits": [_edit(edit, prefix) for edit in without_secrets(finding.edits)],
        "url": finding.url,
        "fingerprint": finding.fingerprint,
    }


def location(place: Place, prefix: str) -> dict[str, object]:
    """A place as the contract writes it; `member` only for what lies inside an archive."""
    source = place.source
    member = {} if source.member is None else {"member": for_machines(source.member)}
    return {
        "path": machine_path(source.path, None, prefix),
        **member,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
    }


def _edit(edit: Edit, prefix: str) -> dict[str, object]:
    return {
        "path": machine_path(edit.source.path, None, prefix),
        "start": edit.start,
        "end": edit.end,
        "replacement": edit.replacement,
        "applicability": edit.applicability.value,
    }
