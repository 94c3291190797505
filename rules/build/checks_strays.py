"""The rule about strange files in the upload folder, as far as the workflow shows who puts them there."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename, join
from typing import TYPE_CHECKING, NamedTuple

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Related, Severity
from preflight.sources.patterns import compile as _compile

if TYPE_CHECKING:
    from preflight.plan.execution import JobInstance
    from preflight.plan.handover import Handovers, Reading, Run, SentArtifact
    from preflight.sources.text import Place
    from preflight.workflows.model import Job, Step

_SENDS_ALL = ("gh-action-pypi-publish", "twine")
_TAKEN = (".whl", ".tar.gz", ".tar.bz2", ".zip", ".egg", ".exe", ".rpm", ".deb", ".asc", ".attestation")
"""Endings that twine takes, or that lie beside a distribution (twine: commands/__init__.py, package.py)."""
_STRANGE = (".json", ".txt", ".xml", ".md", ".rst", ".log", ".html", ".sig", ".pem", ".crt", ".sha256", ".sha512")
_CLEARS = _compile(r"(?:^|[\s;&|(])(?:rm|mv|del|find|unlink|git\s+clean|Remove-Item|Move-Item)\b|rmtree|unlink\(")
_SIGSTORE = "sigstore/gh-action-sigstore-python"
_OUTPUT_OPTIONS = ("-o", "--output", "--output-file", "--outfile", "--output-signature", "--output-certificate")
_WRITERS = frozenset(("cyclonedx-py", "cyclonedx-bom", "cosign", "minisign", "pip-licenses", "pip-audit"))


class _Stray(NamedTuple):
    """A file that a step puts into a folder of the workspace."""

    folder: str
    name: str
    place: Place


@check("BLD005")
def stray_file_from_step(handovers: Handovers) -> Iterator[Finding]:
    """A step that writes a checksum, signature or SBOM beside the distributions, or a download that brings other artifacts to them."""
    for publish in handovers.chosen(1):
        if publish.upload.client not in _SENDS_ALL:
            continue
        for reading in handovers.readings(publish):
            folders = {pattern.folder for pattern in reading.patterns if pattern.name == "*"}
            found = next(
                (each for each in _strays(reading, handovers.run(publish.scenario)) if each[0].folder in folders), None
            )
            if found is None:
                continue
            stray, certain = found
            yield Finding(
                stray.place,
                variant="step",
                severity=None if certain else Severity.WARNING,
                confidence=Confidence.CERTAIN if certain and publish.happens == "always" else Confidence.LIKELY,
                related=[Related(publish.place, "upload")],
                filename=stray.name,
                folder=stray.folder or ".",
            )
            break


def _strays(reading: Reading, run: Run) -> Iterator[tuple[_Stray, bool]]:
    """What lies strangely in the folders when the job comes to its upload, and whether that is certain."""
    until = reading.publish.upload_step.step
    for stray in _written(reading.instance, until):
        yield stray, not reading.workspace.moved
    if reading.workspace.moved:
        return
    for download in reading.workspace.downloads:
        if download.path is None or not (download.name is not None or download.merge):
            continue
        for sent in run.fetched(download, reading.instance.run)[0]:
            yield from ((each._replace(folder=download.path), certain) for each, certain in _sent(sent, download.place))


def _sent(sent: SentArtifact, download: Place) -> Iterator[tuple[_Stray, bool]]:
    """The strange files of an artifact: those that its job wrote into the one folder that is uploaded, or the one file that it is."""
    paths = sent.upload.paths or ()
    if sent.instance is None or len(paths) != 1:
        return
    path = paths[0].removesuffix("/*").removesuffix("/**")
    if path.endswith(_STRANGE) and not set("*?[") & set(path):
        yield _Stray("", basename(path), download), False
        return
    for stray in _written(sent.instance, sent.upload.step):
        if stray.folder == path:
            yield stray, True


def _written(instance: JobInstance, until: Step) -> list[_Stray]:
    """What the steps of a job put into folders and leave there."""
    found: list[_Stray] = []
    for state in instance.steps():
        step = state.step
        if step is until:
            return found
        if step.run is not None and _CLEARS.search(step.run.value):
            found = []
        elif state.certainty.happens and instance.certainty.happens is not None:
            found.extend(_of_step(instance.job, step))
    return found


def _of_step(job: Job, step: Step) -> Iterator[_Stray]:
    if step.run is not None:
        yield from _of_script(job, step)
    elif step.uses is not None and step.uses.name == _SIGSTORE:
        given = step.inputs.get("inputs")
        for word in (given.text or "").split() if given is not None else ():
            folder, _, name = word.removeprefix("./").rpartition("/")
            if name.endswith((".whl", ".tar.gz", "*")):
                yield _Stray(folder, f"{name}.sigstore.json", step.uses.place)
    elif step.uses is not None and step.uses.name == "anchore/sbom-action":
        given = step.inputs.get("output-file")
        if given is not None and given.text is not None:
            yield from _stray(given.text, "", given.place)


def _of_script(job: Job, step: Step) -> Iterator[_Stray]:
    from preflight.plan.execution import script_shell
    from preflight.workflows.artifacts import workspace_path
    from preflight.workflows.launchers import option_value, unwrap
    from preflight.workflows.model import effective_working_directory
    from preflight.workflows.shell import read_script
    from preflight.workflows.shell_writes import file_writes
    from preflight.workflows.values import ALWAYS

    run = step.run
    assert run is not None
    directory = effective_working_directory(job, step)
    base = "" if directory is None else workspace_path(directory.value)
    shell, errexit = script_shell(job, step)
    script = read_script(run.value, shell=shell, errexit=errexit)
    if base is None or not script.complete:
        return
    writes = [(each.command, each.target.literal) for each in file_writes(script)]
    for command in script.commands:
        launch = unwrap(command.arguments) if command.arguments else None
        output = (
            option_value(launch.arguments, _OUTPUT_OPTIONS)
            if launch is not None and launch.program in _WRITERS
            else None
        )
        writes.append((command, output.literal if output is not None else None))
    for command, target in writes:
        if target is not None and command.guard == ALWAYS and command.directory is None and command.function is None:
            yield from _stray(target, base, run.value_place(command.start, command.end))


def _stray(target: str, base: str, place: Place) -> Iterator[_Stray]:
    """A file that is no distribution, inside the workspace; hidden ones match no pattern."""
    from preflight.workflows.artifacts import workspace_path

    path = workspace_path(target if not base or target.startswith(("/", "~", "$")) else join(base, target))
    if not path or set("*?[{") & set(path):
        return
    folder, _, name = path.rpartition("/")
    if folder and not name.startswith(".") and not name.endswith(_TAKEN):
        yield _Stray(folder, name, place)
