"""What the project's git history, its built files and its plan say of a failure that the log leaves open. Asks no network, runs no check."""

from collections.abc import Iterator, Sequence
from functools import cached_property

from preflight.doctor.extraction import Extracted
from preflight.doctor.signs import claimed_environment, same_version, version_of_file, version_of_tag, workflow_file
from preflight.project.git import Git
from preflight.project.inventory import WORKFLOW_FOLDER
from preflight.project.repository import Repository
from preflight.publishers.matching import Identity
from preflight.sources.records import dataclass
from preflight.sources.words import say

_TAGS_LOOKED_AT = 300


@dataclass(frozen=True, slots=True)
class Trace:
    """Something that speaks for a cause, with the weight of a sign. `words` say what was found, in a sentence."""

    cause: str
    weight: int
    words: str


class History:
    """What is at hand beside the log. What cannot be had is None or empty."""

    def __init__(
        self,
        git: Git | None,
        repository: Repository | None,
        built: Sequence[str],
        version: str | None,
        identities: Sequence[Identity],
    ) -> None:
        self._git = git
        self._repository = repository
        self._built = built
        self._version = version
        self._identities = identities

    def traces(self, extracted: Extracted, causes: frozenset[str]) -> Iterator[Trace]:
        """What speaks for some of the causes."""
        if "version-already-uploaded" in causes or "stale-files-in-dist" in causes:
            yield from self._of_files(extracted)
        if "publisher-not-registered" in causes:
            yield from self._of_publishers(extracted)

    # A file that exists.

    @cached_property
    def _tagged(self) -> list[tuple[str, str]]:
        """Tags that name a version, the newest first, with that version."""
        tags = self._git.tags[:_TAGS_LOOKED_AT] if self._git is not None else ()
        return [(tag, version) for tag in tags if (version := version_of_tag(f"refs/tags/{tag}")) is not None]

    def _of_files(self, extracted: Extracted) -> Iterator[Trace]:
        refused = extracted.version
        if refused is None:
            return
        yield from self._of_folder(extracted, refused)
        tag = next((tag for tag, version in self._tagged if same_version(version, refused)), None)
        newest = self._tagged[0] if self._tagged else None
        by_tag = version_of_tag(extracted.ref)
        if tag is None or newest is None:
            return
        if by_tag is None and extracted.ref is not None:
            words = (
                "the tag `{tag}` exists already, and the run was not started by it: the version was not raised since"
            )
            yield Trace("version-already-uploaded", 5, say(words, tag=tag))
        elif by_tag is None and same_version(newest[1], refused) is False:
            words = "the newest tag is `{newest}`, and the refused file is of the older `{tag}`"
            yield Trace("tag-version-mismatch", 4, say(words, newest=newest[0], tag=tag))

    def _of_folder(self, extracted: Extracted, refused: str) -> Iterator[Trace]:
        """Files of several versions in the upload folder of this machine: of use where the upload ran here, not in CI."""
        if extracted.ref is not None or extracted.jobs or extracted.workflow_ref:
            return
        versions = {version for name in self._built if (version := version_of_file(name)) is not None}
        if refused in versions and self._version is not None and same_version(self._version, refused) is False:
            words = "the upload folder still holds files of {refused}, while the project is at {version}"
            yield Trace("stale-files-in-dist", 9, say(words, refused=refused, version=self._version))

    # A publisher that does not fit.

    def _of_publishers(self, extracted: Extracted) -> Iterator[Trace]:
        path = workflow_file(extracted.job_workflow_ref or extracted.workflow_ref)
        sure = path is not None
        if path is None and len(files := {each.workflow for each in self._identities if each.workflow}) == 1:
            path = f"{WORKFLOW_FOLDER}/{files.pop()}"
        if path is not None and self._git is not None and path.startswith(f"{WORKFLOW_FOLDER}/"):
            old = self._git.renames(WORKFLOW_FOLDER).get(path)
            if old is not None:
                words = (
                    "git history says that `{file}` was called `{old}` before: the publisher may still name that file"
                )
                told = say(words, file=_name(path), old=_name(old))
                yield Trace("workflow-filename-mismatch", 8 if sure else 6, told)
        yield from self._of_repository(extracted)
        yield from self._of_environment(extracted)
        if self._git is not None and not self._git.shallow and not self._tagged:
            words = say("the checkout has no release tag: a first release needs a pending publisher")
            yield Trace("publisher-not-registered", 2, words)

    def _of_repository(self, extracted: Extracted) -> Iterator[Trace]:
        claimed, here = extracted.claims.get("repository"), self._repository
        if claimed is None or here is None or here.source == "environment":
            return
        if claimed.lower() != here.slug.lower():
            owner, _, name = claimed.lower().partition("/")
            if owner == here.owner.lower() or name == here.name.lower():
                words = "the run claims `{claimed}`, and this checkout knows the repository as `{here}`: it was renamed or moved"
                yield Trace("repository-renamed-or-transferred", 6, say(words, claimed=claimed, here=here.slug))

    def _of_environment(self, extracted: Extracted) -> Iterator[Trace]:
        claimed = claimed_environment(extracted)
        environments = {each.environment for each in self._identities if each.environment is not None}
        if claimed is None or len(environments) != 1:
            return
        (planned,) = environments
        if claimed == "" and planned:
            words = "the job of the run had no environment, and the workflow at hand names `{planned}`: the run used another commit"
            yield Trace("environment-missing-in-job", 4, say(words, planned=planned))
        elif claimed and planned and claimed != planned:
            words = "the run claims environment `{claimed}`, and the workflow at hand names `{planned}`"
            yield Trace("environment-name-mismatch", 4, say(words, claimed=claimed, planned=planned))


def _name(path: str) -> str:
    return path.rpartition("/")[2]
