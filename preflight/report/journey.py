"""The checklist of a project's way to automated publishing, for a terminal, as JSON, and as Markdown. Judges nothing."""

from collections.abc import Iterator

from preflight.doctor.milestones import PARTS, STAGES, Journey, Milestone, Part, Stage, State
from preflight.report.json import SCHEMA, dumps, location
from preflight.report.machine import MachineView
from preflight.report.markdown import prose
from preflight.report.safe import for_machines, for_people, shown_place
from preflight.report.style import Style, wrap
from preflight.sources.words import say

FORMATS = ("full", "json", "markdown")

_SIGNS: dict[State, tuple[str, str]] = {"done": ("✓", "good"), "missing": ("✗", "error"), "unknown": ("?", "warning")}
_STAGES: dict[Stage, str] = {
    "by-hand": "no workflow uploads to PyPI",
    "token": "a workflow that uploads with a token",
    "trusted": "trusted publishing, started by hand",
    "automated": "automated trusted publishing",
    "unknown": "not known: a file that may upload is not read",
}
_SHORT = {
    "by-hand": "by hand",
    "token": "by token",
    "trusted": "trusted publishing",
    "automated": "automated",
}
_PARTS: dict[Part, str] = {
    "project": "Project",
    "workflow": "Workflows",
    "index": "PyPI",
    "tools": "Tools",
}
_BOXES: dict[State, str] = {"done": "✅", "missing": "❌", "unknown": "❔"}


def render_journey(
    journey: Journey, format: str, version: str, *, prefix: str, color: bool, width: int, machine: MachineView
) -> str:
    """The checklist in one of `FORMATS`, and what upload clients would use on this machine, ending in a line break."""
    if format == "json":
        return dumps({**_as_json(journey, version, prefix), "machine": machine.json()})
    if format == "markdown":
        return _markdown(journey, machine)
    style = Style(color)
    title = "{project} on the way to automated publishing" if journey.project else "On the way to automated publishing"
    lines = [style.paint("strong", for_people(say(title, project=journey.project))), ""]
    lines += [f"  {_ladder(journey.stage, style)}"]
    for part, milestones in _by_part(journey):
        lines += ["", style.paint("strong", _title(part, journey))]
        for each in milestones:
            lines += _step_lines(each, style, prefix, width)
    lines += ["", *machine.lines(color=color, width=width)]
    lines += ["", *wrap(say("Stage reached: {stage}.", stage=say(_STAGES[journey.stage])), width)]
    lines += style.code_spans(wrap(for_people(say("Next: {step}", step=journey.next)), width))
    return "\n".join(lines) + "\n"


def _by_part(journey: Journey) -> Iterator[tuple[Part, list[Milestone]]]:
    for part in PARTS:
        found = [each for each in journey.milestones if each.part == part]
        if found:
            yield part, found


def _title(part: Part, journey: Journey) -> str:
    return journey.host if part == "repository" else say(_PARTS[part])


def _ladder(reached: Stage, style: Style) -> str:
    """The stages in a row, with a mark at those that are behind; at none where that is not known."""
    place = STAGES.index(reached) if reached in STAGES else -1
    steps = [
        style.paint("good", f"✓ {say(_SHORT[stage])}")
        if number <= place
        else style.paint("faint", f"· {say(_SHORT[stage])}")
        for number, stage in enumerate(STAGES)
    ]
    return "  →  ".join(steps)


def _step_lines(each: Milestone, style: Style, prefix: str, width: int) -> list[str]:
    sign, role = _SIGNS[each.state]
    first, *more = style.code_spans(wrap(for_people(each.words), width - 4))
    lines = [f"  {style.paint(role, sign)} {first}", *(f"    {line}" for line in more)]
    if each.place is not None and each.state != "done":
        lines += [f"      {style.paint('faint', shown_place(each.place, prefix))}"]
    return [*lines, *(f"      {line}" for line in style.code_spans(wrap(for_people(each.how), width - 6)) if each.how)]


def _markdown(journey: Journey, machine: MachineView) -> str:
    parts = ["## preflight doctor", ""]
    for part, milestones in _by_part(journey):
        parts += [f"**{_title(part, journey)}**", ""]
        parts += [
            f"- {_BOXES[each.state]} {prose(each.words)}{f': {prose(each.how)}' if each.how else ''}"
            for each in milestones
        ]
        parts.append("")
    stage = say("**Stage:** {stage}. **Next:** {step}", stage=say(_STAGES[journey.stage]), step=prose(journey.next))
    parts += [stage, "", *machine.markdown(), ""]
    return "\n".join(parts)


def _as_json(journey: Journey, version: str, prefix: str) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "tool": {"name": "preflight", "version": version},
        "stage": journey.stage,
        "next": for_machines(journey.next),
        "checklist": [_step(each, prefix) for each in journey.milestones],
    }


def _step(each: Milestone, prefix: str) -> dict[str, object]:
    return {
        "part": each.part,
        "name": each.name,
        "state": each.state,
        "message": for_machines(each.words),
        "how": for_machines(each.how) or None,
        "location": location(each.place, prefix) if each.place is not None else None,
    }
