"""One request and its reply over urllib3, within a time that holds whatever hangs. Neither retries nor redirects: that is the transport's."""

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from preflight.index.failures import Unreachable, host_of, translated, unanswered
from preflight.index.routes import proxy_for, tls_context
from preflight.sources.records import dataclass

if TYPE_CHECKING:
    from ssl import SSLContext

    from urllib3 import PoolManager

LARGEST_BODY = 64 * 1024 * 1024
"""The longest lists of files on PyPI have some 20 MB."""

_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to connect, between two pieces of the answer, and for all of it."""

    connect: float
    read: float
    whole: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, with header names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Sender(Protocol):
    """What the transport sends through; tests give their own."""

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, limits: Limits
    ) -> Reply: ...  # pragma: no cover

    def close(self) -> None: ...  # pragma: no cover


def _is_proxied(url: str) -> bool:
    try:
        return proxy_for(url) is not None
    except Unreachable:
        return False


class Wire:
    """Sends over urllib3, with its connections kept open between requests."""

    def __init__(self, largest: int = LARGEST_BODY) -> None:
        self._largest = largest
        self._managers: dict[str, PoolManager] = {}
        self._context: SSLContext | None = None
        self._lock = threading.Lock()

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, limits: Limits) -> Reply:
        """Send one request.

        It runs in a thread of its own: looking up a name knows no time limit, and neither does an answer that comes byte by byte.

        Raises:
            Unreachable: there was no whole answer in time.
        """
        done: list[Reply | Unreachable] = []

        def work() -> None:
            try:
                done.append(self._exchange(method, url, headers, body, limits))
            except Unreachable as error:
                done.append(error)
            except Exception as error:
                done.append(translated(error, url, limits.read, proxied=_is_proxied(url)))

        thread = threading.Thread(target=work, daemon=True, name=f"preflight {host_of(url)}")
        thread.start()
        thread.join(limits.whole)
        if not done:
            raise unanswered(url, limits.whole, proxied=_is_proxied(url))
        if isinstance(done[0], Unreachable):
            raise done[0]
        return done[0]

    def close(self) -> None:
        """Close the connections that are kept open."""
        with self._lock:
            for manager in self._managers.values():
                manager.clear()
            self._managers.clear()

    def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, limits: Limits) -> Reply:
        from urllib3 import Timeout

        response = self._manager(url).request(
            method,
            url,
            body=body,
            headers=dict(headers),
            timeout=Timeout(connect=limits.connect, read=limits.read),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            pieces: list[bytes] = []
            size = 0
            for piece in response.stream(_CHUNK, decode_content=True):
                size += len(piece)
                if size > self._largest:
                    raise Unreachable(
                        "too-large", f"the answer of {host_of(url)} has more than {self._largest // 1024**2} MiB"
                    )
                pieces.append(piece)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        names = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status, names, b"".join(pieces))

    def _manager(self, url: str) -> "PoolManager":
        """The connections for a way: direct ones, or those through one proxy. The authorities are read only where something is encrypted."""
        from urllib3 import PoolManager, ProxyManager, make_headers

        proxy = proxy_for(url)
        encrypted = url.lower().startswith("https:") or (proxy is not None and proxy.url.startswith("https:"))
        key = f"{proxy.url if proxy else ''} {encrypted}"
        with self._lock:
            manager = self._managers.get(key)
            if manager is None:
                if encrypted and self._context is None:
                    self._context = tls_context()
                context = self._context if encrypted else None
                if proxy is None:
                    manager = PoolManager(ssl_context=context, maxsize=8)
                else:
                    secret = f"{proxy.user}:{proxy.password}" if proxy.user else None
                    headers = make_headers(proxy_basic_auth=secret) if secret else None
                    manager = ProxyManager(
                        proxy.url, proxy_headers=headers, ssl_context=context, proxy_ssl_context=context, maxsize=8
                    )
                self._managers[key] = manager
            return manager
