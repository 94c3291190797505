"""Whether a pyproject.toml that TOML 1.0 refuses is good for other readers: written in TOML 1.1, or only behind
a byte order mark.
"""

from collections.abc import Iterator
from re import DOTALL

from preflight.project.backend import Family, provider_of
from preflight.project.pyproject import PyprojectFile
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Source, SourceSyntaxError, SourceTooComplex
from preflight.sources.toml import TomlDocument, parse_toml

MAX_CHARACTERS = 200_000
"""Length up to which a file is tried as TOML 1.1."""

_TOKEN = (
    r'(?P<long>"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5})|(?P<basic>"(?:[^"\\\n]|\\.)*")|(?P<literal>\'[^\'\n]*\')'
    r"|(?P<comment>#[^\n]*)|(?P<bracket>[\[\]{}])|(?P<comma>,)|(?P<break>\r?\n)"
    r"|(?P<time>(?<![\w:.])(?:\d{4}-\d\d-\d\d[Tt ])?\d\d:\d\d(?![:\d]))|(?P<other>.)"
)
_ESCAPE = r"\\(?:x(?P<hex>[0-9A-Fa-f]{2})|(?P<escape>e)|(?P<else>.))"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What stands in the way of reading pyproject.toml as TOML 1.0.

    `newer` is whether it is TOML 1.1; `marked` whether nothing but the byte order mark is wrong. `family` is the
    backend's, where the file can be read that way.
    """

    newer: bool = False
    marked: bool = False
    family: Family | None = None


def toml_dialect(pyproject_file: PyprojectFile) -> Dialect:
    """Why a pyproject.toml with a syntax error may still be read by some tools."""
    source = pyproject_file.source
    if source is None or not isinstance(pyproject_file.error, SourceSyntaxError):
        return Dialect()
    if source.text.startswith("\ufeff"):
        document = _read(source, source.text)
        return Dialect(marked=document is not None, family=_family(document))
    if len(source.text) > MAX_CHARACTERS:
        return Dialect()
    older = as_toml_1_0(source.text)
    document = _read(source, older) if older != source.text else None
    return Dialect(newer=document is not None, family=_family(document))


def _read(source: Source, text: str) -> TomlDocument | None:
    try:
        return parse_toml(Source(source.path, text), allow_bom=True)
    except (SourceSyntaxError, SourceTooComplex):
        return None


def _family(document: TomlDocument | None) -> Family | None:
    backend = document.get("build-system", "build-backend") if document is not None else None
    provider = provider_of(backend) if isinstance(backend, str) else None
    return provider.family if provider else None


def as_toml_1_0(text: str) -> str:
    """A TOML 1.1 text in the syntax of 1.0, with the same values (TOML 1.1.0, change log); any other text as good as
    unchanged.

    New in 1.1: line breaks, comments and a last comma in inline tables; the escapes `\\e` and `\\xHH`; times without
    seconds.
    """
    return "".join(_older(text))


def _older(text: str) -> Iterator[str]:
    open_brackets: list[str] = []
    comma = False
    last = ""
    escapes = _compile(_ESCAPE, DOTALL)
    for match in _compile(_TOKEN, DOTALL).finditer(text):
        kind, token = match.lastgroup, match.group()
        inline = bool(open_brackets) and open_brackets[-1] == "{"
        blank = kind in ("break", "comment") or token.isspace()
        if comma and not blank:
            if token != "}":
                yield ","
            comma = False
        if kind == "comma" and inline and last != "{":
            comma = True
        elif kind in ("break", "comment") and inline:
            yield " "
        elif kind == "bracket":
            if token in "[{":
                open_brackets.append(token)
            elif open_brackets:
                open_brackets.pop()
            yield token
        elif kind == "basic" or (kind == "long" and token[0] == '"'):
            yield escapes.sub(lambda found: _escape(found["hex"], found["escape"], found.group()), token)
        elif kind == "time":
            yield f"{token}:00"
        else:
            yield token
        last = last if blank else token
    if comma:
        yield ","


def _escape(code: str | None, escape: str | None, whole: str) -> str:
    return f"\\u00{code}" if code else "\\u001b" if escape else whole
