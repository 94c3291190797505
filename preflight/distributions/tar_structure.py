"""Gzipped tar files at the level of their headers, judged as PyPI judges them. Trusts no field, unpacks nothing to disk, and knows no sdists.

PyPI lists a tar with Python's `tarfile`, which takes the first header that it cannot read for the end of the archive, and looks at neither the end mark
nor what follows it. The same is done here, so that any Python gives the verdict of the Python that PyPI runs on (3.14).
Sources: POSIX.1-2008, pax; GNU tar's manual, "Basic Tar Format" and "Sparse Formats"; CPython: Lib/tarfile.py; warehouse: forklift/legacy.py.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from preflight.distributions.archive_problem import ArchiveProblem, CutShort
from preflight.distributions.gzip_stream import (
    BrokenGzip,
    BufferedGzip,
    CorruptGzip,
    GzipSteps,
    InvalidGzip,
    TruncatedGzip,
)
from preflight.distributions.stored_file import Blob
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

MAX_MEMBERS = 100_000
"""Members after which the reading of an archive ends."""

MAX_UNPACKED = 2 * 1024 * 1024 * 1024
"""Unpacked bytes after which the reading of an archive ends."""

MAX_HEADER_BYTES = 8 * 1024 * 1024
"""Size of an extended header above which an archive is not read further."""

MAX_NAME_LENGTH = 32 * 1024
"""Length of a name above which an archive is not read further."""

MAX_KEPT = 32 * 1024 * 1024
"""Bytes of wanted members that are kept in all."""

_LARGEST_OFFSET = (1 << 63) - 1
_MAX_NESTED = 200
_BLOCK = 512

NOT_TAR, READ_ERROR, SPARSE = "tar-not-tar", "tar-read-error", "tar-sparse"

_REGULAR = frozenset((b"0", b"\0", b"7", b"S"))
_SUPPORTED = frozenset((b"0", b"\0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"L", b"K", b"S"))
_GNU = frozenset((b"L", b"K", b"S"))
_PAX = frozenset((b"x", b"g", b"X"))

_RECORD_LENGTH = _compile(rb"([0-9]{1,20}) ")
_ZEROS = bytes(_BLOCK)


class TarKind(StrEnum):
    """What a member of a tar is."""

    FILE = "file"
    FOLDER = "folder"
    SYMBOLIC_LINK = "symbolic link"
    HARD_LINK = "hard link"
    DEVICE = "device"
    PIPE = "pipe"
    UNKNOWN = "member of an unknown kind"


_KINDS = {
    b"1": TarKind.HARD_LINK,
    b"2": TarKind.SYMBOLIC_LINK,
    b"3": TarKind.DEVICE,
    b"4": TarKind.DEVICE,
    b"5": TarKind.FOLDER,
    b"6": TarKind.PIPE,
}


class TarMember(NamedTuple):
    """A member: `name` is Python's, without the slash at the end of a folder's; bytes that are not UTF-8 are lone surrogates in it."""

    name: str
    kind: TarKind
    size: int
    target: str
    mode: int
    data: int
    sparse: bool

    @property
    def regular(self) -> bool:
        return self.kind is TarKind.FILE


@dataclass(frozen=True)
class TarStructure:
    """A gzipped tar: its members in order, and why PyPI cannot read it.

    `recognised` is whether Python takes the file for a tar at all, packed in whatever way. `unread` is what ends the reading in an error. `kept`
    holds the data of the wanted members. `seen` are those of the watched for texts that occur anywhere. `damage` are faults that PyPI does not
    see, since it does not read that far: of the gzip checksum, or behind the end. `limit` says which limit of preflight ended the reading.
    """

    recognised: bool
    members: tuple[TarMember, ...] = ()
    unread: ArchiveProblem | None = None
    kept: Mapping[int, bytes] = {}
    seen: frozenset[bytes] = frozenset()
    damage: str = ""
    limit: str = ""


class _Header(Exception):
    """A header that Python cannot read; silent behind the first one."""


class _Unreadable(Exception):
    """What Python raises as `tarfile.ReadError`."""


class _Crash(Exception):
    """What Python raises as another error than those that PyPI expects."""


class _Draft:
    """A member while its headers are read."""

    __slots__ = ("data", "link", "mode", "name", "offset", "size", "sparse", "type")

    def __init__(self) -> None:
        self.name = self.link = ""
        self.size = self.mode = self.offset = self.data = 0
        self.type = b"0"
        self.sparse = False

    @property
    def has_data(self) -> bool:
        return self.type in _REGULAR or self.type not in _SUPPORTED

    def done(self) -> TarMember:
        kind = TarKind.FILE if self.type in _REGULAR else _KINDS.get(self.type, TarKind.UNKNOWN)
        return TarMember(self.name, kind, self.size, self.link, self.mode, self.data, self.sparse)


class _Extension(NamedTuple):
    """A header that says something of the member behind it: a long name, or pax records."""

    kind: bytes
    offset: int
    data: bytes = b""
    fields: Mapping[str, str] = {}
    records: tuple[tuple[bytes, bytes], ...] = ()


def read_tar(blob: Blob, wanted: Callable[[TarMember], bool], watched: Iterable[bytes] = ()) -> TarStructure:
    """Read the structure of a gzipped tar; never raises on bad input.

    Members for which `wanted` is true have their data kept, as far as `MAX_KEPT` allows.
    """
    if blob.read(0, 2) != b"\x1f\x8b":
        return _not_gzip(blob)
    watch = _Watch(tuple(watched))
    reading = _Reading(blob, watch)
    members: list[TarMember] = []
    kept: dict[int, _Kept] = {}
    recognised = False
    unread: ArchiveProblem | None = None
    limit = ""
    budget = MAX_KEPT
    try:
        first = reading.first()
        recognised = True
        member = first
        while member is not None:
            if len(members) >= MAX_MEMBERS:
                raise CutShort(f"it has more than {MAX_MEMBERS:,} members")
            if len(member.name) > MAX_NAME_LENGTH or len(member.target) > MAX_NAME_LENGTH:
                raise CutShort(f"a name in it has more than {MAX_NAME_LENGTH:,} characters")
            if member.regular and not member.sparse and 0 <= member.size <= budget and wanted(member):
                kept[len(members)] = watch.keep(member, reading.file)
                budget -= member.size
            members.append(member)
            member = reading.next()
    except CutShort as cut:
        limit = cut.reason
    except _Failure as failure:
        unread = failure.problem
        recognised = recognised or failure.recognised
    damage = "" if unread or limit else reading.damage()
    data = {number: each.whole for number, each in kept.items() if each.whole is not None}
    return TarStructure(recognised, tuple(members), unread, data, frozenset(watch.seen), damage, limit)


class _Failure(Exception):
    def __init__(self, problem: ArchiveProblem, *, recognised: bool) -> None:
        self.problem = problem
        self.recognised = recognised


class _Kept:
    """The data of a member, gathered while they pass."""

    __slots__ = ("data", "end", "next")

    def __init__(self, start: int, end: int, data: bytes) -> None:
        self.data = bytearray(data)
        self.next = start + len(data)
        self.end = end

    @property
    def whole(self) -> bytes | None:
        return bytes(self.data) if self.next == self.end else None


class _Watch:
    """Sees all unpacked bytes pass: notices texts across their pieces, gathers wanted data, ends the reading after too many bytes.

    So nothing has to be read a second time, nor in other steps than Python reads it.
    """

    def __init__(self, texts: tuple[bytes, ...]) -> None:
        self.seen: set[bytes] = set()
        self._unseen = list(texts)
        self._overlap = max(map(len, texts), default=1) - 1
        self._tail = b""
        self._total = 0
        self._gathering: _Kept | None = None

    def keep(self, member: TarMember, file: BufferedGzip) -> _Kept:
        """Gather the data of the member whose header was just read."""
        here = file.ahead(member.size) if file.position == member.data else b""
        self._gathering = _Kept(member.data, member.data + member.size, here)
        return self._gathering

    def __call__(self, offset: int, data: bytes) -> None:
        self._total += len(data)
        if self._total > MAX_UNPACKED:
            raise CutShort(f"it unpacks to more than {MAX_UNPACKED:,} bytes")
        kept = self._gathering
        if kept is not None and offset <= kept.next < min(offset + len(data), kept.end):
            piece = data[kept.next - offset : kept.end - offset]
            kept.data += piece
            kept.next += len(piece)
        if not self._unseen:
            return
        edge = self._tail + data[: self._overlap]
        found = [text for text in self._unseen if text in data or text in edge]
        if found:
            self.seen.update(found)
            self._unseen = [text for text in self._unseen if text not in self.seen]
        self._tail = data[-self._overlap :] if self._overlap else b""


class _Reading:
    """Reads one header after the other, as `tarfile.TarFile.next` does."""

    def __init__(self, blob: Blob, watch: _Watch) -> None:
        self._steps: GzipSteps

        def start() -> GzipSteps:
            self._steps = GzipSteps(blob, watch)
            return self._steps

        self.file = BufferedGzip(start)
        self.offset = 0
        self.globals: dict[str, str] = {}
        self.ended = False
        self._blob = blob

    def first(self) -> TarMember | None:
        """The first member, None when the archive is empty.

        Raises:
            _Failure: Python takes the file for no tar, or fails.
        """
        try:
            return self._header(first=True)
        except _Unreadable as error:
            raise _Failure(ArchiveProblem(NOT_TAR, str(error)), recognised=False) from None
        except (CorruptGzip, InvalidGzip) as error:
            raise _Failure(ArchiveProblem(NOT_TAR, error.detail), recognised=False) from None
        except TruncatedGzip as error:
            raise _Failure(ArchiveProblem(READ_ERROR, error.detail, crash=True), recognised=False) from None
        except _Crash as error:
            raise _Failure(ArchiveProblem(READ_ERROR, str(error), crash=True), recognised=False) from None

    def next(self) -> TarMember | None:
        """The next member, None at the end.

        Raises:
            _Failure: Python cannot read on.
        """
        at = self.offset
        try:
            if self.ended:
                return None
            if self.offset != self.file.position:
                if self.offset == 0:
                    return None
                if self.offset > _LARGEST_OFFSET:
                    raise _Crash("the size of a member is impossible")
                self.file.move_to(self.offset - 1)
                if not self.file.read(1):
                    raise _Unreadable("it ends in the middle of a member")
            return self._header(first=False)
        except _Unreadable as error:
            problem = ArchiveProblem(READ_ERROR, str(error), None, at)
        except (CorruptGzip, TruncatedGzip) as error:
            problem = ArchiveProblem(READ_ERROR, error.detail, None, at)
        except InvalidGzip as error:
            problem = ArchiveProblem(READ_ERROR, error.detail, None, at, crash=True)
        except _Crash as error:
            problem = ArchiveProblem(READ_ERROR, str(error), None, at, crash=True)
        raise _Failure(problem, recognised=True) from None

    def damage(self) -> str:
        """Read to the end of the file and say what is wrong there; empty when nothing is."""
        try:
            while self._steps.read(1 << 20):
                pass
        except BrokenGzip as error:
            return error.detail
        except CutShort:
            return ""
        return ""

    def _header(self, *, first: bool) -> TarMember | None:
        """Read the headers of a member (CPython: Lib/tarfile.py, `TarInfo.fromtarfile`)."""
        pending: list[_Extension] = []
        try:
            while True:
                block = self.file.read(_BLOCK)
                if len(block) < _BLOCK or block == _ZEROS:
                    if pending:
                        raise _Unreadable("it ends where a member should follow")
                    if first and block != _ZEROS:
                        raise _Unreadable(
                            "it is empty" if not block else "it is no tar archive, but something else packed"
                        )
                    self.ended = True
                    return None
                offset = self.file.position - _BLOCK
                draft = _parse(block, folders=not pending)
                draft.offset = offset
                kind = draft.type
                if kind in (b"L", b"K"):
                    pending.append(_Extension(kind, offset, data=self._extended(draft.size)))
                elif kind in _PAX:
                    data = self._extended(draft.size)
                    fields: dict[str, str] = self.globals if kind == b"g" else dict(self.globals)
                    records = _pax_records(data, fields)
                    pending.append(_Extension(kind, offset, fields=fields, records=records))
                elif kind == b"S":
                    self._old_sparse(draft, block)
                    break
                else:
                    self._plain(draft)
                    break
                if len(pending) > _MAX_NESTED:
                    raise CutShort(f"more than {_MAX_NESTED} headers stand before one member")
        except _Header as error:
            if pending or first:
                raise _Unreadable(str(error)) from None
            self.ended = True
            return None
        while pending:
            extension = pending.pop()
            try:
                self._complete(draft, extension)
            except _Header as error:
                if pending or first:
                    raise _Unreadable(str(error)) from None
                self.ended = True
                return None
        return draft.done()

    def _extended(self, size: int) -> bytes:
        data = self.file.read(min(_rounded(size), MAX_HEADER_BYTES + 1))
        if len(data) > MAX_HEADER_BYTES:
            raise CutShort(f"one of its headers has more than {MAX_HEADER_BYTES:,} bytes")
        return data

    def _plain(self, draft: _Draft) -> None:
        draft.data = self.file.position
        self.offset = draft.data + (_rounded(draft.size) if draft.has_data else 0)
        _apply(draft, self.globals)
        if draft.type == b"5":
            draft.name = draft.name.rstrip("/")

    def _old_sparse(self, draft: _Draft, block: bytes) -> None:
        """The old sparse format of GNU tar: lists of holes, in further blocks too."""
        for at in range(386, 482, 24):
            _number(block[at : at + 12])
            _number(block[at + 12 : at + 24])
        real = _number(block[483:495])
        more = bool(block[482])
        while more:
            extension = self.file.read(_BLOCK)
            if len(extension) < _BLOCK:
                raise _Crash("a list of holes is cut short")
            for at in range(0, 504, 24):
                _number(extension[at : at + 12])
                _number(extension[at + 12 : at + 24])
            more = bool(extension[504])
        draft.sparse = True
        draft.data = self.file.position
        self.offset = draft.data + _rounded(draft.size)
        draft.size = real

    def _complete(self, draft: _Draft, extension: "_Extension") -> None:
        """Lay an extended header over the member that it stands before."""
        kind, fields = extension.kind, extension.fields
        if kind in (b"L", b"K"):
            draft.offset = extension.offset
            if kind == b"K":
                draft.link = _text(extension.data)
            else:
                draft.name = _text(extension.data)
                if draft.type == b"5" and not draft.name.endswith("/"):
                    draft.type = b"\0"
                elif draft.type == b"\0" and draft.name.endswith("/"):
                    draft.type = b"5"
            if draft.type == b"5":
                draft.name = draft.name.removesuffix("/")
            return
        self._new_sparse(draft, fields, extension.records)
        if kind != b"g":
            _apply(draft, fields)
            if "size" in fields:
                self.offset = draft.offset + _BLOCK
                if draft.has_data:
                    self.offset += _rounded(_integer(fields["size"]))
            draft.offset = extension.offset

    def _new_sparse(self, draft: _Draft, fields: Mapping[str, str], records: Iterable[tuple[bytes, bytes]]) -> None:
        """The sparse formats of GNU tar that are written into pax headers."""
        if "GNU.sparse.map" in fields:
            for number in fields["GNU.sparse.map"].split(","):
                _strict_integer(number)
        elif "GNU.sparse.size" in fields:
            for keyword, value in records:
                if keyword in (b"GNU.sparse.offset", b"GNU.sparse.numbytes"):
                    try:
                        int(value.decode())
                    except ValueError:
                        raise _Header("a list of holes is broken") from None
        elif fields.get("GNU.sparse.major") == "1" and fields.get("GNU.sparse.minor") == "0":
            self._sparse_map(draft)
        else:
            return
        draft.sparse = True

    def _sparse_map(self, draft: _Draft) -> None:
        buffer = self.file.read(_BLOCK)
        count, separator, buffer = buffer.partition(b"\n")
        if not separator:
            raise _Crash("a list of holes is cut short")
        left = _strict_integer(count.decode("latin-1")) * 2
        while left > 0:
            number, separator, rest = buffer.partition(b"\n")
            if not separator:
                more = self.file.read(_BLOCK)
                if not more or len(buffer) > MAX_HEADER_BYTES:
                    raise _Crash("a list of holes is cut short")
                buffer += more
                number, separator, rest = buffer.partition(b"\n")
                if not separator:
                    raise _Crash("a list of holes is cut short")
            _strict_integer(number.decode("latin-1"))
            buffer = rest
            left -= 1
        draft.data = self.file.position


def _parse(block: bytes, *, folders: bool) -> _Draft:
    """The fields of a header block (CPython: Lib/tarfile.py, `TarInfo.frombuf`)."""
    stated = _number(block[148:156])
    if stated != 256 + sum(block[:148]) + sum(block[156:]) and stated != _signed_sum(block):
        raise _Header("the checksum of a header is wrong, so it is no tar archive")
    draft = _Draft()
    draft.name = _text(block[:100])
    draft.mode = _number(block[100:108])
    _number(block[108:116])
    _number(block[116:124])
    draft.size = _number(block[124:136])
    _number(block[136:148])
    draft.type = block[156:157]
    draft.link = _text(block[157:257])
    _number(block[329:337])
    _number(block[337:345])
    prefix = _text(block[345:500])
    if folders and draft.type == b"\0" and draft.name.endswith("/"):
        draft.type = b"5"
    if draft.type == b"5":
        draft.name = draft.name.rstrip("/")
    if prefix and draft.type not in _GNU:
        draft.name = f"{prefix}/{draft.name}"
    return draft


def _signed_sum(block: bytes) -> int:
    """The checksum as some old tars compute it: with signed bytes."""
    high = sum(each > 127 for each in block[:148]) + sum(each > 127 for each in block[156:])
    return 256 + sum(block[:148]) + sum(block[156:]) - 256 * high


def _number(field: bytes) -> int:
    """A number of a header: octal digits, or with a mark, binary."""
    if field[0] in (0o200, 0o377):
        value = int.from_bytes(field[1:], "big")
        return value - (1 << 8 * (len(field) - 1)) if field[0] == 0o377 else value
    try:
        return int(field.partition(b"\0")[0].decode("ascii").strip() or "0", 8)
    except ValueError:
        raise _Header("a number of a header is broken, so it is no tar archive") from None


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _rounded(count: int) -> int:
    if count < 0:
        raise _Header("a member has a negative size")
    return -(-count // _BLOCK) * _BLOCK


def _pax_records(data: bytes, fields: dict[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    """Read the records of an extended header into `fields`, and give them as they stand (POSIX.1-2008, "pax Extended Header")."""
    position = 0
    records = []
    while position < len(data) and data[position]:
        match = _RECORD_LENGTH.match(data, position)
        length = int(match[1]) if match else 0
        end = position + length
        if match is None or length < 5 or end > len(data):
            raise _Header("a record of an extended header is broken")
        keyword, equals, value = data[match.end() : end - 1].partition(b"=")
        if not keyword or not equals or data[end - 1] != 0x0A:
            raise _Header("a record of an extended header is broken")
        records.append((keyword, value))
        position = end
    for keyword, value in records:
        fields[keyword.decode("utf-8", "surrogateescape")] = value.decode("utf-8", "surrogateescape")
    return tuple(records)


def _apply(draft: _Draft, fields: Mapping[str, str]) -> None:
    for keyword, value in fields.items():
        if keyword == "path":
            draft.name = value.rstrip("/")
        elif keyword == "GNU.sparse.name":
            draft.name = value
        elif keyword == "linkpath":
            draft.link = value
        elif keyword == "size":
            draft.size = _integer(value)
        elif keyword in ("GNU.sparse.size", "GNU.sparse.realsize"):
            draft.size = _strict_integer(value)


def _integer(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        return 0


def _strict_integer(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise _Crash("a number of a sparse member is broken") from None


def _not_gzip(blob: Blob) -> TarStructure:
    """What PyPI says of a file that is not packed with gzip: it may still be a tar, packed otherwise or not at all."""
    if not blob.size:
        return TarStructure(False, unread=ArchiveProblem(NOT_TAR, "it is empty"))
    packing = is_other_tar(blob)
    if packing:
        return TarStructure(True, unread=ArchiveProblem(READ_ERROR, f"it is {packing}, not packed with gzip"))
    return TarStructure(False, unread=ArchiveProblem(NOT_TAR, describe_start(blob.read(0, 512))))


def is_other_tar(blob: Blob) -> str:
    """How a tar that is not packed with gzip is packed, in words; empty for what is no tar at all."""
    start = blob.read(0, 64 * 1024)
    for packing, unpack in _PACKINGS:
        head = unpack(start)
        if head is not None and _starts_tar(head):
            return packing
    return "a plain tar archive" if _starts_tar(start) else ""


def _starts_tar(data: bytes) -> bool:
    """Whether a first member (or the end mark) can be read from the first bytes of a tar."""
    block = data[:_BLOCK]
    if len(block) < _BLOCK:
        return False
    if block == _ZEROS:
        return True
    try:
        _parse(block, folders=True)
    except _Header:
        return False
    return True


def _bzip2_head(data: bytes) -> bytes | None:
    if not data.startswith(b"BZh"):
        return None
    from bz2 import BZ2Decompressor

    try:
        return BZ2Decompressor().decompress(data, 64 * 1024)
    except (OSError, EOFError):
        return None


def _xz_head(data: bytes) -> bytes | None:
    if not data.startswith((b"\xfd7zXZ\x00", b"\x5d\x00\x00")):
        return None
    from lzma import LZMADecompressor, LZMAError

    try:
        return LZMADecompressor(memlimit=64 * 1024 * 1024).decompress(data, 64 * 1024)
    except (LZMAError, EOFError):
        return None


def _zstandard_head(data: bytes) -> bytes | None:
    # no unpacker before Python 3.14: what is packed so is most likely a tar
    return _ZEROS if data.startswith(b"\x28\xb5\x2f\xfd") else None


_PACKINGS: tuple[tuple[str, Callable[[bytes], bytes | None]], ...] = (
    ("packed with bzip2", _bzip2_head),
    ("packed with xz", _xz_head),
    ("packed with Zstandard", _zstandard_head),
)


def describe_start(data: bytes) -> str:
    """What a file is that should be an archive, by its first bytes."""
    if not data:
        return "it is empty"
    if data.startswith(b"version https://git-lfs.github.com/spec/"):
        return "it is a Git LFS pointer, not the file itself"
    if data.lstrip()[:9].lower().startswith((b"<!doctype", b"<html")):
        return "it is a web page"
    if data.startswith(b"PK\x03\x04"):
        return "it is a zip file"
    if data.startswith(b"\x1f\x8b"):
        return "it is packed with gzip"
    if not data.strip(b"\0"):
        return "it starts with nothing but zero bytes"
    return "it is something else"


def tar_data(blob: Blob, members: Iterable[TarMember], limit: int) -> Iterator[tuple[TarMember, bytes]]:
    """The data of members, which must be in the order of the archive; those larger than `limit` are left out.

    Raises:
        CutShort: the archive is larger than preflight reads.
    """
    file = BufferedGzip(lambda: GzipSteps(blob, _Watch(())))
    try:
        for member in members:
            if 0 <= member.size <= limit:
                file.move_to(member.data)
                yield member, file.read(member.size)
    except BrokenGzip:
        return
