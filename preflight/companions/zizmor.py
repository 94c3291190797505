"""zizmor's findings on workflows, read from its JSON (`json-v1`). Runs it offline, so that it asks nobody."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from preflight.companions.foreign import MAX_FOUND, FailedCompanion, Foreign, run_command
from preflight.engine.finding import Severity

_SEVERITIES = {"High": Severity.WARNING, "Medium": Severity.WARNING}


def found_by_zizmor(command: str, folder: Path, workflows: Sequence[str]) -> list[Foreign]:
    """Run zizmor over workflows, with its own configuration and ignore comments in force.

    Raises:
        FailedCompanion: it cannot be run or read.
    """
    if not workflows:
        return []
    words = (
        command,
        "--offline",
        "--no-exit-codes",
        "--no-progress",
        "--quiet",
        "--format",
        "json-v1",
        "--",
        *workflows,
    )
    return read_zizmor(run_command(words, folder, statuses=(0,)))


def read_zizmor(output: str) -> list[Foreign]:
    """The findings in zizmor's JSON.

    Raises:
        FailedCompanion: the output has another form.
    """
    try:
        return [_read(each) for each in json.loads(output)[:MAX_FOUND] if not each.get("ignored")]
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise FailedCompanion(f"zizmor's output could not be read: {type(error).__name__}") from None


def _read(finding: Mapping[str, Any]) -> Foreign:
    places = finding["locations"]
    primary = next((each for each in places if each["symbolic"].get("kind") == "Primary"), places[0])
    start, end = (primary["concrete"]["location"][name] for name in ("start_point", "end_point"))
    determinations = finding["determinations"]
    note = str(primary["symbolic"].get("annotation") or "")
    fixes = [str(fix["title"]) for fix in finding.get("fixes") or ()]
    return Foreign(
        rule=str(finding["ident"]),
        message=f"{finding['desc']}: {note}" if note else str(finding["desc"]),
        path=str(primary["symbolic"]["key"]["Local"]["verbatim_path"]),
        severity=_SEVERITIES.get(determinations["severity"], Severity.INFO),
        certain=determinations["confidence"] == "High",
        line=int(start["row"]) + 1,
        column=int(start["column"]) + 1,
        end_line=int(end["row"]) + 1,
        end_column=int(end["column"]) + 1,
        url=str(finding.get("url") or ""),
        fix="; ".join(f"{fix[:1].upper()}{fix[1:]}" for fix in fixes),
    )
