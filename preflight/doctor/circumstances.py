"""What the project at hand says of a failure in a log: findings that are one of its causes, declared publishers beside the claims, history. Runs no check."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from preflight.doctor.extraction import Extracted
from preflight.doctor.history import History
from preflight.doctor.signs import workflow_file
from preflight.doctor.words import Publisher, claimed_publisher
from preflight.engine.finding import Confidence, Reported, Severity
from preflight.engine.session import Outcome
from preflight.plan.wanted import wanted_publishers
from preflight.publishers.matching import Difference, Identity, verdict
from preflight.publishers.registered import RegisteredPublisher, RegisteredPublishers
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.sources.words import say

if TYPE_CHECKING:
    from preflight.doctor.index_answers import IndexAnswers

DECIDING = 50
_NO_PERMISSION = "id-token-permission-missing"


@dataclass(frozen=True, slots=True)
class Support:
    """Something in the project that speaks for a cause. What weighs `DECIDING` goes before all that the log holds; less counts beside its signs.

    `finding` is what the check found, `registered` the declared publisher that does not fit the claims, `because` a sentence on what else was found.
    """

    weight: int
    confidence: Confidence
    place: Place | None
    finding: Reported | None = None
    registered: RegisteredPublisher | None = None
    because: str = ""

    @property
    def decides(self) -> bool:
        """Whether it outweighs what the log holds."""
        return self.weight >= DECIDING


class Circumstances:
    """The project at hand, by the outcome of its checks. `moment` is when the run failed, in seconds since 1970, where that is known."""

    def __init__(self, outcome: Outcome, prefix: str = "", moment: float | None = None) -> None:
        self.outcome = outcome
        self._moment = moment
        self.prefix = prefix
        """What goes before its paths where they are shown."""

    @cached_property
    def project(self) -> str | None:
        """The name of the distribution, where the workspace has exactly one."""
        projects = self.outcome.inventory.projects
        return self._stated(projects[0], "name") if len(projects) == 1 else None

    @cached_property
    def version_place(self) -> str | None:
        """Where the only project has its version written down; None where it has not, since a tag gives it, or where that is not known."""
        projects = self.outcome.inventory.projects
        if len(projects) != 1:
            return None
        try:
            statement = self.outcome.facts.child({"project": projects[0]}).get("versions").source.statement
        except Exception:  # the checks have reported what is wrong with the project already
            return None
        if statement is None:
            return None
        place = statement.place
        return f"`{self.prefix}{place.source.path}`" + say(" (line {line})", line=place.line)

    def fits(self, extracted: Extracted) -> bool:
        """Whether the log is of this project: it names one of its distributions, or its repository."""
        named = _normalized(extracted.project or "")
        if named and named in {_normalized(name) for name in self._names}:
            return True
        repository = self._had("maybe_repository")
        return repository is not None and repository.slug.lower() == (extracted.repository or "").lower()

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(name for each in self.outcome.inventory.projects if (name := self._stated(each, "name")))

    def _stated(self, project: object, field: str) -> str | None:
        """What the metadata of a project states; None where it cannot be read."""
        try:
            found = self.outcome.facts.child({"project": project}).get("declared_metadata").first(field)
        except Exception:  # the checks have reported what is wrong with the project already
            return None
        value = found.value if found is not None else None
        return value if isinstance(value, str) else None

    def _had(self, fact: str) -> Any:
        """A fact, or None where it cannot be had or is not known here."""
        try:
            return self.outcome.facts.get(fact)
        except Exception:  # the checks have reported what is wrong already
            return None

    @cached_property
    def _history(self) -> History:
        projects = self.outcome.inventory.projects
        built = [path.rpartition("/")[2] for path in self.outcome.inventory.distributions]
        plan = self._had("publish_plan")
        wanted = wanted_publishers(plan, self._registered) if plan is not None else []
        return History(
            self._had("maybe_git"),
            self._had("maybe_repository"),
            built,
            self._stated(projects[0], "version") if len(projects) == 1 else None,
            [each.identity for each in wanted],
        )

    @cached_property
    def _index(self) -> "IndexAnswers | None":
        """The index, where it may be asked."""
        indexes, clock = self._had("maybe_package_indexes"), self._had("maybe_clock")
        if indexes is None or clock is None:
            return None
        from preflight.doctor.index_answers import IndexAnswers

        return IndexAnswers(indexes, self.project, clock if self._moment is None else self._moment)

    @cached_property
    def _registered(self) -> RegisteredPublishers | None:
        found: RegisteredPublishers | None = self.outcome.facts.get("maybe_registered_publishers")
        return found

    def publisher(self, extracted: Extracted) -> Publisher | None:
        """The publisher that the project's workflows would need on the index of the log, where there is only one."""
        plan = self.outcome.facts.get("publish_plan")
        index = extracted.index or "pypi"
        identities = {each.identity for each in wanted_publishers(plan, self._registered) if each.index == index}
        if len(identities) != 1:
            return None
        identity = identities.pop()
        return Publisher(identity.kind, identity.owner, identity.repository, identity.workflow, identity.environment)

    def supports(self, extracted: Extracted, causes: Iterable[str]) -> Mapping[str, Support]:
        """What speaks for each of some causes."""
        wanted = frozenset(causes)
        found: dict[str, Support] = {}
        for finding in self.outcome.result.findings:
            named = [cause for cause in finding.causes if cause in wanted]
            if not named or not self._concerns(finding, extracted):
                continue
            certain = finding.severity is Severity.ERROR and len(named) == 1 and not self._or_secret(finding, extracted)
            weight = {Severity.ERROR: DECIDING, Severity.WARNING: 3, Severity.INFO: 0}[finding.severity]
            for cause in named:
                confidence = Confidence.CERTAIN if certain else Confidence.LIKELY
                if weight and (cause not in found or found[cause].weight < weight):
                    origin = self._origin(finding)
                    found[cause] = Support(weight, confidence, origin.place, origin)
        index = self._index
        answers = index.traces(extracted, wanted, self.publisher(extracted)) if index is not None else ()
        for trace in (*answers, *self._history.traces(extracted, wanted)):
            if trace.cause not in wanted:
                continue
            before = found.get(trace.cause)
            if before is None:
                found[trace.cause] = Support(trace.weight, Confidence.LIKELY, None, because=trace.words)
            else:
                weight = before.weight if before.decides else before.weight + trace.weight
                found[trace.cause] = replace(before, weight=weight, because=before.because or trace.words)
        declared = self._by_claims(extracted)
        if declared is not None and declared[0] in wanted:
            cause, shown = declared
            finding_too = found[cause].finding if cause in found else None
            place = finding_too.place if finding_too is not None else shown.place
            because = found[cause].because if cause in found else ""
            found[cause] = Support(shown.weight, shown.confidence, place, finding_too, shown.registered, because)
        return found

    def _origin(self, finding: Reported) -> Reported:
        """The finding of the same rule on the line that states what a built file shows, since that is the line to edit; else the finding itself."""
        version = finding.args.get("version")
        if finding.edits or version is None:
            return finding
        same = (each for each in self.outcome.result.findings if each.code == finding.code and each.edits)
        return next((each for each in same if each.args.get("version") == version), finding)

    def mended_by(self, finding: Reported, code: str, cause: str, extracted: Extracted) -> bool:
        """Whether the edits of a finding mend what a diagnosis says: it is of its rule or foretells its cause, and is about the run of the log."""
        return (finding.code == code or cause in finding.causes) and self._concerns(finding, extracted)

    def _concerns(self, finding: Reported, extracted: Extracted) -> bool:
        """Whether a finding can be about the run of the log: one in another workflow file than the claims name cannot, nor one about other built files."""
        run = {workflow_file(extracted.job_workflow_ref), workflow_file(extracted.workflow_ref)} - {None}
        path = finding.place.source.path if finding.place is not None else ""
        if run and path.startswith(".github/workflows/") and path not in run:
            return False
        files = finding.args.get("filenames")
        return extracted.file is None or not isinstance(files, list | tuple) or extracted.file in files

    def _or_secret(self, finding: Reported, extracted: Extracted) -> bool:
        """Whether the run may have failed at another step than a finding is about: one of the same job that passes a secret, which may be empty."""
        if _NO_PERMISSION not in finding.causes or finding.place is None:
            return False
        plan, path = self._had("publish_plan"), finding.place.source.path
        return any(
            publish.authentication in ("token", "password")
            and publish.job == finding.args.get("job")
            and publish.place.source.path == path
            and extracted.index in (None, publish.index)
            for publish in (plan.publishes() if plan is not None else ())
        )

    def _by_claims(self, extracted: Extracted) -> tuple[str, Support] | None:
        """The cause that a declared publisher shows beside the claims in the log, as PyPI would compare them."""
        claimed = claimed_publisher(extracted)
        if claimed is None or not extracted.claims or self._registered is None:
            return None
        index = extracted.index if extracted.index in ("pypi", "testpypi") else "pypi"
        declared = self._registered.on(index, claimed.kind)
        if not declared:
            if not self._registered.publishers:
                return None
            elsewhere = self._registered.publishers[0]
            cause = "publisher-missing-on-testpypi" if index == "testpypi" else "publisher-not-registered"
            return cause, Support(DECIDING + 10, Confidence.LIKELY, elsewhere.place)
        identity = Identity(claimed.kind, claimed.owner, claimed.repository, claimed.workflow, claimed.environment)
        judged = verdict(declared, identity)
        if judged.nearest is None or not judged.differences:
            return None
        cause = _cause(judged.differences, extracted, claimed.kind)
        confidence = Confidence.CERTAIN if len(judged.differences) == 1 and judged.certain else Confidence.LIKELY
        place = judged.nearest.field_place(judged.differences[0].field)
        return cause, Support(DECIDING + 20, confidence, place, None, judged.nearest)


def _cause(differing: tuple[Difference, ...], extracted: Extracted, kind: str) -> str:
    """What it is called that a publisher differs from the claims in these fields."""
    fields = {each.field: each for each in differing}
    if all(each.registered.strip().lower() == each.claimed.strip().lower() for each in differing):
        return "publisher-field-misspelled"
    if "owner" in fields or "repository" in fields:
        return "repository-renamed-or-transferred"
    if "workflow" in fields:
        if kind == "gitlab":
            return "gitlab-pipeline-file-mismatch"
        called, top = workflow_file(extracted.job_workflow_ref), workflow_file(extracted.workflow_ref)
        return (
            "reusable-workflow-publisher-mismatch" if called and top and called != top else "workflow-filename-mismatch"
        )
    return "environment-name-mismatch" if fields["environment"].claimed else "environment-missing-in-job"


def _normalized(name: str) -> str:
    """A project's name as indexes compare it (PEP 503)."""
    return _compile(r"[-_.]+").sub("-", name).lower()
