"""Facts that ask the outside: without `online` they cannot be had, and what computes them is not even imported."""

import sys

import pytest

from preflight.engine.facts import ONLINE, Facts, Unavailable

TABLE = {"outside": f"{ONLINE}wsgiref.headers:Headers"}


def test_nothing_is_imported_offline() -> None:
    sys.modules.pop("wsgiref.headers", None)
    facts = Facts(TABLE, {"online": False})
    for scope in (facts, facts.child({"project": 1})):
        assert not scope.per_project("outside")
        assert scope.get("maybe_outside") is None
        with pytest.raises(Unavailable, match="offline"):
            scope.get("outside")
    assert "wsgiref.headers" not in sys.modules


def test_a_seed_goes_before() -> None:
    assert Facts(TABLE, {"online": False, "outside": 5}).get("outside") == 5


def answered(project: str, online: bool) -> str:
    return f"{project} {online}"


def test_online_it_is_a_fact_like_any_other() -> None:
    sys.modules["facts_of_a_test"] = sys.modules[__name__]
    facts = Facts({"it": f"{ONLINE}facts_of_a_test:answered"}, {"online": True})
    try:
        assert facts.per_project("it")
        assert facts.child({"project": "demo"}).get("it") == "demo True"
    finally:
        del sys.modules["facts_of_a_test"]


def test_where_nobody_says_online_it_is_offline() -> None:
    with pytest.raises(Unavailable):
        Facts(TABLE, {}).get("outside")
