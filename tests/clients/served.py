"""An index on loopback that answers uploads and requests for tokens as it is told. Judges nothing: what it answers is chosen beforehand."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from pathlib import Path
from socket import socket
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from threading import Thread
from typing import BinaryIO

import trustme

from preflight.rehearsal.answers import HttpAnswer, accepted, minted, refused

Answering = Callable[[str, str | None], HttpAnswer]
"""Gives the answer to an upload: for the name of its file, and the Accept header of the request."""
_FILE_NAME = re.compile(rb'filename="([^"\r\n]+)"')
CLAIMS: Mapping[str, str | int] = {
    "aud": "pypi",
    "nbf": 1_700_000_000,
    "iat": 1_700_000_000,
    "exp": 4_000_000_000,
    "sub": "repo:octo-org/sampleproject:environment:release",
    "iss": "https://token.actions.githubusercontent.com",
    "repository": "octo-org/sampleproject",
    "repository_owner": "octo-org",
    "repository_owner_id": "1234567",
    "job_workflow_ref": "octo-org/sampleproject/.github/workflows/publish.yml@refs/tags/v1.2.0",
    "workflow_ref": "octo-org/sampleproject/.github/workflows/publish.yml@refs/tags/v1.2.0",
    "ref": "refs/tags/v1.2.0",
    "environment": "release",
}


def _document(**values: str) -> HttpAnswer:
    body = dumps(values).encode()
    return HttpAnswer(200, "OK", (("Content-Type", "application/json"), ("Content-Length", str(len(body)))), body)


AUDIENCE = _document(audience="pypi")
MINTED = minted("pypi-" + "AgEIcHlwaS5vcmc", 4_000_000_000)


@dataclass(frozen=True)
class Site:
    """What the index answers: to uploads, to the question for the audience, and to a request for a token."""

    upload: Answering = lambda _, accept: accepted(accept=accept)
    audience: HttpAnswer = AUDIENCE
    mint: HttpAnswer = MINTED


@contextmanager
def serving(site: Site, authority: Path | None = None) -> Iterator[str]:
    """Serve, and yield the address of the upload endpoint. The service that gives a job its identity is there too, at `/identity`.

    With `authority` it is served over TLS, and the certificate of its authority is written to that file.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: what is under test is what the client prints."""

        def do_GET(self) -> None:
            if self.path == "/_/oidc/audience":
                self._send(site.audience)
            elif self.path.startswith("/identity"):
                self._send(_document(value=_identity_token()))
            else:
                self._send(refused(404, "Not Found", accept=self.headers.get("Accept")))

        def do_POST(self) -> None:
            body = _body(self.rfile, self.headers.get("Content-Length"), self.headers.get("Transfer-Encoding"))
            if self.path == "/_/oidc/mint-token":
                self._send(site.mint)
                return
            named = _FILE_NAME.search(body)
            self._send(site.upload(named[1].decode() if named else "", self.headers.get("Accept")))

        def _send(self, answer: HttpAnswer) -> None:
            self.wfile.write(answer.wire(close=True))
            self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if authority is not None:
        server.socket = _secured(server.socket, authority)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"{'https' if authority else 'http'}://127.0.0.1:{server.server_port}/legacy/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@cache
def _authority() -> trustme.CA:
    return trustme.CA()


def _secured(plain: socket, authority: Path) -> socket:
    context = SSLContext(PROTOCOL_TLS_SERVER)
    _authority().issue_cert("127.0.0.1").configure_cert(context)
    _authority().cert_pem.write_to_path(authority)
    return context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)


def _identity_token() -> str:
    """A token of the form that GitHub's have; nobody here checks its signature."""
    parts = [dumps({"alg": "RS256", "typ": "JWT"}).encode(), dumps(CLAIMS).encode(), b"signature"]
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def _body(stream: BinaryIO, length: str | None, coding: str | None) -> bytes:
    if coding is None:
        return stream.read(int(length or 0))
    parts = []
    while size := int(stream.readline().partition(b";")[0] or b"0", 16):
        parts.append(stream.read(size))
        stream.readline()
    while stream.readline().strip():
        pass
    return b"".join(parts)
