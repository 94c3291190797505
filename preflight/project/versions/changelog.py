"""The project's changelog: which versions its headings name, and whether a missing one means anything. Judges
nothing.
"""

import re
from collections.abc import Iterator
from itertools import islice

from packaging.version import Version

from preflight.project.inventory import ProjectFolder
from preflight.project.versions.statement import is_short_for, parsed
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source
from preflight.sources.toml import TomlDocument
from preflight.sources.tree import Files, Tree, join

MAX_CHARACTERS = 2_000_000
MAX_HEADINGS = 5_000

_FILE_NAME = r"(?i)(?:changelog|changes|change_?log|history|news|release[-_]?notes)(?:\.(?:md|rst|txt|markdown|adoc))?"
_FOLDERS = ("", "docs", "doc", "docs/source", "doc/source")
_FRAGMENT_FOLDERS = frozenset(
    "changelog.d changes.d newsfragments news changes .changes changelog .changelog .changeset changelogs "
    "changelog_entries changelog-entries releasenotes fragments .reno unreleased news_fragments "
    "upcoming_changes docs/changelog docs/changes docs/newsfragments".split()
)
"""Folders in which news fragments wait for the next release (towncrier, scriv, reno, changesets, chachacha and their
like).
"""

_GENERATOR_FILES = frozenset(
    "towncrier.toml cliff.toml .cliff.toml scriv.ini .changelog.yml release-please-config.json "
    ".release-please-manifest.json .chglog .auto-changelog .github_changelog_generator .versionrc "
    ".versionrc.json .gitchangelog.rc RELEASE.md RELEASE.rst .cz.toml cz.toml .cz.yaml .cz.json".split()
)
_GENERATOR_TABLES = (
    "towncrier",
    "scriv",
    "git-cliff",
    "semantic_release",
    "commitizen",
    "autopub",
    "kacl",
    "hatch-changelog",
    "cogapp",
)
_GENERATED = (
    r"(?i)(?:auto-?|automatically )generated|generated (?:by|with|using)|"
    r"towncrier release notes start|scriv-insert-here"
)
_ELSEWHERE = (
    r"(?i)moved to|releases page|"
    r"(?:see|available|found|published|maintained|documented|listed)[^\n.]{0,80}releases?\b|"
    r"releases/?[)>\"']?\s*(?:page|for)|no longer (?:maintained|updated)"
)
_COMING = (
    r"(?i)\b(?:unreleased|upcoming|next|coming|in[ -]progress|development|dev|wip|tbd|tba|pending|future|"
    r"head|master|main|"
    r"not released|not yet released|current|latest|x\.x|planned)\b|%%|\{\{|\?\?"
)
_ATX = r"(?m)^[ ]{0,3}(?:#{1,6}|={1,4})[ \t]+(?P<title>[^\n]*)$"
_UNDERLINED = r"(?m)^(?P<title>[^\s\n][^\n]*)\n(?P<line>=+|-+|~+|\^+|\*+|\"+|#+|\++|`+|:+)[ \t]*$"
_BOLD = r"(?m)^[ ]{0,3}\*\*(?P<title>[^*\n]+)\*\*[^\n]*$"
_PLAIN = r"(?m)^(?P<title>(?:[Vv]ersion |[Rr]elease |v)?\d+(?:\.\d+)+[^\n]{0,60})$"
_VERSION = (
    r"(?i)(?<![\w.])v?(?P<version>\d+(?:\.(?:\d+|x|\*))+"
    r"(?:[-._]?(?:alpha|beta|a|b|rc|c|pre|post|dev)(?:[-._]?\d+)?)*)(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that names a version, or a series of them (`1.2.x` is 1.2). `place` covers the version."""

    version: Version
    place: Place


@dataclass(frozen=True, slots=True)
class Changelog:
    """A changelog with headings that name versions, newest first as written.

    `open` is whether a heading, a folder of news fragments or a generator says that the next release's entry comes
    later.
    """

    source: Source
    headings: tuple[Heading, ...]
    open: bool

    def covers(self, version: Version) -> bool:
        """Whether a heading names the version, or the series it belongs to; or whether the text has it at all,
        outside of links.
        """
        if any(each.version == version or is_short_for(each.version, version) for each in self.headings):
            return True
        wanted = {version.base_version, str(version)}
        return any(found["version"] in wanted for found in re.finditer(_VERSION, self.source.text))

    @property
    def newest(self) -> Heading:
        """The heading of the highest version."""
        return max(self.headings, key=lambda each: each.version)


def read_changelog(project: ProjectFolder, tree: Tree, files: Files, document: TomlDocument | None) -> Changelog | None:
    """The project's changelog; None where none has at least two headings that name versions."""
    named = {
        folder: tree.names(project.file(folder))
        for folder in _FOLDERS
        if not folder or tree.is_folder(project.file(folder))
    }
    for folder, names in named.items():
        for name in names:
            if not re.fullmatch(_FILE_NAME, name) or not tree.is_file(path := project.file(join(folder, name))):
                continue
            source = files.find(path)
            if source is None or len(source.text) > MAX_CHARACTERS:
                continue
            headings = tuple(islice(_headings(source), MAX_HEADINGS))
            if len(headings) >= 2:
                return Changelog(source, headings, _is_open(project, tree, named, document, source, headings))
    return None


def _is_open(
    project: ProjectFolder,
    tree: Tree,
    named: dict[str, list[str]],
    document: TomlDocument | None,
    source: Source,
    headings: tuple[Heading, ...],
) -> bool:
    names = set(named[""])
    if names & _GENERATOR_FILES or (
        document is not None and any(document.has("tool", table) for table in _GENERATOR_TABLES)
    ):
        return True
    for folder in _FRAGMENT_FOLDERS:
        if folder.partition("/")[0] in names and tree.is_folder(project.file(folder)):
            return True
    first = headings[0].place
    before = source.text[: source.offset(first.line)]
    if re.search(_GENERATED, before) or re.search(_ELSEWHERE, before) or re.search(_COMING, _titles(before)):
        return True
    return bool(re.search(_COMING, source.line(first.line)))


def _titles(text: str) -> str:
    found = [match["title"] for pattern in (_ATX, _UNDERLINED, _BOLD) for match in re.finditer(pattern, text)]
    return "\n".join(title for title in found if not re.fullmatch(_FILE_NAME, title.strip()))


def _headings(source: Source) -> Iterator[Heading]:
    text = source.text
    patterns = [_ATX, _UNDERLINED, _BOLD]
    if not source.path.lower().endswith((".md", ".markdown")):
        patterns.append(_PLAIN)
    spans = {match.span("title") for pattern in patterns for match in re.finditer(pattern, text)}
    version_pattern = re.compile(_VERSION)
    for start, end in sorted(spans):
        found = version_pattern.search(text, start, end)
        if not found or found.start() - start > 60:
            continue
        written = found["version"]
        wild = written[-1:] in "xX*"
        version = parsed(written.rstrip("xX*").rstrip(".") if wild else written)
        if version is not None:
            yield Heading(version, source.place(*found.span("version")))
