"""The rows of the publish plan without those that repeat the same upload in another scenario. Judges nothing."""

from collections.abc import Iterator

from preflight.plan.publish_plan import Publish, PublishPlan


def upload_of(publish: Publish) -> tuple[object, ...]:
    """What the rows of one upload of one job share, whatever the scenario: the job, its callers, and the place."""
    place = publish.place
    calls = tuple(call.job for call in publish.instance.run.calls)
    return (publish.instance.job, calls, place.source.path, place.start, place.end)


def one_of_each(plan: PublishPlan) -> Iterator[Publish]:
    """One row for each upload of each job (called ones with their callers): one that certainly happens where there is one."""
    chosen: dict[tuple[object, ...], Publish] = {}
    for publish in plan.publishes():
        key = upload_of(publish)
        before = chosen.get(key)
        if before is None or (before.happens != "always" and publish.happens == "always"):
            chosen[key] = publish
    yield from chosen.values()
