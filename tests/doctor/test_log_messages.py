"""Messages: what a width or a box has broken is one text again."""

import pytest
from doctor.renderings import wrapped
from hypothesis import given
from hypothesis import strategies as st

from preflight.doctor.joining import joined
from preflight.doctor.reading import read_text

REASONS = [
    "The user 'someuser' isn't allowed to upload to project 'sampleproject'. See https://pypi.org/help/#project-name for more information.",
    "File already exists ('sampleproject-1.2.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl', with blake2_256 hash '"
    + "4f" * 32
    + "'). See https://pypi.org/help/#file-name-reuse for more information.",
    "Project size too large. Limit for project 'sampleproject' total size is 10 GB. See "
    "https://docs.pypi.org/project-management/storage-limits#requesting-a-project-size-limit-increase",
    "Certificate's Build Config URI (https://github.com/octo-org/sampleproject/.github/workflows/publish-from-a-long-name.yml@refs/heads/main) does not fit",
]


@pytest.mark.parametrize("width", [60, 80, 96, 146])
@pytest.mark.parametrize("padded", [True, False], ids=["padded", "bare"])
@pytest.mark.parametrize("reason", REASONS)
def test_a_boxed_message_is_joined(reason: str, width: int, padded: bool) -> None:
    first, *more = wrapped("HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/", width)
    lines = [f"ERROR    {first}", *(" " * 9 + line for line in [*more, *wrapped(reason, width)])]
    log = read_text(
        "\n".join(
            [*(line.ljust(width) if padded else line for line in lines), "Error: Process completed with exit code 1."]
        )
    )
    message = log.messages[0]
    assert message.text == f"HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/ {reason}"
    assert (message.first_line, message.last_line) == (1, len(lines))
    assert (message.level, message.stage) in {("error", "upload"), ("error", "attestation")}


@given(st.lists(st.text("abcdefghij-._/:'", min_size=1, max_size=100), min_size=1, max_size=40), st.integers(50, 120))
def test_joining_keeps_every_character(words: list[str], width: int) -> None:
    text = " ".join(words)
    assert joined(wrapped(text, width)).replace(" ", "") == text.replace(" ", "")


@given(st.lists(st.text("abcdefghij", min_size=1, max_size=12), min_size=1, max_size=60), st.integers(60, 120))
def test_short_words_are_never_glued_together(words: list[str], width: int) -> None:
    text = " ".join(words)
    assert joined(wrapped(text, width)) == text


def test_a_chain_of_causes_is_one_message() -> None:
    log = read_text("Uploading x\nerror: Failed to publish\n  Caused by: one\n  Caused by: two\nError: end\n")
    assert [message.text for message in log.messages if "Caused" in message.text] == [
        "error: Failed to publish Caused by: one Caused by: two"
    ]


def test_paragraphs_of_an_exchange_failure_stay_together() -> None:
    log = read_text(
        "##[error]Trusted publishing exchange failure: \nToken request failed: reasons:\n\n* `invalid-token`: malformed\n\n"
        "This generally\n##[error]Process completed with exit code 1.\n"
    )
    assert log.messages[0].text.endswith("* `invalid-token`: malformed This generally")
    assert (log.messages[0].stage, log.messages[0].last_line) == ("oidc-mint", 6)
