"""Where `flit publish` looks for its credential. flit: upload.py, `get_repository`, as of 4.2."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.credentials.clients.pypirc_sections import sections, unreadable, value
from preflight.credentials.found import Found, first, others
from preflight.credentials.pypirc import TOKEN_USERNAME
from preflight.credentials.uses import PYPI, Outcome, ProjectSettings, Use, without

if TYPE_CHECKING:
    from preflight.credentials.machine import Machine

COMMAND = "flit publish"


def uses(machine: "Machine", settings: ProjectSettings) -> Iterator[Use]:
    """An address in FLIT_INDEX_URL goes without `~/.pypirc`; a repository of another name has to be listed there."""
    reason = unreadable(machine)
    if reason:
        yield Use("flit", COMMAND, PYPI, Outcome.STOPS, reason=reason)
        return
    address = machine.variable("FLIT_INDEX_URL")
    listed = _listed(machine)
    if address is not None:
        yield _resolved(machine, settings, COMMAND, address.value, None, address)
        return
    yield _resolved(machine, settings, COMMAND, _url(machine, "pypi"), "pypi" if "pypi" in listed else None, None)
    for name in listed:
        if name != "pypi":
            command = f"{COMMAND} --repository {name}"
            yield _resolved(machine, settings, command, _url(machine, name), name, None, is_default=False)


def _listed(machine: "Machine") -> tuple[str, ...]:
    """flit looks for `pypi` alone where `index-servers` is not given."""
    file = machine.pypirc
    if file is None or file.pypirc is None or file.pypirc.index_servers is None:
        return ("pypi",)
    return tuple(dict.fromkeys(entry.name for entry in file.pypirc.index_servers))


def _option(machine: "Machine", section: str | None, name: str) -> Found | None:
    found = sections(machine).get(section) if section is not None else None
    return value(found.name, found.get(name)) if found is not None else None


def _url(machine: "Machine", name: str) -> str:
    found = _option(machine, name, "repository") if name in _listed(machine) else None
    url = found.value if found is not None else PYPI
    return f"https{url[4:]}" if url.startswith(("http://upload.pypi.org/", "http://pypi.python.org/")) else url


def _resolved(
    machine: "Machine",
    settings: ProjectSettings,
    command: str,
    url: str,
    section: str | None,
    chosen: Found | None,
    *,
    is_default: bool = True,
) -> Use:
    """A variable that is set wins even when it is empty, and then the keyring is next; without a user name flit stops before it looks for a password."""
    stored_user, stored = _option(machine, section, "username"), _option(machine, section, "password")
    username = first(machine.variable("FLIT_USERNAME"), stored_user)
    password = first(machine.variable("FLIT_PASSWORD"), stored)
    used = password if password is not None and password.value else None
    if username is None or not username.value:
        outcome = Outcome.ASKS
        reason = "no user name is set, which flit asks for first" if used is not None else ""
        return Use("flit", command, url, outcome, None, used, chosen, is_default, reason=reason)
    if used is None:
        username, used = _kept(machine, settings, url, username)
    outcome = Outcome.CREDENTIAL if used is not None else without(machine, url, trusted=False)
    return Use("flit", command, url, outcome, username, used, chosen, is_default, others(used, (stored,)))


def _kept(machine: "Machine", settings: ProjectSettings, url: str, username: Found) -> tuple[Found, Found | None]:
    """flit: upload.py, `find_token` and `get_password`."""
    names = [re.sub(r"[-_.]+", "-", name).lower() for name in settings.names[:1]]
    for user in (*(f"pypi_token:project:{name}" for name in names), f"pypi_token:user:{username.value}"):
        kept = machine.kept(url, user)
        if kept is not None:
            return Found(TOKEN_USERNAME, kept[1].where, "keyring"), kept[1]
    kept = machine.kept(url, username.value)
    return username, kept[1] if kept is not None else None
