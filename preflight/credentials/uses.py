"""Which credential an upload client would use for an index, and which ones it passes over. Judges none of them."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from preflight.credentials.found import Found
from preflight.credentials.pypirc import DEFAULT_URL, TEST_URL, Index, index_of_url
from preflight.sources.records import dataclass
from preflight.sources.tree import Files, join

if TYPE_CHECKING:
    from preflight.credentials.machine import Machine, TomlFile

PYPI, TESTPYPI = DEFAULT_URL, TEST_URL


class Outcome(StrEnum):
    """What a client that is started now does about its credential."""

    CREDENTIAL = "credential"
    """It sends one, perhaps an empty one."""
    TRUSTED_PUBLISHING = "trusted-publishing"
    """It finds none, and the platform offers an identity token."""
    ASKS = "asks"
    """It finds none and asks; where nobody can answer it stops."""
    STOPS = "stops"
    """It refuses what it finds, and `reason` says why."""


@dataclass(frozen=True)
class Use:
    """One upload command and the credential that it would use. `passed_over` are passwords that are set for it and lose."""

    client: str
    command: str
    url: str
    outcome: Outcome
    username: Found | None = None
    password: Found | None = None
    chosen_by: Found | None = None
    """What names the index; None where it is the client's default, or an option of the command."""
    is_default: bool = True
    """Whether it is the bare command, without an option that names an index."""
    passed_over: tuple[Found, ...] = ()
    reason: str = ""
    unknown_name: str = ""
    """The name of a repository that the client cannot find, where that is why it stops."""
    folder: str = ""

    @cached_property
    def index(self) -> Index | None:
        """PyPI or TestPyPI; None for any other index."""
        return index_of_url(self.url)

    @property
    def host(self) -> str:
        """The host of the address, which is all of it that is shown: without a scheme, all that follows on a user and a password."""
        from urllib.parse import urlsplit

        try:
            return urlsplit(self.url).hostname or without_user(self.url).partition("://")[0]
        except ValueError:
            return "another index"


@dataclass(frozen=True)
class ProjectSettings:
    """The files of one project that clients read."""

    folder: str
    files: Files
    names: tuple[str, ...] = ()

    def toml(self, name: str) -> "TomlFile | None":
        """A TOML file of the project."""
        from preflight.credentials.machine import project_toml

        return project_toml(self.files, join(self.folder, name))


ClientReader = Callable[["Machine", ProjectSettings], Iterator[Use]]


def without_user(name: str) -> str:
    """The name of a repository as it may be shown: a client takes an address for one too, and a user and a password may stand in that."""
    return name.rpartition("@")[2]


def without(machine: "Machine", url: str, *, trusted: bool) -> Outcome:
    """What happens where no credential is found."""
    index = index_of_url(url)
    if trusted and index is not None and machine.offers_identity(index):
        return Outcome.TRUSTED_PUBLISHING
    return Outcome.ASKS


def broken(*files: "TomlFile | None") -> str:
    """Why a client stops at its configuration; empty where it does not."""
    found = next((each for each in files if each is not None and each.document is None), None)
    return f"{found.shown} is no valid TOML" if found is not None else ""
