"""A look at the words of a step's script: where it builds, and the script without its comments. Parses no shell."""

from preflight.sources.patterns import compile as _compile
from preflight.workflows.model import Step

_COMMENT = _compile(r"(?m)(?:^|(?<=\s))#[^\n]*")
_BUILDS = _compile(
    r"-m\s+build\b|\bpyproject-build\b|\b(?:uv|hatch|flit|poetry|pdm|maturin)\s+(?:-\S+\s+)*build\b|\bpip3?\s+wheel\b|"
    r"\bsetup\.py\b[^\n]{0,200}\b(?:sdist|bdist_wheel)\b|\bcibuildwheel\b|\bpipx\s+run\s+build\b|\bpoetry\s+publish\b[^\n]{0,200}--build\b"
)
_BUILDING_ACTIONS = frozenset({"pypa/cibuildwheel", "pyo3/maturin-action", "hynek/build-and-inspect-python-package"})


def without_comments(script: str) -> str:
    """A script with spaces in place of its comments, so that every offset stays."""
    return _COMMENT.sub(lambda found: " " * len(found[0]), script)


def builds(step: Step) -> bool:
    """Whether a step builds distributions, by the action that it uses or the commands that it names."""
    if step.uses is not None:
        return step.uses.slug in _BUILDING_ACTIONS
    return step.run is not None and _BUILDS.search(without_comments(step.run.value)) is not None


def build_offset(step: Step) -> int:
    """Where in its script a step starts to build; 0 for an action."""
    found = _BUILDS.search(without_comments(step.run.value)) if step.run is not None else None
    return found.start() if found is not None else 0
