"""What PyPI has against the attestations of an upload as far as it can be told without the transparency log. Verifies no signature.

Held to warehouse: attestations/services.py, and to pypi-attestations 0.0.29.
"""

import json
from collections.abc import Iterator
from typing import Any

from preflight.distributions.attestation_files import PREDICATES, parsed_file_name, read_attestation
from preflight.rehearsal.multipart import FilePart, Form
from preflight.rehearsal.refused import Refused

MOST = 2
"""Attestations that one file may have (warehouse: attestations/services.py)."""

_START = "Invalid attestations supplied during upload: "
_VERIFY = f"{_START}Could not verify the uploaded artifact using the included attestation: "


def attestation_refusals(form: Form, part: FilePart, *, trusted: bool) -> Iterator[Refused]:
    """What is wrong with the field `attestations`; nothing where the client sends none."""
    if not form.all("attestations"):
        return
    if not trusted:
        yield Refused("attest-no-tp")
        return
    try:
        given = json.loads(form.last("attestations"))
    except (ValueError, RecursionError) as error:
        yield _malformed(str(error))
        return
    if not isinstance(given, list):
        yield _malformed("Input should be a valid array")
    elif not given:
        yield Refused("attest-empty")
    elif len(given) > MOST:
        yield Refused("attest-too-many")
    else:
        yield from _each(given, part)


def _malformed(detail: str) -> Refused:
    return Refused("attest-malformed", words=f"{_START}Malformed attestations: {detail}")


def _each(given: list[Any], part: FilePart) -> Iterator[Refused]:
    seen = set()
    for value in given:
        attestation = read_attestation(json.dumps(value).encode())
        if attestation.problem is not None:
            row, detail = attestation.problem.row, attestation.problem.detail
            yield _malformed(detail) if row == "attest-malformed" else Refused(row, words=f"{_VERIFY}{detail}")
            continue
        expected, subject = parsed_file_name(part.filename), parsed_file_name(attestation.subject)
        if subject is None:
            yield Refused("attest-subject-name", words=f"{_VERIFY}invalid subject: {attestation.subject}")
        elif expected is not None and subject != expected:
            yield Refused("attest-subject-dist", {"subject": attestation.subject, "filename": part.filename})
        elif attestation.sha256 != part.digests["sha256"]:
            yield Refused("attest-digest")
        if attestation.predicate in PREDICATES and attestation.predicate in seen:
            yield Refused("attest-dup-predicate", {"predicate_type": attestation.predicate})
        seen.add(attestation.predicate)
