"""The command line: arguments, calls and exit status. Commands are imported only when they run."""

import atexit
import gc
import os
import sys
from typing import NoReturn

EXIT_INTERNAL_ERROR = 4
EXIT_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line and raise SystemExit with the contract's status. A closed output pipe is no error."""
    from preflight.cli.application import application

    # a run makes many small objects that stay to its end: looking through them again and again takes a tenth of the time
    gc.set_threshold(50_000, 20, 50)
    try:
        status = application(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        status = _closed_pipe()
    except KeyboardInterrupt:
        status = EXIT_INTERRUPTED
    sys.exit(status)


def process() -> NoReturn:
    """The whole process: run the command line, and end it at once when the exit handlers have run.

    Python would first take its objects apart one by one, which after many files takes a tenth of the run.
    """
    try:
        main()
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else EXIT_INTERNAL_ERROR
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        status = _closed_pipe() or status
    os._exit(status)


def _closed_pipe() -> int:
    # What is still buffered must go somewhere when Python flushes at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
