"""The fact `endpoints`: where PyPI, TestPyPI and GitHub are asked. The environment can name other addresses, for mirrors and for tests."""

import os
from collections.abc import Mapping
from urllib.parse import quote

from preflight.publishers.registered import PYPI, TESTPYPI
from preflight.sources.records import dataclass

VARIABLES: Mapping[str, str] = {
    PYPI: "PREFLIGHT_PYPI_URL",
    TESTPYPI: "PREFLIGHT_TESTPYPI_URL",
    "github": "PREFLIGHT_GITHUB_API_URL",
}
"""Environment variables that name another base: of a mirror that answers as the original does."""

_DEFAULTS: Mapping[str, str] = {
    PYPI: "https://pypi.org",
    TESTPYPI: "https://test.pypi.org",
    "github": "https://api.github.com",
}


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Base addresses without a final slash."""

    pypi: str
    testpypi: str
    github: str

    def base(self, index: str) -> str | None:
        """The base of PyPI or TestPyPI; None for any other index."""
        return {PYPI: self.pypi, TESTPYPI: self.testpypi}.get(index)

    def simple(self, index: str, project: str) -> str | None:
        """A project's page of the simple API (PEP 503, PEP 691)."""
        base = self.base(index)
        return f"{base}/simple/{quote(project)}/" if base else None

    def json(self, index: str, project: str, version: str | None = None) -> str | None:
        """The JSON API's page of a project's newest release, or of one release (docs.pypi.org: JSON API)."""
        base = self.base(index)
        return f"{base}/pypi/{quote(project)}/{f'{quote(version)}/' if version else ''}json" if base else None

    def provenance(self, index: str, project: str, version: str, filename: str) -> str | None:
        """The provenance of a file (docs.pypi.org: Integrity API)."""
        base = self.base(index)
        path = f"{quote(project)}/{quote(version)}/{quote(filename)}"
        return f"{base}/integrity/{path}/provenance" if base else None


def endpoints() -> Endpoints:
    """The public addresses, or those that the environment names."""

    def base(name: str) -> str:
        own = os.environ.get("GITHUB_API_URL") if name == "github" else None  # set on the runners of GitHub Enterprise
        text = (os.environ.get(VARIABLES[name]) or own or _DEFAULTS[name]).strip().rstrip("/")
        return text.removesuffix("/simple")

    return Endpoints(base(PYPI), base(TESTPYPI), base("github"))
