"""What stands before every line of a log, because a wrapper or a page put it there, is no part of its messages."""

import pytest
from doctor.diagnosed import first
from hypothesis import given
from hypothesis import strategies as st

from preflight.doctor.prefixes import without_prefixes

LINES = (
    "Uploading sampleproject-1.2.0.tar.gz",
    "ERROR    HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/",
    "         'summary' field must be 512 characters or",
    "         less. See https://packaging.python.org/specifications/core-metadata",
    "         for more information.",
)


def bare(lines: list[str]) -> list[str]:
    return [text for _, _, text in without_prefixes(enumerate(lines, 1))]


@pytest.mark.parametrize("prefix", ["twine: ", "  publish: ", "release/pypi: "])
def test_a_wrapper_names_its_program_before_each_line(prefix: str) -> None:
    assert first("\n".join(prefix + line for line in LINES))[0] == "summary-too-long"


@pytest.mark.parametrize("form", ["{} {}", "{:>4}  {}", "{} | {}", "{}\t{}"])
def test_a_page_numbers_the_lines_that_are_copied_from_it(form: str) -> None:
    log = "\n".join(form.format(number, line) for number, line in enumerate(LINES, 98))
    assert first(log)[0] == "summary-too-long"


@pytest.mark.parametrize(
    "lines",
    [
        ["error: a", "error: b", "error: c"],
        ["repository_owner: acme", "repository_owner: acme", "repository_owner: acme"],
        ["HTTPError: 1", "HTTPError: 2", "HTTPError: 3"],
        ["remote: Repository not found.", "remote: a", "remote: b"],
        ["twine: a", "twine: b", "other: c"],
        ["1 a", "3 b", "5 c"],
        ["12:00:01 a", "12:00:02 b", "12:00:03 c"],
    ],
)
def test_words_of_a_message_are_no_prefix(lines: list[str]) -> None:
    assert bare(lines) == lines


def test_a_blank_line_does_not_end_what_a_wrapper_prints() -> None:
    assert bare(["twine: a", "", "twine: b", "twine: c"]) == ["a", "", "b", "c"]


@given(st.lists(st.text(max_size=40)))
def test_no_line_is_lost(lines: list[str]) -> None:
    found = list(without_prefixes(enumerate(lines, 1)))
    assert [(number, line) for number, line, _ in found] == list(enumerate(lines, 1))
    assert all(line.endswith(text) for _, line, text in found)


@pytest.mark.parametrize(
    "form",
    [
        lambda line: f"[31m{line}[0m",
        lambda line: f"[1;31m{line}[0m",
        lambda line: line.replace("'", "’"),
    ],
)
def test_colours_and_typeset_quotes_are_taken_away(form: object) -> None:
    log = (
        "HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/\n"
        "Binary wheel 'a-1-py3-none-linux_x86_64.whl' has an unsupported platform tag 'linux_x86_64'."
    )
    assert callable(form)
    assert first("\n".join(form(line) for line in log.split("\n"))) == ("linux-platform-tag", "certain")


def test_minutes_in_brackets_are_no_colour() -> None:
    from preflight.doctor.normalising import pieces

    assert pieces("took [1min] of [30s]")[0].text == "took [1min] of [30s]"


def test_a_log_that_is_one_string_is_read_line_by_line() -> None:
    text = "\\n".join(LINES).replace('"', '\\"')
    assert first(f'"{text}"')[0] == "summary-too-long"
