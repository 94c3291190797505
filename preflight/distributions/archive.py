"""A built distribution as one typed model, whether zip or tar: its members, and what PyPI refuses in the archive. Judges no names and no metadata.

Nothing is read before it is asked for, nothing is unpacked to disk, and nothing but the model stays in memory: the file is opened anew for each reading.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, Protocol

from preflight.distributions.archive_problem import ArchiveProblem, CutShort
from preflight.distributions.stored_file import HELD_BYTES, Blob, StoredFile
from preflight.distributions.survey import (
    HASHED_BYTES,
    INFO_ENDINGS,
    KEPT_BYTES,
    TOKEN_START,
    Survey,
    common_path,
    is_info_file,
    read_sdist,
    survey_tar,
    survey_zip,
)
from preflight.distributions.tar_structure import READ_ERROR, TarKind, TarMember, TarStructure, tar_data
from preflight.distributions.zip_structure import (
    BAD_ZIP,
    NOT_ZIP,
    UnreadableMember,
    ZipContents,
    ZipEntry,
    ZipStructure,
    printable,
    read_zip,
)
from preflight.project.inventory import DISTRIBUTION_SUFFIXES, Inventory
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source, UnreadableText, decode
from preflight.sources.tree import Files, MissingFile, Tree, UnreadableFile

READ_LIMIT = 8 * 1024 * 1024
"""Bytes of one member that are read when a rule looks into it."""

_LINK_MODE = 0o120000
_KIND_MASK = 0o170000


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


class Kind(StrEnum):
    """What a built file is, by its ending."""

    WHEEL = "wheel"
    SDIST = "sdist"
    ZIP_SDIST = "zip sdist"
    OTHER = "other"


class Reading(NamedTuple):
    """An archive read from end to end, once: what is found in it, and the structure of a tar, which is only known then."""

    survey: Survey = Survey()
    tar: TarStructure | None = None


class ReadingAhead(Protocol):
    """Whoever reads many archives at once."""

    def start(self) -> None:
        """Begin, where others can do the work."""
        ...

    def reading(self, distribution: "Distribution") -> Reading | None:
        """What was read of a distribution; None where it must be read by whoever asks."""
        ...


@dataclass(frozen=True)
class Distribution:
    """A built file. All but its path, kind and size is read when asked for.

    Members are keyed as installers see them; of a name that occurs twice the last one counts, as in Python.
    """

    file: StoredFile
    kind: Kind
    size: int
    note_limit: Callable[[Place, str], None]
    ahead: ReadingAhead | None = None

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
    def _reading(self) -> Reading:
        reading = self.ahead.reading(self) if self.ahead else None
        if reading is None:
            reading = self.read_through()
        if reading.survey.limit:
            self.note_limit(self.place, reading.survey.limit)
        return reading

    def read_through(self) -> Reading:
        """Read the archive from end to end."""
        try:
            with self.file.open() as blob:
                if self.kind is Kind.SDIST:
                    tar = read_sdist(blob)
                    return Reading(survey_tar(blob, tar), tar)
                zipped = self.zip
                if zipped is not None:
                    return Reading(survey_zip(blob, zipped, self.filename, wheel=self.kind is Kind.WHEEL))
        except (MissingFile, UnreadableFile):
            pass
        return Reading()

    @cached_property
    def zip(self) -> ZipStructure | None:
        """The structure of a wheel or zip; None for another kind, or where the file can no longer be read."""
        if self.kind not in (Kind.WHEEL, Kind.ZIP_SDIST):
            return None
        try:
            with self.file.open(held=0) as blob:
                found = read_zip(blob)
                if self.kind is Kind.WHEEL:
                    self._keep_info_files(blob, found)
        except (MissingFile, UnreadableFile):
            return None
        if found.limit:
            self.note_limit(self.place, found.limit)
        return found

    def _keep_info_files(self, blob: Blob, structure: ZipStructure) -> None:
        """Read the files that several rules look into while the archive is open: in most wheels they lie side by side."""
        last = {entry.name: entry for entry in structure.entries if entry.name.endswith(INFO_ENDINGS)}
        contents = ZipContents.of(structure) if last else None
        budget = 2 * KEPT_BYTES
        for name, entry in last.items():
            if contents is not None and is_info_file(name) and entry.size <= budget:
                data = contents.whole(blob, entry)
                if data is not None:
                    budget -= entry.size
                    self._kept[name] = data

    @cached_property
    def _contents(self) -> ZipContents:
        return ZipContents.of(self.zip or ZipStructure(False))

    @property
    def tar(self) -> TarStructure | None:
        """The structure of an sdist; None for another kind, or where the file can no longer be read."""
        return self._reading.tar if self.kind is Kind.SDIST else None

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
            return _ZipMembers(self.zip.entries)
        found = (_tar_member(index, member) for index, member in enumerate(self.tar.members if self.tar else ()))
        return {member.name: member for member in found}

    @cached_property
    def file_sizes(self) -> Mapping[str, int]:
        """The sizes of the members of a zip that are no folders, by name."""
        return {entry.name: entry.size for entry in self.zip.entries if not entry.is_folder} if self.zip else {}

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
    def digests(self) -> Mapping[str, str]:
        """The SHA-256 digests, as RECORD spells them, of the members of a zip that had to be read anyhow: its Python code."""
        return self._reading.survey.digests

    @property
    def other_digests(self) -> Mapping[str, str]:
        """The SHA-256 digests, as RECORD spells them, of other members of a zip, small ones first, up to `HASHED_BYTES` of them."""
        return self._reading.survey.other_digests

    @property
    def may_hold_token(self) -> bool:
        """Whether the start of an API token occurs anywhere in an sdist, or in the metadata of a wheel."""
        if self.zip is None:
            return self.tar is not None and TOKEN_START in self.tar.seen
        files = (self.read_bytes(name) for name in self.names if name.endswith("/METADATA") and is_info_file(name))
        return any(TOKEN_START in data for data in files if data is not None)

    @property
    def kept_metadata(self) -> bytes:
        """The metadata file of a wheel that is in memory, for a quick look; empty where none is."""
        return next((data for name, data in self._kept.items() if name.endswith("/METADATA")), b"")

    @property
    def limit(self) -> str:
        """Which limit of preflight ended the reading: then nothing is known of what lies behind; empty when none did."""
        return self._reading.survey.limit

    def read_bytes(self, name: str, limit: int = READ_LIMIT) -> bytes | None:
        """The bytes of a member; None when there is none of this name, or it is broken or larger than `limit`."""
        kept = self._kept.get(name)
        if kept is not None:
            return kept if len(kept) <= limit else None
        for _, data in self.read_members((name,), limit):
            if is_info_file(name) and len(data) <= KEPT_BYTES:
                self._kept[name] = data
            return data
        return None

    @cached_property
    def _kept(self) -> dict[str, bytes]:
        """Files that several rules look into."""
        tar = self.tar if self.kind is Kind.SDIST else None
        return {tar.members[index].name: data for index, data in tar.kept.items()} if tar else {}

    def read_members(self, names: Iterable[str], limit: int = READ_LIMIT) -> Iterator[tuple[str, bytes]]:
        """The bytes of several members in the order of the archive, in one go; those that cannot be read are left out."""
        chosen = sorted(
            (member for name in names if (member := self.members.get(name)) and member.size <= limit),
            key=lambda member: member.number,
        )
        if not chosen:
            return
        try:
            with self.file.open(held=0 if self.zip else HELD_BYTES) as blob:
                if self.zip is not None:
                    for member in chosen:
                        try:
                            pieces = self._contents.read(blob, self.zip.entries[member.number], limit)
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


class _ZipMembers(Mapping[str, Member]):
    """The members of a zip, each made when it is asked for: most checks ask for a few."""

    def __init__(self, entries: tuple[ZipEntry, ...]) -> None:
        self._entries = entries
        self._numbers = {entry.name.rstrip("/"): index for index, entry in enumerate(entries)}

    def __getitem__(self, name: str) -> Member:
        number = self._numbers[name]
        return _zip_member(number, self._entries[number])

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


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


def distributions(tree: Tree, files: Files, inventory: Inventory) -> tuple[Distribution, ...]:
    """The built files of the workspace, in the order of their paths. Those that cannot be read are noted in `files.unreadable`."""
    found: list[Distribution] = []
    ahead = None
    if len(inventory.distributions) > 1:
        from preflight.distributions.reading_ahead import ReadAhead

        ahead = ReadAhead(found)
    for path in sorted(inventory.distributions):
        kind = kind_of(path)
        if kind is None:
            continue
        size = _size(tree, files, path)
        if size is not None:
            found.append(Distribution(StoredFile(tree, path), kind, size, _noting(files), ahead))
    return tuple(found)


def archives_read(distributions: tuple[Distribution, ...]) -> tuple[Distribution, ...]:
    """The same built files, for checks that need what only reading a whole archive brings: that begins here, in other processes."""
    if distributions and distributions[0].ahead:
        distributions[0].ahead.start()
    return distributions


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
    "HASHED_BYTES",
    "NOT_ZIP",
    "READ_ERROR",
    "TOKEN_START",
    "ArchiveProblem",
    "Distribution",
    "Kind",
    "Member",
    "common_path",
    "distributions",
    "kind_of",
]
