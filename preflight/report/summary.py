"""The closing line of a report for people: how much was found, left out and mended."""

from preflight.report.report import Counts, Report
from preflight.report.style import Style
from preflight.sources.words import say

_COUNTED = {
    "problem": ("{count} problem", "{count} problems"),
    "error": ("{count} error", "{count} errors"),
    "warning": ("{count} warning", "{count} warnings"),
    "info": ("{count} info", "{count} info"),
    "rule": ("{count} rule", "{count} rules"),
    "more line": ("{count} more line", "{count} more lines"),
    "finding": ("{count} finding", "{count} findings"),
    "publisher": ("{count} publisher", "{count} publishers"),
    "workflow": ("{count} workflow", "{count} workflows"),
    "upload": ("{count} upload", "{count} uploads"),
    "line": ("{count:,} line", "{count:,} lines"),
}
"""What is counted -> one of it, and several."""


def closing_line(report: Report, style: Style) -> str:
    """One line that says how the check ended."""
    counts = report.counts()
    parts = []
    if counts.fixed:
        parts.append(style.paint("good", say("Fixed {problems}.", problems=number(counts.fixed, "problem"))))
    aside = _aside(counts)
    if counts.problems:
        parts.append(say("Found {problems}{aside}.", problems=say(", ").join(_found(counts, style)), aside=aside))
        parts += _fixable(counts)
    elif report.crashed:
        parts.append(
            style.paint(
                "error",
                say("Nothing was found, but a rule of preflight failed and its result is missing{aside}.", aside=aside),
            )
        )
    else:
        passed = say("Nothing was checked") if report.checked == "" else say("All checks passed")
        passed = style.paint("good", passed if not counts.fixed else say("Nothing else was found"))
        if report.checked:
            parts.append(say("{passed}: {what}{aside}.", passed=passed, what=report.checked, aside=aside))
        else:
            parts.append(say("{passed}{aside}.", passed=passed, aside=aside))
    return " ".join(parts)


def number(count: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return say(_COUNTED[noun][count != 1], count=count)


def _found(counts: Counts, style: Style) -> list[str]:
    kinds = (("error", counts.error), ("warning", counts.warning), ("info", counts.info))
    return [style.paint(severity, number(count, severity)) for severity, count in kinds if count]


def _aside(counts: Counts) -> str:
    parts = []
    if counts.suppressed:
        parts.append(say("{count} suppressed", count=counts.suppressed))
    if counts.skipped:
        parts.append(say("{rules} skipped", rules=number(counts.skipped, "rule")))
    return say(" ({parts})", parts=say(", ").join(parts)) if parts else ""


def _fixable(counts: Counts) -> list[str]:
    if counts.fixable and counts.fixable_unsafely:
        words = "{count} fixable with --fix, {more} more with --fix --unsafe."
        return [say(words, count=counts.fixable, more=counts.fixable_unsafely)]
    if counts.fixable:
        return [say("{count} fixable with --fix.", count=counts.fixable)]
    if counts.fixable_unsafely:
        return [say("{count} fixable with --fix --unsafe.", count=counts.fixable_unsafely)]
    return []
