"""Which repository this is, as far as the checkout, the environment and the project's URLs tell. Asks nobody."""

import os
from collections.abc import Iterator, Mapping

from preflight.engine.facts import Unavailable
from preflight.project.git import Git
from preflight.project.inventory import Inventory
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source, SourceSyntaxError, SourceTooComplex, UnreadableText, decode
from preflight.sources.toml import parse_toml
from preflight.sources.tree import Files, MissingFile, UnreadableFile

_REMOTE = _compile(
    r"(?:(?:https?|ssh|git|git\+ssh)://(?:[^/@\s]+@)?(?P<host>[\w.-]+)(?::\d+)?/|(?:[\w.-]+@)?(?P<scp>[\w.-]+):(?!/))"
    r"(?P<path>[\w.~-]+(?:/[\w.~-]+)+)/?"
)
_PROJECT_URL = _compile(
    r"https?://(?:www\.)?(?P<host>github\.com|gitlab\.com)/(?P<path>[\w.-]+/[\w.-]+?)(?:\.git)?(?:[/#?].*)?"
)

_GUARD = _compile(r"github\.repository\s*==\s*'([\w.-]+/[\w.-]+)'")
_URL_IN_TEXT = _compile(
    r"(?m)^[ \t]*[\"']?(?P<label>[A-Za-z][\w -]{0,30})[\"']?\s*[=:]\s*[\"']?"
    r"(?P<url>https?://(?:www\.)?(?:github|gitlab)\.com/[\w.-]+/[\w.-]+[^\s\"',]*)"
)
_SOURCE_LABEL = _compile(r"\bsource\b|\brepo(?:sitory)?\b|^(?:git ?(?:hub|lab)|code|vcs)$")
_NO_OWNERS = frozenset(
    "sponsors orgs users apps marketplace topics features settings about security enterprise".split()
)
"""Names below github.com that are pages of its own."""
_URL_TABLES = (
    ("project", "urls"),
    ("tool", "poetry", "urls"),
    ("tool", "poetry"),
    ("tool", "flit", "metadata"),
    ("tool", "flit", "metadata", "urls"),
)
_READMES = ("README.md", "README.rst", "README.txt", "README", "readme.md", "docs/README.md")
_BADGE = _compile(
    r"https?://(?:www\.)?github\.com/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)/"
    r"(?:actions/workflows|blob/\w+/\.github/workflows)/(?P<workflow>[\w.-]+?\.ya?ml)"
)

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
    """Which repository this is: what the CI says, then the remote `origin` or `upstream`, guards in workflows, the project's own URLs, badges of its README.

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
    guards = list(dict.fromkeys(_slugs_in_workflows(inventory, files)))
    if len(guards) == 1 or (guards and not urls):
        # A workflow that runs in one repository alone says more than a URL, which may be that of an earlier home.
        owner, name = guards[0].split("/")
        return Repository(GITHUB, owner, name, "workflow")
    if urls:
        return urls[0]
    for each in _badges_in_readme(inventory, files):
        return each
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
    """The repositories that the projects' URLs name, those whose label says that they are the source first."""
    found: list[tuple[int, Repository]] = []
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
        for table in _URL_TABLES:
            entries = document.get(*table)
            for label, value in entries.items() if isinstance(entries, dict) else ():
                parsed = _named_repository(value) if isinstance(value, str) else None
                if parsed:
                    found.append((_rank(label), Repository(*parsed, "url", document.place(*table, label))))
    return [each for _, each in sorted(found, key=lambda ranked: ranked[0])]


def _named_repository(url: str) -> tuple[str, str, str] | None:
    """Host, owner and name of the repository that a URL is of; None for a page of the platform (`github.com/sponsors/…`)."""
    match = _PROJECT_URL.fullmatch(url)
    owner, _, name = match["path"].partition("/") if match else ("", "", "")
    if match is None or owner.lower() in _NO_OWNERS or name.startswith("."):
        return None
    return match["host"], owner, name


def _rank(label: str) -> int:
    """How likely the URL of a label is that of the project's own repository, the likeliest first."""
    word = label.lower().replace("-", " ").replace("_", " ")
    if _SOURCE_LABEL.search(word):
        return 0
    return 1 if word in ("home page", "homepage", "home", "url") else 2 if "issue" in word or "bug" in word else 3


def _urls_in_text(source: Source | None) -> Iterator[tuple[int, Repository]]:
    """The repository that a setup.cfg, a setup.py or a Cargo.toml names on a line of its own."""
    for match in _URL_IN_TEXT.finditer(source.text) if source is not None else ():
        parsed = _named_repository(match["url"])
        if parsed and source is not None:
            place = source.place(match.start("url"), match.end("url"))
            yield _rank(match["label"].strip()), Repository(*parsed, "url", place)


def _badges_in_readme(inventory: Inventory, files: Files) -> Iterator[Repository]:
    """The repository whose workflow, by a file name that is here, a badge of the README shows.

    A plain link tells nothing: bindings link to the library that they bind, which often has the project's name.
    """
    workflows = {path.rpartition("/")[2] for path in inventory.workflows}
    for name in _READMES:
        source = _text_of(name, files)
        if source is None:
            continue
        for match in _BADGE.finditer(source.text):
            if match["workflow"] in workflows and match["owner"].lower() not in _NO_OWNERS:
                place = source.place(match.start("owner"), match.end("name"))
                yield Repository(GITHUB, match["owner"], match["name"].removesuffix(".git"), "url", place)


def _text_of(path: str, files: Files) -> Source | None:
    """A text file that nobody has to be able to read."""
    if path in files.sources:
        return files.sources[path]
    try:
        return Source(path, decode(files.tree.read(path))) if files.tree.is_file(path) else None
    except (MissingFile, UnreadableFile, UnreadableText):
        return None


def environment() -> Mapping[str, str]:
    """The environment variables of this process."""
    return os.environ
