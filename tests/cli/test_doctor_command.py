"""`preflight doctor`: exit statuses, formats, standard input, batches, and no log that makes it fail."""

import json
from pathlib import Path

import pytest
from cli.command import ROOT, preflight
from click.testing import CliRunner
from credentials.tokens import forge
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preflight.cli.application import group
from preflight.cli.options import FORMATS

LOGS = ROOT / "fixtures" / "logs"
REAL = tuple(path.read_text(encoding="utf-8", errors="replace") for path in sorted(LOGS.glob("*.txt")))
FAILED = """Uploading sampleproject-1.2.0.tar.gz
ERROR    HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/
         The name 'json' isn't allowed.
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "failed.log").write_text(FAILED)
    return tmp_path


def test_a_diagnosis_is_status_1(log: Path) -> None:
    done = preflight("doctor", "failed.log", cwd=log)
    assert (done.status, done.err) == (1, "")
    assert done.out.startswith("error[NAM005]: The name `json` is on PyPI's list")
    assert "failed.log:3" in done.out
    assert "  1. Choose another `name` in pyproject.toml" in done.out
    assert preflight("doctor", "failed.log", "--exit-zero", cwd=log).status == 0


def test_a_log_without_failure_is_status_0(tmp_path: Path) -> None:
    (tmp_path / "good.log").write_text("Uploading sampleproject-1.2.0.tar.gz\n")
    done = preflight("doctor", "good.log", cwd=tmp_path)
    assert (done.out, done.status) == ("No failure found in good.log (1 line).\n", 0)
    assert json.loads(preflight("doctor", "good.log", "--output-format", "json", cwd=tmp_path).out)["diagnoses"] == []


def test_standard_input_is_read(tmp_path: Path) -> None:
    done = preflight("doctor", "-", "--output-format", "concise", cwd=tmp_path, stdin=FAILED)
    assert done.status == 1
    assert done.out == (
        "standard input:3: error[NAM005] The name `json` is on PyPI's list of names that it does not give out. (certain: name-prohibited)\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["absent.log"], "cannot read 'absent.log'"),
        (["."], "is a folder"),
        (["failed.log", "--batch"], "takes no LOG"),
        (["failed.log", "--project", "absent"], "does not exist"),
    ],
)
def test_wrong_use_is_status_2(log: Path, arguments: list[str], said: str) -> None:
    done = preflight("doctor", *arguments, cwd=log)
    assert done.status == 2
    assert said in done.err


def test_json_is_as_the_contract_says(log: Path) -> None:
    document = json.loads(preflight("doctor", "failed.log", "--output-format", "json", cwd=log).out)
    assert document["schema"] == 1
    assert {"client", "stage", "http_status", "index", "claims"} <= set(document["log"])
    assert (document["log"]["stage"], document["log"]["http_status"], document["log"]["index"]) == (
        "upload",
        400,
        "pypi",
    )
    (diagnosis,) = document["diagnoses"]
    for key in (
        "code",
        "name",
        "cause",
        "confidence",
        "message",
        "fix",
        "steps",
        "evidence",
        "rejections",
        "location",
        "url",
    ):
        assert key in diagnosis
    assert diagnosis["evidence"][0]["line"] == 3
    assert diagnosis["location"] is None
    assert diagnosis["rejections"] == ["project-name-prohibited"]


def test_a_batch_answers_each_line(tmp_path: Path) -> None:
    lines = [{"id": 7, "log": FAILED}, {"id": None, "log": ""}, {"id": "c", "log": "ERROR    all is lost\n"}]
    done = preflight("doctor", "--batch", cwd=tmp_path, stdin="\n".join(map(json.dumps, lines)) + "\n\n")
    answers = [json.loads(line) for line in done.out.splitlines()]
    assert done.status == 1
    assert [each["id"] for each in answers] == [7, None, "c"]
    assert [[one["code"] for one in each["diagnoses"]] for each in answers] == [["NAM005"], [], ["UNK001"]]


@pytest.mark.parametrize("line", ["no json", "[1]", '{"id": 1}', '{"id": 1, "log": 2}'])
def test_a_batch_of_something_else_is_wrong_use(tmp_path: Path, line: str) -> None:
    done = preflight("doctor", "--batch", cwd=tmp_path, stdin=f"{line}\n")
    assert done.status == 2
    assert "line 1" in done.err


def test_no_secret_is_shown(tmp_path: Path) -> None:
    token = forge()
    text = f"TWINE_PASSWORD={token}\nError: the token {token} of sampleproject was refused by the flux capacitor\nProcess completed with exit code 1.\n"
    for format in FORMATS:
        done = preflight("doctor", "-", "--output-format", format, cwd=tmp_path, stdin=text)
        assert done.status == 1
        assert token not in done.out + done.err
        assert token[20:60] not in done.out


def test_the_project_is_asked(tmp_path: Path) -> None:
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "sampleproject"\nversion = "1.0"\n')
    (tmp_path / ".github" / "workflows" / "publish.yml").write_text(
        "on: push\njobs:\n  publish:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n    steps:\n"
        "      - uses: pypa/gh-action-pypi-publish@release/v1\n"
    )
    (tmp_path / "failed.log").write_text((LOGS / "action-no-id-token.txt").read_text())
    done = preflight("doctor", "failed.log", "--project", ".", cwd=tmp_path)
    assert done.status == 1
    assert done.out.startswith("error[PUB010]")
    assert "In your project: .github/workflows/publish.yml:" in done.out
    assert "+      id-token: write" in done.out


def test_markdown_is_fit_for_an_issue(log: Path) -> None:
    out = preflight("doctor", "failed.log", "--output-format", "markdown", cwd=log).out
    assert out.startswith("## preflight doctor\n\n❌ **NAM005 prohibited-project-name** (certain): ")
    assert "\n1. Choose another `name`" in out
    assert "```text\n3: The name 'json' isn't allowed.\n" in out


@pytest.mark.parametrize("format", ["sarif", "github", "gitlab", "junit"])
def test_the_other_formats_point_into_the_log(log: Path, format: str) -> None:
    done = preflight("doctor", "failed.log", "--output-format", format, cwd=log)
    assert done.status == 1
    assert "NAM005" in done.out
    assert "failed.log" in done.out


def run(text: str, format: str) -> None:
    result = CliRunner().invoke(
        group,
        ["doctor", "-", "--output-format", format],
        input=text.encode("utf-8", "surrogatepass"),
        standalone_mode=False,
    )
    assert result.exception is None, result.exc_info
    assert result.return_value in (0, 1)
    assert "{" not in result.output.replace("${{", "") or format in ("json", "sarif", "gitlab") or "{" in text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=500), st.sampled_from(FORMATS))
def test_any_text_is_answered(text: str, format: str) -> None:
    run(text, format)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(REAL), st.sampled_from(FORMATS), st.data())
def test_a_real_log_cut_and_spoilt_anywhere_is_answered(text: str, format: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    inserted = data.draw(st.text(max_size=20))
    run(text[:start] + inserted + text[start:end], format)


def test_a_pypi_log_of_many_megabytes_is_answered(tmp_path: Path) -> None:
    with (tmp_path / "long.log").open("w") as stream:
        for number in range(150_000):
            stream.write(f"2026-01-01T00:00:00.0000000Z step {number} of the build goes on and says nothing\n")
        stream.write(FAILED)
    done = preflight("doctor", "long.log", "--output-format", "concise", cwd=tmp_path)
    assert done.out.startswith("long.log:150003: error[NAM005]")


WORKFLOW = """on:
  release:
    types: [published]
jobs:
  publish:
    runs-on: ubuntu-latest
    environment: pypi
    permissions:
      id-token: write
    steps:
      - uses: actions/download-artifact@v6
      - uses: pypa/gh-action-pypi-publish@release/v1
"""
PROJECT = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n[project]\nname = "sampleproject"\nversion = "1.0"\n'


def checklist(folder: Path, workflow: str = WORKFLOW, pyproject: str = PROJECT) -> dict[str, object]:
    (folder / ".github" / "workflows").mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(pyproject)
    if workflow:
        (folder / ".github" / "workflows" / "release.yml").write_text(workflow)
    done = preflight("doctor", "--output-format", "json", cwd=folder)
    assert done.status == 0
    found: dict[str, object] = json.loads(done.out)
    return found


def states(found: dict[str, object]) -> dict[str, str]:
    steps = found["checklist"]
    assert isinstance(steps, list)
    return {each["name"]: each["state"] for each in steps}


def test_without_a_log_the_stage_of_the_project_is_told(tmp_path: Path) -> None:
    found = checklist(tmp_path)
    assert found["stage"] == "automated"
    assert states(found) == {
        "name": "unknown",
        "first-release": "unknown",
        "version": "done",
        "workflow": "done",
        "trusted-publishing": "done",
        "publisher": "unknown",
        "environment": "unknown",
        "release": "done",
        "old-token": "unknown",
        "checks": "done",
    }


def test_stages_before_that(tmp_path: Path) -> None:
    assert checklist(tmp_path, workflow="")["stage"] == "by-hand"
    by_token = (
        WORKFLOW.replace("id-token: write", "contents: read")
        + "        with:\n          password: ${{ secrets.PYPI_TOKEN }}\n"
    )
    found = checklist(tmp_path, by_token)
    assert found["stage"] == "token"
    assert states(found)["trusted-publishing"] == "missing"
    assert states(found)["secret"] == "unknown"
    by_hand = WORKFLOW.replace("  release:\n    types: [published]\n", "  workflow_dispatch:\n")
    found = checklist(tmp_path, by_hand)
    assert found["stage"] == "trusted"
    assert states(found)["release"] == "missing"


def test_a_declared_publisher_that_differs_comes_next(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    source = '\n[project.urls]\nSource = "https://github.com/octo-org/sampleproject"\n'
    publisher = (
        '\n[[tool.preflight.publishers]]\nowner = "octo-org"\nrepository = "sampleproject"\nworkflow = "publish.yml"\n'
    )
    found = checklist(tmp_path, pyproject=PROJECT + source + publisher)
    assert states(found)["publisher"] == "missing"
    assert "workflow `publish.yml` instead of `release.yml`" in str(found["next"])


def test_the_checklist_for_people(tmp_path: Path) -> None:
    checklist(tmp_path)
    done = preflight("doctor", cwd=tmp_path)
    assert "✓ Trusted publishing on a release or a pushed tag (.github/workflows/release.yml:" in done.out
    assert "Stage reached: automated trusted publishing." in done.out
    assert preflight("doctor", "--output-format", "markdown", cwd=tmp_path).out.startswith(
        "## preflight doctor\n\n- ❔ The name"
    )
    assert preflight("doctor", "--output-format", "sarif", cwd=tmp_path).status == 2


def test_nothing_to_look_at_is_status_3(tmp_path: Path) -> None:
    done = preflight("doctor", cwd=tmp_path)
    assert done.status == 3
    assert "name its log" in done.err
