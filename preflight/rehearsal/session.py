"""One rehearsal from start to end: the index that serves, and the upload commands that are run against it. Decides nothing of what they send."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path

from preflight.rehearsal.certificate import made_certificate
from preflight.rehearsal.clients import Invocation, pointed, recognise
from preflight.rehearsal.index import Index
from preflight.rehearsal.limits import Limits
from preflight.rehearsal.pages import Pages
from preflight.rehearsal.running import Ran, run_client
from preflight.rehearsal.server import LOOPBACK, Running, serving
from preflight.rehearsal.state import State
from preflight.rehearsal.trusted_publishing import TrustedPublishing
from preflight.sources.records import dataclass

SKIP_EXISTING = "--skip-existing"
"""An option that some clients have for PyPI only: the index plays what it does."""


class NoUpload(Exception):
    """The command is none of the uploads that are known; the message says which are."""


@dataclass(frozen=True)
class Session:
    """A rehearsal that runs. `folder` is where it keeps everything."""

    index: Index
    trusted: TrustedPublishing
    running: Running
    folder: Path
    notes: list[str] = field(default_factory=list)
    """What the report is to say besides."""

    @contextmanager
    def over_tls(self) -> Iterator[tuple[Running, Path]]:
        """The same index under an address with TLS as long as the block lasts, and the certificate to trust."""
        certificate = made_certificate(LOOPBACK, self.folder)
        with serving(self.index, Pages(self.index, self.trusted), tls=certificate.context) as running:
            yield running, certificate.path

    @property
    def home(self) -> Path:
        """The home folder of the clients: empty at first."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return home

    def run(
        self,
        words: Sequence[str],
        folder: Path,
        *,
        token: str | None = "",
        more: Mapping[str, str] | None = None,
        url: str = "",
    ) -> Ran:
        """Run an upload command. `token` is what it logs in with: empty for one of an account, None for none at all; `more` are variables besides, and `url` is
        another address than that of the session.

        Raises:
            NoUpload, CannotStart
        """
        invocation = invocation_of(words)
        given = self.index.mint.account_token() if token == "" else token
        client = pointed(invocation, url or self.running.upload_url, self.home, os.environ, token=given)
        for path, text in client.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.index.skip_existing = SKIP_EXISTING in client.left_out
        environment = {**client.environment, **(more or {})}
        return Ran(tuple(words), run_client(client.command, environment, folder), client.left_out)


def invocation_of(words: Sequence[str]) -> Invocation:
    """The upload that a command makes.

    Raises:
        NoUpload: it is none that is known.
    """
    invocation = recognise(words)
    if invocation is None:
        shown = " ".join(words)[:80]
        raise NoUpload(
            f"`{shown}` is no upload that can be rehearsed: twine upload, uv publish, poetry publish, hatch publish, flit publish, pdm publish, maturin upload"
        )
    return invocation


@contextmanager
def rehearsing(state: State, folder: Path, limits: Limits, port: int = 0) -> Iterator[Session]:
    """A rehearsal as long as the block lasts.

    Raises:
        CannotListen: the port cannot be had.
    """
    index = Index(state, folder / "index", limits)
    trusted = TrustedPublishing(index)
    with serving(index, Pages(index, trusted), port) as running:
        yield Session(index, trusted, running, folder)
