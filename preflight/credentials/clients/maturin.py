"""Where `maturin upload` looks for its credential. maturin: src/upload.rs, `complete_registry` and `resolve_pypi_cred`, as of 1.16."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.credentials.clients.pypirc_sections import sections, value
from preflight.credentials.found import Found, by_client, others
from preflight.credentials.pypirc import TOKEN_USERNAME
from preflight.credentials.uses import PYPI, TESTPYPI, Outcome, ProjectSettings, Use, without_user

if TYPE_CHECKING:
    from preflight.credentials.machine import Machine

COMMAND = "maturin upload"
_NAMED = {"pypi": PYPI, "testpypi": TESTPYPI}
_SERVICE = "maturin"


def uses(machine: "Machine", settings: ProjectSettings) -> Iterator[Use]:
    """An address of PyPI or TestPyPI still means the section of its name; that of another index means none."""
    address = machine.variable("MATURIN_REPOSITORY_URL")
    if address is not None:
        known = next((name for name, url in _NAMED.items() if address.value.rstrip("/") == url.rstrip("/")), None)
        url = _NAMED[known] if known is not None else address.value
        yield _resolved(machine, COMMAND, url, known, address)
        return
    chosen = machine.variable("MATURIN_REPOSITORY")
    default = chosen.value if chosen is not None else "pypi"
    with_address = [name for name, section in sections(machine).items() if section.get("repository") is not None]
    for name in dict.fromkeys([default, "pypi", "testpypi", *with_address]):
        section = sections(machine).get(name)
        stored = section.get("repository") if section is not None else None
        found = stored.value if stored is not None else _NAMED.get(name)
        is_default = name == default
        command = COMMAND if is_default else f"{COMMAND} -r {name}"
        by = chosen if is_default else None
        if found is None:
            reason = f"`{without_user(name)}` has no section with an address in ~/.pypirc"
            yield Use("maturin", command, name, Outcome.STOPS, chosen_by=by, is_default=is_default, reason=reason)
        else:
            yield _resolved(machine, command, found, name, by, is_default=is_default)


def _resolved(
    machine: "Machine", command: str, url: str, section: str | None, chosen: Found | None, *, is_default: bool = True
) -> Use:
    """MATURIN_PYPI_TOKEN wins even when it is empty; then trusted publishing on GitHub; then a section with user and password; then the variables."""
    options = sections(machine).get(section) if section is not None else None
    stored_user = value(options.name, options.get("username")) if options is not None else None
    stored = value(options.name, options.get("password")) if options is not None else None
    token = machine.variable("MATURIN_PYPI_TOKEN")
    user, password = machine.variable("MATURIN_USERNAME"), machine.variable("MATURIN_PASSWORD")

    def answer(outcome: Outcome, username: Found | None, used: Found | None, reason: str = "") -> Use:
        losers = others(used, (stored if stored_user is not None else None, password if user is not None else None))
        return Use("maturin", command, url, outcome, username, used, chosen, is_default, losers, reason)

    if token is not None:
        return answer(Outcome.CREDENTIAL, by_client(TOKEN_USERNAME), token)
    if "GITHUB_ACTIONS" in machine.variables and machine.offers_identity("pypi"):
        return answer(Outcome.TRUSTED_PUBLISHING, None, None)
    if stored_user is not None and stored is not None:
        return answer(Outcome.CREDENTIAL, stored_user, stored)
    if user is None:
        reason = "a password without a user name, which maturin asks for" if password is not None else ""
        return answer(Outcome.ASKS, None, password, reason)
    if password is None:
        kept = machine.kept(_SERVICE, user.value)
        password = kept[1] if kept is not None else None
    return answer(Outcome.ASKS if password is None else Outcome.CREDENTIAL, user, password)
