"""The commands with `--online`, as real processes against an index on loopback."""

from collections.abc import Iterator, Mapping
from json import dumps, loads
from pathlib import Path
from typing import Any

import pytest
from cli.command import Done, preflight
from loopback import Route, Running, answer, serving, with_etag
from outside import SIMPLE, entry, page
from publishing_workflow import ON_RELEASE

from preflight.cli.application import application
from preflight.index.transport import Transport

PROJECT = '[project]\nname = "demo"\nversion = "1.0"\ndependencies = ["requests>=2"]\n'
WORKFLOW = ON_RELEASE.replace("    environment: pypi\n", "")
PUBLISHER = {"kind": "GitHub", "repository": "octo-org/demo", "workflow": "release.yml", "environment": "pypi"}
FILE = "demo-0.9.tar.gz"


def routes(name: str = "demo", status: str = "active") -> dict[str, Route]:
    """What PyPI has of a project with one release, each answer with an ETag."""
    file = f"{name.replace('-', '_')}-0.9.tar.gz"
    proven = f"/integrity/{name}/0.9/{file}/provenance"
    bodies: Mapping[str, tuple[object, str]] = {
        f"/simple/{name}/": (page(name, entry(file, provenance=f"https://pypi.org{proven}"), status=status), SIMPLE),
        proven: (
            {"version": 1, "attestation_bundles": [{"publisher": PUBLISHER, "attestations": []}]},
            "application/json",
        ),
        f"/pypi/{name}/0.9/json": ({"info": {"requires_dist": ["requests"], "project_urls": {}}}, "application/json"),
    }
    return {
        path: with_etag(f'"{number}"', dumps(body), kind) for number, (path, (body, kind)) in enumerate(bodies.items())
    }


@pytest.fixture
def pypi() -> Iterator[Running]:
    with serving(routes()) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "demo"
    (folder / ".github/workflows").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / ".github/workflows/publish.yml").write_text(WORKFLOW)
    return folder


def outside(server: Running, cwd: Path) -> dict[str, str]:
    nowhere = "http://127.0.0.1:9"
    return {
        "PREFLIGHT_PYPI_URL": server.url,
        "PREFLIGHT_TESTPYPI_URL": nowhere,
        "PREFLIGHT_GITHUB_API_URL": nowhere,
        "PREFLIGHT_CACHE_DIR": str(cwd.parent / "cache"),
    }


def run(server: Running, *arguments: str, cwd: Path) -> Done:
    return preflight(*arguments, cwd=cwd, **outside(server, cwd))


def test_offline_is_the_default(pypi: Running, project: Path) -> None:
    done = run(pypi, "check", "--output-format", "json", cwd=project)
    assert pypi.asked == []
    assert {"code": "NAM006", "reason": "offline"} in loads(done.out)["skipped"]
    assert not (project.parent / "cache").exists()


def test_what_the_index_knows_is_found(pypi: Running, project: Path) -> None:
    pypi.routes.update(routes(status="archived"))
    done = run(pypi, "check", "--online", "--output-format", "json", cwd=project)
    found = {each["code"]: each for each in loads(done.out)["findings"]}
    assert (done.status, found["NAM006"]["severity"]) == (1, "error")
    assert found["PUB007"]["severity"] == "warning"


def test_every_request_is_told_to_who_wants_to_know(pypi: Running, project: Path) -> None:
    said = run(pypi, "check", "--online", "--verbose", cwd=project).err
    assert said.splitlines().count(f"GET {pypi.url}/simple/demo/: 200") == 1
    assert "GET" not in run(pypi, "check", "--online", cwd=project).err


def test_few_requests_and_only_conditional_ones_the_second_time(pypi: Running, project: Path) -> None:
    run(pypi, "check", "--online", cwd=project)
    first = len(pypi.asked)
    run(pypi, "check", "--online", cwd=project)
    second = pypi.asked[first:]
    assert 0 < first == len(second) <= 3
    assert all(each.headers.get("if-none-match") for each in second)
    run(pypi, "check", "--online", "--no-cache", cwd=project)
    assert not any(each.headers.get("if-none-match") for each in pypi.asked[2 * first :])


def test_twenty_projects_of_one_repository(tmp_path: Path) -> None:
    names = [f"demo-{number}" for number in range(20)]
    served: dict[str, Route] = {}
    for name in names:
        (tmp_path / "all" / name).mkdir(parents=True)
        (tmp_path / "all" / name / "pyproject.toml").write_text(PROJECT.replace("demo", name))
        served |= routes(name)
    with serving(served) as server:
        done = run(server, "check", "--online", cwd=tmp_path / "all")
        assert done.status == 0, done.out
        assert len(server.asked) <= 6 * len(names)
        for name in names:
            assert server.count(f"/simple/{name}/") == 1


def test_a_dead_network_is_told_once(project: Path) -> None:
    with serving({}) as server:
        pass
    done = run(server, "check", "--online", "--verbose", cwd=project)
    sentence = f"the network does not answer: no connection to 127.0.0.1:{server.port} could be made"
    assert done.err.count(sentence) == 1
    assert " ".join(done.out.split()).count(sentence) == 1
    assert done.err.count("GET ") == 1
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "fault", [answer(500, "x"), answer(200, "<html>log in</html>", "text/html"), answer(429, "x", Retry_After="99")]
)
def test_an_index_in_trouble_is_no_error_of_the_project(project: Path, fault: Route) -> None:
    with serving({"/simple/demo/": fault}) as server:
        done = run(server, "check", "--online", cwd=project)
    assert done.status == 0
    assert "Traceback" not in done.err


# ── publisher ──


def test_the_publisher_of_the_last_release_is_shown(pypi: Running, project: Path) -> None:
    done = run(pypi, "publisher", "--online", cwd=project)
    assert "PyPI, publisher of the last release of demo" in done.out
    assert "Workflow name                 release.yml" in done.out
    assert f"So the provenance of `{FILE}` says" in done.out
    (last,) = loads(run(pypi, "publisher", "--online", "--output-format", "json", cwd=project).out)["last_release"]
    assert (last["owner"], last["workflow"], last["environment"], last["file"]) == (
        "octo-org",
        "release.yml",
        "pypi",
        FILE,
    )


def test_recording_takes_what_is_registered(pypi: Running, project: Path) -> None:
    run(pypi, "publisher", "--online", "--record", cwd=project)
    text = (project / "pyproject.toml").read_text()
    assert text.startswith(PROJECT)
    assert text.removeprefix(PROJECT) == (
        '\n[[tool.preflight.publishers]]\nindex = "pypi"\nowner = "octo-org"\nrepository = "demo"\n'
        'workflow = "release.yml"\nenvironment = "pypi"\n'
    )
    again = run(pypi, "publisher", "--online", "--record", cwd=project)
    assert "Nothing to record" in again.out
    assert (project / "pyproject.toml").read_text() == text


def test_without_provenance_nothing_is_recorded_of_it(pypi: Running, project: Path) -> None:
    pypi.routes["/simple/demo/"] = answer(200, dumps(page("demo", entry(FILE))), SIMPLE)
    done = run(pypi, "publisher", "--online", cwd=project)
    assert "publisher of the last release" not in done.out
    assert "release.yml" not in done.out


def test_an_index_that_does_not_answer_is_said(project: Path) -> None:
    with serving({}) as server:
        pass
    done = run(server, "publisher", "--online", cwd=project)
    assert done.status == 0
    assert done.err.startswith("The publishers of the last release are not known: the network does not answer")


@pytest.fixture
def transports(
    pypi: Running, project: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[Transport], list[Transport]]:
    """The transports that were made and those that were closed, by commands run in this process."""
    made: list[Transport] = []
    closed: list[Transport] = []
    start, close = Transport.__init__, Transport.close

    def noted_start(self: Transport, **given: Any) -> None:
        made.append(self)
        start(self, **given)

    def noted_close(self: Transport) -> None:
        closed.append(self)
        close(self)

    monkeypatch.setattr(Transport, "__init__", noted_start)
    monkeypatch.setattr(Transport, "close", noted_close)
    monkeypatch.chdir(project)
    for name, value in outside(pypi, project).items():
        monkeypatch.setenv(name, value)
    return made, closed


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--online"],
        ["check", "--online", "--baseline", "none.json"],
        ["publisher", "--online"],
        ["doctor", "--online", "--project", ".", "log.txt"],
    ],
)
def test_what_is_opened_is_closed(arguments: list[str], transports: tuple[list[Transport], list[Transport]]) -> None:
    Path("log.txt").write_text("ERROR    HTTPError: 403 Forbidden from https://upload.pypi.org/legacy/\n")
    application(arguments)
    made, closed = transports
    assert closed == made
    assert made or "--baseline" in arguments
    made.clear()
    application(["check"])
    assert made == [], "offline there is nothing to close"


def test_a_command_that_breaks_closes_too(
    transports: tuple[list[Transport], list[Transport]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr("preflight.cli.check.finish", broken)
    with pytest.raises(ZeroDivisionError):
        application(["check", "--online"])
    made, closed = transports
    assert len(made) == 1
    assert closed == made
