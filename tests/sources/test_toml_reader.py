"""The TOML reader: `tomllib`'s values, and the place of everything, which must agree with them."""

import datetime
import tomllib
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preflight.sources import toml as toml_reader
from preflight.sources.text import Source, SourceSyntaxError, SourceTooComplex
from preflight.sources.toml import TomlDocument, parse_toml

PYPROJECT = """\
# A project.
[build-system]
requires = ["hatchling>=1", 'x']  # why
build-backend = "hatchling.build"

[project] # the project
name = "café-🚀"
version = '1.0'
urls.Home = "https://example.org"
urls."Bug \\u0054racker" = "https://example.org/bugs"
authors = [
  { name = "A", email = "a@example.org" },   # first
  { name.first = "B" },
]
description = \"\"\"
several \\
   lines "quoted"
\"\"\"
when = 1979-05-27 07:32:00Z
numbers = [1_000, 0xff, -inf, 1e3, true]

# about the tools
[tool.x]

[[tool.x.publishers]]
index = "pypi"
  [tool.x.publishers.extra]
  deep = 1
[[tool.x.publishers]]
index = "testpypi"
[tool."y.z"]
a.b.c = {d = {}, e.f = [ ]}
"""


def parse(text: str, *, allow_bom: bool = False) -> TomlDocument:
    return parse_toml(Source("pyproject.toml", text), allow_bom=allow_bom)


@pytest.fixture(params=["\n", "\r\n"], ids=["lf", "crlf"])
def document(request: pytest.FixtureRequest) -> TomlDocument:
    return parse(PYPROJECT.replace("\n", request.param))


def lf(text: str) -> str:
    return text.replace("\r\n", "\n")


class TestPlaces:
    @pytest.mark.parametrize(
        ("path", "text"),
        [
            (("build-system", "requires"), "[\"hatchling>=1\", 'x']"),
            (("build-system", "requires", 1), "'x'"),
            (("build-system",), "[build-system]"),
            (("project",), "[project]"),
            (("project", "name"), '"café-🚀"'),
            (("project", "urls", "Home"), '"https://example.org"'),
            (("project", "urls", "Bug Tracker"), '"https://example.org/bugs"'),
            (("project", "urls"), "urls"),
            (("project", "authors", 0), '{ name = "A", email = "a@example.org" }'),
            (("project", "authors", 0, "email"), '"a@example.org"'),
            (("project", "authors", 1, "name", "first"), '"B"'),
            (("project", "authors", 1, "name"), "name"),
            (("project", "description"), '"""\nseveral \\\n   lines "quoted"\n"""'),
            (("project", "when"), "1979-05-27 07:32:00Z"),
            (("project", "numbers", 0), "1_000"),
            (("project", "numbers", 2), "-inf"),
            (("project", "numbers", 4), "true"),
            (("tool",), "tool"),
            (("tool", "x"), "[tool.x]"),
            (("tool", "x", "publishers"), "[[tool.x.publishers]]"),
            (("tool", "x", "publishers", 1), "[[tool.x.publishers]]"),
            (("tool", "x", "publishers", 1, "index"), '"testpypi"'),
            (("tool", "x", "publishers", 0, "extra", "deep"), "1"),
            (("tool", "y.z", "a", "b", "c", "d"), "{}"),
            (("tool", "y.z", "a", "b", "c", "e", "f"), "[ ]"),
        ],
    )
    def test_the_place_of_a_value(self, document: TomlDocument, path: tuple[str | int, ...], text: str) -> None:
        assert document.has(*path)
        assert lf(document.place(*path).text) == text

    def test_each_table_of_an_array_has_its_own_place(self, document: TomlDocument) -> None:
        lines = [document.place("tool", "x", "publishers", index).line for index in range(2)]
        assert lines == [25, 29]
        assert document.place("tool", "x", "publishers").line == 25

    def test_what_is_missing_is_shown_at_the_nearest_parent(self, document: TomlDocument) -> None:
        assert document.place("project", "license").text == "[project]"
        assert document.key_place("project", "license").text == "[project]"
        assert document.entry_place("project", "authors", 0, "url").text == '{ name = "A", email = "a@example.org" }'
        assert document.place("build-system", "requires", 9).text == "[\"hatchling>=1\", 'x']"
        assert document.place("nope", "nope") == document.source.whole
        assert document.place("project", "name", "nope").text == '"café-🚀"'
        assert document.place("tool", "x", "publishers", 7).line == 25

    def test_the_place_of_a_key(self, document: TomlDocument) -> None:
        assert document.key_place("project", "name").text == "name"
        assert document.key_place("project", "urls", "Home").text == "Home"
        assert document.key_place("project", "urls", "Bug Tracker").text == '"Bug \\u0054racker"'
        assert document.key_place("tool", "x").text == "[tool.x]"
        assert document.key_place("tool", "y.z").text == '[tool."y.z"]'
        assert document.key_place("tool", "x", "publishers").line == 25
        assert document.key_place("project", "authors", 0, "email").text == "email"
        assert document.key_place("build-system", "requires", 0).text == '"hatchling>=1"'

    def test_the_place_of_an_entry(self, document: TomlDocument) -> None:
        assert document.entry_place("project", "name").text == 'name = "café-🚀"'
        assert document.entry_place("project", "urls", "Home").text == 'urls.Home = "https://example.org"'
        assert document.entry_place("project", "urls").text == 'urls.Home = "https://example.org"'
        assert document.entry_place("project", "authors", 0, "email").text == 'email = "a@example.org"'
        assert document.entry_place("build-system", "requires", 1).text == "'x'"
        table = lf(document.entry_place("build-system").text)
        assert table.startswith("[build-system]\n") and table.endswith('\nbuild-backend = "hatchling.build"')
        assert document.entry_place("tool", "x").text == "[tool.x]"

    def test_how_things_are_written(self, document: TomlDocument) -> None:
        ways: dict[tuple[str | int, ...], str | None] = {
            (): "table",
            ("project",): "table",
            ("tool",): "implicit table",
            ("project", "urls"): "dotted table",
            ("project", "authors"): "array",
            ("project", "authors", 0): "inline table",
            ("project", "name"): "value",
            ("tool", "x", "publishers"): "tables",
            ("tool", "x", "publishers", 0): "table",
            ("nope",): None,
        }
        assert {path: document.written_as(*path) for path in ways} == ways

    def test_get_and_has(self, document: TomlDocument) -> None:
        assert document.get("project", "authors", 0, "name") == "A"
        assert document.get("project", "authors", 5, default="?") == "?"
        assert document.get("project", "authors", -1) is None
        assert document.get("project", "name", "x") is None
        assert document.get() is document.data
        assert not document.has("project", 0)


class TestTableEnd:
    def inserted(self, text: str, addition: str, *path: str | int) -> str:
        end = parse(text).table_end(*path)
        assert end is not None
        return text[:end] + addition + text[end:]

    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    def test_a_table_ends_behind_its_last_entry(self, newline: str) -> None:
        text = "[a] # h\nx = [\n 1,\n] # c\n\n# about b\n[a.b]\ny = 1\n".replace("\n", newline)
        after = self.inserted(text, f"{newline}z = 2", "a")
        assert lf(after) == "[a] # h\nx = [\n 1,\n] # c\nz = 2\n\n# about b\n[a.b]\ny = 1\n"
        assert tomllib.loads(after) == {"a": {"x": [1], "z": 2, "b": {"y": 1}}}

    def test_an_empty_table_ends_behind_its_header(self) -> None:
        assert self.inserted("[a] # c\n\n[b]\n", "\nx = 1", "a") == "[a] # c\nx = 1\n\n[b]\n"
        assert self.inserted("[a]", "\nx = 1", "a") == "[a]\nx = 1"

    def test_the_outermost_table(self) -> None:
        assert self.inserted("x = 1 # c\n[a]\n", "\ny = 2") == "x = 1 # c\ny = 2\n[a]\n"
        assert self.inserted("# c\n[a]\n", "y = 2\n") == "y = 2\n# c\n[a]\n"

    def test_one_table_of_an_array(self) -> None:
        assert self.inserted("[[a]]\nx = 1\n[[a]]\n", "\ny = 2", "a", 0) == "[[a]]\nx = 1\ny = 2\n[[a]]\n"
        assert self.inserted("[[a]]\nx = 1\n[[a]]\n", "\ny = 2", "a", 1) == "[[a]]\nx = 1\n[[a]]\ny = 2\n"

    def test_inline_tables_and_arrays(self) -> None:
        assert self.inserted("a = {x = 1, y.z = [2] }", ", w = 3", "a") == "a = {x = 1, y.z = [2], w = 3 }"
        assert self.inserted("a = [\n  1, # c\n]\n", ", 2", "a") == "a = [\n  1, 2, # c\n]\n"
        assert self.inserted("a = []", "1", "a") == "a = [1]"

    def test_nowhere(self) -> None:
        document = parse("a.b = 1\n[c.d]\n[[e]]\n")
        assert [document.table_end(name) for name in ("a", "c", "e", "nope")] == [None] * 4
        assert document.table_end("a", "b") is None


class TestStringOffsets:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ('x = "abc"', "abc"),
            ("x = 'a\\c'", "a\\c"),
            ('x = "a\\tb\\u00e9c\\U0001F600d"', "a\\b\\c\\d"),
            ("x = '''\nab\nc'd'''", "ab\nc'd"),
            ('x = """\r\na\r\nb"""', "a\rb"),
            ('x = """a \\\n   \n  b\\"c"""', "a b\\c"),
            ('x = """""a"""', '""a'),
        ],
    )
    def test_each_character_of_a_string_has_its_offset(self, text: str, found: str) -> None:
        document = parse(text)
        place = document.place("x")
        assert "".join(text[document.string_offset(place, i)] for i in range(len(document.data["x"]))) == found
        assert text[document.string_offset(place, len(found))] in "'\""

    def test_what_is_no_string_is_shown_at_its_start(self) -> None:
        document = parse("x = 12")
        assert document.string_offset(document.place("x"), 1) == 4


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "line", "column", "words"),
        [
            ("a = 1\nb =\n", 2, 4, "invalid value"),
            ("é = 1\n", 1, 1, "invalid"),
            ("a = 1\na = 2\n", 2, 6, "overwrite"),
            ("[a.b]\n[a.b]\n", 2, 5, "`a.b`"),
            ("x = '🚀' y\n", 1, 9, "expected newline"),
            ('a = "\\q"\n', 1, 8, "unescaped"),
            ("a = [1,\n", 2, 1, "invalid"),
            ("a = 2021-02-31\n", 1, 5, "invalid date"),
        ],
    )
    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    def test_the_reason_of_tomllib_with_its_place(
        self, newline: str, text: str, line: int, column: int, words: str
    ) -> None:
        with pytest.raises(SourceSyntaxError) as caught:
            parse(text.replace("\n", newline))
        assert words in caught.value.reason and "(at" not in caught.value.reason
        assert (caught.value.place.line, caught.value.place.column) == (line, column)

    def test_the_attributes_of_python_3_14_are_read(self) -> None:
        class Error314(tomllib.TOMLDecodeError):
            msg, lineno, colno = "Invalid value", 2, 5

        error = toml_reader._syntax_error(Source("x", "a = 1\nb = ?\n"), Error314("Invalid value"), 0)
        assert (error.place.line, error.place.column) == (2, 5)

    def test_a_byte_order_mark_is_refused_unless_allowed(self) -> None:
        with pytest.raises(SourceSyntaxError) as caught:
            parse("\ufeffa = 1\n")
        assert "byte order mark" in caught.value.reason
        assert (caught.value.place.start, caught.value.place.end) == (0, 1)
        document = parse("\ufeffa = 1\n[b]\nc = 2\n", allow_bom=True)
        assert document.data == {"a": 1, "b": {"c": 2}}
        assert document.place("a").text == "1" and document.place("b", "c").text == "2"
        with pytest.raises(SourceSyntaxError) as caught:
            parse("\ufeffa = ?\n", allow_bom=True)
        assert caught.value.place.column == 6

    def test_a_lone_carriage_return_does_not_shift_places(self) -> None:
        with pytest.raises(SourceSyntaxError) as caught:
            parse("a = 1\nb = 'x\ry'\n")
        assert "\r" in caught.value.place.source.text[caught.value.place.start :]

    @pytest.mark.parametrize(
        "text",
        [
            "a = " + "[" * 10_000,
            "a = " + "[" * 10_000 + "]" * 10_000,
            "a = " + "{a = " * 10_000 + "1" + "}" * 10_000,
            ".".join("a" * 10_000) + " = 1",
            "[" + ".".join("a" * 10_000) + "]",
            "a = {" + ".".join("a" * 10_000) + " = 1}",
            "a = " + "[" * 150 + "]" * 150,
            "[" + ".".join("a" * 60) + "]\n" + ".".join("a" * 60) + " = 1",
        ],
    )
    def test_deep_nesting_is_too_complex(self, text: str) -> None:
        with pytest.raises(SourceTooComplex) as caught:
            parse(text)
        assert 0 < caught.value.place.start <= len(text)

    def test_many_dots_in_texts_are_not_deep(self) -> None:
        dots = ".".join("a" * 500)
        assert parse(f"x = '{dots}'\n# {dots}\ny = ['b', '{dots}']\n").has("y", 1)

    def test_a_number_past_the_interpreters_limit(self) -> None:
        with pytest.raises(SourceSyntaxError) as caught:
            parse("a = 1\nb = " + "9" * 5000 + "\n")
        assert (caught.value.place.line, caught.value.place.column) == (2, 5)
        with pytest.raises(SourceTooComplex) as too_complex:
            parse("a = 1\nb = 0x" + "f" * 5000 + "\n")
        assert too_complex.value.place.line == 2

    def test_a_very_long_text(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(toml_reader, "MAX_CHARACTERS", 10)
        with pytest.raises(SourceTooComplex):
            parse("a = 'xxxxxxxxxxxx'\n")

    def test_an_empty_file(self) -> None:
        document = parse("")
        assert document.data == {} and document.place("a") == document.source.whole
        assert document.table_end() == 0


# --- property tests: documents are written from data in random styles -------------------------------------------------

KEYS = st.one_of(
    st.sampled_from(["a", "b", "name", "x-1", "a.b", "é 🚀", "", 'q"', "l'", "\\", "1"]), st.text(max_size=4)
)
LEAVES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    st.sampled_from(["it's", 'say "x"', "''", '""', "a\nb", "\\", "# c", "]", "}", ", "]),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.booleans(),
    st.datetimes(timezones=st.sampled_from([datetime.UTC]) | st.none()),
    st.dates(),
    st.times(),
)
DATA = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


class Writer:
    """Writes data as TOML, choosing at random among the ways to write each thing."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.lines: list[str] = []

    def document(self, data: dict[str, Any]) -> str:
        self.table((), data)
        newline = self.random.choice(["\n", "\r\n"])
        end = self.random.choice(["", "\n"])
        return ("\n".join(self.lines) + end).replace("\n", newline)

    def blanks(self) -> str:
        return self.random.choice(["", " ", "\t "])

    def table(self, path: tuple[str, ...], data: dict[str, Any]) -> None:
        inner: list[tuple[str, Any, bool]] = []
        for key, value in data.items():
            is_table = isinstance(value, dict)
            is_tables = isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)
            if (is_table or is_tables) and self.random.random() < 0.6:
                inner.append((key, value, is_table))
            elif is_table and value and self.random.random() < 0.5:
                for dotted, leaf in value.items():
                    self.entry(f"{self.key(key)}{self.blanks()}.{self.blanks()}{self.key(dotted)}", leaf)
            else:
                self.entry(self.key(key), value)
        for key, value, is_table in inner:
            names = f"{self.blanks()}.{self.blanks()}".join(map(self.key, (*path, key)))
            for item in [value] if is_table else value:
                header = f"[{self.blanks()}{names}{self.blanks()}]"
                self.lines.append(self.blanks() + (header if is_table else f"[{header}]") + self.comment())
                self.table((*path, key), item)

    def entry(self, key: str, value: Any) -> None:
        if self.random.random() < 0.2:
            self.lines.append(self.random.choice(["", "# [x] = 'y'"]))
        self.lines.append(f"{self.blanks()}{key}{self.blanks()}={self.blanks()}{self.value(value)}{self.comment()}")

    def comment(self) -> str:
        return self.random.choice(["", " ", " # c ] } = \"'"])

    def key(self, key: str) -> str:
        ways = [self.basic(key)]
        if key and key.isascii() and key.replace("-", "a").replace("_", "a").isalnum():
            ways.append(key)
        if "'" not in key and key.isprintable():
            ways.append(f"'{key}'")
        return self.random.choice(ways)

    def basic(self, text: str) -> str:
        return '"' + "".join(self.character(character) for character in text) + '"'

    def character(self, character: str) -> str:
        if character in '"\\' or not character.isprintable() or self.random.random() < 0.1:
            return f"\\U{ord(character):08x}" if ord(character) > 0xFFFF else f"\\u{ord(character):04X}"
        return character

    def value(self, value: Any) -> str:
        if isinstance(value, dict):
            entries = [f"{self.key(key)} ={self.blanks()}{self.value(inner)}" for key, inner in value.items()]
            return "{" + self.blanks() + f"{self.blanks()},{self.blanks()}".join(entries) + self.blanks() + "}"
        if isinstance(value, list):
            gap = self.random.choice(["", " ", "\n  ", " # ], '\n"])
            items = "".join(f"{gap}{self.value(item)}{gap}," for item in value)
            return "[" + (items[:-1] if self.random.random() < 0.5 else items) + gap + "]"
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int):
            return self.random.choice([str(value), f"{value:_}", hex(value) if value >= 0 else str(value)])
        if isinstance(value, float):
            return repr(value)
        if isinstance(value, datetime.datetime):
            return value.isoformat(sep=self.random.choice(["T", " ", "t"])).replace(
                "+00:00", self.random.choice(["Z", "+00:00"])
            )
        if isinstance(value, (datetime.date, datetime.time)):
            return value.isoformat()
        return self.text(value)

    def text(self, value: str) -> str:
        ways = [self.basic(value)]
        lines = value.split("\n")
        if all(line.isprintable() for line in lines):
            if "'" not in value:
                ways.append(f"'''\n{value}'''")
                if len(lines) == 1:
                    ways.append(f"'{value}'")
            escaped = "\n".join("".join(self.character(character) for character in line) for line in lines)
            ways += [f'"""\n{escaped}"""', f'"""\\\n   \n  {self.basic(value)[1:-1]}"""' if value[:1] != " " else '""']
            if value[:1] == " ":
                ways.pop()
        return self.random.choice(ways)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, step), inner
        if isinstance(inner, (dict, list)):
            yield from paths(inner, (*path, step))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DATA, st.randoms(use_true_random=False))
def test_every_path_has_the_place_of_its_value(data: dict[str, Any], random: Random) -> None:
    text = Writer(random).document(data)
    document = parse(text)
    assert document.data == data
    for path, value in paths(data):
        place = document.place(*path)
        assert document.has(*path) and place.text, path
        written = document.written_as(*path)
        if written in ("value", "array", "inline table"):
            assert tomllib.loads(f"x = {place.text}")["x"] == value, (text, path)
        elif written in ("table", "tables"):
            assert place.text[0] == "[" and place.text[-1] == "]"
            assert tomllib.loads(place.text)
        else:
            assert written in ("implicit table", "dotted table")
            assert list(tomllib.loads(f"{place.text} = 1")) == [path[-1]]
        if written == "value" and isinstance(path[-1], str):
            assert list(tomllib.loads(f"{document.key_place(*path).text} = 1")) == [path[-1]]
            entry = document.entry_place(*path)
            assert entry.end == place.end and entry.start < place.start
        if isinstance(value, str):
            for offset, character in enumerate(value):
                found = text[document.string_offset(place, offset)]
                assert found in (character, "\\") or (character == "\n" and found == "\r"), (text, path, offset)
        if written in ("table", "inline table", "array"):
            _check_insertion(document, path, value)


def _check_insertion(document: TomlDocument, path: tuple[str | int, ...], value: Any) -> None:
    """What is put at the end of a table or array is one more entry of it."""
    end = document.table_end(*path)
    assert end is not None
    text = document.source.text
    if document.written_as(*path) == "table":
        addition = "\nnew-entry = 1"
    else:
        addition = ("," if value else "") + ("1" if isinstance(value, list) else "new-entry = 1")
    after = parse(text[:end] + addition + text[end:])
    if isinstance(value, list):
        assert after.get(*path) == [*value, 1]
    else:
        assert after.get(*path) == {**value, "new-entry": 1}


FRAGMENTS = st.lists(
    st.one_of(
        st.sampled_from("a1.=,[]{}\"'#\\- \n\té🚀\r"),
        st.sampled_from(["[a]\n", "[[a]]\n", "a = ", "'''", '"""', "1979-05-27", "true", "\r\n", "\\u00e9", "\ufeff"]),
    ),
    max_size=25,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(FRAGMENTS | st.text(max_size=40))
def test_any_text_gives_a_document_or_a_documented_error(text: str) -> None:
    try:
        document = parse(text, allow_bom=True)
    except (SourceSyntaxError, SourceTooComplex) as error:
        assert 0 <= error.place.start <= error.place.end <= len(text)
        return
    for path, _ in paths(document.data):
        assert document.place(*path).text, path
        assert document.written_as(*path) is not None
