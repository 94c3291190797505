"""Rules over GitLab pipelines: what GitLab refuses, clients without trusted publishing, addresses, users, files that do not arrive."""

import pytest
from harness import check_files, git_record

from preflight.engine.finding import Reported

STAGES = "stages: [build, publish]\n"
BUILD = "build-dist:\n  stage: build\n  script: [pip install uv, uv build]\n  artifacts: {paths: [dist/]}\n"
PUBLISH = "publish:\n  stage: publish\n  needs: [build-dist]\n  id_tokens: {PYPI_ID_TOKEN: {aud: pypi}}\n  script:\n    - pip install uv\n    - uv publish\n"
WHOLE = STAGES + BUILD + PUBLISH


def found(text: str, *codes: str, remote: str = "https://gitlab.com/acme/parcel.git", **others: str) -> list[Reported]:
    files = {".gitlab-ci.yml": text, **others}
    record = git_record(files, [f"git remote origin {remote}"])
    findings = check_files(files, *codes, git=record).findings
    assert {each.code for each in findings} <= set(codes)
    return list(findings)


def told(text: str, *codes: str, **others: str) -> list[tuple[str, str]]:
    return [(str(each.severity), each.place.text if each.place else "") for each in found(text, *codes, **others)]


def test_a_sound_pipeline_is_left_alone() -> None:
    assert found(WHOLE, "WFL021", "PUB013", "CLT001", "CLT002", "TOK007", "BLD001") == []


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("needs: [build-dist]", "needs: [build]", "build", "job `publish` needs `build`"),
        ("needs: [build-dist]", "needs: [{job: build, artifacts: true}]", "build", "needs `build`"),
        ("needs: [build-dist]", "needs: [{job: build, optional: false}]", "build", "needs `build`"),
        ("stage: publish", "stage: deploy", "deploy", "is in stage `deploy`, and the stages are `.pre`, `build`"),
        ("stage: publish", "stage: publish\n  extends: .publsh", ".publsh", "`publish` extends `.publsh`"),
        ("stage: publish", "stage: publish\n  extends: [build-dist, .publsh]", ".publsh", "extends `.publsh`"),
    ],
)
def test_a_name_that_is_not_there(old: str, new: str, place: str, words: str) -> None:
    (only,) = found(WHOLE.replace(old, new), "WFL021")
    assert str(only.severity) == "error"
    assert only.place is not None
    assert only.place.text == place
    assert words in only.message


@pytest.mark.parametrize(
    "needs",
    [
        "needs: [{job: build, optional: true}]",
        "needs: [{pipeline: $PARENT, job: build}]",
        "needs: [{project: acme/other, job: build, ref: main, artifacts: true}]",
        "needs: ['build-dist: [3.12]']",
        "needs: ['build-dist 1/2']",
        "needs: [$BUILD]",
        "needs: !reference [.all, needs]",
        "needs: []",
        "needs: [build-dist]\n  stage: .post",
    ],
)
def test_needs_that_may_be_right(needs: str) -> None:
    assert (
        found(WHOLE.replace("stage: publish\n  ", "").replace("needs: [build-dist]", needs + _stage(needs)), "WFL021")
        == []
    )


def _stage(needs: str) -> str:
    return "" if "stage:" in needs else "\n  stage: publish"


@pytest.mark.parametrize(
    "include", ["{project: acme/ci, file: all.yml}", "{local: more.yml}", "{template: Jobs/SAST.gitlab-ci.yml}", "[]"]
)
def test_names_that_may_come_from_another_file(include: str) -> None:
    wrong = WHOLE.replace("stage: publish", "stage: deploy\n  extends: .far").replace("[build-dist]", "[build]")
    assert len(found(wrong, "WFL021")) == 1
    assert found(f"include: {include}\n{wrong}", "WFL021") == []


@pytest.mark.parametrize("stages", ["!reference [.all, stages]", "[build, [publish, deploy]]", "$STAGES", "[]"])
def test_stages_that_are_not_known(stages: str) -> None:
    assert found(f"stages: {stages}\n" + BUILD + PUBLISH.replace("stage: publish", "stage: deploy"), "WFL021") == []


def test_a_merge_key_may_override_what_stands_before_it() -> None:
    base = ".base: &base {stage: publish}\n"
    wrong = PUBLISH.replace("stage: publish", "stage: deploy")
    assert found(STAGES + BUILD + base + wrong + "  <<: *base\n", "WFL021") == []
    assert told(STAGES + BUILD + base + wrong, "WFL021") == [("error", "deploy")]


def test_the_stages_that_are_there_without_being_declared() -> None:
    text = BUILD + PUBLISH.replace("stage: publish", "stage: deploy")
    assert found(text, "WFL021") == []
    assert told(text.replace("deploy", "release"), "WFL021") == [("error", "release")]


def test_a_job_without_a_stage_is_in_one_that_may_not_be_declared() -> None:
    assert told(WHOLE + "lint: {script: [ruff check]}\n", "WFL021") == [("warning", "lint")]


def test_no_error_where_nothing_is_published_or_github_holds_it() -> None:
    quiet = WHOLE.replace("uv publish", "uv sync").replace("[build-dist]", "[build]")
    assert told(quiet, "WFL021") == [("warning", "build")]
    assert told(WHOLE.replace("[build-dist]", "[build]"), "WFL021", remote="https://github.com/acme/parcel.git") == [
        ("warning", "build")
    ]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("pip install twine==5.0.0 && twine upload dist/*", "installs `twine==5.0.0`"),
        ("hatch publish", "`hatch` cannot use trusted publishing for PyPI"),
        ("poetry publish", "`poetry` cannot"),
        ("flit publish", "`flit` cannot"),
    ],
)
def test_a_client_that_does_not_read_the_token(script: str, words: str) -> None:
    (only,) = found(WHOLE.replace("uv publish", script), "PUB013")
    assert str(only.severity) == "warning"
    assert words in only.message


@pytest.mark.parametrize(
    "script",
    [
        "pip install twine && twine upload dist/*",
        "pip install 'twine>=6.1' && twine upload dist/*",
        "pip install twine==5.0.0 && pip install -U twine && twine upload dist/*",
        "pip install twine==5.0.0 && twine upload -u __token__ -p $TOKEN dist/*",
        "pip install twine==5.0.0 && uvx twine upload dist/*",
        "poetry publish -u __token__ -p $TOKEN",
        "POETRY_PYPI_TOKEN_PYPI=$(./exchange $PYPI_ID_TOKEN) poetry publish",
    ],
)
def test_a_client_that_has_another_way(script: str) -> None:
    text = WHOLE.replace("- uv publish", f'- "{script}"')
    assert text != WHOLE
    assert found(text, "PUB013") == []
    assert found(WHOLE.replace("uv publish", "poetry publish").replace("PYPI_ID_TOKEN", "VAULT_TOKEN"), "PUB013") == []


def test_addresses_without_a_slash() -> None:
    url = "https://test.pypi.org/legacy"
    command = f"twine upload --repository-url {url} dist/*"
    (only,) = found(WHOLE.replace("uv publish", command), "CLT001", "CLT002")
    assert (only.code, str(only.severity), only.place and only.place.text) == ("CLT002", "error", url)
    assert [edit.replacement for edit in only.edits] == [f"{url}/"]
    assert told(WHOLE.replace("uv publish", f"uv publish --publish-url {url}"), "CLT002") == [("warning", url)]
    assert found(WHOLE.replace("uv publish", command.replace(url, f"{url}/")), "CLT001", "CLT002") == []


def test_an_address_in_a_variable_can_be_overridden() -> None:
    text = (
        WHOLE.replace("uv publish", "twine upload dist/*")
        + "  variables: {TWINE_REPOSITORY_URL: https://pypi.org/legacy/}\n"
    )
    assert told(text, "CLT001") == [("warning", "https://pypi.org/legacy/")]


def test_another_index_has_its_own_addresses() -> None:
    command = "twine upload --repository-url ${CI_API_V4_URL}/projects/${CI_PROJECT_ID}/packages/pypi dist/*"
    assert found(WHOLE.replace("uv publish", command), "CLT001", "CLT002", "PUB013") == []


def test_an_account_name_as_user() -> None:
    command = "twine upload -u ada -p $PASSWORD dist/*"
    assert told(WHOLE.replace("uv publish", command), "TOK007") == [("error", "ada")]
    assert found(WHOLE.replace("uv publish", command.replace("ada", "__token__")), "TOK007") == []
    assert found(WHOLE.replace("uv publish", command.replace("ada", "$NAME")), "TOK007") == []
    variables = "  variables: {TWINE_USERNAME: ada, TWINE_PASSWORD: $PASSWORD}\n"
    text = WHOLE.replace("uv publish", "twine upload dist/*") + variables
    assert told(text, "TOK007") == [("warning", "ada")]
    elsewhere = text.replace("dist/*", "--repository-url https://pypi.example.com/ dist/*")
    assert found(elsewhere, "TOK007") == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("needs: [build-dist]", "needs: []"),
        ("needs: [build-dist]", "dependencies: []"),
        ("needs: [build-dist]", "needs: [{job: build-dist, artifacts: false}]"),
        ("  artifacts: {paths: [dist/]}\n", ""),
        ("paths: [dist/]", "paths: [build/]"),
        ("paths: [dist/]", "reports: {junit: report.xml}"),
    ],
)
def test_files_that_do_not_come_over(old: str, new: str) -> None:
    (only,) = found(WHOLE.replace(old, new), "BLD001")
    assert str(only.severity) == "warning"
    assert "the files are built in job `build-dist`" in only.message


def test_files_that_nobody_builds() -> None:
    (only,) = found("stages: [publish]\n" + PUBLISH.replace("  needs: [build-dist]\n", ""), "BLD001")
    assert "no job hands anything over" in only.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("needs: [build-dist]\n", "cache: {paths: [dist/]}\n"),
        ("needs: [build-dist]\n", "variables: {GIT_STRATEGY: none}\n"),
        ("needs: [build-dist]\n", "needs: [{project: a/b, job: build, ref: main, artifacts: true}]\n"),
        ("- uv publish", "- uv build\n    - uv publish"),
        ("- uv publish", "- make\n    - uv publish"),
        ("- uv publish", "- curl -LO https://example.org/a.whl\n    - uv publish"),
        ("- uv publish", "- uv publish $FOLDER/*"),
    ],
)
def test_files_that_may_be_there(old: str, new: str) -> None:
    text = WHOLE.replace("  artifacts: {paths: [dist/]}\n", "").replace(old, new)
    assert new.split("\n", maxsplit=1)[0] in text
    assert found(text, "BLD001") == []


def test_files_that_are_kept_in_another_way() -> None:
    for kept in ("paths: [dist]", "paths: ['**/*.whl']", "paths: [$OUT]", "untracked: true", "paths: [./]"):
        assert found(WHOLE.replace("paths: [dist/]", kept), "BLD001") == []
    bare = WHOLE.replace("  artifacts: {paths: [dist/]}\n", "")
    assert found(bare, "BLD001", **{"dist/parcel-1.0-py3-none-any.whl": ""}) == []
