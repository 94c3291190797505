"""Logs as threads hold them: in one line, without their quotes, cut to a few words, with a claim or two. Whole logs are tested elsewhere."""

import pytest
from doctor.diagnosed import diagnosed, first

LEGACY = "https://upload.pypi.org/legacy/"
BAR = "100%|██████████| 8.5k/8.5k [00:00<00:00, 96kB/s]"
WHEEL = "sampleproject-1.0-py3-none-linux_x86_64.whl"


@pytest.mark.parametrize(
    ("cause", "log"),
    [
        ("invalid-author-email", f"Uploading a-1.0.tar.gz {BAR} HTTPError: 400 author_email: Invalid email address."),
        (
            "file-size-limit",
            f"Uploading a-1.0.tar.gz {BAR} {BAR} HTTPError: 400 Client Error: File too large. for url: {LEGACY}",
        ),
    ],
)
def test_what_stands_behind_a_progress_bar_is_read(cause: str, log: str) -> None:
    assert first(f"{log}\n")[0] == cause


def test_a_bar_alone_says_nothing() -> None:
    assert not diagnosed(f"Uploading a-1.0.tar.gz\n{BAR}\n")


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        ("linux-platform-tag", f"Binary wheel {WHEEL} has an unsupported platform tag linux_x86_64. for url: {LEGACY}"),
        ("linux-platform-tag", "Binary wheel ****-linux_x86_64.whl has an unsupported platform tag linux_x86_64."),
        (
            "unsupported-platform-tag",
            "Binary wheel a-1-py3-none-freebsd_13_amd64.whl has an unsupported platform tag x_y.",
        ),
    ],
)
def test_a_platform_without_its_quotes(cause: str, text: str) -> None:
    assert first(f"HTTPError: 400 Bad Request from {LEGACY}\n{text}\n")[0] == cause


def test_the_client_that_refused_a_metadata_version_is_told_from_the_index() -> None:
    log = "ERROR    InvalidDistribution: Invalid distribution metadata: 2.5 is not a valid metadata version\n"
    assert first(log)[0] == "uploader-too-old-for-metadata"


@pytest.mark.parametrize(
    ("cause", "log"),
    [
        ("attestation-already-exists", "Attestation generation failure: The following distributions already have publish attestations: * /dist/a"),
        ("packages-dir-mismatch", "FileNotFoundError: No such file or directory: '/github/workspace/dist'"),
        ("wrong-repository-url", f"HTTPError: 410 Client Error: This API has moved to {LEGACY}. See TODO for more information."),
        ("build-command-unavailable", "ERROR Backend 'setuptools.build_meta' is not available."),
        ("summary-too-long", "the description field is longer than 512 characters"),
        ("file-size-limit", "File too large"),
        ("invalid-classifier", f"HTTPError: 400 Client Error: ['Topic :: Nothing', 'Natural Langua for url: {LEGACY}"),
        ("publisher-not-registered", "* `invalid-publisher`: 422"),
    ],
)  # fmt: skip
def test_a_few_words(cause: str, log: str) -> None:
    assert first(f"{log}\n")[0] == cause


@pytest.mark.parametrize("claim", ["`environment`: MISSING", "environment: MISSING", "* `environment`: `MISSING`"])
def test_a_claim_that_is_missing_is_a_claim(claim: str) -> None:
    assert "environment-missing-in-job" in [each.cause for each in diagnosed(f"{claim}\n")][:3]


@pytest.mark.parametrize(
    ("subject", "cause"),
    [
        ("sub: repository_owner_id:1:repository_id:2", "custom-oidc-subject-template"),
        ("sub: project_path:acme/widget:ref_type:tag:ref:v1", "publisher-fields-mismatch"),
    ],
)
def test_a_subject_that_was_refused(subject: str, cause: str) -> None:
    refusal = "invalid-publisher: valid token, but no corresponding publisher (Check failed for required claim 'sub')"
    assert first(f"{refusal}\n{subject}\nrepository_owner: acme\n")[0] == cause


@pytest.mark.parametrize(
    ("cause", "advice"),
    [
        ("publisher-fields-mismatch", "This generally indicates a trusted publisher configuration error, but could"),
        ("id-token-permission-missing", "Make sure that your workflow has `id-token: write` configured"),
    ],
)
def test_the_advice_alone_tells_what_failed(cause: str, advice: str) -> None:
    assert first(f"{advice}\n") == (cause, "unknown")
