"""Diagnoses of a failed publish: text for a terminal, JSON, Markdown for an issue, and findings in the log for the other formats. Diagnoses nothing."""

from collections.abc import Mapping, Sequence

from preflight.doctor.diagnosis import Diagnosis
from preflight.doctor.extraction import Evidence, Extracted
from preflight.doctor.remarks import Remark
from preflight.engine.finding import Applicability, Confidence, Result
from preflight.engine.packs import Rule
from preflight.report.doctor_findings import EVIDENCE, LONGEST_LINE, remarked, reported
from preflight.report.json import SCHEMA, dumps, location
from preflight.report.markdown import code, fenced, prose
from preflight.report.patch import unified
from preflight.report.remarks import remark_lines, remark_notes, remark_prose, remarks_as_json
from preflight.report.report import Report, Section, applicability, render
from preflight.report.safe import for_machines, for_people, machine_path, shown_place, without_secrets
from preflight.report.style import Style, wrap
from preflight.report.summary import number
from preflight.sources.records import dataclass
from preflight.sources.words import say

_OTHERS = 4
_PATCH_ROWS = 12
_SURE = {
    Confidence.CERTAIN: "certain",
    Confidence.LIKELY: "likely",
    Confidence.UNKNOWN: "possible: the log does not decide",
}
_TITLES = {"pypi": "PyPI", "testpypi": "TestPyPI"}
_STAGES = {
    "workflow": "workflow",
    "artifact": "artifacts",
    "build": "build",
    "check": "check before the upload",
    "oidc-mint": "token exchange",
    "attestation": "attestations",
    "upload": "upload",
}
_APPLY = {
    Applicability.SAFE: "`--fix` makes this edit:",
    Applicability.UNSAFE: "`--fix --unsafe` makes this edit:",
    Applicability.SHOW: "To be edited by hand:",
}
_MADE = "This edit was made:"
_NOT_MADE = {
    Applicability.SAFE: "No edit was made: the file could not be changed as shown.",
    Applicability.UNSAFE: "No edit was made: this one changes what is published, so it needs `--unsafe` too.",
    Applicability.SHOW: "No edit was made: this one needs a value that only you know.",
    None: "No edit was made: nothing in the project's files can mend this.",
}


@dataclass(frozen=True)
class Answered:
    """A log with its diagnoses. `name` is the log as people call it, `prefix` goes before paths of the project.

    `changed` holds the files that were changed to mend the first one; None where no change was asked for. `page` is where the log stands on the web.
    `remarks` are what else is to be said of the log.
    """

    name: str
    extracted: Extracted
    diagnoses: tuple[Diagnosis, ...]
    rules: Mapping[str, Rule]
    version: str
    lines: int
    prefix: str = ""
    changed: tuple[str, ...] | None = None
    page: str = ""
    remarks: tuple[Remark, ...] = ()


def render_doctor(answered: Answered, format: str, *, color: bool, width: int, verbose: bool) -> str:
    """The diagnoses in one of the output formats, ending in a line break."""
    if format == "json":
        return dumps(as_json(answered))
    if format == "full":
        return _full(answered, Style(color), width, verbose)
    if format == "concise":
        return _concise(answered, Style(color))
    if format == "markdown":
        return _markdown(answered, verbose)
    findings = [reported(each, answered.name) for each in answered.diagnoses[:1] or ()]
    findings += [remarked(each, each.rule, answered.name) for each in answered.remarks if each.rule is not None]
    result = Result(findings=findings)
    report = Report(
        (Section(result, answered.prefix),),
        answered.version,
        answered.rules,
        verbose=verbose,
        quiet=True,
        color=color,
        width=width,
    )
    return render(report, format)


# JSON.


def as_json(answered: Answered) -> dict[str, object]:
    """What scripts rely on: the log's facts, and the diagnoses, best first."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "preflight", "version": answered.version},
        "log": _log(answered.extracted),
        "diagnoses": [_diagnosis(each, answered.prefix) for each in answered.diagnoses],
        **({"remarks": remarks_as_json(answered.remarks)} if answered.remarks else {}),
        **({"page": for_machines(answered.page)} if answered.page else {}),
        **({} if answered.changed is None else {"changed": list(answered.changed)}),
    }


def _log(extracted: Extracted) -> dict[str, object]:
    def safe(value: str | None) -> str | None:
        return for_machines(value) if value is not None else None

    return {
        "client": safe(extracted.client),
        "client_version": safe(extracted.client_version),
        "stage": extracted.stage or None,
        "http_status": extracted.http_status,
        "index": safe(extracted.index),
        "message": safe(extracted.message),
        "file": safe(extracted.file),
        "project": safe(extracted.project),
        "version": safe(extracted.version),
        "repository": safe(extracted.repository),
        "ref": safe(extracted.ref),
        "job": safe(extracted.job),
        "claims": {name: safe(value) for name, value in extracted.claims.items()},
    }


def _diagnosis(diagnosis: Diagnosis, prefix: str) -> dict[str, object]:
    return {
        "code": diagnosis.code,
        "name": diagnosis.name,
        "cause": diagnosis.cause or None,
        "confidence": diagnosis.confidence.value,
        "message": for_machines(diagnosis.message),
        "fix": for_machines(diagnosis.fix),
        "steps": [for_machines(step) for step in diagnosis.steps],
        "avoid": for_machines(diagnosis.avoid) or None,
        "evidence": [{"line": each.line, "text": for_machines(each.text)} for each in diagnosis.evidence],
        "rejections": list(diagnosis.rejections),
        "location": location(diagnosis.place, prefix) if diagnosis.place is not None else None,
        "because": for_machines(diagnosis.because) or None,
        "edits": [
            {
                "path": machine_path(edit.source.path, None, prefix),
                "start": edit.start,
                "end": edit.end,
                "replacement": edit.replacement,
                "applicability": edit.applicability.value,
            }
            for edit in without_secrets(diagnosis.edits)
        ],
        "url": diagnosis.url,
    }


# For a terminal.


def _full(answered: Answered, style: Style, width: int, verbose: bool) -> str:
    if not answered.diagnoses:
        found = style.paint("good", say("No failure found"))
        lines_read = number(answered.lines, "line")
        told = say("{found} in {log} ({lines}).", found=found, log=for_people(answered.name), lines=lines_read)
        return "\n".join([told, *remark_lines(answered.remarks, style, width)]) + "\n"
    first, rest = answered.diagnoses[0], answered.diagnoses[1:]
    lines = _header(first, style, width)
    what = _what(answered.extracted)
    if what:
        lines += [style.paint("faint", f"  {line}") for line in wrap(for_people(what), width - 2)]
    if answered.page:
        lines += [style.paint("faint", f"  {for_people(answered.page)}")]
    lines += ["", *_quoted(first.evidence, style, width, answered.name)]
    if first.place is not None:
        lines += ["", "  " + say("In your project: {place}", place=shown_place(first.place, answered.prefix))]
    if first.because:
        lines += ["", *_hanging("  ", say("Because {reason}.", reason=first.because), style, width)]
    lines += ["", style.paint("strong", f"  {say('What to do')}"), ""]
    lines += _numbered(first.steps or (first.fix,), style, width)
    if first.avoid:
        lines += [""] + [f"  {line}" for line in style.code_spans(wrap(for_people(first.avoid), width - 2))]
    lines += _diff(answered, first, style, width)
    lines += ["", f"  {style.paint('faint', say('More:'))} preflight explain {for_people(first.name)}"]
    shown = rest if verbose else rest[:_OTHERS]
    if shown and first.confidence is not Confidence.CERTAIN:
        lines += ["", style.paint("strong", say("It can also be")), ""]
        for each in shown:
            text = f"{each.code} {each.name}: {each.message}"
            lines += _hanging("  - ", text, style, width)
        if len(rest) > len(shown):
            more = say("and {count} more (--verbose lists them)", count=len(rest) - len(shown))
            lines.append(f"  - {more}")
    return "\n".join([*lines, *remark_lines(answered.remarks, style, width)]) + "\n"


def _header(diagnosis: Diagnosis, style: Style, width: int) -> list[str]:
    start = f"{diagnosis.severity}[{for_people(diagnosis.code)}]"
    sure = say(" ({parts})", parts=say(_SURE[diagnosis.confidence]))
    wrapped = wrap(f"{'x' * len(start)}: {for_people(diagnosis.message)}{sure}", width - 2)
    first = style.paint(diagnosis.severity.value, start) + style.paint("strong", wrapped[0][len(start) :])
    return [first, *(f"  {style.paint('strong', line)}" for line in wrapped[1:])]


def _what(extracted: Extracted) -> str:
    """Who failed at what, in a few words."""
    client = " ".join(filter(None, (extracted.client, extracted.client_version)))
    index = _TITLES.get(extracted.index or "", extracted.index or "")
    parts = [
        client,
        say(_STAGES[extracted.stage]) if extracted.stage in _STAGES else "",
        index,
        str(extracted.http_status or ""),
        extracted.file or "",
        extracted.job and say("job {job}", job=extracted.job),
    ]
    return " · ".join(part for part in parts if part)


def _quoted(evidence: Sequence[Evidence], style: Style, width: int, name: str) -> list[str]:
    """The lines of the log that show it, with their numbers."""
    if not evidence:
        return []
    shown = sorted(evidence[:EVIDENCE], key=lambda each: each.line)
    gutter = len(str(max(each.line for each in shown)))
    lines = [f"{'':{gutter}} {style.paint('frame', '-->')} {for_people(name)}:{shown[0].line}"]
    for each in shown:
        text = for_people(each.text[:LONGEST_LINE])
        for row, part in enumerate(wrap(text, max(20, width - gutter - 3))):
            number = str(each.line) if row == 0 else ""
            lines.append(f"{style.paint('frame', f'{number:>{gutter}} |')} {part}")
    return lines


def _numbered(steps: Sequence[str], style: Style, width: int) -> list[str]:
    return [line for number, step in enumerate(steps, 1) for line in _hanging(f"  {number}. ", step, style, width)]


def _hanging(start: str, text: str, style: Style, width: int) -> list[str]:
    wrapped = style.code_spans(wrap(for_people(text), max(20, width - len(start))))
    return [f"{start if row == 0 else ' ' * len(start)}{line}" for row, line in enumerate(wrapped)]


def _diff(answered: Answered, diagnosis: Diagnosis, style: Style, width: int) -> list[str]:
    """The edit that mends it, after what becomes of it."""
    words = _of_edit(answered, diagnosis)
    lines = ["", *(f"  {line}" for line in style.code_spans(wrap(words, width - 2)))] if words else []
    roles = {"-": "removed", "+": "added"}
    rows = [style.paint(roles[row[0]], row) if row[:1] in roles else row for row in _patch(answered, diagnosis)]
    return [*lines, "", *(f"  {row}" for row in rows)] if rows else lines


def _of_edit(answered: Answered, diagnosis: Diagnosis) -> str:
    """What to say of the edit of a diagnosis: who makes it, that it was made, or why it was not. Empty where there is nothing to say."""
    edits = without_secrets(diagnosis.edits)
    applied = applicability(diagnosis.finding) if edits and diagnosis.finding is not None else None
    if answered.changed:
        changed = for_people(", ".join(answered.changed))
        return say(_MADE) if applied is not None else say("Changed: {paths}", paths=changed)
    if answered.changed is not None:
        return say(_NOT_MADE[applied])
    return say(_APPLY[applied]) if applied is not None else ""


def _patch(answered: Answered, diagnosis: Diagnosis) -> list[str]:
    edits = without_secrets(diagnosis.edits)
    if not edits or diagnosis.finding is None or applicability(diagnosis.finding) is None:
        return []
    paths = {edit.source: machine_path(edit.source.path, edit.source.member, answered.prefix) for edit in edits}
    return unified(edits, paths, _PATCH_ROWS)


def _concise(answered: Answered, style: Style) -> str:
    notes = remark_notes(answered.remarks, for_people(answered.name))
    if not answered.diagnoses:
        return "".join(f"{line}\n" for line in (say("{log}: no failure found", log=for_people(answered.name)), *notes))
    lines = []
    for each in answered.diagnoses:
        line = f":{each.evidence[0].line}" if each.evidence else ""
        start = style.paint(each.severity.value, f"{each.severity}[{for_people(each.code)}]")
        lines.append(
            f"{for_people(answered.name)}{line}: {start} {for_people(each.message)} ({say(each.confidence.value)}: {each.cause or each.name})"
        )
    return "".join(f"{line}\n" for line in (*lines, *notes))


# For an issue.


def _markdown(answered: Answered, verbose: bool) -> str:
    if not answered.diagnoses:
        told = "✅ " + say("No failure found in {log}.", log=code(answered.name))
        return "\n\n".join(["## preflight doctor", told, *remark_prose(answered.remarks)]) + "\n"
    first, rest = answered.diagnoses[0], answered.diagnoses[1:]
    parts = [
        "## preflight doctor",
        f"❌ **{prose(f'{first.code} {first.name}')}** ({say(_SURE[first.confidence])}): {prose(first.message)}",
    ]
    what = _what(answered.extracted)
    if what:
        parts.append(prose(what))
    if answered.page:
        parts.append(prose(answered.page))
    if first.evidence:
        parts.append(
            fenced(
                [
                    f"{each.line}: {for_people(each.text[:LONGEST_LINE])}"
                    for each in sorted(first.evidence[:EVIDENCE], key=lambda each: each.line)
                ],
                "text",
            )
        )
    if first.place is not None:
        parts.append(say("In the project: {place}", place=code(shown_place(first.place, answered.prefix))))
    if first.because:
        parts.append(prose(say("Because {reason}.", reason=first.because)))
    parts.append(
        "\n".join(
            [
                f"**{say('What to do')}**",
                "",
                *(f"{number}. {prose(step)}" for number, step in enumerate(first.steps or (first.fix,), 1)),
            ]
        )
    )
    if first.avoid:
        parts.append(prose(first.avoid))
    parts += filter(None, [_of_edit(answered, first)])
    if rows := _patch(answered, first):
        parts.append(fenced(rows, "diff"))
    if rest and first.confidence is not Confidence.CERTAIN:
        shown = rest if verbose else rest[:_OTHERS]
        listed = [f"- {prose(f'{each.code} {each.name}: {each.message}')}" for each in shown]
        parts.append("\n".join([f"**{say('It can also be')}**", "", *listed]))
    if first.url.startswith("https://"):
        parts.append(f"[{say('What this means and how to fix it')}]({first.url})")
    parts += remark_prose(answered.remarks)
    return "\n\n".join(parts) + "\n"
