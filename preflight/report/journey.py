"""The checklist of a project's way to automated publishing, for a terminal, as JSON, and as Markdown. Judges nothing."""

from preflight.doctor.journey import Journey, Milestone, Stage, State
from preflight.report.json import SCHEMA, dumps, location
from preflight.report.markdown import prose
from preflight.report.safe import for_machines, for_people, shown_place
from preflight.report.style import Style, wrap

FORMATS = ("full", "json", "markdown")

_SIGNS: dict[State, tuple[str, str]] = {"done": ("✓", "good"), "missing": ("✗", "error"), "unknown": ("?", "warning")}
_STAGES: dict[Stage, str] = {
    "by-hand": "releases by hand",
    "token": "a workflow that uploads with a token",
    "trusted": "trusted publishing, started by hand",
    "automated": "automated trusted publishing",
}
_BOXES: dict[State, str] = {"done": "✅", "missing": "❌", "unknown": "❔"}


def render_journey(journey: Journey, format: str, version: str, *, prefix: str, color: bool, width: int) -> str:
    """The checklist in one of `FORMATS`, ending in a line break."""
    if format == "json":
        return dumps(_as_json(journey, version, prefix))
    if format == "markdown":
        rows = [
            f"- {_BOXES[each.state]} {prose(each.words)}{f': {prose(each.how)}' if each.how else ''}"
            for each in journey.milestones
        ]
        return "\n".join(
            [
                "## preflight doctor",
                "",
                *rows,
                "",
                f"**Stage:** {_STAGES[journey.stage]}. **Next:** {prose(journey.next)}",
                "",
            ]
        )
    style = Style(color)
    lines: list[str] = []
    for each in journey.milestones:
        sign, role = _SIGNS[each.state]
        where = f" ({shown_place(each.place, prefix)})" if each.place is not None else ""
        first, *more = wrap(f"{for_people(each.words)}{where}", width - 4)
        lines += [f"{style.paint(role, sign)} {first}", *(f"  {line}" for line in more)]
        lines += [f"    {line}" for line in style.code_spans(wrap(for_people(each.how), width - 4)) if each.how]
    lines += ["", *wrap(f"Stage reached: {_STAGES[journey.stage]}.", width)]
    lines += style.code_spans(wrap(for_people(f"Next: {journey.next}"), width))
    return "\n".join(lines) + "\n"


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
        "name": each.name,
        "state": each.state,
        "message": for_machines(each.words),
        "how": for_machines(each.how) or None,
        "location": location(each.place, prefix) if each.place is not None else None,
    }
