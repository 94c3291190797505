"""Selection of rules and of findings."""

from pathlib import Path

import pytest

from preflight.engine.packs import Registry, Rule
from preflight.engine.selection import PathIgnores, UnknownSelector, select

REGISTRY = Registry()
for code, name in (("AAA001", "first"), ("AAA002", "second"), ("BBB001", "third")):
    REGISTRY.rules[code] = Rule(code, name, "family", "pack", Path(f"{code}-{name}.md"))
    REGISTRY.names[name] = code


@pytest.mark.parametrize(
    ("chosen", "ignored", "expected"),
    [
        (["ALL"], [], {"AAA001", "AAA002", "BBB001"}),
        (["AAA"], [], {"AAA001", "AAA002"}),
        (["aaa001", "third"], [], {"AAA001", "BBB001"}),
        (["ALL"], ["AAA"], {"BBB001"}),
        (["ALL", "AAA002"], ["AAA"], {"AAA002", "BBB001"}),
        (["AAA"], ["first"], {"AAA002"}),
        (["AAA001"], ["AAA001"], set()),
        (["AAA"], ["AAA"], set()),
    ],
)
def test_the_more_specific_selector_wins_and_of_equal_ones_the_ignoring(
    chosen: list[str], ignored: list[str], expected: set[str]
) -> None:
    assert select(REGISTRY, chosen, ignored) == expected


@pytest.mark.parametrize("selector", ["AAA003", "CCC", "nothing", "", "A*"])
def test_a_selector_that_matches_nothing_is_an_error(selector: str) -> None:
    with pytest.raises(UnknownSelector):
        select(REGISTRY, [selector], [])


def test_path_ignores_by_pattern_file_and_folder() -> None:
    ignores = PathIgnores.of({"docs/*": ["AAA"], "setup.py": ["third"], "old/": ["ALL"]}, REGISTRY)
    assert ignores.ignores("docs/a/conf.py", "AAA002")
    assert not ignores.ignores("docs/a/conf.py", "BBB001")
    assert ignores.ignores("setup.py", "BBB001")
    assert ignores.ignores("old/x/y.toml", "BBB001")
    assert not ignores.ignores("older/x.toml", "BBB001")
