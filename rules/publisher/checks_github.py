"""The rules about publishers that GitHub decides: renamed repositories, unknown owners, secrets that do not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Label, Severity

if TYPE_CHECKING:
    from preflight.index.github_answers import RepositoryState, SecretName
    from preflight.index.github_facts import PublisherHome, SecretLists
    from preflight.plan.github_names import GitHubNames, SecretUse
    from preflight.workflows.values import Expression, Resolved, Variable

_MOST_NEAR = 3


@check("PUB004")
def renamed_repository(github_publishers: tuple[PublisherHome, ...]) -> Iterator[Finding]:
    """A declared publisher whose repository GitHub knows under another name: its tokens carry that one."""
    for home in github_publishers:
        if home.state is None:
            continue
        publisher, state = home.publisher, home.state
        common: dict[str, object] = {"index": publisher.title, "expected": state.asked, "actual": state.full_name}
        name_differs = publisher.repository != state.name
        if state.moved:
            yield Finding(
                publisher.field_place("repository" if publisher.owner.lower() == state.owner.lower() else "owner"),
                variant="renamed",
                rejections=["gh-owner-or-repo-mismatch"],
                causes=["repository-renamed-or-transferred"],
                more=common,
            )
        elif name_differs or publisher.owner != state.owner:
            # The form stores the owner in GitHub's own spelling, the repository as it was typed (warehouse/oidc/forms/github.py).
            yield Finding(
                publisher.field_place("repository" if name_differs else "owner"),
                variant="spelling",
                severity=None if name_differs else Severity.WARNING,
                confidence=Confidence.CERTAIN if name_differs else Confidence.LIKELY,
                rejections=["gh-owner-or-repo-mismatch"],
                causes=["publisher-field-misspelled"],
                more=common,
            )


@check("PUB025")
def unknown_owner(github_publishers: tuple[PublisherHome, ...]) -> Iterator[Finding]:
    """A declared publisher whose owner is no account of GitHub (warehouse/oidc/forms/github.py: `_lookup_owner`)."""
    from preflight.publishers.form import form_errors

    for home in github_publishers:
        publisher = home.publisher
        if home.owner_unknown and not any(error.field == "owner" for error in form_errors(publisher)):
            yield Finding(
                publisher.field_place("owner"),
                variant="unknown-owner",
                rejections=["tp-form-gh-owner-unknown"],
                value=publisher.owner,
                index=publisher.title,
            )


@check("PUB011", "TOK008")
def undefined_secret(
    github_names: GitHubNames, github_secrets: SecretLists, github_home: RepositoryState
) -> Iterator[Finding]:
    """An upload whose token is a secret that no list holds which the job reads from. Silent where one of the lists is not known."""
    from preflight.plan.credentials import setting_place

    for use in github_names.secrets:
        lists = github_secrets.seen_by(use.environment)
        if lists is None or any(use.name in names for names in lists):
            continue
        publish = use.publish
        authentication = publish.upload.authentication(_without(use), id_token=publish.id_token)
        falls_back = authentication == "trusted-publishing" and publish.id_token is False
        if not falls_back and authentication != "none":
            continue  # the identity token may be what was meant, or another credential is there
        near = _near(use.name, lists)
        yield Finding(
            setting_place(publish.upload_step, use.setting),
            code="PUB011" if falls_back else "TOK008",
            variant="similar-secret" if near else "undefined-secret",
            severity=None if publish.happens == "always" else Severity.WARNING,
            secret=use.name,
            job=publish.job,
            client=publish.upload.client,
            where=_places(use.environment, github_home),
            near=near,
        )


def _without(use: SecretUse) -> Callable[[Expression | Variable], Resolved]:
    """What the upload knows where the secret is not defined: GitHub puts an empty text in its place (GitHub, "Using secrets in GitHub Actions")."""
    from preflight.workflows.values import Expression

    def look(piece: Expression | Variable) -> Resolved:
        if isinstance(piece, Expression) and [name.upper() for name in piece.secrets] == [use.name]:
            return ""
        return use.publish.lookup(piece)

    return look


def _near(name: str, lists: list[Mapping[str, SecretName]]) -> list[str]:
    """The names that are there and look like the one that is not."""
    from difflib import get_close_matches

    there = sorted({each for names in lists for each in names})
    return get_close_matches(name, there, n=_MOST_NEAR, cutoff=0.6)


def _places(environment: str, home: RepositoryState) -> list[Label]:
    """Where the secret was looked for."""
    places = [Label("in-environment", environment=environment)] if environment else []
    places.append(Label("in-repository", repository=home.full_name))
    if home.of_organization:
        places.append(Label("in-organization"))
    return places
