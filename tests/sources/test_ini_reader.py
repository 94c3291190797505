"""The INI reader: it must read what `configparser.RawConfigParser` reads, and know where."""

import configparser
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.sources.ini import IniDocument, parse_ini
from preflight.sources.text import Source, SourceSyntaxError

PYPIRC = """\
# servers
[distutils]
index-servers =
    pypi
    ; not this one
    testpypi

[pypi]
  Username: __token__
password =  pypi-🚀=x : y   ; no comment
[DEFAULT]
timeout = 10

[testpypi] junk
repository = https://test.pypi.org/legacy/
"""


def parse(text: str) -> IniDocument:
    return parse_ini(Source(".pypirc", text))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_pypirc_with_its_places(newline: str) -> None:
    document = parse(PYPIRC.replace("\n", newline))
    assert list(document.sections) == ["distutils", "pypi", "testpypi"]
    servers = document.sections["distutils"].get("index-servers")
    assert servers is not None
    assert servers.value == "\npypi\ntestpypi"
    assert servers.key_place.text == "index-servers"
    assert servers.place.text.replace(newline, "\n") == "pypi\n    ; not this one\n    testpypi"
    assert [place.text for place in servers.line_places] == ["", "pypi", "testpypi"]
    assert [place.line for place in servers.line_places] == [3, 4, 6]
    username = document.get("pypi", "USERNAME")
    assert username is not None
    assert (username.name, username.key_place.text, username.place.text) == ("username", "Username", "__token__")
    password = document.get("pypi", "password")
    assert password is not None
    assert password.value == password.place.text == "pypi-🚀=x : y   ; no comment"
    assert password.entry_place.text == "password =  pypi-🚀=x : y   ; no comment"
    assert document.sections["testpypi"].place.text == "[testpypi]"
    assert document.problems == ()


def test_values_of_the_default_section_are_in_every_section() -> None:
    document = parse(PYPIRC)
    section = document.sections["testpypi"]
    timeout = section.get("timeout")
    assert timeout is not None and timeout.place.line == 12
    assert section.names() == ["repository", "timeout"]
    assert "timeout" in section and "nope" not in section
    assert document.get("DEFAULT", "Timeout") is timeout
    assert document.get("nope", "timeout") is None


def test_an_empty_value_has_an_empty_place_behind_its_delimiter() -> None:
    value = parse("[a]\nx =  \n\ny=1\n").get("a", "x")
    assert value is not None
    assert (value.value, value.place.text, value.place.start, value.place.line) == ("", "", 7, 2)
    assert len(value.line_places) == 1


def test_what_is_written_twice_is_a_problem_and_the_later_wins() -> None:
    document = parse("[a]\nx = 1\nX = 2\n[b]\n[a]\nx = 3\ny = 4\n")
    assert [(problem.place.line, problem.first.line) for problem in document.problems] == [(3, 2), (5, 1), (6, 2)]
    assert "option `x`" in document.problems[0].reason and "section `a`" in document.problems[1].reason
    value = document.get("a", "x")
    assert value is not None and value.value == "3" and value.place.line == 6
    assert document.sections["a"].place.line == 1


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("x = 1\n[a]\n", 1, 1, "expected a `[section]`"),
        ("[a]\nx = 1\n\n  y\nsecret-token\n", 5, 1, "expected `name = value`"),
        ("[a]\n  = 1\n", 2, 3, "expected a name"),
        ("\ufeff[a]\nx = 1\n", 1, 1, "byte order mark"),
        ("[]\n", 1, 1, "expected a `[section]`"),
    ],
)
def test_errors_have_a_place_and_do_not_quote_the_line(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(SourceSyntaxError) as caught:
        parse(text)
    assert words in caught.value.reason
    assert (caught.value.place.line, caught.value.place.column) == (line, column)
    assert "secret-token" not in str(caught.value)


def test_values_and_long_names_are_not_shown() -> None:
    document = parse("[a]\npassword = hunter2\n")
    assert "hunter2" not in repr(document.sections)
    token = "pypi-" + "a" * 100
    assert token not in parse(f"[a]\n{token}=\n{token}=\n").problems[0].reason


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            ["[a]", "[b]", "[DEFAULT]", "[a] x", "[[a]]", "[]", "", "  ", "# c", "  ; c", "x = 1", "X: 2", "y =", "z"]
        ),
        st.sampled_from(
            [
                "  more",
                "\tmore = x",
                "    # c",
                "  [a]",
                "= 1",
                " x = 1",
                "k:v=w",
                "é = 🚀 ",
                "a b = c ; d",
                "\ufeffk=1",
            ]
        ),
        st.text("ab[]=: #;\t\x0b\xa0é", max_size=8),
    ),
    max_size=14,
)


@settings(max_examples=600, deadline=None)
@given(LINES, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_the_values_are_those_of_configparser(lines: list[str], newline: str, headed: bool) -> None:
    text = newline.join((["[s]"] if headed else []) + lines)
    expected = configparser.RawConfigParser(strict=False)
    try:
        expected.read_file(io.StringIO(text, newline=None))
    except configparser.Error:
        with pytest.raises(SourceSyntaxError) as caught:
            parse(text)
        assert 0 <= caught.value.place.start <= caught.value.place.end <= len(text)
        return
    document = parse(text)
    assert list(document.sections) == expected.sections()
    for name, section in document.sections.items():
        assert sorted(section.names()) == sorted(expected.options(name))
        assert list(section.options) == [option for option in expected[name] if option in section.options]
        for option in section.names():
            value = section.get(option)
            assert value is not None and value.value == expected.get(name, option)
            assert value.key_place.text.lower() == option
            lines_of_value = value.value.split("\n")
            assert [place.text for place in value.line_places] == lines_of_value
            if len(lines_of_value) == 1:
                assert value.place.text == value.value
    try:
        configparser.RawConfigParser().read_file(io.StringIO(text, newline=None))
        assert document.problems == ()
    except (configparser.DuplicateSectionError, configparser.DuplicateOptionError) as error:
        assert document.problems[0].place.line == error.lineno


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_gives_a_document_or_a_syntax_error(text: str) -> None:
    try:
        document = parse(text)
    except SourceSyntaxError as error:
        assert 0 <= error.place.start <= error.place.end <= len(text)
        return
    assert document.source.text == text
