"""One physical line: what CI systems, terminals and people put around a text goes, the text stays, and its number with it."""

import pytest

from preflight.doctor.reading import Log, read_log, read_text

SAID = "HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/"


def texts(log: Log) -> list[str]:
    return [line.text for line in log.lines if line.text and line.level != "noise"]


@pytest.mark.parametrize(
    "raw",
    [
        SAID,
        f"\x1b[31mERROR   \x1b[0m {SAID}   ",
        f"[31mERROR   [0m {SAID}",
        f"\\x1b[31mERROR   \\x1b[0m {SAID}",
        f"25hERROR    {SAID}",
        f"[?25hERROR    {SAID}",
        f"2026-03-04T10:11:12.1234567Z ERROR    {SAID}",
        f"2026-03-04 13:04:54.153 | {SAID}",
        f"2026-03-04T10:11:12.000000Z 01E {SAID}",
        f"[2026-03-04T10:11:12Z] {SAID}",
        f"12:01:05 {SAID}",
        f"[12:01:05] {SAID}",
        f"#12 3.456 {SAID}",
        f"publish_1  | {SAID}",
        f"publish\tUpload\t\ufeff2026-03-04T10:11:12.1234567Z {SAID}",
        f"##[error]{SAID}",
        f"::error::{SAID}",
        f"::error file=a.py,line=3,title=Upload::{SAID}",
        f"##vso[task.logissue type=error;]{SAID}",
        f"Error: {SAID}",
        f"> {SAID}",
        f"> > 2026-03-04T10:11:12Z {SAID}",
        f"`{SAID}`",
        f"-{SAID}",
        f"│ {SAID}      │",
        f"twine.exe : ERROR    {SAID}",
        f"100% ━━━━ 3/3 kB\r{SAID}",
        "HTTPError: [40](https://github.com/o/r/actions/runs/1/job/2#step:3:43)0 Bad Request from https://upload.pypi.org/legacy/",
    ],
)
def test_a_line_is_freed_of_what_surrounds_it(raw: str) -> None:
    log = read_text(f"first\n{raw}\nlast\n")
    found = [line for line in log.lines if line.text == SAID]
    assert [(line.number, line.level) for line in found] == [(2, "error")]
    assert (log.lines[0].text, log.lines[-1].number) == ("first", 3)


@pytest.mark.parametrize(
    "raw",
    [
        "  0% ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 0.0/26.1 kB • --:-- • ?",
        "100%|██████████| 42.3k/42.3k [00:00<00:00, 62.7kB/s]",
        "100% ???????????????????????????????????????? 108.2/108.2 kB ? 00:00 ? 610.8 kB/s",
        "╭──────── Traceback (most recent call last) ────────╮",
        "    + CategoryInfo          : NotSpecified: (ERROR    HTTPEr...:String) [], RemoteException",
        "    + FullyQualifiedErrorId : NativeCommandError",
        "At C:\\work\\release.ps1:12 char:1",
        "+ ~~~~~~~~~~",
        "932",
        "```",
        "    → 216│             raise UploadError(e)",
        "             ^^^^^^",
    ],
)
def test_decoration_is_no_text(raw: str) -> None:
    assert texts(read_text(f"first\n{raw}\nlast\n")) == ["first", "last"]


def test_the_source_lines_of_a_traceback_are_no_text() -> None:
    log = read_text(
        'Traceback (most recent call last):\n  File "/app/upload.py", line 3, in main\n'
        '    raise UploadError("Error connecting to repository")\nUploadError: no\n'
    )
    assert "Error connecting" not in " ".join(texts(log))


def test_an_encoded_line_break_makes_lines_of_one_number() -> None:
    log = read_text("start\n::error::one%0Atwo %2525%0A%0Athree\nend\n")
    assert [(line.number, line.text) for line in log.lines if line.text] == [
        (1, "start"),
        (2, "one"),
        (2, "two %25"),
        (2, "three"),
        (3, "end"),
    ]


def test_entities_are_read_even_where_the_width_divides_one() -> None:
    log = read_text("  <title>400 Start filename for &#x27;a&#x27; with &\n         #x27;b&#x27;.</title>\n")
    assert texts(log) == ["400 Start filename for 'a' with '", "b'."]


def test_job_and_step_are_known() -> None:
    log = read_text(
        "build\tCompile\t2026-03-04T10:11:12.1Z text\npublish / pypi\tUpload\t2026-03-04T10:11:13.1Z text\n"
        "publish / pypi\tUpload\t2026-03-04T10:11:13.1Z more\n"
    )
    assert [(line.job, line.step) for line in log.lines] == [
        ("build", "Compile"),
        ("publish / pypi", "Upload"),
        ("publish / pypi", "Upload"),
    ]
    assert log.jobs == ("build", "publish / pypi")
    raw = read_text("Complete job name: publish\n##[group]Run twine upload dist/*\n##[endgroup]\ntext\n")
    assert (raw.lines[-1].job, raw.lines[-1].step) == ("publish", "Run twine upload dist/*")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_is_read(encoding: str) -> None:
    from io import BytesIO

    log = read_log(BytesIO(f"first\r\nJosé: {SAID}\r\n".encode(encoding)))
    assert [(line.number, line.text) for line in log.lines] == [(1, "first"), (2, f"José: {SAID}")]


def test_a_log_in_one_string_is_divided() -> None:
    lines = [f"line {number} of a log that somebody stored as one string" for number in range(40)]
    assert texts(read_text("\\n".join(lines))) == lines
