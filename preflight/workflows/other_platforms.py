"""The fact `foreign_exchanges`: where a CI that PyPI does not know as a publisher tries trusted publishing. Reads words, models no CI."""

import re
from collections.abc import Iterator

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source
from preflight.sources.tree import Files

PLATFORMS = {
    ".circleci/config.yml": "CircleCI",
    ".buildkite/pipeline.yml": "Buildkite",
    ".buildkite/pipeline.yaml": "Buildkite",
    ".semaphore/semaphore.yml": "Semaphore",
    "bitbucket-pipelines.yml": "Bitbucket Pipelines",
    "azure-pipelines.yml": "Azure Pipelines",
    ".travis.yml": "Travis CI",
    ".cirrus.yml": "Cirrus CI",
    ".drone.yml": "Drone",
    "Jenkinsfile": "Jenkins",
}
"""Configuration file -> the platform, none of which has a kind of publisher on PyPI (warehouse/oidc/models)."""

_EXCHANGE = _compile(
    r"https://(?:test\.)?pypi\.org/_/oidc/mint-token\b"
    r"|\buv\s+publish\b[^\n]*--trusted-publishing[ =]always\b"
    r"|\boidc\s+request-token\b[^\n]*--audience[ =][\"']?(?:test)?pypi\b"
)
_GOOGLE = _compile(r"gcloud|googleapis|GOOGLE_|gserviceaccount", re.IGNORECASE)
"""A sign that the token may come from Google, which PyPI does know, wherever it is asked for."""


@dataclass(frozen=True, slots=True)
class ForeignExchange:
    """A line that asks PyPI for an upload token on a platform that it does not know."""

    platform: str
    place: Place


def foreign_exchanges(files: Files) -> tuple[ForeignExchange, ...]:
    """The exchanges in the configuration files of other CI platforms."""
    return tuple(
        ForeignExchange(platform, place)
        for path, platform in PLATFORMS.items()
        if (source := files.find(path)) is not None
        for place in _exchanges(source)
    )


def _exchanges(source: Source) -> Iterator[Place]:
    if ("oidc" not in source.text and "trusted-publishing" not in source.text) or _GOOGLE.search(source.text):
        return
    for match in _EXCHANGE.finditer(source.text):
        start = source.text.rfind("\n", 0, match.start()) + 1
        if not source.text[start : match.start()].lstrip().startswith(("#", "//")):
            yield source.place(match.start(), match.end())
