"""Puts lines together that a terminal's width or a box has broken, words and file names included. Decides by form alone.

rich, which prints twine's messages, breaks between words, and inside a word only where the word alone is longer than a line; textwrap also breaks behind a
hyphen. A broken word therefore ends a full line, and its two halves together would not have fitted into one.
"""

from collections.abc import Sequence

from preflight.sources.patterns import compile as _compile

_ADDRESS_END = _compile(r"(?:https?:/|/)\S*$")
_ADDRESS_REST = _compile(r"[\w%#.?=&~+-]*[/@#]\S*")
_SHORTEST_FULL = 40


def joined(texts: Sequence[str], padded: Sequence[bool] = ()) -> str:
    """The lines of one message as one line. `padded` tells of each whether blanks followed it: then it was not full."""
    kept = [(text, bool(padded) and padded[index]) for index, text in enumerate(texts) if text]
    width = max((len(text) for text, _ in kept), default=0)
    parts: list[str] = []
    for index, (text, _) in enumerate(kept):
        if index and not is_broken(kept[index - 1][0], text, 0 if kept[index - 1][1] else width):
            parts.append(" ")
        parts.append(text)
    return "".join(parts)


def is_broken(before: str, after: str, width: int) -> bool:
    """Whether a line ends inside a word that the next line continues; `width` is that of the longest line of the message."""
    last = before.rpartition(" ")[2]
    first = after.partition(" ")[0]
    if not last or not first:
        return False
    if last[-1] == "-" and last[0] != "-" and last[-2].isalnum() and first[0].isalnum():
        return True
    if len(before) == width >= _SHORTEST_FULL and len(last) + len(first) > width:
        return True
    return (
        len(last) >= _SHORTEST_FULL and _ADDRESS_END.search(last) is not None and _ADDRESS_REST.match(first) is not None
    )
