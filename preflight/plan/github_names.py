"""What GitHub would have to be asked about: the environments and secrets that the workflows' uploads name. Asks nobody."""

from typing import TYPE_CHECKING

from preflight.plan.credentials import secret_of
from preflight.sources.records import dataclass
from preflight.workflows.events import needs_default_branch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.workflows.upload_model import Setting

_GIVEN_BY_GITHUB = frozenset({"GITHUB_TOKEN"})
"""Secrets that exist without anybody defining them."""


@dataclass(frozen=True)
class SecretUse:
    """An upload whose token or password is one secret and nothing else. `environment` is the job's, empty where it has none."""

    name: str
    environment: str
    setting: "Setting"
    publish: "Publish"


@dataclass(frozen=True)
class GitHubNames:
    """The environments of the jobs that upload, and the secrets that they send. Environments are in small letters, as GitHub compares them."""

    environments: tuple[str, ...]
    secrets: tuple[SecretUse, ...]
    started_on_default_branch: bool
    """Whether an upload is started in a way for which the default branch must have the workflow."""
    started_by_release: bool
    started_by_tag: bool


def github_names(publish_plan: "PublishPlan") -> GitHubNames:
    """The names in the plan, as far as they are known, in its order."""
    environments: dict[str, None] = {}
    secrets: dict[tuple[str, str, int], SecretUse] = {}
    scenarios = [publish.scenario for publish in publish_plan.publishes()]
    for publish in publish_plan.publishes():
        if publish.environment:
            environments.setdefault(publish.environment.lower())
        for use in _secrets(publish):
            secrets.setdefault((use.name, use.environment, publish.place.start), use)
    return GitHubNames(
        tuple(environments),
        tuple(secrets.values()),
        started_on_default_branch=any(needs_default_branch(each.event) for each in scenarios),
        started_by_release=any(each.event == "release" for each in scenarios),
        started_by_tag=any(each.event == "push" and each.ref_type == "tag" for each in scenarios),
    )


def _secrets(publish: "Publish") -> "Iterator[SecretUse]":
    """The secrets of an upload that the job reads itself: what a called workflow or an action gets is its caller's to pass."""
    upload, step = publish.upload, publish.upload_step
    if publish.environment_expression is not None or publish.instance.run.calls or step.inner or step.hidden_in:
        return
    if publish.index not in ("pypi", "testpypi"):
        return
    for setting in (upload.token, upload.password):
        name = secret_of(setting)
        if setting is not None and name is not None and name.upper() not in _GIVEN_BY_GITHUB:
            yield SecretUse(name.upper(), publish.environment or "", setting, publish)
