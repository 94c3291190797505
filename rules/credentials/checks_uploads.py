"""The rules about credentials on their way from a workflow to the client: users, secrets, names, command lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.credentials.credential import INDEX_NAMES, is_plain_name
from preflight.credentials.pypirc import TOKEN_USERNAME
from preflight.credentials.token import ProblemKind, read_token
from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Related, Severity
from preflight.plan.credentials import (
    env_entries,
    is_sent,
    may_come_from_elsewhere,
    misnamed_credential,
    secret_of,
    setting_place,
    upload_index,
)
from preflight.sources.patterns import compile as _compile
from preflight.workflows.model import effective_permissions
from preflight.workflows.upload_model import Origin, Setting, Trust
from preflight.workflows.values import Expression, unknown

if TYPE_CHECKING:
    from preflight.credentials.credential import Index
    from preflight.plan.credentials import EnvEntry
    from preflight.plan.upload_steps import UploadStep, UploadSteps
    from preflight.workflows.model import Job
    from preflight.workflows.release_builds import ReleaseBuilds
    from preflight.workflows.upload_model import Upload

_TEST_SECRET = _compile(r"test[_-]?pypi|pypi[_-]?test", re.IGNORECASE)
_ACCOUNTS = frozenset(
    {"github.actor", "github.triggering_actor", "github.repository_owner", "github.event.sender.login"}
)
"""Names of GitHub accounts, in which no underscore may stand, so that they are never `__token__`."""


def _given(upload: Upload) -> Setting | None:
    """The token or password that an upload is given."""
    return upload.token or upload.password


# ── TOK003 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("TOK003")
def secret_for_both_indexes(upload_steps: UploadSteps) -> Iterator[Finding]:
    """One secret sent to PyPI and to TestPyPI, which never know the same token; or one named for the other index."""
    jobs: dict[Job, dict[str, list[tuple[UploadStep, Index, Setting]]]] = {}
    for step in upload_steps:
        index, setting = upload_index(step), _given(step.upload)
        name = secret_of(setting)
        if index is not None and setting is not None and name is not None and is_sent(step):
            jobs.setdefault(step.job, {}).setdefault(name.upper(), []).append((step, index, setting))
    for job, secrets in jobs.items():
        for name, uses in secrets.items():
            indexes = {index for _, index, _ in uses}
            if len(indexes) == 2:
                yield _sent_to_both(job, name, uses)
            elif _TEST_SECRET.search(name) and indexes == {"pypi"}:
                step, _, setting = uses[0]
                yield Finding(
                    setting_place(step, setting),
                    variant="secret-name",
                    severity=Severity.WARNING,
                    confidence=Confidence.LIKELY,
                    secret=name,
                    job=job.id,
                )


def _sent_to_both(job: Job, name: str, uses: list[tuple[UploadStep, Index, Setting]]) -> Finding:
    """The finding at the use that the secret's name speaks against, else at TestPyPI's."""
    wrong = "pypi" if "TEST" in name else "testpypi"
    step, index, setting = next(use for use in uses if use[1] == wrong)
    other = next(use for use in uses if use[1] != wrong)
    return Finding(
        setting_place(step, setting),
        variant="shared-secret",
        severity=None if _both_certain(job, step, other[0]) else Severity.WARNING,
        related=[Related(setting_place(other[0], other[2]), "other-use")],
        secret=name,
        job=job.id,
        index=INDEX_NAMES[index],
        other=INDEX_NAMES[other[1]],
    )


def _both_certain(job: Job, *steps: UploadStep) -> bool:
    """Whether both uploads happen in each run of the job, with one value of the secret, and their failures count."""
    environment = job.environment
    if environment is not None and environment.literal is None:
        return False
    if job.workflow.is_reusable or job.condition is not None or job.continue_on_error is not None:
        return False
    return all(
        each.step.condition is None
        and each.step.continue_on_error is None
        and each.upload.guard.evaluate(unknown) is True
        and each.upload.pretends(unknown) is False
        for each in steps
    )


# ── TOK007 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("TOK007")
def account_name_as_username(upload_steps: UploadSteps) -> Iterator[Finding]:
    """An upload to PyPI or TestPyPI that logs in as somebody else than `__token__`."""
    for step in upload_steps:
        upload, index = step.upload, upload_index(step)
        user = upload.username
        if index is None or user is None or upload.token is not None or not is_sent(step):
            continue
        if upload.password is None and not upload.other_credentials:
            continue
        if upload.trusted.use in (Trust.ALWAYS, Trust.FIRST) or upload.minted:
            continue
        literal = user.value.literal
        account = _account(user)
        if account is None and (literal is None or literal == TOKEN_USERNAME or not is_plain_name(literal)):
            continue
        place = setting_place(step, user)
        kind = _password_kind(upload.password)
        is_mendable = kind != "account-password" and _replaceable(place.text, literal, account)
        causes = {"token": ["username-not-token-literal"], "account-password": ["password-auth-removed"]}
        yield Finding(
            place,
            variant="account-password" if kind == "account-password" else None,
            edits=[Edit.replace(place, TOKEN_USERNAME)] if is_mendable else [],
            rejections=["password-auth-removed"],
            causes=causes.get(kind, ["username-not-token-literal", "password-auth-removed"]),
            name=step.job.id,
            index=INDEX_NAMES[index],
            user=account or literal,
        )


def _account(setting: Setting) -> str | None:
    """The expression, if the user name is the name of a GitHub account."""
    pieces = setting.value.pieces
    if len(pieces) == 1 and isinstance(pieces[0], Expression) and pieces[0].source in _ACCOUNTS:
        return f"${{{{ {pieces[0].source} }}}}"
    return None


def _replaceable(text: str, literal: str | None, account: str | None) -> bool:
    """Whether the place holds the user name and nothing else, so that it can be written anew."""
    written = text.strip("\"'")
    return written == literal if account is None else written.startswith("${{") and written.endswith("}}")


def _password_kind(setting: Setting | None) -> str:
    literal = setting.value.literal if setting is not None else None
    if literal is None:
        return "unknown"
    reading = read_token(literal)
    if reading.token is None and [problem.kind for problem in reading.problems] == [ProblemKind.NOT_A_TOKEN]:
        return "account-password"
    return "token"


# ── TOK008, TOK009 ────────────────────────────────────────────────────────────────────────────────────────────────

_EXPECTED = {
    "twine": "TWINE_PASSWORD",
    "uv": "UV_PUBLISH_TOKEN",
    "hatch": "HATCH_INDEX_AUTH",
    "flit": "FLIT_PASSWORD",
    "pdm": "PDM_PUBLISH_PASSWORD",
    "maturin": "MATURIN_PYPI_TOKEN",
}
"""The variable from which each client takes a token."""

_MISNAMED_CAUSES = {"poetry": "poetry-credential-name", "uv": "uv-credentials-missing"}


def expected_variable(upload: Upload) -> str | None:
    """The variable that would give the client its token.

    poetry: config/config.py: the repository's name in capitals, with underscores for dashes. Dots became underscores too until 2.5, which keeps them, so
    that no variable serves every version.
    """
    if upload.client != "poetry":
        return _EXPECTED.get(upload.client)
    name = upload.index.name
    repository = "pypi" if name is None else name.value.literal
    return f"POETRY_PYPI_TOKEN_{repository.replace('-', '_').upper()}" if repository and "." not in repository else None


def _asks_for_user(upload: Upload) -> bool:
    """Whether no user name is set: hatch then asks for one, with `__token__` as the answer that it proposes (hatch: publish/auth.py)."""
    return upload.username is None or upload.username.origin is Origin.CLIENT


def _lacks_credential(step: UploadStep) -> bool:
    """Whether the workflow gives an upload neither token nor password, and it cannot do without."""
    upload = step.upload
    if _given(upload) is not None or upload.minted or upload.other_credentials or not is_sent(step):
        return False
    if upload.trusted.use is Trust.NEVER:
        return True
    if upload.trusted.use is Trust.ALWAYS or step.job.workflow.is_reusable:
        return False
    return effective_permissions(step.job).allows("id-token", "write") is False


@check("TOK009")
def credential_under_other_name(upload_steps: UploadSteps) -> Iterator[Finding]:
    """A variable that is set for an upload and that its client does not read."""
    for step in upload_steps:
        upload = step.upload
        if upload.client == "uv" and upload.token is None and upload.password is not None and upload.username is None:
            yield from _uv_password_alone(step)
            continue
        expected = expected_variable(upload)
        if expected is None or upload_index(step) is None or not _lacks_credential(step):
            continue
        entry = misnamed_credential(step)
        if entry is None:
            continue
        elsewhere = may_come_from_elsewhere(step)
        yield Finding(
            entry.given.key_place,
            severity=Severity.WARNING if elsewhere else None,
            confidence=Confidence.LIKELY if elsewhere else Confidence.CERTAIN,
            edits=_renamed(step, entry, expected),
            causes=[_MISNAMED_CAUSES[upload.client]] if upload.client in _MISNAMED_CAUSES else [],
            variable=entry.given.name,
            client=upload.client,
            expected=expected,
            job=step.job.id,
        )


def _uv_password_alone(step: UploadStep) -> Iterator[Finding]:
    """uv: crates/uv/src/commands/publish.rs, `gather_credentials`: it stops at a password without a user.

    The user may also stand in the address, which is why it has to be known.
    """
    upload = step.upload
    address = upload.index.address(unknown)
    if upload.password is None or address is None or "@" in address or upload.other_credentials or not is_sent(step):
        return
    mode = upload.trusted.setting
    if upload.trusted.use is Trust.ALWAYS or (mode is not None and mode.value.literal is None):
        return
    # The project's own settings may ask for trusted publishing, which then goes before what is given.
    may_be_trusted = (
        step.job.workflow.is_reusable or effective_permissions(step.job).allows("id-token", "write") is not False
    )
    setting = upload.password
    entry = env_entries(step).get(setting.name) if setting.origin is Origin.ENVIRONMENT else None
    yield Finding(
        entry.given.key_place if entry is not None else setting_place(step, setting),
        variant="uv-user",
        confidence=Confidence.LIKELY if may_be_trusted else Confidence.CERTAIN,
        edits=_renamed(step, entry, "UV_PUBLISH_TOKEN") if entry is not None else [],
        causes=["uv-credentials-missing"],
        variable=setting.name,
        client="uv",
        expected="UV_PUBLISH_TOKEN",
        job=step.job.id,
    )


def _renamed(step: UploadStep, entry: EnvEntry, expected: str) -> list[Edit]:
    """Give the variable its right name, where only this step sees it and the name is free."""
    if entry.level != "step" or expected in env_entries(step) or entry.given.key_place.text != entry.given.name:
        return []
    return [Edit.replace(entry.given.key_place, expected, Applicability.UNSAFE)]


@check("TOK008")
def missing_credential(upload_steps: UploadSteps, release_builds: ReleaseBuilds) -> Iterator[Finding]:
    """An upload whose credential is empty, or that is given none and cannot do without.

    Certain for twine, which looks nowhere in the checkout, where every step before the upload is known.
    """
    for step in upload_steps:
        upload, index = step.upload, upload_index(step)
        if index is None or not is_sent(step):
            continue
        setting = _given(upload)
        if setting is not None:
            if setting.value.literal == "" and setting.origin is not Origin.CLIENT and _is_refused_empty(step):
                place = setting_place(step, setting)
                yield Finding(
                    place if place.text else step.place,
                    variant="empty",
                    setting=setting.name,
                    client=upload.client,
                    job=step.job.id,
                    index=INDEX_NAMES[index],
                )
            elif upload.client == "hatch" and _asks_for_user(upload) and not may_come_from_elsewhere(step):
                yield Finding(
                    step.place,
                    variant="no-user",
                    severity=Severity.WARNING,
                    confidence=Confidence.LIKELY,
                    job=step.job.id,
                    client=upload.client,
                    setting=setting.name,
                    expected="HATCH_INDEX_USER",
                )
        elif _wants_token(upload) and _lacks_credential(step) and misnamed_credential(step) is None:
            if may_come_from_elsewhere(step) or _relies_on_trusted_publishing(step.job):
                continue
            expected = expected_variable(upload)
            certain = upload.client == "twine" and any(
                build.upload.source.path == step.place.source.path
                and build.upload.start <= step.place.start < build.upload.end
                and build.transparent
                for build in release_builds.builds
            )
            yield Finding(
                step.place,
                variant="none" if expected is None else None,
                severity=None if certain else Severity.WARNING,
                confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
                client=upload.client,
                job=step.job.id,
                index=INDEX_NAMES[index],
                expected=expected or "",
            )


def _wants_token(upload: Upload) -> bool:
    """Whether an upload without a credential is one that lacks a token: of the other clients PUB010 says that they lack
    the permission to go without.
    """
    return upload.trusted.use is Trust.NEVER or upload.client == "twine"


def _relies_on_trusted_publishing(job: Job) -> bool:
    """Whether the job asks for an identity token that only its upload can be meant for: then the client is what is wrong (PUB013)."""
    from preflight.workflows.id_token import may_use_id_token

    if job.workflow.is_reusable or effective_permissions(job).allows("id-token", "write") is not True:
        return False
    return not may_use_id_token(job)


def _is_refused_empty(step: UploadStep) -> bool:
    """Whether an empty credential is taken as it is: the client neither looks elsewhere nor at trusted publishing."""
    return step.upload.authentication(unknown) == "none" and not may_come_from_elsewhere(step)


# ── TOK015 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("TOK015")
def token_on_command_line(upload_steps: UploadSteps) -> Iterator[Finding]:
    """A secret that is an argument of the upload command."""
    for step in upload_steps:
        given = (step.upload.token, step.upload.password)
        setting = next((each for each in given if each and each.origin is Origin.FLAG), None)
        if setting is None or not _may_be_secret(setting):
            continue
        username = step.upload.username
        pair = _variables_of_user(step.upload) if setting is step.upload.password else None
        user, expected = pair or ("", expected_variable(step.upload) or "")
        both = pair is not None and username is not None and username.origin is Origin.FLAG
        yield Finding(
            setting_place(step, setting),
            variant="no-variable" if not expected else "user-too" if both else "password" if pair else None,
            edits=_into_environment(step, setting, expected) if expected and pair is None else [],
            option=setting.name,
            options=[username.name, setting.name] if both and username is not None else [],
            client=step.upload.client,
            job=step.job.id,
            expected=expected,
            user=user,
        )


def _variables_of_user(upload: Upload) -> tuple[str, str] | None:
    """The variables of user name and password, where a user is named that may be another than `__token__` and the client's own for a token does not do.

    poetry: config/config.py; uv: "Publishing packages"; maturin: upload.rs. The others take a password of either kind from one variable.
    """
    username = upload.username
    if username is None or username.origin is Origin.CLIENT or username.value.literal == TOKEN_USERNAME:
        return None
    if upload.client == "poetry":
        token = expected_variable(upload)
        part = token.removeprefix("POETRY_PYPI_TOKEN_") if token is not None else None
        return (f"POETRY_HTTP_BASIC_{part}_USERNAME", f"POETRY_HTTP_BASIC_{part}_PASSWORD") if part else None
    return _OF_USER.get(upload.client)


_OF_USER = {
    "uv": ("UV_PUBLISH_USERNAME", "UV_PUBLISH_PASSWORD"),
    "maturin": ("MATURIN_USERNAME", "MATURIN_PASSWORD"),
}


def _may_be_secret(setting: Setting) -> bool:
    literal = setting.value.literal
    if literal is None:
        return bool(setting.value.secrets or setting.value.variables or setting.value.expressions)
    return read_token(literal).token is not None


def _into_environment(step: UploadStep, setting: Setting, expected: str) -> list[Edit]:
    """Take the option out of the command and set the client's variable on the step instead.

    Only where the command stands in the step itself, its secret is a single expression, and the step has no `env:`.
    """
    run, value = step.step.run, setting.value
    secret = secret_of(setting)
    entry = step.step.node.entry("run")
    if run is None or entry is None or secret is None or step.inner or step.hidden_in or step.step.node.flow:
        return []
    if step.step.node.entry("env") is not None or expected in env_entries(step):
        return []
    text = run.value[: value.end]
    option = re.search(rf"[ \t]+{re.escape(setting.name)}(?:[ =][ \t]*)?(?:\"|')?\$\{{\{{[^}}]*\}}\}}(?:\"|')?$", text)
    if option is None or secret.lower() not in option[0].lower():
        return []
    key = entry.key_place
    indent = " " * (key.column - 1)
    new = f"env:\n{indent}  {expected}: ${{{{ secrets.{secret} }}}}\n{indent}"
    return [
        Edit.insert(key.source, key.start, new, Applicability.UNSAFE),
        Edit.replace(run.value_place(option.start(), option.end()), "", Applicability.UNSAFE),
    ]
