"""A GitHub on this machine: the API's answers for one run, and a storage on another port that gives the logs. What the tests of runs stand on."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

RUN = "/repos/octo-org/sampleproject/actions/runs/7"
JOBS = f"{RUN}/jobs?per_page=100&page=1"
REFUSED = (
    b"2026-03-04T10:11:02.1234567Z Uploading distributions to https://upload.pypi.org/legacy/\n"
    b"2026-03-04T10:11:02.1234567Z ERROR    HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/\n"
    b"2026-03-04T10:11:02.1234567Z          The name 'json' isn't allowed.\n"
)
RECORD = {
    "id": 7,
    "head_branch": "v1.2.0",
    "head_sha": "0123456789abcdef0123456789abcdef01234567",
    "event": "release",
    "path": ".github/workflows/release.yml",
    "run_attempt": 2,
    "status": "completed",
    "conclusion": "failure",
}


def job(number: int, name: str, conclusion: str | None = "failure", status: str = "completed") -> dict[str, Any]:
    steps = [{"name": "Set up job", "conclusion": "success"}, {"name": "Publish", "conclusion": conclusion}]
    return {"id": number, "name": name, "status": status, "conclusion": conclusion, "steps": steps}


class GitHub:
    """Answers by path; `asked` are the paths with the authorization that came along."""

    def __init__(self, answers: Mapping[str, object], logs: Mapping[str, bytes]) -> None:
        self.answers = dict(answers)
        self.logs = dict(logs)
        self.asked: list[tuple[str, str, str | None]] = []
        self.api = ""
        self.storage = ""


@contextmanager
def github(answers: Mapping[str, object], logs: Mapping[str, bytes] | None = None) -> Iterator[GitHub]:
    """Serve the answers: a mapping or a list as JSON, a number as that status; `logs` by the number of their job."""
    told = GitHub(answers, logs or {})
    api, storage = _server(told, "api"), _server(told, "storage")
    told.api, told.storage = (f"http://127.0.0.1:{each.server_address[1]}" for each in (api, storage))
    try:
        yield told
    finally:
        for each in (api, storage):
            each.shutdown()
            each.server_close()


def _server(told: GitHub, role: str) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version: ClassVar[str] = "HTTP/1.1"

        def do_GET(self) -> None:
            told.asked.append((role, self.path, self.headers.get("authorization")))
            number = self.path.split("/")[-2] if self.path.endswith("/logs") else ""
            if role == "storage":
                self._send(200, told.logs[self.path.strip("/")])
            elif number in told.logs:
                self._send(302, b"", {"location": f"{told.storage}/{number}"})
            else:
                answer = told.answers.get(self.path, 404)
                status = answer if isinstance(answer, int) else 200
                self._send(status, json.dumps({"message": "no"} if isinstance(answer, int) else answer).encode())

        def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {**(headers or {}), "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server
