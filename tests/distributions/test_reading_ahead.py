"""Archives read by several processes: the same is found as by one, whatever becomes of the others."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from harness import check_folder
from recipes import build

from preflight.distributions import forked_work, reading_ahead
from preflight.distributions.forked_work import ForkedWork
from preflight.engine.workspace import Focus

forks = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")

RECIPES = {
    "demo-1.0-py3-none-any.whl": "wheel demo 1.0\nmetadata Description-Content-Type: text/x-rst\nbody Some *words\\n",
    "broken-1.0-py3-none-any.whl": "wheel broken 1.0\nzip: header broken/__init__.py crc=7",
    "changed-1.0-py3-none-any.whl": "wheel changed 1.0\nrecord: wrong changed/__init__.py",
    "demo-1.0.tar.gz": "sdist demo 1.0\nmetadata Description-Content-Type: text/x-rst\nbody Some *words\\n",
    "flat-1.0.tar.gz": "sdist flat 1.0\nfile README = text",
    "cut-1.0.tar.gz": "sdist cut 1.0\ncut 40",
    "old-1.0.zip": "zip-sdist old 1.0",
    "strange-1.0.egg": "zip",
}


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    for name, recipe in RECIPES.items():
        (tmp_path / name).write_bytes(build(recipe))
    return tmp_path


@pytest.fixture
def processors(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    monkeypatch.setattr(reading_ahead, "LEAST_BYTES", 0)
    return lambda count: monkeypatch.setattr(forked_work, "_processors", lambda: count)


def found(folder: Path) -> list[tuple[object, ...]]:
    """All findings on the built files."""
    result = check_folder(folder, focus=Focus(files=tuple(RECIPES)))
    return [
        (each.code, each.severity, each.message, each.args, each.rejections, each.place and each.place.source.path)
        for each in result.findings
    ]


def test_any_number_of_processes_finds_the_same(dist: Path, processors: Callable[[int], None]) -> None:
    processors(1)
    alone = found(dist)
    codes = {code for code, *_ in alone}
    assert {"ARC001", "WHL005", "MET021", "SDT003", "SDT002"} <= codes
    for count in (2, 4):
        processors(count)
        assert found(dist) == alone


def test_two_threads_find_the_same(
    dist: Path, processors: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    processors(1)
    alone = found(dist)
    monkeypatch.setattr(reading_ahead, "READ_TOGETHER", 2)
    assert found(dist) == alone


@forks
def test_what_a_killed_process_leaves_undone_is_done_here(
    dist: Path, processors: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    processors(1)
    alone = found(dist)
    own = os.getpid()
    perform = reading_ahead.ReadAhead._perform

    def dying(self: reading_ahead.ReadAhead, number: int) -> object:
        if os.getpid() != own and number == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return perform(self, number)

    monkeypatch.setattr(reading_ahead.ReadAhead, "_perform", dying)
    processors(2)
    assert found(dist) == alone


@forks
def test_others_do_what_they_are_given_and_all_that_nobody_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked_work, "_processors", lambda: 3)
    own = os.getpid()
    work = ForkedWork([2, 4, 6], lambda number: (number * 10, os.getpid()))
    assert work.shared
    work.give(1)
    work.give(3)
    results = dict(work.results())
    assert {number: value for number, (value, _) in results.items()} == {1: 10, 2: 20, 3: 30, 4: 40, 6: 60}
    assert own not in {process for _, process in results.values()}
    assert not list(work.taken())


@forks
def test_what_is_given_goes_before_what_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked_work, "_processors", lambda: 2)
    go, stay = os.pipe()

    def perform(number: int) -> int:
        if number == 2:
            os.read(go, 1)
        return number

    work = ForkedWork([2, 3, 4], perform)
    work.give(1)
    os.write(stay, b"x")
    found = [number for number, _ in work.results()]
    assert sorted(found) == [1, 2, 3, 4]
    assert found.index(1) <= 1
    os.close(go)
    os.close(stay)


@forks
def test_work_that_fails_has_no_result_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked_work, "_processors", lambda: 2)
    work = ForkedWork([0, 5], lambda number: 1 / number)
    work.give(2)
    assert dict(work.results()) == {2: 0.5, 5: 0.2}


@forks
def test_a_process_with_many_results_leaves_the_rest_to_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked_work, "_processors", lambda: 2)
    monkeypatch.setattr(forked_work, "MOST_RESULTS", 100)
    work = ForkedWork(range(9), lambda number: "x" * 101)
    assert len(list(work.results())) == 1
    assert list(work.taken()) == list(range(1, 9))


def test_without_other_processors_nothing_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked_work, "_processors", lambda: 1)
    work = ForkedWork([2], lambda number: number)
    work.give(1)
    assert not work.shared
    assert not list(work.results())


def test_a_server_s_thread_does_not_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked_work, "_processors", lambda: 2)
    shared: list[bool] = []
    thread = Thread(target=lambda: shared.append(ForkedWork([2, 3], lambda number: number).shared))
    thread.start()
    thread.join()
    assert shared == [False]


@forks
def test_nothing_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked_work, "_processors", lambda: 2)
    before = len(os.listdir("/proc/self/fd"))
    used = ForkedWork([2, 3], lambda number: number)
    list(used.results())
    used.close()
    unused = ForkedWork([2, 3], lambda number: number)
    assert unused.shared
    del unused
    assert len(os.listdir("/proc/self/fd")) == before
