"""Reads the output of a command that failed: the line that says why, and whether the fault may lie in this machine instead of the project."""

from collections.abc import Collection
from enum import StrEnum
from pathlib import Path

from preflight.sources.patterns import compile as _compile

_EXCEPTION = _compile(
    r"(?:[A-Za-z_][\w.]*\.)?[A-Z]\w*(?:Error|Exception|Exit|Interrupt|NotFound|Unavailable|Failure|Invalid\w*)(?::\s.*)?"
)
_ERROR_LINE = _compile(r"(?:ERROR|error|Error)(?::| )\s*\S.*|.*\berror: .*")
_FRONTEND_LINE = _compile(
    r"ERROR (?:Backend subprocess exited|Failed to create|Command ').*|ERROR: (?:Failed to build|No matching distribution|Exiting).*"
    r"|subprocess\.CalledProcessError: Command '\[.*'-m', 'pip'.*|TIP .*|\[notice\].*"
)
"""What a frontend says last, after the tool that knows why."""

_MISSING_MODULE = _compile(r"ModuleNotFoundError: No module named '(?P<name>[^']+)'")
_FILE_NOT_FOUND = _compile(r"FileNotFoundError: .*?'(?P<path>[^']+)'")


class Blame(StrEnum):
    """Where the fault of a failure lies, as far as the output tells."""

    PROJECT = "project"
    MACHINE = "machine"
    """Perhaps in the machine: a compiler or library that it lacks, a platform that is not meant."""
    UNTRIED = "untried"
    """What was to be tried never came to it: no network, another Python."""


_UNTRIED = _compile(
    r"NewConnectionError|NameResolutionError|Max retries exceeded|ConnectionResetError|ConnectTimeoutError|ReadTimeout|Read timed out|SSLError"
    r"|ProxyError|Connection (?:refused|broken)|Network is unreachable|Temporary failure in name resolution|Name or service not known|getaddrinfo failed"
    r"|Could not fetch URL|connection error|No space left on device|MemoryError|40[137] Client Error|5\d\d Server Error"
    r"|requires a different Python|ensurepip is not available|(?m:: No module named (?:ensurepip|venv|pip|build)$)"
)
_NOT_BESIDE = _compile(
    r"ERROR (?:Unmet|Missing) dependencies|ERROR Cannot import|BackendUnavailable|ERROR Backend '[^']+' is not available"
)
"""Without isolation: what the build requires is not installed beside preflight."""

_MACHINE = _compile(
    r"\b(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|cl\.exe|link\.exe|rustc|cargo|cmake|ninja|meson|go|gfortran|nvcc|swig|make|pkg-config|pg_config|llvm-config)\b"
    r"['\"]? (?:failed|not found|exited|returned)"
    r"|Microsoft Visual C\+\+|[Cc]ompiler|command '[^']+' failed|command not found|linker|fatal error: .*\.h|Rust toolchain|toolchain"
    r"|cannot open shared object file|DLL load failed|Library not loaded|Symbol not found|undefined symbol|image not found"
    r"|shared librar|GLIBC|DISPLAY|\bCUDA\b|PermissionError|Permission denied"
    r"|Could not find a version that satisfies|No matching distribution found|ResolutionImpossible"
    r"|is not a supported wheel on this platform"
)
_PLATFORM = _compile(r"\b(?:Windows|macOS|Linux|[Pp]latform|operating system)\b")
_TELLING_EXCEPTIONS = frozenset(
    "SyntaxError IndentationError TabError NameError AttributeError ImportError ModuleNotFoundError TypeError UnboundLocalError "
    "FileNotFoundError".split()
)
"""What code raises on every machine alike, if it raises it at import."""


def telling_line(output: str) -> str:
    """The line that says best why a command failed: the last exception, otherwise the last error, otherwise the last line."""
    lines = [line.strip().removeprefix("< ") for line in output.splitlines() if line.strip()]
    bare = [line for line in lines if not _FRONTEND_LINE.fullmatch(line)]
    for pattern in (_EXCEPTION, _ERROR_LINE):
        for line in reversed(bare):
            if pattern.fullmatch(line):
                return line
    return (bare or lines or ["it printed nothing"])[-1]


def blame_of_command(output: str, *, isolated: bool = True) -> Blame:
    """Where the fault of a failed build or installation lies."""
    if _UNTRIED.search(output) or (not isolated and _NOT_BESIDE.search(output)):
        return Blame.UNTRIED
    return Blame.MACHINE if _MACHINE.search(output) or _PLATFORM.search(telling_line(output)) else Blame.PROJECT


def crashed(output: str) -> bool:
    """Whether a program ended with an exception that nothing caught."""
    return "Traceback (most recent call last):" in output or "SyntaxError: " in output


def blame_of_import(output: str, standard_library: Collection[str], environment: str) -> Blame:
    """Where the fault of a failed import lies.

    A module of the standard library that is missing, a library of the system, a file outside the environment, or an exception that asks for
    circumstances (a display, a variable, a service) may be a matter of this machine.
    """
    line = telling_line(output)
    if _MACHINE.search(line) or _PLATFORM.search(line):
        return Blame.MACHINE
    missing = _MISSING_MODULE.match(line)
    if missing:
        return Blame.MACHINE if missing["name"].partition(".")[0] in standard_library else Blame.PROJECT
    file = _FILE_NOT_FOUND.match(line)
    if file:
        path = file["path"].replace("\\\\", "\\")
        return Blame.PROJECT if path.startswith(environment) or not Path(path).is_absolute() else Blame.MACHINE
    return Blame.PROJECT if line.partition(":")[0].rpartition(".")[2] in _TELLING_EXCEPTIONS else Blame.MACHINE
