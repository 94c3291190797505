r"""Builds wheels, sdists and broken archives byte by byte from recipes: what tests and cards use instead of stored blobs.

A recipe is a list of lines; the same recipe always gives the same bytes. The first line says what to start from:

    wheel NAME VERSION       a pure wheel: NAME/__init__.py and NAME-VERSION.dist-info with METADATA, WHEEL and RECORD
    sdist NAME VERSION       a .tar.gz: NAME-VERSION/ with PKG-INFO, pyproject.toml and src/NAME/__init__.py
    zip-sdist NAME VERSION   the same as a .zip
    zip, tar                 an archive without members (a tar is packed with gzip)
    bytes = TEXT             no archive: just these bytes

Members, in this order behind those that are there (PATH and TEXT take Python's escapes: \n, \x00, \u00e9):

    file PATH = TEXT         a file; replaces one of that path. A sole `file PATH` is empty
    file PATH * N = TEXT     TEXT repeated N times
    bytes PATH = TEXT        a file of exactly these bytes (\x80 is one byte)
    folder PATH              link PATH -> TARGET            hardlink PATH -> TARGET        fifo PATH        device PATH
    sparse PATH = TEXT       a tar member stored with holes (pax format 1.0); `sparse-gnu PATH = TEXT` in the old format of GNU tar
    drop PATH                rename PATH -> NEW             duplicate PATH                 mode PATH OCTAL
    metadata FIELD: VALUE    a line more in METADATA or PKG-INFO; `metadata -FIELD` takes one away; `body TEXT` is the description
    tag TAG                  the tag that WHEEL names
    record: none | without PATH | with LINE | wrong PATH    RECORD left out, lacking a line, with a further line, with a wrong hash

How the zip is written. `local` and `central` change one of the two headers, `header` both; FIELD is name, flags, method, crc, packed, size,
extra (in hexadecimal), and for the central one offset, comment, version and system:

    zip: header|local|central PATH FIELD=VALUE ...
    zip: stream [PATH]       sizes behind the data             zip: method PATH stored|deflate|bzip2|lzma|NUMBER
    zip: zip64 [PATH]        ZIP64 records at the end, or ZIP64 sizes in the header of a member
    zip: end FIELD=VALUE     here, records, size, offset, comment of the end record; `end64` length, here, records, size, offset
    zip: forget PATH         not in the central directory      zip: ghost PATH     only in the central directory
    zip: list-twice PATH     twice in the central directory    zip: shift N        all offsets N too large, which Python makes up for
    zip: prefix BYTES        as `cat` puts it before the zip   zip: shebang LINE   before the zip, with offsets that count it
    zip: gap PATH BYTES      before a member                   zip: suffix BYTES   behind the end
    zip: comment TEXT        of the archive                    zip: no-locator     a ZIP64 end record without locator
    zip: early-end64         ZIP64 end records before the directory, where only a reader from front to back sees them

How the tar is written:

    tar: format ustar|gnu|pax                                  tar: pack gzip|none|bzip2|xz
    tar: prefix TEXT         before each name                  tar: no-end         without the zero blocks at the end
    tar: checksum            a wrong gzip checksum             tar: short N        the last N unpacked bytes left out
    tar: header PATH FIELD=VALUE ...                           size, linkname, type, mode of a header, with a right checksum

And of either: `cut N` leaves out the last N bytes of the file, `append TEXT` adds some, `append-zip` adds an empty zip.
"""

import io
import struct
import tarfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from zlib import compressobj, crc32

_METHODS = {"stored": 0, "deflate": 8, "bzip2": 12, "lzma": 14}
_ORDINARY, _FOLDER, _LINK, _HARD_LINK, _FIFO, _DEVICE = "file", "folder", "link", "hardlink", "fifo", "device"


@dataclass
class _Item:
    """A member to be written."""

    path: str
    data: bytes = b""
    kind: str = _ORDINARY
    target: str = ""
    mode: int = 0o644
    method: int = 8
    stream: bool = False
    zip64: bool = False
    forgotten: bool = False
    ghost: bool = False
    listed: int = 1
    sparse: str = ""
    gap: bytes = b""
    local: dict[str, str] = field(default_factory=dict)
    central: dict[str, str] = field(default_factory=dict)
    tar: dict[str, str] = field(default_factory=dict)


class RecipeError(ValueError):
    """A line that is not in the language."""


def text_of(value: str) -> str:
    """A text with Python's escapes read."""
    return value.encode("latin-1", "backslashreplace").decode("unicode_escape")


def bytes_of(value: str) -> bytes:
    """Bytes: each character below 256 is one."""
    return text_of(value).encode("latin-1")


def build(recipe: str) -> bytes:
    """The bytes of the file that a recipe describes.

    Raises:
        RecipeError: a line is not understood.
    """
    lines = [line.strip() for line in recipe.splitlines() if line.strip() and not line.strip().startswith("#")]
    if not lines:
        raise RecipeError("an empty recipe")
    builder = _Builder(lines[0])
    for line in lines[1:]:
        builder.line(line)
    return builder.bytes()


class _Builder:
    def __init__(self, first: str) -> None:
        self.items: list[_Item] = []
        self.kind = ""
        self.raw = b""
        self.info = ""
        self.headers: list[str] = []
        self.body = ""
        self.tag = "py3-none-any"
        self.record: dict[str, list[str]] = {"none": [], "without": [], "with": [], "wrong": []}
        self.archive: dict[str, dict[str, str]] = {"end": {}, "end64": {}}
        self.options: dict[str, str] = {}
        self.cut = 0
        self.appended = b""
        match first.split(maxsplit=2):
            case [("wheel" | "sdist" | "zip-sdist") as kind, name, version]:
                self.kind = "tar" if kind == "sdist" else "zip"
                self.headers = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
                self._start(kind, name, version)
            case ["zip" | "tar" as kind]:
                self.kind = kind
            case ["bytes", "=", value]:
                self.kind, self.raw = "bytes", bytes_of(value)
            case ["bytes"]:
                self.kind = "bytes"
            case _:
                raise RecipeError(f"a recipe does not start with: {first}")

    def _start(self, kind: str, name: str, version: str) -> None:
        code = f'"""A sample."""\n\n__version__ = "{version}"\n'
        if kind == "wheel":
            self.info = f"{name}-{version}.dist-info"
            self._put(f"{name}/__init__.py", code)
            for each in ("METADATA", "WHEEL", "RECORD"):
                self._put(f"{self.info}/{each}", "")
        else:
            self.info = f"{name}-{version}"
            self._put(f"{self.info}/PKG-INFO", "")
            self._put(f"{self.info}/pyproject.toml", f'[project]\nname = "{name}"\nversion = "{version}"\n')
            self._put(f"{self.info}/src/{name}/__init__.py", code)

    def _put(self, path: str, data: str | bytes, **more: object) -> _Item:
        content = data if isinstance(data, bytes) else data.encode()
        item = _Item(path, content, **more)  # type: ignore[arg-type]
        for index, each in enumerate(self.items):
            if each.path == path:
                self.items[index] = item
                return item
        self.items.append(item)
        return item

    def item(self, path: str) -> _Item:
        path = text_of(path)
        for each in self.items:
            if each.path == path:
                return each
        raise RecipeError(f"no member {path!r}")

    def line(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        head, _, value = rest.partition("=")
        head = head.strip()
        value = value.strip()
        match word:
            case "file":
                path, _, times = head.partition("*")
                self._put(text_of(path.strip()), text_of(value) * int(times or 1))
            case "bytes":
                self._put(text_of(head), bytes_of(value))
            case "sparse" | "sparse-gnu":
                self._put(text_of(head), text_of(value), sparse=word)
            case "folder":
                self._put(text_of(rest), b"", kind=_FOLDER, mode=0o755)
            case "link" | "hardlink":
                path, _, target = rest.partition(" -> ")
                self._put(
                    text_of(path), text_of(target) if self.kind == "zip" else "", kind=word, target=text_of(target)
                )
            case "fifo" | "device":
                self._put(text_of(rest), b"", kind=word)
            case "drop":
                self.items.remove(self.item(rest))
            case "rename":
                path, _, target = rest.partition(" -> ")
                self.item(path).path = text_of(target)
            case "duplicate":
                original = self.item(rest)
                self.items.append(_Item(original.path, original.data, original.kind, original.target))
            case "mode":
                path, _, mode = rest.rpartition(" ")
                self.item(path).mode = int(mode, 8)
            case "metadata":
                self._metadata(rest)
            case "body":
                self.body = text_of(rest)
            case "tag":
                self.tag = rest
            case "record:":
                what, _, argument = rest.partition(" ")
                self.record[what].append(text_of(argument))
            case "cut":
                self.cut = int(rest)
            case "append":
                self.appended += bytes_of(rest)
            case "append-zip":
                self.appended += _END.pack(b"PK\x05\x06", 0, 0, 0, 0, 0, 0, 0)
            case "zip:":
                self._zip_line(rest)
            case "tar:":
                self._tar_line(rest)
            case _:
                raise RecipeError(f"a recipe has no line: {line}")

    def _metadata(self, rest: str) -> None:
        if rest.startswith("-"):
            self.headers = [each for each in self.headers if not each.lower().startswith(rest[1:].lower() + ":")]
            return
        name = rest.partition(":")[0].lower()
        if name in ("name", "version", "metadata-version", "summary"):
            self.headers = [each for each in self.headers if not each.lower().startswith(name + ":")]
        self.headers.append(text_of(rest))

    def _zip_line(self, rest: str) -> None:
        word, _, argument = rest.partition(" ")
        match word:
            case "header" | "local" | "central":
                path, fields = _fields(argument)
                item = self.item(path)
                if word != "central":
                    item.local.update(fields)
                if word != "local":
                    item.central.update(fields)
            case "stream" | "zip64" if argument:
                setattr(self.item(argument), word, True)
            case "forget":
                self.item(argument).forgotten = True
            case "ghost":
                self.item(argument).ghost = True
            case "list-twice":
                self.item(argument).listed = 2
            case "method":
                path, _, method = argument.rpartition(" ")
                self.item(path).method = _METHODS.get(method) if method in _METHODS else int(method)  # type: ignore[assignment]
            case "gap":
                path, _, data = argument.partition(" ")
                self.item(path).gap = bytes_of(data)
            case "end" | "end64":
                self.archive[word].update(_fields("- " + argument)[1])
            case (
                "stream"
                | "zip64"
                | "prefix"
                | "shebang"
                | "suffix"
                | "comment"
                | "no-locator"
                | "shift"
                | "early-end64"
            ):
                self.options[word] = argument or "yes"
            case _:
                raise RecipeError(f"a recipe has no line: zip: {rest}")

    def _tar_line(self, rest: str) -> None:
        word, _, argument = rest.partition(" ")
        if word == "header":
            path, fields = _fields(argument)
            self.item(path).tar.update(fields)
        elif word in ("format", "pack", "prefix", "no-end", "checksum", "short"):
            self.options[word] = argument or "yes"
        else:
            raise RecipeError(f"a recipe has no line: tar: {rest}")

    def bytes(self) -> bytes:
        self._fill()
        data = self.raw if self.kind == "bytes" else _Zip(self).write() if self.kind == "zip" else _tar(self)
        return data[: len(data) - self.cut] + self.appended

    def _fill(self) -> None:
        """Write the files that speak of the others."""
        text = "".join(f"{line}\n" for line in self.headers) + (f"\n{self.body}" if self.body else "")
        for item in self.items:
            if item.data or item.kind != _ORDINARY or not self.info:
                continue
            if item.path in (f"{self.info}/METADATA", f"{self.info}/PKG-INFO"):
                item.data = text.encode()
            elif item.path == f"{self.info}/WHEEL":
                pure = str(self.tag.endswith("-none-any")).lower()
                item.data = (
                    f"Wheel-Version: 1.0\nGenerator: recipes\nRoot-Is-Purelib: {pure}\nTag: {self.tag}\n".encode()
                )
        record = f"{self.info}/RECORD"
        if self.record["none"]:
            self.items = [each for each in self.items if each.path != record]
        for item in self.items:
            if item.path == record and not item.data:
                item.data = "".join(self._record_lines(record)).encode()

    def _record_lines(self, record: str) -> Iterator[str]:
        for path in dict.fromkeys(item.path for item in self.items if item.kind != _FOLDER):
            if path in self.record["without"]:
                continue
            if path == record:
                yield f"{path},,\n"
                continue
            data = next(item.data for item in self.items if item.path == path)
            digest = sha256(b"wrong" if path in self.record["wrong"] else data).digest()
            spelt = f'"{path}"' if "," in path else path
            yield f"{spelt},sha256={urlsafe_b64encode(digest).decode().rstrip('=')},{len(data)}\n"
        yield from (f"{line}\n" for line in self.record["with"])


def _fields(text: str) -> tuple[str, dict[str, str]]:
    path, *pairs = text.split(" ")
    return path, dict(pair.split("=", 1) for pair in pairs if pair)


_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_NONE64 = 0xFFFFFFFF


def _pack(method: int, data: bytes) -> bytes:
    if method == 8:
        packer = compressobj(9, 8, -15)
        return packer.compress(data) + packer.flush()
    if method == 12:
        import bz2

        return bz2.compress(data)
    if method == 14:
        import lzma

        filters = [{"id": lzma.FILTER_LZMA1}]
        packed = lzma.compress(data, lzma.FORMAT_RAW, filters=filters)
        return struct.pack("<BBH5s", 9, 4, 5, b"\x5d\x00\x00\x80\x00") + packed
    return data


class _Zip:
    """Writes a zip, each header as the recipe wants it."""

    def __init__(self, builder: _Builder) -> None:
        self.builder = builder
        self.options = builder.options
        self.out = bytearray()
        self.directory: list[bytes] = []

    def write(self) -> bytes:
        prefix = bytes_of(self.options.get("prefix", ""))
        if "shebang" in self.options:
            self.out += text_of(self.options["shebang"]).encode() + b"\n"
        for item in self.builder.items:
            self._member(item)
        if "early-end64" in self.options:
            if "no-locator" not in self.options:
                self.out += _LOCATOR.pack(b"PK\x06\x07", 0, len(self.out), 1)
            self._end64(len(self.out) + _END64.size, sum(map(len, self.directory)))
        start = len(self.out)
        for record in self.directory:
            self.out += record
        self._end(start, len(self.out) - start)
        return prefix + bytes(self.out) + bytes_of(self.options.get("suffix", ""))

    def _member(self, item: _Item) -> None:
        self.out += item.gap
        path = item.path + ("/" if item.kind == _FOLDER and not item.path.endswith("/") else "")
        method = 0 if item.kind == _FOLDER or not item.data else item.method
        packed = _pack(method, item.data)
        stream = item.stream or "stream" in self.options
        values: dict[str, int | bytes] = {
            "name": path.encode(),
            "flags": (0 if path.isascii() else 0x800) | (8 if stream else 0),
            "method": method,
            "crc": crc32(item.data),
            "packed": len(packed),
            "size": len(item.data),
            "extra": b"",
        }
        offset = len(self.out)
        local = dict(values)
        if stream:
            local.update(crc=0, packed=0, size=0)
        if item.zip64:
            local["extra"] = struct.pack("<HHQQ", 1, 16, len(item.data), len(packed))
            local.update(packed=_NONE64, size=_NONE64)
        local = _changed(local, item.local)
        if not item.ghost:
            name, extra = local["name"], local["extra"]
            assert isinstance(name, bytes) and isinstance(extra, bytes)
            numbers = (local[key] for key in ("flags", "method"))
            sizes = (local[key] for key in ("crc", "packed", "size"))
            self.out += (
                _LOCAL.pack(b"PK\x03\x04", 20, *numbers, 0, 0x21, *sizes, len(name), len(extra)) + name + extra + packed
            )
            if stream:
                self.out += struct.pack("<4s3L", b"PK\x07\x08", crc32(item.data), len(packed), len(item.data))
        if not item.forgotten:
            offset = (0 if item.ghost else offset) + int(self.options.get("shift", "0"))
            self.directory.extend([_central(values, item, offset)] * item.listed)

    def _end(self, start: int, size: int) -> None:
        comment = text_of(self.options.get("comment", "")).encode()
        count = len(self.directory)
        shifted = start + int(self.options.get("shift", "0"))
        stated = {"here": count, "records": count, "size": size, "offset": shifted, "comment": len(comment)}
        if "zip64" in self.options:
            place = len(self.out)
            self._end64(start, size)
            if "no-locator" not in self.options:
                self.out += _LOCATOR.pack(b"PK\x06\x07", 0, place, 1)
                stated.update(here=0xFFFF, records=0xFFFF, size=_NONE64, offset=_NONE64)
        stated.update({key: int(value, 0) for key, value in self.builder.archive["end"].items()})
        self.out += (
            _END.pack(b"PK\x05\x06", 0, 0, *(stated[key] for key in ("here", "records", "size", "offset", "comment")))
            + comment
        )

    def _end64(self, start: int, size: int) -> None:
        count = len(self.directory)
        stated = {"length": 44, "here": count, "records": count, "size": size, "offset": start}
        stated.update({key: int(value, 0) for key, value in self.builder.archive["end64"].items()})
        numbers = (stated[key] for key in ("here", "records", "size", "offset"))
        self.out += _END64.pack(b"PK\x06\x06", stated["length"], 45, 45, 0, 0, *numbers)
        self.out += bytes(max(stated["length"] - 44, 0))


def _central(values: dict[str, int | bytes], item: _Item, offset: int) -> bytes:
    mode = {_FOLDER: 0o040000, _LINK: 0o120000}.get(item.kind, 0o100000) | item.mode
    more = {"offset": offset, "comment": b"", "version": 20, "system": 3, "attributes": mode << 16}
    central = _changed({**values, **more}, item.central)
    name, extra, comment = central["name"], central["extra"], central["comment"]
    assert isinstance(name, bytes) and isinstance(extra, bytes) and isinstance(comment, bytes)
    system, version = central["system"], central["version"]
    assert isinstance(system, int)
    sizes = (central[key] for key in ("crc", "packed", "size"))
    return (
        _CENTRAL.pack(
            b"PK\x01\x02",
            20 | system << 8,
            version,
            central["flags"],
            central["method"],
            0,
            0x21,
            *sizes,
            len(name),
            len(extra),
            len(comment),
            0,
            0,
            central["attributes"],
            central["offset"],
        )
        + name
        + extra
        + comment
    )


def _changed(values: dict[str, int | bytes], changes: dict[str, str]) -> dict[str, int | bytes]:
    for key, value in changes.items():
        if key == "extra":
            values[key] = bytes.fromhex(value)
        elif isinstance(values[key], bytes):
            # a byte for each character below 256, so that names in any encoding can be written
            values[key] = bytes_of(value)
        else:
            values[key] = int(value, 0)
    return values


_TYPES = {
    _FOLDER: tarfile.DIRTYPE,
    _LINK: tarfile.SYMTYPE,
    _HARD_LINK: tarfile.LNKTYPE,
    _FIFO: tarfile.FIFOTYPE,
    _DEVICE: tarfile.CHRTYPE,
}
_FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


def _tar(builder: _Builder) -> bytes:
    options = builder.options
    out = io.BytesIO()
    for item in builder.items:
        out.write(_tar_member(item, options.get("prefix", ""), _FORMATS[options.get("format", "pax")]))
    if "no-end" not in options:
        out.write(bytes(1024))
    data = out.getvalue()
    data = data[: len(data) - int(options.get("short", "0"))]
    match options.get("pack", "gzip"):
        case "none":
            return data
        case "bzip2":
            return _pack(12, data)
        case "xz":
            import lzma

            return lzma.compress(data)
    packer = compressobj(9, 8, -15)
    packed = packer.compress(data) + packer.flush()
    checksum = crc32(data) ^ ("checksum" in options)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + packed + struct.pack("<LL", checksum, len(data) & _NONE64)


def _tar_member(item: _Item, prefix: str, form: int) -> bytes:
    info = tarfile.TarInfo(prefix + item.path)
    info.type = _TYPES.get(item.kind, tarfile.REGTYPE)
    info.linkname = item.target
    info.mode = item.mode
    data = item.data
    if item.sparse == "sparse":
        info.pax_headers = {
            "GNU.sparse.major": "1",
            "GNU.sparse.minor": "0",
            "GNU.sparse.name": info.name,
            "GNU.sparse.realsize": str(len(data)),
        }
        data = f"1\n0\n{len(data)}\n".encode().ljust(512, b"\0") + data
    info.size = len(data)
    header = info.tobuf(form, "utf-8", "surrogateescape")
    if item.sparse == "sparse-gnu":
        header = _sparse_header(header, len(data))
    if item.tar:
        header = header[:-512] + _tar_header(header[-512:], item.tar)
    return header + data + bytes(-len(data) % 512)


def _sparse_header(header: bytes, size: int) -> bytes:
    block = bytearray(header[-512:])
    block[156:157] = tarfile.GNUTYPE_SPARSE
    block[257:265] = tarfile.GNU_MAGIC
    block[345:512] = bytes(167)
    block[386:410] = b"%011o\0%011o\0" % (0, size)
    block[483:495] = b"%011o\0" % size
    return header[:-512] + _with_checksum(block)


def _tar_header(block: bytes, fields: dict[str, str]) -> bytes:
    changed = bytearray(block)
    for key, value in fields.items():
        match key:
            case "size":
                changed[124:136] = b"%011o\0" % int(value, 0)
            case "mode":
                changed[100:108] = b"%07o\0" % int(value, 8)
            case "type":
                changed[156:157] = bytes_of(value)
            case "linkname":
                changed[157:257] = text_of(value).encode().ljust(100, b"\0")
            case _:
                raise RecipeError(f"a tar header has no {key}")
    return _with_checksum(changed)


def _with_checksum(block: bytearray) -> bytes:
    block[148:156] = b"        "
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)
