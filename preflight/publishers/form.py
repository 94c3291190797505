"""The rules of PyPI's trusted-publisher form, field by field. Follows warehouse/oidc/forms."""

from collections.abc import Iterator
from re import UNICODE, Pattern

from preflight.publishers.registered import RegisteredPublisher
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

GITHUB_ENVIRONMENT_LIMIT = 255
"""Characters that an environment name may have at most."""

_GITHUB_OWNER = _compile(r"^[a-zA-Z0-9][a-zA-Z0-9-]*$")
_GITHUB_REPOSITORY = _compile(r"^[a-zA-Z0-9-_.]+$")
_GITHUB_ENVIRONMENT_BAD = _compile(r"[\x00-\x1F\x7F'\"`,;\\]", UNICODE)
_GITLAB_NAMESPACE = _compile(r"^[a-zA-Z0-9][a-zA-Z0-9-_./+]*[a-zA-Z0-9]$")
_GITLAB_PROJECT = _compile(r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*[a-zA-Z0-9]$")
_GITLAB_ENVIRONMENT = _compile(r"^[a-zA-Z0-9\-_/${} ]+$")
_GITLAB_TWO_SPECIAL = _compile(r"[._-]{2}")
_ACTIVESTATE_PROJECT = _compile(r"^[.a-zA-Z0-9-]{3,40}$")


@dataclass(frozen=True, slots=True)
class FormError:
    """A field that the form refuses. `rejection` names the refusal, `message` is the form's own sentence, `mended` a value it would take."""

    field: str
    value: str
    rejection: str
    message: str
    mended: str | None = None


def form_errors(publisher: RegisteredPublisher) -> Iterator[FormError]:
    """What PyPI's form would refuse of a declared publisher. Whether an owner exists is not asked."""
    match publisher.kind:
        case "github":
            yield from _github(publisher)
        case "gitlab":
            yield from _gitlab(publisher)
        case "activestate":
            yield from _activestate(str(publisher.declared.fields.get("project-name", "")))


def _github(publisher: RegisteredPublisher) -> Iterator[FormError]:
    if not _GITHUB_OWNER.match(publisher.owner):
        owner = publisher.owner.rstrip("/").rpartition("/")[2].removeprefix("@")
        yield FormError(
            "owner",
            publisher.owner,
            "tp-form-gh-owner",
            "Invalid GitHub user or organization name.",
            _good(owner, _GITHUB_OWNER),
        )
    if not _GITHUB_REPOSITORY.match(publisher.repository):
        name = publisher.repository.rstrip("/").removesuffix(".git").rpartition("/")[2]
        yield FormError(
            "repository",
            publisher.repository,
            "tp-form-gh-repo",
            "Invalid repository name",
            _good(name, _GITHUB_REPOSITORY),
        )
    name = publisher.workflow
    if not name.endswith((".yml", ".yaml")):
        mended = None if "." in name else f"{name}.yml"
        if name.lower().endswith((".yml", ".yaml")):
            mended = None  # GitHub compares file names exactly, so the file itself must be renamed
        yield FormError(
            "workflow", name, "tp-form-gh-workflow-suffix", "Workflow name must end with .yml or .yaml", mended
        )
    elif "/" in name:
        message = "Workflow filename must be a filename only, without directories"
        yield FormError("workflow", name, "tp-form-gh-workflow-path", message, name.rpartition("/")[2])
    environment = publisher.environment
    if not environment:
        return
    if len(environment) > GITHUB_ENVIRONMENT_LIMIT:
        yield FormError(
            "environment",
            environment,
            "tp-form-gh-env-long",
            "Environment name is too long (maximum is 255 characters)",
        )
    elif environment.startswith(" ") or environment.endswith(" "):
        where = "start" if environment.startswith(" ") else "end"
        message = f"Environment name may not {where} with whitespace"
        yield FormError("environment", environment, "tp-form-gh-env-space", message, environment.strip(" "))
    elif _GITHUB_ENVIRONMENT_BAD.search(environment):
        message = 'Environment name must not contain non-printable characters or the characters "\'", """, "`", ",", ";", "\\"'
        yield FormError("environment", environment, "tp-form-gh-env-chars", message)


def _good(text: str, pattern: Pattern[str]) -> str | None:
    return text if text and pattern.match(text) else None


def _gitlab(publisher: RegisteredPublisher) -> Iterator[FormError]:
    for field, value, pattern, rejection, message in (
        (
            "owner",
            publisher.owner,
            _GITLAB_NAMESPACE,
            "tp-form-gl-namespace",
            "Invalid GitLab username or group/subgroup name.",
        ),
        ("repository", publisher.repository, _GITLAB_PROJECT, "tp-form-gl-project", "Invalid project name"),
    ):
        if value.lower().endswith((".atom", ".git")):
            mended = value[: value.rindex(".")]
            yield FormError(field, value, "tp-form-gl-git-atom", "Name ends with .git or .atom", mended)
        elif not pattern.match(value) or _GITLAB_TWO_SPECIAL.search(value):
            yield FormError(field, value, rejection, message)
    path = publisher.workflow
    if not path.endswith((".yml", ".yaml")):
        message = "Top-level pipeline file path must end with .yml or .yaml"
        yield FormError("workflow", path, "tp-form-gl-workflow", message)
    elif path.startswith("/"):
        message = "Top-level pipeline file path cannot start or end with /"
        yield FormError("workflow", path, "tp-form-gl-workflow", message, path.strip("/"))
    if publisher.environment and not _GITLAB_ENVIRONMENT.match(publisher.environment):
        yield FormError("environment", publisher.environment, "tp-form-gl-env", "Invalid environment name")


def _activestate(project: str) -> Iterator[FormError]:
    if not _ACTIVESTATE_PROJECT.match(project):
        yield FormError("project-name", project, "tp-form-as-project", "Invalid ActiveState project name")
    elif "--" in project:
        message = "Double dashes are not allowed in the name"
        yield FormError("project-name", project, "tp-form-as-project", message)
    elif project.startswith("-") or project.endswith("-"):
        message = "Leading or trailing dashes are not allowed in the name"
        yield FormError("project-name", project, "tp-form-as-project", message, project.strip("-"))
