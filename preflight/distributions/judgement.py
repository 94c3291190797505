"""PyPI's verdict on the fields of a set, whether a project declares it or a built file holds it. Words nothing.

What a backend mends or drops on the way from a project's files to the index is taken into account here.
"""

from collections.abc import Iterator
from itertools import islice

from preflight.distributions.acceptance import (
    Refusal,
    content_type_refusals,
    dynamic_refusals,
    import_name_refusals,
    license_file_refusals,
    metadata_version_refusals,
    provides_extra_refusals,
    requires_python_refusals,
    sent,
    summary_refusals,
)
from preflight.distributions.classifiers import classifier_refusals
from preflight.distributions.fields import Field, FieldSet, Origin
from preflight.distributions.licences import license_expression_refusals
from preflight.distributions.mailboxes import mailbox_refusals
from preflight.distributions.requirements import legacy_dist_refusals, requires_dist_refusals
from preflight.distributions.urls import parsed_project_url, project_url_refusals, url_refusals
from preflight.sources.patterns import compile as _compile

CRASH = "metadata-braces-crash"

MAX_CHARACTERS = 20_000
"""Length above which a value is not judged, but for a summary: parsers may take very long, and nobody writes such."""

_TEMPLATE = _compile(r"\{\{.*?\}\}|\{%.*?%\}|<%.*?%>|\{\{[^}]*$")
_HATCH_CONTEXT = _compile(r"(?<!\{)\{(?:root|home|env)(?:[:}])")
"""What Hatch itself fills in (Hatch's documentation, "Context formatting")."""

_LISTS = frozenset(
    "classifier requires-dist provides-dist obsoletes-dist provides-extra dynamic license-file import-name import-namespace".split()
)
"""Fields that may repeat: one empty value beside others is judged, one alone is ignored."""

_POETRY_LENIENT = frozenset({"requires-dist", "license-expression"})
"""Fields that poetry-core reads by its own rules, and rewrites or leaves out."""


def field_refusals(field: Field, value: str) -> Iterator[Refusal]:
    """What PyPI has against one field, given its value as sent. Name, version and description have rules of their own."""
    if len(value) > MAX_CHARACTERS and field.name != "summary":
        return
    match field.name:
        case "metadata-version":
            yield from metadata_version_refusals(value)
        case "summary":
            yield from summary_refusals(value)
        case "author-email" | "maintainer-email":
            yield from mailbox_refusals(value, field.name)
        case "classifier":
            yield from classifier_refusals(value)
        case "home-page" | "download-url":
            yield from url_refusals(value, field.name)
        case "project-url":
            yield from project_url_refusals(*parsed_project_url(field.extra, value))
        case "requires-dist":
            yield from requires_dist_refusals(value)
        case "provides-dist" | "obsoletes-dist":
            yield from legacy_dist_refusals(value, field.name)
        case "requires-python":
            yield from requires_python_refusals(value)
        case "provides-extra":
            yield from provides_extra_refusals(value)
        case "dynamic":
            yield from dynamic_refusals(value)
        case "license-expression":
            yield from license_expression_refusals(value)
        case "license-file":
            yield from license_file_refusals(value)
        case "import-name" | "import-namespace":
            yield from import_name_refusals(value, field.name)
        case "description-content-type":
            yield from content_type_refusals(value)


def sent_value(fields: FieldSet, field: Field) -> str | None:
    """The value as it reaches PyPI; None where nothing does.

    Blanks in front of a header's value are no part of it. hatchling joins the lines of a summary and setuptools sends
    the first one; poetry-core drops comments behind requirements; setuptools normalises the names of extras that
    setup.py and setup.cfg give. setuptools refuses import names altogether, and Poetry leaves them out.
    """
    if field.name == "project-url":
        return field.value  # it travels behind its label
    value = sent(field.value)
    if value is None and not field.value and fields.origin is not Origin.PROJECT:
        return "" if field.name in _LISTS and next(islice(fields.all(field.name), 1, None), None) else None
    if value is None or fields.origin is not Origin.PROJECT:
        return value
    name = field.name
    if name == "summary":
        return _sent_summary(fields.backend, value)
    if name in ("description-content-type", "license-expression"):
        return value.strip()
    if name == "requires-dist" and fields.backend == "poetry":
        return value.partition("#")[0].strip() if " @ " not in value else value
    if name in ("import-name", "import-namespace") and fields.backend in ("setuptools", "poetry"):
        return None
    if name == "provides-extra" and fields.backend == "setuptools" and not field.key.startswith("project."):
        return None
    return value.lstrip(" \t")


def _sent_summary(backend: str, value: str) -> str:
    if backend == "hatchling":
        return " ".join(value.splitlines())
    if backend == "setuptools":
        return value.strip().split("\n")[0]
    return value.strip() if backend == "flit" else value


def doubtful(fields: FieldSet, name: str) -> bool:
    """Whether what a project states of a field may not be what is sent, since code that is not known stands between."""
    if fields.origin is not Origin.PROJECT:
        return False
    return not fields.backend or (fields.backend == "poetry" and name in _POETRY_LENIENT)


def has_template(value: str) -> bool:
    """Whether a value holds a placeholder of a template engine, such as `{{ name }}` or `{% if x %}`."""
    return ("{" in value or "<%" in value) and _TEMPLATE.search(value) is not None


def refusals(fields: FieldSet, *names: str) -> Iterator[tuple[Field, Refusal]]:
    """What PyPI has against the fields of these names, in order.

    Left out is what unrendered-template reports: braces that would crash the server, and a project's placeholders.
    """
    for field in fields.fields:
        if field.name not in names:
            continue
        value = sent_value(fields, field)
        if value is None or (fields.origin is Origin.PROJECT and has_template(value)):
            continue
        for refusal in field_refusals(field, value):
            if refusal.rejection != CRASH:
                yield field, refusal


def braces(fields: FieldSet) -> Iterator[tuple[Field, Refusal | None]]:
    """Fields with braces that PyPI refuses or stumbles over, and (None) a project's placeholders that it would take."""
    for field in fields.fields:
        value = sent_value(fields, field)
        if value is None or ("{" not in value and "}" not in value and "<%" not in value):
            continue
        if fields.backend == "hatchling" and field.name == "requires-dist" and _HATCH_CONTEXT.search(value):
            continue
        found = list(field_refusals(field, value))
        crash = next((refusal for refusal in found if refusal.rejection == CRASH), None)
        if crash is not None:
            yield field, crash
        elif fields.origin is Origin.PROJECT and has_template(value):
            yield field, found[0] if found else None
