"""The command line: arguments, calls and exit status. Commands are imported only when they run."""

import gc
import os
import sys
from typing import NoReturn

EXIT_INTERNAL_ERROR = 4
EXIT_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line and exit with the contract's status. A closed output pipe is no error."""
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


def _closed_pipe() -> int:
    # What is still buffered must go somewhere when Python flushes at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
