"""The hash of a line by which GitHub's code scanning knows an alert again after the line has moved.

Sources: GitHub's page "SARIF support for code scanning" (`primaryLocationLineHash`), and github/codeql-action,
fingerprints.ts, which fills it in where it is missing: a rolling hash over the 100 characters from the line's start on,
without blanks, and its number among equal ones.
"""

from collections import Counter

from preflight.sources.patterns import compile as _compile

LARGEST = 500_000
"""Characters of a text above which no hash is computed."""

_WINDOW = 100
_BASE = 37
_END_OF_FILE = 0xFFFF
_LINE_BREAK = _compile(r"\r\n|\r")
_BLANKS = {ord(" "): None, ord("\t"): None}


def line_hashes(text: str) -> list[str]:
    """The hash of each line of a text, in order."""
    compact = _LINE_BREAK.sub("\n", text).translate(_BLANKS)
    codes = [unit for character in compact for unit in _utf16(ord(character))]
    starts = {0, *(index + 1 for index, code in enumerate(codes) if code == 0x0A)}
    codes += [_END_OF_FILE, *([0] * _WINDOW)]
    leaving = pow(_BASE, _WINDOW, 1 << 64)
    value = 0
    seen: Counter[int] = Counter()
    hashes = []
    for index, code in enumerate(codes):
        begin = index - _WINDOW
        if begin in starts:
            seen[value] += 1
            hashes.append(f"{value:x}:{seen[value]}")
        value = (value * _BASE + code - (leaving * codes[begin] if begin >= 0 else 0)) & 0xFFFF_FFFF_FFFF_FFFF
    if len(codes) - _WINDOW in starts:
        seen[value] += 1
        hashes.append(f"{value:x}:{seen[value]}")
    return hashes


def _utf16(code: int) -> tuple[int, ...]:
    """A character as the UTF-16 code units that JavaScript sees."""
    return (code,) if code < 0x10000 else (0xD800 + ((code - 0x10000) >> 10), 0xDC00 + (code & 0x3FF))
