"""Encrypted Python code that PyPI's policy forbids, found by the same texts that PyPI's scanner looks for. Decrypts nothing.

Source: warehouse: utils/scanner.py and utils/scanner_rules (pyarmor.yar, sourcedefender.yar).
"""

MAX_SCANNED = 5 * 1024 * 1024
"""Size above which PyPI does not scan a member."""

MAX_TOGETHER = 50 * 1024 * 1024
"""Size of all scanned members together up to which PyPI reads every one of them before it looks into any."""

PYARMOR, SOURCEDEFENDER = "yara-pyarmor", "yara-sourcedefender"

_PYARMOR = (
    b"__pyarmor__(__name__, __file__,",
    b"__pyarmor_enter__",
    b"__pyarmor_exit__",
    b"__pyarmor_assert__",
    b"__pyarmor_bcc__",
)
_SOURCEDEFENDER = (b"---BEGIN PYE FILE---", b"---END PYE FILE---")

HINTS = (b"__pyarmor_", b" PYE FILE---")
"""Without one of these no member is refused: for a quick look over many bytes."""


def is_scanned(name: str) -> bool:
    """Whether PyPI's scanner looks into a member of this name: `.py` and `.pye` in any letter case."""
    if not name.lower().endswith((".py", ".pye")):
        return False
    return "." in name.rpartition("/")[2].lstrip(".")


def encrypted_by(data: bytes) -> str | None:
    """The refusal that a member of these bytes meets, None when it meets none."""
    if HINTS[0] in data and any(text in data for text in _PYARMOR):
        return PYARMOR
    if HINTS[1] in data and all(text in data for text in _SOURCEDEFENDER):
        return SOURCEDEFENDER
    return None
