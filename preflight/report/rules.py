"""The list of all rules, for `preflight rules`: to look through, and as data for sites and editors."""

from collections.abc import Iterable

from preflight.engine.cards import Card, MalformedCard
from preflight.engine.packs import Registry, Rule
from preflight.report.safe import for_people
from preflight.report.style import Style, text_width, wrap
from preflight.report.summary import number
from preflight.sources.words import say

FORMATS = ("full", "concise", "json", "markdown")

_COLUMNS = ("CODE", "NAME", "SEVERITY", "SUMMARY")
_NARROWEST = 24


def render_rules(registry: Registry, format: str, color: bool = False, width: int = 100) -> str:
    """All rules of a registry, sorted by family and code.

    Raises:
        ValueError: there is no such format of this list.
    """
    rules = sorted(registry.rules.values(), key=lambda rule: (rule.family, rule.code))
    if format == "full":
        return _full(rules, Style(color), width)
    if format == "concise":
        return "".join(f"{rule.code} {rule.name} {_severity(rule)}: {_summary(rule)}\n" for rule in rules)
    if format == "json":
        from preflight.report.json import SCHEMA, dumps

        return dumps({"schema": SCHEMA, "rules": [metadata(rule) for rule in rules]})
    if format == "markdown":
        return _markdown(rules)
    raise ValueError(f"unknown output format {format!r}: expected one of {', '.join(FORMATS)}")


def metadata(rule: Rule) -> dict[str, object]:
    """All that a rule's card states, as data; `problem` and what the file name says when it cannot be read."""
    known: dict[str, object] = {"code": rule.code, "name": rule.name, "family": rule.family, "pack": rule.pack}
    card = _card(rule)
    if isinstance(card, str):
        return {**known, "problem": card}
    return {
        "code": card.code,
        "name": card.name,
        "severity": card.severity.value,
        "summary": card.summary,
        "family": rule.family,
        "pack": rule.pack,
        **card_metadata(card),
    }


def card_metadata(card: Card) -> dict[str, object]:
    """What a card states beyond its code, name, severity and summary."""
    base = card.wording(None)
    variants = {name: words for name, words in card.wordings.items() if name is not None}
    return {
        "message": base.message,
        "fix": base.fix,
        "variants": {name: {"message": words.message, "fix": words.fix} for name, words in variants.items()},
        "labels": dict(card.labels),
        "decided_by": list(card.decided_by),
        "fix_kind": card.fix_kind,
        "rejections": list(card.rejections),
        "causes": list(card.causes),
        "signatures": [{"stage": each.stage, "text": each.text} for each in card.signatures],
        "links": list(card.links),
        "since": card.since,
        "url": card.url,
    }


def _full(rules: list[Rule], style: Style, width: int) -> str:
    """A table for each family, all with the same columns; a long summary goes on under itself."""
    names = max((len(rule.name) for rule in rules), default=0)
    sizes = (max((len(rule.code) for rule in rules), default=4), max(names, 4), len("SEVERITY"))
    indent = sum(sizes) + 2 * len(sizes)
    below = width - indent < _NARROWEST
    room = max(_NARROWEST, width - 4 if below else width - indent)
    titles = [say(title) for title in _COLUMNS]
    padded = [title + " " * (size - text_width(title)) for title, size in zip(titles, sizes, strict=False)]
    head = "  ".join(padded) + "  "
    lines = [style.paint("faint", (head if below else head + titles[-1]).rstrip())]
    for family, members in _families(rules):
        lines += ["", style.paint("strong", for_people(family))]
        for rule in members:
            severity = _severity(rule)
            role = severity if severity in ("error", "warning", "info") else "faint"
            first = f"{style.paint('strong', f'{rule.code:{sizes[0]}}')}  {rule.name:{sizes[1]}}  "
            first += style.paint(role, severity) + " " * (sizes[2] - len(severity))
            wrapped = style.code_spans(wrap(_summary(rule), room))
            if below:
                lines += [first.rstrip(), *(f"    {line}" for line in wrapped)]
            else:
                lines += [f"{first}  {wrapped[0]}".rstrip(), *(" " * indent + line for line in wrapped[1:])]
    total = say("{rules}. `preflight explain CODE` shows a rule's card.", rules=number(len(rules), "rule"))
    return "\n".join([*lines, "", total, ""])


def _markdown(rules: list[Rule]) -> str:
    from preflight.report.markdown import cell

    parts = []
    for family, members in _families(rules):
        rows = ["| Code | Name | Severity | Summary |", "| --- | --- | --- | --- |"]
        for rule in members:
            card = _card(rule)
            name = rule.name if isinstance(card, str) else f"[{rule.name}]({card.url})"
            rows.append(f"| {rule.code} | {name} | {_severity(rule)} | {cell(_summary(rule))} |")
        parts.append("\n".join([f"## {cell(family)}", "", *rows]))
    return "\n\n".join(["# Rules", *parts]) + "\n"


def _families(rules: Iterable[Rule]) -> list[tuple[str, list[Rule]]]:
    families: dict[str, list[Rule]] = {}
    for rule in rules:
        families.setdefault(rule.family, []).append(rule)
    return list(families.items())


def _card(rule: Rule) -> Card | str:
    """The rule's card, or why it cannot be read: one broken card of a project does not hide the other rules."""
    try:
        return rule.card
    except (MalformedCard, OSError) as error:
        return for_people(str(error))


def _severity(rule: Rule) -> str:
    card = _card(rule)
    return "unknown" if isinstance(card, str) else card.severity.value


def _summary(rule: Rule) -> str:
    card = _card(rule)
    return say("its card cannot be read: {reason}", reason=card) if isinstance(card, str) else for_people(card.summary)
