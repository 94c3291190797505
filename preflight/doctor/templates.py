"""Templates of messages, such as `The name {name!r} isn't allowed.`, as patterns for text without blanks. Holds no message itself.

A placeholder in quotes, or one marked `!r`, stands for a value in quotes of any kind; any other stands for text up to what follows it, `{one|other}` for one
of several words. Quotes are optional: shells, Markdown and people lose them.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from re import IGNORECASE, Pattern, escape, finditer
from re import split as _split

from preflight.doctor.condensed import without_blanks
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

_PLACEHOLDER = r"(?P<open>['\"`])?\{(?P<inside>[^{}]{1,120})\}(?P<close>['\"`])?"
_QUOTES = "'\"`‘’“”"
_QUOTE = r"(?:\\*['\"`‘’“”?]|\*\*){0,2}"
_LONGEST_VALUE = 400
_ONE_WORD = frozenset("project name filename file version username stem tag hash section".split())
"""Placeholders whose values hold no blank, so that they end where a word does."""

_SHORT = 8
_WEAK = 18
"""Characters of literal text from which on a template is found anywhere; a shorter one needs an answer of a server beside it."""

_REFUSAL_CODE = r"^(?P<code>invalid-[a-z-]+|not-enabled): "
_POINTER = (
    r"\s*See:? (?:\{help_url\}|\{user_docs\}|https?://)\S*.*$|\s*\.\.\.$|\s*\((?:client side|Pyramid default)[^()]*\)$"
)
"""What follows a message without belonging to it: the page to read, or a note of our own."""


@dataclass(frozen=True, slots=True)
class Template:
    """A message in one wording.

    `anchor` is its longest literal piece without blanks, `opening` the first one that is not short, `literal` the number of its literal characters.
    """

    text: str
    anchor: str
    opening: str
    literal: int
    before: int
    after: int

    @property
    def weak(self) -> bool:
        """Whether so little of it is fixed that other texts hold it too."""
        return self.literal < _WEAK and not self.text.startswith(("invalid-", "not-enabled", "Your "))

    def pattern(self) -> Pattern[str]:
        """The pattern that finds it in text without blanks."""
        return _pattern(self.text)


def template(text: str) -> Template | None:
    """Compile a template; None where the text holds nothing fixed to look for."""
    pieces = [piece for piece in _literal_pieces(text) if piece]
    anchor = max(pieces, key=len, default="")
    if len(anchor) < 4:
        return None
    condensed = without_blanks(text)
    position = condensed.find(anchor)
    placeholders_before = condensed.count("{", 0, max(position, 0))
    placeholders_after = condensed.count("{", max(position, 0))
    return Template(
        text,
        anchor,
        next((piece for piece in pieces if len(piece) > _SHORT), anchor),
        sum(map(len, pieces)),
        max(position, 0) + 40 + placeholders_before * (_LONGEST_VALUE + 10),
        len(condensed) + 80 + placeholders_after * (_LONGEST_VALUE + 10),
    )


def wordings(message: str) -> Iterator[str]:
    """The texts of a message that gives several, divided by ` | `, each without what points elsewhere."""
    for text in _split(r" \| (?![^{]*\})", message):
        bare = _compile(_POINTER).sub("", text).strip().rstrip(".").strip()
        if bare and not bare.startswith("("):
            yield bare


def groups_of(found: Mapping[str, str]) -> dict[str, str]:
    """The values of a match by the names of their placeholders: one placeholder may have been found in one of several forms."""
    groups: dict[str, str] = {}
    for form, value in found.items():
        if form == "code":
            continue
        name = form.rpartition("__")[0]
        groups[name] = (
            "".join(value.split()).rstrip("\\.") if name in _ONE_WORD else value.rstrip("\\").removesuffix(".")
        )
    return groups


def _literal_pieces(text: str) -> Iterator[str]:
    code = _compile(_REFUSAL_CODE).match(text)
    if code is not None:
        rest = text[code.end() :]
        text = code["code"] + rest if rest.startswith("{") else rest
    for piece in _split(r"\{[^{}]*\}", text):
        for word in _split(f"[{_QUOTES}]", piece):
            yield without_blanks(word)


@cache
def _pattern(text: str) -> Pattern[str]:
    parts: list[str] = []
    names: dict[str, int] = {}
    rest = text
    code = _compile(_REFUSAL_CODE).match(text)
    if code is not None:
        rest = text[code.end() :]
        between = r"[^A-Za-z0-9(]{0,10}(?:description)?[^A-Za-z0-9(]{0,10}"
        parts.append(
            f"{escape(code['code'])}{between}" if rest.startswith("{") else f"(?:{escape(code['code'])}{between})?"
        )
    position = 0
    for found in finditer(_PLACEHOLDER, rest):
        inside = found["inside"]
        quoted = inside.endswith("!r") or (found["open"] is not None and found["open"] == found["close"])
        literal = rest[position : found.start()] + ("" if quoted else found["open"] or "")
        parts.append(_literal(literal))
        leading = not "".join(parts)
        position = found.end() if quoted or found["close"] is None else found.end() - 1
        parts.append(_placeholder(inside, quoted, leading, position >= len(rest), names))
    parts.append(_literal(rest[position:]))
    return _compile("".join(parts), IGNORECASE)


def _literal(text: str) -> str:
    found: list[str] = []
    for character in without_blanks(text):
        if character in _QUOTES:
            if not found or found[-1] != _QUOTE:
                found.append(_QUOTE)
        else:
            found.append(escape(character))
    return "".join(found)


def _placeholder(inside: str, quoted: bool, leading: bool, last: bool, names: dict[str, int]) -> str:
    if "|" in inside and not quoted:
        return "(?:" + "|".join(_literal(each) for each in inside.split("|")) + ")"
    name = "_".join(_split(r"\W+", inside.removesuffix("!r")))[:30].strip("_").lower() or "value"
    names[name] = names.get(name, 0) + 1
    group = f"{name}__{names[name]}"
    if quoted:
        forms = (
            rf"\\*'(?P<{group}a>[^'\x00]{{0,{_LONGEST_VALUE}}})'",
            rf"\\*\"(?P<{group}b>[^\"\x00]{{0,{_LONGEST_VALUE}}})\"",
            rf"[`‘“](?P<{group}c>[^`’”\x00]{{0,{_LONGEST_VALUE}}})[`’”]",
        )
        if leading:
            return rf"(?:{'|'.join(forms)})?[\\'\"`>)]{{0,3}}"
        if last and name not in _ONE_WORD:
            return rf"(?:{'|'.join(forms)}|(?P<{group}f>[^\x00]{{0,{_LONGEST_VALUE}}}))"
        bare = "[^\\s'\"\\x00,;()]{0,80}" if last else "[^'\"\\x00]{0,120}?"
        return rf"(?:{'|'.join(forms)}|(?P<{group}d>{bare}))"
    if leading:
        return rf"(?P<{group}e>[\w./:+-]{{0,60}})" if not last else rf"(?P<{group}e>[^\x00]{{0,{_LONGEST_VALUE}}})"
    if last:
        return rf"(?P<{group}f>[^\x00]{{0,{_LONGEST_VALUE}}})"
    return rf"(?P<{group}g>[^\x00]{{0,{_LONGEST_VALUE}}}?)"
