"""The command line: arguments, calls and exit status. Commands are imported only when they run."""

import atexit
import gc
import os
import sys
from typing import NoReturn

EXIT_WRONG_USE = 2
EXIT_INTERNAL_ERROR = 4
EXIT_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line and raise SystemExit with the contract's status. A closed output pipe is no error; an output that cannot be written is wrong use."""
    from preflight.cli.application import application
    from preflight.cli.streams import CannotPrint
    from preflight.sources.words import say

    # a run makes many small objects that stay to its end: looking through them again and again takes a tenth of the time
    gc.set_threshold(50_000, 20, 50)
    try:
        status = application(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        status = _closed_pipe()
    except CannotPrint as error:
        status = _said(say("Error: cannot write standard output: {reason}", reason=error), EXIT_WRONG_USE)
    except KeyboardInterrupt:
        status = EXIT_INTERRUPTED
    sys.exit(status)


def process() -> NoReturn:
    """The whole process: run the command line, and end it at once when the exit handlers have run.

    Python would first take its objects apart one by one, which after many files takes a tenth of the run.
    """
    from preflight.cli.streams import CannotPrint, prepare_streams

    prepare_streams()
    try:
        main()
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else EXIT_INTERNAL_ERROR
    except Exception as error:
        status = _said(_own_failure(error), EXIT_INTERNAL_ERROR)
    atexit._run_exitfuncs()
    try:
        sys.stderr.flush()
        sys.stdout.flush()
    except BrokenPipeError:
        status = _closed_pipe() or status
    except CannotPrint:
        status = status or EXIT_WRONG_USE
    os._exit(status)


def _said(words: str, status: int) -> int:
    import click

    click.echo(words, err=True)
    return status


def _own_failure(error: Exception) -> str:
    """What to say of a mistake in preflight itself: one line, and with --verbose where it was made."""
    from traceback import extract_tb, format_exception

    from preflight.credentials.redact import redact
    from preflight.sources.words import say

    if {"-v", "--verbose"}.intersection(sys.argv):
        return redact("".join(format_exception(error)).rstrip())
    last = extract_tb(error.__traceback__)[-1]
    said = " ".join(f"{type(error).__name__}: {error}".split())
    where = f"{os.path.basename(last.filename)}:{last.lineno}"
    words = "Error: preflight itself failed ({error}, at {where}); --verbose shows the whole traceback."
    return redact(say(words, error=said, where=where))


def _closed_pipe() -> int:
    # What is still buffered must go somewhere when Python flushes at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
