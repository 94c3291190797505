"""Which addresses may be asked, redirected to, and given a secret. Sends nothing."""

from urllib.parse import urljoin, urlsplit

from preflight.index.failures import Unreachable, host_of, shown
from preflight.index.routes import is_loopback


def redirected(url: str, target: str) -> str:
    """The address that a redirect leads to.

    Raises:
        Unreachable: it is not encrypted, and not on this machine.
    """
    try:
        following = urljoin(url, target)
        old, new = urlsplit(url), urlsplit(following)
        local = new.scheme == "http" and is_loopback(new.hostname or "") and is_loopback(old.hostname or "")
        secure = new.scheme == "https" and bool(new.hostname)
    except ValueError:
        secure = local = False
    if not (secure or local):
        raise Unreachable("redirect", f"{host_of(url)} redirects to an address that is not encrypted")
    return following


def origin(url: str) -> tuple[str, str]:
    """Scheme and host: what was given for one is not given to another."""
    return urlsplit(url).scheme, host_of(url)


def refuse_plain(url: str, secret: bool) -> None:
    """What holds a secret goes encrypted, or stays on this machine.

    Raises:
        Unreachable: the address would not keep to that, or cannot be asked at all.
    """
    try:
        parts = urlsplit(url)
        host, scheme, _ = parts.hostname or "", parts.scheme, parts.port
    except ValueError:
        raise Unreachable("address", "a malformed address cannot be asked") from None
    if scheme not in ("http", "https") or not host:
        raise Unreachable("address", f"{shown(url)} is no address that can be asked")
    if scheme == "http" and secret and not is_loopback(host):
        raise Unreachable("insecure", f"{host_of(url)} is asked without encryption, so no credential is sent there")


def without_user(url: str) -> str:
    """The address without a user and password: those are never sent unless they were given as a header."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
