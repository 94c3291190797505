"""Credentials that stand in an address, or in a `.netrc` for its host. Shows neither."""

import netrc
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from preflight.credentials.found import Found
from preflight.sources.tree import DiskTree

if TYPE_CHECKING:
    from preflight.credentials.machine import Machine


def split_user(address: Found) -> tuple[str, Found | None, Found | None]:
    """An address without its user, and the user name and password that stood in it."""
    try:
        parts = urlsplit(address.value)
        user, password = parts.username, parts.password
    except ValueError:
        return address.value, None, None
    if user is None and password is None:
        return address.value, None, None
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    where = f"the address in {address.where}"
    name = Found(unquote(user), where, "address") if user else None
    secret = Found(unquote(password), where, "address") if password is not None else None
    return bare, name, secret


def from_netrc(machine: "Machine", url: str) -> tuple[Found, Found] | None:
    """User and password of a `.netrc` for the host of an address. requests: utils.py, `get_netrc_auth`."""
    named = machine.filled("NETRC")
    path = Path(named.value) if named is not None else machine.home / ".netrc" if machine.home is not None else None
    if path is None or not DiskTree(path.parent).is_file(path.name):
        return None
    try:
        found = netrc.netrc(str(path)).authenticators(urlsplit(url).hostname or "")
    except (OSError, ValueError, netrc.NetrcParseError):
        return None
    if found is None or not found[2]:
        return None
    where = f"the entry for {urlsplit(url).hostname} of {machine.shown(path)}"
    return Found(found[0] or found[1] or "", where, "file"), Found(found[2], where, "file")
