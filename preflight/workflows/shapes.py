"""What may stand at each place of a workflow, as data: keys, types, and the contexts that an expression there may use.

The facts are those of GitHub's own workflow schema (actions/languageservices and actions/runner, `workflow-v1.0.json`);
what GitHub reads leniently (everything below an event but `workflow_call`) is left open here too. `problems` holds a
file against it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from preflight.sources.records import dataclass

STATUS_FUNCTIONS: Final = frozenset({"always", "cancelled", "failure", "success"})


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What may stand at one place.

    `scalars` are the kinds of scalar it takes (`null`, `boolean`, `number`, `string`, `filled`), `constants` the only
    texts; `items` is the shape of a list's items, `keys` those of a mapping's known keys, `others` that of its other
    keys. `contexts` are what an expression may use: what stands outside adds its own, and where nobody names any, no
    expression may stand.
    """

    scalars: frozenset[str] = frozenset()
    constants: frozenset[str] = frozenset()
    items: "Shape | None" = None
    keys: Mapping[str, "Shape"] | None = None
    required: tuple[str, ...] = ()
    others: "Shape | None" = None
    contexts: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    is_condition: bool = False
    is_open: bool = False
    name: str = ""


ANYTHING: Final = Shape(is_open=True)


def _text(
    *, filled: bool = False, also: str = "", contexts: str = "", functions: frozenset[str] = frozenset()
) -> Shape:
    kinds = {"filled" if filled else "string", *also.split()}
    return Shape(scalars=frozenset(kinds), contexts=frozenset(contexts.split()), functions=functions)


def _scalar(kind: str, contexts: str = "", functions: frozenset[str] = frozenset()) -> Shape:
    return Shape(scalars=frozenset({kind}), contexts=frozenset(contexts.split()), functions=functions)


def _one_of(*texts: str) -> Shape:
    return Shape(constants=frozenset(texts))


def _list_of(item: Shape) -> Shape:
    return Shape(items=item)


def _either(first: Shape, *more: Shape, contexts: str = "") -> Shape:
    merged = first
    for shape in more:
        merged = replace(
            merged,
            scalars=merged.scalars | shape.scalars,
            constants=merged.constants | shape.constants,
            items=merged.items or shape.items,
            keys=merged.keys if merged.keys is not None else shape.keys,
            required=merged.required + shape.required,
            others=merged.others or shape.others,
            name=merged.name or shape.name,
        )
    return replace(merged, contexts=frozenset(contexts.split()) | merged.contexts)


def _mapping(
    keys: Mapping[str, Shape] | None = None,
    *,
    required: str = "",
    others: Shape | None = None,
    contexts: str = "",
    functions: frozenset[str] = frozenset(),
    name: str = "",
) -> Shape:
    return Shape(
        keys=keys or {},
        required=tuple(required.split()),
        others=others,
        contexts=frozenset(contexts.split()),
        functions=functions,
        name=name,
    )


_EARLY = "github inputs vars"
_JOB = f"{_EARLY} needs strategy matrix"
_STEP = f"{_JOB} secrets steps job runner env"
_HASH_FILES = frozenset({"hashFiles"})

_STRING = _text()
_FILLED = _text(filled=True)
_FILLED_OR_LIST = _either(_FILLED, _list_of(_FILLED))
_STEP_TEXT = _text(contexts=_STEP, functions=_HASH_FILES)
_STEP_ENV = _mapping(others=_STRING, contexts=_STEP, functions=_HASH_FILES)
_STEP_BOOLEAN = _scalar("boolean", _STEP, _HASH_FILES)

PERMISSIONS: Final = Shape(constants=frozenset({"read-all", "write-all"}), keys={}, name="permissions")
"""The scopes themselves are checked by `problems`, against `permissions.LEVELS`."""

_DEFAULTS_RUN = {"shell": _FILLED, "working-directory": _FILLED}
_CONCURRENCY = _mapping(
    {"group": _FILLED, "cancel-in-progress": _scalar("boolean"), "queue": _one_of("single", "max")},
    required="group",
    name="concurrency",
)
_CREDENTIALS = _mapping(
    {"username": _FILLED, "password": _FILLED}, contexts="github inputs vars secrets env", name="credentials"
)
_CONTAINER_KEYS = {
    "image": _STRING,
    "options": _STRING,
    "env": _mapping(others=_text(contexts=_STEP)),
    "ports": _list_of(_FILLED),
    "volumes": _list_of(_FILLED),
    "credentials": _CREDENTIALS,
}
_MATRIX = _mapping(
    {
        "include": _list_of(_mapping(others=ANYTHING)),
        "exclude": _list_of(_mapping(others=ANYTHING)),
    },
    others=_list_of(ANYTHING),
    name="matrix",
)

JOB_KEYS: Final[Mapping[str, Shape]] = {
    "name": _text(contexts=_JOB),
    "needs": _FILLED_OR_LIST,
    "if": Shape(
        scalars=frozenset({"string"}),
        contexts=frozenset(f"{_EARLY} needs".split()),
        functions=STATUS_FUNCTIONS,
        is_condition=True,
    ),
    "strategy": _mapping(
        {"fail-fast": _scalar("boolean"), "max-parallel": _scalar("number"), "matrix": _MATRIX},
        contexts=f"{_EARLY} needs",
        name="strategy",
    ),
    "permissions": PERMISSIONS,
    "concurrency": _either(_FILLED, _CONCURRENCY, contexts=_JOB),
}
"""What every job may hold."""

RUNNING_JOB: Final = _mapping(
    {
        **JOB_KEYS,
        "runs-on": _either(
            _FILLED_OR_LIST, _mapping({"group": _FILLED, "labels": _FILLED_OR_LIST}, name="runs-on"), contexts=_JOB
        ),
        "timeout-minutes": _scalar("number", _JOB),
        "cancel-timeout-minutes": _scalar("number", _JOB),
        "continue-on-error": _scalar("boolean", _JOB),
        "container": _either(_STRING, _mapping(_CONTAINER_KEYS, name="container"), contexts=_JOB),
        "services": _mapping(
            others=_either(
                _STRING,
                _mapping({**_CONTAINER_KEYS, "entrypoint": _STRING, "command": _STRING}, name="service"),
            ),
            contexts=_JOB,
        ),
        "env": _mapping(others=_STRING, contexts=f"{_JOB} secrets"),
        "environment": _either(
            _STRING,
            _mapping(
                {
                    "name": _STRING,
                    "url": _text(contexts=f"{_JOB} steps job runner env"),
                    "deployment": _scalar("boolean"),
                },
                required="name",
                name="environment",
            ),
            contexts=_JOB,
        ),
        "outputs": _mapping(others=_text(contexts=_STEP)),
        "defaults": _mapping({"run": _mapping(_DEFAULTS_RUN, contexts=f"{_JOB} env", name="run")}, name="defaults"),
        "steps": _list_of(Shape(name="step")),
        "snapshot": _either(
            _FILLED,
            _mapping(
                {
                    "image-name": _FILLED,
                    "if": Shape(
                        scalars=frozenset({"string"}),
                        contexts=frozenset(f"{_JOB} steps job runner env".split()),
                        functions=STATUS_FUNCTIONS | _HASH_FILES,
                        is_condition=True,
                    ),
                    "version": _FILLED,
                },
                required="image-name",
                name="snapshot",
            ),
            contexts=_JOB,
        ),
    },
    name="job",
)
"""A job with steps."""

CALLING_JOB: Final = _mapping(
    {
        **JOB_KEYS,
        "uses": _FILLED,
        "with": _mapping(others=_text(also="boolean number", contexts=_JOB)),
        "secrets": _either(
            _mapping(others=_text(also="boolean number", contexts=f"{_JOB} secrets")), _one_of("inherit")
        ),
    },
    name="job that calls a workflow",
)
"""A job that calls a workflow."""

_STEP_KEYS: Mapping[str, Shape] = {
    "name": _STEP_TEXT,
    "id": _FILLED,
    "continue-on-error": _STEP_BOOLEAN,
}
_ACTIVE_STEP_KEYS: Mapping[str, Shape] = {
    **_STEP_KEYS,
    "if": Shape(
        scalars=frozenset({"string"}),
        contexts=frozenset(f"{_JOB} steps job runner env".split()),
        functions=STATUS_FUNCTIONS | _HASH_FILES,
        is_condition=True,
    ),
    "timeout-minutes": _scalar("number", _STEP, _HASH_FILES),
    "env": _STEP_ENV,
    "background": _scalar("boolean"),
}

STEPS: Final[Mapping[str, Shape]] = {
    "run": _mapping(
        {**_ACTIVE_STEP_KEYS, "run": _STEP_TEXT, "working-directory": _STEP_TEXT, "shell": _FILLED}, name="run step"
    ),
    "uses": _mapping({**_ACTIVE_STEP_KEYS, "uses": _FILLED, "with": _STEP_ENV}, name="uses step"),
    "wait": _mapping({**_STEP_KEYS, "wait": _FILLED_OR_LIST}, name="wait step"),
    "wait-all": _mapping(
        {**_STEP_KEYS, "wait-all": Shape(scalars=frozenset({"null", "boolean"}))}, name="wait-all step"
    ),
    "cancel": _mapping({**_STEP_KEYS, "cancel": _FILLED}, name="cancel step"),
    "parallel": _mapping({"parallel": _list_of(Shape(name="step"))}, name="parallel step"),
}
"""The kinds of step, by the key that makes one."""

_CALL_INPUT = _mapping(
    {
        "description": _STRING,
        "type": _one_of("string", "boolean", "number"),
        "required": _scalar("boolean"),
        "default": _text(also="boolean number", contexts=_EARLY),
    },
    required="type",
    name="input",
)

WORKFLOW_CALL: Final = _either(
    _scalar("null"),
    _mapping(
        {
            "inputs": _mapping(others=_CALL_INPUT),
            "secrets": _mapping(
                others=_either(
                    _scalar("null"),
                    _mapping({"description": _STRING, "required": _scalar("boolean")}, name="secret"),
                )
            ),
            "outputs": _mapping(
                others=_mapping(
                    {"description": _STRING, "value": _text(contexts=f"{_EARLY} jobs")}, required="value", name="output"
                )
            ),
        },
        name="workflow_call",
    ),
)

WORKFLOW: Final = _mapping(
    {
        "on": ANYTHING,
        "name": _STRING,
        "description": _STRING,
        "run-name": _text(contexts=_EARLY),
        "defaults": _mapping({"run": _mapping(_DEFAULTS_RUN, name="run")}, name="defaults"),
        "env": _mapping(others=_STRING, contexts=f"{_EARLY} secrets"),
        "permissions": PERMISSIONS,
        "concurrency": _either(_STRING, _CONCURRENCY, contexts=_EARLY),
        "jobs": _mapping(others=Shape(name="job")),
    },
    required="jobs",
    name="workflow",
)


def _all_keys() -> frozenset[str]:
    found: set[str] = set()
    waiting: list[Shape] = [WORKFLOW, RUNNING_JOB, CALLING_JOB, WORKFLOW_CALL, *STEPS.values()]
    while waiting:
        shape = waiting.pop()
        found.update(shape.keys or ())
        waiting.extend((shape.keys or {}).values())
        waiting.extend(inner for inner in (shape.items, shape.others) if inner is not None)
    return frozenset(found)


KNOWN_KEYS: Final = _all_keys()
"""Every key that means something somewhere in a workflow: at another place it is a mistake, not news from GitHub."""
