"""Two indexes that nobody here wrote, pypiserver and devpi-server, asked for what they really answer."""

import os
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from json import dumps, loads
from pathlib import Path
from typing import Any

import pytest
import urllib3
from harness import check_files
from recipes import build

from preflight.engine.facts import Unavailable
from preflight.engine.finding import Severity
from preflight.index.endpoints import Endpoints
from preflight.index.package_indexes import PackageIndexes, simple_pages
from preflight.index.transport import Transport

Open = Callable[..., Transport]
SDIST, WHEEL = "demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl"
FILES = {SDIST: build("sdist demo 1.0"), WHEEL: build("wheel demo 1.0")}
NOWHERE = Endpoints("http://127.0.0.1:9", "http://127.0.0.1:9", "http://127.0.0.1:9")
POOL = urllib3.PoolManager()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def started(command: list[str], url: str, log: Path) -> "subprocess.Popen[bytes]":
    """A server that answers at an address."""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment)
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            POOL.request("GET", url, retries=False, timeout=1)
        except urllib3.exceptions.HTTPError:
            time.sleep(0.05)
        else:
            return process
    process.kill()
    process.wait()
    raise AssertionError(log.read_text(errors="replace"))


def stopped(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def pypiserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The upload address of a pypiserver that has the two files."""
    folder = tmp_path_factory.mktemp("pypiserver")
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    command = [
        sys.executable,
        "-m",
        "pypiserver",
        "run",
        "-p",
        str(port),
        "-i",
        "127.0.0.1",
        "--disable-fallback",
        str(folder),
    ]
    process = started(command, url, folder.parent / "pypiserver.log")
    yield url
    stopped(process)


@pytest.fixture(scope="module")
def devpi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The upload address of an index of a devpi-server that has the two files. It mirrors nothing."""
    folder = tmp_path_factory.mktemp("devpi")
    scripts = Path(sys.executable).parent
    server_folder = ["--serverdir", str(folder / "data")]
    subprocess.run([str(scripts / "devpi-init"), *server_folder, "--no-root-pypi"], check=True, capture_output=True)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    cheap = ["--argon2-memory-cost", "1024", "--argon2-time-cost", "1", "--argon2-parallelism", "1", "--threads", "4"]
    address = ["--host", "127.0.0.1", "--port", str(port)]
    command = [str(scripts / "devpi-server"), *server_folder, *address, "--offline-mode", *cheap]
    process = started(command, f"{base}/+api", folder / "devpi.log")
    try:
        login = POOL.request("POST", f"{base}/+login", body=dumps({"user": "root", "password": ""}))
        word = loads(login.data)["result"]["password"]
        user = {"X-Devpi-Auth": b64encode(f"root:{word}".encode()).decode()}
        made = POOL.request("PUT", f"{base}/root/dev", body=dumps({"type": "stage", "bases": []}), headers=user)
        assert made.status == 200, made.data
        for name, data in FILES.items():
            kind = "sdist" if name == SDIST else "bdist_wheel"
            fields: dict[str, Any] = {
                ":action": "file_upload",
                "name": "demo",
                "version": "1.0",
                "filetype": kind,
                "pyversion": "source",
                "content": (name, data),
            }
            stored = POOL.request("POST", f"{base}/root/dev/", fields=fields, headers=user)
            assert stored.status == 200, stored.data
        yield f"{base}/root/dev/"
    finally:
        stopped(process)


@pytest.fixture(params=["pypiserver", "devpi"])
def index(request: pytest.FixtureRequest) -> str:
    """The upload address of each of the two."""
    address: str = request.getfixturevalue(request.param)
    return address


def test_the_files_of_a_project_are_found_from_the_upload_address(index: str, open_transport: Open) -> None:
    project = PackageIndexes(open_transport(), NOWHERE).project(index, "demo")
    assert {each.filename: each.sha256 for each in project.files} == {
        name: sha256(data).hexdigest() for name, data in FILES.items()
    }
    assert str(project.newest) == "1.0"


def test_what_such_an_index_does_not_have_is_unknown(index: str, open_transport: Open) -> None:
    with pytest.raises(Unavailable):
        PackageIndexes(open_transport(), NOWHERE).project(index, "another")


def test_it_offers_no_trusted_publishing(index: str, open_transport: Open) -> None:
    indexes = PackageIndexes(open_transport(), NOWHERE)
    try:
        assert indexes.audience(index) is None
    except Unavailable as error:
        assert "answered" in error.reason  # a server that takes the address for something else tells nothing


def test_the_same_name_with_other_content_is_a_warning(index: str, open_transport: Open) -> None:
    """What such an index refuses is its own affair, so this is never an error."""
    files: dict[str, str | bytes] = {
        f"dist/{WHEEL}": build("wheel demo 1.0\nfile demo/more.py = x = 1"),
        f"dist/{SDIST}": FILES[SDIST],
        ".github/workflows/publish.yml": (
            "on: push\njobs:\n  up:\n    runs-on: ubuntu-latest\n    steps:\n"
            f"      - run: twine upload --repository-url {index} -u me -p ${{{{ secrets.PASSWORD }}}} dist/*\n"
        ),
    }
    seeds = {"online": True, "transport": open_transport(), "endpoints": NOWHERE}
    result = check_files(files, "VER001", seeds=seeds)
    assert [(each.severity, each.args["file"]) for each in result.findings] == [(Severity.WARNING, WHEEL)]


@pytest.mark.parametrize(
    ("address", "pages"),
    [
        ("https://x.example/legacy/", ("/simple/demo/", "/+simple/demo/")),
        ("https://x.example", ("/simple/demo/", "/+simple/demo/")),
        (
            "https://x.example/repository/hosted/",
            ("/repository/hosted/simple/demo/", "/repository/hosted/+simple/demo/"),
        ),
        ("https://x.example/api/pypi/team/simple", ("/api/pypi/team/simple/demo/",)),
        ("ftp://x.example/", ()),
        ("https://", ()),
        ("~/index", ()),
    ],
)
def test_where_the_pages_of_an_index_may_be(address: str, pages: tuple[str, ...]) -> None:
    assert tuple(each.removeprefix("https://x.example") for each in simple_pages(address, "demo")) == pages
