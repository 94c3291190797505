"""Why an address could not be asked, in people's words. Opens nothing and holds no secret."""

from urllib.parse import urlsplit


class Unreachable(Exception):
    """An address that gave no usable answer. `kind` is one word for programs, `message` is for people and holds neither query nor credentials.

    Kinds: dns, refused, timeout, tls, proxy, reset, incomplete, too-large, redirect, limited, insecure, address, budget, network;
    of an answer that is of no use: status, unreadable.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


FINAL = frozenset({"dns", "refused", "timeout", "tls", "proxy", "limited"})
"""Kinds after which a host is asked nothing more in this run."""

SILENT = frozenset({"dns", "timeout", "refused", "proxy"})
"""Kinds that mean no network at all, where nothing else has answered either."""


def host_of(url: str) -> str:
    """The host of an address as it may be shown, with its port where one is given."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.hostname or ''}{port}" or "an address without a host"
    except ValueError:
        return "a malformed address"


def shown(url: str) -> str:
    """An address without user, password, query and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "a malformed address"
    return f"{parts.scheme}://{host_of(url)}{parts.path}"


def unanswered(url: str, seconds: float, *, proxied: bool) -> Unreachable:
    """No answer in time. Behind a proxy it may be that one that is silent."""
    through = " through the proxy" if proxied else ""
    return Unreachable("timeout", f"{host_of(url)} did not answer{through} within {seconds:.1f} seconds")


def translated(error: BaseException, url: str, seconds: float, *, proxied: bool = False) -> Unreachable:
    """What urllib3 or the system raised, as one of our kinds."""
    import socket  # only a run that is online pays for these
    import ssl

    from urllib3 import exceptions as raised

    host = host_of(url)
    if isinstance(error, raised.ProxyError):
        return Unreachable("proxy", f"the proxy on the way to {host} does not answer or refuses")
    if isinstance(error, raised.NameResolutionError) or _caused_by(error, socket.gaierror):
        return Unreachable("dns", f"no address was found for {host}")
    # A NewConnectionError counts as a TimeoutError in urllib3.
    if isinstance(error, raised.NewConnectionError) or _caused_by(error, ConnectionRefusedError):
        return Unreachable("refused", f"no connection to {host} could be made")
    if isinstance(error, raised.TimeoutError) or _caused_by(error, TimeoutError):
        return unanswered(url, seconds, proxied=proxied)
    if isinstance(error, raised.SSLError) or _caused_by(error, ssl.SSLError):
        return Unreachable("tls", _tls_words(error, host))
    if isinstance(error, raised.IncompleteRead) or _caused_by(error, raised.IncompleteRead):
        return Unreachable("incomplete", f"{host} broke off in the middle of its answer")
    if isinstance(error, (raised.LocationParseError, raised.LocationValueError, UnicodeError)):
        return Unreachable("address", f"{host} is no address that can be asked")
    return Unreachable("reset", f"{host} closed the connection or answered what is no HTTP")


def _tls_words(error: BaseException, host: str) -> str:
    import ssl

    verification = _find(error, ssl.SSLCertVerificationError)
    if isinstance(verification, ssl.SSLCertVerificationError):
        reason = verification.verify_message.rstrip(".")
        return (
            f"the certificate of {host} cannot be trusted ({reason}); "
            "SSL_CERT_FILE can name a bundle that holds its authority"
        )
    return f"no encrypted connection to {host} could be made"


def _caused_by(error: BaseException, kind: type[BaseException]) -> bool:
    return _find(error, kind) is not None


def _find(error: BaseException, kind: type[BaseException]) -> BaseException | None:
    """The first error of a kind in what an error was raised from, or holds: urllib3 wraps them in both ways."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, kind):
            return each
        waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    return None
