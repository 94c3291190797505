"""A `.pypirc` as upload clients read it: its repositories, and where their credentials stand. Prints nothing.

The reading is twine's (6 and 7: `twine/utils.py`, `get_config` and `get_repository_from_config`; the packaging guide's
"The .pypirc file"). Other clients read the same file otherwise:

- flit looks for `pypi` only where `index-servers` is not given, takes PyPI's address for every listed section without
  one, and knows neither `[server-login]` nor certificates (`flit/upload.py`).
- hatch takes any section of the name, listed or not, else one whose `repository` is the address; it asks the file only
  for a user that nothing else gives, and reads it with interpolation, so that a lone `%` in a value is an error
  (`hatch/publish/auth.py`).
- maturin takes any section, listed or not, and needs both user and password in it (`src/upload.rs`).
- poetry, pdm and uv do not read it.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from preflight.sources.ini import IniDocument, IniProblem, IniSection, IniValue
from preflight.sources.records import dataclass
from preflight.sources.text import Place

DEFAULT_URL = "https://upload.pypi.org/legacy/"
TEST_URL = "https://test.pypi.org/legacy/"

TOKEN_USERNAME = "__token__"

_ALWAYS_HTTPS = frozenset({"pypi.python.org", "testpypi.python.org", "upload.pypi.org", "test.pypi.org"})
Index = Literal["pypi", "testpypi"]
_INDEX_OF_HOST: dict[str, Index] = {"upload.pypi.org": "pypi", "test.pypi.org": "testpypi"}


class Absence(StrEnum):
    """Why twine says that the section of a repository is missing."""

    NO_SECTION = "no-section"
    """There is no such section, listed or not."""
    UNLISTED = "unlisted"
    """The section is there, but `index-servers` does not name it, so it is not read."""
    EMPTY = "empty"
    """The section is there and listed, but holds nothing that twine reads."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository that twine finds under its name. Every value knows its place, and shows itself nowhere."""

    name: str
    repository: IniValue | None
    """The address as written; None where twine has its own, or none at all."""
    username: IniValue | None
    password: IniValue | None
    ca_cert: IniValue | None
    client_cert: IniValue | None
    section: IniSection | None
    """Its own section, which twine reads only where the name is listed."""
    listed_at: Place | None
    """The name in `index-servers`; None where nothing lists it, or the list is twine's own."""

    @property
    def url(self) -> str | None:
        """Where twine sends to. None is a crash of twine: a listed section without `repository` that has no default."""
        if self.repository is not None:
            return effective_url(self.repository.value)
        return {"pypi": DEFAULT_URL, "testpypi": TEST_URL}.get(self.name)

    @property
    def index(self) -> Index | None:
        """Which index it is, by the host of its address."""
        return index_of_url(self.url or "")

    @property
    def twine_username(self) -> str | None:
        """The user that twine sends unless told otherwise; None where it asks the keyring or the person.

        On PyPI and TestPyPI twine has taken no user from this file since 5.0 (`twine/auth.py`, `Resolver.username`);
        other clients still do.
        """
        if (self.url or "").startswith((DEFAULT_URL, TEST_URL)):
            return TOKEN_USERNAME
        return self.username.value if self.username else None


@dataclass(frozen=True, slots=True)
class ListedName:
    """A name in `index-servers`, and where it stands there."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Pypirc:
    """A `.pypirc` as twine reads it."""

    repositories: Mapping[str, Repository]
    """What `--repository NAME` finds. `pypi` is always there."""
    index_servers: tuple[ListedName, ...] | None
    """The names that the file lists; None where it lists none, and twine takes `pypi` and `testpypi`."""
    missing: tuple[ListedName, ...]
    """Listed names that twine does not find all the same."""
    unlisted: tuple[IniSection, ...]
    """Sections that look like a repository's, but are not read because nothing lists them."""
    server_login: IniSection | None
    """The oldest form: one user and password for every repository that has none of its own."""
    duplicates: tuple[IniProblem, ...]
    """What is written twice: with any of these twine calls the whole file malformed and stops."""
    sections: Mapping[str, IniSection]

    def absence(self, name: str) -> Absence | None:
        """Why twine does not find a repository; None where it does."""
        if name in self.repositories:
            return None
        if name not in self.sections:
            return Absence.NO_SECTION
        listed = {"pypi", "testpypi"} if self.index_servers is None else {entry.name for entry in self.index_servers}
        return Absence.EMPTY if name in listed else Absence.UNLISTED


def read_pypirc(document: IniDocument) -> Pypirc:
    """Read an INI document as twine reads `.pypirc`."""
    listed = _index_servers(document)
    names = ["pypi", "testpypi"] if listed is None else [entry.name for entry in listed]
    places = {entry.name: entry.place for entry in listed or ()}
    repositories = {}
    for name in dict.fromkeys(["pypi", *names]):
        repository = _repository(document, name, listed=name in names, listed_at=places.get(name))
        if repository is not None:
            repositories[name] = repository
    return Pypirc(
        repositories=repositories,
        index_servers=listed,
        missing=tuple(entry for entry in listed or () if entry.name not in repositories),
        unlisted=tuple(
            section
            for name, section in document.sections.items()
            if name not in names and name not in ("distutils", "server-login") and _looks_like_repository(section)
        ),
        server_login=document.sections.get("server-login"),
        duplicates=document.problems,
        sections=document.sections,
    )


def effective_url(url: str) -> str:
    """The address that twine sends to: the hosts of PyPI always by https. twine: `normalize_repository_url`."""
    from urllib.parse import urlparse, urlunparse

    try:
        parts = urlparse(url)
    except ValueError:
        return url
    return urlunparse(("https", *parts[1:]) if parts.netloc in _ALWAYS_HTTPS else parts)


def index_of_url(url: str) -> Index | None:
    """Which index takes uploads at an address, by its host; None where it is neither PyPI nor TestPyPI."""
    return _INDEX_OF_HOST.get(_host(url))


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


_OPTIONS = ("username", "repository", "password", "ca_cert", "client_cert")


def _looks_like_repository(section: IniSection) -> bool:
    return any(name in section.options for name in _OPTIONS)


def _index_servers(document: IniDocument) -> tuple[ListedName, ...] | None:
    value = document.get("distutils", "index-servers")
    if value is None:
        return None
    return tuple(
        ListedName(match[0], Place(place.source, place.start + match.start(), place.start + match.end()))
        for line, place in zip(value.value.split("\n"), value.line_places, strict=True)
        for match in re.finditer(r"\S+", line)
    )


def _repository(document: IniDocument, name: str, *, listed: bool, listed_at: Place | None) -> Repository | None:
    """The repository, or None where twine finds none: it has to be listed and to set something, or be twine's own."""
    own = {option: document.get(name, option) if listed else None for option in _OPTIONS}
    if name not in ("pypi", "testpypi") and not any(own.values()):
        return None
    return Repository(
        name=name,
        repository=own["repository"],
        username=own["username"] or document.get("server-login", "username"),
        password=own["password"] or document.get("server-login", "password"),
        ca_cert=own["ca_cert"],
        client_cert=own["client_cert"],
        section=document.sections.get(name),
        listed_at=listed_at,
    )
