"""What commands a `run:` script holds, with the variables, folders and conditions they stand under. Runs nothing.

`read_script` gives a flat list of commands for bash, sh, PowerShell and cmd. It never fails: a script that is too long,
too deep or in another language is read as far as it goes, and says so.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from preflight.sources.records import dataclass
from preflight.workflows.launchers import program_name
from preflight.workflows.values import ALWAYS, NEVER, Condition, Expression, Value, expression_end

if TYPE_CHECKING:
    from preflight.workflows.shell_syntax import Redirect

_SHELLS = frozenset(("bash", "sh", "dash", "zsh", "ash", "ksh"))
_TOO_MUCH = "it is longer or deeper than preflight follows"


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a script.

    `words` are as written; in `arguments` what the script itself assigned is filled in and split as the shell would.
    """

    words: tuple[Value, ...]
    arguments: tuple[Value, ...]
    assignments: Mapping[str, Value]
    """The `NAME=value` in front of it."""
    variables: Mapping[str, Value | None]
    """What the script assigned before it; None for what it unset."""
    exported: frozenset[str]
    guard: Condition
    function: str | None
    directory: Value | None
    """Where `cd` led, relative to where the script starts; None at the start."""
    redirects: "tuple[Redirect, ...]"
    piped_from: "Command | None"
    substituted: bool
    """Whether it stands inside `$(…)`."""
    start: int
    end: int

    @property
    def name(self) -> str | None:
        """The bare name of its first word."""
        return program_name(self.arguments[0]) if self.arguments else None

    @property
    def conditional(self) -> str | None:
        """The condition it stands under, in words; None when it always runs."""
        return None if self.guard == ALWAYS else str(self.guard)

    def environment(self, base: Mapping[str, Value]) -> dict[str, Value]:
        """The variables that the command sees, given those the step starts with."""
        seen = dict(base)
        for name, value in self.variables.items():
            if name in self.exported or name in base:
                if value is None:
                    seen.pop(name, None)
                else:
                    seen[name] = value
        return seen | dict(self.assignments)


@dataclass(frozen=True, slots=True)
class Script:
    """A script that was read; `complete` is False when part of it was left out, `reason` says why."""

    text: str = field(repr=False)
    shell: str
    commands: tuple[Command, ...]
    complete: bool
    reason: str | None = None
    fails: Condition = NEVER
    """When it ends with a failure of its own making, such as `exit 1`; bash and sh only."""


def shell_of(declared: str | None, *, windows: bool = False) -> tuple[str, bool]:
    """The shell that a step's `shell:` names, and whether a failing command ends it.

    GitHub, "Workflow syntax", `jobs.<job_id>.steps[*].shell`: without one bash is run with `-e`, on Windows PowerShell.
    """
    if declared is None or not declared.strip():
        return ("pwsh", True) if windows else ("bash", True)
    words = declared.split()
    for word in words:
        name = re.split(r"[/\\]", word)[-1].removesuffix(".exe").lower()
        if name in _SHELLS:
            flags = [other for other in words if re.fullmatch(r"-[A-Za-z]+", other)]
            strict = len(words) == 1 or any("e" in flag for flag in flags) or "errexit" in words
            return ("bash" if name in ("bash", "zsh", "ksh") else "sh"), strict
        if name in ("pwsh", "powershell"):
            return "pwsh", len(words) == 1
        if name in ("cmd", "python", "python3", "node", "perl"):
            return name.rstrip("3"), True
    return words[0], True


def read_script(
    script: str, *, shell: str = "bash", errexit: bool = True, known: Callable[[Expression], str | None] | None = None
) -> Script:
    """The commands of a script.

    `shell` and `errexit` are what `shell_of` says. With `known`, expressions whose value is known are put into the
    text first, as GitHub does it: a value may then bring options, words or whole commands of its own.
    """
    filled, offsets = _filled(script, known) if known is not None else (script, None)
    fails = NEVER
    if shell in ("pwsh", "cmd"):
        from preflight.workflows.shell_windows import read_windows_commands

        commands, complete = read_windows_commands(filled, shell)
    elif shell in ("bash", "sh"):
        from preflight.workflows.shell_walk import commands_of

        commands, complete, fails = commands_of(filled, errexit=errexit)
    else:
        return Script(script, shell, (), False, f"`{shell}` is no shell that preflight reads")
    if offsets is not None:
        commands = [replace(command, start=offsets(command.start), end=offsets(command.end)) for command in commands]
    return Script(script, shell, tuple(commands), complete, None if complete else _TOO_MUCH, fails)


def _filled(script: str, known: Callable[[Expression], str | None]) -> tuple[str, Callable[[int], int]]:
    """The script with the known expressions replaced, and how offsets in it map back."""
    parts: list[str] = []
    new_starts, old_starts = [0], [0]
    position = length = 0
    search = 0
    while (found := script.find("${{", search)) >= 0:
        end = expression_end(script, found)
        if end is None:
            break
        search = end
        value = known(Expression(script[found + 3 : end - 2].strip(), found))
        if value is None:
            continue
        parts += [script[position:found], value]
        new_starts.append(length + found - position)
        old_starts.append(found)
        length += found - position + len(value)
        new_starts.append(length)
        old_starts.append(end)
        position = end
    parts.append(script[position:])

    def original(offset: int) -> int:
        index = bisect_right(new_starts, offset) - 1
        following = old_starts[index + 1] if index + 1 < len(old_starts) else len(script)
        return min(old_starts[index] + offset - new_starts[index], following)

    return "".join(parts), original
