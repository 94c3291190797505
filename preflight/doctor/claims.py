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
    r"(?:[*•-]\s{0,3}|\|\s{0,5})?(?P<tick>[`\"]?)(?P<name>[a-z_]{2,25})(?P=tick)\s{0,20}[:=|]\s{0,20}"
    r"(?P<value>`[^`]{0,400}`|[^`|]{1,400}?)\s*\|?$"
)
_NAME_ALONE = _compile(r"[a-z_]{2,25}:\s{0,5}")
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
        listed = _LISTED.match(text) or _LISTED.match(_with_next(text, lines[index + 1 : index + 2]))
        if listed is None or listed["name"] not in _NAMES:
            continue
        if current and (index - last > _LARGEST_GAP or listed["name"] in current):
            if marked or _is_sure(current):
                yield current
            current, marked = {}, False
        place = index + 1 if _goes_on(text) and index + 1 < len(lines) else index
        current[listed["name"]] = (place, _value(listed["value"], lines[index + 1 : index + 2]))
        marked = marked or (listed["tick"] == "`" and "`" in listed["value"]) or _is_missing(listed["value"])
        last = index
    if current and (marked or _is_sure(current)):
        yield current


def _goes_on(text: str) -> bool:
    """Whether the value of a claim stands in the line below."""
    return text.rstrip().endswith("Some(") or _NAME_ALONE.fullmatch(text) is not None


def _with_next(text: str, following: Sequence[LogLine]) -> str:
    """A line that ends behind the name of a claim, with the value that stands in the next: uv breaks its lines as a terminal does."""
    if not _NAME_ALONE.fullmatch(text) or not following:
        return text
    value = following[0].text.strip()
    return f"{text} {value}" if value.startswith('"') else text


_MISSING = "MISSING"
"""What the publish action prints for a claim that the token lacks; no input of a step has this value."""
_ABSENT = (_MISSING, "None", "null")


def _is_missing(text: str) -> bool:
    return text.strip().strip("`\"'") == _MISSING


def _value(text: str, following: Sequence[LogLine]) -> str | None:
    """A claim's value without what encloses it: ticks, the quotes and the comma of JSON, `Some(…)` of uv, which may go on in the next line."""
    inside = text.strip().removesuffix(",")
    if inside == "Some(" and following:
        inside = following[0].text.strip().removesuffix(",")
    value = inside.removeprefix("Some(").removesuffix(")").strip("`").strip("\"'")
    return None if value in _ABSENT else value


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
