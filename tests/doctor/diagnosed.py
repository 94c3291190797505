"""Diagnoses of a text: what the tests of the doctor stand on."""

from preflight.doctor.circumstances import Circumstances
from preflight.doctor.diagnosis import Diagnosis, Owners, diagnose
from preflight.doctor.extraction import extract
from preflight.doctor.reading import read_text
from preflight.engine.packs import BUILT_IN, built_in_folder, find_pack

RULES = find_pack(BUILT_IN, built_in_folder()).rules
OWNERS = Owners(RULES)

DIAGNOSIS_KEYS = frozenset("code name cause confidence message fix steps evidence rejections location url".split())
"""What scripts rely on in the JSON of a diagnosis."""


def diagnosed(text: str, circumstances: Circumstances | None = None) -> tuple[Diagnosis, ...]:
    """The diagnoses of a log, best first."""
    log = read_text(text)
    return diagnose(extract(log), log, OWNERS, circumstances)


def first(text: str) -> tuple[str, str]:
    """The cause that comes first, and how sure it is."""
    found = diagnosed(text)
    return (found[0].cause, found[0].confidence.value) if found else ("", "")
