"""How long a run waits for an outside that does not answer: counted by attempts and a clock of its own."""

from collections.abc import Mapping
from typing import ClassVar

import pytest
from harness import check_files

from preflight.index.failures import Unreachable, host_of
from preflight.index.transport import PATIENCE, Transport
from preflight.index.wire import Limits, Reply

PYPI, TESTPYPI, GITHUB = "https://pypi.org", "https://test.pypi.org", "https://api.github.com"
ANCHOR = f"{PYPI}/_/oidc/audience"


class Clock:
    """A clock that only moves when somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Dead:
    """A network in which every host fails in its way, some slowly."""

    takes: ClassVar[Mapping[str, str]] = {"dns": "whole", "timeout": "connect", "refused": "", "tls": "", "reset": ""}

    def __init__(self, clock: Clock, kinds: Mapping[str, str], alive: str = "") -> None:
        self.clock = clock
        self.kinds = kinds
        self.alive = alive
        self.tried: list[str] = []

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, limits: Limits) -> Reply:
        host = host_of(url)
        self.tried.append(host)
        if host == self.alive:
            return Reply(404, {}, b"")
        kind = self.kinds.get(host, "timeout")
        self.clock.now += getattr(limits, self.takes[kind]) if self.takes[kind] else 0.01
        raise Unreachable(kind, f"{host}: {kind}")

    def close(self) -> None:
        """Nothing is open."""


def dead(alive: str = "", **kinds: str) -> tuple[Transport, Dead, Clock]:
    clock = Clock()
    network = Dead(clock, {name.replace("_", "."): kind for name, kind in kinds.items()}, alive)
    return Transport(anchor=ANCHOR, sender=network, clock=clock, sleep=clock.sleep), network, clock


def ask(transport: Transport, *urls: str) -> list[str]:
    said = []
    for url in urls:
        try:
            transport.get(url)
        except Unreachable as error:
            said.append(error.message)
    return said


@pytest.mark.parametrize("kind", ["dns", "timeout", "refused"])
def test_a_dead_network_is_found_out_by_one_attempt(kind: str) -> None:
    transport, network, clock = dead(pypi_org=kind)
    said = ask(transport, f"{PYPI}/simple/a/", f"{TESTPYPI}/simple/a/", f"{GITHUB}/repos/o/r", "https://index.example/")
    assert network.tried == ["pypi.org"]
    assert set(said) == {f"the network does not answer: pypi.org: {kind}"}
    assert transport.troubles == (f"the network does not answer: pypi.org: {kind}",)
    assert clock.now - 100 <= PATIENCE < 5


def test_a_host_of_ones_own_that_is_not_reached_says_nothing_of_the_network() -> None:
    transport, network, _ = dead(alive="pypi.org", index_example="dns")
    ask(transport, "https://index.example/simple/a/", "https://index.example/simple/b/", f"{PYPI}/simple/a/")
    assert network.tried == ["index.example", "pypi.org", "pypi.org"]  # the first time only to see whether it answers
    assert transport.troubles == ("index.example: dns",)


@pytest.mark.parametrize("first", [f"{GITHUB}/repos/o/r", f"{TESTPYPI}/simple/a/", "https://index.example/simple/a/"])
@pytest.mark.parametrize("kind", ["dns", "timeout", "refused"])
def test_whoever_is_asked_first_a_dead_network_is_told_in_one_sentence(first: str, kind: str) -> None:
    transport, network, clock = dead(pypi_org=kind, test_pypi_org=kind, api_github_com=kind, index_example=kind)
    said = ask(transport, first, f"{PYPI}/simple/a/", f"{GITHUB}/repos/o/r", first)
    assert network.tried == [host_of(first), "pypi.org"]
    assert set(said) == {f"the network does not answer: pypi.org: {kind}"} == set(transport.troubles)
    assert clock.now - 100 <= PATIENCE


def test_a_firewall_that_stops_github_alone_leaves_the_index() -> None:
    transport, *_ = dead(alive="pypi.org", api_github_com="refused")
    assert ask(transport, f"{GITHUB}/repos/o/r", f"{PYPI}/simple/a/") == ["api.github.com: refused"]
    assert transport.troubles == ("api.github.com: refused",)


def test_a_network_that_has_answered_is_not_dead() -> None:
    transport, network, _ = dead(alive="pypi.org", test_pypi_org="refused", api_github_com="refused")
    said = ask(transport, f"{PYPI}/simple/a/", f"{TESTPYPI}/simple/a/", f"{TESTPYPI}/simple/b/", f"{GITHUB}/repos/o/r")
    assert network.tried == ["pypi.org", "test.pypi.org", "api.github.com"]
    assert len(set(said)) == 2


def test_all_waiting_together_has_an_end() -> None:
    transport, network, clock = dead(alive="pypi.org")
    ask(transport, f"{PYPI}/", *(f"https://index{number}.example/" for number in range(20)))
    assert clock.now - 100 <= PATIENCE + 0.01
    assert len(network.tried) <= 4


def test_pauses_between_attempts_count_too() -> None:
    transport, network, clock = dead(**{f"index{number}_example": "reset" for number in range(50)})
    ask(transport, *(f"https://index{number}.example/" for number in range(50)))
    assert clock.now - 100 <= PATIENCE + 0.5
    assert 3 < len(network.tried) < 50


def test_threads_that_wait_at_the_same_time_are_charged_once() -> None:
    transport, _, clock = dead()
    started = clock.now
    clock.now += 2.0
    for _ in range(4):
        transport._charge(started)
    assert transport._patience == PATIENCE - 2.0


def test_a_check_with_a_dead_network_says_so_once() -> None:
    transport, network, clock = dead()
    files = {"pyproject.toml": '[project]\nname = "sampleproject"\nversion = "1.0"\ndependencies = ["requests"]\n'}
    result = check_files(files, seeds={"online": True, "transport": transport})
    reasons = {each.code: each.reason for each in result.skipped}
    assert network.tried == ["pypi.org"]
    assert clock.now - 100 < 5
    told = {reason for reason in reasons.values() if "network" in reason}
    assert told == {"the network does not answer: pypi.org: timeout"}
    assert {code for code, reason in reasons.items() if reason in told} >= {"NAM002", "NAM003", "NAM006", "NAM007"}
    assert not result.crashed


def test_without_online_every_such_rule_is_skipped_as_offline() -> None:
    files = {"pyproject.toml": '[project]\nname = "sampleproject"\nversion = "1.0"\n', "dist/a-1.tar.gz": "x"}
    reasons = {each.code: each.reason for each in check_files(files).skipped}
    for code in (
        "NAM002",
        "NAM003",
        "NAM006",
        "NAM007",
        "NAM010",
        "VER001",
        "VER003",
        "VER004",
        "BLD008",
        "MET019",
        "PUB007",
        "PUB020",
        "PUB022",
        "PUB023",
    ):
        assert reasons[code] == "offline", code
