"""What `preflight doctor` prints is what `fixtures/golden-doctor` holds, and its JSON is as the contract says."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from doctor.diagnosed import DIAGNOSIS_KEYS

FIXTURES = Path(__file__).parents[2] / "fixtures"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fixtures_golden_doctor", FIXTURES / "golden_doctor.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["fixtures_golden_doctor"] = module
    spec.loader.exec_module(module)
    return module


golden = _load()


@pytest.mark.parametrize("case", golden.CASES, ids=lambda case: case.name)
def test_the_command_prints_what_is_golden(case: Any, tmp_path: Path) -> None:
    assert golden.run(case, tmp_path) == (golden.GOLDEN / case.name).read_text(encoding="utf-8")


def test_there_is_no_golden_file_without_its_case() -> None:
    assert {path.name for path in golden.GOLDEN.iterdir()} == {case.name for case in golden.CASES}


@pytest.mark.parametrize("path", sorted(golden.GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_the_json_has_what_scripts_rely_on(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8").partition("[exit status")[0])
    assert set(document) >= {"schema", "tool", "log", "diagnoses"}
    assert set(document["log"]) >= {"client", "stage", "http_status", "index", "claims"}
    for diagnosis in document["diagnoses"]:
        assert set(diagnosis) >= DIAGNOSIS_KEYS
        assert diagnosis["confidence"] in ("certain", "likely", "unknown")
        assert all(set(each) == {"line", "text"} for each in diagnosis["evidence"])
