"""Members that got into a distribution by accident: passwords and keys, a checkout's history, caches. Looks at names and given bytes, opens no archive."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from preflight.sources.patterns import compile as _compile

MAX_READ = 64 * 1024
"""Bytes up to which a file that may hold a password is read."""

MAX_CANDIDATES = 50

_REPOSITORIES = frozenset((".git", ".hg", ".svn"))
_ENVIRONMENTS = frozenset((".venv", "node_modules"))
_CACHES = frozenset(
    ".tox .nox .mypy_cache .pytest_cache .ruff_cache .hypothesis .eggs .ipynb_checkpoints .idea htmlcov".split()
)
_LITTER = frozenset((".DS_Store", "Thumbs.db", "desktop.ini", ".coverage", ".pypirc"))
_BUILT = (".whl", ".tar.gz", ".egg")
_SAMPLES = frozenset(
    "test tests testing testsuite testdata test_data test-data data_test fixtures fixture mocks example examples sample samples template templates "
    "cookiecutter demo demos doc docs benchmarks snippets scaffold scaffolds skeleton resources_test".split()
)
"""Folders whose passwords, keys and repositories are made up."""

_KEY_NAMES = frozenset(("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"))
_KEY_ENDINGS = (".pem", ".key")
_SECRET_NAMES = frozenset((".pypirc", ".netrc", "_netrc", ".git-credentials", ".npmrc", ".env", ".envrc"))
_MADE_UP_NAMES = _compile(r"(?i)test|dummy|fake|snake|local|example|sample|self|demo|invalid|default|template")
_SAMPLE_ENV = frozenset("example sample template dist default defaults test tests testing ci schema j2 tpl".split())

_PRIVATE_KEY = _compile(rb"-----BEGIN (?:RSA |EC |DSA |OPENSSH )?PRIVATE KEY-----\s")
_SETTING = _compile(r"(?m)^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_]\w*)[ \t]*=[ \t]*(?P<value>[^\r\n]*)")
_SECRET_SETTING = _compile(
    r"(?i)(?:^|_)(?:password|passwd|passphrase|secret|token|apikey|(?:api|access|secret|private|encryption|signing)_key)$"
)
_PYPIRC_PASSWORD = _compile(r"(?m)^[ \t]*password[ \t]*[=:][ \t]*(?P<value>[^\r\n]+)")
_NETRC_PASSWORD = _compile(r"(?:^|\s)password\s+(?P<value>\S+)")
_NPM_TOKEN = _compile(r"(?m)_(?:authToken|password|auth)[ \t]*=[ \t]*(?P<value>[^\r\n]+)")
_URL_PASSWORD = _compile(r"://[^\s/:@]*:(?P<value>[^\s/@]+)@(?P<host>[^\s/:]+)")
_PLACEHOLDER = _compile(
    r"(?i)[<>{}$*…]|\.\.\.|chang|your|example|placeholder|xxx|todo|dummy|replace|insert|sample|fake|insecure|default|secret|password|test|1234"
)
_PLAIN = _compile(r"[\w.+/=!@#%^&~:;,?-]{8,}")
_LEAST_KINDS = 5
_SHALLOW = 2


class Secret(NamedTuple):
    """A member with a secret in it: `kind` is `password`, `setting` or `key`; `settings` names the settings that hold one."""

    member: str
    kind: str
    settings: tuple[str, ...] = ()


class Leftovers(NamedTuple):
    """What of the checkout or the machine is in an sdist: the folders and files to name, and how many files there are."""

    kind: str
    """`repository`, `environment` or `cache`."""
    names: tuple[str, ...]
    files: int
    first: str


def secret_candidates(names: Iterable[str]) -> Iterator[str]:
    """The members that by their names may hold a secret which is not made up."""
    found = 0
    for name in names:
        base = name[name.rfind("/") + 1 :]
        if not (base in _SECRET_NAMES or base.startswith(".env.") or base in _KEY_NAMES or base.endswith(_KEY_ENDINGS)):
            continue
        if base.startswith(".env.") and not _SAMPLE_ENV.isdisjoint(base.lower().split(".")):
            continue
        key = base in _KEY_NAMES or base.endswith(_KEY_ENDINGS)
        if _is_sample(name.split("/")[:-1]) or (key and _MADE_UP_NAMES.search(name, name.find("/") + 1)):
            continue
        yield name
        found += 1
        if found >= MAX_CANDIDATES:
            return


def secret_in(name: str, data: bytes) -> Secret | None:
    """The secret in a candidate; None where it holds none, a reference, or a value that is made up."""
    base = name[name.rfind("/") + 1 :]
    if base in _KEY_NAMES or base.endswith(_KEY_ENDINGS):
        return Secret(name, "key") if _PRIVATE_KEY.search(data) else None
    text = data.decode("utf-8", "replace")
    if base.startswith(".env"):
        settings = tuple(dict.fromkeys(_secret_settings(text)))
        return Secret(name, "setting", settings) if settings else None
    pattern = {
        ".pypirc": _PYPIRC_PASSWORD,
        ".npmrc": _NPM_TOKEN,
        ".git-credentials": _URL_PASSWORD,
    }.get(base, _NETRC_PASSWORD)
    if any(_is_real(match["value"]) for match in pattern.finditer(text)):
        return Secret(name, "password")
    return None


def _secret_settings(text: str) -> Iterator[str]:
    for match in _SETTING.finditer(text):
        value = match["value"].strip()
        if _SECRET_SETTING.search(match["name"]):
            if _is_real(value):
                yield match["name"]
        elif (url := _URL_PASSWORD.search(value)) and _is_remote(url["host"]) and _is_real(url["value"]):
            yield match["name"]


def _is_remote(host: str) -> bool:
    """Whether an address leads beyond the developer's own machine and containers."""
    return "." in host and not host.startswith("127.") and not host.endswith(".internal")


def _is_real(value: str) -> bool:
    """Whether a value may be a secret: long enough, no reference, no path or address, and not made up."""
    value = value.partition(" #")[0].strip().strip("\"'")
    if not _PLAIN.fullmatch(value) or value.isdecimal() or value.startswith(("/", "./", "~", "http:", "https:")):
        return False
    return len(set(value)) >= _LEAST_KINDS and not _PLACEHOLDER.search(value)


def _is_sample(folders: Iterable[str]) -> bool:
    return any(
        folder in _SAMPLES or folder.startswith(("test_", "tests_")) or folder.endswith(("_test", "_tests"))
        for folder in map(str.lower, folders)
    )


def leftovers(names: Iterable[str], top: str) -> list[Leftovers]:
    """What of a checkout or a machine lies in the top folder of an sdist.

    Packages may bring folders such as `node_modules` on purpose, and tests repositories and byte code: those are passed over.
    """
    prefix = f"{top}/"
    inner = [name[len(prefix) :] for name in names if name.startswith(prefix) and not name.endswith("/")]
    present = frozenset(inner)
    environments = {name.rpartition("/")[0] for name in inner if name.rpartition("/")[2] == "pyvenv.cfg"} - {""}
    found: dict[str, dict[str, int]] = {"repository": {}, "environment": {}, "cache": {}}
    firsts: dict[str, str] = {}
    for name in inner:
        kind, shown = _leftover(name, present, environments)
        if kind:
            found[kind][shown] = found[kind].get(shown, 0) + 1
            firsts.setdefault(kind, prefix + name)
    return [Leftovers(kind, tuple(shown), sum(shown.values()), firsts[kind]) for kind, shown in found.items() if shown]


def _leftover(name: str, present: frozenset[str], environments: set[str]) -> tuple[str, str]:
    """The kind of leftover that a file belongs to, and the folder or file to name; empty for one that belongs there."""
    parts = name.split("/")
    base = parts[-1]
    path = ""
    for index, folder in enumerate(parts[:-1]):
        above, path = path, f"{path}/{folder}" if path else folder
        if folder in _REPOSITORIES:
            return ("", "") if _is_sample(parts[:index]) else ("repository", f"{path}/")
        own = above and f"{above}/__init__.py" in present
        if path in environments or (folder in _ENVIRONMENTS and index < _SHALLOW and not own):
            return ("", "") if _is_sample(parts[:index]) else ("environment", f"{path}/")
        if folder in _CACHES and not _is_sample(parts[:index]):
            return "cache", f"{path}/"
        if folder == "__pycache__" and base.endswith((".pyc", ".pyo")):
            return "cache", f"{path}/"
    if base in _LITTER and not _is_sample(parts[:-1]):
        return "cache", name
    if base.endswith(".pyc") and name[:-1] in present:
        return "cache", name
    if parts[0] == "dist" and len(parts) == _SHALLOW and base.endswith(_BUILT):
        return "cache", name
    return "", ""
