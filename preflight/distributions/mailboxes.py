"""What PyPI accepts in Author-Email and Maintainer-Email. Sends no mail and asks no name server.

Held to warehouse (`forklift/metadata.py`), which takes the one address of the field and asks email-validator.
"""

from collections.abc import Iterator

from preflight.distributions.acceptance import Refusal, Refusing
from preflight.sources.patterns import compile as _compile

_ENDING = "[a-z]{2}|com|org|net|info|dev|edu|app|gov|tech|cloud"
_LABEL = r"[a-z0-9](?:[a-z0-9]|-(?!-)){0,30}(?<!-)"
_ADDRESS = rf"(?=[^@]{{1,64}}@)[a-z0-9_]{{1,20}}(?:[.+_-][a-z0-9_]{{1,20}}){{0,4}}@(?:{_LABEL}\.){{1,3}}(?:{_ENDING})"
_QUOTED = _compile(r'(?s)(\\.)|"(?:[^"\\]|\\.)*"')
_PARENTHESIS = _compile(r"(?s)\\.|[()]")
_NAME = r'[^\x00-\x1f"(),.:;<>@\[\\\]]{1,120}|"[^\x00-\x1f"\\]{1,60}"'
_QUICK = _compile(rf"(?ai:{_ADDRESS}|<{_ADDRESS}>|(?:{_NAME}) <{_ADDRESS}>)")


def quick_mailbox(value: str) -> bool:
    """Whether the value surely is one accepted mailbox; says nothing when it is not."""
    return _QUICK.fullmatch(value) is not None


def mailbox_refusals(value: str, field: str) -> Iterator[Refusal]:
    """Author-Email and Maintainer-Email (`field`): an address that email-validator takes, where the field holds just
    one; with two or more, or none, nothing is checked.
    """
    if quick_mailbox(value):
        return
    address = single_address(value)
    if not address:
        return
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(address, check_deliverability=False)
    except EmailNotValidError as error:
        # newer releases of email-validator are stricter with right-to-left domains
        domain = address.rpartition("@")[2]
        doubtful = not domain.isascii() or "xn--" in domain.lower()
        yield Refusal(
            f"{field}-invalid",
            f"{address!r} is not a valid email address: {error}",
            Refusing.NEWER if doubtful else Refusing.ALWAYS,
            str(error),
        )


def single_address(value: str) -> str:
    """The address that `email.utils.parseaddr` finds in the Python that PyPI runs on, which is strict: none in a list
    of several, and none where parentheses do not close.
    """
    from email.utils import getaddresses, parseaddr

    try:
        return parseaddr(value, strict=True)[1]
    except TypeError:  # a Python from before the strict reading
        pass
    if not _balanced(value):
        return ""
    found = getaddresses([value])
    return found[0][1] if len(found) == 1 and "[" not in found[0][1] else ""


def _balanced(value: str) -> bool:
    """Whether every `(` outside of quotes closes, as strict reading asks first (CPython: `email.utils`)."""
    open_ones = 0
    for found in _PARENTHESIS.finditer(_QUOTED.sub(lambda found: found[1] or "", value)):
        open_ones += {"(": 1, ")": -1}.get(found[0], 0)
        if open_ones < 0:
            return False
    return open_ones == 0
