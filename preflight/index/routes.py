"""The way to a host: certificate authorities and proxies, as the environment and the system state them. Sends nothing."""

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from preflight.index.failures import Unreachable, host_of
from preflight.sources.records import dataclass

if TYPE_CHECKING:
    from ssl import SSLContext

BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The variables that name a bundle of certificate authorities; the first that is set holds."""


def tls_context() -> "SSLContext":
    """A context that verifies, with the authorities named in the environment or else those of the system.

    Raises:
        Unreachable: a named bundle cannot be read.
    """
    import ssl  # takes as long to import as the rest of this room

    for variable in BUNDLES:
        path = os.environ.get(variable)
        if not path:
            continue
        try:
            if Path(path).is_dir():
                return ssl.create_default_context(capath=path)
            return ssl.create_default_context(cafile=path)
        except (OSError, ssl.SSLError):
            raise Unreachable("tls", f"the file that {variable} names cannot be read as certificates") from None
    context = ssl.create_default_context()
    if not context.get_ca_certs():
        _add_certifi(context)
    return context


def _add_certifi(context: "SSLContext") -> None:
    """Python on macOS may come without any authorities; certifi has them where it is installed."""
    try:
        from certifi import where
    except ImportError:
        return
    context.load_verify_locations(where())


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy to go through. `user` and `password` are for it alone and are never shown."""

    url: str
    user: str
    password: str


def proxy_for(url: str) -> Proxy | None:
    """The proxy for an address, from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY or the system's settings; none for this machine itself.

    Raises:
        Unreachable: the proxy's address is of no use.
    """
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host) or proxy_bypass(host_of(url)):
        return None
    proxies = getproxies()
    text = proxies.get(parts.scheme) or proxies.get("all")
    if not text:
        return None
    if "://" not in text:
        text = f"http://{text}"
    try:
        given = urlsplit(text)
        port = given.port
    except ValueError:
        raise Unreachable("proxy", "the address of the proxy in the environment is malformed") from None
    if given.scheme not in ("http", "https") or not given.hostname:
        raise Unreachable(
            "proxy", f"the proxy in the environment is of a kind ({given.scheme}) that cannot be used here"
        )
    name = f"[{given.hostname}]" if ":" in given.hostname else given.hostname
    return Proxy(
        f"{given.scheme}://{name}{f':{port}' if port else ''}",
        unquote(given.username or ""),
        unquote(given.password or ""),
    )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, so that plain HTTP shows nothing to anybody else."""
    from ipaddress import ip_address

    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
