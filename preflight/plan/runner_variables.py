"""Whether a shell variable that a step reads can have a value at all, when no `env:` gives it one. Never guesses: a doubt is a yes."""

import re
from functools import lru_cache

from preflight.sources.patterns import compile as _compile
from preflight.workflows.model import Job, Step

_ONLY_BY_AUTHORS = _compile(
    r"PYPI|TWINE|PUBLISH|UPLOAD|DRY_?RUN|RELEASE|(?:TOKEN|PASSWORD|USERNAME|REPO|REPOSITORY|INDEX|REGISTRY)$",
    re.IGNORECASE,
)
"""Names that no runner image sets by itself: an upload's own settings."""
_OF_THE_RUNNER = _compile(r"(?:GITHUB|RUNNER|ACTIONS|AGENT|AZURE|ANDROID)_", re.IGNORECASE)
_LOADS_SECRETS = _compile(
    r"secret|vault|1password|op-|doppler|infisical|dotenv|env|config|credential|login|auth|keys?\b", re.IGNORECASE
)
"""Words in the names of actions that hand variables on to the steps behind them."""


@lru_cache(maxsize=1024)
def certainly_unset(job: Job, step: Step, name: str) -> bool:
    """Whether a variable that no `env:` of a step names has no value there.

    It might come from a runner or container of one's own, from a step before that writes to `$GITHUB_ENV`, or from an action whose trade
    is to load secrets. Any other action is taken to set nothing that an upload is configured by.
    """
    if not _ONLY_BY_AUTHORS.search(name) or _OF_THE_RUNNER.match(name):
        return False
    runs_on = job.runs_on
    if job.container is not None or runs_on is None or runs_on.group is not None or runs_on.system is None:
        return False
    if any(label.value.lower() in ("self-hosted", "linux", "windows", "macos") for label in runs_on.labels):
        return False
    if not (job.env.is_known and job.workflow.env.is_known and step.env.is_known):
        return False
    for each in job.all_steps():
        if each is step:
            break
        if each.run is not None:
            if "GITHUB_ENV" in each.run.value or name in each.run.value:
                return False
        elif (
            each.uses is None
            or each.uses.kind == "local"
            or name in each.place.text
            or _LOADS_SECRETS.search(each.uses.name)
        ):
            return False
    return True
