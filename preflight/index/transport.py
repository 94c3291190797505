"""Asks addresses for a run: verdicts on dead hosts, retries, redirects and the disk cache. Knows no index and no GitHub."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from preflight import __version__
from preflight.engine.facts import Unavailable
from preflight.index.addresses import origin, redirected, refuse_plain, without_user
from preflight.index.failures import FINAL, SILENT, Unreachable, host_of, shown
from preflight.index.store import Store
from preflight.index.wire import Limits, Reply, Sender, Wire
from preflight.sources.records import dataclass

if TYPE_CHECKING:
    from preflight.index.allowance import Allowance
    from preflight.index.endpoints import Endpoints

USER_AGENT = f"preflight/{__version__} (+https://pypi-preflight.readthedocs.io/)"

_ALWAYS = {"user-agent": USER_AGENT, "accept-encoding": "gzip"}

PATIENCE = 4.5
"""Seconds that one run waits in vain, over all hosts: with a dead network it is over within five."""

CONNECT, FIRST, WHOLE = 2.0, 3.0, 20.0
"""Seconds to reach a host, for the first answer of a run (so that one host cannot use up the patience), and for any later one that keeps coming."""

MOST_REDIRECTS = 4
MOST_RETRIES = 2
LONGEST_PAUSE = 2.0
"""Seconds. A host that asks for a longer pause is asked nothing more."""

AT_ONCE = 4
"""Requests under way at the same time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. `url` is the one that gave it, `headers` have their names in small letters; `cached` when the body is that of an earlier run."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    cached: bool = False

    @property
    def content_type(self) -> str:
        """The media type alone, in small letters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that was sent, as it may be shown: without query and credentials. `status` is None where no answer came."""

    method: str
    url: str
    status: int | None


class Transport:
    """The only way to the network. One for each run: it remembers which hosts are dead and what was answered already.

    `anchor` is an address that answers whenever there is a network at all: where it is silent and nobody has answered yet, no other host is
    tried; and where another host is the first to be silent, it is asked whether that is the host or the network.
    `deadline_seconds` is what may be waited in vain.
    """

    def __init__(
        self,
        *,
        deadline_seconds: float = PATIENCE,
        cache: Path | None = None,
        anchor: str = "",
        sender: Sender | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.requests: list[Sent] = []
        self._patience = deadline_seconds
        self._charged_until = float("-inf")
        self._store = Store(cache) if cache else None
        self._anchor = anchor
        self._sender = sender or Wire()
        self._clock = clock
        self._sleep = sleep
        self._dead: dict[str, Unreachable] = {}
        self._ailing: dict[str, str] = {}
        self._answered = False
        self._known: dict[tuple[str, ...], Answer | Unreachable] = {}
        self._lock = threading.RLock()

    @property
    def troubles(self) -> tuple[str, ...]:
        """What could not be asked, in one sentence where the whole network is silent, else one for each host that is silent or answers with errors alone."""
        whole = self._dead.get("")
        told = {**self._ailing, **{host: each.message for host, each in self._dead.items()}}
        return (whole.message,) if whole else tuple(dict.fromkeys(told.values()))

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        accept: str | None = None,
        allowance: "Allowance | None" = None,
        asker: str = "",
    ) -> Answer:
        """Fetch an address. The same one is asked once a run, and conditionally where an earlier run kept its answer.

        A status of 4xx or 5xx is an answer too. Each request that it takes is taken from the allowance. What is asked with a credential is kept on
        disk only for an `asker`, the credential by which the same one is known again.

        Raises:
            Unreachable: there is no answer.
        """
        given = {name.lower(): value for name, value in (headers or {}).items()}
        if accept:
            given["accept"] = accept
        key = (url, *(f"{name}={value}" for name, value in sorted(given.items())))
        with self._lock:
            known = self._known.get(key)
        if known is None:
            try:
                known = self._get(url, given, allowance, asker)
            except Unreachable as error:
                if error.kind == "budget":
                    raise  # another workspace of the run may be allowed to
                known = error
            with self._lock:
                self._known[key] = known
        if isinstance(known, Unreachable):
            raise known
        return known

    def post(self, url: str, *, json: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Answer:
        """Send JSON, once: it is neither repeated, redirected nor remembered.

        Raises:
            Unreachable: there is no answer.
        """
        from json import dumps

        given = {name.lower(): value for name, value in (headers or {}).items()}
        given |= {"content-type": "application/json", "accept": given.get("accept", "application/json")}
        reply = self._attempt("POST", url, given, dumps(json).encode())
        return Answer(url, reply.status, reply.headers, reply.body)

    def gather(
        self,
        urls: Iterable[str],
        *,
        headers: Mapping[str, str] | None = None,
        accept: str | None = None,
        allowance: "Allowance | None" = None,
    ) -> dict[str, Answer | Unreachable]:
        """Fetch several addresses, a few at a time; in the order given."""
        wanted = list(dict.fromkeys(urls))
        found: dict[str, Answer | Unreachable] = {}
        waiting = iter(wanted)

        def work() -> None:
            while True:
                with self._lock:
                    url = next(waiting, None)
                if url is None:
                    return
                try:
                    found[url] = self.get(url, headers=headers, accept=accept, allowance=allowance)
                except Unreachable as error:
                    found[url] = error

        workers = [threading.Thread(target=work, daemon=True) for _ in range(min(AT_ONCE, len(wanted)) - 1)]
        for worker in workers:
            worker.start()
        work()
        for worker in workers:
            worker.join()
        return {url: found[url] for url in wanted}

    def close(self) -> None:
        """Close what is kept open."""
        self._sender.close()

    def _get(self, url: str, headers: Mapping[str, str], allowance: "Allowance | None", asker: str) -> Answer:
        accept = headers.get("accept", "")
        keeps = self._store is not None and (bool(asker) or not {"authorization", "cookie"} & set(headers))
        stored = self._store.read(url, accept, asker) if self._store is not None and keeps else None
        asked: Mapping[str, str] = {**headers, **(stored.conditions if stored else {})}
        at = url
        for _ in range(MOST_REDIRECTS + 1):
            reply = self._patiently(at, asked, allowance)
            if reply.status == 304 and stored is not None:
                return Answer(at, 200, stored.headers, stored.body, cached=True)
            target = reply.headers.get("location")
            if reply.status not in (301, 302, 303, 307, 308) or not target:
                if self._store is not None and keeps and reply.status == 200:
                    self._store.write(url, accept, reply.headers, reply.body, asker)
                return Answer(at, reply.status, reply.headers, reply.body)
            following = redirected(at, target)
            if origin(following) != origin(at):
                asked = {name: value for name, value in asked.items() if name not in ("authorization", "cookie")}
            at = following
        raise Unreachable("redirect", f"{host_of(url)} redirects without an end")

    def _patiently(self, url: str, headers: Mapping[str, str], allowance: "Allowance | None") -> Reply:
        """A GET that is tried again after an answer that asks for it or one that broke off."""
        host = host_of(url)
        for attempt in range(MOST_RETRIES + 1):
            last = attempt == MOST_RETRIES or host in self._ailing
            try:
                reply = self._attempt("GET", url, headers, None, allowance)
            except Unreachable as error:
                if last or _used_up(allowance) or error.kind not in ("reset", "incomplete"):
                    if error.kind != "budget":
                        self._ailing[host] = error.message
                    raise
                pause = 0.2
            else:
                if reply.status != 429 and reply.status < 500:
                    return reply
                pause = _pause(reply, attempt)
                if last or _used_up(allowance) or pause > min(LONGEST_PAUSE, self._patience):
                    self._ailing[host] = f"{host} answered with status {reply.status}"
                    if reply.status == 429:
                        self._give_up(host, Unreachable("limited", f"{host} asks for a pause between requests"))
                    return reply
            started = self._clock()
            self._sleep(pause)
            self._charge(started)
        raise AssertionError("the last attempt answers or raises")

    def _attempt(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        allowance: "Allowance | None" = None,
    ) -> Reply:
        refuse_plain(url, method == "POST" or "authorization" in headers)
        host = host_of(url)
        with self._lock:
            if host in self._dead or "" in self._dead:
                raise self._dead.get(host) or self._dead[""]
            if self._patience <= 0:
                raise Unreachable("timeout", "the network is too slow to wait for")
            if allowance is not None and not allowance.take():
                raise _spent()
            number = len(self.requests)
            self.requests.append(Sent(method, shown(url), None))
        patience = self._patience
        limits = Limits(min(CONNECT, patience), patience, WHOLE if self._answered else min(FIRST, patience))
        started = self._clock()
        try:
            reply = self._sender.send(method, without_user(url), {**_ALWAYS, **headers}, body, limits)
        except Unreachable as error:
            self._charge(started)
            if error.kind in FINAL:
                self._give_up(host, error)
                raise self._dead[host] from None
            raise
        with self._lock:
            self._answered = True
            self.requests[number] = Sent(method, shown(url), reply.status)
        return reply

    def _charge(self, started: float) -> None:
        """Take the time since `started` from the patience; what several threads wait at the same time counts once."""
        with self._lock:
            now = self._clock()
            self._patience -= max(0.0, now - max(started, self._charged_until))
            self._charged_until = max(now, self._charged_until)

    def _give_up(self, host: str, error: Unreachable) -> None:
        if self._anchor and error.kind in SILENT and not self._answered:
            error = self._host_or_network(host, error)
        with self._lock:
            self._dead.setdefault(host, error)

    def _host_or_network(self, host: str, error: Unreachable) -> Unreachable:
        """What to say of the first host that is silent: its own trouble, or that of the whole network."""
        if host != host_of(self._anchor):
            with suppress(Unreachable):
                self._attempt("GET", self._anchor, {}, None)
            return self._dead.get("", error)
        with self._lock:
            return self._dead.setdefault("", Unreachable("network", f"the network does not answer: {error.message}"))


def transport(online: bool, use_cache: bool, endpoints: "Endpoints") -> Transport:
    """The run's way to the outside.

    Raises:
        Unavailable: `--online` was not given.
    """
    if not online:
        raise Unavailable("offline")
    from preflight.sources.cache_folder import cache_folder

    return Transport(cache=cache_folder() / "index" if use_cache else None, anchor=f"{endpoints.pypi}/_/oidc/audience")


def _used_up(allowance: "Allowance | None") -> bool:
    return allowance is not None and allowance.left <= 0


def _spent() -> Unreachable:
    from preflight.index.allowance import USED_UP

    return Unreachable("budget", USED_UP)


def _pause(reply: Reply, attempt: int) -> float:
    """Seconds until the next attempt: what the host asks for (RFC 9110, `Retry-After`), or a little more each time."""
    asked = reply.headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked[:6])
    return LONGEST_PAUSE + 1 if asked else 0.3 * 2.0**attempt
