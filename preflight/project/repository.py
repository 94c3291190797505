"""Which repository this is, as far as the checkout, the environment and the project's URLs tell. Asks nobody."""

import os
from collections.abc import Iterator, Mapping

from preflight.engine.facts import Unavailable
from preflight.project.git import Git
from preflight.project.inventory import Inventory
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source, SourceSyntaxError, SourceTooComplex
from preflight.sources.toml import parse_toml
from preflight.sources.tree import Files

_REMOTE = _compile(
    r"(?:(?:https?|ssh|git|git\+ssh)://(?:[^/@\s]+@)?(?P<host>[\w.-]+)(?::\d+)?/|(?:[\w.-]+@)?(?P<scp>[\w.-]+):(?!/))"
    r"(?P<path>[\w.~-]+(?:/[\w.~-]+)+)/?"
)
_PROJECT_URL = _compile(r"https?://(?:www\.)?(?P<host>github\.com|gitlab\.com)/(?P<path>[\w.-]+/[\w.-]+?)(?:\.git)?(?:[/#?].*)?")

_GUARD = _compile(r"github\.repository\s*==\s*'([\w.-]+/[\w.-]+)'")
_URL_IN_TEXT = _compile(r"(?m)^\s*(?:url|home[-_]page|repository)\s*[=:]\s*[\"']?(https?://(?:github|gitlab)\.com/[\w.-]+/[\w.-]+)")

GITHUB = "github.com"
GITLAB = "gitlab.com"


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository's place on its platform, and where that is known from.

    `owner` and `name` are as written there: a remote keeps whatever letter case was typed when it was cloned. `source` says where they come from:
    `environment`, `remote`, `url`; `place` is set for a URL in a file. `certain` is False where the checkout may be a fork.
    """

    host: str
    owner: str
    name: str
    source: str
    place: Place | None = None
    certain: bool = False

    @property
    def slug(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"


def parse_remote(url: str) -> tuple[str, str, str] | None:
    """Host, owner (with groups, for GitLab) and name of a git remote's URL; None for a path or another form."""
    match = _REMOTE.fullmatch(url.strip())
    if match is None:
        return None
    owner, _, name = match["path"].removesuffix(".git").rpartition("/")
    return (match["host"] or match["scp"]).lower(), owner, name


def repository(maybe_git: Git | None, environment: Mapping[str, str], inventory: Inventory, files: Files) -> Repository:
    """Which repository this is: what the CI says, then the remote `origin` or `upstream`, then the project's own URLs.

    Raises:
        Unavailable: none of them tells.
    """
    slug = environment.get("GITHUB_REPOSITORY", "")
    if slug.count("/") == 1 and environment.get("GITHUB_ACTIONS") == "true":
        owner, name = slug.split("/")
        return Repository(GITHUB, owner, name, "environment", certain=True)
    path = environment.get("CI_PROJECT_PATH", "")
    if "/" in path and environment.get("GITLAB_CI") == "true":
        owner, _, name = path.rpartition("/")
        return Repository(environment.get("CI_SERVER_HOST", GITLAB), owner, name, "environment", certain=True)
    urls = list(_project_urls(inventory, files))
    remotes = maybe_git.remotes if maybe_git is not None else {}
    found = []
    for remote in sorted(remotes, key=lambda each: (each != "upstream", each != "origin")):
        parsed = parse_remote(remotes[remote])
        if parsed is not None:
            found.append(Repository(*parsed, "remote"))
    for each in found:
        if any(each.slug.lower() == url.slug.lower() for url in urls):
            return Repository(each.host, each.owner, each.name, "remote", certain=True)
    if found:
        return found[0]
    if urls:
        return urls[0]
    for slug in _slugs_in_workflows(inventory, files):
        owner, name = slug.split("/")
        return Repository(GITHUB, owner, name, "workflow")
    raise Unavailable("the repository is not known: no git remote and no project URL names it")


def _slugs_in_workflows(inventory: Inventory, files: Files) -> list[str]:
    """The repositories that conditions of workflows compare `github.repository` with: their authors guard against forks so."""
    found: list[str] = []
    for path in inventory.workflows:
        source = files.find(path)
        if source is not None and "github.repository" in source.text:
            found.extend(match[1] for match in _GUARD.finditer(source.text))
    return found


def _project_urls(inventory: Inventory, files: Files) -> list[Repository]:
    found: list[Repository] = []
    for project in inventory.projects[:20]:
        for name in ("setup.cfg", "setup.py", "Cargo.toml"):
            found.extend(_urls_in_text(files.find(project.file(name))))
        source = files.find(project.file("pyproject.toml"))
        if source is None or ("github.com" not in source.text and "gitlab.com" not in source.text):
            continue
        try:
            document = parse_toml(source, allow_bom=True)
        except (SourceSyntaxError, SourceTooComplex):
            continue
        for table in (("project", "urls"), ("tool", "poetry", "urls"), ("tool", "poetry")):
            entries = document.get(*table)
            for label, value in entries.items() if isinstance(entries, dict) else ():
                match = _PROJECT_URL.fullmatch(value) if isinstance(value, str) else None
                if match:
                    owner, _, name = match["path"].partition("/")
                    found.append(Repository(match["host"], owner, name, "url", document.place(*table, label)))
    return found


def _urls_in_text(source: Source | None) -> Iterator[Repository]:
    """The repository that a setup.cfg, a setup.py or a Cargo.toml names on a line of its own."""
    for match in _URL_IN_TEXT.finditer(source.text) if source is not None else ():
        parsed = _PROJECT_URL.fullmatch(match[1])
        if parsed and source is not None:
            owner, _, name = parsed["path"].partition("/")
            yield Repository(parsed["host"], owner, name, "url", source.place(match.start(1), match.end(1)))


def environment() -> Mapping[str, str]:
    """The environment variables of this process."""
    return os.environ

