"""YAML read into nodes with the exact place of each, aliases kept as references. Constructs no Python objects.

The parser is libyaml's, by way of `ruamel.yaml`; its events are turned into nodes in one loop without recursion, so
that neither depth nor aliases ("billion laughs") cost more than their own text.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from preflight.sources.patterns import compile as _compile
from preflight.sources.text import Place, Source, SourceSyntaxError, SourceTooComplex

_QUESTION_IN_FLOW = _compile(r"[\[{,:]\s*\?[^\s,\[\]{}]")
"""What YAML 1.2 allows and neither parser reads (YAML 1.2.2, 7.3.3 "Plain style")."""

MAX_DEPTH = 200
MAX_NODES = 200_000
MAX_DOUBTFUL_TEXT = 200_000
"""Characters of a refused text up to which the second, slow parser is asked."""

Style = Literal["plain", "single", "double", "literal", "folded"]

_STYLES: dict[str | None, Style] = {
    "'": "single",
    '"': "double",
    "|": "literal",
    ">": "folded",
    "": "plain",
    None: "plain",
}
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_INT = r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
_MAX_DIGITS = 4000
_TAG = "tag:yaml.org,2002:"

BREAKS = "\r\n\x85\u2028\u2029"
BLANK_TAIL = " \t" + BREAKS
_INNER_TABS = r"(?<=[^ \t\r\n])[ \t]*\t[ \t]*"


class Node:
    """A value of the tree. `start` and `end` are the offsets of its content, without its tag and anchor.

    A block collection ends where its last value ends; a block scalar at the end of its last line that is not blank.
    """

    __slots__ = ("anchor", "end", "source", "start", "tag")

    def __init__(self, source: Source, start: int, end: int, tag: str | None, anchor: str | None) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.tag = tag
        self.anchor = anchor

    @property
    def place(self) -> Place:
        return Place(self.source, self.start, self.end)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.start}-{self.end}>"


class Scalar(Node):
    """A text as written: never converted, so `on`, `1.10` and `yes` stay what the file says."""

    __slots__ = ("_offsets", "style", "value")

    def __init__(
        self, source: Source, start: int, end: int, tag: str | None, anchor: str | None, value: str, style: Style
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.tag = tag
        self.anchor = anchor
        self.value = value
        self.style = style
        self._offsets: list[int] | None = None

    def __repr__(self) -> str:
        return f"<Scalar {self.value!r} {self.start}-{self.end}>"

    @property
    def is_plain(self) -> bool:
        """Whether the value may be something other than a string: unquoted, and without a tag that says string."""
        return self.style == "plain" and self.tag is None

    def _resolves_as(self, *types: str) -> bool:
        return self.style == "plain" and (self.tag is None or self.tag in [_TAG + name for name in types])

    @property
    def is_null(self) -> bool:
        """Whether it is null in the YAML 1.2 core schema, which GitHub's reader keeps to (`YamlObjectReader`)."""
        return self.value in _NULL and self._resolves_as("null")

    def as_bool(self) -> bool | None:
        """The boolean in the YAML 1.2 core schema; None for anything else, such as `yes`, `on` or a quoted `"true"`."""
        if not self._resolves_as("bool"):
            return None
        return True if self.value in _TRUE else False if self.value in _FALSE else None

    def as_int(self) -> int | None:
        """The integer in the YAML 1.2 core schema (decimal, `0o`, `0x`); None for anything else."""
        value = self.value
        if len(value) > _MAX_DIGITS or not self._resolves_as("int") or not re.fullmatch(_INT, value):
            return None
        return int(value, 0) if value.startswith(("0o", "0x")) else int(value)

    def as_float(self) -> float | None:
        """The number in the YAML 1.2 core schema, an integer included; None for anything else."""
        value = self.value
        if not self._resolves_as("int", "float"):
            return None
        if len(value) > _MAX_DIGITS or not re.fullmatch(_FLOAT, value):
            integer = self.as_int()
            return None if integer is None or abs(integer) >= 1 << 1000 else float(integer)
        return float(value.replace(".", "")) if value[-1] in "fFnN" else float(value)

    @property
    def content_start(self) -> int:
        """The offset of the first character of the value: behind the quote, or behind a block scalar's header."""
        return self.source_offset(0)

    def source_offset(self, value_offset: int) -> int:
        """The offset in the file of the character at `value_offset` in the value.

        A space that stands for a folded line break is at that line break; an escape is at its backslash. The end of the
        value is behind its last character.
        """
        value_offset = max(0, min(value_offset, len(self.value)))
        width = self.end - self.start
        if self.style == "plain" and width == len(self.value):
            return self.start + value_offset
        if self.style in ("single", "double") and width == len(self.value) + 2:
            return self.start + 1 + value_offset
        if self._offsets is None:
            from preflight.sources.yaml_offsets import value_offsets

            self._offsets = value_offsets(self)
        return self._offsets[value_offset]

    def value_place(self, start: int, end: int) -> Place:
        """The place of a slice of the value."""
        first = self.source_offset(start)
        if end <= start:
            return Place(self.source, first, first)
        return Place(self.source, first, max(first, self._end_of(end - 1)))

    def _end_of(self, value_offset: int) -> int:
        """Where the character at `value_offset` ends: several characters on for an escape."""
        offset = self.source_offset(value_offset)
        text = self.source.text
        if self.style == "double" and text.startswith("\\", offset):
            from preflight.sources.yaml_offsets import escape_end

            return escape_end(text, offset)
        if self.style == "single" and text.startswith("''", offset):
            return offset + 2
        return min(offset + 1, max(self.end, offset))

    def line_places(self) -> list[Place]:
        """The place of each line of the value (split at `\\n`), without its line break."""
        places = []
        start = 0
        for line in self.value.split("\n"):
            places.append(self.value_place(start, start + len(line)))
            start += len(line) + 1
        return places


class Sequence(Node):
    """A list. An alias among its items is the anchor's own node; `item_place` still says where the alias stands."""

    __slots__ = ("_alias_spans", "flow", "items")

    def __init__(self, source: Source, start: int, end: int, tag: str | None, anchor: str | None, flow: bool) -> None:
        super().__init__(source, start, end, tag, anchor)
        self.items: list[Node] = []
        self.flow = flow
        self._alias_spans: dict[int, tuple[int, int]] = {}

    def item_place(self, index: int) -> Place:
        """Where the item is written: the alias when it is one."""
        span = self._alias_spans.get(index)
        return Place(self.source, *span) if span else self.items[index].place

    @property
    def item_places(self) -> list[Place]:
        return [self.item_place(index) for index in range(len(self.items))]

    def is_alias(self, index: int) -> bool:
        return index in self._alias_spans


class Entry:
    """A key and its value in a mapping. The key is a `Scalar` in any sane file; another node is kept as it is."""

    __slots__ = ("_key_span", "_value_span", "key", "value")

    def __init__(
        self,
        key: Node,
        value: Node,
        key_span: tuple[int, int] | None = None,
        value_span: tuple[int, int] | None = None,
    ) -> None:
        self.key = key
        self.value = value
        self._key_span = key_span
        self._value_span = value_span

    @property
    def name(self) -> str | None:
        """The key's text; None when the key is no scalar."""
        return self.key.value if isinstance(self.key, Scalar) else None

    @property
    def key_place(self) -> Place:
        span = self._key_span
        return Place(self.key.source, *span) if span else self.key.place

    @property
    def value_place(self) -> Place:
        """Where the value is written: the alias when it is one."""
        span = self._value_span
        return Place(self.value.source, *span) if span else self.value.place

    @property
    def is_alias(self) -> bool:
        return self._value_span is not None

    @property
    def is_merge(self) -> bool:
        """Whether this is a merge key, `<<` (YAML 1.1's "Merge Key Language-Independent Type"; GitHub has none)."""
        key = self.key
        return (
            isinstance(key, Scalar) and key.value == "<<" and key.style == "plain" and key.tag in (None, _TAG + "merge")
        )

    @property
    def place(self) -> Place:
        """From the key to the end of the value."""
        key, value = self.key_place, self.value_place
        return Place(key.source, key.start, max(key.end, value.end))

    def __repr__(self) -> str:
        return f"<Entry {self.key!r}: {self.value!r}>"


class Mapping(Node):
    """A mapping. `entries` holds all that is written, in order: duplicates, merge keys and odd keys included.

    `get`, `entry`, `keys` and `items` see each name once (the first entry wins; what is written here wins over what is
    merged in).
    """

    __slots__ = ("_index", "entries", "flow")

    def __init__(self, source: Source, start: int, end: int, tag: str | None, anchor: str | None, flow: bool) -> None:
        super().__init__(source, start, end, tag, anchor)
        self.entries: list[Entry] = []
        self.flow = flow
        self._index: dict[str, Entry] | None = None

    def _names(self) -> dict[str, Entry]:
        if self._index is None:
            index: dict[str, Entry] = {}
            for mapping in self._with_merged():
                for entry in mapping.entries:
                    name = entry.name
                    if name is not None and name not in index and not (entry.is_merge and _merged(entry.value)):
                        index[name] = entry
            self._index = index
        return self._index

    def _with_merged(self) -> Iterator["Mapping"]:
        """This mapping, then those it merges, nearest first; each once, so that a cycle or a bomb costs nothing."""
        seen: set[int] = set()
        waiting: list[Mapping] = [self]
        while waiting:
            mapping = waiting.pop()
            if id(mapping) in seen:
                continue
            seen.add(id(mapping))
            yield mapping
            merged = [other for entry in mapping.entries if entry.is_merge for other in _merged(entry.value)]
            waiting.extend(reversed(merged))

    def get(self, name: str) -> Node | None:
        entry = self._names().get(name)
        return entry.value if entry else None

    def entry(self, name: str) -> Entry | None:
        """The first entry of that name (case-sensitive), here or merged in."""
        return self._names().get(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names()

    def keys(self) -> list[str]:
        return list(self._names())

    def items(self) -> Iterator[tuple[str, Node]]:
        for name, entry in self._names().items():
            yield name, entry.value

    def merges(self) -> list[Entry]:
        """The merge keys written here."""
        return [entry for entry in self.entries if entry.is_merge]

    def duplicates(self, *, ignore_case: bool = False) -> list[tuple[Entry, Entry]]:
        """Each entry whose key is written before in this mapping, behind the first one of that name.

        GitHub compares the keys without regard to case (actions/runner: `TemplateReader`): ask with `ignore_case`.
        """
        first: dict[str, Entry] = {}
        found = []
        for entry in self.entries:
            name = entry.name
            if name is None:
                continue
            known = first.setdefault(name.upper() if ignore_case else name, entry)
            if known is not entry:
                found.append((known, entry))
        return found


class Document:
    """A YAML file: the first document's tree. `documents` counts all of them, `root` is None when there is none."""

    __slots__ = ("anchors", "documents", "root", "source")

    def __init__(self, source: Source, root: Node | None, documents: int, anchors: dict[str, Node]) -> None:
        self.source = source
        self.root = root
        self.documents = documents
        self.anchors = anchors


def walk(node: Node) -> Iterator[Node]:
    """The node and everything in it (keys too), in the order of the text; a node with several aliases once."""
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if not isinstance(current, Scalar) or current.anchor is not None:
            if id(current) in seen:
                continue
            seen.add(id(current))
        yield current
        if isinstance(current, Mapping):
            for entry in reversed(current.entries):
                waiting.append(entry.value)
                waiting.append(entry.key)
        elif isinstance(current, Sequence):
            waiting.extend(reversed(current.items))


def parse_yaml(source: Source) -> Document:
    """Read a YAML file.

    Raises:
        SourceSyntaxError: with the place and what was expected; an alias without its anchor is one too.
        SourceTooComplex: deeper than `MAX_DEPTH` levels, more than `MAX_NODES` nodes, or refused by the C parser and
            too long to ask the other one whether it is wrong.
    """
    text = source.text
    c_parser = _c_parser()
    if c_parser is None:
        return _second_opinion(source, None)
    shift = 1 if text.startswith("\ufeff") else 0  # the C parser drops a byte order mark before it counts
    try:
        return _compose(source, c_parser(text).get_event, shift)
    except MarkedYAMLError as error:
        from preflight.sources.yaml_errors import syntax_error

        refusal = syntax_error(source, error, shift)
    except (YAMLError, UnicodeEncodeError) as error:
        from preflight.sources.yaml_errors import unreadable_character

        raise unreadable_character(source, error) from None
    if len(text) > MAX_DOUBTFUL_TEXT:
        raise SourceTooComplex(
            f"it has more than {MAX_DOUBTFUL_TEXT:,} characters, and this may not be valid: {refusal[1].reason}",
            refusal[1].place,
        )
    return _second_opinion(source, refusal)


def _c_parser() -> Any:
    """The C parser; None where its distribution is not built for this interpreter."""
    try:
        from ruamel.yaml.cyaml import CParser
    except ImportError:
        return None
    return CParser


def _second_opinion(source: Source, refusal: tuple[int, SourceSyntaxError] | None) -> Document:
    """Read with the pure Python parser what the C parser refuses, or where there is none.

    The C parser is of libyaml 0.1.7, which refuses the common `ports: [5432:5432]`, and `[v?]`; YAML 1.2 (7.3.3) allows
    them. The Python parser takes them, but refuses tabs between words (`a: b<tab># c`): it is asked again without. A
    text that both refuse is wrong where the one that came further stopped.
    """
    from ruamel.yaml import YAML

    from preflight.sources.yaml_errors import syntax_error, unreadable_character

    text = source.text
    softened = re.sub(_INNER_TABS, lambda tabs: " " * len(tabs.group()), text)
    for readable in (text, softened) if softened != text else (text,):
        try:
            document = _compose(source, iter(YAML(typ="safe", pure=True).parse(readable)).__next__, 0)
        except MarkedYAMLError as error:
            found = syntax_error(source, error, 0)
            refusal = found if refusal is None or found[0] > refusal[0] else refusal
        except YAMLError as error:
            raise unreadable_character(source, error) from None
        except (ValueError, ArithmeticError) as error:  # it converts `"\\UFFFFFFFF"` and version numbers unchecked
            refusal = refusal or (0, SourceSyntaxError(f"it is no valid YAML: {error}", source.whole))
        else:
            for node in walk(document.root) if document.root else ():
                if not isinstance(node, Scalar):
                    continue
                if _holds_surrogates(node.value):
                    raise SourceSyntaxError("found an escape that stands for no character", node.place)
                if readable is not text:
                    node.value = _with_tabs(node)
            return document
    assert refusal is not None
    if _QUESTION_IN_FLOW.search(text):
        raise SourceTooComplex("a plain text that starts with `?` stands in a flow collection", refusal[1].place)
    raise refusal[1]


def _with_tabs(scalar: Scalar) -> str:
    """The value with the tabs that the file has where the parser was shown spaces."""
    text = scalar.source.text
    offsets = [scalar.source_offset(offset) for offset in range(len(scalar.value) + 1)]
    return "".join(
        "\t" if character == " " and start < end and text[start] == "\t" else character
        for character, start, end in zip(scalar.value, offsets, offsets[1:], strict=False)
    )


def _holds_surrogates(value: str) -> bool:
    """Whether it holds what is no character: the Python parser takes the escape of one half of a pair."""
    return any("\ud800" <= character <= "\udfff" for character in value)


def _compose(source: Source, next_event: Callable[[], Any], shift: int) -> Document:
    text = source.text
    root: Node | None = None
    anchors: dict[str, Node] = {}
    documents = 0
    nodes = 0
    # The collection being filled, its key that waits for a value, and those around it.
    top: Mapping | Sequence | None = None
    key: Node | None = None
    key_span: tuple[int, int] | None = None
    outer: list[tuple[Mapping | Sequence | None, Node | None, tuple[int, int] | None]] = []
    while True:
        event = next_event()
        kind = type(event)
        node: Node
        span: tuple[int, int] | None = None
        if kind is ScalarEvent:
            start = event.start_mark.index + shift
            end = event.end_mark.index + shift
            value = event.value
            style = _STYLES[event.style]
            tag = event.ctag
            anchor = event.anchor
            if anchor is not None or tag is not None:
                tag = None if tag is None else str(tag)
                from preflight.sources.yaml_offsets import content_start

                start = end if style == "plain" and not value else content_start(text, start, end, anchor)
            if style == "literal" or style == "folded":
                end = _block_end(text, start, end)
            node = Scalar(source, start, end, tag, anchor, value, style)
            if anchor is not None:
                anchors[anchor] = node
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            start = event.start_mark.index + shift
            end = event.end_mark.index + shift
            tag = event.ctag
            anchor = event.anchor
            if anchor is not None or tag is not None:
                tag = None if tag is None else str(tag)
                from preflight.sources.yaml_offsets import content_start

                start = content_start(text, start, len(text), anchor)
            if kind is MappingStartEvent:
                node = Mapping(source, start, end, tag, anchor, bool(event.flow_style))
            else:
                node = Sequence(source, start, end, tag, anchor, bool(event.flow_style))
            if anchor is not None:
                anchors[anchor] = node
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            assert top is not None
            top.end = event.end_mark.index + shift if top.flow else _last_end(top, event.start_mark.index + shift)
            top, key, key_span = outer.pop()
            continue
        elif kind is AliasEvent:
            span = (event.start_mark.index + shift, event.end_mark.index + shift)
            target = anchors.get(event.anchor)
            if target is None:
                raise SourceSyntaxError(
                    f"found the alias `*{event.anchor}`, but no anchor `&{event.anchor}` before it: "
                    "put a value that starts with `*` in quotes",
                    source.place(*span),
                )
            node = target
        elif kind is DocumentStartEvent:
            documents += 1
            if documents > 1:
                documents += _count_documents(source, next_event, shift, nodes)
                break
            continue
        elif kind is StreamEndEvent:
            break
        else:
            continue

        nodes += 1
        if nodes > MAX_NODES:
            raise _too_many_nodes(source, event.start_mark.index + shift)
        if top is None:
            root = node
        elif type(top) is Sequence:
            if span is not None:
                top._alias_spans[len(top.items)] = span
            top.items.append(node)
        elif key is None:
            key, key_span = node, span
        else:
            assert type(top) is Mapping
            top.entries.append(Entry(key, node, key_span, span))
            key = None
        if span is None and kind is not ScalarEvent:
            outer.append((top, key, key_span))
            if len(outer) > MAX_DEPTH:
                raise SourceTooComplex(
                    f"it is nested more than {MAX_DEPTH} levels deep", source.place(node.start, node.start + 1)
                )
            assert isinstance(node, (Mapping, Sequence))
            top, key, key_span = node, None, None
    return Document(source, root, documents, anchors)


def _count_documents(source: Source, next_event: Callable[[], Any], shift: int, nodes: int) -> int:
    """How many more documents start, read to the end so that a syntax error in any of them is found."""
    more = 0
    while True:
        event = next_event()
        kind = type(event)
        if kind is StreamEndEvent:
            return more
        if kind is DocumentStartEvent:
            more += 1
        nodes += 1
        if nodes > 2 * MAX_NODES:
            raise _too_many_nodes(source, event.start_mark.index + shift)


def _too_many_nodes(source: Source, offset: int) -> SourceTooComplex:
    return SourceTooComplex(f"it has more than {MAX_NODES:,} values", source.place(offset))


def _block_end(text: str, start: int, end: int) -> int:
    """Where a block scalar's last line that is not blank ends, without its line break."""
    solid_end = start + len(text[start:end].rstrip(BLANK_TAIL))
    while solid_end < end and text[solid_end] in " \t":
        solid_end += 1
    return solid_end


def _last_end(collection: Mapping | Sequence, fallback: int) -> int:
    if isinstance(collection, Sequence):
        return collection.item_place(len(collection.items) - 1).end if collection.items else fallback
    return collection.entries[-1].place.end if collection.entries else fallback


def _merged(value: Node) -> list[Mapping]:
    """The mappings that a merge key's value stands for; none when it is something else."""
    if isinstance(value, Mapping):
        return [value]
    if isinstance(value, Sequence):
        return [item for item in value.items if isinstance(item, Mapping)]
    return []
