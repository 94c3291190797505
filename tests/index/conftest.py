"""Fixtures of the tests of `preflight/index`: an environment without proxies, and transports that are closed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from preflight.index.routes import BUNDLES
from preflight.index.transport import Transport

_OF_THE_NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", *BUNDLES, "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _OF_THE_NETWORK:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def open_transport() -> Iterator[Callable[..., Transport]]:
    """Makes transports that do not sleep, and closes them."""
    made: list[Transport] = []

    def make(**settings: Any) -> Transport:
        transport = Transport(**{"sleep": lambda _: None, **settings})
        made.append(transport)
        return transport

    yield make
    for each in made:
        each.close()
