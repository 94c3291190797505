"""Actions that upload, in the plan: those whose inputs decide it, and what the pinned release can do."""

import pytest
from harness import check_files

WORKFLOW = """\
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions: {{}}
    steps:
      - uses: {uses}
        with: {{{inputs}}}
"""


@pytest.mark.parametrize(
    ("uses", "inputs", "found"),
    [
        ("PyO3/maturin-action@v1", "command: upload, args: dist/*", True),
        ("PyO3/maturin-action@v1", "command: build", False),
        ("pypa/gh-action-pypi-publish@release/v1", "skip-existing: true", True),
        ("actions/checkout@v5", "fetch-depth: 0", False),
    ],
)
def test_an_action_whose_input_makes_it_upload(uses: str, inputs: str, found: bool) -> None:
    files = {".github/workflows/publish.yml": WORKFLOW.format(uses=uses, inputs=inputs)}
    from preflight.engine.session import Options, load_settings
    from preflight.engine.workspace import Focus, Workspace
    from preflight.facts import FACTS
    from preflight.plan.session import facts_of
    from preflight.project.git import GitRecord
    from preflight.sources.tree import MemoryTree

    workspace = Workspace(MemoryTree({path: text.encode() for path, text in files.items()}), Focus(("",)))
    record = GitRecord(tracked=frozenset(files), texts=files)
    facts = facts_of(workspace, FACTS, load_settings(workspace, Options()), {"git": record})
    assert bool(list(facts.get("publish_plan").publishes())) is found


def test_a_release_without_attestations_attests_nothing() -> None:
    step = "      - uses: pypa/gh-action-pypi-publish@v1.8.14\n"
    head = WORKFLOW.format(uses="actions/checkout@v5", inputs="")
    files = {".github/workflows/publish.yml": head + step + step}
    assert check_files(files, "ATT002").findings == []
    newer = {".github/workflows/publish.yml": (head + step + step).replace("v1.8.14", "v1.12.4")}
    assert len(check_files(newer, "ATT002").findings) == 1
