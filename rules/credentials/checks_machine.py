"""The rules about what upload clients find on this machine: variables of the environment, files of the home folder, the keyring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.credentials.credential import INDEX_NAMES, is_plain_name
from preflight.credentials.pypirc import TOKEN_USERNAME
from preflight.credentials.token import ProblemKind, is_real_token, read_token
from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Severity
from preflight.sources.words import say

if TYPE_CHECKING:
    from preflight.credentials.machine import Machine
    from preflight.credentials.uses import Use

_EXPECTED = {
    "twine": "TWINE_PASSWORD",
    "uv": "UV_PUBLISH_TOKEN",
    "hatch": "HATCH_INDEX_AUTH",
    "poetry": "POETRY_PYPI_TOKEN_PYPI",
    "flit": "FLIT_PASSWORD",
    "pdm": "PDM_PUBLISH_PASSWORD",
    "maturin": "MATURIN_PYPI_TOKEN",
}
_USER = {
    "hatch": "HATCH_INDEX_USER",
    "flit": "FLIT_USERNAME",
    "poetry": "POETRY_HTTP_BASIC_PYPI_USERNAME",
    "maturin": "MATURIN_USERNAME",
}


def _index(use: Use) -> str:
    return INDEX_NAMES[use.index] if use.index is not None else use.host


@check("TOK007")
def account_name_on_machine(client_uses: tuple[Use, ...]) -> Iterator[Finding]:
    """A client that would log in to PyPI or TestPyPI as somebody else than `__token__`.

    Certain beside a token of the index, which only `__token__` may bring; otherwise the two may be for an index that a command names.
    """
    for use in client_uses:
        user, password = use.username, use.password
        if use.outcome != "credential" or use.index is None or user is None or password is None:
            continue
        if user.value == TOKEN_USERNAME or not is_plain_name(user.value) or not _speaks_for(use):
            continue
        token = is_real_token(password.value)
        kinds = [problem.kind for problem in read_token(password.value).problems]
        account = not token and kinds == [ProblemKind.NOT_A_TOKEN]
        yield Finding(
            user.place,
            variant="account-password-here" if account else "here",
            confidence=Confidence.CERTAIN if token or use.chosen_by is not None else Confidence.LIKELY,
            rejections=["password-auth-removed"],
            causes=["password-auth-removed" if account else "username-not-token-literal"],
            client=use.client,
            index=_index(use),
            user=user.value,
            where=user.where,
        )


def _speaks_for(use: Use) -> bool:
    """Whether the use is more than a variable that would also be sent where an option names this index."""
    return use.is_default or (use.password is not None and use.password.kind != "variable")


@check("TOK008")
def missing_credential_on_machine(client_uses: tuple[Use, ...]) -> Iterator[Finding]:
    """A client that stops at what it finds, takes an empty variable for a credential, or has a password and no user."""
    told = set()
    for use in client_uses:
        if not use.is_default or use.unknown_name:
            continue
        finding: tuple[str, dict[str, object]] | None = None
        if use.outcome == "stops" and not _is_password_alone(use):
            finding = ("stops-here", {"command": use.command, "reason": use.reason})
        elif use.outcome == "asks" and use.password is not None and use.reason:
            variable = _USER.get(use.client, "")
            where = use.password.where
            finding = ("no-user-here", {"client": use.client, "where": where, "expected": variable})
        elif use.outcome == "credential" and use.password is not None and not use.password.value.strip():
            finding = ("empty-here", {"client": use.client, "where": use.password.where, "index": _index(use)})
        if finding is not None and (key := (finding[0], *map(str, finding[1].values()))) not in told:
            told.add(key)
            variant, args = finding
            yield Finding(
                None,
                variant=variant,
                severity=Severity.WARNING,
                confidence=Confidence.LIKELY,
                rejections=["no-identity"] if variant == "empty-here" else [],
                more=args,
            )


def _is_password_alone(use: Use) -> bool:
    return use.client == "uv" and use.password is not None


@check("TOK009")
def unread_variable(machine: Machine, client_uses: tuple[Use, ...]) -> Iterator[Finding]:
    """A variable with a token in it whose name says for which client it is, and that this client does not read."""
    from preflight.credentials.client_uses import unread_variables
    from preflight.credentials.client_variables import POETRY_TOKEN

    for use in client_uses:
        if use.is_default and use.outcome == "stops" and _is_password_alone(use) and use.password is not None:
            yield Finding(
                None,
                variant="uv-user",
                severity=Severity.WARNING,
                confidence=Confidence.LIKELY,
                causes=["uv-credentials-missing"],
                variable=use.password.name or use.password.where,
                client="uv",
                expected=_EXPECTED["uv"],
            )
    for found, client, _ in unread_variables(machine, client_uses):
        of_poetry = client == "poetry" and found.name.startswith(POETRY_TOKEN)
        yield Finding(
            None,
            variant="unknown-repository" if of_poetry else "here",
            severity=Severity.WARNING,
            confidence=Confidence.LIKELY,
            causes=["poetry-credential-name"] if client == "poetry" else [],
            variable=found.name,
            client=client,
            expected=_EXPECTED[client],
            repository=found.name.removeprefix(POETRY_TOKEN).lower().replace("_", "-"),
        )


@check("TOK017")
def readable_home_pypirc(machine: Machine) -> Iterator[Finding]:
    """The `.pypirc` of the home folder, where every user of the machine can read it."""
    file = machine.pypirc
    if file is None or file.pypirc is None or file.readable_mode is None:
        return
    for repository in file.pypirc.repositories.values():
        password = repository.password
        if password is not None and password.value.strip():
            mode = f"{file.readable_mode:04o}"
            yield Finding(None, variant="here", file=file.source.path, mode=mode, name=repository.name)
            return


@check("TOK018")
def overridden_credential(client_uses: tuple[Use, ...]) -> Iterator[Finding]:
    """Two different credentials for one upload, of which the client takes one."""
    for use in client_uses:
        if use.outcome == "credential" and use.password is not None and use.passed_over and use.is_default:
            yield Finding(
                use.password.place,
                client=use.client,
                index=_index(use),
                used=use.password.where,
                unused=say(" and ").join(dict.fromkeys(each.where for each in use.passed_over)),
            )
