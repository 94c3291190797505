"""Replacements inside TOML text that leave everything else as it is, comments included. Applies nothing itself."""

from preflight.sources.patterns import compile as _compile
from preflight.sources.text import Place

_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}
_NEEDS_ESCAPE = _compile(r'["\\\x00-\x1f\x7f]')
_BLANKS = " \t"
_TO_COMMA = _compile(r"(?P<between>(?:[ \t\r\n]|#[^\n]*)*),")


def basic_string(value: str) -> str:
    """The value as a TOML basic string on one line (TOML 1.0, "String")."""
    return '"' + _NEEDS_ESCAPE.sub(lambda found: _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04x}", value) + '"'


def is_string(place: Place) -> bool:
    """Whether a place is a whole string literal of a TOML file."""
    text = place.text
    return place.source.path.endswith(".toml") and len(text) >= 2 and text[0] in "\"'" and text[-1] == text[0]


def without_item(item: Place) -> tuple[Place, str]:
    """What to replace, and by what, to take an item out of an array: with its comma, and with its line where nothing
    else stands on it.

    The replacement is empty but for comments between the item and a comma on a later line.
    """
    source, text = item.source, item.source.text
    start, end = item.start, item.end
    comma = _TO_COMMA.match(text, end)
    before = len(text[:start].rstrip(_BLANKS))
    if comma:
        end = comma.end()
        if "#" in comma["between"]:
            return source.place(start, end), comma["between"].lstrip(_BLANKS)
    elif text.endswith(",", 0, before):
        start = before - 1
        before = len(text[:start].rstrip(_BLANKS))
    behind = end
    while behind < len(text) and text[behind] in _BLANKS:
        behind += 1
    line = text.rfind("\n", 0, start) + 1
    opens_line = before <= line
    if opens_line and text.startswith(("\n", "\r\n"), behind):
        return source.place(line, text.index("\n", behind) + 1), ""
    if opens_line or (comma and not text.startswith(("\n", "\r\n", "#"), behind)):
        return source.place(start, behind), ""
    return source.place(before, end), ""
