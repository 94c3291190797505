"""One refusal that an upload meets: which, and what fills its words. Gives no HTTP answer and knows no rule."""

from collections.abc import Mapping

from preflight.refusals import refusals
from preflight.sources.records import dataclass

CORE_METADATA = "https://packaging.python.org/specifications/core-metadata"
LOCAL_VERSIONS = "https://packaging.python.org/en/latest/specifications/version-specifiers/#local-version-identifiers"


@dataclass(frozen=True)
class Refused:
    """`row` names the refusal, `values` fill its message; `words` are PyPI's whole message where they are known already."""

    row: str
    values: Mapping[str, object] = {}
    words: str | None = None
    crash: bool = False
    """PyPI's server fails instead of answering; `row` is what comes closest."""

    def text(self) -> str:
        """PyPI's message, on one line."""
        from preflight.rehearsal.answers import message

        words = self.words if self.words is not None else message(refusals()[self.row], self.values)
        return " ".join(words.split())


def of_metadata(row: str, sentence: str) -> Refused:
    """A refusal of a metadata field: the sentence of packaging or warehouse and a pointer (warehouse: forklift/legacy.py)."""
    stop = "" if sentence.endswith(".") else "."
    see = LOCAL_VERSIONS if row == "version-local" else CORE_METADATA
    return Refused(row, words=f"{sentence}{stop} See {see} for more information.")
