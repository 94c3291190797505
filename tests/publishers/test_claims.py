"""The claims that a run's identity token would carry, as far as they are known."""

from preflight.publishers.claims import GitHubClaims, github_claims


def claims(**changed: str | None) -> GitHubClaims:
    given: dict[str, str | None] = {
        "owner": "octo-org",
        "repository": "sampleproject",
        "workflow": ".github/workflows/_publish.yml",
        "top_workflow": ".github/workflows/release.yml",
        "ref": "refs/tags/v1.0",
        "environment": "",
        "event": "push",
        **changed,
    }
    return github_claims(**given)  # type: ignore[arg-type]


def test_a_called_workflow_is_named_beside_its_caller() -> None:
    found = {name: claim.value for name, claim in claims().items()}
    assert found == {
        "repository": "octo-org/sampleproject",
        "repository_owner": "octo-org",
        "job_workflow_ref": "octo-org/sampleproject/.github/workflows/_publish.yml@refs/tags/v1.0",
        "workflow_ref": "octo-org/sampleproject/.github/workflows/release.yml@refs/tags/v1.0",
        "ref": "refs/tags/v1.0",
        "sub": "repo:octo-org/sampleproject:ref:refs/tags/v1.0",
        "event_name": "push",
    }


def test_the_environment_goes_before_everything_else_in_the_subject() -> None:
    assert claims(environment="re:lease").sub.value == "repo:octo-org/sampleproject:environment:re%3Alease"
    assert claims(event="pull_request").sub.value == "repo:octo-org/sampleproject:pull_request"
    assert claims(event="pull_request", environment="x").sub.value == "repo:octo-org/sampleproject:environment:x"


def test_an_unknown_part_makes_the_claim_unknown_but_is_shown() -> None:
    found = claims(owner=None, environment=None)
    assert found.repository.value is None
    assert str(found.job_workflow_ref) == "?/sampleproject/.github/workflows/_publish.yml@refs/tags/v1.0"
    assert found.environment is not None and found.environment.value is None
    assert str(found.sub) == "repo:?/sampleproject:?"
