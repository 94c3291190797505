"""The outcome of a rehearsal: for people, what PyPI would have said to each file and why; for programs, as JSON. A pure function to text."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from preflight.report.json import dumps, plain
from preflight.report.safe import for_machines, for_people
from preflight.report.style import Style, wrap
from preflight.report.summary import number
from preflight.sources.records import dataclass
from preflight.sources.words import say

if TYPE_CHECKING:
    from preflight.rehearsal.attempts import Attempt, Exchange, Reason, RuleLink

SCHEMA = 1
FORMATS = ("full", "json")

_WORDS = {
    "accepted": ("good", "accepted"),
    "identical": ("good", "already there"),
    "skipped": ("warning", "skipped"),
    "refused": ("error", "refused"),
}


@dataclass(frozen=True)
class Rehearsed:
    """What a rehearsal brought. `commands` are those that were run, as one types them, with how they ended; `taken` is the verdict on the whole."""

    index: str
    attempts: "Sequence[Attempt]"
    exchanges: "Sequence[Exchange]"
    commands: Sequence[tuple[str, int]]
    taken: bool
    notes: Sequence[str] = ()
    left_out: int = 0
    stopped: str = ""
    """Why the client of the command stops before it uploads, so that it was not run."""


def render_rehearsal(done: Rehearsed, format: str, version: str, *, color: bool, width: int, quiet: bool) -> str:
    """The report in an output format: `json`, or text for any other."""
    if format == "json":
        return dumps(_document(done, version))
    lines = list(_lines(done, Style(color), width, quiet))
    return "".join(f"{line}\n" for line in lines)


def _document(done: Rehearsed, version: str) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "tool": {"name": "preflight", "version": version},
        "index": done.index,
        "taken": done.taken,
        "commands": [{"command": for_machines(words), "status": status} for words, status in done.commands],
        "stopped": for_machines(done.stopped) or None,
        "tokens": [_exchange_json(each) for each in done.exchanges],
        "uploads": [_attempt_json(each) for each in done.attempts],
        "notes": [for_machines(each) for each in done.notes],
    }


def _attempt_json(attempt: "Attempt") -> dict[str, object]:
    return {
        "file": for_machines(attempt.filename),
        "project": for_machines(attempt.project),
        "version": for_machines(attempt.version),
        "size": attempt.size,
        "client": for_machines(attempt.agent),
        "verdict": attempt.verdict,
        "http_status": attempt.status,
        "reason": for_machines(attempt.phrase),
        "refusals": [_reason_json(each) for each in attempt.reasons],
        "findings": [
            {
                "code": each.code,
                "name": each.name,
                "severity": each.severity.value,
                "message": for_machines(each.message),
                "fix": for_machines(each.fix),
                "args": plain(each.args),
                "url": each.url,
            }
            for each in attempt.others
        ],
        "notes": [for_machines(each) for each in attempt.notes],
    }


def _reason_json(reason: "Reason") -> dict[str, object]:
    rule = reason.rule
    found: dict[str, object] = {"rejection": reason.rejection, "message": for_machines(reason.words)}
    if rule is not None:
        found["rule"] = {
            "code": rule.code,
            "name": rule.name,
            "message": for_machines(rule.message),
            "fix": for_machines(rule.fix),
            "url": rule.url,
        }
    return found


def _exchange_json(exchange: "Exchange") -> dict[str, object]:
    return {
        "granted": bool(exchange.publisher),
        "http_status": exchange.status,
        "message": for_machines(exchange.words),
        "publisher": for_machines(exchange.publisher) or None,
        "claims": {name: for_machines(value) for name, value in exchange.claims},
        "refusal": _reason_json(exchange.reason) if exchange.reason else None,
        "details": [for_machines(each) for each in exchange.details],
    }


def _lines(done: Rehearsed, style: Style, width: int, quiet: bool) -> Iterator[str]:
    for exchange in done.exchanges:
        yield from _exchange_lines(exchange, style, width)
    for attempt in done.attempts:
        yield from _attempt_lines(attempt, style, width)
    if not quiet:
        for each in done.notes:
            yield from wrap(say("Note: {note}", note=for_people(each)), width)
        yield _verdict(done, style)


def _exchange_lines(exchange: "Exchange", style: Style, width: int) -> Iterator[str]:
    if exchange.publisher:
        token = style.paint("good", say("token"))
        yield say("{token} for {publisher}", token=token, publisher=for_people(exchange.publisher))
    else:
        yield style.paint("error", say("no token"))
        words = f"{exchange.status} {exchange.words}" if exchange.status else exchange.words
        yield from (f"    {line}" for line in wrap(for_people(words), width - 4))
        yield from (f"    {name}: {for_people(value)}" for name, value in exchange.claims)
    for each in exchange.details:
        yield from _item(say("note") if exchange.publisher else say("differs"), each, style, width)
    if exchange.reason is not None:
        yield from _rule_lines(exchange.reason.rule, style, width)
    yield ""


def _attempt_lines(attempt: "Attempt", style: Style, width: int) -> Iterator[str]:
    role, word = _WORDS[attempt.verdict]
    yield f"{style.paint(role, say(word))} {style.paint('strong', for_people(attempt.filename or say('(no file)')))}"
    if attempt.reasons:
        first, *more = attempt.reasons
        words = first.words if attempt.verdict == "skipped" else f"{attempt.status} {attempt.phrase}"
        yield from (f"    {line}" for line in wrap(for_people(words), width - 4))
        yield from _rule_lines(first.rule, style, width)
        for each in more:
            yield from _also_wrong(each, first, style, width)
    for other in attempt.others:
        yield from _item(say("PyPI takes it, but"), f"{other.code}: {other.message}", style, width)
        yield from _item(say("see"), f"preflight explain {other.name}", style, width)
    for note in attempt.notes:
        yield from _item(say("not decided"), note, style, width)
    yield ""


def _also_wrong(reason: "Reason", first: "Reason", style: Style, width: int) -> Iterator[str]:
    yield from _item(say("also wrong"), reason.words, style, width)
    if reason.rule is not None and (first.rule is None or reason.rule.code != first.rule.code):
        yield from _rule_lines(reason.rule, style, width)


def _rule_lines(rule: "RuleLink | None", style: Style, width: int) -> Iterator[str]:
    if rule is None:
        return
    yield from _item(f"{rule.code}", rule.message, style, width)
    if rule.fix:
        yield from _item(say("fix"), rule.fix, style, width)
    yield from _item(say("see"), f"preflight explain {rule.name}  {rule.url}", style, width)


def _item(label: str, text: str, style: Style, width: int) -> Iterator[str]:
    first, *more = wrap(for_people(f"{label}: {text}"), width - 6)
    yield f"    {style.paint('frame', '=')} {first}"
    yield from (f"      {line}" for line in more)


def _verdict(done: Rehearsed, style: Style) -> str:
    """The closing line."""
    if done.stopped:
        words, _ = done.commands[0]
        said = "Nothing is uploaded by `{command}`: {reason}."
        return style.paint("error", say(said, command=for_people(words), reason=for_people(done.stopped)))
    title = "TestPyPI" if done.index == "testpypi" else "PyPI"
    total = len(done.attempts) + done.left_out
    refused = sum(not each.taken for each in done.attempts)
    if refused:
        words = "{index} would have refused {refused} of {uploads}."
        return style.paint("error", say(words, index=title, refused=refused, uploads=number(total, "upload")))
    if any(not each.publisher for each in done.exchanges):
        return style.paint("error", say("{index} would have given no token for the upload.", index=title))
    failed = [(words, status) for words, status in done.commands if status]
    if failed:
        words, status = failed[0]
        told = {"index": title, "uploads": number(total, "upload"), "command": for_people(words)}
        said = "{index} would have taken {uploads}, but `{command}` {ending}."
        return style.paint(
            "error",
            say(said if total else "Nothing was uploaded: `{command}` {ending}.", ending=_ending(status), **told),
        )
    if not total:
        return style.paint("error" if done.commands else "strong", say("Nothing was uploaded."))
    taken = say("{index} would have taken {uploads}.", index=title, uploads=number(total, "upload"))
    return style.paint("good", taken) + say(" Nothing was published.")


def _ending(status: int) -> str:
    return (
        say("ended with status {status}", status=status)
        if status > 0
        else say("was ended by signal {number}", number=-status)
    )
