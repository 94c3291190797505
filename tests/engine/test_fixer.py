"""The fixer: splices that leave everything else alone, edits taken back where a file would break, atomic writes."""

import stat
from functools import partial
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.engine.finding import Applicability, Confidence, Edit, Reported, Severity
from preflight.engine.fixer import FailedWrite, mend, parses, spliced, write_changes
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


@given(st.text(), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.text(max_size=5)), max_size=6))
def test_everything_outside_the_spans_survives(text: str, wanted: list[tuple[int, int, str]]) -> None:
    source = Source("a.txt", text)
    edits: list[Edit] = []
    end = -1
    for start, length, replacement in sorted(wanted):
        if start > end and start + length <= len(text):
            edits.append(Edit(source, start, start + length, replacement))
            end = start + length
    result = spliced([finding(*edits)])
    if not edits:
        assert result == {}
        return
    rest = result["a.txt"][1]
    at = 0
    for edit in edits:
        between = text[at : edit.start]
        assert rest.startswith(between + edit.replacement)
        rest = rest[len(between) + len(edit.replacement) :]
        at = edit.end
    assert rest == text[at:]


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
