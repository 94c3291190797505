"""Runs the upload clients on a small project, each in a scratch home, and has the doctor read what they print. Chooses neither client nor refusal."""

import io
import os
import subprocess
import sys
import tarfile
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import unescape
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from clients.samples import ASKED_FIRST, concerns, values_of
from clients.served import Site, serving
from doctor.diagnosed import OWNERS

from preflight.doctor.diagnosis import Diagnosis, diagnose
from preflight.doctor.extraction import extract
from preflight.doctor.reading import read_log
from preflight.engine.cards import MalformedCard
from preflight.refusals import refusals
from preflight.rehearsal.answers import HttpAnswer, accepted, answer, message
from preflight.rehearsal.clients import pointed, recognise

COMMANDS = {
    "twine": "twine upload dist/*",
    "uv": "uv publish",
    "poetry": "poetry publish",
    "hatch": "hatch publish",
    "flit": "flit publish",
    "pdm": "pdm publish --no-build",
    "maturin": "maturin upload dist/*",
    "twine --verbose": "twine upload --verbose dist/*",
    "pdm -vv": "pdm publish -vv --no-build",
    "uv (trusted)": "uv publish --trusted-publishing always",
    "uv (automatic)": "uv publish",
    "pdm (trusted)": "pdm publish --no-build",
}
"""What people type. Those with an option print more of what PyPI says; those in brackets have no token, and ask for one by trusted publishing."""
_PACKAGES = {"pdm": "pdm[locked]"}
"""What to install where it is not the client's name alone: pdm as released does not start with every release of what it needs."""
SECONDS = 120
_TOKEN = "pypi-" + "AgEIcHlwaS5vcmc"


@dataclass(frozen=True)
class Uploader:
    """A client as it is installed, and how it is called: a name in COMMANDS."""

    name: str
    version: str
    program: Path

    @property
    def trusted(self) -> bool:
        """Whether it is to get its token by trusted publishing."""
        return self.name.endswith(")")


def installed(name: str, folder: Path) -> Uploader:
    """A client in an environment of its own below the folder; installs it from the registry where it is not there yet."""
    client = name.split()[0]
    environment = folder / client
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    program = scripts / (f"{client}.exe" if os.name == "nt" else client)
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        pip = [str(scripts / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, _PACKAGES.get(client, client)], check=True)
    asked = [str(scripts / "python"), "-I", "-c", f"from importlib.metadata import version; print(version({client!r}))"]
    version = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    return Uploader(name, version, program)


# The project.

_PYPROJECT = """\
[build-system]
requires = ["flit_core>=3.2"]
build-backend = "flit_core.buildapi"

[project]
name = "sampleproject"
version = "1.2.0"
description = "A sample"
requires-python = ">=3.8"
"""
_WHEEL_NAME = "sampleproject-1.2.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
"""Long, as names of wheels are: twine breaks it over two lines."""
_MODULE = '"""A sample."""\n'
_METADATA = "Metadata-Version: 2.1\nName: sampleproject\nVersion: 1.2.0\nSummary: A sample\n"
_WHEEL = "Wheel-Version: 1.0\nGenerator: sample\nRoot-Is-Purelib: false\nTag: cp312-cp312-manylinux_2_17_x86_64\nTag: cp312-cp312-manylinux2014_x86_64\n"


def write_project(folder: Path) -> None:
    """Write a project that every client can publish, with its distributions."""
    (folder / "dist").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(_PYPROJECT, encoding="utf-8")
    (folder / "sampleproject.py").write_text(_MODULE, encoding="utf-8")
    (folder / "dist" / _WHEEL_NAME).write_bytes(_wheel())
    (folder / "dist" / "sampleproject-1.2.0.tar.gz").write_bytes(_sdist())


@cache
def _wheel() -> bytes:
    members = {
        "sampleproject.py": _MODULE,
        "sampleproject-1.2.0.dist-info/METADATA": _METADATA,
        "sampleproject-1.2.0.dist-info/WHEEL": _WHEEL,
    }
    record = "sampleproject-1.2.0.dist-info/RECORD"
    lines = [
        f"{path},sha256={urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip('=')},{len(text)}\n"
        for path, text in members.items()
    ]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in {**members, record: "".join([*lines, f"{record},,\n"])}.items():
            archive.writestr(path, text)
    return buffer.getvalue()


@cache
def _sdist() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, text in {"PKG-INFO": _METADATA, "pyproject.toml": _PYPROJECT, "sampleproject.py": _MODULE}.items():
            member = tarfile.TarInfo(f"sampleproject-1.2.0/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


# One run.


def printed(uploader: Uploader, site: Site) -> tuple[int, str]:
    """The exit status of an upload that is answered so, and what the client prints, as a CI system shows it: no terminal, 80 columns."""
    scratch = Path(mkdtemp(prefix="preflight-client-"))
    try:
        write_project(scratch / "project")
        (scratch / "home").mkdir()
        words = [str(uploader.program), *COMMANDS[uploader.name].split()[1:]]
        invocation = recognise(_expanded(words, scratch / "project"))
        assert invocation is not None
        authority = scratch / "authority.pem" if uploader.trusted else None
        with serving(site, authority) as url:
            token = None if uploader.trusted else _TOKEN
            upload = pointed(invocation, url, scratch / "home", _surroundings(), token=token)
            for path, content in upload.files.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content, encoding="utf-8")
            done = subprocess.run(
                upload.command,
                cwd=scratch / "project",
                env={**upload.environment, **(_of_job(url, authority) if authority else {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=SECONDS,
            )
            return done.returncode, done.stdout.decode("utf-8", "replace")
    finally:
        rmtree(scratch, ignore_errors=True)


def _expanded(words: Sequence[str], folder: Path) -> list[str]:
    """The words with `dist/*` as a shell expands it."""
    files = sorted(path.relative_to(folder).as_posix() for path in (folder / "dist").iterdir())
    return [each for word in words for each in (files if word == "dist/*" else [word])]


def _surroundings() -> dict[str, str]:
    """The variables of a job: of this machine only what finds programs."""
    kept = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "PATHEXT", "COMSPEC")
    return {"CI": "true", "LANG": "C.UTF-8", **{name: os.environ[name] for name in kept if name in os.environ}}


def _of_job(url: str, authority: Path) -> dict[str, str]:
    """The variables of a job of GitHub Actions that may ask for its identity (GitHub, "OpenID Connect reference"), and whose certificates it trusts."""
    return {
        "SSL_CERT_FILE": str(authority),
        "REQUESTS_CA_BUNDLE": str(authority),
        "GITHUB_ACTIONS": "true",
        "ACTIONS_ID_TOKEN_REQUEST_URL": url.replace("/legacy/", "/identity?api-version=2.0"),
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job",
    }


# What it shows.


@dataclass(frozen=True)
class Outcome:
    """What came of an upload: `shown` is the line that tells most, `told` whether PyPI's words are in the output.

    `place` is the place of the right diagnosis among those that the doctor gives, 0 where none is right; `code` and `confidence` are of the first.
    """

    client: str
    version: str
    refusal: str
    status: int
    shown: str
    told: bool
    code: str
    confidence: str
    place: int


def outcome(uploader: Uploader, names: Sequence[str]) -> Outcome:
    """Upload with a client to an index that refuses for the first of the names; all of them are worded so."""
    name = names[0]
    reasons = [""]

    def answering(filename: str, accept: str | None) -> HttpAnswer:
        if not concerns(name, filename):
            return accepted(accept=accept)
        refusal = answer(name, values_of(name, filename), accept=accept)
        reasons.append(refusal.reason)
        return refusal

    if uploader.trusted:
        words = message(refusals()[name], values_of(name))
        reasons.append(words if name in ASKED_FIRST else words.partition(": ")[2])
        refusal = answer(name, values_of(name))
        site = Site(audience=refusal) if name in ASKED_FIRST else Site(mint=refusal)
    else:
        site = Site(upload=answering)
    status, output = printed(uploader, site)
    return judged(uploader, names, reasons[-1], status, output)


def judged(uploader: Uploader, names: Sequence[str], text: str, status: int, output: str) -> Outcome:
    """What the doctor makes of an output."""
    diagnoses = diagnosed(output)
    right = [index for index, each in enumerate(diagnoses, 1) if _foretells(each, names)]
    first = diagnoses[0] if diagnoses else None
    return Outcome(
        uploader.name,
        uploader.version,
        names[0],
        status,
        shown_line(output, text),
        _bare(text)[:50] in _bare(output),
        first.code if first else "",
        first.confidence.value if first else "",
        right[0] if right else 0,
    )


def accepted_upload(uploader: Uploader) -> tuple[int, str, tuple[Diagnosis, ...]]:
    """An upload that PyPI takes: exit status, output, and what the doctor says, which should be nothing."""
    status, output = printed(uploader, Site())
    return status, output, diagnosed(output)


def diagnosed(output: str) -> tuple[Diagnosis, ...]:
    """The diagnoses of an output, best first."""
    log = read_log(io.BytesIO(output.encode()))
    return diagnose(extract(log), log, OWNERS)


def _foretells(diagnosis: Diagnosis, names: Sequence[str]) -> bool:
    rule = OWNERS.rule(diagnosis.code)
    try:
        own = rule.card.rejections if rule is not None else ()
    except MalformedCard:
        own = ()
    return not {*diagnosis.rejections, *own}.isdisjoint(names)


def _bare(text: str) -> str:
    return "".join(unescape(text).replace("\\n", "").replace("\\", "").split())


def shown_line(output: str, text: str) -> str:
    """The line in which PyPI's words begin; else the first that speaks of an error."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    opening = _bare(text)[:12]
    for line in lines:
        if opening in _bare(line):
            return line
    return next(
        (line for line in lines if "rror" in line or "⛔" in line or "failed" in line), lines[-1] if lines else ""
    )
