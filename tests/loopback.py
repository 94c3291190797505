"""HTTP servers on loopback that misbehave on demand: what the tests of the transport talk to."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any

Route = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Looks its route up in the server's table and notes what was asked."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.sent = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append(Asked(self.command, self.path, headers, self.sent))
        route = self.server.routes.get(self.path)
        if route is None:
            answer(404, "nothing here")(self)
        else:
            route(self)

    do_POST = do_GET
    do_CONNECT = do_GET


@dataclass(frozen=True)
class Asked:
    """A request as the server got it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, routes: dict[str, Route], context: SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.routes = routes
        self.asked: list[Asked] = []
        self.over = threading.Event()
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is what these tests are about."""


@dataclass
class Running:
    """A server that runs: where it is, and what it was asked."""

    url: str
    port: int
    asked: list[Asked]
    routes: dict[str, Route] = field(repr=False)

    def count(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(each.path == path for each in self.asked)


@contextmanager
def serving(routes: Mapping[str, Route], context: SSLContext | None = None) -> Iterator[Running]:
    """Serve routes on a free port until the end of the block."""
    server = _Server(dict(routes), context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    port = server.server_address[1]
    try:
        scheme = "https" if context else "http"
        yield Running(f"{scheme}://127.0.0.1:{port}", port, server.asked, server.routes)
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()


def answer(status: int, body: str | bytes, kind: str = "text/plain", **headers: str) -> Route:
    """A whole answer. `Retry_After="1"` is the header `Retry-After`."""
    data = body.encode() if isinstance(body, str) else body

    def route(handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(data)

    return route


def in_turn(*routes: Route) -> Route:
    """One route after the other; the last one from then on."""
    left = list(routes)

    def route(handler: Handler) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    return route


def silent(handler: Handler) -> None:
    """No answer until the server ends."""
    handler.server.over.wait(10)
    handler.close_connection = True


def half(handler: Handler) -> None:
    """Ten bytes of a hundred."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"0123456789")
    handler.close_connection = True


def dripping(handler: Handler) -> None:
    """A byte now and then, without an end."""
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.over.wait(0.02):
        try:
            handler.wfile.write(b".")
            handler.wfile.flush()
        except OSError:
            break
    handler.close_connection = True


def reset(handler: Handler) -> None:
    """A connection that is torn down."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def no_http(handler: Handler) -> None:
    """Words that are no HTTP."""
    handler.wfile.write(b"220 mail.example.org ESMTP\r\n\r\n")
    handler.close_connection = True


def with_etag(etag: str, body: str, kind: str) -> Route:
    """An answer that is not repeated to whoever has it."""

    def route(handler: Handler) -> None:
        if handler.headers.get("If-None-Match") == etag:
            handler.send_response(304)
            handler.send_header("ETag", etag)
            handler.end_headers()
        else:
            answer(200, body, kind, ETag=etag)(handler)

    return route


def tunnel_to(port: int) -> Route:
    """What a proxy does for CONNECT: it joins the two ends. Whatever host was asked for, it is this port."""

    def route(handler: Handler) -> None:
        with socket.create_connection(("127.0.0.1", port)) as far:
            handler.send_response(200, "Connection established")
            handler.end_headers()
            back = threading.Thread(target=_pour, args=(far, handler.connection), daemon=True)
            back.start()
            _pour(handler.connection, far)
            back.join(2)
        handler.close_connection = True

    return route


def _pour(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return
