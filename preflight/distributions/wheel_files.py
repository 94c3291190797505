"""The files of a wheel's dist-info folder as PyPI and installers read them: RECORD, entry_points.txt and WHEEL. Opens no archive and judges no names.

Sources: the "Binary distribution format", "Recording installed projects" and "Entry points specification"; warehouse: utils/wheel.py; pip: utils/wheel.py
and operations/install/wheel.py.
"""

from binascii import b2a_base64
from collections.abc import Collection, Iterator
from typing import NamedTuple

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source

SCRIPT_SECTIONS = ("console_scripts", "gui_scripts")
DATA_SCHEMES = frozenset(("data", "headers", "platlib", "purelib", "scripts"))
"""The folders that installers know inside of a `.data` folder."""

WHEEL_VERSION = (1, 0)
"""The version of the format that installers read."""

_ENTRY_POINT_NAME = _compile(r"[\w.-]+")
_TARGET = _compile(r"\w+(?:[:.]\w+)*")
_EXTRAS = _compile(r"\s*\[\s*[\w-]+(?:=\w+)?(?:,\s*\w+(?:=\w+)?)*\s*\]")
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_SIGNATURES = ("RECORD.jws", "RECORD.p7s")


class RecordLine(NamedTuple):
    """A line of RECORD: the path with `/`, and what it says of the file (empty where it says nothing)."""

    path: str
    algorithm: str
    digest: str
    size: str


@dataclass(frozen=True, slots=True)
class Record:
    """RECORD as PyPI reads it. `trouble` is why it cannot be read, empty when it can: `encoding`, `csv`, or `blank` for an empty line, over which PyPI
    stumbles.
    """

    lines: tuple[RecordLine, ...] = ()
    trouble: str = ""
    line: int = 1
    """The line of the trouble."""


def read_record(data: bytes) -> Record:
    """Read RECORD (warehouse: utils/wheel.py, `_validate_record`)."""
    from csv import Error, reader

    try:
        rows = data.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        return Record((), "encoding", data.count(b"\n", 0, error.start) + 1)
    if b'"' not in data and b"\\" not in data and b"\0" not in data and all(row.count(",") == 2 for row in rows):
        return Record(tuple(map(_plain_line, rows)))
    found: list[RecordLine] = []
    parsed = reader(rows)
    try:
        for row in parsed:
            if not row:
                return Record(tuple(found), "blank", parsed.line_num)
            path, stated, size, *_ = (*row, "", "")
            algorithm, _, digest = stated.partition("=")
            found.append(RecordLine(path.replace("\\", "/"), algorithm, digest.rstrip("="), size))
    except Error:
        return Record(tuple(found), "csv", parsed.line_num)
    return Record(tuple(found))


def _plain_line(row: str) -> RecordLine:
    """A line in which nothing is quoted."""
    path, stated, size = row.split(",")
    algorithm, _, digest = stated.partition("=")
    return RecordLine._make((path, algorithm, digest.rstrip("="), size))


def record_differences(record: Record, names: Collection[str], info_folder: str) -> tuple[list[str], list[str]]:
    """The files that RECORD does not list, and the paths it lists that are not there (warehouse: utils/wheel.py)."""
    exempt = {f"{info_folder}/{name}" for name in _SIGNATURES}
    files = {name for name in names if not name.endswith(("/", "\\"))} - exempt
    listed = {line.path for line in record.lines}
    return sorted(files - listed), sorted(listed - files)


def computed_digest(line: RecordLine, data: bytes) -> str:
    """The hash that RECORD must state of data; what it states where that cannot be computed."""
    if line.algorithm not in ("sha256", "sha384", "sha512"):
        return line.digest
    import hashlib

    return spelt(getattr(hashlib, line.algorithm)(data).digest())


def in_hexadecimal(digest: str) -> str:
    """A digest that is spelt as in RECORD, spelt in hexadecimal: as scripts write it that pack a wheel by hand."""
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(digest + "=" * (-len(digest) % 4)).hex()


def spelt(digest: bytes) -> str:
    """A digest as RECORD spells it: in its own base64 without padding."""
    return b2a_base64(digest, newline=False).translate(_URL_SAFE).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """One line of entry_points.txt."""

    section: str
    name: str
    value: str
    source: Source

    @property
    def place(self) -> Place:
        """The line."""
        return _line(self.source, self.section, self.name)


@dataclass(frozen=True, slots=True)
class EntryPoints:
    """entry_points.txt as PyPI reads it. `trouble` says why it cannot, in the parser's own words, with `place`; empty when it can."""

    points: tuple[EntryPoint, ...] = ()
    trouble: str = ""
    place: Place | None = None


def read_entry_points(source: Source) -> EntryPoints:
    """Read entry_points.txt (warehouse: utils/wheel.py, `_validate_entrypoints`): `=` parts names from values, and letter case stays."""
    import configparser

    parser = configparser.ConfigParser(delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as the documentation of configparser has it
    try:
        parser.read_string(source.text)
    except configparser.Error as error:
        line, words = _trouble(error)
        return EntryPoints((), words, source.line_place(line))
    found = []
    for section in parser.sections():
        for name, value in parser.items(section, raw=True):
            found.append(EntryPoint(section, name, value, source))
    return EntryPoints(tuple(found))


def _trouble(error: Exception) -> tuple[int, str]:
    import configparser

    if isinstance(error, configparser.DuplicateSectionError):
        return error.lineno or 1, f"the section `[{error.section}]` occurs twice"
    if isinstance(error, configparser.DuplicateOptionError):
        return error.lineno or 1, f"`{error.option}` occurs twice in `[{error.section}]`"
    if isinstance(error, configparser.MissingSectionHeaderError):
        return error.lineno, "the line stands before the first `[section]`"
    lines = [line for line, _ in getattr(error, "errors", ())]
    return (lines[0] if lines else 1), "the line has no `=`"


def _line(source: Source, section: str, name: str) -> Place:
    """The line of an entry: the first one of its name behind the header of its section."""
    from re import MULTILINE, escape

    header = _compile(rf"^\[{escape(section)}\]", MULTILINE).search(source.text)
    start = header.end() if header else 0
    found = _compile(rf"^[ \t]*{escape(name)}[ \t]*=", MULTILINE).search(source.text, start)
    return source.line_place(source.position(found.start()).line) if found else source.whole


def is_script_name(name: str) -> bool:
    """Whether PyPI takes the name of a script (warehouse: utils/wheel.py, `_ENTRY_POINT_NAME_RE`)."""
    return _ENTRY_POINT_NAME.fullmatch(name) is not None


def target_trouble(value: str) -> str:
    """Why pip cannot make a script that calls this target, empty when it can: `callable`, `colons`, `extras` or `unreadable` (pip:
    operations/install/wheel.py, `_raise_for_invalid_entrypoint`; distlib: util.py, `get_export_entry`).
    """
    text = value.strip()
    match = _TARGET.match(text)
    if match is None:
        return "unreadable"
    if match[0].count(":") == 0:
        return "callable"
    if match[0].count(":") > 1:
        return "colons"
    rest = text[match.end() :]
    if ("[" in rest or "]" in rest) and not _EXTRAS.match(rest):
        return "extras"
    return ""


@dataclass(frozen=True, slots=True)
class Header:
    """A line of the file WHEEL."""

    name: str
    value: str
    place: Place


def read_wheel_file(source: Source) -> tuple[Header, ...]:
    """The lines of WHEEL, names in lower case. They are e-mail headers."""
    from preflight.distributions.core_metadata import read_headers

    return tuple(Header(name, value.strip(), place) for name, _, value, place in read_headers(source.text, source))


def wheel_version_trouble(headers: Collection[Header]) -> tuple[str, Header | None]:
    """Why pip refuses the version of the wheel format, with the line: `missing`, `malformed`, `future`; `newer` is only warned about; or empty."""
    stated = next((header for header in headers if header.name == "wheel-version"), None)
    if stated is None:
        return "missing", None
    try:
        version = tuple(map(int, stated.value.split(".")))
    except ValueError:
        return "malformed", stated
    if version[0] > WHEEL_VERSION[0]:
        return "future", stated
    return ("newer", stated) if version > WHEEL_VERSION else ("", stated)


def info_folders(names: Collection[str]) -> list[str]:
    """The top folders that end in `.dist-info`, as pip counts them."""
    inside = (name for name in names if ".dist-info" in name)
    return sorted({top for name in inside if (top := name.partition("/")[0]).endswith(".dist-info")})


def misplaced_data(names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Files of a `.data` folder that pip cannot install, with the folder inside that it does not know; empty when there is none."""
    for name in names:
        if ".data/" not in name:
            continue
        top, slash, rest = name.partition("/")
        if not slash or not top.endswith(".data") or name.endswith("/"):
            continue
        scheme, inner, _ = rest.partition("/")
        if not inner:
            yield name, ""
        elif scheme not in DATA_SCHEMES:
            yield name, scheme
