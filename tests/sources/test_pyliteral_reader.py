"""Literals in Python files: their values without running anything, and their exact places."""

import ast
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.sources import pyliteral
from preflight.sources.pyliteral import (
    NOT_LITERAL,
    PyAssignment,
    PyCall,
    call_keywords,
    literal,
    module_assignments,
)
from preflight.sources.text import Source, SourceSyntaxError, SourceTooComplex


def assignment(text: str, name: str = "__version__") -> PyAssignment:
    return module_assignments(Source("m.py", text), {name})[name]


def calls(text: str) -> list[PyCall]:
    return call_keywords(Source("setup.py", text))


class TestAssignments:
    @pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("bom", ["", "\ufeff"])
    def test_places_are_exact_behind_any_character_and_line_end(self, bom: str, newline: str) -> None:
        text = f'"""Café 🚀."""{newline}é = "🚀"; __version__ = version = "1.0-é"  # c{newline}'
        found = module_assignments(Source("m.py", bom + text), ["__version__", "version"])
        assert found["__version__"].value == found["version"].value == "1.0-é"
        assert found["version"].place.text == '"1.0-é"'
        assert found["version"].statement_place.text == '__version__ = version = "1.0-é"'
        assert found["version"].is_certain

    def test_a_byte_order_mark_shifts_the_first_line(self) -> None:
        assert assignment("\ufeff__version__ = '1'\n").place.text == "'1'"

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("__version__: str = '1'", "1"),
            ("__version__: Final[str] = '1'", "1"),
            ("__version__ = '1' '.2'", "1.2"),
            ("__version__ = ('1'\n   '.2')", "1.2"),
            ("__version__ = '1' + '.2' + \"b\"", "1.2b"),
            ("__version__ = f'1.2'", "1.2"),
            ("__version__, x = '1', f()", "1"),
            ("(x, [__version__]) = 1, ['2']", "2"),
            ("__version__ = (1, 2, -3, None, True, 1.5)", (1, 2, -3, None, True, 1.5)),
            ("__version__ = {'a': [b'x', {1}], 2: ()}", {"a": [b"x", {1}], 2: ()}),
            ("__version__ = b'a' + b'b'", b"ab"),
        ],
    )
    def test_literals(self, text: str, value: object) -> None:
        found = assignment(text)
        assert found.value == value and type(found.value) is type(value)
        assert found.is_certain

    @pytest.mark.parametrize(
        "text",
        [
            "__version__ = get()",
            "__version__ = '%s' % 1",
            "__version__ = f'{x}'",
            "__version__ = 'a' + b'b'",
            "__version__ = 'a' + x",
            "__version__ = ['a'] + ['b']",
            "__version__ = {**x, 'a': 1}",
            "__version__ = {[]: 1}",
            "__version__ = {[], 1}",
            "__version__ = -True",
            "__version__ = not 1",
            "__version__ = [x]",
            "__version__, x = f()",
            "__version__, *x = '1', 2, 3",
            "x, *__version__ = '1', '2'",
            "from ._v import __version__",
            "from ._v import version as __version__",
            "import __version__.x",
            "def __version__(): pass",
            "class __version__: pass",
            "for __version__ in '1': pass",
            "with x as __version__: pass",
            "__version__ = '1'\n__version__ += '.dev'",
            "__version__ = '1'\ndel __version__",
        ],
    )
    def test_what_only_running_would_tell(self, text: str) -> None:
        found = assignment(text)
        assert found.value is NOT_LITERAL and not found.is_literal and not found.is_certain
        assert found.place.text and found.statement_place.text

    def test_the_last_binding_wins_and_the_earlier_are_noted(self) -> None:
        found = assignment("__version__ = '1'\n__version__ = '2'\n__version__ = '3'\n")
        assert found.value == "3" and found.place.line == 3
        assert [earlier.value for earlier in found.earlier] == ["1", "2"]
        assert not found.is_certain and not found.conditional

    @pytest.mark.parametrize(
        "text",
        [
            "if x:\n  __version__ = '1'\n",
            "if x:\n  pass\nelif y:\n  __version__ = '1'\n",
            "try:\n  pass\nexcept E:\n  __version__ = '1'\n",
            "try:\n  pass\nfinally:\n  __version__ = '1'\n",
            "try:\n  pass\nexcept* E:\n  __version__ = '1'\n",
            "while x:\n  pass\nelse:\n  __version__ = '1'\n",
            "with x:\n  if y:\n    __version__ = '1'\n",
            "for x in y:\n  __version__ = '1'\n",
            "match x:\n  case 1:\n    __version__ = '1'\n",
        ],
    )
    def test_conditional_bindings(self, text: str) -> None:
        found = assignment(text)
        assert found.conditional and found.value == "1" and not found.is_certain

    def test_order_is_that_of_the_text(self) -> None:
        found = assignment("try:\n  from v import __version__\nexcept E:\n  __version__ = '0'\n")
        assert found.value == "0" and [earlier.place.line for earlier in found.earlier] == [2]

    def test_functions_and_classes_have_a_scope_of_their_own(self) -> None:
        text = (
            "def f():\n  __version__ = '1'\nclass C:\n  __version__ = '2'\nC.__version__ = '3'\nx['__version__'] = 4\n"
        )
        assert module_assignments(Source("m.py", text), {"__version__"}) == {}
        assert module_assignments(Source("m.py", "__version__: str\n"), {"__version__"}) == {}

    def test_a_file_without_the_name_is_not_parsed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def no_parse(*_: object) -> Any:
            raise AssertionError("parsed")

        monkeypatch.setattr(ast, "parse", no_parse)
        assert module_assignments(Source("m.py", "not python ("), {"__version__"}) == {}
        assert call_keywords(Source("m.py", "not python (")) == []


class TestCalls:
    def test_keywords_with_their_values_and_places(self) -> None:
        text = (
            "import setuptools\nfrom setuptools import setup\n"
            "if True:\n    setup('🚀', name='é', version=get(), classifiers=[\n  'a',\n], **more)\n"
            "setuptools.setup(name='y')\nother(name='z')\nf().setup(name='w')\n"
        )
        first, second = calls(text)
        assert (first.function, first.positional, first.unpacks) == ("setup", 1, True)
        assert (second.function, second.positional, second.unpacks) == ("setuptools.setup", 0, False)
        assert {name: keyword.value for name, keyword in first.keywords.items()} == {
            "name": "é",
            "version": NOT_LITERAL,
            "classifiers": ["a"],
        }
        assert first.keywords["name"].place.text == "'é'"
        assert first.keywords["name"].entry_place.text == "name='é'"
        assert first.keywords["classifiers"].place.text == "[\n  'a',\n]"
        assert first.keywords["version"].place.text == "get()" and not first.keywords["version"].is_literal
        assert first.place.text.startswith("setup('🚀'") and first.function_place.text == "setup"

    def test_nested_calls_come_in_the_order_of_the_text(self) -> None:
        assert [call.place.line for call in calls("def f():\n  setup()\nsetup(\n x=setup())\n")] == [2, 3, 4]

    def test_other_functions_can_be_asked_for(self) -> None:
        found = call_keywords(Source("x.py", "a.mypyc.mypycify(x=1)\n"), {"mypycify"})
        assert [call.function for call in found] == ["a.mypyc.mypycify"]


class TestBadInput:
    @pytest.mark.parametrize(
        ("text", "line", "column"),
        [
            ("__version__ = '1'\nprint 'x'\n", 2, 1),
            ("é🚀 = 1\n__version__ = 'é🚀' 1\n", 1, 2),
            ("__version__ = 'é' = 2\n", 1, 15),
            ("__version__ = ('1'\n", 1, 15),
            ("if x:\n__version__ = '1'\n", 2, 1),
        ],
    )
    @pytest.mark.parametrize("bom", ["", "\ufeff"])
    def test_a_syntax_error_has_its_place(self, bom: str, text: str, line: int, column: int) -> None:
        with pytest.raises(SourceSyntaxError) as caught:
            assignment(bom + text)
        place = caught.value.place
        assert (place.line, place.column) == (line, column + (len(bom) if line == 1 else 0))
        assert caught.value.reason

    @pytest.mark.parametrize(
        "tail",
        [
            "(" * 10_000,
            "[" * 10_000 + "]" * 10_000,
            "-" * 100_000 + "1",
            "x = " + "a." * 100_000 + "b",
            "x = " + "1 + " * 100_000 + "1",
            "\n".join(" " * depth + "if x:" for depth in range(500)),
            "x = 1\x00",
            "x = '\ud800'",
            "x = " + "9" * 10_000,
        ],
    )
    def test_hostile_files_end_in_a_documented_error(self, tail: str) -> None:
        with pytest.raises((SourceSyntaxError, SourceTooComplex)):
            assignment(f"__version__ = '1'\n{tail}\n")

    def test_long_files_are_not_parsed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pyliteral, "MAX_CHARACTERS", 10)
        with pytest.raises(SourceTooComplex):
            assignment("__version__ = '1'\n")

    def test_a_huge_or_deep_literal_is_none(self) -> None:
        assert assignment("__version__ = [" + "1," * 20_000 + "]").value is NOT_LITERAL
        assert assignment("__version__ = " + "[" * 150 + "]" * 150).value is NOT_LITERAL
        assert assignment("__version__ = 'a'" + "+ 'b'" * 300).value == "a" + "b" * 300

    def test_many_bindings_are_read_in_linear_space(self) -> None:
        assert len(assignment("__version__ = '1'\n" * 3000).earlier) == 2999

    def test_warnings_of_the_compiler_stay_quiet(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert assignment("__version__ = '1'\nx = '\\d'\ny = 1 is 1\n").value == "1"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=6)
    | st.binary(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_what_repr_writes_reads_back_with_its_place(value: object) -> None:
    written = repr(value)
    found = assignment(f"é = 1; __version__ = {written} # c")
    if "inf" not in written or isinstance(value, (str, bytes)):
        assert found.value == value
        assert found.place.text == written
    assert found.statement_place.text == f"__version__ = {written}"


TOKENS = ["'1'", '"a"', "b'x'", "f''", "{1}", "x", "1", "**", "not", *"()[]{},:+-"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=8).map(" ".join))
def test_literals_are_those_of_literal_eval(text: str) -> None:
    try:
        expression = ast.parse(text, mode="eval").body
    except SyntaxError:
        return
    try:
        expected = ast.literal_eval(expression)
    except (ValueError, TypeError):
        return
    assert literal(expression) == expected


@settings(max_examples=300, deadline=None)
@given(st.text("_version=setup()[]{}'\"\\\n\r\t #:+-é🚀1\x0c", max_size=40) | st.text(max_size=40))
def test_any_text_gives_values_or_a_documented_error(text: str) -> None:
    source = Source("m.py", f"__version__ = '1'\n{text}\nsetup(a='é')")
    for read in (lambda: module_assignments(source, {"__version__"}), lambda: call_keywords(source)):
        try:
            assert read()
        except (SourceSyntaxError, SourceTooComplex) as error:
            assert 0 <= error.place.start <= error.place.end <= len(source.text)
