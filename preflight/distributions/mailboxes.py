"""What PyPI accepts in Author-Email and Maintainer-Email. Sends no mail and asks no name server.

Held to warehouse (`forklift/metadata.py`), which takes the one address of the field and asks email-validator.
"""

from collections.abc import Iterator
from re import compile as _compile

from preflight.distributions.acceptance import Refusal, Refusing

_COMMON_ENDINGS = "com|org|net|io|dev|edu|ai|co|me|de|fr|uk|eu|us|ca|ch|nl|jp|cn|in|it|es|se|no|fi|dk|pl|br|au|ru|info|tech|app|gov|cz|at|be"
_LABEL = r"[a-z0-9](?:[a-z0-9]|-(?!-)){0,30}(?<!-)"
_QUICK = _compile(
    rf"(?i:(?:[a-z0-9 _'-]{{1,60}}<)?[a-z0-9_]{{1,20}}(?:[.+_-][a-z0-9_]{{1,20}}){{0,2}}@(?:{_LABEL}\.){{1,3}}(?:{_COMMON_ENDINGS})>?)",
)
_PARENTHESES = _compile(r"[()]")


def quick_mailbox(value: str) -> bool:
    """Whether the value surely is one accepted mailbox; says nothing when it is not."""
    return value.isascii() and value.count("<") == value.count(">") and _QUICK.fullmatch(value) is not None


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
    """Whether every `(` closes, as strict reading asks first (CPython: `email.utils._check_parenthesis`)."""
    open_ones = 0
    in_quotes = escaped = False
    for character in value:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"':
            in_quotes = not in_quotes
        elif not in_quotes and character == "(":
            open_ones += 1
        elif not in_quotes and character == ")":
            open_ones -= 1
            if open_ones < 0:
                return False
    return open_ones == 0
