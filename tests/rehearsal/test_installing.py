"""What was uploaded to a rehearsal, as indexes offer it: the simple API, the JSON API, metadata files, and pip."""

import json
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from recipes import build
from rehearsal.uploading import Rehearsal, rehearsal

from preflight.rehearsal import pages
from preflight.rehearsal.state import IndexFile

SIMPLE = "application/vnd.pypi.simple.v1+json"
WHEEL = "de_mo-1.0-py3-none-any.whl"
DATA = build("wheel de_mo 1.0\nmetadata Requires-Python: >=3.8\nmetadata Project-URL: Home, https://example.org")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Rehearsal]:
    with rehearsal(tmp_path / "index") as running:
        assert running.upload_file(WHEEL, DATA).status == 200
        assert running.upload_file("de_mo-1.1rc1.tar.gz", build("sdist de_mo 1.1rc1")).status == 200
        yield running


def test_the_simple_api_in_json(index: Rehearsal) -> None:
    reply = index.request("GET", "/simple/De.Mo/", Accept=f"{SIMPLE}, text/html;q=0.1")
    assert reply.headers["Content-Type"] == SIMPLE
    document = json.loads(reply.body)
    assert (document["name"], document["versions"]) == ("de-mo", ["1.0", "1.1rc1"])
    wheel = document["files"][0]
    assert wheel["hashes"] == {"sha256": sha256(DATA).hexdigest()}
    assert wheel["requires-python"] == ">=3.8"
    assert wheel["yanked"] is False
    assert wheel["size"] == len(DATA)
    metadata = index.request("GET", wheel["url"].partition(str(index.running.port))[2] + ".metadata")
    assert metadata.body.startswith("Metadata-Version: 2.1\nName: de_mo\n")
    assert wheel["core-metadata"] == {"sha256": sha256(metadata.body.encode()).hexdigest()}
    assert json.loads(index.request("GET", "/simple/", Accept=SIMPLE).body)["projects"] == [{"name": "de-mo"}]


def test_the_simple_api_in_html(index: Rehearsal) -> None:
    reply = index.request("GET", "/simple/de-mo/")
    assert reply.headers["Content-Type"].startswith("text/html")
    assert f"#sha256={sha256(DATA).hexdigest()}" in reply.body
    assert 'data-requires-python="&gt;=3.8"' in reply.body
    assert 'data-core-metadata="sha256=' in reply.body
    assert index.request("GET", "/simple/nothing/").status == 404


def test_the_json_api(index: Rehearsal) -> None:
    document = json.loads(index.request("GET", "/pypi/de-mo/json").body)
    assert document["info"]["version"] == "1.0"
    assert document["info"]["project_urls"] == {"Home": "https://example.org"}
    assert list(document["releases"]) == ["1.0", "1.1rc1"]
    assert json.loads(index.request("GET", "/pypi/de-mo/1.1rc1/json").body)["urls"][0]["packagetype"] == "sdist"
    assert index.request("GET", "/pypi/de-mo/9/json").status == 404


def test_the_page_tells_what_came_and_hides_nothing_harmful(index: Rehearsal) -> None:
    data = build("wheel de_mo 2.0\nmetadata Summary: <script>alert(1)</script>\nmetadata Classifier: <b>x</b> :: y")
    index.upload_file("de_mo-2.0-py3-none-any.whl", data)
    page = index.request("GET", "/").body
    assert "unknown-classifier" in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<script" not in page
    assert "<b>" not in page
    assert index.token not in page


def test_a_download_is_the_file_itself_and_names_lead_nowhere_else(index: Rehearsal) -> None:
    url = json.loads(index.request("GET", "/pypi/de-mo/json").body)["urls"][0]["url"]
    path = url.partition(str(index.running.port))[2]
    head = index.request("HEAD", path)
    assert (head.status, head.headers["Content-Length"], head.body) == (200, str(len(DATA)), "")
    for wrong in (
        "/files/x/y",
        path + "x",
        "/files/../../etc/passwd",
        "/files/%2e%2e/file",
        path.replace(WHEEL, "file"),
    ):
        assert index.request("GET", wrong).status == 404


def pip(index: Rehearsal, folder: Path, *arguments: str) -> None:
    """Run pip against the index, with nothing of the user's."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--isolated", "--no-cache-dir", "--disable-pip-version-check", "install"),
            *("--only-binary", ":all:", "--index-url", f"{index.running.url}/simple/", *arguments),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "NO_PROXY": "127.0.0.1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_pip_installs_from_it_with_hashes_and_metadata_files(
    index: Rehearsal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    stored = pages._stored

    def seen(file: IndexFile, name: str, content_type: str) -> pages.FileReply:
        fetched.append(name)
        return stored(file, name, content_type)

    monkeypatch.setattr(pages, "_stored", seen)
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"de-mo==1.0 --hash=sha256:{sha256(DATA).hexdigest()}\n")
    pip(index, tmp_path, "--require-hashes", "--target", str(tmp_path / "site"), "-r", str(requirements))
    assert (tmp_path / "site" / "de_mo" / "__init__.py").is_file()
    pip(index, tmp_path, "--dry-run", "de-mo")
    assert fetched == ["file", "metadata"]  # pip takes no metadata file where it has to check hashes


def test_the_page_can_be_read_on_a_phone(index: Rehearsal) -> None:
    """No line is wider than the screen, and what is meant as code is shown as such."""
    index.upload_file("de_mo-1.2-py3-none-any.whl", build("wheel de_mo 1.2\nmetadata Classifier: Foo :: Bar"))
    text = index.request("GET", "/").body
    assert "white-space: pre-wrap" in text
    assert "overflow-wrap: anywhere" in text
    assert "<code>Foo :: Bar</code>" in text
    assert "`" not in text
