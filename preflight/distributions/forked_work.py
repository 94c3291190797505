"""Numbered work that forked processes share with this one through a queue. Knows nothing of what the work is, and loses none that fails elsewhere.

Only for Linux: on macOS a forked process may not use the system's own libraries, and Windows has none.
"""

import gc
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pickle import HIGHEST_PROTOCOL, dumps, loads
from select import select
from struct import Struct
from typing import Any, NamedTuple

MOST_PROCESSES = 4
"""Processes at work, this one among them."""

MOST_RESULTS = 24 * 1024 * 1024
"""Bytes of results that a process collects before it takes no more work: the rest is left to the others."""

MOST_WORK = 16 * 1024
"""Numbers that fit into a pipe; whoever has more does the rest itself."""

_NUMBER = Struct("<L")
_AT_ONCE = 1 << 20


class _Child(NamedTuple):
    process: int
    results: int


class ForkedWork:
    """Other processes that start to work as soon as this is made: on what is shared with this one, and first of all on what this one gives them.

    Where none can be had nothing is done, and nothing is lost but time.
    """

    def __init__(self, shared: Sequence[int], work: Callable[[int], object]) -> None:
        self._children: list[_Child] = []
        self._queue: int | None = None
        self._gifts: int | None = None
        processes = min(_processors(), MOST_PROCESSES, len(shared))
        # a thread that is not the first one belongs to a server, whose locks might be taken for good in a copy of it
        if threading.current_thread() is not threading.main_thread():
            return
        if sys.platform != "linux" or processes < 2 or len(shared) > MOST_WORK:
            return
        with suppress(OSError):  # no processes, pipes or memory left
            self._queue, writing = _filled(shared)
            os.close(writing)
            given, self._gifts = _filled(())
            try:
                # whoever finds nothing there must not wait while there is shared work
                os.set_blocking(given, False)
                for _ in range(processes - 1):
                    self._children.append(_fork(given, self._gifts, self._queue, work))
            finally:
                os.close(given)

    def __del__(self) -> None:
        self.close()

    @property
    def shared(self) -> bool:
        """Whether there are other processes at work."""
        return bool(self._children)

    def give(self, number: int) -> None:
        """Leave work to the others alone."""
        if self._gifts is not None:
            with suppress(OSError):  # they are all gone
                os.write(self._gifts, _NUMBER.pack(number))

    def taken(self) -> Iterator[int]:
        """The shared numbers that are left for this process, each taken when asked for."""
        if self._queue is not None:
            yield from _taken(self._queue)

    def results(self) -> Iterator[tuple[int, Any]]:
        """What the others found, once they have all finished. The number of work that failed does not occur."""
        self._end_gifts()
        while self._children:
            child = self._children.pop()
            try:
                yield from _received(child.results)
            finally:
                _end(child)

    def close(self) -> None:
        """Let go of the others; those still at work find nobody to tell."""
        self._end_gifts()
        queue, self._queue = self._queue, None
        if queue is not None:
            os.close(queue)
        while self._children:
            _end(self._children.pop(), wait=False)

    def _end_gifts(self) -> None:
        gifts, self._gifts = self._gifts, None
        if gifts is not None:
            os.close(gifts)


def _processors() -> int:
    """The number of processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return os.cpu_count() or 1


def _filled(numbers: Sequence[int]) -> tuple[int, int]:
    """Both ends of a pipe that holds the numbers. A process that reads takes one whole number, since no read of a pipe is cut in two."""
    reading, writing = os.pipe()
    try:
        os.write(writing, b"".join(map(_NUMBER.pack, numbers)))
    except OSError:
        os.close(reading)
        os.close(writing)
        raise
    return reading, writing


def _taken(queue: int) -> Iterator[int]:
    while len(data := os.read(queue, _NUMBER.size)) == _NUMBER.size:
        yield _NUMBER.unpack(data)[0]


def _in_turn(given: int, shared: int) -> Iterator[int]:
    """What is given, as soon as it is; meanwhile what is shared; at last what is given until the giver ends."""
    rest = _taken(shared)
    open_ended, busy = True, True
    while open_ended or busy:
        if open_ended and not busy:
            select((given,), (), ())
        try:
            data = os.read(given, _NUMBER.size) if open_ended else b""
        except BlockingIOError:
            pass
        else:
            open_ended = len(data) == _NUMBER.size
            if open_ended:
                yield _NUMBER.unpack(data)[0]
                continue
        number = next(rest, None)
        busy = number is not None
        if number is not None:
            yield number


def _fork(given: int, gifts: int, shared: int, work: Callable[[int], object]) -> _Child:
    reading, writing = os.pipe()
    own = os.getpid()
    try:
        with warnings.catch_warnings():
            # the only other thread is the one that shows progress, and the new process shows none
            warnings.simplefilter("ignore", DeprecationWarning)
            process = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        raise
    if process:
        os.close(writing)
        return _Child(process, reading)
    try:
        os.close(reading)
        os.close(gifts)  # else this process would wait for itself
        gc.freeze()  # else looking for garbage would copy all memory that is shared with the other process
        _serve(_in_turn(given, shared), writing, work, own)
    finally:
        os._exit(0)


def _serve(numbers: Iterator[int], writing: int, work: Callable[[int], object], parent: int) -> None:
    """Do work while there is any and somebody to tell, and tell it at the end: before that nobody listens."""
    found: list[bytes] = []
    total = 0
    for number in numbers:
        with suppress(Exception):  # whoever misses the result does the work again, and meets the same
            found.append(dumps((number, work(number)), HIGHEST_PROTOCOL))
            total += len(found[-1])
        if total > MOST_RESULTS or os.getppid() != parent:
            break
    with open(writing, "wb") as pipe:
        for data in found:
            pipe.write(_NUMBER.pack(len(data)))
            pipe.write(data)


def _received(results: int) -> Iterator[tuple[int, Any]]:
    """The results that came whole."""
    with open(results, "rb", buffering=_AT_ONCE, closefd=False) as pipe:
        while len(head := pipe.read(_NUMBER.size)) == _NUMBER.size:
            length = _NUMBER.unpack(head)[0]
            data = pipe.read(length)
            if len(data) < length:
                return
            yield loads(data)  # noqa: S301 (from this very program)


def _end(child: _Child, *, wait: bool = True) -> None:
    os.close(child.results)
    with suppress(ChildProcessError):
        os.waitpid(child.process, 0 if wait else os.WNOHANG)
