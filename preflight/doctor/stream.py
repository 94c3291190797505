"""A log's bytes as numbered physical lines, in bounded memory: of a long log, the lines around what may matter. Understands no line.

Small logs are kept whole. Of a long one are kept its beginning and its end, and a window around each line that holds a telling word; words that any program
prints have room of their own, so that they cannot push out those that only a publish prints.
"""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Protocol

from preflight.sources.records import dataclass

WHOLE = 2 << 20
"""Bytes up to which a log is kept whole."""

_BLOCK = 256 << 10
_LONGEST = 16 << 10
"""Bytes of one line that are kept."""
_HEAD = 300
_TAIL = 1_000
_BUDGET = 3 << 20
"""Bytes kept of the first and of the last windows, for either kind of word."""

_TELLING = (
    b"pypi.org", b"httperror", b"http error", b"twine", b"invalid-p", b"invalid-t", b"invalid-reuse", b"oidc", b"trusted publish", b"id-token",
    b"openid", b"attestation", b"invaliddistribution", b"##[error]", b"::error", b"error during upload", b"failed to publish", b"failed to upload",
    b"caused by:", b"artifact", b"job_workflow_ref", b"workflow_ref", b"uploaderror", b"publisherror", b"upload failed", b"publish failed",
    b"bad request", b"forbidden", b"unauthorized", b"keyring", b"credential", b"manifest unknown", b"not allowed to deploy", b"process completed with",
    b"error uploading", b"macaroon", b"uploading distributions", b"publishing", b"docker:", b"repository not found", b"/legacy", b"invalid workflow",
    b"dist/", b"exception: ", b"flat-layout", b"transient", b"long_description", b"certificate_verify",
    b"pypi-age",
)  # fmt: skip
_GENERAL = (
    b"error",
    b"fail",
    b"denied",
    b"refused",
    b"invalid",
    b"fatal",
    b"traceback",
    b"not found",
    b"no such",
    b"cannot",
    b"unable to",
)


class Readable(Protocol):
    """What bytes are read from: a file, a pipe."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """The physical lines kept of a log, with their numbers from 1, and how many it had in all."""

    lines: tuple[tuple[int, str], ...]
    total: int


def kept_lines(stream: Readable, whole: int = WHOLE) -> Kept:
    """The lines of a stream that are worth a look."""
    blocks = _blocks(_as_utf8(stream))
    first: list[bytes] = []
    size = 0
    for block in blocks:
        first.append(block)
        size += len(block)
        if size > whole:
            sieve = _Sieve()
            for each in chain(first, blocks):
                sieve.feed(each)
            return Kept(tuple(sieve.kept()), sieve.total)
    lines = [(number, _decoded(line)) for number, line in _numbered(first)]
    return Kept(tuple(lines), lines[-1][0] if lines else 0)


def _as_utf8(stream: Readable) -> Iterator[bytes]:
    """The bytes, those of UTF-16 (what PowerShell writes) as UTF-8."""
    beginning = stream.read(_BLOCK)
    encoding = _utf16_of(beginning)
    rest = iter(lambda: stream.read(_BLOCK), b"")
    if encoding is None:
        yield beginning.removeprefix(BOM_UTF8)
        yield from rest
        return
    decoder = getincrementaldecoder(encoding)(errors="replace")
    for chunk in chain((beginning,), rest):
        yield decoder.decode(chunk).removeprefix("\ufeff").encode(errors="replace")


def _utf16_of(beginning: bytes) -> str | None:
    if beginning.startswith(BOM_UTF16_LE):
        return "utf-16-le"
    if beginning.startswith(BOM_UTF16_BE):
        return "utf-16-be"
    sample = beginning[:2000]
    if len(sample) >= 4 and sample[1::2].count(0) > 0.4 * len(sample) / 2:
        return "utf-16-le"
    if len(sample) >= 4 and sample[0::2].count(0) > 0.4 * len(sample) / 2:
        return "utf-16-be"
    return None


def _blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Whole lines, some hundred kilobytes at a time; a line without end comes in pieces."""
    rest: list[bytes] = []
    held = 0
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if end:
            yield b"".join((*rest, chunk[:end]))
            rest, held = [chunk[end:]], len(chunk) - end
            continue
        rest.append(chunk)
        held += len(chunk)
        if held >= 2 * _BLOCK:
            yield b"".join(rest)
            rest, held = [], 0
    if held:
        yield b"".join(rest)


def _numbered(blocks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines of blocks with their numbers: the pieces of one line have one number."""
    number = 1
    for block in blocks:
        lines = block.split(b"\n")
        for index, line in enumerate(lines):
            if line or index < len(lines) - 1:
                yield number + index, line
        number += len(lines) - 1


def _decoded(line: bytes) -> str:
    if len(line) > 4 * _LONGEST:
        line = _shortened(line)
    try:
        return line.decode("utf-8").rstrip("\r")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace").rstrip("\r")


def _shortened(line: bytes) -> bytes:
    if len(line) <= _LONGEST:
        return line
    return line[: _LONGEST // 2] + b" ... " + line[-_LONGEST // 2 :]


class _Store:
    """Lines by their order: the first ones up to the budget, and the last ones up to it."""

    def __init__(self) -> None:
        self.first: list[tuple[int, int, bytes]] = []
        self.last: deque[tuple[int, int, bytes]] = deque()
        self._first_size = self._last_size = 0
        self._newest = -1

    def add(self, order: int, number: int, line: bytes) -> None:
        if order <= self._newest:
            return
        self._newest = order
        line = _shortened(line)
        if self._first_size < _BUDGET:
            self.first.append((order, number, line))
            self._first_size += len(line) + 64
            return
        self.last.append((order, number, line))
        self._last_size += len(line) + 64
        while self._last_size > _BUDGET:
            self._last_size -= len(self.last.popleft()[2]) + 64


_Placed = list[tuple[int, int, bytes]]
"""Lines with their place in the order of all lines, and their number."""


class _Sieve:
    """Takes a log block by block and holds what is kept of it."""

    def __init__(self) -> None:
        self.total = 0
        self._order = 0
        self._number = 1
        self._head: _Placed = []
        self._recent: deque[tuple[int, int, int, bytes]] = deque()
        self._recent_lines = 0
        self._stores = (_Store(), _Store())
        self._open = [-1, -1]

    def feed(self, block: bytes) -> None:
        ends = block.count(b"\n")
        count = ends + (not block.endswith(b"\n"))
        lowered = block.lower()
        placed: _Placed | None = None
        for grade, (words, before, after) in enumerate(((_TELLING, 30, 60), (_GENERAL, 5, 15))):
            hits = _lines_with(words, lowered)
            if hits or self._open[grade] >= self._order:
                placed = placed if placed is not None else _placed(block, self._order, self._number)
                self._keep(grade, placed, hits, before, after)
        if len(self._head) < _HEAD:
            self._head += _placed(block, self._order, self._number)[: _HEAD - len(self._head)]
        self._recent.append((self._order, self._number, count, block))
        self._recent_lines += count
        while self._recent_lines - self._recent[0][2] >= _TAIL:
            self._recent_lines -= self._recent.popleft()[2]
        self._order += count
        self.total = self._number + count - 1
        self._number += ends

    def _keep(self, grade: int, placed: _Placed, hits: list[int], before: int, after: int) -> None:
        store = self._stores[grade]
        start = placed[0][0]
        for line in placed[: max(0, self._open[grade] - start + 1)]:
            store.add(*line)
        if not hits:
            return
        if hits[0] < before and self._recent:
            for line in self._last_lines(before - hits[0]):
                store.add(*line)
        done = 0
        for hit in hits:
            end = min(hit + after + 1, len(placed))
            for index in range(max(hit - before, done), end):
                store.add(*placed[index])
            done = max(done, end)
        self._open[grade] = start + hits[-1] + after

    def _last_lines(self, count: int) -> _Placed:
        """The lines before the block at hand, as far as the block before it reaches."""
        order, number, lines, block = self._recent[-1]
        tail = block.removesuffix(b"\n").rsplit(b"\n", count)[-count:]
        last_number = number + block.count(b"\n") - block.endswith(b"\n")
        first = len(tail) - 1
        return [
            (order + lines - 1 - first + index, last_number - first + index, line) for index, line in enumerate(tail)
        ]

    def kept(self) -> Iterator[tuple[int, str]]:
        """What is kept, in order."""
        found = {order: (number, line) for order, number, line in self._head}
        recent = [line for order, number, _, block in self._recent for line in _placed(block, order, number)]
        found |= {order: (number, line) for order, number, line in recent[-_TAIL:]}
        for store in self._stores:
            found |= {order: (number, line) for order, number, line in chain(store.first, store.last)}
        for _, (number, line) in sorted(found.items()):
            yield number, _decoded(_shortened(line))


def _placed(block: bytes, order: int, number: int) -> _Placed:
    return [(order + index, number + index, line) for index, line in enumerate(block.removesuffix(b"\n").split(b"\n"))]


def _lines_with(words: tuple[bytes, ...], block: bytes) -> list[int]:
    """The indexes of the lines in which a word stands."""
    offsets: set[int] = set()
    for word in words:
        found = block.find(word)
        while found >= 0:
            offsets.add(found)
            line_end = block.find(b"\n", found)
            found = block.find(word, line_end) if line_end >= 0 else -1
    indexes: list[int] = []
    index = seen = 0
    for offset in sorted(offsets):
        index += block.count(b"\n", seen, offset)
        seen = offset
        if not indexes or indexes[-1] != index:
            indexes.append(index)
    return indexes
