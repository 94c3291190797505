"""Patterns of deployment rules: Ruby's `File.fnmatch` with `FNM_PATHNAME`, by its own documentation's examples and GitHub's."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.index.github_policies import RefPolicy, fnmatch


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("main", "main", True),
        ("main", "Main", False),
        ("v*", "v1.0", True),
        ("v*", "v", True),
        ("v*", "w1.0", False),
        ("*", "v1.0", True),
        ("*", "release/v1.0", False),
        ("releases/*", "releases/1.0", True),
        ("releases/*", "releases/1.0/beta", False),
        ("release/*/*", "release/1/2", True),
        ("v?.?", "v1.0", True),
        ("v?.?", "v1.10", False),
        ("v[0-9]*", "v1.0", True),
        ("v[0-9]*", "version", False),
        ("v[!0-9]*", "version", True),
        ("v[^0-9]*", "v1", False),
        ("[a-z/]*", "/x", False),
        ("**/foo", "a/b/c/foo", True),
        ("**/foo", "foo", True),
        ("**/foo", "a/xfoo", False),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**/b", "ab", False),
        ("**", "a", True),
        ("**", "a/b", False),
        ("v{1,2}", "v1", False),
        ("v{1,2}", "v{1,2}", True),
        (r"v\*", "v*", True),
        (r"v\*", "v1", False),
        ("v[0-9", "v[0-9", True),
        ("", "", True),
        ("", "v1", False),
    ],
)
def test_a_pattern(pattern: str, name: str, matches: bool) -> None:
    assert fnmatch(pattern, name) is matches


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_without_slashes_and_brackets_it_is_the_usual_matching(pattern: str, name: str) -> None:
    assert fnmatch(pattern, name) == fnmatchcase(name, pattern)


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_pattern_is_answered(pattern: str, name: str) -> None:
    assert fnmatch(pattern, name) in (True, False)


def test_many_stars_take_no_long_time() -> None:
    assert not fnmatch("*a" * 40 + "b", "a" * 400)


def test_a_rule_of_one_kind_admits_no_ref_of_the_other() -> None:
    assert RefPolicy("v*", "tag").admits("tag", "v1")
    assert not RefPolicy("v*", "branch").admits("tag", "v1")
    assert RefPolicy("v*", "").admits("tag", "v1"), "an older server does not say the kind"
