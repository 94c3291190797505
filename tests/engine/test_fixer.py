"""The fixer: splices that leave everything else alone, edits taken back where a file would break, atomic writes."""

import stat
from dataclasses import replace
from functools import partial
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.engine.finding import Applicability, Confidence, Edit, Reported, Severity
from preflight.engine.fixer import FailedWrite, apply, choose, mend, parses, spliced, write_changes
from preflight.engine.session import Options, run_check
from preflight.engine.workspace import Focus, Workspace
from preflight.facts import FACTS
from preflight.sources.text import Source
from preflight.sources.tree import DiskTree

CARD = """\
---
code: {code}
name: {name}
severity: warning
summary: A rule of a test
message: "{name}"
fix: Do it.
decided_by: [project]
fix_kind: safe
since: 0.1.0
---
## What happens
"""


def finding(*edits: Edit) -> Reported:
    return Reported("X", "x", Severity.ERROR, Confidence.CERTAIN, "m", "f", {}, (), (), None, (), edits, "")


@pytest.fixture
def project(tmp_path: Path) -> tuple[Path, Options]:
    """A project with a rule that mends it in two rounds, and one whose edit breaks the file."""
    rules = tmp_path / "rules"
    rules.mkdir()
    for code, name in (("XAA001", "one-to-two-to-three"), ("XAA002", "breaks")):
        (rules / f"{code}-{name}.md").write_text(CARD.format(code=code, name=name))
    (rules / "checks.py").write_text(
        dedent(
            """\
            from preflight.engine.checks import check
            from preflight.engine.finding import Edit, Finding

            @check("XAA001")
            def count(pyproject):
                version = pyproject.get("project", "version")
                if version in ("1", "2"):
                    place = pyproject.place("project", "version")
                    yield Finding(place, edits=[Edit.replace(place, f"'{int(version) + 1}'")])

            @check("XAA002")
            def breaks(pyproject):
                place = pyproject.place("project", "name")
                yield Finding(place, edits=[Edit.replace(place, "[")])
            """
        )
    )
    folder = tmp_path / "project"
    folder.mkdir()
    config = tmp_path / "mine.toml"
    config.write_text(f"rules = ['{rules}']\n")
    (folder / "pyproject.toml").write_bytes(b"# \xc3\xa9\r\n[project]\r\nname = 'x'   # kept\r\nversion = '1'\r\n")
    return folder, Options(select=("XAA", "INT006"), config=config)


def test_rounds_go_on_until_nothing_changes_and_a_breaking_edit_is_taken_back(project: tuple[Path, Options]) -> None:
    folder, options = project
    workspace = Workspace(DiskTree(folder), Focus(("",)))
    done = mend(workspace, partial(run_check, options=options, table=FACTS), {Applicability.SAFE})
    assert [each.message for each in done.fixed] == ["one-to-two-to-three"] * 2
    assert all(each.fixed for each in done.fixed)
    assert sorted(each.code for each in done.outcome.result.findings) == ["INT006", "XAA002"]
    before, after = done.changes["pyproject.toml"]
    assert after == before.replace("'1'", "'3'")
    write_changes(folder, done.changes)
    assert (
        folder / "pyproject.toml"
    ).read_bytes() == b"# \xc3\xa9\r\n[project]\r\nname = 'x'   # kept\r\nversion = '3'\r\n"


def test_a_write_keeps_the_mode_and_refuses_a_file_that_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("x = 1\n")
    path.chmod(0o640)
    write_changes(tmp_path, {"a.toml": ("x = 1\n", "x = 2\n")})
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("x = 2\n", 0o640)
    with pytest.raises(FailedWrite, match="has changed"):
        write_changes(tmp_path, {"a.toml": ("x = 1\n", "x = 3\n")})
    assert [each.name for each in tmp_path.iterdir()] == ["a.toml"]


def test_a_write_through_a_link_changes_the_file_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text("x = 1\n")
    (tmp_path / "link.toml").symlink_to("real.toml")
    write_changes(tmp_path, {"link.toml": ("x = 1\n", "x = 2\n")})
    assert (tmp_path / "link.toml").is_symlink()
    assert (tmp_path / "real.toml").read_text() == "x = 2\n"


PIECES = (
    "name: a # \u00e9\r\n",
    "x = 'y'  # \u5b57\n",
    "\t",
    "\ufeff",
    "\U0001f680",
    "[a]\n",
    "{",
    "b: [1]\n",
    "'",
    "\n",
    " ",
)
"""What texts are made of: comments, quotes, both line breaks, characters of one to four bytes, and what breaks a file."""


@st.composite
def edit_sets(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, str]]]:
    """A text and spans in it that do not overlap, each with a replacement; spans may be empty, touch, and come in any order."""
    text = "".join(draw(st.lists(st.sampled_from(PIECES), max_size=20)))
    marks = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    spans: list[tuple[int, int, str]] = []
    for start, end in zip(marks[::2], marks[1::2], strict=False):
        if not spans or (start, end) > (spans[-1][1], spans[-1][1]):
            spans.append((start, end, draw(st.sampled_from(("", *PIECES)))))
    return text, draw(st.permutations(spans))


def outside_is_unchanged(before: bytes, after: bytes, spans: list[tuple[int, int, bytes]]) -> bool:
    """Whether bytes outside the spans are the same, and each span holds its replacement; the spans are offsets of bytes, in order."""
    at = shift = 0
    for start, end, replacement in spans:
        if before[at:start] != after[at + shift : start + shift]:
            return False
        if after[start + shift : start + shift + len(replacement)] != replacement:
            return False
        shift += len(replacement) - (end - start)
        at = end
    return before[at:] == after[at + shift :]


@given(edit_sets(), st.integers(1, 4))
def test_everything_outside_the_spans_survives(case: tuple[str, list[tuple[int, int, str]]], parts: int) -> None:
    """To the byte, in whatever order the edits come and however they are shared out to findings."""
    text, spans = case
    source = Source("a.txt", text)
    edits = [Edit(source, start, end, replacement) for start, end, replacement in spans]
    result = spliced([finding(*edits[number::parts]) for number in range(parts)])
    if not edits:
        assert result == {}
        return
    after = result["a.txt"][1]
    in_bytes = sorted(
        (len(text[:start].encode()), len(text[:end].encode()), replacement.encode())
        for start, end, replacement in spans
    )
    assert outside_is_unchanged(text.encode(), after.encode(), in_bytes)
    kept = len(text) - sum(end - start for start, end, _ in spans)
    assert len(after) == kept + sum(len(replacement) for _, _, replacement in spans)


@pytest.mark.parametrize("path", ["a.toml", "a.yml", "a.cfg", "a.py", "a.json", "a.txt"])
@given(case=edit_sets())
def test_whatever_edits_are_asked_for_the_result_parses_and_only_whole_findings_are_applied(
    path: str, case: tuple[str, list[tuple[int, int, str]]]
) -> None:
    """Over texts that parse: findings that break the file are named as failed, all others are in the result to the byte."""
    text, spans = case
    text = text if parses(path, text) else {"a.json": "{}", "a.txt": text}.get(path, "")
    source = Source(path, text)
    asked = [finding(Edit(source, *span)) for span in spans if span[1] <= len(text)]
    asked = [replace(each, message=str(number)) for number, each in enumerate(asked)]
    failed: dict[tuple[str, str], Reported] = {}
    applied = apply(asked, failed)
    after = applied.texts[path][1] if path in applied.texts else text
    assert parses(path, after)
    assert {each.message for each in (*applied.findings, *failed.values())} == {each.message for each in asked}
    spans_applied = sorted((edit.start, edit.end, edit.replacement) for each in applied.findings for edit in each.edits)
    in_bytes = [
        (len(text[:start].encode()), len(text[:end].encode()), words.encode()) for start, end, words in spans_applied
    ]
    assert outside_is_unchanged(text.encode(), after.encode(), in_bytes)


def test_two_findings_that_overlap_are_applied_one_after_the_other_and_never_in_part() -> None:
    source = Source("a.txt", "one two three")
    first, second = Edit(source, 0, 7, "1 2"), Edit(source, 4, 13, "2 3")
    partner = Edit(source, 12, 13, "E")
    findings = [finding(first), finding(second, partner)]
    assert choose(findings, {Applicability.SAFE}, {}) == [findings[0]]
    assert spliced([findings[0]])["a.txt"][1] == "1 2 three"


@pytest.mark.parametrize(
    ("path", "good", "bad"),
    [
        ("a.toml", "x = 1", "x ="),
        ("a.yml", "x: 1", "x: ["),
        ("a.cfg", "[a]\nb = 1", "b = 1"),
        ("a.py", "x = 1", "x ="),
        ("a.json", "{}", "{"),
        (".pypirc", "[pypi]\n", "["),
    ],
)
def test_what_parses(path: str, good: str, bad: str) -> None:
    assert parses(path, good)
    assert not parses(path, bad)
