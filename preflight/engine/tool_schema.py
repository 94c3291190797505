"""The plugin by which validate-pyproject knows `[tool.preflight]`. Holds no schema of its own."""

from preflight.engine.settings import json_schema


def tool_schema(tool_name: str) -> dict[str, object]:
    """The JSON schema of `[tool.preflight]` for the entry point group `validate_pyproject.tool_schema`.

    Source: "Schemas and plugins" in the documentation of validate-pyproject.
    """
    return json_schema() if tool_name == "preflight" else {}
