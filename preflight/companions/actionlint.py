"""actionlint's findings on workflows, read from its JSON."""

import json
from collections.abc import Sequence
from pathlib import Path

from preflight.companions.foreign import MAX_FOUND, FailedCompanion, Foreign, run_command

_DOCUMENTATION = "https://github.com/rhysd/actionlint/blob/main/docs/checks.md"


def found_by_actionlint(command: str, folder: Path, workflows: Sequence[str]) -> list[Foreign]:
    """Run actionlint over workflows, with its own configuration in force.

    Raises:
        FailedCompanion: it cannot be run or read.
    """
    if not workflows:
        return []
    words = (command, "-no-color", "-format", "{{json .}}", *workflows)
    return read_actionlint(run_command(words, folder, statuses=(0, 1)))


def read_actionlint(output: str) -> list[Foreign]:
    """The findings in actionlint's JSON (its format `{{json .}}`).

    Raises:
        FailedCompanion: the output has another form.
    """
    try:
        return [
            Foreign(
                rule=str(each["kind"]),
                message=str(each["message"]),
                path=str(each["filepath"]),
                line=int(each["line"]),
                column=int(each["column"]),
                end_line=int(each["line"]),
                end_column=int(each.get("end_column") or 0) + 1,
                url=_DOCUMENTATION,
            )
            for each in (json.loads(output) or ())[:MAX_FOUND]
        ]
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise FailedCompanion(f"actionlint's output could not be read: {type(error).__name__}") from None
