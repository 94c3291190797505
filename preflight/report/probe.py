"""What `check --probe` found, as text for people: the claims of the run's identity token beside what is registered. Holds no token."""

from collections.abc import Sequence

from preflight.report.safe import for_people
from preflight.report.style import Style, text_width, wrap
from preflight.sources.records import dataclass
from preflight.sources.words import say

_VERDICTS = {True: "same", False: "differs", None: "unknown"}
_ROLES = {True: "good", False: "error", None: "faint"}


@dataclass(frozen=True, slots=True)
class Row:
    """One field of PyPI's form: what the run claims, what is registered, and whether they agree for PyPI."""

    field: str
    claimed: str
    registered: str
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A registered publisher beside the run; `what` says how it is known: "the publisher declared in pyproject.toml:12"."""

    what: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Probed:
    """The probe for one index. `notes` are sentences that follow the tables."""

    title: str
    audience: str
    claims: tuple[tuple[str, str], ...]
    comparisons: tuple[Comparison, ...]
    notes: tuple[str, ...]


def render(probed: Sequence[Probed], *, color: bool, width: int) -> str:
    """The text, ending in an empty line; empty where nothing was probed."""
    style = Style(color)
    blocks = [_block(each, style, width) for each in probed]
    return "".join("\n".join(lines) + "\n\n" for lines in blocks)


def _block(probed: Probed, style: Style, width: int) -> list[str]:
    audience = say(" (audience `{audience}`)", audience=for_people(probed.audience)) if probed.audience else ""
    words = "The identity token of this run for {index}{audience}"
    lines = [style.paint("strong", say(words, index=for_people(probed.title), audience=audience))]
    if probed.claims:
        lines.append("")
        lines += _columns([(name, value) for name, value in probed.claims])
    for comparison in probed.comparisons:
        lines += ["", "  " + say("Beside {publisher}:", publisher=for_people(comparison.what))]
        lines += _table(comparison.rows, style)
    for note in probed.notes:
        lines += ["", *(f"  {line}" for line in wrap(for_people(note), width - 2))]
    return lines


def _columns(pairs: Sequence[tuple[str, str]]) -> list[str]:
    first = max(len(name) for name, _ in pairs)
    return [f"  {name:<{first}}  {for_people(value)}" for name, value in pairs]


def _table(rows: Sequence[Row], style: Style) -> list[str]:
    shown = [(say("field"), say("this run claims"), say("registered"))]
    shown += [(each.field, for_people(each.claimed), for_people(each.registered)) for each in rows]
    widths = [max(text_width(row[column]) for row in shown) for column in range(3)]
    lines = ["".join(f"  {_padded(*each)}" for each in zip(row, widths, strict=True)) for row in shown]
    verdicts = ["", *(style.paint(_ROLES[each.agrees], say(_VERDICTS[each.agrees])) for each in rows)]
    return [f"{line}  {verdict}".rstrip() for line, verdict in zip(lines, verdicts, strict=True)]


def _padded(text: str, width: int) -> str:
    return text + " " * (width - text_width(text))
