"""PyPI's answers as its server gives them. The pages were compared with Pyramid 2.1 and WebOb 1.8.11 for every refusal and many Accept headers."""

import json
from http.client import HTTPResponse
from io import BytesIO
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.refusals import refusals
from preflight.rehearsal.answers import (
    TESTPYPI,
    NotAnswered,
    accepted,
    accepted_type,
    answer,
    answerable,
    message,
    minted,
    refused,
)

NAME = {"name": "json"}
WORDS = "The name 'json' isn't allowed. See https://pypi.org/help/#project-name for more information."


def test_the_reason_is_in_the_status_line_and_in_the_page() -> None:
    found = answer("project-name-prohibited", NAME)
    assert (found.status, found.reason) == (400, WORDS)
    assert found.headers == (("Content-Type", "text/html; charset=UTF-8"), ("Content-Length", str(len(found.body))))
    quoted = WORDS.replace("'", "&#x27;")
    assert found.body.decode() == (
        f"<html>\n <head>\n  <title>400 {WORDS}</title>\n </head>\n <body>\n  <h1>400 {WORDS}</h1>\n"
        "  The server could not comply with the request since it is either malformed or otherwise incorrect.<br/><br/>\n"
        f"{quoted}\n\n\n </body>\n</html>"
    )


def test_a_client_that_asks_for_json_gets_it() -> None:
    """uv asks for `application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7`."""
    found = answer("project-name-prohibited", NAME, accept="application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7")
    assert found.headers[0] == ("Content-Type", "application/json")
    assert json.loads(found.body) == {
        "message": f"The server could not comply with the request since it is either malformed or otherwise incorrect.\n\n\n{WORDS}\n\n",
        "code": f"400 {WORDS}",
        "title": "Bad Request",
    }


def test_a_client_that_says_nothing_gets_plain_text() -> None:
    found = answer("read-only-mode", {}, accept=None)
    assert found.headers[0] == ("Content-Type", "text/plain; charset=UTF-8")
    words = "Read-only mode: Uploads are temporarily disabled."
    assert found.body.decode() == f"403 {words}\n\nAccess was denied to this resource.\n\n\n{words}\n\n"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "text/html"),
        (None, "text/plain"),
        ("", "text/plain"),
        ("text/plain", "text/plain"),
        ("application/json", "application/json"),
        ("text/*;q=0.3, application/json;q=0.2", "text/html"),
        ("text/*;q=0.2, application/json;q=0.3", "application/json"),
        ("text/html;level=1, application/json;q=0.1", "application/json"),
        ("text/html;q=0", "text/plain"),
        ("*/*;q=0.1, text/html;q=0", "application/json"),
        ("not a header", "text/html"),
    ],
)
def test_the_type_of_the_page(accept: str | None, kind: str) -> None:
    assert accepted_type(accept) == kind


@given(st.text())
def test_any_accept_header_has_an_answer(accept: str) -> None:
    assert accepted_type(accept) in ("text/html", "application/json", "text/plain")


@given(st.text())
def test_no_words_break_the_response(words: str) -> None:
    """What users write stands in the status line: no character of it may end the line, or begin a header."""
    wire = refused(400, words).wire()
    head, _, body = wire.partition(b"\r\n\r\n")
    line, *headers = head.split(b"\r\n")
    assert line.startswith(b"HTTP/1.1 400 ")
    assert b"\n" not in line
    assert b"\r" not in line
    assert [each.partition(b":")[0] for each in headers] == [b"Content-Type", b"Content-Length"]
    assert len(body) == int(headers[1].partition(b":")[2])


def test_characters_beyond_latin_1_become_question_marks_in_the_status_line_only() -> None:
    found = refused(400, "'naïve-名前' is invalid")
    assert found.reason == "'naïve-??' is invalid"
    assert "&#239;ve-&#21517;&#21069;&#x27; is invalid" in found.body.decode()


def test_every_answer_is_read_by_an_http_client() -> None:
    class Socket:
        def __init__(self, wire: bytes) -> None:
            self.wire = wire

        def makefile(self, mode: str) -> BytesIO:
            return BytesIO(self.wire)

    for refusal in refusals().values():
        if not answerable(refusal.name):
            continue
        found = answer(refusal.name, {}, words="1 validation error\n for Name")
        response = HTTPResponse(cast("object", Socket(found.wire())), method="POST")  # type: ignore[arg-type]
        response.begin()
        assert response.status == found.status
        assert response.read() == found.body


def test_a_status_that_crashes_comes_from_gunicorn() -> None:
    found = answer("metadata-braces-crash", {})
    assert (found.status, found.reason) == (500, "Internal Server Error")
    assert b"<h1><p>Internal Server Error</p></h1>" in found.body


def test_a_token_that_is_refused() -> None:
    found = answer("gh-environment-mismatch", {})
    assert (found.status, found.reason) == (422, "Unprocessable Entity")
    assert json.loads(found.body) == {
        "message": "Token request failed",
        "errors": [
            {
                "code": "invalid-publisher",
                "description": "valid token, but no corresponding publisher (Publisher with matching claims was not found)",
            }
        ],
    }


def test_a_token_that_is_given() -> None:
    assert json.loads(minted("the-token", 1_700_000_000).body) == {
        "success": True,
        "token": "the-token",
        "expires": 1_700_000_000,
    }


def test_an_upload_that_is_taken() -> None:
    assert b"<title>200 OK</title>" in accepted().body
    assert accepted("mind the gap").body == b"mind the gap"
    assert answer("wheel-record-mismatch", {}).status == 200


def test_the_missing_slash_is_a_redirect() -> None:
    found = answer("missing-trailing-slash", {"location": "http://127.0.0.1:8000/legacy/"})
    assert (found.status, dict(found.headers)["Location"]) == (308, "http://127.0.0.1:8000/legacy/")
    assert b"moved to /legacy/; you should be redirected automatically." in found.body


def test_the_help_of_testpypi() -> None:
    assert "See https://test.pypi.org/help/#invalid-auth" in answer("no-identity", TESTPYPI).reason


def test_the_first_of_several_forms_and_no_second_full_stop() -> None:
    values = {"username": "someuser", "project": "sampleproject"}
    assert message(refusals()["project-archived"], values) == (
        "The user 'someuser' isn't allowed to upload to project 'sampleproject'. "
        "See https://pypi.org/help/#project-name for more information."
    )
    reason = {"address": "a@", "reason": "There must be something after the @-sign."}
    assert "@-sign. See https://packaging" in message(refusals()["author-email-invalid"], reason)


def test_what_is_no_answer_and_what_lacks_a_value() -> None:
    with pytest.raises(NotAnswered):
        answer("tp-form-gh-owner", {})
    with pytest.raises(KeyError):
        answer("project-name-prohibited", {})
