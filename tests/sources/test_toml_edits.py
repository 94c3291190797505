"""Replacements in TOML text: what is left parses, and differs only by what was meant."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.sources.text import Source
from preflight.sources.toml import parse_toml
from preflight.sources.toml_edits import basic_string, is_string, without_item


def removed(text: str, index: int) -> str:
    place = parse_toml(Source("x.toml", text)).place("a", index)
    span, kept = without_item(place)
    return text[: span.start] + kept + text[span.end :]


@pytest.mark.parametrize(
    ("text", "index", "left"),
    [
        ('a = ["x", "y", "z"]\n', 0, 'a = ["y", "z"]\n'),
        ('a = ["x", "y", "z"]\n', 1, 'a = ["x", "z"]\n'),
        ('a = ["x", "y", "z"]\n', 2, 'a = ["x", "y"]\n'),
        ('a = ["x"]\n', 0, "a = []\n"),
        ('a = [ "x" ]\n', 0, "a = [ ]\n"),
        ('a = ["x",]\n', 0, "a = []\n"),
        ('a = [\n  "x",\n  "y",\n]\n', 0, 'a = [\n  "y",\n]\n'),
        ('a = [\n  "x",\n  "y",\n]\n', 1, 'a = [\n  "x",\n]\n'),
        ('a = [\n  "x",\n  "y"\n]\n', 1, 'a = [\n  "x",\n]\n'),
        ('a = [\n  "x"\n]\n', 0, "a = [\n]\n"),
        ('a = [\r\n  "x",\r\n  "y",\r\n]\r\n', 0, 'a = [\r\n  "y",\r\n]\r\n'),
        ('a = [\n  "x", # why\n  "y",\n]\n', 0, 'a = [\n  # why\n  "y",\n]\n'),
        ('a = [\n  # why\n  "x",\n  "y",\n]\n', 0, 'a = [\n  # why\n  "y",\n]\n'),
        ('a = [\n  "x" # why\n  ,\n  "y"\n]\n', 0, 'a = [\n  # why\n  \n  "y"\n]\n'),
        ('a = [\n    "x"\n  , "y"\n  , "z"\n]\n', 1, 'a = [\n    "x"\n  , "z"\n]\n'),
        ('a = [\n    "x"\n  , "y"\n]\n', 1, 'a = [\n    "x"\n]\n'),
        ('a = ["x", # why\n"y"]\n', 0, 'a = [ # why\n"y"]\n'),
        ('a = ["x",\n     "y"]\n', 1, 'a = ["x",\n     ]\n'),
        ("a = ['''x\ny''', 'z']\n", 0, "a = ['z']\n"),
    ],
)
def test_an_item_goes_with_its_comma_and_its_line(text: str, index: int, left: str) -> None:
    assert removed(text, index) == left


GAPS = st.sampled_from(["", " ", "\n", "\n  ", " # c\n", "\n  # c\n  ", "\t", "\r\n  "])


@given(
    st.lists(
        st.tuples(GAPS, st.sampled_from(['"x"', "'y'", '"#,"', "'''m\nn'''", '"\\""']), GAPS), min_size=1, max_size=5
    ),
    GAPS,
    st.booleans(),
    st.data(),
)
def test_what_is_left_is_the_array_without_the_item(
    items: list[tuple[str, str, str]], last: str, trailing: bool, data: st.DataObject
) -> None:
    body = ",".join("".join(item) for item in items) + ("," if trailing else "")
    text = f"a = [{body}{last}]\nb = 1\n"
    values = tomllib.loads(text)["a"]
    index = data.draw(st.integers(0, len(items) - 1))
    left = removed(text, index)
    assert tomllib.loads(left) == {"a": values[:index] + values[index + 1 :], "b": 1}
    assert left.count("# c") == text.count("# c")


@given(st.text())
def test_a_basic_string_reads_as_its_value(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return
    assert tomllib.loads(f"a = {basic_string(value)}")["a"] == value
    assert "\n" not in basic_string(value)


def test_only_literals_of_toml_files_are_strings() -> None:
    assert is_string(Source("a.toml", '"x"').place(0, 3))
    assert not is_string(Source("a.toml", "[x]").place(0, 3))
    assert not is_string(Source("setup.py", '"x"').place(0, 3))
