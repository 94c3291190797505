"""The sample project and the mistakes made in it: what the real command prints is what `fixtures/golden` holds."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

FIXTURES = Path(__file__).parent.parent / "fixtures"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fixtures_golden", FIXTURES / "golden.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["fixtures_golden"] = module
    spec.loader.exec_module(module)
    return module


golden = _load()
MISTAKES = golden.mistakes()


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_command_prints_what_is_golden(mistake: object, tmp_path: Path) -> None:
    project = golden.make(mistake, tmp_path)
    text, status = golden.run(project)
    expected = (golden.GOLDEN / f"{mistake.name}.txt").read_text(encoding="utf-8")  # type: ignore[attr-defined]
    assert f"{text}[exit status {status}]\n" == expected


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_rules_that_must_see_a_mistake_are_those_that_report_it(mistake: object, tmp_path: Path) -> None:
    text, _ = golden.run(golden.make(mistake, tmp_path), "--output-format", "json")
    found = {finding["code"] for finding in json.loads(text)["findings"]}
    assert found == set(mistake.finds)  # type: ignore[attr-defined]


def test_there_is_no_golden_file_without_its_mistake() -> None:
    assert {path.stem for path in golden.GOLDEN.iterdir()} == {mistake.name for mistake in MISTAKES}


def test_the_output_that_the_readme_shows_is_real() -> None:
    shown = (FIXTURES.parent / "README.md").read_text(encoding="utf-8")
    printed = (golden.GOLDEN / "environment-differs.txt").read_text(encoding="utf-8")
    assert f"$ preflight check\n{printed.partition('[exit')[0].rstrip()}\n```" in shown
