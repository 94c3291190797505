"""Where the version comes from after `init`, for each backend, and that nothing else of pyproject.toml changes."""

from pathlib import Path

import pytest
from beginning.begun import begin, commit, said, surveyed, write_files
from hypothesis import assume, given
from hypothesis import strategies as some

from preflight.beginning.version_source import with_module_version
from preflight.cli.application import application

BACKENDS = {
    "hatch": ("hatchling>=1.26", "hatchling.build", '[tool.hatch.version]\npath = "src/sample/__init__.py"\n'),
    "setuptools": (
        "setuptools>=77",
        "setuptools.build_meta",
        '[tool.setuptools.dynamic]\nversion = { attr = "sample.__version__" }\n',
    ),
    "flit": ("flit_core>=3.11,<5", "flit_core.buildapi", ""),
    "pdm": ("pdm-backend", "pdm.backend", '[tool.pdm.version]\nsource = "file"\npath = "src/sample/__init__.py"\n'),
}
STATIC_BACKENDS = {
    "poetry": ("poetry-core>=2,<3", "poetry.core.masonry.api"),
    "uv": ("uv_build>=0.13,<0.14", "uv_build"),
}

TEMPLATE = """\
# kept
[build-system]
requires = ["{requires}"]
build-backend = "{backend}"

[project]
name = "sample"   # kept
{version}description = 'Samples'
readme = "README.md"
"""
STATIC, DYNAMIC = 'version = "1.2.3"\n', 'dynamic = ["version"]\n'
MODULE = '"""A sample."""\n\n\ndef sample() -> int:\n    return 1\n'


def project(folder: Path, requires: str, backend: str, version: str, module: str = MODULE) -> Path:
    text = TEMPLATE.format(requires=requires, backend=backend, version=version)
    return write_files(folder, {"pyproject.toml": text, "README.md": "# Sample\n", "src/sample/__init__.py": module})


def version_of(folder: Path) -> str | None:
    return surveyed(folder).version


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("stated", "asked", "expected"), [(STATIC, True, "1.2.3"), (DYNAMIC, False, "0.1.0"), ("", False, "0.1.0")]
)
def test_the_module_states_the_version(backend: str, stated: str, asked: bool, expected: str, tmp_path: Path) -> None:
    requires, name, table = BACKENDS[backend]
    folder = project(tmp_path, requires, name, stated)
    before = (folder / "pyproject.toml").read_text()
    assert begin(folder, "--yes", *(["--dynamic-version"] if asked else [])) == 0
    wanted = TEMPLATE.format(requires=requires, backend=name, version=DYNAMIC)
    assert (folder / "pyproject.toml").read_text() == wanted + (f"\n{table}" if table else "")
    assert before != wanted or table or backend == "flit"
    assert (folder / "src/sample/__init__.py").read_text() == MODULE.replace(
        '"""\n', f'"""\n\n__version__ = "{expected}"\n', 1
    )
    assert version_of(folder) == expected
    commit(folder)
    assert application(["check", "--fail-on", "info", str(folder)]) == 0


@pytest.mark.parametrize("backend", [*BACKENDS, *STATIC_BACKENDS])
def test_a_static_version_stays_unless_asked(backend: str, tmp_path: Path) -> None:
    requires, name = (*BACKENDS.get(backend, ()), *STATIC_BACKENDS.get(backend, ()))[:2]
    folder = project(tmp_path, requires, name, STATIC)
    before = (folder / "pyproject.toml").read_text()
    assert begin(folder, "--yes") == 0
    assert (folder / "pyproject.toml").read_text() == before
    assert (folder / "src/sample/__init__.py").read_text() == MODULE


@pytest.mark.parametrize("backend", STATIC_BACKENDS)
def test_a_backend_without_a_dynamic_version_says_so(
    backend: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project(tmp_path, *STATIC_BACKENDS[backend], STATIC)
    before = (folder / "pyproject.toml").read_text()
    assert begin(folder, "--yes", "--dynamic-version") == 0
    assert "reads no version from a module: it stays in pyproject.toml." in " ".join(said(capsys)[0].split())
    assert (folder / "pyproject.toml").read_text() == before


@pytest.mark.parametrize("backend", STATIC_BACKENDS)
@pytest.mark.parametrize("stated", ["", DYNAMIC, 'dynamic = ["version", "classifiers"]\n'])
def test_a_missing_version_becomes_static_where_the_backend_takes_no_other(
    backend: str, stated: str, tmp_path: Path
) -> None:
    folder = project(tmp_path, *STATIC_BACKENDS[backend], stated)
    assert begin(folder, "--yes", "--initial-version", "0.3") == 0
    text = (folder / "pyproject.toml").read_text()
    if backend == "uv" or "classifiers" not in stated:
        assert version_of(folder) == "0.3"
    assert 'version = "0.3"\n' in text
    assert '"version"' not in text
    assert ("classifiers" in text) == ("classifiers" in stated)


def test_a_module_that_states_the_version_already_is_used_as_it_is(tmp_path: Path) -> None:
    folder = project(tmp_path, *BACKENDS["hatch"][:2], DYNAMIC)
    (folder / "src/sample/__about__.py").write_text('__version__ = "4.0"\n')
    assert begin(folder, "--yes") == 0
    assert 'path = "src/sample/__about__.py"' in (folder / "pyproject.toml").read_text()
    assert (folder / "src/sample/__init__.py").read_text() == MODULE
    assert version_of(folder) == "4.0"


def test_two_versions_that_differ_are_not_brought_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = '__version__ = "1.2.2"\n'
    folder = project(tmp_path, *BACKENDS["hatch"][:2], STATIC, module)
    before = (folder / "pyproject.toml").read_text()
    assert begin(folder, "--yes", "--dynamic-version") == 0
    assert "bring them together" in " ".join(said(capsys)[0].split())
    assert (folder / "pyproject.toml").read_text() == before


def test_a_module_that_computes_its_version_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = 'from importlib.metadata import version\n\n__version__ = version("sample")\n'
    folder = project(tmp_path, *BACKENDS["hatch"][:2], STATIC, module)
    before = (folder / "pyproject.toml").read_text()
    assert begin(folder, "--yes", "--dynamic-version") == 0
    assert "takes `__version__` from somewhere else" in " ".join(said(capsys)[0].split())
    assert (folder / "pyproject.toml").read_text() == before
    assert (folder / "src/sample/__init__.py").read_text() == module


def test_maturin_takes_the_version_of_the_crate(tmp_path: Path) -> None:
    folder = project(tmp_path, "maturin>=1,<2", "maturin", STATIC)
    write_files(folder, {"Cargo.toml": '[package]\nname = "sample"\nversion = "1.2.3"\n', "src/lib.rs": ""})
    assert begin(folder, "--yes", "--dynamic-version") == 0
    assert (folder / "pyproject.toml").read_text() == TEMPLATE.format(
        requires="maturin>=1,<2", backend="maturin", version=DYNAMIC
    )
    assert version_of(folder) == "1.2.3"


def test_an_entry_joins_those_that_are_dynamic_already(tmp_path: Path) -> None:
    folder = project(tmp_path, *BACKENDS["hatch"][:2], 'version = "1.2.3"\ndynamic = ["classifiers"] # kept\n')
    assert begin(folder, "--yes", "--dynamic-version") == 0
    text = (folder / "pyproject.toml").read_text()
    assert 'dynamic = ["classifiers", "version"] # kept\n' in text
    assert "1.2.3" not in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '__version__ = "1.0"\n'),
        ("import os\n", '__version__ = "1.0"\n\nimport os\n'),
        ("def f():\n    pass\n", '__version__ = "1.0"\n\n\ndef f():\n    pass\n'),
        ('"""Doc."""', '"""Doc."""\n\n__version__ = "1.0"\n'),
        ('"""Doc."""\r\n\r\nimport os\r\n', '"""Doc."""\r\n\r\n__version__ = "1.0"\r\n\r\nimport os\r\n'),
        (
            '"""Doc."""\n\nfrom __future__ import annotations\n\nimport os\n',
            '"""Doc."""\n\nfrom __future__ import annotations\n\n__version__ = "1.0"\n\nimport os\n',
        ),
        ("# Copyright\n", '__version__ = "1.0"\n\n# Copyright\n'),
        ("def f(:\n", None),
    ],
)
def test_where_the_version_stands_in_a_module(before: str, after: str | None) -> None:
    assert with_module_version(before, "1.0") == after


@given(
    some.lists(
        some.sampled_from(
            [
                '"""Doc."""',
                "from __future__ import annotations",
                "",
                "# note",
                "import os",
                "x = 1",
                "def f():\n    pass",
            ]
        ),
        max_size=7,
    ),
    some.sampled_from(["\n", "\r\n"]),
    some.booleans(),
)
def test_everything_else_of_a_module_stays(parts: list[str], newline: str, ended: bool) -> None:
    before = "\n".join(parts).replace("\n", newline) + (newline if ended else "")
    try:
        compile(before, "module", "exec")
    except SyntaxError:
        assume(False)
    after = with_module_version(before, "1.0")
    assert after is not None
    compile(after, "module", "exec")
    kept = after.replace('__version__ = "1.0"', "", 1)
    assert [line for line in kept.splitlines() if line] == [line for line in before.splitlines() if line]
