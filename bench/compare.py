"""Whole-process time of preflight beside the tools a maintainer would run otherwise, as ratios from interleaved runs.

Usage: python bench/compare.py [--runs N] [--json]

Input: the sample project with five workflows, its built sdist and wheel. The chain is what preflight stands beside: validate-pyproject, twine check,
check-wheel-contents and pyroma. Needs the dependency groups `test` and `bench`, and `build`.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
WORKFLOWS = 5


def tool(name: str) -> str:
    """The full path of a command installed beside this Python."""
    return str(SCRIPTS / name)


def prepare(folder: Path) -> Path:
    """A copy of the sample project with five workflows and its distributions."""
    project = folder / "fastorm"
    shutil.copytree(ROOT / "fixtures" / "fastorm", project)
    workflows = project / ".github" / "workflows"
    for number in range(2, WORKFLOWS + 1):
        text = (workflows / "publish.yml").read_text().replace("name: Publish\n", f"name: Build {number}\n", 1)
        (workflows / f"build-{number}.yml").write_text(
            text.replace("pypa/gh-action-pypi-publish@release/v1", "actions/cache@v5")
        )
    subprocess.run(["git", "init", "-q", "."], cwd=project, check=True)
    subprocess.run(["git", "add", "."], cwd=project, check=True)
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(folder / "dist")], cwd=project, check=True, capture_output=True
    )
    return project


def commands(folder: Path, project: Path) -> dict[str, list[list[str]]]:
    """What is measured: each a name and the processes that run one after another."""
    files = sorted(map(str, (folder / "dist").iterdir()))
    wheels = [path for path in files if path.endswith(".whl")]
    return {
        "python": [[sys.executable, "-c", "pass"]],
        "preflight --help": [[tool("preflight"), "--help"]],
        "preflight check": [[tool("preflight"), "check", str(project)]],
        "zizmor --offline": [[tool("zizmor"), "--offline", "--quiet", str(project)]],
        "chain": [
            [tool("validate-pyproject"), str(project / "pyproject.toml")],
            [tool("twine"), "check", *files],
            [tool("check-wheel-contents"), *wheels],
            [tool("pyroma"), str(project)],
        ],
    }


def measure(work: dict[str, list[list[str]]], runs: int) -> dict[str, list[float]]:
    """Seconds of each run; the commands take turns, after one round of warm-up."""
    times: dict[str, list[float]] = {name: [] for name in work}
    environment = {**os.environ, "NO_COLOR": "1"}
    for number in range(runs + 1):
        for name, processes in work.items():
            start = time.perf_counter()
            for process in processes:
                subprocess.run(process, capture_output=True, check=False, env=environment)
            if number:
                times[name].append(time.perf_counter() - start)
    return times


def main() -> None:
    """Measure and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = prepare(folder)
        times = measure(commands(folder, project), arguments.runs)
    median = {name: statistics.median(values) for name, values in times.items()}

    def ratio(one: str, other: str) -> float:
        return statistics.median(a / b for a, b in zip(times[one], times[other], strict=True))

    figures = {
        "preflight --help / python": ratio("preflight --help", "python"),
        "preflight check / zizmor --offline": ratio("preflight check", "zizmor --offline"),
        "preflight check / chain": ratio("preflight check", "chain"),
    }
    if arguments.json:
        sys.stdout.write(json.dumps({"median_seconds": median, "ratios": figures}, indent=1) + "\n")
        return
    for name, seconds in median.items():
        sys.stdout.write(f"{name:36} {seconds * 1000:8.1f} ms\n")
    for name, value in figures.items():
        sys.stdout.write(f"{name:36} {value:8.2f}\n")


if __name__ == "__main__":
    main()
