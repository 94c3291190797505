"""Finds the messages that PyPI, the clients, the build tools and the CI systems are known to print, and says which causes each can have. Ranks nothing.

Three tables hold them: PyPI's refusals (`preflight/refusals.tsv`) with their older wordings (`wordings.tsv`), and what fails before or beside PyPI
(`failures.tsv`). `causes.tsv` names the causes that each refusal can have.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from re import Match as Match_
from re import Pattern
from typing import Literal

from preflight.doctor.condensed import Condensed
from preflight.doctor.reading import Log, Stage
from preflight.doctor.templates import Template, groups_of, template, wordings
from preflight.refusals import refusals
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

Role = Literal["failure", "broad", "symptom", "hint", "overcome"]
"""What a message says of the publish.

- `failure`: this is what failed.
- `broad`: it failed here, and a more exact message may stand beside it.
- `symptom`: it failed, and why stands elsewhere, or nowhere.
- `hint`: no failure in itself; beside one of the messages that it `needs`, it says why.
- `overcome`: what the messages that it `needs` report did not stop the publish.
"""


@dataclass(frozen=True, slots=True)
class Signature:
    """A message that is known. `refusals` are the rows of PyPI's refusals that it can be: several have one text."""

    name: str
    stage: Stage
    role: Role
    causes: tuple[str, ...]
    refusals: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A known message at a place of a log.

    `text` is the message joined, `groups` are its values. `first` and `last` index the log's lines, `first_line` and `last_line` count those of the original.
    `cut` where the log ends in the middle of it.
    """

    signature: Signature
    groups: Mapping[str, str]
    text: str
    first_line: int
    last_line: int
    first: int
    last: int
    start: int
    end: int
    literal: int
    cut: bool = False

    @property
    def refusal(self) -> str | None:
        """The name of the refusal, where PyPI said it; of several with one text the first."""
        return self.signature.refusals[0] if self.signature.refusals else None


@cache
def causes_of_refusals() -> Mapping[str, tuple[str, ...]]:
    """The causes that each refusal can have, by the refusal's name."""
    found: dict[str, list[str]] = {}
    for cause, _, names in _rows("causes.tsv"):
        for name in names.split(",") if names else ():
            found.setdefault(name, []).append(cause)
    return {name: tuple(causes) for name, causes in found.items()}


@cache
def cause_stages() -> Mapping[str, str]:
    """Every cause of a failed publish with the stage it belongs to."""
    return {cause: stage for cause, stage, _ in _rows("causes.tsv")}


@cache
def signatures() -> tuple[tuple[Signature, tuple[Template, ...]], ...]:
    """Every known message with its wordings."""
    return (*_of_refusals(), *_of_failures())


def matches(log: Log, condensed: Condensed | None = None) -> tuple[Match, ...]:
    """The known messages of a log, in the order in which they stand there.

    Where two of them cover the same words, the one that says more is kept. The same message is found each time it is printed.
    """
    text = condensed or Condensed(log.lines)
    found: list[Match] = []
    folded = text.text.lower()
    if len(folded) != len(text.text):
        folded = "".join(each.lower() if len(each.lower()) == 1 else each for each in text.text)
    for signature, forms in signatures():
        taken: list[tuple[int, int]] = []
        for form in sorted(forms, key=lambda each: -each.literal):
            for match in _occurrences(log, text, folded, signature, form):
                if not any(match.start < end and start < match.end for start, end in taken):
                    taken.append((match.start, match.end))
                    found.append(match)
    if not any(match.signature.role in ("failure", "broad") for match in found):
        found += _cut_off(log, text, folded)
    return tuple(sorted(_without_lesser(found), key=lambda match: (match.first, match.start)))


_TAIL = 300
_LEAST_KEPT = 16
_QUOTED_END = "`'\"’”….,;:)>*_~"
"""What people put behind words that they quote."""


def _cut_off(log: Log, text: Condensed, folded: str) -> list[Match]:
    """The refusal in the middle of which the log ends, where people copied only a part: the longest beginning of one that its last words hold."""
    tail_start = max(0, len(folded) - _TAIL)
    tail = folded[tail_start:].rstrip(_QUOTED_END)
    best: tuple[int, int, Signature] | None = None
    openings = (
        (each, signature)
        for signature, forms in signatures()
        if signature.refusals
        for form in forms
        for each in {form.opening, form.anchor}
    )
    for opening, signature in sorted(openings, key=lambda pair: (-len(pair[0]), pair[0])):
        piece = opening.lower()
        place = tail.find(piece) if len(piece) > _LEAST_KEPT else -1
        kept = len(piece)
        while place < 0 and kept > _LEAST_KEPT:
            kept -= 1
            place = len(tail) - kept if tail.endswith(piece[:kept]) else -1
        if place >= 0 and (best is None or kept > best[0]):
            best = (kept, tail_start + place, signature)
    if best is None:
        return []
    kept, start, signature = best
    first, last = text.line_at(start), text.line_at(len(folded) - 1)
    numbers = (log.lines[first].number, log.lines[last].number)
    return [
        Match(signature, {}, text.original(start, len(folded)), *numbers, first, last, start, len(folded), kept, True)
    ]


_MOST_OCCURRENCES = 40
_QUOTED_ALONE = 2
"""A log of no more lines is a refusal that somebody quoted, without the answer it stood in."""
_ANSWER = _compile(r"\b(?:[45]\d\d)\b|Server says|Upload failed|InvalidDistribution|HTTPError")


def _occurrences(log: Log, text: Condensed, folded: str, signature: Signature, form: Template) -> Iterator[Match]:
    anchor = form.anchor.lower()
    places: list[int] = []
    place = folded.find(anchor)
    while place >= 0:
        places.append(place)
        place = folded.find(anchor, place + len(anchor))
    if len(places) > _MOST_OCCURRENCES:
        places = places[: _MOST_OCCURRENCES // 2] + places[-_MOST_OCCURRENCES // 2 :]
    done = -1
    for place in places:
        if place < done:
            continue
        found = form.pattern().search(text.text, max(0, place - form.before), place + form.after)
        while found is not None and found.end() < place:
            found = form.pattern().search(text.text, found.end() + 1, place + form.after)
        if found is None or found.start() > place:
            continue
        found = _nearest(form.pattern(), text.text, found, place, place + form.after)
        free = next(
            (found.start(name) for name in found.groupdict() if name.endswith("f") and found[name] is not None),
            found.end(),
        )
        end = _trimmed(log, text, text.line_at(place), found.start(), found.end(), free)
        last = text.line_at(max(found.start(), end - 1))
        spans = {name: found.span(name) for name in found.groupdict() if found[name] is not None}
        begin = found.start()
        for name, (start, stop) in spans.items():
            if name.endswith("e") and start == begin:
                begin = _start_of_word(text, start, stop)
                spans[name] = (begin, stop)
                break
        first = text.line_at(begin)
        if form.weak and signature.refusals and log.total > _QUOTED_ALONE and not _beside_answer(log, first):
            continue
        groups = groups_of({name: text.original(start, min(stop, end)) for name, (start, stop) in spans.items()})
        done = found.start() + len(anchor)
        yield Match(
            signature,
            groups,
            text.original(begin, end),
            log.lines[first].number,
            log.lines[last].number,
            first,
            last,
            begin,
            max(place + len(anchor), free),
            form.literal,
        )


def _nearest(pattern: Pattern[str], text: str, found: Match_[str], place: int, limit: int) -> Match_[str]:
    """The match that begins nearest to the fixed words: a quote that was closed long before them is not the beginning of the value in them."""
    while _opens_quoted(found):
        later = pattern.search(text, found.start() + 1, limit)
        if later is None or later.start() > place or not _opens_quoted(later):
            break
        found = later
    return found


def _opens_quoted(found: Match_[str]) -> bool:
    return any(
        value is not None and name[-1] in "abc" and found.start(name) - found.start() <= _QUOTE_WIDTH
        for name, value in found.groupdict().items()
    )


_QUOTE_WIDTH = 3


def _start_of_word(text: Condensed, start: int, stop: int) -> int:
    """Where the last word of a place begins: a value at the beginning of a message is one word."""
    words = text.original(start, stop).split()
    return stop - len(words[-1]) if words else start


_BEHIND = _compile(
    r"forurl[:'\"]|\|b['\"]|Theservercouldnotcomply|Accesswasdenied|Seehttps?://|[`'\"]+forurl|(?<=.)\b[45]\d\d(?=[A-Z])"
)
"""What clients and servers put behind a message."""


def _trimmed(log: Log, text: Condensed, first: int, start: int, end: int, free: int) -> int:
    """Where a message ends whose last part is free: with the message it stands in, or before what is put behind it."""
    message = log.message_at(first)
    limit = text.end_of(message.last if message is not None else first)
    behind = _BEHIND.search(text.text, free, end) if free < end else None
    return min(end, max(limit, free, start + 1), behind.start() if behind is not None else end)


def _beside_answer(log: Log, index: int) -> bool:
    """Whether a server's answer, or a client's refusal, stands in this line or right before it."""
    return any(_ANSWER.search(line.text) for line in log.lines[max(0, index - 3) : index + 1])


def _without_lesser(found: Iterable[Match]) -> Iterator[Match]:
    """Drop what only repeats a part of a message that says more."""
    kept: dict[int, list[Match]] = {}
    for match in sorted(found, key=lambda each: (each.signature.role == "broad", -each.literal, each.start)):
        near = [
            other for bucket in range(match.start // 1000 - 1, match.end // 1000 + 2) for other in kept.get(bucket, ())
        ]
        if any(match.start < other.end and other.start < match.end for other in near):
            continue
        for bucket in {match.start // 1000, match.end // 1000}:
            kept.setdefault(bucket, []).append(match)
        yield match


_PLACEHOLDERS = _compile(r"['\"]?\{[^{}|]*\}['\"]?")


def _of_refusals() -> Iterator[tuple[Signature, tuple[Template, ...]]]:
    """One signature for each set of refusals that share a text, so that all their causes come together."""
    by_text: dict[str, list[str]] = {}
    texts_of: dict[str, list[str]] = {}
    printed = [
        (each.name, text)
        for each in refusals().values()
        if not each.status.startswith("200")
        for whole in wordings(each.message)
        for text in _with_part(whole)
    ]
    for name, text in (*printed, *_rows("wordings.tsv")):
        form = _PLACEHOLDERS.sub("{}", text)
        if name not in by_text.setdefault(form, []):
            by_text[form].append(name)
        texts_of.setdefault(form, []).append(text)
    sets: dict[tuple[str, ...], list[str]] = {}
    for form, names in by_text.items():
        sets.setdefault(_with_siblings(names, by_text), []).extend(texts_of[form])
    for siblings, texts in sets.items():
        forms = tuple(each for each in map(template, texts) if each is not None)
        if forms:
            yield _refusal_signature(siblings), forms


_LEAD_INS = (
    r"Invalid distribution file\. (?:ZIP archive not accepted: )?",
    r"Invalid attestations supplied during upload: (?:Could not verify the uploaded artifact using the included attestation: )?",
    r"Invalid API Token: ",
    r"invalid-[a-z-]+: valid token, but no corresponding publisher \(",
)
_LEAD_IN = _compile(rf"(?:{'|'.join(_LEAD_INS)})(?P<part>.{{20,}}?)\)?$")
"""What several refusals begin with, and people leave out when they quote one."""


def _with_part(text: str) -> Iterator[str]:
    """A message, and the part of it that says what is wrong where that is long enough to be known by itself."""
    yield text
    part = _LEAD_IN.match(text)
    if part is not None and len(_PLACEHOLDERS.sub("", part["part"])) >= 20:
        yield part["part"]


def _with_siblings(names: list[str], by_text: Mapping[str, list[str]]) -> tuple[str, ...]:
    """An older wording belongs to all refusals that share a text today."""
    for others in by_text.values():
        if names[0] in others and len(others) > len(names):
            names = others
    return tuple(names)


_BROAD = frozenset(
    ("attest-verify", "attest-unknown-error", "content-type-invalid", "mint-invalid-payload", "extension-unknown")
)
"""Refusals beside which a more exact one can stand, as a part of their own text."""


def _refusal_signature(names: tuple[str, ...]) -> Signature:
    first = refusals()[names[0]]
    causes: dict[str, None] = {}
    for name in names:
        causes |= dict.fromkeys(causes_of_refusals().get(name, ()))
    status = int(first.status) if first.status.isdigit() else None
    return Signature(
        names[0],
        _stage(first.stage),
        "broad" if names[0] in _BROAD else "failure",
        tuple(causes),
        names,
        frozenset(),
        status,
    )


def _stage(stage: str) -> Stage:
    return "oidc-mint" if stage == "oidc-mint" else "attestation" if stage == "attestation" else "upload"


def _of_failures() -> Iterator[tuple[Signature, tuple[Template, ...]]]:
    found: dict[str, tuple[Signature, list[Template]]] = {}
    for name, stage, role, causes, needs, text in _rows("failures.tsv"):
        form = template(text)
        if form is None:
            raise ValueError(f"failures.tsv: {name}: nothing to look for in {text!r}")
        if name not in found:
            found[name] = (Signature(name, stage, role, _names(causes), (), frozenset(_names(needs))), [])  # type: ignore[arg-type]
        found[name][1].append(form)
    for signature, forms in found.values():
        yield signature, tuple(forms)


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def _rows(table: str) -> Iterator[list[str]]:
    text = (files("preflight.doctor") / table).read_text(encoding="utf-8")
    for line in text.splitlines()[1:]:
        yield line.split("\t")
