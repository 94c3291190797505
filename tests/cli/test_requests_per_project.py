"""How many requests a run sends: at most six for each project, GitHub's included, over twenty checkouts of several kinds."""

import subprocess
from collections import Counter
from collections.abc import Iterator
from json import dumps, loads
from pathlib import Path

import pytest
from cli.command import Done, preflight
from index.github_api import SELECTED, environments, policies, repository, secrets
from loopback import Asked, Route, Running, answer, serving, with_etag
from outside import SIMPLE, entry, page

MOST = 6
COUNT = 20

JOB = """  {name}:
    runs-on: ubuntu-latest
    environment: {name}
    permissions:
      id-token: write
    steps:
      - uses: pypa/gh-action-pypi-publish@release/v1
        with:
          password: ${{{{ secrets.{name}_TOKEN }}}}
          repository-url: https://{host}/legacy/
"""
TRUSTED = """  trusted:
    runs-on: ubuntu-latest
    permissions:
      id-token: write
    steps:
      - uses: pypa/gh-action-pypi-publish@release/v1
"""
HOSTS = {"pypi": "upload.pypi.org", "testpypi": "test.pypi.org"}
WORKFLOW = "on:\n  release:\n    types: [published]\njobs:\n"
DEPENDENCIES = ("alpha-one", "beta-two", "gamma-three")


def checkout(folder: Path, name: str, *, indexes: tuple[str, ...], projects: int) -> None:
    """A checkout that publishes to some indexes, with secrets in environments: GitHub has much to be asked about."""
    (folder / ".github/workflows").mkdir(parents=True)
    jobs = "".join(JOB.format(name=index, host=HOSTS[index]) for index in indexes)
    (folder / ".github/workflows/publish.yml").write_text(WORKFLOW + jobs + TRUSTED)
    for number in range(projects):
        below = folder / (f"packages/p{number}" if projects > 1 else "")
        below.mkdir(parents=True, exist_ok=True)
        own = f"{name}-p{number}" if projects > 1 else name
        text = f'[project]\nname = "{own}"\nversion = "1.0"\ndependencies = {dumps([*DEPENDENCIES])}\n'
        (below / "pyproject.toml").write_text(text)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "init", "-q", "-b", "main"], cwd=folder, check=True)
    subprocess.run([*git, "remote", "add", "origin", f"https://github.com/octo-org/{name}.git"], cwd=folder, check=True)


def of_index(name: str, *, released: bool) -> dict[str, Route]:
    if not released:
        return {}
    file = f"{name.replace('-', '_')}-0.9.tar.gz"
    proven = f"/integrity/{name}/0.9/{file}/provenance"
    publisher = {"kind": "GitHub", "repository": "octo-org/x", "workflow": "release.yml", "environment": None}
    bodies: dict[str, tuple[object, str]] = {
        f"/simple/{name}/": (page(name, entry(file, provenance=f"https://pypi.org{proven}")), SIMPLE),
        proven: ({"version": 1, "attestation_bundles": [{"publisher": publisher}]}, "application/json"),
        f"/pypi/{name}/0.9/json": ({"info": {"requires_dist": [], "project_urls": {}}}, "application/json"),
    }
    return {path: with_etag(f'"{path}"', dumps(body), kind) for path, (body, kind) in bodies.items()}


def of_github(name: str) -> dict[str, Route]:
    home = f"/repos/octo-org/{name}"
    bodies: dict[str, object] = {
        "": repository(f"octo-org/{name}"),
        "/environments": environments(pypi=SELECTED, testpypi=SELECTED),
        "/actions/secrets": secrets("OTHER"),
        "/actions/organization-secrets": secrets("OTHER"),
    }
    for environment in HOSTS:
        bodies[f"/environments/{environment}/deployment-branch-policies"] = policies(("v*", "tag"))
        bodies[f"/environments/{environment}/secrets"] = secrets("OTHER")
    return {f"{home}{path}?per_page=100": answer(200, dumps(body), "application/json") for path, body in bodies.items()}


@pytest.fixture(scope="module")
def checkouts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Running]]:
    folder = tmp_path_factory.mktemp("twenty")
    routes: dict[str, Route] = {}
    for number in range(COUNT):
        name = f"demo-{number:02d}x"
        projects = 3 if number % 5 == 4 else 1
        indexes = ("pypi", "testpypi") if number % 2 else ("pypi",)
        checkout(folder / "all" / name, name, indexes=indexes, projects=projects)
        routes |= of_github(name)
        for own in [name] if projects == 1 else [f"{name}-p{each}" for each in range(projects)]:
            routes |= of_index(own, released=number % 3 != 0)
    with serving(routes) as server:
        yield folder / "all", server


def run(server: Running, folder: Path, *arguments: str, paths: list[str]) -> Done:
    return preflight(
        *("check", "--online", "--exit-zero", *arguments, *paths),
        cwd=folder,
        PREFLIGHT_CACHE_DIR=str(folder.parent / "cache"),
        PREFLIGHT_PYPI_URL=server.url,
        PREFLIGHT_TESTPYPI_URL=f"{server.url}/test",
        PREFLIGHT_GITHUB_API_URL=server.url,
        GITHUB_TOKEN="a-token-for-github",
    )


def owners(asked: list[Asked], names: list[str]) -> Counter[str]:
    """How many requests each checkout caused. Dependencies and look-alikes of names are asked for once in a run, by whoever comes first."""
    return Counter(next((name for name in names if name in each.path), "others") for each in asked)


def test_no_project_costs_more_than_six_requests(checkouts: tuple[Path, Running]) -> None:
    folder, server = checkouts
    names = sorted(each.name for each in folder.iterdir())
    server.asked.clear()
    done = run(server, folder, paths=names)
    assert done.status == 0, done.err
    first = list(server.asked)
    assert len(first) <= MOST * sum(3 if number % 5 == 4 else 1 for number in range(COUNT))
    counted = owners(first, names)
    for name in names:
        assert counted[name] <= MOST * len(list((folder / name).rglob("pyproject.toml"))), name
    for name in names:
        assert any(f"/simple/{name}" in each.path for each in first)
        assert any(each.path == f"/repos/octo-org/{name}?per_page=100" for each in first)

    server.asked.clear()
    run(server, folder, paths=names)
    of_released = [each for each in server.asked if each.path in server.routes and not each.path.startswith("/repos/")]
    assert of_released
    assert all(each.headers.get("if-none-match") for each in of_released)


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4])
def test_one_checkout_alone(checkouts: tuple[Path, Running], number: int) -> None:
    """Of each kind one; together with dependencies and look-alikes."""
    folder, server = checkouts
    name = f"demo-{number:02d}x"
    server.asked.clear()
    done = run(server, folder, "--no-cache", "--output-format", "json", paths=[name])
    assert done.status == 0, done.err
    assert len(server.asked) <= MOST * (3 if number % 5 == 4 else 1)


def test_what_was_not_asked_is_said(checkouts: tuple[Path, Running]) -> None:
    """Two indexes, two environments with patterns, secrets at three levels: pages, provenance and GitHub come before the metadata of the release."""
    folder, server = checkouts
    server.asked.clear()
    done = run(server, folder, "--no-cache", "--output-format", "json", paths=["demo-01x"])
    reasons = {each["code"]: each["reason"] for each in loads(done.out)["skipped"]}
    assert reasons["MET019"] == "no more than 6 requests are sent for a project, and they are used up"
    asked = [each.path for each in server.asked]
    assert len(asked) == MOST
    assert sum("/integrity/" in path for path in asked) == 1
    assert sum("/repos/" in path for path in asked) == 3
    assert not any(path.startswith("/pypi/") for path in asked)
