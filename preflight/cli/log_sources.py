"""Where `preflight doctor` gets its log from: a file, an archive of logs, or a run on GitHub. Reads no log."""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from preflight.sources.words import say

if TYPE_CHECKING:
    from preflight.doctor.run import FetchedRun


def opened_log(log: str) -> Any:
    """The bytes of a log; of an archive of logs, those of all of them."""
    from preflight.doctor.log_archive import MAGIC, UnreadableArchive, read_archive

    try:
        path = Path(log)
        if path.is_dir():
            raise click.UsageError(say("{path!r} is a folder; name the log, and the project with --project", path=log))
        stream = path.open("rb")
        magic = stream.peek(len(MAGIC))[: len(MAGIC)]  # of a pipe nothing can be read twice
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise click.UsageError(say("cannot read {path!r}: {reason}", path=log, reason=reason)) from None
    if magic != MAGIC:
        return stream
    with stream:
        try:
            return BytesIO(read_archive(stream))
        except UnreadableArchive as error:
            raise click.UsageError(say("cannot read {path!r}: {reason}", path=log, reason=error)) from None


def fetched_run(run: str, project: str) -> "FetchedRun":
    """The log of a run.

    Raises:
        click.UsageError: the run cannot be told, or its log cannot be had.
    """
    from preflight.doctor.run import fetch_run, how_to_get_it
    from preflight.index.run_address import RunAddress, is_number, parse_run
    from preflight.index.run_by_api import NoRunLog
    from preflight.report.safe import for_people

    address = parse_run(run)
    if address is None and is_number(run):
        host, owner, name = _repository(project)
        address = RunAddress(host, owner, name, run.strip())
    if address is None:
        raise click.UsageError(
            say(
                "{run!r} is no address of a run: https://github.com/OWNER/REPOSITORY/actions/runs/NUMBER, or the number alone",
                run=run,
            )
        )
    try:
        return fetch_run(address, Path(project))
    except NoRunLog as error:
        raise click.UsageError("\n".join(map(for_people, how_to_get_it(address, error).splitlines()))) from None


def _repository(project: str) -> tuple[str, str, str]:
    from preflight.engine.facts import Facts, Unavailable
    from preflight.engine.settings import Settings
    from preflight.engine.workspace import UnknownPath, open_workspaces
    from preflight.facts import FACTS

    try:
        (workspace,) = open_workspaces([project])
        seeds = {
            "tree": workspace.tree,
            "files": workspace.files,
            "focus": workspace.focus,
            "settings": Settings(),
            "online": False,
        }
        found = Facts(FACTS, seeds).get("repository")
    except UnknownPath as error:
        raise click.UsageError(str(error)) from None
    except Unavailable as error:
        raise click.UsageError(say("{reason}: give the whole address of the run", reason=error.reason)) from None
    return found.host, found.owner, found.name
