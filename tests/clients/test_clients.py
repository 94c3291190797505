"""Real clients against PyPI's answers: twine and uv, as the tests install them; the whole matrix is run by tests/clients/matrix.py and recorded."""

import os
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from clients import results, running, samples
from clients.matrix import good, refusals_for
from clients.running import Uploader

SCRIPTS = Path(sys.executable).parent
UPLOADERS = [
    Uploader(name, version(name), SCRIPTS / (f"{name}.exe" if os.name == "nt" else name)) for name in ("twine", "uv")
]
SAME_WORDS = {name: names for names in (*samples.met_by_uploads(), *samples.met_by_exchanges()) for name in names}
REFUSALS = (
    "file-exists no-identity user-not-allowed caveat-project-name project-name-similar project-create-ratelimited classifier-unknown version-local "
    "wheel-platform-tag sdist-filename-normalization zip-trailing-data attest-malformed provides-dist-invalid"
).split()


@pytest.mark.parametrize("uploader", UPLOADERS, ids=lambda each: each.name)
@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_a_client_prints_of_a_refusal_is_diagnosed(uploader: Uploader, refusal: str) -> None:
    found = running.outcome(uploader, SAME_WORDS[refusal])
    assert found.status != 0
    assert found.told, found.shown
    assert found.place == 1, (found.code, found.shown)


TRUSTED = Uploader("uv (trusted)", UPLOADERS[1].version, UPLOADERS[1].program)
EXCHANGES = (
    "mint-no-publisher gh-job-workflow-ref-mismatch gh-environment-check mint-pending-create-failed oidc-audience-disabled"
).split()


@pytest.mark.parametrize("refusal", EXCHANGES)
def test_what_uv_prints_of_a_token_that_it_does_not_get_is_diagnosed(refusal: str) -> None:
    found = running.outcome(TRUSTED, SAME_WORDS[refusal])
    assert found.status != 0
    assert found.place == 1, (found.code, found.shown)


@pytest.mark.parametrize("uploader", [*UPLOADERS, TRUSTED], ids=lambda each: each.name)
def test_an_upload_that_is_taken_is_no_failure(uploader: Uploader) -> None:
    status, output, diagnoses = running.accepted_upload(uploader)
    assert (status, diagnoses) == (0, ()), output


def test_the_matrix_is_recorded_for_every_client_and_every_refusal() -> None:
    """After a new refusal, run tests/clients/matrix.py."""
    recorded = {(each.client, each.refusal) for each in results.read()}
    assert recorded == {
        (client, name)
        for client in running.COMMANDS
        for name in (results.ACCEPTED, *(names[0] for names in refusals_for(client)))
    }


def test_the_doctor_was_right_in_all_of_the_matrix() -> None:
    """Right within three where the client shows PyPI's words, never certain of what is not so, and silent on uploads that were taken."""
    assert [each for each in results.read() if not good(each)] == []
