"""What PyPI accepts as a URL in core metadata, and as the label of one. Opens no URL.

Held to warehouse (`forklift/metadata.py`, `utils/http.py`), which asks rfc3986.
"""

from collections.abc import Iterator, Sequence

from preflight.distributions.acceptance import Refusal
from preflight.sources.patterns import compile as _compile

MAX_LABEL = 32
"""Characters in the label of a project URL (warehouse: `_validate_metadata`)."""

_PATH = r"[A-Za-z0-9._~/+@:-]*"
_QUICK = _compile(
    rf"https?://[A-Za-z0-9](?:[A-Za-z0-9-]{{0,60}}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{{0,60}}[A-Za-z0-9])?){{1,6}}(?:/{_PATH})?"
    r"(?:\?(?:[A-Za-z0-9._~/=&:-]|%[0-9A-Fa-f]{2})*)?(?:#[A-Za-z0-9._~/:!#-]*)?"
)


def quick_url(value: str) -> bool:
    """Whether the value surely is an accepted URL; says nothing when it is not."""
    return _QUICK.fullmatch(value) is not None


def valid_url(value: str) -> bool:
    """Whether the URL passes: a scheme, which is http or https, and valid components; a host is not asked for.

    A URL that rfc3986 cannot take apart is an error of the server.
    """
    if quick_url(value):
        return True
    from rfc3986 import uri_reference
    from rfc3986.exceptions import RFC3986Exception
    from rfc3986.validators import Validator

    try:
        reference = uri_reference(value).normalize()
        validator = Validator().allow_schemes("http", "https").require_presence_of("scheme")
        validator.check_validity_of("scheme", "host", "port", "path", "query").validate(reference)
    except (RFC3986Exception, ValueError):
        return False
    return True


def url_refusals(value: str, field: str) -> Iterator[Refusal]:
    """Home-Page and Download-URL (`field`)."""
    if not valid_url(value):
        yield Refusal(f"{field}-invalid", f"{value!r} is not a valid url.")


def project_url_refusals(label: str, url: str) -> Iterator[Refusal]:
    """One Project-URL, label and URL as parsed (warehouse: `_validate_metadata`)."""
    if not label:
        yield Refusal("project-url-no-label", "Must have a label")
    elif len(label) > MAX_LABEL:
        yield Refusal("project-url-label-long", f"{label!r} must be {MAX_LABEL} characters or less.")
    elif not url:
        yield Refusal("project-url-no-url", "Must have a URL")
    elif not valid_url(url):
        yield Refusal("project-url-invalid", f"{url!r} is not a valid url")


def parsed_project_url(label: str, url: str) -> tuple[str, str]:
    """The label and the URL as they arrive: both go as `label, URL`, which is parted at the first comma, and blanks
    around are dropped (packaging: `_parse_project_urls`).
    """
    first, _, rest = f"{label}, {url}".partition(",")
    return first.strip(), rest.strip()


def repeated_labels(labels: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The positions of labels that occurred before to the letter, each with the position of the first one."""
    first: dict[str, int] = {}
    for position, label in enumerate(labels):
        if label in first:
            yield position, first[label]
        else:
            first[label] = position
