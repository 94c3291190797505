"""What `preflight init` prints: the diff, what became of each file, and the steps that are left to do by hand. Decides nothing."""

from json import dumps
from typing import TYPE_CHECKING

from preflight.report.patch import file_diff
from preflight.report.safe import for_machines, for_people
from preflight.report.style import Style, wrap
from preflight.sources.words import say

if TYPE_CHECKING:
    from preflight.beginning.changes import Change
    from preflight.beginning.proposal import Proposal
    from preflight.beginning.steps import Step

SCHEMA = 1

_WOULD = {"created": "would be created", "changed": "would be changed", "unchanged": "unchanged", "kept": "not written"}
_LABEL_WIDTH = 28


def shown_diff(proposal: "Proposal", root: str) -> str:
    """All that would be written, as one diff."""
    return "".join(file_diff(root + each.path, each.before, each.after) for each in proposal.to_write)


def render_outcome(
    proposal: "Proposal", steps: "tuple[Step, ...]", root: str, *, written: bool, color: bool, width: int
) -> str:
    """What became of each file, notes, what the checks still find, and the steps by hand."""
    style = Style(color)
    out = [_file_line(each, root, style, written) for each in proposal.changes]
    for note in proposal.notes:
        out += wrap(for_people(f"{say('note')}: {note}"), width)
    out.append("")
    out += _left(proposal, root, style)
    out += [style.paint("strong", say("What is left to do by hand, in this order:")), ""]
    for number, step in enumerate(steps, 1):
        out += [*_step(number, step, style, width), ""]
    return "\n".join(out[:-1]) + "\n"


def _file_line(change: "Change", root: str, style: Style, written: bool) -> str:
    state = change.state.value
    said = state if written and state != "kept" else _WOULD[state]
    role = {"created": "good", "changed": "good", "kept": "warning"}.get(state, "faint")
    why = f": {change.why}" if state != "unchanged" else ""
    return f"{style.paint(role, say(said))} {for_people(root + change.path + why)}"


def _left(proposal: "Proposal", root: str, style: Style) -> list[str]:
    if not proposal.left:
        return [say("`preflight check` finds nothing in the result."), ""]
    out = [say("`preflight check` still finds:")]
    for finding in proposal.left:
        place = finding.place
        where = f"{root}{place.source.path}:{place.line}: " if place is not None else ""
        head = style.paint(finding.severity.value, f"{finding.severity.value}[{finding.code}]")
        out.append(f"  {for_people(where)}{head} {for_people(finding.message)}")
    return [*out, ""]


def _step(number: int, step: "Step", style: Style, width: int) -> list[str]:
    head = f"{number}. "
    margin = " " * len(head)
    out = [style.paint("strong", head + for_people(step.title))]
    if step.url:
        out.append(margin + for_people(step.url))
    for label, value in step.values:
        out.append(f"{margin}  {for_people(label):<{_LABEL_WIDTH}}  {style.paint('code', for_people(value))}")
    out += [f"{margin}  $ {style.paint('code', for_people(command))}" for command in step.commands]
    if step.note:
        out += [margin + line for line in style.code_spans(wrap(for_people(step.note), width - len(margin)))]
    return out


def as_json(proposal: "Proposal", steps: "tuple[Step, ...]", root: str, version: str, *, written: bool) -> str:
    """The same for machines. `state` says what was done, or, where `written` is false, what would be."""
    return (
        dumps(
            {
                "schema": SCHEMA,
                "tool": {"name": "preflight", "version": version},
                "written": written,
                "files": [
                    {
                        "path": for_machines(root + each.path),
                        "state": each.state.value,
                        "why": for_machines(each.why),
                        "diff": file_diff(root + each.path, each.before, each.after),
                    }
                    for each in proposal.changes
                ],
                "notes": [for_machines(each) for each in proposal.notes],
                "findings": [
                    {
                        "code": each.code,
                        "name": each.name,
                        "severity": each.severity.value,
                        "message": for_machines(each.message),
                        "path": for_machines(each.place.source.path) if each.place is not None else None,
                        "line": each.place.line if each.place is not None else None,
                    }
                    for each in proposal.left
                ],
                "steps": [
                    {
                        "title": for_machines(each.title),
                        "url": each.url or None,
                        "values": {label: for_machines(value) for label, value in each.values},
                        "commands": [for_machines(command) for command in each.commands],
                        "note": for_machines(each.note) or None,
                    }
                    for each in steps
                ],
            },
            indent=1,
            ensure_ascii=False,
        )
        + "\n"
    )
