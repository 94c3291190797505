"""`check --credentials` and the table of `doctor`: what this machine's upload clients would use."""

import json
from pathlib import Path

import pytest
from cli.command import preflight
from credentials.tokens import forge

PROJECT = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n[project]\nname = "sampleproject"\nversion = "1.0"\n'
TESTPYPI = forge("test.pypi.org", ([1, ["sampleproject"]],))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    return tmp_path


def test_without_the_option_a_check_tells_the_same_on_every_machine(project: Path) -> None:
    plain = preflight("check", "-v", cwd=project)
    elsewhere = preflight("check", "-v", cwd=project, TWINE_PASSWORD=TESTPYPI, UV_PUBLISH_PASSWORD="x")
    assert plain == elsewhere


def test_a_finding_about_a_variable_points_at_no_file(project: Path) -> None:
    done = preflight("check", "--credentials", "--output-format", "json", cwd=project, TWINE_PASSWORD=TESTPYPI)
    (finding,) = [each for each in json.loads(done.out)["findings"] if each["code"] == "TOK003"]
    assert finding["location"] is None
    assert finding["args"]["used_by"] == "the variable `TWINE_PASSWORD`"
    assert done.status == 0


def test_a_project_below_the_root_of_its_checkout_is_told_too(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "packages/sample"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT)
    done = preflight("check", "--credentials", "--output-format", "concise", cwd=folder, TWINE_PASSWORD=TESTPYPI)
    assert "TOK003" in done.out


def test_verbose_adds_the_table(project: Path) -> None:
    arguments = ("check", "--credentials", "--verbose")
    done = preflight(*arguments, cwd=project, POETRY_PYPI_TOKEN_PYPI=TESTPYPI)
    table = done.out.partition("What each upload client would use here:")[2]
    assert "poetry publish" in table
    assert "a token of TestPyPI" in table
    assert "Nothing is set for twine, uv, hatch, flit, pdm, maturin" in " ".join(table.split())
    assert "What each" not in preflight(*arguments, "--output-format", "json", cwd=project).out


def test_the_keyring_alone_is_wrong_use(project: Path) -> None:
    done = preflight("check", "--keyring", cwd=project)
    assert (done.status, done.out) == (2, "")
    assert "--keyring goes with --credentials" in done.err
    log = preflight("doctor", "-", "--keyring", cwd=project, stdin="x")
    assert log.status == 2


def test_doctor_without_a_log_tells_of_this_machine(project: Path) -> None:
    (project / ".pypirc").write_text(f"[testpypi]\nusername = __token__\npassword = {TESTPYPI}\n")
    machine = json.loads(preflight("doctor", "--output-format", "json", cwd=project).out)["machine"]
    (row,) = [each for each in machine["clients"] if each["command"] == "twine upload -r testpypi"]
    assert (row["index"], row["source"], row["standing"]) == (
        "testpypi",
        "section `[testpypi]` of ~/.pypirc (line 3)",
        "a token for sampleproject",
    )
    assert machine["keyring_asked"] is False
    assert TESTPYPI[30:60] not in json.dumps(machine)
    assert (
        "| twine upload -r testpypi | TestPyPI |" in preflight("doctor", "--output-format", "markdown", cwd=project).out
    )
