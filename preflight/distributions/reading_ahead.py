"""Reads many archives with all processors: on Linux by forked processes, elsewhere by a second thread. What fails is left to whoever asks for it.

Unpacking, hashing and rendering take most of the time of a check. Whoever is free takes the next archive, this process too as soon as something asks
for what the others are reading; so nobody waits while there is work.
"""

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from preflight.distributions.archive import Distribution, Kind, Reading
from preflight.distributions.descriptions import Rendered, is_restructured, render_ahead, rendered, renders_plainly
from preflight.distributions.forked_work import ForkedWork

LEAST_BYTES = 512 * 1024
"""Size of all archives together below which another process costs more than it saves."""

READ_TOGETHER = 8
"""Number of archives from which on two threads read them, where there are no other processes."""


class ReadAhead:
    """Reads archives before they are asked for, each once; other processes also render the descriptions."""

    def __init__(self, distributions: Sequence[Distribution]) -> None:
        self._distributions = distributions
        self._done: dict[str, Reading] = {}
        self._work: ForkedWork | None = None
        self._started = self._finished = False

    def start(self) -> None:
        """Let other processes begin, where it is worth it and there are any to be had."""
        if self._started:
            return
        self._started = True
        if sum(each.size for each in self._distributions) < LEAST_BYTES:
            return
        found = [index for index, each in enumerate(self._distributions) if each.kind is not Kind.OTHER]
        largest_first = sorted(found, key=lambda index: -self._distributions[index].size)
        self._work = ForkedWork([2 * index for index in largest_first], self._perform)

    def reading(self, distribution: Distribution) -> Reading | None:
        """What was read of a distribution; None where that failed, and must be tried again to see why."""
        self.start()
        if not self._finished:
            self._finished = True
            if self._work is not None and self._work.shared:
                self._share(self._work)
            elif len(self._distributions) >= READ_TOGETHER:
                self._read_by_threads()
        return self._done.pop(distribution.path, None)

    def _perform(self, number: int) -> tuple[Reading | None, Rendered | None]:
        """What another process sends back: of an odd number whether a description renders, of an even one what was read of an archive."""
        index, description = divmod(number, 2)
        distribution = self._distributions[index]
        if description:
            return None, _description(distribution)
        reading = distribution.read_through()
        distribution.__dict__.pop("zip", None)  # is not needed here any more
        if distribution.kind is Kind.SDIST:
            return reading, _description(replace(distribution, ahead=_Read(reading)))
        return reading, None

    def _share(self, work: ForkedWork) -> None:
        """Help the other processes until all is done, and gather what they found. Only they load what renders."""
        for index, distribution in enumerate(self._distributions):
            if distribution.kind in (Kind.WHEEL, Kind.ZIP_SDIST):
                with suppress(Exception):  # the check of descriptions will meet the same, and report it
                    if not _renders(distribution):
                        work.give(2 * index + 1)
        for number in work.taken():
            self._read(self._distributions[number // 2])
        for number, (reading, description) in work.results():
            if reading is not None:
                self._done[self._distributions[number // 2].path] = reading
            if description is not None:
                render_ahead(description)

    def _read(self, distribution: Distribution) -> None:
        with suppress(Exception):  # whoever asks for it will meet the same, and report it
            self._done[distribution.path] = distribution.read_through()

    def _read_by_threads(self) -> None:
        """Read with a second thread: unpacking and hashing do not hold Python's lock."""
        from sys import getswitchinterval, setswitchinterval
        from threading import Thread

        waiting = deque(self._distributions)

        def work() -> None:
            while True:
                try:
                    distribution = waiting.popleft()
                except IndexError:
                    return
                self._read(distribution)

        usual = getswitchinterval()
        thread = Thread(target=work, daemon=True)
        try:
            # members are small: a thread that has unpacked one must not wait long for the other
            setswitchinterval(min(usual, 0.0001))
            thread.start()
            work()
            thread.join()
        finally:
            waiting.clear()
            setswitchinterval(usual)


def _renders(distribution: Distribution) -> bool:
    """Whether the description of a wheel or zip surely renders, or is not rendered as reStructuredText; what is found is kept."""
    if b"text/markdown" in distribution.kept_metadata.partition(b"\n\n")[0]:
        return True
    text = _restructured(distribution)
    if text is None:
        return True
    found = renders_plainly(text)
    if found is not None:
        render_ahead(found)
    return found is not None


class _Read:
    """Stands for an archive that is read already."""

    def __init__(self, found: Reading) -> None:
        self._found = found

    def start(self) -> None:
        """Do nothing more."""

    def reading(self, _: Distribution) -> Reading:
        """What was read."""
        return self._found


def _description(distribution: Distribution) -> Rendered | None:
    """Whether the description of a distribution renders; None where it is not rendered as reStructuredText, or has none."""
    text = _restructured(distribution)
    return None if text is None else rendered(text)


def _restructured(distribution: Distribution) -> str | None:
    """The description of a distribution that PyPI renders as reStructuredText; None where there is none."""
    from preflight.distributions.built import BuiltFile
    from preflight.distributions.judgement import sent_value

    metadata = BuiltFile(distribution).metadata
    if metadata is None:
        return None
    text, kind = (metadata.fields.first(name) for name in ("description", "description-content-type"))
    value = sent_value(metadata.fields, text) if text else None
    stated = sent_value(metadata.fields, kind) if kind else None
    return value if value and is_restructured(stated) else None
