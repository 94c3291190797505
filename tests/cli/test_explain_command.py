"""`preflight explain`: rules by code and name, near ones, and the rules of the project here."""

from pathlib import Path

import pytest
from cli.command import preflight

CARD = """---
code: OWN001
name: own-problem
severity: warning
summary: A problem of our own
message: there is a problem
fix: Mend it.
rejections: []
causes: []
decided_by: [project]
fix_kind: none
links: []
since: 1.0.0
---
## What happens

Something of ours.
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "OWN001-own-problem.md").write_text(CARD)
    (folder / "checks.py").write_text(
        'from preflight.engine.checks import check\n\n\n@check("OWN001")\ndef own_problem(files):\n    yield from ()\n'
    )
    (tmp_path / "preflight.toml").write_text('rules = ["rules"]\n')
    return tmp_path


def test_near_names_are_spelt_as_they_are(tmp_path: Path) -> None:
    done = preflight("explain", "VER0001", cwd=tmp_path)
    assert done.status == 2
    assert "Near it: VER001, " in done.err


def test_a_rule_of_the_project_is_shown_where_its_rules_are_trusted(project: Path) -> None:
    done = preflight("explain", "own-problem", "--trust-project-rules", cwd=project)
    assert (done.status, "Something of ours." in done.out) == (0, True), done.err


def test_without_trust_it_says_how(project: Path) -> None:
    done = preflight("explain", "own-problem", cwd=project)
    assert done.status == 2
    assert "Rules of the project here are shown with --trust-project-rules." in done.err
    assert not (project / "rules" / "__pycache__").exists(), "nothing of it was run"


def test_a_rule_that_is_not_ours_asks_for_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "preflight.toml").write_text("broken")
    assert preflight("explain", "PUB003", cwd=tmp_path).status == 0
