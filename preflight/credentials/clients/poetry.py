"""Where `poetry publish` looks for its credential. poetry: publishing/publisher.py, utils/password_manager.py and config/config.py, as of 2.5."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from preflight.credentials.addresses import from_netrc
from preflight.credentials.found import Found, by_client, first, others
from preflight.credentials.pypirc import TOKEN_USERNAME
from preflight.credentials.uses import PYPI, Outcome, ProjectSettings, Use, broken, without

if TYPE_CHECKING:
    from preflight.credentials.machine import Machine, TomlFile

COMMAND = "poetry publish"


def uses(machine: "Machine", settings: ProjectSettings) -> Iterator[Use]:
    """A variable goes before the project's `poetry.toml`, that before `auth.toml`, and that before `config.toml`.

    Only `pypi` is known without configuration; another repository needs its address there, or in a variable.
    """
    folder = _folder(machine)
    found = (
        settings.toml("poetry.toml"),
        *(machine.toml(folder / name) if folder is not None else None for name in ("auth.toml", "config.toml")),
    )
    files = tuple(each for each in found if each is not None)
    reason = broken(*files)
    if reason:
        yield Use("poetry", COMMAND, PYPI, Outcome.STOPS, reason=reason)
        return
    yield _resolved(machine, files, COMMAND, "pypi", PYPI)
    for name, url in repositories(machine, files).items():
        if name != "pypi":
            yield _resolved(machine, files, f"{COMMAND} -r {name}", name, url, is_default=False)


def repositories(machine: "Machine", files: tuple["TomlFile", ...]) -> dict[str, str]:
    """The configured repositories by name. The name in a variable is in capitals, as which it is known here where nothing else names it."""
    found: dict[str, str] = {}
    for file in reversed(files):
        for name in file.table("repositories"):
            url = file.text("repositories", name, "url") or file.text("repositories", name)
            if url is not None:
                found[name] = url.value
    for variable, value in machine.variables.items():
        if variable.startswith("POETRY_REPOSITORIES_") and variable.endswith("_URL") and value:
            part = variable.removeprefix("POETRY_REPOSITORIES_").removesuffix("_URL")
            name = next((each for each in found if variable_part(each) == part), part.lower().replace("_", "-"))
            found[name] = value
    return found


def variable_part(name: str) -> str:
    """A repository's name in a variable's. Since poetry 2.5 a dot stays, so that no shell can set the variable of such a name."""
    return name.upper().replace("-", "_")


def _folder(machine: "Machine") -> Path | None:
    named = machine.filled("POETRY_CONFIG_DIR")
    return Path(named.value) if named is not None else machine.settings_folder("pypoetry", roaming=True)


def _resolved(
    machine: "Machine", files: tuple["TomlFile", ...], command: str, name: str, url: str, *, is_default: bool = True
) -> Use:
    """A token goes before user and password; a variable that is set but empty hides what is configured, and counts as nothing."""
    url = f"{url}/" if url.endswith("/legacy") else url
    part = variable_part(name)

    def setting(kind: str, key: str, variable: str) -> Found | None:
        path = (kind, name, key) if key else (kind, name)
        return first(machine.variable(variable), *(file.text(*path) for file in files))

    token = setting("pypi-token", "", f"POETRY_PYPI_TOKEN_{part}")
    user = setting("http-basic", "username", f"POETRY_HTTP_BASIC_{part}_USERNAME")
    password = setting("http-basic", "password", f"POETRY_HTTP_BASIC_{part}_PASSWORD")
    stored = [file.text("pypi-token", name) for file in files]
    used, username = (token, by_client(TOKEN_USERNAME)) if token is not None and token.value else (None, None)
    if used is None:
        kept = machine.kept(f"poetry-repository-{name}", TOKEN_USERNAME)
        used, username = (kept[1], by_client(TOKEN_USERNAME)) if kept is not None else (None, None)
    reason = ""
    if used is None:
        username = user if user is not None and user.value else None
        if password is None and username is not None:
            kept = machine.kept(f"poetry-repository-{name}", username.value)
            password = kept[1] if kept is not None else None
        if password is not None and password.value:
            used = password
        if used is not None and username is None:
            reason = "a password without a user name, which poetry does not send"
    if used is None:
        username, used = from_netrc(machine, url) or (username, None)
    if reason:
        return Use("poetry", command, url, Outcome.STOPS, None, used, is_default=is_default, reason=reason)
    outcome = Outcome.CREDENTIAL if used is not None else without(machine, url, trusted=False)
    losers = others(used, (*stored, password))
    return Use("poetry", command, url, outcome, username, used, None, is_default, losers)
