"""Traps of the rules about archives and their names: what looks wrong and is right, and what only looks alike."""

from pathlib import Path

import pytest
from harness import check_files, check_folder
from recipes import build

from preflight.engine.finding import Reported
from preflight.engine.workspace import Focus

WHEEL = "demo-1.0-py3-none-any.whl"
SDIST = "demo-1.0.tar.gz"


def findings(filename: str, recipe: str, *select: str) -> list[Reported]:
    result = check_files({f"dist/{filename}": build(recipe)}, *select)
    assert not result.crashed
    return result.findings


@pytest.mark.parametrize(
    ("code", "filename", "recipe"),
    [
        ("ARC002", "Demo.X-1.0-py3-none-any.whl", "wheel Demo.X 1.0"),
        ("ARC002", "demo-1!2.0.post1-2_x-cp311.cp312-abi3-any.whl", "wheel demo 1!2.0.post1"),
        ("ARC003", "demo-1.0.0-py3-none-any.whl", "wheel demo 1.0.0\nmetadata Version: 1.0"),
        ("ARC003", "Demo_X-1.0-py3-none-any.whl", "wheel Demo_X 1.0\nmetadata Name: demo.x"),
        ("ARC003", "demo_x-1.0-py3-none-any.whl", "wheel Demo.X 1.0"),
        ("ARC003", WHEEL, "wheel demo 1.0\ndrop demo-1.0.dist-info/WHEEL"),
        ("ARC003", "a-demo-1.0.tar.gz", "sdist a-demo 1.0\nmetadata Name: a.demo"),
        ("ARC003", "demo-1.0-1.tar.gz", "sdist demo 1.0.post1"),
        ("ARC003", SDIST, "sdist demo 2.0"),
        ("ARC004", SDIST, "sdist demo 1.0"),
        ("ARC004", "demo-1.0.zip", "zip-sdist demo 1.0"),
        ("ARC005", WHEEL, "wheel demo 1.0\nmetadata License-File: LICENSE"),
        (
            "ARC005",
            WHEEL,
            "wheel demo 1.0\nmetadata Metadata-Version: 2.4\nmetadata License-File: a/LICENSE\nfile demo-1.0.dist-info/licenses/a/LICENSE = MIT",
        ),
        ("ARC006", WHEEL, "wheel demo 1.0\nfile demo/a.py = subprocess.run(['pyarmor', 'gen']) # __pyarmor__\\n"),
        ("ARC008", SDIST, "sdist demo 1.0\nfile demo-1.0/zeros * 70000000 = \\x00"),
        ("ARC009", SDIST, "sdist demo 1.0\nduplicate demo-1.0/PKG-INFO"),
        ("ARC013", WHEEL, "wheel demo 1.0\nfolder demo/f\nzip: method demo/__init__.py stored"),
        ("ARC016", SDIST, "sdist demo 1.0\nlink demo-1.0/docs/README -> ../PKG-INFO"),
        ("ARC016", SDIST, "sdist demo 1.0\nhardlink demo-1.0/copy -> demo-1.0/PKG-INFO"),
        ("ARC016", WHEEL, "wheel demo 1.0\nfile demo/a/../b.py = x"),
        ("ARC016", WHEEL, "wheel demo 1.0\nfile demo/a..b/..c = x"),
        ("SDT002", "docs.zip", "zip\nfile index.html = text"),
        ("SDT002", SDIST, "sdist demo 1.0"),
    ],
)
def test_what_is_right_stays_silent(code: str, filename: str, recipe: str) -> None:
    assert [each.message for each in findings(filename, recipe, code)] == []


def test_a_stray_zip_in_the_folder_stops_twine_and_is_no_sdist_without_build_files() -> None:
    for recipe in ("zip\nfile docs/index.html = text", "wheel demo 1.0"):
        found = findings("docs.zip", recipe, "BLD005", "SDT")
        assert [each.code for each in found] == ["BLD005"]
    assert findings("demo-1.0.zip", "zip-sdist demo 1.0", "BLD005") == []


def test_a_stray_zip_is_no_distribution() -> None:
    assert findings("docs.zip", "zip\nfile index.html = text\nzip: stream", "ARC", "SDT002") == []
    assert findings("assets.zip", "bytes = no zip at all", "ARC", "SDT002") == []


def test_a_zip_that_is_an_sdist_is_checked_as_one() -> None:
    found = findings("demo-1.0.zip", "zip-sdist demo 1.0\nzip: stream", "ARC", "SDT002")
    assert [each.code for each in found] == ["ARC010", "SDT002"]


def test_copies_that_differ_are_duplicates_and_no_edit() -> None:
    recipe = "wheel demo 1.0\nfile demo/d.txt = one\nduplicate demo/d.txt\nzip: local demo/d.txt size=9"
    found = findings(WHEEL, recipe, "ARC")
    assert [(each.code, each.rejections) for each in found] == [
        ("ARC009", ("zip-file-size-mismatch", "zip-local-dup", "zip-cd-dup"))
    ]


def test_a_name_without_its_utf8_mark_is_a_matter_of_names() -> None:
    recipe = "wheel demo 1.0\nfile demo/d.txt = one\nzip: header demo/d.txt name=demo/\\xc3\\xbc.txt"
    assert [(each.code, each.rejections) for each in findings(WHEEL, recipe, "ARC")] == [
        ("ARC014", ("zip-name-not-in-cd",))
    ]


def test_a_wrong_gzip_checksum_that_pypi_does_not_see_is_a_warning() -> None:
    found = findings(SDIST, "sdist demo 1.0\ntar: checksum", "ARC")
    assert [(each.code, each.severity, each.rejections) for each in found] == [("ARC001", "warning", ())]


def test_a_wrong_checksum_counts_only_where_pypi_reads() -> None:
    assert findings(WHEEL, "wheel demo 1.0\nfile demo/d.so = x\nzip: header demo/d.so crc=1", "ARC") == []
    assert findings(WHEEL, "wheel demo 1.0\nfile demo/d.py = x\nzip: header demo/d.py crc=1", "ARC")[0].code == "ARC001"


@pytest.mark.parametrize(
    "second",
    ["zip: prefix #!junk", "zip: suffix junk", "zip: local demo/e.txt name=demo/f.txt", "file demo/\x01.txt = x"],
)
def test_a_damage_is_told_alone(second: str) -> None:
    """PyPI reads the members before it walks over the records, and a damaged zip fails on both."""
    recipe = f"wheel demo 1.0\nfile demo/d.py = x\nfile demo/e.txt = x\n{second}\nzip: header demo/d.py crc=1"
    found = findings(WHEEL, recipe, "ARC")
    assert [(each.code, each.rejections) for each in found] == [("ARC001", ("archive-bad-zip",))]


def test_what_pypi_says_first_is_told_first() -> None:
    """A path before a file as a whole, where the member is what PyPI stumbles over first (warehouse: forklift/legacy.py)."""
    recipe = "wheel demo 1.0\nfile demo/e.txt = x\nzip: method demo/e.txt bzip2\nzip: suffix junk"
    assert [each.code for each in findings(WHEEL, recipe, "ARC")] == ["ARC013", "ARC012"]
    without = "wheel demo 1.0\nfile demo/e.txt = x\ndrop demo-1.0.dist-info/WHEEL\nzip: suffix junk"
    assert [each.code for each in findings(WHEEL, without, "ARC", "WHL004")] == ["WHL004", "ARC012"]


def test_size_is_a_warning_since_the_limit_can_be_raised() -> None:
    recipe = "wheel demo 1.0\nfile demo/big.bin * 104857601 = x\nzip: method demo/big.bin stored"
    (found,) = findings(WHEEL, recipe, "ARC007")
    assert (found.severity, found.confidence) == ("warning", "unknown")


def test_a_renamed_wheel_tells_what_it_was() -> None:
    (found,) = findings("demo-2.0-py3-none-any.whl", "wheel demo 1.0", "ARC003")
    assert found.rejections == ("wheel-no-wheel-file", "wheel-version-mismatch")
    assert found.causes == ("file-renamed-by-hand",)
    assert [note.place.source.member for note in found.related] == ["demo-1.0.dist-info/METADATA"]


@pytest.mark.parametrize(
    ("filename", "recipe", "severity"),
    [
        (WHEEL, "wheel demo 1.0\nfile /etc/demo = x", "error"),
        (WHEEL, "wheel demo 1.0\nfile demo/../../x = x", "error"),
        (WHEEL, "wheel demo 1.0\nfile ..\\\\x = x", "error"),
        (WHEEL, "wheel demo 1.0\nfile C:x = x", "error"),
        (SDIST, "sdist demo 1.0\nlink demo-1.0/a -> /etc/passwd", "error"),
        (SDIST, "sdist demo 1.0\nlink demo-1.0/a/b -> ../../x", "error"),
        (SDIST, "sdist demo 1.0\nhardlink demo-1.0/a -> ../x", "error"),
        (SDIST, "tar\nfile /demo-1.0/PKG-INFO = Name: demo", "warning"),
    ],
)
def test_paths_that_lead_outside(filename: str, recipe: str, severity: str) -> None:
    (found,) = findings(filename, recipe, "ARC016")
    assert found.severity == severity


def test_an_unreadable_file_is_reported_and_checked_no_further(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / WHEEL).symlink_to(tmp_path / "nowhere")
    result = check_folder(tmp_path, "ARC", "INT002", focus=Focus(files=(f"dist/{WHEEL}",)))
    assert not result.crashed
    assert [each.code for each in result.findings] == ["INT002"]


def test_names_with_odd_characters_are_shown_escaped() -> None:
    recipe = "wheel demo 1.0\nfile demo/a\\x1b[31m.txt = x"
    (found,) = findings(WHEEL, recipe, "ARC014")
    assert "\x1b" not in found.message
    assert "demo/a\\x1b[31m.txt" in found.message


@pytest.mark.parametrize(
    ("filename", "recipe", "rejections"),
    [
        ("demo-1.0-py3-none-any.zip", "wheel demo 1.0", ("zip-sdist-top-level",)),
        ("docs.zip", "zip\nfile docs/index.html = text", ("zip-sdist-no-pkg-info",)),
        ("assets.zip", "bytes = no zip at all", ()),
    ],
)
def test_a_zip_that_is_named_itself_is_refused(
    tmp_path: Path, filename: str, recipe: str, rejections: tuple[str, ...]
) -> None:
    (tmp_path / filename).write_bytes(build(recipe))
    result = check_folder(tmp_path, "SDT002", focus=Focus(files=(filename,)))
    [finding] = result.findings
    assert finding.rejections == rejections
    assert "without `PKG-INFO`" in finding.message


def test_the_licence_of_a_renamed_wheel_is_where_it_belongs() -> None:
    packed = "\nmetadata Metadata-Version: 2.4\nmetadata License-File: LICENSE"
    inside = "\nfile demo-1.0.dist-info/licenses/LICENSE = MIT"
    for name in ("demo-1.1-py3-none-any.whl", "Demo-1.0-py3-none-any.whl", "dem-o-1.0-py3-none-any.whl"):
        assert [each.code for each in findings(name, f"wheel demo 1.0{packed}{inside}", "ARC005")] == []
    assert [each.code for each in findings("demo-1.1-py3-none-any.whl", f"wheel demo 1.0{packed}", "ARC005")] == [
        "ARC005"
    ]
