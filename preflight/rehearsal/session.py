"""One rehearsal from start to end: the index that serves, and the upload commands that are run against it. Decides nothing of what they send."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path

from preflight.credentials.redact import redact
from preflight.rehearsal.certificate import made_certificate
from preflight.rehearsal.clients import Invocation, pointed, recognise
from preflight.rehearsal.destinations import Destination
from preflight.rehearsal.index import Index
from preflight.rehearsal.limits import Limits
from preflight.rehearsal.pages import Pages
from preflight.rehearsal.running import Ran, run_client
from preflight.rehearsal.server import LOOPBACK, Running, serving
from preflight.rehearsal.state import State
from preflight.rehearsal.stated import choices, shown
from preflight.rehearsal.trusted_publishing import TrustedPublishing
from preflight.sources.records import dataclass
from preflight.sources.words import say

SKIP_EXISTING = "--skip-existing"
"""An option that some clients have for PyPI only: the index plays what it does."""


STOPPED = 1
"""The status of a client that stops before it uploads."""


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
        as_typed: bool = False,
    ) -> Ran:
        """Run an upload command. `token` is what it logs in with: empty for one of an account, None for none at all; `more` are variables besides, and `url` is
        another address than that of the session. With `as_typed` the credentials that the command gives go before the token.

        Raises:
            NoUpload, CannotStart
        """
        invocation = invocation_of(words)
        given = self.index.mint.account_token() if token == "" else token
        address = url or self.running.upload_url
        client = pointed(invocation, address, self.home, os.environ, token=given, as_typed=as_typed)
        for path, text in client.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.index.skip_existing = SKIP_EXISTING in client.left_out
        environment = {**client.environment, **(more or {})}
        status = run_client(client.command, environment, folder)
        return Ran(shown(client.client, words), status, client.left_out)

    def run_typed(self, words: Sequence[str], folder: Path, there: Destination) -> Ran:
        """Run an upload as somebody typed it: to where and as whom the command says, as far as that can be played.

        Raises:
            NoUpload, CannotStart
        """
        client = invocation_of(words).client
        _note(self.notes, there.notes)
        if there.stops:
            return Ran(shown(client, words), STOPPED, (), there.stops)
        self.index.gate = there.refusal
        try:
            ran = self.run(words, folder, url=self.running.url + there.path, as_typed=True)
        finally:
            self.index.gate = None
        if ran.status == 0 and self.index.forget_redirects():
            _note(self.notes, (say("the client followed PyPI's redirect from /legacy to /legacy/"),))
        if choices(client, words, client.who.__contains__) and any(each.taken for each in self.index.attempts):
            _note(self.notes, (say("whether the credentials of the command are live is not known here"),))
        return ran


def invocation_of(words: Sequence[str]) -> Invocation:
    """The upload that a command makes.

    Raises:
        NoUpload: it is none that is known.
    """
    invocation = recognise(words)
    if invocation is None:
        raise NoUpload(
            f"`{_short(redact(' '.join(words)))}` is no upload that can be rehearsed: "
            "twine upload, uv publish, poetry publish, hatch publish, flit publish, pdm publish, maturin upload"
        )
    return invocation


_LONGEST_SHOWN = 80


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def _note(notes: list[str], more: Iterable[str]) -> None:
    notes.extend(each for each in more if each not in notes)


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
