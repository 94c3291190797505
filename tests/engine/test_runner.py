"""The runner: crashes, skips, suppression comments, per-path ignores, baselines, the focus of a run."""

from pathlib import Path
from textwrap import dedent

import pytest
from harness import check_files

from preflight.engine.baseline import UnusableBaseline, read_baseline, write_baseline
from preflight.engine.session import Options, run_check
from preflight.engine.settings import UnusableConfiguration
from preflight.engine.workspace import Focus, Workspace
from preflight.facts import FACTS
from preflight.project.git import GitRecord
from preflight.sources.tree import DiskTree, MemoryTree

BAD_NAME = '[project]\nname = "-bad-"\nversion = "1.0"\n'


def codes(files: dict[str, str], *select: str) -> list[str]:
    return [finding.code for finding in check_files(files, *select).findings]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A rule pack with a rule that works, one that crashes, and one that needs what cannot be had."""
    card = dedent(
        """\
        ---
        code: {code}
        name: {name}
        severity: {severity}
        summary: A rule of a test
        message: "found `{{what}}`"
        fix: Do nothing.
        decided_by: [project]
        fix_kind: none
        since: 0.1.0
        ---
        ## What happens
        """
    )
    folder = tmp_path / "our-rules"
    folder.mkdir()
    for code, name, severity in (
        ("XAA001", "works", "warning"),
        ("XAA002", "crashes", "error"),
        ("XAA003", "skipped", "error"),
    ):
        (folder / f"{code}-{name}.md").write_text(card.format(code=code, name=name, severity=severity))
    (folder / "checks.py").write_text(
        dedent(
            """\
            from preflight.engine.checks import check
            from preflight.engine.facts import Unavailable
            from preflight.engine.finding import Confidence, Finding, Severity

            @check("XAA001")
            def works(pyproject):
                yield Finding(pyproject.place("project", "name"), what="a", severity=Severity.ERROR)

            @check("XAA002")
            def crashes(pyproject):
                yield Finding(None, what="before", confidence=Confidence.LIKELY)
                raise ValueError("not thought of")

            @check("XAA003")
            def skipped(pyproject):
                raise Unavailable("the moon is not full")
                yield
            """
        )
    )
    return folder


def run_with(pack: Path, *select: str, trust: bool = True):  # type: ignore[no-untyped-def]
    files = {"pyproject.toml": f'[project]\nname = "x"\n[tool.preflight]\nrules = ["{pack.as_posix()}"]\n'.encode()}
    workspace = Workspace(MemoryTree(files), Focus(("",)))
    return run_check(workspace, Options(select=select, trust_project_rules=trust), FACTS, {"git": GitRecord()})


def test_a_crash_becomes_a_finding_and_the_other_rules_still_run(pack: Path) -> None:
    outcome = run_with(pack, "XAA")
    found = {finding.code: finding for finding in outcome.result.findings}
    assert outcome.result.crashed
    assert set(found) == {"XAA001", "XAA002", "INT001"}
    assert "ValueError: not thought of" in found["INT001"].message
    assert "XAA002" in found["INT001"].message


def test_a_severity_is_never_above_the_cards_and_an_uncertain_error_is_a_warning(pack: Path) -> None:
    found = {finding.code: finding for finding in run_with(pack, "XAA").result.findings}
    assert found["XAA001"].severity == "warning"
    assert found["XAA002"].severity == "warning"


def test_a_rule_without_its_fact_is_skipped_with_the_reason(pack: Path) -> None:
    assert [(each.code, each.reason) for each in run_with(pack, "XAA003").result.skipped] == [
        ("XAA003", "the moon is not full")
    ]


def test_rules_named_by_the_checked_project_are_not_run_without_trust(pack: Path) -> None:
    outcome = run_with(pack, "INT003", trust=False)
    assert "XAA001" not in outcome.registry.rules
    assert [finding.args["what"] for finding in outcome.result.findings] == ["rule folder"]


def test_loading_a_pack_writes_nothing_into_its_folder(pack: Path) -> None:
    run_with(pack, "XAA")
    assert not list(pack.glob("__pycache__"))


@pytest.mark.parametrize(
    "text",
    [
        '[project]\nname = "-bad-"  # preflight: ignore[NAM001] an old name\nversion = "1.0"\n',
        '[project]\n# preflight: ignore[malformed-project-name]\nname = "-bad-"\nversion = "1.0"\n',
        '[project]\nname = "-bad-"  # preflight: ignore[VER006, NAM001] two\nversion = "1.0"\n',
    ],
)
def test_a_comment_on_the_line_or_the_one_above_suppresses(text: str) -> None:
    assert codes({"pyproject.toml": text}, "NAM001") == []
    assert check_files({"pyproject.toml": text}, "NAM001").suppressed == 1


@pytest.mark.parametrize(
    "text",
    [
        '# preflight: ignore[NAM001] too far away\n[project]\nname = "-bad-"\nversion = "1.0"\n',
        '[project]\nname = "-bad-"\nversion = "1.0"  # preflight: ignore[NAM001] the wrong line\n',
        '[project]\nname = "-bad-"\ndescription = "# preflight: ignore[NAM001]"\n',
    ],
)
def test_a_comment_elsewhere_does_not(text: str) -> None:
    assert "NAM001" in codes({"pyproject.toml": text}, "NAM001")


def test_a_suppression_of_a_rule_that_was_not_tried_is_not_unused() -> None:
    text = '[project]\nname = "good"  # preflight: ignore[NAM001] reason\nversion = "1.0"\n'
    assert codes({"pyproject.toml": text}, "NAM001", "INT004") == ["INT004"]
    assert codes({"pyproject.toml": text}, "INT004") == []


def test_per_path_ignores_and_exclude() -> None:
    ignored = BAD_NAME + '[tool.preflight]\nper-path-ignores = {"pyproject.toml" = ["NAM001"]}\n'
    assert codes({"pyproject.toml": ignored}, "NAM001") == []
    excluded = BAD_NAME + '[tool.preflight]\nexclude = ["*.toml"]\n'
    assert codes({"pyproject.toml": excluded}, "NAM001") == []


def test_a_run_on_one_file_reports_only_what_is_in_it() -> None:
    files = {"pyproject.toml": BAD_NAME, "sub/pyproject.toml": BAD_NAME}
    paths = [finding.place.source.path for finding in check_files(files, "NAM001").findings if finding.place]
    assert paths == ["pyproject.toml", "sub/pyproject.toml"]
    only = check_files(files, "NAM001", focus=Focus(files=("sub/pyproject.toml",)))
    assert [finding.place.source.path for finding in only.findings if finding.place] == ["sub/pyproject.toml"]
    folder = check_files(files, "NAM001", focus=Focus(folders=("sub",)))
    assert [finding.place.source.path for finding in folder.findings if finding.place] == ["sub/pyproject.toml"]


def test_a_fingerprint_survives_moved_lines_and_tells_repeats_apart() -> None:
    before = check_files({"pyproject.toml": BAD_NAME}, "NAM001").findings
    after = check_files({"pyproject.toml": f"# a comment\n\n{BAD_NAME}"}, "NAM001").findings
    assert [finding.fingerprint for finding in before] == [finding.fingerprint for finding in after]
    assert before[0].place != after[0].place
    two = check_files({"pyproject.toml": BAD_NAME, "sub/pyproject.toml": BAD_NAME}, "NAM001").findings
    assert len({finding.fingerprint for finding in two}) == 2


def test_a_baseline_hides_what_it_records(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    assert write_baseline(path, check_files({"pyproject.toml": BAD_NAME}, "NAM001").findings) == 1
    result = check_files({"pyproject.toml": BAD_NAME}, options=Options(select=("NAM001",), baseline=path))
    assert (result.findings, result.suppressed) == ([], 1)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": 2, "findings": []}', '{"schema": 1, "findings": [1]}', "[" * 100_000]
)
def test_a_file_that_is_no_baseline_is_said_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(UnusableBaseline):
        read_baseline(path)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"checks.py": "def broken(:\n"}, "checks.py of rule pack `rules` fails to import: SyntaxError"),
        ({"checks.py": "raise RuntimeError('of two\\nlines')\n"}, "fails to import: RuntimeError: of two lines"),
        (
            {
                "checks.py": 'from preflight.engine.checks import check\n\n@check("OWN002")\ndef other(files):\n    yield from ()\n'
            },
            "checks OWN002, which has no card",
        ),
        (
            {"OWN001-own-problem.md": "---\nseverity: fatal\n---\n"},
            "card OWN001-own-problem.md of rule pack `rules`: `code` is None",
        ),
    ],
)
def test_rules_that_are_trusted_and_cannot_be_loaded_are_unusable_configuration(
    tmp_path: Path, broken: dict[str, str], said: str
) -> None:
    (tmp_path / "rules").mkdir()
    card = '---\ncode: OWN001\nname: own-problem\nseverity: info\nsummary: s\nmessage: m\nfix: f\nsince: "1"\nfix_kind: none\n---\n'
    for name, text in {"OWN001-own-problem.md": card, "checks.py": "", **broken}.items():
        (tmp_path / "rules" / name).write_text(text)
    (tmp_path / "preflight.toml").write_text('fail-on = "info"\nrules = ["rules"]\n')
    workspace = Workspace(DiskTree(tmp_path), Focus(("",)))
    with pytest.raises(UnusableConfiguration) as raised:
        run_check(workspace, Options(trust_project_rules=True), FACTS, {"git": GitRecord()})
    assert str(raised.value).startswith("configuration preflight.toml:2:10: ")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_trusted_rule_folder_that_is_missing_is_unusable_configuration_and_without_trust_is_not_looked_for(
    tmp_path: Path,
) -> None:
    with pytest.raises(UnusableConfiguration, match="does not exist"):
        run_with(tmp_path / "nowhere", "INT003")
    found = run_with(tmp_path / "nowhere", "INT003", trust=False).result.findings
    assert ["was not loaded" in each.message for each in found] == [True]


def _with_pattern(pattern: str, *rules: str) -> dict[str, str]:
    named = ", ".join(f'"{rule}"' for rule in rules)
    return {
        "pyproject.toml": '[project]\nname = "x"\nversion = "1.0"\n\n'
        f'[tool.preflight]\nper-path-ignores = {{ "{pattern}" = [{named}] }}\n'
    }


def test_a_pattern_that_silences_nothing_is_told_of_where_it_stands() -> None:
    (found,) = check_files(_with_pattern("old/*", "NAM001"), "INT004", "NAM001").findings
    assert found.message == "`old/*` of `per-path-ignores` suppresses `NAM001` and silences nothing"
    assert found.place is not None and found.place.text == '"old/*"'


@pytest.mark.parametrize(
    ("files", "selected"),
    [
        (_with_pattern("dist/*", "NAM001"), ("INT004", "NAM001")),
        (_with_pattern("old/*.whl", "NAM001"), ("INT004", "NAM001")),
        (_with_pattern("old/*", "NAM001"), ("INT004",)),
        (_with_pattern("old/*", "NAM001", "NAM002"), ("INT004", "NAM")),
        (_with_pattern("pyproject.toml", "NAM001", "INT004"), ("INT004", "NAM001")),
        (
            {"pyproject.toml": _with_pattern("*.toml", "NAM001")["pyproject.toml"].replace('"x"', '"-x-"')},
            ("INT004", "NAM001"),
        ),
    ],
    ids=["built", "a wheel", "rule not run", "rule that asks the outside", "ignored itself", "used"],
)
def test_a_pattern_that_may_be_of_use_is_not_told_of(files: dict[str, str], selected: tuple[str, ...]) -> None:
    assert codes(files, *selected) == []


def test_a_pattern_is_judged_where_the_whole_project_is_checked_only() -> None:
    files = {path: text.encode() for path, text in _with_pattern("old/*", "NAM001").items()}
    workspace = Workspace(MemoryTree(files), Focus((), ("pyproject.toml",)))
    outcome = run_check(workspace, Options(select=("INT004", "NAM001")), FACTS, {"git": GitRecord()})
    assert outcome.result.findings == []
