"""What clients print when trusted publishing fails, as uv 0.13 and pdm 2.29 print it: found by tests/clients/matrix.py to be misread."""

from doctor.diagnosed import diagnosed, first

UV = """\
Publishing 2 files to https://upload.pypi.org/legacy/
error: Failed to obtain token for trusted publishing
  cause: {}
"""
REFUSED = """\
Server returned error code 422 Unprocessable Entity, is trusted publishing correctly configured?
         Response: {"message": "Token request failed", "errors": [{"code": "%s", "description": "%s"}]}"""
CLAIMS = """
         Token claims, which must match the publisher configuration: GitHub(
             GitHubTokenClaims {
                 sub: "repo:octo-org/sampleproject:environment:release",
                 repository: "octo-org/sampleproject",
                 job_workflow_ref: "octo-org/workflows/.github/workflows/release.yml@refs/heads/main",
                 ref: "refs/tags/v1.2.0",
             },
         )"""


def test_a_list_of_expected_workflows_is_part_of_the_refusal() -> None:
    words = (
        "valid token, but no corresponding publisher (The job_workflow_ref claim does not match, expecting one of "
        "['octo-org/sampleproject/.github/workflows/publish.yml@refs/tags/v1.2.0'], got "
        "'octo-org/workflows/.github/workflows/release.yml@refs/heads/main')"
    )
    cause, confidence = first(UV.format(REFUSED % ("invalid-publisher", words) + CLAIMS))
    assert (cause, confidence) == ("reusable-workflow-publisher-mismatch", "certain")


def test_a_name_that_a_pending_publisher_cannot_have_is_no_upload_of_that_name() -> None:
    words = (
        "The name 'json' isn't allowed (conflict with Python Standard Library module name). See https://pypi.org/help/"
    )
    assert first(UV.format(REFUSED % ("invalid-payload", words)))[0] == "pending-publisher-name-refused"
    assert first(f"400 {words}")[0] == "name-conflicts-stdlib"


def test_an_audience_that_is_forbidden_is_switched_off() -> None:
    url = "https://upload.pypi.org/_/oidc/audience"
    told = f"Failed to fetch: {url}\n  cause: HTTP status client error (%s) for url ({url})"
    assert first(UV.format(told % "403 Forbidden"))[0] == "pypi-feature-disabled"
    assert first(UV.format(told % "404 Not Found"))[0] == "index-without-trusted-publishing"


PDM = "Getting PyPI token via OIDC...\n{}\n[PdmUsageError]: Username and password are required\n"


def test_pdm_without_a_token_after_a_failed_exchange_lacks_no_password() -> None:
    found = diagnosed(PDM.format("Failed to get PyPI token via OIDC"))
    assert found[0].cause == "publisher-not-registered"
    assert all(each.confidence.value != "certain" for each in found)


def test_pdm_without_a_token_and_without_an_identity_lacks_a_permission_or_a_secret() -> None:
    told = "Unable to detect OIDC token for CI platform: Malformed token payload (audience claim is missing)"
    assert first(PDM.format(told))[0] == "id-token-permission-missing"
    assert "certain" not in first(PDM.format(told))


def test_pdm_outside_of_ci_lacks_its_password() -> None:
    told = "This platform is not supported for trusted publishing via OIDC"
    assert first(PDM.format(told)) == ("empty-credential", "certain")
