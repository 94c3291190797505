"""Which scenarios of a workflow are worth telling: none that repeats another or misses its upload, releases and pre-releases apart. Works out no row itself."""

from collections.abc import Sequence
from itertools import groupby

from preflight.plan.distinct import upload_of
from preflight.plan.publish_plan import PlannedScenario, Planner, Publish
from preflight.plan.scenarios import by_prerelease


def without_stopped(scenarios: Sequence[PlannedScenario]) -> list[PlannedScenario]:
    """The scenarios of a workflow without the rows that a failing check keeps from their upload, where another scenario comes to it.

    Where none does, the example refs and inputs miss what the check asks for: the rows then stay, and say what it is.
    """
    reached = {upload_of(row) for each in scenarios for row in each.publishes if not row.stopped}
    return [
        PlannedScenario(
            each.scenario, tuple(row for row in each.publishes if not row.stopped or upload_of(row) not in reached)
        )
        for each in scenarios
    ]


def releases_apart(planned: PlannedScenario, planner: Planner) -> Sequence[PlannedScenario]:
    """A scenario, told once for releases and once for pre-releases where these publish something else."""
    if not planned.publishes:
        return (planned,)
    found = [planner.plan(scenario) for scenario in by_prerelease(planned.scenario)]
    apart = len(found) > 1 and _all_outcomes(found[0]) != _all_outcomes(found[1])
    return found if apart else (planned,)


def _all_outcomes(planned: PlannedScenario) -> list[tuple[object, ...]]:
    return [(*_outcome(row), row.certainty) for row in planned.publishes]


def without_repeats(scenarios: Sequence[PlannedScenario]) -> list[PlannedScenario]:
    """The scenarios of a workflow without the runs with two other inputs that publish nothing new."""
    told: set[tuple[object, ...]] = set()
    found = []
    # The refs of one combination of inputs stand side by side, and are kept or dropped together.
    for _, group in groupby(scenarios, lambda each: each.scenario.combined and repr(each.scenario.inputs)):
        same = list(group)
        keys = {_outcome(row) for each in same for row in each.publishes if row.happens != "never"}
        if not same[0].scenario.combined or keys - told:
            found.extend(same)
        told |= keys
    return found


def _outcome(row: Publish) -> tuple[object, ...]:
    """What a row says of an upload, the condition that may stay open aside."""
    return (*upload_of(row), row.index, row.authentication, row.environment, row.environment_expression)
