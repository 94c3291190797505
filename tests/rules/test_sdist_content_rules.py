"""What gets into a distribution by accident, and what an sdist leaves out of its packages; and what looks like it and is right."""

import pytest
from harness import check_files
from recipes import build

from preflight.distributions.archive import Distribution, Kind
from preflight.distributions.stored_file import StoredFile
from preflight.engine.finding import Reported, Severity
from preflight.engine.packs import built_in_registry
from preflight.engine.session import Options
from preflight.project.git import GitRecord
from preflight.report.report import FORMATS, Report, Section, render
from preflight.sources.tree import MemoryTree
from tests.credentials.tokens import forge

SDIST = "dist/parcel-1.0.tar.gz"
WHEEL = "dist/parcel-1.0-py3-none-any.whl"
TOKEN = forge("pypi.org", ([1, ["parcel"]],))
KEY = "-----BEGIN RSA PRIVATE KEY-----\\nMIIEow\\n-----END RSA PRIVATE KEY-----\\n"
VALUE = "gT5kq9ZwLmRb"


def sdist(*lines: str) -> list[Reported]:
    return of({SDIST: "\n".join(("sdist parcel 1.0", *lines))}, "SDT008")


def of(files: dict[str, str], *select: str, git: GitRecord | None = None) -> list[Reported]:
    built: dict[str, str | bytes] = {
        path: build(text) if path.startswith("dist/") else text for path, text in files.items()
    }
    result = check_files(built, *select, git=git)
    assert not result.crashed, [finding.message for finding in result.findings]
    return result.findings


# ── SDT008 and WHL011: secrets ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env", f"# settings\\nexport DB_PASSWORD='{VALUE}'\\n"),
        (".env.production", f"AWS_SECRET_ACCESS_KEY={VALUE}\\n"),
        ("src/parcel/.env", f"DATABASE_URL=postgres://ada:{VALUE}@db.parcels.org/x\\n"),
        (".pypirc", f"[pypi]\\nusername = ada\\npassword = {VALUE}\\n"),
        (".netrc", f"machine parcels.org login ada password {VALUE}\\n"),
        (".git-credentials", f"https://ada:{VALUE}@parcels.org\\n"),
        (".npmrc", f"//registry.npmjs.org/:_authToken={VALUE}\\n"),
        ("deploy/id_ed25519", KEY.replace("RSA", "OPENSSH")),
        ("server.key", KEY),
    ],
)
def test_a_secret_is_a_warning_and_its_value_not_shown(path: str, text: str) -> None:
    found = sdist(f"file parcel-1.0/{path} = {text}")[0]
    assert (found.severity, found.place and found.place.source.member) == (Severity.WARNING, f"parcel-1.0/{path}")
    assert VALUE not in found.message + found.fix + repr(found.args)
    (in_wheel,) = of({WHEEL: f"wheel parcel 1.0\nfile parcel/{path} = {text}"}, "WHL011")
    assert in_wheel.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env", ""),
        (".env", "PYTHONPATH=src\\nTOKENIZERS_PARALLELISM=false\\nMAX_TOKENS=40960000\\n"),
        (".env", "DB_PASSWORD=changeme-please\\nAPI_TOKEN=${API_TOKEN}\\nSECRET_KEY=\\n"),
        (".env", "PASSWORD_FILE=/run/files/pw.txt\\nDATABASE_URL=postgres://ada:gT5kq9ZwLmRb@localhost/x\\n"),
        (".env.example", f"DB_PASSWORD={VALUE}\\n"),
        ("tests/.env", f"DB_PASSWORD={VALUE}\\n"),
        ("src/parcel/templates/app/.env", f"DB_PASSWORD={VALUE}\\n"),
        (".npmrc", "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\\n"),
        ("tests/certs/server.key", KEY),
        ("src/parcel/localhost.pem", KEY),
        ("dummyserver/certs/server.key", KEY),
        ("cacert.pem", "-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\\n"),
        ("slides.key", "PK\\x03\\x04"),
        ("src/parcel/env.py", f"DB_PASSWORD='{VALUE}'\\n"),
    ],
)
def test_what_looks_like_a_secret_and_is_none(path: str, text: str) -> None:
    line = f"file parcel-1.0/{path} = {text}"
    assert sdist(line) == []
    assert of({WHEEL: f"wheel parcel 1.0\nfile parcel/{path} = {text}"}, "WHL011") == []


# ── SDT008: leftovers ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("paths", "severity", "count"),
    [
        ([".git/HEAD", ".git/config", ".git/objects/ab/cdef"], Severity.WARNING, 3),
        ([".venv/bin/activate", ".venv/lib/x.py"], Severity.INFO, 2),
        (["my-env/pyvenv.cfg", "my-env/lib/python3.13/site-packages/x.py"], Severity.INFO, 2),
        (["js/node_modules/left-pad/index.js"], Severity.INFO, 1),
        (["src/parcel/__pycache__/a.cpython-313.pyc", ".mypy_cache/3.13/a.json"], Severity.INFO, 2),
        (["src/parcel/__init__.pyc"], Severity.INFO, 1),
        ([".DS_Store", "src/parcel/.DS_Store", ".idea/workspace.xml"], Severity.INFO, 3),
        (["dist/parcel-0.9-py3-none-any.whl"], Severity.INFO, 1),
    ],
)
def test_leftovers_are_told_together(paths: list[str], severity: Severity, count: int) -> None:
    (found,) = sdist(*(f"file parcel-1.0/{path} = x" for path in paths))
    assert (found.severity, found.args["count"]) == (severity, count)


@pytest.mark.parametrize(
    "path",
    [
        ".gitignore",
        ".github/workflows/ci.yml",
        "tests/data/repo/.git/HEAD",
        "tests/data/old.pyc",
        "src/parcel/compiled.pyc",
        "src/parcel/static/node_modules/left-pad/index.js",
        "venv/notes.txt",
        "src/parcel/env/settings.py",
        "src/parcel/dist/app.js",
        "build/make.py",
    ],
)
def test_what_may_lie_in_an_sdist(path: str) -> None:
    assert sdist(f"file parcel-1.0/{path} = x") == []


# ── TOK014 in built files ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_token_in_an_sdist_is_shown_at_its_line_and_masked() -> None:
    recipe = f"sdist parcel 1.0\nfile parcel-1.0/src/parcel/upload.py = import os\\nTOKEN = '{TOKEN}'\\n"
    (found,) = of({SDIST: recipe}, "TOK014")
    assert found.place is not None
    assert (found.place.source.member, found.place.line) == ("parcel-1.0/src/parcel/upload.py", 2)
    rules = built_in_registry().rules
    result = check_files({SDIST: build(recipe)}, "TOK014")
    for format in FORMATS:
        report = Report(sections=(Section(result),), version="0.1.0", rules=rules, verbose=True, width=400)
        text = render(report, format)
        assert TOKEN[:40] not in text and TOKEN[-40:] not in text


@pytest.mark.parametrize("line", [f"file parcel/.env = T={TOKEN}", f"body Upload with {TOKEN}"])
def test_a_token_in_settings_or_metadata_of_a_wheel(line: str) -> None:
    assert [each.severity for each in of({WHEEL: f"wheel parcel 1.0\n{line}"}, "TOK014")] == [Severity.WARNING]


@pytest.mark.parametrize("text", [TOKEN[:60] + "...", "pypi-AgEIcHlwaS5vcmcC" + "x" * 150, "pypi-AgE"])
def test_an_example_in_an_sdist_is_no_token(text: str) -> None:
    assert of({SDIST: f"sdist parcel 1.0\nfile parcel-1.0/README.md = {text}"}, "TOK014") == []


def test_a_token_across_two_steps_of_the_unpacking_is_seen() -> None:
    for before in (131072 - 2048 - 4, 131072 - 2560 - 4):
        recipe = (
            f"tar\nfile parcel-1.0/PKG-INFO = x\nfile parcel-1.0/a.txt * {before} = x\nfile parcel-1.0/b.txt = {TOKEN}"
        )
        assert len(of({SDIST: recipe}, "TOK014")) == 1


def test_a_token_of_a_tracked_file_is_told_once_with_the_sdist() -> None:
    files = {"upload.txt": TOKEN + "\n", SDIST: f"sdist parcel 1.0\nfile parcel-1.0/upload.txt = {TOKEN}\\n"}
    texts = {"upload.txt": files["upload.txt"]}
    (found,) = of(files, "TOK014", git=GitRecord(tracked=frozenset(texts), texts=texts))
    assert found.place is not None and found.place.source.path == "upload.txt"
    assert [note.place.source.path for note in found.related] == [SDIST]


# ── SDT009 and SDT005 ─────────────────────────────────────────────────────────────────────────────────────────────

PYPROJECT = '[project]\nname = "parcel"\nversion = "1.0"\n'


def checkout(
    *paths: str,
    pyproject: str = PYPROJECT,
    inside: str | None = None,
    select: str = "SDT009",
    version: str = "1.0",
    more: str = "",
) -> list[Reported]:
    shown = (pyproject if inside is None else inside).replace("\n", "\\n")
    recipe = f"sdist parcel {version}\nfile parcel-{version}/pyproject.toml = {shown}\n{more}"
    files = {"pyproject.toml": pyproject, "src/parcel/__init__.py": "", **dict.fromkeys(paths, "x")}
    tracked = GitRecord(tracked=frozenset(files))
    return of({**files, f"dist/parcel-{version}.tar.gz": recipe}, select, git=tracked)


def test_modules_are_a_warning_and_data_are_mentioned() -> None:
    found = checkout("src/parcel/sub/a.py", "src/parcel/fast.pyx", "src/parcel/py.typed", "src/parcel/page.html")
    assert [(each.severity, each.args["names"]) for each in found] == [
        (Severity.WARNING, ["src/parcel/fast.pyx", "src/parcel/sub/a.py"]),
        (Severity.INFO, ["src/parcel/page.html", "src/parcel/py.typed"]),
    ]


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_a.py",
        "src/parcel/tests/test_a.py",
        "src/parcel/a_test.py",
        "src/parcel/conftest.py",
        "docs/conf.py",
        ".github/workflows/ci.yml",
        "tools/make.py",
        "noxfile.py",
        "src/parcel/README.md",
        "src/parcel/.hidden.json",
        "src/other/__init__.py",
    ],
)
def test_what_an_sdist_may_leave_out(path: str) -> None:
    assert checkout(path) == []


@pytest.mark.parametrize(
    "table",
    [
        '[tool.setuptools.packages.find]\nexclude = ["parcel.inner*"]\n',
        '[tool.hatch.build.targets.sdist]\nexclude = ["/src/parcel/inner"]\n',
        '[tool.hatch.build]\nexclude = ["inner/**"]\n',
        '[tool.poetry]\nexclude = [{ path = "src/parcel/inner", format = "sdist" }]\n',
        '[tool.flit.sdist]\nexclude = ["src/parcel/inner/*.py"]\n',
        '[tool.pdm.build]\nexcludes = ["**/inner"]\n',
        '[tool.uv.build-backend]\nsource-exclude = ["src/parcel/inner/**"]\n',
        '[tool.scikit-build]\nsdist.exclude = ["a.py"]\n',
    ],
)
def test_what_the_configuration_excludes(table: str) -> None:
    assert len(checkout("src/parcel/inner/a.py")) == 1
    assert checkout("src/parcel/inner/a.py", pyproject=PYPROJECT + table) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MANIFEST.in", "prune src/parcel/inner\n"),
        ("MANIFEST.in", "recursive-exclude src/parcel *.py\n"),
        ("MANIFEST.in", "global-exclude a.py\n"),
        ("setup.cfg", "[options.packages.find]\nexclude =\n    parcel.inner*\n"),
    ],
)
def test_what_files_of_setuptools_exclude(name: str, text: str) -> None:
    files = {"pyproject.toml": PYPROJECT, "src/parcel/__init__.py": "", "src/parcel/inner/a.py": "", name: text}
    shown = PYPROJECT.replace("\n", "\\n")
    recipe = f"sdist parcel 1.0\nfile parcel-1.0/pyproject.toml = {shown}"
    assert of({**files, SDIST: recipe}, "SDT009", git=GitRecord(tracked=frozenset(files))) == []


def test_an_sdist_of_another_state_says_nothing() -> None:
    assert len(checkout("src/parcel/a.py")) == 1
    assert checkout("src/parcel/a.py", version="0.9") == []
    assert checkout("src/parcel/a.py", inside=PYPROJECT + "dependencies = []\n") == []


def test_an_untracked_module_is_not_missed() -> None:
    shown = PYPROJECT.replace("\n", "\\n")
    files = {
        "pyproject.toml": PYPROJECT,
        "src/parcel/__init__.py": "",
        "src/parcel/scratch.py": "",
        SDIST: f"sdist parcel 1.0\nfile parcel-1.0/pyproject.toml = {shown}",
    }
    tracked = GitRecord(tracked=frozenset(("pyproject.toml", "src/parcel/__init__.py")))
    assert of(files, "SDT009", git=tracked) == []


BACKEND = '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["./_build"]\n'


@pytest.mark.parametrize(
    ("table", "path"),
    [
        (BACKEND, "_build/own.py"),
        ('[tool.hatch.build.hooks.custom]\npath = "ci/hook.py"\n', "ci/hook.py"),
        ('[tool.poetry.build]\nscript = "build.py"\n', "build.py"),
        ('[tool.pdm.build]\ncustom-hook = "hook.py"\n', "hook.py"),
    ],
)
def test_a_script_of_the_build_that_the_sdist_lacks(table: str, path: str) -> None:
    text = PYPROJECT + table
    (found,) = checkout(path, pyproject=text, select="SDT005")
    assert found.severity is Severity.WARNING and found.place is not None
    assert found.place.source.path == "pyproject.toml"
    assert checkout(path, pyproject=text, select="SDT005", more=f"file parcel-1.0/{path} = x") == []
    assert checkout(pyproject=text, select="SDT005") == []


# ── the set in dist/ ──────────────────────────────────────────────────────────────────────────────────────────────


def test_two_spellings_of_a_release_name_both_places() -> None:
    files = {"dist/parcel-1.54.tar.gz": "sdist parcel 1.54", "dist/parcel-1.54.0.tar.gz": "sdist parcel 1.54.0"}
    (found,) = of(files, "SDT004", "BLD006")
    assert found.place is not None
    assert {found.place.source.path, *(note.place.source.path for note in found.related)} == set(files)
    assert "1.54 and 1.54.0 are one release" in found.message or "1.54.0 and 1.54 are one release" in found.message


@pytest.mark.parametrize(
    ("declared", "sizes", "severity"),
    [
        (None, (6, 5), Severity.WARNING),
        (11, (6, 6), Severity.ERROR),
        (12, (6, 6), None),
        (1, (5, 4), None),
        (None, (5, 5), None),
    ],
)
def test_files_that_exceed_the_limit_of_the_project(
    declared: int | None, sizes: tuple[int, int], severity: Severity | None
) -> None:
    limit = f"[tool.preflight]\nproject-size-limit = {declared}\n" if declared else ""
    found = of_sizes({f"parcel-1.0-{size}{number}": size for number, size in enumerate(sizes)}, PYPROJECT + limit)
    assert [each.severity for each in found] == ([severity] if severity else [])


def test_files_of_several_projects_are_not_added_up() -> None:
    assert of_sizes({"parcel-1.0": 6, "other-1.0": 6}, PYPROJECT) == []


def of_sizes(files: dict[str, int], pyproject: str) -> list[Reported]:
    """Findings on wheels of so many GiB, of which only the size is made up."""
    built = {f"dist/{name}-py3-none-any.whl": build(f"wheel {name.partition('-')[0]} 1.0") for name in files}
    tree = MemoryTree(built)
    given = tuple(
        Distribution(StoredFile(tree, path), Kind.WHEEL, size * 1024**3, lambda place, reason: None)
        for path, size in zip(built, files.values(), strict=True)
    )
    options = Options(select=("NAM009",))
    result = check_files({"pyproject.toml": pyproject, **built}, seeds={"distributions": given}, options=options)
    assert not result.crashed
    return result.findings
