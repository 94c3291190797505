"""Reads a whole archive as PyPI does, and says what PyPI refuses in it. Judges no names and no metadata, and keeps no more than digests.

What is found is small and can travel from one process to another.
"""

from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import NamedTuple

from preflight.distributions.archive_problem import ArchiveProblem, CutShort
from preflight.distributions.encrypted_code import (
    HINTS,
    MAX_SCANNED,
    MAX_TOGETHER,
    PYARMOR,
    encrypted_by,
    is_scanned,
)
from preflight.distributions.stored_file import Blob
from preflight.distributions.tar_structure import (
    SPARSE,
    TarMember,
    TarStructure,
    describe_start,
    is_other_tar,
    read_tar,
    tar_data,
)
from preflight.distributions.wheel_files import spelt
from preflight.distributions.zip_structure import (
    DEFLATED,
    NOT_ZIP,
    STORED,
    UnreadableMember,
    ZipContents,
    ZipEntry,
    ZipStructure,
    framing_problems,
    is_zip,
    printable,
)

RATIO_LIMIT = 50
"""How many times its own size a zip may unpack to."""

RATIO_FROM = 64 * 1024 * 1024
"""Unpacked size up to which the ratio does not matter."""

MAX_SCAN = 2 * 1024 * 1024 * 1024
"""Unpacked bytes of one archive after which its members are not read further."""

TOKEN_START = b"pypi-AgE"
"""How the API tokens of both indexes begin."""

MAX_FAULTS = 50
"""Broken members after which no more are looked for."""

HASHED_BYTES = 1024 * 1024
"""Bytes of members other than Python code that are read only to compare their hashes, small ones first."""

KEPT_BYTES = 4 * 1024 * 1024
"""Size of a metadata file above which it is not read."""

_ANY_SIZE = 1 << 64
_INFO_FILES = frozenset(("METADATA", "WHEEL", "RECORD", "entry_points.txt"))
INFO_ENDINGS = tuple(f"/{name}" for name in sorted(_INFO_FILES))
_SDIST_FILES = frozenset(("PKG-INFO", "pyproject.toml", "setup.py", "setup.cfg"))


class Survey(NamedTuple):
    """What one reading of the whole archive brings."""

    problems: tuple[ArchiveProblem, ...] = ()
    limit: str = ""
    damage: str = ""
    digests: Mapping[str, str] = {}
    other_digests: Mapping[str, str] = {}


def read_sdist(blob: Blob) -> TarStructure:
    """Read a tar with those members kept and those texts watched for that an sdist is asked about."""
    return read_tar(blob, _wanted, (*HINTS, TOKEN_START))


def is_info_file(name: str) -> bool:
    """Whether a member is one of the files of a dist-info folder that rules ask for."""
    if not name.endswith(INFO_ENDINGS):
        return False
    folder = name.rpartition("/")[0]
    return folder.endswith(".dist-info") and "/" not in folder


def _wanted(member: TarMember) -> bool:
    return member.size <= KEPT_BYTES and member.name.count("/") <= 1 and member.name.rpartition("/")[2] in _SDIST_FILES


def common_path(names: Iterable[str]) -> str | None:
    """The longest path that all names share (`os.path.commonpath` on POSIX); None for absolute names among relative ones.

    Source: warehouse: forklift/legacy.py, `_commonpath`.
    """
    split = [name.split("/") for name in names]
    if not split:
        return ""
    absolute = {parts[0] == "" and len(parts) > 1 for parts in split}
    if len(absolute) > 1:
        return None
    cleaned = [[part for part in parts if part and part != "."] for parts in split]
    least, most = min(cleaned), max(cleaned)
    shared = 0
    while shared < len(least) and least[shared] == most[shared]:
        shared += 1
    return ("/" if absolute.pop() else "") + "/".join(least[:shared])


def _top_level_problem(top: str | None, names: Iterable[str], prefix: str) -> ArchiveProblem | None:
    """What PyPI says of the top folder of an sdist; `prefix` is `zip-` for a zip, whose refusals have rows of their own."""
    if top is None:
        return ArchiveProblem(f"{prefix}sdist-top-level", "it holds absolute and relative paths", crash=True)
    if top in (".", "/", ""):
        return ArchiveProblem(f"{prefix}sdist-top-level", "its members do not lie in one top folder")
    target = f"{top}/PKG-INFO"
    if target not in names:
        return ArchiveProblem(f"{prefix}sdist-no-pkg-info", f"there is no `{printable(target)}`", printable(target))
    return None


def survey_zip(blob: Blob, structure: ZipStructure, filename: str, *, wheel: bool) -> Survey:
    """All that PyPI checks in a zip, in its order (warehouse: forklift/legacy.py, `_is_valid_dist_file`)."""
    if structure.limit:
        return Survey(limit=structure.limit)
    problems: list[ArchiveProblem] = []
    unopened = structure.unopened
    if unopened is not None and unopened.crash:
        return Survey((unopened,))
    if structure.recognised and not blob.read(0, 4).startswith(b"PK\x03\x04") and _is_tar(blob):
        problems.append(ArchiveProblem("archive-polyglot", "it is a zip and a tar archive at once"))
    if not structure.recognised:
        start = describe_start(blob.read(0, 512))
        detail = (unopened.detail if unopened else _ASTRAY) if start in _UNTOLD else start
        problems.append(ArchiveProblem(NOT_ZIP, detail))
        return Survey(tuple(problems))
    if unopened is not None:
        return Survey((*problems, unopened))
    by_name = {entry.name: entry for entry in structure.entries}
    problems.extend(_ratio_problems(structure, blob.size))
    problems.extend(
        ArchiveProblem(
            "zip-compression-type",
            f"a member is compressed by {_METHODS.get(entry.method, f'method {entry.method}')}",
            printable(entry.name),
            entry.offset,
        )
        for entry in structure.entries
        if entry.method not in (STORED, DEFLATED)
    )
    scan = _ZipScan(blob, ZipContents.of(structure), by_name, problems)
    if wheel:
        scan.read_wheel_file(filename)
    else:
        top = common_path(entry.name for entry in structure.entries)
        missing = _top_level_problem(top, by_name, "zip-")
        if missing:
            problems.append(missing)
        else:
            scan.read_needed(by_name[f"{top}/PKG-INFO"])
    limit = scan.read_code(structure.entries)
    broken = scan.read_info_files(structure.entries, filename) if wheel and not scan.hopeless else []
    framing, ended = framing_problems(blob, structure)
    others = {} if limit else scan.digest_others()
    return Survey((*problems, *framing, *broken), limit or ended, "", scan.digests, others)


class _ZipScan:
    """Reads the members of one zip: what PyPI reads adds to `problems`, and what is read anyhow is hashed."""

    def __init__(
        self, blob: Blob, contents: ZipContents, by_name: Mapping[str, ZipEntry], problems: list[ArchiveProblem]
    ) -> None:
        self.blob = blob
        self.contents = contents
        self.by_name = by_name
        self.problems = problems
        from hashlib import sha256

        self._hash = sha256
        self.hopeless = False
        """Whether so many members are broken that no more are read."""
        self.digests: dict[str, str] = {}
        self._read: dict[str, str] = {}
        """Digests of what was read whole beside the code."""

    def read_wheel_file(self, filename: str) -> None:
        """Read WHEEL, which PyPI does first of all."""
        parts = filename.split("-", 2)
        if len(parts) < 3:
            self.problems.append(ArchiveProblem("wheel-name-unparsable", "its file name gives no name and version"))
            return
        target = f"{parts[0]}-{parts[1]}.dist-info/WHEEL"
        if target in self.by_name:
            self.read_needed(self.by_name[target])
        else:
            self.problems.append(ArchiveProblem("wheel-no-wheel-file", f"there is no `{target}`", target))

    def read_needed(self, entry: ZipEntry) -> None:
        """Read a member that PyPI reads before it scans. Of a compression that it does not take, it has said so by then."""
        if entry.method not in (STORED, DEFLATED) or self._note(entry):
            return
        try:
            for _ in self.contents.read(self.blob, entry, MAX_SCAN):
                pass
        except UnreadableMember as error:
            self.problems.append(error.problem)
        except CutShort:
            return

    def _note(self, entry: ZipEntry) -> bool:
        """Hash a member that is small and in order."""
        data = self.contents.whole(self.blob, entry)
        if data is None:
            return False
        self._read[entry.name] = spelt(self._hash(data).digest())
        return True

    def read_code(self, entries: Iterable[ZipEntry]) -> str:
        """Read and scan Python code as PyPI does; gives the limit that ended it (warehouse: utils/scanner.py)."""
        blob, whole, by_name, problems = self.blob, self.contents.whole, self.by_name, self.problems
        digests, sha256 = self.digests, self._hash
        total = together = faults = 0
        found: ArchiveProblem | None = None
        known = {(problem.row, problem.offset) for problem in problems}
        for listed in entries:
            name = listed.name
            if not is_scanned(name):
                continue
            entry = by_name[name]
            if entry.method not in (STORED, DEFLATED):
                continue
            data = whole(blob, entry)
            if data is None:
                try:
                    data, length = self._read_long(entry, MAX_SCAN - total)
                except UnreadableMember as error:
                    if (error.problem.row, error.problem.offset) not in known:
                        problems.append(error.problem)
                        faults += 1
                        if faults >= MAX_FAULTS:
                            self.hopeless = True
                            break
                    continue
            else:
                length = len(data)
            total += length
            if total > MAX_SCAN:
                return f"its Python code unpacks to more than {MAX_SCAN:,} bytes"
            if data is None:
                continue
            digests[name] = spelt(sha256(data).digest())
            before, together = together, together + length
            row = encrypted_by(data)
            if row and found is None:
                found = ArchiveProblem(row, _ENCRYPTED[row == PYARMOR], printable(name), entry.offset)
                if before > MAX_TOGETHER:
                    problems.append(found)
            # up to here PyPI has only read: now it looks at what it has
            if before <= MAX_TOGETHER < together and found is not None:
                problems.append(found)
        if found is not None and found not in problems:
            problems.append(found)
        return ""

    def _read_long(self, entry: ZipEntry, allowed: int) -> tuple[bytes | None, int]:
        """Read a member piece by piece: its data, None above the size that is scanned, and its length, at which no more is read than `allowed`."""
        pieces = []
        length = 0
        for piece in self.contents.read(self.blob, entry, _ANY_SIZE):
            length += len(piece)
            if length <= MAX_SCANNED:
                pieces.append(piece)
            else:
                pieces.clear()
            if length > allowed:
                break
        return (b"".join(pieces) if length <= MAX_SCANNED else None), length

    def read_info_files(self, entries: Iterable[ZipEntry], filename: str) -> list[ArchiveProblem]:
        """Read the files that PyPI opens when all else is well; gives what is wrong with them."""
        own_folder = "-".join(filename.split("-", 2)[:2]) + ".dist-info"
        names = frozenset(f"{own_folder}/{name}" for name in _INFO_FILES)
        known = {(problem.row, problem.offset) for problem in self.problems}
        budget = 2 * KEPT_BYTES
        broken = []
        for entry in entries:
            if entry.name not in names or entry.size > min(budget, KEPT_BYTES):
                continue
            budget -= entry.size
            if self.by_name[entry.name] is entry and self._note(entry):
                continue
            try:
                for _ in self.contents.read(self.blob, entry, KEPT_BYTES):
                    pass
            except UnreadableMember as error:
                if entry.method in (STORED, DEFLATED) and (error.problem.row, error.problem.offset) not in known:
                    broken.append(error.problem)
            except CutShort:
                continue
        return broken

    def digest_others(self) -> dict[str, str]:
        """The digests of small members, as long as the archive is open; those that are broken or out of the ordinary are left out."""
        found = {}
        total = 0
        whole, blob, read, digests, sha256 = self.contents.whole, self.blob, self._read, self.digests, self._hash
        for entry in sorted((each for name, each in self.by_name.items() if name not in digests), key=_entry_size):
            total += entry.size
            if total > HASHED_BYTES:
                break
            digest = read.get(entry.name)
            if digest is not None:
                found[entry.name] = digest
            elif (data := whole(blob, entry)) is not None:
                found[entry.name] = spelt(sha256(data).digest())
        return found


_entry_size = attrgetter("size")


_METHODS = {
    1: "shrinking",
    6: "imploding",
    9: "deflate64",
    12: "bzip2",
    14: "LZMA",
    93: "Zstandard",
    95: "xz",
    98: "PPMd",
}
_UNTOLD = ("it is a zip file", "it is something else")
_ASTRAY = "its end record leads to no central directory, or to one on another disk"


def _is_tar(blob: Blob) -> bool:
    if blob.read(0, 2) == b"\x1f\x8b":
        return read_tar(blob, lambda _: False).recognised
    return bool(is_other_tar(blob))


def _ratio_problems(structure: ZipStructure, size: int) -> Iterator[ArchiveProblem]:
    unpacked = sum(entry.size for entry in structure.entries)
    if unpacked > RATIO_FROM and unpacked / size > RATIO_LIMIT:
        yield ArchiveProblem("zip-bomb", f"{size} bytes unpack to {unpacked}")


_ENCRYPTED = {True: "a member is encrypted with PyArmor", False: "a member is encrypted with SourceDefender"}


def survey_tar(blob: Blob, tar: TarStructure) -> Survey:
    """All that PyPI checks in a gzipped tar, in its order (warehouse: forklift/legacy.py, `_is_valid_dist_file`)."""
    problems: list[ArchiveProblem] = []
    unread = tar.unread
    if unread is not None and unread.crash and not tar.members:
        return Survey((unread,))
    if tar.recognised and is_zip(blob):
        problems.append(ArchiveProblem("archive-polyglot", "it is a zip and a tar archive at once"))
    if unread is not None or tar.limit:
        return Survey((*problems, *((unread,) if unread else ())), tar.limit)
    top = common_path(member.name for member in tar.members)
    sparse = [member for member in tar.members if member.sparse]
    if top is None:
        mixed = _top_level_problem(top, (), "")
        problems.extend((mixed,) if mixed else ())
    problems.extend(
        ArchiveProblem(SPARSE, "a member is stored with holes", printable(member.name), member.data)
        for member in sparse
    )
    if top is not None and (missing := _top_level_problem(top, {member.name for member in tar.members}, "")):
        problems.append(missing)
    if not tar.seen.isdisjoint(HINTS):
        scanned = [member for member in tar.members if member.regular and not member.sparse and is_scanned(member.name)]
        try:
            for member, data in tar_data(blob, scanned, MAX_SCANNED):
                if row := encrypted_by(data):
                    detail = _ENCRYPTED[row == PYARMOR]
                    problems.append(ArchiveProblem(row, detail, printable(member.name), member.data))
                    break
        except CutShort as cut:
            return Survey(tuple(problems), cut.reason, tar.damage)
    return Survey(tuple(problems), "", tar.damage)
