"""Writes preflight/project/standard_library.txt: the names that PyPI gives to no new project because a module has them.

Run it with `stdlib-list` installed, the version that PyPI uses: `python tools/standard_library_names.py`.
"""

from pathlib import Path
from re import sub

import stdlib_list

TARGET = Path(__file__).parent.parent / "preflight" / "project" / "standard_library.txt"


def names() -> set[str]:
    """Each dotted prefix of each module's name, normalised (warehouse: packaging/services.py, `STDLIB_PROHIBITED`)."""
    found = set()
    for version in stdlib_list.short_versions:
        for module in stdlib_list.stdlib_list(version):
            parts = module.split(".")
            for length in range(1, len(parts) + 1):
                found.add(sub(r"[-_.]+", "-", ".".join(parts[:length]).strip("-_.")).lower())
    return found - {""}


if __name__ == "__main__":
    TARGET.write_text("\n".join(sorted(names())) + "\n", encoding="utf-8")
