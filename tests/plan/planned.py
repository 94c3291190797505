"""Plans over files in memory, and their rows in short: what the tests of the plan stand on."""

from collections.abc import Mapping
from textwrap import dedent
from typing import Any

from preflight.engine.session import Options, load_settings
from preflight.engine.workspace import Focus, Workspace
from preflight.facts import FACTS
from preflight.plan.publish_plan import PlannedScenario, PublishPlan
from preflight.plan.session import facts_of
from preflight.project.git import GitRecord
from preflight.sources.tree import MemoryTree

PATH = ".github/workflows/release.yml"
REMOTE = {"origin": "https://github.com/octo-org/sampleproject"}


def plan(
    files: str | Mapping[str, str],
    *,
    tags: tuple[str, ...] = ("v1.2.3",),
    remotes: Mapping[str, str] = REMOTE,
    branch: str | None = "main",
) -> PublishPlan:
    """The plan of a repository; a text alone is its one workflow."""
    given = {PATH: files} if isinstance(files, str) else files
    tree = MemoryTree({path: dedent(text).encode() for path, text in given.items()})
    workspace = Workspace(tree, Focus(("",)))
    record = GitRecord(remotes=remotes, tags=tags, branch=branch, default_branch=branch, tracked=frozenset(given))
    settings = load_settings(workspace, Options(isolated=True))
    facts = facts_of(workspace, FACTS, settings, {"git": record, "environment": {}})
    found: PublishPlan = facts.get("publish_plan")
    return found


def described(planned: PlannedScenario) -> str:
    """`push refs/tags/v1.2.3`, `workflow_dispatch refs/heads/main dry=True`, `release.published refs/tags/v1.2.3 (never)`."""
    scenario = planned.scenario
    words = [f"{scenario.event}.{scenario.activity}" if scenario.activity else scenario.event, scenario.ref or "-"]
    words += [f"{name}={_shown(value)}" for name, value in (scenario.inputs or {}).items()]
    return " ".join([*words, *(["(never)"] if scenario.starts is False else [])])


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, str | bool | float) else "?"


def rows(found: PublishPlan) -> dict[str, list[str]]:
    """Each scenario's rows: `job happens index authentication [in environment] [unless condition]`."""
    described_rows: dict[str, list[str]] = {}
    for each in found.scenarios:
        described_rows[described(each)] = [
            " ".join(
                [
                    row.job,
                    row.happens,
                    row.index or "?",
                    row.authentication,
                    *([f"in {row.environment}"] if row.environment else []),
                    *([f"unless {row.certainty.unless}"] if row.happens == "unknown" else []),
                ]
            )
            for row in each.publishes
        ]
    return described_rows


def publishing(found: PublishPlan) -> dict[str, list[str]]:
    """Only the scenarios that publish."""
    return {name: each for name, each in rows(found).items() if each}


def workflow(on: str, steps: str, job: str = "") -> str:
    """A workflow with one job `publish` that may ask for an identity token."""
    head = f"on:\n{_moved(on, 2)}\njobs:\n  publish:\n    runs-on: ubuntu-latest\n    permissions:\n      id-token: write\n"
    return head + (_moved(job, 4) + "\n" if job else "") + "    steps:\n" + _moved(steps, 6) + "\n"


def _moved(text: str, by: int) -> str:
    return "\n".join(" " * by + line if line.strip() else line for line in dedent(text).strip("\n").split("\n"))


PUBLISH = "- uses: pypa/gh-action-pypi-publish@release/v1"
