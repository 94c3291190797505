"""What the quick paths take, the full judges take: they may save work, never change a verdict."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.distributions import classifiers, licences
from preflight.distributions.acceptance import quick_content_type, quick_requires_python
from preflight.distributions.mailboxes import quick_mailbox
from preflight.distributions.pythons import _QUICK as QUICK_SATISFIED
from preflight.distributions.requirements import quick_requirement
from preflight.distributions.urls import quick_url


def words(*parts: str, longest: int = 8) -> st.SearchStrategy[str]:
    """Texts made of the parts, most of them nearly right."""
    return st.lists(st.sampled_from(parts), max_size=longest).map("".join)


REQUIREMENTS = words(
    *(
        "foo",
        "a",
        "9",
        "-",
        "_",
        ".",
        "[x]",
        "[x, y]",
        "[",
        ">=1.2",
        "<2",
        "==1.*",
        "!=1.0",
        "~=1",
        "~=1.2",
        ",",
        " ",
        ";",
        "; ",
    ),
    *(
        "python_version < '3.9'",
        'extra == "x"',
        " and ",
        " or ",
        "sys_platform",
        "==",
        "'win32'",
        "@",
        "(",
        ")",
        "*",
        "\n",
        "é",
        "rc1",
        ".post2",
        "(>=1b2,<2)",
    ),
    longest=9,
)
PYTHONS = words(">=", "<", "==", "!=", "~=", "===", "3", ".8", ".*", ",", " ", "4", "^", "\n", "a1", "٣", longest=10)
URLS = words(
    *(
        "https://",
        "http://",
        "HTTPS://",
        "x",
        "sample.dev",
        "-",
        ".",
        "/",
        "?",
        "#",
        "a=b",
        "&",
        ":",
        ":80",
        "@",
        "%",
        "%20",
        "[",
        "]",
        " ",
        "é",
    ),
)
MAILBOXES = words(
    *(
        "Ada",
        "Łukasz",
        " ",
        "<",
        ">",
        "ada",
        "@",
        "sample",
        ".",
        "dev",
        "test",
        "local",
        "arpa",
        "x",
        "-",
        "+",
        "_",
        "'",
        "(",
        ")",
        ",",
        ";",
    ),
    *('"', "xn--", "K", "é", "ſ", "\u202e"),
    longest=10,
)
TYPES = words(
    "text/markdown",
    "text/plain",
    "text/x-rst",
    ";",
    "; ",
    "charset=",
    "UTF-8",
    "utf-8",
    "variant=",
    "GFM",
    "gfm",
    "CommonMark",
    " ",
)


def full_requirement(value: str) -> bool:
    from packaging.requirements import Requirement

    return Requirement(value).url is None


def full_python(value: str) -> bool:
    from packaging.specifiers import SpecifierSet

    return bool(SpecifierSet(value)) or not value.strip()


def full_url(value: str) -> bool:
    from rfc3986 import uri_reference
    from rfc3986.validators import Validator

    validator = Validator().allow_schemes("http", "https").require_presence_of("scheme", "host")
    validator.check_validity_of("scheme", "host", "port", "path", "query").validate(uri_reference(value).normalize())
    return True


def full_mailbox(value: str) -> bool:
    from email.utils import getaddresses

    from email_validator import validate_email

    [(_, address)] = getaddresses([value])
    validate_email(address, check_deliverability=False)
    return True


def full_content_type(value: str) -> bool:
    from packaging.metadata import Metadata

    raw = {"metadata_version": "2.1", "name": "x", "version": "1", "description_content_type": value}
    return Metadata.from_raw(raw).description_content_type == value and "utf-8" not in value  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("texts", "quick", "full"),
    [
        (REQUIREMENTS, quick_requirement, full_requirement),
        (PYTHONS, quick_requires_python, full_python),
        (URLS, quick_url, full_url),
        (MAILBOXES, quick_mailbox, full_mailbox),
        (TYPES, quick_content_type, full_content_type),
    ],
    ids=["requirement", "requires-python", "url", "mailbox", "content-type"],
)
def test_quick_acceptance_implies_full_acceptance(
    texts: st.SearchStrategy[str], quick: Callable[[str], bool], full: Callable[[str], bool]
) -> None:
    accepted = []

    @settings(max_examples=300, deadline=None)
    @given(texts)
    def compare(value: str) -> None:
        if quick(value):
            accepted.append(value)
            assert full(value), value

    compare()


REGEXES = [
    (
        quick_requirement,
        r"(?:[A-Za-z][A-Za-z0-9._-]{0,6}[A-Za-z0-9])(?:\[[a-z]{1,3}(?:, ?[a-z]{1,3})?\])?(?: ?(?:>=|<|~=|==|!=)[0-9](?:\.[0-9]){1,3}(?:\.\*)?)?",
        full_requirement,
    ),
    (
        quick_url,
        r"https?://[a-z0-9.-]{1,20}(?:/[A-Za-z0-9._~/+@:-]{0,9})?(?:\?[a-z=&]{0,5})?(?:#[a-z./]{0,5})?",
        full_url,
    ),
    (quick_mailbox, r"(?:[^\n]{1,12} <)?[a-z0-9_.+-]{1,10}@[a-z0-9.-]{1,16}\.(?:[a-z]{2,4}|com|dev)>?", full_mailbox),
]


@pytest.mark.parametrize(("quick", "pattern", "full"), REGEXES, ids=["requirement", "url", "mailbox"])
def test_quick_acceptance_of_what_looks_right(
    quick: Callable[[str], bool], pattern: str, full: Callable[[str], bool]
) -> None:
    @settings(max_examples=300, deadline=None)
    @given(st.from_regex(pattern, fullmatch=True))
    def compare(value: str) -> None:
        if quick(value):
            assert full(value), value

    compare()


def test_the_quick_paths_take_what_is_usual() -> None:
    for value in (
        "requests>=2.32,<3",
        "foo[bar]~=1.2; python_version < '3.9'",
        "typing-extensions",
        "a == 1.*",
        "a (>=1.0b2,<2)",
    ):
        assert quick_requirement(value), value
    for value in (">=3.10", ">=3.10,<4", "~=3.8", ">=3.8, !=3.9.*"):
        assert quick_requires_python(value), value
    for value in ("https://github.com/octo-org/sample", "https://sample.dev/", "http://a.b/c?d=e#f"):
        assert quick_url(value), value
    for value in (
        "ada@sample.dev",
        "Ada Lovelace <ada.l+x@mail.sample.org>",
        "Łukasz Langa <lukasz@langa.pl>",
        '"Sample Inc." <hey@sample.sh>',
    ):
        assert quick_mailbox(value), value
    for value in ("text/markdown", "text/markdown; charset=UTF-8", "text/markdown; charset=UTF-8; variant=GFM"):
        assert quick_content_type(value), value


def test_the_lists_of_common_values_are_parts_of_the_full_ones() -> None:
    from packaging.licenses import canonicalize_license_expression
    from trove_classifiers import classifiers as valid

    assert valid.issuperset(classifiers._COMMON)
    for identifier in licences._COMMON:
        assert canonicalize_license_expression(identifier) == identifier


@given(st.from_regex(QUICK_SATISFIED.pattern, fullmatch=True))
@settings(max_examples=60, deadline=None)
def test_what_is_quickly_satisfiable_is_satisfiable(value: str) -> None:
    from packaging.specifiers import SpecifierSet

    specifiers = SpecifierSet(value)
    versions = (f"{major}.{minor}.1" for major, minor in [(2, 7), *((3, minor) for minor in range(25))])
    assert any(specifiers.contains(version) for version in versions)
