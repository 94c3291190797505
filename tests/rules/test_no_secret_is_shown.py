"""Tokens and passwords planted everywhere: no output format may show a piece of one."""

import pytest
from harness import check_files

from preflight.engine.packs import built_in_registry
from preflight.report.report import FORMATS, Report, Section, render
from tests.credentials.tokens import forge

IN_PYPIRC = forge("test.pypi.org", ([3, "someone"],), identifier="1f9b6d4e-52a1-4c37-8e60-7d1f3a9c2b58")
WITHOUT_PREFIX = forge("pypi.org", ([1, ["a"]],), identifier="2f9b6d4e-52a1-4c37-8e60-7d1f3a9c2b58", prefix="")
WRAPPED = forge("pypi.org", ([1, ["b"]],), identifier="3f9b6d4e-52a1-4c37-8e60-7d1f3a9c2b58")
IN_WORKFLOW = forge("pypi.org", ([1, ["c"]],), identifier="4f9b6d4e-52a1-4c37-8e60-7d1f3a9c2b58")
IN_COMMAND = forge("pypi.org", ([1, ["d"]],), identifier="5f9b6d4e-52a1-4c37-8e60-7d1f3a9c2b58")
IN_NOTES = forge("pypi.org", ([1, ["e"]],), identifier="6f9b6d4e-52a1-4c37-8e60-7d1f3a9c2b58")
IN_URL = forge("pypi.org", ([1, ["f"]],), identifier="7f9b6d4e-52a1-4c37-8e60-7d1f3a9c2b58")
AS_USER = forge("pypi.org", ([1, ["g"]],), identifier="8f9b6d4e-52a1-4c37-8e60-7d1f3a9c2b58")
IN_PYPROJECT = forge("pypi.org", ([1, ["h"]],), identifier="9f9b6d4e-52a1-4c37-8e60-7d1f3a9c2b58")
PASSWORD = "Tr0ub4dor-and-3"
URL_PASSWORD = "xkcd936horse"
CUT = 90

PYPROJECT = f"""[project]
name = "sampleproject"
version = "1.0"
dependencies = ["private @ https://user:{URL_PASSWORD}@pypi.example.com/x.whl", "{IN_PYPROJECT}"]

[project.urls]
Homepage = "https://__token__:{IN_PYPROJECT}@example.com/"

[tool.preflight]
ignore = ["{IN_PYPROJECT}"]
"""
PYPIRC = f"""[distutils]
index-servers =
    pypi
    testpypi
    wrapped
    quoted
    private

[pypi]
username = {AS_USER}
password = {IN_PYPIRC}

[testpypi]
username = ada
password = {PASSWORD}

[wrapped]
repository = https://upload.pypi.org/legacy/
username = __token__
password = {WRAPPED[:CUT]}
    {WRAPPED[CUT:]}

[quoted]
repository = https://upload.pypi.org/legacy/
username = __token__
password = "{WITHOUT_PREFIX}"

[private]
repository = https://__token__:{IN_URL}@pypi.example.com/
username = ada
password = {PASSWORD}
"""
BROKEN_PYPIRC = f"[pypi]\nusername = __token__\n{IN_PYPIRC}\n"
WORKFLOW = f"""on:
  release:
    types: [published]
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: pypa/gh-action-pypi-publish@release/v1
        with:
          user: ada
          password: {IN_WORKFLOW}
          repository-url: https://test.pypi.org/legacy/
      - run: twine upload -u ada --password {IN_COMMAND} dist/*
      - run: uv publish --token {IN_COMMAND}
      - run: twine upload dist/*
        env:
          TWINE_PASSWORD: {WITHOUT_PREFIX}
"""
FILES = {
    "pyproject.toml": PYPROJECT,
    ".pypirc": PYPIRC,
    ".github/workflows/publish.yml": WORKFLOW,
    "notes.txt": f"token: {IN_NOTES} (mine)\n",
    "docs/conf.py": f'TOKEN = "{IN_NOTES}"\n',
}
SECRETS = {
    "pypirc": IN_PYPIRC,
    "without prefix": WITHOUT_PREFIX,
    "first line": WRAPPED[:CUT],
    "second line": WRAPPED[CUT:],
    "workflow": IN_WORKFLOW,
    "command": IN_COMMAND,
    "notes": IN_NOTES,
    "url": IN_URL,
    "user": AS_USER,
    "pyproject": IN_PYPROJECT,
    "url password": URL_PASSWORD,
}


def shown(files: dict[str, str], format: str) -> str:
    result = check_files(files)
    assert not result.crashed, [finding.message for finding in result.findings]
    assert len(result.findings) > 5
    rules = built_in_registry().rules
    report = Report(sections=(Section(result),), version="0.1.0", rules=rules, verbose=True, width=400)
    return render(report, format)


@pytest.mark.parametrize("format", FORMATS)
def test_no_format_shows_a_planted_secret(format: str) -> None:
    text = shown(FILES, format)
    leaked = [name for name, secret in SECRETS.items() if secret[:40] in text or secret[-40:] in text or secret in text]
    assert not leaked
    assert PASSWORD not in text


@pytest.mark.parametrize("format", FORMATS)
def test_no_format_quotes_a_broken_pypirc(format: str) -> None:
    text = shown({**FILES, ".pypirc": BROKEN_PYPIRC}, format)
    assert IN_PYPIRC[:40] not in text
    assert IN_PYPIRC[-40:] not in text


def test_the_planted_tokens_are_found() -> None:
    codes = {finding.code for finding in check_files(FILES, "TOK").findings}
    assert codes >= {"TOK002", "TOK003", "TOK007", "TOK014", "TOK015", "TOK016"}
