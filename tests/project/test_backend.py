"""Which backend builds a project, and which of its versions the project leaves."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from preflight.engine.facts import Facts
from preflight.facts import FACTS
from preflight.project.backend import BuildBackend, Family
from preflight.project.inventory import ProjectFolder
from preflight.sources.tree import Files, MemoryTree


def backend(text: str, others: Mapping[str, str] | None = None) -> BuildBackend:
    tree = MemoryTree({path: content.encode() for path, content in {"pyproject.toml": text, **(others or {})}.items()})
    found: Any = Facts(FACTS, {"tree": tree, "files": Files(tree), "project": ProjectFolder("")}).get("build_backend")
    assert isinstance(found, BuildBackend)
    return found


def system(requires: str, reference: str, more: str = "") -> BuildBackend:
    return backend(f"[build-system]\nrequires = {requires}\nbuild-backend = '{reference}'\n{more}")


@pytest.mark.parametrize(
    ("reference", "family", "distribution"),
    [
        ("setuptools.build_meta", Family.SETUPTOOLS, "setuptools"),
        ("setuptools.build_meta:__legacy__", Family.SETUPTOOLS, "setuptools"),
        ("hatchling.build", Family.HATCHLING, "hatchling"),
        ("flit_core.buildapi", Family.FLIT, "flit-core"),
        ("flit_scm:buildapi", Family.FLIT, "flit-scm"),
        ("poetry.core.masonry.api", Family.POETRY, "poetry-core"),
        ("poetry_dynamic_versioning.backend", Family.POETRY, "poetry-dynamic-versioning"),
        ("pdm.backend", Family.PDM, "pdm-backend"),
        ("maturin", Family.MATURIN, "maturin"),
        ("mesonpy", Family.MESON_PYTHON, "meson-python"),
        ("scikit_build_core.build", Family.SCIKIT_BUILD_CORE, "scikit-build-core"),
        ("scikit_build_core.setuptools.build_meta", Family.SETUPTOOLS, "scikit-build-core"),
        ("uv_build", Family.UV_BUILD, "uv-build"),
        ("hatchling.something", Family.HATCHLING, None),
        ("sipbuild.api", Family.OTHER, None),
    ],
)
def test_family(reference: str, family: Family, distribution: str | None) -> None:
    found = system('["x"]', reference)
    assert (found.family, found.distribution, found.declared, found.in_tree) == (family, distribution, True, False)


def test_without_build_system_setuptools_builds() -> None:
    for text in ("", "[project]\nname = 'x'\n", "[build-system]\n", "[build-system]\nrequires = []\n", "[project\n"):
        found = backend(text)
        assert (found.family, found.distribution, found.declared) == (Family.SETUPTOOLS, "setuptools", False)


def test_without_build_system_poetry_builds_its_own_projects() -> None:
    text = "[tool.poetry]\nname = 'x'\n"
    assert backend(text).family is Family.POETRY
    assert backend(text, {"setup.py": ""}).family is Family.SETUPTOOLS


def test_in_tree() -> None:
    assert system('["wheel"]', "setuptools.build_meta", "backend-path = ['.']\n").in_tree
    assert not system('["wheel"]', "setuptools.build_meta", "backend-path = []\n").in_tree


def test_requirements_by_normalised_name() -> None:
    found = system('["Setuptools_SCM[toml]>=6", "wheel ; python_version < \'3\'", "", 3, "?"]', "setuptools.build_meta")
    assert [(each.name, each.marker is not None) for each in found.requires] == [
        ("setuptools-scm", False),
        ("wheel", True),
        ("", False),
        ("", False),
    ]
    assert [each.place.text for each in found.requirements("setuptools.scm") if each.place] == [
        '"Setuptools_SCM[toml]>=6"'
    ]


CLAUSES = st.builds(
    lambda operator, version: operator + version,
    st.sampled_from(["<", "<=", "==", ">=", ">", "~=", "!=", "==="]),
    st.sampled_from(["1.0", "1.2", "2.0", "2.1", "2.1.3", "3.0"]),
) | st.sampled_from(["==2.*", "==2.1.*", "==1.*", "!=2.*"])
KNOWN = [Version(f"{major}.{minor}.{patch}") for major in range(5) for minor in range(4) for patch in range(5)]


@given(st.lists(CLAUSES, min_size=1, max_size=2), st.sampled_from(["1.2", "2", "2.1", "2.1.3", "3"]))
def test_a_cap_leaves_no_version_from_there_on(clauses: list[str], version: str) -> None:
    text = ",".join(clauses)
    capped = system(f"['hatchling {text}']", "hatchling.build").cap("hatchling", version)
    later = [each for each in KNOWN if each >= Version(version) and each in SpecifierSet(text)]
    if capped:
        assert later == []
    elif len(clauses) == 1 and not text.startswith(("==2.1.3", "===")):
        assert later


@pytest.mark.parametrize(
    "text", ["hatchling<2; python_version<'3.9'", "hatchling @ https://example.org/h.whl", "hatchling", "h<1"]
)
def test_no_cap(text: str) -> None:
    assert system(f'["{text}"]', "hatchling.build").cap("hatchling", "2") is None
