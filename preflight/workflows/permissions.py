"""What the token of a job may do: `permissions:` blocks, and which of them takes effect. Knows nothing of uploads."""

from collections.abc import Mapping as AbstractMapping
from dataclasses import field
from typing import Literal

from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.sources.yaml import Entry, Mapping, Node, Scalar
from preflight.workflows.literals import has_expression

Level = Literal["none", "read", "write"]
Kind = Literal["missing", "mapping", "read-all", "write-all", "unreadable"]
Levels = AbstractMapping[str, Level | None]

LEVELS: dict[str, tuple[Level, ...]] = {
    "actions": ("read", "write", "none"),
    "artifact-metadata": ("read", "write", "none"),
    "attestations": ("read", "write", "none"),
    "checks": ("read", "write", "none"),
    "code-quality": ("read", "write", "none"),
    "contents": ("read", "write", "none"),
    "copilot-requests": ("write", "none"),
    "deployments": ("read", "write", "none"),
    "discussions": ("read", "write", "none"),
    "drives": ("read", "write", "none"),
    "id-token": ("write", "none"),
    "issues": ("read", "write", "none"),
    "models": ("read", "none"),
    "packages": ("read", "write", "none"),
    "pages": ("read", "write", "none"),
    "pull-requests": ("read", "write", "none"),
    "repository-projects": ("read", "write", "none"),
    "security-events": ("read", "write", "none"),
    "statuses": ("read", "write", "none"),
    "vulnerability-alerts": ("read", "none"),
}
"""The scopes of `GITHUB_TOKEN` and the levels each can have (GitHub's own workflow schema)."""

_RANK: dict[Level, int] = {"none": 0, "read": 1, "write": 2}


@dataclass(frozen=True, slots=True, eq=False)
class Permissions:
    """One `permissions:` block, or the fact that there is none.

    A block replaces what stands outside it: a scope it does not name is `none`.
    """

    kind: Kind
    entry: Entry | None = None
    given: AbstractMapping[str, Level] = field(default_factory=dict)

    @property
    def is_missing(self) -> bool:
        return self.kind == "missing"

    @property
    def place(self) -> Place | None:
        """The whole block, its key included."""
        return self.entry.place if self.entry else None

    def scope_entry(self, scope: str) -> Entry | None:
        """Where the block names a scope."""
        return self.entry.value.entry(scope) if self.entry and isinstance(self.entry.value, Mapping) else None

    def level(self, scope: str) -> Level | None:
        """What the block grants; None where that depends on what is not in the file.

        `read-all` names `id-token` too, but reading it mints no token (actions/runner: `WorkflowTemplateConverter`).
        """
        if self.kind == "mapping":
            return self.given.get(scope, "none")
        if self.kind in ("read-all", "write-all"):
            most: Level = "read" if self.kind == "read-all" else "write"
            return "read" if most == "write" and "write" not in LEVELS.get(scope, ("write",)) else most
        return None


MISSING = Permissions("missing")


def read_permissions(entry: Entry | None) -> Permissions:
    """Read a `permissions:` entry, whatever it holds."""
    if entry is None:
        return MISSING
    node: Node = entry.value
    if isinstance(node, Scalar) and node.value in ("read-all", "write-all"):
        return Permissions("read-all" if node.value == "read-all" else "write-all", entry)
    if not isinstance(node, Mapping):
        return Permissions("unreadable", entry)
    given: dict[str, Level] = {}
    for scope, value in node.items():
        if not isinstance(value, Scalar) or has_expression(value) or value.value not in _RANK:
            return Permissions("unreadable", entry)
        given[scope] = value.value
    return Permissions("mapping", entry, given)


@dataclass(frozen=True, slots=True, eq=False)
class EffectivePermissions:
    """What a job's token may do, the block that decided it, and the scopes a caller cut down."""

    levels: Levels
    block: Permissions
    where: Literal["job", "workflow", "caller", "repository"]
    exceeded: AbstractMapping[str, tuple[Level, Level]] = field(default_factory=dict)
    """Scopes that a called workflow asks for beyond its caller's: (asked, allowed). GitHub refuses such a call."""

    @property
    def place(self) -> Place | None:
        """The block that takes effect; None where the repository's default does."""
        return self.block.place

    def level(self, scope: str) -> Level | None:
        """The level of a scope; None where only the repository's settings know."""
        return self.levels.get(scope, "none")

    def allows(self, scope: str, wanted: Level) -> bool | None:
        """Whether a scope has at least a level; None where only the repository's settings know."""
        level = self.level(scope)
        if level is None:
            least: Level = "read" if self.block.is_missing and scope in ("contents", "packages") else "none"
            return True if _RANK[least] >= _RANK[wanted] else None
        return _RANK[level] >= _RANK[wanted]


def effective(
    workflow: Permissions, job: Permissions, caller: EffectivePermissions | None = None
) -> EffectivePermissions:
    """The permissions of a job: its own block, else the workflow's, else the caller's, else the repository's default.

    GitHub's page "Workflow syntax", `permissions`; for called workflows actions/runner, `PermissionsHelper`: asking for
    more than the caller has is refused. The repository's default is all writes, or only reading contents and packages;
    neither has `id-token`.
    """
    block = job if not job.is_missing else workflow
    if block.is_missing:
        if caller is not None:
            return EffectivePermissions(caller.levels, caller.block, "caller")
        return EffectivePermissions(
            {scope: "none" if scope == "id-token" else None for scope in LEVELS}, MISSING, "repository"
        )
    scopes = {**LEVELS, **block.given}
    levels: dict[str, Level | None] = {scope: block.level(scope) for scope in scopes}
    where: Literal["job", "workflow"] = "workflow" if job.is_missing else "job"
    exceeded: dict[str, tuple[Level, Level]] = {}
    if caller is not None:
        for scope, asked in levels.items():
            # Without a block of the caller the repository's default is the limit, and may even hold `id-token`.
            allowed = None if caller.block.is_missing else caller.level(scope)
            if allowed is None:
                continue
            if asked is not None and _RANK[asked] > _RANK[allowed]:
                exceeded[scope] = (asked, allowed)
                levels[scope] = allowed
    return EffectivePermissions(levels, block, where, exceeded)
