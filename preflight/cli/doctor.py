"""`preflight doctor`: from the log of a failed publish to the cause and the mend."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from preflight import __version__
from preflight.cli.check import options_of
from preflight.cli.log_sources import fetched_run, opened_log
from preflight.cli.options import Output, global_options
from preflight.cli.outside import facts_of_run
from preflight.cli.streams import input_lines
from preflight.sources.records import dataclass
from preflight.sources.tree import mode_of
from preflight.sources.words import say

if TYPE_CHECKING:
    from preflight.doctor.circumstances import Circumstances
    from preflight.doctor.diagnosis import Owners
    from preflight.doctor.extraction import Extracted
    from preflight.doctor.run import FetchedRun
    from preflight.doctor.stream import Readable
    from preflight.engine.facts import Facts
    from preflight.engine.workspace import Workspace
    from preflight.report.doctor import Answered
    from preflight.report.machine import MachineView

EXIT_CLEAN, EXIT_FOUND, EXIT_NOTHING = 0, 1, 3
STDIN = "-"
HERE = "."
_SIGNS_OF_A_PROJECT = ("pyproject.toml", "setup.py", "setup.cfg", ".github", ".gitlab-ci.yml")


@click.command("doctor")
@click.argument("log", required=False, metavar="[LOG]")
@click.option(
    "--run",
    metavar="URL",
    help="Fetch the log of a failed GitHub Actions run: the address of the run or of its job, or the run's number inside a checkout. Asks GitHub.",
)
@click.option(
    "--project",
    metavar="PATH",
    help="The project that was published: its workflows, publishers, versions and history help to decide. "
    "The current folder, where the log names it.",
)
@click.option("--fix", is_flag=True, help="Apply the safe edits of the project's files that mend the cause.")
@click.option("--unsafe", is_flag=True, help="With --fix or --diff: edits too that change what is published.")
@click.option("--diff", is_flag=True, help="Only show what --fix would change, as a diff.")
@click.option(
    "--batch",
    is_flag=True,
    help='Read JSON lines {"id": …, "log": …} from standard input, and write one diagnosis a line.',
)
@click.option(
    "--keyring",
    is_flag=True,
    help="Without a log: ask the keyring of this machine too, which may ask you to unlock it.",
)
@global_options
def command(
    log: str | None,
    run: str | None,
    project: str | None,
    fix: bool,
    unsafe: bool,
    diff: bool,
    batch: bool,
    keyring: bool,
    common: dict[str, Any],
    output: Output,
) -> int:
    """Explain a failed publish from its log.

    LOG is a file, or - for standard input: the whole log of the job, or the part that shows the failure. Without a log: how far the project has come
    on the way to automated trusted publishing, what comes next, and which credential each upload client would use on this machine.
    """
    if unsafe and not (fix or diff):
        raise click.UsageError(say("--unsafe goes with --fix or --diff"))
    if run is not None and (batch or log is not None):
        raise click.UsageError(say("--run fetches the log, and goes neither with LOG nor with --batch"))
    if batch:
        if log not in (None, STDIN):
            raise click.UsageError(say("--batch reads standard input and takes no LOG"))
        if fix or diff:
            raise click.UsageError(say("--batch changes nothing, and does not go with --fix or --diff"))
        status = _batch(_at_hand(project, common), output)
        return EXIT_CLEAN if common["exit_zero"] else status
    if log is None and run is None:
        if fix or diff:
            raise click.UsageError(say("--fix and --diff mend what a log shows; without one, use preflight fix"))
        return _checklist(project or HERE, common, output, keyring=keyring)
    if keyring:
        raise click.UsageError(say("--keyring belongs to the checklist, which is shown without a log"))
    fetched = fetched_run(run, project or HERE) if run is not None else None
    if fetched is not None:
        stream: Any = BytesIO(fetched.text)
        name = fetched.name
    else:
        stream = sys.stdin.buffer if log == STDIN else opened_log(str(log))
        name = say("standard input") if log == STDIN else str(log)
    explicit = project or (HERE if fix or diff else None)
    with stream:
        answered, at_hand = _answered(name, stream, explicit, common, fetched)
    if fix or diff:
        answered, patch = _mended(answered, at_hand, common, unsafe=unsafe, write=not diff)
        if diff:
            output.write(patch)
            return EXIT_FOUND if answered.diagnoses and not common["exit_zero"] else EXIT_CLEAN
    from preflight.report.doctor import render_doctor

    output.write(render_doctor(answered, output.format, color=output.color, width=output.width, verbose=output.verbose))
    return EXIT_FOUND if answered.diagnoses and not common["exit_zero"] else EXIT_CLEAN


@dataclass(frozen=True)
class _AtHand:
    """The rules that own the causes, and the project where there is one."""

    owners: "Owners"
    circumstances: "Circumstances | None" = None
    workspace: "Workspace | None" = None


def _checklist(project: str, common: dict[str, Any], output: Output, *, keyring: bool) -> int:
    """Show the checklist of a project."""
    from preflight.doctor.journey import journey
    from preflight.report.journey import FORMATS, render_journey

    output.require(FORMATS)
    circumstances = _at_hand(project, common).circumstances
    assert circumstances is not None
    if circumstances.outcome.inventory.empty:
        click.echo(
            say("Nothing to look at was found: no project and no workflow. To explain a failed publish, name its log."),
            err=True,
        )
        return EXIT_NOTHING
    facts = circumstances.outcome.facts
    machine = _machine_view(facts, keyring=keyring)
    facts.reseed("installed_tools", machine.tools)
    found = journey(circumstances.outcome, circumstances.project)
    output.write(
        render_journey(
            found,
            output.format,
            __version__,
            prefix=circumstances.prefix,
            color=output.color,
            width=output.width,
            machine=machine,
        )
    )
    return EXIT_CLEAN


def _machine_view(facts: "Facts", *, keyring: bool) -> "MachineView":
    """What upload clients would use here. The findings of the project do not depend on it."""
    from preflight.credentials.client_uses import client_uses
    from preflight.credentials.installed import installed_tools
    from preflight.credentials.machine import this_machine
    from preflight.report.machine import MachineView

    machine = this_machine(keyring=keyring)
    uses = client_uses(machine, facts.get("inventory"), facts.get("files"), facts.get("project_names"))
    return MachineView(machine, uses, installed_tools(machine), facts.get("clock"))


def _at_hand(project: str | None, common: dict[str, Any], moment: float | None = None) -> _AtHand:
    """The rules, and what the project says where one is named. `moment` is when the run failed."""
    from preflight.doctor.diagnosis import Owners
    from preflight.engine.packs import BUILT_IN, built_in_folder, find_pack

    if project is None:
        return _AtHand(Owners(find_pack(BUILT_IN, built_in_folder()).rules))
    from preflight.doctor.circumstances import Circumstances
    from preflight.engine.session import run_check
    from preflight.engine.settings import UnusableConfiguration
    from preflight.engine.workspace import UnknownPath, open_workspaces

    try:
        (workspace,) = open_workspaces([project])
        outcome = run_check(workspace, options_of(common), facts_of_run())
    except (UnknownPath, UnusableConfiguration) as error:
        raise click.UsageError(str(error)) from None
    circumstances = Circumstances(outcome, workspace.shown_root, moment)
    return _AtHand(Owners(outcome.registry.rules.values()), circumstances, workspace)


def _answered(
    name: str, stream: "Readable", project: str | None, common: dict[str, Any], fetched: "FetchedRun | None"
) -> "tuple[Answered, _AtHand]":
    """The diagnoses of a log, with the project that is named, or the one here where the log is of it.

    Raises:
        click.UsageError: it is no text.
    """
    from preflight.doctor.extraction import extract
    from preflight.doctor.reading import read_log
    from preflight.doctor.remarks import is_text

    try:
        log = read_log(stream)
    except OSError as error:
        words = "cannot read {path!r}: {reason}"
        raise click.UsageError(say(words, path=name, reason=error.strerror or error)) from None
    extracted = extract(log)
    if fetched is not None:
        from preflight.doctor.run import with_record

        extracted = with_record(extracted, fetched)
    moment = fetched.record.started if fetched is not None else None
    at_hand = _at_hand(project, common, moment)
    if project is None and (extracted.project or extracted.repository) and _looks_like_a_project():
        at_hand = _here_if_it_fits(extracted, common, moment) or at_hand
    answered = _of(name, log, extracted, at_hand)
    if not answered.diagnoses and not is_text(log):
        told = "{log} is no text, but binary data. Give the text of the log, or the archive of logs (.zip) that GitHub offers."
        raise click.UsageError(say(told, log=name))
    return (answered if fetched is None else replace(answered, page=fetched.address.page)), at_hand


def _here_if_it_fits(extracted: "Extracted", common: dict[str, Any], moment: float | None) -> _AtHand | None:
    """The project of the current folder, where the log is of it. One that cannot be read is passed over: nobody asked for it."""
    try:
        here = _at_hand(HERE, common, moment)
    except click.UsageError:
        return None
    return here if here.circumstances is not None and here.circumstances.fits(extracted) else None


def _looks_like_a_project() -> bool:
    return any(mode_of(Path(name)) for name in _SIGNS_OF_A_PROJECT)


def _of(name: str, log: Any, extracted: Any, at_hand: _AtHand) -> "Answered":
    from preflight.doctor.diagnosis import diagnose
    from preflight.doctor.remarks import remarks
    from preflight.report.doctor import Answered

    found = diagnose(extracted, log, at_hand.owners, at_hand.circumstances)
    beside = remarks(log, extracted, at_hand.owners, at_hand.circumstances)
    rules = {each.code: rule for each in found if (rule := at_hand.owners.rule(each.code)) is not None}
    rules |= {each.rule.code: each.rule for each in beside if each.rule is not None}
    prefix = at_hand.circumstances.prefix if at_hand.circumstances is not None else ""
    return Answered(name, extracted, found, rules, __version__, log.total, prefix, remarks=beside)


def _mended(
    answered: "Answered", at_hand: _AtHand, common: dict[str, Any], *, unsafe: bool, write: bool
) -> "tuple[Answered, str]":
    """Apply the edits that mend the first diagnosis, or only make their diff; gives the answer with the files changed, and the diff.

    Raises:
        click.UsageError: a file cannot be written.
    """
    from preflight.engine.finding import Applicability
    from preflight.engine.fixer import FailedWrite, mend, write_changes
    from preflight.engine.session import Outcome, run_check
    from preflight.report.patch import file_diff

    circumstances, opened = at_hand.circumstances, at_hand.workspace
    if not answered.diagnoses or circumstances is None or opened is None:
        return replace(answered, changed=()), ""
    first = answered.diagnoses[0]

    def check(workspace: "Workspace") -> Outcome:
        outcome = run_check(workspace, options_of(common), facts_of_run())
        outcome.result.findings = [
            each
            for each in outcome.result.findings
            if circumstances.mended_by(each, first.code, first.cause, answered.extracted)
        ]
        return outcome

    allowed = {Applicability.SAFE, Applicability.UNSAFE} if unsafe else {Applicability.SAFE}
    changes = mend(opened, check, allowed).changes
    patch = "".join(file_diff(opened.shown_root + path, *texts) for path, texts in changes.items())
    if write and opened.tree.disk_root is not None:
        try:
            write_changes(opened.tree.disk_root, changes)
        except FailedWrite as error:
            raise click.UsageError(str(error)) from None
    return replace(answered, changed=tuple(opened.shown_root + path for path in changes)), patch


def _batch(at_hand: _AtHand, output: Output) -> int:
    """Answer each line of standard input by a line of JSON."""
    import json

    from preflight.doctor.extraction import extract
    from preflight.doctor.reading import read_log
    from preflight.report.doctor import as_json

    lines: list[str] = []
    found = False
    for number, entry in _entries():
        log = read_log(BytesIO(entry["log"].encode("utf-8", "replace")))
        answered = _of(say("line {number}", number=number), log, extract(log), at_hand)
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

    for number, line in enumerate(input_lines(), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            raise click.UsageError(say("line {number} of standard input is not JSON", number=number)) from None
        if not isinstance(entry, dict) or not isinstance(entry.get("log"), str):
            raise click.UsageError(
                say('line {number} of standard input is no object with the text "log"', number=number)
            )
        yield number, entry
