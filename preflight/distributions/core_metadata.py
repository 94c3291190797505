"""Reads METADATA and PKG-INFO into the fields that a client sends, each with its line. Judges no value, opens no file.

The file is read as packaging and with it twine read it: e-mail headers, UTF-8, the description in the body (packaging: `parse_email`;
CPython: Lib/email/feedparser.py). Unlike there, no field that could not be read is lost: it is noted apart.
"""

from collections.abc import Iterator, Mapping

from preflight.distributions.fields import Field, FieldSet, Origin
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source

ADDED: Mapping[str, str] = {
    name: version
    for version, names in {
        "1.0": "metadata-version name version platform summary description keywords home-page author author-email license",
        "1.1": "supported-platform download-url classifier requires provides obsoletes",
        "1.2": "maintainer maintainer-email requires-dist provides-dist obsoletes-dist requires-python requires-external project-url",
        "2.1": "description-content-type provides-extra",
        "2.2": "dynamic",
        "2.4": "license-expression license-file",
        "2.5": "import-name import-namespace",
    }.items()
    for name in names.split()
}
"""Each core metadata field, and the metadata version that introduced it ("Core metadata specifications")."""

_HEADER = _compile(r"From |(?P<name>[!-9;-~]*):|[\t ]")
_BREAK = _compile(r"\r\n|\r|\n")
_UNDECODED = _compile(r"[\udc80-\udcff]")
_WITHOUT_LICENSE_FILES = ("1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "2.3")


@dataclass(frozen=True)
class CoreMetadata:
    """The metadata file of a built file.

    `fields` are those of the form that is sent. `unknown` are headers that the specification does not have, `undecoded` fields whose value is no
    UTF-8: twine sends a file with neither. `dropped` are the License-File fields that twine leaves out below metadata version 2.4.
    """

    fields: FieldSet
    unknown: tuple[Field, ...] = ()
    undecoded: tuple[Field, ...] = ()
    dropped: tuple[Field, ...] = ()

    def value(self, name: str) -> str:
        """The value of a field; empty when there is none."""
        field = self.fields.first(name)
        return field.value if field else ""


def read_core_metadata(data: bytes, path: str, member: str, origin: Origin) -> CoreMetadata:
    """Read a metadata file that lies in an archive.

    twine drops License-File below metadata version 2.4, since older setuptools wrote it before its time (twine: package.py).
    """
    try:
        text = data.decode("utf-8")
        broken = False
    except UnicodeDecodeError:
        text = data.decode("utf-8", "surrogateescape")
        broken = True
    # each byte that does not fit is one character in either text, so offsets stay the same
    source = Source(path, _UNDECODED.sub("\ufffd", text) if broken else text, member)
    known: list[Field] = []
    unknown: list[Field] = []
    undecoded: list[Field] = []
    for name, key, value, place in read_headers(text, source):
        if broken and _UNDECODED.search(value):
            undecoded.append(Field(name, "", place, key))
        elif name not in ADDED:
            unknown.append(Field(name, value, place, key))
        elif name == "project-url":
            label, _, url = value.partition(",")
            known.append(Field(name, url.strip(), place, key, label.strip()))
        else:
            known.append(Field(name, value, place, key))
    dropped: list[Field] = []
    version = next((field.value for field in known if field.name == "metadata-version"), "0")
    if version in _WITHOUT_LICENSE_FILES:
        dropped = [field for field in known if field.name == "license-file"]
        known = [field for field in known if field.name != "license-file"]
    fields = FieldSet(origin, f"{path}:{member}", tuple(known), source.whole)
    return CoreMetadata(fields, tuple(unknown), tuple(undecoded), tuple(dropped))


def read_headers(text: str, source: Source) -> Iterator[tuple[str, str, str, Place]]:
    """The headers in order, and the body as the field `description`: lower-case name, name as written, value, place."""
    position, body, first = 0, len(text), True
    name: str | None = None
    start = end = 0
    while position < len(text):
        found = _BREAK.search(text, position)
        line_end, following = (found.start(), found.end()) if found else (len(text), len(text))
        match = _HEADER.match(text, position, line_end)
        if match is None:
            body = following if line_end == position else position
            break
        if text[position] in " \t":
            end = line_end
        else:
            if name:
                yield _field(name, text, start, end, source)
            name = match["name"]
            if name is None and not first and not _more_headers(text, following):
                # the blank line behind it still ends the headers
                blank = _BREAK.match(text, following)
                value = text[position:following] + text[blank.end() if blank else following :]
                yield "description", "Description", value, source.place(position, len(text))
                return
            if name:
                start, end = match.end(), line_end
        position, first = following, False
    if name:
        yield _field(name, text, start, end, source)
    if text[body:]:
        yield "description", "Description", text[body:], source.place(body, len(text))


def _more_headers(text: str, position: int) -> bool:
    """Whether another header line follows; a last line `From …` belongs to the body."""
    return position < len(text) and _HEADER.match(text, position) is not None


def _field(name: str, text: str, start: int, end: int, source: Source) -> tuple[str, str, str, Place]:
    while start < end and text[start] in " \t":
        start += 1
    while end > start and text[end - 1] in "\r\n":
        end -= 1
    return name.lower(), name, text[start:end], source.place(start, end)


def too_new(metadata: CoreMetadata) -> Iterator[tuple[Field, str]]:
    """The first field of each name that came after the metadata version that the file states, with the version that introduced it.

    An empty field is not sent, and with an unknown version nothing is compared (packaging: `Metadata.from_raw`).
    """
    versions = (*dict.fromkeys(ADDED.values()), "2.3")
    stated = metadata.value("metadata-version")
    if stated not in versions:
        return
    seen = set()
    for field in metadata.fields.fields:
        added = ADDED[field.name]
        if field.name not in seen and (field.value or field.extra) and added > stated:
            seen.add(field.name)
            yield field, added
