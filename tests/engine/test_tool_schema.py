"""`[tool.preflight]` as validate-pyproject sees it through the entry point that the distribution declares."""

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from validate_pyproject import errors
from validate_pyproject.api import Validator
from validate_pyproject.plugins import PluginWrapper

GROUP = "validate_pyproject.tool_schema"


@pytest.fixture(scope="module")
def validator() -> Validator:
    declared = tomllib.loads(Path("pyproject.toml").read_text())["project"]["entry-points"][GROUP]
    loaded = [PluginWrapper(name, EntryPoint(name, value, GROUP).load()) for name, value in declared.items()]
    return Validator(plugins=loaded)


def test_good_table(validator: Validator) -> None:
    table = {
        "ignore": ["WFL007"],
        "fail-on": "warning",
        "publishers": [{"owner": "o", "repository": "r", "workflow": "p.yml"}],
    }
    validator({"tool": {"preflight": table}})


@pytest.mark.parametrize(
    "table", [{"fail-on": "never"}, {"ignore": "WFL007"}, {"no-such-option": 1}, {"publishers": [{"kind": "github"}]}]
)
def test_bad_table(validator: Validator, table: dict[str, object]) -> None:
    with pytest.raises(errors.ValidationError, match="preflight"):
        validator({"tool": {"preflight": table}})


def test_unknown_tool() -> None:
    from preflight.engine.tool_schema import tool_schema

    assert tool_schema("black") == {}
