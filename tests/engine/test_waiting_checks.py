"""Checks that wait for what other processes do: their facts begin first, and they run behind the others."""

from collections.abc import Iterator
from types import SimpleNamespace

from preflight.engine.checks import check, collect
from preflight.engine.facts import Facts
from preflight.engine.finding import Finding
from preflight.engine.packs import Registry
from preflight.engine.runner import Filters, Runner


def test_their_facts_begin_first_and_they_run_behind_the_others() -> None:
    order: list[str] = []

    def slow() -> str:
        order.append("slow begins")
        return "slow"

    def broken() -> str:
        raise ValueError

    @check("AAA001", waits=True)
    def waiting(slow: str) -> Iterator[Finding]:
        order.append("waiting runs")
        return iter(())

    @check("AAA002", waits=True)
    def crashing(broken: str) -> Iterator[Finding]:
        return iter(())

    @check("BBB001")
    def other() -> Iterator[Finding]:
        order.append("other runs")
        return iter(())

    @check("AAA003", last=True)
    def ending() -> Iterator[Finding]:
        order.append("ending runs")
        return iter(())

    registry = Registry()
    registry.checks.extend(collect({"__name__": __name__, "a": ending, "b": waiting, "c": other, "d": crashing}))
    inventory = SimpleNamespace(projects=())
    facts = Facts(
        {"slow": slow, "broken": broken},
        {"inventory": inventory, "files": SimpleNamespace(sources={}), "online": False},
    )
    result = Runner(registry, facts, Filters(frozenset({"AAA001", "AAA002", "AAA003", "BBB001"}))).run()
    assert order == ["slow begins", "other runs", "waiting runs", "ending runs"]
    assert result.crashed


def test_a_head_start_is_no_more_than_that() -> None:
    asked: list[str] = []

    def head_start() -> None:
        asked.append("head start")
        raise ValueError

    Facts({"head_start": head_start}, {}).begin()
    Facts({}, {}).begin()
    assert asked == ["head start"]
