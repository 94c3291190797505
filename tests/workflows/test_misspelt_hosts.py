"""Hosts that look like a slip of PyPI's, and those that may be somebody's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.workflows.misspelt_hosts import distance, misspelt_index


@pytest.mark.parametrize(
    ("host", "index"),
    [
        ("tets.pypi.org", "testpypi"),
        ("testpypi.org", "testpypi"),
        ("test-pypi.org", "testpypi"),
        ("upload.test.pypi.org", "testpypi"),
        ("test.pypy.org", "testpypi"),
        ("test.pipy.org", "testpypi"),
        ("uplaod.pypi.org", "pypi"),
        ("uploads.pypi.org", "pypi"),
        ("upload-pypi.org", "pypi"),
        ("upload.pypi.og", "pypi"),
        ("docs.pypi.org", "pypi"),
        ("pypi.ogr", "pypi"),
    ],
)
def test_slips(host: str, index: str) -> None:
    assert misspelt_index(host, "/legacy/") == index


@pytest.mark.parametrize(
    "host",
    [
        "pypi.org",
        "www.pypi.org",
        "upload.pypi.org",
        "test.pypi.org",
        "pypi.company.com",
        "pypi.example.org",
        "test.pypi.example.com",
        "upload.pypi.example.org",
        "test.pypi.org.example.com",
        "test.pypi.local",
        "upload.pypi.corp",
        "pypi.internal",
        "pypi.python.org",
        "test.pypi.dev",
        "pypi.ppi.org",
        "packages.pypa.org",
        "pypi",
        "localhost",
        "",
        "pypi.fury.io",
        "test.piwheels.org",
        "api.org",
        "xn--pypi.org",
    ],
)
def test_hosts_that_are_right_or_somebody_elses(host: str) -> None:
    assert misspelt_index(host, "/legacy/") is None


def test_what_is_below_such_a_domain_may_be_somebody_elses() -> None:
    assert misspelt_index("test.api.org", "/legacy/") is None


def test_a_bare_domain_counts_with_a_path_of_pypis_only() -> None:
    assert misspelt_index("ppi.org", "/legacy/") == "pypi"
    assert misspelt_index("ppi.org", "/repository/python/") is None


@pytest.mark.parametrize(
    ("left", "right", "off"),
    [("", "abc", 3), ("abc", "abc", 0), ("tets", "test", 1), ("pypi", "pypy", 1), ("pypi", "pyp", 1), ("ab", "ba", 1)],
)
def test_distance(left: str, right: str, off: int) -> None:
    assert distance(left, right) == off


@given(st.text("pyi.", max_size=6), st.text("pyi.", max_size=6))
def test_distance_is_symmetric_and_zero_for_equal_texts_only(left: str, right: str) -> None:
    assert distance(left, right) == distance(right, left)
    assert (distance(left, right) == 0) is (left == right)


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_is_taken(host: str, path: str) -> None:
    assert misspelt_index(host, path) in (None, "pypi", "testpypi")
