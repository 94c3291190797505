"""What GitLab pipelines publish: for every way to start one, the uploads of its jobs and the identity that each would claim."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from preflight.plan.execution import ALWAYS, NEVER, Certainty
from preflight.publishers.matching import Identity
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.workflows.upload_model import NO_TRUSTED_PUBLISHING, Trust, Upload, index_of
from preflight.workflows.values import HIDDEN, Expression, Resolved, Unknown, Value, Variable

if TYPE_CHECKING:
    from preflight.plan.indirect import Indirect
    from preflight.project.git import Git
    from preflight.project.repository import Repository
    from preflight.publishers.claims import GitLabClaims
    from preflight.sources.text import Place
    from preflight.sources.yaml import Node, Scalar
    from preflight.workflows.expressions import Value as InputValue
    from preflight.workflows.gitlab import JobRule, Pipeline, PipelineJob
    from preflight.workflows.gitlab_conditions import Operand
    from preflight.workflows.pipelines import PipelineSet

TRUSTED_PUBLISHING = "trusted-publishing"
TOKEN_NAMES: Mapping[str, str] = {"pypi": "PYPI_ID_TOKEN", "testpypi": "TESTPYPI_ID_TOKEN"}
"""Index -> the variable in which clients look for the identity token: the audience in capitals (`id`, `detect_gitlab`)."""
READS_TOKEN = frozenset(("twine", "uv", "pdm"))
"""Clients that look for an identity token on GitLab; others that can publish so do it on GitHub alone."""

BY_HAND = "somebody starts the job by hand"
_MAX_DEPTH = 8
_REF = _compile(r"\$\{?CI_COMMIT_(?P<kind>BRANCH|TAG|REF_NAME)\}?\s*==\s*[\"'](?P<name>[^\"'\s]+)[\"']")
_CREDENTIAL = _compile(r"TOKEN|PASS|SECRET|API_?KEY|CREDENTIAL", re.IGNORECASE)


@dataclass(frozen=True)
class PipelineScenario:
    """One way to start a pipeline. `event` is GitLab's `CI_PIPELINE_SOURCE`; `starts` is None where that is not known."""

    pipeline: Pipeline
    event: str
    ref: str | None
    guessed: bool = False
    """Whether the ref's name is made up, so that a condition on it which fails proves nothing."""
    starts: bool | None = True
    activity: None = None
    inputs: None = None

    @property
    def path(self) -> str:
        """The top-level pipeline file."""
        return self.pipeline.path

    @property
    def default_inputs(self) -> Mapping[str, InputValue]:
        """None: a pipeline is started without typed inputs."""
        return {}

    @property
    def tag(self) -> str | None:
        """The tag that is pushed or chosen."""
        return self.ref.removeprefix("refs/tags/") if self.ref and self.ref.startswith("refs/tags/") else None

    @property
    def branch(self) -> str | None:
        """The branch, None in a pipeline of a tag or of a merge request."""
        return self.ref.removeprefix("refs/heads/") if self.ref and self.ref.startswith("refs/heads/") else None


@dataclass(frozen=True)
class PipelinePublish:
    """One upload of one scenario of a pipeline: a row of the plan, with the words of `publish_plan.Publish`.

    `id_token` says whether the job asks for the identity token that the index's clients look for.
    """

    scenario: PipelineScenario
    pipeline_job: PipelineJob
    upload: Upload
    place: Place
    hidden_in: str
    certainty: Certainty
    pretends: bool
    index: str | None
    authentication: str
    environment: str | None
    environment_expression: str | None
    identity: Identity
    id_token: bool | None
    host: str | None
    lookup: PipelineLookup = field(repr=False, compare=False)

    @property
    def step_number(self) -> None:
        """None: a job on GitLab is one script."""
        return None

    @property
    def job(self) -> str:
        return self.pipeline_job.name

    @property
    def happens(self) -> str:
        """`always`, `never` or `unknown`."""
        return self.certainty.word(self.pretends)

    @property
    def trusted(self) -> bool:
        """Whether it publishes with trusted publishing."""
        return self.authentication == TRUSTED_PUBLISHING

    @property
    def claims(self) -> GitLabClaims:
        """What the identity token of the run would say."""
        from preflight.publishers.claims import gitlab_claims

        identity = self.identity
        return gitlab_claims(
            host=self.host,
            namespace=identity.owner,
            project=identity.repository,
            pipeline_file=self.scenario.path,
            ref=self.scenario.ref,
            environment=identity.environment,
            source=self.scenario.event,
        )

    @property
    def environment_place(self) -> Place:
        """The job's environment; the job's name where it has none."""
        environment = self.pipeline_job.environment
        return environment.place if environment is not None else self.pipeline_job.key_place


@dataclass(frozen=True, slots=True)
class PlannedPipeline:
    """A scenario with what it publishes."""

    scenario: PipelineScenario
    publishes: tuple[PipelinePublish, ...]


@dataclass(frozen=True)
class PipelinePlan:
    """All scenarios of all pipelines."""

    scenarios: tuple[PlannedPipeline, ...] = ()

    def publishes(self) -> Iterator[PipelinePublish]:
        """Every row that may really upload."""
        return (row for planned in self.scenarios for row in planned.publishes if row.happens != "never")

    def trusted(self) -> Iterator[PipelinePublish]:
        """Every row that may upload with trusted publishing, on PyPI or TestPyPI."""
        return (row for row in self.publishes() if row.trusted and row.index in TOKEN_NAMES)


class PipelineLookup:
    """Answers for the variables of one job in one scenario: what the files set, and what GitLab predefines."""

    def __init__(
        self, scenario: PipelineScenario, variables: Mapping[str, Scalar], predefined: Mapping[str, str]
    ) -> None:
        self.scenario = scenario
        self.variables = variables
        self.predefined = predefined

    def __call__(self, piece: Expression | Variable) -> Resolved:
        return self.text(piece.name) if isinstance(piece, Variable) else None

    def text(self, name: str, depth: int = 0) -> Resolved:
        """The value of a variable. One that the files do not set may be set in the project's settings."""
        scalar = self.variables.get(name)
        if scalar is not None:
            from preflight.workflows.gitlab import read_value

            if scalar.is_null:
                return ""
            if depth >= _MAX_DEPTH:
                return None
            return read_value(scalar.value).resolve(
                lambda piece: self.text(piece.name, depth + 1) if isinstance(piece, Variable) else None
            )
        if name in self.predefined:
            return self.predefined[name]
        if name == "CI_COMMIT_TAG":
            return self.scenario.tag or ""
        if name == "CI_COMMIT_BRANCH":
            return self.scenario.branch or ""
        return HIDDEN if name.startswith("CI_JOB_") or _CREDENTIAL.search(name) else None

    def operand(self, name: str) -> Operand:
        """A variable as a condition sees it."""
        from preflight.workflows.gitlab_conditions import SET, UNKNOWN

        if name == "CI_COMMIT_TAG":
            return self.scenario.tag
        if name == "CI_COMMIT_BRANCH":
            return self.scenario.branch
        if name.startswith("CI_MERGE_REQUEST_"):
            return UNKNOWN if self.scenario.event == "merge_request_event" else None
        if name in self.predefined:
            return self.predefined[name]
        if name in self.variables:
            found = self.text(name)
            return found if isinstance(found, str) else SET if found is HIDDEN else UNKNOWN
        return UNKNOWN


def pipeline_plan(
    pipelines: PipelineSet, indirect: Indirect, maybe_repository: Repository | None, maybe_git: Git | None
) -> PipelinePlan:
    """The rows of every scenario of every pipeline."""
    planner = _Planner(indirect, maybe_repository, maybe_git)
    return PipelinePlan(tuple(planned for pipeline in pipelines for planned in planner.plan(pipeline)))


def rows_of_tag(
    pipelines: PipelineSet, indirect: Indirect, repository: Repository | None, git: Git | None, tag: str
) -> Iterator[PipelinePublish]:
    """Every upload that a push of one tag may come to."""
    planner = _Planner(indirect, repository, git)
    for pipeline in pipelines:
        yield from planner.of_tag(pipeline, tag)


class _Planner:
    """Works out the rows of pipelines."""

    def __init__(self, indirect: Indirect, repository: Repository | None, git: Git | None) -> None:
        self.indirect = indirect
        # A checkout from GitHub tells nothing of the project on GitLab that mirrors it.
        self.repository = repository if repository is not None and repository.host != "github.com" else None
        self.branch = (git.default_branch if git is not None else None) or "main"
        self.tags = tuple(git.tags[:1]) if git is not None else ()
        self._found: dict[PipelineJob, list[tuple[Upload, Place, str]]] = {}

    def plan(self, pipeline: Pipeline) -> Iterator[PlannedPipeline]:
        jobs = [job for job in pipeline.jobs.values() if self._may_upload(job)]
        for scenario in self._scenarios(pipeline):
            rows = [] if scenario.starts is False else [row for job in jobs for row in self._rows(scenario, job)]
            yield PlannedPipeline(scenario, tuple(rows))

    def of_tag(self, pipeline: Pipeline, tag: str) -> Iterator[PipelinePublish]:
        """The rows of a pushed tag that may really upload."""
        scenario = PipelineScenario(pipeline, "push", f"refs/tags/{tag}")
        scenario = replace(scenario, starts=self._starts(scenario))
        for job in pipeline.jobs.values() if scenario.starts is not False else ():
            if self._may_upload(job):
                yield from (row for row in self._rows(scenario, job) if row.happens != "never")

    def _may_upload(self, job: PipelineJob) -> bool:
        from preflight.workflows.uploads import mentions_upload

        script = job.script
        return script is not None and (mentions_upload(script.text) or self.indirect.may_hide(script.text))

    def _scenarios(self, pipeline: Pipeline) -> Iterator[PipelineScenario]:
        """A tag and the default branch that are pushed, refs that conditions name, a merge request, a schedule, by hand."""
        tag = f"refs/tags/{self.tags[0] if self.tags else 'v1.2.3'}"
        branch = f"refs/heads/{self.branch}"
        refs: list[tuple[str, str | None, bool]] = [("push", tag, not self.tags), ("push", branch, False)]
        for match in _REF.finditer(pipeline.source.text):
            prefixes = {"BRANCH": ("heads",), "TAG": ("tags",), "REF_NAME": ("heads",)}[match["kind"]]
            refs += [("push", f"refs/{prefix}/{match['name']}", False) for prefix in prefixes]
        refs += [("push", "refs/heads/feature", False), ("merge_request_event", None, False)]
        refs += [("schedule", branch, False), ("web", branch, False), ("web", tag, not self.tags)]
        for event, ref, guessed in list(dict.fromkeys(refs))[:64]:
            scenario = PipelineScenario(pipeline, event, ref, guessed)
            yield replace(scenario, starts=self._starts(scenario))

    def _starts(self, scenario: PipelineScenario) -> bool | None:
        rules = scenario.pipeline.workflow_rules
        if rules is None:
            return None if scenario.pipeline.has_unknown_includes else True
        lookup = PipelineLookup(scenario, scenario.pipeline.variables, self._predefined(scenario, None))
        return _decide(rules, lookup, scenario).happens

    def _predefined(self, scenario: PipelineScenario, job: PipelineJob | None) -> Mapping[str, str]:
        """GitLab's "Predefined CI/CD variables reference", as far as they are the same for all runs of a scenario."""
        found = {
            "CI": "true",
            "GITLAB_CI": "true",
            "CI_PIPELINE_SOURCE": scenario.event,
            "CI_DEFAULT_BRANCH": self.branch,
            "CI_CONFIG_PATH": scenario.path,
        }
        if scenario.tag or scenario.branch:
            found["CI_COMMIT_REF_NAME"] = scenario.tag or scenario.branch or ""
        if job is not None:
            found["CI_JOB_NAME"] = job.name
        if self.repository is not None:
            found |= {
                "CI_PROJECT_PATH": self.repository.slug,
                "CI_PROJECT_NAMESPACE": self.repository.owner,
                "CI_PROJECT_NAME": self.repository.name,
                "CI_PROJECT_ROOT_NAMESPACE": self.repository.owner.partition("/")[0],
                "CI_SERVER_HOST": self.repository.host,
                "CI_SERVER_URL": f"https://{self.repository.host}",
                "CI_API_V4_URL": f"https://{self.repository.host}/api/v4",
            }
        return found

    def _rows(self, scenario: PipelineScenario, job: PipelineJob) -> Iterator[PipelinePublish]:
        lookup = PipelineLookup(scenario, job.variables, self._predefined(scenario, job))
        certainty = _certainty(job, lookup, scenario)
        if scenario.starts is None:
            certainty = certainty.also(Certainty(None, "the rules of `workflow:` let it start"))
        if certainty.happens is False:
            return
        if job not in self._found:
            self._found[job] = list(self._uploads(job))
        for upload, place, hidden_in in self._found[job]:
            if not upload.sends_files:
                continue
            guard = upload.guard.evaluate(lookup)
            here = certainty.also(ALWAYS if guard else NEVER if guard is False else Certainty(None, str(upload.guard)))
            if here.happens is not False:
                yield self._row(scenario, job, upload, place, hidden_in, here, lookup)

    def _uploads(self, job: PipelineJob) -> Iterator[tuple[Upload, Place, str]]:
        from preflight.workflows.shell import shell_of
        from preflight.workflows.uploads import read_script_uploads

        shell, errexit = shell_of(None, windows=False)
        script = job.script
        assert script is not None
        environment = _environment(job.variables)
        found = read_script_uploads(script.text, environment, shell=shell, errexit=errexit)
        for upload in found.uploads:
            yield upload, script.place(upload.start, upload.end), ""
        if self.indirect.may_hide(script.text):
            for hidden in self.indirect.uploads(
                script.text, "", environment, found.configured, shell=shell, errexit=errexit
            ):
                yield hidden.upload, script.place(hidden.start, hidden.end), hidden.where

    def _row(
        self,
        scenario: PipelineScenario,
        job: PipelineJob,
        upload: Upload,
        place: Place,
        hidden_in: str,
        certainty: Certainty,
        lookup: PipelineLookup,
    ) -> PipelinePublish:
        address = upload.index.address(lookup)
        index = index_of(address) if address is not None else None
        token = id_token(job, index, minted=upload.minted)
        pretends = upload.pretends(lookup)
        if pretends is None:
            certainty = certainty.also(Certainty(None, str(upload.dry_run.value) if upload.dry_run else ""))
        name, expression = _environment_name(job, lookup)
        return PipelinePublish(
            scenario=scenario,
            pipeline_job=job,
            upload=upload,
            place=place,
            hidden_in=hidden_in,
            certainty=certainty,
            pretends=pretends is True,
            index=index,
            authentication=_authentication(upload, lookup, token),
            environment=name,
            environment_expression=expression,
            identity=Identity(
                kind="gitlab",
                owner=self.repository.owner if self.repository else None,
                repository=self.repository.name if self.repository else None,
                workflow=scenario.path,
                environment=None if expression is not None else name or "",
            ),
            id_token=token,
            host=self.repository.host if self.repository else None,
            lookup=lookup,
        )


def id_token(job: PipelineJob, index: str | None, *, minted: bool = False) -> bool | None:
    """Whether a job asks for the identity token that the clients of an index look for; any at all for a script of its own."""
    wanted = TOKEN_NAMES.get(index or "")
    if (wanted in job.id_tokens) if wanted and not minted else bool(job.id_tokens):
        return True
    return None if (not job.id_tokens and job.may_have("id_tokens")) or not job.complete or wanted is None else False


def _authentication(upload: Upload, lookup: PipelineLookup, token: bool | None) -> str:
    """As `Upload.authentication`, but no credential in the files does not mean none: the project's settings may hold one."""
    if upload.client not in READS_TOKEN:
        upload = replace(upload, trusted=NO_TRUSTED_PUBLISHING)
    found = upload.authentication(lookup, id_token=token)
    if found == "none":
        return "unknown"
    meant = token is True or upload.minted or upload.trusted.use is Trust.ALWAYS
    return found if found != TRUSTED_PUBLISHING or meant else "unknown"


def _environment(variables: Mapping[str, Scalar]) -> dict[str, Value]:
    """The variables of the files as values, those among them that they use put in; the rest stays open."""
    from preflight.workflows.gitlab import read_value

    def expanded(name: str, path: tuple[str, ...]) -> Value:
        def put_in(piece: object) -> tuple[object, ...]:
            if isinstance(piece, Variable) and piece.name in variables:
                if piece.name in path or len(path) > _MAX_DEPTH:
                    return (Unknown(f"${piece.name}"),)
                return expanded(piece.name, (*path, piece.name)).pieces
            return (piece,)

        scalar = variables[name]
        return read_value("" if scalar.is_null else scalar.value).replaced(put_in)  # type: ignore[arg-type]

    return {name: expanded(name, (name,)) for name in list(variables)[:500]}


def _environment_name(job: PipelineJob, lookup: PipelineLookup) -> tuple[str | None, str | None]:
    """The name of the environment, or the text that cannot be decided."""
    scalar = job.environment_name
    if scalar is None:
        return (None, "") if job.may_have("environment") and job.given("environment") is None else (None, None)
    from preflight.workflows.gitlab import read_value

    value = read_value(scalar.value).resolve(lookup)
    return (value, None) if isinstance(value, str) else (None, scalar.value)


def _certainty(job: PipelineJob, lookup: PipelineLookup, scenario: PipelineScenario) -> Certainty:
    """Whether a scenario runs a job (GitLab, "Specify when jobs run with rules"). Earlier jobs are taken to go well."""
    rules = job.rules
    if rules is not None:
        return _decide(rules, lookup, scenario, job.when)
    if job.given("only") is not None or job.given("except") is not None:
        return _only_except(job, scenario).also(_when(job.when))
    if job.may_have("rules"):
        return Certainty(None, "what the job extends says so")
    if scenario.event == "merge_request_event":
        return NEVER
    return _when(job.when)


def _when(when: str) -> Certainty:
    match when:
        case "never" | "on_failure":
            return NEVER
        case "manual":
            return Certainty(None, BY_HAND)
    return ALWAYS


def _decide(
    rules: tuple[JobRule, ...], lookup: PipelineLookup, scenario: PipelineScenario, default: str = "on_success"
) -> Certainty:
    """What the first rule that matches says; nothing matching means no."""
    from preflight.workflows.gitlab_conditions import evaluate

    doubts: list[str] = []
    outcomes: set[bool | None] = set()
    for rule in rules:
        text = rule.condition.value if rule.condition is not None else None
        holds = True if text is None else evaluate(text, lookup.operand)
        if holds is False and scenario.guessed and _asks_for_name(text):
            holds = None
        if holds and not rule.decidable:
            holds = None
        if holds is False:
            continue
        outcome = _when(rule.when or default)
        if holds:
            if not doubts:
                return outcome
            outcomes.add(outcome.happens)
            break
        doubts.append(text or "the files that changed")
        outcomes.add(outcome.happens)
    else:
        outcomes.add(False)
    if outcomes == {False}:
        return NEVER
    return ALWAYS if outcomes == {True} else Certainty(None, " || ".join(dict.fromkeys(doubts)))


def _asks_for_name(text: str | None) -> bool:
    """Whether a condition compares the ref's name, which may be made up, with something."""
    return text is not None and re.search(r"CI_COMMIT_(?:TAG|REF_NAME|REF_SLUG)\}?\s*[=!][=~]", text) is not None


_KEYWORDS = {
    "merge_requests": "merge_request_event",
    "schedules": "schedule",
    "web": "web",
    "pushes": "push",
    "api": "api",
    "triggers": "trigger",
    "pipelines": "pipeline",
    "chat": "chat",
    "external": "external",
}


def _only_except(job: PipelineJob, scenario: PipelineScenario) -> Certainty:
    """The older `only:` and `except:` (GitLab, "Deprecated keywords")."""
    only = _refs(job.given("only"))
    without = _refs(job.given("except"))
    allowed = _any_ref(only if only is not None else ["branches", "tags"], scenario)
    refused = _any_ref(without, scenario) if without is not None else False
    if allowed is False or refused is True:
        return NEVER
    return ALWAYS if allowed and refused is False else Certainty(None, "`only` and `except` allow it")


def _refs(entry: object) -> list[str] | None:
    """The refs of `only:` or `except:`; an entry that cannot be decided from the ref alone stands as `?`."""
    from preflight.sources.yaml import Entry, Scalar, Sequence
    from preflight.sources.yaml import Mapping as YamlMapping

    if not isinstance(entry, Entry):
        return None
    node: Node | None = entry.value
    found: list[str] = []
    if isinstance(node, YamlMapping):
        if any(key in node for key in ("changes", "variables", "kubernetes")):
            return ["?"]
        node = node.get("refs")
    if isinstance(node, Scalar):
        return [node.value]
    if isinstance(node, Sequence):
        found = [item.value if isinstance(item, Scalar) else "?" for item in node.items]
    return found or ["?"]


def _any_ref(refs: list[str], scenario: PipelineScenario) -> bool | None:
    answers = [_one_ref(ref, scenario) for ref in refs]
    return True if True in answers else None if None in answers else False


def _one_ref(ref: str, scenario: PipelineScenario) -> bool | None:
    from preflight.workflows.gitlab_conditions import matches

    name = ref.partition("@")[0]
    if ref == "?" or "@" in ref or "$" in ref:
        return None
    if name == "branches":
        return scenario.branch is not None
    if name == "tags":
        return scenario.tag is not None
    if name in _KEYWORDS:
        return scenario.event == _KEYWORDS[name]
    own = scenario.tag or scenario.branch
    if own is None:
        return False
    if name.startswith("/") and name.count("/") > 1:
        pattern, _, flags = name[1:].rpartition("/")
        answer = matches(pattern, own, flags)
        return None if answer is False and scenario.guessed else answer
    return own == name
