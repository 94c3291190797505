"""What a check says: a finding with its places and edits. Holds no prose: the wording lives in the rule's card."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from enum import StrEnum

from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source


class Severity(StrEnum):
    """How bad it is. `error`: the publish will fail, or what is published will be broken or refused."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """3 for error, 2 for warning, 1 for info: higher is worse."""
        return {"error": 3, "warning": 2, "info": 1}[self.value]


class Confidence(StrEnum):
    """How sure it is. An `error` is always `certain`."""

    CERTAIN = "certain"
    LIKELY = "likely"
    UNKNOWN = "unknown"


class Applicability(StrEnum):
    """Who may apply an edit.

    `safe` only makes the publish work as written; `unsafe` changes when, where or what is published; `show` needs a value that only
    the author knows, and is never applied.
    """

    SAFE = "safe"
    UNSAFE = "unsafe"
    SHOW = "show"


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters from `start` to `end` (offsets, half-open) of a source by `replacement`."""

    source: Source
    start: int
    end: int
    replacement: str
    applicability: Applicability = Applicability.SAFE

    @classmethod
    def replace(cls, place: Place, replacement: str, applicability: Applicability = Applicability.SAFE) -> "Edit":
        """Replace what stands at a place."""
        return cls(place.source, place.start, place.end, replacement, applicability)

    @classmethod
    def insert(
        cls, source: Source, offset: int, text: str, applicability: Applicability = Applicability.SAFE
    ) -> "Edit":
        """Insert text at a character offset."""
        return cls(source, offset, offset, text, applicability)

    @classmethod
    def delete_lines(cls, place: Place, applicability: Applicability = Applicability.SAFE) -> "Edit":
        """Delete the whole lines that a place touches, with their line break."""
        source = place.source
        start = source.offset(place.line)
        last = place.end_line if place.end_column > 1 or place.end == place.start else place.end_line - 1
        return cls(source, start, source.offset(last + 1), "", applicability)


@dataclass(frozen=True, slots=True)
class Related:
    """A second place of the story. `label` names an entry of the card's `labels`, which says what this place is."""

    place: Place
    label: str


LAST_TURN = 1 << 30


class Label:
    """An argument in words of the card: an entry of its `labels`, filled with values. A list of them is told with commas between."""

    __slots__ = ("name", "values")

    def __init__(self, name: str, **values: object) -> None:
        self.name = name
        self.values: Mapping[str, object] = values


class Finding:
    """One problem found by a check: where it is, and the arguments of the card's message.

    `at` is None where nothing on disk can be pointed at. `code` is needed only in a check that serves several rules. `variant` picks one of
    the card's wordings. `severity` may only lower the card's; `confidence` other than certain turns an error into a warning.
    `rejections` and `causes` narrow the card's lists to those that this finding foretells. `repeats` is a place in a source file where the same problem of
    a built file comes from: two findings of a rule that meet there are told as one. `turn` is for findings that PyPI comes upon in another order than their
    places have: in a file the lower ones are told first.
    All further keyword arguments are the message's arguments: str, int, lists of str, or labels; `more` holds further ones as a mapping.
    """

    __slots__ = (
        "args",
        "at",
        "causes",
        "code",
        "confidence",
        "edits",
        "rejections",
        "related",
        "repeats",
        "severity",
        "turn",
        "variant",
    )

    def __init__(
        self,
        at: Place | None,
        *,
        code: str | None = None,
        variant: str | None = None,
        severity: Severity | None = None,
        confidence: Confidence = Confidence.CERTAIN,
        related: Iterable[Related] = (),
        edits: Iterable[Edit] = (),
        rejections: Sequence[str] | None = None,
        causes: Sequence[str] | None = None,
        repeats: Place | None = None,
        turn: int = LAST_TURN,
        more: Mapping[str, object] | None = None,
        **args: object,
    ) -> None:
        self.at = at
        self.code = code
        self.variant = variant
        self.severity = severity
        self.confidence = confidence
        self.related = tuple(related)
        self.edits = tuple(edits)
        self.repeats = repeats
        self.turn = turn
        self.rejections = None if rejections is None else tuple(rejections)
        self.causes = None if causes is None else tuple(causes)
        self.args: Mapping[str, object] = {**more, **args} if more else args

    def __repr__(self) -> str:
        where = f"{self.at.source.path}:{self.at.line}:{self.at.column}" if self.at else "nowhere"
        return f"Finding({self.code or '?'} at {where}, {dict(self.args)!r})"


@dataclass(frozen=True, slots=True)
class Note:
    """A related place with its words, ready to be shown."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True)
class Reported:
    """A finding with the words of its card: what reports show. `edits` that were applied are flagged by `fixed`."""

    code: str
    name: str
    severity: Severity
    confidence: Confidence
    message: str
    fix: str
    args: Mapping[str, object]
    rejections: tuple[str, ...]
    causes: tuple[str, ...]
    place: Place | None
    related: tuple[Note, ...]
    edits: tuple[Edit, ...]
    url: str
    fingerprint: str = ""
    fixed: bool = False
    repeats: Place | None = None
    turn: int = LAST_TURN

    @property
    def fixable(self) -> bool:
        """Whether `--fix` would apply its edits without being told more."""
        return bool(self.edits) and all(edit.applicability is Applicability.SAFE for edit in self.edits)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A rule that could not be tried, and why."""

    code: str
    reason: str


@dataclass(slots=True)
class Result:
    """The outcome of a run over one workspace."""

    findings: list[Reported] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    fixed: list[Reported] = field(default_factory=list)
    suppressed: int = 0
    crashed: bool = False
