"""Single values of JSON and YAML files, with their places. Knows nothing of versions."""

from preflight.sources.text import Source, SourceSyntaxError, SourceTooComplex
from preflight.sources.yaml import Mapping, Scalar, parse_yaml

MAX_CHARACTERS = 500_000


def top_level(source: Source) -> Mapping | None:
    """The outermost mapping of a YAML or JSON file (JSON is read as the YAML that it is); None for anything else."""
    if len(source.text) > MAX_CHARACTERS:
        return None
    try:
        root = parse_yaml(source).root
    except (SourceSyntaxError, SourceTooComplex):
        return None
    return root if isinstance(root, Mapping) else None


def string(mapping: Mapping | None, key: str) -> Scalar | None:
    """The scalar of a key; None where it is absent, null, a list or a mapping."""
    node = mapping.get(key) if mapping is not None else None
    return node if isinstance(node, Scalar) and not node.is_null else None


def json_string(source: Source, key: str) -> Scalar | None:
    """A top-level string of a JSON file."""
    found = string(top_level(source), key)
    return found if found is not None and not found.is_plain else None
