"""Every refusal of PyPI is recognised in the output of every client, in today's words and in those of earlier years."""

import pytest
from doctor.renderings import EXCHANGES, UPLOADS, every_rendering

from preflight.doctor.extraction import Extracted, extract
from preflight.doctor.reading import read_text
from preflight.doctor.signatures import cause_stages, causes_of_refusals, signatures
from preflight.doctor.templates import template, wordings
from preflight.refusals import refusals

RENDERINGS = tuple(every_rendering())


def read(text: str) -> Extracted:
    return extract(read_text(text))


@pytest.mark.parametrize("client", [*UPLOADS, *EXCHANGES])
def test_every_refusal_is_the_first_failure_of_its_log(client: str) -> None:
    """Of the clients other than twine, each meets a part of the refusals, so that together they meet all of them."""
    mine = [each for each in RENDERINGS if each[1] == client]
    share = 1 if client == "twine" or client in EXCHANGES else 5
    names = list(UPLOADS)
    offset = names.index(client) % share if client in names else 0
    for refusal, _, log, text in mine[offset::share]:
        extracted = read(log)
        assert extracted.failures, text
        assert refusal in extracted.failures[0].signature.refusals, (text, extracted.failures[0].name)
        assert extracted.message is not None
        assert next(wordings(text), "") in extracted.message


OLDER = [
    ("file-exists", "HTTPError: 400 Client Error: File already exists. for url: https://upload.pypi.org/legacy/"),
    (
        "filename-reused",
        "HTTPError: 400 Client Error: This filename has already been used, use a different version. See https://pypi.org/help/#file-name-reuse for url: x",
    ),
    (
        "version-local",
        "400 Client Error: '1.0+gabc' is an invalid value for Version. Error: Can't use PEP 440 local versions. for url: x",
    ),
    ("version-local", "Server says: 400 The use of local versions in <Version('0.1.dev1+g40e3ce6')> is not allowed."),
    (
        "classifier-unknown",
        "400 Client Error: Invalid value for classifiers. Error: Classifier 'Topic :: None' is not a valid classifier.",
    ),
    ("author-email-invalid", "400 Client Error: author_email: Invalid email address. for url: x"),
    ("summary-multiline", "Upload failed (400): summary: Multiple lines are not allowed."),
    (
        "requires-dist-direct",
        "400 Invalid value for requires_dist. Error: Can't have direct dependency: 'a @ git+https://example.org/a.git'",
    ),
    ("requires-dist-invalid", "400 Invalid value for requires_dist. Error: Invalid requirement: 'foo bar'"),
    (
        "metadata-version-invalid",
        "400 '2.9' is an invalid value for Metadata-Version. Error: Use a known metadata version.",
    ),
    ("user-not-allowed", "403 You are not allowed to upload to 'sampleproject'."),
    ("no-two-factor", "400 User 'someuser' does not have two-factor authentication enabled."),
    ("unverified-email", "400 User 'someuser' does not have a verified primary email address."),
    ("mint-no-publisher", "* `invalid-publisher`: valid token, but no corresponding publisher"),
    (
        "mint-no-publisher",
        "invalid-publisher: valid token, but no corresponding publisher (All lookup strategies exhausted)",
    ),
    (
        "gh-job-workflow-ref-mismatch",
        "* `invalid-publisher`: valid token, but no corresponding publisher (Check failed for required claim 'job_workflow_ref')",
    ),
    (
        "action-submit-removed",
        "410 Client Error: This API is no longer supported, instead simply upload the file. for url: x",
    ),
    (
        "description-render-failed-default",
        "400 Client Error: The description failed to render in the default format of reStructuredText. See x",
    ),
]


@pytest.mark.parametrize(("name", "log"), OLDER)
def test_older_wordings_are_known(name: str, log: str) -> None:
    assert name in read(log).failures[0].signature.refusals


@pytest.mark.parametrize(
    ("log", "groups"),
    [
        (
            "ERROR    HTTPError: 403 Forbidden from x\n         The user 'some\n         user' isn't allowed to upload to project 'a'.",
            {"username": "someuser", "project": "a"},
        ),
        (
            "400 Binary wheel 'a-1-cp312-cp312-linux_\nx86_64.whl' has an unsupported platform tag 'linux_x86_64'.",
            {"filename": "a-1-cp312-cp312-linux_x86_64.whl", "tag": "linux_x86_64"},
        ),
        (
            "400 Filename &#x27;A-1.tar.gz&#x27; is invalid, should be &#x27;a-1.tar.gz&#x27;.",
            {"filename": "A-1.tar.gz", "expected": "a-1.tar.gz"},
        ),
        (
            "400 The name \\'email\\' isn\\'t allowed (conflict with Python Standard Library module name).",
            {"name": "email"},
        ),
        (
            "400 license-file introduced in metadata version 2.4, not 2.1.",
            {"field": "license-file", "added": "2.4", "declared": "2.1"},
        ),
    ],
)
def test_the_values_of_a_refusal_are_read(log: str, groups: dict[str, str]) -> None:
    found = read(log).failures[0].groups
    assert {name: found.get(name) for name in groups} == groups


@pytest.mark.parametrize(
    ("name", "log"),
    [
        ("version-local", "400 The use of local versions in\n         <Version('0.1.dev1+g0123456')> is not all"),
        (
            "no-identity",
            "ERROR    HTTPError: 403 Forbidden from https://upload.pypi.org/legacy/\n         Invalid or non-existent authenti",
        ),
        ("wheel-platform-tag", "400 Binary wheel 'a-1-cp312-cp312-linux_x86_64.whl' has an unsupported plat"),
    ],
)
def test_a_refusal_that_a_copy_has_cut_off_is_known(name: str, log: str) -> None:
    assert name in read(log).failures[0].signature.refusals


def test_a_repeated_refusal_is_one_failure() -> None:
    text = "Invalid API Token: project-scoped token is not valid for project: 'a', project-scoped token is not valid for project: 'a'"
    failures = [failure for failure in read(f"403 {text}").failures if failure.signature.refusals]
    assert len(failures) == 1
    assert failures[0].groups == {"project": "a"}


def test_the_tables_hold_together() -> None:
    known = cause_stages()
    names = {signature.name for signature, _ in signatures()} | set(refusals())
    for signature, forms in signatures():
        assert forms
        assert set(signature.causes) <= set(known), signature.name
        assert signature.needs <= names, signature.name
        assert (signature.role in ("hint", "overcome")) >= bool(signature.needs), signature.name
    for name, causes in causes_of_refusals().items():
        assert name in refusals()
        assert causes


def test_every_cause_with_words_of_its_own_is_reached() -> None:
    """The others leave no log: nothing ran, or nothing was uploaded."""
    reached = {cause for signature, _ in signatures() for cause in signature.causes}
    assert set(cause_stages()) - reached == {
        "create-event-ignores-tag-filter",
        "github-token-does-not-trigger",
        "release-created-misses-drafts",
        "tag-trigger-mismatch",
    }


def test_a_template_without_fixed_text_is_none() -> None:
    assert template("{anything}") is None
