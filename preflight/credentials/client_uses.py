"""The facts `client_uses` and `machine_credentials`: what each upload client would use here and now, for each index. Judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from preflight.credentials.credential import Credential

if TYPE_CHECKING:
    from preflight.credentials.found import Found
    from preflight.credentials.machine import Machine
    from preflight.credentials.uses import ClientReader, Use
    from preflight.project.inventory import Inventory
    from preflight.project.names import ProjectNames
    from preflight.sources.tree import Files

CLIENTS = ("twine", "uv", "hatch", "poetry", "flit", "pdm", "maturin")

MAX_PROJECTS = 50
"""Projects whose own settings are looked at."""


def client_uses(machine: Machine, inventory: Inventory, files: Files, project_names: ProjectNames) -> tuple[Use, ...]:
    """For each client and index. Where projects have settings of their own, each different answer stands once."""
    from preflight.credentials.uses import ProjectSettings

    folders = [project.path for project in inventory.projects[:MAX_PROJECTS]] or [""]
    names = project_names.known if machine.keyring is not None and len(folders) == 1 else ()
    found: dict[Use, Use] = {}
    for client in CLIENTS:
        reader: ClientReader = import_module(f"preflight.credentials.clients.{client}").uses
        for folder in folders:
            for use in reader(machine, ProjectSettings(folder, files, names)):
                found.setdefault(use, replace(use, folder=folder))
    return tuple(found.values())


def machine_credentials(client_uses: tuple[Use, ...]) -> tuple[Credential, ...]:
    """The passwords that would go to PyPI or TestPyPI, each once.

    A variable is sent to whatever index a command names, so it counts only for the index that needs no naming; where nothing but the client's default
    says so, that is likely and no more.
    """
    found: dict[tuple[str, str], Credential] = {}
    for use in client_uses:
        credential = _credential(use)
        if credential is not None:
            key = (credential.used_by, credential.index)
            known = found.get(key)
            if known is None or (credential.is_certain and not known.is_certain):
                found[key] = credential
    return tuple(found.values())


def _credential(use: Use) -> Credential | None:
    password, index = use.password, use.index
    if password is None or index is None or use.outcome != "credential":
        return None
    follows_command = password.kind == "variable" and not _bound(password)
    if follows_command and not use.is_default:
        return None
    return Credential(
        text=password.value,
        place=password.place,
        index=index,
        used_by=password.where,
        pypirc=False,
        username=use.username.value if use.username is not None else None,
        is_certain=not follows_command or use.chosen_by is not None,
        is_of_project=password.place is not None,
    )


def _bound(password: Found) -> bool:
    """Whether the variable's own name says which repository it is for, as poetry's and those of uv's indexes do."""
    return password.name.startswith(("POETRY_", "UV_INDEX_"))


def unread_variables(machine: Machine, client_uses: tuple[Use, ...]) -> Iterator[tuple[Found, str, Use]]:
    """Variables with a whole token whose name is meant for a client that does not read it: the variable, the client, and what that client does instead."""
    from preflight.credentials.client_variables import client_of, is_read
    from preflight.credentials.token import is_real_token

    read = {each.name for use in client_uses for each in (use.password, *use.passed_over) if each is not None}
    for name in sorted(machine.variables):
        client = client_of(name)
        found = machine.filled(name)
        if client is None or found is None or name in read or not is_real_token(found.value):
            continue
        if is_read(name) and client != "poetry":
            continue
        default = next((use for use in client_uses if use.client == client and use.is_default), None)
        if default is not None and (default.outcome != "credential" or client == "poetry"):
            yield found, client, default
