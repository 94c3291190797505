"""What is to be said of a log beside its diagnosis, in each of the output formats. Finds nothing."""

from collections.abc import Sequence

from preflight.doctor.remarks import Remark
from preflight.report.markdown import prose
from preflight.report.safe import for_machines, for_people
from preflight.report.style import Style, wrap
from preflight.sources.words import say


def remark_lines(remarks: Sequence[Remark], style: Style, width: int) -> list[str]:
    """Each remark as a paragraph of its own, for a terminal."""
    lines: list[str] = []
    for each in remarks:
        start = _start(each)
        first, *more = wrap(f"{'x' * len(start)}: {for_people(each.message)}", width - 2)
        lines += ["", style.paint("warning", start) + style.paint("strong", first[len(start) :])]
        lines += [f"  {style.paint('strong', line)}" for line in more]
        lines += [f"  {line}" for line in style.code_spans(wrap(for_people(each.advice), width - 2))]
        if each.rule is not None:
            lines.append(f"  {style.paint('faint', say('More:'))} preflight explain {for_people(each.rule.name)}")
    return lines


def _start(remark: Remark) -> str:
    return f"warning[{for_people(remark.rule.code)}]" if remark.rule is not None else "warning"


def remark_notes(remarks: Sequence[Remark], name: str) -> list[str]:
    """Each remark on a line, as `concise` shows diagnoses."""
    return [
        f"{name}{f':{each.evidence[0].line}' if each.evidence else ''}: {_start(each)} {for_people(each.message)}"
        for each in remarks
    ]


def remark_prose(remarks: Sequence[Remark]) -> list[str]:
    """Each remark as a paragraph of Markdown."""
    return [f"⚠️ **{prose(each.message)}** {prose(each.advice)}" for each in remarks]


def remarks_as_json(remarks: Sequence[Remark]) -> list[dict[str, object]]:
    """The remarks for scripts."""
    return [
        {
            "code": each.rule.code if each.rule is not None else None,
            "name": each.rule.name if each.rule is not None else None,
            "message": for_machines(each.message),
            "fix": for_machines(each.advice),
            "evidence": [{"line": one.line, "text": for_machines(one.text)} for one in each.evidence],
        }
        for each in remarks
    ]
