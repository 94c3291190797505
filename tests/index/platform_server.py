"""A server on loopback that answers as GitHub's API, a CI platform's token service and an index's OIDC endpoints do: what their tests stand on."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """An answer: JSON, or bytes as they are. `cut` breaks off before the last bytes, `moved` redirects."""

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int = 0
    moved: str = ""


@dataclass(frozen=True)
class Request:
    """What was asked."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: str


class PlatformServer:
    """Replies by `METHOD /path`, and what was asked so far. A path that is not known is 404, as on GitHub."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.replies: dict[str, Reply] = {}
        self.requests: list[Request] = []

    def answer(self, path: str, body: object = None, *, method: str = "GET", **more: Any) -> None:
        """Answer a path from now on."""
        self.replies[f"{method} {path}"] = Reply(body, **more)

    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [each.path for each in self.requests]


@contextmanager
def platform_server() -> Iterator[PlatformServer]:
    """Start the server; it ends with the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._reply()

        def do_POST(self) -> None:
            self._reply()

        def _reply(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(size).decode()
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            served.requests.append(Request(self.command, path, query, headers, body))
            reply = served.replies.get(f"{self.command} {path}", Reply({"message": "Not Found"}, 404))
            data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(301 if reply.moved else reply.status)
            for name, value in {"content-type": "application/json; charset=utf-8", **reply.headers}.items():
                self.send_header(name, value)
            if reply.moved:
                self.send_header("location", served.url + reply.moved)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) - reply.cut])
            self.close_connection = bool(reply.cut)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served = PlatformServer(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
