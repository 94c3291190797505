"""`preflight rehearse` as a process, with the real twine and uv: verdict, words, exit status, and nothing left behind."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.command import ROOT, Done, preflight
from recipes import build

from preflight.cli.application import application
from preflight.rehearsal.identity import Mint

WHEEL = "demo-1.0-py3-none-any.whl"
TWINE = (sys.executable, "-m", "twine", "upload", "--disable-progress-bar")
UV = str(Path(sys.executable).with_name("uv"))
PROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "demo"
version = "1.0"

[[tool.preflight.publishers]]
index = "pypi"
owner = "octo-org"
repository = "demo"
workflow = "publish.yml"
environment = "release"
"""
WORKFLOW = """on:
  release:
    types: [published]
jobs:
  publish:
    runs-on: ubuntu-latest
    environment: {environment}
    permissions:
      id-token: {permission}
    steps:
      - uses: actions/download-artifact@v4
        with: {{name: dist, path: packages}}
      - {step}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "demo"
    (folder / "dist").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "dist" / WHEEL).write_bytes(build("wheel demo 1.0"))
    (tmp_path / "tmp").mkdir()
    return folder


def rehearse(project: Path, *arguments: str, **environment: str) -> Done:
    """Run it with a folder for temporary files of its own, which must be empty afterwards."""
    temporary = project.parent / "tmp"
    done = preflight("rehearse", *arguments, cwd=project, TMPDIR=str(temporary), **environment)
    assert "Traceback" not in done.err
    assert [each.name for each in temporary.iterdir() if each.name.startswith("preflight")] == []
    return done


def workflow(project: Path, step: str, environment: str = "release", permission: str = "write") -> None:
    folder = project / ".github" / "workflows"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "publish.yml").write_text(WORKFLOW.format(step=step, environment=environment, permission=permission))


def test_a_good_upload_with_twine(project: Path) -> None:
    done = rehearse(project, "--", *TWINE, f"dist/{WHEEL}")
    assert done.out == f"accepted {WHEEL}\n\nPyPI would have taken 1 upload. Nothing was published.\n"
    assert done.status == 0
    assert f"Uploading {WHEEL}" in done.err
    assert done.err.endswith("\n"), "the report starts on a line of its own"
    assert sorted(each.name for each in project.iterdir()) == ["dist", "pyproject.toml"]


def test_a_refused_upload_in_twines_own_words(project: Path) -> None:
    (project / "dist" / WHEEL).write_bytes(build("wheel demo 1.0\nmetadata Classifier: Foo :: Bar\nrecord: none"))
    done = rehearse(project, "--", *TWINE, f"dist/{WHEEL}")
    assert done.status == 1
    assert re.search(r"HTTPError: 400 Bad Request from http://127\.0\.0\.1:\d+/legacy/", done.err)
    assert "'Foo :: Bar' is not a valid classifier" in done.err
    assert "    400 'Foo :: Bar' is not a valid classifier. See" in done.out
    assert "= also wrong: Wheel 'demo-1.0-py3-none-any.whl' does not contain the required RECORD" in done.out
    assert "= see: preflight explain unknown-classifier" in done.out
    assert done.out.endswith("PyPI would have refused 1 of 1 upload.\n")
    log = done.err.replace("http://127.0.0.1", "https://upload.pypi.org")
    told = preflight("doctor", "-", "--output-format", "json", cwd=project, stdin=log)
    assert "classifier-unknown" in json.loads(told.out)["diagnoses"][0]["rejections"]


def test_uv_says_what_pypi_says(project: Path) -> None:
    done = rehearse(project, "--released", "1.0", "--", UV, "publish", f"dist/{WHEEL}")
    assert done.status == 1
    assert "Server says: 400 File already exists ('demo-1.0-py3-none-any.whl', with blake2_256 hash" in " ".join(
        done.err.split()
    )
    assert rehearse(project, "--", UV, "publish").status == 0


def test_files_that_exist_are_skipped_where_the_client_is_told_to(project: Path) -> None:
    done = rehearse(project, "--released", "1.0", "--", *TWINE, "--skip-existing", f"dist/{WHEEL}")
    assert (done.status, done.out.splitlines()[0]) == (0, f"skipped {WHEEL}")


def test_the_report_for_programs(project: Path) -> None:
    done = rehearse(project, "--output-format", "json", "--index", "testpypi", "--", *TWINE, f"dist/{WHEEL}")
    document = json.loads(done.out)
    assert (document["schema"], document["index"], document["taken"]) == (1, "testpypi", True)
    assert document["commands"][0]["status"] == 0
    (upload,) = document["uploads"]
    assert (upload["file"], upload["verdict"], upload["http_status"]) == (WHEEL, "accepted", 200)
    assert upload["client"].startswith("twine/")


def test_the_users_own_credentials_are_neither_read_nor_shown(project: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    secret = "a-secret-of-the-user"
    (home / ".pypirc").write_text(f"[pypi]\nusername = me\npassword = {secret}\n")
    own = {
        "HOME": str(home),
        "TWINE_PASSWORD": secret,
        "TWINE_USERNAME": "me",
        "TWINE_REPOSITORY_URL": "http://127.0.0.1:9",
    }
    done = rehearse(project, "--", *TWINE, f"dist/{WHEEL}", **own)
    assert done.status == 0
    assert secret not in done.out + done.err


def test_the_credentials_that_the_command_gives_are_judged_and_not_shown(project: Path) -> None:
    secret = "a-secret-of-the-user"
    given = ("--output-format", "json", "--", *TWINE)
    done = rehearse(project, *given, "-u", "me", "-p", secret, f"dist/{WHEEL}")
    document = json.loads(done.out)
    assert (done.status, document["taken"]) == (1, False)
    assert document["uploads"][0]["refusals"][0]["rejection"] == "password-auth-removed"
    assert document["commands"][0]["command"].endswith(f"-u '***' -p '***' dist/{WHEEL}")
    assert secret not in done.out + done.err
    token = rehearse(project, *given, "-p", "pypi-" + "xyz", f"dist/{WHEEL}")
    assert json.loads(token.out)["uploads"][0]["refusals"][0]["rejection"] == "no-identity-undecodable"
    uv = rehearse(project, "--", UV, "publish", "--username", "pypi", "--password", secret)
    assert (uv.status, "Username/Password authentication is no longer supported" in uv.out) == (1, True)


def test_a_token_that_may_be_live_is_said_to_be_unknown(project: Path) -> None:
    token = Mint("pypi.org").account_token()
    done = rehearse(project, "--", *TWINE, "-u", "__token__", "-p", token, f"dist/{WHEEL}")
    assert done.status == 0
    assert "Note: whether the credentials of the command are live is not known here\n" in done.out
    wrong = rehearse(project, "--index", "testpypi", "--", *TWINE, "-p", token, f"dist/{WHEEL}")
    assert (wrong.status, "TestPyPI would have refused 1 of 1 upload." in wrong.out) == (1, True)


def test_an_address_without_its_slash_loses_the_upload_of_twine(project: Path) -> None:
    address = "https://test.pypi.org/legacy"
    done = rehearse(project, "--", *TWINE, "--repository-url", address, f"dist/{WHEEL}")
    assert done.status == 1
    assert "308 An upload was attempted to /legacy but the expected upload URL is /legacy/" in " ".join(
        done.out.split()
    )
    assert done.out.endswith("TestPyPI would have refused 1 of 1 upload.\n")


def test_a_client_that_follows_the_redirect_uploads(project: Path) -> None:
    done = rehearse(project, "--", UV, "publish", "--publish-url", "https://upload.pypi.org/legacy")
    assert done.status == 0, done.err
    assert "Note: the client followed PyPI's redirect from /legacy to /legacy/\n" in done.out
    assert done.out.endswith("PyPI would have taken 1 upload. Nothing was published.\n")


def test_an_address_without_encryption_is_refused_as_pypi_does(project: Path) -> None:
    done = rehearse(project, "--", UV, "publish", "--publish-url", "http://upload.pypi.org/legacy/")
    assert (done.status, "403 SSL is required" in done.out) == (1, True)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ((*TWINE, "-r", "nope"), "there is no repository `nope` in ~/.pypirc"),
        ((*TWINE, "--config-file", "nofile"), "`nofile` cannot be read: there is no such file"),
        ((UV, "publish", "--index", "nope"), "no index `nope` is defined in pyproject.toml or uv.toml"),
        ((*TWINE, "--repository-url", "https://pypi.org/legacy/"), "https://pypi.org/legacy/ takes no uploads"),
    ],
)
def test_a_command_that_stops_before_it_uploads_is_not_said_to_work(
    project: Path, command: tuple[str, ...], reason: str
) -> None:
    done = rehearse(project, "--", *command, f"dist/{WHEEL}")
    assert done.status == 1
    assert done.out.startswith("Nothing is uploaded by `")
    assert reason in done.out
    document = json.loads(rehearse(project, "--output-format", "json", "--", *command, f"dist/{WHEEL}").out)
    assert (document["taken"], document["uploads"], reason in document["stopped"]) == (False, [], True)


def test_an_index_that_is_not_played_is_said_so(project: Path) -> None:
    done = rehearse(project, "--", *TWINE, "--repository-url", "https://nexus.example/up/", f"dist/{WHEEL}")
    assert done.status == 0
    assert "Note: https://nexus.example/up/ is not played: what is shown is what PyPI would say\n" in done.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "give a command after `--`"),
        (("--", "ls"), "`ls` is no upload that can be rehearsed"),
        (
            ("--", "devpi", "upload", "--password", "x"),
            "`devpi upload --password ***` is no upload that can be rehearsed",
        ),
        (("--", "no-such-folder/twine", "upload"), "cannot be started"),
        (("--port", "1234", "--", "twine", "upload"), "--port goes with --serve"),
        (("--released", "one", "--serve"), "'one' is no version"),
        (("--event", "push", "--", "twine", "upload"), "go with --workflow"),
        (("--workflow", "nothing.yml"), "does not exist"),
        (("--output-format", "sarif", "--serve"), "no output format"),
    ],
)
def test_wrong_use(
    project: Path,
    arguments: tuple[str, ...],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(project)
    assert application(["rehearse", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_client_that_fails_before_it_uploads(project: Path) -> None:
    done = rehearse(project, "--", *TWINE, "dist/nothing.whl")
    assert done.status == 1
    assert done.out.startswith("Nothing was uploaded: ")


ACTION = "uses: pypa/gh-action-pypi-publish@release/v1\n        with: {packages-dir: packages}"


def test_a_workflow_is_played_with_the_publish_action(project: Path) -> None:
    workflow(project, ACTION)
    done = rehearse(project, "--workflow", "publish.yml", "--event", "release", "--yes")
    assert "trusted-publishing: twine upload 'packages/*'" in done.err
    assert done.out.startswith("token for octo-org/demo publish.yml (environment release)\n")
    assert f"accepted {WHEEL}" in done.out
    assert done.status == 0
    assert sorted(each.name for each in project.iterdir()) == [".github", "dist", "pyproject.toml"]


def test_a_workflow_in_another_environment_gets_no_token(project: Path) -> None:
    workflow(project, ACTION, environment="pypi")
    done = rehearse(project, "--workflow", "publish.yml", "--yes")
    assert done.status == 1
    assert "\n    422 invalid-publisher: valid token, but no corresponding publisher" in done.out
    assert "PUB003" in done.out
    assert "environment: registered `release`, claimed `pypi`" in done.out
    assert WHEEL not in done.out


def test_a_workflow_without_the_permission_gets_no_token(project: Path) -> None:
    workflow(project, ACTION, permission="none")
    done = rehearse(project, "--workflow", "publish.yml", "--yes", "--output-format", "json")
    (token,) = json.loads(done.out)["tokens"]
    assert (done.status, token["granted"]) == (1, False)
    assert token["refusal"]["rejection"] == "oidc-no-id-token-permission"


def test_trusted_publishing_without_the_extra(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workflow(project, ACTION)
    monkeypatch.chdir(project)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert application(["rehearse", "--workflow", "publish.yml", "--yes"]) == 2
    assert "install pypi-preflight[rehearse]" in capsys.readouterr().err


def test_uv_exchanges_the_identity_token_itself(project: Path) -> None:
    workflow(project, "run: uv publish 'packages/*'")
    environment = {"PATH": f"{Path(UV).parent}{os.pathsep}{os.environ['PATH']}"}
    done = rehearse(project, "--workflow", "publish.yml", "--yes", **environment)
    assert done.out.startswith("token for octo-org/demo publish.yml (environment release)\n"), done.err
    assert done.status == 0


def test_uv_without_the_permission_says_so_as_in_the_job(project: Path) -> None:
    workflow(project, "run: uv publish 'packages/*'", permission="none")
    environment = {"PATH": f"{Path(UV).parent}{os.pathsep}{os.environ['PATH']}"}
    done = rehearse(project, "--workflow", "publish.yml", "--yes", **environment)
    assert done.status == 1
    assert "id-token: write" in done.err


def test_a_workflow_that_cannot_be_read_is_not_said_to_upload_nothing(project: Path) -> None:
    workflow(project, "run: |\n  - {")
    done = rehearse(project, "--workflow", "publish.yml", "--yes")
    assert done.status == 2
    assert "no run of publish.yml is known; `preflight check` says" in done.err


def test_a_project_that_is_said_to_be_new_is_new_whatever_publishers_it_declares(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        (project / "pyproject.toml").read_text(encoding="utf-8").replace('name = "demo"', 'name = "asyncore"'),
        encoding="utf-8",
    )
    name = "asyncore-1.0-py3-none-any.whl"
    (project / "dist" / name).write_bytes(build("wheel asyncore 1.0"))
    done = rehearse(project, "--new-project", "--", *TWINE, f"dist/{name}")
    assert done.status == 1
    assert "NAM004" in done.out


def test_nothing_is_run_before_it_was_agreed_to(project: Path) -> None:
    workflow(project, ACTION)
    temporary = project.parent / "tmp"
    asked = ("rehearse", "--workflow", "publish.yml")
    done = preflight(*asked, cwd=project, stdin="n\n", TMPDIR=str(temporary))
    assert (done.status, done.err.endswith("Nothing was run.\n")) == (0, True)
    assert "Uploading" not in done.err
    nobody = preflight(*asked, cwd=project, stdin="", TMPDIR=str(temporary))
    assert (nobody.status, "there is no terminal to ask in: --yes runs this" in nobody.err) == (2, True)
    none = rehearse(project, "--workflow", "publish.yml", "--event", "push", "--yes")
    assert (none.status, "it does on release" in none.err) == (2, True)
    shutil.rmtree(project / "dist")
    assert "there are no built files" in rehearse(project, "--workflow", "publish.yml", "--yes").err


@pytest.mark.skipif(os.name == "nt", reason="pipes in folders")
def test_pipes_in_the_checkout_are_not_copied(project: Path) -> None:
    workflow(project, "run: twine upload packages/*")
    os.mkfifo(project / "pipe")
    done = rehearse(project, "--workflow", "publish.yml", "--yes")
    assert (done.status, f"accepted {WHEEL}" in done.out) == (0, True), done.err


def test_built_files_that_have_no_place_in_the_checkout(project: Path) -> None:
    workflow(project, "run: twine upload pyproject.toml/*")
    done = rehearse(project, "--workflow", "publish.yml", "--yes")
    assert (done.status, "the built files cannot be put where pyproject.toml/* names them" in done.err) == (2, True)


def test_a_port_that_is_taken(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = rehearse(project, "--serve", "--port", str(port))
    assert (done.status, f"port {port} cannot be had: " in done.err) == (2, True)


@pytest.fixture
def _heeded_interrupts() -> Iterator[None]:
    """A shell lets what it starts in the background ignore SIGINT, and who ignores it hands that on to its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.usefixtures("_heeded_interrupts")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_ended_and_leaves_nothing(project: Path, number: signal.Signals) -> None:
    temporary = project.parent / "tmp"
    process = subprocess.Popen(
        [sys.executable, "-m", "preflight", "rehearse", "--serve", "--", *TWINE, f"dist/{WHEEL}"],
        cwd=project,
        env={"PATH": os.environ["PATH"], "HOME": str(project), "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    line = next(each for each in process.stderr if each.startswith("The index is at "))
    url = line.split()[4]
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=20) as reply:
        assert WHEEL in reply.read().decode()
    assert list(temporary.iterdir())
    process.send_signal(number)
    out, _ = process.communicate(timeout=20)
    assert f"accepted {WHEEL}" in out
    assert process.returncode == 0
    assert not list(temporary.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_client_that_hangs_is_ended_with_it(project: Path, tmp_path: Path) -> None:
    program = tmp_path / "twine"
    marker = tmp_path / "started"
    program.write_text(f"#!/bin/sh\nsleep 600 & echo $! > {marker}\nwait\n")
    program.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-m", "preflight", "rehearse", "--", str(program), "upload", f"dist/{WHEEL}"],
        cwd=project,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(project),
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(project.parent / "tmp"),
        },
    )
    until = time.monotonic() + 30
    while not (marker.exists() and marker.read_text().strip()) and time.monotonic() < until:
        time.sleep(0.05)
    child = int(marker.read_text())
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 130
    while Path(f"/proc/{child}").exists() and "Z" not in _state(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(f"/proc/{child}").exists() or "Z" in _state(child)
    assert not list((project.parent / "tmp").iterdir())


def _state(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
