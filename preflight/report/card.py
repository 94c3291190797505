"""One rule's card, for `preflight explain`: its Markdown laid out for a terminal, or as data.

Knows the Markdown that cards are written in (headings, paragraphs, lists, quotes, tables, fenced code), not all of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import field
from re import Match

from preflight.engine.cards import Card
from preflight.report.excerpt import shown_line
from preflight.report.safe import for_people
from preflight.report.style import Style, wrap
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.words import say

FORMATS = ("full", "concise", "json", "markdown")

_FENCE = _compile(r"^(?P<indent> *)(?P<ticks>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$")
_HEADING = _compile(r"^(?P<level>#{1,6})[ \t]+(?P<text>.+?)[ \t]*#*$")
_ITEM = _compile(r"^(?P<indent> *)(?P<sign>[-*+]|\d{1,3}[.)])[ \t]+(?P<text>.*)$")
_EMPHASIS = _compile(r"(?<![*\w])(\*\*|\*|__)(?=\S)([^*`]+?)(?<=\S)\1(?![*\w])")
_LINK = _compile(r"!?\[(?P<text>[^\]]+)\]\((?P<target>[^()\s]+)\)")
_TITLES = frozenset(("What happens", "How to fix", "What not to do", "Steps", "Example", "Mended"))
"""Headings that are the same in a card and in its translations, since they carry a meaning."""
_FILE = _compile(r"(?:^|\s)file=(?P<path>\S+)")


def render_card(card: Card, format: str, color: bool = False, width: int = 100) -> str:
    """A card in one of `FORMATS`, ending in a line break.

    Raises:
        ValueError: there is no such format of a card.
    """
    if format == "full":
        return _Layout(card, Style(color), max(40, width)).text()
    if format == "concise":
        return f"{card.code} {card.name} {card.severity}: {for_people(card.summary)}\n"
    if format == "markdown":
        summary = say("{sentence}.", sentence=card.summary)
        return f"# {card.code} {card.name}\n\n{summary}\n\n{card.body}"
    if format == "json":
        from preflight.report.json import SCHEMA, dumps
        from preflight.report.rules import card_metadata

        stated = {"code": card.code, "name": card.name, "severity": card.severity.value, "summary": card.summary}
        return dumps({"schema": SCHEMA, **stated, **card_metadata(card), "body": card.body})
    raise ValueError(f"unknown output format {format!r}: expected one of {', '.join(FORMATS)}")


@dataclass(frozen=True, slots=True)
class _Block:
    """A piece of the body: `kind` is heading, code, table or text; `sign` is a list item's number or dash."""

    kind: str
    lines: Sequence[str]
    level: int = 0
    sign: str = ""
    info: str = ""


@dataclass(slots=True)
class _Layout:
    card: Card
    style: Style
    width: int
    lines: list[str] = field(default_factory=list)

    def text(self) -> str:
        card = self.card
        role = card.severity.value
        self.lines.append(
            f"{self.style.paint(role, f'{card.severity}[{card.code}]')} {self.style.paint('strong', card.name)}"
        )
        self.lines += self._wrapped(say("{sentence}.", sentence=card.summary.rstrip(".")), 0)
        previous = ""
        for block in _blocks(card.body):
            together = block.sign and previous == "item"
            if not together:
                self.lines.append("")
            self._add(block)
            previous = "item" if block.sign else block.kind
        if card.links:
            self.lines += [
                "",
                self.style.paint("strong", say("Links")),
                *(f"  {for_people(link)}" for link in card.links),
            ]
        self.lines += ["", self.style.paint("faint", for_people(card.url))]
        return "".join(f"{line.rstrip()}\n" for line in self.lines)

    def _add(self, block: _Block) -> None:
        indent = " " * (2 + block.level)
        if block.kind == "heading":
            title = for_people(say(block.lines[0]) if block.lines[0] in _TITLES else block.lines[0])
            self.lines.append(self.style.paint("strong", title if block.level <= 2 else f"  {title}"))
        elif block.kind == "code":
            file = _FILE.search(block.info)
            if file:
                deleted = say(" (deleted)") if "delete" in block.info.split() else ""
                self.lines.append(indent + self.style.paint("faint", f"{for_people(file['path'])}{deleted}:"))
            bar = self.style.paint("faint", "|")
            self.lines += [f"{indent}{bar} {shown_line(line).text}" for line in block.lines]
        elif block.kind == "table":
            self.lines += [indent + for_people(line) for line in block.lines]
        else:
            text = " ".join(line.strip() for line in block.lines)
            hang = f"{block.sign} " if block.sign else ""
            wrapped = self._wrapped(text, len(indent) + len(hang))
            self.lines += [
                (indent + hang if not row else " " * (len(indent) + len(hang))) + line
                for row, line in enumerate(wrapped)
            ]

    def _wrapped(self, text: str, indent: int) -> list[str]:
        return self.style.code_spans(wrap(for_people(_plain(text)), max(20, self.width - indent)))


def _plain(text: str) -> str:
    """Inline Markdown as a terminal shows it: links with their address behind them, emphasis without its stars."""
    out = []
    for number, piece in enumerate(text.split("`")):
        if number % 2 == 0:
            piece = _LINK.sub(_link, piece)
            piece = _EMPHASIS.sub(r"\2", piece)
        out.append(piece)
    return "`".join(out)


def _link(match: Match[str]) -> str:
    text, target = match["text"], match["target"]
    return target if text == target else f"{text} ({target})"


def _blocks(body: str) -> Iterator[_Block]:
    """The blocks of a body in order. What is indented under a list item keeps that indent."""
    lines = body.splitlines()
    at = 0
    while at < len(lines):
        line = lines[at]
        fence, heading, item = _FENCE.match(line), _HEADING.match(line), _ITEM.match(line)
        start = at
        at += 1
        if not line.strip():
            continue
        if fence:
            inside = []
            while at < len(lines) and not _closes(lines[at], fence["ticks"]):
                inside.append(lines[at].removeprefix(fence["indent"]))
                at += 1
            at += 1
            yield _Block("code", inside, len(fence["indent"]), info=fence["info"])
        elif heading:
            yield _Block("heading", [heading["text"]], len(heading["level"]))
        elif line.lstrip().startswith("|"):
            while at < len(lines) and lines[at].lstrip().startswith("|"):
                at += 1
            yield _Block("table", lines[start:at])
        else:
            while at < len(lines) and _continues(lines[at]):
                at += 1
            if item:
                yield _Block("text", [item["text"], *lines[start + 1 : at]], len(item["indent"]), sign=item["sign"])
            else:
                yield _Block("text", lines[start:at], len(line) - len(line.lstrip()))


def _closes(line: str, ticks: str) -> bool:
    """Whether a line ends the block of code that began with these ticks."""
    return line.strip().startswith(ticks) and not line.strip().strip(ticks[0])


def _continues(line: str) -> bool:
    """Whether a line goes on with the paragraph above it."""
    starts_other = _FENCE.match(line) or _HEADING.match(line) or _ITEM.match(line) or line.lstrip().startswith("|")
    return bool(line.strip()) and not starts_other
