"""Hosts that look like a slip of PyPI's or TestPyPI's. Judges names alone: a host whose domain is nobody's slip of `pypi.org` is an index of its owner."""

from typing import Literal

UPLOAD_HOSTS: dict[str, Literal["pypi", "testpypi"]] = {"upload.pypi.org": "pypi", "test.pypi.org": "testpypi"}
"""The hosts that take uploads, and of which index (warehouse: forklift/__init__.py)."""

_DOMAIN = "pypi.org"
_NAMED_OTHERWISE = (_DOMAIN, f"www.{_DOMAIN}")
_PATHS = ("", "/", "/legacy", "/legacy/", "/simple", "/simple/", "/pypi", "/pypi/")
_LONGEST = 40


def misspelt_index(host: str, path: str) -> Literal["pypi", "testpypi"] | None:
    """The index whose upload host was meant; None for a right host, and for every host that may be somebody else's.

    A slip is any other name below `pypi.org`, a name that is one letter off the whole of an upload host (`testpypi.org`,
    `test-pypi.org`), one that is two off an upload host, below a domain that is itself one letter off `pypi.org` or has
    its letters (`test.pypy.org`, `test.pipy.org`), and such a domain alone, with a path of PyPI's. `pypi.example.org`
    is none of them.
    """
    if host in UPLOAD_HOSTS or host in _NAMED_OTHERWISE or len(host) > _LONGEST:
        return None
    near, off = min(((each, distance(host, each)) for each in UPLOAD_HOSTS), key=lambda found: found[1])
    domain = ".".join(host.split(".")[-2:])
    if domain == _DOMAIN:
        return "testpypi" if "test" in host else UPLOAD_HOSTS[near] if off <= 2 else "pypi"
    slip = distance(domain, _DOMAIN) == 1 or sorted(domain) == sorted(_DOMAIN)
    if off <= 1 or (off <= 2 and domain != host and slip):
        return UPLOAD_HOSTS[near]
    return "pypi" if domain == host and slip and path in _PATHS else None


def distance(left: str, right: str) -> int:
    """How many letters must be put in, left out, replaced or exchanged with their neighbour to make one text of the other."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for index, letter in enumerate(left, 1):
        before, last, row = row, before, [index]
        for other, wanted in enumerate(right, 1):
            cost = min(before[other] + 1, row[other - 1] + 1, before[other - 1] + (letter != wanted))
            if index > 1 and other > 1 and letter == right[other - 2] and left[index - 2] == wanted:
                cost = min(cost, last[other - 2] + 1)
            row.append(cost)
    return row[-1]
