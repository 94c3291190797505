"""What a scalar of a workflow is to GitHub: null, a boolean, a number, a string, or text with expressions in it."""

from math import inf
from typing import TypeAlias

from preflight.sources.patterns import compile as _compile
from preflight.sources.yaml import Mapping, Node, Scalar

Literal: TypeAlias = bool | float | str | None

_TOKEN = _compile(r"(pypi-|gh[a-z]_|github_pat_)[A-Za-z0-9_-]{8,}")


def has_expression(scalar: Scalar) -> bool:
    """Whether the text holds `${{`, so that its value is known only in a run."""
    return "${{" in scalar.value


def literal(scalar: Scalar) -> Literal:
    """A scalar's value in the YAML 1.2 core schema, every number as a float (actions/runner: `YamlObjectReader`)."""
    if scalar.is_null:
        return None
    if scalar.style != "plain":
        return scalar.value
    boolean = scalar.as_bool()
    if boolean is not None:
        return boolean
    number = scalar.as_float()
    if number is not None:
        return number
    integer = scalar.as_int()
    if integer is not None:
        return inf if integer > 0 else -inf
    return scalar.value


def literal_text(scalar: Scalar | None) -> str | None:
    """The text of a scalar that holds no expression and is not empty; None for anything else."""
    if scalar is None or scalar.is_null or not scalar.value or "${{" in scalar.value:
        return None
    return scalar.value


def shown(text: str) -> str:
    """A text of the file as it may be shown: on one line, not too long, and without what looks like a token."""
    text = _TOKEN.sub(r"\1…", " ".join(text[:400].split()))
    return text if len(text) <= 80 else text[:77] + "..."


def scalar_of(node: Node | None) -> Scalar | None:
    """The node if it is a scalar that is not null."""
    return node if isinstance(node, Scalar) and not node.is_null else None


def mapping_of(node: Node | None) -> Mapping | None:
    """The node if it is a mapping."""
    return node if isinstance(node, Mapping) else None
