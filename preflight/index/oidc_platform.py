"""The CI platform that preflight runs on, and where it gives out identity tokens. Asks for none itself."""

from collections.abc import Mapping
from dataclasses import field

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

_WORKFLOW_REF = _compile(r"[^/]+/[^/]+/(?P<path>\.github/workflows/[^@]+)@.*")
_NO_NAME = _compile(r"[^A-Z0-9]")


@dataclass(frozen=True, slots=True)
class Platform:
    """The job that preflight runs in.

    `request_url` and `request_token` are GitHub's, empty where the job may not ask for tokens; the latter is a credential and no part of the
    representation. `workflow` is the path of the workflow that the event started, as far as GitHub says it.
    """

    kind: str
    job: str
    workflow: str = ""
    request_url: str = ""
    request_token: str = field(default="", repr=False)

    @property
    def title(self) -> str:
        return {"github": "GitHub Actions", "gitlab": "GitLab CI"}[self.kind]

    @property
    def may_ask(self) -> bool:
        """Whether GitHub gave the job what it takes to ask: it does with `id-token: write` (GitHub, "OpenID Connect reference")."""
        return bool(self.request_url and self.request_token)


def platform_of(environment: Mapping[str, str]) -> Platform | None:
    """The platform, by the variables that it sets for every job; None outside of both."""
    if environment.get("GITHUB_ACTIONS") == "true":
        match = _WORKFLOW_REF.fullmatch(environment.get("GITHUB_WORKFLOW_REF", ""))
        return Platform(
            kind="github",
            job=environment.get("GITHUB_JOB", ""),
            workflow=match["path"] if match else "",
            request_url=environment.get("ACTIONS_ID_TOKEN_REQUEST_URL", "").strip(),
            request_token=environment.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "").strip(),
        )
    if environment.get("GITLAB_CI") == "true":
        return Platform(kind="gitlab", job=environment.get("CI_JOB_NAME", ""))
    return None


def token_variable(audience: str) -> str:
    """The variable that clients read a GitLab job's identity token from: `PYPI_ID_TOKEN` for audience `pypi` (package `id`, "Environment variables")."""
    return f"{_NO_NAME.sub('_', audience.upper())}_ID_TOKEN"
