"""Builds attestation files for tests: real in their form, with a certificate that is no more than the extensions that name the signer."""

import json
from base64 import b64encode
from collections.abc import Mapping

PUBLISH = "https://docs.pypi.org/attestations/publish/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"


def certificate(claims: Mapping[int, str]) -> bytes:
    """DER-like bytes with Fulcio's extensions 1.3.6.1.4.1.57264.1.N."""
    out = b"\x30\x82\x01\x00"
    for number, text in claims.items():
        inner = _element(0x0C, text.encode())
        out += bytes.fromhex("060a2b0601040183bf3001") + bytes((number,)) + _element(0x04, inner)
    return out


def _element(tag: int, data: bytes) -> bytes:
    length = bytes((len(data),)) if len(data) < 0x80 else b"\x82" + len(data).to_bytes(2, "big")
    return bytes((tag,)) + length + data


def github_claims(repository: str, workflow: str, ref: str = "refs/tags/v1.0") -> dict[int, str]:
    """What a certificate says of a run on GitHub."""
    url = f"https://github.com/{repository}"
    return {
        8: "https://token.actions.githubusercontent.com",
        12: url,
        13: "a" * 40,
        14: ref,
        18: f"{url}/.github/workflows/{workflow}@{ref}",
    }


def attestation(
    name: str,
    sha256: str,
    *,
    predicate: str = PUBLISH,
    claims: Mapping[int, str] | None = None,
    subjects: list[object] | None = None,
    statement: object = None,
    **changes: object,
) -> str:
    """The text of an attestation file (PEP 740)."""
    stated = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"sha256": sha256}}] if subjects is None else subjects,
        "predicateType": predicate,
        "predicate": None,
    }
    payload = json.dumps(stated if statement is None else statement).encode()
    value = {
        "version": 1,
        "verification_material": {
            "certificate": b64encode(certificate(claims or {})).decode(),
            "transparency_entries": [{"logIndex": "1"}],
        },
        "envelope": {"statement": b64encode(payload).decode(), "signature": b64encode(b"signature").decode()},
        **changes,
    }
    return json.dumps(value)
