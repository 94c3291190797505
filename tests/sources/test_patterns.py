"""Patterns that are compiled when first used."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import preflight
from preflight.engine.packs import built_in_registry
from preflight.sources.patterns import LazyPattern, compile  # type: ignore[attr-defined]


def test_a_lazy_pattern_does_what_the_compiled_one_does() -> None:
    lazy, eager = compile(r"(?P<a>x)(y)?", re.IGNORECASE), re.compile(r"(?P<a>x)(y)?", re.IGNORECASE)
    for name in ("match", "fullmatch", "search"):
        found, expected = getattr(lazy, name)("XY"), getattr(eager, name)("XY")
        assert found.groupdict() == expected.groupdict()
    assert [each.span() for each in lazy.finditer("xyxX")] == [each.span() for each in eager.finditer("xyxX")]
    assert lazy.sub("-", "axy") == eager.sub("-", "axy")
    assert lazy.split("axyb") == eager.split("axyb")
    assert (lazy.pattern, lazy.flags, lazy.groups) == (eager.pattern, eager.flags, eager.groups)


def test_a_wrong_pattern_is_found_when_it_is_used() -> None:
    lazy = compile("(")
    with pytest.raises(re.error):
        lazy.match("x")


def test_every_pattern_of_the_package_and_the_rules_compiles() -> None:
    modules = [
        importlib.import_module(each.name)
        for each in pkgutil.walk_packages(preflight.__path__, "preflight.")
        if "__main__" not in each.name
    ]
    spaces = [vars(module) for module in modules]
    spaces += [vars(importlib.import_module(check.function.__module__)) for check in built_in_registry().checks]
    patterns = {id(value): value for space in spaces for value in space.values() if isinstance(value, LazyPattern)}
    for pattern in patterns.values():
        assert pattern.pattern is not None


def sources() -> list[Path]:
    top = Path(__file__).parents[2]
    found = [path for folder in ("preflight", "rules") for path in (top / folder).rglob("*.py")]
    assert len(found) > 300
    return found


def test_no_group_is_repeated_possessively() -> None:
    """Python before 3.11.5 matches `(?:…)*+` wrongly where the group has alternatives (gh-106052); `(?>(?:…)*)` means the same and is right."""
    repeated = re.compile(r"\)(?:[*+?]|\{[^{}\s]+\})\+")
    assert [str(path) for path in sources() if repeated.search(path.read_text())] == []


def test_no_beginning_of_a_line_passes_over_the_lines_below() -> None:
    """`(?m)^\\s*` goes from every blank line to the last one: a megabyte of blank lines took half an hour. `[ \\t]*` stays in its line."""
    passing = re.compile(r"\(\?[a-z]*m[a-z]*\).*\^\\s[*+]")
    assert [str(path) for path in sources() if passing.search(path.read_text())] == []
