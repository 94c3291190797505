"""Unpacks a gzip stream in the steps in which Python's `gzip` and `tarfile` do, so that an error shows exactly where it shows to them.

A wrong checksum at the end is no matter to Python when the reader stops before it: PyPI takes such an sdist. Hence the steps count.
Sources: RFC 1952; CPython 3.14: Lib/gzip.py, Lib/compression/_common/_streams.py, Modules/_io/bufferedio.c.
"""

from collections.abc import Callable
from zlib import crc32, decompressobj
from zlib import error as DeflateError

from preflight.distributions.stored_file import Blob

STEP = 128 * 1024
"""Size of the steps in which CPython 3.14 reads, packed and unpacked."""

_EXTRA, _NAME, _COMMENT, _CHECKSUM = 4, 8, 16, 2


class BrokenGzip(Exception):
    """The stream cannot be unpacked further. `detail` says why, in a few words."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class TruncatedGzip(BrokenGzip):
    """The file ends before the stream does (Python: `EOFError`)."""


class CorruptGzip(BrokenGzip):
    """The packed data are broken (Python: `zlib.error`)."""


class InvalidGzip(BrokenGzip):
    """A header or a checksum of gzip is wrong (Python: `gzip.BadGzipFile`)."""


class GzipSteps:
    """The unpacked bytes, one step after the other. `watch` sees the offset and the bytes of each step."""

    def __init__(self, blob: Blob, watch: Callable[[int, bytes], None]) -> None:
        self.blob = blob
        self.watch = watch
        self.position = 0
        """Number of bytes unpacked so far."""
        self._next = 0
        self._inflate = decompressobj(-15)
        self._pending = b""
        self._started = False
        self._ended = False
        self._checksum = 0
        self._length = 0

    def read(self, limit: int) -> bytes:
        """The next bytes: at least one and at most `limit`, or none at the end of the last stream.

        Raises:
            BrokenGzip: as its subclasses say.
        """
        while True:
            if self._inflate.eof:
                self._finish()
                self._inflate = decompressobj(-15)
                self._started = False
            if not self._started:
                if self._ended or not self._start():
                    self._ended = True
                    return b""
                self._started = True
            ended = False
            if not self._pending:
                self._pending = self.blob.read(self._next, STEP)
                self._next += len(self._pending)
                ended = not self._pending
            try:
                data = self._inflate.decompress(self._pending, limit)
            except DeflateError:
                raise CorruptGzip("its packed data are broken") from None
            self._pending = self._inflate.unconsumed_tail
            if self._inflate.eof:
                self._next -= len(self._inflate.unused_data)
                self._pending = b""
            if data:
                break
            if ended and not self._inflate.eof:
                raise TruncatedGzip("the file ends before its packed data do")
        self._checksum = crc32(data, self._checksum)
        self._length += len(data)
        self.watch(self.position, data)
        self.position += len(data)
        return data

    def _exactly(self, count: int) -> bytes:
        data = self.blob.read(self._next, count)
        self._next += len(data)
        if len(data) < count:
            raise TruncatedGzip("the file ends before its packed data do")
        return data

    def _start(self) -> bool:
        """Pass a header; False at the end of the file."""
        self._checksum = self._length = 0
        mark = self.blob.read(self._next, 2)
        self._next += len(mark)
        if not mark:
            return False
        if mark != b"\x1f\x8b":
            raise InvalidGzip("it is not packed with gzip" if self._next <= 2 else "other data follow the packed data")
        head = self._exactly(8)
        if head[0] != 8:
            raise InvalidGzip("its gzip header names another compression than deflate")
        flags = head[1]
        if flags & _EXTRA:
            self._exactly(int.from_bytes(self._exactly(2), "little"))
        for flag in (_NAME, _COMMENT):
            if flags & flag:
                self._skip_text()
        if flags & _CHECKSUM:
            self._exactly(2)
        return True

    def _skip_text(self) -> None:
        while piece := self.blob.read(self._next, 512):
            end = piece.find(b"\0")
            if end >= 0:
                self._next += end + 1
                return
            self._next += len(piece)

    def _finish(self) -> None:
        """Check what stands behind a stream, and pass the zero bytes that may follow it."""
        tail = self._exactly(8)
        if int.from_bytes(tail[:4], "little") != self._checksum:
            raise InvalidGzip("its gzip checksum does not fit its data")
        if int.from_bytes(tail[4:], "little") != self._length & 0xFFFFFFFF:
            raise InvalidGzip("its gzip length does not fit its data")
        while piece := self.blob.read(self._next, STEP):
            rest = piece.lstrip(b"\0")
            self._next += len(piece) - len(rest)
            if rest:
                return


class BufferedGzip:
    """The unpacked bytes with a position, read ahead as `io.BufferedReader` reads ahead. A move back beyond the buffer unpacks anew."""

    def __init__(self, start: Callable[[], GzipSteps]) -> None:
        self._start = start
        self._steps = start()
        self._buffer = b""
        self._inside = 0
        self.position = 0

    def read(self, count: int) -> bytes:
        """Up to `count` bytes; fewer only at the end."""
        inside = self._inside
        end = inside + count
        if end <= len(self._buffer):
            self._inside = end
            self.position += count
            return self._buffer[inside:end]
        pieces = [self._buffer[inside:]]
        left = count - len(pieces[0])
        self._buffer, self._inside = b"", 0
        while left >= STEP:
            data = self._steps.read(left - left % STEP)
            if not data:
                return self._give(pieces)
            pieces.append(data)
            left -= len(data)
        while left > 0:
            data = self._steps.read(STEP - len(self._buffer))
            if not data:
                break
            pieces.append(data[:left])
            taken = min(left, len(data))
            self._inside = len(self._buffer) + taken
            self._buffer += data
            left -= taken
        return self._give(pieces)

    def _give(self, pieces: list[bytes]) -> bytes:
        data = b"".join(pieces)
        self.position += len(data)
        return data

    def ahead(self, count: int) -> bytes:
        """Up to `count` bytes from the position on, as far as they are already unpacked; the position stays."""
        return self._buffer[self._inside : self._inside + count]

    def move_to(self, target: int) -> None:
        """Move to a position; at the end, only as far as there are bytes."""
        ahead = target - self.position
        if -self._inside <= ahead <= len(self._buffer) - self._inside:
            self._inside += ahead
            self.position = target
            return
        self._buffer, self._inside = b"", 0
        if target < self._steps.position:
            self._steps = self._start()
        left = target - self._steps.position
        while left > 0:
            data = self._steps.read(min(STEP, left))
            if not data:
                break
            left -= len(data)
        self.position = self._steps.position
