"""The logs of several jobs as one, in the layout of `gh run view`. Reads no log."""

from collections.abc import Iterable

_STEP = "UNKNOWN STEP"
"""What `gh run view` writes where it does not know the step."""


def together(logs: Iterable[tuple[str, bytes]]) -> bytes:
    """Jobs with their logs as one log: job, step and line, divided by tabs. Blank lines are left out."""
    lines: list[bytes] = []
    for job, text in logs:
        start = f"{' '.join(job.split())}\t{_STEP}\t".encode("utf-8", "replace")
        lines += [start + line + b"\n" for line in text.split(b"\n") if line.strip()]
    return b"".join(lines)
