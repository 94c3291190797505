"""TOML 1.1 is told from broken TOML, and means the same in the syntax of 1.0."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.project.backend import Family
from preflight.project.dialect import Dialect, as_toml_1_0, toml_dialect
from preflight.project.pyproject import PyprojectFile
from preflight.sources.text import Source, SourceSyntaxError
from preflight.sources.toml import parse_toml


def dialect(text: str) -> Dialect:
    source = Source("pyproject.toml", text)
    try:
        return toml_dialect(PyprojectFile("pyproject.toml", source, parse_toml(source)))
    except SourceSyntaxError as error:
        return toml_dialect(PyprojectFile("pyproject.toml", source, error=error))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a = {\n  b = 1, # one\n  c = [1,\n 2,],\n}\n", {"b": 1, "c": [1, 2]}),
        ("a = { b = 1, }\n", {"b": 1}),
        ('a = "\\e[0m\\x41 \\\\e"\n', "\x1b[0mA \\e"),
        ('a = { b = "# no, }", c = { d = 1, }, }\n', {"b": "# no, }", "c": {"d": 1}}),
    ],
)
def test_newer_syntax_means_the_same(text: str, value: object) -> None:
    assert tomllib.loads(as_toml_1_0(text)) == {"a": value}


def test_times_without_seconds() -> None:
    assert str(tomllib.loads(as_toml_1_0("a = 07:32\nb = 1979-05-27T07:32Z\n"))["a"]) == "07:32:00"


@pytest.mark.parametrize("text", ["a = {\n b = 1 }\n", 'a = "\\x41"\n'])
def test_newer_syntax_is_recognised(text: str) -> None:
    expected = isinstance(_refused(text), Exception)
    assert dialect(text).newer is expected


def _refused(text: str) -> Exception | None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return error
    return None


@pytest.mark.parametrize(
    "text", ["a = {\n b = 1\n", "a = \n", "a = {,}\n", "[project\n", "a = { b = 1,, }\n", "a = 1\na = {\n}\n"]
)
def test_broken_stays_broken(text: str) -> None:
    assert dialect(text) == Dialect()


def test_byte_order_mark() -> None:
    text = '\ufeff[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n'
    assert dialect(text) == Dialect(marked=True, family=Family.MATURIN)
    assert dialect("\ufeff[project\n") == Dialect()


@given(st.text(st.sampled_from("ab=.,'\"\\[]{}#\n 1:0-xe"), max_size=40))
def test_what_1_0_accepts_keeps_its_meaning(text: str) -> None:
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        as_toml_1_0(text)
        return
    assert tomllib.loads(as_toml_1_0(text)) == before
