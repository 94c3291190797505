"""Forges API tokens for tests: of the right form in every bit, and worthless, because nobody has the key."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

from preflight.credentials.caveats import (
    Caveat,
    Expiration,
    OIDCPublisher,
    ProjectID,
    ProjectName,
    RequestUser,
    UndecidedCaveat,
    UnusableCaveat,
)

IDENTIFIER = "0f9b6d4e-52a1-4c37-8e60-7d1f3a9c2b58"


def forge(
    location: str | None = "pypi.org",
    caveats: Iterable[Caveat | Sequence[Any] | bytes] = (),
    *,
    identifier: str | bytes = IDENTIFIER,
    signature: bytes | None = None,
    prefix: str = "pypi-",
) -> str:
    """A token as PyPI writes one. A caveat is one of ours, the array that it stands for, or its bytes."""
    body = forge_macaroon(location, caveats, identifier=identifier, signature=signature)
    return prefix + urlsafe_b64encode(body).decode().rstrip("=")


def forge_macaroon(
    location: str | None = "pypi.org",
    caveats: Iterable[Caveat | Sequence[Any] | bytes] = (),
    *,
    identifier: str | bytes = IDENTIFIER,
    signature: bytes | None = None,
) -> bytes:
    """The binary form of the macaroon in a forged token. The same arguments always give the same bytes."""
    name = identifier.encode() if isinstance(identifier, str) else identifier
    header = packet(1, location.encode()) if location is not None else b""
    sections = b"".join(packet(2, _content(caveat)) + b"\0" for caveat in caveats)
    unsigned = b"\x02" + header + packet(2, name) + b"\0" + sections + b"\0"
    return unsigned + packet(6, sha256(unsigned).digest() if signature is None else signature)


def packet(kind: int, content: bytes) -> bytes:
    return number(kind) + number(len(content)) + content


def number(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def _content(caveat: Caveat | Sequence[Any] | bytes) -> bytes:
    if isinstance(caveat, bytes):
        return caveat
    return json.dumps(_array(caveat), separators=(",", ":")).encode()


def _array(caveat: Caveat | Sequence[Any]) -> Sequence[Any]:
    match caveat:
        case Expiration():
            return [0, caveat.expires_at, caveat.not_before]
        case ProjectName():
            return [1, list(caveat.names)]
        case ProjectID():
            return [2, list(caveat.ids)]
        case RequestUser():
            return [3, caveat.user_id]
        case OIDCPublisher():
            return [4, caveat.publisher_id, None]
        case UnusableCaveat() | UndecidedCaveat():
            raise ValueError("PyPI does not write such a caveat: give its bytes")
        case _:
            return caveat
