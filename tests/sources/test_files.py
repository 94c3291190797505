"""Text files as they are: what cannot be decoded keeps the place of the byte that does not fit, and folders that may not be entered are remembered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.sources.text import UnreadableText, decode, readable_part
from preflight.sources.tree import Files, MemoryTree, OverlayTree, UnreadableFile


@pytest.mark.parametrize(
    ("data", "line", "column", "shown"),
    [
        (b"a = 1\n# caf\xe9\n", 2, 6, "# caf\ufffd"),
        ("é = 1\n".encode() + b"b\xff", 2, 2, "b\ufffd"),
        (b"a\0b", 1, 2, "a\0b"),
        ("ab\n".encode("utf-16"), 1, 1, "ab"),
        ("ab\n".encode("utf-32"), 1, 1, "ab"),
    ],
)
def test_the_place_that_cannot_be_decoded(data: bytes, line: int, column: int, shown: str) -> None:
    files = Files(MemoryTree({"a.toml": data}))
    with pytest.raises(UnreadableFile):
        files.read("a.toml")
    place = files.undecodable["a.toml"]
    assert (place.line, place.column) == (line, column)
    assert place.source.line(line).removeprefix("\ufeff") == shown
    assert files.unreadable_place("a.toml") == place
    assert files.unreadable_source("a.toml") is place.source


def test_what_is_no_file_has_no_such_place() -> None:
    files = Files(MemoryTree({"a/b": b""}))
    assert files.find("a") is None
    assert files.undecodable == {}
    assert files.unreadable_place("a").source.text == ""


@given(st.binary(max_size=60))
def test_every_undecodable_file_can_be_shown(data: bytes) -> None:
    try:
        decode(data)
    except UnreadableText as error:
        assert error.byte_offset is not None
        text, offset = readable_part(data, error.byte_offset)
        assert 0 <= offset <= len(text)


def test_a_tree_in_memory_bars_nobody() -> None:
    memory = MemoryTree({"a/b": b""})
    assert memory.names("c") == []
    assert memory.barred == OverlayTree(memory, {}).barred == {}
