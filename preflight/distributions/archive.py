"""A built distribution as one typed model, whether zip or tar: its members, and what PyPI refuses in the archive. Judges no names and no metadata.

Nothing is read before it is asked for, nothing is unpacked to disk, and nothing but the model stays in memory: the file is opened anew for each reading.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
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
from preflight.distributions.stored_file import Blob, StoredFile
from preflight.distributions.tar_structure import (
    READ_ERROR,
    SPARSE,
    TarKind,
    TarMember,
    TarStructure,
    describe_start,
    is_other_tar,
    read_tar,
    tar_data,
)
from preflight.distributions.zip_structure import (
    BAD_ZIP,
    DEFLATED,
    NOT_ZIP,
    STORED,
    UnreadableMember,
    ZipContents,
    ZipEntry,
    ZipStructure,
    is_zip,
    printable,
    read_zip,
)
from preflight.project.inventory import DISTRIBUTION_SUFFIXES, Inventory
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source, UnreadableText, decode
from preflight.sources.tree import Files, MissingFile, Tree, UnreadableFile

RATIO_LIMIT = 50
"""How many times its own size a zip may unpack to."""

RATIO_FROM = 64 * 1024 * 1024
"""Unpacked size up to which the ratio does not matter."""

READ_LIMIT = 8 * 1024 * 1024
"""Bytes of one member that are read when a rule looks into it."""

MAX_SCAN = 2 * 1024 * 1024 * 1024
"""Unpacked bytes of one archive after which its members are not read further."""

TOKEN_START = b"pypi-AgE"
"""How the API tokens of both indexes begin."""

MAX_FAULTS = 50
"""Broken members after which no more are looked for."""

HASHED_BYTES = 1024 * 1024
"""Bytes of members other than Python code that are read only to compare their hashes, small ones first."""

READ_TOGETHER = 8
"""Number of built files from which on they are read by two threads, since all are read in the end."""

_ANY_SIZE = 1 << 64
_KEPT_BYTES = 4 * 1024 * 1024
_INFO_FILES = frozenset(("METADATA", "WHEEL", "RECORD", "entry_points.txt"))
_SDIST_FILES = frozenset(("PKG-INFO", "pyproject.toml", "setup.py", "setup.cfg"))
_LINK_MODE = 0o120000
_KIND_MASK = 0o170000


class Kind(StrEnum):
    """What a built file is, by its ending."""

    WHEEL = "wheel"
    SDIST = "sdist"
    ZIP_SDIST = "zip sdist"
    OTHER = "other"


class Member(NamedTuple):
    """A member of an archive. `name` has no slash at its end, not even a folder's. `target` is where a link of a tar leads."""

    name: str
    size: int
    is_folder: bool = False
    is_link: bool = False
    is_hard_link: bool = False
    is_special: bool = False
    target: str = ""
    mode: int = 0
    number: int = 0
    """Its place among the members of the archive, counted from 0."""


class _Survey(NamedTuple):
    """What one reading of the whole archive brings."""

    problems: tuple[ArchiveProblem, ...] = ()
    kept: Mapping[str, bytes] = {}
    limit: str = ""
    damage: str = ""
    digests: Mapping[str, bytes] = {}
    other_digests: Mapping[str, bytes] = {}


class _Reading(NamedTuple):
    """An archive read from end to end, once."""

    zip: ZipStructure | None = None
    tar: TarStructure | None = None
    survey: _Survey = _Survey()


@dataclass(frozen=True)
class Distribution:
    """A built file. All but its path, kind and size is read when asked for.

    Members are keyed as installers see them; of a name that occurs twice the last one counts, as in Python.
    """

    file: StoredFile
    kind: Kind
    size: int
    note_limit: Callable[[Place, str], None]
    together: "_Together | None" = None

    @property
    def path(self) -> str:
        """The path in the tree."""
        return self.file.path

    @property
    def filename(self) -> str:
        """The name that is uploaded."""
        return self.file.path.rpartition("/")[2]

    @cached_property
    def source(self) -> Source:
        """The file as a source without text, for places."""
        return Source(self.path, "")

    @property
    def place(self) -> Place:
        """The file as such."""
        return self.source.whole

    def member_place(self, name: str) -> Place:
        """A member as such."""
        return Source(self.path, "", printable(name)).whole

    @cached_property
    def sha256(self) -> str:
        """The hexadecimal digest of the file; empty where it can no longer be read."""
        from hashlib import sha256

        digest = sha256()
        try:
            with self.file.open() as blob:
                for offset in range(0, blob.size, 1 << 20):
                    digest.update(blob.read(offset, 1 << 20))
        except (MissingFile, UnreadableFile):
            return ""
        return digest.hexdigest()

    @cached_property
    def _reading(self) -> "_Reading":
        reading = self.together.reading(self) if self.together else None
        if reading is None:
            reading = self.read_through()
        if reading.survey.limit:
            self.note_limit(self.place, reading.survey.limit)
        return reading

    def read_through(self) -> "_Reading":
        """Read the archive from end to end."""
        try:
            with self.file.open() as blob:
                if self.kind in (Kind.WHEEL, Kind.ZIP_SDIST):
                    zipped = read_zip(blob)
                    reading = _Reading(zipped, None, _survey_zip(blob, zipped, self.kind, self.filename))
                elif self.kind is Kind.SDIST:
                    tar = read_tar(blob, _wanted, (*HINTS, TOKEN_START))
                    reading = _Reading(None, tar, _survey_tar(blob, tar))
                else:
                    reading = _Reading()
        except (MissingFile, UnreadableFile):
            reading = _Reading()
        return reading

    @property
    def zip(self) -> ZipStructure | None:
        """The structure of a wheel or zip; None for another kind, or where the file can no longer be read."""
        return self._reading.zip

    @property
    def tar(self) -> TarStructure | None:
        """The structure of an sdist; None for another kind, or where the file can no longer be read."""
        return self._reading.tar

    @property
    def whole(self) -> bool:
        """Whether all members are known: the archive could be opened and read to its end."""
        if self.zip is not None:
            return self.zip.end is not None and not self.zip.limit
        return self.tar is not None and self.tar.unread is None and not self.tar.limit

    @cached_property
    def members(self) -> Mapping[str, Member]:
        """The members by name; empty where the archive cannot be opened."""
        if self.zip is not None:
            found = (_zip_member(index, entry) for index, entry in enumerate(self.zip.entries))
        else:
            found = (_tar_member(index, member) for index, member in enumerate(self.tar.members if self.tar else ()))
        return {member.name: member for member in found}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All names as Python lists them, in order, with those that occur twice, folders of a zip with their slash."""
        if self.zip is not None:
            return tuple(entry.name for entry in self.zip.entries)
        return tuple(member.name for member in self.tar.members) if self.tar else ()

    @cached_property
    def top_level(self) -> str | None:
        """The one folder that holds everything, as PyPI works it out; empty, `/` or `.` when there is none, None when it cannot be worked out."""
        return common_path(self.names)

    @property
    def problems(self) -> tuple[ArchiveProblem, ...]:
        """What PyPI refuses in the archive: the first is what it answers with, the others would follow once that is mended."""
        return self._reading.survey.problems

    @property
    def damage(self) -> str:
        """What is wrong with the packing of an sdist where PyPI does not look; empty when nothing is."""
        return self._reading.survey.damage

    @property
    def digests(self) -> Mapping[str, bytes]:
        """The SHA-256 digests of the members of a zip that had to be read anyhow: its Python code."""
        return self._reading.survey.digests

    @property
    def other_digests(self) -> Mapping[str, bytes]:
        """The SHA-256 digests of other members of a zip, small ones first, up to `HASHED_BYTES` of them."""
        return self._reading.survey.other_digests

    @property
    def may_hold_token(self) -> bool:
        """Whether the start of an API token occurs anywhere in an sdist, or in the metadata of a wheel."""
        if self.tar is not None:
            return TOKEN_START in self.tar.seen
        kept = self._reading.survey.kept
        return any(TOKEN_START in data for name, data in kept.items() if name.endswith("/METADATA"))

    @property
    def limit(self) -> str:
        """Which limit of preflight ended the reading: then nothing is known of what lies behind; empty when none did."""
        return self._reading.survey.limit

    def read_bytes(self, name: str, limit: int = READ_LIMIT) -> bytes | None:
        """The bytes of a member; None when there is none of this name, or it is broken or larger than `limit`."""
        kept = self._reading.survey.kept.get(name)
        if kept is not None:
            return kept if len(kept) <= limit else None
        for _, data in self.read_members((name,), limit):
            return data
        return None

    def read_members(self, names: Iterable[str], limit: int = READ_LIMIT) -> Iterator[tuple[str, bytes]]:
        """The bytes of several members in the order of the archive, in one go; those that cannot be read are left out."""
        chosen = sorted(
            (member for name in names if (member := self.members.get(name)) and member.size <= limit),
            key=lambda member: member.number,
        )
        if not chosen:
            return
        try:
            with self.file.open() as blob:
                if self.zip is not None:
                    contents = ZipContents.of(self.zip)
                    for member in chosen:
                        try:
                            pieces = contents.read(blob, self.zip.entries[member.number], limit)
                            yield member.name, b"".join(pieces)
                        except (UnreadableMember, CutShort):
                            continue
                elif self.tar is not None:
                    wanted = [self.tar.members[each.number] for each in chosen if not (each.is_folder or each.is_link)]
                    for found, data in tar_data(blob, wanted, limit):
                        yield found.name, data
        except (MissingFile, UnreadableFile, CutShort):
            return

    def read_text(self, name: str, limit: int = READ_LIMIT) -> Source | None:
        """The text of a member, with its places; None as `read_bytes`, or when it is no UTF-8 text."""
        data = self.read_bytes(name, limit)
        if data is None:
            return None
        try:
            return Source(self.path, decode(data), name)
        except UnreadableText:
            return None


def _zip_member(index: int, entry: ZipEntry) -> Member:
    linked = entry.system == 3 and (entry.attributes >> 16) & _KIND_MASK == _LINK_MODE
    folder = entry.is_folder
    name = entry.name.rstrip("/") if folder else entry.name
    return Member(name, entry.size, folder, linked, mode=entry.mode, number=index)


_LINKS = (TarKind.HARD_LINK, TarKind.SYMBOLIC_LINK)
_SPECIAL = (TarKind.DEVICE, TarKind.PIPE, TarKind.UNKNOWN)


def _tar_member(index: int, member: TarMember) -> Member:
    kind = member.kind
    folder, linked, special = kind is TarKind.FOLDER, kind in _LINKS, kind in _SPECIAL
    hard = kind is TarKind.HARD_LINK
    return Member(member.name, member.size, folder, linked, hard, special, member.target, member.mode, index)


def _wanted(member: TarMember) -> bool:
    return member.size <= _KEPT_BYTES and member.name.count("/") <= 1 and member.name.rpartition("/")[2] in _SDIST_FILES


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


def _survey_zip(blob: Blob, structure: ZipStructure, kind: Kind, filename: str) -> _Survey:
    """All that PyPI checks in a zip, in its order (warehouse: forklift/legacy.py, `_is_valid_dist_file`)."""
    if structure.limit:
        return _Survey(limit=structure.limit)
    problems: list[ArchiveProblem] = []
    unopened = structure.unopened
    if unopened is not None and unopened.crash:
        return _Survey((unopened,))
    if structure.recognised and not blob.read(0, 4).startswith(b"PK\x03\x04") and _is_tar(blob):
        problems.append(ArchiveProblem("archive-polyglot", "it is a zip and a tar archive at once"))
    if not structure.recognised:
        start = describe_start(blob.read(0, 512))
        detail = (unopened.detail if unopened else _ASTRAY) if start in _UNTOLD else start
        problems.append(ArchiveProblem(NOT_ZIP, detail))
        return _Survey(tuple(problems))
    if unopened is not None:
        return _Survey((*problems, unopened))
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
    contents = ZipContents.of(structure)
    kept: dict[str, bytes] = {}
    if kind is Kind.ZIP_SDIST:
        top = common_path(entry.name for entry in structure.entries)
        missing = _top_level_problem(top, by_name, "zip-")
        if missing:
            problems.append(missing)
        else:
            _read_needed(blob, contents, by_name[f"{top}/PKG-INFO"], problems)
    else:
        _wheel_file(blob, contents, by_name, filename, problems)
    digests: dict[str, bytes] = {}
    broken: list[ArchiveProblem] = []
    own_folder = "-".join(filename.split("-", 2)[:2]) + ".dist-info"
    read_last = {f"{own_folder}/{name}" for name in _INFO_FILES} if kind is Kind.WHEEL else set()
    limit = _scan_zip(
        blob, contents, structure.entries, by_name, kept, digests, problems, read_last=read_last, broken=broken
    )
    problems.extend(structure.framing)
    problems.extend(broken)
    others = {} if limit else _digest_others(blob, contents, by_name, digests)
    return _Survey(tuple(problems), kept, limit, digests=digests, other_digests=others)


def _digest_others(
    blob: Blob, contents: ZipContents, by_name: Mapping[str, ZipEntry], known: Mapping[str, bytes]
) -> dict[str, bytes]:
    """The digests of small members, as long as the archive is open; those that are broken or out of the ordinary are left out."""
    from hashlib import sha256

    found = {}
    total = 0
    for entry in sorted((each for name, each in by_name.items() if name not in known), key=_entry_size):
        total += entry.size
        if total > HASHED_BYTES:
            break
        if (data := contents.whole(blob, entry)) is not None:
            found[entry.name] = sha256(data).digest()
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


def _wheel_file(
    blob: Blob,
    contents: ZipContents,
    by_name: Mapping[str, ZipEntry],
    filename: str,
    problems: list[ArchiveProblem],
) -> None:
    parts = filename.split("-", 2)
    if len(parts) < 3:
        problems.append(ArchiveProblem("wheel-name-unparsable", "its file name gives no name and version"))
        return
    target = f"{parts[0]}-{parts[1]}.dist-info/WHEEL"
    if target in by_name:
        _read_needed(blob, contents, by_name[target], problems)
    else:
        problems.append(ArchiveProblem("wheel-no-wheel-file", f"there is no `{target}`", target))


def _read_needed(blob: Blob, contents: ZipContents, entry: ZipEntry, problems: list[ArchiveProblem]) -> None:
    """Read a member that PyPI reads before it scans. Of a compression that it does not take, it has said so by then."""
    if entry.method not in (STORED, DEFLATED):
        return
    try:
        for _ in contents.read(blob, entry, MAX_SCAN):
            pass
    except UnreadableMember as error:
        problems.append(error.problem)
    except CutShort:
        return


def _scan_zip(
    blob: Blob,
    contents: ZipContents,
    entries: Iterable[ZipEntry],
    by_name: Mapping[str, ZipEntry],
    kept: dict[str, bytes],
    digests: dict[str, bytes],
    problems: list[ArchiveProblem],
    read_last: Collection[str],
    broken: list[ArchiveProblem],
) -> str:
    """Read the members that PyPI reads, keep those that rules will ask for; gives the limit that ended it (warehouse: utils/scanner.py).

    `read_last` are members that PyPI opens when all else is well; what is wrong with them goes to `broken`.
    """
    from hashlib import sha256

    whole = contents.whole
    total = together = faults = 0
    budget = _KEPT_BYTES * 2
    found: ArchiveProblem | None = None
    known = {(problem.row, problem.offset) for problem in problems}
    for listed in entries:
        name = listed.name
        scanned = not name.endswith("/") and is_scanned(name)
        if not scanned:
            if _is_info_file(name) and listed.size <= min(budget, _KEPT_BYTES):
                try:
                    kept[name] = b"".join(contents.read(blob, listed, _KEPT_BYTES))
                except UnreadableMember as error:
                    supported = listed.method in (STORED, DEFLATED)
                    if supported and name in read_last and (error.problem.row, error.problem.offset) not in known:
                        broken.append(error.problem)
                    continue
                except CutShort:
                    continue
                budget -= listed.size
            continue
        entry = by_name[name]
        if entry.method not in (STORED, DEFLATED):
            continue
        data = whole(blob, entry)
        if data is None:
            try:
                pieces = []
                length = 0
                for piece in contents.read(blob, entry, _ANY_SIZE):
                    length += len(piece)
                    if length <= MAX_SCANNED:
                        pieces.append(piece)
                    if total + length > MAX_SCAN:
                        return f"its Python code unpacks to more than {MAX_SCAN:,} bytes"
                total += length
                if length > MAX_SCANNED:
                    continue
                data = b"".join(pieces)
            except UnreadableMember as error:
                if (error.problem.row, error.problem.offset) not in known:
                    problems.append(error.problem)
                    faults += 1
                    if faults >= MAX_FAULTS:
                        break
                continue
        else:
            total += len(data)
            if total > MAX_SCAN:
                return f"its Python code unpacks to more than {MAX_SCAN:,} bytes"
        digests[name] = sha256(data).digest()
        before, together = together, together + len(data)
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


_ENCRYPTED = {True: "a member is encrypted with PyArmor", False: "a member is encrypted with SourceDefender"}


def _is_info_file(name: str) -> bool:
    folder, slash, base = name.rpartition("/")
    return bool(slash) and base in _INFO_FILES and folder.endswith(".dist-info") and "/" not in folder


def _survey_tar(blob: Blob, tar: TarStructure) -> _Survey:
    """All that PyPI checks in a gzipped tar, in its order (warehouse: forklift/legacy.py, `_is_valid_dist_file`)."""
    problems: list[ArchiveProblem] = []
    unread = tar.unread
    if unread is not None and unread.crash and not tar.members:
        return _Survey((unread,))
    if tar.recognised and is_zip(blob):
        problems.append(ArchiveProblem("archive-polyglot", "it is a zip and a tar archive at once"))
    kept = {tar.members[index].name: data for index, data in tar.kept.items()}
    if unread is not None or tar.limit:
        return _Survey((*problems, *((unread,) if unread else ())), kept, tar.limit)
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
            return _Survey(tuple(problems), kept, cut.reason, tar.damage)
    return _Survey(tuple(problems), kept, "", tar.damage)


def distributions(tree: Tree, files: Files, inventory: Inventory) -> tuple[Distribution, ...]:
    """The built files of the workspace, in the order of their paths. Those that cannot be read are noted in `files.unreadable`."""
    found = []
    together = _Together() if len(inventory.distributions) >= READ_TOGETHER else None
    for path in sorted(inventory.distributions):
        kind = kind_of(path)
        if kind is None:
            continue
        size = _size(tree, files, path)
        if size is not None:
            found.append(Distribution(StoredFile(tree, path), kind, size, _noting(files), together))
    if together:
        together.waiting.extend(found)
    return tuple(found)


class _Together:
    """Reads many archives by two threads as soon as the first is asked for: unpacking and hashing do not hold Python's lock."""

    def __init__(self) -> None:
        self.waiting: deque[Distribution] = deque()
        self._done: dict[str, _Reading] = {}

    def reading(self, distribution: Distribution) -> "_Reading | None":
        """What was read of a distribution; None where that failed, and must be tried again to see why."""
        if self.waiting:
            self._run()
        return self._done.pop(distribution.path, None)

    def _run(self) -> None:
        from sys import getswitchinterval, setswitchinterval
        from threading import Thread

        usual = getswitchinterval()
        thread = Thread(target=self._work, daemon=True)
        try:
            # members are small: a thread that has unpacked one must not wait long for the other
            setswitchinterval(min(usual, 0.0001))
            thread.start()
            self._work()
            thread.join()
        finally:
            self.waiting.clear()
            setswitchinterval(usual)

    def _work(self) -> None:
        while True:
            try:
                distribution = self.waiting.popleft()
            except IndexError:
                return
            try:
                self._done[distribution.path] = distribution.read_through()
            except Exception:  # whoever asks for it will meet the same, and report it
                continue


def kind_of(path: str) -> Kind | None:
    """What kind of distribution a file is by its ending; None for what no tool builds as one."""
    if path.endswith(".whl"):
        return Kind.WHEEL
    if path.endswith(".tar.gz"):
        return Kind.SDIST
    if path.endswith(".zip"):
        return Kind.ZIP_SDIST
    return Kind.OTHER if path.lower().endswith(DISTRIBUTION_SUFFIXES) else None


def _size(tree: Tree, files: Files, path: str) -> int | None:
    try:
        tree.read(path, 0)
        root = tree.disk_root
        return (root / path).stat().st_size if root is not None else len(tree.read(path, 1 << 62))
    except MissingFile:
        files.missing.add(path)
    except UnreadableFile as error:
        files.unreadable[path] = error.reason
    except OSError as error:
        files.unreadable[path] = f"it cannot be opened ({error.strerror})"
    return None


def _noting(files: Files) -> Callable[[Place, str], None]:
    def note(place: Place, reason: str) -> None:
        if (place, reason) not in files.cut_short:
            files.cut_short.append((place, reason))

    return note


__all__ = [
    "BAD_ZIP",
    "NOT_ZIP",
    "READ_ERROR",
    "ArchiveProblem",
    "Distribution",
    "Kind",
    "Member",
    "common_path",
    "distributions",
    "kind_of",
]
