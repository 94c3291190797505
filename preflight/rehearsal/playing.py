"""Plays the uploads of a workflow's run: in a copy of the checkout, with tokens as GitHub and PyPI would give them. Runs nothing but the upload commands."""

import http.client
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from preflight.rehearsal.attempts import Exchange, Reason, rule_of
from preflight.rehearsal.refused import Refused
from preflight.rehearsal.running import Ran
from preflight.rehearsal.scenario import PlayedUpload, Run, claims_of
from preflight.rehearsal.server import LOOPBACK
from preflight.rehearsal.session import Session

NO_PERMISSION = "oidc-no-id-token-permission"

_NOT_COPIED = (
    ".git",
    ".hg",
    ".venv",
    "venv",
    "node_modules",
    "__pycache__",
    ".tox",
    ".nox",
    ".mypy_cache",
    ".ruff_cache",
)
_TIMEOUT = 30.0
_USERNAMES = ("TWINE_USERNAME", "UV_PUBLISH_USERNAME")
_IN_A_JOB = {"GITHUB_ACTIONS": "true"}
_SOMEONE = "someone"
"""Stands for the user name of an account, which PyPI refuses whoever it is."""


class CannotLayOut(Exception):
    """The checkout cannot be copied, or the built files put into the copy; the message says why."""


def scratch_copy(root: Path, folder: Path) -> Path:
    """A copy of the checkout, without its history and what tools keep in it.

    Raises:
        CannotLayOut: a file cannot be read, or the disk is full.
    """
    copy = folder / "checkout"
    try:
        shutil.copytree(root, copy, symlinks=True, ignore=_not_copied, ignore_dangling_symlinks=True)
    except shutil.Error as error:
        path, _, reason = error.args[0][0]
        raise CannotLayOut(f"{path} cannot be copied: {reason}") from None
    except OSError as error:
        raise CannotLayOut(f"the checkout cannot be copied: {error.strerror or error}") from None
    return copy


def _not_copied(folder: str, names: list[str]) -> set[str]:
    """What tools keep, and pipes, sockets and devices, which have no content to copy."""
    special = {each.name for each in os.scandir(folder) if not (each.is_symlink() or each.is_file() or each.is_dir())}
    return special | {name for name in names if name in _NOT_COPIED}


def lay_out(run: Run, checkout: Path, dist: Path) -> bool:
    """Put the built files where each upload looks for them, as the workflow's own steps would; whether there are any.

    Raises:
        CannotLayOut: there is something else in that place.
    """
    built = sorted(dist.iterdir()) if dist.is_dir() else []
    for upload in run.uploads:
        for pattern in upload.files:
            target = (checkout / upload.folder / pattern).parent
            if not target.resolve().is_relative_to(checkout) or (target.is_dir() and any(target.iterdir())):
                continue
            try:
                target.mkdir(parents=True, exist_ok=True)
                for each in built:
                    if each.is_file():
                        shutil.copy2(each, target / each.name)
            except OSError as error:
                reason = error.strerror or error
                raise CannotLayOut(f"the built files cannot be put where {pattern} names them: {reason}") from None
    return bool(built)


def play(run: Run, session: Session, checkout: Path) -> Iterator[Ran]:
    """Run the uploads, one after the other, and give how each ended. One that gets no token is not run.

    Raises:
        CannotStart: a client is not installed.
    """
    for upload in run.uploads:
        ready, token, more = _credentials(upload, session)
        if not ready:
            continue
        folder = checkout / upload.folder if (checkout / upload.folder).is_dir() else checkout
        if upload.asks_itself:
            with session.over_tls() as (running, certificate):
                found = _job_variables(session) if upload.publish.trusted else _IN_A_JOB
                more = {**found, "SSL_CERT_FILE": str(certificate)}
                yield session.run(upload.words, folder, token=None, more=more, url=running.upload_url)
        else:
            yield session.run(_here(upload.words), folder, token=token, more=more)


def _here(words: tuple[str, ...]) -> tuple[str, ...]:
    """The command with the twine that is installed beside preflight, if there is one."""
    if words[0] == "twine" and find_spec("twine") is not None:
        return (sys.executable, "-m", *words)
    return words


def _credentials(upload: PlayedUpload, session: Session) -> tuple[bool, str | None, Mapping[str, str]]:
    """Whether the upload comes to be, the token that it logs in with (empty: an account's), and variables besides."""
    row = upload.publish
    if row.authentication == "password":
        return True, "", dict.fromkeys(_USERNAMES[:1], _SOMEONE)
    if row.authentication == "none":
        return True, None, {}
    if not row.trusted:
        return True, "", {}
    claims, notes = claims_of(row, session.index.state.publishers)
    if row.id_token is False:
        session.index.exchanges.append(_no_permission(row.job, claims))
        return False, None, {}
    session.trusted.play(claims)
    if upload.asks_itself:
        _note(session, notes)
        return True, None, {}
    token = _exchanged(session)
    _note(session, notes)
    return token is not None, token, {}


def _job_variables(session: Session) -> Mapping[str, str]:
    """What a job on GitHub finds its identity token by (GitHub, "OpenID Connect reference")."""
    return {
        **_IN_A_JOB,
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{session.running.url}/_/oidc/request?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": session.trusted.request_token,
    }


def _exchanged(session: Session) -> str | None:
    """Ask the index for an upload token as the publish action does (gh-action-pypi-publish: oidc-exchange.py); None where it gives none."""
    audience = _request(session, "GET", "/_/oidc/audience", None).get("audience")
    body = json.dumps({"token": session.trusted.identity_token(str(audience))})
    token = _request(session, "POST", "/_/oidc/mint-token", body).get("token")
    return token if isinstance(token, str) else None


def _request(session: Session, method: str, path: str, body: str | None) -> Mapping[str, object]:
    connection = http.client.HTTPConnection(LOOPBACK, session.running.port, timeout=_TIMEOUT)
    try:
        connection.request(method, path, body)
        document = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return document if isinstance(document, dict) else {}


def _note(session: Session, notes: Iterable[str]) -> None:
    session.notes.extend(each for each in notes if each not in session.notes)


def _no_permission(job: str, claims: Mapping[str, str]) -> Exchange:
    words = f"GitHub gives job {job} no identity token: it lacks the permission id-token: write"
    said = tuple((name, claims[name]) for name in ("repository", "job_workflow_ref") if name in claims)
    refused = Refused(NO_PERMISSION, words=words)
    return Exchange(said, 0, words, reason=Reason(NO_PERMISSION, refused.text(), rule_of(NO_PERMISSION)))


def dist_folder(root: Path, projects: Iterable[str]) -> Path:
    """Where the built files of the checkout lie: `dist` at its root, else that of its only project with one."""
    found = [root / folder / "dist" for folder in ("", *projects) if (root / folder / "dist").is_dir()]
    return found[0] if found else root / "dist"
