"""Small workflows that publish, for the tests of rules: a trigger, a job, its steps."""

from textwrap import dedent, indent

from harness import check_files, git_record

PUBLISH = "      - uses: pypa/gh-action-pypi-publish@release/v1\n"
TESTPYPI = PUBLISH + "        with:\n          repository-url: https://test.pypi.org/legacy/\n"
STATIC = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n[project]\nname = "demo-tool"\nversion = "1.4.0"\n'
SCM = """\
[build-system]
requires = ["setuptools-scm"]
build-backend = "setuptools.build_meta"
[project]
name = "demo"
dynamic = ["version"]
[tool.setuptools_scm]
"""
PATH = ".github/workflows/publish.yml"
ON_RELEASE = """\
on:
  release:
    types: [published]
jobs:
  publish:
    runs-on: ubuntu-latest
    environment: pypi
    permissions:
      id-token: write
    steps:
      - uses: actions/download-artifact@v6
      - uses: pypa/gh-action-pypi-publish@release/v1
"""
"""Publishes by trusted publishing in the environment `pypi` what another job has built."""


def workflow(
    on: str, *, job: str = "", steps: str = "      - run: uv build\n" + PUBLISH, more: str = "", top: str = ""
) -> str:
    """A workflow with one publishing job; `job` holds further lines of the job, `more` further jobs, `top` further keys."""
    lines = indent(dedent(job), "    ")
    head = f"on:\n{indent(dedent(on), '  ')}\n{dedent(top)}jobs:\n{more}"
    body = f"    runs-on: ubuntu-latest\n    permissions:\n      id-token: write\n{lines}    steps:\n      - uses: actions/checkout@v6\n{steps}"
    return f"{head}  publish:\n{body}"


def found(text: str | dict[str, str], code: str, setup: tuple[str, ...] = ()) -> list[str]:
    """The variants' messages of a rule over one workflow, or over several files."""
    files = text if isinstance(text, dict) else {PATH: text}
    result = check_files(files, code, git=git_record(files, setup))
    assert not result.crashed, [each.message for each in result.findings]
    return [each.message for each in result.findings if each.code == code]
