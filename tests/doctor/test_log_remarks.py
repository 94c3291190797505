"""What is said of a log beside its failure: a token in clear text, a workflow that the project does not have; and that bytes are no text."""

import json
from pathlib import Path

import pytest
from cli.command import preflight
from credentials.tokens import forge
from doctor.diagnosed import OWNERS
from doctor.test_diagnosis_with_project import at_hand, refused

from preflight.credentials.caveats import Expiration, OIDCPublisher
from preflight.doctor.extraction import extract
from preflight.doctor.reading import read_text
from preflight.doctor.remarks import Remark, is_text, remarks

REFUSED = "ERROR    HTTPError: 403 Forbidden from https://upload.pypi.org/legacy/\n         Invalid or non-existent authentication information.\n"


def remarked(text: str, *, project: bool = False) -> tuple[Remark, ...]:
    log = read_text(text)
    return remarks(log, extract(log), OWNERS, at_hand() if project else None)


def test_a_whole_token_is_to_be_deleted_and_never_shown(tmp_path: Path) -> None:
    token = forge()
    (tmp_path / "failed.log").write_text(f"+ twine upload -u __token__ -p {token} dist/*\n{REFUSED}")
    for format in ("full", "concise", "markdown", "json", "github", "sarif"):
        done = preflight("doctor", "failed.log", "--output-format", format, cwd=tmp_path)
        assert done.status == 1
        assert "An API token of PyPI stands in clear text in the log (line 1)." in done.out
        assert token not in done.out + done.err
        assert token[20:60] not in done.out
        if format == "full":
            shown = done.out.index("clear text")
            assert shown > done.out.index("What to do")
            assert "preflight explain exposed-token" in done.out[shown:]
            assert "https://pypi.org/manage/account/#api-tokens" in done.out[shown:]
        if format == "json":
            [remark] = json.loads(done.out)["remarks"]
            assert (remark["code"], remark["evidence"][0]["line"]) == ("TOK014", 1)


def test_a_log_without_failure_tells_of_a_token_too(tmp_path: Path) -> None:
    (tmp_path / "good.log").write_text(f"password: {forge('test.pypi.org')}\n")
    done = preflight("doctor", "good.log", cwd=tmp_path)
    assert (done.status, done.out.count("An API token of TestPyPI stands in clear text")) == (0, 1)
    assert "https://test.pypi.org/manage/account/#api-tokens" in done.out


@pytest.mark.parametrize(
    "shown",
    [
        "***",
        "pypi-AgEI…(3f9a)",
        forge()[:60],
        forge(
            caveats=[OIDCPublisher("0f9b6d4e-52a1-4c37-8e60-7d1f3a9c2b58"), Expiration(1_700_000_900, 1_700_000_000)]
        ),
    ],
    ids=["masked", "shortened", "cut", "minted for a quarter of an hour"],
)
def test_what_is_no_whole_token_of_a_person_is_passed_over(shown: str) -> None:
    assert remarked(f"twine upload -p {shown} dist/*\n{REFUSED}") == ()


def test_one_token_on_many_lines_is_one_remark() -> None:
    line = f"+ twine upload -p {forge()} dist/*\n"
    [remark] = remarked(line * 5 + REFUSED)
    assert "(line 1, 2, 3)" in remark.message


def test_a_token_in_the_middle_of_a_long_log_is_seen() -> None:
    filler = "building module 17 of the extension, please wait\n" * 30_000
    assert len(remarked(f"{filler}+ push {forge()}\n{filler}")) == 1


def test_a_workflow_that_the_project_does_not_have() -> None:
    [remark] = remarked(refused(file="publish.yml"), project=True)
    assert remark.message == (
        "The run used the workflow `.github/workflows/publish.yml`, which the project here does not have; it uploads with `release.yml`."
    )
    assert remark.rule is None


@pytest.mark.parametrize(
    "log",
    [refused(), refused(slug="somebody/else", file="publish.yml"), REFUSED],
    ids=["it is there", "of another repository", "no claims"],
)
def test_nothing_is_said_where_the_workflow_is_there_or_not_of_this_project(log: str) -> None:
    assert remarked(log, project=True) == ()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (bytes(range(256)) * 20, False),
        (b"\x7fELF\x02\x01\x01" + b"\0" * 3_000 + b"libc.so.6\n" * 50, False),
        (b"\x1b[31mError\x1b[0m: failed\r\n" * 100, True),
    ],
    ids=["random", "program", "colours"],
)
def test_binary_data_is_no_text(data: bytes, text: bool, tmp_path: Path) -> None:
    (tmp_path / "job.log").write_bytes(data)
    done = preflight("doctor", "job.log", cwd=tmp_path)
    assert (done.status == 2) is not text
    assert ("is no text, but binary data" in done.err) is not text


def test_a_text_in_any_alphabet_is_one() -> None:
    assert is_text(read_text("ошибка: не найдено\n" * 100))
