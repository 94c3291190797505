"""The claims of an identity token, and the publisher that PyPI would look for by them. Verifies no signature and never holds the token."""

from collections.abc import Mapping

from preflight.publishers.claims import GITHUB_FOLDER
from preflight.publishers.matching import Identity
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

SHOWN: Mapping[str, tuple[str, ...]] = {
    "github": (
        "repository", "repository_owner", "repository_owner_id", "job_workflow_ref", "workflow_ref", "environment",
        "event_name", "ref", "sha", "sub", "aud", "iss",
    ),
    "gitlab": ("project_path", "namespace_path", "ci_config_ref_uri", "environment", "ref_path", "sha", "sub", "aud", "iss"),
}  # fmt: skip
"""The claims that are read and shown, in this order; all others are forgotten at once."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "github": (
        "repository", "repository_owner", "repository_owner_id", "job_workflow_ref", "jti", "event_name", "ref", "sha",
    ),
    "gitlab": ("sub", "project_path", "ci_config_ref_uri", "jti", "ref_path", "sha"),
}  # fmt: skip
"""The claims without which PyPI refuses a token (warehouse/oidc/models: the required claims of each publisher)."""

_GITHUB_FILE = _compile(r"[^/]+\.(?:yml|yaml)(?=@)")
_GITLAB_FILE = _compile(r"(?<=//).*[^/]\.(?:yml|yaml)(?=@)")

LARGEST_TOKEN = 64 * 1024


class NoToken(Exception):
    """What was given is no identity token. Says nothing of its text."""


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """The claims that are shown, and the names of those that PyPI requires and the token lacks."""

    platform: str
    values: Mapping[str, str]
    missing: tuple[str, ...]

    @property
    def audience(self) -> str:
        return self.values.get("aud", "")

    @property
    def identity(self) -> Identity:
        """What PyPI looks for: the fields of the form, taken from the claims as PyPI takes them (warehouse/oidc/models: `lookup_by_claims`)."""
        values = self.values
        environment = values.get("environment", "")
        if self.platform == "github":
            owner, _, name = values.get("repository", "").partition("/")
            match = _GITHUB_FILE.search(values.get("job_workflow_ref", ""))
        else:
            owner, _, name = values.get("project_path", "").rpartition("/")
            match = _GITLAB_FILE.search(values.get("ci_config_ref_uri", ""))
        return Identity(self.platform, owner or None, name or None, match[0] if match else None, environment)

    @property
    def file_expected(self) -> str | None:
        """What GitHub's `job_workflow_ref` has to be before the `@`; None where it is so, or not known (warehouse: `_check_job_workflow_ref`)."""
        identity = self.identity
        claimed = self.values.get("job_workflow_ref", "")
        if self.platform != "github" or identity.workflow is None or not claimed:
            return None
        expected = f"{self.values.get('repository')}/{GITHUB_FOLDER}{identity.workflow}"
        refs = [self.values.get(name) for name in ("ref", "sha")]
        return None if claimed in [f"{expected}@{ref}" for ref in refs if ref] else expected


def read_claims(token: str, platform: str) -> TokenClaims:
    """The claims of a token (RFC 7519), without any check of its signature: that is PyPI's.

    Raises:
        NoToken: it has not the form of one.
    """
    from base64 import urlsafe_b64decode
    from json import loads

    parts = token.split(".")
    if len(parts) != 3 or len(token) > LARGEST_TOKEN:
        raise NoToken
    try:
        body = loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        raise NoToken from None
    if not isinstance(body, dict):
        raise NoToken
    values = {name: text for name in SHOWN[platform] if (text := _text(body.get(name)))}
    missing = tuple(name for name in REQUIRED[platform] if body.get(name) is None)
    return TokenClaims(platform, values, missing)


def _text(value: object) -> str:
    """A claim as text; empty for one that is not there or has another form."""
    if isinstance(value, list):
        return ", ".join(each for each in value if isinstance(each, str))
    return str(value) if isinstance(value, str | int) else ""
