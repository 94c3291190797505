"""Where `hatch publish` looks for its credential. hatch: publish/index.py, publish/auth.py and config/user.py, as of 1.18."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from preflight.credentials.clients.pypirc_sections import sections, unreadable, value
from preflight.credentials.found import Found, first_filled, others
from preflight.credentials.uses import PYPI, TESTPYPI, Outcome, ProjectSettings, Use, broken

if TYPE_CHECKING:
    from preflight.credentials.machine import Machine, TomlFile

COMMAND = "hatch publish"
_NAMED = {"main": PYPI, "test": TESTPYPI}
_INDEX = ("publish", "index")


def uses(machine: "Machine", settings: ProjectSettings) -> Iterator[Use]:
    """A repository is a name (`main`, `test`, or one of hatch's own settings) or an address."""
    config = machine.settings_toml("HATCH_CONFIG", "hatch")
    reason = broken(config)
    if reason:
        yield Use("hatch", COMMAND, PYPI, Outcome.STOPS, reason=reason)
        return
    chosen = first_filled(machine.variable("HATCH_INDEX_REPO"), config.text(*_INDEX, "repo") if config else None)
    default = chosen.value if chosen is not None else "main"
    configured = config.table(*_INDEX, "repos") if config is not None else {}
    lacking = next((name for name, entry in configured.items() if isinstance(entry, dict) and "url" not in entry), None)
    if lacking is not None and config is not None:
        reason = f"`publish.index.repos.{lacking}` of {config.shown} has no `url`"
        yield Use("hatch", COMMAND, PYPI, Outcome.STOPS, reason=reason)
        return
    for name in dict.fromkeys([default, "main", "test", *configured]):
        is_default = name == default
        command = COMMAND if is_default else f"{COMMAND} -r {name}"
        yield _resolved(machine, config, command, name, chosen if is_default else None, is_default=is_default)


def _setting(config: "TomlFile | None", repository: str, name: str) -> Found | None:
    """A repository's own setting goes before the one for all."""
    if config is None:
        return None
    return config.text(*_INDEX, "repos", repository, name) or config.text(*_INDEX, name)


def _url(config: "TomlFile | None", name: str) -> str:
    if name in _NAMED:
        return _NAMED[name]
    own = config.text(*_INDEX, "repos", name) or config.text(*_INDEX, "repos", name, "url") if config else None
    return own.value if own is not None else name


def _resolved(
    machine: "Machine",
    config: "TomlFile | None",
    command: str,
    name: str,
    chosen: Found | None,
    *,
    is_default: bool,
) -> Use:
    """The user name decides: where only `.pypirc` gives it, the password there goes before HATCH_INDEX_AUTH.

    hatch never takes `__token__` by itself: without a user name it asks for one, and with `--no-prompt` it stops.
    """
    url = _url(config, name)
    auth = first_filled(machine.variable("HATCH_INDEX_AUTH"), _setting(config, name, "auth"))
    weaker = _setting(config, name, "auth")
    username = first_filled(machine.variable("HATCH_INDEX_USER"), _setting(config, name, "user"))
    stored = None
    if username is None:
        reason = unreadable(machine)
        if reason:
            return Use("hatch", command, url, Outcome.STOPS, chosen_by=chosen, is_default=is_default, reason=reason)
        username, stored = _in_pypirc(machine, name, url)
        if stored is not None and "%" in stored.value.replace("%%", ""):
            reason = f"{stored.where} holds a `%`, which hatch takes for the start of a reference"
            return Use("hatch", command, url, Outcome.STOPS, chosen_by=chosen, is_default=is_default, reason=reason)
        username = username or _previous(machine, config, name)
    used = stored or auth
    if username is None:
        reason = "no user name is set, which hatch asks for first" if used is not None else ""
        return Use("hatch", command, url, Outcome.ASKS, None, used, chosen, is_default, reason=reason)
    if used is None:
        kept = machine.kept(url, username.value)
        used = kept[1] if kept is not None else None
    outcome = Outcome.CREDENTIAL if used is not None else Outcome.ASKS
    return Use("hatch", command, url, outcome, username, used, chosen, is_default, others(used, (auth, weaker)))


def _in_pypirc(machine: "Machine", name: str, url: str) -> tuple[Found | None, Found | None]:
    """A section of the repository's name, listed or not, else the first with its address."""
    found = sections(machine).get(name or "pypi")
    if found is None:
        matching = (each for each in sections(machine).values() if (at := each.get("repository")) and at.value == url)
        found = next(matching, None)
    if found is None:
        return None, None
    return value(found.name, found.get("username")), value(found.name, found.get("password"))


def _previous(machine: "Machine", config: "TomlFile | None", name: str) -> Found | None:
    """The user with whom the last upload went well."""
    named = machine.filled("HATCH_CACHE_DIR")
    cache = config.text("dirs", "cache") if config is not None else None
    given = first_filled(named, cache)
    try:
        folder = Path(given.value).expanduser() if given is not None else machine.cache_folder("hatch")
    except RuntimeError:  # the home folder of a user whom this machine does not know
        return None
    source = machine.read(folder / "publish/index/previous_working_users.json") if folder is not None else None
    try:
        users = json.loads(source.text) if source is not None and source.text else {}
    except (ValueError, RecursionError):
        return None
    user = users.get(name) if isinstance(users, dict) else None
    return Found(user, f"{source.path}", "file") if source is not None and isinstance(user, str) and user else None
