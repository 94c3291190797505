"""File names of wheels and sdists: the same parts and verdicts as packaging, which PyPI uses, and PyPI's list of platform tags."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, canonicalize_name
from packaging.utils import parse_sdist_filename as packaging_sdist
from packaging.utils import parse_wheel_filename as packaging_wheel

from preflight.distributions.filenames import (
    FilenameProblem,
    SdistFilename,
    WheelFilename,
    character_problem,
    extension_problem,
    length_problem,
    normalize_project,
    normalized_version,
    parse_sdist_filename,
    parse_wheel_filename,
)
from preflight.distributions.platform_tags import accepted_platform_tag

PARTS = st.one_of(
    st.sampled_from(
        "demo Demo demo_x de.mo de__mo _ 1.0 1!2.0 1.0rc1 1.0.post1.dev2 1.0+local.1 1.0_x v1 1.0-1 01.02 1.0-rc1 1 1a b1 py3 py2.py3 "
        "cp311 none abi3 any win32 manylinux_2_17_x86_64.manylinux2014_x86_64 é ٣ a\n".split(" ")
    ),
    st.text("aA1.0_-+!é", max_size=6),
)


@given(st.lists(PARTS, max_size=7).map("-".join))
@example("demo-1.0-py3-none-any")
@example("demo-1.0-1x-py3-none-any")
@example("-1.0-py3-none-any")
def test_wheel_names_as_packaging_reads_them(stem: str) -> None:
    ours = parse_wheel_filename(f"{stem}.whl")
    try:
        name, version, _, tags = packaging_wheel(f"{stem}.whl")
    except InvalidWheelFilename as error:
        # since 26.3 packaging also refuses empty names and odd tags, which PyPI with 26.2 does not
        newer = "invalid tag component" in str(error) or not stem.partition("-")[0] or "\n" in stem
        assert isinstance(ours, FilenameProblem) or newer
        return
    assert isinstance(ours, WheelFilename)
    assert ours.normalized_project == name
    assert normalized_version(ours.version) == str(version)
    assert set(ours.platforms) == {tag.platform for tag in tags}


@given(st.lists(PARTS, max_size=4).map("-".join), st.sampled_from((".tar.gz", ".zip", ".tgz", ".TAR.GZ")))
@example("demo-1.0", ".tar.gz")
@example("a-b-1.0-1", ".tar.gz")
def test_sdist_names_as_packaging_reads_them(stem: str, ending: str) -> None:
    ours = parse_sdist_filename(stem + ending)
    try:
        name, version = packaging_sdist(stem + ending)
    except InvalidSdistFilename:
        assert isinstance(ours, FilenameProblem) or stem.startswith("-")
        return
    assert isinstance(ours, SdistFilename)
    assert ours.normalized_project == name
    assert normalized_version(ours.version) == str(version)


@given(st.text("aAbZ09-_.é", max_size=12))
def test_names_are_normalized_as_packaging_does(name: str) -> None:
    assert normalize_project(name) == canonicalize_name(name)


@pytest.mark.parametrize(
    ("filename", "row"),
    [
        ("demo-1.0.tar.gz", None),
        ("demo.zip", None),
        ("a.whl", None),
        (".whl", "extension-unknown"),
        ("demo-1.0.tgz", "extension-unknown"),
        ("demo-1.0.egg", "extension-unknown"),
        ("demo-1.0.Tar.Gz", "extension-wrong-for-filetype"),
        ("demo.WHL", "extension-wrong-for-filetype"),
    ],
)
def test_endings(filename: str, row: str | None) -> None:
    problem = extension_problem(filename)
    assert (problem.row if problem else None) == row


def test_characters_and_length() -> None:
    assert character_problem("demo-1.0.tar.gz") is None
    assert character_problem("démo 1.0.tar.gz") is None
    for character in (*map(chr, range(32)), "\x7f"):
        problem = character_problem(f"demo{character}.whl")
        assert problem is not None
        assert problem.row == "filename-nonprintable"
    assert character_problem("a\\b.whl") == FilenameProblem("filename-separator", "\\")
    assert length_problem("x" * 242 + ".whl") is None
    assert length_problem("x" * 243 + ".whl") == FilenameProblem("filename-too-long", "247")
    assert length_problem("é" * 122 + ".whl") == FilenameProblem("filename-too-long", "248")
    assert length_problem("x" * 248 + ".tar.gz") is None


MACHINES = {
    "manylinux_2_17": "x86_64 i686 aarch64 armv7l ppc64le s390x riscv64 ppc64",
    "musllinux_1_2": "x86_64 i686 aarch64 armv7l ppc64le s390x riscv64",
    "macosx_10_9": "ppc ppc64 i386 x86_64 arm64 intel fat fat3 fat64 universal universal2",
    "macosx_11_0": "ppc ppc64 i386 x86_64 arm64 intel fat fat3 fat64 universal universal2",
    "macosx_26_0": "x86_64 arm64 universal2",
    "android_21": "armeabi_v7a arm64_v8a x86 x86_64",
    "manylinux1": "x86_64 i686",
    "manylinux2010": "x86_64 i686",
    "manylinux2014": "x86_64 i686 aarch64 armv7l ppc64 ppc64le s390x",
    "linux": "armv6l armv7l",
    "win": "amd64 arm64 ia64",
}
ACCEPTED = [f"{system}_{machine}" for system, machines in MACHINES.items() for machine in machines.split()]
ACCEPTED += "any win32 ios_13_0_arm64_iphoneos ios_13_0_x86_64_iphonesimulator pyemscripten_2025_0_wasm32".split()
ACCEPTED += "pyemscripten_1_2_wasm32garbage ios_1_2_arm64_iphoneosX manylinux_3_0_s390x macosx_15_0_arm64".split()
REFUSED = (
    "linux_x86_64 linux_aarch64 manylinux_2_17_loongarch64 musllinux_1_2_ppc64 macosx_11_1_arm64 macosx_12_3_x86_64 macosx_16_0_arm64 macosx_10_9_riscv64 "
    "pyodide_2025_0_wasm32 emscripten_3_1_58_wasm32 freebsd_13_amd64 win_arm32 manylinux2014_riscv64 ios_13_0_armv7_iphoneos android_21_mips "
    "manylinux2010_aarch64 "
    "xmacosx_11_0_arm64 solaris"
).split()


@pytest.mark.parametrize("tag", [*ACCEPTED, *REFUSED, ""])
def test_platform_tags(tag: str) -> None:
    assert accepted_platform_tag(tag) == (tag in ACCEPTED)


def test_a_compressed_set_gives_each_platform_once_in_lower_case() -> None:
    parsed = parse_wheel_filename(
        "demo-1.0-cp311-abi3-Manylinux_2_17_x86_64.manylinux2014_x86_64.manylinux2014_x86_64.whl"
    )
    assert isinstance(parsed, WheelFilename)
    assert parsed.platforms == ("manylinux_2_17_x86_64", "manylinux2014_x86_64")
    assert parsed.info_folder == "demo-1.0.dist-info"
