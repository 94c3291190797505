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


@pytest.mark.parametrize(
    ("command", "cause"),
    [
        ("hatch publish --user __TOKEN__ --auth pypi-***", "username-not-token-literal"),
        ("twine upload -u octocat -p *** dist/*", "username-not-token-literal"),
        ("poetry publish --username='octocat' --password ***", "username-not-token-literal"),
        ("twine upload -u __token__ -p *** dist/*", "token-revoked-or-deleted"),
        ("twine upload --username $USERNAME dist/*", "token-revoked-or-deleted"),
        ("pip install --user octocat", "token-revoked-or-deleted"),
    ],
)
def test_the_user_name_of_the_command(command: str, cause: str) -> None:
    assert first(f"+ {command}\n{NO_IDENTITY}")[0] == cause


@pytest.mark.parametrize(
    ("folder", "cause"),
    [("./tracing/dist/", "packages-dir-mismatch"), ("dist/", "dist-not-built"), ("./dist/", "dist-not-built")],
)
def test_a_folder_of_one_project_among_several_was_not_built_into(folder: str, cause: str) -> None:
    log = (
        f"Warning:  It looks like there are no Python distribution packages to publish in the directory '{folder}'. Please verify.\n"
        f"ERROR    InvalidDistribution: Cannot find file (or expand pattern): '{folder}*'\n"
    )
    assert first(log)[0] == cause


EXISTS = "HTTPError: 400 Client Error: File already exists. See https://test.pypi.org/help/#file-name-reuse for url: https://test.pypi.org/legacy/\n"


@pytest.mark.parametrize(
    ("file", "cause"),
    [
        ("sampleproject-0.1.dev1.tar.gz", "shallow-clone-no-tags"),
        ("sampleproject-0.1.dev12-py3-none-any.whl", "shallow-clone-no-tags"),
        ("sampleproject-0.1.dev1-cp312-cp312-win_amd64.whl", "shallow-clone-no-tags"),
        ("sampleproject-0.1.0.tar.gz", "version-already-uploaded"),
        ("sampleproject-0.2.dev1.tar.gz", "version-already-uploaded"),
    ],
)
def test_the_version_of_a_clone_without_tags_exists_already(file: str, cause: str) -> None:
    assert first(f"Uploading {file}\n{EXISTS}")[0] == cause


@pytest.mark.parametrize(
    ("version", "cause"),
    [("1.0.0", "project-name-taken"), ("0.1.0", "project-name-taken"), ("1.4.2", "missing-project-role")],
)
def test_a_first_release_may_be_called_one(version: str, cause: str) -> None:
    log = (
        f"Uploading sampleproject-{version}.tar.gz\nHTTPError: 403 Client Error: The user 'octocat' isn't allowed to upload to project "
        "'sampleproject'. for url: https://upload.pypi.org/legacy/\n"
    )
    assert first(log)[0] == cause


def test_a_file_that_distutils_does_not_find() -> None:
    log = "running install_scripts\nerror: [Errno 2] No such file or directory: 'LICENSE'\nFailed building wheel for sampleproject\n"
    assert first(log)[0] == "sdist-missing-build-file"
