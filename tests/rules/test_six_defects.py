"""One release workflow with six defects: each is found, at its place."""

from harness import check_files

from preflight.engine.packs import built_in_registry

PROJECT = """\
[project]
name = "sampleproject"
version = "1.0"

[[tool.preflight.publishers]]
index = "pypi"
owner = "octo-org"
repository = "sampleproject"
workflow = "release.yml"
environment = "release"

[[tool.preflight.publishers]]
index = "testpypi"
owner = "octo-org"
repository = "sampleproject"
workflow = "release.yml"
environment = "release"
"""
CALLER = """\
on:
  push:
    tags: ["v*"]
jobs:
  release:
    uses: ./.github/workflows/_publish.yml
  direct:
    runs-on: ubuntu-latest
    permissions:
      id-token: write
    steps:
      - uses: actions/download-artifact@v6
      - uses: pypa/gh-action-pypi-publish@release/v1
"""
CALLED = """\
on: workflow_call
jobs:
  publish:
    runs-on: windows-latest
    strategy:
      matrix:
        python: ["3.12", "3.13"]
    permissions:
      contents: read
    steps:
      - uses: actions/download-artifact@v6
      - uses: pypa/gh-action-pypi-publish@release/v1
        with:
          repository-url: https://test.pypi.org/legacy/
      - uses: pypa/gh-action-pypi-publish@release/v1
"""
EXPECTED = {
    "PUB010": ("_publish.yml", 8),  # no `id-token: write`: the block that lacks it
    "PUB008": ("_publish.yml", 12),  # reached only by `workflow_call`: the upload
    "ATT002": ("_publish.yml", 15),  # TestPyPI, then PyPI, from one dist/ with attestations: the second upload
    "PUB003": ("release.yml", 7),  # no environment though one is registered: the job
    "WFL022": ("_publish.yml", 4),  # a Docker action on a Windows runner
    "WFL015": ("_publish.yml", 12),  # each leg of the matrix uploads
}


def test_six_defects_are_six_findings() -> None:
    known = built_in_registry().rules
    files = {
        "pyproject.toml": PROJECT,
        ".github/workflows/release.yml": CALLER,
        ".github/workflows/_publish.yml": CALLED,
    }
    for code, (name, line) in EXPECTED.items():
        if code not in known:
            continue
        findings = check_files(files, code).findings
        places = [(each.place.source.path, each.place.line) for each in findings if each.place is not None]
        assert any(path.endswith(name) for path, _ in places), (code, places)
        if not code.startswith("WFL"):
            assert (f".github/workflows/{name}", line) in places, (code, places)
            assert {each.severity.value for each in findings} == {"error"}, code
