"""Logs that old clients, other indexes and threads of two lines leave: each was missed once on a log from the world."""

import pytest
from doctor.diagnosed import diagnosed, first

LEGACY = "https://upload.pypi.org/legacy/"
BARE = f"HTTPError: 400 Client Error: Bad Request for url: {LEGACY}\n"


@pytest.mark.parametrize(
    ("cause", "log"),
    [
        (
            "version-already-uploaded",
            "[####################] 1/1 - 00:00:01HTTPError: 400 Client Error: File already exists",
        ),
        ("register-api-removed", "Server response (410): Project pre-registration is no longer required or supported"),
        (
            "pypi-outage",
            "Upload failed (500): Internal Server Error\nerror: Upload failed (500): Internal Server Error",
        ),
        ("direct-url-dependency", f"{BARE}Can't have direct dependency: 'a @ https://example.com/a.zip'"),
        (
            "wrong-repository-url",
            "error sending request for url (https://test.upload.pypi.org/legacy/): dns error: No such host",
        ),
    ],
)
def test_a_line_as_other_clients_print_it(cause: str, log: str) -> None:
    assert first(f"{log}\n")[0] == cause


@pytest.mark.parametrize(
    ("cause", "log"),
    [
        ("build-command-unavailable", "/bin/sh: 1: twine: not found"),
        ("build-command-unavailable", "bash: twine: Kommando nicht gefunden."),
        ("build-command-unavailable", "'twine' is not recognized as an internal or external command,"),
        ("build-command-unavailable", "error: invalid command 'bdist_wheel'"),
        ("pyproject-invalid", "configuration error: `project` must contain ['name'] properties"),
        (
            "build-backend-too-old-for-pep639",
            "configuration error: `project.license` must be valid exactly by one definition",
        ),
        ("invalid-classifier", "ValueError: Unknown classifier in field `project.classifiers`: Topic :: Nothing"),
        ("build-backend-regression", "AttributeError: module 'pkgutil' has no attribute 'ImpImporter'"),
        (
            "linux-platform-tag",
            'auditwheel: error: cannot repair "a-1-cp312-cp312-linux_x86_64.whl" to "manylinux1_x86_64" ABI',
        ),
        ("egress-policy-blocks-host", "Failed to establish a new connection: [Errno 1] Operation not permitted"),
    ],
)
def test_a_failure_before_the_upload(cause: str, log: str) -> None:
    assert first(f"{log}\n")[0] == cause


@pytest.mark.parametrize(
    "log",
    [
        "ModuleNotFoundError: No module named 'pkg_resources'",
        "ValueError: Unknown classifier in field `project.classifiers`: Topic :: Nothing",
        "flit_core.config.ConfigError: Missing required field",
        'auditwheel: error: cannot repair "a-1-cp312-cp312-linux_x86_64.whl" to "manylinux1_x86_64" ABI',
    ],
)
def test_what_may_have_other_causes_is_never_certain(log: str) -> None:
    assert first(f"{log}\n")[1] != "certain"


@pytest.mark.parametrize(
    ("section", "cause"),
    [
        ("epository-url", "twine-argument-misread"),
        ("dist/sampleproject-1.0.tar.gz", "twine-argument-misread"),
        ("dist/*", "twine-argument-misread"),
        ("myserver", "pypirc-section-missing"),
        ("my.server", "pypirc-section-missing"),
        ("project/feed", "pypirc-section-missing"),
    ],
)
def test_a_section_of_the_configuration_that_is_not_there(section: str, cause: str) -> None:
    assert first(f"InvalidConfiguration: Missing '{section}' section from ~/.pypirc.\n")[0] == cause


def test_a_refusal_that_nobody_knows_is_not_explained_by_its_status() -> None:
    log = (
        f"ERROR    HTTPError: 400 Bad Request from {LEGACY}\n         The moon is in the wrong phase for this upload.\n"
    )
    found = diagnosed(log)
    assert found[0].code == "UNK001"
    assert not found[0].cause
    assert "moon" in found[0].evidence[0].text


def test_a_host_of_the_index_that_does_not_resolve_is_an_outage() -> None:
    pool = (
        "HTTPSConnectionPool(host='{0}', port=443): Max retries exceeded with url: /legacy/ "
        "(Caused by NameResolutionError(\"Failed to resolve '{0}' ([Errno -3] Temporary failure in name resolution)\"))\n"
    )
    assert [each.cause for each in diagnosed(pool.format("upload.pypi.org"))] == ["pypi-outage"]
    assert first(pool.format("upload.pipy.org"))[0] == "wrong-repository-url"
