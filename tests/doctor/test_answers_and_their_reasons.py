"""A status stands for a hidden reason only where none is printed; and an answer of another server says nothing of the index."""

import pytest
from doctor.diagnosed import diagnosed, first

LEGACY = "https://upload.pypi.org/legacy/"


@pytest.mark.parametrize(
    "log",
    [
        "HTTPError: 400 Client Error: Bad Request - The moon is in the wrong phase. for url: https://index.example/upload",
        "HTTP Error 400: The moon is in the wrong phase",
        "HTTPError: 400 Bad Request from https://index.example/\nThe moon is in the wrong phase",
        "Upload failed (400): The moon is in the wrong phase",
        f"Client error '400 The moon is in the wrong phase' for url '{LEGACY}'",
        "  Caused by: Server returned status code 400 Bad Request. Server says: 400 The moon is in the wrong phase",
    ],
)
def test_a_reason_that_nobody_knows_is_shown_and_not_called_hidden(log: str) -> None:
    (found,) = diagnosed(f"{log}\n")
    assert (found.code, found.cause) == ("UNK001", "")
    assert "moon" in found.evidence[0].text


@pytest.mark.parametrize(
    "log",
    [
        f"HTTPError: 400 Client Error: Bad Request for url: {LEGACY}",
        f"HTTPError: 400 Bad Request from {LEGACY}\nError: Process completed with exit code 1.",
        f"HTTPError: 400 Bad Request from {LEGACY}\nProcess completed with exit code 1.",
        "HTTP Error 400: Bad Request | b'<html>'",
    ],
)
def test_a_reason_that_is_not_printed(log: str) -> None:
    assert first(f"{log}\n")[0] == "refusal-reason-not-shown"


@pytest.mark.parametrize(
    ("cause", "log"),
    [
        ("invalid-version", "400 Client Error: Bad Request - The package version provided is invalid. Versions should conform to PEP 440."),
        ("untagged-commit-local-version", "400 Client Error: Bad Request - The package version provided is invalid. Local version segments are not allowed."),
        ("content-digest-mismatch", "HTTPError: 400 Bad Request from https://index.example/\nDigests do not match, found aa, expected: bb"),
        ("invalid-project-url", "HTTP Error 400: Invalid URI: u'UNKNOWN'"),
        ("invalid-requires-python", f"HTTPError: 400 Client Error: requires_python: Invalid specifier in requirement. for url: {LEGACY}"),
        ("invalid-dependency-specifier", f"HTTPError: 400 Client Error: Invalid value for requires_dist. Error: Invalid version: '2.*' for url: {LEGACY}"),
        ("invalid-version", "Upload failed (400): version: Must start and end with a letter or numeral"),
        ("metadata-field-invalid", "Upload failed (400): Invalid value for keywords. Error: Use fewer of them"),
        ("name-conflicts-stdlib", "This project name isn't allowed (conflict with the Python standard library module name)"),
        ("pull-request-target-refused", "invalid-publisher: Publishing from a workflow invoked via 'pull_request_target' is not supported."),
        ("reusable-workflow-attestation-mismatch", "Build Config URI ... release.yml does not match expected Trusted Publisher (publish.yml)"),
        ("sdist-layout-invalid", "ERROR    InvalidDistribution: No PKG-INFO in archive or PKG-INFO missing"),
        ("sdist-missing-build-file", "hatch_fancy_pypi_readme.exceptions.ConfigurationError: [\"Fragment file 'NEWS.md' not found.\"]"),
        ("pypirc-section-missing", "💥 maturin failed\n  Caused by: Failed to get registry https://test.pypi.org/legacy/ in .pypirc. Note: x"),
        ("attestation-already-exists", "ERROR    InvalidDistribution: Unknown distribution format: 'a-1.0.tar.gz.publish.attestation'"),
        ("action-outdated", "Error: Unable to resolve action `pypa/gh-action-pypi-publish@v1`, unable to find version `v1`"),
        ("action-outdated", "Error: Missing download info for pypa/gh-action-pypi-publish@v1"),
    ],
)  # fmt: skip
def test_wordings_of_other_years_and_indexes(cause: str, log: str) -> None:
    assert first(f"{log}\n")[0] == cause


@pytest.mark.parametrize(
    "order", ["'text/plain', 'text/markdown', 'text/x-rst'", "'text/x-rst', 'text/plain', 'text/markdown'"]
)
def test_the_content_types_come_in_any_order(order: str) -> None:
    log = f"ERROR    HTTPError: 400 Bad Request from {LEGACY}\n         'description-content-type' must be one of [{order}], not ''.\nPost job cleanup.\n"
    assert first(log) == ("description-content-type-invalid", "certain")


def test_a_value_begins_at_the_quote_before_it() -> None:
    built = "removing 'widget-1.2.0' (and everything under it)\nSuccessfully built widget-1.2.0.tar.gz\n"
    log = f"{built}400 Client Error: '' is not a valid url. for url: {LEGACY}\n"
    (found, *_) = diagnosed(log)
    assert (found.cause, found.evidence[0].line) == ("invalid-project-url", 3)


def test_the_answer_of_a_registry_of_images_is_not_that_of_the_index() -> None:
    log = (
        "ERROR: failed to solve: python:3.13-slim: failed to resolve source metadata for docker.io/library/python:3.13-slim: "
        "unexpected status from GET request to https://auth.docker.io/token: 401 Unauthorized\n"
    )
    assert first(log) == ("", "unknown")


def test_a_connection_that_names_no_address_went_to_the_index() -> None:
    assert first("[ConnectionError]\n('Connection aborted.', OSError(0, 'Error'))\n")[0] == "pypi-outage"


@pytest.mark.parametrize(
    ("reason", "cause"),
    [("timed out", "sigstore-outage"), ("[Errno 111] Connection refused", "egress-policy-blocks-host")],
)
def test_a_signing_service_that_does_not_answer(reason: str, cause: str) -> None:
    log = f"HTTPSConnectionPool(host='rekor.sigstore.dev', port=443): Max retries exceeded with url: /api (Caused by ConnectTimeoutError('{reason}'))\n"
    assert first(log) == (cause, "likely")


def test_a_server_that_breaks_while_the_client_still_tries() -> None:
    log = 'WARNING  Received "500: Internal Server Error"\n         Package upload appears to have failed. Retry 1 of 5.\n'
    assert first(log)[0] == "pypi-outage"


def test_a_shallow_clone_with_the_version_of_its_tag_is_not_the_cause() -> None:
    shallow = 'UserWarning: "/home/runner/work/a/a" is shallow and may cause errors\n'
    exists = (
        f"HTTPError: 400 Bad Request from {LEGACY}\nFile already exists ('a-{{}}.tar.gz', with blake2_256 hash 'aa').\n"
    )
    assert first(shallow + exists.format("1.2.0"))[0] != "shallow-clone-no-tags"
    assert first(shallow + exists.format("0.1.dev1"))[0] == "shallow-clone-no-tags"


def test_a_status_with_its_reason_is_explained_by_no_hint() -> None:
    log = (
        'UserWarning: "/home/runner/work/a/a" is shallow and may cause errors\n'
        f"ERROR    HTTPError: 400 Bad Request from {LEGACY}\n         Filename 'a-b-1.tar.gz' is invalid, should be 'a_b-1.tar.gz'.\n"
    )
    assert first(log)[0] == "sdist-filename-not-normalized"


def test_a_password_that_was_typed_is_not_empty() -> None:
    log = (
        "Enter your username: alice\nUserWarning: No recommended backend was available. Install a recommended 3rd party backend package\n"
        f"Enter your password:\nUploading sampleproject-1.0.tar.gz\nHTTPError: 403 Forbidden from {LEGACY}\n"
        "Invalid or non-existent authentication information. See https://pypi.org/help/#invalid-auth for more information.\n"
    )
    assert "empty-credential" not in [each.cause for each in diagnosed(log)]


@pytest.mark.parametrize(
    ("file", "cause"),
    [("sampleproject-1.0-py3-none-any.whl", "archive-corrupt"), ("sampleproject-1.0.rpm", "file-type-not-accepted")],
)
def test_a_file_that_is_only_called_invalid(file: str, cause: str) -> None:
    assert (
        first(f"Uploading {file}\nHTTPError: 400 Client Error: Invalid distribution file. for url: {LEGACY}\n")[0]
        == cause
    )


CRASH = """\
Traceback (most recent call last):
  File "/usr/lib/python3/site-packages/twine/__init__.py", line 43, in <module>
    __license__ = metadata["license"]
KeyError: 'license'
"""


@pytest.mark.parametrize(
    ("cause", "log"),
    [
        ("requests-toolbelt-incompatible", "Uploading distributions to https://upload.pypi.org/legacy/\nTypeError: expected string or bytes-like object"),
        ("requests-toolbelt-incompatible", CRASH),
        ("wrong-repository-url", "Uploading distributions to https://testpypi.python.org/pypi\nValueError: No JSON object could be decoded"),
        ("project-size-limit", "We have hit the limit of 10 GB.\nhttps://pypi.org/help/#project-size-limit"),
    ],
)  # fmt: skip
def test_what_is_left_where_no_message_is_known(cause: str, log: str) -> None:
    assert first(f"{log}\n") == (cause, "unknown")


def test_what_pip_says_of_other_packages_is_no_failure() -> None:
    log = "ERROR: pip's dependency resolver does not currently take into account all the packages that are installed.\n"
    assert not diagnosed(log)


SKIPPED = "WARNING  Skipping a-1.0-py3-none-any.whl because it appears to already exist\n"


def test_a_skipped_file_is_told_only_where_nothing_went_through() -> None:
    assert first(SKIPPED)[0] == "version-already-uploaded"
    assert not diagnosed(f"{SKIPPED}Uploading a-1.0.tar.gz\nView at:\nhttps://pypi.org/project/a/1.0/\n")


def test_an_image_of_others_that_is_not_found_is_not_the_publish_action() -> None:
    log = "Error response from daemon: manifest for {} not found: manifest unknown: manifest unknown\n"
    assert not diagnosed(log.format("example/notebook:5a19302"))
    assert first(log.format("ghcr.io/pypa/gh-action-pypi-publish:6733eb7d"))[0] == "action-pinned-to-tag-object"


def test_the_address_of_an_upload_that_went_through_is_not_that_of_a_later_failure() -> None:
    before = "Uploading distributions to https://test.pypi.org/legacy/\nUploading a-1.0.tar.gz\nView at:\nhttps://test.pypi.org/project/a/1.0/\n"
    refused = "* `invalid-publisher`: valid token, but no corresponding publisher (Publisher with matching claims was not found)\n"
    assert first(before + refused)[0] == "publisher-not-registered"
    assert first(before.split("View")[0] + refused)[0] == "publisher-missing-on-testpypi"


def test_what_a_check_warned_of_did_not_stop_an_upload_that_went_through() -> None:
    warned = "WARNING  `long_description_content_type` missing. defaulting to `text/x-rst`.\n"
    assert first(warned)[0] == "description-content-type-missing"
    assert not diagnosed(f"{warned}Uploading a-1.0.tar.gz\nView at:\nhttps://pypi.org/project/a/1.0/\n")
