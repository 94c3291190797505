"""The checklist says what is true of the workflows: what uploads, by what, what starts it, and what could not be read."""

from collections.abc import Mapping

import pytest
from publishing_workflow import ON_RELEASE

from preflight.doctor.journey import journey
from preflight.doctor.milestones import Journey, Milestone
from preflight.engine.session import Options, run_check
from preflight.engine.workspace import Focus, Workspace
from preflight.facts import FACTS
from preflight.project.git import GitRecord
from preflight.sources.tree import MemoryTree

PROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "sampleproject"
version = "1.2.0"
"""
PERMISSION = "    permissions:\n      id-token: write\n"
BY_TOKEN = ON_RELEASE.replace(PERMISSION, "") + "        with:\n          password: ${{ secrets.PYPI_TOKEN }}\n"
ON_TAG = "  push:\n    tags: ['v*']\n"
EVENT = "  release:\n    types: [published]\n"
BROKEN = "on:\n  push:\n tags: [v1\njobs: {publish: {steps: [{run: twine upload dist/*}]}}\n"
PIPELINE = """publish:
  image: python:3.13
  rules:
    - if: $CI_COMMIT_TAG
  variables:
    TWINE_USERNAME: __token__
    TWINE_PASSWORD: $PYPI_TOKEN
  script:
    - python -m build
    - twine upload dist/*
"""


class Barred(MemoryTree):
    """A tree whose folder of workflows nobody may look into."""

    @property
    def barred(self) -> Mapping[str, str]:
        return {".github": "it is a folder that you may not look into (permission denied)"}


def journey_of(files: Mapping[str, str | bytes], kind: type[MemoryTree] = MemoryTree) -> Journey:
    """The checklist of a project with workflows, by file name, or with any file, by its path."""
    paths = {
        f".github/workflows/{name}" if name.endswith("yml") and "/" not in name and name[0] != "." else name: text
        for name, text in files.items()
    }
    texts = {"pyproject.toml": PROJECT, **paths}
    tree = kind({path: text.encode() if isinstance(text, str) else text for path, text in texts.items()})
    git = GitRecord(remotes={"origin": "https://github.com/octo-org/sampleproject"}, tracked=frozenset(texts))
    outcome = run_check(
        Workspace(tree, Focus(("",))),
        Options(select=("PUB", "WFL", "VER", "PRJ", "INT")),
        FACTS,
        {"git": git, "installed_tools": {}},
    )
    return journey(outcome, "sampleproject")


def states(found: Journey) -> dict[str, str]:
    return {each.name: each.state for each in found.milestones}


def step(found: Journey, name: str) -> Milestone:
    return next(each for each in found.milestones if each.name == name)


def test_a_token_that_a_pushed_tag_uploads_with_lacks_trusted_publishing_alone() -> None:
    found = journey_of({"publish.yml": BY_TOKEN.replace(EVENT, ON_TAG)})
    assert found.stage == "token"
    assert (step(found, "release").state, step(found, "release").words) == (
        "done",
        "The upload starts by itself: a pushed tag",
    )
    assert step(found, "trusted-publishing").state == "missing"
    assert step(found, "secret").words == "The secret `PYPI_TOKEN` is set"
    assert found.next.startswith(
        "Move from the token to trusted publishing. Give job `publish` of `publish.yml` `id-token: write`."
    )
    assert "Remove the token." in found.next


def test_a_client_without_trusted_publishing_is_named() -> None:
    poetry = (
        BY_TOKEN.partition("      - uses: pypa/")[0]
        + "      - run: poetry publish --build\n        env: {POETRY_PYPI_TOKEN_PYPI: '${{ secrets.T }}'}\n"
    )
    assert (
        "`poetry` cannot use it there: upload with `pypa/gh-action-pypi-publish`" in journey_of({"p.yml": poetry}).next
    )


def test_a_permission_that_is_there_is_not_asked_for() -> None:
    by_token = ON_RELEASE + "        with:\n          password: ${{ secrets.PYPI_TOKEN }}\n"
    found = journey_of({"publish.yml": by_token}).next
    assert "`id-token: write` is there already: job `publish` of `publish.yml`." in found
    assert "Give" not in found
    assert found.endswith("Remove the token.")


@pytest.mark.parametrize(
    ("ref", "version"),
    [("master", "1.5.0"), ("37f50c210e3d2f9450da2cd423303d6a14a6e29f", "1.5.1"), ("v1.4.2", "1.4.2")],
)
def test_an_old_publish_action_is_told_by_its_version_and_not_sent_to_itself(ref: str, version: str) -> None:
    found = journey_of({"publish.yml": BY_TOKEN.replace("release/v1", ref)}).next
    assert f"Version {version} of `pypa/gh-action-pypi-publish` cannot use it: write `@release/v1`" in found
    assert "upload with" not in found


@pytest.mark.parametrize("ref", ["release/v1", "f" * 40])
def test_a_user_name_keeps_a_new_publish_action_from_trusted_publishing(ref: str) -> None:
    text = BY_TOKEN.replace("release/v1", ref) + "          user: somebody\n"
    found = journey_of({"publish.yml": text}).next
    assert "cannot use it" not in found
    assert found.endswith("Remove the user name and the password.")


@pytest.mark.parametrize(
    ("event", "state", "words"),
    [
        (EVENT, "done", "The upload starts by itself: a release"),
        ("  push:\n    branches: [main]\n", "done", "The upload starts by itself: a push to branch `main`"),
        ("  workflow_run:\n    workflows: [CI]\n", "done", "The upload starts by itself: the run of another workflow"),
        ("  workflow_dispatch:\n", "missing", "The upload starts by itself"),
    ],
)
def test_what_starts_an_upload(event: str, state: str, words: str) -> None:
    found = journey_of({"release.yml": ON_RELEASE.replace(EVENT, event)})
    assert (step(found, "release").state, step(found, "release").words) == (state, words)
    assert found.stage == ("trusted" if state == "missing" else "automated")


def test_a_start_that_depends_on_the_run_says_on_what() -> None:
    text = ON_RELEASE.replace(EVENT, "  push:\n    branches: [main]\n").replace(
        "  publish:\n", "  publish:\n    if: vars.RELEASES == 'true'\n"
    )
    found = step(journey_of({"release.yml": text}), "release")
    assert found.state == "unknown"
    assert "vars.RELEASES == 'true'" in found.how


def test_a_workflow_that_cannot_be_read_comes_first() -> None:
    found = journey_of({"publish.yml": BROKEN})
    assert found.stage == "unknown"
    assert (step(found, "workflow-file").state, step(found, "workflow").state) == ("missing", "unknown")
    assert found.next.startswith("Mend `publish.yml` first: ")
    assert "release" not in states(found)
    assert step(found, "workflow-file").place is not None


def test_one_that_has_nothing_to_do_with_the_upload_does_not() -> None:
    found = journey_of({"release.yml": ON_RELEASE, "lint.yml": "on: [push\njobs: {}\n"})
    assert found.stage == "automated"
    assert (step(found, "other-workflow-file").state, found.next) == (
        "missing",
        "Nothing is left to build; look at what is still open above.",
    )


def test_a_workflow_that_github_refuses_comes_first() -> None:
    found = journey_of({"release.yml": ON_RELEASE.replace("permissions:", "permission:")})
    assert step(found, "workflow-file").words == "GitHub takes `release.yml`"
    assert found.next.startswith("GitHub does not take `release.yml`")


@pytest.mark.parametrize("pyproject", [PROJECT.encode("utf-16"), PROJECT.encode() + b"# caf\xe9\n", b"[project\n"])
def test_nothing_is_ticked_of_a_project_file_that_cannot_be_read(pyproject: bytes) -> None:
    found = journey_of({"pyproject.toml": pyproject, "release.yml": ON_RELEASE})
    assert (step(found, "project-file").state, step(found, "version").state) == ("missing", "unknown")
    assert step(found, "checks").state != "done"
    assert found.next.startswith("Mend `pyproject.toml` first: ")


def test_a_workflow_in_another_encoding_is_no_checked_one() -> None:
    found = journey_of({"release.yml": ON_RELEASE.encode() + b"# caf\xe9\n"})
    assert (found.stage, step(found, "checks").state, step(found, "version").state) == ("unknown", "unknown", "done")
    assert "`.github/workflows/release.yml` (it is not UTF-8" in step(found, "checks").how


def test_a_folder_that_nobody_may_look_into_hides_what_uploads() -> None:
    found = journey_of({}, Barred)
    assert (found.stage, step(found, "workflow").state, step(found, "checks").state) == (
        "unknown",
        "unknown",
        "unknown",
    )
    assert found.next.startswith("Mend `.github` first: it is a folder that you may not look into")


def test_a_fallback_by_token_that_somebody_starts_leaves_the_stage() -> None:
    fallback = BY_TOKEN.replace(EVENT, "  workflow_dispatch:\n")
    found = journey_of({"release.yml": ON_RELEASE, "by-token.yml": fallback})
    assert (found.stage, step(found, "trusted-publishing").state) == ("automated", "unknown")
    assert "job `publish` of `by-token.yml`" in step(found, "trusted-publishing").how


def test_a_second_upload_by_token_is_no_trusted_publishing() -> None:
    found = journey_of({"release.yml": ON_RELEASE, "other.yml": BY_TOKEN})
    assert step(found, "trusted-publishing").state == "missing"
    assert "job `publish` of `other.yml`" in found.next
    assert "release.yml" not in found.next


def test_an_index_that_only_the_run_knows_is_no_missing_workflow() -> None:
    text = ON_RELEASE + "        with:\n          repository-url: ${{ vars.INDEX }}\n"
    found = journey_of({"release.yml": text})
    assert (step(found, "workflow").state, found.stage) == ("unknown", "automated")


def test_an_upload_elsewhere_is_told() -> None:
    text = BY_TOKEN + "          repository-url: https://pypi.example.com/legacy/\n"
    found = journey_of({"release.yml": text})
    assert (
        step(found, "workflow").how
        == "What there is uploads to https://pypi.example.com/legacy/: job `publish` of `release.yml`."
    )
    assert (found.stage, step(found, "release").state) == ("by-hand", "done")


def test_where_init_needs_a_pyproject_first_that_is_said() -> None:
    tree = MemoryTree({"setup.py": b"from setuptools import setup\nsetup(name='sample', version='1.0')\n"})
    outcome = run_check(Workspace(tree, Focus(("",))), Options(select=("PUB",)), FACTS, {"installed_tools": {}})
    told = "`preflight init` writes one, with trusted publishing, as soon as there is a pyproject.toml"
    assert told in journey(outcome, "sample").next


def test_without_a_workflow_init_is_the_next_step_unless_another_ci_may_upload() -> None:
    assert journey_of({}).next.endswith("`preflight init` writes one, with trusted publishing.")
    found = journey_of({"Jenkinsfile": "sh 'make release'\n"})
    assert (found.stage, step(found, "workflow").state) == ("unknown", "unknown")
    assert "`Jenkinsfile` (Jenkins)" in step(found, "workflow").how


def test_a_pipeline_is_told_in_the_words_of_gitlab() -> None:
    found = journey_of({".gitlab-ci.yml": PIPELINE})
    assert (found.host, found.stage, step(found, "release").state) == ("GitLab", "token", "done")
    assert "`id_tokens`" in found.next
    assert "id-token: write" not in found.next
    assert "CI/CD > Variables" in step(found, "secret").how
