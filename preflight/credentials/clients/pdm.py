"""Where `pdm publish` looks for its credential. pdm: cli/commands/publish, project/config.py and models/auth.py, as of 2.29."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.credentials.addresses import split_user
from preflight.credentials.found import Found, by_client, first, others
from preflight.credentials.pypirc import TOKEN_USERNAME
from preflight.credentials.uses import PYPI, TESTPYPI, Outcome, ProjectSettings, Use, broken, without, without_user

if TYPE_CHECKING:
    from preflight.credentials.machine import Machine, TomlFile

COMMAND = "pdm publish"
_NAMED = {"pypi": PYPI, "testpypi": TESTPYPI}


def uses(machine: "Machine", settings: ProjectSettings) -> Iterator[Use]:
    """The project's `pdm.toml` goes before the user's settings, and the variables before both."""
    files = tuple(
        each
        for each in (settings.toml("pdm.toml"), machine.settings_toml("PDM_CONFIG_FILE", "pdm", author="pdm"))
        if each is not None
    )
    reason = broken(*files)
    if reason:
        yield Use("pdm", COMMAND, PYPI, Outcome.STOPS, reason=reason)
        return
    chosen = machine.variable("PDM_PUBLISH_REPO")
    default = chosen.value if chosen is not None else "pypi"
    configured = [name for file in files for name in file.table("repository")]
    for name in dict.fromkeys([default, "pypi", "testpypi", *configured]):
        is_default = name == default
        command = COMMAND if is_default else f"{COMMAND} -r {name}"
        yield _resolved(machine, files, command, name, chosen if is_default else None, is_default=is_default)


def _setting(files: tuple["TomlFile", ...], name: str, key: str) -> Found | None:
    return first(*(file.text("repository", name, key) for file in files))


def _resolved(
    machine: "Machine",
    files: tuple["TomlFile", ...],
    command: str,
    name: str,
    chosen: Found | None,
    *,
    is_default: bool,
) -> Use:
    """pdm: `get_repository` and `_ensure_credentials`. An empty variable wins over the settings, and then counts as nothing."""
    name = _name_of(files, name)
    address = _setting(files, name, "url")
    url = address.value if address is not None else _NAMED.get(name, name if "://" in name else "")
    if not url:
        reason = f"no repository `{without_user(name)}` is configured"
        return Use("pdm", command, name, Outcome.STOPS, chosen_by=chosen, is_default=is_default, reason=reason)
    stored = _setting(files, name, "password")
    username = first(machine.variable("PDM_PUBLISH_USERNAME"), _setting(files, name, "username"))
    password = first(machine.variable("PDM_PUBLISH_PASSWORD"), stored)
    if username is None or password is None:
        kept = machine.kept(f"pdm-repository-{name}", username.value if username is not None else None)
        username, password = kept if kept is not None else (username, password)
    used = password if password is not None and password.value else None
    if used is not None and (username is None or not username.value):
        username = by_client(TOKEN_USERNAME)
    if used is None:
        bare, user, secret = split_user(address or Found(url, f"the address `{name}`", "address"))
        kept = machine.kept(url, username.value if username is not None else None)
        if user is not None and secret is not None:
            url, username, used = bare, user, secret
        elif kept is not None:
            username, used = kept
    outcome = Outcome.CREDENTIAL if used is not None else without(machine, url, trusted=True)
    return Use("pdm", command, url, outcome, username, used, chosen, is_default, others(used, (stored,)))


def _name_of(files: tuple["TomlFile", ...], name: str) -> str:
    """The name under which an address is configured; pdm: project/config.py, `get_repository_config`."""
    if "://" not in name:
        return name
    for file in files:
        for known in file.table("repository"):
            found = file.text("repository", known, "url")
            if found is not None and found.value == name:
                return known
    return next((known for known, url in _NAMED.items() if url == name), name)
