"""What each upload client would use on this machine, as a table for a terminal, as JSON, and as Markdown. Never a value of a credential. Judges nothing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from preflight.credentials.credential import INDEX_NAMES
from preflight.credentials.standing import standing
from preflight.credentials.uses import Outcome, Use
from preflight.report.markdown import prose
from preflight.report.safe import for_machines, for_people
from preflight.report.style import Style, text_width, wrap
from preflight.sources.records import dataclass
from preflight.sources.words import retold, say

if TYPE_CHECKING:
    from preflight.credentials.installed import InstalledTool
    from preflight.credentials.machine import Machine

_TITLE = "What each upload client would use here:"
_NARROWEST = 24


@dataclass(frozen=True)
class MachineView:
    """What is shown of a machine. `now` is the time by which tokens are judged."""

    machine: "Machine"
    uses: Sequence[Use]
    tools: Mapping[str, "InstalledTool"]
    now: int

    def lines(self, *, color: bool, width: int) -> list[str]:
        """For a terminal: a row for each command that finds something or stops, one line for the rest, and the tools on PATH."""
        return [
            *_client_lines(self.uses, self.now, self.machine, color=color, width=width),
            *_tool_lines(self.tools, color=color, width=width),
        ]

    def markdown(self) -> list[str]:
        """The table of clients in Markdown."""
        rows = [
            f"| {prose(use.command)} | {_index(use)} | {prose(_says(use, self.now))} |"
            for use in self.uses
            if not _is_idle(use)
        ]
        table = [say("| command | index | credential |"), "| --- | --- | --- |", *rows, ""] if rows else []
        return [f"### {say(_TITLE).rstrip(':：')}", "", *table, *map(prose, _rest(self.uses, self.machine))]

    def json(self) -> dict[str, object]:
        """The facts for machines: places and judgements, no value."""
        return {
            "keyring_asked": self.machine.keyring_asked,
            "clients": [_client(use, self.now) for use in self.uses],
            "tools": [_tool(tool) for tool in self.tools.values()],
        }


def _client_lines(uses: Sequence[Use], now: int, machine: "Machine", *, color: bool, width: int) -> list[str]:
    style = Style(color)
    rows = [(use.command, _index(use), _says(use, now)) for use in uses if not _is_idle(use)]
    first = max((text_width(for_people(row[0])) for row in rows), default=0)
    second = max((text_width(for_people(row[1])) for row in rows), default=0)
    lines = [style.paint("strong", say(_TITLE))]
    for command, index, says in rows:
        start = f"  {_padded(for_people(command), first)}  {_padded(for_people(index), second)}  "
        begin, *more = wrap(for_people(says), max(_NARROWEST, width - text_width(start)))
        lines += [start + begin, *(" " * text_width(start) + line for line in more)]
    for text in _rest(uses, machine):
        lines += [f"  {line}" for line in wrap(for_people(text), width - 2)]
    return lines


def _tool_lines(tools: Mapping[str, "InstalledTool"], *, color: bool, width: int) -> list[str]:
    if not tools:
        return []
    from preflight.credentials.installed import TOOLS

    lines = [Style(color).paint("strong", say("Upload tools on PATH:"))]
    for tool in tools.values():
        uses = TOOLS.get(tool.name, ())  # what else lies in its environment is none of its parts
        beside = ", ".join(f"{name} {version}" for name, version in sorted(tool.beside.items()) if name in uses)
        text = f"{tool.name} {tool.version} ({tool.script})" + (say(" with {tools}", tools=beside) if beside else "")
        lines += [f"  {line}" for line in wrap(for_people(text), width - 2)]
    return lines


def _client(use: Use, now: int) -> dict[str, object]:
    return {
        "client": use.client,
        "command": for_machines(use.command),
        "index": use.index or for_machines(use.host),
        "outcome": use.outcome.value,
        "username": for_machines(use.username.value) if use.username is not None else None,
        "source": for_machines(use.password.where) if use.password is not None else None,
        "standing": for_machines(standing(use, now)) or None,
        "passed_over": [for_machines(each.where) for each in use.passed_over],
        "reason": for_machines(use.reason) or None,
    }


def _tool(tool: "InstalledTool") -> dict[str, object]:
    return {
        "name": tool.name,
        "version": for_machines(tool.version),
        "script": for_machines(tool.script),
        "beside": {name: for_machines(version) for name, version in sorted(tool.beside.items())},
    }


def _is_idle(use: Use) -> bool:
    return use.outcome is Outcome.ASKS and not use.reason


def _index(use: Use) -> str:
    return INDEX_NAMES[use.index] if use.index is not None else for_people(use.host)


def _says(use: Use, now: int) -> str:
    if use.outcome is Outcome.STOPS:
        return say("stops: {reason}", reason=retold(use.reason))
    if use.outcome is Outcome.TRUSTED_PUBLISHING:
        return say("trusted publishing")
    if use.outcome is Outcome.ASKS:
        return say("asks: {reason}", reason=retold(use.reason))
    where = retold(use.password.where) if use.password is not None else ""
    user = use.username.value if use.username is not None else ""
    passed = say(", ").join(retold(each.where) for each in use.passed_over)
    over = say("; passes over {places}", places=passed) if use.passed_over else ""
    words = "{where}: {standing}, as user `{user}`{over}"
    return say(words, where=where, standing=standing(use, now), user=user, over=over)


def _rest(uses: Sequence[Use], machine: "Machine") -> list[str]:
    idle = _names(use.client for use in uses if use.is_default and _is_idle(use))
    ends = say("such a client stops") if machine.is_ci else say("such a client asks, and stops in CI")
    found = [say("Nothing is set for {clients}: {what}.", clients=idle, what=ends)] if idle else []
    if not machine.keyring_asked:
        found.append(say("The keyring was not asked (--keyring)."))
    elif machine.keyring is None:
        found.append(say("There is no keyring that could be asked."))
    return found


def _names(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _padded(text: str, width: int) -> str:
    return text + " " * (width - text_width(text))
