"""What else a release does may fail in the same log: an image, a package for JavaScript, a file beside a release of GitHub. None of it is PyPI's refusal."""

import pytest
from doctor.diagnosed import diagnosed, first

_NARROW = """\
                    HTTPError: 403 Client Error: Forbidden for
                    url:
                    https://uploads.github.com/repos/octo-org
                    /sampleproject/releases/258199418/assets?name=
                    sampleproject-7.0.0.tar.gz
[15:06:07] ERROR    error uploading asset                          github.py:473
                    dist/sampleproject-7.0.0.tar.gz
"""
NARROW_TRACEBACK = "".join(f"{line:<80}\n" for line in _NARROW.splitlines())
JAVASCRIPT = (
    "npm error code TLOG_CREATE_ENTRY_ERROR\n"
    "npm error error creating tlog entry - (409) an equivalent entry already exists in the transparency log\n"
)
FORBIDDEN_PACKAGE = "npm ERR! code E403\nnpm ERR! 403 Forbidden - PUT https://npm.example.com/sample\n"
REFUSED = (
    "ERROR    HTTPError: 403 Forbidden from https://upload.pypi.org/legacy/\n"
    "         Invalid or non-existent authentication information.\n"
)


@pytest.mark.parametrize("log", [NARROW_TRACEBACK, JAVASCRIPT, FORBIDDEN_PACKAGE])
def test_an_answer_to_another_upload_is_no_refusal_of_the_index(log: str) -> None:
    assert first(log) == ("", "unknown")
    assert diagnosed(log)[0].evidence


@pytest.mark.parametrize("log", [NARROW_TRACEBACK, JAVASCRIPT, FORBIDDEN_PACKAGE])
def test_a_refusal_of_the_index_beside_it_is_told(log: str) -> None:
    assert first(log + REFUSED) == first(REFUSED)


def test_the_log_of_signing_for_an_index_still_counts() -> None:
    log = "Error: error creating tlog entry - (502) Bad Gateway\n"
    assert first(log)[0] == "sigstore-outage"
