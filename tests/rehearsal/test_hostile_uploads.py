"""Requests that mean no good: refused or served within bounds, and the index stands afterwards."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recipes import build
from rehearsal.uploading import BOUNDARY, Rehearsal, basic, form_of, multipart, rehearsal

from preflight.rehearsal.limits import Limits
from preflight.rehearsal.multipart import Form, TooMuch, UnreadableForm, read_form
from preflight.rehearsal.state import State

WHEEL = "demo-1.0-py3-none-any.whl"
GOOD = build("wheel demo 1.0")
SMALL = replace(
    Limits(), file=200_000, body=1_000_000, fields=50_000, headers=100_000, grace_seconds=1.0, idle_seconds=0.5
)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Rehearsal]:
    with rehearsal(tmp_path, limits=SMALL) as running:
        yield running
        assert running.upload_file(WHEEL, GOOD).status == 200  # it still serves
        assert running.index.crashes == []
    assert not list(tmp_path.glob("received-*"))


def head(running: Rehearsal, *headers: str) -> bytes:
    lines = [
        "POST /legacy/ HTTP/1.1",
        f"Host: 127.0.0.1:{running.running.port}",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
        f"Authorization: {basic('__token__', running.token)}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def sent(running: Rehearsal, *pieces: bytes, endless: bytes = b"") -> str:
    """The first line of the answer to raw bytes; empty where the connection is closed without one. `endless` is sent until nobody listens."""
    with socket.create_connection(("127.0.0.1", running.running.port), timeout=20) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            while endless:
                connection.sendall(endless)
        except OSError:
            pass
        try:
            answer = b""
            while b"\r\n" not in answer:
                piece = connection.recv(65536)
                if not piece:
                    break
                answer += piece
        except OSError:
            return ""
        return answer.partition(b"\r\n")[0].decode("latin-1")


def test_a_form_that_ends_too_early(index: Rehearsal) -> None:
    body = multipart(form_of(WHEEL, GOOD), (WHEEL, GOOD))
    cut = body[:-40]
    assert sent(index, head(index, f"Content-Length: {len(cut)}"), cut) == "HTTP/1.1 400 Invalid Form Data."
    assert sent(index, head(index, f"Content-Length: {len(body)}"), cut) == ""  # slow, until the patience ends


@pytest.mark.parametrize("framing", ["Content-Length: 2147483648", "Transfer-Encoding: chunked"])
def test_a_body_of_two_gigabytes(index: Rehearsal, framing: str) -> None:
    start = multipart(form_of(WHEEL, GOOD), (WHEEL, b""))[: -len(BOUNDARY) - 8]
    piece = bytes(100_000)
    if "chunked" in framing:
        start, piece = (b"%x\r\n%s\r\n" % (len(each), each) for each in (start, piece))
    answer = sent(index, head(index, framing), start, endless=piece)
    assert answer.startswith("HTTP/1.1 400 File too large. Limit for project 'demo' is 0 MB.")
    assert [each.rejection for each in index.index.attempts[-1].reasons] == ["file-too-large"]


def test_a_form_without_end_of_small_fields(index: Rehearsal) -> None:
    field = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="x"\r\n\r\n{"y" * 5000}\r\n'.encode()
    assert sent(index, head(index, "Content-Length: 2147483648"), endless=field).startswith("HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Length: 10", "Content-Length: 20"),
        ("Content-Length: 10", "Transfer-Encoding: chunked"),
        ("Content-Length: -1",),
        ("Content-Length: 0x10",),
        ("Transfer-Encoding: gzip",),
        ("Content-Length: 10", "Content-Type: multipart/form-data"),
        ("Transfer-Encoding: chunked", "X: \xff\xfe", "Cookie: " + "c" * 5000),
    ],
)
def test_weird_headers(index: Rehearsal, headers: tuple[str, ...]) -> None:
    assert sent(index, head(index, *headers), b"not a chunk\r\n").startswith("HTTP/1.1 400 ")


@pytest.mark.parametrize("piece", [b"X: y\r\n", b"A" * 1000])
def test_headers_without_end(index: Rehearsal, piece: bytes) -> None:
    answer = sent(index, b"POST /legacy/ HTTP/1.1\r\n", endless=piece)
    assert answer == "" or answer.startswith(("HTTP/1.1 431", "HTTP/1.1 400"))


def test_another_host_is_not_answered(index: Rehearsal) -> None:
    assert index.request("GET", "/", Host="evil.example").status == 421
    assert index.request("GET", "/", Host=f"localhost:{index.running.port}").status == 200


@pytest.mark.parametrize(
    "filename", ["../../evil.whl", "/etc/passwd", "..", "a\x00b.whl", "x" * 300 + ".whl", "COM1.whl"]
)
def test_names_that_lead_elsewhere(index: Rehearsal, tmp_path: Path, filename: str) -> None:
    reply = index.upload_file(filename, GOOD)
    assert reply.status in (400, 500)
    assert {each.name for each in tmp_path.iterdir()} <= {"index", "files"} | {
        each.name for each in tmp_path.glob("received-*")
    }


def test_a_slow_client_does_not_keep_others_waiting(index: Rehearsal) -> None:
    slow = [socket.create_connection(("127.0.0.1", index.running.port)) for _ in range(20)]
    try:
        for each in slow:
            each.sendall(b"POST /legacy/ HT")
        assert index.upload_file(WHEEL, GOOD).status == 200
        assert slow[0].recv(100) == b""  # ended when its time was over
    finally:
        for each in slow:
            each.close()


def test_two_hundred_uploads_at_once(tmp_path: Path) -> None:
    with rehearsal(tmp_path, State()) as running:
        statuses: list[int] = []

        def upload(number: int) -> None:
            name, data = (WHEEL, GOOD) if number % 2 else (f"demo-1.{number}.tar.gz", SOURCES[number])
            statuses.append(running.upload_file(name, data).status)

        threads = [threading.Thread(target=upload, args=(number,)) for number in range(200)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert statuses == [200] * 200
        assert len(running.index.attempts) == 200
        assert len(running.index.state.project("demo").files) == 101
        assert not running.index.crashes


SOURCES = {number: build(f"sdist demo 1.{number}") for number in range(0, 200, 2)}


class Pieces:
    """A body that comes in pieces of a size."""

    def __init__(self, data: bytes, size: int) -> None:
        self.data = data
        self.size = size

    def read(self, count: int) -> bytes:
        piece, self.data = self.data[: min(self.size, count)], self.data[min(self.size, count) :]
        return piece


def read(data: bytes, size: int, folder: Path) -> Form:
    return read_form(Pieces(data, size), BOUNDARY.encode(), folder, SMALL)


@given(
    st.lists(st.tuples(st.sampled_from(["name", "summary", "x"]), st.text(max_size=40))),
    st.binary(max_size=300),
    st.integers(1, 100),
)
def test_a_form_is_read_the_same_in_pieces_of_any_size(
    tmp_path_factory: pytest.TempPathFactory, fields: list[tuple[str, str]], content: bytes, size: int
) -> None:
    folder = tmp_path_factory.mktemp("form")
    texts = [(name, value.replace("\ud800", "")) for name, value in fields]
    form = read(multipart(texts, ("a.whl", content)), size, folder)
    assert list(form.fields) == texts
    assert (folder / "content").read_bytes() == content
    assert form.content is not None
    assert form.content.size == len(content)


@given(st.binary(max_size=400), st.integers(1, 50))
def test_any_bytes_are_a_form_or_unreadable(tmp_path_factory: pytest.TempPathFactory, data: bytes, size: int) -> None:
    folder = tmp_path_factory.mktemp("form")
    for body in (data, b"--" + BOUNDARY.encode() + b"\r\n" + data):
        with suppress(UnreadableForm, TooMuch):
            assert read(body, size, folder).fields is not None
