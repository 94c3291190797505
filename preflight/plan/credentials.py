"""The credentials of the workflows' uploads: those in clear text, and where each setting of an upload stands."""

import re
from typing import Literal

from preflight.credentials.credential import Credential, Index, first_line, pypirc_credentials
from preflight.credentials.pypirc_files import PypircFile
from preflight.plan.upload_steps import UploadStep, UploadSteps, scalar_as_value
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.sources.yaml import Scalar
from preflight.workflows.model import Block, Given
from preflight.workflows.upload_model import Origin, Setting, index_of
from preflight.workflows.values import Expression, Value, unknown

Level = Literal["step", "job", "workflow"]

SAFE_ACTIONS = (
    "actions/",
    "astral-sh/setup-uv",
    "pypa/",
    "snok/install-poetry",
    "abatilo/actions-poetry",
    "pdm-project/setup-pdm",
    "docker/setup-",
    "step-security/harden-runner",
)
"""Beginnings of the names of actions that leave no credential for an upload client behind."""

_LEAVES_CREDENTIALS = ("GITHUB_ENV", "pypirc", "keyring", "netrc", "auth.toml", "config", "add-mask", ".env")
"""Words of a script that may hand a credential on to later steps."""


def credentials(pypirc_files: tuple[PypircFile, ...], upload_steps: UploadSteps) -> tuple[Credential, ...]:
    """Every password or token for PyPI or TestPyPI that stands in clear text in a `.pypirc` or a workflow."""
    written = (found for step in upload_steps for found in _written_down(step))
    return (*pypirc_credentials(pypirc_files), *written)


def upload_index(step: UploadStep) -> Index | None:
    """Which of the two indexes an upload certainly goes to."""
    address = step.upload.index.address(unknown)
    index = index_of(address) if address is not None else None
    if index == "pypi":
        return "pypi"
    return "testpypi" if index == "testpypi" else None


def is_sent(step: UploadStep) -> bool:
    """Whether the upload sends files at all: it neither only registers nor certainly pretends."""
    return step.upload.sends_files and step.upload.pretends(unknown) is not True


def secret_of(setting: Setting | None) -> str | None:
    """The secret whose value alone a setting is: `${{ secrets.NAME }}` and nothing else."""
    if setting is None or len(setting.value.pieces) != 1:
        return None
    piece = setting.value.pieces[0]
    if not isinstance(piece, Expression) or len(piece.secrets) != 1:
        return None
    plain = (f"secrets.{piece.secrets[0]}", f"secrets['{piece.secrets[0]}']")
    return piece.secrets[0] if "".join(piece.source.split()).lower() in [form.lower() for form in plain] else None


@dataclass(frozen=True, slots=True)
class EnvEntry:
    """A variable of an `env:` block that an upload sees, and which block it is."""

    given: Given
    block: Block
    level: Level


def env_entries(step: UploadStep) -> dict[str, EnvEntry]:
    """The variables from `env:` blocks that the uploading step sees, the innermost winning."""
    blocks: list[tuple[Level, Block]] = [("workflow", step.job.workflow.env), ("job", step.job.env)]
    blocks += [("step", each.env) for each in (step.step, *step.inner)]
    return {given.name: EnvEntry(given, block, level) for level, block in blocks for given in block}


def setting_place(step: UploadStep, setting: Setting) -> Place:
    """Where the value of a setting stands; the upload itself where that cannot be told."""
    if setting.origin is Origin.INPUT:
        given = step.last.inputs.get(setting.name)
        if given is not None and given.scalar is not None:
            return given.entry.value_place
    if setting.origin is Origin.ENVIRONMENT:
        entry = env_entries(step).get(setting.name)
        scalar = entry.given.scalar if entry is not None else None
        if entry is not None and scalar is not None and scalar_as_value(scalar) == setting.value:
            return entry.given.entry.value_place
    return _in_script(step, setting.value) or step.place


def _in_script(step: UploadStep, value: Value) -> Place | None:
    run = step.last.run
    if run is None or step.hidden_in or step.upload.command is None:
        return None
    if not 0 <= value.start < value.end <= len(run.value):
        return None
    return run.value_place(value.start, value.end)


def _written_down(step: UploadStep) -> list[Credential]:
    index = upload_index(step)
    if index is None or not is_sent(step):
        return []
    user = step.upload.username
    username = user.value.literal if user is not None and user.origin is not Origin.CLIENT else None
    found = []
    for setting in (step.upload.token, step.upload.password):
        text = setting.value.literal if setting is not None and setting.origin is not Origin.CLIENT else None
        if setting is not None and text is not None:
            place = setting_place(step, setting)
            written = place.text
            if written[1:-1] == text and written[:1] in ("'", '"'):
                place = place.source.place(place.start + 1, place.end - 1)
            found.append(
                Credential(
                    text=text,
                    place=first_line(place),
                    index=index,
                    used_by=f"job `{step.job.id}`",
                    pypirc=False,
                    username=username,
                    spans=(place,) if place.text == text else (),
                )
            )
    return found


def may_come_from_elsewhere(step: UploadStep) -> bool:
    """Whether something outside the upload may hand its client a credential unseen.

    That is a runner or container of one's own, a keyring, a configuration that an earlier step writes, variables that
    it hands on, and any action that is not known to do nothing of the kind.
    """
    job, upload = step.job, step.upload
    runs_on = job.runs_on
    if upload.other_credentials or upload.unread or upload.config_file is not None or step.inner or step.hidden_in:
        return True
    if job.container is not None or runs_on is None or runs_on.group is not None or runs_on.system is None:
        return True
    if any(label.value.lower() in ("self-hosted", "linux", "windows", "macos") for label in runs_on.labels):
        return True
    if not (job.env.is_known and job.workflow.env.is_known and step.step.env.is_known):
        return True
    for each in job.all_steps():
        if each is step.step:
            break
        uses = each.uses
        if uses is not None and not uses.name.lower().startswith(SAFE_ACTIONS):
            return True
        if each.kind not in ("run", "uses") or _leaves_credentials(each.run):
            return True
    return _leaves_credentials(step.step.run)


def _leaves_credentials(run: Scalar | None) -> bool:
    return run is not None and any(word in run.value for word in _LEAVES_CREDENTIALS)


_CREDENTIAL_NAME = _compile(
    r"(?=.*(?:PYPI|TWINE|UV_PUBLISH|POETRY|HATCH|FLIT|PDM|MATURIN))(?=.*(?:TOKEN|PASSWORD|PASSWD|AUTH|API_?KEY|SECRET))",
    re.IGNORECASE,
)
"""Names of variables that are meant to hold a credential for an upload."""


def misnamed_credential(step: UploadStep) -> EnvEntry | None:
    """The one variable that looks like the credential that the upload lacks, and that nothing uses."""
    texts = [each.run.value for each in (step.step, *step.inner) if each.run is not None]
    found = [
        entry
        for name, entry in env_entries(step).items()
        if _CREDENTIAL_NAME.match(name)
        and entry.given.scalar is not None
        and "secrets." in entry.given.scalar.value
        and "GITHUB_TOKEN" not in entry.given.scalar.value.upper()
        and not any(re.search(rf"\b{re.escape(name)}\b", text) for text in texts)
    ]
    return found[0] if len(found) == 1 else None
