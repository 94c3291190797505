"""What the workflows do to the checkout before each upload, as far as a light reading tells."""

from collections.abc import Mapping

from preflight.sources.text import Source
from preflight.workflows.calls import read_workflows
from preflight.workflows.release_builds import ReleaseBuild, ReleaseBuilds, release_builds

PUBLISH = "uses: pypa/gh-action-pypi-publish@release/v1"


def read(files: Mapping[str, str]) -> ReleaseBuilds:
    sources = {path: Source(path, text) for path, text in files.items()}
    workflows = [source for path, source in sources.items() if path.startswith(".github/workflows/")]
    return release_builds(read_workflows(workflows, sources.get))


def only(files: Mapping[str, str]) -> ReleaseBuild:
    [build] = read(files).builds
    return build


def workflow(*jobs: str, on: str = "{push: {tags: ['v*']}}") -> dict[str, str]:
    return {".github/workflows/a.yml": f"on: {on}\njobs:\n" + "".join(jobs)}


def job(name: str, *steps: str, more: str = "") -> str:
    lines = [f"  {name}:\n    runs-on: ubuntu-latest\n", *([f"    {more}\n"] if more else []), "    steps:\n"]
    return "".join((*lines, *(f"      - {step}\n" for step in steps)))


def test_build_and_upload_in_one_job() -> None:
    build = only(workflow(job("a", "uses: actions/checkout@v5", "run: python -m build", PUBLISH)))
    assert build.transparent
    assert build.started_by("v1.0") is True
    assert build.started_by("1.0") is False


def test_build_in_a_job_that_is_needed() -> None:
    first = job("a", "uses: actions/checkout@v5", "run: ./prepare", "run: uv build", "uses: actions/upload-artifact@v4")
    build = only(workflow(first, job("b", "uses: actions/download-artifact@v5", PUBLISH, more="needs: a")))
    assert build.builds
    assert [place.line for place in build.opaque] == [7]


def test_jobs_that_build_nothing_change_nothing() -> None:
    first = job("a", "uses: actions/checkout@v5", "run: make test")
    second = job("b", "uses: actions/checkout@v5", "run: python -m build", PUBLISH, more="needs: a")
    assert only(workflow(first, second)).transparent


def test_jobs_that_push_do() -> None:
    first = job("a", "uses: actions/checkout@v5", "run: uv version --bump minor", "run: git commit -am x && git push")
    second = job("b", "uses: actions/checkout@v5", "run: python -m build", PUBLISH, more="needs: a")
    assert only(workflow(first, second)).rewrites


def test_a_called_workflow_is_read_in_place_of_the_call() -> None:
    called = "on: workflow_call\njobs:\n" + job("build", "run: sed -i s/x/y/ pyproject.toml", "run: python -m build")
    caller = workflow("  a:\n    uses: ./.github/workflows/b.yml\n", job("b", PUBLISH, more="needs: a"))
    found = read({**caller, ".github/workflows/b.yml": called})
    [build] = found.builds
    assert build.builds and build.rewrites and found.rewritten


def test_a_remote_workflow_is_unknown() -> None:
    caller = workflow("  a:\n    uses: o/r/.github/workflows/b.yml@v1\n", job("b", PUBLISH, more="needs: a"))
    build = only(caller)
    assert build.opaque and not build.transparent


def test_a_local_action_is_read_in_place_of_the_step() -> None:
    steps = "".join(f"    - run: {command}\n      shell: bash\n" for command in ("poetry version $V", "poetry build"))
    action = f"runs:\n  using: composite\n  steps:\n{steps}"
    build = only({**workflow(job("a", "uses: ./act", PUBLISH)), "act/action.yml": action})
    assert build.builds and build.rewrites


def test_names_and_comments_rewrite_nothing() -> None:
    steps = (
        "name: Set version\n        id: set-version\n        run: echo 1",
        "run: |\n          # sed -i s/x/y/ pyproject.toml\n          python -m build",
    )
    assert only(workflow(job("a", *steps, PUBLISH))).transparent


def test_output_files_are_no_version_files() -> None:
    step = 'run: echo "version=1" >> "$GITHUB_OUTPUT"'
    assert only(workflow(job("a", step, "run: python -m build", PUBLISH))).transparent


def test_a_checkout_of_another_ref_is_unknown() -> None:
    build = only(
        workflow(job("a", "uses: actions/checkout@v5\n        with: {ref: main}", "run: python -m build", PUBLISH))
    )
    assert build.opaque
    same = only(
        workflow(
            job(
                "a",
                "uses: actions/checkout@v5\n        with:\n          ref: ${{ github.ref }}",
                "run: python -m build",
                PUBLISH,
            )
        )
    )
    assert same.transparent


def test_linters_and_the_own_gate_write_no_version() -> None:
    for command in (
        "ruff format --check",
        "black --check .",
        "mypy src",
        "python -m mypy .",
        "pytest -q",
        "preflight check",
    ):
        steps = job("a", f"run: {command}", "run: python -m build", PUBLISH)
        assert only(workflow(steps)).transparent, command
    for command in ("preflight check --fix --unsafe", "preflight fix", "ruffle src"):
        steps = job("a", f"run: {command}", "run: python -m build", PUBLISH)
        assert not only(workflow(steps)).transparent, command


def test_uploads_in_scripts() -> None:
    for command in (
        "twine upload dist/*",
        "python -m twine upload --skip-existing dist/*",
        "uv publish",
        "poetry publish --build",
        "flit publish",
    ):
        assert read(workflow(job("a", "run: python -m build", f"run: {command}"))).builds, command


def test_conditions() -> None:
    sure = job(
        "a",
        "run: python -m build",
        PUBLISH,
        more="if: github.event_name == 'push' && startsWith(github.ref, 'refs/tags/v')",
    )
    assert only(workflow(sure)).surely_runs_for("v1.0")
    other = job("a", "run: python -m build", PUBLISH, more="if: startsWith(github.ref, 'refs/tags/x')")
    assert not only(workflow(other)).surely_runs_for("v1.0")
    unsure = job("a", "run: python -m build", PUBLISH, more="if: \"!contains(github.ref, 'rc')\"")
    assert not only(workflow(unsure)).surely_runs_for("v1.0")


def test_started_by_a_release() -> None:
    build = only(workflow(job("a", "run: python -m build", PUBLISH), on="{release: {types: [published]}}"))
    assert build.started_by("anything") is True
    by_hand = only(workflow(job("a", "run: python -m build", PUBLISH), on="workflow_dispatch"))
    assert by_hand.started_by("v1.0") is False


def test_a_workflow_that_uploads_in_a_way_that_does_not_show() -> None:
    found = read(workflow(job("a", "run: uv version $V", "run: make release")))
    assert not found.builds and found.elsewhere and not found.rewritten


def test_broken_workflows_are_remembered() -> None:
    assert read({".github/workflows/a.yml": "on: [\n"}).unread
