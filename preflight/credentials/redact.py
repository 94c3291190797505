"""Keeps secrets out of what is shown: whatever text preflight prints of a file or a log goes through `redact`.

It errs on the side of hiding too much. It judges nothing: whether a token is real is for `token.py`.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache

MASK = "***"

_PART = r"[A-Za-z0-9_\-+/=.~%]"
"""What a token may be made of, with what may be glued to it: a match that ended early would leave a piece in sight."""

_TOKEN = rf"""
    (?P<pypi>pypi-Ag[EI]{_PART}) {_PART}{{12,}}
  | (?P<body>AgE(?:I(?=cHlwaS5vcmc)|N(?=dGVzdC5weXBpLm9yZw))) {_PART}{{24,}}
  | (?<![A-Za-z0-9]) (?P<known> gh[pousr]_ | github_pat_ | gl(?:pat|dt|rt|cbt|ptt|soat|agent|ffct|oas|imt|ft)-
                              | npm_(?=[A-Za-z0-9]{{30}}) ) {_PART}{{20,}}
  | (?<![A-Za-z0-9_-]) (?P<other> sk-(?={_PART}{{0,100}}[0-9]) ) {_PART}{{20,}}
  | (?<![A-Za-z0-9_-]) (?P<jwt>eyJ) [A-Za-z0-9_-]{{8,}} \.eyJ {_PART}{{8,}}
"""
_TOKEN_TRIGGERS = (
    "pypi-Ag", "AgEIcHlw", "AgENdGVz", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "gldt-",
    "glrt-", "glcbt-", "glptt-", "glsoat-", "glagent-", "glffct-", "gloas-", "glimt-", "glft-", "npm_", "sk-", "eyJ",
)  # fmt: skip

_SHOWN = rf"(?:\*{{3,}}|{_PART}{{2,12}}…\([0-9a-f]{{4}}\))"
"""What this module itself leaves behind, and the masks of CI systems."""

_KNOWN = rf"""(?:
    {_SHOWN}
  | \$\{{\{{ [^\n]{{0,1000}}? \}}\}}
  | \$(?:env:)?[A-Za-z_]\w* | \$\{{[^}}\s]{{0,200}}\}} | \$\([^)\n]{{0,200}}\) | %\w+% | \{{\{{[^}}\n]{{0,200}}\}}\}}
  | <[^<>\s]*> | \[(?:hidden|masked|redacted|filtered)\]
  | null|none|true|false|read|write
)"""
"""Values that are no secret: they stand elsewhere, are masked already, or are keywords."""

_UNLESS_KNOWN = rf"(?![\"']?{_KNOWN}(?:[\"'\s@,;&)\]}}]|$))"
_WORD = r"""(?: "(?:[^"\\\n]|\\.)*" | '[^'\n]*' | ["'][^\r\n]* | \S+ )"""
_GAP = r"[ \t]*"
_SEPARATOR = rf"[\"']?{_GAP}[:=]{{1,2}}>?{_GAP}"

_SETTING = rf"""^(?P<before>{_GAP}[\w.-]{{0,40}}(?:password|passwd|passphrase){_GAP}[:=]{_GAP})
    {_UNLESS_KNOWN} [^\s][^\r\n]*"""
"""A password set on a line of its own, which takes the whole line."""

_SHELL_VARIABLE = r"[ \t]*[A-Z0-9_]+="
"""NAME=value, as shells write it, where the value is only a word."""

_VALUE = rf"""
    (?P<before>
        (?:password|passwd|passphrase|_auth){_SEPARATOR}
      | --(?:password|passwd|token|auth|api-?key)(?:[ \t]+|=)(?!-)
      | login[ \t]+\S+[ \t]+password[ \t]+
      | http-basic\.[\w.-]{{1,100}}[ \t]+\S+[ \t]+
      | pypi-token\.[\w.-]{{1,100}}[ \t]+
    ) {_UNLESS_KNOWN} {_WORD}
  | (?P<header>authorization["']?{_GAP}[:=]{_GAP}["']?(?>(?:(?:basic|bearer|token|digest)[ \t]+)?))
    {_UNLESS_KNOWN} [^\s"']+
  | (?P<long>
        (?:token|secret|api[-_]?key){_SEPARATOR}["']?
      | \b(?:basic|bearer)[ \t]+
    ) {_UNLESS_KNOWN} (?={_PART}{{0,200}}[0-9]) {_PART}{{16,}}
"""
"""A value whose name says that it is secret; after a name that may mean something else, only a long one with digits."""

_VALUE_TRIGGERS = (
    "passw", "passphrase", "_auth", "token", "secret", "api-key", "api_key", "apikey", "authorization", "basic",
    "bearer", "--auth",
)  # fmt: skip

_URL_USER = r"""(?P<before>://)(?P<user>[^\s/?\#"'<>:]*)(?P<password>:[^\s/?\#"'<>]*)?(?=@)"""
_LONGEST_USER = 20
"""Characters from which on a user name in a URL is taken for a token."""

_UPLOADER = r"\b(?:twine|poetry|hatch|uv|pdm|maturin)\b"
_UPLOAD = r"\b(?:upload|publish)\b"
_SHORT_OPTION = rf"(?P<before>[ \t]-[pPta][ \t]+) {_UNLESS_KNOWN} (?!-) {_WORD}"
"""A password after a short option, which only the upload command before it tells from any other program's option."""

_WRAPPED = rf"(?P<before>[ \t]+){_PART}{{8,}}(?P<after>[\"']?\s*)"
"""A line that may be the rest of a value."""
_ENDS_HIDDEN = rf"{_SHOWN}[\"']?\s*$"

_LINE_BREAK = r"(?<!\\)(?<!\\\r)\n"
"""Where a line ends that no backslash continues."""


def redact(text: str) -> str:
    """Hide everything secret-like in a text: its lines stay as they are, and a second time changes nothing.

    Hidden are API tokens of PyPI (broken ones too), GitHub, GitLab and others, JWTs, the credentials of HTTP headers
    and URLs, and the values of whatever is named a password, token or secret, unless they are expressions or variables.
    """
    if _suspicious(text):
        lines = (_redact_line(line) if _suspicious(line) else line for line in _pattern(_LINE_BREAK).split(text))
        return "\n".join(_hide_wrapped(lines))
    return text


def is_wrapped(line: str) -> bool:
    """Whether a line may be the rest of a value that began on the line before: one long word, indented."""
    return line[:1] in (" ", "\t") and _pattern(_WRAPPED).fullmatch(line) is not None


def _hide_wrapped(lines: Iterable[str]) -> Iterator[str]:
    """Hide what a secret at the end of a line goes on with, as in a `.pypirc` whose token an editor wrapped."""
    goes_on = False
    for line in lines:
        if goes_on and (found := _pattern(_WRAPPED).fullmatch(line)):
            yield found["before"] + MASK + found["after"]
        else:
            goes_on = ("***" in line or "…(" in line) and _pattern(_ENDS_HIDDEN).search(line) is not None
            yield line


def mask(text: str) -> str:
    """How a secret is shown: `pypi-AgEI…(3f9a)`, the public start of a token and four characters of its fingerprint.

    Only what is long and random gets a fingerprint: of a short password, even four characters would help to guess it.
    """
    stripped = text.strip().strip("\"'")
    match = _pattern(_TOKEN).match(stripped)
    if match is None:
        return stripped if _pattern(_SHOWN).fullmatch(stripped) else MASK
    beginning = match["pypi"] or match["body"] or match["known"] or match["other"] or match["jwt"]
    return f"{beginning}…({fingerprint(match[0])[:4]})"


def fingerprint(text: str) -> str:
    """The SHA-256 of a secret, without blanks around it, in hexadecimal: tells secrets apart without showing them."""
    from hashlib import sha256

    return sha256(text.strip().encode(errors="surrogatepass")).hexdigest()


@cache
def _pattern(source: str, flags: int = 0) -> re.Pattern[str]:
    """Compiled when first needed: most runs of preflight have nothing to hide, and this takes some milliseconds."""
    return re.compile(source, re.VERBOSE | flags)


def _suspicious(text: str) -> bool:
    return "://" in text or _holds(_TOKEN_TRIGGERS, text) or _holds(_VALUE_TRIGGERS, text.lower()) or _uploads(text)


def _holds(triggers: tuple[str, ...], text: str) -> bool:
    return any(trigger in text for trigger in triggers)


def _uploads(text: str) -> bool:
    return "upload" in text or "publish" in text


def _redact_line(line: str) -> str:
    """Until nothing changes: one secret's mask may be the neighbour that gives the next one away."""
    redacted = _redact_once(line)
    while redacted != line:
        line, redacted = redacted, _redact_once(redacted)
    return redacted


def _redact_once(line: str) -> str:
    if _uploads(line):
        line = _redact_short_options(line)
    if _holds(_VALUE_TRIGGERS, line.lower()):
        line = _pattern(_SETTING, re.IGNORECASE | re.MULTILINE).sub(_hide_setting, line)
        line = _pattern(_VALUE, re.IGNORECASE).sub(_hide_value, line)
    if "://" in line:
        line = _pattern(_URL_USER).sub(_hide_user, line)
    return _pattern(_TOKEN).sub(lambda match: mask(match[0]), line) if _holds(_TOKEN_TRIGGERS, line) else line


def _redact_short_options(line: str) -> str:
    uploader = _pattern(_UPLOADER).search(line)
    upload = _pattern(_UPLOAD).search(line, uploader.end()) if uploader else None
    if upload is None:
        return line
    return line[: upload.end()] + _pattern(_SHORT_OPTION).sub(_hide_value, line[upload.end() :])


def _hide_setting(match: re.Match[str]) -> str:
    return match[0] if _pattern(_SHELL_VARIABLE).match(match[0]) else _hide_value(match)


def _hide_value(match: re.Match[str]) -> str:
    groups = match.groupdict()
    before = match["before"] or groups.get("header") or groups.get("long") or ""
    value = match[0][len(before) :]
    quote = value[0] if value[0] in "\"'" else ""
    closing = quote if len(value) > 1 and value.endswith(quote) else ""
    return before + quote + mask(value[len(quote) : len(value) - len(closing)]) + closing


def _hide_user(match: re.Match[str]) -> str:
    """What stands before the host of a URL: `user`, `user:password`, or a token in the place of either."""
    user, password = match["user"], match["password"] or ""
    if len(user) >= _LONGEST_USER or _pattern(_TOKEN).search(user):
        user = mask(user)
    if len(password) > 1 and not _pattern(_KNOWN, re.IGNORECASE).fullmatch(password, 1):
        password = ":" + mask(password[1:])
    return match["before"] + user + password
