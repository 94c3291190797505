"""`check --with`: what other linters print is read as data, shown under their names, and left out where a rule of ours has said it."""

import json
import os
import shutil
from pathlib import Path

import pytest
from cli.command import ROOT, Done, preflight
from hypothesis import given
from hypothesis import strategies as st

from preflight.companions.actionlint import read_actionlint
from preflight.companions.check_wheel_contents import read_check_wheel_contents
from preflight.companions.folding import COMPANIONS
from preflight.companions.foreign import FailedCompanion, Foreign
from preflight.companions.zizmor import read_zizmor
from preflight.engine.finding import Severity
from preflight.engine.packs import BUILT_IN, built_in_folder, find_pack

WORKFLOW = ".github/workflows/publish.yml"

ZIZMOR = {
    "ident": "artipacked",
    "desc": "credential persistence",
    "url": "https://docs.zizmor.sh/audits/#artipacked",
    "determinations": {"confidence": "Low", "severity": "Medium", "persona": "Regular"},
    "locations": [
        {
            "symbolic": {
                "key": {"Local": {"verbatim_path": WORKFLOW}},
                "annotation": "does not set it",
                "kind": "Primary",
            },
            "concrete": {"location": {"start_point": {"row": 4, "column": 6}, "end_point": {"row": 4, "column": 10}}},
        }
    ],
    "ignored": False,
    "fixes": [{"title": "set persist-credentials: false"}],
}


def test_zizmor() -> None:
    [found] = read_zizmor(json.dumps([ZIZMOR, {**ZIZMOR, "ignored": True}]))
    assert found == Foreign(
        "artipacked",
        "credential persistence: does not set it",
        WORKFLOW,
        Severity.WARNING,
        certain=False,
        line=5,
        column=7,
        end_line=5,
        end_column=11,
        url="https://docs.zizmor.sh/audits/#artipacked",
        fix="Set persist-credentials: false",
    )


def test_actionlint() -> None:
    entry = {
        "message": "undefined",
        "filepath": WORKFLOW,
        "line": 6,
        "column": 23,
        "kind": "expression",
        "end_column": 29,
    }
    [found] = read_actionlint(json.dumps([entry]))
    assert (found.rule, found.line, found.column, found.end_column) == ("expression", 6, 23, 30)
    assert read_actionlint("null") == []


def test_check_wheel_contents() -> None:
    text = "dist/a.whl: W002: Wheel contains duplicate files:\n  a/b.py\n  a/c.py\ndist/b.whl: OK\ndist/c.whl: W008: Wheel is empty\n"
    assert [(each.path, each.rule, each.message) for each in read_check_wheel_contents(text)] == [
        ("dist/a.whl", "W002", "Wheel contains duplicate files: a/b.py, a/c.py"),
        ("dist/c.whl", "W008", "Wheel is empty"),
    ]


@pytest.mark.parametrize("output", ["", "{}", "[1]", '[{"ident": 1}]', '{"a": []}', "[[]]", "null", "[" * 100_000])
def test_other_forms(output: str) -> None:
    with pytest.raises(FailedCompanion, match="zizmor's output could not be read"):
        read_zizmor(output)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_json(data: object) -> None:
    for read in (read_zizmor, read_actionlint):
        try:
            read(json.dumps(data))
        except FailedCompanion:
            continue


def test_cards_name_linters_that_are_run() -> None:
    rules = find_pack(BUILT_IN, built_in_folder()).rules
    named = {name for rule in rules for name in rule.card.also_found_by}
    assert named
    assert {name.partition("/")[0] for name in named} == set(COMPANIONS)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "fixtures/fastorm", tmp_path / "fastorm")
    return tmp_path / "fastorm"


def check_with(project: Path, name: str, script: str, *more: str) -> Done:
    """Run `check --with NAME` where NAME is this shell script, before anything else on PATH."""
    tools = project.parent / "tools"
    tools.mkdir(exist_ok=True)
    tool = tools / name
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    return preflight("check", "--with", name, *more, cwd=project, PATH=path)


@pytest.mark.skipif(os.name == "nt", reason="the linter is a shell script")
class TestFolding:
    def test_shown_under_its_own_name(self, project: Path) -> None:
        entry = {"message": "odd", "filepath": WORKFLOW, "line": 3, "column": 1, "kind": "shellcheck"}
        script = f"cat <<'END'\n{json.dumps([entry])}\nEND\nexit 1"
        done = check_with(project, "actionlint", script, "--output-format", "concise")
        assert f"{WORKFLOW}:3:1: warning[actionlint/shellcheck] odd\n" in done.out
        assert done.status == 0

    def test_baseline_holds(self, project: Path) -> None:
        entry = {"message": "odd", "filepath": WORKFLOW, "line": 3, "column": 1, "kind": "shellcheck"}
        script = f"cat <<'END'\n{json.dumps([entry])}\nEND\nexit 1"
        check_with(project, "actionlint", script, "--write-baseline", "known.json")
        done = check_with(project, "actionlint", script, "--baseline", "known.json", "--output-format", "concise")
        assert "actionlint" not in done.out

    @pytest.mark.parametrize("kind, left", [("syntax-check", 0), ("shellcheck", 1)])
    def test_said_already(self, project: Path, kind: str, left: int) -> None:
        (project / WORKFLOW).write_text("on: [\n\n\n")
        entry = {"message": "bad", "filepath": WORKFLOW, "line": 3, "column": 5, "kind": kind}
        script = f"cat <<'END'\n{json.dumps([entry])}\nEND\nexit 1"
        done = check_with(project, "actionlint", script, "--output-format", "concise")
        assert "WFL021" in done.out
        assert done.out.count(f"actionlint/{kind}") == left

    def test_failure_stops_nothing(self, project: Path) -> None:
        done = check_with(project, "actionlint", "echo 'could not read config' >&2; exit 3", "--verbose")
        assert done.status == 0
        assert "Warning: actionlint ended with status 3: could not read config" in done.err
        assert "Skipped actionlint: actionlint ended with status 3" in done.out

    def test_secrets_are_covered(self, project: Path) -> None:
        token = "pypi-" + "AgEIcHlwaS5vcmc" + "C" * 120
        entry = {"message": f"saw {token}", "filepath": WORKFLOW, "line": 3, "column": 1, "kind": "credentials"}
        script = f"cat <<'END'\n{json.dumps([entry])}\nEND\nexit 1"
        done = check_with(project, "actionlint", script, "--output-format", "json")
        assert "credentials" in done.out
        assert token[5:40] not in done.out + done.err


@pytest.mark.parametrize("name", ["flake8", "zizmor2"])
def test_unknown_linter(project: Path, name: str) -> None:
    done = preflight("check", "--with", name, cwd=project)
    assert done.status == 2
    assert f"{name!r} is none of zizmor, actionlint, check-wheel-contents" in done.err


def test_linter_that_is_not_installed(project: Path) -> None:
    done = preflight("check", "--with", "actionlint", cwd=project, PATH=str(project))
    assert done.status == 2
    assert "actionlint is not installed" in done.err
