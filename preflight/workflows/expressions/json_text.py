"""JSON as `toJSON` writes it and `fromJSON` reads it. Not a general JSON library."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from preflight.workflows.expressions.values import (
    EvaluationError,
    OpenMapping,
    Unknown,
    Value,
    fold,
    kind_of,
    known_text,
)

_MOST_LEVELS = 64
"""Nesting that both of GitHub's readers take (Newtonsoft.Json's default; the stricter reader takes 100)."""
_MOST_WRITTEN_LEVELS = 200

# What GitHub's lenient reader takes a value to start with, besides a digit, a sign or a bracket (Newtonsoft.Json).
_LENIENT_WORDS = ("true", "false", "null", "new", "NaN", "Infinity", "undefined")
_LENIENT_STARTS = frozenset("\"'[]{,)/-.0123456789")


class UndecidedJson(Exception):
    """JSON that cannot be read or written for certain: it holds an unknown, or only a lenient reader would take it."""


def write_json(value: Value) -> str:
    """A value as `toJSON` shows it: two spaces a level, one entry a line (actions/runner: Functions/ToJson.cs).

    Raises:
        UndecidedJson: something in it is unknown.
    """
    pieces: list[str] = []
    _write(value, 0, pieces)
    return "".join(pieces)


def _write(value: Value, level: int, pieces: list[str]) -> None:
    if isinstance(value, Unknown | OpenMapping) or level > _MOST_WRITTEN_LEVELS:
        raise UndecidedJson
    match kind_of(value):
        case "Object":
            _write_entries("{", "}", [(f"{_quoted(key)}: ", item) for key, item in _items(value)], level, pieces)
        case "Array":
            _write_entries("[", "]", [("", item) for item in _elements(value)], level, pieces)
        case "String":
            pieces.append(_quoted(str(value)))
        case "Null":
            pieces.append("null")
        case _:
            pieces.append(known_text(value))


def _write_entries(opening: str, closing: str, entries: list[tuple[str, Value]], level: int, pieces: list[str]) -> None:
    if not entries:
        pieces.append(opening + closing)
        return
    indent = "\n" + "  " * (level + 1)
    pieces.append(opening)
    for number, (prefix, item) in enumerate(entries):
        pieces.append(f"{',' if number else ''}{indent}{prefix}")
        _write(item, level + 1, pieces)
    pieces.append("\n" + "  " * level + closing)


def _items(value: Any) -> list[tuple[str, Value]]:
    return [(str(key), value[key]) for key in value]


def _elements(value: Any) -> list[Value]:
    return list(value)


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    # Newtonsoft.Json escapes these three as well.
    return quoted.replace("\x85", "\\u0085").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def read_json(text: str) -> Value:
    """A text as `fromJSON` reads it. Numbers are floats, and the keys of an object ignore case.

    GitHub has two readers for this, of which the usual one also takes comments, single quotes and more
    (Newtonsoft.Json; actions/runner: Expressions/Sdk/Functions/FromJson.cs).

    Raises:
        EvaluationError: no reader takes it.
        UndecidedJson: only the lenient one might.
    """
    try:
        value: Value = json.loads(text, parse_int=float, parse_constant=_not_strict, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        if _nobody_reads(text):
            raise EvaluationError(f"expected JSON, found {_shown(text)}") from None
        raise UndecidedJson from None
    if text.count("[") + text.count("{") > _MOST_LEVELS and _deeper_than(value, _MOST_LEVELS):
        raise UndecidedJson
    return value


def _not_strict(_word: str) -> NoReturn:
    raise UndecidedJson


def _object(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    if len({fold(key) for key, _ in pairs}) < len(pairs):
        # One reader keeps the first of two such keys, the other the last.
        raise UndecidedJson
    return dict(pairs)


def _nobody_reads(text: str) -> bool:
    stripped = text.strip()
    if not stripped:
        return True
    if not stripped.isascii():
        return False
    return stripped[0] not in _LENIENT_STARTS and not stripped.startswith(_LENIENT_WORDS)


def _shown(text: str) -> str:
    """What was found, in words: the text itself may hold a secret and is not shown."""
    return "an empty text" if not text.strip() else "a text that is none"


def _deeper_than(value: Value, levels: int) -> bool:
    layer: list[Value] = [value]
    for _ in range(levels + 1):
        inner: list[Value] = []
        for item in layer:
            if isinstance(item, Mapping):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        if not inner:
            return False
        layer = inner
    return True
