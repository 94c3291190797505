"""Required Python versions: what was meant by one that is no specifier, and whether any Python fulfils one."""

from functools import lru_cache

from preflight.distributions.acceptance import requires_python_refusals
from preflight.sources.patterns import compile as _compile

_QUICK = _compile(
    r" *>= *(?:2(?:\.[0-7])?|3(?:\.(?:[0-9]|1[0-4]))?)(?:\.0)? *(?:, *<(?:=? *4(?:\.0)*| *3\.[2-9][0-9]) *)?"
)
_NEWEST_MINOR = 30
"""Versions of Python 3 up to here are tried, so that one not yet released passes."""

_MICROS = (*range(25), 99)
_BARE = _compile(r"v?(?P<version>[0-9]{1,4}(?:\.[0-9]{1,4}){0,2})(?:\.\*|\.x)?(?P<plus> *\+)?")
_CARET = _compile(r"\^ *(?P<version>[0-9]{1,4}(?:\.[0-9]{1,4}){0,2})")
_TILDE = _compile(r"~ *(?P<version>[0-9]{1,4}(?:\.[0-9]{1,4}){0,2})")
_TURNED = _compile(r"=(?P<sign>[<>]) *(?P<version>[0-9]{1,4}(?:\.[0-9]{1,4}){0,2})")
_STARRED = _compile(r"(?P<operator>>=|<|>|<=) *(?P<version>[0-9]{1,4}(?:\.[0-9]{1,4}){0,2})\.\*")
_SINGLE_EQUALS = _compile(r"= *(?P<version>[0-9]{1,4}(?:\.[0-9]{1,4}){0,2}(?:\.\*)?)")
_CLAUSE = _compile(r"(?:>=|<=|==|!=|~=|>|<|\^|~|=[<>]|=)? *v?[0-9]+(?:\.[0-9]+)*(?:\.\*|\.x)?\+?")


def intended_requires_python(value: str) -> str | None:
    """The specifiers that were probably meant, None where that is not clear.

    `^` and `~` are read as Poetry reads them (Poetry's documentation, "Dependency specification"); a version alone as
    the lowest one.
    """
    clauses = [part.strip() for part in value.split(",")]
    if len(clauses) == 1 and " " in value.strip():
        found = _CLAUSE.findall(value)
        if "".join(found).replace(" ", "") != value.replace(" ", ""):
            return None
        clauses = [clause.strip() for clause in found]
    meant = [_intended(clause, alone=len(clauses) == 1) for clause in clauses if clause]
    if not meant or any(clause is None for clause in meant):
        return None
    text = ",".join(clause for clause in meant if clause)
    refused = any(True for _ in requires_python_refusals(text))
    return None if refused or text == value else text


def _intended(clause: str, *, alone: bool) -> str | None:
    bare = _BARE.fullmatch(clause)
    if bare:
        return f">={bare['version']}" if alone or bare["plus"] else None
    caret = _CARET.fullmatch(clause)
    if caret:
        numbers = [int(part) for part in caret["version"].split(".")]
        return f">={caret['version']},<{numbers[0] + 1}.0" if numbers[0] else None
    tilde = _TILDE.fullmatch(clause)
    if tilde:
        numbers = [int(part) for part in tilde["version"].split(".")]
        upper = f"{numbers[0]}.{numbers[1] + 1}" if len(numbers) > 1 else str(numbers[0] + 1)
        return f">={tilde['version']},<{upper}"
    turned = _TURNED.fullmatch(clause)
    if turned:
        return f"{turned['sign']}={turned['version']}"
    starred = _STARRED.fullmatch(clause)
    if starred:
        return f"{starred['operator']}{starred['version']}"
    single = _SINGLE_EQUALS.fullmatch(clause)
    if single:
        return f"=={single['version']}"
    return clause


@lru_cache(maxsize=64)
def satisfied_by_some_python(value: str) -> bool:
    """Whether some version of Python fulfils the specifiers, tried on versions instead of reasoned from the bounds.

    Pre-releases count, and so do versions of Python 3 that may come.
    """
    if _QUICK.fullmatch(value):
        return True
    from packaging.specifiers import SpecifierSet

    try:
        specifiers = SpecifierSet(value)
    except ValueError:
        return True
    minors = [*((2, minor) for minor in range(8)), *((3, minor) for minor in range(_NEWEST_MINOR + 1))]
    versions = [f"{major}.{minor}.{micro}" for major, minor in minors for micro in _MICROS]
    early = [f"{major}.{minor}.0{stage}" for major, minor in minors for stage in ("a1", "b1", "rc1")]
    if any("===" in str(each) for each in specifiers):
        return True
    try:
        return any(specifiers.contains(version, prereleases=True) for version in (*versions, *early))
    except ValueError:  # a number with more digits than Python reads
        return True
