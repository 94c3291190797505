"""Summaries of runs that did not fail: where they show that the upload was skipped, that is the answer."""

import pytest
from doctor.diagnosed import diagnosed, first


@pytest.mark.parametrize(
    "line",
    [
        "| **Publish to PyPI** | ⏭️ **skipped** |",
        "  ⊘ Upload package to PyPI",
        "- Publish to PyPI in 0s (ID 4321)",
        "publish-to-pypi (skipped)",
        "_Publish to PyPI_ skipped",
        "Publish to PyPI: skipped",
        "This job was skipped",
    ],
)
def test_a_skipped_upload(line: str) -> None:
    assert first(f"build: success\n{line}\n") == ("publish-job-skipped", "unknown")


def test_the_line_that_names_the_index_is_shown() -> None:
    summary = "| Publish to TestPyPI | ⏭️ skipped |\n| Publish to PyPI | ⏭️ skipped |\n"
    assert diagnosed(summary)[0].evidence[0].line == 2


@pytest.mark.parametrize(
    "line",
    [
        "tests/test_publish.py::test_upload SKIPPED",
        "12 passed, 2 skipped in 1.2s for pypi",
        "Uploading sampleproject-1.0.tar.gz skipped because it is there already",
        "lint: skipped",
        "Publish to PyPI: success",
    ],
)
def test_what_else_is_skipped_is_no_upload(line: str) -> None:
    assert not diagnosed(f"{line}\n")


def test_a_long_log_is_no_summary() -> None:
    assert not diagnosed("compiling\n" * 200 + "Publish to PyPI: skipped\n")
