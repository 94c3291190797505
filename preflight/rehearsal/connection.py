"""What comes over one connection, read with patience that ends: time, headers and bodies are bounded. Knows HTTP's framing and nothing above it."""

import io
import socket
from time import monotonic

from preflight.rehearsal.limits import Limits
from preflight.sources.patterns import compile as _compile

_CHUNK_SIZE = _compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")
_LONGEST_LINE = 1024
_MOST_TRAILERS = 64
_PIECE = 64 * 1024


class BrokenBody(Exception):
    """The body does not come as its headers say."""


class Overlong(Exception):
    """More than the limits allow."""


class PatientReader(io.RawIOBase):
    """The bytes of a socket. Each wait is bounded, and a request as a whole must come at a least pace; its headers are bounded too."""

    def __init__(self, connection: socket.socket, limits: Limits) -> None:
        self._connection = connection
        self._limits = limits
        self.begin()

    def begin(self) -> None:
        """A new request starts."""
        self._since = monotonic()
        self._received = 0
        self._in_headers = True

    def body(self) -> None:
        """The headers are over."""
        self._in_headers = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        limits = self._limits
        allowed = limits.grace_seconds + self._received / limits.bytes_per_second
        left = allowed - (monotonic() - self._since)
        if left <= 0 or (self._in_headers and self._received > limits.headers):
            raise TimeoutError("too slow, or headers without end")
        self._connection.settimeout(min(limits.idle_seconds, left))
        count = self._connection.recv_into(buffer)
        self._received += count
        return count


class Body:
    """The body of a request: of a stated length, or in chunks (RFC 9112, 6 and 7). Reads no further than it goes."""

    def __init__(self, stream: io.BufferedIOBase, length: int | None, limit: int) -> None:
        self._stream = stream
        self._chunked = length is None
        self._left = length or 0
        self._limit = limit
        self._done = length == 0
        self.received = 0

    @property
    def finished(self) -> bool:
        """Whether all of it has been read."""
        return self._done

    def read(self, count: int) -> bytes:
        """Up to `count` bytes; none at the end.

        Raises:
            BrokenBody: it ends too early, or its chunks are malformed.
            Overlong: more than the limit has been read.
        """
        if self._done:
            return b""
        if self._chunked and not self._left and not self._next_chunk():
            return b""
        piece = self._stream.read1(min(count, self._left, _PIECE))
        if not piece:
            raise BrokenBody("the connection ended within the body")
        self._left -= len(piece)
        self.received += len(piece)
        if self.received > self._limit:
            raise Overlong
        if not self._left:
            self._end_of_piece()
        return piece

    def _end_of_piece(self) -> None:
        if not self._chunked:
            self._done = True
        elif self._line().strip(b"\r\n"):
            raise BrokenBody("a chunk is longer than it says")

    def _next_chunk(self) -> bool:
        match = _CHUNK_SIZE.fullmatch(self._line())
        if match is None:
            raise BrokenBody("the size of a chunk is no number")
        self._left = int(match[1], 16)
        if self._left:
            return True
        for _ in range(_MOST_TRAILERS):
            if not self._line().strip(b"\r\n"):
                self._done = True
                return False
        raise Overlong

    def _line(self) -> bytes:
        line = self._stream.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise BrokenBody("the connection ended within the body")
        return line


def body_length(length: list[str], encoding: list[str]) -> int | None:
    """How long the body is by its headers: a number, or None for chunks.

    Raises:
        BrokenBody: they contradict each other or cannot be read, as in requests that are to be smuggled (RFC 9112, 6.3).
    """
    if encoding:
        if length or [each.strip().lower() for each in encoding] != ["chunked"]:
            raise BrokenBody("the headers on the length of the body contradict each other")
        return None
    stated = {each.strip() for each in length}
    if not stated:
        return 0
    if len(stated) > 1:
        raise BrokenBody("several lengths of the body")
    (text,) = stated
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise BrokenBody("the length of the body is no number")
    return int(text)
