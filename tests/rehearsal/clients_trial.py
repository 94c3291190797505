"""Real upload clients against the real judge: each uploads a good project and broken ones through `preflight rehearse`, and the doctor reads its output.

`python tests/rehearsal/clients_trial.py` prints a line for each client and break, and ends with status 1 where something was not as it should be. The clients
are those of tests/clients/matrix.py, kept in the same folder. What an index answers is not forced here, as it is there.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from clients.running import COMMANDS, installed  # noqa: E402
from recipes import build  # noqa: E402

CLIENTS = ("twine", "uv", "poetry", "hatch", "flit", "pdm", "maturin")
NAME = "sampleproject"
GOOD = "good"


@dataclass(frozen=True)
class Break:
    """One way in which a project is broken: the wheel's recipe behind its first line, fields of pyproject.toml for a client that builds, options of `rehearse`.

    `refusal` is what PyPI answers. Without fields, flit cannot meet it: it builds what it uploads.
    """

    refusal: str
    wheel: str = ""
    fields: Mapping[str, str] | None = None
    options: tuple[str, ...] = ()
    name: str = NAME
    version: str = "1.2.0"
    filename: str = ""


NEW = "metadata -Metadata-Version\nmetadata Metadata-Version: 2.4\n"
BREAKS = (
    Break("metadata-version-invalid", "metadata -Metadata-Version\nmetadata Metadata-Version: 9.9"),
    Break("classifier-unknown", "metadata Classifier: Foo :: Bar", {"classifiers": '["Foo :: Bar"]'}),
    Break("version-invalid", "metadata -Version\nmetadata Version: 1.2.x"),
    Break("version-local", fields={}, version="1.2.0+g1abc"),
    Break("description-render-failed", "metadata Description-Content-Type: text/x-rst\nbody A *start without end"),
    Break("license-expression-invalid", f"{NEW}metadata License-Expression: Foo OR"),
    Break("summary-too-long", f"metadata Summary: {'x' * 513}", {"description": f'"{"x" * 513}"'}),
    Break(
        "requires-dist-direct",
        "metadata Requires-Dist: foo @ https://example.org/foo-1.tar.gz",
        {"dependencies": '["foo @ https://example.org/foo-1.tar.gz"]'},
    ),
    Break("author-email-invalid", "metadata Author-Email: not-an-address"),
    Break("wheel-no-wheel-file", filename="other_project-1.2.0-py3-none-any.whl"),
    Break("archive-not-zip", "cut 30"),
    Break("wheel-no-record", "record: none"),
    Break("wheel-license-file-missing", f"{NEW}metadata License-File: LICENSE"),
    Break("file-exists", fields={}, options=("--released", "1.2.0")),
    Break("project-name-stdlib", fields={}, options=("--new-project",), name="asyncore"),
)

NOT_SENT = {
    (client, refusal)
    for client in ("pdm", "maturin")
    for refusal in ("license-expression-invalid", "wheel-license-file-missing")
}
"""What these clients leave out of the form, so that PyPI cannot refuse it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; the exit status is 1 where a client, the rehearsal or the doctor did not do as it should."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--client", action="append", choices=CLIENTS, help="only this client")
    parser.add_argument("--refusal", action="append", choices=[each.refusal for each in BREAKS], help="only this break")
    parser.add_argument("--folder", type=Path, default=os.environ.get("PREFLIGHT_CLIENTS"), help="where clients are")
    chosen = parser.parse_args(arguments)
    folder = chosen.folder or Path(gettempdir()) / "preflight-clients"
    wrong = 0
    for client in chosen.client or CLIENTS:
        program = installed(client, folder).program
        for each in (Break(GOOD, fields={}), *BREAKS):
            if (client == "flit" and each.fields is None) or (chosen.refusal and each.refusal not in chosen.refusal):
                continue
            complaints = list(_complaints(client, each, *_tried(client, program, each)))
            wrong += bool(complaints)
            sys.stdout.write(f"{client:8} {each.refusal:28} {'; '.join(complaints) or 'as it should be'}\n")
            sys.stdout.flush()
    return 1 if wrong else 0


def _tried(client: str, program: Path, broken: Break) -> tuple[int, dict[str, Any], list[dict[str, Any]]]:
    """The exit status and the report of the rehearsal, and what the doctor says to what the client printed."""
    with TemporaryDirectory() as name:
        project = Path(name)
        _write(project, broken)
        files = sorted(path.relative_to(project).as_posix() for path in (project / "dist").iterdir())
        words = [word for each in COMMANDS[client].split() for word in (files if each == "dist/*" else [each])]
        command = ("rehearse", "--output-format", "json", *broken.options, "--", str(program), *words[1:])
        done = _preflight(command, project)
        doctor = _preflight(("doctor", "-", "--output-format", "json"), project.parent, done.stderr)
        return done.returncode, json.loads(done.stdout), json.loads(doctor.stdout)["diagnoses"]


def _write(project: Path, broken: Break) -> None:
    fields = {"description": '"A sample"', **(broken.fields or {})}
    lines = [f"{key} = {value}" for key, value in fields.items()]
    stated = [f'name = "{broken.name}"', f'version = "{broken.version}"', 'requires-python = ">=3.8"', *lines]
    backend = '[build-system]\nrequires = ["flit_core>=3.2"]\nbuild-backend = "flit_core.buildapi"\n\n[project]\n'
    (project / "pyproject.toml").write_text(backend + "\n".join(stated) + "\n", encoding="utf-8")
    (project / f"{broken.name}.py").write_text('"""A sample."""\n', encoding="utf-8")
    (project / "dist").mkdir()
    recipe = f"wheel {broken.name} {broken.version}\n{broken.wheel}"
    filename = broken.filename or f"{broken.name}-{broken.version}-py3-none-any.whl"
    (project / "dist" / filename).write_bytes(build(recipe))


def _preflight(arguments: Sequence[str], folder: Path, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "preflight", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=folder, env=environment, input=text, capture_output=True, encoding="utf-8", check=False
    )


def _complaints(
    client: str, broken: Break, status: int, report: Mapping[str, Any], diagnoses: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """What is not as it should be. A client that notices by itself does not meet the refusal."""
    answers = [each["refusals"][0] for each in report["uploads"] if each["refusals"]]
    if broken.refusal == GOOD or (client, broken.refusal) in NOT_SENT:
        if status or answers or diagnoses:
            yield f"status {status}, {answers}, {[each['code'] for each in diagnoses]}"
        return
    if status != 1:
        yield f"status {status}"
    yield from (f"answered {each['rejection']}" for each in answers if each["rejection"] != broken.refusal)
    yield from (f"no rule for {each['rejection']}" for each in answers if "rule" not in each)
    first = diagnoses[0] if diagnoses else {"code": "nothing", "confidence": "", "rejections": []}
    if first["code"] in ("nothing", "UNK001"):
        yield f"the doctor says {first['code']}"
    elif answers and first["confidence"] == "certain" and broken.refusal not in first["rejections"]:
        yield f"the doctor is certain of {first['code']}"


if __name__ == "__main__":
    sys.exit(main())
