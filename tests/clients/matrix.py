"""Runs every upload client against every refusal that an upload can meet, has the doctor read what each prints, and records what came of it.

`python tests/clients/matrix.py` installs the clients, runs all, and writes tests/clients/results.tsv and docs/clients.md; with `--client` it writes the
lines of that client anew, and with `--refusal` it only says what came out. The clients are kept in the folder that `--folder` or PREFLIGHT_CLIENTS names, by
default one in the folder for temporary files.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import gettempdir

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from clients import results, running, samples  # noqa: E402
from clients.running import Outcome  # noqa: E402

FOLDER_VARIABLE = "PREFLIGHT_CLIENTS"
_WORKERS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; the exit status is 1 where the doctor was wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--client", action="append", choices=list(running.COMMANDS), help="only this client")
    parser.add_argument("--refusal", action="append", help="only this refusal")
    parser.add_argument(
        "--folder", type=Path, default=os.environ.get(FOLDER_VARIABLE), help="where the clients are kept"
    )
    chosen = parser.parse_args(arguments)
    folder = chosen.folder or Path(gettempdir()) / "preflight-clients"
    only = frozenset(chosen.refusal or ())
    found: list[Outcome] = []
    for client in chosen.client or running.COMMANDS:
        mine = [*_run(client, folder, only)]
        _say(_summary(client, mine))
        found += mine
        if not chosen.refusal:
            results.record(mine, list(running.COMMANDS))
    wrong = [each for each in found if not good(each)]
    for each in wrong:
        _say(
            f"{each.client} {each.refusal}: {each.code or 'nothing'} ({each.confidence}), {results.steady(each.shown)}"
        )
    if not chosen.refusal:
        subprocess.run([sys.executable, str(ROOT / "docs" / "generate.py")], check=True)
    return 1 if wrong else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def refusals_for(name: str) -> list[tuple[str, ...]]:
    """The refusals that a client is to meet."""
    return samples.met_by_exchanges() if name.endswith(")") else samples.met_by_uploads()


def _run(name: str, folder: Path, only: frozenset[str]) -> Iterator[Outcome]:
    uploader = running.installed(name, folder)
    status, output, diagnoses = running.accepted_upload(uploader)
    first = diagnoses[0].code if diagnoses else ""
    shown = running.shown_line(output, "success")
    yield Outcome(name, uploader.version, results.ACCEPTED, status, shown, True, first, "", 0)
    chosen = [each for each in refusals_for(name) if not only or not only.isdisjoint(each)]
    with ThreadPoolExecutor(_WORKERS) as pool:
        yield from pool.map(lambda each: running.outcome(uploader, each), chosen)


def good(outcome: Outcome) -> bool:
    """Whether the doctor served: silent on an upload that was taken, and otherwise right within three, and right where it is certain.

    Where the client keeps PyPI's words to itself the log cannot tell the cause; then the doctor must not be certain of another, nor silent.
    """
    if outcome.refusal == results.ACCEPTED:
        return outcome.status == 0 and not outcome.code
    if outcome.confidence == "certain" and outcome.place != 1:
        return False
    return 1 <= outcome.place <= 3 if outcome.told else bool(outcome.code)


def _summary(client: str, mine: Sequence[Outcome]) -> str:
    refused = [each for each in mine if each.refusal != results.ACCEPTED]
    told = [each for each in refused if each.told]
    first = sum(each.place == 1 for each in told)
    three = sum(1 <= each.place <= 3 for each in told)
    certain = [each for each in refused if each.confidence == "certain"]
    wrong = sum(each.place != 1 for each in certain)
    return (
        f"{client} {mine[0].version}: {len(refused)} refusals, {len(told)} in PyPI's words: right first {first}, within three {three}; "
        f"certain {len(certain)}, of which wrong {wrong}; accepted upload: status {mine[0].status}, doctor {mine[0].code or 'silent'}"
    )


if __name__ == "__main__":
    sys.exit(main())
