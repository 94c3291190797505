"""Messages with several causes: what else the log holds decides between them, and `certain` is said only where nothing else fits."""

import pytest
from doctor.diagnosed import diagnosed, first

UPLOAD = "Uploading distributions to https://upload.pypi.org/legacy/\n"
TESTPYPI = "Uploading distributions to https://test.pypi.org/legacy/\n"
SENT = "Uploading sampleproject-1.2.0.tar.gz\n"
WHEEL = "Binary wheel 'a-1-cp312-cp312-{0}.whl' has an unsupported platform tag '{0}'."
LOCAL = "400 The use of local versions in <Version('{}')> is not allowed."
REFUSED = "ERROR    HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/\n"
EXISTS = f"{REFUSED}         File already exists ('sampleproject-1.2.0.tar.gz', with blake2_256 hash 'ab12').\n"
FORBIDDEN = "ERROR    HTTPError: 403 Forbidden from https://upload.pypi.org/legacy/\n         Invalid or non-existent authentication information.\n"
NO_PUBLISHER = "* `invalid-publisher`: valid token, but no corresponding publisher (Publisher with matching claims was not found)\n\n"


def claims(environment: str = "MISSING", called: str = "publish.yml", top: str = "publish.yml") -> str:
    slug = "octo-org/sampleproject"
    return (
        f"{NO_PUBLISHER}* `sub`: `repo:{slug}:ref:refs/tags/v1.2.0`\n* `repository`: `{slug}`\n"
        f"* `workflow_ref`: `{slug}/.github/workflows/{top}@refs/tags/v1.2.0`\n"
        f"* `job_workflow_ref`: `{slug}/.github/workflows/{called}@refs/tags/v1.2.0`\n* `environment`: `{environment}`\n"
    )


@pytest.mark.parametrize(
    ("text", "cause", "confidence"),
    [
        (claims(), "environment-missing-in-job", "likely"),
        (claims("release"), "publisher-not-registered", "unknown"),
        (claims("testpypi"), "publisher-missing-on-testpypi", "likely"),
        (TESTPYPI + claims(), "publisher-missing-on-testpypi", "likely"),
        (claims(called="upload.yml"), "reusable-workflow-publisher-mismatch", "likely"),
        (claims().replace(NO_PUBLISHER, ""), "environment-missing-in-job", "likely"),
        (UPLOAD + SENT + EXISTS, "version-already-uploaded", "unknown"),
        (f"GITHUB_REF: refs/tags/v1.3.0\n{UPLOAD}{SENT}{EXISTS}", "tag-version-mismatch", "likely"),
        (f"GITHUB_REF: refs/tags/v1.2.0\n{UPLOAD}{SENT}{EXISTS}", "version-already-uploaded", "unknown"),
        (f"GITHUB_RUN_ATTEMPT: 2\n{UPLOAD}{SENT}{EXISTS}", "rerun-after-partial-upload", "likely"),
        (f"{UPLOAD}Uploading sampleproject-1.1.0.tar.gz\n{SENT}{EXISTS}", "stale-files-in-dist", "likely"),
        (UPLOAD + SENT + FORBIDDEN, "token-revoked-or-deleted", "unknown"),
        (f"TWINE_USERNAME: someuser\n{UPLOAD}{SENT}{FORBIDDEN}", "username-not-token-literal", "likely"),
        (f"TWINE_PASSWORD:\n{UPLOAD}{SENT}{FORBIDDEN}", "empty-credential", "likely"),
        (UPLOAD.replace("upload.", "test.") + FORBIDDEN.replace("upload.", "test."), "credential-of-other-index", "likely"),
        (f"{REFUSED}         {WHEEL.format('linux_x86_64')}", "linux-platform-tag", "certain"),
        (f"{REFUSED}         {WHEEL.format('win_x')}", "unsupported-platform-tag", "certain"),
        ("InvalidDistribution: Unknown distribution format: 'wheels-linux'", "artifact-nested-in-subdirectory", "likely"),
        ("InvalidDistribution: Unknown distribution format: 'setup-1.0.msi'", "file-type-not-accepted", "likely"),
        ("InvalidDistribution: Unknown distribution format: 'SHA256SUMS.txt'", "stray-file-in-dist", "likely"),
        ("InvalidDistribution: Cannot find file (or expand pattern): 'dist/My.Project-*'", "dist-glob-mismatch", "likely"),
        ("InvalidDistribution: Cannot find file (or expand pattern): 'testpypi'", "twine-argument-misread", "certain"),
        ("InvalidConfiguration: Missing 'epository' section from ~/.pypirc.", "twine-argument-misread", "certain"),
        ("InvalidConfiguration: Missing 'pypi' section from ~/.pypirc.", "pypirc-section-missing", "likely"),
        (LOCAL.format("1.0+gabc1234.d20250101"), "dirty-tree-local-version", "likely"),
        (LOCAL.format("0.1.dev1+gabc1234"), "shallow-clone-no-tags", "likely"),
        (LOCAL.format("2.3.1.dev4+gabc1234"), "untagged-commit-local-version", "likely"),
        (
            "Unable to find image 'ghcr.io/octo-org/tools:v1' locally\ndocker: Error response from daemon: manifest unknown.",
            "action-nested-in-composite",
            "certain",
        ),
        (
            "Unable to find image 'ghcr.io/pypa/gh-action-pypi-publish:0123456789012345678901234567890123456789' locally\n"
            "docker: Error response from daemon: manifest unknown.",
            "action-pinned-to-tag-object",
            "likely",
        ),
        ('RedirectDetected: "https://upload.pypi.org/legacy" attempted to redirect to "https://upload.pypi.org/legacy/"', "missing-trailing-slash", "certain"),
        (f"{REFUSED}         The name 'json' isn't allowed (conflict with Python Standard Library module name).", "name-conflicts-stdlib", "certain"),
    ],
)  # fmt: skip
def test_what_decides(text: str, cause: str, confidence: str) -> None:
    assert first(text) == (cause, confidence)


def test_a_refusal_goes_before_an_earlier_failure_of_another_kind() -> None:
    found = diagnosed(
        f"remote: Repository not found\nContinuing without the mirror\n{UPLOAD}{SENT}{REFUSED}         'x' is not a valid classifier.\n"
    )
    assert found[0].cause == "invalid-classifier"
    assert found[0].confidence.value == "likely", "another failure stands in the log"


def test_a_message_that_is_cut_off_is_never_certain() -> None:
    found = diagnosed(f"{REFUSED}         The name 'sampleproject' is too simi")
    assert found
    assert all(each.confidence.value != "certain" for each in found)


def test_the_steps_begin_with_the_question_that_decides_unless_it_is_certain() -> None:
    uncertain = diagnosed(UPLOAD + SENT + EXISTS)[0]
    assert uncertain.steps[0].startswith("Make sure first: open https://pypi.org/project/sampleproject/1.2.0/#files")
    certain = diagnosed(
        f"{REFUSED}         The name 'json' isn't allowed (conflict with Python Standard Library module name)."
    )[0]
    assert certain.steps[0] == certain.fix


def test_the_form_is_told_with_its_exact_values() -> None:
    steps = " ".join(diagnosed(claims("release"))[0].steps)
    assert (
        "Owner `octo-org`, Repository name `sampleproject`, Workflow name `publish.yml`, Environment name `release`"
        in steps
    )


def test_the_claim_that_shows_it_is_evidence() -> None:
    lines = [each.text for each in diagnosed(claims())[0].evidence]
    assert any("`environment`: `MISSING`" in line for line in lines)


def test_refusals_are_those_of_the_cause() -> None:
    assert diagnosed(claims())[0].rejections == ("gh-environment-mismatch", "gl-environment-mismatch")


def test_a_failure_nobody_knows_is_shown() -> None:
    found = diagnosed(
        "Uploading sampleproject-1.2.0.tar.gz\nERROR    the flux capacitor is not charged\nError: Process completed with exit code 1.\n"
    )
    assert [each.code for each in found] == ["UNK001"]
    assert any("flux capacitor" in each.text for each in found[0].evidence)
    assert found[0].steps


def test_a_log_without_a_failure_has_no_diagnosis() -> None:
    assert (
        diagnosed(
            "Uploading sampleproject-1.2.0.tar.gz\n100%\nView at:\nhttps://pypi.org/project/sampleproject/1.2.0/\n"
        )
        == ()
    )
    assert diagnosed("") == ()
