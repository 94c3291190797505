"""Attestations that lie beside distributions, as PyPI reads them when they are sent. Verifies no signature and asks no log.

Sources: PEP 740; warehouse: attestations/services.py; pypi-attestations 0.0.29; sigstore 4.5: dsse; Fulcio's documentation, "Fulcio OID information".
"""

from collections.abc import Iterator, Mapping
from typing import Any

from preflight.distributions.archive import Distribution
from preflight.project.inventory import Inventory
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source
from preflight.sources.tree import Files, MissingFile, Tree, UnreadableFile

SUFFIX = ".attestation"
PUBLISH = "https://docs.pypi.org/attestations/publish/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
PREDICATES = (PUBLISH, PROVENANCE)
"""The types of attestations that PyPI takes, one of each for a file."""

MAX_BYTES = 2 * 1024 * 1024
"""Size above which a file is not read as an attestation."""

_STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
_DIGESTS = ("sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512")
_EXTENSION = bytes.fromhex("060a2b0601040183bf3001")
"""The start of an object identifier of Fulcio's certificate extensions, 1.3.6.1.4.1.57264.1, whose last number is one byte."""

ISSUER, REPOSITORY, DIGEST, REF, BUILD_CONFIG = 8, 12, 13, 14, 18


@dataclass(frozen=True, slots=True)
class AttestationProblem:
    """Why PyPI refuses an attestation: the row of the refusal, and what is wrong in a few words."""

    row: str
    detail: str


@dataclass(frozen=True, slots=True)
class Attestation:
    """One attestation. What could not be read is empty; `problem` says why PyPI cannot read it either."""

    problem: AttestationProblem | None = None
    subject: str = ""
    sha256: str = ""
    predicate: str = ""
    claims: Mapping[int, str] = {}
    """What the signing certificate says: the number of the extension, and its text."""


@dataclass(frozen=True, slots=True)
class AttestationFile:
    """A file `NAME.whl.publish.attestation` with the distribution it belongs to, None where that is not there."""

    place: Place
    name: str
    distribution: Distribution | None
    attestation: Attestation


def attestation_files(
    inventory: Inventory, distributions: tuple[Distribution, ...], tree: Tree, files: Files
) -> tuple[AttestationFile, ...]:
    """The attestation files of the workspace."""
    by_path = {each.path: each for each in distributions}
    found = []
    for path in inventory.distributions:
        if not path.endswith(SUFFIX):
            continue
        try:
            data = tree.read(path, MAX_BYTES)
        except MissingFile:
            continue
        except UnreadableFile as error:
            files.unreadable[path] = error.reason
            continue
        owner = max((each for each in by_path if path.startswith(f"{each}.")), key=len, default=None)
        found.append(
            AttestationFile(
                Source(path, "").whole,
                path.rpartition("/")[2],
                by_path[owner] if owner else None,
                read_attestation(data),
            )
        )
    return tuple(found)


class _Malformed(Exception):
    def __init__(self, row: str, detail: str) -> None:
        self.problem = AttestationProblem(row, detail)


def read_attestation(data: bytes) -> Attestation:
    """Read one attestation object (PEP 740, "Attestation objects")."""
    from json import JSONDecodeError, loads

    try:
        value = loads(data)
    except (JSONDecodeError, UnicodeDecodeError, RecursionError):
        return Attestation(AttestationProblem("attest-malformed", "it is no JSON"))
    try:
        return _attestation(value)
    except _Malformed as malformed:
        return Attestation(malformed.problem)


def _attestation(value: Any) -> Attestation:
    if isinstance(value, dict) and "mediaType" in value:
        raise _Malformed(
            "attest-malformed", "it is a Sigstore bundle, which has to be converted to an attestation first"
        )
    if isinstance(value, list):
        raise _Malformed(
            "attest-malformed", "it is a list, where one attestation was expected" if value else "it is an empty list"
        )
    if not isinstance(value, dict):
        raise _Malformed("attest-malformed", "it is no JSON object")
    if value.get("version") != 1 or isinstance(value.get("version"), bool):
        raise _Malformed("attest-malformed", "its `version` is not 1")
    material = _object(value, "verification_material")
    certificate = _base64(material, "certificate")
    entries = material.get("transparency_entries")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise _Malformed("attest-malformed", "it has no `transparency_entries`")
    envelope = _object(value, "envelope")
    statement = _base64(envelope, "statement")
    _base64(envelope, "signature")
    return _statement(statement, dict(_claims(certificate)))


def _object(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    if not isinstance(found, dict):
        raise _Malformed("attest-malformed", f"it has no `{name}`")
    return found


def _base64(value: Mapping[str, Any], name: str) -> bytes:
    from base64 import b64decode

    text = value.get(name)
    if not isinstance(text, str):
        raise _Malformed("attest-malformed", f"it has no `{name}`")
    try:
        return b64decode(text)
    except ValueError:
        raise _Malformed("attest-malformed", f"its `{name}` is no base64") from None


def _statement(data: bytes, claims: Mapping[int, str]) -> Attestation:
    """The in-toto statement, with the checks that PyPI makes once the signature is verified (pypi-attestations: `Attestation.verify`)."""
    from json import loads

    try:
        value = loads(data)
    except (ValueError, RecursionError):
        raise _Malformed("attest-envelope", "its statement is no JSON") from None
    if not isinstance(value, dict) or value.get("_type") != _STATEMENT_TYPE:
        raise _Malformed("attest-envelope", "its statement is no in-toto statement of version 1")
    subjects, predicate = value.get("subject"), value.get("predicateType")
    if not isinstance(subjects, list) or not subjects or not all(_is_subject(each) for each in subjects):
        raise _Malformed("attest-envelope", "its statement has no well-formed subject")
    if not isinstance(predicate, str) or not isinstance(value.get("predicate"), dict | None):
        raise _Malformed("attest-envelope", "its statement has no predicate")
    name, sha256 = subjects[0]["name"], subjects[0]["digest"].get("sha256", "")
    problem = None
    if len(subjects) > 1:
        problem = AttestationProblem(
            "attest-subject-count", f"its statement has {len(subjects)} subjects instead of one"
        )
    elif predicate not in PREDICATES:
        problem = AttestationProblem("attest-unknown-type", f"it is of the unknown type `{predicate[:100]}`")
    return Attestation(problem, name, sha256, predicate, claims)


def _is_subject(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return False
    digest = value.get("digest")
    return isinstance(digest, dict) and all(key in _DIGESTS and isinstance(text, str) for key, text in digest.items())


def _claims(certificate: bytes) -> Iterator[tuple[int, str]]:
    """The texts of Fulcio's extensions in a DER certificate: found by their identifiers, each a UTF8String in an OCTET STRING."""
    position = 0
    while (position := certificate.find(_EXTENSION, position)) >= 0:
        position += len(_EXTENSION)
        number = certificate[position] if position < len(certificate) else 0
        if number < ISSUER:
            continue  # the older extensions hold bare text
        position += 1
        if certificate[position : position + 2] == b"\x01\x01":
            position += 3  # whether it is critical
        outer = _element(certificate, position, 0x04)
        inner = _element(outer, 0, 0x0C) if outer is not None else None
        if inner is not None:
            yield number, inner.decode("utf-8", "replace")


def _element(data: bytes, position: int, tag: int) -> bytes | None:
    """The contents of a DER element of a tag; None where there is none, or it is cut short."""
    if data[position : position + 1] != bytes((tag,)):
        return None
    head = data[position + 1 : position + 2]
    if not head:
        return None
    length, start = head[0], position + 2
    if length >= 0x80:
        size = length - 0x80
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    found = data[start : start + length]
    return found if len(found) == length else None


def parsed_file_name(name: str) -> tuple[object, ...] | None:
    """A distribution's file name by which PyPI compares it with a subject; None where it is none (pypi-attestations: `_check_dist_filename`)."""
    from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename

    try:
        if name.endswith(".whl"):
            return parse_wheel_filename(name)
        if name.endswith((".tar.gz", ".zip")):
            return parse_sdist_filename(name)
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
    return None
