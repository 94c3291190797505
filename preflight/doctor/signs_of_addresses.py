"""What the address of an upload, and the section of the configuration that should hold it, say of messages about it. Asks no server.

Each function looks at one message that has several causes, as in `signs`.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from preflight.doctor.extraction import Extracted, Failure
from preflight.doctor.reading import Log
from preflight.doctor.sign import RULED_OUT, Reader, Sign
from preflight.sources.patterns import compile as _compile

_REDIRECTION = _compile(
    r"(?P<url>https?://[^\s'\"`]+)['\"`]{0,2} attempted to redirect to ['\"`]{0,2}(?P<target>https?://[^\s'\"`]+)"
)


def _redirected(failure: Failure, _: Extracted, log: Log) -> Iterator[Sign]:
    match = failure.matches[0]
    told = log.message_at(match.first)
    said = _REDIRECTION.search(told.text if told is not None else log.lines[match.first].text)
    url, target = said.groups() if said is not None else (None, None)
    if url and target:
        slash = target.rstrip("/").partition("://")[2] == url.rstrip("/").partition("://")[2] and target.endswith("/")
        yield Sign(
            "missing-trailing-slash" if slash and not url.endswith("/") else "wrong-repository-url", 6, decisive=slash
        )


def _not_there(_: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    url = extracted.url or ""
    if url.endswith("/legacy"):
        yield Sign("missing-trailing-slash", 5)
    elif "pypi.org" in url or url.endswith("/"):
        yield Sign("wrong-repository-url", 4)
    elif url:
        yield Sign("missing-trailing-slash", 2)


def _unreached(_: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    if extracted.index in ("pypi", "testpypi"):
        yield Sign("pypi-outage", 3)
        yield Sign("wrong-repository-url", RULED_OUT)
    elif extracted.url:
        yield Sign("wrong-repository-url", 3)
    else:
        yield Sign("pypi-outage", 1)  # no address that could be wrong: clients send to PyPI unless told otherwise


_INDEX_HOST = _compile(r"(?:host=|resolve |//)['\"]?(?P<host>upload\.pypi\.org|test\.pypi\.org|pypi\.org)(?![\w.-])")


def _unresolved(failure: Failure, extracted: Extracted, log: Log) -> Iterator[Sign]:
    """A host without an address: a name that is no index's is misspelt, PyPI's own is out of reach from here."""
    lines = log.lines[max(0, failure.matches[0].first - 3) : failure.matches[0].last + 1]
    if extracted.index in ("pypi", "testpypi") or any(_INDEX_HOST.search(line.text) for line in lines):
        yield Sign("pypi-outage", 3)
        yield Sign("wrong-repository-url", RULED_OUT)


_BLOCKED = _compile(
    r"(?i)connection refused|operation not permitted|permission denied|egress|harden-runner|tunnel connection|proxy"
)


def _signing_unreached(failure: Failure, _: Extracted, log: Log) -> Iterator[Sign]:
    """A service of Sigstore that does not answer: a connection that is refused at once was blocked on the way."""
    lines = log.lines[max(0, failure.matches[0].first - 10) : failure.matches[-1].last + 3]
    if any(_BLOCKED.search(line.text) for line in lines):
        yield Sign("egress-policy-blocks-host", 3)
    else:
        yield Sign("sigstore-outage", 3)


_NO_SECTION = _compile(r"(?:epository.*)|-.*|.*\*.*|(?:\.[\\/])?dist(?:[\\/].*)?|.*\.(?:whl|gz|zip|egg|bz2|exe)")
"""What `-r` got by mistake: the rest of `-repository`, another option, or the files."""


def _section(failure: Failure, _: Extracted, __: Log) -> Iterator[Sign]:
    section = failure.groups.get("section") or ""
    if _NO_SECTION.fullmatch(section):
        yield Sign("twine-argument-misread", 8, decisive=section.startswith("epository"))
    elif section in ("pypi", "testpypi"):
        yield Sign("pypirc-section-missing", 5)


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "redirected": _redirected,
        "status-404": _not_there,
        "host-unknown": _unresolved,
        "signing-service-unreached": _signing_unreached,
        "connection-traceback": _unreached,
        "connection-broken": _unreached,
        "connection-timed-out": _unreached,
        "section-missing": _section,
    }
)
"""The messages about addresses, by the name of the failure or refusal, and who reads the signs for their causes."""
