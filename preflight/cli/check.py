"""`preflight check`: lint projects, workflows and distributions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from preflight import __version__
from preflight.cli.built_folders import with_built_files
from preflight.cli.options import Output, complete_rules, global_options
from preflight.cli.outside import facts_of_run
from preflight.cli.probe import CLAIMS, MINT, CheckCommand, probe_report, probe_seeds
from preflight.engine.facts import FactTable
from preflight.engine.finding import Severity
from preflight.engine.session import Options, Outcome, run_check
from preflight.engine.workspace import UnknownPath, Workspace, open_workspaces
from preflight.sources.words import retold, say

if TYPE_CHECKING:
    from preflight.credentials.machine import Machine
    from preflight.engine.fixer import Mended

_Made = TypeVar("_Made")

EXIT_CLEAN, EXIT_FOUND, EXIT_NOTHING, EXIT_INTERNAL = 0, 1, 3, 4


def _selectors(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for value in values for part in value.split(",") if (word := part.strip()))


def _companions(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    if not values:
        return {}
    from preflight.companions.folding import COMPANIONS, installed
    from preflight.companions.foreign import FailedCompanion

    names = _selectors(context, option, values)
    unknown = [name for name in names if name not in COMPANIONS]
    if unknown:
        raise click.BadParameter(say("{name!r} is none of {names}", name=unknown[0], names=", ".join(COMPANIONS)))
    try:
        return installed(names)
    except FailedCompanion as error:
        raise click.UsageError(str(error)) from None


def _fold_in(companions: dict[str, str], outcomes: list[tuple[Workspace, Outcome]], options: Options) -> None:
    from preflight.companions.folding import fold_in

    for workspace, outcome in outcomes:
        for failure in fold_in(companions, workspace, outcome, options):
            click.echo(say("Warning: {reason}", reason=failure), err=True)


def selection_options(function: Any) -> Any:
    """Add the options that choose rules to a command."""
    for option in (
        ("--ignore", "Do not run these."),
        ("--extend-select", "Run these too."),
        ("--select", "Run only these: codes, names, prefixes, ALL."),
    ):
        function = click.option(
            option[0],
            multiple=True,
            callback=_selectors,
            metavar="RULES",
            help=option[1],
            shell_complete=complete_rules,
        )(function)
    return function


@click.command("check", cls=CheckCommand)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@selection_options
@click.option("--baseline", type=click.Path(path_type=Path), help="Do not report what this baseline file records.")
@click.option(
    "--write-baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Record all findings in this file and exit with 0.",
)
@click.option(
    "--stdin-filename",
    metavar="FILE",
    help="With `-` as PATH: the content of this file comes from standard input, for editors; --fix prints the mended content.",
)
@click.option("--fix", is_flag=True, help="Apply the safe edits of findings.")
@click.option(
    "--unsafe", is_flag=True, help="With --fix or --diff: edits too that change when, where or what is published."
)
@click.option("--diff", is_flag=True, help="Show what --fix would change as a diff, and write nothing.")
@click.option(
    "--build",
    is_flag=True,
    help="Build each project, install its wheel into a fresh environment, import it, and check the built files too. "
    "Runs the projects' code; each command is shown before it runs.",
)
@click.option("--no-build-isolation", is_flag=True, help="With --build: use the build backend that is installed here.")
@click.option("--run-scripts", is_flag=True, help="With --build: run the wheel's console scripts with --version too.")
@click.option(
    "--with",
    "companions",
    multiple=True,
    metavar="LINTERS",
    callback=_companions,
    help="Run these linters too and show what they find: zizmor, actionlint, check-wheel-contents.",
)
@click.option(
    "--credentials",
    is_flag=True,
    help="Check too what each upload client would use on this machine: variables, .pypirc, settings. No secret is shown.",
)
@click.option(
    "--keyring", is_flag=True, help="With --credentials: ask the keyring as well, which may ask you to unlock it."
)
@click.option(
    "--probe",
    type=click.Choice([CLAIMS, MINT]),
    metavar="[mint]",
    help="With --online, in a job of GitHub Actions or GitLab CI: show the job's identity token beside what is registered; "
    "with `mint`, exchange it at the index too. Nothing is uploaded and no token is shown or kept.",
)
@click.option(
    "--trust-project-rules",
    is_flag=True,
    help="Load rule folders and plugins that the checked project's configuration names.",
)
@global_options
def command(
    paths: tuple[str, ...],
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    baseline: Path | None,
    write_baseline: Path | None,
    stdin_filename: str | None,
    fix: bool,
    unsafe: bool,
    diff: bool,
    build: bool,
    no_build_isolation: bool,
    run_scripts: bool,
    companions: dict[str, str],
    credentials: bool,
    keyring: bool,
    probe: str | None,
    trust_project_rules: bool,
    common: dict[str, Any],
    output: Output,
) -> int:
    """Check projects, workflows and distributions before they are published.

    Each PATH is a project folder, a workflow, a pyproject.toml, a .pypirc, or a built .whl or .tar.gz; the default is the current folder.
    `-` is one text file from standard input, named by --stdin-filename.
    """
    options = options_of(
        common,
        select=select,
        extend_select=extend_select,
        ignore=ignore,
        trust_project_rules=trust_project_rules,
        baseline=baseline if write_baseline is None else None,
        records=write_baseline is not None,
        machine=machine_asked(credentials=credentials, keyring=keyring),
    )
    if unsafe and not (fix or diff):
        raise click.UsageError(say("--unsafe goes with --fix or --diff"))
    if (fix or diff) and write_baseline is not None:
        raise click.UsageError(say("--write-baseline records findings and does not go with --fix or --diff"))
    if (no_build_isolation or run_scripts) and not build:
        raise click.UsageError(say("--no-build-isolation and --run-scripts go with --build"))
    if companions and (fix or diff or "-" in paths):
        raise click.UsageError(say("--with does not go with --fix, --diff or `-`"))
    if build and (fix or diff):
        raise click.UsageError(say("--build does not go with --fix or --diff"))
    if probe and (build or fix or diff or stdin_filename is not None or "-" in paths):
        raise click.UsageError(say("--probe does not go with --build, --fix, --diff or `-`"))
    seeds = probe_seeds(probe, online=common["online"])
    if stdin_filename is not None or "-" in paths:
        from preflight.cli.unsaved import check_unsaved

        if build or write_baseline is not None:
            raise click.UsageError(say("--build and --write-baseline do not go with `-`"))
        return check_unsaved(paths, stdin_filename, options, common, output, fix=fix, unsafe=unsafe, diff=diff)
    if fix or diff:
        return mend_paths(paths, options, common, output, unsafe=unsafe, diff=diff)
    if build:
        outcomes = _build_each(paths, options, isolated=not no_build_isolation, run_scripts=run_scripts)
    else:
        from preflight.cli.progress import shown_progress

        subject = (
            say("{count} paths", count=len(paths))
            if len(paths) > 1
            else say("one path")
            if paths
            else say("this folder")
        )
        with shown_progress(subject, quiet=output.quiet) as progress:
            outcomes = _each(paths, replace(options, watch=progress.step), partial(run_check, seeds=seeds))
    if companions:
        _fold_in(companions, outcomes, options)
    if write_baseline is not None:
        return _write_baseline(write_baseline, outcomes)
    return finish(outcomes, common, output, probed=bool(probe))


def machine_asked(*, credentials: bool, keyring: bool) -> "Machine | None":
    """This machine, where its credentials are to be looked at.

    Raises:
        click.UsageError: the keyring alone was asked for.
    """
    if keyring and not credentials:
        raise click.UsageError(say("--keyring goes with --credentials"))
    if not credentials:
        return None
    from preflight.credentials.machine import this_machine

    return this_machine(keyring=keyring)


def options_of(common: dict[str, Any], machine: "Machine | None" = None, **chosen: Any) -> Options:
    """The options of a run: the global ones, and what the command adds."""
    return Options(
        machine=machine,
        secrets=machine.secrets if machine is not None else tuple,
        config=common["config"],
        user_config=Path(click.get_app_dir("preflight")) / "preflight.toml",
        isolated=common["isolated"],
        online=common["online"],
        use_cache=not common["no_cache"],
        cover=_cover,
        **chosen,
    )


def _cover(text: str) -> str:
    from preflight.credentials.redact import redact

    return redact(text)


def mend_paths(
    paths: tuple[str, ...], options: Options, common: dict[str, Any], output: Output, *, unsafe: bool, diff: bool
) -> int:
    """Apply edits below the paths, or show them as a diff; gives the exit status."""
    from preflight.engine.fixer import FailedWrite, write_changes
    from preflight.report.patch import file_diff

    patches: list[str] = []
    if diff:
        output.require(FORMATS_OF_DIFF)

    def mended(workspace: Workspace, options: Options, table: FactTable) -> Outcome:
        done = mend_workspace(workspace, options, table, unsafe=unsafe)
        if diff:
            patches.extend(file_diff(workspace.shown_root + path, *texts) for path, texts in done.changes.items())
        elif workspace.tree.disk_root is not None:
            try:
                write_changes(workspace.tree.disk_root, done.changes)
            except FailedWrite as error:
                raise click.UsageError(str(error)) from None
        return done.outcome

    outcomes = _each(paths, options, mended)
    return show_diff("".join(patches), outcomes, common, output) if diff else finish(outcomes, common, output)


FORMATS_OF_DIFF = ("full", "concise", "json")


def show_diff(patch: str, outcomes: list[tuple[Workspace, Outcome]], common: dict[str, Any], output: Output) -> int:
    """Show what edits would change, as a diff or as the report of the check that follows them; gives the exit status. That nothing would change is said."""
    if output.format == "json":
        return finish(outcomes, common, output)
    output.write(patch)
    if not patch and not output.quiet:
        from preflight.engine.finding import Applicability
        from preflight.report.report import applicability

        left = [finding for _, outcome in outcomes for finding in outcome.result.findings]
        unsafe = sum(applicability(each) is Applicability.UNSAFE for each in left)
        more = say(" {count} can with --unsafe.", count=unsafe) if unsafe else ""
        words = (
            "Nothing would change: no finding can be mended safely."
            if left
            else "Nothing would change: nothing was found."
        )
        click.echo(say(words) + more, err=True)
    return status_of(outcomes, common)


def mend_workspace(
    workspace: Workspace, options: Options, table: FactTable, *, unsafe: bool, only: Sequence[str] | None = None
) -> "Mended":
    """Apply the edits of a workspace's findings in memory; `only` limits them to some files."""
    from preflight.engine.finding import Applicability
    from preflight.engine.fixer import mend

    allowed = {Applicability.SAFE, Applicability.UNSAFE} if unsafe else {Applicability.SAFE}
    done = mend(workspace, partial(run_check, options=options, table=table), allowed, only)
    done.outcome.result.fixed = done.fixed
    return done


def _build_each(
    paths: tuple[str, ...], options: Options, *, isolated: bool, run_scripts: bool
) -> list[tuple[Workspace, Outcome]]:
    """Check and build below the paths; gives the outcomes of what was built after that of its project."""
    from preflight.building.checking import check_with_build, missing_tool
    from preflight.report.safe import for_people

    missing = missing_tool()
    if missing:
        raise click.UsageError(missing)

    def show(line: str) -> None:
        click.echo(for_people(line), err=True)

    work = partial(check_with_build, say=show, isolated=isolated, run_scripts=run_scripts)
    return [pair for pairs in _over(paths, options, work) for pair in pairs]


def _each(
    paths: tuple[str, ...], options: Options, work: Callable[[Workspace, Options, FactTable], Outcome]
) -> list[tuple[Workspace, Outcome]]:
    return _over(paths, options, lambda workspace, *given: (workspace, work(workspace, *given)))


def _over(
    paths: tuple[str, ...], options: Options, work: Callable[[Workspace, Options, FactTable], _Made]
) -> list[_Made]:
    return run_over(lambda: open_workspaces(with_built_files(paths)), options, work)


def run_over(
    opened: Callable[[], Sequence[Workspace]],
    options: Options,
    work: Callable[[Workspace, Options, FactTable], _Made],
) -> list[_Made]:
    """Open workspaces and run something over each; what the user got wrong becomes wrong use."""
    from preflight.engine.baseline import UnusableBaseline
    from preflight.engine.selection import UnknownSelector
    from preflight.engine.settings import UnusableConfiguration

    try:
        table = facts_of_run()
        return [work(workspace, options, table) for workspace in opened()]
    except (UnknownPath, UnknownSelector, UnusableBaseline, UnusableConfiguration) as error:
        raise click.UsageError(str(error)) from None


def _say_what_was_asked(outcomes: list[tuple[Workspace, Outcome]], output: Output) -> None:
    """Say on standard error once what could not be asked, and with --verbose every request."""
    from preflight.report.safe import for_people

    asked = next((each.facts.get("transport") for _, each in outcomes if "transport" in each.facts.computed()), None)
    if asked is None or output.quiet:
        return
    if output.verbose:
        for sent in asked.requests:
            click.echo(for_people(_cover(f"{sent.method} {sent.url}: {sent.status or say('no answer')}")), err=True)
    for trouble in asked.troubles:
        words = say("Rules that ask the outside were skipped: {reason}.", reason=retold(trouble))
        click.echo(for_people(words), err=True)


def _write_baseline(path: Path, outcomes: list[tuple[Workspace, Outcome]]) -> int:
    from preflight.engine.baseline import UnusableBaseline, write_baseline

    try:
        count = write_baseline(path, [finding for _, outcome in outcomes for finding in outcome.result.findings])
    except UnusableBaseline as error:
        raise click.UsageError(str(error)) from None
    from preflight.report.summary import number

    click.echo(say("Recorded {findings} in {path}.", findings=number(count, "finding"), path=path))
    return EXIT_CLEAN


def finish(
    outcomes: list[tuple[Workspace, Outcome]], common: dict[str, Any], output: Output, *, probed: bool = False
) -> int:
    """Print the report of outcomes; gives the exit status. A probe that could not be made, or was refused, counts as something found."""
    status = status_of(outcomes, common)
    probes = ""
    if probed:
        in_report = output.format == "full"
        probes, complete = probe_report(outcomes, color=in_report and output.color, width=output.width)
        if not complete and status == EXIT_CLEAN and not common["exit_zero"]:
            status = EXIT_FOUND
        if not in_report:
            click.echo(probes, err=True, nl=False)
            probes = ""
    _say_what_was_asked(outcomes, output)
    _render(outcomes, output, status, probes)
    return status


def _render(outcomes: list[tuple[Workspace, Outcome]], output: Output, status: int, probes: str = "") -> None:
    from preflight.report.report import Report, Section, render

    rules = {code: rule for _, outcome in outcomes for code, rule in outcome.registry.rules.items()}
    report = Report(
        sections=tuple(Section(outcome.result, workspace.shown_root) for workspace, outcome in outcomes),
        version=__version__,
        rules=rules,
        verbose=output.verbose,
        quiet=output.quiet,
        color=output.color,
        width=output.width,
        checked=_checked(outcomes),
        exit_status=status,
    )
    output.write(probes + render(report, output.format) + _machine_table(outcomes, output))


def _machine_table(outcomes: list[tuple[Workspace, Outcome]], output: Output) -> str:
    """What each upload client would use here, below the report for people, with --verbose."""
    from preflight.engine.facts import FactCrash

    if not output.verbose or output.format != "full":
        return ""
    try:
        uses = [outcome.facts.get("maybe_client_uses") for _, outcome in outcomes]
    except FactCrash:
        return ""  # the report says it
    if not any(uses):
        return ""
    from preflight.report.machine import MachineView

    facts = outcomes[0][1].facts
    found = list(dict.fromkeys(use for each in uses for use in each or ()))
    view = MachineView(facts.get("machine"), found, facts.get("installed_tools"), facts.get("clock"))
    return "\n".join(["", *view.lines(color=output.color, width=output.width), ""])


def _checked(outcomes: list[tuple[Workspace, Outcome]]) -> str | None:
    parts = []
    for attribute, singular, plural in (
        ("projects", "{count} project", "{count} projects"),
        ("workflows", "{count} workflow", "{count} workflows"),
        ("pipelines", "{count} pipeline", "{count} pipelines"),
        ("pypirc", "{count} .pypirc", "{count} .pypirc files"),
        ("distributions", "{count} distribution", "{count} distributions"),
    ):
        count = sum(len(getattr(outcome.inventory, attribute)) for _, outcome in outcomes)
        if count:
            parts.append(say(singular if count == 1 else plural, count=count))
    empty = all(outcome.inventory.empty for _, outcome in outcomes)
    return say(", ").join(parts) or ("" if empty else None)


def status_of(outcomes: list[tuple[Workspace, Outcome]], common: dict[str, Any]) -> int:
    """The exit status that outcomes call for."""
    strangers = [workspace.shown_root + path for workspace, outcome in outcomes for path in outcome.inventory.strangers]
    if strangers:
        words = "{path!r} is not a project folder, a workflow, a pyproject.toml, a .pypirc or a distribution"
        raise click.UsageError(say(words, path=strangers[0]))
    if any(outcome.result.crashed for _, outcome in outcomes):
        return EXIT_INTERNAL
    if all(outcome.inventory.empty for _, outcome in outcomes):
        click.echo(
            say(
                "Nothing to check was found: no pyproject.toml that builds a distribution, no workflow, .pypirc, wheel or sdist."
            ),
            err=True,
        )
        return EXIT_NOTHING
    if common["exit_zero"]:
        return EXIT_CLEAN
    for _, outcome in outcomes:
        limit = Severity(common["fail_on"]) if common["fail_on"] else outcome.settings.fail_on or Severity.ERROR
        if any(finding.severity.rank >= limit.rank for finding in outcome.result.findings):
            return EXIT_FOUND
    return EXIT_CLEAN
