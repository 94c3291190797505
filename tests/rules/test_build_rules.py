"""Traps of the rule about build commands (BLD003): whatever may have brought a tool along keeps it silent."""

import pytest
from harness import check_files
from publishing_workflow import PATH, PUBLISH, workflow

from preflight.engine.finding import Reported, Severity

TAG = "push:\n  tags: ['v*']\n"
PYTHON = "      - uses: actions/setup-python@v6\n        with:\n          python-version: '{}'\n"
PROJECT = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n[project]\nname = "demo"\nversion = "1"\n'


def reported(steps: str, job: str = "", files: dict[str, str] | None = None) -> list[Reported]:
    text = workflow(TAG, job=job, steps=steps + PUBLISH)
    result = check_files({"pyproject.toml": PROJECT, **(files or {}), PATH: text}, "BLD003")
    assert not result.crashed, [each.message for each in result.findings]
    return [each for each in result.findings if each.code == "BLD003"]


def run(*lines: str, python: str = "3.13") -> str:
    script = "".join(f"          {line}\n" for line in lines)
    return PYTHON.format(python) + f"      - run: |\n{script}"


@pytest.mark.parametrize(
    "lines",
    [
        ("pip install build", "python -m build"),
        ("python -m pip install --upgrade pip build twine", "python -m build"),
        ("pip install 'build[virtualenv]>=1.2'", "python -m build"),
        ("pip install -r requirements.txt", "python -m build"),
        ("pip install .[release]", "python -m build"),
        ("pip install cibuildwheel", "python -m build"),
        ("pip install --group release", "python -m build"),
        ("make setup", "python -m build"),
        ("uv sync", "python -m build"),
        ("pipx run build",),
        ("uvx --from build pyproject-build",),
        ("uv run --with build python -m build",),
        ("pipx install hatch", "hatch build"),
        ("pip install hatch", "hatch build"),
        ("pip install setuptools wheel", "python setup.py sdist bdist_wheel"),
        ("python setup.py sdist",),
        ("echo python -m build",),
        (".venv/bin/python -m build",),
        ("python -m venv env", "source env/bin/activate", "python -m build"),
    ],
    ids=lambda lines: " && ".join(lines),
)
def test_tools_that_are_there_or_may_be(lines: tuple[str, ...]) -> None:
    assert not reported(run(*lines))


def test_machines_and_actions_that_bring_tools_along() -> None:
    build = "      - run: python -m build\n"
    assert not reported(build, job="container: python:3.13\n")
    assert not reported("      - uses: conda-incubator/setup-miniconda@v3\n" + build)
    assert not reported("      - uses: ./.github/actions/setup\n" + build)
    for action, command in (
        ("snok/install-poetry@v1", "poetry"),
        ("astral-sh/setup-uv@v6", "uv"),
        ("pdm-project/setup-pdm@v4", "pdm"),
        ("pypa/hatch@install", "hatch"),
    ):
        assert not reported(f"      - uses: {action}\n      - run: {command} build\n"), action


def test_a_python_of_its_own_has_no_build() -> None:
    (finding,) = reported(run("python -m build"))
    assert finding.severity is Severity.ERROR
    (finding,) = reported(run("pip install twine", "python -m build"))
    assert finding.severity is Severity.ERROR


def test_the_python_of_the_machine_is_less_certain() -> None:
    (finding,) = reported("      - run: python -m build\n")
    assert finding.severity is Severity.WARNING


def test_setuptools_left_python_with_3_12() -> None:
    assert [each.severity for each in reported(run("python setup.py bdist_wheel", python="3.12"))] == [Severity.ERROR]
    assert [each.severity for each in reported(run("python setup.py bdist_wheel", python="3.10"))] == [Severity.WARNING]
    assert not reported(run("pip install wheel", "python setup.py bdist_wheel", python="3.10"))
    assert not reported(run("pip install -U setuptools", "python setup.py bdist_wheel", python="3.12"))


def test_scripts_of_hatch() -> None:
    hatch = "      - uses: pypa/hatch@install\n      - run: hatch run build\n"
    assert [each.severity for each in reported(hatch)] == [Severity.WARNING]
    defined = PROJECT + '[tool.hatch.envs.default.scripts]\nbuild = "python -m build"\n'
    assert not reported(hatch, files={"pyproject.toml": defined})
    assert not reported(hatch, files={"hatch.toml": '[envs.default.scripts]\nbuild = "x"\n'})
