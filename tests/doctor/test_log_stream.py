"""Long logs: what matters is kept, with its numbers, and memory stays bounded."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.doctor.extraction import extract
from preflight.doctor.reading import read_log
from preflight.doctor.stream import kept_lines

FAILURE = (
    b"ERROR    HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/          \n"
    b"         Only one sdist may be uploaded per release.                            \n"
)


@pytest.mark.parametrize(
    "noise",
    [b"compiling a thing\n", b"src/a.c:3: error: it failed\n", b"\n", b"x" * 2000 + b"\n"],
    ids=["quiet", "loud", "empty", "wide"],
)
@pytest.mark.parametrize("before", [0, 1, 20_000])
def test_a_failure_is_found_wherever_it_stands(noise: bytes, before: int) -> None:
    before = min(before, 600_000 // len(noise))
    after = min(20_000, 600_000 // len(noise))
    log = read_log(BytesIO(noise * before + FAILURE + noise * after), whole=100_000)
    extracted = extract(log)
    assert extracted.failures[0].name == "second-sdist"
    assert extracted.failures[0].evidence[0].line == before + 2
    assert log.total == before + 2 + after


def test_a_long_log_keeps_a_bounded_part() -> None:
    kept = kept_lines(
        BytesIO(b"error: pypi.org failed with a message of some length that repeats itself\n" * 150_000), whole=100_000
    )
    assert kept.total == 150_000
    assert sum(len(text) for _, text in kept.lines) < 9_000_000


class Endless:
    """A stream without any line end that hands out a limited number of bytes and counts the largest piece asked for."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int, /) -> bytes:
        taken = min(size, self.left)
        self.left -= taken
        return b"a" * taken


def test_a_line_without_end_is_read_in_pieces() -> None:
    kept = kept_lines(Endless(6_000_000))
    assert kept.total == 1
    assert {number for number, _ in kept.lines} == {1}
    assert sum(len(text) for _, text in kept.lines) < 4_000_000


@given(st.lists(st.sampled_from([b"", b"error", b"pypi.org", b"nothing", b"\r", b"a\rb"]), max_size=400), st.booleans())
def test_a_kept_line_is_the_line_of_that_number(lines: list[bytes], ends: bool) -> None:
    data = b"\n".join(lines) + (b"\n" if ends else b"")
    original = data.split(b"\n")
    for whole in (0, 1_000_000):
        kept = kept_lines(BytesIO(data), whole=whole)
        for number, text in kept.lines:
            assert original[number - 1].rstrip(b"\r").decode() == text
        assert [number for number, _ in kept.lines] == sorted(number for number, _ in kept.lines)
