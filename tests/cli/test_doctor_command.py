"""`preflight doctor`: exit statuses, formats, standard input, batches, and no log that makes it fail."""

import json
import os
import threading
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import pytest
from cli.command import ROOT, preflight
from click.testing import CliRunner
from credentials.tokens import forge
from doctor.diagnosed import DIAGNOSIS_KEYS
from doctor.github import JOBS, RECORD, REFUSED, RUN, github, job
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from publishing_workflow import ON_RELEASE

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
    assert set(diagnosis) >= DIAGNOSIS_KEYS
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


UNPERMITTED = (
    "on: push\njobs:\n  publish:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n    steps:\n"
    "      - uses: pypa/gh-action-pypi-publish@release/v1\n"
)
MENDED = UNPERMITTED.replace("contents: read\n", "contents: read\n      id-token: write\n")


@pytest.fixture
def unpermitted(tmp_path: Path) -> Path:
    """A project whose job may not ask for an identity token, with something else to mend beside it, and the log of its run."""
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "sampleproject"\nversion = "1.0"\nkeywords = "one"\nclassifiers = ["License :: OSI Approved :: MIT License"]\nlicense = "MIT"\n'
    )
    (tmp_path / ".github" / "workflows" / "publish.yml").write_text(UNPERMITTED)
    (tmp_path / "failed.log").write_text((LOGS / "action-no-id-token.txt").read_text())
    return tmp_path


def texts(folder: Path) -> tuple[str, str]:
    return (folder / ".github" / "workflows" / "publish.yml").read_text(), (folder / "pyproject.toml").read_text()


def test_fix_applies_what_mends_the_cause_and_nothing_else(unpermitted: Path) -> None:
    _, pyproject = texts(unpermitted)
    done = preflight("doctor", "failed.log", "--fix", cwd=unpermitted)
    assert done.status == 1
    assert "This edit was made:" in done.out
    assert texts(unpermitted) == (MENDED, pyproject)
    again = preflight("doctor", "failed.log", "--fix", "--output-format", "json", cwd=unpermitted)
    assert json.loads(again.out)["changed"] == []
    assert texts(unpermitted) == (MENDED, pyproject)


def test_diff_shows_it_and_changes_nothing(unpermitted: Path) -> None:
    before = texts(unpermitted)
    done = preflight("doctor", "failed.log", "--diff", cwd=unpermitted)
    assert done.status == 1
    assert done.out.startswith("--- a/.github/workflows/publish.yml\n+++ b/.github/workflows/publish.yml\n")
    assert "+      id-token: write\n" in done.out
    assert "keywords" not in done.out
    assert texts(unpermitted) == before
    changed = preflight("doctor", "failed.log", "--fix", "--output-format", "json", cwd=unpermitted)
    assert json.loads(changed.out)["changed"] == [".github/workflows/publish.yml"]


def test_where_there_is_nothing_to_edit_fix_says_so(log: Path) -> None:
    (log / "pyproject.toml").write_text('[project]\nname = "sampleproject"\nversion = "1.0"\n')
    done = preflight("doctor", "failed.log", "--fix", cwd=log)
    assert "No edit was made: nothing in the project's files can mend this." in done.out


def test_the_project_here_is_asked_where_the_log_names_it(unpermitted: Path) -> None:
    claim = "* `repository`: `octo-org/sampleproject`\n* `repository_owner`: `octo-org`\n"
    text = (unpermitted / "failed.log").read_text()
    (unpermitted / "named.log").write_text(f"{text}{claim}Uploading sampleproject-1.0.tar.gz\n")
    assert "In your project: " not in preflight("doctor", "failed.log", cwd=unpermitted).out
    (unpermitted / ".git").mkdir()
    source = '\n[project.urls]\nSource = "https://github.com/octo-org/sampleproject"\n'
    with (unpermitted / "pyproject.toml").open("a") as stream:
        stream.write(source)
    assert "In your project: .github/workflows/publish.yml:" in preflight("doctor", "named.log", cwd=unpermitted).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fix"], "without one, use preflight fix"),
        (["failed.log", "--unsafe"], "--unsafe goes with --fix or --diff"),
        (["--batch", "--fix"], "--batch changes nothing"),
        (["failed.log", "--run", "https://github.com/o/r/actions/runs/7"], "goes neither with LOG"),
        (["--run", "https://example.com/"], "is no address of a run"),
        (["--run", "7"], "give the whole address of the run"),
    ],
)
def test_wrong_use_of_the_new_options(log: Path, arguments: list[str], said: str) -> None:
    done = preflight("doctor", *arguments, cwd=log)
    assert done.status == 2
    assert said in done.err


RUN_URL = "https://github.com/octo-org/sampleproject/actions/runs/7"


def test_a_run_is_fetched_and_explained(tmp_path: Path) -> None:
    jobs = {"jobs": [job(1, "build", "success"), job(2, "publish")]}
    token = "ghp_" + "y" * 36
    with github({RUN: RECORD, JOBS: jobs}, {"2": REFUSED}) as told:
        given = {"GITHUB_API_URL": told.api, "GH_TOKEN": token, "PATH": ""}
        done = preflight("doctor", "--run", RUN_URL, cwd=tmp_path, **given)
        document = json.loads(
            preflight("doctor", "--run", RUN_URL, "--output-format", "json", cwd=tmp_path, **given).out
        )
    assert (done.status, done.err) == (1, "")
    assert done.out.startswith("error[NAM005]")
    assert "run 7 of octo-org/sampleproject, job publish:3" in done.out
    assert RUN_URL in done.out
    assert token not in done.out
    assert (document["log"]["job"], document["log"]["ref"]) == ("publish", "refs/tags/v1.2.0")
    assert document["page"] == RUN_URL


def test_a_number_is_a_run_of_the_checkout(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "sampleproject"\nversion = "1.0"\nurls.Source = "https://github.com/octo-org/sampleproject"\n'
    )
    with github({RUN: RECORD, JOBS: {"jobs": [job(2, "publish")]}}, {"2": REFUSED}) as told:
        given = {"GITHUB_API_URL": told.api, "GH_TOKEN": "x" * 8, "PATH": ""}
        done = preflight("doctor", "--run", "7", cwd=tmp_path, **given)
    assert done.out.startswith("error[NAM005]")


def test_an_archive_of_logs_is_read(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "logs_7.zip", "w") as archive:
        archive.writestr("0_publish.txt", FAILED)
    assert preflight("doctor", "logs_7.zip", cwd=tmp_path).out.startswith("error[NAM005]")
    with ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("METADATA", "Name: sampleproject")
    done = preflight("doctor", "other.zip", cwd=tmp_path)
    assert (done.status, "holds no log of a job" in done.err) == (2, True)


def test_a_run_that_cannot_be_read_is_told_kindly(tmp_path: Path) -> None:
    with github({}) as told:
        done = preflight("doctor", "--run", RUN_URL, cwd=tmp_path, GITHUB_API_URL=told.api, PATH="")
    assert done.status == 2
    assert "gh auth login" in done.err
    assert f"open {RUN_URL}" in done.err
    assert "Traceback" not in done.err


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
    # away from this checkout, which would be checked each time
    with TemporaryDirectory() as folder, chdir(folder):
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


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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


PROJECT = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n[project]\nname = "sampleproject"\nversion = "1.0"\n'


def checklist(folder: Path, workflow: str = ON_RELEASE, pyproject: str = PROJECT) -> dict[str, object]:
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
        "testpypi": "unknown",
        "backend": "done",
        "action": "done",
    }


def test_stages_before_that(tmp_path: Path) -> None:
    assert checklist(tmp_path, workflow="")["stage"] == "by-hand"
    by_token = (
        ON_RELEASE.replace("id-token: write", "contents: read")
        + "        with:\n          password: ${{ secrets.PYPI_TOKEN }}\n"
    )
    found = checklist(tmp_path, by_token)
    assert found["stage"] == "token"
    assert states(found)["trusted-publishing"] == "missing"
    assert states(found)["secret"] == "unknown"
    by_hand = ON_RELEASE.replace("  release:\n    types: [published]\n", "  workflow_dispatch:\n")
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
    assert "  ✓ by hand  →  ✓ by token  →  ✓ trusted publishing  →  ✓ automated\n" in done.out
    assert "\nWorkflows\n  ✓ A workflow that uploads: job `publish` of `release.yml`\n" in done.out
    assert "Stage reached: automated trusted publishing." in done.out
    assert preflight("doctor", "--output-format", "markdown", cwd=tmp_path).out.startswith(
        "## preflight doctor\n\n**Project**\n\n- ✅ All statements of the version agree"
    )
    assert preflight("doctor", "--output-format", "sarif", cwd=tmp_path).status == 2


def test_nothing_to_look_at_is_status_3(tmp_path: Path) -> None:
    done = preflight("doctor", cwd=tmp_path)
    assert done.status == 3
    assert "name its log" in done.err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_log_from_a_pipe_is_read(tmp_path: Path) -> None:
    """As a shell gives it with `preflight doctor <(...)`: a path that can be read once only."""
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=(FAILED,))
    writer.start()
    done = preflight("doctor", "pipe", cwd=tmp_path)
    writer.join()
    assert (done.status, done.err) == (1, "")
    assert done.out.startswith("error[NAM005]")
