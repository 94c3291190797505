"""Which folders count as projects, where the disk shows it: the rest is tested through the rules."""

import os
from pathlib import Path

import pytest

from preflight.engine.settings import Settings
from preflight.engine.workspace import open_workspaces
from preflight.project.inventory import inventory


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_linked_pyproject_is_no_second_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "a"\nversion = "1"\n')
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements/pyproject.toml").symlink_to("../pyproject.toml")
    [workspace] = open_workspaces([str(tmp_path)])
    found = inventory(workspace.tree, workspace.files, workspace.focus, Settings())
    assert [project.path for project in found.projects] == [""]
