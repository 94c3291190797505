"""PyPI's refusals as each upload client prints them: what the tests of the log reader stand on. Written after the real outputs in `fixtures/logs`."""

from collections.abc import Callable, Iterator, Mapping
from html import escape
from re import Match, sub

from preflight.refusals import Refusal, refusals

URL = "https://upload.pypi.org/legacy/"
WHEEL = "sampleproject-1.2.0-py3-none-any.whl"

VALUES = {
    "project": "sampleproject",
    "name": "sampleproject",
    "username": "someuser",
    "filename": "sampleproject-1.2.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "expected": "sampleproject-1.2.0.tar.gz",
    "stem": "sampleproject-1.2.0-py3",
    "tag": "linux_x86_64",
    "version": "1.2.0+g0123456",
    "classifier": "Topic :: Scientific/Engineering :: Biophysics",
    "address": "someone at example.org",
    "reason": "The email address is not valid. It must have exactly one @-sign.",
    "url": "ftp://example.org",
    "hash": "4f" * 32,
    "field": "license-file",
    "added": "2.4",
    "declared": "2.1",
    "help_url": "https://pypi.org/help/",
    "user_docs": "https://docs.pypi.org/",
    "uri": "https://github.com/octo-org/sampleproject/.github/workflows/release.yml@refs/tags/v1.2.0",
    "workflow": "upload.yml",
    "repository": "octo-org/sampleproject",
    "requirement": 'otherproject@ git+https://github.com/octo-org/otherproject.git@main ; extra == "all"',
    "limit_mib": "100",
    "limit_gib": "10",
    "path": "licenses/LICENSE.txt",
    "top": "sampleproject-1.2.0",
}


def spoken(refusal: Refusal) -> Iterator[str]:
    """The texts that PyPI can give, with values in the place of the placeholders."""
    for text in refusal.message.split(" | "):
        if text.startswith("("):
            continue
        yield sub(
            r"\{([^{}]*)\}", _value, text.removesuffix(" ...").removesuffix(" (client side, gh-action-pypi-publish)")
        )


def _value(match: Match[str]) -> str:
    inside = match[1]
    if "|" in inside:
        return inside.split("|")[0]
    name = inside.removesuffix("!r")
    value = VALUES.get(name, "some value")
    return repr(value) if inside.endswith("!r") else value


def wrapped(text: str, width: int, indent: int = 9) -> list[str]:
    """Lines as rich wraps them: between words, and inside one that is longer than a line."""
    room = width - indent
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        if current and len(current) + 1 + len(word) <= room:
            current += " " + word
            continue
        if current:
            lines.append(current)
        while len(word) > room:
            lines.append(word[:room])
            word = word[room:]
        current = word
    return [*lines, current]


def twine(status: str, text: str) -> str:
    head = f"ERROR    HTTPError: {status} Bad Request from {URL}".ljust(80)
    return "\n".join((f"Uploading {WHEEL}", "WARNING  Error during upload. Retry with the --verbose option for more details. ", head,
                      *((" " * 9 + line).ljust(80) for line in wrapped(text, 80))))  # fmt: skip


def twine_wide(status: str, text: str) -> str:
    head = f"ERROR    HTTPError: {status} Bad Request from {URL}"
    return "\n".join((head, *(" " * 9 + line for line in wrapped(text, 118))))


def twine_old(status: str, text: str) -> str:
    return f"NOTE: Try --verbose to see response content.\nHTTPError: {status} Client Error: {text} for url: {URL}"


def page(status: str, text: str) -> str:
    """Pyramid escapes the words in the body, and not those in the title and the heading."""
    told = escape(text)
    return (
        f"<html>\n <head>\n  <title>{status} {text}</title>\n </head>\n <body>\n  <h1>{status} {text}</h1>\n"
        f"  The server could not comply with the request since it is either malformed or otherwise incorrect.<br/><br/>\n{told}\n\n\n </body>\n</html>"
    )


def twine_verbose(status: str, text: str) -> str:
    lines = [part for line in page(status, text).split("\n") for part in wrapped(line, 80)]
    return "\n".join((f"INFO     Response from {URL}:".ljust(80), *((" " * 9 + line).ljust(80) for line in wrapped(f"{status} {text}", 80)),
                      "INFO     " + lines[0].ljust(71), *((" " * 9 + line).ljust(80) for line in lines[1:])))  # fmt: skip


def uv(status: str, text: str) -> str:
    return f"error: Failed to publish `dist/{WHEEL}` to {URL}\n  Caused by: Upload failed with status code {status} Bad Request. Server says: {status} {text}"


def uv_page(status: str, text: str) -> str:
    return (
        f"error: Failed to publish `dist/{WHEEL}` to `{URL}`\n  cause: Server returned status code {status} Bad Request. Server says: "
        + page(status, text).replace("\n", "\n         ")
    )


def poetry(status: str, text: str) -> str:
    literal = page(status, text).replace("\n", "\\n")
    return f" - Uploading {WHEEL} 100%\n\nHTTP Error {status}: {text} | b'{literal}'"


def hatch(status: str, text: str) -> str:
    return f"dist/{WHEEL} ... failed\nError uploading to repository: {URL} - Client error '{status} {text}' for url '{URL}'"


def flit(status: str, text: str) -> str:
    return f"requests.exceptions.HTTPError: {status} Client Error: {text} for url: {URL}"


def pdm(status: str, text: str) -> str:
    return f"Uploading {WHEEL}\n[PublishError]: {status} Client Error: {text} for url: {URL}"


def maturin(status: str, text: str) -> str:
    return (
        f'💥 maturin failed\n  Caused by: 💥 Failed to upload "{WHEEL}" (935 B)\n  Caused by: Failed to upload the wheel with status {status}: '
        + page(status, text)
    )


UPLOADS: Mapping[str, Callable[[str, str], str]] = {
    "twine": twine, "twine-wide": twine_wide, "twine-old": twine_old, "twine-verbose": twine_verbose, "uv": uv, "uv-page": uv_page, "poetry": poetry,
    "hatch": hatch, "flit": flit, "pdm": pdm, "maturin": maturin,
}  # fmt: skip


def action_exchange(code: str, description: str) -> str:
    return (
        "::error::Trusted publishing exchange failure: Token request failed: the server refused the request for the following reasons:%0A%0A"
        f"* `{code}`: {description}%0A%0AThis generally indicates a trusted publisher configuration error"
    )


def twine_exchange(code: str, description: str) -> str:
    text = "TrustedPublishingFailure: The token request failed; the index server gave the following reasons:"
    lines = [*wrapped(text, 80), "", *wrapped(f"* `{code}`: {description}", 80)]
    return "\n".join(("ERROR    " + lines[0].ljust(71), *((" " * 9 + line).ljust(80) for line in lines[1:])))


def uv_exchange(code: str, description: str) -> str:
    from json import dumps

    answer = dumps({"message": "Token request failed", "errors": [{"code": code, "description": description}]})
    head = "error: Failed to obtain token for trusted publishing\n  Caused by: Server returned error code 422, is trusted publishing correctly configured?"
    return f"{head}\nResponse: {answer}"


def pasted_exchange(code: str, description: str) -> str:
    return f"> Token request failed: the server refused the request for the following reasons: {code}: {description}"


EXCHANGES: Mapping[str, Callable[[str, str], str]] = {
    "action": action_exchange, "twine": twine_exchange, "uv": uv_exchange, "pasted": pasted_exchange,
}  # fmt: skip


def every_rendering() -> Iterator[tuple[str, str, str, str]]:
    """Refusal, client, log and what PyPI said, for all refusals that a log can show."""
    for refusal in refusals().values():
        if not refusal.status.isdigit() or refusal.stage == "":
            continue
        for text in spoken(refusal):
            code, divided, description = text.partition(": ")
            if refusal.stage == "oidc-mint" and divided and "-" in code:
                for client, exchange in EXCHANGES.items():
                    yield refusal.name, client, exchange(code, description), text
            else:
                for client, upload in UPLOADS.items():
                    yield refusal.name, client, upload(refusal.status, text), text
