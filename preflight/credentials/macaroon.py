"""The macaroon in an API token: base64 and binary format, read to the bit as PyPI reads them. Judges no restriction.

PyPI reads tokens with pymacaroons 0.13 (`pymacaroons/serializers/binary_serializer.py`) on CPython 3.14; the format is
libmacaroons' `doc/format.txt`, version 2.
"""

import binascii
from enum import StrEnum

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

_LOCATION, _IDENTIFIER, _VERIFICATION_ID, _SIGNATURE = 1, 2, 4, 6
_END_OF_SECTION = 0

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/"
_PAD = b"="
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_DISCARDED = bytes(byte for byte in range(256) if byte not in _ALPHABET + _PAD)
_VERSION_1 = _compile(rb"[0-9a-f]{4}(?:location|identifier) ")


class Fault(StrEnum):
    """Why bytes are no macaroon."""

    TRUNCATED = "truncated"
    NOT_A_MACAROON = "not-a-macaroon"
    WRONG_VERSION = "wrong-version"


class MalformedMacaroon(Exception):
    """Bytes that pymacaroons refuses as well; `at` is the offset of the byte where the reading stopped."""

    def __init__(self, fault: Fault, at: int) -> None:
        super().__init__(f"{fault} at byte {at}")
        self.fault = fault
        self.at = at


@dataclass(frozen=True, slots=True)
class SealedCaveat:
    """A caveat's bytes as they stand; `third_party` when another service is to discharge it."""

    content: bytes
    third_party: bool


@dataclass(frozen=True, slots=True, repr=False)
class Macaroon:
    """A macaroon as it stands. It is the secret itself, so it has no readable form."""

    location: str
    identifier: bytes
    caveats: tuple[SealedCaveat, ...]
    signature: bytes
    size: int
    """Number of bytes read. pymacaroons never looks at what follows them."""


def decodings(text: str) -> tuple[bytes, ...]:
    """What PyPI may get from a token's base64, the likelier first: nothing where it is refused.

    `base64.urlsafe_b64decode` of the text, padded to a multiple of four characters *before* anything is discarded: so a
    blank inside may be overlooked or not, depending on the length. Both alphabets are read. Where padding stands inside
    the text, CPython before 3.13.13 and 3.14.4 stops there and later ones go on (CPython issue 145264): both count.
    """
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        return ()
    kept = (raw + _PAD * (-len(raw) % 4)).translate(_TO_STANDARD, _DISCARDED)
    results = []
    data = kept.replace(_PAD, b"")
    missing = -len(data) % 4
    if missing < 3 and len(kept) - len(kept.rstrip(_PAD)) >= missing:
        results.append(binascii.a2b_base64(data + _PAD * missing))
    first = _until_first_complete_padding(kept)
    if first is not None and first != data:
        results.append(binascii.a2b_base64(first + _PAD * (-len(first) % 4)))
    return tuple(results)


def decode_leniently(data: str) -> bytes:
    """The bytes of characters of the base64 alphabet, as far as they go: to see what a broken token once was."""
    usable = len(data) - (len(data) % 4 == 1)
    raw = data[:usable].encode().translate(_TO_STANDARD)
    return binascii.a2b_base64(raw + _PAD * (-len(raw) % 4))


def in_alphabet(character: str) -> bool:
    """Whether a character is one of either base64 alphabet, padding left out."""
    return character.isascii() and character.encode() in _ALPHABET


def deserialize(data: bytes) -> Macaroon:
    """Read a macaroon in binary format, version 2.

    Version 1 is refused although pymacaroons can read it: PyPI then fails on the identifier, which is text in that
    version (warehouse: `macaroons/services.py`, `find_from_raw`). Bytes after the signature are overlooked, as there.

    Raises:
        MalformedMacaroon: where PyPI cannot read it either.
    """
    if not data:
        raise MalformedMacaroon(Fault.TRUNCATED, 0)
    if data[0] != 2:
        raise MalformedMacaroon(Fault.WRONG_VERSION if _VERSION_1.match(data) else Fault.NOT_A_MACAROON, 0)
    packets = _Packets(data, 1)
    location, rest = _leading_location(packets.section(), packets.at)
    if [kind for kind, _ in rest] != [_IDENTIFIER]:
        raise MalformedMacaroon(Fault.NOT_A_MACAROON, packets.at)
    identifier = rest[0][1]
    caveats = []
    while section := packets.section():
        caveats.append(_caveat(section, packets.at))
    kind, signature = packets.packet()
    if kind != _SIGNATURE:
        raise MalformedMacaroon(Fault.NOT_A_MACAROON, packets.at)
    return Macaroon(location or "", identifier, tuple(caveats), signature, packets.at)


_Packet = tuple[int, bytes]


class _Packets:
    """The packets of a macaroon, one after the other."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def section(self) -> list[_Packet]:
        """The packets up to the end of a section, which come in rising order of their kind."""
        packets: list[_Packet] = []
        while True:
            kind, content = self.packet()
            if kind == _END_OF_SECTION:
                return packets
            if packets and kind <= packets[-1][0]:
                raise MalformedMacaroon(Fault.NOT_A_MACAROON, self.at)
            packets.append((kind, content))

    def packet(self) -> _Packet:
        kind = self._number()
        if kind == _END_OF_SECTION:
            return kind, b""
        length = self._number()
        if length > len(self.data) - self.at:
            raise MalformedMacaroon(Fault.TRUNCATED, len(self.data))
        start, self.at = self.at, self.at + length
        return kind, self.data[start : self.at]

    def _number(self) -> int:
        """A number of seven bits a byte, the lowest first. All beyond 64 bits is the same to us: too much."""
        number = shift = 0
        while self.at < len(self.data):
            byte = self.data[self.at]
            self.at += 1
            bits = byte & 0x7F
            if shift < 64:
                number |= bits << shift
            elif bits:
                number |= 1 << 64
            if byte < 0x80:
                return number
            shift += 7
        raise MalformedMacaroon(Fault.TRUNCATED, len(self.data))


def _leading_location(section: list[_Packet], at: int) -> tuple[str | None, list[_Packet]]:
    if not section or section[0][0] != _LOCATION:
        return None, section
    try:
        return section[0][1].decode(), section[1:]
    except UnicodeDecodeError:
        raise MalformedMacaroon(Fault.NOT_A_MACAROON, at) from None


def _caveat(section: list[_Packet], at: int) -> SealedCaveat:
    location, rest = _leading_location(section, at)
    kinds = [kind for kind, _ in rest]
    if kinds == [_IDENTIFIER, _VERIFICATION_ID]:
        return SealedCaveat(rest[0][1], third_party=True)
    if kinds == [_IDENTIFIER] and location is None:
        return SealedCaveat(rest[0][1], third_party=False)
    raise MalformedMacaroon(Fault.NOT_A_MACAROON, at)


def _until_first_complete_padding(kept: bytes) -> bytes | None:
    """The data before the first padding that completes a quartet, which is where older CPythons stop."""
    data = bytearray()
    pads = 0
    for byte in kept:
        if byte != _PAD[0]:
            data.append(byte)
            pads = 0
        elif len(data) % 4 >= 2:
            pads += 1
            if len(data) % 4 + pads == 4:
                return bytes(data)
    return bytes(data) if len(data) % 4 == 0 else None
