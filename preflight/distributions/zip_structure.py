"""Zip files at the level of their records, judged as PyPI judges them. Trusts no field, unpacks nothing to disk, and knows no wheels.

PyPI reads a zip twice: with Python's `zipfile` (that of the Python it runs on, 3.14), which only follows the central directory, and with a strict reader of
its own that walks over all records from the first byte on. Both are modelled here, so that any Python gives the verdict that PyPI gives.
Sources: APPNOTE.TXT of PKWARE; CPython: Lib/zipfile; warehouse: utils/zipfiles.py.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from operator import attrgetter
from struct import Struct
from typing import NamedTuple
from zlib import crc32, decompressobj, error

from preflight.distributions import inflate
from preflight.distributions.archive_problem import ArchiveProblem, CutShort
from preflight.distributions.stored_file import Blob
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

MAX_MEMBERS = 100_000
"""Members after which the reading of an archive ends."""

MAX_DIRECTORY_BYTES = 48 * 1024 * 1024
"""Size of a central directory above which a zip is not read."""

MAX_PROBLEMS = 200
"""Problems after which the walk over a zip ends: nobody reads more."""

STORED, DEFLATED = 0, 8

_END = Struct("<4s4H2LH")
_END64 = Struct("<4sQ2H2L4Q")
_LOCATOR = Struct("<4sLQL")
_CENTRAL = Struct("<4s4B4HL2L5H2L")
_LOCAL = Struct("<4s2B4HL2L2H")
_LENGTHS = Struct("<2H")
_FIELD = Struct("<HH")
_QUAD = Struct("<Q")
_UNICODE_PATH = Struct("<BL")

_LOCAL_MARK = b"PK\x03\x04"
_CENTRAL_MARK = b"PK\x01\x02"
_END_MARK = b"PK\x05\x06"
_END64_MARK = b"PK\x06\x06"
_LOCATOR_MARK = b"PK\x06\x07"

_SENTINEL = 0xFFFFFFFF
_SENTINEL64 = 0xFFFFFFFFFFFFFFFF
_MAX_COMMENT = 0xFFFF
_NEWEST_VERSION = 63
"""Version needed to extract above which `zipfile` reads nothing."""

_ENCRYPTED, _DESCRIPTOR, _PATCHED, _STRONG_ENCRYPTION, _UTF8 = 0x1, 0x8, 0x20, 0x40, 0x800
_UNUSUAL = _ENCRYPTED | _PATCHED | _STRONG_ENCRYPTION
_SMALL = 1 << 20
"""Size of a member up to which it is read in one go."""
_TINY = 1 << 14
"""Packed size of which no more than 16 MiB can come, since deflate packs a thousand bytes into one at best."""

_ZIP64_EXTRA, _UNICODE_EXTRA = 0x0001, 0x7075
_ZIP64_LENGTHS = frozenset((0, 8, 16, 24, 28))
_LARGEST_OFFSET = (1 << 63) - 1

_UNPRINTABLE = _compile(rb"[\x00-\x1f\x7f]")

NOT_ZIP, BAD_ZIP, MALFORMED = "archive-not-zip", "archive-bad-zip", "zip-malformed"


class ZipEntry(NamedTuple):
    """A member as the central directory states it.

    `name` is what installers see (`zipfile`'s name: up to a NUL, or the Unicode path of the extra field), `raw_name` what the record spells.
    `offset` is where its local header starts, `end` where its data must have ended.
    """

    name: str
    raw_name: str
    method: int
    flags: int
    crc: int
    compressed: int
    size: int
    offset: int
    attributes: int
    system: int

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")

    @property
    def mode(self) -> int:
        """The Unix mode, 0 where none is stated."""
        return self.attributes >> 16 if self.system == 3 else 0


@dataclass(frozen=True, slots=True)
class ZipEnd:
    """The end records, as `zipfile` reads them: `offset` is where they start, `shift` the number of bytes before the zip proper."""

    offset: int
    records_here: int
    records: int
    directory_size: int
    directory_offset: int
    comment: int
    zip64: bool
    one_disk: bool

    @property
    def shift(self) -> int:
        return self.offset - self.directory_size - self.directory_offset

    @property
    def directory_start(self) -> int:
        return self.offset - self.directory_size


class _Refused(Exception):
    def __init__(self, problem: ArchiveProblem) -> None:
        self.problem = problem


@dataclass(frozen=True)
class ZipStructure:
    """A zip file: its members in the order of the central directory.

    `recognised` is whether Python takes the file for a zip at all. `unopened` is why Python cannot open it: there are no entries then.
    `filled` is whether the records just fill the directory and none has a comment. `limit` says which limit of preflight ended the reading,
    empty when none did.
    """

    recognised: bool
    end: ZipEnd | None = None
    entries: tuple[ZipEntry, ...] = ()
    unopened: ArchiveProblem | None = None
    filled: bool = False
    limit: str = ""


def read_zip(blob: Blob) -> ZipStructure:
    """Read the structure of a zip from its end; never raises on bad input."""
    recognised = is_zip(blob)
    try:
        end = _find_end(blob)
        if end is None:
            raise _Refused(ArchiveProblem(NOT_ZIP, "it has no end record, so it is no zip file or was cut short"))
        entries, filled = _read_directory(blob, end)
    except _Refused as refused:
        return ZipStructure(recognised, unopened=refused.problem)
    except CutShort as cut:
        return ZipStructure(recognised, limit=cut.reason)
    return ZipStructure(recognised, end, entries, filled=filled)


def framing_problems(blob: Blob, structure: ZipStructure) -> tuple[list[ArchiveProblem], str]:
    """The problems of the strict walk over all records, in the order in which PyPI would come upon them, and the limit that ended it."""
    end, entries = structure.end, structure.entries
    if end is None or (structure.filled and _is_plain(blob, entries, end)):
        return [], ""
    walk = _Walk(blob, entries, end)
    walk.run()
    return walk.problems, walk.limit


def is_zip(blob: Blob) -> bool:
    """Whether Python takes bytes for a zip file (`zipfile.is_zipfile` of CPython 3.14)."""
    try:
        end = _find_end(blob)
    except _Refused:
        return False
    if end is None:
        return False
    if end.records == end.directory_size == end.directory_offset == 0:
        return True
    return (
        end.one_disk
        and end.directory_size >= _CENTRAL.size
        and end.directory_start >= 0
        and len(head := blob.read(end.directory_start, _CENTRAL.size)) == _CENTRAL.size
        and head.startswith(_CENTRAL_MARK)
    )


def _find_end(blob: Blob) -> ZipEnd | None:
    """The end record, with what a ZIP64 end record says instead of it; None when there is none (CPython: Lib/zipfile, `_EndRecData`)."""
    size = blob.size
    if size < _END.size:
        return None
    offset = size - _END.size
    record = blob.read(offset, _END.size)
    if not (record.startswith(_END_MARK) and record.endswith(b"\x00\x00")):
        start = max(size - _MAX_COMMENT - _END.size, 0)
        tail = blob.read(start, _MAX_COMMENT + _END.size)
        inside = tail.rfind(_END_MARK)
        record = tail[inside : inside + _END.size] if inside >= 0 else b""
        if len(record) != _END.size:
            return None
        offset = start + inside
    _, disk, first_disk, here, records, directory_size, directory_offset, comment = _END.unpack(record)
    one_disk = disk == first_disk
    plain = ZipEnd(offset, here, records, directory_size, directory_offset, comment, False, one_disk)
    return _find_end64(blob, plain)


def _find_end64(blob: Blob, plain: ZipEnd) -> ZipEnd:
    offset = plain.offset - _LOCATOR.size
    locator = blob.read(offset, _LOCATOR.size) if offset >= 0 else b""
    if not locator.startswith(_LOCATOR_MARK):
        return plain
    _, disk, stated, disks = _LOCATOR.unpack(locator)
    if disk != 0 or disks > 1:
        raise _Refused(ArchiveProblem(BAD_ZIP, "it is one part of a zip that spans several disks", offset=offset))
    place = offset - _END64.size
    if stated > place:
        raise _Refused(ArchiveProblem(BAD_ZIP, "its ZIP64 locator points beyond the ZIP64 end record", offset=offset))
    extra = place - stated
    record = blob.read(stated, _END64.size)
    if not record.startswith(_END64_MARK) and extra:
        extra = 0
        record = blob.read(place, _END64.size)
    if not record.startswith(_END64_MARK):
        raise _Refused(ArchiveProblem(BAD_ZIP, "its ZIP64 end record is not where the locator says", offset=offset))
    _, length, _, _, disk, first_disk, here, records, directory_size, directory_offset = _END64.unpack(record)
    if directory_offset + directory_size != stated or length + 12 != _END64.size + extra:
        raise _Refused(ArchiveProblem(BAD_ZIP, "its ZIP64 end record contradicts itself", offset=place - extra))
    one_disk = disk == first_disk
    return ZipEnd(place - extra, here, records, directory_size, directory_offset, plain.comment, True, one_disk)


def _is_plain(blob: Blob, entries: tuple[ZipEntry, ...], end: ZipEnd) -> bool:
    """Whether a zip without comments on members certainly has none of the faults that the strict walk looks for.

    True for what ordinary writers write: member behind member, then the directory, then the end, with nothing in between and headers that say
    the same as the directory. What it is not sure of is left to the walk.
    """
    if end.zip64 or end.shift or end.records != len(entries) or end.records_here != end.records:
        return False
    if end.offset + _END.size + end.comment != blob.size:
        return False
    names = {entry.raw_name for entry in entries}
    if len(names) < len(entries) or not all(map(str.isprintable, names)):
        return False
    read, unpack, header = blob.read, _LOCAL.unpack_from, _LOCAL.size
    position = 0
    for entry in sorted(entries, key=_offset):
        name = entry.raw_name.encode()
        data = read(position, header + len(name))
        if len(data) < header + len(name):
            return False
        mark, _, _, flags, _, _, _, _, compressed, size, name_length, extra_length = unpack(data)
        if (
            mark != _LOCAL_MARK
            or extra_length
            or flags & _DESCRIPTOR
            or compressed != entry.compressed
            or size != entry.size
            or name_length != len(name)
            or data[header:] != name
        ):
            return False
        position += header + name_length + compressed
    return position == end.directory_start


_offset = attrgetter("offset")


def _read_directory(blob: Blob, end: ZipEnd) -> tuple[tuple[ZipEntry, ...], bool]:
    """The members by the central directory, as `zipfile` lists them, and whether they just fill it and none has a comment.

    Source: CPython: Lib/zipfile, `_RealGetContents`.

    Raises:
        _Refused: Python cannot open the zip.
        CutShort: it is larger than preflight reads.
    """
    start, size, shift = end.directory_start, end.directory_size, end.shift
    if start < 0:
        raise _Refused(
            ArchiveProblem(BAD_ZIP, "its end record places the central directory before the file", offset=end.offset)
        )
    if size > MAX_DIRECTORY_BYTES:
        raise CutShort(f"its central directory has more than {MAX_DIRECTORY_BYTES:,} bytes")
    data = blob.read(start, size)
    entries: list[ZipEntry] = []
    unpack, head, entry = _CENTRAL.unpack_from, _CENTRAL.size, ZipEntry._make
    position = 0
    comments = False
    while position < size:
        if position + head > len(data):
            raise _Refused(
                ArchiveProblem(BAD_ZIP, "its central directory ends in the middle of a record", offset=start + position)
            )
        (
            mark,
            _,
            system,
            version,
            _,
            flags,
            method,
            _,
            _,
            crc,
            compressed,
            length,
            name_length,
            extra_length,
            comment_length,
            _,
            _,
            attributes,
            offset,
        ) = unpack(data, position)
        if mark != _CENTRAL_MARK:
            raise _Refused(
                ArchiveProblem(
                    BAD_ZIP, "its central directory holds something else than records", offset=start + position
                )
            )
        name_end = position + head + name_length
        raw = data[position + head : name_end]
        try:
            spelt = raw.decode("ascii") if raw.isascii() else raw.decode("utf-8" if flags & _UTF8 else "cp437")
        except UnicodeDecodeError:
            raise _Refused(
                ArchiveProblem(
                    BAD_ZIP,
                    "the name of a member is marked as UTF-8 and is not",
                    printable(raw),
                    start + position,
                    crash=True,
                )
            ) from None
        if version > _NEWEST_VERSION:
            raise _Refused(
                ArchiveProblem(
                    BAD_ZIP,
                    f"a member needs version {version / 10:.1f} of the zip format",
                    printable(spelt),
                    start + position,
                    crash=True,
                )
            )
        name = spelt.partition("\0")[0]
        if extra_length:
            extra = data[name_end : name_end + extra_length]
            try:
                name, length, compressed, offset = _apply_extra(extra, raw, name, length, compressed, offset)
            except ValueError as error:
                raise _Refused(ArchiveProblem(BAD_ZIP, str(error), printable(spelt), start + position)) from None
        entries.append(entry((name, spelt, method, flags, crc, compressed, length, offset + shift, attributes, system)))
        if len(entries) > MAX_MEMBERS:
            raise CutShort(f"it has more than {MAX_MEMBERS:,} members")
        comments = comments or comment_length > 0
        position = name_end + extra_length + comment_length
    return tuple(entries), not comments and position == size


def _apply_extra(
    extra: bytes, raw: bytes, name: str, size: int, compressed: int, offset: int
) -> tuple[str, int, int, int]:
    """What the extra fields of a central record say instead of the record (CPython: Lib/zipfile, `ZipInfo._decodeExtra`)."""
    while len(extra) >= 4:
        kind, length = _FIELD.unpack_from(extra)
        if length + 4 > len(extra):
            raise ValueError(f"the extra field 0x{kind:04x} of a member is cut short")
        data = extra[4 : length + 4]
        if kind == _ZIP64_EXTRA:
            values = [_QUAD.unpack_from(data, at)[0] for at in range(0, len(data) - 7, 8)]
            try:
                if size in (_SENTINEL64, _SENTINEL):
                    size = values.pop(0)
                if compressed == _SENTINEL:
                    compressed = values.pop(0)
                if offset == _SENTINEL:
                    offset = values.pop(0)
            except IndexError:
                raise ValueError("the ZIP64 field of a member lacks a size") from None
        elif kind == _UNICODE_EXTRA:
            if length < 5:
                raise ValueError("the Unicode path field of a member is cut short")
            version, checksum = _UNICODE_PATH.unpack_from(data)
            if version == 1 and checksum == crc32(raw):
                try:
                    spelt = data[5:].decode("utf-8")
                except UnicodeDecodeError:
                    raise ValueError("the Unicode path field of a member is not UTF-8") from None
                name = spelt.partition("\0")[0] if spelt else name
        extra = extra[length + 4 :]
    return name, size, compressed, offset


class _Walk:
    """The strict walk over all records, from the first byte to the last (warehouse: utils/zipfiles.py, `_validate_zipfile`).

    PyPI stops at the first problem; this goes on where the next record is known, to collect the others.
    """

    def __init__(self, blob: Blob, entries: tuple[ZipEntry, ...], end: ZipEnd) -> None:
        self.blob = blob
        self.end = end
        self.sizes = {entry.raw_name: (entry.compressed, entry.size) for entry in entries}
        self.problems: list[ArchiveProblem] = []
        self.limit = ""
        self._starts: list[int] | None = None
        self._entries = entries
        self._astray = False

    def run(self) -> None:
        """Fill `problems`."""
        local: set[bytes] = set()
        central: set[bytes] = set()
        read = self.blob.read
        position = 0
        records = directory_size = 0
        directory_start: int | None = None
        end64: tuple[int, int, int] | None = None
        located = False
        while len(self.problems) < MAX_PROBLEMS:
            mark = read(position, 4)
            if len(mark) < 4:
                self._report(MALFORMED, "it ends in the middle of its records", None, position)
                return
            if mark == _LOCAL_MARK:
                following = self._local(position, local)
                if following is None:
                    return
                position = following
            elif mark == _CENTRAL_MARK:
                if directory_start is None:
                    directory_start = position
                records += 1
                step = self._central(position, local, central)
                if step is None:
                    return
                directory_size += step[0]
                position += step[1]
            elif mark == _END_MARK:
                if end64 is not None and not located:
                    self._report(MALFORMED, "its ZIP64 end record has no locator", None, position)
                    end64 = None
                self._end(position, records, directory_start, directory_size, end64, local, central)
                return
            elif mark == _END64_MARK:
                record = read(position, _END64.size)
                if len(record) < _END64.size:
                    self._report(MALFORMED, "its ZIP64 end record is cut short", None, position)
                    return
                _, length, _, _, _, _, on_disk, total, size, offset = _END64.unpack(record)
                if on_disk != total:
                    self._report(MALFORMED, "its ZIP64 end record gives two numbers of records", None, position)
                if length != _END64.size - 12:
                    self._report("zip64-extensible", "its ZIP64 end record holds further data", None, position)
                    position += max(length + 12 - _END64.size, 0)
                    if position > self.blob.size:
                        return
                end64 = (total, size, offset)
                position += _END64.size
            elif mark == _LOCATOR_MARK:
                if len(read(position, _LOCATOR.size)) < _LOCATOR.size:
                    self._report(MALFORMED, "its ZIP64 locator is cut short", None, position)
                    return
                located = True
                position += _LOCATOR.size
            else:
                self._report("zip-unknown-signature", self._gap(position, mark), None, position)
                resumed = self._next_record(position)
                if resumed is None:
                    return
                position = resumed
        self.limit = f"it has more than {MAX_PROBLEMS} problems"

    def _report(self, row: str, detail: str, member: str | None, offset: int, *, crash: bool = False) -> None:
        self.problems.append(ArchiveProblem(row, detail, member, offset, crash))

    def _gap(self, position: int, mark: bytes) -> str:
        following = self._next_record(position)
        if position == 0:
            length = following if following is not None else self.end.shift
            if mark.startswith(b"#!"):
                return f"{length} bytes stand before the zip: a script line starts the file"
            return f"{length} bytes stand before the zip"
        if following is None:
            return "bytes that belong to no record stand between the records"
        return f"{following - position} bytes that belong to no record stand between the records"

    def _next_record(self, position: int) -> int | None:
        """The next place behind a position where the central directory says that a record starts; the walk is astray from then on."""
        self._astray = True
        if self._starts is None:
            self._starts = sorted({*(entry.offset for entry in self._entries), self.end.directory_start})
        index = bisect_right(self._starts, position)
        return self._starts[index] if index < len(self._starts) else None

    def _local(self, position: int, seen: set[bytes]) -> int | None:
        """Check a local header and give the place behind its data; None where nothing can be read any more."""
        head = self.blob.read(position, _LOCAL.size)
        if len(head) < _LOCAL.size:
            self._report(MALFORMED, "the header of a member is cut short", None, position)
            return None
        _, _, _, flags, method, _, _, _, compressed, size, name_length, extra_length = _LOCAL.unpack(head)
        rest = self.blob.read(position + _LOCAL.size, name_length + extra_length)
        if len(rest) < name_length + extra_length:
            self._report(MALFORMED, "the header of a member is cut short", printable(rest[:name_length]), position)
            return None
        raw = rest[:name_length]
        before = len(self.problems)
        if _UNPRINTABLE.search(raw):
            self._report("zip-bad-char", "the name of a member holds a control character", printable(raw), position)
        unsized = bool(flags & _DESCRIPTOR)
        if extra_length:
            reported = len(self.problems)
            compressed, size = self._local_extra(rest[name_length:], raw, method, compressed, size, position)
            unsized = unsized or len(self.problems) > reported  # sizes from broken extra fields mean nothing
        if flags & _DESCRIPTOR:
            self._report("zip-data-descriptor", "the sizes of a member stand after its data", printable(raw), position)
        self._match(raw, compressed, size, position, unsized=unsized)
        if raw in seen:
            self._report("zip-local-dup", "the zip holds a member twice", printable(raw), position)
        seen.add(raw)
        data = position + _LOCAL.size + name_length + extra_length
        following: int = data + compressed
        if following > _LARGEST_OFFSET:
            self._report(MALFORMED, "the size of a member is impossible", printable(raw), position, crash=True)
        if len(self.problems) > before and (
            flags & _DESCRIPTOR
            or any(each.row in _UNCERTAIN_SIZE for each in self.problems[before:])
            or following > self.blob.size
        ):
            # what follows cannot be found by this header: the central directory knows
            return self._next_record(max(position, data - 1))
        return following

    def _local_extra(
        self, extra: bytes, raw: bytes, method: int, compressed: int, size: int, position: int
    ) -> tuple[int, int]:
        """The sizes of a member with its ZIP64 field, and the problems of its extra fields."""
        seen: set[int] = set()
        while extra:
            if len(extra) < 4:
                self._report(MALFORMED, "an extra field of a member is cut short", printable(raw), position)
                break
            kind, length = _FIELD.unpack_from(extra)
            if length + 4 > len(extra):
                self._report(MALFORMED, "an extra field of a member is cut short", printable(raw), position)
                break
            if kind in (_ZIP64_EXTRA, _UNICODE_EXTRA) and kind in seen:
                self._report(
                    "zip-dup-extra", f"the extra field 0x{kind:04x} of a member occurs twice", printable(raw), position
                )
                break
            seen.add(kind)
            if kind == _ZIP64_EXTRA:
                wrong = None
                if length not in _ZIP64_LENGTHS:
                    wrong = f"the ZIP64 field of a member has {length} bytes"
                elif length == 0:
                    if _SENTINEL in (compressed, size):
                        wrong = "the ZIP64 field of a member is empty though its sizes should be there"
                elif length == 8:
                    if method != STORED:
                        wrong = "the ZIP64 field of a compressed member holds only one size"
                    else:
                        compressed = _QUAD.unpack_from(extra, 4)[0]
                        size = compressed if size == _SENTINEL else size
                else:
                    size = _QUAD.unpack_from(extra, 4)[0] if size == _SENTINEL else size
                    compressed = _QUAD.unpack_from(extra, 12)[0]
                if wrong:
                    self._report(MALFORMED, wrong, printable(raw), position)
                    break
            elif kind == _UNICODE_EXTRA:
                name = extra[9 : 4 + length]
                if _UNPRINTABLE.search(name):
                    self._report(
                        "zip-bad-char",
                        "the Unicode path of a member holds a control character",
                        printable(raw),
                        position,
                    )
                    break
                try:
                    name.decode("utf-8")
                except UnicodeDecodeError:
                    self._report(
                        "zip-unicode-path", "the Unicode path of a member is not UTF-8", printable(raw), position
                    )
                    break
            extra = extra[length + 4 :]
        return compressed, size

    def _match(self, raw: bytes, compressed: int, size: int, position: int, *, unsized: bool) -> None:
        """Compare a local header with the central directory."""
        try:
            expected = self.sizes[raw.decode("utf-8")]
        except UnicodeDecodeError:
            self._report("zip-name-not-unicode", "the name of a member is not UTF-8", printable(raw), position)
            return
        except KeyError:
            if not raw.isascii() and raw.decode("cp437") in self.sizes:
                detail = "the name of a member is in UTF-8, but not marked as such"
            else:
                detail = "a member is missing from the central directory"
            self._report("zip-name-not-in-cd", detail, printable(raw), position)
            return
        if unsized:
            return
        if expected[0] != compressed:
            self._report(
                "zip-size-mismatch",
                f"a member has {compressed} bytes by its header and {expected[0]} by the central directory",
                printable(raw),
                position,
            )
        elif expected[1] != size:
            self._report(
                "zip-file-size-mismatch",
                f"a member unpacks to {size} bytes by its header and to {expected[1]} by the central directory",
                printable(raw),
                position,
            )

    def _central(self, position: int, local: set[bytes], seen: set[bytes]) -> tuple[int, int] | None:
        """Check a central record; gives its size as PyPI counts it (without comment) and its real size."""
        head = self.blob.read(position, _CENTRAL.size)
        if len(head) < _CENTRAL.size:
            self._report(MALFORMED, "its central directory is cut short", None, position)
            return None
        name_length, extra_length, comment_length = _CENTRAL.unpack(head)[12:15]
        raw = self.blob.read(position + _CENTRAL.size, name_length)
        counted = _CENTRAL.size + name_length + extra_length
        if comment_length:
            self._report("zip-cd-comment", "a member has a comment", printable(raw), position)
        if position + counted > self.blob.size:
            self._report(MALFORMED, "its central directory is cut short", printable(raw), position)
            return None
        if _UNPRINTABLE.search(raw):
            self._report("zip-bad-char", "the name of a member holds a control character", printable(raw), position)
        if raw in seen:
            self._report("zip-cd-dup", "the central directory lists a member twice", printable(raw), position)
        elif raw not in local:
            self._report(
                "zip-missing-local", "the central directory lists a member that is not there", printable(raw), position
            )
        seen.add(raw)
        return counted, counted + comment_length

    def _end(
        self,
        position: int,
        records: int,
        directory_start: int | None,
        directory_size: int,
        end64: tuple[int, int, int] | None,
        local: set[bytes],
        central: set[bytes],
    ) -> None:
        record = self.blob.read(position, _END.size)
        if len(record) < _END.size:
            self._report(MALFORMED, "its end record is cut short", None, position)
            return
        _, _, _, on_disk, total, size, offset, comment = _END.unpack(record)
        if on_disk != total:
            self._report(MALFORMED, "its end record gives two numbers of records", None, position)
        if end64 is not None:
            total, size, offset = end64
        start = position if directory_start is None else directory_start
        if total != records:
            self._report(
                "zip-cd-records", f"its end record counts {total} members and there are {records}", None, position
            )
        if offset != start:
            self._report(
                "zip-cd-offset",
                f"its end record places the central directory at byte {offset} and it is at {start}",
                None,
                position,
            )
        # PyPI does not count the comments of members, over which it stumbles first
        if size != directory_size and not any(each.row == "zip-cd-comment" for each in self.problems):
            self._report(
                "zip-cd-size",
                f"its end record gives the central directory {size} bytes and it has {directory_size}",
                None,
                position,
            )
        if central != local and not self._astray:
            self._report(
                "zip-local-cd-differ", "its headers and its central directory list other members", None, position
            )
        trailing = self.blob.size - position - _END.size - comment
        if trailing:
            detail = f"{trailing} bytes stand after its end" if trailing > 0 else "its comment is longer than the file"
            self._report("zip-trailing-data", detail, None, position + _END.size + comment)


_UNCERTAIN_SIZE = frozenset(
    (MALFORMED, "zip-size-mismatch", "zip-name-not-in-cd", "zip-name-not-unicode", "zip-dup-extra")
)


def printable(name: bytes | str) -> str:
    """A name from an archive as text that can be shown anywhere: what is not UTF-8 or not printable is escaped."""
    text = name[:1024] if isinstance(name, str) else name[:1024].decode("utf-8", "backslashreplace")
    return text if text.isprintable() else "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


class UnreadableMember(Exception):
    """A member cannot be read as Python would read it: the problem says what PyPI answers."""

    def __init__(self, problem: ArchiveProblem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


@dataclass(frozen=True)
class ZipContents:
    """Reads members of an opened zip as `zipfile` does, with its checks and their order (CPython: Lib/zipfile, `ZipFile.open` and `ZipExtFile`)."""

    ends: Mapping[int, int]
    last_at: Mapping[int, ZipEntry]

    @classmethod
    def of(cls, structure: ZipStructure) -> "ZipContents":
        """The reader for a structure; works out how far the data of each member may reach."""
        offsets = {entry.offset for entry in structure.entries}
        ends: dict[int, int] = {}
        limit = structure.end.directory_start if structure.end else 0
        for offset in sorted(offsets, reverse=True):
            ends[offset] = limit
            limit = offset
        shared = len(offsets) < len(structure.entries)
        return cls(ends, {entry.offset: entry for entry in structure.entries} if shared else {})

    def read(self, blob: Blob, entry: ZipEntry, limit: int, *, piece: int = 1 << 20) -> Iterator[bytes]:
        """The data of a member in pieces, at most `limit` bytes of it; its checksum is verified behind the last piece.

        Raises:
            UnreadableMember: Python could not read it.
            CutShort: it is longer than `limit`.
        """
        start = self._start(blob, entry)
        if entry.size > limit:
            raise CutShort(f"`{printable(entry.name)}` has more than {limit:,} bytes")
        produced = (
            _deflated(blob, start, entry, piece) if entry.method == DEFLATED else _stored(blob, start, entry, piece)
        )
        checksum = 0
        for data in produced:
            checksum = crc32(data, checksum)
            yield data
        if checksum != entry.crc:
            raise UnreadableMember(
                ArchiveProblem(
                    BAD_ZIP, "the data of a member does not fit its checksum", printable(entry.name), entry.offset
                )
            )

    def whole(self, blob: Blob, entry: ZipEntry) -> bytes | None:
        """The data of a small member in one go, where nothing about it is out of the ordinary; None where `read` must find out what there is to say."""
        _, raw_name, method, flags, crc, compressed, size, offset, _, _ = entry
        if flags & _UNUSUAL or size > _SMALL or compressed > _SMALL or offset < 0 or self.last_at:
            return None
        if not raw_name.isascii():
            return None
        name = raw_name.encode()
        start = _LOCAL.size + len(name)
        record = blob.read(offset, start + compressed)
        if not record.startswith(_LOCAL_MARK) or record[_LOCAL.size : start] != name:
            return None
        name_length, extra_length = _LENGTHS.unpack_from(record, _LOCAL.size - _LENGTHS.size)
        if name_length != len(name) or offset + start + extra_length + compressed > self.ends.get(offset, 0):
            return None
        packed = blob.read(offset + start + extra_length, compressed) if extra_length else record[start:]
        if method == DEFLATED:
            try:
                # one call is cheaper, but knows no limit: so it is for what cannot unpack to much
                if compressed <= _TINY:
                    data = inflate.decompress(packed, -15, size or 1)
                else:
                    data = inflate.decompressobj(-15).decompress(packed, size + 4096)
            except inflate.ERRORS:
                return None
        elif method == STORED:
            data = packed
        else:
            return None
        return data if len(data) == size and inflate.crc32(data) == crc else None

    def _start(self, blob: Blob, entry: ZipEntry) -> int:
        def refuse(detail: str, *, crash: bool = False) -> UnreadableMember:
            return UnreadableMember(ArchiveProblem(BAD_ZIP, detail, printable(entry.name), entry.offset, crash))

        if not 0 <= entry.offset <= _LARGEST_OFFSET:
            raise refuse("the header of a member lies outside the file", crash=True)
        head = blob.read(entry.offset, _LOCAL.size)
        if len(head) < _LOCAL.size:
            raise refuse("the header of a member is cut short")
        fields = _LOCAL.unpack(head)
        if fields[0] != _LOCAL_MARK:
            raise refuse("the header of a member is not where the central directory says")
        flags, name_length, extra_length = fields[3], fields[10], fields[11]
        raw = blob.read(entry.offset + _LOCAL.size, name_length)
        if entry.flags & _PATCHED:
            raise refuse("a member is compressed as a patch", crash=True)
        if entry.flags & _STRONG_ENCRYPTION:
            raise refuse("a member is encrypted", crash=True)
        try:
            spelt = raw.decode("utf-8" if flags & _UTF8 else "cp437")
        except UnicodeDecodeError:
            raise refuse("the name of a member is marked as UTF-8 and is not", crash=True) from None
        if spelt != entry.raw_name:
            raise refuse("a member has another name in its header than in the central directory")
        start: int = entry.offset + _LOCAL.size + name_length + extra_length
        # of members that share a header, Python refuses only the last one and warns of the others
        last = self.last_at.get(entry.offset, entry) is entry
        if last and start + entry.compressed > self.ends.get(entry.offset, 0):
            raise refuse("the data of a member reaches into the next one")
        if entry.flags & _ENCRYPTED:
            raise refuse("a member is encrypted", crash=True)
        if entry.method not in (STORED, DEFLATED):
            raise refuse(f"a member is compressed by method {entry.method}", crash=True)
        return start


def _stored(blob: Blob, start: int, entry: ZipEntry, piece: int) -> Iterator[bytes]:
    left = min(entry.compressed, entry.size)
    while left > 0:
        data = blob.read(start, min(left, piece))
        if not data:
            raise UnreadableMember(
                ArchiveProblem(BAD_ZIP, "the data of a member is cut short", printable(entry.name), entry.offset, True)
            )
        yield data
        start += len(data)
        left -= len(data)


def _deflated(blob: Blob, start: int, entry: ZipEntry, piece: int) -> Iterator[bytes]:
    inflate = decompressobj(-15)
    compressed, left = entry.compressed, entry.size
    pending = b""
    tried = False
    try:
        while left > 0 or not tried:
            tried = True
            if not pending:
                if compressed <= 0:
                    return
                pending = blob.read(start, min(compressed, piece))
                if not pending:
                    raise UnreadableMember(
                        ArchiveProblem(
                            BAD_ZIP, "the data of a member is cut short", printable(entry.name), entry.offset, True
                        )
                    )
                start += len(pending)
                compressed -= len(pending)
            # a little more than is wanted, so that an error right behind it shows
            data = inflate.decompress(pending, min(left, piece) + 4096)
            pending = inflate.unconsumed_tail
            if data and left > 0:
                yield data[:left]
                left -= len(data)
            if inflate.eof:
                return
    except error:
        raise UnreadableMember(
            ArchiveProblem(
                BAD_ZIP, "the compressed data of a member is broken", printable(entry.name), entry.offset, True
            )
        ) from None
