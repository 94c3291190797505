"""The form by which PyPI compares new names, and the names that are tried for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.distributions.filenames import normalize_project
from preflight.index.similar_names import MOST_CANDIDATES, candidates, ultranormalized


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("requests_1ib", "Requests-Lib"),
        ("f00", "foo"),
        ("my.pkg", "mypkg"),
        ("Il1", "111"),
        ("O0o", "000"),
        ("a-_.b", "ab"),
    ],
)
def test_names_that_are_one(one: str, other: str) -> None:
    assert ultranormalized(one) == ultranormalized(other)


def test_names_that_are_not() -> None:
    assert len({ultranormalized(name) for name in ("foo", "fo", "f8o", "bar", "b@r")}) == 5


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sample-project", "sampleproject"),
        ("SampleProject", "sample-project"),
        ("pyrequests", "py-requests"),
        ("djangothing", "django-thing"),
        ("nump1", "numpl"),
        ("f0o-bar", "foo-bar"),
        ("c1ient", "client"),
        ("dataclient", "data-client"),
        ("my-pkg-tool", "mypkg-tool"),
        ("my-pkg-tool", "my-pkgtool"),
        ("requests_1ib", "requestslib"),
        ("l0gging", "logging"),
        ("00il1", "ooili"),
        ("cooi", "cool"),
    ],
)
def test_the_likeliest_name_is_tried(name: str, expected: str) -> None:
    assert expected in candidates(name)


@given(st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,20}[A-Za-z0-9])?", fullmatch=True))
def test_candidates_are_few_other_names_of_the_same_form(name: str) -> None:
    found = candidates(name)
    assert len(found) == len(set(found)) <= MOST_CANDIDATES
    for each in found:
        assert ultranormalized(each) == ultranormalized(name)
        assert normalize_project(each) == each != normalize_project(name)
