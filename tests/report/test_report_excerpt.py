"""Excerpts: that carets stand under what they mean, whatever is in the line."""

from hypothesis import given
from hypothesis import strategies as st

from preflight.engine.finding import Note
from preflight.report.report import render
from preflight.report.style import cell_width, text_width, wrap
from preflight.sources.text import Source
from tests.report.samples_of_reports import TOKEN, report_of, reported


def drawn(text: str, start: int, end: int, *related: tuple[int, int, str], width: int = 70) -> list[str]:
    """The lines of the excerpt, from the one after the arrow to the one before the notes."""
    source = Source("f.txt", text)
    notes = [Note(source.place(first, last), label) for first, last, label in related]
    shown = render(report_of(reported(place=source.place(start, end), related=notes), width=width, quiet=True), "full")
    return shown[shown.index("\n  |\n") + 5 : shown.rindex("\n  |\n  = fix:")].splitlines()


def test_tabs_are_expanded_to_stops() -> None:
    assert drawn("a\tbc\td = 1\n", 5, 6) == ["1 | a   bc  d = 1", "  |         ^"]


def test_wide_characters_take_two_columns() -> None:
    assert drawn('名前 = "日本語" # x\n', 6, 9) == ['1 | 名前 = "日本語" # x', "  |         ^^^^^^"]


def test_combining_characters_take_none() -> None:
    assert drawn("e\u0301e\u0301 here", 5, 9) == ["1 | e\u0301e\u0301 here", "  |    ^^^^"]


def test_control_and_format_characters_are_escaped() -> None:
    assert drawn("\x1b[31mred\x1b[0m \u202egnp \ufeffend", 19, 22) == [
        "1 | \\x1b[31mred\\x1b[0m \\u202egnp \\ufeffend",
        "  |                                    ^^^",
    ]


def test_long_line_is_cut_around_the_span() -> None:
    lines = drawn("x" * 100 + "HERE" + "y" * 100_000, 100, 104)
    assert lines[0] == f"1 | …{'x' * 15}HERE{'y' * 45}…"
    assert lines[1] == f"  | {' ' * 16}^^^^"
    assert drawn("x" * 5000 + "HERE", 5000, 5004)[0].endswith("xHERE")


def test_long_line_is_cut_between_wide_characters() -> None:
    source, marks = drawn("名" * 100 + "HERE" + "名" * 200, 100, 104)
    assert text_width(source) == 70
    assert text_width(source[: source.index("HERE")]) == marks.index("^^^^")


def test_span_longer_than_the_line_shown() -> None:
    lines = drawn("x" * 300, 0, 300)
    assert lines == [f"1 | {'x' * 65}…", f"  | {'^' * 65}"]


def test_empty_places() -> None:
    assert drawn("abc", 3, 3) == ["1 | abc", "  |    ^"]
    assert drawn("\n\n", 1, 1) == ["2 |", "  | ^"]


def test_span_of_a_few_lines_is_shown_whole() -> None:
    assert drawn("a\nb\nc: 1\nd\n", 0, 8) == ["1 | / a", "2 | | b", "3 | | c: 1", "  | |____^"]


def test_span_that_ends_with_a_line_break_ends_on_its_last_line() -> None:
    assert drawn("one\ntwo\n", 0, 4) == ["1 | one", "  | ^^^"]


def test_two_marks_on_one_line() -> None:
    assert drawn("key: value # x", 0, 3, (5, 10, "the value")) == ["1 | key: value # x", "  | ^^^  ----- the value"]
    assert drawn("key: value # x", 5, 10, (0, 3, "the key")) == [
        "1 | key: value # x",
        "  | --- the key",
        "  |      ^^^^^",
    ]
    assert drawn("key: value", 0, 10, (5, 10, "inside")) == [
        "1 | key: value",
        "  | ^^^^^^^^^^",
        "  |      ----- inside",
    ]


def test_label_too_long_for_its_line_goes_below() -> None:
    label = "this is said in so many words that they do not fit beside the marks"
    assert drawn("key: value", 0, 3, (5, 10, label), width=50) == [
        "1 | key: value",
        "  | ^^^  -----",
        "  |      this is said in so many words that they",
        "  |      do not fit beside the marks",
    ]


def test_lines_between_two_marks() -> None:
    assert drawn("a\nb\nc\n", 0, 1, (4, 5, "x")) == ["1 | a", "  | ^", "2 | b", "3 | c", "  | - x"]
    assert drawn("a\nb\nc\nd\n", 0, 1, (6, 7, "x")) == ["1 | a", "  | ^", "...", "4 | d", "  | - x"]


def test_spans_of_several_lines_that_cross_are_drawn_apart() -> None:
    assert drawn("a\nb\nc\n", 2, 3, (0, 5, "all")) == [
        "2 | b",
        "  | ^",
        "  |",
        " --> f.txt:1:1",
        "  |",
        "1 | / a",
        "2 | | b",
        "3 | | c",
        "  | |_- all",
    ]


def test_span_of_several_lines_beside_one_of_one_line() -> None:
    assert drawn("a\nb\nc\n", 4, 5, (0, 3, "both")) == ["1 | / a", "2 | | b", "  | |_- both", "3 |   c", "  |   ^"]


def test_secret_is_hidden_and_marks_behind_it_still_fit() -> None:
    text = f"a: {TOKEN} here"
    lines = drawn(text, len(text) - 4, len(text))
    assert TOKEN[20:] not in "".join(lines)
    assert lines[0].index("here") == lines[1].index("^^^^")
    marks = drawn(text, 3, 3 + len(TOKEN))
    assert marks[0][marks[1].index("^") : marks[1].rindex("^") + 1].startswith("pypi-AgEI…(")


def test_password_of_a_continued_command_is_hidden() -> None:
    text = "  twine upload \\\n    -p hunter2hunter dist/*\n"
    assert drawn(text, text.index("dist"), text.index("dist") + 4)[0] == "2 |     -p *** dist/*"


@given(
    st.text(st.sampled_from("ab: \t名é\u0301\x1b\u200b"), min_size=1, max_size=60),
    st.data(),
    st.integers(30, 120),
)
def test_carets_stand_under_their_text(text: str, data: st.DataObject, width: int) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    source = f"{text[:start]}<{text[start:end]}>{text[end:]}"
    row, marks = drawn(source, start, end + 2, width=width)
    columns = "".join(character + "\0" * (cell_width(character) - 1) for character in row if cell_width(character))
    marked = columns[marks.index("^") : marks.rindex("^") + 1]
    assert marked.startswith("<")
    assert marked.endswith((">", "…")) or columns[marks.rindex("^") + 1 :].strip("\0 ") == "…"
    assert text_width(row) <= max(width, 24)


@given(st.text(st.sampled_from("ab:`名。 "), max_size=80), st.integers(5, 40))
def test_wrapping_loses_nothing_and_keeps_the_width(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert not any(line.startswith(":") for line in lines[1:])
    for line in lines:
        breakable = [word for word in line.split(" ") if not word.startswith(":")]
        assert text_width(line) <= width or "`" in line or ":" in line or len(breakable) == 1


def test_wrapping_keeps_short_code_together() -> None:
    assert wrap("Set `environment: release` on it", 20) == ["Set", "`environment: release`", "on it"]
