"""The closing line of a report for people: how much was found, left out and mended."""

from preflight.report.report import Counts, Report
from preflight.report.style import Style


def closing_line(report: Report, style: Style) -> str:
    """One line that says how the check ended."""
    counts = report.counts()
    parts = []
    if counts.fixed:
        parts.append(style.paint("good", f"Fixed {number(counts.fixed, 'problem')}."))
    aside = _aside(counts)
    if counts.problems:
        parts.append(f"Found {', '.join(_found(counts, style))}{aside}.")
        parts += _fixable(counts)
    elif report.crashed:
        parts.append(
            style.paint("error", f"Nothing was found, but a rule of preflight failed and its result is missing{aside}.")
        )
    else:
        passed = "Nothing was checked" if report.checked == "" else "All checks passed"
        passed = passed if not counts.fixed else "Nothing else was found"
        parts.append(style.paint("good", passed) + (f": {report.checked}{aside}." if report.checked else f"{aside}."))
    return " ".join(parts)


def number(count: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{count} {noun}" if count == 1 or noun == "info" else f"{count} {noun}s"


def _found(counts: Counts, style: Style) -> list[str]:
    kinds = (("error", counts.error), ("warning", counts.warning), ("info", counts.info))
    return [style.paint(severity, number(count, severity)) for severity, count in kinds if count]


def _aside(counts: Counts) -> str:
    parts = []
    if counts.suppressed:
        parts.append(f"{counts.suppressed} suppressed")
    if counts.skipped:
        parts.append(f"{number(counts.skipped, 'rule')} skipped")
    return f" ({', '.join(parts)})" if parts else ""


def _fixable(counts: Counts) -> list[str]:
    if counts.fixable and counts.fixable_unsafely:
        return [f"{counts.fixable} fixable with --fix, {counts.fixable_unsafely} more with --fix --unsafe."]
    if counts.fixable:
        return [f"{counts.fixable} fixable with --fix."]
    if counts.fixable_unsafely:
        return [f"{counts.fixable_unsafely} fixable with --fix --unsafe."]
    return []
