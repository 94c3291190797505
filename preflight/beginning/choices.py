"""What the maker of a project chose, and the defaults that the project's facts suggest. Asks nobody."""

from collections.abc import Iterator

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

GITHUB, GITLAB = "github", "gitlab"
PIPELINE = ".gitlab-ci.yml"
"""The pipeline file that GitLab reads by default, and which PyPI's form asks for."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The answers.

    `workflow` is a file name in `.github/workflows`, or the path of GitLab's pipeline; `workflow_named` is whether somebody asked for just that
    file. `owner` and `repository` are None where nobody knows them yet. `description` replaces the one that a template left; empty takes that out.
    """

    platform: str = GITHUB
    owner: str | None = None
    repository: str | None = None
    workflow: str = "publish.yml"
    workflow_named: bool = False
    environment: str = "release"
    testpypi: bool = True
    with_token: bool = False
    token_secret: str = "PYPI_API_TOKEN"
    pre_commit: bool = False
    dynamic_version: bool = False
    initial_version: str = "0.1.0"
    description: str = ""
    overwrite: bool = False

    @property
    def workflow_path(self) -> str:
        """The file, relative to the root of the repository."""
        return self.workflow if self.platform == GITLAB else f".github/workflows/{self.workflow}"


_SECRET = _compile(r"(?!GITHUB_)[A-Za-z_][A-Za-z0-9_]*")


def refused_answers(choices: Choices) -> Iterator[str]:
    """What is wrong with answers, each in words. What PyPI's form refuses is told by the rules that know it (GitHub, "Using secrets", naming)."""
    from packaging.version import Version

    if choices.platform == GITHUB and ("/" in choices.workflow or "\\" in choices.workflow):
        yield f"the workflow {choices.workflow!r} must be a file name without folders: it lies in .github/workflows"
    if not choices.workflow.endswith((".yml", ".yaml")):
        yield f"the name of the workflow, {choices.workflow!r}, must end in .yml or .yaml"
    if not choices.environment.strip():
        yield "the environment must have a name: the publisher on PyPI is registered with it"
    if not _SECRET.fullmatch(choices.token_secret):
        yield f"the name of the secret, {choices.token_secret!r}, may hold letters, digits and underscores, and no digit first"
    try:
        Version(choices.initial_version)
    except ValueError:  # InvalidVersion, or a number of too many digits
        yield f"the version {choices.initial_version!r} is none that PyPI takes, such as 0.1.0"
