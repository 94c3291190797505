"""The claims of an identity token, in each of the layouts in which clients and people put them into logs."""

from pathlib import Path

import pytest

from preflight.doctor.claims import read_claims
from preflight.doctor.reading import read_log, read_text

LOGS = Path(__file__).parents[2] / "fixtures" / "logs"
SIX = {
    "sub": "repo:octo-org/sampleproject:ref:refs/tags/v1.2.0",
    "repository": "octo-org/sampleproject",
    "repository_owner": "octo-org",
    "repository_owner_id": "583231",
    "job_workflow_ref": "octo-org/sampleproject/.github/workflows/release.yml@refs/tags/v1.2.0",
    "ref": "refs/tags/v1.2.0",
}
SEVEN = {**SIX, "workflow_ref": SIX["job_workflow_ref"]}
EIGHT = {**SEVEN, "environment": None}


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("action-raw-command-six-claims", SIX),
        ("action-quoted-seven-claims", SEVEN),
        ("action-run-view-eight-claims", EIGHT),
        ("action-table-of-claims", EIGHT),
    ],
)
def test_every_layout_is_read(name: str, claims: dict[str, str | None]) -> None:
    with (LOGS / f"{name}.txt").open("rb") as stream:
        assert dict(read_claims(read_log(stream).lines).values) == claims


def test_claims_of_uv_are_read() -> None:
    with (LOGS / "uv-claims.txt").open("rb") as stream:
        claims = read_claims(read_log(stream).lines)
    assert claims.values["environment"] == "release"
    assert claims.values["ref"] == "refs/heads/main"
    assert set(claims.lines.values()) == {4}


PRETTY = """Token claims, which must match the PyPI configuration: OidcTokenClaims {
    sub: "repo:octo-org/sampleproject:environment:release",
    repository: "octo-org/sampleproject",
    job_workflow_ref: "octo-org/sampleproject/.github/workflows/release.yml@refs/tags/v1.2.0",
    environment: Some(
        "release",
    ),
    ref: "refs/tags/v1.2.0",
}
"""
JSON = """{
  "sub": "repo:octo-org/sampleproject:environment:release",
  "repository": "octo-org/sampleproject",
  "job_workflow_ref": "octo-org/sampleproject/.github/workflows/release.yml@refs/tags/v1.2.0",
  "environment": "release",
  "ref": "refs/tags/v1.2.0"
}
"""


@pytest.mark.parametrize("text", [PRETTY, JSON])
def test_quotes_and_commas_of_structures_are_no_part_of_values(text: str) -> None:
    assert read_claims(read_text(text).lines).values == {
        "sub": "repo:octo-org/sampleproject:environment:release",
        "repository": "octo-org/sampleproject",
        "job_workflow_ref": "octo-org/sampleproject/.github/workflows/release.yml@refs/tags/v1.2.0",
        "environment": "release",
        "ref": "refs/tags/v1.2.0",
    }


def test_the_two_workflows_of_the_warning_are_claims() -> None:
    with (LOGS / "action-called-workflow.txt").open("rb") as stream:
        claims = read_claims(read_log(stream).lines)
    assert claims.values == {
        "job_workflow_ref": "octo-org/sampleproject/.github/workflows/upload.yml@refs/tags/v1.2.0",
        "workflow_ref": "octo-org/sampleproject/.github/workflows/release.yml@refs/tags/v1.2.0",
    }


def test_inputs_of_a_step_are_no_claims() -> None:
    log = read_text(
        "Run actions/checkout@v5\nwith:\n  repository: octo-org/sampleproject\n  ref: refs/tags/v1.2.0\n  environment: release\n"
    )
    assert not read_claims(log.lines).values


def test_one_claim_with_its_mark_is_enough() -> None:
    assert read_claims(read_text("* `environment`: `MISSING`\n").lines).values == {"environment": None}


def test_the_last_token_counts() -> None:
    log = read_text(
        "* `sub`: `repo:o/a:ref:refs/heads/x`\n* `ref`: `refs/heads/x`\n\n\n\n\n\n\n* `sub`: `repo:o/b:ref:refs/heads/y`\n"
    )
    assert read_claims(log.lines).values == {"sub": "repo:o/b:ref:refs/heads/y"}


def test_a_value_that_uv_put_into_the_line_below_is_read() -> None:
    """uv breaks long lines as for a terminal, and writes an optional value over three lines."""
    told = """\
         Token claims, which must match the publisher configuration: GitHub(
             GitHubTokenClaims {
                 sub: "repo:octo-org/sampleproject:environment:release",
                 repository: "octo-org/sampleproject",
                 job_workflow_ref:
         "octo-org/sampleproject/.github/workflows/publish-to-the-index.yml@refs/tags/v1.2.0",
                 ref: "refs/tags/v1.2.0",
                 environment: Some(
                     "release",
                 ),
             },
         )
"""
    log = read_text(told)
    claims = read_claims(log.lines)
    assert claims.values["job_workflow_ref"] == (
        "octo-org/sampleproject/.github/workflows/publish-to-the-index.yml@refs/tags/v1.2.0"
    )
    assert claims.values["environment"] == "release"
    shown = {name: log.lines[index].text.strip() for name, index in claims.lines.items()}
    assert shown["environment"] == '"release",'
    assert shown["job_workflow_ref"].startswith('"octo-org/')
