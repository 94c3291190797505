"""A GitLab pipeline as a typed model with the place of everything: jobs and what they inherit, variables, identity tokens, scripts.

Reading never fails on what a value is, and nothing is run. Local files that `include:` names are followed; what lies
elsewhere is unknown. Follows GitLab's page "CI/CD YAML syntax reference".
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from functools import cached_property

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source, SourceSyntaxError, SourceTooComplex
from preflight.sources.yaml import Entry, Node, Scalar, Sequence, parse_yaml
from preflight.sources.yaml import Mapping as YamlMapping
from preflight.workflows.aliases import check_aliases
from preflight.workflows.literals import scalar_of
from preflight.workflows.values import Literal, Piece, Unknown, Value, Variable, merged

MAX_FILES = 150
"""Files of one pipeline (GitLab, `include`: at most 150)."""
MAX_LAYERS = 200
"""Definitions that one job is put together from; GitLab follows `extends` eleven levels deep."""
MAX_SCRIPT_LINES = 2_000

_RESERVED = frozenset(
    "default include stages variables workflow spec image services cache before_script after_script types".split()
)
_INHERITED = frozenset(
    "after_script artifacts before_script cache hooks id_tokens image interruptible retry services tags timeout".split()
)
"""What `default:` can give a job. It stands in for a missing key, and is never merged with one."""
_GLOBAL = frozenset("after_script before_script cache image services".split())
"""What a top-level key, an old way to write `default:`, can give a job."""
_TOKEN = _compile(r"\$\[\[.{0,200}?\]\]|\$\$|\$\{(?P<braced>[A-Za-z_]\w*)\}|\$(?P<plain>[A-Za-z_]\w*)", re.DOTALL)

Load = Callable[[str], Source | None]
"""Gives a file of the repository by its path from the root, or None where there is no such readable file."""


def read_value(text: str) -> Value:
    """A text of the pipeline with its `$variables` (GitLab, "Where variables can be used")."""
    pieces: list[Piece] = []
    position = 0
    for match in _TOKEN.finditer(text):
        pieces.append(Literal(text[position : match.start()]))
        name = match["braced"] or match["plain"]
        pieces.append(Variable(name) if name else Literal("$") if match[0] == "$$" else Unknown(match[0]))
        position = match.end()
    pieces.append(Literal(text[position:]))
    return Value(merged(tuple(pieces)), text, 0, len(text))


@dataclass(frozen=True, slots=True, eq=False)
class IdToken:
    """An identity token that a job asks for: the variable that holds it, and its audiences."""

    name: str
    entry: Entry

    @property
    def audience_node(self) -> Node | None:
        node = self.entry.value
        return node.get("aud") if isinstance(node, YamlMapping) else None

    @property
    def audiences(self) -> tuple[Scalar, ...]:
        """The audiences as written."""
        node = self.audience_node
        if isinstance(node, Sequence):
            return tuple(item for item in node.items if isinstance(item, Scalar))
        scalar = scalar_of(node)
        return (scalar,) if scalar is not None else ()

    @property
    def is_list(self) -> bool:
        return isinstance(self.audience_node, Sequence)

    @property
    def place(self) -> Place:
        return self.entry.place


@dataclass(frozen=True, slots=True)
class ScriptText:
    """The lines of a job's script as one text, which knows where each line stands."""

    text: str
    parts: tuple[tuple[int, Scalar], ...]

    def place(self, start: int, end: int) -> Place:
        """Where a slice of the text stands in the file: in the line in which it begins."""
        offset, scalar = next((part for part in reversed(self.parts) if part[0] <= start), self.parts[0])
        return scalar.value_place(start - offset, min(end - offset, len(scalar.value)))


@dataclass(frozen=True, slots=True, eq=False)
class JobRule:
    """One entry of `rules:`. `decidable` is False where it also asks for changed or existing files."""

    condition: Scalar | None
    when: str | None
    decidable: bool
    place: Place


@dataclass(frozen=True, eq=False)
class PipelineJob:
    """One job with all that it extends: `layers` are the definitions, the one that wins first.

    `complete` says that all of them are at hand.
    """

    pipeline: "Pipeline" = field(repr=False)
    name: str
    entry: Entry
    layers: tuple[YamlMapping, ...] = field(repr=False)
    complete: bool

    @property
    def key_place(self) -> Place:
        return self.entry.key_place

    @property
    def node(self) -> YamlMapping:
        """The job's own mapping in the file that defines it first."""
        return self.layers[0]

    def given(self, key: str) -> Entry | None:
        """A key of the job, its own or one that it extends, or that `default:` gives it."""
        for layer in self.layers:
            found = layer.entry(key)
            if found is not None:
                return found
        if key not in _INHERITED or not self._inherits_default(key):
            return None
        for root in self.pipeline.roots:
            default = root.get("default")
            found = default.entry(key) if isinstance(default, YamlMapping) else None
            if found is None and key in _GLOBAL:
                found = root.entry(key)
            if found is not None:
                return found
        return None

    def _inherits_default(self, key: str) -> bool:
        for layer in self.layers:
            inherit = layer.get("inherit")
            if isinstance(inherit, YamlMapping):
                return _allows(inherit.get("default"), key)
        return True

    def may_have(self, key: str) -> bool:
        """Whether the job may have a key that is not in the files at hand."""
        if not self.complete:
            return True
        return self.pipeline.has_unknown_includes and (key in _INHERITED or self.given("script") is None)

    def merged(self, key: str) -> Mapping[str, Entry]:
        """The entries of a mapping that layers add to; the layer that wins gives each its value."""
        found: dict[str, Entry] = {}
        inherited = self.given(key)
        nodes = [layer.get(key) for layer in self.layers if key in layer]
        for node in nodes or ([inherited.value] if inherited is not None else []):
            if not isinstance(node, YamlMapping):
                break
            for name in node.keys():  # noqa: SIM118 (a node is no dict)
                entry = node.entry(name)
                if entry is not None:
                    found.setdefault(name, entry)
        return found

    @cached_property
    def id_tokens(self) -> Mapping[str, IdToken]:
        return {name: IdToken(name, entry) for name, entry in self.merged("id_tokens").items()}

    @cached_property
    def environment(self) -> Entry | None:
        """The environment: a name, or a mapping that holds one."""
        found = self.given("environment")
        return found if found is not None and self.environment_name is not None else None

    @cached_property
    def environment_name(self) -> Scalar | None:
        found = self.given("environment")
        if found is None:
            return None
        if isinstance(found.value, YamlMapping):
            entry = self.merged("environment").get("name")
            return scalar_of(entry.value) if entry is not None else None
        return scalar_of(found.value)

    @cached_property
    def variables(self) -> Mapping[str, Scalar]:
        """The variables that the files give the job: its own, then those of the whole pipeline."""
        found = _scalars(self.merged("variables"))
        inherit = next((node for layer in self.layers if (node := layer.get("inherit")) is not None), None)
        allowed = inherit.get("variables") if isinstance(inherit, YamlMapping) else None
        for name, scalar in self.pipeline.variables.items():
            if name not in found and _allows(allowed, name):
                found[name] = scalar
        return found

    @cached_property
    def script(self) -> ScriptText | None:
        """What the job's shell runs: `before_script` and `script`, which share it. None for a job without a script."""
        lines: list[Scalar] = []
        for key in ("before_script", "script"):
            entry = self.given(key)
            if entry is not None:
                lines.extend(self.pipeline.lines(entry.value))
        if not lines:
            return None
        parts: list[tuple[int, Scalar]] = []
        length = 0
        for scalar in lines:
            parts.append((length, scalar))
            length += len(scalar.value) + 1
        return ScriptText("\n".join(scalar.value for scalar in lines), tuple(parts))

    @cached_property
    def rules(self) -> tuple[JobRule, ...] | None:
        """The `rules:`; None for a job without."""
        entry = self.given("rules")
        return None if entry is None else tuple(self.pipeline.read_rules(entry.value))

    @property
    def when(self) -> str:
        entry = self.given("when")
        scalar = scalar_of(entry.value) if entry is not None else None
        return scalar.value if scalar is not None else "on_success"


def _allows(node: Node | None, key: str) -> bool:
    """Whether `inherit:` lets something through: a boolean, or a list of names."""
    if isinstance(node, Sequence):
        return any(isinstance(item, Scalar) and item.value == key for item in node.items)
    return not (isinstance(node, Scalar) and node.as_bool() is False)


def _scalars(entries: Mapping[str, Entry]) -> dict[str, Scalar]:
    """The values of variables, which may be written as a mapping with `value`."""
    found: dict[str, Scalar] = {}
    for name, entry in entries.items():
        node = entry.value
        scalar = node.get("value") if isinstance(node, YamlMapping) else node
        if isinstance(scalar, Scalar):
            found[name] = scalar
    return found


@dataclass(frozen=True, eq=False)
class Pipeline:
    """A pipeline: its top-level file and those that it includes, as `roots`, of which the first that has a key wins."""

    source: Source
    roots: tuple[YamlMapping, ...] = field(repr=False)
    has_unknown_includes: bool

    @property
    def path(self) -> str:
        """The top-level file, which the identity token names whatever file a job stands in."""
        return self.source.path

    @cached_property
    def variables(self) -> Mapping[str, Scalar]:
        """The variables of the whole pipeline."""
        entries: dict[str, Entry] = {}
        for root in self.roots:
            node = root.get("variables")
            if isinstance(node, YamlMapping):
                for name in node.keys():  # noqa: SIM118 (a node is no dict)
                    entry = node.entry(name)
                    if entry is not None:
                        entries.setdefault(name, entry)
        return _scalars(entries)

    @cached_property
    def jobs(self) -> Mapping[str, PipelineJob]:
        """The jobs by name; hidden ones, whose name starts with a dot, are only there to be extended."""
        found: dict[str, PipelineJob] = {}
        for root in self.roots:
            for name, node in root.items():
                if name in found or name in _RESERVED or name.startswith(".") or not isinstance(node, YamlMapping):
                    continue
                entry = root.entry(name)
                layers, complete = self._layers(name)
                if entry is not None and layers:
                    found[name] = PipelineJob(self, name, entry, tuple(layers), complete)
        return found

    @cached_property
    def workflow_rules(self) -> tuple[JobRule, ...] | None:
        """The rules that say whether there is a pipeline at all; None where there are none."""
        for root in self.roots:
            node = root.get("workflow")
            rules = node.get("rules") if isinstance(node, YamlMapping) else None
            if rules is not None:
                return tuple(self.read_rules(rules))
        return None

    def _layers(self, name: str) -> tuple[list[YamlMapping], bool]:
        """The definitions that a job is put together from, its own first, then what it extends, the last one first."""
        found: list[YamlMapping] = []
        complete = True
        waiting: list[tuple[str, tuple[str, ...]]] = [(name, ())]
        while waiting:
            current, path = waiting.pop()
            own = [node for root in self.roots if isinstance(node := root.get(current), YamlMapping)]
            if not own or current in path or len(found) + len(own) > MAX_LAYERS:
                complete = False
                continue
            found.extend(own)
            extends = next((layer.get("extends") for layer in own if "extends" in layer), None)
            # The last parent wins, so it is popped first.
            waiting.extend((parent, (*path, current)) for parent in _names(extends))
        return found, complete

    def lines(self, node: Node | None, depth: int = 0) -> Iterator[Scalar]:
        """The scalars of a script: a text, a list, lists in it, and what `!reference` takes from another job."""
        if depth > 10:
            return
        if isinstance(node, Scalar):
            if not node.is_null:
                yield node
            return
        if not isinstance(node, Sequence):
            return
        target = self._referenced(node)
        if target is not None or node.tag == "!reference":
            yield from self.lines(target, depth + 1)
            return
        for count, item in enumerate(node.items):
            if count < MAX_SCRIPT_LINES:
                yield from self.lines(item, depth + 1)

    def _referenced(self, node: Sequence) -> Node | None:
        """What `!reference [job, key]` stands for."""
        if node.tag != "!reference" or len(node.items) < 2:
            return None
        name, *keys = (item.value if isinstance(item, Scalar) else "" for item in node.items)
        if len(keys) != 1:
            return None
        for layer in self._layers(name)[0]:
            found = layer.get(keys[0])
            if found is not None:
                return found
        return None

    def read_rules(self, node: Node | None, depth: int = 0) -> Iterator[JobRule]:
        """The entries of `rules:`, lists in it opened."""
        if not isinstance(node, Sequence) or depth > 10:
            return
        target = self._referenced(node)
        if node.tag == "!reference":
            if target is None:
                yield JobRule(None, None, False, node.place)
            else:
                yield from self.read_rules(target, depth + 1)
            return
        for index, item in enumerate(node.items):
            if isinstance(item, Sequence):
                yield from self.read_rules(item, depth + 1)
            elif isinstance(item, YamlMapping):
                when = scalar_of(item.get("when"))
                decidable = "changes" not in item and "exists" not in item
                yield JobRule(
                    scalar_of(item.get("if")), when.value if when else None, decidable, node.item_place(index)
                )


def _names(node: Node | None) -> tuple[str, ...]:
    """A name or a list of names."""
    if isinstance(node, Sequence):
        return tuple(item.value for item in node.items if isinstance(item, Scalar))
    scalar = scalar_of(node)
    return (scalar.value,) if scalar is not None else ()


class _Reader:
    """Reads a pipeline file and what it includes, each file once."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.roots: list[YamlMapping] = []
        self.seen: set[str] = set()
        self.unknown = False

    def read(self, source: Source, *, top: bool) -> None:
        self.seen.add(source.path)
        document = parse_yaml(source)
        check_aliases(document)
        root = document.root
        if not isinstance(root, YamlMapping) or document.documents > 1:
            # A file with a header (`spec: inputs:`) keeps its jobs in a second document, with inputs in it.
            self.unknown = True
            if not top or not isinstance(root, YamlMapping):
                return
        self.roots.append(root)
        includes = root.get("include")
        items = includes.items if isinstance(includes, Sequence) else [includes] if includes is not None else []
        for item in reversed(items):
            self._include(item)

    def _include(self, item: Node) -> None:
        for path in _local_paths(item):
            if path is None or "*" in path or "$" in path or len(self.seen) >= MAX_FILES:
                self.unknown = True
                continue
            if path in self.seen:
                continue
            source = self.load(path)
            if source is None:
                self.unknown = True
                continue
            try:
                self.read(source, top=False)
            except (SourceSyntaxError, SourceTooComplex):
                self.unknown = True


def _local_paths(item: Node) -> Iterable[str | None]:
    """The paths of one entry of `include:`; a None is something that is not in this repository.

    GitLab's own templates for one kind of job (GitLab: lib/gitlab/ci/templates/Security and Jobs) add jobs that upload
    nothing, and say nothing of the pipeline as a whole.
    """
    if isinstance(item, Scalar):
        return [None if "://" in item.value else item.value.lstrip("/")]
    if isinstance(item, YamlMapping):
        template = scalar_of(item.get("template"))
        if template is not None and template.value.startswith(("Security/", "Jobs/")):
            return []
        local = scalar_of(item.get("local"))
        return [local.value.lstrip("/") if local is not None and "rules" not in item else None]
    return [None]


def read_pipeline(source: Source, load: Load = lambda path: None) -> Pipeline:
    """Read a pipeline from its top-level file.

    Raises:
        SourceSyntaxError: it is no YAML.
        SourceTooComplex: it is nested deeper, or holds more values, than is read.
    """
    reader = _Reader(load)
    reader.read(source, top=True)
    return Pipeline(source, tuple(reader.roots), reader.unknown)
