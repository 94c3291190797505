"""Mistakes of workflows that a judge found unnoticed, or noticed wrongly; each test is named after what went wrong."""

import pytest
from harness import check_files, git_record

from preflight.engine.finding import Severity

PROJECT = '[project]\nname = "demo"\nversion = "1.0.0"\n'
BUILD = "      - uses: actions/checkout@v5\n      - run: pipx run build\n"
ACTION = "      - uses: pypa/gh-action-pypi-publish@release/v1\n"
RELEASE = "on:\n  release:\n    types: [published]\n"
TAGS = "on:\n  push:\n    tags: ['v*']\n"
TOKEN = "    permissions: {contents: read, id-token: write}\n"


def workflow(steps: str = BUILD + ACTION, on: str = RELEASE, head: str = TOKEN) -> str:
    return f"{on}jobs:\n  publish:\n    runs-on: ubuntu-latest\n{head}    steps:\n{steps}"


def severities(
    code: str, text: str, *, more: dict[str, str] | None = None, project: str = PROJECT, git: tuple[str, ...] = ()
) -> list[str]:
    files = {".github/workflows/publish.yml": text, "pyproject.toml": project, **(more or {})}
    record = git_record(files, git) if git else None
    return [each.severity.value for each in check_files(files, code, git=record).findings]


def publisher(owner: str = "octo", repository: str = "demo", environment: str = "release") -> str:
    return (
        f'{PROJECT}[[tool.preflight.publishers]]\nowner = "{owner}"\nrepository = "{repository}"\n'
        f'workflow = "called.yml"\nenvironment = "{environment}"\n'
    )


# ── strange files that a step puts beside the distributions ───────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "step",
    [
        "      - run: sha256sum dist/* > dist/SHA256SUMS\n",
        "      - uses: anchore/sbom-action@v0\n        with: {output-file: dist/sbom.spdx.json}\n",
        "      - uses: sigstore/gh-action-sigstore-python@v3.0.0\n        with: {inputs: ./dist/*.whl}\n",
    ],
)
def test_a_step_that_writes_into_dist_stops_twine(step: str) -> None:
    assert severities("BLD005", workflow(BUILD + step + ACTION)) == ["error"]


@pytest.mark.parametrize(
    "step",
    [
        "      - run: sha256sum dist/* > SHA256SUMS\n",
        "      - run: sha256sum dist/* > dist/SHA256SUMS\n      - run: rm dist/SHA256SUMS\n",
        "      - run: gpg --detach-sign --armor dist/*\n",
        '      - run: if [ -n "$SUMS" ]; then sha256sum dist/* > dist/SHA256SUMS; fi\n',
        "      - run: echo x > dist/.note\n",
        "      - uses: sigstore/gh-action-sigstore-python@v3.0.0\n        with: {inputs: other/*.whl}\n",
    ],
)
def test_files_elsewhere_taken_away_or_accepted_stop_nothing(step: str) -> None:
    assert severities("BLD005", workflow(BUILD + step + ACTION)) == []


def test_a_tool_that_may_also_do_something_else_leaves_it_open() -> None:
    step = "      - run: pipx run cyclonedx-py environment -o dist/sbom.json\n"
    assert severities("BLD005", workflow(BUILD + step + ACTION)) == ["warning"]


def test_uv_passes_over_strange_files() -> None:
    steps = BUILD + "      - run: sha256sum dist/* > dist/SUMS\n      - run: uv publish\n"
    assert severities("BLD005", workflow(steps)) == []


def test_all_artifacts_downloaded_into_dist_may_bring_a_report() -> None:
    text = (
        f"{RELEASE}jobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n{BUILD}"
        "      - uses: actions/upload-artifact@v4\n        with: {name: dist, path: dist}\n"
        "      - uses: actions/upload-artifact@v4\n        with: {name: report, path: coverage.xml}\n"
        f"  publish:\n    needs: build\n    runs-on: ubuntu-latest\n{TOKEN}    steps:\n"
        "      - uses: actions/download-artifact@v4\n        with: {path: dist, merge-multiple: true}\n" + ACTION
    )
    assert severities("BLD005", text) == ["warning"]
    assert severities("BLD005", text.replace("{path: dist, merge", "{path: dist, pattern: dist*, merge")) == []


# ── conditions, triggers, runs ────────────────────────────────────────────────────────────────────────────────────


def test_a_manual_upload_whose_condition_compares_a_boolean_with_a_text_never_happens() -> None:
    inputs = "on:\n  workflow_dispatch:\n    inputs:\n      go: {type: boolean, default: true}\n"
    assert severities("WFL008", workflow(on=inputs, head="    if: inputs.go == 'true'\n" + TOKEN)) == ["warning"]
    assert severities("WFL008", workflow(on=inputs, head="    if: inputs.go\n" + TOKEN)) == []
    text = inputs.replace("type: boolean, default: true", "type: string")
    assert severities("WFL008", workflow(on=text, head="    if: inputs.go == 'yes'\n" + TOKEN)) == []


def test_a_manual_upload_that_asks_for_an_input_that_is_not_there_never_happens() -> None:
    inputs = "      go: {type: boolean, default: true}\n      test: {type: boolean, default: false}\n"
    both = f"on:\n  workflow_dispatch:\n    inputs:\n{inputs}"
    assert severities("WFL008", workflow(on=both, head="    if: inputs.test && !inputs.go\n" + TOKEN)) == []
    assert severities("WFL008", workflow(on=both, head="    if: inputs.test && inputs.test == false\n" + TOKEN)) == [
        "warning"
    ]
    assert severities("WFL008", workflow(on="on: workflow_dispatch\n", head="    if: inputs.go\n" + TOKEN)) == [
        "warning"
    ]


def test_a_release_type_that_does_not_exist_and_stands_alone_is_found() -> None:
    assert severities("WFL002", workflow(on="on:\n  release:\n    types: [prerelease]\n")) == ["warning"]


def test_a_condition_on_the_name_that_no_tag_meets() -> None:
    head = "    if: startsWith(github.ref, 'refs/tags/v')\n" + TOKEN
    text = workflow(on="on:\n  push:\n    tags: ['*']\n", head=head)
    assert severities("WFL003", text, git=("git tag 1.1.0", "git tag 1.0.0")) == ["warning"]
    assert severities("WFL003", text, git=("git tag v1.1.0", "git tag v1.0.0")) == []
    assert severities("WFL003", text, git=("git tag v1.1.0", "git tag 1.0.0")) == []


def test_tags_with_the_name_of_the_project_are_its_tags() -> None:
    text = workflow(on="on:\n  push:\n    tags: ['[0-9]+.*']\n")
    assert severities("WFL003", text, git=("git tag demo-v1.1.0", "git tag demo-v1.0.0")) == ["warning"]
    assert severities("WFL003", text, git=("git tag other-v1.1.0", "git tag other-v1.0.0")) == []


def test_a_group_from_a_name_that_github_does_not_have_is_one_group_for_all() -> None:
    concurrency = "concurrency:\n  group: pub-${{ github.reff }}\n  cancel-in-progress: true\n"
    assert severities("WFL011", workflow(on=TAGS + concurrency)) == ["warning"]
    assert severities("WFL011", workflow(on=TAGS + concurrency.replace("reff", "ref"))) == []


def test_a_tag_named_in_full_that_is_made_again() -> None:
    again = "      - run: git push origin :refs/tags/v1.0.0 && git tag -f v1.0.0 && git push origin v1.0.0\n"
    assert severities("WFL013", workflow(BUILD + ACTION + again, on=TAGS)) == ["warning"]
    assert (
        severities("WFL013", workflow(BUILD + ACTION + "      - run: git tag -f v1 && git push -f origin v1\n")) == []
    )


def test_a_tag_named_in_full_that_is_pushed_with_the_run_token() -> None:
    maker = (
        "on:\n  push:\n    branches: [main]\njobs:\n  tag:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@v5\n      - run: git tag v1.0.0 && git push origin v1.0.0\n"
    )
    assert severities("WFL001", workflow(on=TAGS), more={".github/workflows/tag.yml": maker}) == ["warning"]
    branch = maker.replace("git push origin v1.0.0", "git push origin releases/1.0.0")
    assert severities("WFL001", workflow(on=TAGS), more={".github/workflows/tag.yml": branch}) == []


def test_an_upload_after_every_green_run_brings_no_new_version() -> None:
    on = "on:\n  workflow_run:\n    workflows: [CI]\n    types: [completed]\n"
    head = "    if: github.event.workflow_run.conclusion == 'success'\n" + TOKEN
    assert severities("WFL005", workflow(on=on, head=head)) == ["warning"]
    guarded = head.replace("'success'", "'success' && startsWith(github.event.workflow_run.head_branch, 'v')")
    assert severities("WFL005", workflow(on=on, head=guarded)) == []


# ── what GitHub refuses, and where files lie ──────────────────────────────────────────────────────────────────────


def test_a_publish_step_that_also_runs_a_script_is_an_error() -> None:
    assert severities("WFL021", workflow(BUILD + ACTION + "        run: echo\n")) == ["error"]


def test_a_job_without_steps_is_refused() -> None:
    empty = "  other:\n    runs-on: ubuntu-latest\n"
    assert severities("WFL021", workflow() + empty) == ["error"]
    assert severities("WFL021", workflow() + empty + "    steps: []\n") == ["error"]


def test_the_container_of_the_action_sees_the_workspace_alone() -> None:
    for folder, expected in (("/tmp/dist", ["error"]), ("/github/workspace/dist", []), ("dist/", [])):
        text = workflow(BUILD + ACTION + f"        with: {{packages-dir: {folder}}}\n")
        assert severities("WFL035", text) == expected


def test_a_pinned_setuptools_without_wheel_has_no_bdist_wheel() -> None:
    steps = (
        "      - uses: actions/checkout@v5\n      - uses: actions/setup-python@v5\n        with: {python-version: '3.13'}\n"
        "      - run: pip install setuptools==69.5.1\n      - run: python setup.py sdist bdist_wheel\n"
    )
    assert severities("BLD003", workflow(steps + ACTION)) == ["error"]
    assert severities("BLD003", workflow(steps.replace("69.5.1", "75.0.0") + ACTION)) == []
    assert severities("BLD003", workflow(steps.replace("69.5.1", "69.5.1 wheel") + ACTION)) == []


def test_a_branch_of_the_publish_action_that_is_not_known() -> None:
    assert severities("WFL026", workflow(BUILD + ACTION.replace("release/v1", "main"))) == ["warning"]


# ── publishers ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_job_of_a_called_workflow_without_the_registered_environment() -> None:
    caller = f"{RELEASE}jobs:\n  go:\n{TOKEN}    uses: ./.github/workflows/called.yml\n"
    called = workflow(on="on: workflow_call\n")
    more = {".github/workflows/called.yml": called}
    assert severities("PUB003", caller, more=more, project=publisher()) == ["error"]
    assert severities("PUB003", caller, more=more, project=publisher(environment="")) == []
    named = {".github/workflows/called.yml": called.replace("    steps:", "    environment: Release\n    steps:")}
    assert severities("PUB003", caller, more=named, project=publisher()) == []


def test_a_renamed_repository_is_told_by_the_remote_alone() -> None:
    def found(owner: str, repository: str, text: str = "") -> list[str]:
        remote = ("git remote origin https://github.com/octo/demo.git",)
        return severities("PUB004", workflow(), project=publisher(owner, repository) + text, git=remote)

    assert found("octo", "demo-old") == ["warning"]
    assert found("octo", "demo") == []
    assert found("octo", "demo-old", "# https://github.com/octo/demo-old\n") == []
    assert found("upstream", "demo") == []


def test_a_private_index_without_a_credential_is_said_to_be_unknown() -> None:
    text = workflow(BUILD + ACTION + "        with: {repository-url: 'https://pypi.corp.example/upload/'}\n")
    files = {".github/workflows/publish.yml": text, "pyproject.toml": PROJECT}
    [finding] = check_files(files, "PUB014").findings
    assert (finding.severity, finding.confidence.value) == (Severity.WARNING, "unknown")
