"""What the index and GitHub say of the steps on the way, where they may be asked. Asks only through facts, and takes no answer for granted."""

from collections.abc import Callable, Sequence
from typing import Any

from preflight.engine.facts import Unavailable
from preflight.plan.wanted import Wanted
from preflight.publishers.matching import Difference, differences
from preflight.publishers.registered import PYPI
from preflight.sources.records import dataclass

Had = Callable[[str], Any]
"""A fact by its name, or None where it cannot be had."""


@dataclass(frozen=True, slots=True)
class SeenProject:
    """The project on PyPI: whether it is there, its newest version, and how many releases it has."""

    exists: bool
    newest: str = ""
    releases: int = 0


class Outside:
    """The answers of PyPI and GitHub for one project. None is no answer."""

    def __init__(self, had: Had, project: str | None) -> None:
        self._indexes = had("maybe_package_indexes") if project is not None else None
        self._environments = had("maybe_github_environments")
        self._secrets = had("maybe_github_secrets")
        self._names = had("maybe_github_names")
        self._project = project

    def project(self) -> SeenProject | None:
        """The project on PyPI."""
        found = self._found(PYPI)
        if found is None:
            return None
        return SeenProject(found.exists, str(found.newest or ""), len(found.releases))

    def published_by(self, wanted: Wanted) -> tuple[str, list[Difference]] | None:
        """A file of the last release with provenance, and how its publisher differs from the wanted one; no difference where it is the same."""
        found = self._found(wanted.index)
        if self._indexes is None or found is None or not found.exists:
            return None
        try:
            proven = self._indexes.publishers(found)
        except Unavailable:
            return None
        compared = [
            told for each in (proven[1] if proven else ()) if (told := differences(each, wanted.identity)) is not None
        ]
        return (proven[0].filename, min(compared, key=len)) if compared else None

    def environments(self, names: Sequence[str]) -> dict[str, bool] | None:
        """Whether the repository has each of some environments."""
        if self._environments is None:
            return None
        return {name: name.lower() in self._environments for name in names}

    def secrets(self) -> dict[str, bool]:
        """Whether each secret that an upload reads is set, where GitHub tells the names."""
        uses = self._names.secrets if self._names is not None else ()
        if self._secrets is None:
            return {}
        seen = {use.name: self._secrets.seen_by(use.environment) for use in uses}
        return {name: any(name in each for each in lists) for name, lists in seen.items() if lists is not None}

    def _found(self, index: str) -> Any:
        if self._indexes is None or self._project is None:
            return None
        from preflight.distributions.filenames import normalize_project

        return self._indexes.maybe_project(index, normalize_project(self._project))
