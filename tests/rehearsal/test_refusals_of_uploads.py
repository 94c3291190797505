"""Uploads and PyPI's answers to them: the words in the status line, the order of the checks, and the same verdict as `check`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from credentials.tokens import forge
from distributions.test_archive_refusals import REFUSED as REFUSED_ARCHIVES
from harness import check_files
from recipes import build
from rehearsal.uploading import DROPPED, Rehearsal, basic, form_of, rehearsal
from test_refusals_foretold import BUILT

from preflight.engine.facts import Unavailable
from preflight.engine.finding import Severity
from preflight.index.projects import IndexFile as index_file
from preflight.index.projects import IndexProject
from preflight.rehearsal.known_index import learning
from preflight.rehearsal.limits import Limits
from preflight.rehearsal.state import IndexFile, Project, State

WHEEL = "demo-1.0-py3-none-any.whl"
SDIST = "demo-1.0.tar.gz"
GOOD = build("wheel demo 1.0")
SOURCE = build("sdist demo 1.0")
METADATA_PAGE = "See https://packaging.python.org/specifications/core-metadata for more information."


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Rehearsal]:
    with rehearsal(tmp_path) as running:
        yield running


def answered(running: Rehearsal) -> list[str]:
    """The refusals of the last upload, the answer first."""
    return [each.rejection for each in running.index.attempts[-1].reasons]


def test_a_good_release_is_taken(index: Rehearsal) -> None:
    assert index.upload_file(WHEEL, GOOD).status == 200
    assert index.upload_file(SDIST, SOURCE).status == 200
    assert [each.verdict for each in index.index.attempts] == ["accepted", "accepted"]


FORMS: dict[str, tuple[dict[str, str], str]] = {
    "protocol-version": ({"protocol_version": "2"}, "Unknown protocol version."),
    "filetype-required": ({"filetype": DROPPED}, "Invalid value for filetype. Error: This field is required."),
    "filetype-unknown": ({"filetype": "bdist_egg"}, "Invalid value for filetype. Error: Use a known file type."),
    "pyversion-required": (
        {"pyversion": ""},
        "Invalid value for pyversion. Error: Python version is required for binary distribution uploads.",
    ),
    "pyversion-not-source": (
        {"filetype": "sdist"},
        "Invalid value for pyversion. Error: Use 'source' as Python version for an sdist.",
    ),
    "digest-required": (
        {"md5_digest": DROPPED, "sha256_digest": DROPPED, "blake2_256_digest": DROPPED},
        "Error: Include at least one message digest.",
    ),
    "sha256-format": (
        {"sha256_digest": "abc"},
        "Invalid value for sha256_digest. Error: Use a valid, hex-encoded, SHA256 message digest.",
    ),
    "digest-mismatch": (
        {"sha256_digest": "0" * 64},
        "The digest supplied does not match a digest calculated from the uploaded file.",
    ),
    "name-required": (
        {"name": "UNKNOWN"},
        f"'' is an invalid value for Name. Error: This field is required. {METADATA_PAGE}",
    ),
    "version-local": (
        {"version": "1.0+local"},
        "The use of local versions in '1.0+local' is not allowed. See "
        "https://packaging.python.org/en/latest/specifications/version-specifiers/#local-version-identifiers "
        "for more information.",
    ),
    "wheel-name-mismatch": ({"name": "other"}, "Start filename for 'other' with 'other'."),
    "wheel-version-mismatch": ({"version": "1.1"}, "Version in filename should be '1.1' not '1.0'."),
    "attest-no-tp": (
        {"attestations": "[]"},
        "Invalid attestations supplied during upload: Attestations are only supported when using Trusted Publishing",
    ),
}
"""Changes to the form of a good wheel, which the file knows nothing of, and the answers."""


@pytest.mark.parametrize("row", sorted(FORMS))
def test_the_form_is_judged_apart_from_the_file(index: Rehearsal, row: str) -> None:
    changed, words = FORMS[row]
    reply = index.upload(form_of(WHEEL, GOOD, **changed), (WHEEL, GOOD))
    assert (reply.status, reply.reason) == (400, words)
    assert answered(index)[0] == row


def test_what_is_no_upload(index: Rehearsal) -> None:
    def act(action: str) -> tuple[int, str]:
        reply = index.upload(form_of(WHEEL, GOOD, **{":action": action}), (WHEEL, GOOD))
        return reply.status, reply.reason

    assert act("submit")[0] == 410
    assert act("doc_upload")[1].startswith("Uploading documentation is no longer supported")
    assert act("something") == (405, "Method Not Allowed")
    assert act(DROPPED) == (405, "Method Not Allowed")
    assert index.upload(form_of(WHEEL, GOOD), None).reason == "Upload payload does not have a file."
    assert index.upload([*form_of(WHEEL, GOOD), ("content", "text")], None).status == 500
    moved = index.request("POST", "/legacy", b"", Content_Type="text/plain")
    assert moved.status == 308
    assert moved.headers["Location"] == index.running.upload_url


NO_IDENTITY = (
    "Invalid or non-existent authentication information. See https://pypi.org/help/#invalid-auth for more information."
)
PASSWORD = (
    "Username/Password authentication is no longer supported. Migrate to API Tokens or Trusted Publishers instead. "
    "See https://pypi.org/help/#apitoken and https://pypi.org/help/#trusted-publishers"
)
NOT_FOR = "project-scoped token is not valid for project: 'demo'"


@pytest.mark.parametrize(
    ("authorization", "words"),
    [
        (basic("someone", "a password"), PASSWORD),
        (basic("__token__", "a password"), NO_IDENTITY),
        (basic("__token__", "pypi-AgEI"), NO_IDENTITY),
        (basic("__token__", forge("test.pypi.org", [[3, "0f9b6d4e-52a1-4c37-8e60-7d1f3a9c2b58"]])), NO_IDENTITY),
        ("Digest x", NO_IDENTITY),
        (basic("__token__", forge(caveats=[[0, 1, 0]])), "Invalid API Token: token is expired, token is expired"),
        (basic("__token__", forge(caveats=[[1, ["other"]]])), f"Invalid API Token: {NOT_FOR}, {NOT_FOR}"),
    ],
)
def test_authentication(index: Rehearsal, authorization: str, words: str) -> None:
    reply = index.upload_file(WHEEL, GOOD, Authorization=authorization)
    assert (reply.status, reply.reason) == (403, words)
    assert index.upload_file(WHEEL, GOOD, Authorization="").reason == NO_IDENTITY


def test_tokens_that_are_good(index: Rehearsal) -> None:
    for token in (forge(), forge(caveats=[[1, ["demo"]]]), f"  {forge()}\n"):
        assert index.upload_file(WHEEL, GOOD, token=token).status == 200
    assert index.upload_file(WHEEL, GOOD, Authorization=f"Bearer {forge()}").status == 200


def test_testpypi_has_its_own_tokens_and_pages(tmp_path: Path) -> None:
    with rehearsal(tmp_path, State(index="testpypi")) as running:
        reply = running.upload_file(WHEEL, GOOD, token=forge("pypi.org"))
        assert "https://test.pypi.org/help/#invalid-auth" in reply.reason
        assert running.upload_file(WHEEL, GOOD).status == 200


def test_the_same_file_again_and_another_of_its_name(index: Rehearsal) -> None:
    assert index.upload_file(WHEEL, GOOD).status == 200
    assert index.upload_file(WHEEL, GOOD).status == 200
    assert index.index.attempts[-1].verdict == "identical"
    reply = index.upload_file(WHEEL, build("wheel demo 1.0\nfile demo/more.py = 1"))
    assert reply.status == 400
    assert reply.reason.startswith(f"File already exists ({WHEEL!r}, with blake2_256 hash '")
    assert reply.reason.endswith("See https://pypi.org/help/#file-name-reuse for more information.")


def test_a_released_version_and_a_second_sdist(tmp_path: Path) -> None:
    with rehearsal(tmp_path, State(released=("1.0.0",))) as running:
        assert running.upload_file(WHEEL, GOOD).reason.startswith("File already exists")
        assert running.upload_file("demo-1.1.tar.gz", build("sdist demo 1.1")).status == 200
    old = IndexFile("Demo-1.0.tar.gz", "1.0", is_sdist=True, uploaded=datetime.now(UTC) - timedelta(days=15))
    state = State()
    state.learn(Project("demo", {old.filename: old}))
    with rehearsal(tmp_path / "2", state) as running:
        reply = running.upload_file(SDIST, SOURCE)
        assert reply.reason == "Uploading new files to releases older than 14 days is not allowed."
        assert answered(running) == ["release-closed", "second-sdist"]


def test_what_the_real_index_says(tmp_path: Path) -> None:
    class Indexes:
        def project(self, index: str, name: str) -> IndexProject:
            if name == "silent":
                raise Unavailable("no network")
            files = (index_file(WHEEL, sha256(GOOD).hexdigest(), len(GOOD)),)
            status = "archived" if name == "old" else ""
            return IndexProject(index, name, exists=name in ("demo", "old"), files=files, status=status)

    notes: list[str] = []
    with rehearsal(tmp_path, State()) as running:
        running.index.ask = learning(Indexes(), running.index.state, notes.append)  # type: ignore[arg-type]
        assert running.upload_file(WHEEL, GOOD).status == 200
        assert running.index.attempts[-1].verdict == "identical"
        reply = running.upload_file(WHEEL, build("wheel demo 1.0\nfile demo/x.py = 1"))
        assert reply.reason.startswith("File already exists")
        reply = running.upload_file("old-1.0-py3-none-any.whl", build("wheel old 1.0"))
        assert (reply.status, answered(running)) == (403, ["project-archived"])
        assert running.upload_file("abc-1.0-py3-none-any.whl", build("wheel abc 1.0")).status == 400  # new: not allowed
        assert running.upload_file("silent-1.0-py3-none-any.whl", build("wheel silent 1.0")).status == 200
    assert notes == ["what pypi.org has of silent is not known: no network"]


def test_new_projects_and_sizes(tmp_path: Path) -> None:
    wheel = build("wheel abc 1.0")
    with rehearsal(tmp_path / "1", State(new=True)) as running:
        reply = running.upload_file("abc-1.0-py3-none-any.whl", wheel)
        assert reply.reason.startswith("The name 'abc' isn't allowed (conflict with Python Standard Library module")
    with rehearsal(tmp_path / "2") as running:
        assert running.upload_file("abc-1.0-py3-none-any.whl", wheel).status == 200
        assert "is not known" in running.index.attempts[-1].notes[0]
    with rehearsal(tmp_path / "3", State(existing=frozenset({"abc"})), Limits(file=500)) as running:
        reply = running.upload_file("abc-1.0-py3-none-any.whl", wheel)
        assert reply.reason.startswith("File too large. Limit for project 'abc' is 0 MB.")
        assert "storage-limits#requesting-a-file-size-limit-increase" in reply.reason


def test_the_first_in_the_order_of_the_checks_is_the_answer(index: Rehearsal) -> None:
    recipe = (
        "wheel demo 1.0\nmetadata Classifier: Foo :: Bar\nmetadata Requires-Dist: a b\nrecord: none\nmetadata Summary: "
    )
    data = build(recipe + "x" * 513)
    reply = index.upload(form_of(WHEEL, data, sha256_digest="1" * 64), (WHEEL, data), Authorization=basic("me", "x"))
    assert reply.reason == PASSWORD
    assert answered(index) == [
        "password-auth-removed",
        "requires-dist-invalid",  # packaging's rules go before warehouse's, though `classifier` is first by the alphabet
        "classifier-unknown",
        "summary-too-long",
        "digest-mismatch",
        "wheel-no-record",
    ]


ANSWERED_OTHERWISE = {
    "name-invalid-metadata": "name-invalid",
    "filetype-unknown": "extension-unknown",
    "wheel-filename-version": "version-invalid",
}
"""Refusals that a client's form does not come to, since another is met first."""


@pytest.mark.parametrize("row", sorted({*BUILT, *REFUSED_ARCHIVES} - {"zip-bomb"}))
def test_check_and_rehearse_agree(index: Rehearsal, row: str) -> None:
    filename, recipe = BUILT.get(row) or REFUSED_ARCHIVES[row]
    data = build(recipe)
    found = check_files({f"dist/{filename}": data}).findings
    foretold = {each for finding in found if finding.severity is Severity.ERROR for each in finding.rejections}
    reply = index.upload_file(filename, data)
    if row == "wheel-record-mismatch":  # PyPI only sends mail
        assert reply.status == 200
    elif row == "classifier-private":  # `check` cannot know that it shall be published
        assert (reply.status, answered(index)) == (400, [row])
    else:
        assert reply.status in (400, 500)
        assert answered(index)[0] == ANSWERED_OTHERWISE.get(row, row)
        assert foretold.intersection(answered(index))
    assert not index.index.crashes
