"""The rules that an index decides: what looks wrong and is right stays silent, and what is not known is no error."""

from collections.abc import Mapping
from hashlib import sha256

import pytest
from harness import check_files
from outside import answering, entry, page
from recipes import build

from preflight.engine.finding import Confidence, Reported, Severity
from preflight.engine.workspace import Focus
from preflight.project.git import GitRecord

SIMPLE = "https://pypi.org/simple/"
DEMO = f"{SIMPLE}demo/"
TEST_DEMO = "https://test.pypi.org/simple/demo/"
SDIST, WHEEL = "demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl"
BUILT_SDIST, BUILT_WHEEL = build("sdist demo 1.0"), build("wheel demo 1.0")
PROJECT = '[project]\nname = "demo"\nversion = "1.0"\n'
OTHER = "f" * 64


def publish(
    *steps: str, name: str = "publish.yml", job: str = "", on: str = "release:\n    types: [published]"
) -> dict[str, str]:
    lines = "".join(f"      - {step}\n" for step in steps or ("uses: pypa/gh-action-pypi-publish@release/v1",))
    return {
        f".github/workflows/{name}": f"on:\n  {on}\njobs:\n  up:\n    runs-on: ubuntu-latest\n{job}"
        f"    permissions:\n      id-token: write\n    steps:\n{lines}"
    }


def found(
    code: str,
    answers: Mapping[str, object],
    files: Mapping[str, str | bytes],
    *,
    focus: Focus | None = None,
    git: GitRecord | None = None,
    environment: Mapping[str, str] | None = None,
) -> list[Reported]:
    seeds = {**answering(answers), "environment": environment or {}}
    result = check_files(files, code, seeds=seeds, focus=focus, git=git)
    assert not result.crashed, [each.message for each in result.findings]
    return [each for each in result.findings if each.code == code]


def severities(code: str, answers: Mapping[str, object], files: Mapping[str, str | bytes], **more: object) -> list[str]:
    return [str(each.severity) for each in found(code, answers, files, **more)]  # type: ignore[arg-type]


# ── names ──


def test_a_name_is_compared_in_normalized_form() -> None:
    answers = {f"{SIMPLE}my-demo/": page("my-demo", status="archived")}
    assert severities("NAM006", answers, {"pyproject.toml": PROJECT.replace("demo", "My_.Demo"), **publish()}) == [
        "error"
    ]


def test_an_archived_project_that_nothing_here_publishes_is_a_warning() -> None:
    assert severities("NAM006", {DEMO: page("demo", status="archived")}, {"pyproject.toml": PROJECT}) == ["warning"]


@pytest.mark.parametrize("status", ["active", "deprecated", "", "something new"])
def test_other_states_take_files(status: str) -> None:
    for code in ("NAM006", "NAM007"):
        assert severities(code, {DEMO: page("demo", status=status)}, {"pyproject.toml": PROJECT, **publish()}) == []


@pytest.mark.parametrize("broken", [500, 403, "<html>down</html>", {"a": 1}])
def test_an_index_that_gives_no_answer_decides_nothing(broken: object) -> None:
    result = check_files({"pyproject.toml": PROJECT, **publish()}, "NAM", seeds=answering({DEMO: broken}))
    assert [each for each in result.findings if each.code != "NAM004"] == []
    assert {"NAM002", "NAM003", "NAM006", "NAM007"} <= {each.code for each in result.skipped}


def test_ones_own_project_is_no_other_ones() -> None:
    answers = {DEMO: page("demo", entry("demo-0.9.tar.gz")), "https://pypi.org/pypi/demo/0.9/json": None}
    files = {"pyproject.toml": PROJECT}

    def told(remote: str, urls: Mapping[str, str], *tags: str) -> list[str]:
        git = GitRecord(tracked=frozenset(files), texts=dict(files), remotes={"origin": remote}, tags=list(tags))
        release = {"info": {"requires_dist": [], "project_urls": urls}}
        return severities("NAM002", {**answers, "https://pypi.org/pypi/demo/0.9/json": release}, files, git=git)

    theirs = {"Source": "https://github.com/pypa/demo-app"}
    assert told("https://github.com/me/thing", theirs) == ["warning"]
    assert told("https://github.com/me/thing", theirs, "v0.9") == []  # we released it
    assert told("https://github.com/me/thing", {}) == []  # it names no repository
    assert told("https://github.com/me/demo-app", theirs) == []  # a fork, or it was moved
    assert told("https://github.com/PyPA/thing", theirs) == []
    assert told("https://git.example.org/x/y", {"Docs": "https://demo.readthedocs.io/"}) == []


def test_a_name_without_any_release_is_held_by_somebody() -> None:
    (finding,) = found("NAM002", {DEMO: page("demo")}, {"pyproject.toml": PROJECT})
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.UNKNOWN)
    assert "without any release" in finding.message


def test_an_existing_project_may_look_like_another() -> None:
    answers = {f"{SIMPLE}my-demo/": page("my-demo"), f"{SIMPLE}mydemo/": page("mydemo")}
    assert severities("NAM003", answers, {"pyproject.toml": PROJECT.replace("demo", "my-demo"), **publish()}) == []
    answers[f"{SIMPLE}my-demo/"] = 404
    (finding,) = found("NAM003", answers, {"pyproject.toml": PROJECT.replace("demo", "my-demo"), **publish()})
    assert (finding.severity, finding.args["similar"]) == (Severity.ERROR, "mydemo")


@pytest.mark.parametrize(("there", "expected"), [(page("statistics"), []), (404, ["error"]), (500, ["warning"])])
def test_a_name_of_the_standard_library_is_refused_only_of_new_projects(there: object, expected: list[str]) -> None:
    files = {"pyproject.toml": PROJECT.replace("demo", "statistics"), **publish()}
    assert severities("NAM004", {f"{SIMPLE}statistics/": there}, files) == expected


def test_more_new_projects_than_an_hour_takes() -> None:
    files = {f"p{number}/pyproject.toml": PROJECT.replace("demo", f"demo-{number}") for number in range(22)}
    answers: dict[str, object] = {f"{SIMPLE}demo-{number}/": 404 for number in range(22)}
    (finding,) = found("NAM010", answers, files)
    assert finding.args["count"] == 22
    answers |= {f"{SIMPLE}demo-{number}/": page(f"demo-{number}") for number in range(2)}
    assert found("NAM010", answers, files) == []


# ── versions ──


def test_an_identical_file_is_accepted() -> None:
    same = entry(SDIST, sha256=sha256(BUILT_SDIST).hexdigest())
    files = {f"dist/{SDIST}": BUILT_SDIST, "pyproject.toml": PROJECT}
    assert severities("VER001", {DEMO: page("demo", same)}, files) == []
    assert severities("VER001", {DEMO: page("demo", entry(SDIST, sha256=OTHER))}, files) == ["error"]


def test_a_file_whose_content_is_not_known_is_not_judged() -> None:
    unknown = {**entry(SDIST), "hashes": {"md5": "0" * 32}}
    assert severities("VER001", {DEMO: page("demo", unknown)}, {f"dist/{SDIST}": BUILT_SDIST}) == []


def test_the_same_content_under_another_name() -> None:
    answers = {DEMO: page("demo", entry("demo-0.9.tar.gz", sha256=sha256(BUILT_SDIST).hexdigest()))}
    (finding,) = found("VER001", answers, {f"dist/{SDIST}": BUILT_SDIST})
    assert (finding.severity, finding.args["other"]) == (Severity.ERROR, "demo-0.9.tar.gz")


def test_the_source_states_the_released_version_until_the_next() -> None:
    files = {"pyproject.toml": PROJECT, **publish()}
    assert severities("VER001", {DEMO: page("demo", entry(SDIST))}, files) == []


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "release"}, ["warning"]),
        ({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request"}, []),
        ({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main"}, []),
        ({"GITHUB_EVENT_NAME": "release"}, []),
    ],
)
def test_a_publish_under_way_for_a_released_version(environment: dict[str, str], expected: list[str]) -> None:
    files = {"pyproject.toml": PROJECT, **publish()}
    answers = {DEMO: page("demo", entry("demo-1.0.0.tar.gz"))}
    assert severities("VER001", answers, files, environment=environment) == expected
    assert severities("VER001", {DEMO: page("demo", entry("demo-0.9.tar.gz"))}, files, environment=environment) == []


def test_left_over_files_are_no_error_where_ci_builds() -> None:
    files = {f"dist/{SDIST}": BUILT_SDIST, "pyproject.toml": PROJECT, **publish()}
    answers = {DEMO: page("demo", entry(SDIST, sha256=OTHER))}
    assert severities("VER001", answers, files) == ["warning"]
    assert severities("VER001", answers, files, focus=Focus(files=(f"dist/{SDIST}",))) == ["error"]
    assert severities("VER001", answers, files, environment={"CI": "true"}) == ["error"]


def test_an_upload_that_skips_existing_files_publishes_nothing_new() -> None:
    step = "uses: pypa/gh-action-pypi-publish@release/v1\n        with:\n          skip-existing: true"
    files = {f"dist/{SDIST}": BUILT_SDIST, **publish(step)}
    (finding,) = found("VER001", {DEMO: page("demo", entry(SDIST, sha256=OTHER))}, files, environment={"CI": "true"})
    assert finding.severity is Severity.WARNING
    assert "passes over it" in finding.message


def test_one_sdist_a_release_however_it_is_spelt() -> None:
    files = {f"dist/{SDIST}": BUILT_SDIST, f"dist/{WHEEL}": BUILT_WHEEL}
    assert severities("VER003", {DEMO: page("demo", entry("demo-1.0.0.tar.gz"))}, files) == ["error"]
    assert severities("VER003", {DEMO: page("demo", entry("demo-1.0.zip"))}, files) == ["error"]
    for right in (entry(SDIST), entry("demo-1.1.tar.gz"), entry(WHEEL), entry("demo-1.0.0.tar.gz", days=30)):
        assert severities("VER003", {DEMO: page("demo", right)}, files) == [], right


@pytest.mark.parametrize(
    ("days", "expected"), [(1, []), (13.9, []), (14.1, ["warning"]), (15.1, ["error"]), (900, ["error"])]
)
def test_a_release_is_open_for_fourteen_days(days: float, expected: list[str]) -> None:
    """Within a day of the limit a wrong clock may decide, so that is no error."""
    first = entry(SDIST, days=days)
    assert severities("VER004", {DEMO: page("demo", first)}, {f"dist/{WHEEL}": BUILT_WHEEL}) == expected


def test_the_first_file_of_the_release_counts() -> None:
    files = {f"dist/{WHEEL}": BUILT_WHEEL}
    later = entry("demo-1.0-cp312-cp312-win_amd64.whl", days=2)
    assert severities("VER004", {DEMO: page("demo", later, entry(SDIST, days=20))}, files) == ["error"]
    assert severities("VER004", {DEMO: page("demo", later, entry("demo-0.9.tar.gz", days=900))}, files) == []
    assert severities("VER004", {DEMO: page("demo", entry(WHEEL, days=900))}, files) == []  # it is there already


def test_a_file_for_testpypi_is_compared_with_testpypi() -> None:
    step = "uses: pypa/gh-action-pypi-publish@release/v1\n        with:\n          repository-url: https://test.pypi.org/legacy/"
    files = {f"dist/{SDIST}": BUILT_SDIST, **publish(step)}
    answers = {TEST_DEMO: page("demo", entry(SDIST, sha256=OTHER))}
    (finding,) = found("VER001", answers, files, environment={"CI": "true"})
    assert finding.args["index"] == "TestPyPI"


# ── the size of a project, its wheels, its dependencies ──

GIB = 1024**3


@pytest.mark.parametrize(
    ("size", "options", "expected"),
    [
        (10 * GIB - 100, "", ["warning"]),
        (9 * GIB, "", []),
        (11 * GIB, "", []),  # then PyPI has raised the limit
        (12 * GIB, "[tool.preflight]\nproject-size-limit = 12\n", ["error"]),
        (11 * GIB, "[tool.preflight]\nproject-size-limit = 12\n", []),
    ],
)
def test_what_is_on_the_index_counts_for_the_size(size: int, options: str, expected: list[str]) -> None:
    answers = {DEMO: page("demo", entry("demo-0.9.tar.gz", size=size))}
    assert (
        severities("NAM009", answers, {f"dist/{SDIST}": BUILT_SDIST, "pyproject.toml": PROJECT + options}) == expected
    )


def test_a_file_that_is_there_counts_once() -> None:
    answers = {DEMO: page("demo", entry(SDIST, size=10 * GIB))}
    assert severities("NAM009", answers, {f"dist/{SDIST}": BUILT_SDIST}) == []


def wheels(*tags: str, version: str = "1.0", requires: str = "") -> dict[str, str | bytes]:
    metadata = f"\nmetadata Requires-Python: {requires}" if requires else ""
    return {f"dist/demo-{version}-{tag}.whl": build(f"wheel demo {version}\ntag {tag}{metadata}") for tag in tags}


def released(*tags: str) -> dict[str, object]:
    return {DEMO: page("demo", entry("demo-0.9.tar.gz"), *(entry(f"demo-0.9-{tag}.whl") for tag in tags))}


LINUX, WINDOWS, MAC = "cp312-cp312-manylinux_2_28_x86_64", "cp312-cp312-win_amd64", "cp312-cp312-macosx_11_0_arm64"


def test_a_platform_that_is_missing() -> None:
    (finding,) = found("BLD008", released(LINUX, WINDOWS, MAC), wheels(LINUX))
    assert finding.args["platforms"] == ["Windows x86_64", "macOS arm64"]
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ((LINUX,), ("cp312-cp312-manylinux2014_x86_64",)),  # another glibc is another matter
        ((LINUX, WINDOWS), ("py3-none-any",)),
        ((MAC, "cp312-cp312-macosx_10_13_x86_64"), ("cp312-cp312-macosx_11_0_universal2",)),
        (("cp310-cp310-win_amd64", WINDOWS), ("cp310-abi3-win_amd64",)),
        (("py3-none-any",), (LINUX,)),
        ((), (LINUX,)),
    ],
)
def test_a_gap_that_is_none(before: tuple[str, ...], now: tuple[str, ...]) -> None:
    assert severities("BLD008", released(*before), wheels(*now)) == []


def test_a_python_that_was_dropped_is_not_missing() -> None:
    before = released(WINDOWS, "cp39-cp39-win_amd64", "cp311-cp311-win_amd64")
    (finding,) = found("BLD008", before, wheels(WINDOWS, requires=">=3.10"))
    assert finding.args["pythons"] == ["cp311"]


def test_an_sdist_alone_where_there_were_wheels() -> None:
    (finding,) = found("BLD008", released(WINDOWS), {f"dist/{SDIST}": BUILT_SDIST})
    assert "sdists only" in finding.message


def test_files_that_are_not_all_are_not_compared() -> None:
    """The wheels of one's own machine where CI builds the rest, one file that was named, and the release itself."""
    assert severities("BLD008", released(WINDOWS, MAC), {**wheels(WINDOWS), **publish()}) == []
    (path,) = wheels(WINDOWS)
    assert severities("BLD008", released(WINDOWS, MAC), wheels(WINDOWS), focus=Focus(files=(path,))) == []
    assert severities("BLD008", released(WINDOWS, MAC), wheels(WINDOWS, version="0.9")) == []


def test_only_new_dependencies_that_are_always_installed_are_asked_for() -> None:
    text = (
        PROJECT
        + 'dependencies = ["old>=1", "Demo_Core", "new", "win; sys_platform == \'win32\'"]\noptional-dependencies.x = ["extra"]\n'
    )
    core = {"core/pyproject.toml": PROJECT.replace('"demo"', '"demo-core"')}
    answers: dict[str, object] = {
        DEMO: page("demo", entry("demo-0.9.tar.gz")),
        f"{SIMPLE}demo-core/": 404,
        "https://pypi.org/pypi/demo/0.9/json": {
            "info": {"requires_dist": ["old", "gone ; extra == 'x'"], "project_urls": None}
        },
        f"{SIMPLE}new/": 404,
    }
    (finding,) = found("MET019", answers, {"pyproject.toml": text, **core})
    assert finding.args["dependency"] == "new"
    answers[f"{SIMPLE}new/"] = page("new")
    assert found("MET019", answers, {"pyproject.toml": text, **core}) == []


def test_testpypi_lacks_most_projects() -> None:
    step = "uses: pypa/gh-action-pypi-publish@release/v1\n        with:\n          repository-url: https://test.pypi.org/legacy/"
    files = {"pyproject.toml": PROJECT + 'dependencies = ["requests"]\n', **publish(step)}
    assert severities("MET019", {TEST_DEMO: 404}, files) == []


# ── trusted publishers ──

PROVENANCE = "https://pypi.org/integrity/demo/0.9/demo-0.9.tar.gz/provenance"
RELEASED = {DEMO: page("demo", entry("demo-0.9.tar.gz", provenance=PROVENANCE))}


def proven(
    workflow: str = "publish.yml", environment: str | None = None, repository: str = "octo-org/demo"
) -> dict[str, object]:
    publisher = {"kind": "GitHub", "repository": repository, "workflow": workflow, "environment": environment}
    return {
        **RELEASED,
        PROVENANCE: {"version": 1, "attestation_bundles": [{"publisher": publisher, "attestations": []}]},
    }


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (proven(), 0),
        (proven("release.yml"), 1),
        (proven(environment="pypi"), 1),
        (proven(repository="somebody/else"), 0),  # this checkout may be a fork
        ({**RELEASED, PROVENANCE: 404}, 0),
        ({DEMO: page("demo", entry("demo-0.9.tar.gz"))}, 0),  # without provenance nothing is proven
        ({DEMO: page("demo", entry("demo-0.8.tar.gz", days=9, provenance=PROVENANCE), entry("demo-0.9.tar.gz"))}, 0),
        ({DEMO: 404}, 0),
    ],
)
def test_the_publisher_of_the_last_release(answers: dict[str, object], expected: int) -> None:
    findings = found("PUB007", answers, {"pyproject.toml": PROJECT, **publish()})
    assert len(findings) == expected
    assert all(each.severity is Severity.WARNING and each.confidence is Confidence.LIKELY for each in findings)


def test_one_upload_that_comes_as_before_is_enough() -> None:
    files = {
        "pyproject.toml": PROJECT,
        **publish(),
        **publish(name="nightly.yml", on="schedule:\n    - cron: '0 0 * * *'"),
    }
    assert found("PUB007", proven(), files) == []
    assert len(found("PUB007", proven("other.yml"), files)) == 1


def test_a_publisher_that_is_declared_is_known_to_the_author() -> None:
    declared = '\n[[tool.preflight.publishers]]\nowner = "octo-org"\nrepository = "demo"\nworkflow = "publish.yml"\n'
    git = GitRecord(remotes={"origin": "https://github.com/octo-org/demo"})
    files = {"pyproject.toml": PROJECT + declared, **publish()}
    assert found("PUB007", proven("release.yml"), files, git=git) == []


def test_the_difference_is_told_in_both_forms() -> None:
    (finding,) = found("PUB007", proven("release.yml", "pypi"), {"pyproject.toml": PROJECT, **publish()})
    assert finding.message == (
        "the last release of `demo` on PyPI was published by `release.yml` in environment `pypi`; "
        "job `up` would publish as `publish.yml` without an environment"
    )


def test_another_repository_is_told_where_this_one_is_known() -> None:
    git = GitRecord(remotes={"origin": "https://github.com/octo-org/demo"})
    seen = {
        "environment": {
            "GITHUB_REPOSITORY": "octo-org/demo",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_ACTIONS": "true",
        }
    }
    (finding,) = found(
        "PUB007", proven(repository="somebody/else"), {"pyproject.toml": PROJECT, **publish()}, git=git, **seen
    )
    assert finding.message == (
        "the last release of `demo` on PyPI was published by `publish.yml` of `somebody/else` without an environment; "
        "job `up` would publish as `publish.yml` of `octo-org/demo` without an environment"
    )


@pytest.mark.parametrize(
    ("audience", "expected"),
    [({"audience": "x"}, []), (404, ["error"]), (500, ["warning"]), (403, ["warning"]), ("<html>", ["warning"])],
)
def test_an_index_is_asked_for_its_audience(audience: object, expected: list[str]) -> None:
    step = "uses: pypa/gh-action-pypi-publish@release/v1\n        with:\n          repository-url: https://index.example.org/up/"
    answers = {"https://index.example.org/_/oidc/audience": audience}
    assert severities("PUB014", answers, publish(step)) == expected


def pending(*names: str, workflow: str = "publish.yml") -> str:
    return "".join(
        '\n[[tool.preflight.publishers]]\nowner = "octo-org"\nrepository = "demo"\n'
        f'workflow = "{workflow}"\nproject = "{name}"\npending = true\n'
        for name in names
    )


def test_a_pending_publisher_that_was_used_has_become_a_normal_one() -> None:
    files = {"pyproject.toml": PROJECT + pending("demo"), **publish()}
    assert found("PUB020", proven(), files) == []
    assert severities("PUB020", proven("other.yml"), files) == ["warning"]
    assert found("PUB020", {DEMO: page("demo")}, files) == []  # its use creates an empty project
    assert found("PUB020", {DEMO: 404}, files) == []


def test_a_pending_publisher_of_another_name() -> None:
    files = {"pyproject.toml": PROJECT + pending("dem-o"), **publish()}
    (finding,) = found("PUB021", {DEMO: 404}, files)
    assert (finding.severity, finding.rejections) == (Severity.ERROR, ("nonuser-create",))
    assert found("PUB019", {DEMO: 404}, files) == []
    answers = {DEMO: page("demo", entry("demo-0.9.tar.gz"))}
    assert found("PUB021", answers, files) == []  # then the token is for another project
    assert severities("PUB019", answers, files) == ["error"]
    assert found("PUB021", {DEMO: 404}, {"pyproject.toml": PROJECT + pending("DEMO"), **publish()}) == []


def test_the_first_release_is_told_what_it_takes() -> None:
    files = {"pyproject.toml": PROJECT, **publish()}
    (finding,) = found("PUB021", {DEMO: 404}, files)
    assert (finding.severity, "pending publisher" in finding.message) == (Severity.INFO, True)
    assert found("PUB021", {DEMO: page("demo")}, files) == []
    token = "uses: pypa/gh-action-pypi-publish@release/v1\n        with:\n          password: ${{ secrets.TOKEN }}"
    (finding,) = found("PUB021", {DEMO: 404}, {"pyproject.toml": PROJECT, **publish(token)})
    assert "token of the whole account" in finding.message


def test_a_pending_publisher_whose_name_nobody_can_have() -> None:
    files = {"pyproject.toml": PROJECT + pending("statistics", "dem-o", "free-name")}
    answers = {
        f"{SIMPLE}statistics/": 404,
        f"{SIMPLE}dem-o/": 404,
        DEMO: page("demo"),
        f"{SIMPLE}free-name/": 404,
        f"{SIMPLE}freename/": 404,
    }
    findings = found("PUB022", answers, files)
    assert [each.args["project"] for each in findings] == ["statistics", "dem-o"]
    assert all(each.severity is Severity.ERROR for each in findings)


def test_three_pending_publishers_at_a_time() -> None:
    names = ["a-1", "a-2", "a-3", "a-4"]
    answers: dict[str, object] = {f"{SIMPLE}{name}/": 404 for name in names}
    answers[DEMO] = 404
    assert severities("PUB023", answers, {"pyproject.toml": PROJECT + pending(*names)}) == ["warning"]
    assert severities("PUB023", answers, {"pyproject.toml": PROJECT + pending(*names[:3])}) == []
    assert (
        severities("PUB023", {**answers, f"{SIMPLE}a-4/": page("a-4")}, {"pyproject.toml": PROJECT + pending(*names)})
        == []
    )


# ── history ──


def below(version: str, branch: str | None = "main", default: str | None = None) -> list[str]:
    """The severities for a project that has released 1.4.6 and 2.0.0."""
    files = {"pyproject.toml": PROJECT.replace('"1.0"', f'"{version}"')}
    answers = {DEMO: page("demo", entry("demo-1.4.6.tar.gz"), entry("demo-2.0.0.tar.gz"), entry("demo-3.0rc1.tar.gz"))}
    git = GitRecord(tracked=frozenset(files), texts=dict(files), branch=branch, default_branch=default)
    return severities("VER022", answers, files, git=git)


def test_a_version_that_sorts_below_the_newest_release() -> None:
    assert below("1.5") == below("1.10.0") == ["warning"]
    for right in ("2.0.1", "2.1", "3.0", "10.0", "1!0.1"):
        assert below(right) == [], right


def test_versions_that_are_no_release_to_come() -> None:
    """One that is released already, a state between releases, a pre-release, and a placeholder."""
    for version in ("1.4.6", "2.0", "1.9.dev0", "1.9rc1", "0.0.0", "1.9+local"):
        assert below(version) == [], version


def test_a_release_of_an_older_line_comes_from_its_own_branch() -> None:
    assert below("1.4.7", branch="1.4.x") == below("1.4.7", branch=None) == []
    assert below("1.4.7", branch="main", default="develop") == []
    assert below("1.4.7", branch="develop", default="develop") == ["warning"]


# ── what one index or a mirror does not tell ──


def test_a_silent_testpypi_hides_nothing_of_pypi() -> None:
    """Both are targets and only PyPI answers: each project of the workspace is judged by that."""
    files: dict[str, str | bytes] = {
        f"p{each}/pyproject.toml": PROJECT.replace("demo", f"demo-{each}") for each in range(2)
    }
    files |= publish(
        "uses: pypa/gh-action-pypi-publish@release/v1",
        "uses: pypa/gh-action-pypi-publish@release/v1\n        with:\n          repository-url: https://test.pypi.org/legacy/",
    )
    answers = {f"{SIMPLE}demo-{each}/": page(f"demo-{each}", status="archived") for each in range(2)}
    assert severities("NAM006", answers, files) == ["error", "error"]


def test_a_mirror_without_metadata_of_releases_makes_no_dependency_new() -> None:
    answers = {
        DEMO: page("demo", entry("demo-0.9.tar.gz")),
        "https://pypi.org/pypi/demo/0.9/json": 404,
        f"{SIMPLE}gone/": 404,
    }
    files = {"pyproject.toml": PROJECT + 'dependencies = ["gone"]\n'}
    result = check_files(files, "MET019", seeds=answering(answers))
    assert result.findings == []
    assert [each.reason for each in result.skipped] == ["PyPI shows no metadata of demo 0.9"]
    answers["https://pypi.org/pypi/demo/0.9/json"] = {"info": {"requires_dist": []}}
    assert severities("MET019", answers, files) == ["warning"]


def test_a_mirror_without_times_of_upload_closes_no_release() -> None:
    file = {"filename": SDIST, "hashes": {"sha256": OTHER}}
    answers = {DEMO: {"meta": {"api-version": "1.0"}, "name": "demo", "files": [file]}}
    assert severities("VER004", answers, {f"dist/{WHEEL}": BUILT_WHEEL}) == []
