"""The audience that an index wants of identity tokens, by which it says that it offers trusted publishing. Sends no token."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from preflight.index.failures import Unreachable, host_of

if TYPE_CHECKING:
    from preflight.index.allowance import Allowance
    from preflight.index.transport import Transport


def exchange_base(address: str) -> str:
    """Scheme and host of an index's upload address, where its token exchange stands (gh-action-pypi-publish: oidc-exchange.py)."""
    return f"{urlsplit(address).scheme}://{host_of(address)}"


def ask_audience(transport: "Transport", base: str, allowance: "Allowance | None" = None) -> str | None:
    """The audience (docs.pypi.org, "Internals and Technical Details"); None where the index has no such page, so that it offers no trusted publishing.

    Raises:
        Unreachable: there is no answer, or one that tells nothing.
    """
    from json import loads

    answer = transport.get(f"{base}/_/oidc/audience", accept="application/json", allowance=allowance)
    if answer.status in (404, 405, 410):
        return None
    if answer.status != 200:
        raise Unreachable("status", f"{host_of(base)} answered with status {answer.status}")
    try:
        page = loads(answer.body)
    except (ValueError, RecursionError):
        page = None
    audience = page.get("audience") if isinstance(page, dict) else None
    if not isinstance(audience, str):
        raise Unreachable("unreadable", f"{host_of(base)} answered what is no audience")
    return audience
