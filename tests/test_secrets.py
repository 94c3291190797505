"""Secrets planted in every input, and real runs of each command: nothing that is printed or written holds a piece of one."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import NAMESPACE_OID, NAMESPACE_URL, uuid5

import pytest
from cli.command import Done, preflight
from cli.session import Session
from credentials.tokens import forge
from index.github_api import HOME, environments, repository
from index.github_api import secrets as secret_list
from index.identity_tokens import BEARER, github_claims, github_job, give_github_token
from index.platform_server import platform_server
from outside import SIMPLE, entry, page
from recipes import build

WINDOW = 12
"""Characters of a secret from which on a piece of it counts as shown."""

_PUBLIC = ("pypi-", "AgEIcHlwaS5vcmc", "AgENdGVzdC5weXBpLm9yZw")
"""What every token of an index starts with."""

FORMATS = ("full", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown")


@dataclass
class Planted:
    """A project, a home folder and an environment with secrets in them."""

    project: Path
    home: Path
    variables: dict[str, str]
    secrets: dict[str, str] = field(default_factory=dict)
    session: Session | None = None

    def run(self, *arguments: str, stdin: str | None = None) -> Done:
        """In the process of the session, where there is one."""
        if self.session is not None:
            return self.session.run(*arguments, stdin=stdin)
        return preflight(*arguments, cwd=self.project, stdin=stdin, **self.variables)

    @contextmanager
    def opened(self) -> Iterator["Planted"]:
        """With one process for all commands."""
        self.session = Session(self.project, **self.variables)
        try:
            yield self
        finally:
            self.session.close()
            self.session = None


class Mint:
    """Makes secrets, each of its own, and remembers what they are called."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}

    def token(self, name: str, index: str = "pypi.org") -> str:
        identifier = str(uuid5(NAMESPACE_OID, name))
        self.secrets[name] = forge(index, ([3, f"{uuid5(NAMESPACE_URL, name)}"],), identifier=identifier)
        return self.secrets[name]

    def password(self, name: str) -> str:
        number = len(self.secrets)
        self.secrets[name] = f"Tr0ub4dor{number:02d}and{number * 7919 % 9973:04d}horses"
        return self.secrets[name]


def secret_part(secret: str) -> str:
    for public in _PUBLIC:
        secret = secret.removeprefix(public)
    return secret


def shown_of(text: str, secrets: dict[str, str]) -> list[str]:
    """The names of the secrets of which a piece stands in a text."""
    found = []
    for name, secret in secrets.items():
        hidden = secret_part(secret)
        if any(hidden[at : at + WINDOW] in text for at in range(len(hidden) - WINDOW + 1)):
            found.append(name)
    return found


def assert_nothing_shown(planted: Planted, done: Done, *, status: tuple[int, ...] = (0, 1)) -> None:
    assert "Traceback" not in done.err
    assert done.status in status, done.err
    assert shown_of(done.out, planted.secrets) == []
    assert shown_of(done.err, planted.secrets) == []


BACKEND = """from keyring.backend import KeyringBackend
from keyring.credentials import SimpleCredential


class Kept(KeyringBackend):
    priority = 1

    def get_password(self, service, username):
        return "{password}"

    def get_credential(self, service, username):
        return SimpleCredential(username or "__token__", "{password}")

    def set_password(self, service, username, password):
        raise AssertionError("preflight stores nothing")
"""
CRASH_CARD = """---
code: XCR001
name: crashing-rule
severity: error
summary: Crashes with all that it knows
message: never
fix: Never.
rejections: []
causes: []
decided_by: [config]
fix_kind: none
links: []
since: 0.1.0
---
## What happens

It crashes.

## How to fix

Not at all.
"""
CRASH_CHECK = """from preflight.engine.checks import check


@check("XCR001")
def crash(maybe_machine, files):
    known = list(maybe_machine.variables.values()) if maybe_machine else []
    texts = [source.text.replace("\\n", " ") for path in PATHS if (source := files.find(path))]
    raise ValueError(" ".join([*(value for value in known if VARIABLES), *texts])[START:])


PATHS = {paths}
VARIABLES = {variables}
START = {start}
"""


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)


def plant(folder: Path, kind: str) -> Planted:
    """`kind` says whether what clients find on the machine are tokens or account passwords."""
    mint = Mint()
    secret = mint.token if kind == "tokens" else mint.password
    project, home = folder / "project", folder / "home"
    write(project, _project(mint))
    write(home, _home(mint, secret))
    site = folder / "site"
    write(site, {"kept_backend.py": BACKEND.format(password=secret("keyring"))})
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "init", "-q", "-b", "main"], cwd=project, check=True)
    subprocess.run([*git, "add", "-A"], cwd=project, check=True)
    subprocess.run([*git, "commit", "-q", "-m", "x"], cwd=project, check=True)
    from cli.command import ROOT

    variables = {
        "HOME": str(home),
        "PYTHONPATH": f"{ROOT}:{site}",
        "PYTHON_KEYRING_BACKEND": "kept_backend.Kept",
        "TWINE_PASSWORD": secret("TWINE_PASSWORD"),
        "TWINE_TOKEN": secret("TWINE_TOKEN"),
        "UV_PUBLISH_TOKEN": secret("UV_PUBLISH_TOKEN"),
        "UV_PUBLISH_PASSWORD": secret("UV_PUBLISH_PASSWORD"),
        "HATCH_INDEX_AUTH": secret("HATCH_INDEX_AUTH"),
        "HATCH_INDEX_USER": "ada",
        "POETRY_PYPI_TOKEN_PYPI": secret("POETRY_PYPI_TOKEN_PYPI"),
        "POETRY_HTTP_BASIC_PYPI_PASSWORD": secret("POETRY_HTTP_BASIC_PYPI_PASSWORD"),
        "FLIT_USERNAME": mint.token("FLIT_USERNAME"),
        "FLIT_PASSWORD": secret("FLIT_PASSWORD"),
        "PDM_PUBLISH_PASSWORD": secret("PDM_PUBLISH_PASSWORD"),
        "PDM_PUBLISH_REPO": f"https://ada:{secret('PDM_PUBLISH_REPO')}@pypi.example.com/",
        "MATURIN_USERNAME": "ada",
        "MATURIN_PASSWORD": secret("MATURIN_PASSWORD"),
        "MATURIN_REPOSITORY_URL": f"https://ada:{secret('MATURIN_REPOSITORY_URL')}@upload.pypi.org/simple/",
    }
    return Planted(project, home, variables, mint.secrets)


def _project(mint: Mint) -> dict[str, str]:
    return {
        "pyproject.toml": f"""[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "sampleproject"
version = "1.0"
dependencies = ["private @ https://user:{mint.password("dependency")}@pypi.example.com/x.whl"]

[project.urls]
Homepage = "https://__token__:{mint.token("url in pyproject")}@example.com/"

[[tool.uv.index]]
name = "private"
url = "https://pypi.example.com/simple/"
publish-url = "https://ada:{mint.password("publish-url")}@pypi.example.com/upload/"

[tool.preflight]
ignore = ["{mint.token("preflight table")}"]
""",
        ".pypirc": f"""[distutils]
index-servers =
    pypi
    private

[pypi]
username = ada
password = "{mint.token("project .pypirc", "test.pypi.org")}"

[private]
repository = https://ada:{mint.password("address in .pypirc")}@pypi.example.com/
username = ada
password = {mint.password("private .pypirc")}
""",
        "poetry.toml": f'[pypi-token]\npypi = "{mint.token("poetry.toml")}"\n',
        "pdm.toml": f'[repository.pypi]\nusername = "ada"\npassword = "{mint.password("pdm.toml")}"\n',
        "notes.txt": f"token: {mint.token('tracked file')} (mine)\n",
        ".github/workflows/publish.yml": f"""on:
  release:
    types: [published]
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions:
      id-token: write
    steps:
      - uses: pypa/gh-action-pypi-publish@release/v1
        with:
          user: ada
          password: {mint.token("workflow input")}
      - run: twine upload -u ada -p {mint.token("twine option")} dist/*
      - run: uv publish --publish-url https://ada:{mint.password("publish option")}@upload.pypi.org/simple/
      - run: twine upload dist/*
        env:
          TWINE_PASSWORD: {mint.token("workflow env", "test.pypi.org")}
  trusted:
    runs-on: ubuntu-latest
    permissions:
      id-token: write
    steps:
      - uses: pypa/gh-action-pypi-publish@release/v1
""",
    }


def _home(mint: Mint, secret: "object") -> dict[str, str]:
    assert callable(secret)
    store = f'[[credential]]\nservice = "https://upload.pypi.org/"\nusername = "u"\npassword = "{secret("uv store")}"\n'
    return {
        ".pypirc": f"[pypi]\nusername = ada\npassword = {secret('home .pypirc')}\n",
        ".netrc": f"machine upload.pypi.org login ada password {secret('netrc')}\n",
        ".config/pypoetry/auth.toml": f'[pypi-token]\npypi = "{secret("auth.toml")}"\n',
        ".config/hatch/config.toml": f'[publish.index]\nuser = "ada"\nauth = "{secret("hatch config")}"\n',
        ".config/pdm/config.toml": f'[repository.pypi]\nusername = "ada"\npassword = "{secret("pdm config")}"\n',
        ".config/uv/uv.toml": f'publish-url = "https://ada:{secret("uv.toml")}@upload.pypi.org/legacy/"\n',
        ".local/share/uv/credentials/credentials.toml": store,
    }


@pytest.fixture(scope="module", params=["tokens", "passwords"])
def planted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    with plant(tmp_path_factory.mktemp("planted"), request.param).opened() as made:
        yield made


@pytest.mark.parametrize("format", FORMATS)
def test_check_shows_no_secret_in_any_format(planted: Planted, format: str) -> None:
    done = planted.run("check", "--credentials", "--keyring", "--verbose", "--output-format", format)
    assert_nothing_shown(planted, done)
    assert len(done.out) > 500


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--quiet"],
        ["check", "--credentials"],
        ["check", "--fix", "--diff", "--unsafe", "--credentials"],
        ["check", ".pypirc", "--verbose"],
        ["check", "--write-baseline", "baseline.json", "--credentials"],
        ["fix", "--diff"],
        ["plan"],
        ["plan", "--output-format", "json"],
        ["publisher"],
        ["publisher", "--output-format", "json"],
        ["doctor", "--keyring"],
        ["doctor", "--keyring", "--output-format", "json"],
        ["doctor", "--keyring", "--output-format", "markdown"],
        ["init", "--diff"],
        ["init", "--diff", "--overwrite", "--with-token"],
        ["explain", "TOK014"],
        ["explain", "TOK014", "--output-format", "json"],
        ["rules"],
    ],
    ids=" ".join,
)
def test_no_command_shows_a_secret(planted: Planted, arguments: list[str]) -> None:
    assert_nothing_shown(planted, planted.run(*arguments))


LOG = """publish\tUpload\t2026-01-01T00:00:00.0000000Z ##[group]Run twine upload dist/*
publish\tUpload\t2026-01-01T00:00:00.0000000Z env:
publish\tUpload\t2026-01-01T00:00:00.0000000Z   TWINE_PASSWORD: {one}
publish\tUpload\t2026-01-01T00:00:01.0000000Z twine upload --username __token__ --password {two} dist/*
publish\tUpload\t2026-01-01T00:00:02.0000000Z Uploading distributions to https://__token__:{three}@upload.pypi.org/legacy/
publish\tUpload\t2026-01-01T00:00:03.0000000Z {four}
publish\tUpload\t2026-01-01T00:00:04.0000000Z ERROR    HTTPError: 403 Forbidden from https://upload.pypi.org/legacy/
publish\tUpload\t2026-01-01T00:00:04.0000000Z          Invalid or non-existent authentication information. {five}
publish\tUpload\t2026-01-01T00:00:05.0000000Z ##[error]Process completed with exit code 1.
"""


@pytest.mark.parametrize("format", ["full", "json", "markdown", "concise"])
@pytest.mark.parametrize("project", [[], ["--project", "."]], ids=["log", "project"])
def test_doctor_quotes_no_secret_of_a_log(planted: Planted, format: str, project: list[str]) -> None:
    mint = Mint()
    names = ("one", "two", "three", "four", "five")
    log = LOG.format(**{name: mint.token(name) for name in names})
    done = planted.run("doctor", "-", "--verbose", "--output-format", format, *project, stdin=log)
    if done.status == 2:
        pytest.skip(f"doctor has no format {format}")
    assert_nothing_shown(Planted(planted.project, planted.home, {}, {**planted.secrets, **mint.secrets}), done)
    batch = planted.run("doctor", "--batch", stdin=json.dumps({"id": 1, "log": log}) + "\n")
    assert shown_of(batch.out + batch.err, mint.secrets) == []


@pytest.mark.parametrize(
    ("paths", "variables", "start"),
    [
        ([], True, 0),
        ([".pypirc"], False, 0),
        ([".pypirc"], False, 150),
        ([".github/workflows/publish.yml"], False, 200),
        (["pyproject.toml"], False, 120),
        (["poetry.toml", "pdm.toml", "notes.txt"], False, 0),
    ],
)
def test_a_rule_that_crashes_with_secrets_in_its_error(
    planted: Planted, paths: list[str], variables: bool, start: int, tmp_path: Path
) -> None:
    write(
        tmp_path,
        {
            "XCR001-crashing-rule.md": CRASH_CARD,
            "checks.py": CRASH_CHECK.format(paths=paths, variables=variables, start=start),
        },
    )
    config = tmp_path / "preflight.toml"
    config.write_text(f'rules = ["{tmp_path}"]\n')
    more = ["--verbose"] if start else ["--output-format", "json"]
    done = preflight(
        *("check", "--credentials", "--config", str(config), *more), cwd=planted.project, **planted.variables
    )
    assert_nothing_shown(planted, done, status=(4,))
    assert "INT001" in done.out


def test_no_file_that_was_written_holds_a_secret(planted: Planted) -> None:
    """Caches, baselines and reports: whatever came into being beside what was planted."""
    before = {path for root in (planted.project, planted.home) for path in root.rglob("*") if path.is_file()}
    report = planted.home / "report.sarif"
    arguments = ("check", "--credentials", "--keyring", "--output-file", str(report), "--output-format", "sarif")
    assert_nothing_shown(planted, planted.run(*arguments))
    planted.run("check", "--write-baseline", "written.json", "--credentials")
    after = {path for root in (planted.project, planted.home) for path in root.rglob("*") if path.is_file()}
    assert {report, planted.project / "written.json"} <= after - before
    for path in after - before:
        assert shown_of(path.read_text(errors="replace"), planted.secrets) == [], path


def test_the_planted_secrets_are_looked_at(planted: Planted) -> None:
    """Without this, a tool that reads nothing would pass."""
    done = planted.run("check", "--credentials", "--keyring", "--output-format", "json")
    found = {each["code"] for each in json.loads(done.out)["findings"]}
    assert {"TOK007", "TOK008", "TOK014", "TOK015", "TOK018", "CLT001"} <= found
    table = planted.run("doctor", "--keyring", "--output-format", "json")
    sources = " ".join(str(each["source"]) for each in json.loads(table.out)["machine"]["clients"])
    assert "TWINE_PASSWORD" in sources
    assert "poetry" in sources.lower()


def test_the_windows_find_a_leak() -> None:
    token = forge("pypi.org", ([1, ["x"]],))
    assert shown_of(f"…{token[40:52]}…", {"token": token}) == ["token"]
    assert shown_of("pypi-AgEIcHlwaS5vcmc…(3f9a)", {"token": token}) == []


# ── online ──


@pytest.fixture(scope="module", params=["tokens", "passwords"])
def online(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    """A job of GitHub Actions with an index, GitHub and a token service on loopback; every other address is behind a proxy that is not there."""
    folder = tmp_path_factory.mktemp("online")
    planted = plant(folder, request.param)
    mint = Mint()
    mint.secrets = planted.secrets
    (planted.project / "dist").mkdir()
    (planted.project / "dist" / "sampleproject-1.0.tar.gz").write_bytes(build("sdist sampleproject 1.0"))
    run_git = ["git", "remote", "add", "origin", "https://github.com/octo-org/sampleproject.git"]
    subprocess.run(run_git, cwd=planted.project, check=True)
    with platform_server() as server:
        token = give_github_token(server, github_claims(jti=uuid5(NAMESPACE_OID, "jti").hex))
        minted = {"success": True, "token": mint.token("minted"), "expires": 2_000_000_000}
        server.answer("/_/oidc/mint-token", minted, method="POST")
        file = entry("sampleproject-0.9.tar.gz", provenance="https://pypi.org/x")
        server.answer(
            "/simple/sampleproject/", page("sampleproject", file), headers={"content-type": SIMPLE, "etag": '"1"'}
        )
        server.answer(HOME, repository())
        server.answer(f"{HOME}/environments", environments(), headers={"etag": '"2"'})
        server.answer(f"{HOME}/actions/secrets", secret_list("OTHER"))
        mint.secrets |= {
            "identity token": token.split(".")[1][:54],  # the identifier; what follows are names that anybody may show
            "signature": token.split(".")[2],
            "request token": BEARER,
        }
        planted.variables |= {
            **github_job(server),
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.url}/token?key={mint.password('request address')}",
            "GITHUB_TOKEN": mint.password("GITHUB_TOKEN"),
            "HTTPS_PROXY": f"http://ada:{mint.password('proxy')}@127.0.0.1:9",
            "PREFLIGHT_PYPI_URL": server.url,
            "PREFLIGHT_TESTPYPI_URL": server.url,
            "PREFLIGHT_GITHUB_API_URL": server.url,
            "PREFLIGHT_CACHE_DIR": str(folder / "cache"),
        }
        with planted.opened():
            yield planted
        assert any(each.headers.get("authorization") for each in server.requests)


@pytest.mark.parametrize(
    "arguments",
    [
        *(["check", "--online", "--verbose", "--output-format", format] for format in FORMATS),
        ["check", "--online", "--credentials", "dist/sampleproject-1.0.tar.gz"],
        ["check", "--online", "--probe", "--verbose"],
        ["check", "--online", "--probe", "mint", "--verbose"],
        ["check", "--online", "--probe", "mint", "--output-format", "json"],
        ["check", "--online", "--probe", "mint", "--output-format", "markdown"],
        ["publisher", "--online"],
        ["publisher", "--online", "--output-format", "json"],
        ["doctor", "--online", "--keyring", "--verbose"],
        ["plan", "--online"],
    ],
    ids=" ".join,
)
def test_what_is_asked_outside_shows_no_secret(online: Planted, arguments: list[str]) -> None:
    assert_nothing_shown(online, online.run(*arguments))


def test_no_answer_that_was_kept_holds_a_secret(online: Planted) -> None:
    done = online.run("check", "--online", "--verbose", "--probe", "mint")
    assert "exchanged it for an upload token" in " ".join(done.out.split())
    kept = [path for path in (online.project.parent / "cache").rglob("*") if path.is_file()]
    assert kept
    for path in [*kept, *(path for path in online.home.rglob("*.json"))]:
        assert shown_of(path.read_text(errors="replace") + path.name, online.secrets) == [], path
