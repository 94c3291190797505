"""TOML read with the place of every key, value and table. Values come from `tomllib`; nothing is ever written back.

Places come from a scanner of our own, run once and only when a place is asked for. It runs behind `tomllib`, so it may
take the text for valid.
"""

import re
import tomllib
from typing import Any, Literal

from preflight.sources.patterns import compile as _compile
from preflight.sources.text import Place, Source, SourceSyntaxError, SourceTooComplex

MAX_DEPTH = 100
MAX_CHARACTERS = 2_000_000

Writing = Literal["table", "implicit table", "dotted table", "inline table", "tables", "array", "value"]
"""How something is written: under its own header, only as part of other headers or dotted keys, in braces, as an array
of tables (`[[x]]`), in brackets, or as a single value."""

_WHERE = r"(?s)(?P<reason>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)"
_PATH_IN_REASON = r"\((?:'[^']*'(?:, )?)+,?\)"
_LONG_NUMBER = r"[0-9_]{4300,}"
_LONG_PREFIXED_NUMBER = r"0[xob][0-9a-fA-F_]{3000,}"
_WORD = r"[^\s,\]}=]{1,60}"
_BLANKS = _compile(r"[ \t]*")
_GAP = _compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_GAP_IN_BRACKETS = _compile(r"(?:[ \t\r\n,]+|#[^\n]*)*")
_REST_OF_LINE = _compile(r"[^\r\n]*")
_KEY = _compile(r""""(?>(?:[^"\\\n]|\\.)*)"|'[^'\n]*+'|[^\s.=\[\]{}"'#,]++""")
_MULTILINE_BASIC = r'"""(?>(?:[^"\\]|\\[\s\S]|"{1,2}(?!"))*)"{3,5}'
_MULTILINE_LITERAL = r"'''(?>(?:[^']|'{1,2}(?!'))*)'{3,5}"
_BASIC = r'"(?>(?:[^"\\\n]|\\.)*)"'
_LITERAL = r"'[^'\n]*+'"
_STRINGS = f"{_MULTILINE_BASIC}|{_MULTILINE_LITERAL}|{_BASIC}|{_LITERAL}"
_SCALAR = _compile(rf"{_STRINGS}|\d{{4}}-\d\d-\d\d \d\d:[^\s,\]}}#]*|[^\s,\]}}#]++")
_BRACKETS = rf"{_STRINGS}|#[^\n]*|[\[{{]|[\]}}]"
_DEEP_KEY = rf"(?m)(?:^|[\[{{,])[ \t]*(?:(?:{_BASIC}|{_LITERAL}|[\w-]++)[ \t]*\.[ \t]*){{{MAX_DEPTH}}}"
_ESCAPE = _compile(r"\\(?:u.{4}|U.{8}|x..|[ \t]*\r?\n[ \t\r\n]*|.)")

_MISSING = object()

Span = tuple[int, int]


class _Spot:
    """Where one thing of the document is written. All spans are offsets; those that do not apply are None."""

    __slots__ = ("children", "entry_start", "header", "is_tables", "key", "last_end", "value")

    def __init__(self, key: Span | None = None) -> None:
        self.key = key
        self.value: Span | None = None
        self.header: Span | None = None
        self.entry_start: int | None = None
        self.last_end: int | None = None
        self.is_tables = False
        self.children: dict[str | int, _Spot] = {}


class TomlDocument:
    """A TOML file: its `data`, and the place of everything in it.

    A path names keys, and positions in arrays: `place("project", "authors", 0, "email")`. What is not there is shown at
    the nearest thing around it that is.
    """

    __slots__ = ("_root", "data", "source")

    def __init__(self, source: Source, data: dict[str, Any]) -> None:
        self.source = source
        self.data = data
        self._root: _Spot | None = None

    def get(self, *path: str | int, default: Any = None) -> Any:
        value: Any = self.data
        for step in path:
            if isinstance(value, dict):
                inner = value.get(step, _MISSING)
            elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
                inner = value[step]
            else:
                return default
            if inner is _MISSING:
                return default
            value = inner
        return value

    def has(self, *path: str | int) -> bool:
        return self.get(*path, default=_MISSING) is not _MISSING

    def place(self, *path: str | int) -> Place:
        """The value's place; a table's header; the key where a table has no header."""
        spot, _ = self._find(path)
        return self._place(spot)

    def key_place(self, *path: str | int) -> Place:
        """The key's own place, a table's header, or an array item itself; of a dotted key only the last part."""
        spot, complete = self._find(path)
        if not complete or spot.header is not None or spot.is_tables or spot.key is None:
            return self._place(spot)
        return self.source.place(*spot.key)

    def entry_place(self, *path: str | int) -> Place:
        """From the (whole, dotted) key to the end of the value; a table from its header to its last entry."""
        spot, complete = self._find(path)
        if not complete:
            return self._place(spot)
        if spot.header is not None:
            return self.source.place(spot.header[0], spot.last_end or spot.header[1])
        if spot.entry_start is not None:
            start = spot.entry_start
            while spot.value is None and spot.children:
                spot = next(iter(spot.children.values()))
            if spot.value is not None:
                return self.source.place(start, spot.value[1])
        return self._place(spot)

    def written_as(self, *path: str | int) -> Writing | None:
        """How the thing at the path is written; None when it is not there."""
        spot, complete = self._find(path)
        if not complete:
            return None
        if spot.is_tables:
            return "tables"
        if spot.header is not None or not path:
            return "table"
        if spot.value is None:
            return "implicit table" if spot.entry_start is None else "dotted table"
        opening = self.source.text[spot.value[0]]
        return "array" if opening == "[" else "inline table" if opening == "{" else "value"

    def table_end(self, *path: str | int) -> int | None:
        """Where one more entry can be put: behind what is already in the table or array.

        For a table with a header (or the outermost one) that is the end of its last entry's line, before the line
        break; its own subtables do not count. For an inline table or an array it is behind the last value, or behind
        the opening bracket. None for what is not there, has no header, or is no table.
        """
        spot, complete = self._find(path)
        if not complete or spot.is_tables:
            return None
        text = self.source.text
        if spot.header is not None or not path:
            start = spot.header[1] if spot.header else 0
            end = spot.last_end if spot.last_end is not None else start
            if not path and spot.last_end is None:
                return 1 if text.startswith("\ufeff") else 0
            line = _REST_OF_LINE.match(text, end)
            return line.end() if line else end
        if spot.value is None or text[spot.value[0]] not in "[{":
            return None
        ends = [_deep_end(child) for child in spot.children.values()]
        return max(ends, default=spot.value[0] + 1)

    def string_offset(self, place: Place, value_offset: int) -> int:
        """The offset in the file of the character at `value_offset` in the string whose place this is.

        An escape is at its backslash. For what is no string, the place's start.
        """
        text = place.text
        quote = text[:3] if text[:3] in ('"""', "'''") else text[:1]
        if quote[:1] not in ("'", '"'):
            return place.start
        position = len(quote)
        end = len(text) - len(quote)
        if len(quote) == 3:
            position += 2 if text.startswith("\r\n", 3) else 1 if text.startswith("\n", 3) else 0
        basic = quote[0] == '"'
        if "\\" not in text and "\r" not in text:
            return place.start + min(position + max(value_offset, 0), end)
        left = value_offset
        while position < end:
            escape = _ESCAPE.match(text, position) if basic else None
            if escape:
                width, produces = len(escape.group()), int("\n" not in escape.group())
            else:
                width, produces = (2 if text.startswith("\r\n", position) else 1), 1
            if produces and left <= 0:
                break
            left -= produces
            position += width
        return place.start + min(position, end)

    def _place(self, spot: _Spot) -> Place:
        if spot.is_tables:
            spot = spot.children[0]
        span = spot.value or spot.header or spot.key
        return self.source.place(*span) if span else self.source.whole

    def _find(self, path: tuple[str | int, ...]) -> tuple[_Spot, bool]:
        """What is at the path, or the nearest thing around it, and whether it is all of the path."""
        if self._root is None:
            self._root = _Scanner(self.source.text).scan()
        spot = self._root
        for step in path:
            child = spot.children.get(step)
            if child is None:
                return spot, False
            spot = child
        return spot, True


def parse_toml(source: Source, *, allow_bom: bool = False) -> TomlDocument:
    """Read a TOML file.

    Raises:
        SourceSyntaxError: with `tomllib`'s reason at the place it names. TOML 1.0 knows no byte order mark, and neither
            do pip, build and the backends; `allow_bom` reads on behind it.
        SourceTooComplex: nested more than `MAX_DEPTH` levels, or longer than `MAX_CHARACTERS`.
    """
    text = source.text
    if len(text) > MAX_CHARACTERS:
        raise SourceTooComplex(f"it has more than {MAX_CHARACTERS:,} characters", source.whole)
    has_bom = text.startswith("\ufeff")
    if has_bom and not allow_bom:
        raise SourceSyntaxError(
            "found a byte order mark, which TOML does not allow: save the file without it", source.place(0, 1)
        )
    if any(line.count(".") >= MAX_DEPTH for line in text.split("\n")):
        # `tomllib` takes a time that grows with the square of a dotted key's length.
        deep = re.search(_DEEP_KEY, text)
        if deep:
            raise _too_deep(source, deep.end())
    # Python reads such a number, and refuses to print it.
    long_number = re.search(_LONG_PREFIXED_NUMBER, text) if len(text) > 3000 else None
    if long_number:
        raise SourceTooComplex("it holds a number with thousands of digits", source.place(*long_number.span()))
    try:
        data = tomllib.loads(text[1:] if has_bom else text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(source, error, int(has_bom)) from None
    except RecursionError:
        raise _too_deep(source, _deepest_bracket(text)) from None
    except ValueError:
        # The interpreter's limit on the digits of an integer; TOML asks for 64 bits only.
        number = re.search(_LONG_NUMBER, text)
        place = source.place(*number.span()) if number else source.whole
        raise SourceSyntaxError("the number has too many digits", place) from None
    document = TomlDocument(source, data)
    deep_path = _path_deeper_than(data, MAX_DEPTH)
    if deep_path is not None:
        raise _too_deep(source, document.place(*deep_path).start)
    return document


def _syntax_error(source: Source, error: tomllib.TOMLDecodeError, shift: int) -> SourceSyntaxError:
    """`tomllib`'s refusal; its place is in the message, and since Python 3.14 in attributes too.

    It counts lines at LF only, in a text where CRLF has become LF.
    """
    text = source.text
    found = re.fullmatch(_WHERE, str(error))
    reason = found["reason"] if found else str(error)
    line, column = getattr(error, "lineno", None), getattr(error, "colno", None)
    if found and found["line"]:
        line, column = int(found["line"]), int(found["column"])
    elif found:
        line = None
    if line is None or column is None:
        offset = len(text)
    else:
        offset = 0
        for _ in range(line - 1):
            offset = text.find("\n", offset) + 1
        offset = min(offset + column - 1 + (shift if line == 1 else 0), len(text))
    word = re.compile(_WORD).match(text, offset)
    return SourceSyntaxError(_in_words(reason), source.place(offset, word.end() if word else offset))


def _in_words(reason: str) -> str:
    """The reason with a table's path as TOML writes it, and a small initial as all our reasons have."""
    reason = re.sub(
        _PATH_IN_REASON,
        lambda path: f"`{'.'.join(path.group()[1:-1].replace(chr(39), '').rstrip(',').split(', '))}`",
        reason,
    )
    return reason[:1].lower() + reason[1:]


def _too_deep(source: Source, offset: int) -> SourceTooComplex:
    return SourceTooComplex(f"it is nested more than {MAX_DEPTH} levels deep", source.place(offset))


def _deepest_bracket(text: str) -> int:
    """Where brackets are open `MAX_DEPTH` deep; the end of the text when they never are."""
    depth = 0
    for token in re.finditer(_BRACKETS, text):
        first = token.group()
        if first in ("[", "{"):
            depth += 1
            if depth > MAX_DEPTH:
                return token.start()
        elif first in ("]", "}"):
            depth = max(0, depth - 1)
    return len(text)


def _path_deeper_than(data: dict[str, Any], limit: int) -> tuple[str | int, ...] | None:
    """The path of something nested deeper than the limit."""
    waiting: list[tuple[Any, int, Any]] = [(data, 0, None)]
    while waiting:
        value, depth, chain = waiting.pop()
        if depth > limit:
            path: list[str | int] = []
            while chain is not None:
                chain, step = chain
                path.append(step)
            return tuple(reversed(path))
        if isinstance(value, dict):
            waiting.extend(
                (inner, depth + 1, (chain, key)) for key, inner in value.items() if isinstance(inner, (dict, list))
            )
        else:
            waiting.extend(
                (inner, depth + 1, (chain, index))
                for index, inner in enumerate(value)
                if isinstance(inner, (dict, list))
            )
    return None


def _deep_end(spot: _Spot) -> int:
    """Where a value ends, or the last value of a dotted table inside an inline one."""
    last = 0
    waiting = [spot]
    while waiting:
        current = waiting.pop()
        if current.value is not None:
            last = max(last, current.value[1])
        else:
            waiting.extend(current.children.values())
    return last


class _Scanner:
    """Finds the place of everything in a text that `tomllib` has accepted. Stops where it does not understand it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def scan(self) -> _Spot:
        text = self.text
        root = _Spot()
        table = root
        position = 1 if text.startswith("\ufeff") else 0
        while True:
            position = self._skip(_GAP, position)
            if position >= len(text):
                return root
            if text[position] == "[":
                start = position
                is_tables = text.startswith("[[", position)
                parts, position = self._key(position + 1 + is_tables)
                position = text.find("]", position) + 1 + is_tables
                if not parts or position <= start:
                    return root
                table = self._open_table(root, parts, (start, position), is_tables)
            else:
                spot, position = self._entry(table, position)
                if spot is None:
                    return root
                position = self._value(spot, position)
                table.last_end = position

    def _skip(self, pattern: Any, position: int) -> int:
        found = pattern.match(self.text, position)
        return int(found.end()) if found else position

    def _key(self, position: int) -> tuple[list[tuple[str, Span]], int]:
        """The parts of a (dotted) key with their spans, and the offset behind it."""
        parts: list[tuple[str, Span]] = []
        while True:
            found = _KEY.match(self.text, self._skip(_BLANKS, position))
            if found is None:
                return parts, position
            raw = found.group()
            if raw[0] == "'":
                name = raw[1:-1]
            elif raw[0] == '"':
                name = tomllib.loads(f"k={raw}")["k"] if "\\" in raw else raw[1:-1]
            else:
                name = raw
            parts.append((name, found.span()))
            position = self._skip(_BLANKS, found.end())
            if not self.text.startswith(".", position):
                return parts, found.end()
            position += 1

    def _open_table(self, root: _Spot, parts: list[tuple[str, Span]], header: Span, is_tables: bool) -> _Spot:
        spot = root
        for name, span in parts:
            if spot.is_tables:
                spot = spot.children[len(spot.children) - 1]
            spot = spot.children.setdefault(name, _Spot(span))
        if is_tables:
            spot.is_tables = True
            element = spot.children[len(spot.children)] = _Spot(parts[-1][1])
            spot = element
        spot.header = header
        spot.key = parts[-1][1]
        return spot

    def _entry(self, table: _Spot, position: int) -> tuple[_Spot | None, int]:
        """The spot of the (dotted) key at `position`, and the offset where its value starts."""
        parts, end = self._key(position)
        end = self._skip(_BLANKS, end)
        if not parts or not self.text.startswith("=", end):
            return None, end
        spot = table
        for name, span in parts:
            spot = spot.children.setdefault(name, _Spot(span))
            if spot.entry_start is None:
                spot.entry_start = parts[0][1][0]
        return spot, self._skip(_BLANKS, end + 1)

    def _value(self, spot: _Spot, position: int) -> int:
        """Note the place of the value at `position` and of all inside it; the offset behind it."""
        text = self.text
        around: list[tuple[_Spot, int]] = []
        while position < len(text):
            if text[position] in "[{":
                around.append((spot, position))
                position += 1
            else:
                end = self._skip(_SCALAR, position)
                if end == position:
                    return position
                spot.value = (position, end)
                position = end
            while around:
                container, start = around[-1]
                position = self._skip(_GAP_IN_BRACKETS, position)
                if position >= len(text):
                    return position
                if text[position] in "]}":
                    position += 1
                    container.value = (start, position)
                    around.pop()
                elif text[start] == "[":
                    spot = container.children[len(container.children)] = _Spot()
                    break
                else:
                    inner, position = self._entry(container, position)
                    if inner is None:
                        return len(text)
                    spot = inner
                    break
            else:
                return position
        return position
