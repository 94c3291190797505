"""The uploads of GitLab pipelines one by one, and where what they are given stands. Judges nothing."""

from collections.abc import Iterator

from preflight.plan.pipeline_plan import PipelinePlan, PipelinePublish
from preflight.sources.text import Place
from preflight.workflows.upload_model import Origin, Setting


def one_of_each(plan: PipelinePlan) -> Iterator[PipelinePublish]:
    """One row for each upload of each job that may really send something: one that certainly happens where there is one."""
    chosen: dict[tuple[object, ...], PipelinePublish] = {}
    for row in plan.publishes():
        key = (row.pipeline_job, row.place.source.path, row.place.start, row.place.end)
        before = chosen.get(key)
        if before is None or (before.happens != "always" and row.happens == "always"):
            chosen[key] = row
    yield from chosen.values()


def setting_place(row: PipelinePublish, setting: Setting) -> Place:
    """Where the value of a setting stands: a variable of the files, a word of the script; else the upload itself."""
    if setting.origin is Origin.ENVIRONMENT:
        scalar = row.pipeline_job.variables.get(setting.name)
        if scalar is not None and scalar.value == setting.value.raw:
            return scalar.place
    script, value = row.pipeline_job.script, setting.value
    if script is None or row.hidden_in or row.upload.command is None:
        return row.place
    if not 0 <= value.start < value.end <= len(script.text) or setting.origin is Origin.ENVIRONMENT:
        return row.place
    return script.place(value.start, value.end)
