"""The environment variables that a command gets which runs a project's code: no credentials, and nothing that bends Python, pip or git. Is no sandbox."""

import os
from collections.abc import Mapping
from pathlib import Path

from preflight.credentials.redact import redact

_CREDENTIAL_WORDS = frozenset(
    "TOKEN TOKENS PASSWORD PASSWD PASS PASSPHRASE SECRET SECRETS CREDENTIAL CREDENTIALS AUTH JWT OIDC KEY PAT".split()
)
"""A variable is a credential when one of these is a word of its name: `TWINE_PASSWORD`, `NPM_TOKEN`, `SSH_AUTH_SOCK`."""

_CREDENTIAL_PREFIXES = (
    "TWINE_", "UV_PUBLISH_", "POETRY_PYPI_TOKEN_", "POETRY_HTTP_BASIC_", "HATCH_INDEX_", "FLIT_", "PDM_PUBLISH_", "PYPI_",
    "TESTPYPI_", "TEST_PYPI_", "ACTIONS_ID_TOKEN_", "ACTIONS_RUNTIME_", "SIGSTORE_", "AWS_", "AZURE_", "GOOGLE_APPLICATION_",
)  # fmt: skip
"""Whose variables say where and as whom to publish: no build needs them."""

_BENDING = frozenset(
    "PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONINSPECT PYTHONWARNINGS PYTHONBREAKPOINT PYTHONOPTIMIZE PYTHONEXECUTABLE PYTHONPLATLIBDIR "
    "PYTHONPROFILEIMPORTTIME PYTHONVERBOSE VIRTUAL_ENV __PYVENV_LAUNCHER__ PIP_TARGET PIP_PREFIX PIP_ROOT PIP_DRY_RUN PIP_NO_DEPS "
    "PIP_PYTHON PIP_REQUIRE_VIRTUALENV PIP_REPORT PIP_LOG PIP_QUIET PIP_VERBOSE GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX "
    "GIT_OBJECT_DIRECTORY GIT_ASKPASS FORCE_COLOR PY_COLORS CLICOLOR_FORCE".split()
)
"""Variables that would make a command do something else than on a machine without them; git sets some of its own when it runs a hook."""

_FIXED = {
    "PYTHONNOUSERSITE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONIOENCODING": "utf-8",
    "PYTHONUNBUFFERED": "1",
    "COLUMNS": "400",
    "PIP_USER": "0",
    "PIP_NO_INPUT": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "NO_COLOR": "1",
}

_INDEX = frozenset(
    "PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS PIP_PROXY HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY".split()
)
"""How pip reaches the index. They may hold a password, which pip needs: kept, but only for commands that ask the index."""


def is_credential(name: str, value: str) -> bool:
    """Whether a variable holds a credential, or says where to publish, by its name or by the look of its value."""
    upper = name.upper()
    if upper in _INDEX:
        return redact(value) != value
    if upper.startswith(_CREDENTIAL_PREFIXES) or not _CREDENTIAL_WORDS.isdisjoint(upper.split("_")):
        return True
    return redact(value) != value


def cleaned(environment: Mapping[str, str], temporary: Path, *, index: bool) -> dict[str, str]:
    """The variables for one command; `temporary` is where it puts its temporary files. With `index`, it may ask the index as the user's pip does."""
    kept = {
        name: value
        for name, value in environment.items()
        if name.upper() not in _BENDING
        and not name.upper().startswith("GIT_CONFIG")
        and ((index and name.upper() in _INDEX) or not is_credential(name, value))
    }
    return kept | _FIXED | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))


def with_home(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """The variables with another home folder, so that an imported module neither finds nor leaves anything in the user's own."""
    names = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA") if os.name == "nt" else ("HOME",)
    kept = {name: value for name, value in environment.items() if not name.startswith("XDG_")}
    return kept | dict.fromkeys(names, str(home))


def credential_values(environment: Mapping[str, str]) -> list[str]:
    """The values of credentials, longest first, to be hidden wherever they turn up; short ones would hide words."""
    values = {value for name, value in environment.items() if len(value) >= 8 and is_credential(name, value)}
    return sorted(values, key=len, reverse=True)
