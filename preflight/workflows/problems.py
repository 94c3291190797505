"""What GitHub would refuse in a workflow file, each with its place; and every expression in it, with what it may use.

Held against `shapes` (GitHub's own schema) and the checks that GitHub's reader makes beside it. What GitHub accepts is
never named here, however odd; expressions are found here and read elsewhere.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as AbstractMapping
from dataclasses import field

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.sources.yaml import Document, Entry, Mapping, Node, Scalar, Sequence, walk
from preflight.workflows.events import EVENTS, FILTER_KEYS, UNDOCUMENTED_EVENTS
from preflight.workflows.filters import read_pattern
from preflight.workflows.literals import has_expression, literal, shown
from preflight.workflows.permissions import LEVELS
from preflight.workflows.shapes import CALLING_JOB, KNOWN_KEYS, RUNNING_JOB, STEPS, WORKFLOW, WORKFLOW_CALL, Shape
from preflight.workflows.uses import read_action_ref, read_workflow_ref

MAX_FILE_CHARACTERS = 1024 * 1024
"""The size of a workflow above which GitHub does not read it (actions/runner: `ParseOptions.MaxFileSize`)."""

MAX_EXPRESSION_CHARACTERS = 21_000
"""The length of a text with expressions that GitHub still takes."""

_ID = _compile(r"[A-Za-z_][A-Za-z0-9_-]{0,98}")
_QUOTED_TEXT = _compile(r"\$\{\{\s*'(?:[^']|'')*'\s*\}\}")
_SCALAR_TAGS = frozenset("tag:yaml.org,2002:" + name for name in ("str", "bool", "int", "float", "null")) | {"!"}
_NOBODY: frozenset[str] = frozenset()

_SENTENCES: dict[str, str] = {
    "empty-file": "the file holds no workflow",
    "file-too-large": "the file has {length} characters; GitHub reads at most {limit}",
    "several-documents": "the file holds {count} YAML documents; a workflow is one",
    "missing-on": "there is no `on`: no event is defined that starts the workflow",
    "empty-on": "`on` names no event",
    "unknown-event": "`{event}` is no event that starts workflows",
    "conflicting-filters": "`{event}` has both `{first}` and `{second}`; only one of them may be given",
    "invalid-pattern": "the pattern `{pattern}` cannot be read: {reason}",
    "invalid-cron": "`{cron}` is no cron expression that GitHub takes: {reason}",
    "choice-without-options": "the input `{input}` is a choice without `options`",
    "no-jobs": "`jobs` is empty",
    "missing-key": "{where} has no `{key}`",
    "missing-runs-on": "job `{job}` has neither `runs-on` nor `uses`",
    "job-without-steps": "job `{job}` has no `steps` and calls no workflow",
    "job-runs-and-calls": "job `{job}` has both `runs-on` and `uses`",
    "key-beside-uses": "job `{job}` calls a workflow, and such a job takes no `{key}`",
    "step-without-action": "the step has neither `run` nor `uses`",
    "step-runs-and-uses": "the step has both `{first}` and `{second}`",
    "unknown-key": "{where} takes no key `{key}`",
    "unexpected-key": "a key of {where} is no plain text",
    "merge-key": "GitHub does not know the merge key `<<`",
    "duplicate-key": "`{key}` is given twice",
    "unexpected-value": "{where} cannot be `{value}`; expected {expected}",
    "empty-value": "{where} is empty; expected {expected}",
    "unexpected-list": "{where} cannot be a list; expected {expected}",
    "unexpected-mapping": "{where} cannot be a mapping; expected {expected}",
    "unsupported-tag": "GitHub does not know the YAML tag `{tag}`",
    "expression-not-allowed": "{where} takes no expression",
    "expression-too-long": "the text has {length} characters; with an expression in it, GitHub takes at most {limit}",
    "invalid-id": "`{id}` is no {what} id: {reason}",
    "duplicate-step-id": "the step id `{id}` is used twice in the job",
    "unknown-need": "job `{job}` needs `{need}`, and there is no such job",
    "needs-cycle": "job `{job}` needs `{need}`, which needs it in turn",
    "unknown-permission": "`{scope}` is no permission",
    "permission-level": "the permission `{scope}` cannot be `{level}`; expected {expected}",
    "invalid-uses": "`{uses}` is no action; expected `owner/repository[/path]@ref`, `./path` or `docker://image`",
    "workflow-used-as-step": "`{uses}` is a workflow; a step can only use an action",
    "invalid-workflow-uses": (
        "`{uses}` is no workflow; expected `owner/repository/.github/workflows/file.yml@ref` or "
        "`./.github/workflows/file.yml`"
    ),
    "runner-group": "`{group}` is no runner group; expected a name, `organization/name` or `enterprise/name`",
    "empty-matrix-vector": "the matrix list `{vector}` is empty",
    "empty-matrix": "the matrix has no list and no `include`",
    "matrix-filter-empty": "an item of the matrix `{key}` is empty",
    "matrix-exclude-key": "the matrix excludes by `{vector}`, and there is no list of that name",
    "service-without-image": "the service `{service}` has no image",
}


@dataclass(frozen=True, slots=True, eq=False)
class WorkflowProblem:
    """Something for which GitHub refuses the file.

    `certain` is false where GitHub may take it after all: a key or event that GitHub may have added since, a check that
    is known of other readers only. `related` is the other place it is about, as the first of two equal keys.
    """

    kind: str
    place: Place
    args: AbstractMapping[str, str] = field(default_factory=dict)
    certain: bool = True
    related: Place | None = None

    @property
    def detail(self) -> str:
        """The problem in one sentence, without place or full stop."""
        kind = "empty-value" if self.kind == "unexpected-value" and not self.args.get("value") else self.kind
        sentence = _SENTENCES[kind].format(**self.args)
        closest = self.args.get("closest")
        return f"{sentence} (did you mean `{closest}`?)" if closest else sentence


PROBLEM_KINDS = frozenset(_SENTENCES) - {"empty-value"}


@dataclass(frozen=True, slots=True, eq=False)
class ExpressionSite:
    """A scalar that GitHub evaluates, with the contexts it may use, and the functions beside those that are everywhere.

    A condition (`if:`) is an expression as a whole even without `${{ }}`.
    """

    scalar: Scalar
    contexts: frozenset[str]
    functions: frozenset[str]
    is_condition: bool


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """The outcome of reading a file against GitHub's rules."""

    problems: tuple[WorkflowProblem, ...]
    expressions: tuple[ExpressionSite, ...]


def check_workflow(document: Document) -> Checked:
    """Hold a workflow against what GitHub takes. Every problem is named, not only the first."""
    checker = _Checker()
    checker.document(document)
    if not checker.problems:
        # what else is wrong may be why the steps are not seen, and GitHub looks for them last
        for place, name in checker.bare:
            checker.add("job-without-steps", place, job=shown(name))
    seen: set[tuple[str, int, int, str]] = set()
    problems = []
    for problem in sorted(checker.problems, key=lambda found: found.place.start):
        identity = (problem.kind, problem.place.start, problem.place.end, repr(problem.args))
        if identity not in seen:
            seen.add(identity)
            problems.append(problem)
    sites: dict[tuple[int, frozenset[str]], ExpressionSite] = {}
    for site in checker.expressions:
        sites.setdefault((id(site.scalar), site.contexts), site)
    return Checked(tuple(problems), tuple(sites.values()))


class _Checker:
    def __init__(self) -> None:
        self.problems: list[WorkflowProblem] = []
        self.expressions: list[ExpressionSite] = []
        self.bare: list[tuple[Place, str]] = []

    def add(
        self, kind: str, place: Place, *, certain: bool = True, related: Place | None = None, **args: str | None
    ) -> None:
        given = {name: value for name, value in args.items() if value is not None}
        self.problems.append(WorkflowProblem(kind, place, given, certain, related))

    # --- the file

    def document(self, document: Document) -> None:
        source, root = document.source, document.root
        if len(source.text) > MAX_FILE_CHARACTERS:
            self.add("file-too-large", source.whole, length=f"{len(source.text):,}", limit=f"{MAX_FILE_CHARACTERS:,}")
        if document.documents > 1:
            self.add("several-documents", source.whole, certain=False, count=str(document.documents))
        if root is None or (isinstance(root, Scalar) and root.is_null):
            self.add("empty-file", source.whole, certain=False)
            return
        self.everywhere(root)
        self.value(root, WORKFLOW, "the workflow", _NOBODY, _NOBODY)
        if isinstance(root, Mapping):
            self.on(root.entry("on"), root)
            jobs = root.get("jobs")
            if isinstance(jobs, Mapping):
                self.needs(jobs)

    def everywhere(self, root: Node) -> None:
        """What holds at any place: keys given twice, merge keys, odd tags, texts too long."""
        for node in walk(root):
            if isinstance(node, Scalar):
                if node.tag is not None and node.tag not in _SCALAR_TAGS:
                    self.add("unsupported-tag", node.place, tag=node.tag.removeprefix("tag:yaml.org,2002:"))
                if len(node.value) > MAX_EXPRESSION_CHARACTERS and has_expression(node):
                    length, limit = f"{len(node.value):,}", f"{MAX_EXPRESSION_CHARACTERS:,}"
                    self.add("expression-too-long", node.place, length=length, limit=limit)
            elif isinstance(node, Mapping) and node.entries:
                for first, second in node.duplicates(ignore_case=True):
                    name = second.name or ""
                    if "${{" not in name and not second.is_merge:
                        self.add("duplicate-key", second.key_place, related=first.key_place, key=name)

    # --- any value

    def value(self, node: Node, shape: Shape, where: str, contexts: frozenset[str], functions: frozenset[str]) -> None:
        if shape.is_open:
            self.open(node, contexts, functions)
            return
        if shape.contexts:
            contexts = contexts | shape.contexts if contexts else shape.contexts
            functions = functions | shape.functions if functions else shape.functions
        if isinstance(node, Scalar):
            self.scalar(node, shape, where, contexts, functions)
        elif isinstance(node, Sequence):
            if shape.items is None:
                self.add("unexpected-list", node.place, where=where, expected=_expected(shape))
                return
            if shape.items.name == "step":
                self.steps(node, contexts, functions)
                return
            for item in node.items:
                self.value(item, shape.items, f"an item of {where}", contexts, functions)
        elif isinstance(node, Mapping):
            if shape.name == "permissions":
                self.permissions(node)
            elif shape.keys is None:
                self.add("unexpected-mapping", node.place, where=where, expected=_expected(shape))
            else:
                self.mapping(node, shape, where, contexts, functions)

    def open(self, node: Node, contexts: frozenset[str], functions: frozenset[str]) -> None:
        """A value of any kind, in which expressions may stand."""
        if not contexts:
            return
        for inner in walk(node):
            if isinstance(inner, Scalar) and has_expression(inner):
                self.expressions.append(ExpressionSite(inner, contexts, functions, False))

    def scalar(
        self, node: Scalar, shape: Shape, where: str, contexts: frozenset[str], functions: frozenset[str]
    ) -> None:
        if has_expression(node) or shape.is_condition:
            if not contexts:
                # an expression that is one quoted text is that text, wherever it stands
                if not _QUOTED_TEXT.fullmatch(node.value):
                    self.add("expression-not-allowed", node.place, where=where)
            elif node.value.strip():
                self.expressions.append(ExpressionSite(node, contexts, functions, shape.is_condition))
            return
        if not _takes(node, shape):
            self.add("unexpected-value", node.place, where=where, value=shown(node.value), expected=_expected(shape))

    def mapping(
        self, node: Mapping, shape: Shape, where: str, contexts: frozenset[str], functions: frozenset[str]
    ) -> None:
        keys = shape.keys or {}
        seen: set[str] = set()
        adds_keys = False
        for entry in node.entries:
            name = entry.name
            if name is None:
                self.add("unexpected-key", entry.key_place, where=where)
                continue
            if "${{" in name:
                adds_keys = True
                if contexts and isinstance(entry.key, Scalar):
                    self.expressions.append(ExpressionSite(entry.key, contexts, functions, False))
                    self.open(entry.value, contexts, functions)
                else:
                    self.add("expression-not-allowed", entry.key_place, where=f"a key of {where}")
                continue
            if name.upper() in seen:
                continue
            seen.add(name.upper())
            inner = keys.get(name) or shape.others
            if entry.is_merge and (inner is None or isinstance(entry.value, (Mapping, Sequence))):
                self.add("merge-key", entry.key_place)
            elif inner is None:
                self.unknown_key(entry, name, keys, where)
            elif inner.name == "job":
                self.job(entry, name)
            elif not name and inner is shape.others:
                self.add("unexpected-value", entry.key_place, where=f"a key of {where}", value="", expected="a name")
            elif shape.name == "matrix" and inner is shape.others and isinstance(entry.value, Mapping):
                self.add("unexpected-mapping", entry.value.place, where=f"the matrix list `{name}`", expected="a list")
            else:
                self.value(entry.value, inner, _where(shape, where, name), contexts, functions)
        if shape.name == "matrix":
            self.matrix(node)
        elif shape.name == "runs-on":
            self.runner_group(node)
        if not adds_keys and not any(entry.is_merge for entry in node.entries):
            for key in shape.required:
                if key.upper() not in seen:
                    place = node.entries[0].key_place if node.entries and not node.flow else node.place
                    self.add("missing-key", place, where=where, key=key)

    def unknown_key(self, entry: Entry, name: str, keys: AbstractMapping[str, Shape], where: str) -> None:
        closest = closest_name(name, keys)
        certain = closest is not None or name in KNOWN_KEYS or name in EVENTS or name in FILTER_KEYS
        self.add("unknown-key", entry.key_place, certain=certain, where=where, key=shown(name), closest=closest)

    def permissions(self, node: Mapping) -> None:
        for entry in node.entries:
            scope, value = entry.name, entry.value
            if scope is None or entry.is_merge:
                self.add("merge-key" if entry.is_merge else "unexpected-key", entry.key_place, where="`permissions`")
                continue
            levels = LEVELS.get(scope)
            if levels is None:
                closest = closest_name(scope, LEVELS)
                certain = closest is not None or scope in KNOWN_KEYS
                self.add("unknown-permission", entry.key_place, certain=certain, scope=shown(scope), closest=closest)
            elif isinstance(value, Scalar) and has_expression(value):
                self.add("expression-not-allowed", value.place, where=f"the permission `{scope}`")
            elif not isinstance(value, Scalar) or value.value not in levels:
                level = shown(value.value) if isinstance(value, Scalar) else "a list or mapping"
                # models and vulnerability-alerts were first read with any level, and `write` was taken for `read`
                certain = level not in ("read", "write") or scope == "id-token"
                expected = _listed(f"`{level}`" for level in levels)
                self.add("permission-level", value.place, certain=certain, scope=scope, level=level, expected=expected)

    # --- triggers

    def on(self, entry: Entry | None, root: Mapping) -> None:
        """What GitHub refuses in `on:`; it passes over keys and activity types that it does not know."""
        if entry is None:
            if not any(found.is_merge or "${{" in (found.name or "") for found in root.entries):
                self.add("missing-on", root.entries[0].key_place if root.entries else root.place)
            return
        node = entry.value
        if isinstance(node, Scalar):
            if node.is_null or not node.value:
                self.add("empty-on", entry.key_place)
            elif has_expression(node):
                self.add("expression-not-allowed", node.place, where="`on`")
            else:
                self.event_name(node)
            return
        if not (node.items if isinstance(node, Sequence) else node.entries if isinstance(node, Mapping) else ()):
            self.add("empty-on", entry.key_place)
        elif isinstance(node, Sequence):
            for item in node.items:
                if isinstance(item, Scalar):
                    self.event_name(item)
                else:
                    self.unexpected(item, "an item of `on`", "the name of an event", certain=False)
        elif isinstance(node, Mapping):
            for below in node.entries:
                self.event(below)

    def unexpected(self, node: Node, where: str, expected: str, *, certain: bool) -> None:
        if isinstance(node, Scalar):
            value = shown(node.value)
            self.add("unexpected-value", node.place, certain=certain, where=where, value=value, expected=expected)
        else:
            kind = "unexpected-list" if isinstance(node, Sequence) else "unexpected-mapping"
            self.add(kind, node.place, certain=certain, where=where, expected=expected)

    def event_name(self, key: Scalar) -> None:
        name = key.value
        if name in EVENTS or name in UNDOCUMENTED_EVENTS:
            return
        closest = closest_name(name, EVENTS)
        certain = closest is not None or name in KNOWN_KEYS or name in FILTER_KEYS
        self.add("unknown-event", key.place, certain=certain, event=shown(name), closest=closest)

    def event(self, entry: Entry) -> None:
        key, node = entry.key, entry.value
        if not isinstance(key, Scalar):
            self.add("unexpected-key", entry.key_place, where="`on`")
            return
        if has_expression(key):
            self.add("expression-not-allowed", key.place, where="a key of `on`")
            return
        if entry.is_merge:
            self.add("merge-key", entry.key_place)
            return
        event = key.value
        self.event_name(key)
        if event == "workflow_call":
            self.value(node, WORKFLOW_CALL, "`workflow_call`", _NOBODY, _NOBODY)
            return
        for inner in walk(node):
            if isinstance(inner, Scalar) and has_expression(inner):
                self.add("expression-not-allowed", inner.place, where="`on`")
        if event == "schedule":
            self.schedule(node, entry)
        elif isinstance(node, Mapping):
            self.filters(event, node)
            if event == "workflow_dispatch":
                self.dispatch_inputs(node.get("inputs"))
        elif not (isinstance(node, Scalar) and node.is_null):
            self.unexpected(node, f"`{event}`", "a mapping or nothing", certain=False)

    def filters(self, event: str, node: Mapping) -> None:
        known = EVENTS.get(event)
        for name in ("branches", "tags", "paths"):
            first, second = node.entry(name), node.entry(f"{name}-ignore")
            if first is None or second is None or known is None or name not in known.filters:
                continue
            self.add(
                "conflicting-filters",
                second.key_place,
                certain=event != "merge_group",
                related=first.key_place,
                event=event,
                first=name,
                second=f"{name}-ignore",
            )
        for entry in node.entries:
            name = entry.name or ""
            if known is None or name not in known.filters or name in ("workflows", "names", "versions"):
                continue
            items = entry.value.items if isinstance(entry.value, Sequence) else [entry.value]
            for item in items:
                if not isinstance(item, Scalar):
                    self.unexpected(item, f"`{name}`", "a pattern or a list of patterns", certain=False)
                elif item.value and not has_expression(item):
                    reason = read_pattern(item.value).error
                    if reason is not None:
                        pattern = shown(item.value)
                        self.add("invalid-pattern", item.place, certain=False, pattern=pattern, reason=reason)

    def dispatch_inputs(self, node: Node | None) -> None:
        for entry in node.entries if isinstance(node, Mapping) else ():
            if not isinstance(entry.value, Mapping):
                continue
            kind, options = entry.value.get("type"), entry.value.get("options")
            if (
                isinstance(kind, Scalar)
                and kind.value == "choice"
                and not (isinstance(options, Sequence) and options.items)
            ):
                self.add("choice-without-options", entry.key_place, certain=False, input=shown(entry.name or ""))

    def schedule(self, node: Node, entry: Entry) -> None:
        if not isinstance(node, Sequence):
            if isinstance(node, Scalar) and node.is_null:
                self.add("missing-key", entry.key_place, certain=False, where="`schedule`", key="cron")
            else:
                self.unexpected(node, "`schedule`", "a list of `cron`", certain=False)
            return
        for item in node.items:
            cron = item.get("cron") if isinstance(item, Mapping) else None
            if not isinstance(cron, Scalar) or not cron.value:
                self.add("missing-key", item.place, certain=False, where="an item of `schedule`", key="cron")
                continue
            reason, certain = cron_error(cron.value)
            if reason is not None:
                self.add("invalid-cron", cron.place, certain=certain, cron=shown(cron.value), reason=reason)

    # --- jobs

    def job(self, entry: Entry, name: str) -> None:
        node = entry.value
        self.id(entry.key_place, name, "job")
        where = f"job `{shown(name)}`"
        if not isinstance(node, Mapping):
            self.unexpected(node, where, "a mapping", certain=True)
            return
        merges = any(found.is_merge or "${{" in (found.name or "") for found in node.entries)
        uses, runs_on = node.entry("uses"), node.entry("runs-on")
        if uses is None:
            self.mapping(node, RUNNING_JOB, where, _NOBODY, _NOBODY)
            if runs_on is None and not merges:
                self.add("missing-runs-on", entry.key_place, job=shown(name))
            steps = node.get("steps")
            is_empty = steps is None or (isinstance(steps, Scalar) and steps.is_null)
            if not merges and (is_empty or (isinstance(steps, Sequence) and not steps.items)):
                self.bare.append((entry.key_place, name))
            services = node.get("services")
            if isinstance(services, Mapping):
                self.services(services)
            return
        keys: dict[str, Shape] = dict(CALLING_JOB.keys or {})
        for found in node.entries:
            key = found.name or ""
            if key == "runs-on":
                self.add("job-runs-and-calls", found.key_place, related=uses.key_place, job=shown(name))
            elif key not in keys and key in (RUNNING_JOB.keys or {}):
                self.add("key-beside-uses", found.key_place, related=uses.key_place, job=shown(name), key=key)
            else:
                continue
            keys[key] = (RUNNING_JOB.keys or {})[key]
        self.mapping(node, Shape(keys=keys, name=CALLING_JOB.name), where, _NOBODY, _NOBODY)
        target = uses.value
        if isinstance(target, Scalar) and target.value and not has_expression(target) and not read_workflow_ref(target):
            self.add("invalid-workflow-uses", target.place, uses=shown(target.value))

    def id(self, place: Place, text: str, what: str) -> None:
        reason = None
        if text.startswith("__"):
            reason = "ids that start with `__` are reserved"
        elif not _ID.fullmatch(text):
            reason = (
                "it may have at most 99 characters"
                if len(text) > 99
                else "it may hold only letters, digits, `-` and `_`, and starts with a letter or `_`"
            )
        if reason is not None:
            self.add("invalid-id", place, id=shown(text), what=what, reason=reason)

    def needs(self, jobs: Mapping) -> None:
        """Unknown jobs, and jobs that wait for each other (actions/runner: `ConvertToJobs`)."""
        needs: dict[str, list[Scalar]] = {}
        names: dict[str, str] = {}
        for entry in jobs.entries:
            name = entry.name
            if name is None or "${{" in name or name.lower() in needs:
                continue
            names[name.lower()] = name
            needs[name.lower()] = list(_needs(entry.value))
        if not names:
            if not jobs.entries:
                self.add("no-jobs", jobs.place)
            return
        waiting = {job: {need.value.lower() for need in listed} for job, listed in needs.items()}
        followers: dict[str, list[str]] = {}
        for job, needed in waiting.items():
            for need in needed:
                followers.setdefault(need, []).append(job)
        ready = [job for job, needed in waiting.items() if not needed]
        while ready:
            done = ready.pop()
            for job in followers.get(done, ()):
                waiting[job].discard(done)
                if not waiting[job]:
                    ready.append(job)
        for job, needed in waiting.items():
            for wanted in needs[job]:
                key = wanted.value.lower()
                if key not in names:
                    closest = closest_name(wanted.value, names.values())
                    self.add(
                        "unknown-need", wanted.place, job=shown(names[job]), need=shown(wanted.value), closest=closest
                    )
                elif key in needed and _leads_to(key, job, needs):
                    self.add("needs-cycle", wanted.place, job=shown(names[job]), need=shown(wanted.value))

    def services(self, services: Mapping) -> None:
        for entry in services.entries:
            node = entry.value
            if any(isinstance(inner, Scalar) and has_expression(inner) for inner in walk(services)):
                return
            image = node.get("image") if isinstance(node, Mapping) else node
            if image is None or (isinstance(image, Scalar) and image.value in ("", "docker://")):
                self.add("service-without-image", entry.key_place, service=shown(entry.name or ""))

    def runner_group(self, node: Mapping) -> None:
        group = node.get("group")
        if not isinstance(group, Scalar) or has_expression(group):
            return
        first, slash, rest = group.value.partition("/")
        if slash and (not rest or "/" in rest or first not in ("org", "organization", "ent", "enterprise")):
            self.add("runner-group", group.place, group=shown(group.value))

    def matrix(self, node: Mapping) -> None:
        """What GitHub's `MatrixBuilder` refuses, as far as no expression decides."""
        vectors = {
            (entry.name or "").lower(): entry.value
            for entry in node.entries
            if entry.name is not None and entry.name not in ("include", "exclude")
        }
        include, exclude = node.get("include"), node.get("exclude")
        for name, vector in vectors.items():
            if isinstance(vector, Sequence) and not vector.items:
                self.add("empty-matrix-vector", vector.place, vector=shown(name))
        if not vectors and (include is None or (isinstance(include, Sequence) and not include.items)):
            self.add("empty-matrix", node.place)
        if any(isinstance(inner, Scalar) and has_expression(inner) for inner in walk(node)):
            return
        for key, listed in (("include", include), ("exclude", exclude)):
            for item in listed.items if isinstance(listed, Sequence) else ():
                if isinstance(item, Mapping) and not item.entries:
                    self.add("matrix-filter-empty", item.place, key=key)
                for entry in item.entries if key == "exclude" and isinstance(item, Mapping) else ():
                    if entry.name is not None and entry.name.lower() not in vectors:
                        self.add("matrix-exclude-key", entry.key_place, vector=shown(entry.name))

    # --- steps

    def steps(
        self, node: Sequence, contexts: frozenset[str], functions: frozenset[str], *, grouped: bool = False
    ) -> None:
        ids: dict[str, Place] = {}
        for item in node.items:
            if not isinstance(item, Mapping):
                self.unexpected(item, "a step", "a mapping", certain=True)
                continue
            self.step(item, contexts, functions, grouped)
            id = item.entry("id")
            if id is None or not isinstance(id.value, Scalar) or not id.value.value or has_expression(id.value):
                continue
            text = id.value.value
            self.id(id.value.place, text, "step")
            if text.lower() in ids and id.value.place != ids[text.lower()]:
                self.add("duplicate-step-id", id.value.place, related=ids[text.lower()], id=shown(text))
            ids.setdefault(text.lower(), id.value.place)

    def step(self, node: Mapping, contexts: frozenset[str], functions: frozenset[str], grouped: bool) -> None:
        found = [entry for name in STEPS if (entry := node.entry(name)) is not None]
        if not found:
            keys: dict[str, Shape] = {**(STEPS["run"].keys or {}), **(STEPS["uses"].keys or {})}
            self.mapping(node, Shape(keys=keys, name="step"), "a step", contexts, functions)
            if not any(entry.is_merge or "${{" in (entry.name or "") for entry in node.entries):
                # a step of a kind that GitHub has added since would look just the same
                certain = all(entry.name in KNOWN_KEYS for entry in node.entries)
                place = node.entries[0].key_place if node.entries and not node.flow else node.place
                self.add("step-without-action", place, certain=certain or self._named_typo(node))
            return
        first = min(found, key=lambda entry: entry.key_place.start)
        name = first.name or ""
        shape = STEPS[name]
        others = [entry for entry in found if entry is not first]
        for entry in others:
            self.add(
                "step-runs-and-uses", entry.key_place, related=first.key_place, first=name, second=entry.name or ""
            )
        if others:
            keys = {**(shape.keys or {})}
            for entry in others:
                keys = {**(STEPS[entry.name or ""].keys or {}), **keys}
            shape = Shape(keys=keys, name="step")
        if name == "parallel":
            group = node.get("parallel")
            if isinstance(group, Sequence) and not grouped:
                self.steps(group, contexts, functions, grouped=True)
            self.mapping(
                node, Shape(keys={"parallel": Shape(is_open=True)}, name="step"), "a parallel step", _NOBODY, _NOBODY
            )
            return
        self.mapping(node, shape, _A_STEP.get(name, "a step") if not others else "a step", contexts, functions)
        uses = node.get("uses")
        if isinstance(uses, Scalar) and uses.value and not has_expression(uses):
            action = read_action_ref(uses)
            if action is None:
                self.add("invalid-uses", uses.place, uses=shown(uses.value))
            elif action.kind == "remote" and action.path.startswith(".github/workflows/"):
                self.add("workflow-used-as-step", uses.place, certain=False, uses=shown(uses.value))

    def _named_typo(self, node: Mapping) -> bool:
        return all(
            entry.name in KNOWN_KEYS or closest_name(entry.name or "", STEPS) is not None for entry in node.entries
        )


_A_STEP = {
    "run": "a step with `run`",
    "uses": "a step with `uses`",
    "wait": "a step with `wait`",
    "wait-all": "a step with `wait-all`",
    "cancel": "a step with `cancel`",
}


def _where(shape: Shape, where: str, name: str) -> str:
    """How a value is spoken of: by its key, and by what stands around it where the key alone would not do."""
    if shape.others is None or name in (shape.keys or {}):
        return f"`{shown(name)}`"
    return f"`{shown(name)}` in {where}"


def _takes(node: Scalar, shape: Shape) -> bool:
    """Whether a scalar is of a kind that the shape takes; what is no text is taken as its text too.

    actions/languageservices: `TemplateReader.validate`.
    """
    kinds = shape.scalars
    if "string" in kinds:
        return True
    if node.is_null:
        return "null" in kinds
    if (node.value and "filled" in kinds) or node.value in shape.constants:
        return True
    value = literal(node) if kinds else node.value
    return "boolean" in kinds if isinstance(value, bool) else "number" in kinds and isinstance(value, float)


_KIND_WORDS = {
    "null": "nothing",
    "boolean": "`true` or `false`",
    "number": "a number",
    "string": "text",
    "filled": "text that is not empty",
}


def _expected(shape: Shape) -> str:
    words = [_KIND_WORDS[kind] for kind in sorted(shape.scalars)]
    words.extend(f"`{text}`" for text in sorted(shape.constants))
    if shape.items is not None:
        words.append("a list")
    if shape.keys is not None:
        words.append("a mapping")
    return _listed(words)


def _listed(words: Iterator[str] | list[str]) -> str:
    every = list(words)
    return " or ".join([", ".join(every[:-1]), every[-1]] if len(every) > 1 else every)


def _needs(node: Node) -> Iterator[Scalar]:
    needs = node.get("needs") if isinstance(node, Mapping) else None
    for item in needs.items if isinstance(needs, Sequence) else (needs,):
        if isinstance(item, Scalar) and item.value and not item.is_null and not has_expression(item):
            yield item


def _leads_to(start: str, goal: str, needs: AbstractMapping[str, list[Scalar]]) -> bool:
    """Whether following `needs` from one job ends at another."""
    seen = {start}
    waiting = [start]
    while waiting:
        current = waiting.pop()
        if current == goal:
            return True
        for need in needs.get(current, ()):
            key = need.value.lower()
            if key not in seen:
                seen.add(key)
                waiting.append(key)
    return False


def closest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name that a name is most likely a slip of; None where it is none of them, or no slip at all."""
    plain = _plain(name)
    best: tuple[int, str] | None = None
    for candidate in known:
        if candidate == name:
            return None
        other = _plain(candidate)
        if other == plain:
            return candidate
        allowed = 0 if len(other) < 3 else 1 if len(other) < 6 else 2
        if abs(len(other) - len(plain)) <= allowed:
            distance = _distance(plain, other, allowed)
            if distance <= allowed and (best is None or distance < best[0]):
                best = (distance, candidate)
    return best[1] if best else None


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")


def _distance(left: str, right: str, limit: int) -> int:
    """The number of letters to add, drop, change or swap; more than `limit` is not told apart."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for index, letter in enumerate(left, 1):
        following = [index]
        for place, other in enumerate(right, 1):
            cost = min(row[place] + 1, following[-1] + 1, row[place - 1] + (letter != other))
            if index > 1 and place > 1 and letter == right[place - 2] and left[index - 2] == other:
                cost = min(cost, before[place - 2] + 1)
            following.append(cost)
        before, row = row, following
        if min(row) > limit:
            return limit + 1
    return row[-1]


_CRON_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day", 1, 31, ()),
    ("month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    ("weekday", 0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
_CRON_ITEM = _compile(r"(\*|[0-9]+|[A-Za-z]{3})(?:-([0-9]+|[A-Za-z]{3}))?(?:/([0-9]+))?")


def cron_error(text: str) -> tuple[str | None, bool]:
    """What is wrong with a cron expression, and whether GitHub is known to refuse just that.

    GitHub's page "Events that trigger workflows", `schedule`: five fields, names of months and days, no `@daily`.
    GitHub takes a step wider than its field (`*/24` hours), and what it makes of some rarer forms is not known.
    """
    if text.strip().startswith("@"):
        return "names such as `@daily` are not supported", True
    fields = text.split()
    if len(fields) != 5:
        return f"it has {len(fields)} fields and not 5", len(fields) < 5
    for value, (name, least, most, words) in zip(fields, _CRON_FIELDS, strict=True):
        for item in value.split(","):
            found = _CRON_ITEM.fullmatch(item)
            if found is None:
                return f"the {name} `{shown(item)}` cannot be read", False
            for number in found.group(1, 2):
                if number is None or number == "*" or number.lower() in words:
                    continue
                if not number.isdigit():
                    return f"the {name} `{number}` has no such name", False
                if not least <= int(number[:9]) <= most:
                    # a Sunday written as 7 was refused once
                    certain = not (name == "weekday" and number == "7")
                    return f"the {name} `{number}` is not within {least} and {most}", certain
    return None, True
