"""`preflight doctor`: from the log of a failed publish to the cause and the mend."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from preflight import __version__
from preflight.cli.check import options_of
from preflight.cli.options import Output, global_options

if TYPE_CHECKING:
    from preflight.doctor.circumstances import Circumstances
    from preflight.doctor.diagnosis import Owners
    from preflight.doctor.stream import Readable
    from preflight.report.doctor import Answered

EXIT_CLEAN, EXIT_FOUND, EXIT_NOTHING = 0, 1, 3
STDIN = "-"


@click.command("doctor")
@click.argument("log", required=False, metavar="[LOG]")
@click.option(
    "--project",
    metavar="PATH",
    help="The project that was published: its workflows, publishers and versions help to decide.",
)
@click.option(
    "--batch",
    is_flag=True,
    help='Read JSON lines {"id": …, "log": …} from standard input, and write one diagnosis a line.',
)
@global_options
def command(log: str | None, project: str | None, batch: bool, common: dict[str, Any], output: Output) -> int:
    """Explain a failed publish from its log.

    LOG is a file, or - for standard input: the whole log of the job, or the part that shows the failure. Without a log: how far the project has come
    on the way to automated trusted publishing, and what comes next.
    """
    if batch:
        if log not in (None, STDIN):
            raise click.UsageError("--batch reads standard input and takes no LOG")
        circumstances, owners = _at_hand(project, common)
        status = _batch(owners, circumstances, output)
        return EXIT_CLEAN if common["exit_zero"] else status
    if log is None:
        return _checklist(project or ".", common, output)
    stream = sys.stdin.buffer if log == STDIN else _opened(log)
    circumstances, owners = _at_hand(project, common)
    with stream:
        answered = _answered("standard input" if log == STDIN else log, stream, owners, circumstances)
    from preflight.report.doctor import render_doctor

    output.write(render_doctor(answered, output.format, color=output.color, width=output.width, verbose=output.verbose))
    return EXIT_FOUND if answered.diagnoses and not common["exit_zero"] else EXIT_CLEAN


def _checklist(project: str, common: dict[str, Any], output: Output) -> int:
    """Show the checklist of a project."""
    from preflight.doctor.journey import journey
    from preflight.report.journey import FORMATS, render_journey

    output.require(FORMATS)
    circumstances, _ = _at_hand(project, common)
    assert circumstances is not None
    if circumstances.outcome.inventory.empty:
        click.echo(
            "Nothing to look at was found: no project and no workflow. To explain a failed publish, name its log.",
            err=True,
        )
        return EXIT_NOTHING
    found = journey(circumstances.outcome, circumstances.project)
    output.write(
        render_journey(
            found, output.format, __version__, prefix=circumstances.prefix, color=output.color, width=output.width
        )
    )
    return EXIT_CLEAN


def _opened(log: str) -> Any:
    try:
        path = Path(log)
        if path.is_dir():
            raise click.UsageError(f"{log!r} is a folder; name the log, and the project with --project")
        return path.open("rb")
    except (OSError, ValueError) as error:
        raise click.UsageError(f"cannot read {log!r}: {getattr(error, 'strerror', None) or error}") from None


def _at_hand(project: str | None, common: dict[str, Any]) -> "tuple[Circumstances | None, Owners]":
    """What the project says, where one is named, and the rules that own the causes."""
    from preflight.doctor.diagnosis import Owners
    from preflight.engine.packs import BUILT_IN, built_in_folder, find_pack

    if project is None:
        return None, Owners(find_pack(BUILT_IN, built_in_folder()).rules)
    from preflight.doctor.circumstances import Circumstances
    from preflight.engine.session import run_check
    from preflight.engine.settings import UnusableConfiguration
    from preflight.engine.workspace import UnknownPath, open_workspaces
    from preflight.facts import FACTS

    try:
        (workspace,) = open_workspaces([project])
        outcome = run_check(workspace, options_of(common), FACTS)
    except (UnknownPath, UnusableConfiguration) as error:
        raise click.UsageError(str(error)) from None
    return Circumstances(outcome, workspace.shown_root), Owners(outcome.registry.rules.values())


def _answered(name: str, stream: "Readable", owners: "Owners", circumstances: "Circumstances | None") -> "Answered":
    from preflight.doctor.diagnosis import diagnose
    from preflight.doctor.extraction import extract
    from preflight.doctor.reading import read_log
    from preflight.report.doctor import Answered

    log = read_log(stream)
    extracted = extract(log)
    found = diagnose(extracted, log, owners, circumstances)
    rules = {each.code: rule for each in found if (rule := owners.rule(each.code)) is not None}
    prefix = circumstances.prefix if circumstances is not None else ""
    return Answered(name, extracted, found, rules, __version__, log.total, prefix)


def _batch(owners: "Owners", circumstances: "Circumstances | None", output: Output) -> int:
    """Answer each line of standard input by a line of JSON."""
    import json
    from io import BytesIO

    from preflight.report.doctor import as_json

    lines: list[str] = []
    found = False
    for number, entry in _entries():
        answered = _answered(f"line {number}", BytesIO(entry["log"].encode("utf-8", "replace")), owners, circumstances)
        found = found or bool(answered.diagnoses)
        text = json.dumps({"id": entry.get("id"), **as_json(answered)}).replace("##[", "##\\u005b")
        if output.file is None:
            click.echo(text)
        else:
            lines.append(f"{text}\n")
    if output.file is not None:
        output.write("".join(lines))
    return EXIT_FOUND if found else EXIT_CLEAN


def _entries() -> Iterator[tuple[int, dict[str, Any]]]:
    """The numbered entries on standard input.

    Raises:
        click.UsageError: a line is not as it must be.
    """
    import json

    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            raise click.UsageError(f"line {number} of standard input is not JSON") from None
        if not isinstance(entry, dict) or not isinstance(entry.get("log"), str):
            raise click.UsageError(f'line {number} of standard input is no object with the text "log"')
        yield number, entry
