"""What tells the legs of a matrix apart as far as the names of their built files go. Knows two builders: cibuildwheel and sdists."""

from typing import Literal

from preflight.plan.execution import JobInstance, StepInstance, evaluated
from preflight.plan.handover import effect_in
from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.workflows.artifacts import ArtifactUpload
from preflight.workflows.expressions import Unknown

CIBUILDWHEEL = "pypa/cibuildwheel"


@dataclass(frozen=True, slots=True)
class Selection:
    """What a leg builds: two legs with equal keys build files of the same names."""

    place: Place
    kind: Literal["wheels", "sdist"]
    key: tuple[object, ...]


def selection_of(instance: JobInstance, upload: ArtifactUpload) -> Selection | None:
    """What a leg builds before it uploads an artifact; None where that depends on anything that is not known."""
    scripts: list[str] = []
    for state in instance.steps():
        step = state.step
        if step is upload.step:
            return None
        if state.certainty.happens is None and step.condition is not None:
            return None
        if step.uses is not None and step.uses.name == CIBUILDWHEEL:
            return _wheels(instance, state, scripts)
        if step.run is None:
            continue
        text = evaluated(step.run, state.contexts)
        if isinstance(text, Unknown) or "GITHUB_ENV" in text:
            return None
        scripts.append(text)
        built = effect_in(state).built
        if any(each.sdist and each.certain for each in built) and _takes_sdists(upload):
            return _sdist(state, scripts)
    return None


def _wheels(instance: JobInstance, state: StepInstance, scripts: list[str]) -> Selection | None:
    """cibuildwheel: its own Pythons, chosen by `CIBW_*`, its inputs and the platform (cibuildwheel, "Options")."""
    runs_on = instance.job.runs_on
    uses = state.step.uses
    if uses is None or runs_on is None or runs_on.group is not None or not runs_on.labels:
        return None
    labels = [evaluated(label, instance.contexts) for label in runs_on.labels]
    inputs = {
        given.name: evaluated(given.scalar, state.contexts) if given.scalar is not None else None
        for given in state.step.inputs
    }
    chosen = {name: value for name, value in state.env.items() if name.upper().startswith("CIBW_")}
    parts = [*labels, *inputs.values(), *chosen.values()]
    if not state.step.inputs.is_known or not all(isinstance(part, str) for part in parts):
        return None
    if any(name not in ("output-dir", "package-dir", "config-file", "only", "extras") for name in inputs):
        return None
    key = (
        *map(str, labels),
        *sorted(f"{name}={value}" for name, value in inputs.items()),
        *sorted(f"{name}={value}" for name, value in chosen.items()),
    )
    return Selection(uses.place, "wheels", (*key, *scripts))


def _takes_sdists(upload: ArtifactUpload) -> bool:
    return upload.paths is not None and not all(path.endswith(".whl") for path in upload.paths)


def _sdist(state: StepInstance, scripts: list[str]) -> Selection | None:
    """An sdist has the same name whatever system and Python it is built with (PEP 625)."""
    from preflight.workflows.model import effective_working_directory

    folder = effective_working_directory(state.instance.job, state.step)
    where = evaluated(folder, state.contexts) if folder is not None else ""
    if isinstance(where, Unknown) or any(isinstance(value, Unknown) for value in state.env.values()):
        return None
    return Selection(state.step.place, "sdist", (where, *sorted(map(str, state.env.items())), *scripts))
