"""Time of preflight over a folder of wheels beside twine check and check-wheel-contents, as ratios from interleaved runs, and peak memory.

Usage: python bench/distributions.py FOLDER [--runs N] [--json]

FOLDER holds the wheels to check, for example what `pip download --no-deps --only-binary :all: NAME...` leaves. Needs the dependency groups `test` and
`bench`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

SCRIPTS = Path(sysconfig.get_path("scripts"))


def commands(wheels: list[str]) -> dict[str, list[str]]:
    """What is measured. preflight without its cache and without any configuration."""
    return {
        "preflight": [str(SCRIPTS / "preflight"), "check", "--isolated", "--quiet", "--no-cache", *wheels],
        "twine check": [str(SCRIPTS / "twine"), "check", *wheels],
        "check-wheel-contents": [str(SCRIPTS / "check-wheel-contents"), "--no-config", *wheels],
    }


def run(command: list[str]) -> tuple[float, float, int]:
    """Seconds on the clock, seconds of processor time, and peak memory in MiB (children count one by one)."""
    environment = {**os.environ, "NO_COLOR": "1"}
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, _, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def report(line: str) -> None:
    """Write a line to standard output."""
    sys.stdout.write(f"{line}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    wheels = sorted(map(str, options.folder.glob("*.whl")))
    if not wheels:
        sys.exit(f"no wheels in {options.folder}")
    work = commands(wheels)
    found: dict[str, list[tuple[float, float, int]]] = {name: [] for name in work}
    for number in range(options.runs + 1):
        for name, command in work.items():
            measured = run(command)
            if number:
                found[name].append(measured)
    middle = {
        name: {
            "seconds": statistics.median(each[0] for each in runs),
            "processor": statistics.median(each[1] for each in runs),
            "memory": max(each[2] for each in runs),
        }
        for name, runs in found.items()
    }
    own = middle["preflight"]["seconds"]
    result = {
        "wheels": len(wheels),
        "bytes": sum(Path(path).stat().st_size for path in wheels),
        "commands": middle,
        "throughput of twine check": middle["twine check"]["seconds"] / own,
        "time of check-wheel-contents": own / middle["check-wheel-contents"]["seconds"],
    }
    if options.json:
        report(json.dumps(result, indent=2))
        return
    report(f"{result['wheels']} wheels, {result['bytes'] / 1048576:.0f} MiB")
    for name, each in middle.items():
        report(f"{name:>22}: {each['seconds']:6.2f} s, {each['processor']:6.2f} s of processor, {each['memory']} MiB")
    report(f"preflight has {result['throughput of twine check']:.1f} times the throughput of twine check")
    report(f"preflight takes {result['time of check-wheel-contents']:.1f} times as long as check-wheel-contents")


if __name__ == "__main__":
    main()
