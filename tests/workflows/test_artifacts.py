"""Artifacts: what uploads and downloads say, where files land in an artifact, which versions are switched off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.sources.text import Source
from preflight.sources.yaml import Mapping, Scalar, parse_yaml
from preflight.workflows.artifacts import (
    braces,
    inside,
    is_switched_off,
    major_version,
    matches_pattern,
    read_download,
    read_upload,
    workspace_path,
)
from preflight.workflows.model import Step


def step(text: str) -> Step:
    root = parse_yaml(Source("step.yml", text)).root
    assert isinstance(root, Mapping)
    return Step(root, 0, root.place)


def literal(scalar: Scalar) -> str | None:
    return None if "${{" in scalar.value else scalar.value


class TestUploads:
    def test_defaults(self) -> None:
        upload = read_upload(step("uses: actions/upload-artifact@v4\nwith:\n  path: dist/\n"), literal)
        assert upload is not None
        assert (upload.name, upload.paths, upload.overwrite, upload.insists, upload.major) == (
            "artifact",
            ("dist",),
            False,
            False,
            4,
        )

    def test_what_is_not_known(self) -> None:
        upload = read_upload(
            step("uses: actions/upload-artifact@main\nwith:\n  name: ${{ x }}\n  path: ${{ y }}\n"), literal
        )
        assert upload is not None
        assert (upload.name, upload.paths, upload.major) == (None, None, None)

    def test_a_file_that_is_not_packed_lends_its_own_name(self) -> None:
        text = "uses: actions/upload-artifact@{}\nwith:\n  name: dist\n  path: a.whl\n  archive: false\n"
        names = [found.name for version in ("v6", "v7") if (found := read_upload(step(text.format(version)), literal))]
        assert names == ["dist", None]

    def test_other_steps(self) -> None:
        for text in (
            "run: echo actions/upload-artifact@v4\n",
            "uses: somebody/upload-artifact@v4\n",
            "uses: ./upload\n",
        ):
            assert read_upload(step(text), literal) is None

    def test_an_action_that_is_known_to_upload(self) -> None:
        upload = read_upload(
            step("uses: hynek/build-and-inspect-python-package@v2\nwith:\n  upload-name-suffix: -core\n"), literal
        )
        assert upload is not None and upload.name == "Packages-core"


class TestDownloads:
    @pytest.mark.parametrize(
        ("inputs", "selects"),
        [
            ("name: dist", ("dist", None, False, False)),
            ("pattern: dist-*", (None, "dist-*", False, False)),
            ("name: dist\n  pattern: x", ("dist", None, False, False)),
            ("artifact-ids: 1,2", (None, None, True, False)),
            ("path: dist", (None, None, False, True)),
            ("name: ''", (None, None, False, True)),
            ("name: ${{ x }}", (None, None, False, False)),
        ],
    )
    def test_what_is_selected(self, inputs: str, selects: tuple[object, ...]) -> None:
        found = read_download(step(f"uses: actions/download-artifact@v4\nwith:\n  {inputs}\n"), literal)
        assert found is not None
        assert (found.name, found.pattern, found.by_ids, found.everything) == selects

    def test_single_matches(self) -> None:
        answers = [
            found.single_stays_flat
            for ref in ("v4.3.0", "v5", "v8.0.1", "main")
            if (found := read_download(step(f"uses: actions/download-artifact@{ref}\n"), literal)) is not None
        ]
        assert answers == [False, True, True, None]

    def test_a_path_outside_the_workspace_is_not_known(self) -> None:
        found = read_download(step("uses: actions/download-artifact@v4\nwith:\n  path: ~/dist\n"), literal)
        assert found is not None and found.path is None


@pytest.mark.parametrize(
    ("uses", "off", "major"),
    [
        ("actions/upload-artifact@v3", True, 3),
        ("actions/upload-artifact@v2.3.1", True, 2),
        ("actions/upload-artifact@v3-node20", False, None),
        ("actions/upload-artifact@v4.0.0", False, 4),
        ("actions/upload-artifact@main", False, None),
        ("actions/upload-artifact@a8a3f3ad30e3422c9c7b888a15615d19a852ae32", True, 3),
        ("actions/upload-artifact@A8A3F3AD30E3422C9C7B888A15615D19A852AE32", True, 3),
        ("actions/upload-artifact@c24449f33cd45d4826c6702db7e49f7cdb9b551d", False, None),
        ("actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1", False, 7),
        ("actions/download-artifact@9bc31d5ccc31df68ecc42ccf4149144866c47d8a", True, 3),
        ("actions/cache@v3", False, 3),
    ],
)
def test_versions(uses: str, off: bool, major: int | None) -> None:
    ref = step(f"uses: {uses}\n").uses
    assert ref is not None
    assert (is_switched_off(ref), major_version(ref)) == (off, major)


@pytest.mark.parametrize(
    ("paths", "folder", "answer"),
    [
        (("dist",), "dist", (True, "")),
        (("dist/*",), "dist", (True, "")),
        (("dist/*.whl", "dist/*.tar.gz"), "dist", (True, "")),
        (("dist/demo-1.0.whl",), "dist", (True, "")),
        (("dist/*.whl", "wheelhouse/*.whl"), "wheelhouse", (True, "wheelhouse")),
        (("out/dist", "out/docs"), "out/dist", (True, "dist")),
        (("dist",), "dist/core", (True, "core")),
        (("",), "dist", (True, "dist")),
        (("**/*.whl",), "dist", (True, "dist")),
        (("packages/*/dist/*",), "packages/core/dist", (None, None)),
        (("wheelhouse/*.whl",), "dist", (False, None)),
        (("dist/*.txt",), "dist", (False, None)),
        (("dist", "dist/extra"), "dist", (True, "")),
    ],
)
def test_where_files_land_in_an_artifact(
    paths: tuple[str, ...], folder: str, answer: tuple[bool | None, str | None]
) -> None:
    assert inside(paths, folder) == answer


@pytest.mark.parametrize(
    ("pattern", "name", "answer"),
    [
        ("dist-*", "dist-linux", True),
        ("dist-*", "dist", False),
        ("*", "anything", True),
        ("{sdist,wheels-*}", "wheels-linux", True),
        ("{sdist,wheels-*}", "docs", False),
        ("!(docs)", "wheels", None),
        ("wheel?", "wheels", True),
    ],
)
def test_patterns_of_names(pattern: str, name: str, answer: bool | None) -> None:
    assert matches_pattern(pattern, name) is answer


def test_paths() -> None:
    assert workspace_path("./dist/") == "dist"
    assert workspace_path("${{ github.workspace }}/dist") == "dist"
    assert workspace_path(".") == workspace_path("") == ""
    for elsewhere in ("/tmp/dist", "~/dist", "../dist", "$HOME/dist", "C:\\dist", "a/../../b"):
        assert workspace_path(elsewhere) is None, elsewhere


_PATHS = st.text("ab/*.{},[]$~\\ -!", max_size=30)


@given(_PATHS, _PATHS, st.lists(_PATHS, min_size=1, max_size=4))
def test_nothing_makes_it_fail(pattern: str, name: str, paths: list[str]) -> None:
    assert matches_pattern(pattern, name) in (True, False, None)
    assert len(braces(pattern)) <= 64
    known = tuple(path for each in paths if (path := workspace_path(each)) is not None)
    if known:
        taken, folder = inside(known, workspace_path(name) or "")
        assert folder is None or taken


@given(st.text(max_size=60))
def test_any_inputs_can_be_read(text: str) -> None:
    quoted = text.replace("'", "''").replace("\r", " ").replace("\n", " ")
    if not quoted.isprintable():
        return
    uploaded = read_upload(
        step(f"uses: actions/upload-artifact@v4\nwith:\n  name: '{quoted}'\n  path: '{quoted}'\n"), literal
    )
    fetched = read_download(
        step(f"uses: actions/download-artifact@v4\nwith:\n  pattern: '{quoted}'\n  path: '{quoted}'\n"), literal
    )
    assert uploaded is not None and fetched is not None
