"""Reads an upload form piece by piece: text fields into memory up to a limit, the file onto disk. Judges nothing in it.

Follows what PyPI's reader makes of a form (webob: compat.py and multidict.py; CPython's former cgi.py): a part with a file name is a file, any other a
text in UTF-8. Unlike there, lines end with CRLF only, as every client writes them (RFC 7578).
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import BinaryIO, Protocol

from preflight.rehearsal.connection import Overlong
from preflight.rehearsal.limits import Limits
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

_PIECE = 64 * 1024
_BOUNDARY = _compile(rb"[ -~]{0,200}[!-~]")
_PARAMETER = _compile(r';\s*([^\s=;]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))')
_FILE_FIELDS = frozenset({"content", "gpg_signature"})


class Hash(Protocol):
    """A digest in the making."""

    def update(self, piece: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class Source(Protocol):
    """The body of a request."""

    def read(self, count: int) -> bytes:
        """Up to `count` bytes; none at the end. Raises Overlong where it goes on beyond all limits."""
        ...


class UnreadableForm(Exception):
    """A body that PyPI's reader cannot take for a form either."""


class TooMuch(Exception):
    """A form beyond the limits of the rehearsal."""


@dataclass(frozen=True)
class FilePart:
    """The file of a form, as received. `kept` is False where it is over the limit, so that the file on disk is cut short."""

    filename: str
    content_type: str
    size: int
    digests: Mapping[str, str]
    kept: bool


@dataclass(frozen=True)
class Form:
    """An upload form: the text fields in order, the names of parts that are files where a text belongs, and the file."""

    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()
    content: FilePart | None = None
    content_is_text: bool = False
    cut_off: bool = False
    """The reading ended within the file, which was over its limit by far; what follows it is not known."""

    def all(self, name: str) -> list[str]:
        """The values of a field, in order."""
        return [value for each, value in self.fields if each == name]

    def last(self, name: str, default: str = "") -> str:
        """The last value of a field, as webob's `get` has it."""
        values = self.all(name)
        return values[-1] if values else default


@dataclass(frozen=True)
class _Part:
    name: str
    filename: str | None
    content_type: str
    undecodable: bool = False


def boundary_of(content_type: str) -> bytes | None:
    """The boundary that a Content-Type names; None where it is no form with parts.

    Raises:
        UnreadableForm: it has none that could be one.
    """
    kind, parameters = header_value(content_type)
    if kind.lower() != "multipart/form-data":
        return None
    boundary = parameters.get("boundary", "").encode("latin-1", "replace")
    if not _BOUNDARY.fullmatch(boundary):
        raise UnreadableForm("no boundary")
    return boundary


def header_value(text: str) -> tuple[str, dict[str, str]]:
    """A header's value and its parameters, names in lower case."""
    value, _, rest = text.partition(";")
    found = {}
    for name, quoted, plain in _PARAMETER.findall(f";{rest}"):
        found[name.lower()] = quoted.replace('\\"', '"').replace("\\\\", "\\") if quoted else plain.strip()
    return value.strip(), found


def read_form(source: Source, boundary: bytes, folder: Path, limits: Limits) -> Form:
    """Read a whole form; its file goes to `folder`/content.

    Raises:
        UnreadableForm: it is no form, or ends too early.
        TooMuch: it is larger than the limits.
    """
    return _Reader(source, boundary, folder, limits).read()


@dataclass
class _Found:
    """What has been read so far."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    content: FilePart | None = None
    content_is_text: bool = False
    text: int = 0


class _Reader:
    def __init__(self, source: Source, boundary: bytes, folder: Path, limits: Limits) -> None:
        self._source = source
        self._delimiter = b"\r\n--" + boundary
        self._folder = folder
        self._limits = limits
        self._buffer = bytearray(b"\r\n")  # the first boundary has no line before it
        self._found = _Found()

    def read(self) -> Form:
        self._pass_to_delimiter(_ignored)
        for _ in range(self._limits.parts):
            if self._at_end():
                return self._form()
            try:
                self._part(self._headers())
            except Overlong:
                if self._found.content is None or self._found.content.kept:
                    raise
                return self._form(cut_off=True)
        raise TooMuch("parts")

    def _form(self, *, cut_off: bool = False) -> Form:
        found = self._found
        return Form(tuple(found.fields), tuple(found.files), found.content, found.content_is_text, cut_off)

    def _part(self, part: _Part) -> None:
        if part.undecodable:
            raise UnreadableForm("a header that is no text")
        if not part.filename:
            value = self._text()
            self._found.content_is_text |= part.name == "content"
            self._found.fields.append((part.name, value))
        elif part.name == "content" and self._found.content is None:
            self._file(part)
        else:
            self._found.files.append(part.name)
            self._pass_to_delimiter(_ignored)

    def _text(self) -> str:
        value = bytearray()

        def keep(piece: bytes) -> None:
            value.extend(piece)
            self._found.text += len(piece)
            if self._found.text > self._limits.fields:
                raise TooMuch("fields")

        self._pass_to_delimiter(keep)
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            raise UnreadableForm("a field that is no UTF-8") from None

    def _file(self, part: _Part) -> None:
        with (self._folder / "content").open("wb") as stream:
            sink = _FileSink(stream, self._limits.file)
            try:
                self._pass_to_delimiter(sink.write)
            finally:
                kept = sink.size <= sink.limit
                self._found.content = FilePart(part.filename or "", part.content_type, sink.size, sink.digests(), kept)

    def _headers(self) -> _Part:
        end = self._find(b"\r\n\r\n", self._limits.part_header)
        block = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        headers: dict[str, str] = {}
        try:
            for line in block.decode("utf-8").split("\r\n"):
                name, _, value = line.partition(":")
                headers[name.strip().lower()] = value.strip()
        except UnicodeDecodeError:
            return _Part("", None, "", undecodable=True)
        _, given = header_value(headers.get("content-disposition", ""))
        return _Part(given.get("name", ""), _filename(given), headers.get("content-type", "text/plain"))

    def _at_end(self) -> bool:
        """Behind a delimiter: whether it was the last one. Blanks up to the end of its line are passed over (RFC 2046, 5.1.1)."""
        while len(self._buffer) < 2 and self._more():
            pass
        if self._buffer[:2] == b"--":
            self._drain()
            return True
        end = self._find(b"\r\n", 1024)
        if bytes(self._buffer[:end]).strip(b" \t"):
            raise UnreadableForm("text behind a boundary")
        del self._buffer[: end + 2]
        return False

    def _find(self, mark: bytes, limit: int) -> int:
        while (at := self._buffer.find(mark)) < 0:
            if len(self._buffer) > limit:
                raise TooMuch("header of a part")
            if not self._more():
                raise UnreadableForm("the form ends too early")
        return at

    def _pass_to_delimiter(self, sink: Callable[[bytes], None]) -> None:
        """Hand everything before the next delimiter to the sink, and take the delimiter away."""
        keep = len(self._delimiter) - 1
        while (at := self._buffer.find(self._delimiter)) < 0:
            ready = len(self._buffer) - keep
            if ready > 0:
                sink(bytes(self._buffer[:ready]))
                del self._buffer[:ready]
            if not self._more():
                raise UnreadableForm("the form ends too early")
        if at:
            sink(bytes(self._buffer[:at]))
        del self._buffer[: at + len(self._delimiter)]

    def _more(self) -> bool:
        piece = self._source.read(_PIECE)
        self._buffer.extend(piece)
        return bool(piece)

    def _drain(self) -> None:
        """Read what follows the form, which nobody looks at."""
        self._buffer.clear()
        while self._source.read(_PIECE):
            pass


class _FileSink:
    """Writes a file up to one byte over the limit and counts and hashes as much; beyond that it only counts."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._stream = stream
        self._hashes: dict[str, Hash] = {
            "md5": hashlib.md5(usedforsecurity=False),
            "sha256": hashlib.sha256(),
            "blake2_256": hashlib.blake2b(digest_size=32),
        }

    def write(self, piece: bytes) -> None:
        if self.size <= self.limit:
            kept = piece[: self.limit + 1 - self.size]
            self._stream.write(kept)
            for each in self._hashes.values():
                each.update(kept)
        self.size += len(piece)

    def digests(self) -> dict[str, str]:
        return {name: each.hexdigest() for name, each in self._hashes.items()}


def _ignored(_: bytes) -> None:
    """A sink for what nobody reads."""


def _filename(given: Mapping[str, str]) -> str | None:
    return given.get("filename")


def read_pairs(body: bytes) -> Form:
    """A form without parts, as `application/x-www-form-urlencoded` has it.

    Raises:
        UnreadableForm: it cannot be read.
    """
    from urllib.parse import parse_qsl

    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=20_000)
    except ValueError:
        raise UnreadableForm("no UTF-8") from None
    return Form(tuple(pairs), content_is_text=any(name == "content" for name, _ in pairs))
