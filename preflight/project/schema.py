"""Evaluates the JSON schemas of pyproject.toml that validate-pyproject ships, and gives every violation with its path.

Knows the keywords that those schemas use, not all of JSON Schema. Where several alternatives are possible, the
violations of the one that was evidently meant are given.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

Path: TypeAlias = tuple[str | int, ...]
Formats: TypeAlias = Mapping[str, Callable[[str], bool]]

PACKAGE = "validate_pyproject"
PROJECT = "project_metadata.schema.json"
SETUPTOOLS = "plugins/setuptools.schema.json"

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "array": list,
    "object": dict,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that breaks a schema.

    `path` leads to the value. `keyword` is the schema's word that it breaks: `type` (`expected` holds type names),
    `required` (`key` is missing), `required-one` (`expected` holds the keys of which one is missing), `exclusive`
    (`expected` holds the keys of which only one may be there), `additionalProperties` (`key` may not be there), `enum`,
    `format`, `propertyNames` (`key` breaks the format).
    """

    path: Path
    keyword: str
    expected: tuple[str, ...] = ()
    key: str = ""


def read_schema(name: str) -> dict[str, Any] | None:
    """One of validate-pyproject's schema files, without importing it; None where it cannot be found."""
    from importlib.util import find_spec
    from json import loads
    from pathlib import Path as FilePath

    spec = find_spec(PACKAGE)
    for folder in spec.submodule_search_locations or () if spec else ():
        try:
            schema = loads((FilePath(folder) / name).read_bytes())
        except (OSError, ValueError):
            continue
        return schema if isinstance(schema, dict) else None
    return None


def violations(schema: Mapping[str, Any], value: object, formats: Formats) -> list[Violation]:
    """All violations of a schema, in the order of the value's keys where the schema goes by them.

    Formats that are not given are not judged.
    """
    return list(dict.fromkeys(_Evaluation(schema, formats).check(schema, value, ())))


class _Evaluation:
    def __init__(self, root: Mapping[str, Any], formats: Formats) -> None:
        self.root = root
        self.formats = formats

    def check(self, schema: Mapping[str, Any], value: object, path: Path) -> Iterator[Violation]:
        if "$ref" in schema:
            yield from self.check(self._resolve(schema["$ref"]), value, path)
            return
        expected = schema.get("type")
        if expected is not None and not _is(value, expected):
            yield Violation(path, "type", (expected,))
            return
        if "const" in schema and value != schema["const"]:
            yield Violation(path, "enum", (str(schema["const"]),))
        if "enum" in schema and value not in schema["enum"]:
            yield Violation(path, "enum", tuple(map(str, schema["enum"])))
        if "format" in schema and isinstance(value, str) and not self._fits(schema["format"], value):
            yield Violation(path, "format", (schema["format"],))
        if isinstance(value, dict):
            yield from self._object(schema, value, path)
        if isinstance(value, list):
            yield from self._array(schema, value, path)
        for part in schema.get("allOf", ()):
            yield from self.check(part, value, path)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                yield from self._alternatives(schema[keyword], value, path, exclusive=keyword == "oneOf")
        if "if" in schema:
            branch = "then" if self._holds(schema["if"], value) else "else"
            yield from self.check(schema.get(branch, {}), value, path)

    def _object(self, schema: Mapping[str, Any], value: dict[str, Any], path: Path) -> Iterator[Violation]:
        for key in schema.get("required", ()):
            if key not in value:
                yield Violation(path, "required", (), key)
        properties: Mapping[str, Any] = schema.get("properties", {})
        patterns = [(_compile(pattern), part) for pattern, part in schema.get("patternProperties", {}).items()]
        names = schema.get("propertyNames")
        for key, item in value.items():
            if names is not None and not self._holds(names, key):
                yield Violation((*path, key), "propertyNames", (str(names.get("format", "")),), key)
            known = False
            if key in properties:
                known = True
                yield from self.check(properties[key], item, (*path, key))
            for pattern, part in patterns:
                if pattern.search(key):
                    known = True
                    yield from self.check(part, item, (*path, key))
            if not known and schema.get("additionalProperties") is False:
                yield Violation(path, "additionalProperties", tuple(properties), key)

    def _array(self, schema: Mapping[str, Any], value: list[Any], path: Path) -> Iterator[Violation]:
        items = schema.get("items")
        if isinstance(items, dict):
            for index, item in enumerate(value):
                yield from self.check(items, item, (*path, index))
        elif isinstance(items, list):
            for index, (part, item) in enumerate(zip(items, value, strict=False)):
                yield from self.check(part, item, (*path, index))
            if schema.get("additionalItems") is False and len(value) > len(items):
                yield Violation((*path, len(items)), "additionalProperties", (), str(len(items)))
        contains = schema.get("contains")
        if contains is not None and not any(self._holds(contains, item) for item in value):
            yield Violation(path, "enum", (str(contains.get("const", "")),))

    def _alternatives(
        self, branches: list[Mapping[str, Any]], value: object, path: Path, *, exclusive: bool
    ) -> Iterator[Violation]:
        found = [list(self.check(branch, value, path)) for branch in branches]
        fitting = found.count([])
        if fitting == 1 or (fitting and not exclusive):
            return
        if fitting:
            keys = [
                key for branch, broken in zip(branches, found, strict=True) if not broken for key in _required(branch)
            ]
            yield Violation(path, "exclusive", tuple(dict.fromkeys(keys)))
            return
        meant = [broken for broken in found if not any(each.keyword == "type" and each.path == path for each in broken)]
        if not meant:
            types = [name for broken in found for each in broken if each.path == path for name in each.expected]
            yield Violation(path, "type", tuple(dict.fromkeys(types)))
        elif all(each.keyword == "required" and each.path == path for broken in meant for each in broken):
            keys = [each.key for broken in meant for each in broken]
            if len(keys) > 1:
                yield Violation(path, "required-one", tuple(keys), keys[0])
            else:
                yield from meant[0]
        else:
            yield from max(meant, key=_depth)

    def _holds(self, schema: Mapping[str, Any], value: object) -> bool:
        return next(self.check(schema, value, ()), None) is None and not self._refused(schema, value)

    def _refused(self, schema: Mapping[str, Any], value: object) -> bool:
        return "not" in schema and self._holds(schema["not"], value)

    def _fits(self, name: str, value: str) -> bool:
        judge = self.formats.get(name)
        return judge is None or judge(value)

    def _resolve(self, reference: str) -> Mapping[str, Any]:
        found: Any = self.root
        for step in reference.removeprefix("#/").split("/"):
            found = found.get(step, {}) if isinstance(found, dict) else {}
        return found if isinstance(found, dict) else {}


def _is(value: object, name: str) -> bool:
    if name in ("integer", "number") and isinstance(value, bool):
        return False
    return isinstance(value, _TYPES.get(name, object))


def _required(branch: Mapping[str, Any]) -> list[str]:
    keys = list(branch.get("required", ()))
    return keys + [key for part in branch.get("allOf", ()) for key in _required(part)]


def _depth(broken: list[Violation]) -> int:
    return max((len(each.path) for each in broken), default=0)
