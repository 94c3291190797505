"""Upload addresses of PyPI and TestPyPI: which ones are, which ones only look so. An index of any other host is not known here."""

from typing import Literal
from urllib.parse import urlsplit

from preflight.engine.finding import Applicability
from preflight.sources.records import dataclass
from preflight.workflows.misspelt_hosts import UPLOAD_HOSTS, misspelt_index
from preflight.workflows.upload_model import PYPI, TESTPYPI

Problem = Literal["slash", "path", "simple", "website", "retired", "insecure", "host", "misspelt"]

_WEBSITES = ("pypi.org", "www.pypi.org")
_RETIRED = ("pypi.python.org", "testpypi.python.org")
_OTHER = ("files.pythonhosted.org", "test-files.pythonhosted.org")

_ADDS_SLASH = frozenset({"poetry", "maturin", "flit"})
"""Clients that mend an address without its final slash (poetry: publishing/publisher.py; flit: upload.py, `normalize_repository_url`)."""

_MAKES_HTTPS = frozenset({"twine", "gh-action-pypi-publish", "deploy-pypi", "rye", "jupyter-releaser", "flit"})
"""Clients that turn `http` into `https` for PyPI's hosts (twine: utils.py, `normalize_repository_url`; flit: upload.py, `SWITCH_TO_HTTPS`)."""

_STOPS_AT_REDIRECT = frozenset({"twine", "gh-action-pypi-publish", "deploy-pypi", "rye", "hatch"})
"""Clients that fail at a redirect (twine: repository.py, `RedirectDetected`). uv follows one since 0.9.18; of others it is not known."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that is no upload endpoint: why, and which one was meant."""

    problem: Problem
    meant: str
    index: Literal["pypi", "testpypi"]
    shown: str
    rejections: tuple[str, ...] = ()

    def surely_stops(self, client: str) -> bool:
        """Whether an upload by a client surely fails there: a host that only looks like a slip may be somebody's own after all."""
        return client in _STOPS_AT_REDIRECT if self.problem == "slash" else self.problem != "misspelt"

    @property
    def certain_target(self) -> Applicability:
        """How an edit may be applied: another host may be another index than the author thinks of."""
        return (
            Applicability.SAFE
            if self.problem in ("slash", "path", "insecure", "retired", "simple")
            else Applicability.UNSAFE
        )


def read_endpoint(address: str, client: str = "") -> Endpoint | None:
    """Why an address of PyPI or TestPyPI takes no uploads; None where it does, belongs to somebody else, or is mended by the client that is given it.

    warehouse: forklift/__init__.py (routes `/legacy/` and `/legacy`, on the hosts for uploads alone) and config.py
    (`require_https_tween_factory`).
    """
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").lower()
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or port not in (None, 80, 443):
        return None
    test = "test" in host or parts.path.startswith("/test")
    index: Literal["pypi", "testpypi"] = "testpypi" if test else "pypi"
    meant = TESTPYPI if test else PYPI
    shown = f"{parts.scheme}://{host}{parts.path}"
    insecure = parts.scheme.lower() == "http"
    problem: Problem | None = None
    rejections: tuple[str, ...] = ()
    if host in UPLOAD_HOSTS:
        if insecure and client not in _MAKES_HTTPS:
            problem, rejections = "insecure", ("insecure-http",)
        elif parts.path == "/legacy":
            if client in _ADDS_SLASH:
                return None
            problem, rejections = "slash", ("missing-trailing-slash",)
        elif parts.path != "/legacy/":
            problem = "simple" if parts.path.startswith("/simple") else "path"
    elif host in _WEBSITES:
        problem = "simple" if parts.path.startswith("/simple") else "website"
    elif host in _RETIRED:
        problem = "retired"
    elif host in _OTHER:
        problem = "host"
    elif (slip := misspelt_index(host, parts.path)) is not None:
        problem, index, meant = "misspelt", slip, TESTPYPI if slip == "testpypi" else PYPI
    return None if problem is None else Endpoint(problem, meant, index, shown, rejections)
