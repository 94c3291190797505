"""The formats that programs read: JSON schema 1, SARIF, GitLab's Code Quality, JUnit."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from preflight.engine.cards import Card, Wording
from preflight.engine.finding import Applicability, Edit, Note, Reported, Result, Severity, Skipped
from preflight.engine.packs import Rule
from preflight.report.report import Report, Section, render
from preflight.sources.text import Source
from tests.report.samples_of_reports import (
    PYPROJECT,
    TOKEN,
    WORKFLOW,
    at,
    environment_mismatch,
    everything,
    needless_password,
    no_place,
    report_of,
    reported,
    whole_job,
)
from tests.report.sarif_form import LOG

PLACE = {"path": ".github/workflows/publish.yml", "line": 11, "column": 5, "end_line": 11, "end_column": 22}


MESSAGE = "job `publish` runs in environment `pypi`, but the publisher registered on PyPI names `release`"


def parsed(report: Report, format: str = "json") -> Any:
    return json.loads(render(report, format))


def test_json_is_schema_1_of_the_contract() -> None:
    report = report_of(environment_mismatch(), skipped=[Skipped("NAM002", "offline")], suppressed=2)
    start = WORKFLOW.text.index("environment: pypi")
    edit = {"path": PLACE["path"], "start": start, "end": start + 17}
    edit |= {"replacement": "environment: release", "applicability": "safe"}
    expected = {
        "schema": 1,
        "tool": {"name": "preflight", "version": "0.1.0"},
        "summary": {"error": 1, "warning": 0, "info": 0, "suppressed": 2, "fixable": 1},
        "findings": [
            {
                "code": "PUB003",
                "name": "environment-mismatch",
                "severity": "error",
                "confidence": "certain",
                "message": MESSAGE,
                "fix": "Set `environment: release` on job `publish`, or change the publisher on PyPI.",
                "args": {"job": "publish", "actual": "pypi", "expected": "release"},
                "rejections": ["gh-environment-mismatch"],
                "causes": ["environment-name-mismatch"],
                "location": PLACE,
                "related": [
                    {
                        "path": "pyproject.toml",
                        "line": 7,
                        "column": 1,
                        "end_line": 7,
                        "end_column": 24,
                        "message": "registered here",
                    }
                ],
                "edits": [edit],
                "url": "https://pypi-preflight.readthedocs.io/rules/environment-mismatch/",
                "fingerprint": "a" * 32,
            }
        ],
        "skipped": [{"code": "NAM002", "reason": "offline"}],
    }
    text = render(report, "json")
    assert json.loads(text) == expected
    assert json.dumps(json.loads(text)) == json.dumps(expected), "the keys are in the order of the contract"


def test_json_without_place() -> None:
    assert parsed(report_of(no_place()))["findings"][0]["location"] is None


def test_json_of_a_member_of_an_archive() -> None:
    source = Source("dist/demo-1.0.whl", "Name: demo\n", "demo-1.0.dist-info/METADATA")
    finding = reported(place=at(source, "demo"), related=[Note(source.whole, "here")])
    found = parsed(report_of(finding))["findings"][0]
    assert list(found["location"]) == ["path", "member", "line", "column", "end_line", "end_column"]
    assert found["location"]["path"] == "dist/demo-1.0.whl"
    assert found["location"]["member"] == found["related"][0]["member"] == "demo-1.0.dist-info/METADATA"


def test_json_args_of_any_kind() -> None:
    args = {
        "n": 1,
        "none": None,
        "yes": True,
        "list": ("a", 1),
        "set": {"b", "a"},
        "path": Path("x"),
        "nan": float("nan"),
    }
    shown = parsed(report_of(reported(args={**args, "map": {1: [TOKEN]}})))["findings"][0]["args"]
    assert shown == {
        "n": 1,
        "none": None,
        "yes": True,
        "list": ["a", 1],
        "set": ["a", "b"],
        "path": "x",
        "nan": "nan",
        "map": {"1": ["pypi-AgEI…(d9e2)"]},
    }


def test_json_lists_what_was_fixed_apart() -> None:
    report = Report((Section(Result([no_place()], fixed=[environment_mismatch()])),), "0.1.0", {})
    document = parsed(report)
    assert [each["code"] for each in document["findings"]] == ["INT001"]
    assert [each["code"] for each in document["fixed"]] == ["PUB003"]
    assert document["summary"] == {"error": 1, "warning": 0, "info": 0, "suppressed": 0, "fixable": 0, "fixed": 1}


def test_paths_get_their_prefix_only_where_there_are_several_sections() -> None:
    finding = environment_mismatch()
    one = Report((Section(Result([finding]), "one/"),), "0.1.0", {})
    two = Report((Section(Result([finding]), "one/"), Section(Result([finding]), "two/")), "0.1.0", {})
    assert [each["location"]["path"] for each in parsed(one)["findings"]] == [PLACE["path"]]
    for document in (parsed(two)["findings"],):
        assert [each["location"]["path"] for each in document] == [f"one/{PLACE['path']}", f"two/{PLACE['path']}"]
        assert document[0]["edits"][0]["path"] == f"one/{PLACE['path']}"
        assert document[1]["related"][0]["path"] == "two/pyproject.toml"
    assert [each["location"]["path"] for each in parsed(two, "gitlab")] == [
        f"one/{PLACE['path']}",
        f"two/{PLACE['path']}",
    ]
    assert len({each["fingerprint"] for each in parsed(two, "gitlab")}) == 2
    assert "file=two/.github" in render(two, "github")


def test_edit_that_would_write_a_secret_is_left_out() -> None:
    finding = reported(place=PYPROJECT.whole, edits=[Edit.insert(PYPROJECT, 0, f"token = '{TOKEN}'\n")])
    assert parsed(report_of(finding))["findings"][0]["edits"] == []
    assert "fixes" not in parsed(report_of(finding), "sarif")["runs"][0]["results"][0]


def a_card(**changes: Any) -> Card:
    fields: dict[str, Any] = {
        "code": "PUB003",
        "name": "environment-mismatch",
        "severity": Severity.ERROR,
        "summary": "The job's environment is not the one registered on PyPI",
        "wordings": {None: Wording("job `{job}` runs in `{actual}`", "Set `environment: {expected}`.")},
        "labels": {},
        "rejections": (),
        "causes": (),
        "signatures": (),
        "links": (),
        "since": "0.1.0",
        "decided_by": ("workflow",),
        "fix_kind": "safe",
        "body": "## What happens\n\nPyPI compares\nthe names.\n\nMore.\n",
        "path": Path("PUB003-environment-mismatch.md"),
    }
    return Card(**{**fields, **changes})


@pytest.fixture
def rule() -> Rule:
    rule = Rule("PUB003", "environment-mismatch", "publisher", "built-in", Path("nowhere.md"))
    rule.__dict__["card"] = a_card()
    return rule


def sarif(report: Report) -> Any:
    log = parsed(report, "sarif")
    Draft202012Validator(LOG).validate(log)
    return log["runs"][0]


def test_sarif_result() -> None:
    run = sarif(report_of(environment_mismatch()))
    result = run["results"][0]
    assert result["ruleId"] == run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "PUB003"
    assert result["level"] == "error"
    assert result["message"]["text"].splitlines() == [
        MESSAGE,
        "Set `environment: release` on job `publish`, or change the publisher on PyPI.",
        "See: [registered here](0)",
    ]
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == PLACE["path"]
    assert location["region"] == {"startLine": 11, "startColumn": 5, "endLine": 11, "endColumn": 22}
    assert result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "pyproject.toml"
    assert result["fixes"][0]["artifactChanges"][0]["replacements"] == [
        {"deletedRegion": location["region"], "insertedContent": {"text": "environment: release"}}
    ]
    assert result["partialFingerprints"]["preflight/v1"] == "a" * 32


def test_sarif_has_one_change_for_each_file() -> None:
    again = Source(PYPROJECT.path, PYPROJECT.text)
    edits = [Edit.insert(PYPROJECT, 0, "a"), Edit.insert(again, 0, "a"), Edit.insert(WORKFLOW, 0, "b")]
    fix = sarif(report_of(reported(edits=edits)))["results"][0]["fixes"][0]
    assert [len(change["replacements"]) for change in fix["artifactChanges"]] == [2, 1]


def test_sarif_of_everything() -> None:
    run = sarif(everything(exit_status=1))
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note", "error"]
    assert run["invocations"][0]["exitCode"] == 1
    assert run["invocations"][0]["executionSuccessful"] is True
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert notes[0]["associatedRule"] == {"id": "NAM002"}
    assert notes[0]["message"]["text"] == "NAM002 was skipped: offline"
    assert run["tool"]["driver"]["semanticVersion"] == "0.1.0"


def test_sarif_rule_comes_from_the_card(rule: Rule) -> None:
    report = report_of(environment_mismatch(), rules={"PUB003": rule})
    assert sarif(report)["tool"]["driver"]["rules"] == [
        {
            "id": "PUB003",
            "name": "environment-mismatch",
            "shortDescription": {"text": "The job's environment is not the one registered on PyPI"},
            "fullDescription": {"text": "PyPI compares the names."},
            "helpUri": "https://pypi-preflight.readthedocs.io/rules/environment-mismatch/",
            "help": {
                "text": "The job's environment is not the one registered on PyPI\n\nSet `environment: {expected}`.",
                "markdown": "# The job's environment is not the one registered on PyPI\n\n"
                "## What happens\n\nPyPI compares\nthe names.\n\nMore.\n",
            },
            "defaultConfiguration": {"level": "error"},
            "properties": {
                "tags": ["publishing", "pypi", "publisher"],
                "precision": "very-high",
                "problem.severity": "error",
            },
        }
    ]


def test_sarif_without_a_readable_card_describes_the_rule_by_the_finding() -> None:
    broken = Rule("PUB003", "environment-mismatch", "publisher", "built-in", Path("does-not-exist.md"))
    rule = sarif(report_of(environment_mismatch(), rules={"PUB003": broken}))["tool"]["driver"]["rules"][0]
    assert rule["id"] == "PUB003"
    assert rule["help"]["text"].startswith("Set `environment: release`")


def test_sarif_has_no_semantic_version_that_is_none() -> None:
    report = Report((Section(Result([no_place()])),), "0.2.0.dev1", {})
    assert "semanticVersion" not in sarif(report)["tool"]["driver"]


def test_sarif_line_hash_is_left_out_beside_a_secret() -> None:
    of_pyproject = reported(place=PYPROJECT.whole)
    results = sarif(report_of(of_pyproject, whole_job()))["results"]
    assert "primaryLocationLineHash" in results[0]["partialFingerprints"]
    assert "primaryLocationLineHash" not in results[1]["partialFingerprints"]


def test_sarif_path_is_a_uri_and_links_in_texts_are_escaped() -> None:
    source = Source("a b/ü:#%.toml", "x = 1\n")
    result = sarif(
        report_of(reported(place=source.whole, message="see [here](1)", related=[Note(source.whole, "a]b[c")]))
    )["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/%C3%BC%3A%23%25.toml"
    assert result["message"]["text"] == "see \\[here](1)\nPut it right.\nSee: [a)b(c](0)"


def test_gitlab() -> None:
    entries = parsed(everything(), "gitlab")
    assert entries[0] == {
        "description": f"PUB003 environment-mismatch: {MESSAGE}",
        "check_name": "environment-mismatch",
        "fingerprint": "a" * 32,
        "severity": "critical",
        "location": {"path": PLACE["path"], "lines": {"begin": 11, "end": 11}},
    }
    assert [entry["severity"] for entry in entries] == ["critical", "minor", "info", "critical"]
    assert entries[2]["location"]["lines"] == {"begin": 7, "end": 17}
    assert entries[3]["location"] == {"path": ".", "lines": {"begin": 1, "end": 1}}


def test_gitlab_makes_up_a_missing_fingerprint() -> None:
    found = [reported(fingerprint="", place=place) for place in (WORKFLOW.whole, PYPROJECT.whole)]
    prints = [entry["fingerprint"] for entry in parsed(report_of(*found), "gitlab")]
    assert len(set(prints)) == 2
    assert all(len(each) == 32 for each in prints)


def junit(report: Report) -> ElementTree.Element:
    return ElementTree.fromstring(render(report, "junit").encode())


def test_junit() -> None:
    root = junit(everything())
    assert root.attrib == {"name": "preflight", "tests": "7", "failures": "3", "errors": "0", "skipped": "3"}
    assert [(suite.attrib["name"], suite.attrib["tests"]) for suite in root] == [
        ("preflight.PUB", "2"),
        ("preflight.WFL", "1"),
        ("preflight.INT", "1"),
        ("preflight.NAM", "2"),
        ("preflight.TOK", "1"),
    ]
    case = root[0][0]
    assert case.attrib == {
        "classname": "PUB003 environment-mismatch",
        "name": f"{PLACE['path']}:11:5",
        "file": PLACE["path"],
        "line": "11",
    }
    assert case[0].attrib["type"] == "error"
    assert (case[0].text or "").splitlines()[0] == f"{PLACE['path']}:11:5"
    assert root[1][0][0].tag == "system-out"
    assert root[3][0][0].attrib == {"message": "offline"}


def test_junit_takes_families_from_the_rules(rule: Rule) -> None:
    root = junit(report_of(environment_mismatch(), rules={"PUB003": rule}))
    assert root[0].attrib["name"] == "preflight.publisher"


def test_junit_has_a_case_when_nothing_was_found() -> None:
    root = junit(report_of(skipped=[Skipped("NAM002", "offline")]))
    assert root.attrib["tests"] == "2"
    assert root.attrib["failures"] == "0"
    assert root[0][0].attrib == {"classname": "preflight", "name": "check"}


@pytest.mark.parametrize("finding", [environment_mismatch, needless_password, whole_job, no_place])
def test_json_is_ascii(finding: Callable[[], Reported]) -> None:
    for format in ("json", "sarif", "gitlab"):
        assert render(report_of(finding()), format).isascii()


def test_unsafe_edits_are_not_counted_as_fixable() -> None:
    edits = [Edit.insert(PYPROJECT, 0, "", kind) for kind in Applicability]
    findings = [reported(edits=[edit]) for edit in edits] + [reported(edits=edits[:2])]
    assert parsed(report_of(*findings))["summary"]["fixable"] == 1
    assert "1 fixable with --fix, 2 more with --fix --unsafe." in render(report_of(*findings), "concise")
