"""The readers of the simple API: the forms that indexes really send, and whatever else may come."""

from json import dumps

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outside import entry, page
from packaging.version import Version

from preflight.index.failures import Unreachable
from preflight.index.projects import IndexFile, IndexProject, version_of
from preflight.index.simple import read_html, read_json, read_project
from preflight.index.transport import Answer

URL = "https://index.example/simple/demo/"
JSON, V1_HTML, HTML = "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.v1+html", "text/html"
DIGEST = "a" * 64


def answered(body: str | bytes, kind: str, status: int = 200) -> Answer:
    return Answer(URL, status, {"content-type": kind}, body.encode() if isinstance(body, str) else body)


def test_a_page_of_pypi() -> None:
    proven = "https://pypi.org/integrity/demo/1.0/demo-1.0.tar.gz/provenance"
    body = page("demo", entry("demo-1.0.tar.gz", sha256=DIGEST.upper(), size=7, provenance=proven), status="archived")
    project = read_project(answered(dumps(body), f"{JSON}; charset=utf-8"), "pypi", "demo")
    (file,) = project.files
    assert (project.exists, project.status, project.title) == (True, "archived", "PyPI")
    assert (file.sha256, file.size, file.provenance, file.yanked) == (DIGEST, 7, proven, False)
    assert file.uploaded == 1_790_000_000 - 86400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:01Z", 1.0),
        ("1970-01-01T00:00:01.500000Z", 1.5),
        ("1970-01-01T00:00:01", None),
        ("yesterday", None),
        ("0000-01-01T00:00:00Z", None),
        (5, None),
    ],
)
def test_upload_times(text: object, seconds: float | None) -> None:
    files, _ = read_json(dumps(page("demo", {"filename": "demo-1.0.tar.gz", "upload-time": text})).encode(), URL)
    assert files[0].uploaded == seconds


@pytest.mark.parametrize(
    ("yanked", "expected"), [(False, False), (True, True), ("broken", True), ("", True), (None, False)]
)
def test_yanked_files(yanked: object, expected: bool) -> None:
    files, _ = read_json(dumps(page("demo", {"filename": "demo-1.0.tar.gz", "yanked": yanked})).encode(), URL)
    assert files[0].yanked is expected


def test_a_page_in_html() -> None:
    body = f"""<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.4">
    <meta name="pypi:project-status" content="quarantined"></head><body><h1>Links for demo</h1>
    <a href="../../files/demo-1.0-py3-none-any.whl#sha256={DIGEST}" data-yanked="bad" data-provenance="https://x/p">demo</a><br/>
    <a href="/files/demo%2B1-2.0.tar.gz#md5=00">demo+1-2.0.tar.gz</a><a href="/simple/">up</a></body></html>"""
    project = read_project(answered(body, V1_HTML), "https://index.example/", "demo")
    assert project.status == "quarantined"
    assert project.files == (
        IndexFile("demo-1.0-py3-none-any.whl", sha256=DIGEST, yanked=True, provenance="https://x/p"),
        IndexFile("demo+1-2.0.tar.gz"),
    )


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<html><body>Service unavailable</body></html>", HTML),
        ("<html><form action='/login'><a href='/reset'>Forgot?</a></form></html>", HTML),
        ('<meta name="pypi:repository-version" content="2.0"><a href="demo-1.0.tar.gz">x</a>', HTML),
        ("<![if !IE]><a", HTML),
        ("{}", JSON),
        ('{"meta": {"api-version": "2.0"}, "files": []}', JSON),
        ('{"meta": {"api-version": "1.0"}, "files": {}}', JSON),
        ("<html></html>", JSON),
        ("[" * 100_000, JSON),
        (dumps(page("demo")), "application/json"),
        (dumps(page("demo")), "application/vnd.pypi.simple.v2+json"),
        (b"PK\x03\x04", "application/zip"),
    ],
)
def test_what_is_no_page_of_an_index(body: str | bytes, kind: str) -> None:
    with pytest.raises(Unreachable) as raised:
        read_project(answered(body, kind), "pypi", "demo")
    assert raised.value.kind == "unreadable"


def test_a_project_that_is_not_there() -> None:
    assert not read_project(answered("404 Not Found", HTML, 404), "pypi", "demo").exists


@pytest.mark.parametrize("status", [204, 304, 401, 403, 410, 429, 500, 503])
def test_another_status_tells_nothing(status: int) -> None:
    with pytest.raises(Unreachable) as raised:
        read_project(answered("", HTML, status), "pypi", "demo")
    assert raised.value.message == f"index.example answered with status {status}"


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for read in (read_json, read_html):
        try:
            files, status = read(body, URL)
        except Unreachable:
            continue
        assert all(each.filename for each in files)
        assert isinstance(status, str)


@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("filename", "hashes", "size", "upload-time", "yanked", "provenance"), ANY_JSON)
    ),
    ANY_JSON,
)
def test_any_entry_is_read(entry: dict[str, object], status: object) -> None:
    body = {"meta": {"api-version": "1.1"}, "files": [entry, {"filename": "demo-1.0.tar.gz"}], "project-status": status}
    files, told = read_json(dumps(body).encode(), URL)
    assert files[-1].filename == "demo-1.0.tar.gz"
    assert isinstance(told, str)
    assert all(each.size is None or each.size >= 0 for each in files)


@given(st.text(alphabet="<>/a='\" &;#!-mhrefdat0.tgz[]", max_size=120))
def test_any_markup_is_read_or_refused(markup: str) -> None:
    try:
        files, _ = read_html(markup.encode(), URL)
    except Unreachable as error:
        assert error.kind == "unreadable"
    else:
        assert files


# ── what is made of the files ──


@pytest.mark.parametrize(
    ("project", "filename", "version"),
    [
        ("demo", "demo-1.0.tar.gz", "1.0"),
        ("demo", "Demo-1.0.zip", "1.0"),
        ("my-demo", "my-demo-1.0.tar.gz", "1.0"),
        ("my-demo", "my_demo-1.0.post1.tar.gz", "1.0.post1"),
        ("my-demo", "my.demo-1.0-1.tar.gz", "1.0.post1"),
        ("demo", "demo-1.0-py3-none-any.whl", "1.0"),
        ("demo", "demo-1.0.0-1-cp312-cp312-win_amd64.whl", "1"),
        ("demo", "demo-1.0-py2.7.egg", None),
        ("demo", "other-1.0.tar.gz", None),
        ("demo", "demo.tar.gz", None),
        ("demo", "demo-latest.tar.gz", None),
        ("demo", f"demo-{'9' * 5000}.tar.gz", None),
        ("demo", ".whl", None),
    ],
)
def test_the_version_in_a_file_name(project: str, filename: str, version: str | None) -> None:
    assert version_of(project, filename) == (Version(version) if version else None)


def project_of(*files: IndexFile) -> IndexProject:
    return IndexProject("pypi", "demo", exists=True, files=files)


def test_two_spellings_of_a_version_are_one_release() -> None:
    project = project_of(IndexFile("demo-1.54.tar.gz"), IndexFile("demo-1.54.0-py3-none-any.whl"))
    assert [len(project.release(text)) for text in ("1.54", "1.54.0", "v1.54", "1.55", "no version")] == [2, 2, 2, 0, 0]


def test_the_newest_release_is_final_and_not_yanked() -> None:
    files = [IndexFile("demo-1.0.tar.gz"), IndexFile("demo-1.1.tar.gz", yanked=True), IndexFile("demo-2.0rc1.tar.gz")]
    assert project_of(*files).newest == Version("1.0")
    assert project_of(*files[1:]).newest == Version("2.0rc1")
    assert project_of(files[1]).newest is None
