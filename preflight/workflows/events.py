"""The events that can start a GitHub workflow, as GitHub documents them. Knows nothing of any workflow file."""

from enum import Enum

from preflight.sources.records import dataclass


class RefKind(Enum):
    """Which Git ref a run of an event has (`github.ref`), after GitHub's page "Events that trigger workflows"."""

    PUSHED = "pushed"
    """The branch or tag that was pushed or created."""
    TAG = "tag"
    """The tag of the release."""
    CHOSEN = "chosen"
    """The branch or tag picked by who starts the run."""
    PULL_REQUEST = "pull-request"
    """`refs/pull/NUMBER/merge`."""
    MERGE_GROUP = "merge-group"
    """A branch below `refs/heads/gh-readonly-queue/`."""
    DEPLOYED = "deployed"
    """The branch or tag to be deployed; none for a deployment of a commit."""
    PACKAGE = "package"
    """The branch or tag of the published package."""
    DEFAULT_BRANCH = "default-branch"
    """The default branch, whatever happened elsewhere."""
    CALLER = "caller"
    """Whatever the calling workflow runs on."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its activity types, those that start a workflow without `types:`, its filters, its runs' ref."""

    name: str
    types: tuple[str, ...] = ()
    default_types: tuple[str, ...] = ()
    ref: RefKind = RefKind.DEFAULT_BRANCH
    filters: tuple[str, ...] = ()

    @property
    def has_types(self) -> bool:
        """Whether runs of this event have an activity (`github.event.action`)."""
        return bool(self.types) or self.name == "repository_dispatch"


_BRANCHES = ("branches", "branches-ignore")
_TAGS = ("tags", "tags-ignore")
_PATHS = ("paths", "paths-ignore")
_CREATED_EDITED_DELETED = ("created", "edited", "deleted")
_PULL_REQUEST_DEFAULTS = ("opened", "synchronize", "reopened")
_PULL_REQUEST_TYPES = (
    "assigned unassigned labeled unlabeled opened edited closed reopened synchronize converted_to_draft locked "
    "unlocked enqueued dequeued milestoned demilestoned ready_for_review review_requested review_request_removed "
    "auto_merge_enabled auto_merge_disabled stacked"
)


def _event(
    name: str,
    types: str | tuple[str, ...] = (),
    *,
    defaults: tuple[str, ...] | None = None,
    ref: RefKind = RefKind.DEFAULT_BRANCH,
    filters: tuple[str, ...] = (),
) -> Event:
    listed = tuple(types.split()) if isinstance(types, str) else types
    return Event(name, listed, listed if defaults is None else defaults, ref, filters)


EVENTS: dict[str, Event] = {
    event.name: event
    for event in (
        _event("branch_protection_rule", _CREATED_EDITED_DELETED),
        _event("check_run", "created rerequested completed requested_action"),
        _event("check_suite", "completed"),
        _event("create", ref=RefKind.PUSHED),
        _event("delete"),
        _event("deployment", ref=RefKind.DEPLOYED),
        _event("deployment_status", ref=RefKind.DEPLOYED),
        _event(
            "discussion",
            "created edited deleted transferred pinned unpinned labeled unlabeled locked unlocked category_changed "
            "answered unanswered",
        ),
        _event("discussion_comment", _CREATED_EDITED_DELETED),
        _event("fork"),
        _event("gollum"),
        _event("image_version", "created ready deleted", filters=("names", "versions")),
        _event("issue_comment", _CREATED_EDITED_DELETED),
        _event(
            "issues",
            "opened edited deleted transferred pinned unpinned closed reopened assigned unassigned labeled unlabeled "
            "locked unlocked milestoned demilestoned field_added field_removed typed untyped",
        ),
        _event("label", _CREATED_EDITED_DELETED),
        _event("merge_group", "checks_requested", ref=RefKind.MERGE_GROUP, filters=_BRANCHES),
        _event("milestone", "created closed opened edited deleted"),
        _event("page_build"),
        _event("project", "created closed reopened edited deleted"),
        _event("project_card", "created moved converted edited deleted"),
        _event("project_column", "created updated moved deleted"),
        _event("public"),
        _event(
            "pull_request",
            _PULL_REQUEST_TYPES,
            defaults=_PULL_REQUEST_DEFAULTS,
            ref=RefKind.PULL_REQUEST,
            filters=_BRANCHES + _PATHS,
        ),
        _event("pull_request_comment", _CREATED_EDITED_DELETED),
        _event("pull_request_review", "submitted edited dismissed", ref=RefKind.PULL_REQUEST),
        _event("pull_request_review_comment", _CREATED_EDITED_DELETED, ref=RefKind.PULL_REQUEST),
        _event("pull_request_target", _PULL_REQUEST_TYPES, defaults=_PULL_REQUEST_DEFAULTS, filters=_BRANCHES + _PATHS),
        _event("push", ref=RefKind.PUSHED, filters=_BRANCHES + _TAGS + _PATHS),
        _event("registry_package", "published updated", ref=RefKind.PACKAGE),
        _event("release", "published unpublished created edited deleted prereleased released", ref=RefKind.TAG),
        _event("repository_dispatch"),
        _event("schedule"),
        _event("status"),
        _event("watch", "started"),
        _event("workflow_call", ref=RefKind.CALLER),
        _event("workflow_dispatch", ref=RefKind.CHOSEN),
        _event("workflow_run", "completed requested in_progress", filters=("workflows", *_BRANCHES)),
    )
}
"""Every event by name, of GitHub's page "Events that trigger workflows" and of GitHub's own workflow schema."""

UNDOCUMENTED_EVENTS = frozenset({"dynamic", "interactive_component", "member"})
"""Events that GitHub's parser takes although no page documents them; nothing is known of their runs."""

FILTER_KEYS = frozenset({*_BRANCHES, *_TAGS, *_PATHS, "types", "workflows", "names", "versions"})
"""The keys below an event that GitHub reads; it passes over any other key there without a word."""


def needs_default_branch(event: str) -> bool:
    """Whether an event starts a workflow only where the default branch has its file (GitHub, "Events that trigger workflows")."""
    known = EVENTS.get(event)
    return known is not None and known.ref in (RefKind.DEFAULT_BRANCH, RefKind.CHOSEN)
