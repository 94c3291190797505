"""What decides where the log does not: tags, built files, git history, and with `--online` the index."""

from collections.abc import Mapping
from typing import Any

import pytest
from doctor.diagnosed import diagnosed
from doctor.test_diagnosis_with_project import PROJECT, refused
from publishing_workflow import ON_RELEASE

from preflight.doctor.circumstances import Circumstances
from preflight.doctor.diagnosis import Diagnosis
from preflight.engine.session import Options, run_check
from preflight.engine.workspace import Focus, Workspace
from preflight.facts import FACTS
from preflight.index.projects import IndexFile, IndexProject
from preflight.index.provenance import ProvenPublisher
from preflight.project.git import GitRecord
from preflight.sources.tree import MemoryTree

UNDECLARED = PROJECT.partition("[[tool")[0]
NOW = 1_800_000_000
FILE = "sampleproject-1.2.0-py3-none-any.whl"
EXISTS = f"""Uploading distributions to https://upload.pypi.org/legacy/
Uploading {FILE}
ERROR    HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/
         File already exists ('{FILE}', with blake2_256 hash '{"4f" * 32}').
"""


class Indexes:
    """What an index would say."""

    def __init__(self, project: IndexProject, *publishers: ProvenPublisher) -> None:
        self._project = project
        self._publishers = publishers

    def maybe_project(self, index: str, name: str) -> IndexProject:
        assert (index, name) == ("pypi", "sampleproject")
        return self._project

    def publishers(self, project: IndexProject) -> tuple[IndexFile, tuple[ProvenPublisher, ...]] | None:
        return (project.files[0], self._publishers) if self._publishers else None


def at_hand(
    files: Mapping[str, str] | None = None, indexes: Indexes | None = None, pyproject: str = UNDECLARED, **git: Any
) -> Circumstances:
    given = {"pyproject.toml": pyproject, ".github/workflows/release.yml": ON_RELEASE, **(files or {})}
    tree = MemoryTree({path: text.encode() for path, text in given.items()})
    remote = {"origin": "https://github.com/octo-org/sampleproject"}
    record = GitRecord(**{"remotes": remote, "tracked": frozenset(given), "texts": given, **git})
    seeds = {"git": record, "clock": NOW, **({"package_indexes": indexes} if indexes is not None else {})}
    return Circumstances(run_check(Workspace(tree, Focus(("",))), Options(select=("VER", "PUB")), FACTS, seeds))


def first(text: str, circumstances: Circumstances) -> Diagnosis:
    return diagnosed(text, circumstances)[0]


def on_branch(text: str) -> str:
    return f"Run actions/checkout@v5\nGITHUB_REF=refs/heads/main\nref: refs/heads/main\n{text}"


def test_a_branch_that_publishes_a_tagged_version_again() -> None:
    found = first(on_branch(EXISTS), at_hand(tags=("v1.2.0", "v1.1.0")))
    assert (found.cause, found.confidence) == ("version-already-uploaded", "likely")
    assert "the tag `v1.2.0` exists already" in found.because


def test_a_newer_tag_than_the_refused_file_means_that_the_version_was_not_raised() -> None:
    found = first(EXISTS, at_hand(tags=("v1.3.0", "v1.2.0")))
    assert (found.cause, found.confidence) == ("tag-version-mismatch", "likely")
    assert "the newest tag is `v1.3.0`" in found.because


def test_old_files_in_the_upload_folder_of_this_machine() -> None:
    circumstances = at_hand(
        {f"dist/{FILE}": "", "dist/sampleproject-1.3.0.tar.gz": ""},
        pyproject=UNDECLARED.replace("1.2.0", "1.3.0"),
    )
    assert first(EXISTS, circumstances).cause == "stale-files-in-dist"
    in_ci = "".join(f"publish\tUpload\t2026-03-04T10:11:02.1234567Z {line}\n" for line in EXISTS.splitlines())
    assert first(in_ci, circumstances).cause != "stale-files-in-dist"


def test_a_renamed_workflow_goes_before_the_other_fields() -> None:
    renamed = {".github/workflows/release.yml": ".github/workflows/publish.yml"}
    found = first(refused(), at_hand(renamed=renamed, tags=("v1.2.0",)))
    assert (found.cause, found.confidence) == ("workflow-filename-mismatch", "likely")
    assert "`release.yml` was called `publish.yml` before" in found.because


def test_a_renamed_workflow_counts_without_claims_too() -> None:
    renamed = {".github/workflows/release.yml": ".github/workflows/publish.yml"}
    text = refused().partition("\n")[0]
    assert first(text, at_hand(renamed=renamed, tags=("v1.2.0",))).cause == "workflow-filename-mismatch"


def test_a_remote_of_another_name_is_a_moved_repository() -> None:
    found = first(refused(slug="new-org/sampleproject"), at_hand(tags=("v1.2.0",)))
    assert found.cause == "repository-renamed-or-transferred"
    assert "`octo-org/sampleproject`" in found.because


def test_a_job_that_had_no_environment_yet() -> None:
    found = first(refused("`MISSING`"), at_hand(tags=("v1.2.0",)))
    assert found.cause == "environment-missing-in-job"
    assert "names `pypi`" in found.because


def test_the_first_release_needs_a_pending_publisher() -> None:
    found = first(refused(), at_hand())
    assert (found.cause, found.confidence) == ("publisher-not-registered", "likely")
    assert "pending publisher" in found.because


def project(*files: IndexFile, exists: bool = True) -> IndexProject:
    return IndexProject("pypi", "sampleproject", exists, files)


@pytest.mark.parametrize(
    ("age", "cause", "said"),
    [
        (90 * 86_400, "version-already-uploaded", f"PyPI has had `{FILE}` since 2026-10-17"),
        (600, "rerun-after-partial-upload", f"PyPI got `{FILE}` within an hour of this upload"),
    ],
)
def test_the_index_says_since_when_it_has_the_file(age: int, cause: str, said: str) -> None:
    found = first(EXISTS, at_hand(indexes=Indexes(project(IndexFile(FILE, uploaded=NOW - age)))))
    assert found.cause == cause
    assert found.because == said


BROKEN = f"""Uploading distributions to https://upload.pypi.org/legacy/
Uploading {FILE}
ERROR    HTTPError: 503 Service Unavailable from https://upload.pypi.org/legacy/
"""


def test_the_index_says_whether_a_file_was_stored_after_all() -> None:
    stored = first(BROKEN, at_hand(indexes=Indexes(project(IndexFile(FILE, uploaded=NOW - 60)))))
    assert (stored.cause, stored.code) == ("upload-succeeded-despite-5xx", "SVC001")
    assert "stored after all" in stored.because
    assert first(BROKEN, at_hand(indexes=Indexes(project()))).cause == "pypi-outage"


def test_the_publisher_of_the_last_release_tells_the_field_that_differs() -> None:
    before = ProvenPublisher("github", "octo-org", "sampleproject", "publish.yml", "pypi")
    answers = Indexes(project(IndexFile("sampleproject-1.1.0.tar.gz")), before)
    found = first(refused(), at_hand(indexes=answers, tags=("v1.2.0",)))
    assert found.cause == "workflow-filename-mismatch"
    assert "published with workflow `publish.yml`, and this run claims `release.yml`" in found.because
    without = first(refused().partition("\n")[0], at_hand(indexes=answers, tags=("v1.2.0",)))
    assert (without.cause, without.confidence) == ("workflow-filename-mismatch", "likely")
    assert "and the workflow at hand claims `release.yml`" in without.because


def test_a_name_without_a_project_is_held_by_somebody() -> None:
    status = "ERROR    HTTPError: 403 Forbidden from https://upload.pypi.org/legacy/\n"
    text = f"{status}         The user 'octocat' isn't allowed to upload to project 'sampleproject'.\n"
    assert first(text, at_hand(indexes=Indexes(project(exists=False)))).cause == "name-held-by-hidden-project"


def test_a_project_at_hand_is_asked_only_about_its_own_logs() -> None:
    from preflight.doctor.extraction import extract
    from preflight.doctor.reading import read_text

    circumstances = at_hand()
    assert circumstances.fits(extract(read_text(EXISTS)))
    assert circumstances.fits(extract(read_text(refused())))
    assert not circumstances.fits(extract(read_text(EXISTS.replace("sampleproject", "other"))))
    assert not circumstances.fits(extract(read_text("ERROR    HTTPError: 403 Forbidden\n")))
