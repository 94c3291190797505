"""The facts of a command's run, which all ask the outside over one transport, closed when the command is over. Opens nothing itself."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from preflight.engine.facts import FactTable, Unavailable
from preflight.facts import FACTS

if TYPE_CHECKING:
    from preflight.index.endpoints import Endpoints
    from preflight.index.transport import Transport


def facts_of_run() -> FactTable:
    """The table of facts with one transport for all workspaces of a run, which so learns only once that there is no network."""
    return {**FACTS, "transport": _shared_transport()}


def _shared_transport() -> Callable[..., "Transport"]:
    made: list[Transport] = []

    def transport(online: bool, use_cache: bool, endpoints: "Endpoints") -> "Transport":
        if not online:
            raise Unavailable("offline")
        if not made:
            from preflight.index.transport import transport as make

            made.append(make(online, use_cache, endpoints))
            # reports may still ask, so that it is the command's end, however it comes, that closes it
            click.get_current_context().call_on_close(made[0].close)
        return made[0]

    return transport
