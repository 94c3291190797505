"""The recorded results of the matrix: written by the runner, read for the page of the documentation and by the tests."""

import re
from collections.abc import Sequence
from pathlib import Path

from clients import samples
from clients.running import Outcome

RECORDED = Path(__file__).parent / "results.tsv"
ACCEPTED = "accepted"
"""Stands in the place of a refusal where the upload was taken."""
_COLUMNS = ("client", "version", "refusal", "status", "told", "place", "confidence", "code", "shown")
_LONGEST = 110


def record(outcomes: Sequence[Outcome], order: Sequence[str], path: Path = RECORDED) -> None:
    """Record outcomes, one a line, in the place of what is recorded of the same clients; `order` is that of the clients.

    What a client prints is recorded for one refusal of each stage.
    """
    new = {each.client for each in outcomes}
    kept = [each for each in read(path) if each.client not in new and each.client in order] if path.exists() else []
    shown = {ACCEPTED, *samples.first_of_stages()}
    lines = ["\t".join(_COLUMNS)]
    for each in sorted((*kept, *outcomes), key=lambda each: order.index(each.client)):
        told = "yes" if each.told else "no"
        values = (each.client, each.version, each.refusal, each.status, told, each.place, each.confidence, each.code)
        lines.append("\t".join((*map(str, values), steady(each.shown) if each.refusal in shown else "")))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def steady(shown: str) -> str:
    """A line of an output without what differs from run to run, shortened."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    text = re.sub(r"(https?://127\.0\.0\.1):\d+", r"\1", text)
    text = re.sub(r"/\S*/preflight-client-\w+", "", text)
    text = " ".join(text.replace("\t", " ").split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def read(path: Path = RECORDED) -> list[Outcome]:
    """The recorded outcomes."""
    _, *lines = path.read_text(encoding="utf-8").splitlines()
    found = []
    for line in lines:
        client, version, refusal, status, told, place, confidence, code, shown = line.split("\t")
        found.append(Outcome(client, version, refusal, int(status), shown, told == "yes", code, confidence, int(place)))
    return found
