"""What the program itself says, in the language of the process. Rules are worded by their cards, and nothing else of them is held here.

The English sentence is what the code says, and the key of its translation in `words.LANGUAGE.tsv`: one line each, English, a tab, and the translation.
"""

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from preflight.sources.language import LANGUAGES, spoken

if TYPE_CHECKING:
    from re import Match, Pattern


def say(english: str, **values: object) -> str:
    """A sentence in the language of the process, with its `{name}` filled; in English where it is not translated."""
    if spoken() == LANGUAGES[0]:
        return english.format(**values) if values else english
    words = table(spoken()).get(english, english)
    if not values:
        return words
    return tightened(words.format(**{name: _loose(value) for name, value in values.items()}))


_HAN = "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef"
"""The characters of Chinese and its punctuation, as a range of a pattern: between two of them there is no space."""

SEAM = "\ufdd0"
"""Stands at both ends of a value while a sentence is filled: a code point that is no character, and in no text."""


def _loose(value: object) -> object:
    return _Loose(value) if type(value) is str else value


class _Loose(str):
    """A text between seams where it is filled into a sentence as it is."""

    __slots__ = ()

    def __format__(self, form: str) -> str:
        return format(str(self), form) if form else f"{SEAM}{self!s}{SEAM}"


def tightened(text: str) -> str:
    """The text without its seams, and without the space that a sentence has for a value in Latin letters where one in Chinese took its place."""
    if SEAM not in text:
        return text
    from re import sub

    text = sub(f"(?<=[{_HAN}]) (?={SEAM}+[{_HAN}])|(?<=[{_HAN}]{SEAM}) (?=[{_HAN}{SEAM}])", "", text)
    return text.replace(SEAM, "")


def retold(english: str) -> str:
    """What was worded in English elsewhere, in the language of the process; in English where it is not translated.

    Its values are found again by the sentences of the table: facts word what they find where no language is known (in processes of their own, in errors).
    """
    if spoken() == LANGUAGES[0] or len(english) > _LONGEST:
        return english
    return _retold(english, spoken())


@lru_cache(maxsize=1024)  # what is joined of many pieces is taken apart at each of them, and shares their ends
def _retold(english: str, language: str) -> str:
    return _told(english, language) or _joined(english, language)


@lru_cache(maxsize=1024)
def _told(english: str, language: str) -> str | None:
    whole = table(language).get(english)
    if whole is not None:
        return whole
    for pattern, words in _patterns(language):
        match = pattern.fullmatch(english)
        if match is not None:
            return _filled(words, match)
    return None


_LONGEST = 600
"""Characters. Nobody words more in one piece."""

_MOST_SEAMS = 20

_INNER = frozenset("asker detail error expected named problem reason sentence through untried what where words".split())
"""Values that are prose themselves."""

_FEWEST_LETTERS = 6
"""A sentence with fewer letters of its own would be found in anything, unless backticks hold its values together."""


def _filled(words: str, match: "Match[str]") -> str:
    from string import Formatter

    parts = []
    for text, name, _, _ in Formatter().parse(words):
        parts.append(text)
        if name is not None:
            value = retold(match[name]) if name in _INNER else match[name]
            parts.append(f"{SEAM}{value}{SEAM}")
    return tightened("".join(parts))


def _joined(english: str, language: str) -> str:
    """Several things with words between them, where each of them can be told or is code."""
    from re import finditer

    seams = list(finditer(r"(, | or | and )(?=(?:[^`]*`[^`]*`)*[^`]*$)", english))
    for seam in seams if len(seams) <= _MOST_SEAMS else ():
        first, rest = english[: seam.start()], english[seam.end() :]
        told = first if first.startswith("`") else _told(first, language)
        if told is None:
            continue
        told_rest = retold(rest)
        if told_rest != rest or rest.startswith("`"):
            return f"{told}{say(seam[0])}{told_rest}"
    return english


@cache
def _patterns(language: str) -> "list[tuple[Pattern[str], str]]":
    """The sentences with values, those with the most words of their own first."""
    from re import DOTALL, compile, escape
    from string import Formatter

    found = []
    for english, words in table(language).items():
        pattern, own = "", ""
        names: list[str] = []
        for text, name, _, _ in Formatter().parse(english):
            pattern, own = pattern + escape(text), own + text
            if name is not None:
                value = "[^`]*" if text.endswith("`") else ".*?"
                pattern += f"(?P={name})" if name in names else f"(?P<{name}>{value})"
                names.append(name)
        if (
            names
            and all(map(str.isidentifier, names))
            and (sum(map(str.isalpha, own)) >= _FEWEST_LETTERS or "`" in own)
        ):
            found.append((len(own), compile(pattern, DOTALL), words))
    return [(pattern, words) for _, pattern, words in sorted(found, key=lambda each: -each[0])]


@cache
def table(language: str) -> dict[str, str]:
    """The translations by the English sentence, read when a language other than English is spoken."""
    from pathlib import Path

    lines = Path(__file__).with_name(f"words.{language}.tsv").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)
