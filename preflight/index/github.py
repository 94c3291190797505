"""GitHub's REST API, read-only: a few questions, each asked once, and why one could not be answered in people's words. Changes nothing."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from preflight.engine.facts import Unavailable
from preflight.index.allowance import FOR_GITHUB, Allowance
from preflight.index.failures import Unreachable
from preflight.index.github_token import GitHubToken, find_token

if TYPE_CHECKING:
    from preflight.index.allowance import Allowances
    from preflight.index.endpoints import Endpoints
    from preflight.index.transport import Answer, Transport
    from preflight.sources.tree import Tree

_HEADERS: Mapping[str, str] = {"X-GitHub-Api-Version": "2022-11-28"}
_ACCEPT = "application/vnd.github+json"


class Hidden(Unavailable):
    """GitHub shows the asker no such thing. `missing` is True for 404: it does not exist, or is private."""

    def __init__(self, reason: str, *, missing: bool) -> None:
        super().__init__(reason)
        self.missing = missing


class GitHub:
    """The API of one server. `token` may be None: then only what is public is shown."""

    def __init__(
        self, transport: "Transport", base: str, token: GitHubToken | None, allowance: Allowance | None = None
    ) -> None:
        self.token = token
        self._transport = transport
        self._base = base.rstrip("/")
        self._allowance = allowance or Allowance(FOR_GITHUB)
        self._answers: dict[str, object] = {}
        self._refused: dict[str, Unavailable] = {}
        self._over: Unavailable | None = None

    @property
    def is_public(self) -> bool:
        """Whether this is GitHub itself, whose accounts PyPI knows, and no server of one's own."""
        return self.host == "github.com"

    @property
    def host(self) -> str:
        """The host that people see: `github.com`, or the server's own."""
        return web_host(self._base)

    def get(self, *path: str, what: str) -> object:
        """The JSON at a path of the API; `what` names it in a sentence. The same path is asked once.

        Raises:
            Hidden: it does not exist or is not shown.
            Unavailable: there is no answer, or no more questions may be asked.
        """
        address = "/".join(quote(part, safe="") for part in path)
        if address in self._answers:
            return self._answers[address]
        if address in self._refused:
            raise self._refused[address]
        try:
            self._answers[address] = self._ask(address, what)
        except Unavailable as refusal:
            self._refused[address] = refusal
            raise
        return self._answers[address]

    def _ask(self, address: str, what: str) -> object:
        if self._over is not None:
            raise self._over
        headers = dict(_HEADERS)
        asker = "anybody"
        if self.token is not None:
            asker = self.token.value
            headers["Authorization"] = f"Bearer {asker}"
        try:
            answer = self._transport.get(
                f"{self._base}/{address}?per_page=100",
                headers=headers,
                accept=_ACCEPT,
                allowance=self._allowance,
                asker=asker,
            )
        except Unreachable as error:
            raise Unavailable(error.message) from None
        if answer.status == 200:
            return _json(answer, what)
        raise self._refusal(answer, what)

    def _refusal(self, answer: "Answer", what: str) -> Unavailable:
        """Why GitHub gives no answer (REST API, "Troubleshooting the REST API", "Rate limits for the REST API")."""
        limited = answer.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in answer.headers
        if answer.status in (403, 429) and (limited or answer.status == 429):
            self._over = Unavailable(f"GitHub's rate limit is used up{_until(answer)}{self._more()}")
            return self._over
        if answer.status == 401:
            source = self.token.source if self.token is not None else "none"
            self._over = Unavailable(f"GitHub does not accept the token from {source}")
            return self._over
        if answer.status in (403, 404):
            asker = f"the token from {self.token.source}" if self.token is not None else "somebody without a token"
            return Hidden(f"GitHub shows {asker} no {what}", missing=answer.status == 404)
        return Unavailable(f"GitHub answers {answer.status} where it is asked for {what}")

    def _more(self) -> str:
        return "" if self.token is not None else "; with a token in GITHUB_TOKEN, or `gh auth login`, it is higher"


def github(
    transport: "Transport",
    endpoints: "Endpoints",
    environment: Mapping[str, str],
    tree: "Tree",
    allowances: "Allowances",
) -> GitHub:
    """The API to ask: that of github.com, or of the server that GITHUB_API_URL names."""
    base = endpoints.github
    return GitHub(transport, base, find_token(environment, web_host(base), tree.disk_root), allowances.github)


def web_host(base: str) -> str:
    """The host of a server's pages, from that of its API (`https://api.github.com`, `https://HOST/api/v3`, `https://api.NAME.ghe.com`)."""
    host = urlsplit(base).hostname or ""
    return host.removeprefix("api.") if host == "api.github.com" or host.endswith(".ghe.com") else host


def _json(answer: "Answer", what: str) -> object:
    from json import loads

    try:
        value: object = loads(answer.body)
    except (ValueError, RecursionError):
        raise Unavailable(f"GitHub's answer about {what} cannot be read") from None
    return value


def _until(answer: "Answer") -> str:
    """When the limit ends, where the answer says it."""
    from datetime import UTC, datetime

    reset = answer.headers.get("x-ratelimit-reset", "")
    if not (reset.isascii() and reset.isdigit() and len(reset) <= 11):
        return ""
    return f" until {datetime.fromtimestamp(int(reset), UTC):%H:%M} UTC"
