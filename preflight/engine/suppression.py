"""Suppression comments: `# preflight: ignore[RULE, …] reason`, on a line of the finding's span or on the line above it."""

from collections.abc import Iterator

from preflight.engine.packs import Registry
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source

_COMMENT = _compile(r"(?:^|(?<=\s))[#;][ \t]*preflight:[ \t]*ignore(?:\[(?P<rules>[^\]\n]*)\])?(?P<reason>[^\r\n]*)")
_MARK = "preflight:"
_SUFFIXES = (".toml", ".yml", ".yaml", ".cfg", ".ini", ".py", ".pypirc")

MAX_SPAN_LINES = 100
"""A finding that spans more lines than this is suppressed only at its first line: it is about the file, not about a node."""


@dataclass(eq=False, slots=True)
class Suppression:
    """One comment: the rules it names, where, and whether it has suppressed anything."""

    place: Place
    line: int
    alone: bool
    selectors: tuple[str, ...]
    codes: frozenset[str]
    unknown: tuple[str, ...]
    reason: str
    used: set[str]


def suppressions(source: Source, registry: Registry) -> Iterator[Suppression]:
    """The suppression comments of a source. Formats without `#` comments have none."""
    if _MARK not in source.text or source.member is not None or not source.path.endswith(_SUFFIXES):
        return
    for match in _COMMENT.finditer(source.text):
        selectors = tuple(word for word in (part.strip() for part in (match["rules"] or "").split(",")) if word)
        found = [(selector, registry.find(selector)) for selector in selectors]
        place = source.place(match.start(), match.end() - len(match[0]) + len(match[0].rstrip()))
        line = place.line
        before = source.text[source.offset(line) : match.start()]
        yield Suppression(
            place=place,
            line=line,
            alone=not before.strip(),
            selectors=selectors,
            codes=frozenset(rule.code for _, rule in found if rule),
            unknown=tuple(selector for selector, rule in found if rule is None),
            reason=match["reason"].strip(),
            used=set(),
        )


def suppressing(candidates: list[Suppression], place: Place, code: str) -> Suppression | None:
    """The comment that suppresses a finding of this rule at this place, if any."""
    first, last = place.line, place.end_line
    if last > first and place.end_column == 1:
        last -= 1
    if last - first > MAX_SPAN_LINES:
        last = first
    for candidate in candidates:
        if code in candidate.codes and (
            first <= candidate.line <= last or (candidate.alone and candidate.line == first - 1)
        ):
            return candidate
    return None
