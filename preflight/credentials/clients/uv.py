"""Where `uv publish` looks for its credential. uv: crates/uv/src/commands/publish.rs `gather_credentials`, settings.rs, crates/uv-cli `PublishArgs`; 0.13."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from preflight.credentials.addresses import from_netrc, split_user
from preflight.credentials.found import Found, by_client
from preflight.credentials.pypirc import TOKEN_USERNAME
from preflight.credentials.uses import PYPI, TESTPYPI, Outcome, ProjectSettings, Use, without, without_user

if TYPE_CHECKING:
    from preflight.credentials.machine import Machine, TomlFile

COMMAND = "uv publish"


def uses(machine: "Machine", settings: ProjectSettings) -> Iterator[Use]:
    """The address comes from a variable, or from the settings; an index by name has to have a `publish-url` there."""
    indexes = _indexes(machine, settings)
    named = machine.filled("UV_PUBLISH_INDEX")
    address = machine.filled("UV_PUBLISH_URL")
    if named is not None and address is not None:
        reason = "UV_PUBLISH_INDEX and UV_PUBLISH_URL cannot be used together"
        yield Use("uv", COMMAND, PYPI, Outcome.STOPS, chosen_by=named, reason=reason)
        return
    if named is not None:
        url = indexes.get(named.value)
        if url is None:
            reason = f"no index `{without_user(named.value)}` with a `publish-url` is configured"
            yield Use("uv", COMMAND, named.value, Outcome.STOPS, chosen_by=named, reason=reason)
        else:
            yield _resolved(machine, COMMAND, url, named, named.value)
        return
    configured = _publish_url(machine, settings)
    chosen = address or configured
    default = _resolved(machine, COMMAND, chosen or by_client(PYPI), chosen)
    yield default
    if address is None:
        for name, url in indexes.items():
            yield _resolved(machine, f"{COMMAND} --index {name}", url, None, name, is_default=False)
        if default.index != "testpypi" and TESTPYPI not in [each.value for each in indexes.values()]:
            command = f"{COMMAND} --publish-url {TESTPYPI}"
            yield _resolved(machine, command, by_client(TESTPYPI), None, is_default=False)


def _files(machine: "Machine", settings: ProjectSettings) -> Iterator[tuple["TomlFile", tuple[str, ...]]]:
    """Each settings file with the keys under which its settings stand, the stronger first. uv: "Configuration files"."""
    named = machine.filled("UV_CONFIG_FILE")
    if named is not None:
        found = machine.toml(Path(named.value))
        if found is not None:
            yield found, ()
        return
    if machine.filled("UV_NO_CONFIG") is not None:
        return
    own = settings.toml("uv.toml")
    project = settings.toml("pyproject.toml")
    if own is not None:
        yield own, ()
    elif project is not None:
        yield project, ("tool", "uv")
    folder = _user_folder(machine)
    found = machine.toml(folder / "uv.toml") if folder is not None else None
    if found is not None:
        yield found, ()


def _user_folder(machine: "Machine") -> Path | None:
    """uv: "Configuration files": `~/.config/uv` on macOS too, and the roaming folder on Windows."""
    if machine.system == "win32":
        return machine.settings_folder("uv", roaming=True)
    base = machine.filled("XDG_CONFIG_HOME")
    if base is not None:
        return Path(base.value, "uv")
    return machine.home / ".config/uv" if machine.home is not None else None


def _publish_url(machine: "Machine", settings: ProjectSettings) -> Found | None:
    return next((url for file, keys in _files(machine, settings) if (url := file.text(*keys, "publish-url"))), None)


def _indexes(machine: "Machine", settings: ProjectSettings) -> Mapping[str, Found]:
    """The addresses of the indexes that can be published to, by name."""
    found: dict[str, Found] = {}
    for file, keys in _files(machine, settings):
        entries = file.document.get(*keys, "index") if file.document is not None else None
        for entry in entries if isinstance(entries, list) else ():
            name, url = (entry.get("name"), entry.get("publish-url")) if isinstance(entry, dict) else (None, None)
            if isinstance(name, str) and isinstance(url, str):
                found.setdefault(name, Found(url, f"index `{name}` of {file.shown}", "file"))
    return found


def _resolved(
    machine: "Machine",
    command: str,
    address: Found,
    chosen: Found | None,
    index: str | None = None,
    *,
    is_default: bool = True,
) -> Use:
    """A variable that is set counts even when it is empty; a password without a user name, and two credentials at once, are errors."""
    url, in_user, in_password = split_user(address)
    token = machine.variable("UV_PUBLISH_TOKEN")
    user, password = machine.variable("UV_PUBLISH_USERNAME"), machine.variable("UV_PUBLISH_PASSWORD")

    def answer(outcome: Outcome, username: Found | None, used: Found | None, reason: str = "") -> Use:
        return Use("uv", command, url, outcome, username, used, chosen, is_default, reason=reason)

    if token is not None and (user is not None or password is not None):
        other = "UV_PUBLISH_USERNAME" if user is not None else "UV_PUBLISH_PASSWORD"
        return answer(Outcome.STOPS, None, None, f"UV_PUBLISH_TOKEN and {other} cannot be used together")
    if token is not None:
        user, password = by_client(TOKEN_USERNAME), token
    for given, inside in ((user, in_user), (password, in_password)):
        if given is not None and inside is not None and given.value != inside.value:
            return answer(Outcome.STOPS, None, None, f"{given.where} and {inside.where} say two different things")
    user, password = user or in_user, password or in_password
    if user is None and password is None:
        kept = _elsewhere(machine, url, index)
        return answer(Outcome.CREDENTIAL, *kept) if kept else answer(without(machine, url, trusted=True), None, None)
    if user is None:
        return answer(Outcome.STOPS, None, password, "a password without a user name")
    if password is None and machine.variables.get("UV_KEYRING_PROVIDER") == "subprocess":
        pair = machine.kept(url, user.value)
        password = pair[1] if pair is not None else None
    if password is None:
        return answer(Outcome.STOPS, user, None, "a user name without a password")
    return answer(Outcome.CREDENTIAL, user, password)


def _elsewhere(machine: "Machine", url: str, index: str | None) -> tuple[Found | None, Found] | None:
    """What uv's middleware finds at last: the variables of an index, `.netrc`, and what `uv auth login` keeps. uv: crates/uv-auth/src/middleware.rs."""
    if index is not None:
        part = "".join(each if each.isalnum() else "_" for each in index.upper())
        password = machine.filled(f"UV_INDEX_{part}_PASSWORD")
        if password is not None:
            return machine.filled(f"UV_INDEX_{part}_USERNAME"), password
    return from_netrc(machine, url) or _kept_by_uv(machine, url)


def _kept_by_uv(machine: "Machine", url: str) -> tuple[Found | None, Found] | None:
    """What `uv auth login` keeps in a file. uv: crates/uv-auth/src/store.rs, `TextCredentialStore`: the longest address that the URL starts with."""
    named = machine.filled("UV_CREDENTIALS_DIR")
    folder = Path(named.value) if named is not None else machine.data_folder("uv", "credentials")
    file = machine.toml(folder / "credentials.toml") if folder is not None else None
    entries = file.document.get("credential") if file is not None and file.document is not None else None
    best: tuple[int, Mapping[str, object]] | None = None
    for entry in entries if isinstance(entries, list) else ():
        service = entry.get("service") if isinstance(entry, dict) else None
        if isinstance(service, str) and f"{url}/".startswith(f"{service.rstrip('/')}/"):
            best = max(best or (0, entry), (len(service), entry), key=lambda each: each[0])
    if best is None or file is None:
        return None
    user, password = best[1].get("username"), best[1].get("password")
    if not isinstance(password, str):
        return None
    where = f"the entry for {best[1]['service']} of {file.shown}"
    return Found(user, where, "file") if isinstance(user, str) else None, Found(password, where, "file")
