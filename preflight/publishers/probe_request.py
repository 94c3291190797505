"""The fact `probe_request`: the probe that was asked for. Apart from what makes the probe, so that a run without one imports nothing of it."""

from preflight.engine.facts import Unavailable
from preflight.sources.records import dataclass

NOT_ASKED = "no identity token is asked for without --probe"


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """A probe that was asked for; with `mint` the token is exchanged too."""

    mint: bool = False


def probe_request() -> ProbeRequest:
    """The probe that was asked for; a run with `--probe` gives it from outside.

    Raises:
        Unavailable: always, since here none was asked for.
    """
    raise Unavailable(NOT_ASKED)
