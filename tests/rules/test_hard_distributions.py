"""Built files that a red team made by hand and that were misjudged once: missed, or named by a refusal that PyPI never gets to."""

import pytest
from harness import check_files
from recipes import build

from preflight.engine.finding import Reported, Severity
from preflight.engine.workspace import Focus

WHEEL = "demo-1.0-py3-none-any.whl"
SDIST = "demo-1.0.tar.gz"


def findings(recipe: str, filename: str = WHEEL, **more: str) -> list[Reported]:
    files: dict[str, str | bytes] = {filename: build(recipe), **more}
    result = check_files(files, focus=Focus((), (filename,)))
    assert not result.crashed, [finding.message for finding in result.findings]
    return result.findings


def errors(recipe: str, filename: str = WHEEL) -> list[tuple[str, str]]:
    """Code and first refusal of each error."""
    found = findings(recipe, filename)
    return [(each.code, each.rejections[0]) for each in found if each.severity is Severity.ERROR and each.rejections]


@pytest.mark.parametrize(("base", "filename"), [("wheel demo 1.0", WHEEL), ("sdist demo 1.0", SDIST)])
def test_metadata_without_a_metadata_version_were_not_looked_at(base: str, filename: str) -> None:
    assert errors(f"{base}\nmetadata -Metadata-Version", filename) == [("MET002", "metadata-version-missing")]


def test_metadata_elsewhere_do_not_stand_in_for_those_at_their_place() -> None:
    recipe = "wheel demo 1.0\ndrop demo-1.0.dist-info/METADATA\nfile demo/METADATA = no headers"
    assert errors(recipe) == [("WHL004", "wheel-no-metadata")]


def test_a_dist_info_folder_whose_version_is_equal_but_spelt_differently_was_passed() -> None:
    assert errors("wheel demo 1.0.0\nmetadata Version: 1.0") == [("WHL004", "wheel-no-wheel-file")]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("metadata Name: demo.", ("NAM001", "name-invalid")),
        ("metadata Name: d\\u00e9mo", ("NAM001", "name-invalid")),
        ("metadata Version: 1.0-final", ("VER006", "version-invalid")),
        ("metadata Version: UNKNOWN", ("MET001", "version-required")),
        ("metadata Version: {x}", ("MET004", "metadata-braces-crash")),
        ("metadata Version: {{x}}", ("VER006", "version-invalid")),
    ],
)
def test_a_name_or_version_that_is_refused_as_such_was_compared_with_the_file_name(
    line: str, wanted: tuple[str, str]
) -> None:
    assert errors(f"wheel demo 1.0\n{line}") == [wanted]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("../LICENSE", "license-file-parent"),
        ("LICEN*", "license-file-glob"),
        ("C:/LICENSE", "license-file-absolute"),
        ("./LICENSE", "license-file-backslash"),
    ],
)
def test_a_refused_licence_path_was_said_to_be_missing_too(path: str, wanted: str) -> None:
    recipe = f"wheel demo 1.0\nmetadata Metadata-Version: 2.4\nmetadata License-File: {path}"
    assert errors(recipe) == [("MET025", wanted)]


def test_empty_braces_crashed_the_check_of_templates() -> None:
    recipe = "wheel demo 1.0\nmetadata Description-Content-Type: {}\nbody text"
    assert ("MET004", "metadata-braces-crash") in errors(recipe)


def publishing(*steps: str) -> str:
    """A workflow that publishes with each of the steps in a job of its own."""
    jobs = "".join(
        f"  job{number}:\n    runs-on: ubuntu-latest\n    steps:\n      - {step}\n" for number, step in enumerate(steps)
    )
    return f"on: push\njobs:\n{jobs}"


def told_of_descriptions(recipe: str, *steps: str) -> list[tuple[Severity, tuple[str, ...]]]:
    """What MET021 says of a wheel in the repository whose workflow publishes with the steps."""
    workflow: dict[str, str | bytes] = {".github/workflows/publish.yml": publishing(*steps)} if steps else {}
    result = check_files({f"dist/{WHEEL}": build(recipe), **workflow}, "MET021")
    assert not result.crashed, [finding.message for finding in result.findings]
    return [(each.severity, each.rejections) for each in result.findings]


TWINE, UV = "run: twine upload dist/*", "run: uv publish"


@pytest.mark.parametrize("kind", ["text/x-rst", "text/markdown"])
@pytest.mark.parametrize(
    ("steps", "severity"),
    [
        ([], Severity.ERROR),
        ([TWINE], Severity.ERROR),
        (["uses: pypa/gh-action-pypi-publish@release/v1"], Severity.ERROR),
        ([TWINE, "run: poetry publish"], Severity.ERROR),
        ([UV], None),
        ([UV, "run: maturin upload dist/*"], None),
        ([UV, TWINE], Severity.WARNING),
        (["uses: pypa/gh-action-pypi-publish@release/v1\n        if: false"], Severity.ERROR),
    ],
)
def test_a_blank_description_is_refused_where_the_client_sends_it(
    kind: str, steps: list[str], severity: Severity | None
) -> None:
    recipe = f"wheel demo 1.0\nmetadata Description-Content-Type: {kind}\nbody    \\n"
    assert told_of_descriptions(recipe, *steps) == (
        [] if severity is None else [(severity, ("description-render-failed",))]
    )


@pytest.mark.parametrize("step", [TWINE, UV])
def test_a_description_that_does_not_render_is_refused_whatever_the_client(step: str) -> None:
    recipe = "wheel demo 1.0\nmetadata Description-Content-Type: text/x-rst\nbody Some *words\\n"
    assert told_of_descriptions(recipe, step) == [(Severity.ERROR, ("description-render-failed",))]


def test_a_blank_plain_description_is_accepted() -> None:
    assert findings("wheel demo 1.0\nmetadata Description-Content-Type: text/plain\nbody    \\n") == []


def test_a_private_classifier_in_a_file_without_its_project_was_not_told() -> None:
    recipe = "wheel demo 1.0\nmetadata Classifier: Private :: Do Not Upload"
    [finding] = findings(recipe)
    assert (finding.code, finding.severity, finding.rejections) == ("MET011", Severity.WARNING, ("classifier-private",))
    project = '[project]\nname = "demo"\nversion = "1.0"\nclassifiers = ["Private :: Do Not Upload"]\n'
    assert [each for each in findings(recipe, **{"pyproject.toml": project}) if each.code == "MET011"] == []


@pytest.mark.parametrize("name", ["RECORD", "METADATA"])
def test_a_broken_member_that_pypi_reads_last_was_passed(name: str) -> None:
    found = errors(f"wheel demo 1.0\nzip: header demo-1.0.dist-info/{name} crc=1")
    assert ("ARC001", "archive-bad-zip") in found


def test_a_broken_member_that_pypi_never_reads_is_accepted() -> None:
    recipe = "wheel demo 1.0\nfile demo/data.txt = text\nzip: header demo/data.txt crc=1"
    assert errors(recipe) == []


def test_a_member_comment_was_said_to_make_the_directory_too_large() -> None:
    assert errors("wheel demo 1.0\nzip: central demo/__init__.py comment=hello") == [("ARC015", "zip-cd-comment")]


def test_sizes_of_a_broken_extra_field_were_compared() -> None:
    recipe = "wheel demo 1.0\nzip: local demo/__init__.py packed=4294967295 extra=01000000"
    assert errors(recipe)[:1] == [("ARC015", "zip-malformed")]


def test_a_wheel_file_in_lzma_was_called_corrupt() -> None:
    assert errors("wheel demo 1.0\nzip: method demo-1.0.dist-info/WHEEL lzma") == [("ARC013", "zip-compression-type")]


def test_a_package_of_debian_was_never_a_file_type() -> None:
    assert errors("bytes = !<arch>", "demo_1.0_all.deb") == [("ARC004", "extension-unknown")]


@pytest.mark.parametrize("filename", ["demo-1.0-py3-none-any.WHL", "demo-1.0.TAR.GZ"])
def test_an_ending_in_capitals_was_no_distribution_when_named(filename: str) -> None:
    assert errors("wheel demo 1.0", filename) == [("ARC004", "extension-wrong-for-filetype")]


def test_a_licence_that_ends_in_a_plus_of_its_own_was_unknown_with_another_behind_it() -> None:
    recipe = "wheel demo 1.0\nmetadata Metadata-Version: 2.4\nmetadata License-Expression: "
    assert errors(f"{recipe}GPL-2.0++") == []
    assert errors(f"{recipe}MIT++") == [("MET023", "license-expression-invalid")]


def test_a_blank_behind_a_licence_path_was_taken_off() -> None:
    recipe = "wheel demo 1.0\nmetadata Metadata-Version: 2.4\nmetadata License-File: {path}\nfile demo-1.0.dist-info/licenses/LICENSE = x"
    assert errors(recipe.format(path="LICENSE")) == []
    assert errors(recipe.format(path=" LICENSE")) == []
    assert errors(recipe.format(path="LICENSE\\u00a0")) == [("ARC005", "wheel-license-file-missing")]


def test_a_zip_on_two_disks_was_no_archive_because_it_is_a_zip_file() -> None:
    data = bytearray(build("wheel demo 1.0"))
    data[-18] = 1  # the number of this disk in the end record
    [finding] = check_files({WHEEL: bytes(data)}, focus=Focus((), (WHEEL,))).findings
    assert finding.rejections == ("archive-not-zip",)
    assert "it is a zip file" not in finding.message
