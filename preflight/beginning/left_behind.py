"""The `.gitignore` of a project whose first commit takes up everything: what building leaves behind, and secrets, stay out of it. Writes nothing."""

from collections.abc import Collection

from preflight.beginning.changes import appended

PATH = ".gitignore"
BUILT = "dist/"
SECRETS = (".env", ".pypirc")

_NEW = """\
# What building and running leave behind
dist/
/build/
*.egg-info/
__pycache__/
.venv/

# Secrets
.env
.pypirc
"""


def to_be_ignored(folder: str) -> list[str]:
    """The paths that a first commit must not take up, for a project in a folder of the checkout: a built file, and secrets."""
    folders = dict.fromkeys(("", f"{folder}/" if folder else ""))
    return [f"{each}{name}" for each in folders for name in (f"{BUILT}built", *SECRETS)]


def entry_for(path: str) -> str:
    """The line that ignores such a path, at any depth."""
    name = path.rpartition("/")[2]
    return name if name in SECRETS else BUILT


def with_ignored(text: str | None, lacking: Collection[str]) -> str:
    """The file with entries for the paths that it does not ignore; a whole one where there is none.

    What is committed in `dist` is uploaded again by every release, and refused.
    """
    if text is None or not text.strip():
        return _NEW if lacking else text or ""
    lines = {line.strip().strip("/").removeprefix("**/").removesuffix("/*") for line in text.splitlines()}
    entries = dict.fromkeys(entry_for(path) for path in lacking)
    missing = [each for each in entries if each.strip("/") not in lines and "*" not in lines]
    return appended(text, "".join(f"{each}\n" for each in missing)) if missing else text
