"""This machine as upload clients see it: its environment variables, the files in the home folder, its keyring. Read only where that was asked for."""

import os
import sys
from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path

from preflight.credentials.found import Found
from preflight.credentials.keyrings import Keyring, open_keyring
from preflight.credentials.pypirc import read_pypirc
from preflight.credentials.pypirc_files import PypircFile, readable_mode
from preflight.sources.ini import parse_ini
from preflight.sources.records import dataclass
from preflight.sources.text import Source, SourceSyntaxError, SourceTooComplex, UnreadableText, decode
from preflight.sources.toml import TomlDocument, parse_toml
from preflight.sources.tree import DiskTree, Files, MissingFile, UnreadableFile
from preflight.sources.words import say

_SHORTEST_SECRET = 8
"""Characters below which a password is not looked for in other texts: it would hide common words."""


@dataclass(frozen=True)
class TomlFile:
    """A configuration file of a client. `document` is None where it is there and cannot be read, which stops the client."""

    document: TomlDocument | None
    shown: str
    is_ours: bool = False
    """Whether it belongs to the checked project, so that a finding can point into it."""

    def text(self, *path: str) -> Found | None:
        """The text at a path of keys, with its place."""
        value = self.document.get(*path) if self.document is not None else None
        if not isinstance(value, str) or self.document is None:
            return None
        place = self.document.place(*path)
        words = say("`{key}` of {file} (line {line})", key=".".join(path), file=self.shown, line=place.line)
        return Found(value, words, "file", place if self.is_ours else None)

    def table(self, *path: str) -> Mapping[str, object]:
        """The table at a path of keys; empty where there is none."""
        value = self.document.get(*path) if self.document is not None else None
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Machine:
    """What a client that is started here and now can see. Shows none of it by itself."""

    variables: Mapping[str, str] = field(repr=False)
    home: Path | None = None
    system: str = "linux"
    """As in `sys.platform`."""
    keyring: Keyring | None = field(default=None, repr=False)
    keyring_asked: bool = False

    def variable(self, name: str) -> Found | None:
        """A variable of the environment, even an empty one."""
        value = self.variables.get(name)
        return None if value is None else Found(value, f"the variable `{name}`", "variable", name=name)

    def filled(self, name: str) -> Found | None:
        """A variable that is not empty."""
        return self.variable(name) if self.variables.get(name) else None

    def kept(self, service: str, username: str | None) -> tuple[Found, Found] | None:
        """User and password that the keyring keeps for a service; None where it has not been asked."""
        pair = self.keyring.find(service, username) if self.keyring is not None else None
        if pair is None:
            return None
        words = f"the keyring's entry for {service}"
        return Found(pair[0], words, "keyring"), Found(pair[1], words, "keyring")

    @property
    def is_ci(self) -> bool:
        """Whether nobody can answer a question here."""
        return self.variables.get("CI", "").lower() in ("1", "true", "yes") or "GITHUB_ACTIONS" in self.variables

    def offers_identity(self, index: str | None) -> bool:
        """Whether the platform gives out identity tokens for trusted publishing here.

        GitHub: "OpenID Connect reference"; GitLab by a variable for the audience (the package `id`, `detect_gitlab`).
        """
        if "GITHUB_ACTIONS" in self.variables:
            return "ACTIONS_ID_TOKEN_REQUEST_TOKEN" in self.variables
        return index is not None and "GITLAB_CI" in self.variables and f"{index.upper()}_ID_TOKEN" in self.variables

    def settings_folder(self, application: str, *, author: str = "", roaming: bool = False) -> Path | None:
        """Where an application keeps its settings. platformdirs: `user_config_dir` of unix.py, macos.py and windows.py."""
        if self.system == "win32":
            base = self.variables.get("APPDATA" if roaming else "LOCALAPPDATA")
            return Path(base, author, application) if base else None
        if self.system == "darwin":
            return self.home / "Library/Application Support" / application if self.home else None
        return self._below("XDG_CONFIG_HOME", ".config", application)

    def settings_toml(self, variable: str, application: str, *, author: str = "") -> "TomlFile | None":
        """The `config.toml` of an application, or the file that a variable names in its place; None where there is none."""
        named = self.filled(variable)
        if named is not None:
            return self.toml(Path(named.value))
        folder = self.settings_folder(application, author=author)
        return self.toml(folder / "config.toml") if folder is not None else None

    def cache_folder(self, application: str) -> Path | None:
        """Where an application keeps its cache. platformdirs: `user_cache_dir`."""
        if self.system == "win32":
            base = self.variables.get("LOCALAPPDATA")
            return Path(base, application, "Cache") if base else None
        if self.system == "darwin":
            return self.home / "Library/Caches" / application if self.home else None
        return self._below("XDG_CACHE_HOME", ".cache", application)

    def data_folder(self, application: str, name: str) -> Path | None:
        """A folder of an application's data. uv: "Storage"; etcetera, `choose_base_strategy`: the same on macOS as on Linux."""
        if self.system == "win32":
            base = self.variables.get("APPDATA")
            return Path(base, application, "data", name) if base else None
        folder = self._below("XDG_DATA_HOME", ".local/share", application)
        return folder / name if folder is not None else None

    def _below(self, variable: str, default: str, application: str) -> Path | None:
        base = self.variables.get(variable, "").strip()
        if base:
            return Path(base, application)
        return self.home / default / application if self.home else None

    def shown(self, path: Path) -> str:
        """A path for people: `~` for the home folder."""
        if self.home is not None and path.is_relative_to(self.home):
            return f"~/{path.relative_to(self.home).as_posix()}"
        return path.as_posix()

    def read(self, path: Path) -> Source | None:
        """The text of a file; None where there is none that can be read."""
        try:
            return Source(self.shown(path), decode(DiskTree(path.parent).read(path.name)))
        except (MissingFile, UnreadableFile, UnreadableText):
            return None

    def toml(self, path: Path | None) -> TomlFile | None:
        """A TOML file of the user; None where there is none."""
        source = self.read(path) if path is not None else None
        return None if source is None else TomlFile(_parsed(source), source.path)

    @cached_property
    def pypirc(self) -> PypircFile | None:
        """The `.pypirc` of the home folder, which is where clients look for it."""
        if self.home is None:
            return None
        path = self.home / ".pypirc"
        source = self.read(path)
        if source is None:
            return None
        mode = readable_mode(path)
        try:
            return PypircFile(source, read_pypirc(parse_ini(source)), None, mode)
        except SourceSyntaxError as error:
            return PypircFile(source, None, error, mode)

    def secrets(self) -> list[str]:
        """The values of this machine's credentials as far as they are known without asking for more, the longest first."""
        from preflight.credentials.client_variables import holds_credential

        values = {value for name, value in self.variables.items() if holds_credential(name)}
        if self.pypirc is not None and self.pypirc.pypirc is not None:
            values |= {each.password.value for each in self.pypirc.pypirc.repositories.values() if each.password}
        lines = {line.strip() for value in values for line in value.splitlines()}
        return sorted((each for each in values | lines if len(each) >= _SHORTEST_SECRET), key=len, reverse=True)


def _parsed(source: Source) -> TomlDocument | None:
    try:
        return parse_toml(source, allow_bom=True)
    except (SourceSyntaxError, SourceTooComplex):
        return None


def project_toml(files: Files, path: str) -> TomlFile | None:
    """A TOML file of the checked project; None where there is none."""
    source = files.find(path)
    return None if source is None else TomlFile(_parsed(source), path, is_ours=True)


def this_machine(*, keyring: bool) -> Machine:
    """The machine that preflight runs on. Its keyring is opened only where that is asked for."""
    try:
        home: Path | None = Path.home()
    except RuntimeError:
        home = None
    return Machine(dict(os.environ), home, sys.platform, open_keyring() if keyring else None, keyring)
