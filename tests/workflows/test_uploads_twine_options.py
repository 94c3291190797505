"""Twine's own parser is the judge of how its command line is read."""

import argparse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twine.settings import Settings

from preflight.workflows.uploads import read_script_uploads
from preflight.workflows.values import unknown

_WORDS = st.sampled_from(
    [
        "-r", "-rtestpypi", "-r=x", "--repository", "--repository=testpypi", "--repository-url", "-repository",
        "--repository-url=https://test.pypi.org/legacy/", "https://example.org/", "-u", "-ume", "--username", "-p",
        "--password=x", "--pass", "--skip-existing", "--skip", "--verbose", "--verb", "--non-interactive", "-s", "-sp",
        "--attestations", "--config-file", "pypirc", "--disable-progress-bar", "dist/a.whl", "dist/b.tar.gz", "--", "x",
    ]
)  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="twine upload", exit_on_error=False, add_help=False)
    Settings.register_argparse_arguments(parser)
    parser.add_argument("dists", nargs="+")
    return parser


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USERNAME", "PASSWORD", "REPOSITORY", "REPOSITORY_URL", "NON_INTERACTIVE", "CERT"):
        monkeypatch.delenv(f"TWINE_{name}", raising=False)


@settings(max_examples=400, deadline=None)
@given(st.lists(_WORDS, min_size=1, max_size=7))
def test_options_are_read_as_twine_reads_them(words: list[str]) -> None:
    try:
        parsed = _parser().parse_args(words)
    except (argparse.ArgumentError, SystemExit):
        return
    (upload,) = read_script_uploads("twine upload " + " ".join(words), {}).uploads
    name = upload.index.name
    url = upload.index.url
    assert (name.value.literal if name else "pypi") == parsed.repository
    assert (url.value.literal if url else None) == (parsed.repository_url or None)
    assert upload.username is not None
    assert upload.username.value.literal == (parsed.username if parsed.username is not None else "__token__")
    assert (upload.password.value.literal if upload.password else None) == parsed.password
    assert (upload.skip_existing is not None) is parsed.skip_existing
    assert (upload.verbose is not None) is parsed.verbose
    assert (upload.attestations_setting is not None) is parsed.attestations
    assert [file.literal for file in upload.files] == parsed.dists
    assert upload.unread == ()
    assert upload.guard.evaluate(unknown) is True
