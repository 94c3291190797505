"""What a job may use its identity token for beside trusted publishing, and how scripts ask for one. Asks for none itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

if TYPE_CHECKING:
    from preflight.workflows.model import Job

_USES_ID_TOKEN = (
    "attest",
    "sigstore",
    "cosign",
    "configure-aws-credentials",
    "google-github-actions/auth",
    "azure/login",
    "id_token",
    "id-token",
    "oidc",
)
_KNOWN_WITHOUT_ID_TOKEN = (
    "actions/checkout",
    "actions/setup-",
    "actions/download-artifact",
    "actions/upload-artifact",
    "actions/cache",
    "astral-sh/setup-uv",
    "pypa/gh-action-pypi-publish",
    "pypa/cibuildwheel",
    "pypa/hatch",
    "snok/install-poetry",
    "abatilo/actions-poetry",
    "pdm-project/setup-pdm",
    "pyo3/maturin-action",
    "softprops/action-gh-release",
    "step-security/harden-runner",
    "hynek/build-and-inspect-python-package",
)

_EXCHANGE = _compile(r"https://(?P<host>pypi\.org|test\.pypi\.org)/_/oidc/(?:github/)?mint-token\b")
_ACTION_CALL = _compile(r"\bgetIDToken\(\s*(?:(?P<quote>['\"`])(?P<audience>[^'\"`$]*)(?P=quote)\s*)?\)")
_REQUEST = _compile(r"ACTIONS_ID_TOKEN_REQUEST_URL\}?(?P<rest>[^\s\"']*)")
_AUDIENCE = _compile(r"&audience=(?P<audience>[A-Za-z0-9._:/-]+)")
_ID_COMMAND = _compile(r"(?:\bpython3?\s+-m\s+id|\buvx\s+id|\bpipx\s+run\s+id)\s+(?P<audience>[A-Za-z0-9._:/-]+)")
INDEX_OF_HOST = {"pypi.org": "pypi", "test.pypi.org": "testpypi"}


def may_use_id_token(job: Job) -> bool:
    """Whether some step may need the token for something else: attesting, signing, a cloud log-in, an action that is not known."""
    for step in job.all_steps():
        text = step.run.value.lower() if step.run is not None else ""
        if any(word in text for word in _USES_ID_TOKEN):
            return True
        uses = step.uses
        if uses is not None:
            name = uses.name.lower()
            if any(word in name for word in _USES_ID_TOKEN) or not name.startswith(_KNOWN_WITHOUT_ID_TOKEN):
                return True
    return False


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A place in a script that asks for an identity token: the audience and where it stands in the text.

    `audience` is None where none is asked for, so that the token has GitHub's default, the URL of the repository's owner.
    """

    audience: str | None
    start: int
    end: int


def token_requests(script: str) -> Iterator[TokenRequest]:
    """The requests for an identity token in a script or in code for `actions/github-script`, those with an audience that is plain text.

    GitHub, "OpenID Connect reference": `audience` is a parameter of the request's URL, or the argument of `core.getIDToken`.
    """
    for match in _ACTION_CALL.finditer(script):
        if match["quote"] is None:
            yield TokenRequest(None, match.start(), match.end())
        else:
            yield TokenRequest(match["audience"], match.start("audience"), match.end("audience"))
    for match in _REQUEST.finditer(script):
        given = _AUDIENCE.fullmatch(match["rest"])
        if given is not None:
            start = match.start("rest") + given.start("audience")
            yield TokenRequest(given["audience"], start, start + len(given["audience"]))
    for match in _ID_COMMAND.finditer(script):
        yield TokenRequest(match["audience"], match.start("audience"), match.end("audience"))


def exchange_hosts(script: str) -> list[str]:
    """The indexes at which a script exchanges an identity token for an upload token (PyPI, "The manual way")."""
    return list(dict.fromkeys(INDEX_OF_HOST[match["host"]] for match in _EXCHANGE.finditer(script)))
