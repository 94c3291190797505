"""Every refusal of PyPI that lies in an archive or its name: a file that meets it, and the tricky files that meet none.

The rows and what PyPI answers were read from its source and tried with its own functions; the tests hold them as facts.
"""

import pytest
from harness import check_files
from recipes import build

from preflight.distributions.archive import Distribution, kind_of
from preflight.distributions.stored_file import StoredFile
from preflight.engine.packs import built_in_registry
from preflight.sources.tree import MemoryTree

WHEEL = "demo-1.0-py3-none-any.whl"
SDIST = "demo-1.0.tar.gz"
TEXT = "\nfile demo/data.txt = some text\\n"
UNICODE_FIELD = "75700600010000000061"


def marked(recipe: str) -> str:
    """A recipe with the marks of encrypted code filled in: whole, they would make PyPI refuse the sdist that holds this file."""
    return recipe.replace("@armor@", "__pyarmor" + "_").replace("@begin@", "---BEGIN" + " PYE FILE---")


REFUSED: dict[str, tuple[str, str]] = {
    "archive-polyglot": (SDIST, "sdist demo 1.0\nappend-zip"),
    "archive-not-zip": (WHEEL, "wheel demo 1.0\ncut 40"),
    "archive-bad-zip": (WHEEL, "wheel demo 1.0\nzip: header demo/__init__.py crc=7"),
    "zip-bomb": (WHEEL, "wheel demo 1.0\nfile demo/zeros.bin * 67200000 = \\x00"),
    "zip-compression-type": (WHEEL, f"wheel demo 1.0{TEXT}\nzip: method demo/data.txt bzip2"),
    "zip-sdist-top-level": ("demo-1.0.zip", "zip-sdist demo 1.0\nfile other/x = 1"),
    "zip-sdist-no-pkg-info": ("demo-1.0.zip", "zip-sdist demo 1.0\ndrop demo-1.0/PKG-INFO"),
    "wheel-name-unparsable": ("demo-1.0.whl", "wheel demo 1.0"),
    "wheel-no-wheel-file": (WHEEL, "wheel demo 1.0\ndrop demo-1.0.dist-info/WHEEL"),
    "yara-pyarmor": (WHEEL, marked("wheel demo 1.0\nfile demo/a.PY = @armor@enter__()")),
    "yara-sourcedefender": (WHEEL, marked("wheel demo 1.0\nfile demo/a.pye = @begin@\\n---END PYE FILE---")),
    "tar-not-tar": (SDIST, "bytes = version https://git-lfs.github.com/spec/v1\\noid sha256:0\\nsize 5\\n"),
    "tar-read-error": (SDIST, "sdist demo 1.0\ntar: pack none"),
    "tar-sparse": (SDIST, "sdist demo 1.0\nsparse demo-1.0/holes = text"),
    "sdist-top-level": (SDIST, "sdist demo 1.0\nfile README = text"),
    "sdist-no-pkg-info": (SDIST, "sdist demo 1.0\ntar: prefix ./"),
    "zip-malformed": (WHEEL, f"wheel demo 1.0{TEXT}\nzip: local demo/data.txt extra=0a0020000000"),
    "zip-bad-char": (WHEEL, "wheel demo 1.0\nfile demo/a\\x1fb.txt = x"),
    "zip-dup-extra": (WHEEL, f"wheel demo 1.0{TEXT}\nzip: local demo/data.txt extra={UNICODE_FIELD}{UNICODE_FIELD}"),
    "zip-unicode-path": (WHEEL, f"wheel demo 1.0{TEXT}\nzip: local demo/data.txt extra=757006000100000000ff"),
    "zip-data-descriptor": (WHEEL, f"wheel demo 1.0{TEXT}\nzip: stream demo/data.txt"),
    "zip-size-mismatch": (WHEEL, f"wheel demo 1.0{TEXT}\nzip: local demo/data.txt packed=5"),
    "zip-file-size-mismatch": (WHEEL, f"wheel demo 1.0{TEXT}\nzip: local demo/data.txt size=5"),
    "zip-name-not-unicode": (WHEEL, f"wheel demo 1.0{TEXT}\nzip: header demo/data.txt name=demo/\\x81.txt"),
    "zip-name-not-in-cd": (WHEEL, f"wheel demo 1.0{TEXT}\nzip: forget demo/data.txt"),
    "zip-cd-comment": (WHEEL, f"wheel demo 1.0{TEXT}\nzip: central demo/data.txt comment=x"),
    "zip-cd-dup": (WHEEL, f"wheel demo 1.0{TEXT}\nzip: list-twice demo/data.txt"),
    "zip-missing-local": (WHEEL, f"wheel demo 1.0{TEXT}\nzip: ghost demo/data.txt"),
    "zip-local-dup": (WHEEL, f"wheel demo 1.0{TEXT}\nduplicate demo/data.txt"),
    "zip-cd-records": (WHEEL, "wheel demo 1.0\nzip: end here=9 records=9"),
    "zip-cd-offset": (WHEEL, "wheel demo 1.0\nzip: shift 10"),
    "zip-cd-size": (WHEEL, "wheel demo 1.0\nzip: early-end64\nzip: end64 size=5"),
    "zip64-extensible": (WHEEL, "wheel demo 1.0\nzip: zip64\nzip: end64 length=48"),
    "zip-unknown-signature": (WHEEL, f"wheel demo 1.0{TEXT}\nzip: gap demo/data.txt \\0\\0\\0\\0"),
    "zip-trailing-data": (WHEEL, "wheel demo 1.0\nzip: suffix signature"),
}
"""Refusal -> a file whose archive PyPI answers with it, before any other."""

ALSO_REFUSED: list[tuple[str, str, str]] = [
    ("archive-not-zip", WHEEL, "bytes"),
    ("archive-not-zip", WHEEL, "sdist demo 1.0"),
    ("archive-not-zip", WHEEL, "bytes = <!DOCTYPE html><html></html>"),
    ("archive-bad-zip", WHEEL, "wheel demo 1.0\nzip: central demo/__init__.py flags=1"),
    ("archive-bad-zip", WHEEL, "wheel demo 1.0\nzip: central demo/__init__.py version=64"),
    ("archive-bad-zip", WHEEL, f"wheel demo 1.0{TEXT}\nzip: header demo/data.txt name=\\xff flags=0x800"),
    ("zip-malformed", WHEEL, f"wheel demo 1.0{TEXT}\nzip: local demo/data.txt extra=0100080000000000000000"),
    ("zip-malformed", WHEEL, "wheel demo 1.0\nzip: early-end64\nzip: no-locator"),
    ("zip-malformed", WHEEL, "wheel demo 1.0\nzip: end here=1"),
    ("zip-name-not-in-cd", WHEEL, f"wheel demo 1.0{TEXT}\nzip: header demo/data.txt name=demo/\\xc3\\xbc.txt"),
    ("zip-size-mismatch", WHEEL, f"wheel demo 1.0{TEXT}\nduplicate demo/data.txt\nzip: header demo/data.txt packed=3"),
    ("zip-unknown-signature", WHEEL, "wheel demo 1.0\nzip: prefix #!/bin/sh\\n"),
    ("zip-unknown-signature", WHEEL, "wheel demo 1.0\nzip: shebang #!/usr/bin/env python3"),
    ("zip-compression-type", WHEEL, "wheel demo 1.0\nzip: method demo/__init__.py lzma"),
    ("zip-compression-type", WHEEL, "wheel demo 1.0\nzip: method demo/__init__.py 93"),
    ("archive-polyglot", WHEEL, "sdist demo 1.0\nappend-zip"),
    ("tar-not-tar", SDIST, "bytes"),
    ("tar-not-tar", SDIST, "wheel demo 1.0"),
    ("tar-not-tar", SDIST, "bytes = plain text"),
    ("tar-read-error", SDIST, "sdist demo 1.0\ntar: pack bzip2"),
    ("tar-read-error", SDIST, "sdist demo 1.0\ntar: pack xz"),
    ("tar-read-error", SDIST, "sdist demo 1.0\ncut 30"),
    ("tar-read-error", SDIST, "sdist demo 1.0\nfile demo-1.0/z = text\ntar: no-end\ntar: short 500\ntar: pack gzip"),
    ("tar-sparse", SDIST, "sdist demo 1.0\nsparse-gnu demo-1.0/holes = text"),
    ("sdist-top-level", SDIST, "tar"),
    ("sdist-top-level", SDIST, "sdist demo 1.0\nfile /etc/x = text"),
    ("sdist-no-pkg-info", SDIST, "sdist demo 1.0\ndrop demo-1.0/PKG-INFO"),
    ("sdist-no-pkg-info", SDIST, "sdist demo 1.0\ndrop demo-1.0/PKG-INFO\ndrop demo-1.0/pyproject.toml"),
    ("yara-pyarmor", SDIST, marked("sdist demo 1.0\nfile demo-1.0/a.py = @armor@_(__name__, __file__, b'')")),
    ("yara-sourcedefender", SDIST, marked("sdist demo 1.0\nfile demo-1.0/a.py = @begin@ ---END PYE FILE---")),
]

ACCEPTED: list[tuple[str, str]] = [
    (WHEEL, "wheel demo 1.0"),
    (WHEEL, "wheel demo 1.0\nzip: comment a comment of the archive"),
    (WHEEL, "wheel demo 1.0\nzip: zip64"),
    (WHEEL, f"wheel demo 1.0{TEXT}\nzip: zip64 demo/data.txt"),
    (WHEEL, "wheel demo 1.0\nzip: zip64\nzip: comment both"),
    (WHEEL, "wheel demo 1.0\nfolder demo/empty\nfile demo/nothing.py"),
    (WHEEL, "wheel demo 1.0\nfile demo/\\u00fcbung \\u65e5\\u672c.txt = text"),
    (WHEEL, "wheel demo 1.0\nzip: local demo/__init__.py extra=0a0002000000"),
    (WHEEL, "wheel demo 1.0\nzip: central demo/__init__.py extra=555405000300000000555405000300000000"),
    (WHEEL, f"wheel demo 1.0{TEXT}\nzip: local demo/data.txt extra=01000000"),
    (WHEEL, "wheel demo 1.0\nzip: method demo/__init__.py stored"),
    (WHEEL, "wheel demo 1.0\nlink demo/link -> __init__.py"),
    (WHEEL, "wheel demo 1.0\nfile demo/zeros.bin * 60000000 = \\x00"),
    (WHEEL, f"wheel demo 1.0{TEXT}\nzip: header demo/data.txt crc=7"),
    (WHEEL, marked("wheel demo 1.0\nfile demo/readme.txt = @armor@enter__ @begin@ ---END PYE FILE---")),
    (WHEEL, marked("wheel demo 1.0\nfile demo/a.py = '@armor@_(__name__, $path'\\n'@begin@'\\n")),
    (SDIST, "sdist demo 1.0"),
    (SDIST, "sdist demo 1.0\ntar: format gnu"),
    (SDIST, "sdist demo 1.0\ntar: format ustar"),
    (SDIST, f"sdist demo 1.0\nfile demo-1.0/{'long/' * 40}name.py = x = 1"),
    (SDIST, f"sdist demo 1.0\ntar: format gnu\nfile demo-1.0/{'long/' * 40}name.py = x = 1"),
    (SDIST, "sdist demo 1.0\nduplicate demo-1.0/PKG-INFO"),
    (SDIST, "sdist demo 1.0\nlink demo-1.0/a -> PKG-INFO\nhardlink demo-1.0/b -> demo-1.0/PKG-INFO\nfifo demo-1.0/c"),
    (SDIST, "sdist demo 1.0\ntar: no-end"),
    (SDIST, "sdist demo 1.0\nappend \\0\\0\\0\\0"),
    (SDIST, "sdist demo 1.0\nfolder demo-1.0/PKG-INFO"),
    (SDIST, "sdist demo 1.0\ntar: checksum"),
    (SDIST, "sdist demo 1.0\nfile demo-1.0/zeros * 9000000 = \\x00"),
    ("demo-1.0.zip", "zip-sdist demo 1.0"),
]

NOT_REACHED = {"zip-negative-offset", "zip-local-cd-differ", "wheel-filename-extension"}
"""Refusals that another one always comes before."""


def distribution(filename: str, recipe: str) -> Distribution:
    data = build(recipe)
    kind = kind_of(filename)
    assert kind is not None
    return Distribution(StoredFile(MemoryTree({filename: data}), filename), kind, len(data), lambda place, reason: None)


@pytest.mark.parametrize("row", sorted(REFUSED))
def test_each_refusal_is_the_first_answer(row: str) -> None:
    assert distribution(*REFUSED[row]).problems[0].row == row


@pytest.mark.parametrize(("row", "filename", "recipe"), ALSO_REFUSED)
def test_other_ways_into_a_refusal(row: str, filename: str, recipe: str) -> None:
    assert distribution(filename, recipe).problems[0].row == row


@pytest.mark.parametrize(("filename", "recipe"), ACCEPTED)
def test_accepted_archives_have_no_problem(filename: str, recipe: str) -> None:
    checked = distribution(filename, recipe)
    assert checked.problems == ()
    assert not checked.limit


NAMES: dict[str, tuple[str, str]] = {
    "wheel-filename-parts": ("demo-1.0-py3-none.whl", "wheel demo 1.0"),
    "wheel-filename-project": ("de__mo-1.0-py3-none-any.whl", "wheel de__mo 1.0"),
    "wheel-filename-version": ("demo-1_x-py3-none-any.whl", "wheel demo 1_x"),
    "wheel-filename-build": ("demo-1.0-b1-py3-none-any.whl", "wheel demo 1.0"),
    "wheel-name-unparsable": ("demo.whl", "wheel demo 1.0"),
    "filename-too-long": (f"demo-1.0-{'py3.' * 60}py3-none-any.whl", "wheel demo 1.0"),
    "filename-nonprintable": ("demo-1.0-py3-none-any\x7f.whl", "wheel demo 1.0"),
    "filename-separator": ("demo-1.0\\x-py3-none-any.whl", "wheel demo 1.0"),
    "extension-unknown": ("demo-1.0.tar.xz", "sdist demo 1.0\ntar: pack xz"),
    "extension-wrong-for-filetype": ("demo-1.0-py3-none-any.WHL", "wheel demo 1.0"),
    "filetype-unknown": ("demo-1.0-py3.11.egg", "wheel demo 1.0"),
    "wheel-name-mismatch": (WHEEL, "wheel demo 1.0\nmetadata Name: other"),
    "wheel-version-mismatch": (WHEEL, "wheel demo 1.0\nmetadata Version: 2.0"),
    "sdist-name-mismatch": (SDIST, "sdist demo 1.0\nmetadata Name: other"),
    "wheel-license-file-missing": (
        WHEEL,
        "wheel demo 1.0\nmetadata Metadata-Version: 2.4\nmetadata License-File: LICENSE",
    ),
    "sdist-license-file-missing": (
        SDIST,
        "sdist demo 1.0\nmetadata Metadata-Version: 2.4\nmetadata License-File: LICENSE",
    ),
    "file-too-large": (
        WHEEL,
        "wheel demo 1.0\nfile demo/big.bin * 104857601 = x\nzip: method demo/big.bin stored",
    ),
}
"""Refusals of name, metadata and size -> a file that meets them; its archive is sound, but for one that the name spoils."""


ELSEWHERE = {"file-exists", "wheel-no-metadata", "sdist-filename-normalization"}
"""Refusals on the cards that need more than the archive: the index, or the rules about wheels and sdists."""


def test_every_refusal_on_the_cards_has_a_file_that_meets_it() -> None:
    rules = built_in_registry().rules
    named = {
        row
        for code, rule in rules.items()
        if code.startswith("ARC") or code == "SDT002"
        for row in rule.card.rejections
    }
    assert named - ELSEWHERE - NOT_REACHED <= {*REFUSED, *NAMES}


@pytest.mark.parametrize("row", sorted({*REFUSED, *NAMES}))
def test_a_rule_foretells_each_refusal(row: str) -> None:
    filename, recipe = NAMES.get(row) or REFUSED[row]
    findings = check_files({f"dist/{filename}": build(recipe)}, "ARC", "WHL", "SDT").findings
    assert row in {name for finding in findings for name in finding.rejections}


@pytest.mark.parametrize(("filename", "recipe"), ACCEPTED)
def test_no_rule_of_the_family_speaks_of_accepted_files(filename: str, recipe: str) -> None:
    result = check_files({f"dist/{filename}": build(recipe)}, "ARC")
    assert not result.crashed
    assert [finding.message for finding in result.findings if finding.severity == "error"] == []


def test_the_first_error_of_a_broken_wheel_names_the_first_answer() -> None:
    recipe = f"wheel demo 1.0{TEXT}\nzip: stream demo/data.txt\nzip: suffix signature\nzip: end here=9 records=9"
    rows = [problem.row for problem in distribution(WHEEL, recipe).problems]
    assert rows == ["zip-data-descriptor", "zip-cd-records", "zip-trailing-data"]


def test_a_wheel_with_many_streamed_members_is_refused_all_the_same() -> None:
    """It once came out as too long to read, and so as fine: the limit on problems hid the problems."""
    members = "".join(f"\nfile demo/m{number}.txt = x" for number in range(250))
    result = check_files({f"dist/{WHEEL}": build(f"wheel demo 1.0{members}\nzip: stream")}, "ARC010", "INT005")
    assert {each.code for each in result.findings} == {"ARC010", "INT005"}
