"""What PyPI accepts in the fields that hold requirements. Resolves nothing, and knows no index.

Held to warehouse (`forklift/metadata.py`) and the packaging release that it pins.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.distributions.acceptance import Refusal, Refusing, packaging_refusal
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_NUMBERS = r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,5}"
_STAGE = r"(?:(?:a|b|rc)[0-9]{1,9}|\.(?:post|dev)[0-9]{1,9})?"
_SPECIFIER = (
    rf"(?:(?:>=|<=|==|!=|>|<) *{_NUMBERS}{_STAGE}"
    rf"|~= *[0-9]{{1,9}}(?:\.[0-9]{{1,9}}){{1,5}}{_STAGE}|(?:==|!=) *{_NUMBERS}\.\*)"
)
_SPECIFIERS = rf"{_SPECIFIER}(?: *, *{_SPECIFIER})*"
_WORD = r"""(?:"[A-Za-z0-9_.-]{1,40}"|'[A-Za-z0-9_.-]{1,40}')"""
_COMPARISON = (
    rf"(?:(?:python_version|python_full_version) *(?:<=|>=|==|!=|<|>) *{_WORD}"
    r"|(?:sys_platform|platform_system|os_name|platform_machine|platform_python_implementation|implementation_name|extra)"
    rf" *(?:==|!=) *{_WORD})"
)
_QUICK = _compile(
    rf" *{_NAME} *(?:\[ *{_NAME}(?: *, *{_NAME})* *\])? *(?:{_SPECIFIERS}|\({_SPECIFIERS}\))?"
    rf" *(?:; *{_COMPARISON}(?: +(?:and|or) +{_COMPARISON})*)? *"
)


@dataclass(frozen=True, slots=True)
class DirectReference:
    """The parts of a requirement that points to a URL."""

    name: str
    url: str


def quick_requirement(value: str) -> bool:
    """Whether the value surely is an ordinary requirement without a URL; says nothing when it is not."""
    return len(value) < 500 and _QUICK.fullmatch(value) is not None


def requires_dist_refusals(value: str) -> Iterator[Refusal]:
    """Requires-Dist: a requirement (PEP 508) without a URL.

    A line break at the end is taken by the pinned packaging and refused by newer ones.
    """
    if quick_requirement(value):
        return
    requirement, reason = _parsed(value)
    if requirement is not None and requirement.url is not None:
        yield Refusal("requires-dist-direct", f"Can't have direct dependency: {requirement}")
    elif requirement is None or value.endswith("\n"):
        newer = value.endswith("\n") and _parsed(value[:-1])[0] is not None
        yield packaging_refusal(
            "requires-dist-invalid",
            "requires-dist",
            "{value!r} is invalid for {field}",
            value,
            Refusing.NEWER if newer else Refusing.ALWAYS,
            reason,
        )


def legacy_dist_refusals(value: str, field: str) -> Iterator[Refusal]:
    """Provides-Dist and Obsoletes-Dist (`field`): a requirement without a URL; older fields are not read at all."""
    if quick_requirement(value):
        return
    requirement, reason = _parsed(value)
    if requirement is not None and requirement.url is not None:
        yield Refusal("dist-direct-reference", f"Can't have direct dependency: {value!r}")
    elif requirement is None or value.endswith("\n"):
        newer = value.endswith("\n") and _parsed(value[:-1])[0] is not None
        by = Refusing.NEWER if newer else Refusing.ALWAYS
        yield Refusal(f"{field}-invalid", f"{value!r} is invalid: {reason}", by, reason)


def direct_reference(value: str) -> DirectReference | None:
    """The name and the URL of a requirement that has one."""
    requirement, _ = _parsed(value)
    if requirement is None or requirement.url is None:
        return None
    return DirectReference(requirement.name, requirement.url)


def _parsed(value: str) -> "tuple[Requirement | None, str]":
    """The requirement, or why it is none, in the first line of the parser's words.

    Some releases of packaging let the errors of what they use escape, which ends in an error of the server.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(value), ""
    except InvalidRequirement as error:
        return None, str(error).partition("\n")[0]
    except (ValueError, SyntaxError, RecursionError) as error:
        return None, str(error).partition("\n")[0]
