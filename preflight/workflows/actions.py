"""An action's `action.yml`: its inputs, outputs, and the steps of a composite one. Knows no workflow that uses it."""

from dataclasses import field
from functools import cached_property
from typing import Literal

from preflight.sources.records import dataclass
from preflight.sources.text import Source
from preflight.sources.yaml import Document, Mapping, Scalar, parse_yaml
from preflight.workflows.aliases import check_aliases
from preflight.workflows.literals import mapping_of, scalar_of
from preflight.workflows.model import Step, read_steps
from preflight.workflows.triggers import Input, Output, read_inputs, read_outputs


@dataclass(frozen=True, eq=False)
class Action:
    """An `action.yml`. Its parts are read when asked for."""

    document: Document = field(repr=False)

    @property
    def source(self) -> Source:
        return self.document.source

    @property
    def path(self) -> str:
        return self.source.path

    @cached_property
    def root(self) -> Mapping:
        root = self.document.root
        return root if isinstance(root, Mapping) else Mapping(self.source, 0, 0, None, None, False)

    @property
    def name(self) -> Scalar | None:
        return scalar_of(self.root.get("name"))

    @cached_property
    def inputs(self) -> dict[str, Input]:
        """The inputs by name as written; all are strings to the action."""
        return read_inputs(self.root.get("inputs"))

    def input(self, name: str) -> Input | None:
        """The input of that name, letter case aside."""
        return next((given for key, given in self.inputs.items() if key.lower() == name.lower()), None)

    @cached_property
    def outputs(self) -> dict[str, Output]:
        return read_outputs(self.root.get("outputs"))

    @cached_property
    def runs(self) -> Mapping | None:
        return mapping_of(self.root.get("runs"))

    @property
    def using(self) -> str | None:
        """What runs it: `composite`, `docker`, `node20` and so on."""
        scalar = scalar_of(self.runs.get("using")) if self.runs is not None else None
        return scalar.value if scalar else None

    @property
    def kind(self) -> Literal["composite", "docker", "node", "unknown"]:
        using = (self.using or "").lower()
        if using in ("composite", "docker"):
            return "composite" if using == "composite" else "docker"
        return "node" if using.startswith("node") else "unknown"

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps of a composite action."""
        return read_steps(self.runs.get("steps")) if self.runs is not None else ()


def read_action(source: Source) -> Action:
    """Read an `action.yml`.

    Raises:
        SourceSyntaxError: it is no YAML.
        SourceTooComplex: it is nested deeper, or holds more values, than is read.
    """
    document = parse_yaml(source)
    check_aliases(document)
    return Action(document)
