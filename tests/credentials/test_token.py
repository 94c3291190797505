"""API tokens are read as PyPI reads them: held against pymacaroons, which PyPI uses, and its examples of caveats."""

import base64
import json
import re

import pymacaroons
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from preflight.credentials.caveats import (
    Caveat,
    Expiration,
    OIDCPublisher,
    ProjectID,
    ProjectName,
    RequestUser,
    UndecidedCaveat,
    UnusableCaveat,
)
from preflight.credentials.macaroon import decodings
from preflight.credentials.token import ProblemKind, find_tokens, fingerprint, is_real_token, mask, read_token
from tests.credentials.tokens import IDENTIFIER, forge, forge_macaroon, number, packet

USER = "3c2b1a09-1111-4222-8333-444455556666"
PROJECT = "aaaaaaaa-1111-4222-8333-444455556666"


def encode(body: bytes) -> str:
    return "pypi-" + base64.urlsafe_b64encode(body).decode().rstrip("=")


def pypi_accepts(text: str) -> bool:
    """What PyPI does with a password before it looks into its database, and what its database and key then imply."""
    prefix, _, raw = text.strip().partition("-")
    if prefix != "pypi" or not raw:
        return False
    try:
        macaroon = pymacaroons.Macaroon.deserialize(raw)
        # Of version 1, the identifier is text, and PyPI stumbles over it.
        identifier = macaroon.identifier.decode()
    except Exception:
        return False
    canonical = re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", identifier)
    return canonical is not None and len(macaroon.signature) == 64


def problems(text: str) -> list[tuple[str, int]]:
    return [(problem.kind.value, problem.offset) for problem in read_token(text).problems]


def kinds(text: str) -> list[str]:
    return [kind for kind, _ in problems(text)]


# --- sound tokens ---


def test_token_for_the_whole_account() -> None:
    reading = read_token(forge(caveats=[RequestUser(USER)]))
    assert reading.problems == ()
    token = reading.token
    assert token is not None
    assert (token.location, token.index, token.identifier) == ("pypi.org", "pypi", IDENTIFIER)
    assert token.caveats == (RequestUser(USER),)
    assert token.is_account_wide
    assert not token.is_oidc
    assert token.projects is None
    assert token.validity == (None, None)
    assert token.is_valid_at(0)
    assert token.allows_project("anything")


def test_token_for_one_project() -> None:
    token = read_token(forge("test.pypi.org", [ProjectName(("my-project",)), ProjectID((PROJECT,))])).token
    assert token is not None
    assert token.index == "testpypi"
    assert token.projects == frozenset({"my-project"})
    assert not token.is_account_wide
    assert token.allows_project("My_Project")
    assert not token.allows_project("my-project2")


def test_minted_token() -> None:
    minted: list[Caveat] = [OIDCPublisher(PROJECT), ProjectID((PROJECT,)), Expiration(1_900, 1_000)]
    token = read_token(forge(caveats=minted)).token
    assert token is not None
    assert token.is_oidc
    assert token.projects is None
    assert token.validity == (1_000, 1_900)
    assert [token.is_valid_at(second) for second in (999, 1_000, 1_899, 1_900)] == [False, True, True, False]


def test_several_restrictions_all_hold() -> None:
    token = read_token(
        forge(
            caveats=[
                ProjectName(("a", "b")),
                ProjectName(("b", "c")),
                Expiration(200, 50),
                Expiration(300, 100),
            ]
        )
    ).token
    assert token is not None
    assert token.projects == frozenset({"b"})
    assert token.validity == (100, 200)


def test_names_of_a_caveat_count_as_they_stand() -> None:
    token = read_token(forge(caveats=[ProjectName(("My.Project",))])).token
    assert token is not None
    assert not token.allows_project("My.Project")


def test_list_without_project_ids_allows_none() -> None:
    token = read_token(forge(caveats=[OIDCPublisher(PROJECT), ProjectID(())])).token
    assert token is not None
    assert token.projects == frozenset()
    assert not token.allows_project("a")


def test_token_without_any_caveat_claims_nothing() -> None:
    token = read_token(forge()).token
    assert token is not None
    assert not token.is_account_wide
    assert token.allows_project("a")


@pytest.mark.parametrize(
    ("caveats", "conflicts"),
    [
        ([RequestUser(USER)], ()),
        ([RequestUser(USER), RequestUser(USER)], ()),
        ([RequestUser(USER), b'{"version":1,"permissions":"user"}'], ()),
        ([RequestUser(USER), RequestUser(PROJECT)], ("caveat-user-mismatch",)),
        ([OIDCPublisher(USER), OIDCPublisher(PROJECT)], ("caveat-oidc-mismatch",)),
        ([RequestUser(USER), OIDCPublisher(USER)], ("caveat-user-no-user", "caveat-oidc-outside")),
        ([b'{"version":1,"permissions":"user"}', [4, USER]], ("caveat-user-no-user", "caveat-oidc-outside")),
    ],
)
def test_caveats_that_exclude_each_other(caveats: list[Caveat | bytes], conflicts: tuple[str, ...]) -> None:
    token = read_token(forge(caveats=caveats)).token
    assert token is not None
    assert token.conflicts == conflicts


def test_location_is_optional_and_only_two_hosts_are_known() -> None:
    for location, index in (
        (None, None),
        ("", None),
        ("pypi.example.com", None),
        ("PyPI.org", None),
        ("pypi.org", "pypi"),
    ):
        token = read_token(forge(location)).token
        assert token is not None
        assert (token.location, token.index) == (location or "", index)


def test_pymacaroons_writes_what_is_read() -> None:
    macaroon = pymacaroons.Macaroon(
        location="pypi.org", identifier=IDENTIFIER, key=b"not PyPI's key", version=pymacaroons.MACAROON_V2
    )
    macaroon.add_first_party_caveat(b'[1,["a"]]')
    reading = read_token("pypi-" + macaroon.serialize())
    assert reading.problems == ()
    assert reading.token is not None
    assert reading.token.caveats == (ProjectName(("a",)),)


def test_forged_token_is_as_pymacaroons_writes_it() -> None:
    text = forge(caveats=[Expiration(20, 10), [1, ["a", "b"]]])
    assert "pypi-" + pymacaroons.Macaroon.deserialize(text.removeprefix("pypi-")).serialize() == text


def test_nothing_that_is_shown_holds_the_secret() -> None:
    text = forge(caveats=[RequestUser(USER)])
    signature = forge_macaroon(caveats=[RequestUser(USER)])[-32:]
    reading = read_token(text)
    shown = f"{reading!r} {reading} {reading.token!r} {reading.token}"
    assert text not in shown
    assert text[5:40] not in shown
    assert IDENTIFIER not in shown
    assert signature.hex() not in shown
    assert repr(signature)[2:12] not in shown


# --- caveats, after warehouse: tests/unit/macaroons/test_caveats.py ---


@pytest.mark.parametrize(
    ("content", "caveat"),
    [
        (b"[0,50,10]", Expiration(50, 10)),
        (b"[0,50,10,99]", Expiration(50, 10)),
        (b"[0,100000000000000000000000000,-1]", Expiration(10**26, -1)),
        (b'[1,["foo","bar"]]', ProjectName(("foo", "bar"))),
        (b"[1,[]]", ProjectName(())),
        (b"[true,[]]", ProjectName(())),
        (b'[1.0,["a"]]', ProjectName(("a",))),
        (b'[2,["id"]]', ProjectID(("id",))),
        (b'[3,"id"]', RequestUser("id")),
        (b'[4,"id"]', OIDCPublisher("id")),
        (b'[4,"id",null]', OIDCPublisher("id")),
        (b'[4,"id",{"sha":[1]}]', OIDCPublisher("id")),
        (b'{"exp": 50, "nbf": 10}', Expiration(50, 10)),
        (b'{"version": 1, "permissions": {"projects": ["foo", "bar"]}}', ProjectName(("foo", "bar"))),
        (b'{"version": 1, "permissions": "user"}', RequestUser(None)),
        (b'{"version": true, "permissions": "user", "exp": 1}', RequestUser(None)),
        (b'{"project_ids": ["id"]}', ProjectID(("id",))),
        (b'{"exp": 1, "project_ids": ["id"]}', ProjectID(("id",))),
    ],
)
def test_caveat(content: bytes, caveat: Caveat) -> None:
    token = read_token(forge(caveats=[content])).token
    assert token is not None
    assert token.caveats == (caveat,)
    assert token.unusable_caveats == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'"foo"', "caveat-not-array"),
        (b"null", "caveat-not-array"),
        (b"5", "caveat-not-array"),
        (b'{"version": 1}', "caveat-not-array"),
        (b'{"version": 1, "permissions": []}', "caveat-not-array"),
        (b'{"version": 1, "permissions": {"otherkey": "foo"}}', "caveat-not-array"),
        (b'{"version": 1, "exp": 1, "nbf": 1}', "caveat-not-array"),
        (b"{}", "caveat-not-array"),
        (b'{"exp": 1}', "caveat-legacy-bad-expiry"),
        (b'{"nbf": 1}', "caveat-legacy-bad-expiry"),
        (b'{"exp": "1", "nbf": 1}', "caveat-invalid-values"),
        (b"[]", "caveat-empty-array"),
        (b"[9999999]", "caveat-unknown-tag"),
        (b'["0",5,1]', "caveat-unknown-tag"),
        (b"[null]", "caveat-unknown-tag"),
        (b"[NaN]", "caveat-unknown-tag"),
        (b"[0,5]", "caveat-not-enough-values"),
        (b"[1]", "caveat-not-enough-values"),
        (b"[3]", "caveat-not-enough-values"),
        (b"[4]", "caveat-not-enough-values"),
        (b'[0,"50",10]', "caveat-invalid-values"),
        (b"[0,50.0,10]", "caveat-invalid-values"),
        (b"[0,true,10]", "caveat-invalid-values"),
        (b'[1,"foo"]', "caveat-invalid-values"),
        (b'[1,{"foo":1}]', "caveat-invalid-values"),
        (b'[2,["a",1]]', "caveat-invalid-values"),
        (b"[3,null]", "caveat-invalid-values"),
        (b"[4,5]", "caveat-invalid-values"),
        (b'[4,"id",[]]', "caveat-invalid-values"),
        (b"", "caveat-not-json"),
        (b"time < 5", "caveat-not-json"),
        (b"[3,'id']", "caveat-not-json"),
        (b'[3,"\xff"]', "caveat-not-json"),
        (b"[[3]]", "caveat-not-json"),
        (b"[{}]", "caveat-not-json"),
    ],
)
def test_unusable_caveat(content: bytes, reason: str) -> None:
    token = read_token(forge(caveats=[RequestUser(USER), content])).token
    assert token is not None
    assert token.caveats == (
        RequestUser(USER),
        UnusableCaveat(token.unusable_caveats[0].reason, content.decode(errors="replace")),
    )
    assert token.unusable_caveats[0].reason == reason
    assert not token.is_account_wide


def test_caveat_of_a_third_party_is_unusable() -> None:
    third = packet(1, b"elsewhere") + packet(2, b'[3,"id"]') + packet(4, b"key") + b"\0"
    body = (
        b"\x02" + packet(1, b"pypi.org") + packet(2, IDENTIFIER.encode()) + b"\0" + third + b"\0" + packet(6, b"s" * 32)
    )
    token = read_token(encode(body)).token
    assert pypi_accepts(encode(body))
    assert token is not None
    assert [caveat.reason for caveat in token.unusable_caveats] == ["caveat-not-json"]


def test_caveat_nested_too_deeply_stays_undecided() -> None:
    deep = b'[3,"id",' + b"[" * 50_000 + b"]" * 50_000 + b"]"
    token = read_token(forge(caveats=[deep])).token
    assert token is not None
    assert token.caveats == (UndecidedCaveat(),)
    assert token.is_undecided
    assert not token.is_account_wide


# --- texts that PyPI refuses ---

SOUND = forge(caveats=[RequestUser(USER)])
BODY = SOUND.removeprefix("pypi-")
RUNT = forge_macaroon(caveats=[RequestUser(USER)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("empty", 0)]),
        (" \n", [("empty", 2)]),
        ("pypi-", [("empty", 0)]),
        ("pypi", [("empty", 0)]),
        ("${{ secrets.PYPI_API_TOKEN }}", [("reference", 0)]),
        ("pypi-${{ secrets.X }}", [("reference", 0)]),
        ("$TWINE_PASSWORD", [("reference", 0)]),
        ("${TOKEN}", [("reference", 0)]),
        ("$(pass show pypi)", [("reference", 0)]),
        ("%TOKEN%", [("reference", 0)]),
        ("$env:TOKEN", [("reference", 0)]),
        ("***", [("reference", 0)]),
        ("[MASKED]", [("reference", 0)]),
        ("pypi-...", [("placeholder", 0)]),
        ("  pypi-AgEIcHlwaS5vcmcCJ...", [("placeholder", 2)]),
        ("<token>", [("placeholder", 0)]),
        ("pypi-<your token>", [("placeholder", 0)]),
        ("xxxx", [("placeholder", 0)]),
        ("pypi-XXXXXXXXXXXX", [("placeholder", 0)]),
        ("your-api-token-here", [("placeholder", 0)]),
        ("changeme", [("placeholder", 0)]),
        (f'"{SOUND}"', [("quoted", 0)]),
        (f" '{SOUND}'\n", [("quoted", 1)]),
        (f"“{SOUND}”", [("quoted", 0)]),
        ('"', [("quoted", 0), ("empty", 0)]),
        (f'"{BODY}"', [("quoted", 0), ("missing-prefix", 1)]),
        (BODY, [("missing-prefix", 0)]),
        (BODY[:60], [("missing-prefix", 0), ("truncated", 60)]),
        (f"testpypi-{BODY}", [("other-prefix", 0)]),
        (f"pypi_{BODY}", [("other-prefix", 0)]),
        (f"PyPI-{BODY}", [("other-prefix", 0)]),
        (f"Bearer {SOUND}", [("other-prefix", 0)]),
        (f"TWINE_PASSWORD={SOUND}", [("other-prefix", 0)]),
        ("ghp_" + "a1" * 18, [("other-prefix", 0)]),
        ("glpat-" + "a1" * 10, [("other-prefix", 0)]),
        ("sk-" + "a1" * 20, [("other-prefix", 0)]),
        ("hunter2", [("not-a-token", 0)]),
        ("correct horse", [("not-a-token", 0)]),
        ("pypi-correct-horse-battery", [("not-a-macaroon", 5)]),
        ("pypi-AgEIcHlwaS5vcmcCJG", [("truncated", 23)]),
        (SOUND[:-1], [("truncated", len(SOUND) - 1)]),
        (SOUND[:-2], [("truncated", len(SOUND) - 2)]),
        (SOUND[:80], [("truncated", 80)]),
        ("pypi-MDAxNmxvY2F0aW9uIHB5cGkub3JnCg", [("wrong-version", 5)]),
        (forge(identifier="not-a-uuid"), [("bad-identifier", 5)]),
        (forge(identifier=IDENTIFIER.upper()), [("bad-identifier", 5)]),
        (forge(identifier=b"\xff" * 36), [("bad-identifier", 5)]),
        (forge(signature=b"short"), [("bad-signature-length", 5)]),
        (forge(signature=b"s" * 33), [("bad-signature-length", 5)]),
        ("pypi-é" + BODY, [("not-base64", 5)]),
        ("pypi-\ud800" + BODY, [("not-base64", 5)]),
    ],
)
def test_refused(text: str, expected: list[tuple[str, int]]) -> None:
    assert not pypi_accepts(text)
    assert read_token(text).token is None
    assert problems(text) == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ghp_" + "a1" * 18, "ghp_"),
        (f"testpypi-{BODY}", "testpypi-"),
        (f"Bearer {SOUND}", "Bearer"),
        (f"hunter2{SOUND}", ""),
    ],
)
def test_only_a_known_prefix_is_named(text: str, found: str) -> None:
    assert [problem.found for problem in read_token(text).problems] == [found]


def forged_of_length(remainder: int) -> str:
    """A sound token whose part after the prefix leaves a remainder by four."""
    for filling in range(4):
        text = forge(caveats=[RequestUser(USER + "x" * filling)])
        if (len(text) - len("pypi-")) % 4 == remainder:
            return text
    raise AssertionError(remainder)


@pytest.mark.parametrize(("remainder", "accepted"), [(0, True), (2, False), (3, False)])
@pytest.mark.parametrize(
    ("stray", "kind"), [("\n", "whitespace-inside"), (" ", "whitespace-inside"), ("!", "not-base64")]
)
def test_one_stray_character_inside_is_overlooked_at_some_lengths(
    remainder: int, accepted: bool, stray: str, kind: str
) -> None:
    sound = forged_of_length(remainder)
    text = sound[:50] + stray + sound[50:]
    assert pypi_accepts(text) is accepted
    assert (read_token(text).token is not None) is accepted
    assert problems(text) == [(kind, 50)]


@pytest.mark.parametrize("around", ["{}\n", "\r\n {}", "\t{}\t"])
def test_blanks_around_are_no_problem(around: str) -> None:
    assert read_token(around.format(SOUND)).problems == ()


def test_blank_beyond_ascii_is_accepted_but_told() -> None:
    text = SOUND + "\N{NO-BREAK SPACE}"
    assert pypi_accepts(text)
    assert read_token(text).token is not None
    assert problems(text) == [("not-base64", len(SOUND))]


def test_padding_and_the_standard_alphabet_are_accepted() -> None:
    text = encode(forge_macaroon(caveats=[RequestUser(USER)], signature=b"\xfb\xff" * 16))
    assert "-" in text.removeprefix("pypi-") and "_" in text
    standard = "pypi-" + text.removeprefix("pypi-").replace("-", "+").replace("_", "/")
    for variant in (standard, text + "=", text + "==", standard + "==="):
        assert pypi_accepts(variant)
        assert read_token(variant) == read_token(text)
    assert read_token(text).problems == ()


def test_bytes_after_the_signature_are_overlooked_but_told() -> None:
    text = encode(RUNT + b"rest")
    assert pypi_accepts(text)
    assert read_token(text).token is not None
    assert kinds(text) == ["trailing-bytes"]


def test_token_pasted_twice_is_told_at_the_second() -> None:
    sound = forged_of_length(3)
    text = sound + sound
    assert read_token(text).token is not None or not pypi_accepts(text)
    assert kinds(text) == ["trailing-bytes"]
    assert len(sound) - 2 <= problems(text)[0][1] <= len(sound)


def test_one_character_too_many() -> None:
    text = forged_of_length(0) + "A"
    assert not pypi_accepts(text)
    assert read_token(text).token is None
    assert problems(text) == [("trailing-bytes", len(text) - 1)]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\x02\0", id="no header"),
        pytest.param(b"\x02" + packet(2, b"i") + packet(1, b"l") + b"\0\0" + packet(6, b"s" * 32), id="order"),
        pytest.param(
            b"\x02" + packet(1, b"\xff") + packet(2, IDENTIFIER.encode()) + b"\0\0" + packet(6, b"s" * 32), id="utf-8"
        ),
        pytest.param(
            b"\x02" + packet(2, IDENTIFIER.encode()) + packet(4, b"v") + b"\0\0" + packet(6, b"s" * 32), id="vid"
        ),
        pytest.param(RUNT[:-34] + packet(5, b"s" * 32), id="no signature"),
        pytest.param(
            RUNT[:-35] + packet(1, b"l") + packet(2, b"c") + b"\0\0" + packet(6, b"s" * 32), id="located caveat"
        ),
        pytest.param(RUNT[:-35] + packet(4, b"v") + b"\0\0" + packet(6, b"s" * 32), id="caveat without identifier"),
        pytest.param(RUNT[:-35] + packet(2, b"c") + packet(5, b"v") + b"\0\0" + packet(6, b"s" * 32), id="odd field"),
        pytest.param(b"\x03" + RUNT[1:], id="version 3"),
        pytest.param(b'{"identifier":"i","signature":"s"}', id="json"),
    ],
)
def test_no_macaroon(body: bytes) -> None:
    assert not pypi_accepts(encode(body))
    assert kinds(encode(body)) == ["not-a-macaroon"]


def test_numbers_written_longer_than_needed_are_read() -> None:
    body = b"\x02" + b"\x82\x00" + number(36) + IDENTIFIER.encode() + b"\x80\x00" + b"\0" + packet(6, b"sign" * 8)
    assert pypi_accepts(encode(body))
    assert read_token(encode(body)).token is not None


@pytest.mark.parametrize("identifier", [IDENTIFIER, IDENTIFIER.encode()])
def test_first_version_is_refused_though_pymacaroons_reads_it(identifier: str | bytes) -> None:
    macaroon = pymacaroons.Macaroon(
        location="pypi.org", identifier=identifier, key=b"k", version=pymacaroons.MACAROON_V1
    )
    text = "pypi-" + macaroon.serialize()
    assert pymacaroons.Macaroon.deserialize(text.removeprefix("pypi-")).identifier == IDENTIFIER
    assert not pypi_accepts(text)
    assert kinds(text) == ["wrong-version"]


# --- properties ---

caveats = st.one_of(
    st.builds(Expiration, st.integers(), st.integers()),
    st.builds(ProjectName, st.lists(st.text(max_size=9), max_size=4).map(tuple)),
    st.builds(ProjectID, st.lists(st.text(max_size=9), max_size=4).map(tuple)),
    st.builds(RequestUser, st.text(max_size=40)),
    st.builds(OIDCPublisher, st.text(max_size=40)),
)
locations = st.sampled_from(["pypi.org", "test.pypi.org"]) | st.text(max_size=12) | st.none()
signatures = st.binary(min_size=32, max_size=32)
tokens = st.builds(forge, locations, st.lists(caveats, max_size=4), signature=signatures)
BLANKS = "\n \t\r\x0b\x1c\x85\xa0\u2028"
edits = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.integers(0, 3),
        st.text("AZaz09-_+/." + BLANKS + "\"'%\ud800é", max_size=3),
    ),
    max_size=3,
)


def edit(text: str, changes: list[tuple[int, int, str]]) -> str:
    for at, removed, added in changes:
        at = at % (len(text) + 1)
        text = text[:at] + added + text[at + removed :]
    return text


@settings(deadline=None)
@given(locations, st.lists(caveats, max_size=5), signatures)
def test_what_is_forged_is_read_again(location: str | None, given_caveats: list[Caveat], signature: bytes) -> None:
    reading = read_token(forge(location, given_caveats, signature=signature))
    assert reading.problems == ()
    assert reading.token is not None
    assert reading.token.caveats == tuple(given_caveats)
    assert reading.token.location == (location or "")


@settings(deadline=None)
@given(tokens, edits)
def test_edited_tokens_are_accepted_as_pypi_accepts_them(token: str, changes: list[tuple[int, int, str]]) -> None:
    text = edit(token, changes)
    reading = read_token(text)
    assert (reading.token is not None) is pypi_accepts(text)
    assert reading.token is not None or reading.problems


@settings(deadline=None)
@given(
    st.builds(forge_macaroon, locations, st.lists(caveats, max_size=3), signature=signatures),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 3), st.binary(max_size=3)), max_size=3),
)
def test_edited_macaroons_are_accepted_as_pypi_accepts_them(body: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    for at, removed, added in changes:
        at = at % (len(body) + 1)
        body = body[:at] + added + body[at + removed :]
    text = encode(body)
    assert (read_token(text).token is not None) is pypi_accepts(text)


@settings(deadline=None)
@given(tokens, st.lists(st.tuples(st.integers(0, 300), st.integers(1, 3)), min_size=1, max_size=3))
def test_padding_inside_refuses_nothing_that_pypi_may_accept(token: str, paddings: list[tuple[int, int]]) -> None:
    text = edit(token, [(at, 0, "=" * count) for at, count in paddings])
    reading = read_token(text)
    assert reading.token is not None or not pypi_accepts(text)
    assert reading.token is not None or reading.problems


@settings(deadline=None)
@given(st.text("ABcd-_+/=!\n\0é", max_size=12))
def test_base64_is_what_this_python_makes_of_it(text: str) -> None:
    padded = text.encode() + b"=" * (-len(text.encode()) % 4)
    try:
        expected = base64.urlsafe_b64decode(padded)
    except ValueError:
        assert decodings(text) == () or "=" in text
    else:
        assert expected in decodings(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc=a", {b"i\xb7", b"i\xb7\x1a"}),
        ("ab==cd", {b"i", b"i\xb7\x1d"}),
        ("ab=cd=", {b"i\xb7\x1d"}),
        ("abcde", set()),
    ],
)
def test_base64_with_padding_inside_is_what_either_python_makes_of_it(text: str, expected: set[bytes]) -> None:
    assert expected <= set(decodings(text))
    assert set(decodings(text)) <= expected | {b"i\xb7\x1a"}


@settings(deadline=None)
@given(st.binary(max_size=120).map(encode) | st.text(max_size=60) | st.text(max_size=60).map("pypi-{}".format))
def test_anything_is_read_without_a_crash(text: str) -> None:
    reading = read_token(text)
    assert (reading.token is not None) is pypi_accepts(text) or "=" in text
    assert reading.token is not None or reading.problems
    assert all(0 <= problem.offset <= len(text) for problem in reading.problems)
    assert mask(text) != text or len(text) < 20
    assert is_real_token(text) is False or reading.token is not None


@settings(deadline=None)
@given(st.text("\"' «\xa0", max_size=40))
def test_quotes_and_blanks_in_any_order_end(text: str) -> None:
    assert kinds(text)[-1] == "empty"


def test_long_nonsense_is_read_at_once() -> None:
    for text in (
        '" ' * 200_000,
        "testpypi" * 50_000 + "!",
        "pypi-Ag" + "_" * 400_000,
        "..." * 100_000 + "\n!",
        "pypi-" + "\u2028" * 99_999,
    ):
        assert read_token(text).token is None


# --- finding and showing ---


def test_tokens_are_found_in_text() -> None:
    one, two = forge(caveats=[RequestUser(USER)]), forge("test.pypi.org", [RequestUser(USER)])
    text = f"export TWINE_PASSWORD={one}\n  'token': '{two}',\nsee pypi-AgEIcHlwaS5vcmcCJ... for more"
    spans = list(find_tokens(text))
    assert [text[start:end] for start, end in spans] == [one, two]
    assert all(is_real_token(text[start:end]) for start, end in spans)


@settings(deadline=None)
@given(
    st.text(max_size=20),
    st.builds(forge, st.sampled_from(["pypi.org", "test.pypi.org"]), st.lists(caveats, max_size=3)),
)
def test_every_token_is_found(before: str, token: str) -> None:
    assume(not re.search(r"[A-Za-z0-9_-]$", before))
    text = f"{before}{token}\n"
    spans = list(find_tokens(text))
    assert [text[start:end] for start, end in spans] == [token]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SOUND[:-4], id="shortened"),
        pytest.param("pypi-" + "AgE" + "x" * 120, id="made up"),
        pytest.param(forge(signature=bytes(32)), id="signature of zeros"),
        pytest.param(forge(identifier="00000000-0000-0000-0000-000000000000"), id="identifier of zeros"),
        pytest.param(forge("example.com"), id="another index"),
        pytest.param(forge("evilpypi.org"), id="another host"),
    ],
)
def test_examples_are_no_real_tokens(text: str) -> None:
    assert not is_real_token(text)


@pytest.mark.parametrize("location", ["pypi.org", "test.pypi.org", "upload.pypi.org"])
def test_real_tokens(location: str) -> None:
    assert is_real_token(forge(location))


def test_mask_shows_the_public_beginning_and_a_fingerprint() -> None:
    text = forge(caveats=[RequestUser(USER)])
    assert re.fullmatch(r"pypi-AgEI…\([0-9a-f]{4}\)", mask(text))
    assert mask(f' "{text}"\n') == mask(text)
    assert mask(text)[-5:-1] == fingerprint(text)[:4]
    assert re.fullmatch(r"pypi-AgEN…\([0-9a-f]{4}\)", mask(forge("test.pypi.org")))
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize("text", ["hunter2", "", "pypi-", "pypi-AgEIshort", "correct horse battery staple"])
def test_mask_shows_nothing_of_a_short_secret(text: str) -> None:
    assert mask(text) == "***"


def test_fingerprint_tells_secrets_apart() -> None:
    assert fingerprint("a") == fingerprint(" a\n") != fingerprint("b")
    assert len(fingerprint("\ud800")) == 64


def test_problem_kinds_have_names_for_people_and_programs() -> None:
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", kind) for kind in ProblemKind)
    assert json.dumps(ProblemKind.QUOTED) == '"quoted"'
