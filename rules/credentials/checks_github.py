"""The rule about secrets of one name at several of GitHub's levels. Only names and dates are known, never values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding

if TYPE_CHECKING:
    from preflight.index.github_facts import SecretLists
    from preflight.plan.github_names import GitHubNames


@check("TOK010")
def shadowed_secret(github_names: GitHubNames, github_secrets: SecretLists) -> Iterator[Finding]:
    """A secret of the repository or environment that was set before the organization's of the same name was: most likely it was forgotten."""
    from preflight.plan.credentials import setting_place

    organization = github_secrets.organization or {}
    for use in github_names.secrets:
        wider = organization.get(use.name)
        in_environment = (github_secrets.environments.get(use.environment.lower()) or {}).get(use.name)
        narrower = in_environment or (github_secrets.repository or {}).get(use.name)
        if wider is None or narrower is None or not narrower.updated or narrower.updated >= wider.updated:
            continue
        yield Finding(
            setting_place(use.publish.upload_step, use.setting),
            variant="older-in-environment" if in_environment else "older-in-repository",
            confidence=Confidence.LIKELY,
            secret=use.name,
            environment=use.environment,
            set=narrower.updated[:10],
            renewed=wider.updated[:10],
        )
