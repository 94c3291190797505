"""How much the rehearsal's index reads, keeps and waits for. Knows neither the protocol nor what is judged."""

from preflight.sources.records import dataclass

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE


@dataclass(frozen=True)
class Limits:
    """The limits of one rehearsal: those of PyPI, and those that keep a hostile client from filling memory, disk or time.

    PyPI's own (warehouse: constants.py): `file` and `project` in bytes, a greater one is refused. What follows is ours: `body` is where the reading of
    a request ends altogether, `fields` what all text fields together may hold, `kept` what all stored files together may.
    """

    file: int = 100 * MEBIBYTE
    project: int = 10 * GIBIBYTE
    body: int = GIBIBYTE + 16 * MEBIBYTE
    fields: int = 8 * MEBIBYTE
    parts: int = 20_000
    part_header: int = 16 * 1024
    headers: int = 256 * 1024
    kept: int = 4 * GIBIBYTE
    connections: int = 64
    idle_seconds: float = 20.0
    grace_seconds: float = 30.0
    bytes_per_second: int = 32 * 1024
    """After the grace a request must have come at this pace at least."""
