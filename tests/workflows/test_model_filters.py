"""GitHub's filter patterns: the examples of its cheat sheet, the order of patterns, and examples made from them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.workflows.filters import example_match, example_mismatch, matches, read_pattern


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("feature/*", ["feature/my-branch", "feature/your-branch"]),
        ("feature/**", ["feature/beta-a/my-branch", "feature/your-branch", "feature/mona/the/octocat"]),
        ("releases/mona-the-octocat", ["releases/mona-the-octocat"]),
        ("*", ["main", "releases"]),
        ("**", ["all/the/branches", "every/tag"]),
        ("*feature", ["mona-feature", "feature", "ver-10-feature"]),
        ("v2*", ["v2", "v2.0", "v2.9"]),
        ("v[12].[0-9]+.[0-9]+", ["v1.10.1", "v2.0.0"]),
        ("*.jsx?", ["page.js", "page.jsx"]),
        ("**.js", ["index.js", "js/index.js", "src/js/app.js"]),
        ("docs/**/*.md", ["docs/README.md", "docs/mona/hello-world.md", "docs/a/markdown/file.md"]),
        ("**/docs/**", ["docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc"]),
        ("**/README.md", ["README.md", "js/README.md"]),
        ("**/*src/**", ["a/src/app.js", "my-src/code/js/app.js"]),
        ("**/migrate-*.sql", ["migrate-10909.sql", "db/migrate-v1.0.sql", "db/sept/migrate-v1.sql"]),
        ("\\!important", ["!important"]),
    ],
)
def test_the_examples_of_the_cheat_sheet(pattern: str, names: list[str]) -> None:
    for name in names:
        assert matches([pattern], name) is True, name


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("feature/*", "feature/a/b"),
        ("*", "a/b"),
        ("v[12].[0-9]+.[0-9]+", "v3.0.0"),
        ("v[0-9]+", "v"),
        ("[0-9]+.[0-9]+.[0-9]+", "v1.2.3"),
        ("[0-9]+.[0-9]+.[0-9]+", "1.2.3rc1"),
        ("main", "mainline"),
        ("main", "Main"),
        ("v1.0", "v1x0"),
        ("**/README.md", "oldREADME.md"),
        ("docs/*", "docs/a/b.md"),
        ("v[0-9]*", "v"),
    ],
)
def test_what_does_not_match(pattern: str, name: str) -> None:
    assert matches([pattern], name) is False


def test_the_last_matching_pattern_decides() -> None:
    patterns = ["*.md", "!README.md", "README*"]
    assert [matches(patterns[:2], name) for name in ("hello.md", "README.md", "docs/hello.md")] == [True, False, False]
    assert [matches(patterns, name) for name in ("hello.md", "README.md", "README.doc")] == [True, True, True]


def test_only_negative_patterns_let_nothing_pass() -> None:
    assert matches(["!v*"], "1.0") is False
    assert matches([], "1.0") is False


@pytest.mark.parametrize("broken", ["v[0-9", "[]", "v[9-0]", "v[1-]", "+1", "?", "v*+", "a++", "!", ""])
def test_a_pattern_that_cannot_be_read_decides_nothing(broken: str) -> None:
    assert read_pattern(broken).error
    assert matches(["v*", broken], "v1") is None
    assert example_match([broken], "tag") is None


@pytest.mark.parametrize(
    ("patterns", "match", "mismatch"),
    [
        (["v*"], "v1.2.3", "1.2.3"),
        (["*"], "v1.2.3", "other/1.2.3"),
        (["**"], "v1.2.3", None),
        (["[0-9]+.[0-9]+.[0-9]+"], "1.2.3", "v1.2.3"),
        (["v*.*.*"], "v1.2.3", "1.2.3"),
        (["hatch-v*"], "hatch-v1.2.3", "v1.2.3"),
        (["release-v*.*.*"], "release-v1.2.3", "v1.2.3"),
        (["pyiceberg-[0-9]+.[0-9]+.[0-9]+rc[0-9]+"], "pyiceberg-1.2.3rc1", "v1.2.3"),
        (["v*", "!*dev*", "!*pre*", "!*post*"], "v1.2.3", "1.2.3"),
        (["!v*"], None, "v1.2.3"),
    ],
)
def test_examples_look_like_real_tags(patterns: list[str], match: str | None, mismatch: str | None) -> None:
    assert example_match(patterns, "tag") == match
    assert example_mismatch(patterns, "tag") == mismatch


def test_examples_of_branches_and_what_the_repository_prefers() -> None:
    assert example_match(["master", "main"], "branch") == "main"
    assert example_match(["master", "main"], "branch", prefer=["trunk", "master"]) == "master"
    assert example_match(["release/**"], "branch") == "release/1.2"
    assert example_mismatch(["main"], "branch") == "feature"
    assert example_match(["v*"], "tag", prefer=["v9.8.7"]) == "v9.8.7"


PATTERNS = st.lists(
    st.sampled_from(["*", "**", "**/", "/", "a", "b", "1", ".", "[ab]", "[0-9]", "a?", "b+", "[ab]+", "[0-9]?"]),
    min_size=1,
    max_size=7,
).map("".join)
NAMES = st.text("ab1./", max_size=9)


def by_regular_expression(pattern: str) -> str:
    """The same pattern for Python's `re`: slow, and made another way."""
    pattern = re.sub(r"\*{3,}", "**", pattern)
    parts = re.split(r"((?:(?<=/)|^)\*\*/|\*\*|\*|\[[^\]]*\][?+]?|[^*\[][?+]?)", pattern)
    made = []
    for part in filter(None, parts):
        if part == "**/":
            made.append("(?:.*/)?")
        elif part == "**":
            made.append(".*")
        elif part == "*":
            made.append("[^/]*")
        elif part.startswith("["):
            made.append(part)
        else:
            made.append(re.escape(part[0]) + part[1:])
    return "".join(made)


@given(PATTERNS, NAMES)
def test_matching_agrees_with_a_regular_expression(pattern: str, name: str) -> None:
    expected = re.fullmatch(by_regular_expression(pattern), name, re.DOTALL) is not None
    assert matches([pattern], name) is expected


@given(st.lists(st.tuples(st.booleans(), PATTERNS), max_size=4), NAMES)
def test_a_list_is_decided_pattern_by_pattern(listed: list[tuple[bool, str]], name: str) -> None:
    passes = False
    for negative, pattern in listed:
        if re.fullmatch(by_regular_expression(pattern), name, re.DOTALL):
            passes = not negative
    assert matches([("!" if negative else "") + pattern for negative, pattern in listed], name) is passes


@given(st.lists(PATTERNS, min_size=1, max_size=3), st.sampled_from(["tag", "branch"]))
def test_an_example_is_what_it_says(patterns: list[str], kind: str) -> None:
    match, mismatch = example_match(patterns, kind), example_mismatch(patterns, kind)  # type: ignore[arg-type]
    assert match is None or matches(patterns, match)
    assert mismatch is None or matches(patterns, mismatch) is False


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_text_is_a_pattern_or_says_why_not(pattern: str, name: str) -> None:
    assert (matches([pattern], name) is None) == (read_pattern(pattern).error is not None)


def test_a_pattern_full_of_stars_is_matched_at_once() -> None:
    assert matches(["*a" * 100], "a" * 1000 + "b") is False
    assert matches(["a+" * 100], "a" * 1000) is True
    assert matches(["a?" * 200], "a" * 1000) is False


def test_what_is_beyond_all_measure_is_left_undecided() -> None:
    assert matches(["a" * 2000], "a" * 2000) is None
    assert matches(["a"] * 2000, "a") is None
    assert example_match(["a"] * 2000, "tag") is None


@pytest.mark.parametrize(
    ("pattern", "name", "passes"),
    [
        (r"pkg-\w+-[0-9]+.*", "pkg-aws-1.2", True),
        (r"pkg-\w+-[0-9]+.*", "pkg-a.b-1.2", False),
        (r"v\d+.\d+", "v10.2", True),
        (r"v\d", "vd", False),
        (r"a\*b", "a*b", True),
    ],
)
def test_classes_of_regular_expressions_stand_for_their_characters(pattern: str, name: str, passes: bool) -> None:
    assert matches([pattern], name) is passes
