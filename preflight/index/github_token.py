"""The token for GitHub's API, from the environment or from the command `gh`. It never leaves this room but in one request header."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from urllib.parse import urlsplit

from preflight.index.endpoints import VARIABLES
from preflight.index.gh_command import ask_gh, find_gh
from preflight.index.routes import is_loopback
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

TIMEOUT_SECONDS = 3.0

_VARIABLES = ("GH_TOKEN", "GITHUB_TOKEN")
_ENTERPRISE_VARIABLES = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
_SERVERS = ("GITHUB_SERVER_URL", "GITHUB_API_URL", VARIABLES["github"])
"""The variables that name the server whose jobs, or whose user, the environment is of."""

_SENDABLE = _compile(r"[\x21-\x7e]{1,4096}")
"""What may stand in a header. Anything else would be quoted in the error of whoever refuses to send it."""


@dataclass(frozen=True, slots=True)
class GitHubToken:
    """A token and where it comes from. The value is no part of the representation."""

    value: str = field(repr=False)
    source: str


def find_token(environment: Mapping[str, str], host: str, project: Path | None) -> GitHubToken | None:
    """The token for a host: of the variables that `gh` reads too, then of `gh auth token`. None where there is none.

    GH_TOKEN and GITHUB_TOKEN are for github.com and the subdomains of ghe.com, and on a runner for the server that started it: a host that merely
    stands in an address gets neither. Those for enterprise servers are for no other host (`gh help environment`). `project` is the folder that is
    checked: nothing in it is run.
    """
    first = _ENTERPRISE_VARIABLES if _is_enterprise(host) else ()
    more = _VARIABLES if not _is_enterprise(host) or _is_served(environment, host) else ()
    for name in (*first, *more):
        value = environment.get(name, "").strip()
        if value:
            return GitHubToken(value, name) if _SENDABLE.fullmatch(value) else None
    return _from_gh(environment, host, project)


def variable_for(host: str) -> str:
    """The variable that `gh` and `find_token` read first for a host, on whatever machine."""
    return _ENTERPRISE_VARIABLES[0] if _is_enterprise(host) else _VARIABLES[0]


def _is_enterprise(host: str) -> bool:
    """Whether a host is a server of somebody's own: neither github.com nor one that GitHub runs for a company (`gh help environment`)."""
    name = _host_name(f"//{host}")
    return name != "github.com" and not name.endswith(".ghe.com")


def _is_served(environment: Mapping[str, str], host: str) -> bool:
    """Whether the tokens for GitHub itself are for this server as well. What is sent to this very machine is shown to nobody."""
    name = _host_name(f"//{host}")
    if is_loopback(name):
        return True
    return any(_host_name(environment.get(each, "")) == name for each in _SERVERS)


def _host_name(address: str) -> str:
    try:
        return urlsplit(address.strip()).hostname or ""
    except ValueError:
        return ""


def _from_gh(environment: Mapping[str, str], host: str, project: Path | None) -> GitHubToken | None:
    program = find_gh(environment, project)
    answer = ask_gh(program, ("auth", "token", "--hostname", host), environment, TIMEOUT_SECONDS) if program else None
    value = (answer or b"").decode("ascii", errors="replace").strip()
    return GitHubToken(value, "gh auth token") if _SENDABLE.fullmatch(value) else None
