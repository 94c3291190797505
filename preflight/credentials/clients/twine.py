"""Where `twine upload` looks for its credential. twine: settings.py, auth.py and utils.py, as of 7.0."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.credentials.clients.pypirc_sections import unreadable, value
from preflight.credentials.found import Found, by_client, first, others
from preflight.credentials.pypirc import TOKEN_USERNAME, effective_url
from preflight.credentials.uses import PYPI, TESTPYPI, Outcome, ProjectSettings, Use, without, without_user

if TYPE_CHECKING:
    from preflight.credentials.machine import Machine
    from preflight.credentials.pypirc import Pypirc

COMMAND = "twine upload"
_NAMED = {"pypi": PYPI, "testpypi": TESTPYPI}


def uses(machine: "Machine", settings: ProjectSettings) -> Iterator[Use]:
    """An address in TWINE_REPOSITORY_URL goes before every name; otherwise the name is looked up in `~/.pypirc`."""
    address = machine.filled("TWINE_REPOSITORY_URL")
    if address is not None:
        yield _at_address(machine, address)
        return
    chosen = machine.variable("TWINE_REPOSITORY")
    default = chosen.value if chosen is not None else "pypi"
    reason = unreadable(machine)
    if reason or not default:
        reason = reason or "TWINE_REPOSITORY is empty"
        yield Use("twine", COMMAND, _NAMED.get(default, default), Outcome.STOPS, chosen_by=chosen, reason=reason)
        return
    pypirc = machine.pypirc.pypirc if machine.pypirc is not None else None
    names = dict.fromkeys([default, "pypi", *(pypirc.repositories if pypirc is not None else ()), "testpypi"])
    for name in names:
        yield _named(machine, name, pypirc, chosen if name == default else None, is_default=name == default)


def _at_address(machine: "Machine", address: Found) -> Use:
    """twine: utils.py, `_config_from_repository_url`: a user in the address counts as if `.pypirc` named it, and the file is not read."""
    from preflight.credentials.addresses import split_user

    url, user, password = split_user(address)
    return _resolved(machine, COMMAND, effective_url(url), user, password, address, is_default=True)


def _named(machine: "Machine", name: str, pypirc: "Pypirc | None", chosen: Found | None, *, is_default: bool) -> Use:
    command = COMMAND if is_default else f"{COMMAND} -r {name}"
    repository = pypirc.repositories.get(name) if pypirc is not None else None
    url = repository.url if repository is not None else _NAMED.get(name)
    listed = pypirc is None or pypirc.absence(name) is None
    if url is None or (not listed and name != "pypi"):
        reason = f"`{without_user(name)}` is no section that `index-servers` lists in ~/.pypirc"
        return Use(
            "twine",
            command,
            _NAMED.get(name, name),
            Outcome.STOPS,
            chosen_by=chosen,
            is_default=is_default,
            reason=reason,
            unknown_name=without_user(name),
        )
    user = value(name, repository.username) if repository is not None else None
    password = value(name, repository.password) if repository is not None else None
    return _resolved(machine, command, url, user, password, chosen, is_default=is_default)


def _resolved(
    machine: "Machine",
    command: str,
    url: str,
    user: Found | None,
    password: Found | None,
    chosen: Found | None,
    *,
    is_default: bool,
) -> Use:
    """twine: auth.py, `Resolver`: for PyPI and TestPyPI the user is `__token__` unless TWINE_USERNAME says otherwise, and a set password counts even when
    it is empty.
    """
    official = url.startswith((PYPI, TESTPYPI))
    given = machine.filled("TWINE_USERNAME") if official else machine.variable("TWINE_USERNAME")
    username = first(given, by_client(TOKEN_USERNAME) if official else user)
    variable = machine.variable("TWINE_PASSWORD")
    used = first(variable, password)
    if used is None:
        kept = machine.kept(url, username.value if username is not None else None)
        username, used = (username or kept[0], kept[1]) if kept is not None else (username, None)
    trusted = official and (username is None or username.value == TOKEN_USERNAME)
    outcome = Outcome.CREDENTIAL if used is not None else without(machine, url, trusted=trusted)
    passed_over = others(used, (password,))
    return Use("twine", command, url, outcome, username, used, chosen, is_default, passed_over)
