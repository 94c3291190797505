"""What PyPI refuses in an archive, or cannot read of it: one problem, where it is. Finds none itself."""

from preflight.sources.records import dataclass


class CutShort(Exception):
    """A limit of preflight ended the reading of an archive. `reason` names the limit, for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ArchiveProblem:
    """Why PyPI refuses an archive.

    `row` is the refusal that the upload meets; `detail` says what is wrong in a few words without a full stop. `member` and `offset` (in bytes,
    of the file or of the unpacked tar) tell where. `crash` marks what PyPI answers with a server error, since its own reading fails: then `row`
    is the refusal that comes closest.
    """

    row: str
    detail: str
    member: str | None = None
    offset: int | None = None
    crash: bool = False
