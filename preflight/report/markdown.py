"""The report as GitHub-flavoured Markdown, for the summary of a workflow run and for issues."""

from collections.abc import Sequence

from preflight.engine.finding import Applicability, Confidence
from preflight.report.excerpt import draw_places, gutter_width, marks_of
from preflight.report.patch import unified
from preflight.report.report import Counts, Located, Report, applicability, repeats
from preflight.report.safe import for_people, machine_path, paragraphs, shown_place, without_secrets
from preflight.report.style import Style
from preflight.sources.patterns import compile as _compile
from preflight.sources.words import retold, say

_LARGEST = 900_000
"""Bytes after which findings are only counted: GitHub takes 1 MiB for the summary of a step."""

_WIDTH = 110
_PATCH_ROWS = 12
_REPEATS = 20

_CODE_OR_LINK = _compile(r"`(?P<code>[^`]+)`|(?P<link>https://[\w\-./?=%&#~+:]*[\w/])")
_BACKTICKS = _compile(r"`+")
_SPECIAL = _compile(r"[\\`*_\[\]#~$]")
_ENTITIES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("|"): "&#124;"}
_REFERENCE = _compile(r"(?<!\w)@(?=\w)|#(?=\d)")
_ICONS = {"error": "❌", "warning": "⚠️", "info": "ℹ️"}

_APPLY = {
    Applicability.SAFE: "`preflight check --fix` makes this edit:",
    Applicability.UNSAFE: "`preflight check --fix --unsafe` makes this edit:",
    Applicability.SHOW: "To be edited by hand:",
}


def render(report: Report) -> str:
    """The report as a Markdown document."""
    counts = report.counts()
    parts = ["## preflight", _heading(report, counts)]
    if counts.problems or counts.suppressed or counts.skipped or counts.fixed:
        parts.append(_counts(counts))
    size = 0
    groups = repeats(report.for_people())
    for position, group in enumerate(groups):
        block = _block(group)
        size += len(block.encode("utf-8"))
        if size > _LARGEST:
            words = "{count} more problems are left out here: the report would be too long."
            parts.append(say(words, count=len(groups) - position))
            break
        parts.append(block)
    fixed = list(report.fixed_for_people())
    if fixed:
        parts.append("\n".join([f"### {say('Fixed')}", "", *(f"- {_fixed(each)}" for each in fixed[:200])]))
    if report.skipped() and not report.quiet:
        parts.append(_skipped(report))
    return "\n\n".join(parts) + "\n"


def _heading(report: Report, counts: Counts) -> str:
    checked = say(" Checked: {what}.", what=prose(report.checked)) if report.checked else ""
    if counts.error:
        return f"❌ **{say('Not ready to publish.')}**{checked}"
    if report.crashed:
        return f"❌ **{say('A rule of preflight failed, and its result is missing.')}**{checked}"
    if counts.warning:
        return f"⚠️ **{say('Ready to publish, with warnings.')}**{checked}"
    return f"✅ **{say('Ready to publish.')}**{checked}"


def _counts(counts: Counts) -> str:
    columns = {
        "errors": counts.error,
        "warnings": counts.warning,
        "info": counts.info,
        "suppressed": counts.suppressed,
        "fixable": counts.fixable,
        **({"fixed": counts.fixed} if counts.fixed else {}),
        "rules skipped": counts.skipped,
    }
    rows = (map(say, columns), ["---:"] * len(columns), map(str, columns.values()))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _block(group: Sequence[Located]) -> str:
    located = group[0]
    finding = located.finding
    where = say(" in {place}", place=code(shown_place(finding.place, located.prefix))) if finding.place else ""
    parts = [
        f"### {_ICONS[finding.severity]} {prose(f'{finding.code} {finding.name}')}",
        f"**{say(finding.severity.value).capitalize()}**{where}: {prose(finding.message)}",
    ]
    drawing = draw_places(located, Style(color=False), gutter_width(marks_of(finding)), _WIDTH)
    if drawing:
        parts.append(fenced(drawing, "text"))
    again = [code(shown_place(each.finding.place, each.prefix)) for each in group[1:] if each.finding.place]
    if again:
        more = say(" and {count} more", count=len(again) - _REPEATS) if len(again) > _REPEATS else ""
        parts.append(f"**{say('Also in')}** {', '.join(again[:_REPEATS])}{more}")
    if finding.confidence is not Confidence.CERTAIN:
        parts.append(f"**{say('Confidence:')}** {say(finding.confidence.value)}")
    fix = "<br>".join(map(prose, paragraphs(finding.fix)))
    if fix:
        parts.append(f"**{say('Fix:')}** {fix}")
    applied = applicability(finding)
    edits = without_secrets(finding.edits)
    if applied and edits:
        paths = {edit.source: machine_path(edit.source.path, edit.source.member, located.prefix) for edit in edits}
        parts += [say(_APPLY[applied]), fenced(unified(edits, paths, _PATCH_ROWS), "diff")]
    if finding.url.startswith("https://"):
        parts.append(f"[{say('What this means and how to fix it')}]({_address(finding.url)})")
    return "\n\n".join(parts)


def _fixed(located: Located) -> str:
    finding = located.finding
    where = f"{code(shown_place(finding.place, located.prefix))}: " if finding.place else ""
    return f"{where}{prose(f'{finding.code} {finding.name}')}: {prose(finding.message)}"


def _skipped(report: Report) -> str:
    reasons: dict[str, list[str]] = {}
    for each in report.skipped():
        reasons.setdefault(each.reason, []).append(each.code)
    lines = [f"- {prose(retold(reason))}: {', '.join(map(code, codes))}" for reason, codes in reasons.items()]
    return "\n".join(["<details>", f"<summary>{say('Skipped rules')}</summary>", "", *lines, "", "</details>"])


def prose(text: str) -> str:
    """One line of text in which only inline code and addresses keep a meaning: no HTML, mention, table or emphasis."""
    shown = for_people(text)
    out, at = [], 0
    for match in _CODE_OR_LINK.finditer(shown):
        out += [_escaped(shown[at : match.start()]), code(match["code"]) if match["code"] else f"<{match['link']}>"]
        at = match.end()
    return "".join([*out, _escaped(shown[at:])])


def cell(text: str) -> str:
    """One line of text for a table, where a bar ends the cell even inside of code."""
    return prose(text).replace("|", "\\|")


def code(text: str) -> str:
    """Inline code that shows a text as it is, also one with backticks."""
    shown = for_people(text)
    fence = "`" * (_longest_run([shown]) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fenced(lines: Sequence[str], language: str) -> str:
    """A block of code. Its lines are fit to be shown already."""
    fence = "`" * max(3, _longest_run(lines) + 1)
    return "\n".join([f"{fence}{language}", *lines, fence])


def _longest_run(lines: Sequence[str]) -> int:
    """The length of the longest row of backticks."""
    return max((len(run) for line in lines for run in _BACKTICKS.findall(line)), default=0)


def _escaped(text: str) -> str:
    """Text outside of code. What GitHub takes for a mention or an issue is broken by a character without width."""
    broken = _REFERENCE.sub("\\g<0>\0", text)
    return _SPECIAL.sub(r"\\\g<0>", broken).translate(_ENTITIES).replace("\0", "&#8203;")


def _address(url: str) -> str:
    """An address as a link's target."""
    from urllib.parse import quote

    return quote(url, safe=":/#?&=%~.-_")
