"""Where pyproject.toml breaks the schemas of its standard tables, and of setuptools' own. Judges nobody's tolerance."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from preflight.project.backend import BuildBackend, Family
from preflight.project.schema import PROJECT, SETUPTOOLS, Formats, Violation, read_schema, violations
from preflight.sources.patterns import compile as _compile
from preflight.sources.toml import TomlDocument

_BUILD_SYSTEM: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "requires": {"type": "array", "items": {"type": "string"}},
        "build-backend": {"type": "string"},
        "backend-path": {"type": "array", "items": {"type": "string"}},
    },
    "additionalProperties": False,
}
"""PEP 518 and PEP 517; that `requires` must be there is not this schema's business."""

_GROUPS: Mapping[str, Any] = {
    "type": "object",
    "patternProperties": {
        "": {
            "type": "array",
            "items": {
                "anyOf": [
                    {"type": "string"},
                    {
                        "type": "object",
                        "properties": {"include-group": {"type": "string"}},
                        "required": ["include-group"],
                        "additionalProperties": False,
                    },
                ]
            },
        }
    },
}
"""PEP 735."""

_GROUP_NAME = _compile(r"\w+(?:\.\w+)*")


def table_violations(pyproject: TomlDocument, build_backend: BuildBackend) -> tuple[Violation, ...]:
    """Everything that breaks the schemas of the standard tables and of `[tool.setuptools]`.

    Paths start at the root of the file. `[tool.setuptools]` is looked at only where setuptools builds. Formats that
    have rules of their own (names, versions, requirements, URLs, addresses, classifiers, licences) are not judged.
    """
    found: list[Violation] = []
    for table, schema in (("build-system", _BUILD_SYSTEM), ("dependency-groups", _GROUPS)):
        if pyproject.has(table):
            found += _below((table,), schema, pyproject.get(table))
    if pyproject.has("project"):
        found += _below(("project",), read_schema(PROJECT), pyproject.get("project"))
    if build_backend.family is Family.SETUPTOOLS and pyproject.get("tool", "setuptools"):
        found += _below(("tool", "setuptools"), read_schema(SETUPTOOLS), pyproject.get("tool", "setuptools"))
    return tuple(found)


def _below(root: tuple[str, ...], schema: Mapping[str, Any] | None, value: object) -> list[Violation]:
    if schema is None:
        return []
    return [replace(each, path=(*root, *each.path)) for each in violations(schema, value, FORMATS)]


def _identifiers(value: str) -> bool:
    return all(part.strip().isidentifier() for part in value.split("."))


def is_object_reference(value: str) -> bool:
    """Whether a text refers to an importable object ("Entry points specification", `importable.module:object.attr`)."""
    module, colon, rest = value.partition("[")[0].partition(":")
    return _identifiers(module) and (not colon or _identifiers(rest))


def is_module_name(value: str) -> bool:
    """Whether a text is a module's name, with dashes as some projects have them."""
    return _identifiers(value.replace("-", "_"))


FORMATS: Formats = {
    "python-entrypoint-reference": is_object_reference,
    "python-entrypoint-group": lambda value: _GROUP_NAME.fullmatch(value) is not None,
    "python-qualified-identifier": _identifiers,
    "python-module-name-relaxed": is_module_name,
    "pep561-stub-name": is_module_name,
}
"""The formats of the schemas that are judged, never stricter than setuptools is (validate-pyproject: formats.py)."""
