"""The package as people get it: rules come along in a wheel, and one loader finds them in a checkout, an editable install and a wheel."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RULES = sorted(path.relative_to(ROOT / "rules").as_posix() for path in (ROOT / "rules").rglob("*.md"))
CARDS = [name for name in RULES if name.count(".") == 1]
"""The others are translations."""


def build(target: str, folder: Path) -> Path:
    """Build with hatchling as a frontend would, without a network."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = folder.iterdir()
    return path


def count_of_rules(site: Path | None, cwd: Path) -> tuple[str, int]:
    """Where `preflight` is imported from, and how many rules it lists, with one more folder of packages."""
    code = (
        "import site, sys\n"
        "sys.path[:] = [p for p in sys.path if p and 'preflight' not in p]\n"
        f"extra = {str(site or ROOT)!r}\n"
        "before = list(sys.path)\n"
        "site.addsitedir(extra)\n"
        "sys.path[:] = [p for p in sys.path if p not in before] + before\n"
        "import preflight\n"
        "from preflight.engine.packs import built_in_registry\n"
        "registry = built_in_registry()\n"
        "print(preflight.__file__)\n"
        "print(sum(bool(rule.card.summary) for rule in registry.rules.values()))\n"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=cwd, env=environment, check=True, capture_output=True, encoding="utf-8"
    )
    where, count = done.stdout.split("\n")[:2]
    return where, int(count)


def test_a_checkout_finds_its_rules(tmp_path: Path) -> None:
    where, count = count_of_rules(None, tmp_path)
    assert where == str(ROOT / "preflight" / "__init__.py")
    assert count == len(CARDS)


def test_a_wheel_holds_the_rules_and_finds_them(tmp_path: Path) -> None:
    wheel = build("wheel", tmp_path / "dist")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(site)
    packed = sorted(
        name.removeprefix("preflight/rules/")
        for name in names
        if name.startswith("preflight/rules/") and name.endswith(".md")
    )
    assert packed == RULES
    assert "preflight/py.typed" in names
    assert not [name for name in names if name.startswith(("rules/", "tests/", "fixtures/", "bench/"))]
    where, count = count_of_rules(site, tmp_path)
    assert where == str(site / "preflight" / "__init__.py")
    assert count == len(CARDS)


def test_an_editable_install_finds_the_rules_of_the_checkout(tmp_path: Path) -> None:
    """hatchling lays a copy of force-included files into an editable wheel too; the package of the checkout goes before it."""
    wheel = build("wheel:editable", tmp_path / "dist")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    where, count = count_of_rules(site, tmp_path)
    assert where == str(ROOT / "preflight" / "__init__.py")
    assert count == len(CARDS)


def test_an_sdist_holds_all_that_a_build_and_the_tests_need(tmp_path: Path) -> None:
    with tarfile.open(build("sdist", tmp_path / "dist")) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "preflight/__init__.py",
        "tests/harness.py",
        "fixtures/golden.py",
    } <= names
    assert {f"rules/{name}" for name in RULES} <= names


@pytest.mark.parametrize(
    "name", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", ".pre-commit-hooks.yaml", "action.yml", "LICENSE"]
)
def test_no_path_of_a_machine_and_no_other_registry_stands_in_what_is_published(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "/root/" not in text
    assert "index-url" not in text
