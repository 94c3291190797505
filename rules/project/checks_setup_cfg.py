"""The rule about setup.cfg as a file that setuptools can read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Finding, Related, Severity

if TYPE_CHECKING:
    from preflight.project.backend import BuildBackend
    from preflight.project.setup_cfg import SetupCfgProblem


@check("PRJ006")
def setup_cfg_syntax_error(setup_cfg: tuple[SetupCfgProblem, ...], build_backend: BuildBackend) -> Iterator[Finding]:
    """What stops every build by setuptools, which reads the file before it does anything. Nothing else that builds reads it."""
    from preflight.project.backend import Family

    if build_backend.family is not Family.SETUPTOOLS:
        return
    for problem in setup_cfg:
        yield Finding(
            problem.place,
            severity=Severity.WARNING if build_backend.in_tree else None,
            related=[Related(problem.first, "first")] if problem.first is not None else [],
            reason=problem.reason,
        )
