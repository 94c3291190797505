"""Diagnoses of a failed publish: text for a terminal, JSON, Markdown for an issue, and findings in the log for the other formats. Diagnoses nothing."""

from collections.abc import Mapping, Sequence

from preflight.doctor.diagnosis import Diagnosis
from preflight.doctor.extraction import Evidence, Extracted
from preflight.engine.finding import Applicability, Confidence, Note, Reported, Result
from preflight.engine.packs import Rule
from preflight.report.json import SCHEMA, dumps, location
from preflight.report.markdown import code, fenced, prose
from preflight.report.patch import unified
from preflight.report.report import Report, Section, applicability, render
from preflight.report.safe import for_machines, for_people, machine_path, shown_place, without_secrets
from preflight.report.style import Style, wrap
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source

_EVIDENCE = 5
_LONGEST_LINE = 400
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
    Applicability.SAFE: "`preflight fix` makes this edit:",
    Applicability.UNSAFE: "`preflight fix --unsafe` makes this edit:",
    Applicability.SHOW: "To be edited by hand:",
}


@dataclass(frozen=True)
class Answered:
    """A log with its diagnoses. `name` is the log as people call it, `prefix` goes before paths of the project."""

    name: str
    extracted: Extracted
    diagnoses: tuple[Diagnosis, ...]
    rules: Mapping[str, Rule]
    version: str
    lines: int
    prefix: str = ""


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
    findings = [_reported(each, answered) for each in answered.diagnoses[:1] or ()]
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
        return (
            f"{style.paint('good', 'No failure found')} in {for_people(answered.name)} ({_counted(answered.lines)}).\n"
        )
    first, rest = answered.diagnoses[0], answered.diagnoses[1:]
    lines = _header(first, style, width)
    what = _what(answered.extracted)
    if what:
        lines += [style.paint("faint", f"  {for_people(what)}")]
    lines += ["", *_quoted(first.evidence, style, width, answered.name)]
    if first.place is not None:
        lines += ["", f"  In your project: {shown_place(first.place, answered.prefix)}"]
    lines += ["", style.paint("strong", "  What to do"), ""]
    lines += _numbered(first.steps or (first.fix,), style, width)
    if first.avoid:
        lines += [""] + [f"  {line}" for line in style.code_spans(wrap(for_people(first.avoid), width - 2))]
    lines += _diff(first, answered.prefix, style)
    lines += ["", f"  {style.paint('faint', 'More:')} preflight explain {for_people(first.name)}"]
    shown = rest if verbose else rest[:_OTHERS]
    if shown and first.confidence is not Confidence.CERTAIN:
        lines += ["", style.paint("strong", "It can also be"), ""]
        for each in shown:
            text = f"{each.code} {each.name}: {each.message}"
            lines += _hanging("  - ", text, style, width)
        if len(rest) > len(shown):
            lines.append(f"  - and {len(rest) - len(shown)} more (--verbose lists them)")
    return "\n".join(lines) + "\n"


def _header(diagnosis: Diagnosis, style: Style, width: int) -> list[str]:
    start = f"{diagnosis.severity}[{for_people(diagnosis.code)}]"
    wrapped = wrap(f"{'x' * len(start)}: {for_people(diagnosis.message)} ({_SURE[diagnosis.confidence]})", width - 2)
    first = style.paint(diagnosis.severity.value, start) + style.paint("strong", wrapped[0][len(start) :])
    return [first, *(f"  {style.paint('strong', line)}" for line in wrapped[1:])]


def _what(extracted: Extracted) -> str:
    """Who failed at what, in a few words."""
    client = " ".join(filter(None, (extracted.client, extracted.client_version)))
    index = _TITLES.get(extracted.index or "", extracted.index or "")
    parts = [
        client,
        _STAGES.get(extracted.stage, ""),
        index,
        str(extracted.http_status or ""),
        extracted.file or "",
        extracted.job and f"job {extracted.job}",
    ]
    return " · ".join(part for part in parts if part)


def _quoted(evidence: Sequence[Evidence], style: Style, width: int, name: str) -> list[str]:
    """The lines of the log that show it, with their numbers."""
    if not evidence:
        return []
    shown = sorted(evidence[:_EVIDENCE], key=lambda each: each.line)
    gutter = len(str(max(each.line for each in shown)))
    lines = [f"{'':{gutter}} {style.paint('frame', '-->')} {for_people(name)}:{shown[0].line}"]
    for each in shown:
        text = for_people(each.text[:_LONGEST_LINE])
        for row, part in enumerate(wrap(text, max(20, width - gutter - 3))):
            number = str(each.line) if row == 0 else ""
            lines.append(f"{style.paint('frame', f'{number:>{gutter}} |')} {part}")
    return lines


def _numbered(steps: Sequence[str], style: Style, width: int) -> list[str]:
    return [line for number, step in enumerate(steps, 1) for line in _hanging(f"  {number}. ", step, style, width)]


def _hanging(start: str, text: str, style: Style, width: int) -> list[str]:
    wrapped = style.code_spans(wrap(for_people(text), max(20, width - len(start))))
    return [f"{start if row == 0 else ' ' * len(start)}{line}" for row, line in enumerate(wrapped)]


def _diff(diagnosis: Diagnosis, prefix: str, style: Style) -> list[str]:
    edits = without_secrets(diagnosis.edits)
    applied = applicability(diagnosis.finding) if diagnosis.finding is not None else None
    if not edits or applied is None:
        return []
    paths = {edit.source: machine_path(edit.source.path, edit.source.member, prefix) for edit in edits}
    roles = {"-": "removed", "+": "added"}
    rows = [style.paint(roles[row[0]], row) if row[:1] in roles else row for row in unified(edits, paths, _PATCH_ROWS)]
    return ["", f"  {_APPLY[applied].replace('`', '')}", "", *(f"  {row}" for row in rows)]


def _counted(lines: int) -> str:
    return "1 line" if lines == 1 else f"{lines:,} lines"


def _concise(answered: Answered, style: Style) -> str:
    if not answered.diagnoses:
        return f"{for_people(answered.name)}: no failure found\n"
    lines = []
    for each in answered.diagnoses:
        line = f":{each.evidence[0].line}" if each.evidence else ""
        start = style.paint(each.severity.value, f"{each.severity}[{for_people(each.code)}]")
        lines.append(
            f"{for_people(answered.name)}{line}: {start} {for_people(each.message)} ({each.confidence}: {each.cause or each.name})"
        )
    return "".join(f"{line}\n" for line in lines)


# For an issue.


def _markdown(answered: Answered, verbose: bool) -> str:
    if not answered.diagnoses:
        return f"## preflight doctor\n\n✅ No failure found in {code(answered.name)}.\n"
    first, rest = answered.diagnoses[0], answered.diagnoses[1:]
    parts = [
        "## preflight doctor",
        f"❌ **{prose(f'{first.code} {first.name}')}** ({_SURE[first.confidence]}): {prose(first.message)}",
    ]
    what = _what(answered.extracted)
    if what:
        parts.append(prose(what))
    if first.evidence:
        parts.append(
            fenced(
                [
                    f"{each.line}: {for_people(each.text[:_LONGEST_LINE])}"
                    for each in sorted(first.evidence[:_EVIDENCE], key=lambda each: each.line)
                ],
                "text",
            )
        )
    if first.place is not None:
        parts.append(f"In the project: {code(shown_place(first.place, answered.prefix))}")
    parts.append(
        "\n".join(
            [
                "**What to do**",
                "",
                *(f"{number}. {prose(step)}" for number, step in enumerate(first.steps or (first.fix,), 1)),
            ]
        )
    )
    if first.avoid:
        parts.append(prose(first.avoid))
    edits = without_secrets(first.edits)
    applied = applicability(first.finding) if first.finding is not None else None
    if edits and applied is not None:
        paths = {edit.source: machine_path(edit.source.path, edit.source.member, answered.prefix) for edit in edits}
        parts += [_APPLY[applied], fenced(unified(edits, paths, _PATCH_ROWS), "diff")]
    if rest and first.confidence is not Confidence.CERTAIN:
        shown = rest if verbose else rest[:_OTHERS]
        listed = [f"- {prose(f'{each.code} {each.name}: {each.message}')}" for each in shown]
        parts.append("\n".join(["**It can also be**", "", *listed]))
    if first.url.startswith("https://"):
        parts.append(f"[What this means and how to fix it]({first.url})")
    return "\n\n".join(parts) + "\n"


# For the formats of findings.


def _reported(diagnosis: Diagnosis, answered: Answered) -> Reported:
    """A diagnosis as a finding: in the project's file where that is known, otherwise in the log."""
    places = _log_places(diagnosis.evidence, answered.name)
    place = diagnosis.place or (places[0] if places else None)
    related = [Note(each, "the log says") for each in (places if diagnosis.place is not None else places[1:])]
    steps = diagnosis.steps or (diagnosis.fix,)
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1)) if len(steps) > 1 else steps[0]
    return Reported(
        code=diagnosis.code,
        name=diagnosis.name,
        severity=diagnosis.severity,
        confidence=diagnosis.confidence,
        message=diagnosis.message,
        fix=numbered,
        args={},
        rejections=diagnosis.rejections,
        causes=(diagnosis.cause,) if diagnosis.cause else (),
        place=place,
        related=tuple(related[:_EVIDENCE]),
        edits=diagnosis.edits,
        url=diagnosis.url,
        fingerprint=f"doctor-{diagnosis.code}-{diagnosis.cause}",
    )


_FARTHEST_LINE = 200_000


def _log_places(evidence: Sequence[Evidence], name: str) -> list[Place]:
    """Places in a text that holds of the log only the lines that matter, each under its number."""
    texts: dict[int, str] = {}
    for each in evidence:
        if each.line <= _FARTHEST_LINE:
            texts.setdefault(each.line, for_people(each.text[:_LONGEST_LINE]))
    if not texts:
        return []
    source = Source(name, "\n".join(texts.get(number, "") for number in range(1, max(texts) + 1)))
    return [Place(source, source.offset(line), source.offset(line) + len(text)) for line, text in texts.items()]
