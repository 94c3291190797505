"""zlib's quick calls, by zlib-ng where it is installed, which takes half the time. For data that are then compared with their checksum.

What zlib-ng refuses must be tried again with zlib, whose verdict is Python's own and so PyPI's.
"""

import zlib
from typing import Any

_chosen: Any = zlib
try:
    from zlib_ng import zlib_ng  # type: ignore[import-not-found,import-untyped,unused-ignore]
except ImportError:
    pass
else:
    _chosen = zlib_ng

crc32 = _chosen.crc32
decompress = _chosen.decompress
decompressobj = _chosen.decompressobj
ERRORS: tuple[type[Exception], ...] = (zlib.error, _chosen.error)
