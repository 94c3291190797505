"""What PyPI accepts in the plain core metadata fields: the verdict, and PyPI's own sentence. Knows no files and no places.

Held to warehouse (`forklift/metadata.py`, `forklift/forms.py`) and to the packaging release that it pins. Where releases
of packaging differ, the code here decides itself, so that an upgrade of packaging cannot change a verdict unseen: what
all of them refuse is refused, what only some refuse says which. Requirements, licences, classifiers, URLs, e-mail
addresses and descriptions have modules of their own.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

PINNED_PACKAGING = "26.2"
"""The release of packaging that PyPI runs with."""

METADATA_VERSIONS = ("1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5")
"""warehouse: `SUPPORTED_METADATA_VERSIONS`, its own list beside packaging's."""

MAX_SUMMARY = 512
"""warehouse: `_LENGTH_LIMITS`, in characters."""

_DYNAMIC = frozenset(
    "platform supported-platform summary description description-content-type keywords home-page download-url author author-email maintainer "
    "maintainer-email license license-expression license-file classifier requires-dist requires-python requires-external project-url "
    "provides-extra provides-dist obsoletes-dist requires provides obsoletes import-name import-namespace".split()
)
"""warehouse: `DYNAMIC_FIELDS`."""

_NEVER_DYNAMIC = frozenset({"name", "version", "metadata-version"})
_SINGLE = frozenset(
    "metadata-version name version summary description description-content-type keywords home-page download-url author author-email "
    "maintainer maintainer-email license license-expression requires-python".split()
)
_NAME = _compile(r"(?ai:[a-z0-9]|[a-z0-9][a-z0-9._-]*[a-z0-9])")
_LINE_BOUNDARY = _compile(r"[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_QUICK_PYTHON = _compile(
    r" *(?:(?:>=|<=|>|<|==|!=) *[0-9]{1,4}(?:\.[0-9]{1,4}){0,3}|~= *[0-9]{1,4}(?:\.[0-9]{1,4}){1,3}|(?:==|!=) *[0-9]{1,4}(?:\.[0-9]{1,4}){0,2}\.\*)"
    r" *(?:, *(?:(?:>=|<=|>|<|==|!=) *[0-9]{1,4}(?:\.[0-9]{1,4}){0,3}|~= *[0-9]{1,4}(?:\.[0-9]{1,4}){1,3}|(?:==|!=) *[0-9]{1,4}(?:\.[0-9]{1,4}){0,2}\.\*) *)*"
)
_CONTENT_TYPES = ("text/plain", "text/x-rst", "text/markdown")
_VARIANTS = ("GFM", "CommonMark")
_QUICK_CONTENT_TYPE = _compile(
    r"text/(?:plain|x-rst|markdown)(?:; ?charset=UTF-8)?|text/markdown(?:; ?charset=UTF-8)?; ?variant=(?:GFM|CommonMark)"
)


class Refusing(StrEnum):
    """Who refuses a value: any PyPI, only one with the pinned packaging, or only one with a newer packaging."""

    ALWAYS = "always"
    PINNED = "pinned"
    NEWER = "newer"


@dataclass(frozen=True, slots=True)
class Refusal:
    """PyPI's refusal of a value.

    `rejection` is the row of the list of refusals that rules refer to; `message` is PyPI's sentence (empty where the
    server would fail instead of answering); `reason` says more where a parser does.
    """

    rejection: str
    message: str
    by: Refusing = Refusing.ALWAYS
    reason: str = ""


def packaging_refusal(
    rejection: str, field: str, template: str, value: str = "", by: Refusing = Refusing.ALWAYS, reason: str = ""
) -> Refusal:
    """A refusal as packaging words it: `template` with `{value!r}` and `{field}`.

    The pinned packaging fills in the value first and formats the result once more, so braces in the value can end in
    an error of the server instead of an answer (packaging 26.2: `_Validator._invalid_metadata`).
    """
    try:
        message = template.format(value=value, field="{field}").format_map({"field": repr(field)})
    except (KeyError, ValueError, IndexError, AttributeError, TypeError):
        return Refusal("metadata-braces-crash", "", by, reason)
    return Refusal(rejection, message, by, reason)


def sent(value: str) -> str | None:
    """A field's value as PyPI takes it from the upload form; None where it deletes or ignores the field (warehouse:
    `forklift/decorators.py`, `parse_form_metadata`).
    """
    return None if not value or value.strip() == "UNKNOWN" else value


def metadata_version_refusals(value: str | None) -> Iterator[Refusal]:
    """Metadata-Version: one of the versions that warehouse lists itself, whatever packaging knows."""
    if not value:
        yield Refusal("metadata-version-missing", "None is not a valid metadata version")
    elif value not in METADATA_VERSIONS:
        yield packaging_refusal(
            "metadata-version-invalid", "metadata-version", "{value!r} is not a valid metadata version", value
        )


def is_project_name(name: str) -> bool:
    """Whether PyPI takes a project's name (warehouse: forklift/forms.py, `UploadForm.name`; the same as PEP 508)."""
    return _NAME.fullmatch(name) is not None


def version_refusals(value: str) -> Iterator[Refusal]:
    """Version: one that packaging can parse (PEP 440)."""
    from preflight.distributions.filenames import is_version

    if not is_version(value):
        yield packaging_refusal("version-invalid", "version", "{value!r} is invalid for {field}", value)


def summary_refusals(value: str) -> Iterator[Refusal]:
    """Summary: one line, at most 512 characters. Newer releases of packaging know more line breaks than `\\n`."""
    multiline = "'summary' must be a single line"
    if "\n" in value:
        yield Refusal("summary-multiline", multiline)
    if len(value) > MAX_SUMMARY:
        yield Refusal("summary-too-long", f"'summary' field must be {MAX_SUMMARY} characters or less.")
    if "\n" not in value and _LINE_BOUNDARY.search(value):
        yield Refusal("summary-multiline", multiline, Refusing.NEWER)


def repeated_field_refusals(name: str, count: int) -> Iterator[Refusal]:
    """A field that may occur once (warehouse: `parse_form_metadata`). `name` is the core metadata name in lower case."""
    if count > 1 and name in _SINGLE:
        form = name.replace("-", "_")
        yield Refusal("field-repeated", f"{form!r} has invalid data")


def dynamic_refusals(value: str) -> Iterator[Refusal]:
    """One entry of Dynamic: a core metadata name in any letter case, but for three."""
    name = value.lower()
    if name in _NEVER_DYNAMIC:
        yield packaging_refusal("dynamic-not-allowed", "dynamic", "{value!r} is not allowed as a dynamic field", name)
    elif name == "dynamic":
        yield Refusal("dynamic-not-in-enum", f"Dynamic field {name!r} is not a valid dynamic field.")
    elif name not in _DYNAMIC:
        yield packaging_refusal("dynamic-invalid", "dynamic", "{value!r} is not a valid dynamic field", name)


def provides_extra_refusals(value: str) -> Iterator[Refusal]:
    """Provides-Extra: a name like a project's (PEP 685)."""
    if not _NAME.fullmatch(value):
        yield packaging_refusal("provides-extra-invalid", "provides-extra", "{value!r} is invalid for {field}", value)


def import_name_refusals(value: str, field: str = "import-name") -> Iterator[Refusal]:
    """Import-Name and Import-Namespace: a dotted name of identifiers, optionally followed by `; private` (PEP 794)."""
    from keyword import iskeyword

    text, semicolon, option = value.partition(";")
    name = text.rstrip()
    for part in name.split("."):
        if not part.isidentifier():
            template = f"{{value!r}} is invalid for {{field}}; {_escaped(part)} is not a valid identifier"
            yield packaging_refusal("import-name-identifier", field, template, name)
            return
        if iskeyword(part):
            template = f"{{value!r}} is invalid for {{field}}; {_escaped(part)} is a keyword"
            yield packaging_refusal("import-name-keyword", field, template, name)
            return
    if semicolon and option.lstrip() != "private":
        template = "{value!r} is invalid for {field}; the only valid option is 'private'"
        yield packaging_refusal("import-name-option", field, template, value)


def _escaped(text: str) -> str:
    return repr(text).replace("{", "{{").replace("}", "}}")


def license_file_refusals(value: str) -> Iterator[Refusal]:
    """License-File: a resolved relative path with `/` (PEP 639)."""
    from pathlib import PurePosixPath, PureWindowsPath

    if ".." in value:
        problem = "license-file-parent", "parent directory indicators are not allowed"
    elif "*" in value:
        problem = "license-file-glob", "paths must be resolved"
    elif PurePosixPath(value).is_absolute() or PureWindowsPath(value).is_absolute():
        problem = "license-file-absolute", "paths must be relative"
    elif PureWindowsPath(value).as_posix() != value:
        problem = "license-file-backslash", "paths must use '/' delimiter"
    else:
        return
    rejection, words = problem
    yield packaging_refusal(rejection, "license-file", "{value!r} is invalid for {field}, " + words, value)


def quick_requires_python(value: str) -> bool:
    """Whether the value surely is a version specifier; says nothing when it is not."""
    return _QUICK_PYTHON.fullmatch(value) is not None


def requires_python_refusals(value: str) -> Iterator[Refusal]:
    """Requires-Python: a set of version specifiers (PEP 440)."""
    if quick_requires_python(value):
        return
    from packaging.specifiers import SpecifierSet

    try:
        SpecifierSet(value)
    except ValueError as error:
        yield packaging_refusal(
            "requires-python-invalid", "requires-python", "{value!r} is invalid for {field}", value, reason=str(error)
        )


def quick_content_type(value: str) -> bool:
    """Whether the value surely is an accepted content type; says nothing when it is not."""
    return _QUICK_CONTENT_TYPE.fullmatch(value) is not None


def content_type_refusals(value: str) -> Iterator[Refusal]:
    """Description-Content-Type: one of three types, UTF-8, and a known variant of Markdown.

    The pinned packaging compares the charset by letter case, newer ones do not; newer ones also refuse a header with
    defects. A header that Python's parser cannot take at all is an error of the server with the pinned one, and an
    ordinary refusal with newer ones.
    """
    if quick_content_type(value):
        return
    from email.message import EmailMessage

    field = "description-content-type"
    unsupported = "{field} must be one of " + str(list(_CONTENT_TYPES)) + ", not {value!r}"
    message = EmailMessage()
    try:
        message["content-type"] = value
        header = message["content-type"]
        parameters = dict(header.params)
        defects = bool(header.defects)
    except (ValueError, IndexError, RecursionError):
        yield Refusal("content-type-unsupported", f"{value!r} is not a valid content type for {field!r}")
        return
    kind = message.get_content_type().lower()
    if kind not in _CONTENT_TYPES or kind not in value.lower():
        yield packaging_refusal("content-type-unsupported", field, unsupported, value)
        return
    charset, variant = parameters.get("charset", "UTF-8"), parameters.get("variant", "GFM")
    if charset != "UTF-8":
        newer_too = defects or charset.lower() != "utf-8"
        yield packaging_refusal(
            "content-type-charset",
            field,
            "{field} can only specify the UTF-8 charset, not {value!r}",
            charset,
            Refusing.ALWAYS if newer_too else Refusing.PINNED,
        )
    elif kind == "text/markdown" and variant not in _VARIANTS:
        template = "valid Markdown variants for {field} are " + str(list(_VARIANTS)) + ", not {value!r}"
        yield packaging_refusal("content-type-variant", field, template, variant)
    elif defects:
        yield Refusal(
            "content-type-unsupported",
            f"{value!r} is not a valid content type for {field!r}: {header.defects[0]}",
            Refusing.NEWER,
        )


def license_pair_refusals(license_text: str | None, expression: str | None) -> Iterator[Refusal]:
    """License beside License-Expression: only one of them may be there (PEP 639)."""
    if license_text and expression:
        yield Refusal(
            "license-and-expression",
            "License is deprecated when License-Expression is present. Only License-Expression should be present.",
        )


def always(refusals: Sequence[Refusal]) -> bool:
    """Whether one of the refusals is certain whichever packaging PyPI runs with."""
    return any(refusal.by is Refusing.ALWAYS for refusal in refusals)
