"""What PyPI accepts as a licence expression. Judges no licence texts.

The grammar is checked here, since releases of packaging differ in it; the identifiers are those of packaging's list.
"""

from collections.abc import Iterator

from preflight.distributions.acceptance import Refusal, Refusing, packaging_refusal
from preflight.sources.patterns import compile as _compile

_COMMON = frozenset(
    "MIT Apache-2.0 BSD-3-Clause BSD-2-Clause ISC MPL-2.0 GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later LGPL-2.1-only "
    "LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later AGPL-3.0-only AGPL-3.0-or-later Unlicense 0BSD MIT-0 Zlib PSF-2.0 EUPL-1.2 BSL-1.0".split()
)
_OPERATORS = frozenset({"or", "and", "with", "(", ")"})
_REFERENCE = "licenseref-"
_REFERENCE_CHARACTERS = _compile(r"[A-Za-z0-9.-]*")
_WORDS = _compile(r"[a-z0-9.]+")

_OFTEN_MEANT = {
    "mit license": "MIT",
    "the mit license": "MIT",
    "expat": "MIT",
    "apache": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache2": "Apache-2.0",
    "apache2.0": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "bsd 3 clause": "BSD-3-Clause",
    "bsd 3 clause license": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause",
    "modified bsd": "BSD-3-Clause",
    "3 clause bsd": "BSD-3-Clause",
    "3 clause bsd license": "BSD-3-Clause",
    "bsd 2 clause": "BSD-2-Clause",
    "bsd 2 clause license": "BSD-2-Clause",
    "simplified bsd": "BSD-2-Clause",
    "isc license": "ISC",
    "mpl": "MPL-2.0",
    "mpl2": "MPL-2.0",
    "mpl 2.0": "MPL-2.0",
    "mozilla public license 2.0": "MPL-2.0",
    "gpl3": "GPL-3.0-only",
    "gplv3": "GPL-3.0-only",
    "gpl 3.0": "GPL-3.0-only",
    "gpl v3": "GPL-3.0-only",
    "gplv3+": "GPL-3.0-or-later",
    "gplv2": "GPL-2.0-only",
    "lgplv3": "LGPL-3.0-only",
    "agplv3": "AGPL-3.0-only",
    "unlicense": "Unlicense",
    "the unlicense": "Unlicense",
    "proprietary": "LicenseRef-Proprietary",
    "all rights reserved": "LicenseRef-Proprietary",
    "closed source": "LicenseRef-Proprietary",
    "commercial": "LicenseRef-Commercial",
    "private": "LicenseRef-Private",
}


def quick_license_expression(value: str) -> bool:
    """Whether the value surely is a licence expression; says nothing when it is not."""
    return value in _COMMON or (" OR " in value and all(part in _COMMON for part in value.split(" OR ")))


def license_expression_refusals(value: str) -> Iterator[Refusal]:
    """License-Expression: an SPDX expression (PEP 639).

    Newer packaging refuses an empty `LicenseRef-`, a `+` behind one, and a `WITH` that does not stand between a
    licence and an exception; the pinned one lets most of these pass.
    """
    if quick_license_expression(value):
        return
    pinned, newer = _problem(value, newer=False), _problem(value, newer=True)
    if not (pinned or newer):
        return
    by = Refusing.ALWAYS if pinned and newer else Refusing.PINNED if pinned else Refusing.NEWER
    yield packaging_refusal(
        "license-expression-invalid",
        "license-expression",
        "{value!r} is invalid for {field}",
        value,
        by,
        pinned or newer,
    )


def meant_license(value: str) -> str | None:
    """The expression that was probably meant, for the names that people often write instead of an identifier."""
    words = " ".join(_WORDS.findall(value.lower().replace("-", " ").replace("+", " + ").replace(" +", "+")))
    plain = " ".join(value.lower().replace("-", " ").replace(",", " ").replace("(", " ").replace(")", " ").split())
    found = _OFTEN_MEANT.get(plain) or _OFTEN_MEANT.get(words)
    if found:
        return found
    hyphened = "-".join(value.split())
    return hyphened if " " in value.strip() and _known(hyphened) else None


def _problem(value: str, *, newer: bool) -> str:
    """What is wrong with the expression in the eyes of one side, empty when nothing is."""
    tokens = value.lower().replace("(", " ( ").replace(")", " ) ").split()
    if not tokens or not _well_formed(tokens):
        return "its grammar is wrong"
    for index, token in enumerate(tokens):
        behind_with = index > 0 and tokens[index - 1] == "with"
        if token == "with":
            around = (tokens[index - 1], tokens[index + 1])
            if newer and (any(each in _OPERATORS for each in around) or (index > 1 and tokens[index - 2] == "with")):
                return "WITH must stand between a licence and an exception"
        elif token in _OPERATORS:
            continue
        elif behind_with:
            if not _known_exception(token):
                return f"`{token}` is no licence exception that SPDX knows"
        elif token.removesuffix("+").startswith(_REFERENCE):
            problem = _reference_problem(token, tokens, newer=newer)
            if problem:
                return problem
        elif not _known(token.removesuffix("+")):
            return f"`{token.removesuffix('+')}` is no licence that SPDX knows"
    return ""


def _reference_problem(token: str, tokens: list[str], *, newer: bool) -> str:
    """What is wrong with a `LicenseRef-`. Behind one, the pinned packaging takes a `+` only where the same name also
    stands without it, and fails otherwise.
    """
    name = token.removesuffix("+")[len(_REFERENCE) :]
    if not _REFERENCE_CHARACTERS.fullmatch(name):
        return "LicenseRef may hold only ASCII letters, digits, dots and hyphens"
    if newer and not name:
        return "LicenseRef needs a name behind its hyphen"
    if token.endswith("+") and (newer or token[:-1] not in tokens):
        return "LicenseRef takes no `+`"
    return ""


def _well_formed(tokens: list[str]) -> bool:
    """Operands joined by operators, with balanced parentheses around at least one operand."""
    depth = 0
    operand_next = True
    for token in tokens:
        if token == "(":
            if not operand_next:
                return False
            depth += 1
        elif token == ")":
            depth -= 1
            if operand_next or depth < 0:
                return False
        elif token in _OPERATORS:
            if operand_next:
                return False
            operand_next = True
        else:
            if not operand_next:
                return False
            operand_next = False
    return not operand_next and depth == 0


def _known(identifier: str) -> bool:
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    if not identifier or set(identifier) & set("() \t\r\n"):
        return False
    try:
        # one `+` is taken away before the look-up, and some old identifiers end in one of their own
        canonicalize_license_expression(f"{identifier}+" if identifier.endswith("+") else identifier)
    except InvalidLicenseExpression:
        return False
    return True


def _known_exception(identifier: str) -> bool:
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        canonicalize_license_expression(f"MIT WITH {identifier}")
    except InvalidLicenseExpression:
        return False
    return True
