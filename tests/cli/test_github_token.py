"""The token for GitHub's API in a run of the command: sent to one place, shown and kept nowhere."""

from pathlib import Path

from cli.session import Session
from index.github_api import HOME, SELECTED, TOKEN, environments, policies, repository
from index.platform_server import platform_server
from publishing_workflow import ON_RELEASE

PROJECT = '[project]\nname = "sampleproject"\nversion = "1.0"\n[project.urls]\nSource = "https://github.com/octo-org/sampleproject"\n'
FORMATS = ("full", "json", "sarif", "markdown")


def test_the_token_is_sent_to_github_and_shown_and_kept_nowhere(tmp_path: Path) -> None:
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "publish.yml").write_text(ON_RELEASE)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    shown = ""
    with platform_server() as server, platform_server() as index:
        server.answer(HOME, repository(), headers={"etag": '"x"'})
        server.answer(f"{HOME}/environments", environments(pypi=SELECTED))
        server.answer(f"{HOME}/environments/pypi/deployment-branch-policies", policies(("main", "branch")))
        variables = {
            "GITHUB_API_URL": server.url,
            "PREFLIGHT_PYPI_URL": index.url,
            "PREFLIGHT_TESTPYPI_URL": index.url,
            "GITHUB_TOKEN": TOKEN,
        }
        session = Session(tmp_path, **variables)
        for format in FORMATS:
            done = session.run("check", "--online", "--verbose", "--output-format", format)
            assert done.status == 1, done.err
            shown += done.out + done.err
        session.close()
        assert {each.headers.get("authorization") for each in server.requests} == {f"Bearer {TOKEN}"}
        assert not any("authorization" in each.headers for each in index.requests)
    assert "environment `pypi` on tag `v1.2.3` (event `release`), but the environment admits branches only" in " ".join(
        shown.split()
    )
    assert TOKEN not in shown
    assert all(TOKEN.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
