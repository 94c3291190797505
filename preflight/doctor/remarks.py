"""What a log shows beside its failure: an API token in clear text, a workflow that the project at hand does not have; and whether it is a text at all."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from preflight.credentials.redact import redact
from preflight.credentials.token import find_tokens, is_real_token, read_token
from preflight.doctor.extraction import Evidence, Extracted
from preflight.doctor.reading import Log
from preflight.doctor.signs import workflow_file
from preflight.engine.packs import Rule
from preflight.publishers.registered import index_title
from preflight.sources.records import dataclass
from preflight.sources.words import say

if TYPE_CHECKING:
    from preflight.doctor.circumstances import Circumstances
    from preflight.doctor.diagnosis import Owners

EXPOSED_TOKEN = "TOK014"
_START = "pypi-AgE"
"""How the tokens of both indexes begin."""
_TOKEN_PAGES = {
    "pypi": "https://pypi.org/manage/account/#api-tokens",
    "testpypi": "https://test.pypi.org/manage/account/#api-tokens",
}
_MOST = 3
_SAMPLE = 200_000
_SHORTEST = 500
"""Characters below which what was pasted is taken for a text."""
_LEAST_SHARE = 0.02
_PLAIN = frozenset("\a\b\t\n\v\f\r\x1b")
"""Control characters that programs print to a terminal."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know beside the diagnosis. `rule` is the one whose card tells more, where there is one; `advice` is what to do."""

    message: str
    advice: str
    evidence: tuple[Evidence, ...] = ()
    rule: Rule | None = None


def remarks(
    log: Log, extracted: Extracted, owners: "Owners", circumstances: "Circumstances | None"
) -> tuple[Remark, ...]:
    """All that is to be said of a log beside its failure."""
    found = [*_tokens(log, owners)]
    if circumstances is not None:
        found += _workflow(extracted, circumstances)
    return tuple(found)


def _tokens(log: Log, owners: "Owners") -> Iterator[Remark]:
    """Whole tokens of the index that nobody masked. Those that trusted publishing mints are gone within minutes, and nobody can delete them."""
    lines: dict[str, dict[int, Evidence]] = {}
    for line in log.lines:
        if _START not in line.raw:
            continue
        for start, end in find_tokens(line.raw):
            text = line.raw[start:end]
            token = read_token(text).token
            if token is not None and not token.is_oidc and is_real_token(text):
                lines.setdefault(text, {})[line.number] = Evidence(line.number, redact(line.text))
    for text, shown in list(lines.items())[:_MOST]:
        token = read_token(text).token
        index = token.index if token is not None and token.index is not None else "pypi"
        numbers = say(", ").join(map(str, list(shown)[:_MOST]))
        message = say(
            "An API token of {index} stands in clear text in the log (line {lines}).",
            index=index_title(index),
            lines=numbers,
        )
        advice = say(
            "Whoever can read the log can upload with it: delete the token now on {page}, and the log too. "
            "Keep the new one in a secret, and off the command line.",
            page=_TOKEN_PAGES[index],
        )
        yield Remark(message, advice, tuple(shown.values()), owners.rule(EXPOSED_TOKEN))


def _workflow(extracted: Extracted, circumstances: "Circumstances") -> Iterator[Remark]:
    """The workflow that the run's identity names, where the project at hand is its repository and has no such file."""
    claims = ("job_workflow_ref", extracted.job_workflow_ref), ("workflow_ref", extracted.workflow_ref)
    reference = next(((name, value) for name, value in claims if value), None)
    gitlab = extracted.claims.get("ci_config_ref_uri")
    name, value = reference or ("ci_config_ref_uri", gitlab)
    path = workflow_file(value)
    if path is None or not _of_the_project(value or "", gitlab is not None and reference is None, circumstances):
        return
    facts = circumstances.outcome.facts
    if facts.get("tree").is_file(path):
        return
    there = _publishing(facts.get("publish_plan"))
    evidence = extracted.claims_lines.get(name)
    advice = say(
        "Renamed since, or a checkout of another commit? PyPI compares the file's name: `preflight publisher` prints the one of today."
    )
    told = "The run used the workflow `{file}`, which the project here does not have."
    if there:
        told = "The run used the workflow `{file}`, which the project here does not have; it uploads with {others}."
    others = say(", ").join(f"`{each}`" for each in there[:_MOST])
    yield Remark(say(told, file=path, others=others), advice, (evidence,) if evidence is not None else ())


def _of_the_project(reference: str, gitlab: bool, circumstances: "Circumstances") -> bool:
    """Whether a workflow stands in the repository of the project at hand, or may: where its remote is not known, somebody named the project."""
    repository = circumstances.outcome.facts.get("maybe_repository")
    if repository is None:
        return True
    slug = repository.slug.lower()
    return (
        reference.lower().partition("/")[2].startswith(f"{slug}//")
        if gitlab
        else reference.lower().startswith(f"{slug}/")
    )


def _publishing(plan: Any) -> list[str]:
    """The workflow files that upload."""
    rows = (row for planned in plan.all_scenarios() for row in planned.publishes if row.happens != "never")
    return list(dict.fromkeys(row.scenario.path.rpartition("/")[2] for row in rows))


def is_text(log: Log) -> bool:
    """Whether a log is a text: programs print hardly any control characters but those that a terminal obeys."""
    size = strange = 0
    for line in log.lines:
        size += len(line.raw)
        strange += sum(character < " " and character not in _PLAIN for character in line.raw)
        if size > _SAMPLE:
            break
    return size < _SHORTEST or strange <= _LEAST_SHARE * size
