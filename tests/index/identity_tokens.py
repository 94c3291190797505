"""Identity tokens in the form of GitHub's and GitLab's, unsigned, and the environments of jobs that get them."""

from base64 import urlsafe_b64encode
from json import dumps
from typing import Any

from index.platform_server import PlatformServer

BEARER = "request-token-" + "of-the-runner" * 2
MINTED = "pypi-" + "AgEIcHlwaS5vcmc" + "minted" * 20
SIGNATURE = "c2lnbmF0dXJl" * 4
PUBLISH = "octo-org/sampleproject/.github/workflows/publish.yml@refs/tags/v1.0"


def encoded(claims: object) -> str:
    """A token with these claims (RFC 7519); its signature is worth nothing."""
    header = {"alg": "RS256", "typ": "JWT", "kid": "1"}
    parts = [urlsafe_b64encode(dumps(each).encode()).decode().rstrip("=") for each in (header, claims)]
    return ".".join([*parts, SIGNATURE])


def github_claims(**changed: Any) -> dict[str, Any]:
    """GitHub's claims ("OpenID Connect reference", example token); None takes one away."""
    claims = {
        "jti": "example-id",
        "sub": "repo:octo-org/sampleproject:environment:release",
        "environment": "release",
        "aud": "pypi",
        "ref": "refs/tags/v1.0",
        "sha": "0" * 40,
        "repository": "octo-org/sampleproject",
        "repository_owner": "octo-org",
        "repository_owner_id": "65",
        "job_workflow_ref": PUBLISH,
        "workflow_ref": PUBLISH,
        "event_name": "workflow_dispatch",
        "iss": "https://token.actions.githubusercontent.com",
        "exp": 1632493867,
        **changed,
    }
    return {name: value for name, value in claims.items() if value is not None}


def gitlab_claims(**changed: Any) -> dict[str, Any]:
    """GitLab's claims ("OpenID Connect (OIDC) Authentication Using ID Tokens", token payload)."""
    claims = {
        "jti": "example-id",
        "sub": "project_path:group/sub/sampleproject:ref_type:tag:ref:v1.0",
        "aud": "pypi",
        "iss": "https://gitlab.com",
        "project_path": "group/sub/sampleproject",
        "namespace_path": "group/sub",
        "ref_path": "refs/tags/v1.0",
        "sha": "0" * 40,
        "ci_config_ref_uri": "gitlab.com/group/sub/sampleproject//.gitlab-ci.yml@refs/tags/v1.0",
        "environment": "release",
        **changed,
    }
    return {name: value for name, value in claims.items() if value is not None}


def github_job(server: PlatformServer, **changed: str) -> dict[str, str]:
    """The variables of a job with `id-token: write`."""
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "octo-org/sampleproject",
        "GITHUB_WORKFLOW_REF": PUBLISH,
        "GITHUB_JOB": "probe",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.url}/token?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER,
        **changed,
    }


def give_github_token(server: PlatformServer, claims: dict[str, Any] | None = None, audience: str = "pypi") -> str:
    """Let the server be the index and the runner's token service; gives the token."""
    token = encoded(claims or github_claims(aud=audience))
    server.answer("/_/oidc/audience", {"audience": audience})
    server.answer("/token", {"count": 1, "value": token})
    return token


def refuse(server: PlatformServer, words: str) -> None:
    """Refuse the exchange as PyPI does (warehouse/oidc/views.py: `_invalid`)."""
    code, _, description = words.partition(": ")
    body = {"message": "Token request failed", "errors": [{"code": code, "description": description}]}
    server.answer("/_/oidc/mint-token", body, method="POST", status=422)
