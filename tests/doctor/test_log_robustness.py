"""No log, however broken, makes the reader fail, and no line gets a number it does not have."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.doctor.extraction import candidates, extract
from preflight.doctor.reading import read_log

REAL = tuple(path.read_bytes() for path in sorted((Path(__file__).parents[2] / "fixtures" / "logs").glob("*.txt")))


def check(data: bytes, whole: int = 1 << 21) -> None:
    log = read_log(BytesIO(data), whole)
    extracted = extract(log)
    candidates(extracted)
    numbers = [line.number for line in log.lines]
    assert numbers == sorted(numbers)
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")) and b"\x00" not in data[:2000]:
        last = data.count(b"\n") + 1
        assert all(1 <= number <= last for number in numbers)
        places = [line.line for failure in extracted.failures for line in failure.evidence] + [
            line.line for line in extracted.unknown
        ]
        assert all(1 <= place <= last for place in places)
    for message in log.messages:
        assert message.first_line <= message.last_line
        assert message.first <= message.last < len(log.lines)


@given(st.binary(max_size=3_000))
def test_any_bytes_are_read(data: bytes) -> None:
    check(data)


@settings(max_examples=60)
@given(st.sampled_from(REAL), st.data())
def test_a_log_may_begin_and_end_anywhere(log: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(log)))
    check(log[start : data.draw(st.integers(start, len(log)))])


@settings(max_examples=60)
@given(
    st.sampled_from(REAL),
    st.lists(st.tuples(st.integers(0, 20_000), st.binary(max_size=12)), max_size=12),
    st.booleans(),
)
def test_a_damaged_log_is_read(log: bytes, damage: list[tuple[int, bytes]], sifted: bool) -> None:
    for place, garbage in damage:
        cut = place % (len(log) + 1)
        log = log[:cut] + garbage + log[cut + len(garbage) // 2 :]
    check(log, 0 if sifted else 1 << 21)


HOSTILE = [
    b"'" * 5_000,
    b'"' * 3_000 + b"is not a valid classifier",
    b"[" * 5_000,
    b"[1;" * 3_000,
    b"\x1b[" * 3_000,
    b"::error " + b"a:b" * 3_000,
    b"##vso[task.logissue " + b" " * 5_000,
    b"<title " * 2_000,
    b"&#" * 4_000,
    b"Checking " * 2_000,
    b" " * 20_000 + b"x",
    b"a." * 5_000 + b"Error:",
    "─".encode() * 5_000 + b"x",
    b"100%" * 3_000,
    b"The name 'x' " * 2_000,
    b"File already exists ('" * 2_000,
    b"OidcTokenClaims {" + b'a: Some("' * 2_000,
    b"Get https://" * 3_000,
    b"dist" + b"a.whl" * 3_000,
    b"a" * 100_000,
    b"b'" + b"\\n\\x" * 3_000,
    b"docker run " * 2_000 + b"ghcr.io/a/b",
    b"\r" * 50_000,
    b"1.2.3+" * 2_000,
]


@pytest.mark.parametrize("line", HOSTILE, ids=range(len(HOSTILE)))
def test_no_line_takes_long(line: bytes) -> None:
    """A pattern that backtracks would need minutes here."""
    check(line)
    check(REAL[0] + line + b"\n" + REAL[-1])
    check((line[:200] + b"\n") * 200)
