"""The real twine and uv upload to an index on loopback: the credential that arrives is the one that was foretold."""

import base64
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path

import pytest
from recipes import build

from preflight.credentials.machine import Machine
from preflight.credentials.uses import ProjectSettings
from preflight.sources.tree import Files, MemoryTree

WHEEL = "sampleproject-1.0-py3-none-any.whl"


class Index(BaseHTTPRequestHandler):
    """Takes every upload and notes its credential."""

    arrived: list[str]

    def do_POST(self) -> None:
        if "content-length" in self.headers:
            self.rfile.read(int(self.headers["content-length"]))
        else:
            while size := int(self.rfile.readline().strip() or b"0", 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
        self.arrived.append(base64.b64decode(self.headers.get("authorization", "").removeprefix("Basic ")).decode())
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def index() -> Iterator[tuple[str, list[str]]]:
    arrived: list[str] = []
    handler = type("Noting", (Index,), {"arrived": arrived})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}", arrived
    server.shutdown()
    server.server_close()
    thread.join()


def tool(name: str) -> list[str]:
    if name == "twine":
        return [sys.executable, "-m", "twine", "upload", "--non-interactive", "--disable-progress-bar"]
    found = Path(sys.executable).parent / "uv"
    if not found.exists():
        pytest.skip("uv is not beside this Python")
    return [str(found), "publish", "--no-cache"]


PYPIRC = (
    "[distutils]\nindex-servers = local\n[local]\nrepository = http://{host}/legacy/\nusername = ada\npassword = file\n"
)


@pytest.mark.parametrize(
    ("client", "variables", "files"),
    [
        ("twine", {"TWINE_REPOSITORY": "local"}, {".pypirc": PYPIRC}),
        ("twine", {"TWINE_REPOSITORY": "local", "TWINE_PASSWORD": "env"}, {".pypirc": PYPIRC}),
        ("twine", {"TWINE_REPOSITORY_URL": "http://bob:url@{host}/legacy/"}, {".pypirc": PYPIRC}),
        ("uv", {"UV_PUBLISH_URL": "http://{host}/legacy/", "UV_PUBLISH_TOKEN": "env"}, {}),
        ("uv", {"UV_PUBLISH_URL": "http://bob:url@{host}/legacy/"}, {}),
        ("uv", {"UV_PUBLISH_URL": "http://{host}/legacy/", "UV_PUBLISH_PASSWORD": "env"}, {}),
    ],
)
def test_what_arrives_is_what_was_foretold(
    client: str,
    variables: dict[str, str],
    files: dict[str, str],
    index: tuple[str, list[str]],
    tmp_path: Path,
) -> None:
    host, arrived = index
    for name, text in files.items():
        (tmp_path / name).write_text(text.format(host=host))
    (tmp_path / WHEEL).write_bytes(build("wheel sampleproject 1.0"))
    given = {name: value.format(host=host) for name, value in variables.items()}
    machine = Machine(given, tmp_path, "linux")
    reader = import_module(f"preflight.credentials.clients.{client}")
    (use,) = [each for each in reader.uses(machine, ProjectSettings("", Files(MemoryTree({})))) if each.is_default]
    foretold = [f"{use.username.value}:{use.password.value}"] if use.username and use.password else []

    environment = {
        **given,
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "NO_PROXY": "127.0.0.1",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    subprocess.run([*tool(client), WHEEL], cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=False)
    assert sorted(set(arrived)) == foretold
