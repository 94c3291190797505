"""Uploads behind make, tox, just, scripts and other task files: what they run, and that the plan finds it."""

import pytest

from preflight.plan.task_files import (
    Given,
    invoke_tasks,
    just_recipes,
    make_targets,
    nox_sessions,
    package_scripts,
    project_scripts,
    python_commands,
    taskfile_tasks,
    tox_environments,
)
from preflight.sources.text import Source
from tests.plan.planned import PATH, plan, publishing, workflow

TOKEN = "env: {TWINE_USERNAME: __token__, TWINE_PASSWORD: '${{ secrets.T }}', UV_PUBLISH_TOKEN: '${{ secrets.T }}'}"


@pytest.mark.parametrize(
    ("command", "files", "expected"),
    [
        ("make publish", {"Makefile": "publish: build\n\t@twine upload dist/*\nbuild:\n\tpython -m build\n"}, "pypi"),
        ("make release", {"Makefile": "REPO ?= testpypi\nrelease:\n\ttwine upload -r $(REPO) dist/*\n"}, "testpypi"),
        ("make release REPO=pypi", {"Makefile": "REPO ?= testpypi\nrelease:\n\ttwine upload -r $(REPO) dist/*\n"}, "pypi"),
        ("make release", {"Makefile": "TWINE := python -m twine\nrelease:\n\t$(TWINE) upload dist/*\n"}, "pypi"),
        ("make release", {"Makefile": "release:\n\t$(MAKE) up\nup:\n\ttwine upload dist/*\n"}, "pypi"),
        ("make -C sub", {"sub/Makefile": "all:\n\ttwine upload dist/*\n"}, "pypi"),
        ("cd sub && make up", {"sub/Makefile": "up:\n\ttwine upload dist/*\n"}, "pypi"),
        ("./scripts/release.sh", {"scripts/release.sh": "twine upload dist/*\n"}, "pypi"),
        ("bash release.sh testpypi", {"release.sh": 'twine upload --repository "$1" dist/*\n'}, "testpypi"),
        ("scripts/publish", {"scripts/publish": "#!/bin/sh\nuv publish\n"}, "pypi"),
        ("make release", {"Makefile": "release:\n\t./go.sh\n", "go.sh": "uv publish\n"}, "pypi"),
        ("tox -e publish", {"tox.ini": "[testenv:publish]\ncommands =\n    twine upload {posargs} dist/*\n"}, "pypi"),
        (
            "tox -e publish",
            {"tox.ini": "[testenv:publish]\ncommands = twine upload {posargs:--repository {env:TWINE_REPOSITORY:testpypi}} dist/*\n"},
            "testpypi",
        ),
        (
            "tox -e publish -- --repository pypi",
            {"tox.ini": "[testenv:publish]\ncommands = twine upload {posargs:--repository {env:TWINE_REPOSITORY:testpypi}} dist/*\n"},
            "pypi",
        ),
        (
            "tox -e up",
            {"tox.ini": "[testenv:{up,down}]\nset_env =\n  TWINE_REPOSITORY = testpypi\ncommands = twine upload dist/*\n"},
            "testpypi",
        ),
        (
            "tox -e up",
            {"tox.toml": '[env.up]\ncommands = [["twine", "upload", "-r", "testpypi", "dist/a.whl"]]\n'},
            "testpypi",
        ),
        (
            "nox -s publish",
            {"noxfile.py": "import nox\n@nox.session\ndef publish(s):\n    s.run('twine', 'upload', 'dist/a.whl')\n"},
            "pypi",
        ),
        ("just publish testpypi", {"justfile": "publish repo='pypi':\n    twine upload -r {{repo}} dist/*\n"}, "testpypi"),
        ("just publish", {"justfile": "publish repo='pypi':\n    twine upload -r {{ repo }} dist/*\n"}, "pypi"),
        ("task publish", {"Taskfile.yml": "tasks:\n  publish:\n    cmds: [{task: up}]\n  up:\n    cmds: [uv publish]\n"}, "pypi"),
        ("inv release", {"tasks.py": "@task\ndef release(c):\n    c.run('twine upload dist/*')\n"}, "pypi"),
        ("hatch run release", {"pyproject.toml": '[tool.hatch.envs.default.scripts]\nrelease = "twine upload dist/*"\n'}, "pypi"),
        ("hatch run ci:up", {"pyproject.toml": '[tool.hatch.envs.ci.scripts]\nup = ["twine upload dist/*"]\n'}, "pypi"),
        ("pdm run up", {"pyproject.toml": '[tool.pdm.scripts]\nup = {composite = ["twine upload dist/*"]}\n'}, "pypi"),
        ("pdm run up", {"pyproject.toml": '[tool.pdm.scripts]\nup = {shell = "twine upload dist/*"}\n'}, "pypi"),
        ("poe up", {"pyproject.toml": '[tool.poe.tasks]\nup = ["send"]\nsend = "twine upload dist/*"\n'}, "pypi"),
        ("poetry run poe up", {"pyproject.toml": '[tool.poe.tasks.up]\nshell = "uv publish"\n'}, "pypi"),
        ("pixi run up", {"pixi.toml": '[tasks]\nup = {cmd = "twine upload dist/*", depends-on = ["b"]}\nb = "x"\n'}, "pypi"),
        ("npm run up", {"package.json": '{"scripts": {"up": "twine upload dist/*"}}'}, "pypi"),
        ("make other", {"Makefile": "publish:\n\ttwine upload dist/*\nother:\n\ttrue\n"}, None),
        ("make publish", {}, None),
        ("./scripts/photo.png", {"scripts/photo.png": "twine upload"}, None),
    ],
)  # fmt: skip
def test_the_plan_follows(command: str, files: dict[str, str], expected: str | None) -> None:
    text = workflow("push:\n  tags: ['v*']", f"- run: {command}\n  {TOKEN}")
    found = publishing(plan({PATH: text, **files}))
    assert found == ({"push refs/tags/v1.2.3": [f"publish always {expected} token"]} if expected else {})


def test_a_python_script_may_or_may_not_come_to_its_upload() -> None:
    script = "import subprocess, sys\nif sys.argv[1:]:\n    subprocess.run(['twine', 'upload', 'dist/a.whl'])\n"
    text = workflow("push:\n  tags: ['v*']", f"- run: python scripts/release.py\n  {TOKEN}")
    found = publishing(plan({PATH: text, "scripts/release.py": script}))
    assert found == {"push refs/tags/v1.2.3": ["publish unknown pypi token unless `scripts/release.py` comes to it"]}


def test_files_that_call_each_other_come_to_an_end() -> None:
    files = {"a.sh": "./b.sh\ntwine upload dist/*\n", "b.sh": "./a.sh\n"}
    text = workflow("push:\n  tags: ['v*']", f"- run: ./a.sh\n  {TOKEN}")
    assert publishing(plan({PATH: text, **files})) == {"push refs/tags/v1.2.3": ["publish always pypi token"]}


def test_what_make_runs() -> None:
    text = "A = b\\\n  c\n.PHONY: x\nx: y z | order # words\n\t@echo $(A) $$HOME $(UNSET)\n\t-false; \\\n\ttrue\ny: ; now\n"
    assert make_targets(text) == {
        "x": (["y", "z", "order"], "echo b   c $HOME ${UNSET}\nfalse; \\\n\ttrue"),
        "y": ([], "now"),
    }


def test_what_just_runs() -> None:
    text = "v := 'w'\nset shell := ['bash']\n\n[group('x')]\n@one a b='c': two\n    @echo {{a}} {{b}} {{ v }}\ntwo:\n    true\n"
    assert just_recipes(text, Given(("1",))) == {"one": (["two"], "echo 1 c w"), "two": ([], "true")}


def test_what_tox_runs() -> None:
    text = "[x]\ny = z\n[testenv:a,b-{c,d}]\ncommands =\n  - echo {[x]y} {toxinidir} {env:E} {env:F:g} {unknown}\n"
    assert tox_environments(Source("tox.ini", text)) == dict.fromkeys(("a", "b-c", "b-d"), "echo z . ${E} ${F:-g} ")


@pytest.mark.parametrize("text", ["", "(", "def x(:", "\x00", "\ufeffx = 1", "[" * 5000])
def test_python_that_cannot_be_read_runs_nothing(text: str) -> None:
    assert nox_sessions(text) == {}
    assert invoke_tasks(text) == {}
    assert python_commands(text) == []


@pytest.mark.parametrize("text", ["", "[", "{", "a: [", "tool = 1", "scripts = 1", "tasks: 3", '{"scripts": []}'])
def test_files_of_another_form_hold_no_tasks(text: str) -> None:
    for tool in ("hatch", "pdm", "poe", "pixi", "rye", "pipenv"):
        assert project_scripts(Source("pyproject.toml", text), tool) == {}
    assert package_scripts(text) == {}
    assert taskfile_tasks(Source("Taskfile.yml", text)) == {}
    assert tox_environments(Source("tox.ini", text)) == {}
    assert tox_environments(Source("tox.toml", text)) == {}
