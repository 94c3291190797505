"""The schema evaluation agrees with a full JSON Schema library, and says what was meant."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from preflight.project.schema import PROJECT, SETUPTOOLS, Violation, read_schema, violations

PROJECT_SCHEMA: dict[str, Any] = read_schema(PROJECT) or {}
SETUPTOOLS_SCHEMA: dict[str, Any] = read_schema(SETUPTOOLS) or {}

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from(["", "version", "x", "license"]))
KEYS = st.sampled_from(
    [
        *PROJECT_SCHEMA["properties"],
        *SETUPTOOLS_SCHEMA["properties"],
        "file",
        "text",
        "content-type",
        "email",
        "attr",
        "find",
        "where",
        "x",
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


def without_ids(schema: Any) -> Any:
    """jsonschema resolves references against `$id`; the files mean them from their root."""
    if isinstance(schema, dict):
        return {key: without_ids(value) for key, value in schema.items() if key != "$id"}
    return [without_ids(item) for item in schema] if isinstance(schema, list) else schema


VALIDATORS = [(schema, Draft7Validator(without_ids(schema))) for schema in (PROJECT_SCHEMA, SETUPTOOLS_SCHEMA)]


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_agrees_with_jsonschema(value: dict[str, Any]) -> None:
    for schema, validator in VALIDATORS:
        ours = violations(schema, value, {})
        assert bool(ours) == (not validator.is_valid(value)), (value, ours)


def project(**keys: Any) -> list[Violation]:
    return violations(
        PROJECT_SCHEMA,
        {"name": "x", "version": "1", **{key.replace("_", "-"): value for key, value in keys.items()}},
        {},
    )


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"description": ["x"]}, Violation(("description",), "type", ("string",))),
        ({"authors": ["Ann"]}, Violation(("authors", 0), "type", ("object",))),
        ({"authors": [{}]}, Violation(("authors", 0), "required-one", ("name", "email"), "name")),
        ({"readme": 1}, Violation(("readme",), "type", ("string", "object"))),
        ({"readme": {"file": "x"}}, Violation(("readme",), "required", (), "content-type")),
        ({"license": {"name": "MIT"}}, Violation(("license",), "required-one", ("file", "text"), "file")),
        ({"license": {"file": "x", "text": "y"}}, Violation(("license",), "exclusive", ("file", "text"))),
        ({"scripts": {"x": 1}}, Violation(("scripts", "x"), "type", ("string",))),
        ({"license": {"text": "x"}, "license_files": []}, Violation(("license",), "type", ("string",))),
    ],
)
def test_says_what_was_meant(keys: dict[str, Any], expected: Violation) -> None:
    assert project(**keys) == [expected]


def test_gives_every_violation() -> None:
    found = project(foo=1, bar=2, keywords="x", dynamic=["nonsense"])
    assert [(each.path, each.keyword, each.key) for each in found] == [
        ((), "additionalProperties", "foo"),
        ((), "additionalProperties", "bar"),
        (("keywords",), "type", ""),
        (("dynamic", 0), "enum", ""),
    ]


def test_missing_version_is_found_and_a_dynamic_one_is_not() -> None:
    assert violations(PROJECT_SCHEMA, {"name": "x"}, {}) == [Violation((), "required", (), "version")]
    assert violations(PROJECT_SCHEMA, {"name": "x", "dynamic": ["readme"]}, {}) == [
        Violation((), "required", (), "version")
    ]
    assert violations(PROJECT_SCHEMA, {"name": "x", "dynamic": ["version"]}, {}) == []


def test_formats_are_judged_only_when_given() -> None:
    value = {"name": "x", "version": "1", "scripts": {"a": "not a reference"}}
    assert violations(PROJECT_SCHEMA, value, {}) == []
    found = violations(PROJECT_SCHEMA, value, {"python-entrypoint-reference": lambda text: " " not in text})
    assert found == [Violation(("scripts", "a"), "format", ("python-entrypoint-reference",))]
