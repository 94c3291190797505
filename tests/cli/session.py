"""One process that runs many commands, each with its own output and input: for tests that would spend their time on starting up."""

import json
import subprocess
import sys
from pathlib import Path

from cli.command import Done, clean_environment

_DRIVER = """
import io, json, os, sys, tempfile, traceback
from preflight.cli import main

answers, given = os.fdopen(os.dup(1), "w"), os.fdopen(os.dup(0))


def streamed(fd, binary, mode):
    os.dup2(binary.fileno(), fd)
    return io.TextIOWrapper(open(fd, mode, closefd=False), encoding="utf-8", write_through="w" in mode)


for line in given:
    asked = json.loads(line)
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        source.write(asked["stdin"].encode())
        source.seek(0)
        sys.stdin, sys.stdout, sys.stderr = streamed(0, source, "rb"), streamed(1, out, "wb"), streamed(2, err, "wb")
        sys.argv = ["preflight", *asked["arguments"]]
        try:
            main()
        except SystemExit as ended:
            status = ended.code or 0
        except Exception:
            traceback.print_exc()  # as a process of its own would, which the tests look for
            status = 1
        for each in (sys.stdout, sys.stderr):
            each.flush()
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace"))
    answers.write(json.dumps([*texts, status]) + "\\n")
    answers.flush()
"""


class Session:
    """A process in a folder, with nothing of the caller's environment but what is given."""

    def __init__(self, cwd: Path, **environment: str) -> None:
        self._cwd = cwd
        self._environment = clean_environment(cwd, **environment)
        self._process = self._started()

    def _started(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", _DRIVER],
            cwd=self._cwd,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(self, *arguments: str, stdin: str | None = None) -> Done:
        """Run one command. A process that ends over it fails one test: those that follow get another."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"arguments": arguments, "stdin": stdin or ""}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            ended, self._process = self._process, self._started()
            said = ended.communicate()
            raise AssertionError(f"the process ended with status {ended.returncode} over {arguments}: {said}")
        out, err, status = json.loads(line)
        return Done(out, err, status)

    def close(self) -> None:
        """End the process; what it said on its own, outside of the commands, is nothing."""
        said = self._process.communicate()
        assert said == ("", "")
        assert self._process.returncode == 0
