"""A publisher beside an identity, field by field, for people to read. What decides is `matching`."""

from preflight.publishers.matching import Identity, Registration, differences
from preflight.sources.records import dataclass


@dataclass(frozen=True, slots=True)
class Compared:
    """One field of PyPI's form. `agrees` is None where the claim is not known; a publisher without environment takes any."""

    field: str
    claimed: str
    registered: str
    agrees: bool | None


def compared(publisher: Registration, identity: Identity) -> tuple[Compared, ...]:
    """The fields of a publisher with what a run claims, as PyPI compares them."""
    different = {each.field for each in differences(publisher, identity) or ()}
    found = []
    for field in ("owner", "repository", "workflow", "environment"):
        claimed, registered = getattr(identity, field), getattr(publisher, field)
        if field == "environment" and not registered:
            found.append(Compared(field, claimed or "(none)", "(any)", True))
            continue
        agrees = None if claimed is None else field not in different
        found.append(Compared(field, claimed or ("?" if claimed is None else "(none)"), registered, agrees))
    return tuple(found)
