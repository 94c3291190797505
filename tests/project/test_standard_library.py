"""The reserved names hold every module of this Python that PyPI's list can know."""

import sys

from preflight.project.standard_library import NAMES, standard_library


def test_modules_of_this_python_are_reserved() -> None:
    if sys.version_info < (3, 15):
        names = standard_library()
        missing = {name for name in sys.stdlib_module_names if name.strip("_") and name.strip("_") not in names}
        assert missing == set()


def test_the_list_is_sorted_and_normalised() -> None:
    lines = NAMES.read_text(encoding="utf-8").splitlines()
    assert lines == sorted(set(lines))
    assert all(line == line.lower().strip("-") and "_" not in line and "." not in line for line in lines)


def test_dotted_names_are_compared_without_separators() -> None:
    names = standard_library()
    assert "concurrent.futures" in names
    assert "Concurrent-Futures" in names
    assert "concurrent futures" not in names
    assert "" not in names
    assert "json\nabc" not in names
