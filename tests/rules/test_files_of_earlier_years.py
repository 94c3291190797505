"""What real releases on PyPI taught, most of them years old: what they are told must be true, and the advice must help."""

from hashlib import sha256

import pytest
from harness import check_files
from recipes import build

from preflight.engine.finding import Reported, Severity

WHEEL = "dist/demo-1.0-py3-none-any.whl"
SDIST = "dist/demo-1.0.tar.gz"


def findings(files: dict[str, str], *select: str) -> list[Reported]:
    """Findings over files; those in dist/ are recipes."""
    built: dict[str, str | bytes] = {
        path: build(text) if path.startswith("dist/") else text for path, text in files.items()
    }
    result = check_files(built, *select)
    assert not result.crashed, [finding.message for finding in result.findings]
    return result.findings


def described(text: str) -> list[tuple[str, Severity, str]]:
    """What is said of an sdist whose description is a header."""
    found = findings({SDIST: f"sdist demo 1.0\nmetadata Description: {text}"}, "MET020", "MET021")
    return [(each.code, each.severity, str(each.args["reason"])) for each in found]


def test_a_description_in_a_header_renders_or_not_with_the_client() -> None:
    """setuptools below 57 and distutils indent it; twine below 6.1 takes the indents away, and newer ones send them."""
    title = "Demo\\n        ====\\n        \\n        Some text.\\n        "
    assert described(title) == [("MET021", Severity.WARNING, "Unexpected section title or transition")]
    (found,) = findings({SDIST: f"sdist demo 1.0\nmetadata Description: {title}"}, "MET021")
    assert "setuptools 57" in found.fix and found.rejections == ("description-render-failed-default",)
    assert described("Demo\\n        \\n        Some text.") == []


def test_a_description_in_a_header_that_no_client_could_render_is_refused() -> None:
    ((code, severity, reason),) = described("Demo\\n        \\n        See :ref:`there`.\\n        ")
    assert (code, severity) == ("MET021", Severity.ERROR) and "ref" in reason


def test_indents_below_the_headers_are_the_authors_own() -> None:
    """A text that setup.py holds indented stays an error: it is sent as it stands by whatever client."""
    recipe = "sdist demo 1.0\nbody Demo\\n        ====\\n        \\n        Some text.\\n"
    (found,) = findings({SDIST: recipe}, "MET021")
    assert (found.severity, found.fix) != (Severity.WARNING, "") and "setuptools" not in found.fix


@pytest.mark.parametrize(("version", "advice"), [("2.0", "0.31"), ("2.9", "or lower")])
def test_the_way_out_of_an_unknown_metadata_version_depends_on_its_age(version: str, advice: str) -> None:
    (found,) = findings({WHEEL: f"wheel demo 1.0\nmetadata Metadata-Version: {version}"}, "MET002")
    assert found.severity is Severity.ERROR and advice in found.fix


def test_hashes_in_hexadecimal_are_told_apart_from_a_changed_file() -> None:
    plain, changed = b"x = 1", b"another"
    recipe = (
        "wheel demo 1.0\nfile demo/plain.py = x = 1\nfile demo/changed.py = y = 2\n"
        "record: without demo/plain.py\nrecord: without demo/changed.py\n"
        f"record: with demo/plain.py,sha256={sha256(plain).hexdigest()},5\n"
        f"record: with demo/changed.py,sha256={sha256(changed).hexdigest()},5"
    )
    found = findings({WHEEL: recipe}, "WHL005")
    assert [(each.args["files"], "base64" in each.fix) for each in found] == [
        (["demo/plain.py"], True),
        (["demo/changed.py"], False),
    ]


def test_a_word_in_the_table_of_a_tool_hides_no_setup_py() -> None:
    """towncrier's `{project_date}` was taken for a table `[project]`, and nothing was checked."""
    files = {
        "pyproject.toml": '[tool.towncrier]\ntitle_format = "{version} ({project_date})"\n',
        "setup.py": 'from setuptools import setup\n\nsetup(name="demo", version="1.0-final")\n',
    }
    assert [each.code for each in findings(files, "VER006")] == ["VER006"]
