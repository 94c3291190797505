"""The rehearsal's web server: loopback only, one thread a connection, and no more connections, bytes or seconds than the limits allow.

Python's own server is used, since PyPI says why it refuses in the reason phrase of the status line, which the usual frameworks cannot set.
"""

import io
import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from time import monotonic, sleep
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

from preflight.rehearsal.answers import HttpAnswer, answer, refused
from preflight.rehearsal.connection import Body, BrokenBody, Overlong, PatientReader, body_length
from preflight.rehearsal.index import CRASH, Index
from preflight.rehearsal.multipart import (
    Form,
    TooMuch,
    UnreadableForm,
    boundary_of,
    header_value,
    read_form,
    read_pairs,
)
from preflight.rehearsal.pages import FileReply, Pages
from preflight.rehearsal.refused import Refused
from preflight.sources.records import dataclass

LOOPBACK = "127.0.0.1"
LEGACY = "/legacy/"

Reply: TypeAlias = HttpAnswer | FileReply

_MISTAKEN = ("", "simple", "pypi", "legacy")
"""Where uploads go by mistake: pages that can only be read."""

_LINGER_SECONDS = 3.0
_LINGER_BYTES = 64 * 1024 * 1024
_SMALL_BODY = 1024 * 1024
_BUFFER = 64 * 1024


class CannotListen(Exception):
    """The port cannot be had; the message says why."""


@dataclass(frozen=True)
class Running:
    """A server that runs. `url` has no slash at its end."""

    url: str
    port: int

    @property
    def upload_url(self) -> str:
        return self.url + LEGACY


class _Server(ThreadingMixIn, TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256
    block_on_close = False

    def __init__(self, port: int, index: Index, pages: Pages, tls: ssl.SSLContext | None) -> None:
        self.index = index
        self.tls = tls
        self.pages = pages
        self.slots = threading.BoundedSemaphore(index.limits.connections)
        self.open: set[socket.socket] = set()
        super().__init__((LOOPBACK, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.slots.acquire()  # the connections beyond the limit wait to be accepted
        try:
            super().process_request(request, client_address)
        except BaseException:
            self.slots.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        connection = request
        self.open.add(request)
        try:
            connection = self._secured(request)
            self.open.add(connection)  # with TLS it has taken the socket's place
            super().process_request_thread(connection, client_address)
        except OSError:
            self.index.broken_off += 1
        finally:
            self.open -= {request, connection}
            self.slots.release()

    def _secured(self, request: socket.socket) -> socket.socket:
        if self.tls is None:
            return request
        request.settimeout(self.index.limits.idle_seconds)
        try:
            return self.tls.wrap_socket(request, server_side=True)
        except OSError:
            self.shutdown_request(request)
            raise

    def end_connections(self) -> None:
        """End what is still open, and wait a little for it, so that nothing is written any more."""
        for each in tuple(self.open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        until = monotonic() + _LINGER_SECONDS
        while self.open and monotonic() < until:
            sleep(0.01)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is the client's matter; nothing is printed into the output of the command that is rehearsed."""
        self.index.broken_off += 1


@contextmanager
def serving(index: Index, pages: Pages, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[Running]:
    """Serve an index on loopback as long as the block lasts; port 0 is any free one.

    Raises:
        CannotListen: the port cannot be had.
    """
    try:
        server = _Server(port, index, pages, tls)
    except OSError as error:
        raise CannotListen(error.strerror or str(error)) from None
    number = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Running(f"{'https' if tls else 'http'}://{LOOPBACK}:{number}", number)
    finally:
        server.shutdown()
        server.server_close()
        server.end_connections()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._patient = PatientReader(self.connection, self.server.index.limits)
        self.rfile = io.BufferedReader(self._patient, _BUFFER)

    def handle_one_request(self) -> None:
        self._patient.begin()
        super().handle_one_request()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged: the report tells what came."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A request that cannot be read, in a few bytes."""
        self._send(refused(int(code), message or "Bad request", accept=None), close=True)

    def do_GET(self) -> None:
        query = urlsplit(self.path).query
        self._handle(lambda _: self.server.pages.get(self._path(), query, dict(self.headers.items())))

    do_HEAD = do_GET

    def do_POST(self) -> None:
        works = {LEGACY: self._upload, LEGACY.rstrip("/"): self._moved}
        gated = self.server.index.gate is not None and not self._path().startswith("/_/")
        self._handle(self._gated if gated else works.get(self._path(), self._post))

    def _gated(self, body: Body) -> Reply:
        gate = self.server.index.gate
        assert gate is not None
        return self.server.index.refuse(gate, self.headers.get("Accept"))

    def do_PUT(self) -> None:
        self._handle(lambda _: refused(405, "Method Not Allowed", accept=self.headers.get("Accept")))

    do_DELETE = do_PATCH = do_OPTIONS = do_PUT

    def _path(self) -> str:
        return unquote(urlsplit(self.path).path, errors="replace")

    def _handle(self, work: Callable[[Body], Reply]) -> None:
        """Do the work on a request and send what comes of it. What the work leaves of the body ends the connection."""
        self._patient.body()
        accept, body, sound = self.headers.get("Accept"), None, False
        try:
            headers = self.headers
            length = body_length(headers.get_all("Content-Length", []), headers.get_all("Transfer-Encoding", []))
            body = Body(self.rfile, length, self.server.index.limits.body)
            reply: Reply = work(body) if self._is_meant() else refused(421, "Misdirected Request", accept=accept)
            sound = True
        except BrokenBody:
            self.server.index.broken_off += 1
            reply = refused(400, "Invalid Form Data.", accept=accept)
        except Overlong:
            reply = refused(413, "Request Entity Too Large", accept=accept)
        except (ConnectionError, TimeoutError):
            raise
        except Exception as error:
            self.server.index.crashes.append(f"{type(error).__name__}: {error}"[:300])
            reply = answer(CRASH, {}, accept=accept)
        self._send(reply, close=not (sound and body is not None and self._read_to_end(body)))
        if self.close_connection and body is not None and not body.finished:
            self._linger()

    def _is_meant(self) -> bool:
        """Whether the request names this host: a web page that has the browser ask another name for this address is not answered."""
        return self.headers.get("Host", LOOPBACK).partition(":")[0] in (LOOPBACK, "localhost")

    def _read_to_end(self, body: Body) -> bool:
        """Read what is left of a body, if that is little."""
        start = body.received
        try:
            while body.received - start < _SMALL_BODY and body.read(_BUFFER):
                pass
        except (BrokenBody, Overlong):
            return False
        return body.finished

    def _upload(self, body: Body) -> Reply:
        index, accept = self.server.index, self.headers.get("Accept")
        with index.receiving() as folder:
            try:
                form = self._form(body, folder)
            except UnreadableForm:
                return index.refuse(Refused("invalid-form-data-decode"), accept)
            except TooMuch:
                return refused(413, "Request Entity Too Large", accept=accept)
            agent = self.headers.get("User-Agent", "")
            return index.upload(form, folder, self.headers.get("Authorization"), agent, accept)

    def _form(self, body: Body, folder: Path) -> Form:
        content_type = self.headers.get("Content-Type", "")
        boundary = boundary_of(content_type)
        if boundary is not None:
            return read_form(body, boundary, folder, self.server.index.limits)
        data = self._small(body, self.server.index.limits.fields)
        if header_value(content_type)[0].lower() == "application/x-www-form-urlencoded":
            return read_pairs(data)
        return Form()

    def _moved(self, body: Body) -> Reply:
        """warehouse: forklift/legacy.py, `missing_trailing_slash_redirect`."""
        values = {"location": f"http://{LOOPBACK}:{self.server.server_address[1]}{LEGACY}"}
        return self.server.index.refuse(Refused("missing-trailing-slash", values), self.headers.get("Accept"))

    def _post(self, body: Body) -> Reply:
        data = self._small(body, _SMALL_BODY)
        reply = self.server.pages.post(self._path(), data)
        if reply is not None:
            return reply
        if self._path().strip("/").partition("/")[0] not in _MISTAKEN:
            return refused(404, "Not Found", accept=self.headers.get("Accept"))
        values = {"method": self.command}
        return self.server.index.refuse(Refused("invalid-action", values), self.headers.get("Accept"))

    def _small(self, body: Body, limit: int) -> bytes:
        data = bytearray()
        while piece := body.read(_BUFFER):
            data += piece
            if len(data) > limit:
                raise Overlong
        return bytes(data)

    def _send(self, reply: Reply, *, close: bool) -> None:
        self.close_connection = self.close_connection or close
        self.connection.settimeout(self.server.index.limits.idle_seconds)
        head = reply if isinstance(reply, HttpAnswer) else reply.head
        wire = head.wire(close=self.close_connection)
        if self.command == "HEAD":
            wire = wire[: wire.index(b"\r\n\r\n") + 4]
        self.wfile.write(wire)
        if isinstance(reply, FileReply) and self.command != "HEAD":
            with reply.path.open("rb") as stream:
                shutil.copyfileobj(stream, self.wfile, _BUFFER)

    def _linger(self) -> None:
        """Read on for a moment, so that a client that still sends comes to read the answer (RFC 9112, 9.6)."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_LINGER_SECONDS)
            until, left = monotonic() + _LINGER_SECONDS, _LINGER_BYTES
            while left > 0 and monotonic() < until:
                piece = self.connection.recv(_BUFFER)
                if not piece:
                    return
                left -= len(piece)
