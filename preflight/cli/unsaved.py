"""`preflight check -`: one file whose content comes from standard input, as editors hold it. Writes to no file of the project."""

import sys
from dataclasses import replace
from typing import Any

import click

from preflight.cli.check import FORMATS_OF_DIFF, finish, mend_workspace, run_over, show_diff
from preflight.cli.options import Output
from preflight.cli.streams import read_input
from preflight.engine.session import Options, run_check
from preflight.engine.workspace import Workspace, open_unsaved
from preflight.sources.words import say


def check_unsaved(
    paths: tuple[str, ...],
    filename: str | None,
    options: Options,
    common: dict[str, Any],
    output: Output,
    *,
    fix: bool,
    unsafe: bool,
    diff: bool,
) -> int:
    """Check the content on standard input as the file of this name; gives the exit status.

    With `fix` the mended content is printed and the report goes to standard error; with `diff` the diff alone is printed. A finding whose edit
    lies in another file stays as it is.
    """
    if paths != ("-",) or filename is None:
        raise click.UsageError(say("`-` stands alone and goes with --stdin-filename"))
    if diff:
        output.require(FORMATS_OF_DIFF)
    content = read_input()  # all of it: with --fix it is printed again, however long it is

    def opened() -> list[Workspace]:
        return [open_unsaved(filename, content)]

    if not (fix or diff):
        outcomes = run_over(opened, options, lambda workspace, *given: (workspace, run_check(workspace, *given)))
        return finish(outcomes, common, output)
    [(workspace, done)] = run_over(
        opened,
        options,
        lambda workspace, *given: (
            workspace,
            mend_workspace(workspace, *given, unsafe=unsafe, only=workspace.focus.files),
        ),
    )
    [path] = workspace.focus.files
    outcomes = [(workspace, done.outcome)]
    if diff:
        from preflight.report.patch import file_diff

        patch = file_diff(workspace.shown_root + path, *done.changes[path]) if path in done.changes else ""
        return show_diff(patch, outcomes, common, output)
    sys.stdout.buffer.write(done.changes[path][1].encode() if path in done.changes else content)
    sys.stdout.buffer.flush()
    return finish(outcomes, common, replace(output, aside=True))
