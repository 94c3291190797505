"""Small signs that tell causes of one message apart: each was wrong or undecided once on a log from the world."""

import pytest
from doctor.diagnosed import diagnosed, first

NO_IDENTITY = "403 Client Error: Invalid or non-existent authentication information. See https://pypi.org/help/#invalid-auth for url: https://upload.pypi.org/legacy/\n"


@pytest.mark.parametrize(
    "text",
    [
        "TypeError: Retry.__init__() got an unexpected keyword argument 'allowed_methods'",
        "TypeError: __init__() got an unexpected keyword argument 'method_whitelist'",
        "ImportError: cannot import name 'DEFAULT_CIPHERS' from 'urllib3.util.ssl_' (/usr/lib/python3/dist-packages/urllib3/util/ssl_.py)",
        "ImportError: cannot import name 'appengine' from 'requests.packages.urllib3.contrib'",
    ],
)
def test_libraries_of_different_ages_crash_the_client(text: str) -> None:
    log = f'Traceback (most recent call last):\n  File "/usr/bin/twine", line 33, in <module>\n{text}\n'
    assert first(log)[0] == "requests-toolbelt-incompatible"


def test_a_file_that_exists_after_an_upload_that_was_repeated() -> None:
    log = (
        "Uploading sampleproject-1.2.0.tar.gz\n"
        'Received "503: Service Unavailable" Package upload appears to have failed. Retry 1 of 5.\n'
        "Uploading sampleproject-1.2.0.tar.gz\n"
        "ERROR    HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/\n"
        "         File already exists ('sampleproject-1.2.0.tar.gz', with blake2_256 hash 'aa').\n"
    )
    assert first(log)[0] == "upload-succeeded-despite-5xx"


def test_credentials_that_poetry_found_are_not_empty() -> None:
    keyring = "No suitable keyring backends were found\n"
    assert first(f"{keyring}Publishing sampleproject (1.0) to PyPI\n{NO_IDENTITY}")[0] == "empty-credential"
    found = "Found authentication information for pypi.\n"
    assert (
        first(f"{keyring}{found}Publishing sampleproject (1.0) to PyPI\n{NO_IDENTITY}")[0] == "token-revoked-or-deleted"
    )


@pytest.mark.parametrize(
    ("packaging", "cause"), [("24.0", "packaging-too-old-for-license-fields"), ("26.2", "metadata-field-invalid")]
)
def test_a_field_that_an_old_library_cannot_read(packaging: str, cause: str) -> None:
    log = (
        f"twine version 6.1.0 (keyring: 25.6.0, packaging: {packaging}, requests: 2.32.3)\n"
        "ERROR    InvalidDistribution: Invalid distribution metadata: unrecognized or malformed field 'description'\n"
    )
    assert first(log)[0] == cause


STATUS = "ERROR    HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/\n"


@pytest.mark.parametrize(
    ("refusal", "cause", "confidence"),
    [
        ("Can't have direct dependency: other@ https://example.com/x.zip", "direct-url-dependency", "certain"),
        (
            "Invalid value for requires_dist. Error: Can't have direct dependency: 'other @ https://example.com/x.zip'",
            "direct-url-dependency",
            "certain",
        ),
        ("Can't have direct dependency: 'other @ https://example.com/x.zip'", "direct-url-dependency", "likely"),
        (
            "Filename 'sample-project-1.0.tar.gz' is invalid, should be 'sample_project-1.0.tar.gz'.",
            "sdist-filename-not-normalized",
            "certain",
        ),
    ],
)
def test_wordings_that_leave_one_cause(refusal: str, cause: str, confidence: str) -> None:
    assert first(f"{STATUS}         {refusal}\n") == (cause, confidence)


def test_maturin_says_no_more_than_that_the_credentials_are_wrong() -> None:
    causes = [each.cause for each in diagnosed("💥 maturin failed\n  Caused by: Username and/or password are wrong\n")]
    assert causes[0] == "token-revoked-or-deleted"
    assert {"token-mangled", "username-not-token-literal", "password-auth-removed"} <= set(causes)


def test_an_answer_that_is_printed_several_times_is_shown_once() -> None:
    text = "File already exists ('sampleproject-1.0.tar.gz', with blake2_256 hash 'aa')."
    log = f"INFO     Response from https://upload.pypi.org/legacy/:\n         400 {text}\n{STATUS}         {text}\n"
    evidence = [each.text for each in diagnosed(log)[0].evidence]
    assert sum("already exists" in each for each in evidence) == 1
