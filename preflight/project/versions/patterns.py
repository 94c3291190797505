"""Regular expressions that a project brings along, run with bounded effort. Knows nothing of versions."""

from re import MULTILINE, Match, _parser  # type: ignore[attr-defined]
from re import error as PatternError
from time import monotonic
from typing import Any

from preflight.sources.patterns import compile as _compile

MAX_PATTERN = 500
MAX_LINES = 20_000
MAX_CHOICES = 8
MAX_SECONDS = 0.5
MAX_LINE = (5000, 3000, 300, 120, 60)
"""The longest line to try a pattern on, by the number of its unbounded repeats: each one adds a power to the worst
case.
"""

_FEW = 8
"""How often something may be repeated before the repeat counts as unbounded."""

_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_SINGLE = frozenset({"LITERAL", "NOT_LITERAL", "ANY", "IN", "CATEGORY"})


class TooCostly(Exception):
    """A pattern that may take unbounded time on some text, or did take too long, or a text too long for any pattern."""


def search_lines(pattern: str, text: str) -> tuple[int, Match[str]] | None:
    """The first line in which a project's own pattern matches, as the line's offset in the text and the match in the
    line.

    This is what `re.search` with MULTILINE finds, for patterns whose matches stay within one line. A hostile
    pattern could run for years, and Python's `re` cannot be stopped: so only patterns are run that repeat nothing
    but single characters, and few of them; and only line by line, on lines that are short or cannot match at all
    for want of a word that the pattern asks for.

    Raises: TooCostly: the pattern or the text is not of that kind. PatternError: it is no regular expression.
    """
    if len(pattern) > MAX_PATTERN:
        raise TooCostly
    try:
        tree = _parser.parse(pattern, MULTILINE)
    except RecursionError:
        raise TooCostly from None
    limit = _line_limit(tree)
    word = max(_required_words(tree), key=len, default="").lower()
    compiled = _compile(pattern, MULTILINE)
    end = monotonic() + MAX_SECONDS
    start = 0
    for number, line in enumerate(text.split("\n")):
        if word in line.lower():
            if len(line) > limit or number > MAX_LINES or monotonic() > end:
                raise TooCostly
            found = compiled.search(line.rstrip("\r"))
            if found:
                return start, found
        start += len(line) + 1
    return None


def _line_limit(tree: Any) -> int:
    """How long a line may be so that no backtracking on it takes noticeable time.

    Raises:
        TooCostly: the pattern repeats more than single characters, or has too many repeats and choices.
    """
    repeats = choices = 0
    waiting: list[Any] = [tree]
    while waiting:
        node = waiting.pop()
        name = str(node[0]) if isinstance(node, tuple) and len(node) == 2 else ""
        if name in _REPEATS:
            _, most, body = node[1]
            unbounded = most == _parser.MAXREPEAT or int(most) > _FEW
            if most > 1 and (len(body.data) != 1 or str(body.data[0][0]) not in _SINGLE):
                raise TooCostly
            repeats += unbounded
            choices += not unbounded
            waiting.append(body)
        elif name == "BRANCH":
            choices += 1
            waiting.append(node[1])
        elif isinstance(node, _parser.SubPattern):
            waiting.extend(node.data)
        elif isinstance(node, (list, tuple)):
            waiting.extend(node)
    if repeats >= len(MAX_LINE) or choices > MAX_CHOICES:
        raise TooCostly
    return MAX_LINE[repeats]


def _required_words(tree: Any) -> list[str]:
    """Runs of plain characters that every match holds; letter case counts for nothing."""
    words = [""]
    for node in tree.data:
        name = str(node[0])
        if name == "LITERAL" and chr(node[1]).isascii():
            words[-1] += chr(node[1])
        elif name == "SUBPATTERN":
            words += [*_required_words(node[1][-1]), ""]
        else:
            words.append("")
    return words


__all__ = ["PatternError", "TooCostly", "search_lines"]
