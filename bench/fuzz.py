"""Runs the readers of built files over many mutated inputs, and stops at the first crash, hang or excess of memory.

    python bench/fuzz.py --count 200000 --seed 1

Each input comes from its number and the seed, so a failure can be repeated alone: `--only NUMBER`. Not part of the tests: those run a few
hundred inputs of the same kind.
"""

import argparse
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "distributions")]

from mutations import mutate, mutate_tar  # noqa: E402
from test_fuzz_archives import SDISTS, WHEELS, read_everything  # noqa: E402

from preflight.distributions.filenames import parse_sdist_filename, parse_wheel_filename  # noqa: E402

SECONDS_EACH = 10
"""Time after which one input counts as a hang."""

MEMORY = 200 * 1024 * 1024
"""Resident memory that the whole run may use."""


class Hang(Exception):
    """An input took too long."""


def wheel(random: Random) -> str:
    """One mutated wheel; gives what came of it."""
    return _verdict("demo-1.0-py3-none-any.whl", mutate(random, random.choice(WHEELS)))


def zip_sdist(random: Random) -> str:
    """One mutated zip under the name of an sdist."""
    return _verdict("demo-1.0.zip", mutate(random, random.choice(WHEELS)))


def sdist(random: Random) -> str:
    """One mutated sdist."""
    return _verdict("demo-1.0.tar.gz", mutate_tar(random, random.choice(SDISTS)))


def filename(random: Random) -> str:
    """One mutated file name, as a wheel's and as an sdist's."""
    name = mutate(random, b"demo-1.0-1-cp311.cp312-abi3-manylinux_2_17_x86_64").decode("latin-1")
    parsed = (parse_wheel_filename(f"{name}.whl"), parse_sdist_filename(f"{name}.tar.gz"))
    return type(parsed[0]).__name__


def _verdict(name: str, data: bytes) -> str:
    problems = read_everything(name, data)
    return problems[0].row if problems else "accepted"


READERS: dict[str, tuple[int, Callable[[Random], str]]] = {
    "wheel": (4, wheel),
    "zip-sdist": (1, zip_sdist),
    "sdist": (4, sdist),
    "filename": (1, filename),
}
"""Reader -> how often it gets an input, and the function that reads one."""


def _alarm(number: int, frame: FrameType | None) -> None:
    raise Hang


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int)
    parser.add_argument("--reader", choices=READERS)
    options = parser.parse_args()
    chosen = {options.reader: READERS[options.reader]} if options.reader else READERS
    schedule = [name for name, (share, _) in chosen.items() for _ in range(share)]
    signal.signal(signal.SIGALRM, _alarm)
    seen: Counter[tuple[str, str]] = Counter()
    slowest = (0.0, -1)
    numbers = [options.only] if options.only is not None else range(options.count)
    started = time.monotonic()
    for number in numbers:
        name = schedule[number % len(schedule)]
        signal.setitimer(signal.ITIMER_REAL, SECONDS_EACH)
        before = time.monotonic()
        try:
            verdict = chosen[name][1](Random(f"{options.seed}/{number}"))
        except Exception as error:
            print(f"input {number} ({name}): {type(error).__name__}: {error}")  # noqa: T201
            return 1
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        slowest = max(slowest, (time.monotonic() - before, number))
        seen[name, verdict] += 1
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        if used > MEMORY:
            print(f"input {number} ({name}): {used / 1048576:.0f} MiB of memory")  # noqa: T201
            return 1
    seconds = time.monotonic() - started
    for (name, verdict), count in sorted(seen.items()):
        print(f"{count:8} {name:10} {verdict}")  # noqa: T201
    print(  # noqa: T201
        f"{sum(seen.values())} inputs in {seconds:.0f} s, no crash, no hang; slowest {slowest[0]:.2f} s (input {slowest[1]}), "
        f"{used / 1048576:.0f} MiB of memory"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
