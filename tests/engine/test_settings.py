"""Configuration: where it is found, what wins, how mistakes in it are said, and its JSON schema."""

from pathlib import Path

import jsonschema
import pytest
from harness import check_files

from preflight.engine.session import Options, load_settings
from preflight.engine.settings import (
    OPTIONS,
    PUBLISHER_ALIASES,
    PUBLISHER_FIELDS,
    Settings,
    UnusableConfiguration,
    json_schema,
    project_settings,
    read_settings_file,
)
from preflight.engine.workspace import Focus, Workspace
from preflight.sources.tree import DiskTree, Files, MemoryTree


def settings(text: str, name: str = "preflight.toml") -> Settings:
    return project_settings(Files(MemoryTree({name: text.encode()})), [""])


def problems(text: str, name: str = "preflight.toml") -> list[tuple[str, int, int]]:
    return [(each.variant, each.place.line, each.place.column) for each in settings(text, name).problems if each.place]


def test_every_option_is_read() -> None:
    found = settings(
        """\
select = ["PUB"]
extend-select = ["VER"]
ignore = ["VER017"]
per-path-ignores = { "docs/*" = ["VER018"] }
exclude = ["old"]
fail-on = "warning"
baseline = "known.json"
file-size-limit = 250
project-size-limit = 50
rules = ["tools/rules"]
plugins = ["more"]

[[publishers]]
owner = "o"
repository = "r"
workflow = "w.yml"
"""
    )
    assert found.problems == ()
    assert found.select == ("PUB",)
    assert found.extend_select == ("VER",)
    assert found.ignore == ("VER017",)
    assert found.per_path_ignores == {"docs/*": ("VER018",)}
    assert found.exclude == ("old",)
    assert found.fail_on == "warning"
    assert found.baseline == Path("known.json")
    assert found.file_size_limit == 250
    assert found.project_size_limit == 50
    assert [(each.name, each.trusted) for each in (*found.rules, *found.plugins)] == [
        ("tools/rules", False),
        ("more", False),
    ]
    assert [dict(each.fields) for each in found.publishers] == [{"owner": "o", "repository": "r", "workflow": "w.yml"}]
    assert len(OPTIONS) == 12, "a new option belongs into this test"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('ignore = "VER017"', ("wrong-type", 1, 10)),
        ('select = ["PUB", 3]', ("wrong-type", 1, 18)),
        ('fail-on = "never"', ("wrong-type", 1, 11)),
        ("file-size-limit = true", ("wrong-type", 1, 19)),
        ("file-size-limit = 0", ("wrong-type", 1, 19)),
        ("per-path-ignores = []", ("wrong-type", 1, 20)),
        ('fail_on = "info"', ("unknown-option-near", 1, 1)),
        ("xyzzy = 1", ("unknown-option", 1, 1)),
        ("publishers = {}", ("wrong-type", 1, 14)),
        ('[[publishers]]\nowner = "o"\nrepository = "r"', ("missing-publisher-field", 1, 1)),
        ('[[publishers]]\nowner = 1\nrepository = "r"\nworkflow = "w.yml"', ("wrong-type", 2, 9)),
        (
            '[[publishers]]\nowners = "o"\nowner = "o"\nrepository = "r"\nworkflow = "w.yml"',
            ("unknown-publisher-field-near", 2, 1),
        ),
        ('[[publishers]]\nkind = "circle"', ("wrong-type", 2, 8)),
    ],
)
def test_a_mistake_is_said_with_its_place_and_the_rest_holds(text: str, expected: tuple[str, int, int]) -> None:
    assert expected in problems(text)
    assert settings("baseline = 'b.json'\n" + text).baseline == Path("b.json")


def test_the_table_of_a_pyproject_is_read_with_places() -> None:
    text = '[project]\nname = "x"\n\n[tool.preflight]\nignore = 1\n'
    assert problems(text, "pyproject.toml") == [("wrong-type", 5, 10)]


def test_a_preflight_toml_goes_before_the_table_beside_it() -> None:
    files = {"preflight.toml": b'ignore = ["A"]', "pyproject.toml": b'[tool.preflight]\nignore = ["B"]\n'}
    found = project_settings(Files(MemoryTree(files)), [""])
    assert found.ignore == ("A",)
    assert [each.variant for each in found.problems] == ["two-files"]


def test_the_nearest_configuration_holds() -> None:
    files = {"preflight.toml": b'ignore = ["A"]', "sub/pyproject.toml": b'[tool.preflight]\nignore = ["B"]\n'}
    workspace = Workspace(MemoryTree(files), Focus(folders=("sub/deeper",)))
    assert load_settings(workspace, Options()).ignore == ("B",)
    assert load_settings(Workspace(MemoryTree(files), Focus(("",))), Options()).ignore == ("A",)
    assert load_settings(workspace, Options(isolated=True)).ignore == ()


def test_the_users_own_file_lies_below_the_projects_and_is_trusted(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('ignore = ["A"]\nfail-on = "info"\nrules = ["r"]\n')
    files = {"preflight.toml": b'ignore = ["B"]\nfail-on = "warning"\n'}
    found = load_settings(Workspace(MemoryTree(files), Focus(("",))), Options(user_config=mine))
    assert found.ignore == ("A", "B")
    assert found.fail_on == "warning"
    assert [each.trusted for each in found.rules] == [True]


@pytest.mark.parametrize("text", ["x = ", "\udce9"])
def test_a_named_file_that_cannot_be_read_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UnusableConfiguration):
        read_settings_file(path)
    with pytest.raises(UnusableConfiguration):
        read_settings_file(tmp_path / "nowhere.toml")


def test_a_broken_pyproject_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.preflight\n")
    assert load_settings(Workspace(DiskTree(tmp_path), Focus(("",))), Options()) == Settings()


def test_an_unknown_rule_in_the_configuration_is_a_finding_and_no_stop() -> None:
    text = '[project]\nname = "x"\nversion = "1"\n[tool.preflight]\nignore = ["XYZ999", "VER017"]\n'
    (finding,) = check_files({"pyproject.toml": text}, "INT003").findings
    assert finding.args == {"option": "ignore", "rule": "XYZ999"}
    assert finding.place and finding.place.text == '"XYZ999"'


def test_the_schema_is_valid_and_agrees_with_the_reader() -> None:
    schema = json_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    publisher = {"owner": "o", "repository": "r", "workflow": "w.yml"}
    good = [
        {},
        {"ignore": ["A"]},
        {"publishers": [publisher]},
        {"publishers": [{"kind": "google", "email": "a@b.c"}]},
        {"fail-on": "info"},
    ]
    bad = [
        {"ignore": "A"},
        {"fail_on": "info"},
        {"publishers": [{"owner": "o"}]},
        {"publishers": [{"kind": "google"}]},
        {"fail-on": "x"},
    ]
    assert all(validator.is_valid(each) for each in good)
    assert not any(validator.is_valid(each) for each in bad)
    named = set(schema["properties"]["publishers"]["items"]["properties"])  # type: ignore[index]
    assert named == {*PUBLISHER_FIELDS, *PUBLISHER_ALIASES}


def test_an_entry_may_use_the_names_of_the_form_itself() -> None:
    text = '[[publishers]]\nkind = "gitlab"\nnamespace = "group/sub"\nproject = "lib"\nworkflow_filepath = ".gitlab-ci.yml"\n'
    (entry,) = settings(text).publishers
    assert dict(entry.fields) == {
        "kind": "gitlab",
        "owner": "group/sub",
        "repository": "lib",
        "workflow": ".gitlab-ci.yml",
    }
    assert entry.field_place("owner").text == '"group/sub"'
    assert jsonschema.Draft7Validator(json_schema()).is_valid(
        {"publishers": [{"kind": "gitlab", "namespace": "g", "project": "p", "workflow_filepath": "x.yml"}]}
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('fail-on = "warnings"', '"warnings"'),
        ("fail-on = 3", "an integer"),
        ('fail-on = "a longer text with 1 number"', "a string"),
        ('[[publishers]]\nkind = "circle"', '"circle"'),
        ("ignore = 'VER017'", "a string"),
    ],
)
def test_a_word_that_is_none_of_those_expected_is_named(text: str, found: str) -> None:
    (problem,) = settings(text).problems
    assert problem.args["found"] == found
