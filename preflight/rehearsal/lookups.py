"""The address that each upload client finds under the name of an index, in the files and variables that it reads. Judges no address, and uses no credential."""

import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from preflight.credentials.pypirc import Pypirc, read_pypirc
from preflight.sources.ini import parse_ini
from preflight.sources.records import dataclass
from preflight.sources.text import MAX_TEXT_BYTES, Source, SourceSyntaxError, UnreadableText, decode
from preflight.sources.words import say

PYPI, TESTPYPI = "https://upload.pypi.org/legacy/", "https://test.pypi.org/legacy/"
_BUILT_IN = {"pypi": PYPI, "testpypi": TESTPYPI}


class Stopped(Exception):
    """The client stops before it uploads; the message says why."""


@dataclass(frozen=True)
class Lookup:
    """A name to be looked up: in a folder, in a file that the command names, and in what the home folder and the variables hold."""

    name: str
    folder: Path
    file: str | None
    environment: Mapping[str, str]

    @property
    def home(self) -> Path:
        """The home folder of whoever typed the command."""
        given = self.environment.get("HOME") or self.environment.get("USERPROFILE")
        return Path(given or "~")

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folder and those above it, in which clients look for the files of a project."""
        folder = Path(os.path.abspath(self.folder))
        return (folder, *folder.parents)

    def settings(self, *names: str) -> Iterator[Path]:
        """Where the settings of a user may lie, on any system."""
        home, known = self.home, self.environment
        bases = (
            Path(known.get("XDG_CONFIG_HOME") or home / ".config"),
            home / "Library" / "Application Support",
            Path(known.get("APPDATA") or home / "AppData" / "Roaming"),
            Path("/etc"),
        )
        return (base / name for base in bases for name in names)


def named_file(folder: Path, name: str) -> Path:
    """The file that a command names: in the folder, unless it is whole or begins with somebody's home."""
    try:
        return folder / Path(name).expanduser()
    except RuntimeError:  # nobody is called so
        return folder / name


def _pypirc(lookup: Lookup) -> tuple[Pypirc | None, str]:
    """The `.pypirc` that counts, None where there is none, and how it is called."""
    shown = lookup.file or "~/.pypirc"
    path = named_file(lookup.folder, lookup.file) if lookup.file else lookup.home / ".pypirc"
    try:
        with path.open("rb") as stream:
            text = decode(stream.read(MAX_TEXT_BYTES + 1))
        return read_pypirc(parse_ini(Source(shown, text))), shown
    except FileNotFoundError:
        return None, shown
    except OSError as error:
        raise Stopped(say("`{file}` cannot be read: {reason}", file=shown, reason=error.strerror or error)) from None
    except (UnreadableText, SourceSyntaxError) as error:
        raise Stopped(say("`{file}` cannot be read: {reason}", file=shown, reason=error.reason)) from None


def _twine(lookup: Lookup) -> str:
    """twine: utils.py, `get_config`."""
    pypirc, shown = _pypirc(lookup)
    if pypirc is not None and pypirc.duplicates:
        raise Stopped(say("`{file}` cannot be read: {reason}", file=shown, reason=pypirc.duplicates[0].reason))
    if pypirc is None:
        address = _BUILT_IN.get(lookup.name)
    else:
        repository = pypirc.repositories.get(lookup.name)
        address = repository.url if repository is not None else None
    if address is None:
        raise Stopped(_missing(lookup, shown))
    return address


def _missing(lookup: Lookup, shown: str) -> str:
    return say("there is no repository `{name}` in {file}", name=lookup.name, file=shown)


def _flit(lookup: Lookup) -> str:
    """flit: upload.py, `get_repositories`: without a list of servers there is `pypi` alone."""
    pypirc, shown = _pypirc(lookup)
    listed = {each.name for each in pypirc.index_servers} if pypirc is not None and pypirc.index_servers else {"pypi"}
    if lookup.name not in listed:
        raise Stopped(_missing(lookup, shown))
    return _written(pypirc, lookup.name) or PYPI


def _maturin(lookup: Lookup) -> str:
    """maturin: upload.rs, `complete_registry`: a section counts whether or not it is listed."""
    pypirc, shown = _pypirc(lookup)
    address = _written(pypirc, lookup.name) or _BUILT_IN.get(lookup.name)
    if address is None:
        raise Stopped(_missing(lookup, shown))
    return address


def _written(pypirc: Pypirc | None, name: str) -> str | None:
    section = pypirc.sections.get(name) if pypirc is not None else None
    found = section.options.get("repository") if section is not None else None
    return found.value if found is not None else None


def _toml(path: Path) -> dict[str, Any]:
    """The content of a file of settings; nothing where there is none that can be read."""
    try:
        with path.open("rb") as stream:
            return tomllib.loads(decode(stream.read(MAX_TEXT_BYTES + 1)))
    except (OSError, UnreadableText, tomllib.TOMLDecodeError, RecursionError):
        return {}


def _at(document: Mapping[str, Any], *keys: str) -> Any:
    found: Any = document
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _uv(lookup: Lookup) -> str:
    """uv: "Publishing your package": an index by its name needs `publish-url`; it may be in the project's settings or the user's."""
    named = lookup.file or lookup.environment.get("UV_CONFIG_FILE")
    own = [lookup.folder / named] if named else [folder / "uv.toml" for folder in lookup.folders]
    tables = [_at(_toml(folder / "pyproject.toml"), "tool", "uv", "index") for folder in lookup.folders]
    tables += [_at(_toml(path), "index") for path in (*own, *lookup.settings("uv/uv.toml"))]
    entries = [each for table in tables if isinstance(table, list) for each in table if isinstance(each, dict)]
    found = [each for each in entries if each.get("name") == lookup.name]
    addresses = [address for each in found if isinstance(address := each.get("publish-url"), str)]
    if addresses:
        return addresses[0]
    words = (
        "index `{name}` has no publish-url" if found else "no index `{name}` is defined in pyproject.toml or uv.toml"
    )
    raise Stopped(say(words, name=lookup.name))


def _poetry(lookup: Lookup) -> str:
    """poetry: publisher.py: every name has to be configured, also `pypi`."""
    variable = f"POETRY_REPOSITORIES_{lookup.name.upper().replace('-', '_')}_URL"
    if address := lookup.environment.get(variable):
        return address
    folder = lookup.environment.get("POETRY_CONFIG_DIR")
    users = [Path(folder) / "config.toml"] if folder else lookup.settings("pypoetry/config.toml")
    for path in (*(each / "poetry.toml" for each in lookup.folders), *users):
        address = _at(_toml(path), "repositories", lookup.name, "url")
        if isinstance(address, str):
            return address
    raise Stopped(say("repository `{name}` is not defined in poetry's configuration", name=lookup.name))


def _hatch(lookup: Lookup) -> str | None:
    """hatch: publish/index.py; other names are in the user's configuration, beside credentials."""
    return {"main": PYPI, "test": TESTPYPI}.get(lookup.name)


def _pdm(lookup: Lookup) -> str | None:
    """pdm: "Configuration", `repository`; other names are in the user's configuration, beside credentials."""
    for folder in lookup.folders:
        address = _at(_toml(folder / "pdm.toml"), "repository", lookup.name, "url")
        if isinstance(address, str):
            return address
    return _BUILT_IN.get(lookup.name)


LOOKUPS: Mapping[str, Callable[[Lookup], str | None]] = {
    "twine": _twine,
    "uv": _uv,
    "poetry": _poetry,
    "hatch": _hatch,
    "flit": _flit,
    "pdm": _pdm,
    "maturin": _maturin,
}
"""Client -> the address under a name; None where it is not looked up. Raises Stopped where the client finds none."""
