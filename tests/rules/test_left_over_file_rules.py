"""Traps of BLD006 about files of other versions: the rests of a last release, and what git tracks, where they do no harm."""

import pytest
from harness import check_files, git_record
from publishing_workflow import PATH, PUBLISH, STATIC, workflow
from recipes import build

from preflight.engine.finding import Reported, Severity

OLD = "dist/demo_tool-1.3.0-py3-none-any.whl"
OLD_SDIST = "dist/demo_tool-1.3.0.tar.gz"
NEW = "dist/demo_tool-1.4.0-py3-none-any.whl"
TAG = "git tag v1.4.0 at HEAD"
ON = "push:\n  tags: ['v*']\n"
BUILD = "      - run: python -m build\n"
CI = {"environment": {"CI": "true"}}


def reported(
    files: dict[str, str], *paths: str, setup: tuple[str, ...] = (), tracked: bool = True, ci: bool = False
) -> list[Reported]:
    wheels = {
        path: build(
            f"{'sdist' if path.endswith('.gz') else 'wheel'} demo-tool {path.split('-')[1].removesuffix('.tar.gz')}"
        )
        for path in paths
    }
    untracked = () if tracked else tuple(f"git untracked {path}" for path in paths)
    record = git_record({**files, **dict.fromkeys(paths, "")}, (*setup, *untracked))
    result = check_files({**files, **wheels}, "BLD006", git=record, seeds=CI if ci else {"environment": {}})
    assert not result.crashed, [each.message for each in result.findings]
    return result.findings


PROJECT = {"pyproject.toml": STATIC}
PUBLISHED = {**PROJECT, PATH: workflow(ON, steps=BUILD + PUBLISH)}


class TestOutdated:
    def test_a_tagged_version_that_is_not_built_and_is_uploaded_by_hand(self) -> None:
        [finding] = reported(PROJECT, OLD, OLD_SDIST, setup=(TAG,), tracked=False)
        assert finding.severity is Severity.WARNING
        assert "version `1.3.0` only" in finding.message

    def test_where_ci_builds_it_is_a_remark_at_home_and_a_warning_there(self) -> None:
        [at_home] = reported(PUBLISHED, OLD, setup=(TAG,), tracked=False)
        assert at_home.severity is Severity.INFO
        [there] = reported(PUBLISHED, OLD, setup=(TAG,), tracked=False, ci=True)
        assert there.severity is Severity.WARNING

    @pytest.mark.parametrize("setup", [(), ("git tag v1.3.0 at HEAD",), ("git tag v1.4.0",)])
    def test_what_the_last_release_left_is_in_order_until_the_next_tag(self, setup: tuple[str, ...]) -> None:
        assert not reported(PROJECT, OLD, setup=setup, tracked=False)

    def test_the_version_that_is_tagged_is_there(self) -> None:
        assert not reported(PROJECT, NEW, setup=(TAG,), tracked=False)

    def test_a_local_build_of_the_version_is_that_version(self) -> None:
        path = "dist/demo_tool-1.4.0+local-py3-none-any.whl"
        assert not reported(PROJECT, path, setup=(TAG,), tracked=False)

    def test_a_workflow_that_writes_the_version(self) -> None:
        steps = "      - run: uv version 1.4.0\n" + BUILD + PUBLISH
        files = {"pyproject.toml": STATIC, PATH: workflow(ON, steps=steps)}
        assert not reported(files, OLD, setup=(TAG,), tracked=False, ci=True)

    def test_files_of_another_project(self) -> None:
        files = {"pyproject.toml": STATIC.replace("demo-tool", "parcel")}
        assert not reported(files, OLD, setup=(TAG,), tracked=False)


class TestTracked:
    def files(self, steps: str = BUILD + PUBLISH, more: str = "") -> dict[str, str]:
        return {"pyproject.toml": STATIC, PATH: workflow(ON, steps=steps, more=more)}

    def test_one_finding_for_a_folder(self) -> None:
        [finding] = reported(self.files(), OLD, OLD_SDIST)
        assert finding.severity is Severity.WARNING
        assert OLD.removeprefix("dist/") in finding.message
        assert OLD_SDIST.removeprefix("dist/") in finding.message

    def test_through_an_artifact(self) -> None:
        upload = "      - uses: actions/upload-artifact@v4\n        with: {name: dist, path: dist/}\n"
        download = "      - uses: actions/download-artifact@v4\n        with: {name: dist, path: dist/}\n"
        head = "  build:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v5\n"
        text = workflow(ON, job="needs: build\n", steps=download + PUBLISH, more=head + BUILD + upload)
        text = text.replace("      - uses: actions/checkout@v6\n", "")
        assert len(reported({"pyproject.toml": STATIC, PATH: text}, OLD)) == 1
        cleaned = text.replace(BUILD, "      - run: rm -rf dist\n" + BUILD)
        assert not reported({"pyproject.toml": STATIC, PATH: cleaned}, OLD)
        without = text.replace("      - uses: actions/checkout@v5\n", "      - run: git clone . x\n")
        assert not reported({"pyproject.toml": STATIC, PATH: without}, OLD)

    @pytest.mark.parametrize(
        "steps",
        [
            "      - run: rm -rf dist && python -m build\n" + PUBLISH,
            "      - run: uv build --clear\n" + PUBLISH,
            "      - run: pdm build\n" + PUBLISH,
            BUILD + PUBLISH + "        with:\n          skip-existing: true\n",
            BUILD + PUBLISH + "        with:\n          packages-dir: out\n",
            BUILD + "      - run: twine upload dist/*1.4.0*\n",
            BUILD + "      - run: poetry publish\n",
        ],
    )
    def test_what_does_not_send_them_again(self, steps: str) -> None:
        assert not reported(self.files(steps), OLD)

    def test_a_tracked_build_of_the_version_itself_is_replaced(self) -> None:
        assert not reported(self.files(), NEW)

    def test_files_that_git_does_not_track(self) -> None:
        assert not reported(self.files(), OLD, tracked=False)

    def test_test_data_in_other_folders(self) -> None:
        assert not reported(self.files(), "tests/data/demo_tool-1.3.0-py3-none-any.whl")
