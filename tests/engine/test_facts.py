"""Facts: computed once, only when asked, scoped to a project where they depend on one."""

import pytest

from preflight.engine.facts import FactCrash, Facts, Unavailable


def test_a_fact_is_computed_once_and_only_when_asked() -> None:
    calls: list[str] = []

    def base() -> int:
        calls.append("base")
        return 1

    def double(base: int) -> int:
        calls.append("double")
        return base * 2

    def never() -> int:
        raise AssertionError("nobody asks for this")

    facts = Facts({"base": base, "double": double, "never": never}, {})
    assert [facts.get("double"), facts.get("double"), facts.get("base")] == [2, 2, 1]
    assert calls == ["base", "double"]


def test_an_unavailable_fact_gives_its_reason_to_all_that_need_it() -> None:
    def offline() -> int:
        raise Unavailable("offline")

    def latest(offline: int) -> int:
        return offline

    facts = Facts({"offline": offline, "latest": latest}, {})
    for _ in range(2):
        with pytest.raises(Unavailable, match="offline"):
            facts.get("latest")


def test_a_crash_names_the_fact_that_failed() -> None:
    def broken() -> int:
        return {}["x"]  # type: ignore[no-any-return]

    def user(broken: int) -> int:
        return broken

    facts = Facts({"broken": broken, "user": user}, {})
    with pytest.raises(FactCrash) as caught:
        facts.get("user")
    assert caught.value.fact == "broken"


def test_facts_that_need_each_other_are_an_error_and_no_endless_loop() -> None:
    def one(two: int) -> int:
        return two

    def two(one: int) -> int:
        return one

    facts = Facts({"one": one, "two": two}, {})
    assert not facts.per_project("one")
    with pytest.raises(LookupError, match="circle"):
        facts.get("one")


def test_what_depends_on_the_project_is_computed_for_each_and_the_rest_once() -> None:
    calls: list[str] = []

    def shared() -> str:
        calls.append("shared")
        return "s"

    def name(project: str, shared: str) -> str:
        calls.append(project)
        return project + shared

    facts = Facts({"shared": shared, "name": name}, {})
    projects = [facts.child({"project": project}) for project in "ab"]
    assert facts.per_project("name")
    assert not facts.per_project("shared")
    assert [each.get("name") for each in projects] == ["as", "bs"]
    assert sorted(calls) == ["a", "b", "shared"]
