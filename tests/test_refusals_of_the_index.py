"""Every refusal of PyPI that its index can foretell: a rule stands for it, and a project with recorded answers meets it."""

from collections.abc import Mapping

import pytest
from harness import check_files
from outside import answering, entry, page
from recipes import build

from preflight.engine.packs import built_in_registry
from preflight.project.git import GitRecord
from preflight.refusals import refusals

ONLINE = sorted(each.name for each in refusals().values() if each.foretold == "online")
SIMPLE = "https://pypi.org/simple/"
DEMO = f"{SIMPLE}demo/"
PROJECT = '[project]\nname = "demo"\nversion = "1.0"\n'
PENDING = (
    '[[tool.preflight.publishers]]\nowner = "octo-org"\nrepository = "demo"\nworkflow = "publish.yml"\n'
    'project = "dem-o"\npending = true\n'
)
SDIST = {"dist/demo-1.0.tar.gz": build("sdist demo 1.0")}
SIMILAR = {DEMO: page("demo"), f"{SIMPLE}dem-o/": 404}
THEIRS = {"info": {"project_urls": {"Source": "https://github.com/pypa/elsewhere"}}}

MET: Mapping[str, tuple[Mapping[str, object], Mapping[str, str | bytes]]] = {
    "mint-pending-project-exists": (
        {f"{SIMPLE}dem-o/": page("dem-o", entry("dem_o-0.9.tar.gz")), DEMO: 404},
        {"pyproject.toml": PROJECT + PENDING},
    ),
    "mint-pending-create-failed": (SIMILAR, {"pyproject.toml": PROJECT + PENDING}),
    "pending-publisher-invalidated": (SIMILAR, {"pyproject.toml": PROJECT + PENDING}),
    "project-name-exists": (
        {DEMO: page("demo", entry("demo-0.9.tar.gz")), "https://pypi.org/pypi/demo/0.9/json": THEIRS},
        {"pyproject.toml": PROJECT},
    ),
    "project-name-similar": (SIMILAR, {"pyproject.toml": PROJECT.replace("demo", "dem-o")}),
    "project-archived": ({DEMO: page("demo", status="archived")}, {"pyproject.toml": PROJECT}),
    "project-quarantined": ({DEMO: page("demo", status="quarantined")}, {"pyproject.toml": PROJECT}),
    "file-exists": ({DEMO: page("demo", entry("demo-1.0.tar.gz", sha256="f" * 64))}, SDIST),
    "release-closed": ({DEMO: page("demo", entry("demo-1.0-py3-none-any.whl", days=15.5))}, SDIST),
    "second-sdist": ({DEMO: page("demo", entry("demo-1.0.0.tar.gz"))}, SDIST),
    "project-too-large": ({DEMO: page("demo", entry("demo-0.9.tar.gz", size=10 * 1024**3))}, SDIST),
}


def test_every_refusal_of_the_index_is_tried() -> None:
    assert sorted(MET) == ONLINE


def test_every_refusal_of_the_index_has_a_rule_with_a_check() -> None:
    registry = built_in_registry()
    checked = {code for check in registry.checks for code in check.codes}
    homes = {row for rule in registry.rules.values() if rule.code in checked for row in rule.card.rejections}
    assert set(ONLINE) <= homes


@pytest.mark.parametrize("row", ONLINE)
def test_a_project_that_meets_the_refusal(row: str) -> None:
    answers, files = MET[row]
    git = GitRecord(remotes={"origin": "https://github.com/octo-org/weather"})
    result = check_files(files, git=git, seeds=answering(answers))
    assert not result.crashed, [each.message for each in result.findings if each.code == "INT001"]
    assert row in {rejection for each in result.findings for rejection in each.rejections}


@pytest.mark.parametrize("row", ONLINE)
def test_nothing_of_it_is_told_offline(row: str) -> None:
    _, files = MET[row]
    git = GitRecord(remotes={"origin": "https://github.com/octo-org/weather"})
    result = check_files(files, git=git)
    assert row not in {rejection for each in result.findings for rejection in each.rejections}
