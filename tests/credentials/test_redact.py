"""What is shown holds no secret: known shapes, names that give a value away, and tokens put anywhere at random."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.credentials.redact import redact
from tests.credentials.tokens import forge

TOKEN = forge(caveats=[[3, "3c2b1a09-1111-4222-8333-444455556666"]])
GITHUB = "ghp_" + "a1B2" * 9
JWT = "eyJhbGciOiJSUzI1NiJ9" + ".eyJzdWIiOiJyZXBvOm8vciJ9" + ".c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (TOKEN, r"pypi-AgEI…\(....\)"),
        (forge("test.pypi.org"), r"pypi-AgEN…\(....\)"),
        (TOKEN[:40], r"pypi-AgEI…\(....\)"),
        (TOKEN.removeprefix("pypi-"), r"AgEI…\(....\)"),
        (f"TWINE_PASSWORD={TOKEN} twine upload dist/*", r"TWINE_PASSWORD=pypi-AgEI…\(....\) twine upload dist/\*"),
        (f"use {GITHUB}, please", r"use ghp_…\(....\), please"),
        ("github_pat_" + "1A" * 20, r"github_pat_…\(....\)"),
        ("glpat-" + "x1" * 10, r"glpat-…\(....\)"),
        (f"id: {JWT}", r"id: eyJ…\(....\)"),
        (f"Authorization: Bearer {JWT}", r"Authorization: Bearer eyJ…\(....\)"),
        ("Authorization: Basic X190b2tlbl9fOmh1bnRlcjI=", r"Authorization: Basic \*\*\*"),
        ("curl -H 'authorization: token abc' x", r"curl -H 'authorization: token \*\*\*' x"),
        ("sent bearer 0123456789abcdef0123", r"sent bearer \*\*\*"),
        ("https://user:s3cret@host/simple/", r"https://user:\*\*\*@host/simple/"),
        ("https://user:s@cret@host/simple/", r"https://user:\*\*\*@host/simple/"),
        ("https://me@x.org:s3cret@host/", r"https://me@x\.org:\*\*\*@host/"),
        (f"https://{GITHUB}@github.com/o/r", r"https://ghp_…\(....\)@github.com/o/r"),
        (f"https://__token__:{TOKEN}@upload.pypi.org/", r"https://__token__:pypi-AgEI…\(....\)@upload.pypi.org/"),
        ("https://0123456789abcdef0123456789@host/", r"https://\*\*\*@host/"),
        ("password = correct horse", r"password = \*\*\*"),
        ("  password: hunter2  # mine", r"  password: \*\*\*"),
        ("2026-01-01T00:00:00Z password: hunter2 end", r"2026-01-01T00:00:00Z password: \*\*\* end"),
        ("FLIT_PASSWORD='correct horse' flit publish", r"FLIT_PASSWORD='\*\*\*' flit publish"),
        ('{"password": "a\\"b", "user": "me"}', r'{"password": "\*\*\*", "user": "me"}'),
        ('x("password", password="oops)', r'x\("password", password="\*\*\*'),
        ("HATCH_INDEX_AUTH=hunter2 x", r"HATCH_INDEX_AUTH=\*\*\* x"),
        ("UV_PUBLISH_TOKEN=0123456789abcdef", r"UV_PUBLISH_TOKEN=\*\*\*"),
        ("client_secret: 0123456789abcdef", r"client_secret: \*\*\*"),
        ("twine upload --password hunter2 dist/*", r"twine upload --password \*\*\* dist/\*"),
        ("twine upload -u me -p hunter2 dist/*", r"twine upload -u me -p \*\*\* dist/\*"),
        ("python -m twine upload \\\n  -p 'a b' \\\n  x", r"python -m twine upload \\\n  -p '\*\*\*' \\\n  x"),
        ("poetry publish -u a -p b --build", r"poetry publish -u a -p \*\*\* --build"),
        ("uv publish -t abc -p def", r"uv publish -t \*\*\* -p \*\*\*"),
        ("uv publish --token=hunter2", r"uv publish --token=\*\*\*"),
        ("machine upload.pypi.org login me password hunter2", r"machine upload\.pypi\.org login me password \*\*\*"),
        ("poetry config http-basic.pypi me hunter2", r"poetry config http-basic\.pypi me \*\*\*"),
        ("poetry config pypi-token.pypi hunter2", r"poetry config pypi-token\.pypi \*\*\*"),
    ],
)
def test_hidden(text: str, shown: str) -> None:
    assert re.fullmatch(shown, redact(text))
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing here",
        "id-token: write",
        "    password: ${{ secrets.PYPI_API_TOKEN }}",
        "password: ${{ github.event_name == 'release' && secrets.A || secrets.B }}",
        "password = $TWINE_PASSWORD",
        'TWINE_PASSWORD="$PYPI_TOKEN" twine upload dist/*',
        "TWINE_PASSWORD: ***",
        "INFO     password: <hidden>",
        "password: [MASKED]",
        "password:",
        "password: null",
        "twine upload -p $TWINE_PASSWORD",
        "twine upload --password ${TOKEN}",
        "uv publish --token %TOKEN%",
        "https://user:${TOKEN}@host/",
        "https://user:***@host/",
        "git@github.com:o/r.git ssh://git@github.com/o/r",
        "https://a-rather-long-host-name.example.org:8443/x@y",
        "mkdir -p build && python -p x",
        "403 Invalid API Token: token is expired",
        "403 Invalid API Token: project-scoped token is not valid for project: 'a'",
        "Username/Password authentication is no longer supported. Migrate to API Tokens",
        "invalid-publisher: valid token, but no corresponding publisher",
        "ERROR    Enter your API token: ",
        "pypi-attestations-0.0.29 and pypi-AgEI…(3f9a)",
        "highs_and_lows_of_something_long, npm_config_user_agent_and_more",
        "Authorization: Bearer ***",
        "uses basic authentication-schemes",
        "see pypi-AgEIcH... in the docs",
    ],
)
def test_left_alone(text: str) -> None:
    assert redact(text) == text


PIECES = st.sampled_from(
    [
        "password", "PASSWORD", "passwd", "_auth", "token", "secret", "api_key", "authorization", "bearer ", "basic ",
        "login ", "http-basic.a ", "pypi-token.b ", "--password", "--token ", "twine upload", " -p ", " -t ", "://",
        "user", ":", "=", " = ", ": ", "@", "host", '"', "'", "\\", "\n", "\r\n", " ", "\t", "$X", "${{ s.X }}", "${",
        "}", "***", "<x>", "[hidden]", "null", "pypi-AgEI…(3f9a)", "…(3f9a)", "pypi-", "AgE", "eyJ", "eyJabcdefgh.",
        "ghp_", "sk-", "a", "0", "-", "_", ".", "/", "%", "x" * 20, "0123456789abcdef", GITHUB, JWT, "hunter2", "é",
        "\u2028",
    ]
)  # fmt: skip
texts = st.lists(PIECES | st.text(max_size=3), max_size=14).map("".join)
tokens = st.builds(
    forge,
    st.sampled_from(["pypi.org", "test.pypi.org"]) | st.text(max_size=9) | st.none(),
    st.lists(st.tuples(st.just(1), st.lists(st.text(max_size=5), max_size=3)), max_size=2),
    signature=st.binary(min_size=32, max_size=32),
)


@settings(deadline=None)
@given(texts, tokens, texts)
def test_no_token_stays_in_sight(before: str, token: str, after: str) -> None:
    shown = redact(f"{before}{token}{after}")
    assert token not in shown
    assert token[-24:] not in shown
    assert token[12:36] not in shown


@settings(deadline=None)
@given(st.lists(texts | tokens, max_size=3).map("".join))
def test_a_second_time_changes_nothing_and_lines_stay(text: str) -> None:
    shown = redact(text)
    assert redact(shown) == shown
    assert shown.count("\n") == text.count("\n")


def test_what_a_wrapped_secret_goes_on_with_is_hidden_and_other_lines_are_not() -> None:
    token = forge()
    text = f"[pypi]\npassword = {token[:90]}\n    {token[90:110]}\n\t{token[110:]}\n    skip-existing: true\n  short\n"
    shown = redact(text).split("\n")
    assert shown[2:] == ["    ***", "\t***", "    skip-existing: true", "  short", ""]
    assert redact("name: build\n    something-long-here\n") == "name: build\n    something-long-here\n"


def test_mask_that_gives_the_next_value_away() -> None:
    assert redact("http-basic.a http-basic.b c d") == "http-basic.a http-basic.b *** ***"


def test_long_lines_take_no_long_time() -> None:
    for piece in (
        "password:${",
        "token=",
        "eyJ-",
        "://a:",
        "http-basic.",
        "twine upload -p ",
        'password="',
        "sk-",
        "\\\n",
        "login ",
    ):
        text = piece * 20_000 + "password"
        assert redact(redact(text)) == redact(text)
