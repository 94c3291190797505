"""Which twine a script installs, as far as that tells whether it can use trusted publishing. Runs nothing and asks no index."""

from collections.abc import Iterable

from preflight.sources.patterns import compile as _compile

_TWINE_INSTALLED = _compile(
    r"\b(?:pip3?|pipx|uv|conda)\b[^\n;&|]{0,80}\b(?:install|inject|add)\b[^\n;&|]{0,400}?[\s\"']twine(?![\w-])(?P<version>[^\s\"';&|]*)"
)
_TOO_OLD = _compile(r"(?P<operator>==|<=|<)v?(?P<major>\d+)(?:\.(?P<minor>\d+))?(?:\.[\d*]+)*")
FRESH = frozenset(("uvx", "pipx run", "uv tool run"))
"""Ways to start a tool that pass over what is installed."""


def old_twine(scripts: Iterable[str]) -> str | None:
    """The requirement by which scripts install a twine before 6.1, which cannot do it; None where some other twine may be used."""
    found: str | None = None
    for script in scripts:
        for match in _TWINE_INSTALLED.finditer(script):
            version = match["version"].partition("]")[2] or match["version"]
            old = _TOO_OLD.fullmatch(version)
            if old is None:
                return None
            numbers = (int(old["major"]), int(old["minor"] or 0))
            if not (numbers < (6, 1) or (old["operator"] == "<" and numbers == (6, 1))):
                return None
            found = f"twine{version}"
    return found
