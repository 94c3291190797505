"""Edits shown as hunks: what they say is exactly what applying the edits does."""

import re

from hypothesis import given
from hypothesis import strategies as st

from preflight.engine.finding import Edit
from preflight.report.patch import hunks, unified
from preflight.sources.text import Source
from tests.report.samples_of_reports import TOKEN

BREAK = re.compile(r"\r\n|\r|\n")
TEXTS = st.text(st.sampled_from("ab \n"), max_size=60)


def lines_of(text: str) -> list[str]:
    lines = BREAK.split(text)
    return lines[:-1] if not lines[-1] else lines


def applied(source: Source, edits: list[Edit]) -> str:
    """The text after those edits that do not overlap one before them."""
    out, at = "", 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end, each.replacement)):
        if edit.start >= at and edit.end >= edit.start:
            out += source.text[at : edit.start] + edit.replacement
            at = edit.end
    return out + source.text[at:]


@st.composite
def edited(draw: st.DrawFn) -> tuple[Source, list[Edit]]:
    source = Source("x", draw(TEXTS))
    bounds = st.integers(0, len(source.text))
    edits = draw(st.lists(st.tuples(bounds, bounds, st.text(st.sampled_from("ab\n"), max_size=8)), max_size=4))
    return source, [Edit(source, min(a, b), max(a, b), text) for a, b, text in edits]


@given(edited(), st.integers(0, 2))
def test_hunks_lead_from_the_old_lines_to_the_new(case: tuple[Source, list[Edit]], context: int) -> None:
    source, edits = case
    old, new = lines_of(source.text), lines_of(applied(source, edits))
    result, at = [], 0
    for hunk in hunks(edits, context):
        result += old[at : hunk.old_start - 1]
        assert len(result) == hunk.new_start - 1
        at = hunk.old_start - 1
        for row in hunk.rows:
            if row.sign != "+":
                assert old[at] == row.text
                at += 1
            if row.sign != "-":
                result.append(row.text)
                assert row.number == len(result)
            else:
                assert row.number == at
    assert result + old[at:] == new


def test_unified_headers_name_empty_sides_as_diff_does() -> None:
    source = Source("x", "a\nb\nc\nd\ne\n")
    edits = [Edit(source, 0, 0, "new\n"), Edit(source, 4, 6, ""), Edit(source, 8, 9, "E\nF")]
    assert unified(edits, {source: "x"}, 10) == [
        "--- x",
        "+++ x",
        "@@ -0,0 +1 @@",
        "+new",
        "@@ -3 +3,0 @@",
        "-c",
        "@@ -5 +5,2 @@",
        "-e",
        "+E",
        "+F",
    ]


def test_long_hunk_is_cut() -> None:
    source = Source("x", "")
    shown = unified([Edit(source, 0, 0, "a\n" * 1000)], {source: "x"}, 3)
    assert shown[2:] == ["@@ -0,0 +1,1000 @@", "+a", "+a", "+a", "# 997 more lines"]


def test_change_of_line_breaks_only_shows_nothing() -> None:
    source = Source("x", "a\r\nb\r\n")
    assert hunks([Edit(source, 1, 3, "\n")], 1) == []


def test_a_secret_cut_by_an_edit_stays_hidden() -> None:
    source = Source("x", f"a: {TOKEN}\nb: 1\n")
    for start in (0, 5, 30, len(source.text) - 20):
        edit = Edit(source, min(start, start), start + 6, "")
        shown = "\n".join(unified([edit], {source: "x"}, 5))
        assert not any(TOKEN[at : at + 8] in shown for at in range(14, len(TOKEN) - 7))


def test_password_of_a_continued_command_is_hidden() -> None:
    source = Source("x", "twine upload \\\n  -p hunter2hunter dist/*\n")
    start = source.text.index("dist")
    assert unified([Edit(source, start, start + 6, "out/*")], {source: "x"}, 5)[-2:] == [
        "-  -p *** dist/*",
        "+  -p *** out/*",
    ]


def test_secrets_are_hidden_on_both_sides() -> None:
    source = Source("x", f"a: {TOKEN}\n")
    shown = "\n".join(unified([Edit(source, 0, 1, "b")], {source: "x"}, 5))
    assert "a: pypi-AgEI…(" in shown
    assert "b: pypi-AgEI…(" in shown
    assert TOKEN[14:] not in shown
