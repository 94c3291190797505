"""The diff of a whole file: what `--diff` prints."""

from credentials.tokens import forge

from preflight.report.patch import file_diff


def test_a_diff_says_where_the_last_line_has_no_break() -> None:
    assert file_diff("a", "x\ny", "x\nz").splitlines() == [
        "--- a/a",
        "+++ b/a",
        "@@ -1,2 +1,2 @@",
        " x",
        "-y",
        "\\ No newline at end of file",
        "+z",
        "\\ No newline at end of file",
    ]


def test_a_diff_seen_from_a_subfolder_names_files_as_git_does() -> None:
    assert file_diff("../../libs/a.toml", "x\n", "y\n").splitlines()[:2] == ["--- a/libs/a.toml", "+++ b/libs/a.toml"]


def test_no_secret_is_shown_on_either_side() -> None:
    token = forge()
    before = f"[pypi]\nusername = ada\npassword = {token}\n"
    shown = file_diff(".pypirc", before, before.replace("ada", "__token__").replace(token, token[:60]))
    assert token[:30] not in shown
    assert "+username = __token__" in shown
