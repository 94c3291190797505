"""The fact `setup_cfg`: what setuptools refuses in the project's setup.cfg. Reads none of its values."""

from preflight.project.inventory import ProjectFolder
from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.sources.tree import Files


@dataclass(frozen=True, slots=True)
class SetupCfgProblem:
    """Where `configparser` stops, and why; `first` is the other place of what is written twice."""

    reason: str
    place: Place
    first: Place | None = None


def setup_cfg(project: ProjectFolder, files: Files) -> tuple[SetupCfgProblem, ...]:
    """Why the project's setup.cfg cannot be read; empty where it can, or where there is none.

    Names of options that differ in upper and lower case are two for setuptools (setuptools: dist.py, `_parse_config_files`).
    """
    source = files.find(project.file("setup.cfg"))
    if source is None:
        return ()
    from preflight.sources.ini import parse_ini
    from preflight.sources.text import SourceSyntaxError

    try:
        document = parse_ini(source)
    except SourceSyntaxError as error:
        return (SetupCfgProblem(error.reason, error.place),)
    return tuple(
        SetupCfgProblem(each.reason, each.place, each.first)
        for each in document.problems
        if each.place.text == each.first.text
    )
