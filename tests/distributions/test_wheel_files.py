"""RECORD, entry_points.txt and WHEEL as PyPI and pip read them."""

import configparser
import csv
import re
from hashlib import sha256

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from preflight.distributions.wheel_files import (
    computed_digest,
    in_hexadecimal,
    info_folders,
    is_script_name,
    misplaced_data,
    read_entry_points,
    read_record,
    read_wheel_file,
    record_differences,
    target_trouble,
    wheel_version_trouble,
)
from preflight.sources.text import Source


@given(st.text(st.sampled_from('ab,"\n\r\\ \x0b\u2028é'), max_size=20))
@example('"a\n')
@example("\n")
def test_record_agrees_with_pypi(text: str) -> None:
    try:
        expected = {path.replace("\\", "/") for path, *_ in csv.reader(text.splitlines())}
    except (csv.Error, ValueError):
        expected = None
    record = read_record(text.encode())
    assert ({line.path for line in record.lines} if not record.trouble else None) == expected


def test_record_says_where_it_breaks() -> None:
    assert read_record(b"a,,\n\nb,,\n").trouble == "blank"
    assert read_record(b"a,,\n\nb,,\n").line == 2
    assert (read_record(b"a,,\n\xff,,\n").trouble, read_record(b"a,,\n\xff,,\n").line) == ("encoding", 2)


def test_record_differences_leave_signatures_and_folders_out() -> None:
    record = read_record(b"a.py,,\nx-1.dist-info/RECORD,,\ngone.py,,\n")
    names = ["a.py", "pkg/", "x-1.dist-info/RECORD", "x-1.dist-info/RECORD.jws", "new.py"]
    assert record_differences(record, names, "x-1.dist-info") == (["new.py"], ["gone.py"])


def test_digests() -> None:
    (line,) = read_record(b"a.py,sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0,3\n").lines
    assert computed_digest(line, b"abc") == line.digest != computed_digest(line, b"abd")
    assert in_hexadecimal(line.digest) == sha256(b"abc").hexdigest()
    (unknown,) = read_record(b"a.py,md5=x,3\n").lines
    assert computed_digest(unknown, b"anything") == "x"


class _Parser(configparser.ConfigParser):
    def optionxform(self, optionstr: str) -> str:
        return optionstr


@given(st.text(st.sampled_from("[]=a: \n#;%é"), max_size=24).map(lambda text: f"[console_scripts]\n{text}"))
@example("[a]\n[a]\n")
@example("\ufeff[console_scripts]\n")
@example("[DEFAULT]\nx y = a:b\n[console_scripts]\n")
def test_entry_points_agree_with_pypi(text: str) -> None:
    parser = _Parser(delimiters=("=",))
    found = read_entry_points(Source("p", text))
    try:
        parser.read_string(text)
    except configparser.Error:
        assert found.trouble and found.place is not None
        return
    assert not found.trouble
    expected = list(parser["console_scripts"]) if parser.has_section("console_scripts") else []
    assert [point.name for point in found.points if point.section == "console_scripts"] == expected


def test_entry_points_have_their_lines() -> None:
    found = read_entry_points(Source("p", "[gui_scripts]\na = x:y\n\n[console_scripts]\na = z\n"))
    assert [(point.section, point.place.line) for point in found.points] == [("gui_scripts", 2), ("console_scripts", 5)]


@given(st.text(max_size=6))
def test_script_names(name: str) -> None:
    assert is_script_name(name) == (re.fullmatch(r"[\w.-]+", name) is not None)


@pytest.mark.parametrize(
    ("value", "trouble"),
    [
        ("a.b:c", ""),
        ("a:b.c", ""),
        ("a:b [extra]", ""),
        ("é:main", ""),
        ("a.b", "callable"),
        ("a-b:c", "callable"),
        ("a:b:c", "colons"),
        ("a:b [x", "extras"),
        ("", "unreadable"),
    ],
)
def test_targets(value: str, trouble: str) -> None:
    assert target_trouble(value) == trouble


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("Wheel-Version: 1.0\n", ""),
        ("wheel-version:1\n", ""),
        ("Wheel-Version: 1.9\n", "newer"),
        ("Wheel-Version: 2.0\n", "future"),
        ("Wheel-Version: one\n", "malformed"),
        ("Generator: x\n", "missing"),
        ("\nWheel-Version: 1.0\n", "missing"),
    ],
)
def test_wheel_versions(text: str, trouble: str) -> None:
    assert wheel_version_trouble(read_wheel_file(Source("p", text)))[0] == trouble


def test_folders() -> None:
    names = ["a-1.dist-info/WHEEL", "b/c-1.dist-info/WHEEL", "b-1.dist-info/X", "a-1.data/scripts/x"]
    assert info_folders(names) == ["a-1.dist-info", "b-1.dist-info"]
    odd = ["a-1.data/", "a-1.data/purelib/x", "a-1.data/lib/x", "a-1.data/loose", "a-1.data/data/"]
    assert list(misplaced_data(odd)) == [("a-1.data/lib/x", "lib"), ("a-1.data/loose", "")]
