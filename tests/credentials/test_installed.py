"""The upload tools on PATH are found and read without being run."""

import os
import sys
from pathlib import Path

import pytest

from preflight.credentials.installed import installed_tools
from preflight.credentials.machine import Machine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="scripts of POSIX systems")
SITE = "lib/python3.12/site-packages"


def environment(folder: Path, *distributions: str) -> Path:
    for name in distributions:
        (folder / SITE / f"{name}.dist-info").mkdir(parents=True)
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    return folder


def script(path: Path, first_lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{first_lines}\nimport sys\nsys.exit('it must not run')\n")
    path.chmod(0o755)
    return path


def tools(*folders: Path, home: Path | None = None) -> dict[str, str]:
    machine = Machine({"PATH": os.pathsep.join(map(str, folders))}, home, "linux")
    return {name: tool.version for name, tool in installed_tools(machine).items()}


def test_the_interpreter_of_the_script_leads_to_its_environment(tmp_path: Path) -> None:
    pipx = environment(tmp_path / "pipx/twine", "twine-6.1.0", "packaging-24.0", "requests_toolbelt-1.0.0", "other-1.0")
    script(tmp_path / "local/bin/twine", f"#!{pipx}/bin/python3")
    machine = Machine({"PATH": str(tmp_path / "local/bin")}, tmp_path, "linux")
    twine = installed_tools(machine)["twine"]
    assert (twine.version, twine.script, twine.environment) == ("6.1.0", "~/local/bin/twine", "~/pipx/twine")
    assert twine.beside == {"packaging": "24.0", "requests-toolbelt": "1.0.0"}


def test_a_long_path_stands_in_the_second_line(tmp_path: Path) -> None:
    deep = environment(tmp_path / "deep", "twine-5.0.0")
    found = script(tmp_path / "bin/twine", f"#!/bin/sh\n'''exec' \"{deep}/bin/python\" \"$0\" \"$@\"\n' '''")
    assert tools(found.parent) == {"twine": "5.0.0"}


def test_a_link_is_followed_to_the_environment_that_holds_the_tool(tmp_path: Path) -> None:
    tool = environment(tmp_path / "tool", "uv-0.9.0")
    (tool / "bin/uv").write_bytes(b"\x7fELF not a script")
    (tool / "bin/uv").chmod(0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/uv").symlink_to(tool / "bin/uv")
    assert tools(tmp_path / "bin") == {"uv": "0.9.0"}


def test_the_first_on_path_counts(tmp_path: Path) -> None:
    for name, version in (("a", "1.0"), ("b", "2.0")):
        environment(tmp_path / name, f"twine-{version}")
        script(tmp_path / name / "bin/twine", f"#!{tmp_path}/{name}/bin/python")
    assert tools(tmp_path / "b/bin", tmp_path / "a/bin") == {"twine": "2.0"}


@pytest.mark.parametrize("content", ["", "#!", "#!/bin/sh\nexec", "#!/usr/bin/env python3", "\x00\xff"])
def test_scripts_that_say_nothing_of_their_environment(content: str, tmp_path: Path) -> None:
    script(tmp_path / "bin/twine", content)
    assert tools(tmp_path / "bin", Path("relative"), Path()) == {}


def test_the_twine_of_the_tests_is_read_as_it_reads_itself() -> None:
    from importlib.metadata import version

    folder = Path(sys.executable).parent
    if not (folder / "twine").exists():
        pytest.skip("twine is not beside this Python")
    assert tools(folder)["twine"] == version("twine")
