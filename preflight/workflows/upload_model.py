"""An upload as a workflow states it: where to, as whom, with which files. Says nothing of whether PyPI accepts it."""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from types import MappingProxyType
from urllib.parse import urlsplit

from preflight.sources.records import dataclass
from preflight.sources.words import say
from preflight.workflows.shell import Command
from preflight.workflows.values import (
    ALWAYS,
    Condition,
    Expression,
    Literal,
    Lookup,
    Resolved,
    Value,
    Variable,
    text,
)

PYPI = "https://upload.pypi.org/legacy/"
TESTPYPI = "https://test.pypi.org/legacy/"
TOKEN_USERNAME = "__token__"
_NO_NAMES: Mapping[str, str] = MappingProxyType({})


class Origin(Enum):
    """Where a setting comes from."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    INPUT = "input"
    STEP = "step"
    """A command before it: `poetry config`, a `.pypirc` that a step writes."""
    CLIENT = "client"
    """What the client does by itself."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A value with its origin; `name` is the flag, variable, input or command that holds it.

    The value may be a credential, so it is no part of the representation.
    """

    value: Value = field(repr=False)
    origin: Origin
    name: str

    @property
    def described(self) -> str:
        """Where the value comes from, in words that never show a text written into the workflow."""
        if self.value.secrets:
            return say(", ").join(say("secret `{name}`", name=name) for name in self.value.secrets)
        for piece in self.value.pieces:
            if isinstance(piece, Variable):
                return say("variable `{name}`", name=piece.name)
            if isinstance(piece, Expression):
                return f"`${{{{ {piece.source} }}}}`"
        return say("a text in `{name}`", name=self.name) if self.value.literal else f"`{self.name}`"

    def resolve(self, lookup: Lookup) -> Resolved:
        return self.value.resolve(lookup)


class Trust(Enum):
    """When a client uses trusted publishing."""

    NEVER = "never"
    WITHOUT_CREDENTIALS = "without credentials"
    """Tries it where it finds no credentials, and otherwise asks for them."""
    UNLESS_PASSWORD = "unless password"
    """Takes it for granted when no password is given, and fails where it is not possible (the publish action)."""
    FIRST = "first"
    """Tries it before the user name and password it was given."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class TrustedPublishing:
    use: Trust
    since: str | None = None
    """The first release of the client that can do it."""
    only_pypi: bool = False
    """Whether the client offers it for PyPI and TestPyPI alone."""
    empty_counts_as_absent: bool = False
    """Whether an empty password (a secret that is not there) leads to trusted publishing too."""
    setting: Setting | None = None
    """The flag that decides it."""


NO_TRUSTED_PUBLISHING = TrustedPublishing(Trust.NEVER)


class Attestations(Enum):
    """Which attestations (PEP 740) go along with the files."""

    NONE = "none"
    IF_PRESENT = "if present"
    """Those that lie beside the files (uv)."""
    REQUIRED = "required"
    """Those beside the files, one at least for each (`twine upload --attestations`)."""
    MADE = "made"
    """The upload itself signs the files (the publish action)."""


@dataclass(frozen=True, slots=True)
class IndexChoice:
    """Which index an upload goes to: by URL, or by a name that the client or a configuration knows.

    A URL wins over a name. With neither it is `default`.
    """

    url: Setting | None = None
    name: Setting | None = None
    default: str = PYPI
    names: Mapping[str, str] = field(default_factory=lambda: _NO_NAMES)
    """The names that are known here, with their URLs: those of the client, and those that steps configured."""
    takes_url: bool = False
    """Whether the client takes a URL where it takes a name."""

    @property
    def setting(self) -> Setting | None:
        """What selects the index; None when it is the client's default."""
        return self.url or self.name

    def address(self, lookup: Lookup) -> str | None:
        """The URL of the upload endpoint as written; None when it cannot be told from the workflow alone."""
        if self.url is not None:
            url = self.url.resolve(lookup)
            if isinstance(url, str) and url.strip():
                return url.strip()
            if url != "":
                return None
        if self.name is not None:
            name = self.name.resolve(lookup)
            if not isinstance(name, str):
                return None
            if name:
                return name if self.takes_url and "://" in name else self.names.get(name)
        return self.default

    def unresolved_name(self, lookup: Lookup) -> str | None:
        """The name whose URL only a configuration outside the workflow can tell (`[[tool.uv.index]]`, `.pypirc`)."""
        if self.address(lookup) is not None or self.name is None:
            return None
        name = self.name.resolve(lookup)
        return name if isinstance(name, str) else None


def index_of(url: str) -> str:
    """What the plan calls an upload URL: `pypi`, `testpypi`, or the URL itself."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return url
    return {"upload.pypi.org": "pypi", "test.pypi.org": "testpypi"}.get(host or "", url)


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload that a command or an action makes."""

    client: str
    subcommand: str
    index: IndexChoice
    trusted: TrustedPublishing
    username: Setting | None = None
    password: Setting | None = None
    token: Setting | None = None
    files: tuple[Value, ...] = ()
    """Files and patterns as given or as the client defaults to; empty when the client uploads what it builds."""
    builds: bool = False
    sends_files: bool = True
    """False for a command that only registers the project."""
    skip_existing: Setting | None = None
    dry_run: Setting | None = None
    verbose: Setting | None = None
    attestations: Attestations = Attestations.NONE
    attestations_setting: Setting | None = None
    check_url: Setting | None = None
    config_file: Setting | None = None
    verify_metadata: Setting | None = None
    print_hash: Setting | None = None
    requirement: str | None = None
    """The version of the client, where the command names one (`uvx twine@6.1.0`)."""
    via: tuple[str, ...] = ()
    unread: tuple[Value, ...] = ()
    """Words that may hold further options, and options that the client does not have."""
    other_credentials: tuple[str, ...] = ()
    """Places that may hold credentials nobody can see from here: a keyring, a `.pypirc` written from a secret."""
    minted: bool = False
    """Whether the script exchanges an identity token for an upload token by hand."""
    guard: Condition = ALWAYS
    directory: Value | None = None
    command: Command | None = None
    start: int = 0
    end: int = 0

    def pretends(self, lookup: Lookup) -> bool | None:
        """Whether nothing is sent (`--dry-run`); None when that depends on something unknown."""
        return is_true(self.dry_run, lookup)

    def authentication(self, lookup: Lookup, *, id_token: bool | None = None) -> str:
        """`trusted-publishing`, `token`, `password`, `none` or `unknown`, given whether the job may get an id token."""
        trusted = self.trusted
        if trusted.use is Trust.ALWAYS:
            return "trusted-publishing"
        given = self._given(lookup)
        if trusted.use is Trust.FIRST and id_token is not False and self._presence(self.token, lookup) == "absent":
            return "trusted-publishing" if id_token or given is None else "unknown"
        if given is not None:
            return given
        if self.minted:
            return "trusted-publishing"
        if self.other_credentials:
            return "unknown"
        if trusted.use is Trust.NEVER or (id_token is False and trusted.use is not Trust.UNLESS_PASSWORD):
            return "none"
        if trusted.only_pypi:
            address = self.index.address(lookup)
            if address is None:
                return "unknown"
            if index_of(address) not in ("pypi", "testpypi"):
                return "none"
        return "trusted-publishing"

    def attests(self, lookup: Lookup, *, id_token: bool | None = None) -> bool | None:
        """Whether attestations go along; None where that depends on files or on something unknown."""
        if self.attestations is Attestations.NONE:
            return False
        if self.attestations is not Attestations.MADE:
            return True if self.attestations is Attestations.REQUIRED else None
        # gh-action-pypi-publish: twine-upload.sh: dropped with a password, and for any other index.
        authentication, address = self.authentication(lookup, id_token=id_token), self.index.address(lookup)
        if authentication not in ("trusted-publishing", "unknown") or (
            address is not None and "pypi.org" not in address
        ):
            return False
        on = True if self.attestations_setting is None else is_true(self.attestations_setting, lookup)
        return on if authentication == "trusted-publishing" and address is not None else on and None

    def _given(self, lookup: Lookup) -> str | None:
        """What the credentials that are given amount to; None when none are."""
        for setting in (self.token, self.password):
            presence = self._presence(setting, lookup)
            if presence == "absent" or setting is None:
                continue
            if presence != "given":
                return "trusted-publishing" if self.minted and presence == "unknown" else presence
            if setting is self.token or setting.value.prefix.startswith("pypi-"):
                return "token"
            return self._kind_of_password(lookup)
        return None

    def _kind_of_password(self, lookup: Lookup) -> str:
        username = None if self.username is None else self.username.resolve(lookup)
        if username == TOKEN_USERNAME:
            return "token"
        if username is None and self.username is not None and not self.username.value.secrets:
            return "unknown"
        return "password"

    def _presence(self, setting: Setting | None, lookup: Lookup) -> str:
        """Whether a credential is `given`, `absent` or `unknown`; `none` when an empty one stands in the way."""
        if setting is None:
            return "absent"
        value = setting.resolve(lookup)
        if value == "":
            absent = self.trusted.empty_counts_as_absent or self.trusted.use is Trust.NEVER
            return "absent" if absent else "none"
        if value is None:
            # A secret that is named without any condition is taken as set.
            sources = [piece.source for piece in setting.value.pieces if isinstance(piece, Expression)]
            return "given" if len(setting.value.pieces) == 1 and sources and _is_plain_secret(sources[0]) else "unknown"
        return "given"


def _is_plain_secret(source: str) -> bool:
    return source.lower().startswith("secrets.") and source[8:].replace("_", "").replace("-", "").isalnum()


def is_true(setting: Setting | None, lookup: Lookup) -> bool | None:
    """Whether a switch is on: given as a flag, or with a text other than those that mean no."""
    if setting is None:
        return False
    value = setting.resolve(lookup)
    if not isinstance(value, str):
        return None
    return value.strip().lower() not in ("", "false", "0", "no", "off")


def switch(origin: Origin, name: str, *, on: bool = True) -> Setting:
    """A switch that stands without a value."""
    return Setting(text("true" if on else "false"), origin, name)


def by_default(value: str) -> Setting:
    """What the client does by itself."""
    return Setting(Value((Literal(value),), value), Origin.CLIENT, "default")


@dataclass(frozen=True, slots=True)
class Configured:
    """What a command before the upload sets: a repository's URL, a token, a user name or a password.

    `client` is the tool whose configuration it is, or `.pypirc`; `name` the repository's name there.
    """

    client: str
    kind: str
    name: str
    setting: Setting


def configured_value(configured: "tuple[Configured, ...]", client: str, kind: str, name: str) -> Setting | None:
    """The last such setting."""
    for entry in reversed(configured):
        if (entry.client, entry.kind, entry.name) == (client, kind, name):
            return entry.setting
    return None


def configured_names(configured: "tuple[Configured, ...]", client: str) -> dict[str, str]:
    """The repositories that steps configured, where their URL is plain."""
    return {
        entry.name: literal
        for entry in configured
        if entry.client == client and entry.kind == "url" and (literal := entry.setting.value.literal)
    }
