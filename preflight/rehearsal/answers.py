"""PyPI's HTTP answer to an upload or a request for a token, byte for byte as its server gives it. Decides nothing: which refusal it is, others say.

PyPI is a Pyramid application behind gunicorn. It says why it refuses in the reason phrase of the status line and once more in the body, which is HTML, JSON or
plain text by what the client accepts.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from html import escape
from urllib.parse import urlsplit

from preflight.refusals import Refusal, refusals
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

PYPI = {"help_url": "https://pypi.org/help/", "user_docs": "https://docs.pypi.org"}
TESTPYPI = {"help_url": "https://test.pypi.org/help/", "user_docs": "https://docs.pypi.org"}
"""The addresses that PyPI's words point at, for `values`; those of PyPI are used where none are given."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A response. `reason` holds only characters of ISO 8859-1 and no line break."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def wire(self, *, close: bool = False) -> bytes:
        """The whole response as HTTP/1.1 sends it; `close` says that the connection ends with it."""
        headers = (*self.headers, ("Connection", "close")) if close else self.headers
        lines = [f"HTTP/1.1 {self.status} {self.reason}", *(f"{name}: {value}" for name, value in headers), "", ""]
        return "\r\n".join(lines).encode("iso-8859-1", "replace") + self.body


class NotAnswered(ValueError):
    """No request for an upload or a token is answered so: PyPI says it on a page, or a client says it without asking PyPI."""


def answerable(name: str) -> bool:
    """Whether a refusal is an answer to an upload or to a request for a token."""
    refusal = refusals().get(name)
    return refusal is not None and refusal.status.isdigit()


def answer(
    name: str, values: Mapping[str, object], *, accept: str | None = "*/*", words: str | None = None
) -> HttpAnswer:
    """PyPI's answer for a refusal.

    `values` fill the placeholders of its message; `words` are PyPI's whole message where the caller has it (such as an error that `packaging` words), `accept`
    is the request's header, None where it has none. A placeholder without a value raises KeyError, a refusal that is no answer NotAnswered.
    """
    refusal = refusals()[name]
    if not answerable(name):
        raise NotAnswered(f"{name} is not an answer to a request")
    if name in _SPECIAL:
        return _SPECIAL[name](values, accept)
    text = words if words is not None else message(refusal, values)
    if refusal.status == "422":
        code, _, description = text.partition(": ")
        return minting_refused(code, description)
    status = int(refusal.status)
    if status == 308:
        return _redirected(text, str(values.get("location", "https://upload.pypi.org/legacy/")), accept)
    return refused(status, text, accept=accept)


_WITH_POINTER = {"project-archived": "See {help_url}#project-name for more information."}
"""Where the table leaves out the end of a message."""
_PLACEHOLDER = _compile(r"\{([^{}]+?)(!r)?\}")


def message(refusal: Refusal, values: Mapping[str, object]) -> str:
    """PyPI's words for a refusal; of a message that has several forms, the first."""
    text = _first_form(refusal.message)
    if refusal.name in _WITH_POINTER:
        text = text.replace("...", _WITH_POINTER[refusal.name])
    whole = "".join(_filled(text, {**PYPI, **values}))
    # Only a message without a full stop gets one.
    return whole.replace(".. See http", ". See http") if refusal.stage == "metadata" else whole


def _first_form(text: str) -> str:
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if depth == 0 and text.startswith(" | ", position):
            return text[:position]
    return text


def _filled(text: str, values: Mapping[str, object]) -> Iterator[str]:
    position = 0
    for found in _PLACEHOLDER.finditer(text):
        yield text[position : found.start()]
        position = found.end()
        name, quoted = found[1], found[2] is not None
        if "|" in name and name not in values:
            yield name.partition("|")[0]
        else:
            yield repr(values[name]) if quoted else str(values[name])
    yield text[position:]


# Pyramid's pages.

_TITLES = {
    200: "OK",
    308: "Permanent Redirect",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    410: "Gone",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    503: "Service Unavailable",
}
_EXPLANATIONS = {
    400: "The server could not comply with the request since it is either malformed or otherwise incorrect.",
    403: "Access was denied to this resource.",
    404: "The resource could not be found.",
    409: "There was a conflict when trying to complete your request.",
    410: "This resource is no longer available.  No forwarding address is given.",
    413: "The body of your request was too large for this server.",
    429: "The action could not be performed because there were too many requests by the client.",
    503: "The server is currently unavailable. Please try again at a later time.",
}


def refused(status: int, text: str, *, accept: str | None = "*/*") -> HttpAnswer:
    """The answer that holds PyPI's words (warehouse: forklift/utils.py, `_exc_with_message`; Pyramid: httpexceptions)."""
    return _page(f"{status} {_latin(text)}", _EXPLANATIONS.get(status, ""), text, accept)


def accepted(warnings: str = "", *, accept: str | None = "*/*") -> HttpAnswer:
    """The answer to an upload that PyPI takes: its warnings, or Pyramid's page where there are none (warehouse: forklift/legacy.py)."""
    if not warnings:
        return _page("200 OK", "", "", accept)
    return _response("200 OK", "text/html; charset=UTF-8", warnings.encode())


_LAYOUT = "{explanation}{br}{br}\n{detail}\n\n"
_LAYOUT_MOVED = "{explanation}\n{detail}\n"
_LAYOUT_METHOD = "{explanation}{br}{br}\n"


def _page(
    line: str,
    explanation: str,
    detail: str,
    accept: str | None,
    *,
    layout: str = _LAYOUT,
    extra: tuple[tuple[str, str], ...] = (),
) -> HttpAnswer:
    """Pyramid's page for an exception. Its title repeats the status line without escaping anything in it."""
    kind = accepted_type(accept)
    if kind == "text/html":
        content = layout.format(explanation=_quoted(explanation), detail=_quoted(detail), br="<br/>")
        page = f"<html>\n <head>\n  <title>{line}</title>\n </head>\n <body>\n  <h1>{line}</h1>\n  {content}\n </body>\n</html>"
        return _response(line, "text/html; charset=UTF-8", page.encode(), extra)
    content = layout.format(explanation=explanation, detail=detail, br="\n")
    if kind == "application/json":
        document = {"message": content, "code": line, "title": _TITLES[int(line[:3])]}
        return _response(line, kind, json.dumps(document).encode(), extra)
    return _response(line, "text/plain; charset=UTF-8", f"{line}\n\n{content}".encode(), extra)


def _quoted(text: str) -> str:
    """WebOb: util.py, `html_escape`."""
    return escape(text).encode("ascii", "xmlcharrefreplace").decode("ascii")


def _latin(text: str) -> str:
    return text.encode("iso-8859-1", "replace").decode("iso-8859-1")


_LINE_BREAK = _compile(r"[\r\n]")
_CONTROL = _compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def _response(line: str, content_type: str, body: bytes, extra: tuple[tuple[str, str], ...] = ()) -> HttpAnswer:
    status, _, reason = line.partition(" ")
    # A line break ends the status line: what stands behind it reaches no client as part of the reason.
    reason = _CONTROL.sub("?", _LINE_BREAK.split(_latin(reason), maxsplit=1)[0])
    headers = (("Content-Type", content_type), ("Content-Length", str(len(body))), *extra)
    return HttpAnswer(int(status), reason, headers, body)


_OFFERS = ("text/html", "application/json")
_RANGE = _compile(r"\s*([\w!#$%&'*+.^`|~-]+)/([\w!#$%&'*+.^`|~-]+)\s*((?:;[^,]*)?)$")
_QUALITY = _compile(r";\s*[qQ]\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|$)")


def accepted_type(accept: str | None) -> str:
    """The type of Pyramid's page for an Accept header: of HTML and JSON the one that is liked better, plain text where neither is (RFC 9110, 12.5.1).

    Without a header it is plain text; a header that cannot be read counts for both.
    """
    if accept is None or not accept.strip():
        return "text/plain"
    ranges: list[tuple[str, str, bool, float]] = []
    for each in accept.split(","):
        if not each.strip():
            continue
        found = _RANGE.match(each)
        if found is None:
            return _OFFERS[0]
        quality = _QUALITY.search(found[3])
        parameters = found[3][: quality.start()] if quality else found[3]
        ranges.append(
            (found[1].lower(), found[2].lower(), bool(parameters.strip("; ")), float(quality[1]) if quality else 1.0)
        )
    liked = {offer: _liking(offer, ranges) for offer in _OFFERS}
    best = max(_OFFERS, key=lambda offer: liked[offer])
    return best if liked[best] > 0 else "text/plain"


def _liking(offer: str, ranges: list[tuple[str, str, bool, float]]) -> float:
    """The quality of the range that fits an offer most exactly."""
    kind, _, subtype = offer.partition("/")
    best, quality = 0, 0.0
    for range_kind, range_subtype, parameters, liked in ranges:
        if parameters or range_kind not in (kind, "*") or range_subtype not in (subtype, "*"):
            continue
        exactness = 1 + (range_kind != "*") + (range_subtype != "*")
        if exactness > best:
            best, quality = exactness, liked
    return quality


# Answers in other forms.


def minting_refused(code: str, description: str) -> HttpAnswer:
    """The answer to a request for a token that gets none (warehouse: oidc/views.py, `_invalid`)."""
    document = {"message": "Token request failed", "errors": [{"code": code, "description": description}]}
    return _response("422 Unprocessable Entity", "application/json", json.dumps(document).encode())


def minted(token: str, expires: int) -> HttpAnswer:
    """The answer to a request for a token that gets one (warehouse: oidc/views.py, `mint_token`)."""
    document = {"success": True, "token": token, "expires": expires}
    return _response("200 OK", "application/json", json.dumps(document).encode())


def _audience_disabled(_: Mapping[str, object], accept: str | None) -> HttpAnswer:
    document = {"message": "Trusted publishing functionality not enabled"}
    return _response("403 Forbidden", "application/json", json.dumps(document, separators=(",", ":")).encode())


def _insecure(_: Mapping[str, object], accept: str | None) -> HttpAnswer:
    """warehouse: config.py, `require_https_tween_factory`."""
    return _response(
        "403 SSL is required", "text/plain; charset=UTF-8", b"SSL is required.", (("X-Fastly-Error", "803"),)
    )


def _redirected(text: str, location: str, accept: str | None) -> HttpAnswer:
    """The page names the path, the header the whole address: WebOb makes it so as it sends."""
    path = urlsplit(location).path
    moved = f"The resource has been moved to {path}; you should be redirected automatically."
    return _page(f"308 {text}", moved, text, accept, layout=_LAYOUT_MOVED, extra=(("Location", location),))


def _method_not_allowed(values: Mapping[str, object], accept: str | None) -> HttpAnswer:
    explanation = f"The method {values.get('method', 'POST')} is not allowed for this resource. "
    return _page("405 Method Not Allowed", explanation, "", accept, layout=_LAYOUT_METHOD)


def _crashed(_: Mapping[str, object], accept: str | None) -> HttpAnswer:
    """What gunicorn answers when the application fails (gunicorn: util.py, `write_error`)."""
    title = "Internal Server Error"
    page = (
        f"<html>\n  <head>\n    <title>{title}</title>\n  </head>\n  <body>\n    <h1><p>{title}</p></h1>\n    \n"
        "  </body>\n</html>\n"
    )
    return _response(f"500 {title}", "text/html", page.encode(), (("Connection", "close"),))


_SPECIAL: Mapping[str, Callable[[Mapping[str, object], str | None], HttpAnswer]] = {
    "insecure-http": _insecure,
    "invalid-action": _method_not_allowed,
    "oidc-audience-disabled": _audience_disabled,
    "upload-statement-timeout": _crashed,
    "metadata-braces-crash": _crashed,
    "wheel-record-mismatch": lambda _, accept: accepted(accept=accept),
}
