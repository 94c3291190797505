"""Changes bytes as accidents and attackers do, from a seed: what the fuzz tests feed to readers of built files."""

import gzip
from random import Random

_MARKS = (
    b"PK\x01\x02",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"PK\x06\x06",
    b"PK\x06\x07",
    b"ustar",
    b": ",
    b"\n[",
    b",sha256=",
)
_BYTES = (0, 1, 8, 10, 13, 32, 44, 47, 58, 63, 64, 92, 127, 128, 255)
_LONGEST = 1 << 20


def mutate(random: Random, data: bytes) -> bytes:
    """One to three changes: bytes set, flipped, removed, doubled or added, mostly near a record's mark; or the end cut off."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        if len(changed) < 4 or len(changed) > _LONGEST:
            break
        _change(random, changed)
    return bytes(changed)


def _change(random: Random, data: bytearray) -> None:
    size = len(data)
    at = random.randrange(size)
    if random.random() < 0.6:
        mark = random.choice(_MARKS)
        found = data.find(mark, at)
        found = data.find(mark) if found < 0 else found
        if found >= 0:
            at = min(size - 1, found + random.randrange(50))
    match random.randrange(9):
        case 0 | 1 | 2:
            data[at] = random.choice((*_BYTES, random.randrange(256)))
        case 3:
            data[at] ^= 1 << random.randrange(8)
        case 4:
            del data[at : at + random.choice((1, 2, 4, 8, 20, 46, 512))]
        case 5:
            data[at:at] = random.randbytes(random.choice((1, 2, 4, 8)))
        case 6:
            start = random.randrange(size)
            data[at:at] = data[start : start + random.choice((4, 22, 30, 46, 56, 100, 512))]
        case 7:
            width = random.choice((2, 4, 8))
            value = random.choice((0, 256**width - 1, random.randrange(2 * size) % 256**width))
            data[at : at + width] = value.to_bytes(width, "little")
        case _:
            if random.random() < 0.5:
                del data[at:]
            else:
                data += random.randbytes(random.choice((1, 3, 22, 600)))


def mutate_tar(random: Random, data: bytes) -> bytes:
    """A gzipped tar with changed headers whose checksums are right again, and now and then with changed packing."""
    plain = bytearray(gzip.decompress(data))
    if random.random() < 0.3:
        plain = bytearray(mutate(random, bytes(plain)))
    else:
        for _ in range(random.choice((1, 1, 2))):
            block = 512 * random.randrange(max(len(plain) // 512, 1))
            field = random.choice(
                (0, 100, 124, 124, 124, 136, 156, 156, 156, 157, 329, 345, 386, 482, random.randrange(512))
            )
            if block + field < len(plain):
                plain[block + field] = random.choice((*b"\x00/.01235678LKSxgX", 128, 255, random.randrange(256)))
        for block in range(0, len(plain) - 511, 512):
            header = plain[block : block + 512]
            if header[257:262] == b"ustar":
                plain[block + 148 : block + 156] = b"%06o\0 " % (256 + sum(header[:148]) + sum(header[156:]))
    packed = gzip.compress(bytes(plain), random.choice((0, 1, 6)), mtime=0)
    return mutate(random, packed) if random.random() < 0.25 else packed
