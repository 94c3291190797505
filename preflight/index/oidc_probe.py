"""The fact `probe`: the identity token of the very run that preflight is part of, read, compared and, when asked, exchanged. Keeps no token."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from preflight.engine.facts import Unavailable
from preflight.index.failures import Unreachable
from preflight.index.oidc_claims import NoToken, TokenClaims, read_claims
from preflight.index.oidc_exchange import Exchange, exchange
from preflight.index.oidc_platform import Platform, platform_of, token_variable
from preflight.publishers.probe_request import ProbeRequest
from preflight.publishers.registered import PYPI, TESTPYPI, index_title
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

if TYPE_CHECKING:
    from preflight.index.endpoints import Endpoints
    from preflight.index.transport import Answer, Transport
    from preflight.plan.publish_plan import PublishPlan
    from preflight.publishers.registered import RegisteredPublisher, RegisteredPublishers

ELSEWHERE = "only jobs of GitHub Actions and GitLab CI can ask for an identity token that PyPI takes"

_SENDABLE = _compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class IndexProbe:
    """What came of the probe for one index.

    `failed` says in people's words why there are no claims, or no exchange; `variable` names the variable that a GitLab job lacks, `disabled` that the
    index has switched trusted publishing off. `pending` is a publisher declared as pending, for which nothing is exchanged: that would create the project.
    """

    index: str
    audience: str = ""
    claims: TokenClaims | None = None
    exchange: Exchange | None = None
    failed: str = ""
    variable: str = ""
    disabled: bool = False
    pending: "RegisteredPublisher | None" = None

    @property
    def title(self) -> str:
        """The index in a sentence."""
        return index_title(self.index)


@dataclass(frozen=True, slots=True)
class Probe:
    """The probe of a run. `forbidden` where the job on GitHub may not ask for an identity token at all."""

    platform: Platform
    indexes: tuple[IndexProbe, ...]
    forbidden: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for could be done: a token was given, and exchanged where that was wanted."""
        return not any(each.failed or (each.exchange and not each.exchange.worked) for each in self.indexes)


class ProbeCrash(Exception):
    """The probe failed in a way that was not foreseen. Its text names the kind of error only, since the error's own could quote a token."""


def probe(
    probe_request: ProbeRequest,
    environment: Mapping[str, str],
    transport: "Transport",
    endpoints: "Endpoints",
    publish_plan: "PublishPlan",
    maybe_registered_publishers: "RegisteredPublishers | None",
) -> Probe:
    """Ask the platform for a token for each index that is published to, read it, and exchange it where that was asked for.

    Raises:
        Unavailable: this is no job of a platform that gives out such tokens.
    """
    platform = platform_of(environment)
    if platform is None:
        raise Unavailable(ELSEWHERE)
    if platform.kind == "github" and not platform.may_ask:
        return Probe(platform, (), forbidden=True)
    prober = _Prober(platform, transport, endpoints, environment, mint=probe_request.mint)
    found = []
    for index in _indexes(platform, publish_plan, maybe_registered_publishers):
        declared = maybe_registered_publishers.on(index, platform.kind) if maybe_registered_publishers else ()
        try:
            found.append(prober.probe(index, declared))
        except Exception as error:
            raise ProbeCrash(f"the probe for {index_title(index)} ended with {type(error).__name__}") from None
    return Probe(platform, tuple(found))


def _indexes(platform: Platform, plan: "PublishPlan", registered: "RegisteredPublishers | None") -> list[str]:
    """The indexes that the plan publishes to with trusted publishing, or that a publisher is declared for; PyPI where there are none."""
    wanted = {row.index for row in plan.all_trusted()}
    if registered is not None:
        wanted |= {each.index for each in registered.publishers if each.kind == platform.kind}
    return [index for index in (PYPI, TESTPYPI) if index in wanted] or [PYPI]


class _Prober:
    """One probe after the other, in one job."""

    def __init__(
        self,
        platform: Platform,
        transport: "Transport",
        endpoints: "Endpoints",
        environment: Mapping[str, str],
        *,
        mint: bool,
    ) -> None:
        self._platform = platform
        self._transport = transport
        self._endpoints = endpoints
        self._environment = environment
        self._mint = mint

    def probe(self, index: str, declared: "tuple[RegisteredPublisher, ...]") -> IndexProbe:
        base = self._endpoints.base(index) or ""
        try:
            answer = self._transport.get(f"{base}/_/oidc/audience", accept="application/json")
            if answer.status == 403:
                return IndexProbe(index, disabled=True)
            audience = _text_in(answer, "audience")
            if audience is None:
                said = "" if answer.status == 200 else f" (status {answer.status})"
                return IndexProbe(
                    index, failed=f"{index_title(index)} does not say for which audience a token has to be{said}"
                )
            token = self._token(audience)
            if token is None:
                return self._without_token(index, audience)
            return self._read(index, audience, base, token, declared)
        except Unreachable as error:
            return IndexProbe(index, failed=error.message)

    def _read(
        self, index: str, audience: str, base: str, token: str, declared: "tuple[RegisteredPublisher, ...]"
    ) -> IndexProbe:
        from preflight.publishers.matching import differences

        kind = self._platform.kind
        try:
            claims = read_claims(token, kind)
        except NoToken:
            return IndexProbe(index, audience, failed=f"{self._platform.title} gave what is no identity token")
        if not self._mint:
            return IndexProbe(index, audience, claims)
        pending = next((each for each in declared if each.pending and differences(each, claims.identity) == []), None)
        if pending is not None:
            return IndexProbe(index, audience, claims, pending=pending)
        try:
            return IndexProbe(index, audience, claims, exchange(self._transport, base, token, kind))
        except Unreachable as error:
            return IndexProbe(index, audience, claims, failed=error.message)

    def _without_token(self, index: str, audience: str) -> IndexProbe:
        if self._platform.kind == "gitlab":
            return IndexProbe(index, audience, variable=token_variable(audience))
        return IndexProbe(index, audience, failed="GitHub gave no identity token")

    def _token(self, audience: str) -> str | None:
        """The identity token; None where the platform gives none.

        GitHub, "OpenID Connect reference": a GET of `ACTIONS_ID_TOKEN_REQUEST_URL` with the audience. GitLab has put it into a variable before the job started.
        """
        if self._platform.kind == "gitlab":
            return self._environment.get(token_variable(audience), "").strip() or None
        url, bearer = self._platform.request_url, self._platform.request_token
        if not _SENDABLE.fullmatch(bearer):
            return None
        address = f"{url}{'&' if '?' in url else '?'}audience={quote(audience, safe='')}"
        answer = self._transport.get(address, headers={"Authorization": f"bearer {bearer}"}, accept="application/json")
        return _text_in(answer, "value")


def _text_in(answer: "Answer", key: str) -> str | None:
    """A text of an answer that is a JSON object; None where there is none."""
    from json import loads

    if answer.status != 200:
        return None
    try:
        body = loads(answer.body)
    except (ValueError, RecursionError):
        return None
    value = body.get(key) if isinstance(body, dict) else None
    return value if isinstance(value, str) and value else None
