"""The values that answers are filled with, as a log tells them: file names, claims, addresses, what to type into a form. Holds no advice."""

from collections.abc import Mapping
from urllib.parse import quote

from preflight.credentials.redact import redact
from preflight.doctor.extraction import Extracted, Failure
from preflight.doctor.reading import Log
from preflight.doctor.signs import claimed_environment, username_in, workflow_file
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.words import say

_LONGEST = 200
_BLANKS = _compile(r"\s+")
_NAME = _compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,100}[A-Za-z0-9])?")
_TITLES = {"pypi": "PyPI", "testpypi": "TestPyPI"}
_HOSTS = {"pypi": "https://pypi.org", "testpypi": "https://test.pypi.org"}


@dataclass(frozen=True, slots=True)
class Publisher:
    """The fields of a publisher's form. None is not known; an empty `environment` is none."""

    kind: str
    owner: str | None
    repository: str | None
    workflow: str | None
    environment: str | None

    @property
    def form(self) -> str | None:
        """The fields as they are called on PyPI's form, with what to type; None where hardly any is known."""
        if self.owner is None or self.repository is None:
            return None
        if self.kind == "gitlab":
            labels = ("Namespace", "Project name", "Top-level pipeline file path", "Environment name")
        else:
            labels = ("Owner", "Repository name", "Workflow name", "Environment name")
        environment = (
            say("the one of the job")
            if self.environment is None
            else f"`{self.environment}`"
            if self.environment
            else say("left empty")
        )
        file = f"`{self.workflow}`" if self.workflow else say("the file that holds the upload job")
        return f"{labels[0]} `{self.owner}`, {labels[1]} `{self.repository}`, {labels[2]} {file}, {labels[3]} {environment}"


def claimed_publisher(extracted: Extracted) -> Publisher | None:
    """The publisher that the run claimed to be; None where the log does not tell its repository."""
    slug = extracted.repository
    if not slug:
        subject = (extracted.claims.get("sub") or "").split(":")
        slug = subject[1] if len(subject) > 1 and subject[0] in ("repo", "project_path") else ""
    owner, _, name = slug.rpartition("/")
    if not owner or not name:
        return None
    gitlab = "ci_config_ref_uri" in extracted.claims or "project_path" in extracted.claims
    path = workflow_file(extracted.job_workflow_ref or extracted.workflow_ref)
    file = path if gitlab else path.rpartition("/")[2] if path else None
    return Publisher("gitlab" if gitlab else "github", owner, name, file, claimed_environment(extracted))


def values_of(
    extracted: Extracted,
    failure: Failure | None,
    log: Log,
    publisher: Publisher | None = None,
    project: str | None = None,
    version_place: str | None = None,
) -> Mapping[str, str | None]:
    """What answers may name: the values in the message first, then what the log says elsewhere. Without secrets, each on one line.

    `publisher` and `project` come from the project at hand, where the log does not say them; so does `version_place`, where the version is written down.
    """
    claimed = claimed_publisher(extracted) or publisher
    caller = workflow_file(extracted.workflow_ref)
    groups = dict(failure.groups) if failure is not None else {}
    name = extracted.project or project
    values: dict[str, str | None] = {
        "file": extracted.file,
        "project": name,
        "version": extracted.version,
        "local_version": extracted.local_version,
        "version_place": version_place,
        "index_title": _TITLES.get(extracted.index or ""),
        "repository": f"{claimed.owner}/{claimed.repository}" if claimed is not None else None,
        "workflow": claimed.workflow if claimed is not None else None,
        "caller": caller.rpartition("/")[2] if caller else None,
        "environment": claimed.environment if claimed is not None else None,
        "form": claimed.form if claimed is not None else None,
        "ref": extracted.ref,
        "tag": (extracted.ref or "").removeprefix("refs/tags/")
        if (extracted.ref or "").startswith("refs/tags/")
        else None,
        "attempt": str(extracted.run_attempt) if extracted.run_attempt else None,
        "image": f"`{extracted.image}`" if extracted.image else None,
        "image_ref": (extracted.image or "").rpartition(":")[2] or None,
        "ci_file": workflow_file(extracted.claims.get("ci_config_ref_uri")),
    }
    told = {**values, **{key: value for key, value in groups.items() if value and key not in ("project", "file")}}
    told["requirement"] = told.get("requirement") or told.get("value")
    told.update(_pages(extracted.index, name, extracted.version))
    shown = {key: _shown(value) for key, value in told.items()}
    return {**shown, **_phrases(extracted, shown, username_in(log))}


def _pages(index: str | None, project: str | None, version: str | None) -> dict[str, str | None]:
    """The pages of the index; those of pypi.org where the log does not name the index."""
    host = _HOSTS.get(index or "pypi")
    if host is None:
        return {}
    pages: dict[str, str | None] = {
        "account_url": f"{host}/manage/account/",
        "tokens_url": f"{host}/manage/account/#api-tokens",
        "account_publishing_url": f"{host}/manage/account/publishing/",
    }
    if project and _NAME.fullmatch(project):
        named = quote(project)
        pages |= {
            "project_url": f"{host}/project/{named}/",
            "publishing_url": f"{host}/manage/project/{named}/settings/publishing/",
            "project_settings_url": f"{host}/manage/project/{named}/settings/",
        }
        if version:
            pages["release_url"] = f"{host}/project/{named}/{quote(version)}/#files"
    return pages


def _phrases(extracted: Extracted, told: Mapping[str, str | None], user: str | None) -> dict[str, str | None]:
    """Values with the words around them, for sentences that read well without them too."""

    def quoted(*names: str) -> str | None:
        found = next((told[name] for name in names if told.get(name)), None)
        return f"`{found}`" if found else None

    folder = quoted("folder", "pattern", "path")
    status, expected = extracted.http_status, told.get("expected")
    small, large = told.get("limit_mib"), told.get("limit_gib")
    limit = f"{small} MB" if small else f"{large} GB" if large else None
    return {
        "folder_words": folder,
        "username_words": f"`{redact(user)}`" if user and user != "__token__" and "***" not in user else None,
        "version_words": quoted("local_version", "version", "value"),
        "name_words": quoted("name", "value", "project"),
        "value_words": quoted("value", "address", "requirement", "path", "url"),
        "field_words": quoted("field"),
        "limit_words": say(" (limit: {limit})", limit=limit) if limit else None,
        "status_words": say(" ({parts})", parts=status) if status else None,
        "repository_words": say(" ({parts})", parts=f"`{extracted.index}`") if extracted.index in _TITLES else None,
        "url_words": f"`{_shown(extracted.url)}`" if extracted.url else None,
        "pattern_words": say(" ({parts})", parts=f"`{told['pattern']}`") if told.get("pattern") else None,
        "expected_words": say(": it should be `{name}`", name=expected) if expected else None,
    }


def _shown(value: str | None) -> str | None:
    if not value:
        return None
    text = _BLANKS.sub(" ", redact(value)).strip()
    return f"{text[:_LONGEST]}…" if len(text) > _LONGEST and not text.startswith(("Owner", "Namespace")) else text
