"""The fact `machine` where nobody asked for it. In a module of its own, so that a check of a project imports nothing of what reads a machine."""

from preflight.engine.facts import Unavailable

NOT_ASKED = "the credentials of this machine are looked at only with --credentials"


def machine() -> object:
    """Never there: a command gives it as a seed where it was asked for. A check of a project tells the same on two machines."""
    raise Unavailable(NOT_ASKED)
