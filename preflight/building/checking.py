"""A check with `--build`: the project as ever, with what came of building it, and then the built files as any others. Decides nothing itself."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from preflight.building.request import BuildRequest
from preflight.building.results import BuildResults
from preflight.engine.facts import FactCrash, FactTable
from preflight.engine.session import Options, Outcome, run_check
from preflight.engine.workspace import Focus, Workspace
from preflight.sources.tree import DiskTree

Checked = list[tuple[Workspace, Outcome]]


def missing_tool() -> str | None:
    """What has to be installed before anything can be built; None when all is there."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        version("build")
    except PackageNotFoundError:
        return (
            "--build needs the package `build` beside preflight: install `pypi-preflight[build]` "
            "(`pipx inject pypi-preflight build`, `uv tool install --with build pypi-preflight`)"
        )
    return None


def check_with_build(
    workspace: Workspace,
    options: Options,
    table: FactTable,
    *,
    say: Callable[[str], None],
    isolated: bool,
    run_scripts: bool,
) -> Checked:
    """Check a workspace, build its projects in a temporary folder, and check the built files with the same configuration.

    The built files are a workspace of their own, whose paths are `build/NAME`. The folder is gone at the end, whatever happens.
    """
    with TemporaryDirectory(prefix="preflight-", ignore_cleanup_errors=True) as temporary:
        request = BuildRequest(Path(temporary).resolve(), say, isolated, run_scripts)
        outcome = run_check(workspace, options, table, {"build_request": request})
        files = _built_files(outcome)
        if not files:
            return [(workspace, outcome)]
        built = Workspace(DiskTree(request.folder), Focus(files=files), workspace.shown_root, configured_by=workspace)
        checked = run_check(built, options, table)
    _join_skipped(outcome, checked)
    return [(workspace, outcome), (built, checked)]


def _built_files(outcome: Outcome) -> tuple[str, ...]:
    """The built files, built now where no check has asked for them."""
    try:
        results: BuildResults | None = outcome.facts.get("maybe_build_results")
    except FactCrash:
        outcome.result.crashed = True
        return ()
    return tuple(results.files) if results is not None else ()


def _join_skipped(*outcomes: Outcome) -> None:
    """Call a rule skipped only where it was tried neither on the project nor on what was built; the project's reason is the one to tell."""
    always = set.intersection(*({each.code for each in outcome.result.skipped} for outcome in outcomes))
    for position, outcome in enumerate(outcomes):
        outcome.result.skipped = [each for each in outcome.result.skipped if position == 0 and each.code in always]
