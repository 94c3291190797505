"""The claims of an identity token, as clients print them into logs: the publish action's list in its three lengths, uv's structures, tables and pasted lines.

Names and places only: what they mean for a publisher is not known here.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from preflight.doctor.reading import LogLine
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

GITHUB = (
    "sub", "repository", "repository_owner", "repository_owner_id", "workflow_ref", "job_workflow_ref", "ref", "environment", "event_name", "sha",
)  # fmt: skip
"""In the order of the publish action, which printed six of them from 2023-08, and `workflow_ref` and `environment` later."""

_OTHERS = (
    "project_path",
    "ci_config_ref_uri",
    "ref_path",
    "namespace_path",
    "email",
    "organization",
    "project",
    "actor_id",
    "iss",
    "aud",
)
_NAMES = frozenset((*GITHUB, *_OTHERS))

_LISTED = _compile(
    r"(?:[*•-]\s{0,3}|\|\s{0,5})?(?P<tick>`?)(?P<name>[a-z_]{2,25})(?P=tick)\s{0,20}[:=|]\s{0,20}"
    r"(?P<value>`[^`]{0,400}`|[^`|]{1,400}?)\s*\|?$"
)
_STRUCTURE = _compile(r"(?:OidcTokenClaims|\w{2,12}TokenClaims) \{(?P<inside>[^}]{1,3000})\}?")
_FIELD = _compile(
    r"(?P<name>[a-z_]{2,25}): (?:Some\(\"(?P<some>[^\"]{0,400})\"\)|\"(?P<plain>[^\"]{0,400})\"|(?P<none>None))"
)
_INITIATED = _compile(r"this action was initiated by:")
_PARENT = _compile(r"its parent workflow is:")
_WORKFLOW = _compile(r"[`']?(?P<value>[\w.-]+/[\w.-]+/\.github/workflows/[^@\s`']+@[^\s`']+)[`']?")

_SURE = frozenset(
    ("job_workflow_ref", "workflow_ref", "repository_owner", "repository_owner_id", "project_path", "ci_config_ref_uri")
)
_SUBJECT = _compile(r"(?:repo|project_path|org):")
_LARGEST_GAP = 4


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims that a log shows, and the index of the line of each. A claim that the token lacks is None."""

    values: Mapping[str, str | None]
    lines: Mapping[str, int]


def read_claims(lines: Sequence[LogLine]) -> Claims:
    """The claims of a log. Where it prints several tokens, those of the last one."""
    values: dict[str, str | None] = {}
    places: dict[str, int] = {}
    for found in _lists(lines):
        if found.keys() & values.keys():
            values, places = {}, {}
        values |= {name: value for name, (_, value) in found.items()}
        places |= {name: index for name, (index, _) in found.items()}
    for name, index, value in _of_reusable_warning(lines):
        values.setdefault(name, value)
        places.setdefault(name, index)
    return Claims(MappingProxyType(values), MappingProxyType(places))


_Found = dict[str, tuple[int, str | None]]


def _lists(lines: Sequence[LogLine]) -> Iterator[_Found]:
    """Claims that stand together: a list of lines such as `* \\`ref\\`: \\`refs/tags/v1\\``, or one structure of uv's."""
    current: _Found = {}
    marked = False
    last = -10
    for index, line in enumerate(lines):
        text = line.text
        if len(text) > 3_000 or not any(divider in text for divider in ":|="):
            continue
        if structure := _STRUCTURE.search(text):
            yield {
                field["name"]: (
                    index,
                    None if field["none"] else field["some"] if field["some"] is not None else field["plain"],
                )
                for field in _FIELD.finditer(structure["inside"])
                if field["name"] in _NAMES
            }
            continue
        listed = _LISTED.match(text)
        if listed is None or listed["name"] not in _NAMES:
            continue
        if current and (index - last > _LARGEST_GAP or listed["name"] in current):
            if marked or _is_sure(current):
                yield current
            current, marked = {}, False
        value = listed["value"].strip().strip("`").strip("\"'")
        current[listed["name"]] = (index, None if value in ("MISSING", "None", "null") else value)
        marked = marked or (listed["tick"] == "`" and "`" in listed["value"])
        last = index
    if current and (marked or _is_sure(current)):
        yield current


def _is_sure(found: _Found) -> bool:
    """Whether plain lines are claims: the inputs of a step look alike (`repository: o/r`), but never have these names."""
    subject = found.get("sub", (0, None))[1]
    return not _SURE.isdisjoint(found) or (subject is not None and _SUBJECT.match(subject) is not None)


def _of_reusable_warning(lines: Sequence[LogLine]) -> Iterator[tuple[str, int, str]]:
    """The two workflows that the publish action names in its warning of reusable workflows."""
    for pattern, name in ((_INITIATED, "job_workflow_ref"), (_PARENT, "workflow_ref")):
        for index, line in enumerate(lines):
            if not pattern.search(line.text):
                continue
            for near in range(index, min(len(lines), index + 5)):
                if found := _WORKFLOW.search(lines[near].text):
                    yield name, near, found["value"]
                    break
