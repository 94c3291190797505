"""GitLab's `rules: if:`: operators, null, patterns, and what stays undecided."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.workflows.gitlab_conditions import SET, UNKNOWN, Operand, evaluate, matches

VARIABLES: dict[str, Operand] = {"TAG": "v1.2.3", "BRANCH": None, "EMPTY": "", "WHO": UNKNOWN, "SECRET": SET}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("$TAG", True),
        ("${TAG}", True),
        ("$BRANCH", False),
        ("$EMPTY", False),
        ("$WHO", None),
        ("$SECRET", True),
        ('$TAG == "v1.2.3"', True),
        ("$TAG != 'v1.2.3'", False),
        ("$BRANCH == null", True),
        ("$EMPTY == null", False),
        ("$SECRET == null", False),
        ('$SECRET != ""', True),
        ('$SECRET == "x"', None),
        ("$TAG == $BRANCH", False),
        (r"$TAG =~ /^v\d+\.\d+\.\d+$/", True),
        ("$TAG =~ /^V1/i", True),
        ("$TAG =~ /^V1/", False),
        ("$TAG !~ /rc/", True),
        ("$BRANCH =~ /main/", False),
        ("$WHO =~ /main/", None),
        ("$TAG =~ $PATTERN", None),
        ("$WHO && $BRANCH", False),
        ("$WHO || $TAG", True),
        ("$WHO || $BRANCH", None),
        ("$BRANCH && $WHO || $TAG", True),
        ("$BRANCH && ($WHO || $TAG)", False),
        ("nonsense", None),
        ("$TAG ==", None),
        ("($TAG", None),
        ("$TAG $TAG", None),
        ("", None),
    ],
)
def test_conditions(text: str, holds: bool | None) -> None:
    assert evaluate(text, lambda name: VARIABLES.get(name, UNKNOWN)) is holds


def test_a_pattern_that_could_run_away_is_not_tried() -> None:
    assert matches("(a+)+$", "a" * 50 + "b") is None
    assert matches("a*" * 20 + "b", "a" * 50) is None
    assert matches("v1", "v" * 10_000) is None


@given(st.text(alphabet="$AB()&|=~!/'\" nul\\", max_size=60))
def test_any_text_is_answered(text: str) -> None:
    assert evaluate(text, lambda name: UNKNOWN) in (True, False, None)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_pattern_is_answered(pattern: str, text: str) -> None:
    assert matches(pattern, text) in (True, False, None)
