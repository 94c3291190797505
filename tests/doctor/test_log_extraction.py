"""What a whole log says: real outputs of the clients and logs in the shapes of CI systems, each with what must be read from it."""

from pathlib import Path

import pytest

from preflight.doctor.extraction import Extracted, candidates, extract
from preflight.doctor.reading import read_log, read_text

LOGS = Path(__file__).parents[2] / "fixtures" / "logs"
LOOPBACK = "http://127.0.0.1:8080/legacy/"
WHEEL = "demo_pkg-1.2.0-py3-none-any.whl"
SAMPLE = "sampleproject-1.2.0-py3-none-any.whl"


def read(name: str) -> Extracted:
    with (LOGS / f"{name}.txt").open("rb") as stream:
        return extract(read_log(stream))


TABLE = """
twine-7-exists                          twine   upload  loopback 400 file-exists            6  demo
twine-7-verbose-exists                  twine   upload  loopback 400 file-exists            11 demo
twine-7-wide-exists                     twine   upload  loopback 400 file-exists            6  demo
uv-0.13-exists                          uv      upload  loopback 400 file-exists            7  demo
poetry-2-exists                         poetry  upload  pypi     400 file-exists            6  demo
hatch-1.16-exists                       hatch   upload  loopback 400 file-exists            2  demo
flit-4-exists                           flit    upload  loopback 400 file-exists            9  demo
maturin-1-exists                        maturin upload  pypi     400 file-exists            7  demo
pdm-2.10-local-version                  pdm     upload  loopback 400 version-local          4  demo
poetry-1.4-local-version                poetry  upload  -        400 version-local          6  demo
twine-1.15-local-version                twine   upload  loopback 400 version-local          5  demo
twine-3.8-local-version                 twine   upload  loopback 400 version-local          6  demo
twine-4-verbose-local-version           twine   upload  loopback 400 version-local          11 demo
uv-0.4-local-version                    uv      upload  loopback 400 version-local          7  demo
uv-0.6-verbose-local-version            uv      upload  loopback 400 version-local          10 demo
hatch-1.6-local-version                 hatch   upload  loopback 400 version-local          2  demo
twine-7-direct-dependency               twine   upload  loopback 400 dist-direct-reference  6  demo
twine-7-verbose-direct-dependency       twine   upload  loopback 400 dist-direct-reference  11 demo
poetry-2-verbose-direct-dependency      poetry  upload  loopback 400 dist-direct-reference  20 demo_pkg-1.2.0.tar.gz
twine-7-build-config                    twine   attestation loopback 400 attest-build-config 8 demo
uv-0.13-build-config                    uv      attestation loopback 400 attest-build-config 7 demo
flit-4-rate-limit                       flit    upload  loopback 429 project-create-ratelimited 23 demo
twine-7-index-broken                    twine   upload  loopback 503 index-broken           23 demo
maturin-1-no-identity                   maturin upload  pypi     403 no-identity            3  -
pdm-2.10-no-identity                    pdm     upload  loopback 403 no-identity            4  demo
hatch-1.16-no-identity                  hatch   upload  loopback 403 no-identity            2  demo
action-raw-command-six-claims           gh-action-pypi-publish oidc-mint - 422 mint-no-publisher 2 -
action-run-view-eight-claims            gh-action-pypi-publish oidc-mint pypi 422 mint-no-publisher 11 -
action-quoted-seven-claims              gh-action-pypi-publish oidc-mint - 422 mint-no-publisher 6 -
action-table-of-claims                  -       oidc-mint - 422 mint-no-publisher 1 -
action-called-workflow                  gh-action-pypi-publish oidc-mint - 422 called-workflow 3 -
action-no-id-token                      gh-action-pypi-publish oidc-mint - - oidc-no-id-token-permission 1 -
action-fork                             gh-action-pypi-publish oidc-mint - - run-of-fork 4 -
uv-claims                               uv      oidc-mint testpypi 422 mint-no-publisher 4 -
uv-missing-credentials                  uv      oidc-mint pypi - id-token-unavailable-to-client 4 sample
uv-arrows-field-too-new                 uv      upload  pypi     400 field-too-new 2 sample
gitlab-twine-trusted-publishing         twine   oidc-mint - 422 mint-no-publisher 6 -
web-copy-license-file                   gh-action-pypi-publish upload pypi 400 sdist-license-file-missing 12 sampleproject-1.2.0.tar.gz
azure-user-not-allowed                  twine   upload  pypi     403 user-not-allowed 6 sample
jenkins-platform-tag                    twine   upload  pypi     400 wheel-platform-tag 5 sampleproject-1.2.0-cp312-cp312-linux_x86_64.whl
powershell-utf16-second-sdist           twine   upload  pypi     400 second-sdist 9 -
hatch-box-traceback                     hatch   upload  pypi     403 no-identity 8 -
setup-py-upload-summary                 setuptools upload pypi   400 summary-multiline 3 sampleproject-1.2.0.tar.gz
several-jobs                            twine   upload  testpypi 403 no-identity 10 sample
zuul-outage                             twine   upload  pypi     502 index-broken 4 -
latin1-author-email                     twine   upload  pypi     400 author-email-invalid 1 -
empty-password                          twine   upload  pypi     403 password-empty 2 sample
rekor-down                              gh-action-pypi-publish attestation - 502 signing-service-broken 4 -
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_log_is_taken_apart(row: list[str]) -> None:
    name, client, stage, index, status, failure, line, file = row
    found = read(name)
    told = {"loopback": LOOPBACK, "demo": WHEEL, "sample": SAMPLE, "-": None}
    assert found.client == told.get(client, client)
    assert (found.stage, found.index) == (stage, told.get(index, index))
    assert found.http_status == (None if status == "-" else int(status))
    assert (found.failures[0].name, found.failures[0].evidence[0].line) == (failure, int(line))
    assert found.file == told.get(file, file)
    assert found.failed


def test_every_fixture_is_read_by_a_test() -> None:
    others = {"success-with-warnings", "success-skipped", "unknown-failure"}
    assert {path.stem for path in LOGS.glob("*.txt")} == {row[0] for row in ROWS} | others


@pytest.mark.parametrize("name", ["success-with-warnings", "success-skipped"])
def test_warnings_of_a_publish_that_succeeded_are_no_failure(name: str) -> None:
    found = read(name)
    assert not found.failed
    assert candidates(found) == ()


def test_an_unknown_failure_shows_its_lines() -> None:
    found = read("unknown-failure")
    assert candidates(found) == ()
    assert [(line.line, line.text) for line in found.unknown] == [
        (3, "the flux capacitor of sampleproject is not charged")
    ]


def test_a_message_is_whole() -> None:
    assert read("twine-7-build-config").message == (
        "Invalid attestations supplied during upload: Could not verify the uploaded artifact using the included attestation: Verification failed: "
        "Certificate's Build Config URI (https://github.com/octo-org/sampleproject/.github/workflows/publish-from-manual-dispatch.yml@refs/heads/master) "
        "does not match expected Trusted Publisher (release.yml @ octo-org/sampleproject)"
    )
    assert (
        read("uv-claims").message
        == "invalid-publisher: valid token, but no corresponding publisher (Publisher with matching claims was not found)"
    )


def test_project_and_version_come_from_the_file_or_the_message() -> None:
    assert (read("twine-7-exists").project, read("twine-7-exists").version) == ("demo_pkg", "1.2.0")
    assert read("twine-3.8-local-version").local_version == "1.2.0+gabc1234"
    assert read("azure-user-not-allowed").project == "sampleproject"
    assert (
        extract(
            read_text(
                "Uploading dist/demo-9.7.2.dev12+gf82a0a5-py3-none-any.whl\n"
                "ERROR    HTTPError: 400 Bad Request from https://test.pypi.org/legacy/\n         Bad Request\n"
            )
        ).local_version
        == "9.7.2.dev12+gf82a0a5"
    )


def test_job_and_step_of_the_failure_are_known() -> None:
    found = read("several-jobs")
    assert (found.job, found.step, found.jobs[-1]) == ("publish", "Upload", "publish")
    assert len(found.jobs) == 5


def test_versions_of_programs_are_read() -> None:
    found = extract(
        read_text(
            "twine version 6.1.0 (keyring: 25.7.0, packaging: 24.0, requests: 2.34.2)\nERROR    HTTPError: 403 Forbidden from https://upload.pypi.org/legacy/\n"
        )
    )
    assert (found.client_version, found.versions["packaging"]) == ("6.1.0", "24.0")
    assert read("uv-0.6-verbose-local-version").client_version == "0.6.0"
    assert read("action-called-workflow").client_version == "v1.13.0"


def test_an_old_client_names_the_metadata_versions_it_knows() -> None:
    found = extract(
        read_text(
            "\n".join(
                line.ljust(80)
                for line in (
                    "ERROR    InvalidDistribution: Metadata is missing required fields: Name,",
                    "         Version.",
                    "         Make sure the distribution includes the files where those fields are",
                    "         specified, and is using a supported Metadata-Version: 1.0, 1.1, 1.2,",
                    "         2.0, 2.1, 2.2, 2.3.",
                )
            )
        )
    )
    assert found.failures[0].name == "name-and-version-missing"
    assert found.supported_metadata_versions == ("1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "2.3")


def test_run_and_image_are_read() -> None:
    found = extract(
        read_text(
            "https://github.com/octo-org/sampleproject/actions/runs/123/attempts/2\nGITHUB_REF=refs/tags/v1.2.0\n"
            "Unable to find image 'ghcr.io/octo-org/sampleproject:main' locally\ndocker: Error response from daemon: manifest unknown.\n"
        )
    )
    assert (found.repository, found.ref, found.run_attempt, found.image) == (
        "octo-org/sampleproject",
        "refs/tags/v1.2.0",
        2,
        "ghcr.io/octo-org/sampleproject:main",
    )
    assert found.failures[0].causes == ("action-pinned-to-tag-object", "action-nested-in-composite")


def test_a_hint_stands_before_what_it_explains_and_is_none_without_it() -> None:
    warning = 'Warning:  It looks like you are trying to use an API token and your token value does not start with "pypi-" as it typically should.\n'
    refused = "ERROR    HTTPError: 403 Forbidden from https://upload.pypi.org/legacy/\n         Invalid or non-existent authentication information.\n"
    alone = extract(read_text(warning))
    assert not alone.failures
    assert [hint.name for hint in alone.hints] == ["token-without-prefix"]
    together = candidates(extract(read_text(warning + refused)))
    assert (together[0].cause, together[0].alone) == ("token-missing-pypi-prefix", True)
    assert [line.line for line in together[0].evidence] == [1, 3, 2]


def test_each_candidate_brings_its_lines() -> None:
    found = candidates(read("action-called-workflow"))
    assert found[0].cause == "reusable-workflow-publisher-mismatch"
    assert [line.line for line in found[0].evidence][:1] == [3]
    assert all(candidate.evidence for candidate in found)
    assert {"publisher-not-registered", "environment-missing-in-job"} <= {candidate.cause for candidate in found}


def test_no_secret_of_a_log_is_passed_on() -> None:
    secret = "pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMAACKlszLCIwMDAwMDAwMCJdAAAGIAAA"
    found = extract(
        read_text(
            f"##[error]HTTPError: 400 Bad Request from https://u:{secret}@example.org/ with token {secret}\nError: {secret} was refused\n"
        )
    )
    assert secret not in repr(
        (found.message, found.url, found.index, found.unknown, [failure.evidence for failure in found.failures])
    )
