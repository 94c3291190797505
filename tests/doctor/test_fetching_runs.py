"""The log of a run through GitHub's API and through `gh`: which jobs, what is sent where, and what is said when nothing can be had."""

import stat
from pathlib import Path

import pytest
from doctor.github import JOBS, RECORD, REFUSED, RUN, github, job
from hypothesis import given
from hypothesis import strategies as st

from preflight.doctor.extraction import extract
from preflight.doctor.reading import read_text
from preflight.doctor.run import FetchedRun, fetch_run, how_to_get_it, ref_of, with_record
from preflight.index.github_token import find_token
from preflight.index.run_address import RunAddress, parse_run
from preflight.index.run_by_api import NoRunLog, api_base
from preflight.index.run_record import RunRecord, annotations, job_records, run_record

ADDRESS = RunAddress("github.com", "octo-org", "sampleproject", "7")
TOKEN = "ghp_" + "x" * 36


def environment(api: str, **more: str) -> dict[str, str]:
    return {"PATH": "", "GITHUB_API_URL": api, "GH_TOKEN": TOKEN, **more}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://github.com/octo-org/sampleproject/actions/runs/7", ADDRESS),
        ("github.com/octo-org/sampleproject/actions/runs/7/", ADDRESS),
        ("https://github.com/octo-org/sampleproject/actions/runs/7?pr=3#summary", ADDRESS),
        ("https://github.com/o/r/actions/runs/7/attempts/2", RunAddress("github.com", "o", "r", "7", "2")),
        ("https://github.com/o/r/actions/runs/7/job/9#step:4:1", RunAddress("github.com", "o", "r", "7", None, "9")),
        ("https://github.com/o/r/actions/runs/7/attempts/2/job/9", RunAddress("github.com", "o", "r", "7", "2", "9")),
        ("https://ghes.example.com/o/r/actions/runs/7", RunAddress("ghes.example.com", "o", "r", "7")),
        ("https://github.com/o/r/runs/7", RunAddress("github.com", "o", "r", "7")),
        ("https://github.com/o/r/issues/7", None),
        ("https://github.com/../../actions/runs/7", None),
        ("7", None),
        ("", None),
    ],
)
def test_addresses(text: str, found: RunAddress | None) -> None:
    assert parse_run(text) == found


def test_the_failed_job_alone_is_fetched_and_the_storage_sees_no_token() -> None:
    jobs = {"jobs": [job(1, "build", "success"), job(2, "publish")]}
    with github({RUN: RECORD, JOBS: jobs}, {"2": REFUSED}) as told:
        found = fetch_run(ADDRESS, None, environment(told.api))
    assert (found.text, found.job, found.step) == (REFUSED, "publish", "Publish")
    assert found.name == "run 7 of octo-org/sampleproject, job publish"
    assert {(role, token) for role, _, token in told.asked} == {("api", f"Bearer {TOKEN}"), ("storage", None)}
    assert "/2" in [path for role, path, _ in told.asked if role == "storage"]


def test_several_failed_jobs_are_one_log() -> None:
    jobs = {"jobs": [job(2, "publish (3.11)"), job(3, "publish (3.12)")]}
    with github({RUN: RECORD, JOBS: jobs}, {"2": REFUSED, "3": REFUSED}) as told:
        found = fetch_run(ADDRESS, None, environment(told.api))
    assert found.job == ""
    extracted = extract(read_text(found.text.decode()))
    assert extracted.jobs == ("publish (3.11)", "publish (3.12)")
    assert extracted.failures[0].name == "project-name-prohibited"


def test_one_job_of_a_run_can_be_named() -> None:
    address = RunAddress("github.com", "octo-org", "sampleproject", "7", None, "3")
    answers = {RUN: RECORD, "/repos/octo-org/sampleproject/actions/jobs/3": job(3, "publish")}
    with github(answers, {"3": REFUSED}) as told:
        assert fetch_run(address, None, environment(told.api)).job == "publish"


def test_a_job_without_log_is_told_by_its_annotations() -> None:
    """A deployment that protection rules refuse never starts its job, so there is no log (404)."""
    text = 'Tag "v1.2.0" is not allowed to deploy to pypi due to environment protection rules.'
    answers = {
        RUN: RECORD,
        JOBS: {"jobs": [job(2, "publish")]},
        "/repos/octo-org/sampleproject/check-runs/2/annotations": [{"annotation_level": "failure", "message": text}],
    }
    with github(answers) as told:
        found = fetch_run(ADDRESS, None, environment(told.api))
    assert extract(read_text(found.text.decode())).failures[0].name == "deployment-not-allowed"


@pytest.mark.parametrize(
    ("answers", "said", "denied"),
    [
        ({}, "knows no such run", True),
        ({RUN: 401}, "does not accept the token", True),
        ({RUN: 403}, "`actions: read` on octo-org/sampleproject", True),
        ({RUN: {**RECORD, "conclusion": "startup_failure"}, JOBS: {"jobs": []}}, "failed before any job", False),
        ({RUN: RECORD, JOBS: {"jobs": [job(1, "build", "success")]}}, "has no failed job", False),
        ({RUN: RECORD, JOBS: {"jobs": [job(1, "build", None, "in_progress")]}}, "still running: build", False),
        ({RUN: RECORD, JOBS: {"jobs": [job(2, "publish")]}}, "has a log", False),
        ({RUN: RECORD, JOBS: 418}, "answered with 418", False),
        ({RUN: ["no", "mapping"], JOBS: "neither"}, "has no failed job", False),
    ],
)
def test_what_cannot_be_had_is_said(answers: dict[str, object], said: str, denied: bool) -> None:
    with github(answers) as told, pytest.raises(NoRunLog) as raised:
        fetch_run(ADDRESS, None, environment(told.api))
    assert said in raised.value.message
    assert raised.value.denied is denied
    assert TOKEN not in how_to_get_it(ADDRESS, raised.value)


def test_without_a_token_nothing_is_asked() -> None:
    with github({RUN: RECORD}) as told, pytest.raises(NoRunLog, match="logged in"):
        fetch_run(ADDRESS, None, {"PATH": "", "GITHUB_API_URL": told.api})
    assert told.asked == []


@pytest.mark.parametrize(
    ("host", "login", "variable"),
    [
        ("github.com", "`gh auth login`", "GH_TOKEN"),
        ("octo.ghe.com", "`gh auth login --hostname octo.ghe.com`", "GH_TOKEN"),
        ("ghes.example.com", "`gh auth login --hostname ghes.example.com`", "GH_ENTERPRISE_TOKEN"),
    ],
)
def test_the_variable_that_is_named_is_the_one_that_is_read(host: str, login: str, variable: str) -> None:
    address = RunAddress(host, "octo-org", "sampleproject", "7")
    with pytest.raises(NoRunLog) as raised:
        fetch_run(address, None, {"PATH": ""})
    assert f"Log in with {login}, or set {variable} to a token" in how_to_get_it(address, raised.value)
    found = find_token({"PATH": "", variable: "a-token"}, host, None)
    assert found is not None
    assert found.source == variable


def test_no_network_is_said(unused_port: int) -> None:
    with pytest.raises(NoRunLog, match="no connection to 127"):
        fetch_run(ADDRESS, None, environment(f"http://127.0.0.1:{unused_port}"))


@pytest.fixture
def unused_port() -> int:
    from socket import socket

    with socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
    return port


def test_from_within_the_run_ended_jobs_are_fetched_while_others_go_on() -> None:
    """`gh` gives no log before the run has ended; the API gives that of a job that has."""
    running = {**RECORD, "status": "in_progress", "conclusion": None}
    jobs = {"jobs": [job(2, "publish"), job(3, "doctor", None, "in_progress")]}
    inside = {"GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "7"}
    with github({RUN: running, JOBS: jobs}, {"2": REFUSED}) as told:
        assert fetch_run(ADDRESS, None, environment(told.api, **inside)).job == "publish"


def test_a_job_that_asks_for_its_own_log_is_told_why_there_is_none() -> None:
    running = {**RECORD, "status": "in_progress", "conclusion": None}
    inside = {"GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "7"}
    with (
        github({RUN: running, JOBS: {"jobs": [job(2, "publish", None, "in_progress")]}}) as told,
        pytest.raises(NoRunLog, match="from a job of its own, with `needs` and `if: failure"),
    ):
        fetch_run(ADDRESS, None, environment(told.api, **inside))


@pytest.mark.parametrize(
    ("host", "given", "base"),
    [
        ("github.com", {}, "https://api.github.com"),
        ("ghes.example.com", {}, "https://ghes.example.com/api/v3"),
        ("octo.ghe.com", {}, "https://api.octo.ghe.com"),
        ("github.com", {"GITHUB_API_URL": "http://127.0.0.1:1/"}, "http://127.0.0.1:1"),
        (
            "github.com",
            {"GITHUB_API_URL": "https://ghes.example.com/api/v3", "GITHUB_SERVER_URL": "https://ghes.example.com"},
            "https://api.github.com",
        ),
    ],
)
def test_the_api_of_a_host(host: str, given: dict[str, str], base: str) -> None:
    assert api_base(host, given) == base


GH = """#!/bin/sh
case "$1" in
  run) printf 'publish\\tPublish\\t2026-03-04T10:11:02.1234567Z ERROR    HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/\\n'
       printf "publish\\tPublish\\t2026-03-04T10:11:02.1234567Z          The name 'json' isn't allowed.\\n" ;;
  api) printf '{"head_branch": "main", "event": "push", "path": ".github/workflows/release.yml", "run_attempt": 1}' ;;
esac
printf '%s\\n' "$*" >> "$HOME/calls"
"""


def command(folder: Path, text: str) -> str:
    path = folder / "bin" / "gh"
    path.parent.mkdir()
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return f"{path.parent}:/usr/bin:/bin"


def test_gh_goes_first(tmp_path: Path) -> None:
    found = fetch_run(ADDRESS, None, {"PATH": command(tmp_path, GH), "HOME": str(tmp_path)})
    assert found.record.path == ".github/workflows/release.yml"
    assert extract(read_text(found.text.decode())).step == "Publish"
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls[0] == "run view --repo github.com/octo-org/sampleproject --log-failed 7"


def test_gh_that_is_not_logged_in_is_passed_over(tmp_path: Path) -> None:
    with github({RUN: RECORD, JOBS: {"jobs": [job(2, "publish")]}}, {"2": REFUSED}) as told:
        given = {**environment(told.api), "PATH": command(tmp_path, "#!/bin/sh\nexit 4\n")}
        assert fetch_run(ADDRESS, None, given).job == "publish"


def test_a_gh_that_lies_in_the_project_is_never_run(tmp_path: Path) -> None:
    given = {"PATH": command(tmp_path, GH), "HOME": str(tmp_path)}
    with pytest.raises(NoRunLog):
        fetch_run(ADDRESS, tmp_path, given)
    assert not (tmp_path / "calls").exists()


@pytest.mark.parametrize(
    ("event", "branch", "ref"),
    [
        ("release", "1.0", "refs/tags/1.0"),
        ("push", "v1.2.0", "refs/tags/v1.2.0"),
        ("push", "pkg-v1.2.0rc1", "refs/tags/pkg-v1.2.0rc1"),
        ("push", "main", "refs/heads/main"),
        ("workflow_dispatch", "v1.2.0", "refs/heads/v1.2.0"),
        ("pull_request", "feature", None),
        ("push", "", None),
    ],
)
def test_refs(event: str, branch: str, ref: str | None) -> None:
    assert ref_of(RunRecord(branch=branch, event=event)) == ref


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                "jobs id name status conclusion steps message annotation_level run_started_at path".split()
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_answer_is_read_or_passed_over(body: object) -> None:
    assert run_record(body).attempt is None
    assert all(each.number.lstrip("-").isdigit() for each in job_records(body))
    assert all(annotations(body))


def test_the_time_of_a_run() -> None:
    assert run_record({"run_started_at": "2026-01-02T03:04:05Z"}).started == 1767323045
    assert run_record({"run_started_at": "soon"}).started is None


def test_the_record_fills_up_what_the_log_does_not_say() -> None:
    record = RunRecord("v1.2.0", "0123", "release", ".github/workflows/release.yml", 2)
    extracted = extract(read_text("ERROR    HTTPError: 403 Forbidden from https://upload.pypi.org/legacy/\n"))
    told = with_record(extracted, FetchedRun("run 7", b"", record, ADDRESS, "publish"))
    assert (told.repository, told.ref, told.run_attempt, told.job) == (
        "octo-org/sampleproject",
        "refs/tags/v1.2.0",
        2,
        "publish",
    )
    assert told.workflow_ref == "octo-org/sampleproject/.github/workflows/release.yml@refs/tags/v1.2.0"
    called = with_record(extracted, FetchedRun("run 7", b"", record, ADDRESS, "release / publish"))
    assert called.workflow_ref is None
