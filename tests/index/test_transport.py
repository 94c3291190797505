"""The transport against real servers on loopback: answers, faults, the cache, redirects, TLS and proxies."""

import gzip
from collections.abc import Callable
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
import trustme
from loopback import (
    answer,
    dripping,
    half,
    in_turn,
    no_http,
    reset,
    serving,
    silent,
    tunnel_to,
    with_etag,
)

from preflight import __version__
from preflight.index.allowance import Allowance
from preflight.index.failures import Unreachable
from preflight.index.routes import proxy_for
from preflight.index.transport import Transport
from preflight.index.wire import Limits, Wire

Open = Callable[..., Transport]
SECRET = "s3cr" + "3t-of-the-test"


def trouble(transport: Transport, url: str) -> Unreachable:
    with pytest.raises(Unreachable) as raised:
        transport.get(url)
    return raised.value


# ── answers ──


def test_an_answer_of_any_status_is_one(open_transport: Open) -> None:
    with serving({"/a": answer(200, "body", "Text/HTML; charset=utf-8", X_One="1")}) as server:
        transport = open_transport()
        found = transport.get(f"{server.url}/a", accept="text/html")
        assert (found.status, found.body, found.content_type, found.headers["x-one"]) == (
            200,
            b"body",
            "text/html",
            "1",
        )
        assert transport.get(f"{server.url}/none").status == 404
        (first, _) = server.asked
        assert first.headers["accept"] == "text/html"
        assert first.headers["user-agent"].startswith(f"preflight/{__version__} (+https://")


def test_an_address_is_asked_once_a_run(open_transport: Open) -> None:
    with serving({"/a": answer(200, "x")}) as server:
        transport = open_transport()
        for _ in range(3):
            transport.get(f"{server.url}/a")
        assert server.count("/a") == len(transport.requests) == 1


def test_what_was_sent_is_listed_without_query_and_credentials(open_transport: Open) -> None:
    with serving({f"/a?token={SECRET}": answer(200, "x")}) as server:
        transport = open_transport()
        transport.get(server.url.replace("://", f"://me:{SECRET}@") + f"/a?token={SECRET}")
        (sent,) = transport.requests
        assert (sent.method, sent.url, sent.status) == ("GET", f"{server.url}/a", 200)
        assert "authorization" not in server.asked[0].headers


def test_several_addresses_at_once_keep_their_order(open_transport: Open) -> None:
    routes = {f"/{number}": answer(200, str(number)) for number in range(9)}
    with serving(routes) as server:
        urls = [f"{server.url}/{number}" for number in range(9)]
        found = open_transport().gather([*urls, "http://"])
        assert [each.body for each in found.values() if not isinstance(each, Unreachable)] == [
            b"%d" % n for n in range(9)
        ]
        assert isinstance(found["http://"], Unreachable)


def test_a_budget_is_kept(open_transport: Open) -> None:
    with serving({"/a": answer(200, "x"), "/b": answer(200, "x")}) as server:
        transport, allowance = open_transport(), Allowance(1)
        transport.get(f"{server.url}/a", allowance=allowance)
        with pytest.raises(Unreachable) as raised:
            transport.get(f"{server.url}/b", allowance=allowance)
        assert raised.value.kind == "budget"
        assert len(server.asked) == 1
        assert transport.get(f"{server.url}/a", allowance=allowance).status == 200  # known
        assert transport.get(f"{server.url}/b", allowance=Allowance(1)).status == 200


def test_retries_and_redirects_are_requests_too(open_transport: Open) -> None:
    with serving({"/a": answer(500, "x"), "/b": answer(302, "", Location="/c"), "/c": answer(200, "x")}) as server:
        allowance = Allowance(2)
        assert open_transport().get(f"{server.url}/a", allowance=allowance).status == 500
        assert (allowance.left, server.count("/a")) == (0, 2)
        allowance = Allowance(5)
        assert open_transport().get(f"{server.url}/b", allowance=allowance.share(2)).status == 200
        assert allowance.left == 3


@pytest.mark.parametrize(
    "url", ["", "pypi.org", "ftp://example.org/x", "http://[", "https://host:99999999/", "file:///etc/passwd"]
)
def test_what_is_no_address_is_not_asked(open_transport: Open, url: str) -> None:
    assert trouble(open_transport(), url).kind == "address"


# ── faults ──


def test_a_host_that_stays_silent(open_transport: Open) -> None:
    with serving({"/a": silent, "/b": answer(200, "x")}) as server:
        transport = open_transport(deadline_seconds=0.2)
        error = trouble(transport, f"{server.url}/a")
        assert error.kind == "timeout"
        assert error.message == f"127.0.0.1:{server.port} did not answer within 0.2 seconds"
        assert trouble(transport, f"{server.url}/b").kind == "timeout"
        assert len(server.asked) == 1


def test_an_answer_without_an_end() -> None:
    wire = Wire()
    with serving({"/a": dripping}) as server, pytest.raises(Unreachable) as raised:
        wire.send("GET", f"{server.url}/a", {}, None, Limits(0.5, 0.5, 0.2))
    assert raised.value.kind == "timeout"


@pytest.mark.parametrize(("fault", "kind"), [(half, "incomplete"), (reset, "reset"), (no_http, "reset")])
def test_a_broken_answer_is_asked_for_again(open_transport: Open, fault: Callable[..., None], kind: str) -> None:
    with serving({"/a": in_turn(fault, fault, answer(200, "x")), "/b": fault}) as server:
        assert open_transport().get(f"{server.url}/a").body == b"x"
        transport = open_transport()
        assert trouble(transport, f"{server.url}/b").kind == kind
        assert transport.troubles == (trouble(transport, f"{server.url}/b").message,)
        assert server.count("/b") == 3
        assert trouble(transport, f"{server.url}/b").kind == kind
        assert server.count("/b") == 3


def test_a_closed_port_is_tried_once(open_transport: Open) -> None:
    with serving({}) as server:
        url = f"{server.url}/a"
    transport = open_transport()
    assert trouble(transport, url).kind == "refused"
    assert trouble(transport, f"{url}/b").kind == "refused"
    assert len(transport.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_error_of_the_server_is_asked_for_again(open_transport: Open, status: int) -> None:
    waited: list[float] = []
    with serving({"/a": in_turn(answer(status, "x"), answer(200, "good")), "/b": answer(status, "x")}) as server:
        transport = open_transport(sleep=waited.append)
        assert transport.get(f"{server.url}/a").body == b"good"
        assert transport.get(f"{server.url}/b").status == status
        assert server.count("/b") == 3
        assert waited == [0.3, 0.3, 0.6]
        transport.get(f"{server.url}/b?other")
        assert server.count("/b?other") == 1  # a host that is ailing is asked once
        assert [each.endswith(f" answered with status {status}") for each in transport.troubles] == [True]


def test_a_host_that_asks_for_a_pause_gets_a_short_one(open_transport: Open) -> None:
    waited: list[float] = []
    with serving({"/a": in_turn(answer(429, "x", Retry_After="1"), answer(200, "good"))}) as server:
        assert open_transport(sleep=waited.append).get(f"{server.url}/a").body == b"good"
        assert waited == [1.0]


@pytest.mark.parametrize("pause", ["3600", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_host_that_asks_for_a_long_pause_is_left_alone(open_transport: Open, pause: str) -> None:
    with serving({"/a": answer(429, "x", Retry_After=pause), "/b": answer(200, "x")}) as server:
        transport = open_transport(sleep=lambda _: pytest.fail("nobody waits that long"))
        assert transport.get(f"{server.url}/a").status == 429
        assert trouble(transport, f"{server.url}/b").kind == "limited"
        assert len(server.asked) == 1


def test_a_huge_answer_is_not_read_to_its_end() -> None:
    wire = Wire(largest=1024**2)
    with serving({"/a": answer(200, b"x" * (3 * 1024**2))}) as server, pytest.raises(Unreachable) as raised:
        wire.send("GET", f"{server.url}/a", {}, None, Limits(2, 2, 5))
    wire.close()
    assert raised.value.kind == "too-large"
    assert "more than 1 MiB" in raised.value.message


# ── posts ──


@pytest.mark.parametrize("fault", [reset, half, answer(500, "x"), answer(302, "", Location="/b")])
def test_a_post_is_sent_once(open_transport: Open, fault: Callable[..., None]) -> None:
    with serving({"/a": fault, "/b": answer(200, "x")}) as server:
        transport = open_transport()
        try:
            assert transport.post(f"{server.url}/a", json={"a": 1}).status in (500, 302)
        except Unreachable as error:
            assert error.kind in ("reset", "incomplete")
        (asked,) = server.asked
        assert (asked.method, asked.body, asked.headers["content-type"]) == ("POST", b'{"a": 1}', "application/json")


# ── redirects ──


def test_a_redirect_to_another_host_loses_the_credential(open_transport: Open) -> None:
    with serving({"/new": answer(200, "new")}) as other:
        target = f"http://localhost:{other.port}/new"
        routes = {"/here": answer(301, "", Location="/there"), "/there": answer(302, "", Location=target)}
        with serving(routes) as server:
            found = open_transport().get(f"{server.url}/here", headers={"Authorization": f"Bearer {SECRET}"})
            assert (found.url, found.body) == (target, b"new")
            assert [each.headers.get("authorization") for each in server.asked] == [f"Bearer {SECRET}"] * 2
            assert "authorization" not in other.asked[0].headers


@pytest.mark.parametrize(
    "target", ["http://example.org/", "ftp://127.0.0.1/", "//example.org/", "http://[", "javascript:x"]
)
def test_a_redirect_out_of_encryption_is_not_followed(open_transport: Open, target: str) -> None:
    with serving({"/a": answer(301, "", Location=target)}) as server:
        transport = open_transport()
        assert trouble(transport, f"{server.url}/a").kind == "redirect"
        assert len(transport.requests) == 1


def test_redirects_in_a_circle_end(open_transport: Open) -> None:
    with serving({"/a": answer(307, "", Location="/b"), "/b": answer(308, "", Location="/a")}) as server:
        assert trouble(open_transport(), f"{server.url}/a").kind == "redirect"
        assert len(server.asked) == 5


def test_a_credential_is_not_sent_without_encryption(open_transport: Open) -> None:
    transport = open_transport()
    with pytest.raises(Unreachable) as raised:
        transport.get("http://example.org/", headers={"Authorization": f"Bearer {SECRET}"})
    assert raised.value.kind == "insecure"
    assert SECRET not in raised.value.message
    assert transport.requests == []


# ── the cache ──


def test_a_second_run_asks_whether_the_answer_still_holds(open_transport: Open, tmp_path: Path) -> None:
    with serving({"/a": with_etag('"v1"', "body", "application/json")}) as server:
        first = open_transport(cache=tmp_path).get(f"{server.url}/a")
        second = open_transport(cache=tmp_path).get(f"{server.url}/a")
        assert (first.body, first.cached, second.body, second.cached) == (b"body", False, b"body", True)
        assert (second.status, second.content_type) == (200, "application/json")
        assert [each.headers.get("if-none-match") for each in server.asked] == [None, '"v1"']
        server.routes["/a"] = with_etag('"v2"', "newer", "application/json")
        third = open_transport(cache=tmp_path).get(f"{server.url}/a")
        assert (third.body, third.cached) == (b"newer", False)


def test_another_form_of_an_address_is_another_answer(open_transport: Open, tmp_path: Path) -> None:
    with serving({"/a": with_etag('"v1"', "body", "text/html")}) as server:
        open_transport(cache=tmp_path).get(f"{server.url}/a", accept="text/html")
        open_transport(cache=tmp_path).get(f"{server.url}/a", accept="application/json")
        assert "if-none-match" not in server.asked[1].headers


@pytest.mark.parametrize("damage", ["", "{}", "no json\nbody", '{"url": 1}\n', "\x00" * 100])
def test_a_damaged_entry_counts_for_nothing(open_transport: Open, tmp_path: Path, damage: str) -> None:
    with serving({"/a": with_etag('"v1"', "body", "text/plain")}) as server:
        open_transport(cache=tmp_path).get(f"{server.url}/a")
        (entry,) = tmp_path.iterdir()
        whole = entry.read_bytes()
        for broken in (damage.encode(), whole[:-1], whole.replace(b"body", b"BODY")):
            entry.write_bytes(broken)
            assert open_transport(cache=tmp_path).get(f"{server.url}/a").body == b"body"
        assert all("if-none-match" not in each.headers for each in server.asked)


def test_what_was_asked_with_a_credential_is_kept_nowhere(open_transport: Open, tmp_path: Path) -> None:
    route = with_etag('"v1"', "private", "text/plain")
    with serving(
        {"/a": route, f"/b?key={SECRET}": route, "/c": answer(200, "x", ETag='"1"', Cache_Control="no-store")}
    ) as server:
        transport = open_transport(cache=tmp_path)
        transport.get(f"{server.url}/a", headers={"Authorization": f"Bearer {SECRET}"})
        transport.get(f"{server.url}/b?key={SECRET}")
        transport.get(f"{server.url}/c")
        assert list(tmp_path.iterdir()) == []


def test_what_was_asked_with_a_credential_is_kept_for_the_one_who_asked(open_transport: Open, tmp_path: Path) -> None:
    header = {"Authorization": f"Bearer {SECRET}"}
    with serving({"/a?page=1": with_etag('"v1"', "private", "text/plain")}) as server:
        cached = [
            open_transport(cache=tmp_path).get(f"{server.url}/a?page=1", headers=header, asker=asker).cached
            for asker in (SECRET, SECRET, "another", "")
        ]
    assert cached == [False, True, False, False]
    for path in tmp_path.iterdir():
        assert SECRET.encode() not in path.read_bytes() + path.name.encode()


def test_a_cache_that_cannot_be_written_is_no_trouble(open_transport: Open, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with serving({"/a": with_etag('"v1"', "body", "text/plain")}) as server:
        assert open_transport(cache=tmp_path / "file").get(f"{server.url}/a").body == b"body"


# ── TLS ──


def secured(authority: trustme.CA, *names: str) -> SSLContext:
    context = SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def test_a_certificate_of_nobody_known_is_not_trusted(open_transport: Open) -> None:
    with serving({"/a": answer(200, "x")}, secured(trustme.CA(), "127.0.0.1")) as server:
        error = trouble(open_transport(), f"{server.url}/a")
        assert error.kind == "tls"
        assert "cannot be trusted" in error.message
        assert "SSL_CERT_FILE" in error.message
        assert server.asked == []


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_bundle_of_the_environment_is_trusted(
    open_transport: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv(variable, str(tmp_path / "authority.pem"))
    with serving({"/a": answer(200, "x")}, secured(authority, "127.0.0.1")) as server:
        assert open_transport().get(f"{server.url}/a").body == b"x"
    with serving({"/a": answer(200, "x")}, secured(authority, "elsewhere.example")) as server:
        assert trouble(open_transport(), f"{server.url}/a").kind == "tls"


def test_a_bundle_that_is_not_there_is_said(
    open_transport: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    error = trouble(open_transport(), "https://127.0.0.1:9/")
    assert (error.kind, error.message) == ("tls", "the file that SSL_CERT_FILE names cannot be read as certificates")


# ── proxies ──


def test_plain_http_goes_through_a_proxy(open_transport: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({"http://index.test/a": answer(200, "through")}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("://", f"://me:{SECRET}@"))
        assert open_transport().get("http://index.test/a").body == b"through"
        assert proxy.asked[0].headers["proxy-authorization"].startswith("Basic ")


def test_https_goes_through_a_tunnel(open_transport: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with (
        serving({"/a": answer(200, "secret path")}, secured(authority, "index.test")) as server,
        serving({"index.test:443": tunnel_to(server.port)}) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.removeprefix("http://"))
        transport = open_transport()
        assert transport.get("https://index.test/a").body == b"secret path"
        assert [(each.method, each.path) for each in proxy.asked] == [("CONNECT", "index.test:443")]
        transport.close()


@pytest.mark.parametrize("status", [403, 407])
def test_a_proxy_that_refuses_is_said(open_transport: Open, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    with serving({"index.test:443": answer(status, "no")}) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", f"://me:{SECRET}@"))
        error = trouble(open_transport(), "https://index.test/a")
    assert (error.kind, error.message) == ("proxy", "the proxy on the way to index.test does not answer or refuses")


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "http://", "http://[", f"://me:{SECRET}@x"])
def test_a_proxy_of_no_use_is_said(open_transport: Open, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    error = trouble(open_transport(), "https://index.test/a")
    assert error.kind == "proxy"
    assert SECRET not in error.message


def test_this_machine_and_no_proxy_are_asked_directly(open_transport: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({"/a": answer(200, "x")}) as server, serving({}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert open_transport().get(f"{server.url}/a").body == b"x"
        assert proxy.asked == []
        assert proxy_for("http://index.test/a") is not None
        monkeypatch.setenv("NO_PROXY", "*.example,index.test")
        assert proxy_for("http://index.test/a") is None


def test_no_address_stands_in_the_cache(open_transport: Open, tmp_path: Path) -> None:
    """The path of a private index may hold a token."""
    with serving({f"/{SECRET}/simple/": with_etag('"v1"', "body", "text/html")}) as server:
        for cached in (False, True):
            assert open_transport(cache=tmp_path).get(f"{server.url}/{SECRET}/simple/").cached is cached
    kept = b"".join(path.name.encode() + path.read_bytes() for path in tmp_path.iterdir())
    assert kept and SECRET.encode() not in kept


def test_answers_come_packed_and_are_measured_unpacked(open_transport: Open) -> None:
    packed = answer(200, gzip.compress(b"x" * 2 * 1024**2), Content_Encoding="gzip")
    with serving({"/a": packed, "/b": answer(200, b"no gzip", Content_Encoding="gzip")}) as server:
        transport = open_transport()
        assert transport.get(f"{server.url}/a").body == b"x" * 2 * 1024**2
        assert server.asked[0].headers["accept-encoding"] == "gzip"
        assert trouble(transport, f"{server.url}/b").kind == "reset"
        wire = Wire(largest=1024**2)
        with pytest.raises(Unreachable) as raised:
            wire.send("GET", f"{server.url}/a", {}, None, Limits(2, 2, 5))
        wire.close()
    assert raised.value.kind == "too-large"
