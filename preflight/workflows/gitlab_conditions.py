"""The conditions of GitLab's `rules: if:`, decided over what is known of a pipeline's variables. Knows no pipeline.

GitLab's pages "Specify when jobs run with rules" and "CI/CD job rules", `CI/CD variable expressions`.
"""

import re
from collections.abc import Callable
from enum import Enum

from preflight.sources.patterns import compile as _compile

MAX_LENGTH = 2_000
_TOKEN = _compile(
    r"\s*(?:(?P<operator>==|!=|=~|!~|&&|\|\||[()])|\$\{?(?P<variable>[A-Za-z_]\w*)\}?|'(?P<single>[^']*)'"
    r'|"(?P<double>[^"]*)"|/(?P<pattern>(?:\\.|[^/\\])+)/(?P<flags>[ism]*)|(?P<null>null)\b)'
)
_PLAIN_PATTERN = _compile(
    r"(?:\\[AzZbd.\-/_wsDWS+]|\[\^?(?:\\.|[^\]\\])+\]|[\w .:,=@#%&~!<>'\"-]|[\^$]|(?<=[\w\].dw])[*+?]|(?<=[\])\w])\{\d{1,2}(?:,\d{0,2})?\})+"
)
_MAX_REPEATS = 6


class Doubt(Enum):
    """What stands for a value of which nothing is known, or only that it is not empty."""

    UNKNOWN = "unknown"
    SET = "set"


UNKNOWN = Doubt.UNKNOWN
SET = Doubt.SET
Operand = str | None | Doubt
"""A text, null (a variable that does not exist), or a doubt."""
Variables = Callable[[str], Operand]


class _Unreadable(Exception):
    """The text is no condition that is understood here."""


def evaluate(text: str, variables: Variables) -> bool | None:
    """Whether a condition holds; None where that cannot be decided, or the text is not understood."""
    if len(text) > MAX_LENGTH:
        return None
    try:
        parser = _Parser(_tokens(text), variables)
        value = parser.either()
        return value if parser.at_end else None
    except (_Unreadable, RecursionError):
        return None


def _tokens(text: str) -> list[re.Match[str]]:
    found = []
    position = 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None:
            raise _Unreadable
        found.append(match)
        position = match.end()
    return found


class _Parser:
    """Reads and decides in one go: `||` binds loosest, then `&&`, then comparisons."""

    def __init__(self, tokens: list[re.Match[str]], variables: Variables) -> None:
        self.tokens = tokens
        self.variables = variables
        self.position = 0

    @property
    def at_end(self) -> bool:
        return self.position >= len(self.tokens)

    def _operator(self, *wanted: str) -> str | None:
        if not self.at_end and self.tokens[self.position]["operator"] in wanted:
            self.position += 1
            return self.tokens[self.position - 1]["operator"]
        return None

    def either(self) -> bool | None:
        value = self.both()
        while self._operator("||"):
            other = self.both()
            value = True if value or other else None if value is None or other is None else False
        return value

    def both(self) -> bool | None:
        value = self.comparison()
        while self._operator("&&"):
            other = self.comparison()
            value = False if value is False or other is False else None if value is None or other is None else True
        return value

    def comparison(self) -> bool | None:
        if self._operator("("):
            value = self.either()
            if not self._operator(")"):
                raise _Unreadable
            return value
        left = self._operand()
        operator = self._operator("==", "!=", "=~", "!~")
        if operator is None:
            return None if left is UNKNOWN else bool(left)
        if operator in ("=~", "!~"):
            matched = self._matched(left)
            return matched if operator == "=~" or matched is None else not matched
        right = self._operand()
        equal = _equal(left, right)
        return equal if operator == "==" or equal is None else not equal

    def _operand(self) -> Operand:
        if self.at_end:
            raise _Unreadable
        token = self.tokens[self.position]
        self.position += 1
        if token["variable"]:
            return self.variables(token["variable"])
        if token["null"]:
            return None
        for group in ("single", "double"):
            if token[group] is not None:
                return token[group]
        raise _Unreadable

    def _matched(self, left: Operand) -> bool | None:
        if self.at_end:
            raise _Unreadable
        token = self.tokens[self.position]
        if token["pattern"] is None:
            self._operand()
            return None
        self.position += 1
        if left is None:
            return False
        return matches(token["pattern"], left, token["flags"]) if isinstance(left, str) else None


def _equal(left: Operand, right: Operand) -> bool | None:
    if isinstance(left, Doubt) or isinstance(right, Doubt):
        return False if SET in (left, right) and (left in ("", None) or right in ("", None)) else None
    return left == right


def matches(pattern: str, text: str, flags: str = "") -> bool | None:
    """Whether a simple pattern is found in a short text; None for a pattern that could be slow, or that is not read.

    GitLab matches with RE2, which has no patterns that run away; Python has, so only plain ones are tried.
    """
    if len(text) > 200 or len(pattern) > 200:
        return None
    repeats = sum(pattern.count(character) for character in "*+?{")
    if repeats > _MAX_REPEATS or not _PLAIN_PATTERN.fullmatch(pattern):
        return None
    try:
        return re.search(pattern.replace(r"\z", r"\Z"), text, re.IGNORECASE if "i" in flags else 0) is not None
    except re.error:
        return None
