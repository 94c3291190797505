"""`preflight rehearse`: a real upload against a local index that answers as PyPI would."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from preflight import __version__
from preflight.cli.check import options_of
from preflight.cli.options import Output, global_options
from preflight.cli.outside import facts_of_run
from preflight.engine.session import load_settings
from preflight.engine.workspace import Workspace
from preflight.sources.records import dataclass
from preflight.sources.words import say

if TYPE_CHECKING:
    from preflight.engine.facts import Facts
    from preflight.publishers.registered import RegisteredPublisher
    from preflight.rehearsal.running import Ran
    from preflight.rehearsal.scenario import Run
    from preflight.rehearsal.session import Session
    from preflight.rehearsal.state import State

EXIT_TAKEN, EXIT_REFUSED, EXIT_INTERNAL = 0, 1, 4

THIS_PROJECT = "*"


@click.command("rehearse")
@click.argument("command", nargs=-1, metavar="[-- COMMAND...]", type=click.UNPROCESSED)
@click.option(
    "--index",
    type=click.Choice(["pypi", "testpypi"]),
    help="Which index to play. [default: the one that the command or workflow names, else pypi]",
)
@click.option(
    "--project-exists",
    is_flag=False,
    flag_value=THIS_PROJECT,
    multiple=True,
    metavar="[NAME]",
    help="The project NAME exists on the index; without a name, whatever is uploaded does.",
)
@click.option("--new-project", is_flag=True, help="The project does not exist on the index yet.")
@click.option("--released", multiple=True, metavar="VERSION", help="All files of this version are on the index.")
@click.option("--file-limit", type=click.IntRange(1, 1024), metavar="MIB", help="The project's limit for one file.")
@click.option("--serve", is_flag=True, help="Keep the index running until Ctrl-C.")
@click.option("--port", type=click.IntRange(1, 65535), help="With --serve: the port on 127.0.0.1.")
@click.option("--workflow", metavar="FILE", help="Run the uploads of this workflow instead of a command.")
@click.option("--event", help="With --workflow: the event that starts it.")
@click.option("--ref", help="With --workflow: the ref that it runs on.")
@click.option("--build", is_flag=True, help="With --workflow: build the files instead of taking those in dist.")
@click.option("--yes", is_flag=True, help="With --workflow: do not ask before running the uploads.")
@global_options
def command(
    command: tuple[str, ...],
    common: dict[str, Any],
    output: Output,
    **options: Any,
) -> int:
    """Run a real upload against a local index that answers as PyPI would.

    COMMAND is the upload as you would type it: `preflight rehearse -- twine upload dist/*`. It runs with the credentials that it gives itself, or with such as
    are made up, and a home folder that is empty; yours are neither read nor sent, and nothing is published.
    """
    from preflight.rehearsal.running import ending_in_order
    from preflight.report.rehearsal import FORMATS

    output.require(FORMATS)
    _require_sense(command, options)
    with ending_in_order(), TemporaryDirectory(prefix="preflight-rehearsal-", ignore_cleanup_errors=True) as folder:
        return _rehearse(command, options, Path(folder).resolve(), common, output)


class _Declined(Exception):
    """The uploads were shown, and the answer was no."""


def _require_sense(command: tuple[str, ...], options: dict[str, Any]) -> None:
    workflow = options["workflow"]
    if not (command or options["serve"] or workflow):
        raise click.UsageError(say("give a command after `--`, a --workflow, or --serve"))
    if command and workflow:
        raise click.UsageError(say("a command and --workflow do not go together"))
    if options["port"] is not None and not options["serve"]:
        raise click.UsageError(say("--port goes with --serve"))
    if not workflow and any(options[name] for name in ("event", "ref", "build", "yes")):
        raise click.UsageError(say("--event, --ref, --build and --yes go with --workflow"))
    if options["new_project"] and options["project_exists"]:
        raise click.UsageError(say("--new-project and --project-exists do not go together"))


def _rehearse(
    command: tuple[str, ...], options: dict[str, Any], folder: Path, common: dict[str, Any], output: Output
) -> int:
    from preflight.rehearsal.destinations import Destination, destination_of
    from preflight.rehearsal.known_index import learning
    from preflight.rehearsal.limits import MEBIBYTE, Limits
    from preflight.rehearsal.playing import CannotLayOut
    from preflight.rehearsal.running import CannotStart
    from preflight.rehearsal.server import CannotListen
    from preflight.rehearsal.session import NoUpload, invocation_of, rehearsing

    limits = Limits(file=options["file_limit"] * MEBIBYTE) if options["file_limit"] else Limits()
    try:
        invocation = invocation_of(command) if command else None
        here = _here(options["workflow"], common)
        there = destination_of(invocation, Path.cwd(), os.environ) if invocation else Destination()
        run = _run_of(here, options) if options["workflow"] else None
        state = _state(here, options, run.index if run else there.index or "pypi")
        with rehearsing(state, folder, limits, options["port"] or 0) as session:
            if common["online"]:
                session.index.ask = learning(here.facts.get("package_indexes"), state, session.notes.append)
            if options["index"] and there.index not in (None, options["index"]):
                session.notes.append(say("the command names another index than --index, which was played"))
            ran = [session.run_typed(command, Path.cwd(), there)] if command else []
            if run is not None:
                ran = _play(run, session, here, options)
            if options["serve"]:
                _serve(session)
            return _report(session, ran, common, output)
    except _Declined:
        click.echo(say("Nothing was run."), err=True)
        return EXIT_TAKEN
    except (NoUpload, CannotStart, CannotLayOut) as error:
        raise click.UsageError(str(error)) from None
    except CannotListen as error:
        port = options["port"] or 0
        raise click.UsageError(say("port {port} cannot be had: {reason}", port=port, reason=error)) from None


@dataclass(frozen=True)
class _Here:
    """The project that the rehearsal is about."""

    workspace: Workspace
    facts: "Facts"


def _here(workflow: str | None, common: dict[str, Any]) -> _Here:
    from preflight.engine.settings import UnusableConfiguration
    from preflight.engine.workspace import UnknownPath, open_workspaces
    from preflight.plan.session import facts_of

    try:
        (workspace,) = open_workspaces([_workflow_path(workflow) if workflow else "."])
        seeds = {"online": common["online"], "use_cache": not common["no_cache"]}
        return _Here(
            workspace, facts_of(workspace, facts_of_run(), load_settings(workspace, options_of(common)), seeds)
        )
    except (UnknownPath, UnusableConfiguration) as error:
        raise click.UsageError(str(error)) from None


def _workflow_path(name: str) -> str:
    """A workflow may be named by its bare file name, as on PyPI's form."""
    inside = Path(".github/workflows") / name
    return str(inside) if not Path(name).exists() and inside.exists() else name


def _state(here: _Here, options: dict[str, Any], named: str) -> "State":
    """The imagined index, from the options and from what the project here declares."""
    from preflight.distributions.filenames import is_version, normalize_project
    from preflight.rehearsal.state import State

    for version in options["released"]:
        if not is_version(version):
            raise click.BadParameter(say("{version!r} is no version", version=version), param_hint="--released")
    declared = _declared(here, new=options["new_project"])
    index = options["index"] or named
    names = here.facts.get("project_names")
    return State(
        index=index,
        existing=frozenset(
            name if name == THIS_PROJECT else normalize_project(name) for name in options["project_exists"]
        ),
        new=options["new_project"],
        released=options["released"],
        publishers=tuple(each for each in declared if each.index == index),
        own_projects=names.known if names.complete else (),
    )


def _declared(here: _Here, *, new: bool) -> "tuple[RegisteredPublisher, ...]":
    """The publishers that the project declares; those of a project that does not exist can only be pending ones."""
    from dataclasses import replace

    declared = here.facts.get("maybe_registered_publishers")
    publishers: tuple[RegisteredPublisher, ...] = declared.publishers if declared else ()
    return tuple(replace(each, pending=True) for each in publishers) if new else publishers


def _run_of(here: _Here, options: dict[str, Any]) -> "Run":
    from preflight.plan.session import plan_of
    from preflight.rehearsal.scenario import NoScenario, chosen_run
    from preflight.rehearsal.trusted_publishing import missing_tool

    try:
        run = chosen_run(
            plan_of(here.facts, here.workspace.focus.files), options["workflow"], options["event"], options["ref"]
        )
    except NoScenario as error:
        raise click.UsageError(str(error)) from None
    if any(each.publish.trusted for each in run.uploads) and (missing := missing_tool()):
        raise click.UsageError(missing)
    return run


def _play(run: "Run", session: "Session", here: _Here, options: dict[str, Any]) -> "list[Ran]":
    """Show the uploads of the run, ask, and run them in a copy of the checkout."""
    from preflight.building.running import command_line
    from preflight.rehearsal.playing import dist_folder, lay_out, play, scratch_copy
    from preflight.report.safe import for_people

    root = here.workspace.tree.disk_root
    if root is None:
        raise click.UsageError(say("a workflow can be rehearsed in a folder only"))
    scenario = run.planned.scenario
    click.echo(
        for_people(
            say(
                "{workflow}, started by {event} at {ref}:",
                workflow=scenario.path,
                event=scenario.event,
                ref=scenario.ref or say("the default branch"),
            )
        ),
        err=True,
    )
    for upload in run.uploads:
        row = upload.publish
        click.echo(
            for_people(
                say(
                    "  job {job}, step {step}, {authentication}: {command}",
                    job=row.job,
                    step=row.step_number,
                    authentication=row.authentication,
                    command=command_line(upload.words),
                )
            ),
            err=True,
        )
    if not options["yes"] and not _agreed(say("Run this in a copy of the checkout, against the local index?")):
        raise _Declined
    checkout = scratch_copy(root, session.folder)
    projects = [each.path for each in here.facts.get("inventory").projects]
    dist = _built(checkout, projects, session) if options["build"] else dist_folder(root, projects)
    if not lay_out(run, checkout, dist):
        raise click.UsageError(say("there are no built files: build them into dist, or give --build"))
    session.notes.extend(run.notes)
    return list(play(run, session, checkout))


def _agreed(question: str) -> bool:
    """Whether the answer is yes.

    Raises:
        click.UsageError: there is nobody to answer.
    """
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise click.UsageError(say("there is no terminal to ask in: --yes runs this")) from None


def _built(checkout: Path, projects: Sequence[str], session: "Session") -> Path:
    """Build the only project of the checkout, or the one at its root, in the copy."""
    from preflight.building.checking import missing_tool
    from preflight.building.environment import cleaned
    from preflight.building.request import BuildRequest
    from preflight.building.running import run

    if missing := missing_tool():
        raise click.UsageError(missing)
    project = "" if "" in projects else next(iter(projects), "")
    dist = session.folder / "built"
    request = BuildRequest(session.folder, lambda line: click.echo(line, err=True))
    command = (sys.executable, "-m", "build", "--outdir", str(dist), str(checkout / project))
    if not run(request, command, cleaned(request.environment, session.folder, index=True), session.folder).passed:
        raise click.UsageError(say("the project cannot be built; `preflight check --build` says more"))
    return dist


def _serve(session: "Session") -> None:
    """Say where the index is, and wait for Ctrl-C."""
    url = session.running.url
    for line in (
        say(
            "The index is at {url}/ and answers as {host} would. Ctrl-C ends it, and what it holds is gone.",
            url=url,
            host=session.index.state.host,
        ),
        say("  upload:  {url} with user name __token__ and this made-up token:", url=session.running.upload_url),
        f"           {session.index.mint.account_token()}",
        say("  install: pip install --index-url {url}/simple/ NAME", url=url),
    ):
        click.echo(line, err=True)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("", err=True)


def _report(session: "Session", ran: "Sequence[Ran]", common: dict[str, Any], output: Output) -> int:
    from preflight.building.running import command_line
    from preflight.report.rehearsal import Rehearsed, render_rehearsal

    index = session.index
    refused = any(not each.taken for each in index.attempts) or any(not each.publisher for each in index.exchanges)
    failed = any(each.status for each in ran) or (bool(ran) and not index.attempts)
    done = Rehearsed(
        index=index.state.index,
        attempts=tuple(index.attempts),
        exchanges=tuple(index.exchanges),
        commands=[(command_line(each.command), each.status) for each in ran],
        stopped=next((each.stopped for each in ran if each.stopped), ""),
        taken=not (refused or failed),
        notes=tuple(session.notes),
        left_out=index.left_out,
    )
    output.write(
        render_rehearsal(done, output.format, __version__, color=output.color, width=output.width, quiet=output.quiet)
    )
    for crash in index.crashes:
        click.echo(say("preflight itself failed over a request: {crash}", crash=crash), err=True)
    if index.crashes:
        return EXIT_INTERNAL
    return EXIT_TAKEN if done.taken or common["exit_zero"] else EXIT_REFUSED
