"""INI files as `configparser.RawConfigParser` reads them, with places: `.pypirc` and `setup.cfg`. Interpolates nothing.

The rules are those of the standard library's documentation ("Supported INI File Structure") with the parser's defaults:
`=` and `:`, whole-line comments only, values that go on in deeper lines, names of options in lower case.
"""

from collections.abc import Iterator
from dataclasses import field

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source, SourceSyntaxError

DEFAULT_SECTION = "DEFAULT"

_HEADER = _compile(r"\[(.+)\]")
_DELIMITER = _compile(r"[=:]")


@dataclass(frozen=True, slots=True)
class IniValue:
    """An option: its name in lower case, and its value as `RawConfigParser.get` gives it.

    `line_places` holds a place for each line of `value.split("\\n")`.
    """

    name: str
    value: str = field(repr=False)
    key_place: Place
    place: Place
    line_places: tuple[Place, ...] = field(repr=False)

    @property
    def entry_place(self) -> Place:
        """From the name to the end of the value."""
        return Place(self.place.source, self.key_place.start, self.place.end)


@dataclass(frozen=True, slots=True)
class IniSection:
    """A section; `place` is its (first) header. `options` are its own, `defaults` those of `[DEFAULT]`."""

    name: str
    place: Place
    options: dict[str, IniValue]
    defaults: dict[str, IniValue] = field(repr=False)

    def get(self, name: str) -> IniValue | None:
        """The option, here or in `[DEFAULT]`; upper and lower case are the same."""
        name = name.lower()
        return self.options.get(name) or self.defaults.get(name)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def names(self) -> list[str]:
        """The names of all options, those of `[DEFAULT]` last."""
        return list(self.options | {name: value for name, value in self.defaults.items() if name not in self.options})


@dataclass(frozen=True, slots=True)
class IniProblem:
    """What `configparser` refuses though the rest can be read: something written twice, first at `first`."""

    reason: str
    place: Place
    first: Place


@dataclass(frozen=True, slots=True)
class IniDocument:
    """An INI file. `sections` are those but `[DEFAULT]`; where one is written twice, the later options win."""

    source: Source
    sections: dict[str, IniSection]
    defaults: dict[str, IniValue]
    problems: tuple[IniProblem, ...]

    def get(self, section: str, name: str) -> IniValue | None:
        if section == DEFAULT_SECTION:
            return self.defaults.get(name.lower())
        found = self.sections.get(section)
        return found.get(name) if found else None


@dataclass(slots=True)
class _Open:
    """An option whose value may still go on."""

    name: str
    key: tuple[int, int]
    delimiter_end: int
    lines: list[tuple[str, int]]

    def close(self, source: Source) -> IniValue:
        value = "\n".join(text for text, _ in self.lines).rstrip()
        wanted = value.count("\n") + 1
        spans = [(start, start + len(text)) for text, start in self.lines[:wanted]]
        filled = [span for span in spans if span[0] < span[1]] or [(self.delimiter_end, self.delimiter_end)]
        return IniValue(
            self.name,
            value,
            source.place(*self.key),
            source.place(filled[0][0], filled[-1][1]),
            tuple(source.place(*span) for span in spans),
        )


def parse_ini(source: Source) -> IniDocument:
    """Read an INI file.

    Raises:
        SourceSyntaxError: for a line that is no header, option, comment or continuation, and for an option before the
            first header. The reason never quotes the line, which may hold a password.
    """
    defaults: dict[str, IniValue] = {}
    sections: dict[str, IniSection] = {}
    problems: list[IniProblem] = []
    places: dict[tuple[str, str], Place] = {}
    options: dict[str, IniValue] | None = None
    section = ""
    indent = 0
    current: _Open | None = None

    for start, line in _lines(source):
        text = line.strip()
        if text[:1] in ("#", ";"):
            continue
        at = start + len(line) - len(line.lstrip())
        if not text:
            if current is not None:
                current.lines.append(("", start))
            continue
        if current is not None and at - start > indent:
            current.lines.append((text, at))
            continue
        indent = at - start
        header = _HEADER.match(text)
        if header or options is None:
            if current is not None and options is not None:
                options[current.name] = current.close(source)
            current = None
            if header is None:
                raise _outside_section(source, at, text)
            section = header[1]
            place = source.place(at, at + header.end())
            if section == DEFAULT_SECTION:
                options = defaults
                continue
            if section in sections:
                problems.append(IniProblem(f"section `{section}` is written twice", place, sections[section].place))
            else:
                sections[section] = IniSection(section, place, {}, defaults)
            options = sections[section].options
            continue
        if current is not None:
            options[current.name] = current.close(source)
        current = _option(source, text, at)
        place = source.place(*current.key)
        known = places.setdefault((section, current.name), place)
        if known is not place:
            # A long name may be a token on a line of its own.
            named = f"option `{current.name}`" if len(current.name) <= 40 else "an option"
            problems.append(IniProblem(f"{named} is written twice in section `{section}`", place, known))
        # An option keeps the rank of its first time, as in `configparser`.
        options.setdefault(current.name, current.close(source))
    if current is not None and options is not None:
        options[current.name] = current.close(source)
    return IniDocument(source, sections, defaults, tuple(problems))


def _lines(source: Source) -> Iterator[tuple[int, str]]:
    """The lines with their offsets, without their breaks: those that a file opened as text has."""
    text, starts = source.text, source.line_starts
    for index, start in enumerate(starts):
        end = starts[index + 1] if index + 1 < len(starts) else len(text)
        if start < end:
            yield start, text[start:end].rstrip("\r\n")


def _option(source: Source, text: str, at: int) -> _Open:
    delimiter = _DELIMITER.search(text)
    if delimiter is None:
        raise SourceSyntaxError("expected `name = value` or a `[section]`", source.place(at, at + len(text)))
    name = text[: delimiter.start()].rstrip()
    if not name:
        raise SourceSyntaxError("expected a name before the delimiter", source.place(at, at + 1))
    raw = text[delimiter.end() :]
    value = raw.strip()
    value_start = at + delimiter.end() + len(raw) - len(raw.lstrip())
    return _Open(name.lower(), (at, at + len(name)), at + delimiter.end(), [(value, value_start)])


def _outside_section(source: Source, at: int, text: str) -> SourceSyntaxError:
    if text.startswith("\ufeff"):
        return SourceSyntaxError("found a byte order mark before the first section", source.place(at, at + 1))
    return SourceSyntaxError("expected a `[section]` before the first option", source.place(at, at + len(text)))
