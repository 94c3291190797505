"""The outside without a network: answers by address, for the tests of rules and of what reads answers."""

from collections.abc import Mapping
from json import dumps

from preflight.index.failures import Unreachable, host_of
from preflight.index.transport import Transport
from preflight.index.wire import Limits, Reply

SIMPLE = "application/vnd.pypi.simple.v1+json"
INSTANT = 1_790_000_000
"""The time of these tests, in the year 2026."""


class Recorded:
    """Sends nothing and answers from a table. An address that is not in it cannot be reached.

    An answer is a status (404), a text (HTML), an object that is the body in JSON, or an object with `status`, `type`, `headers` and `body`.
    """

    def __init__(self, answers: Mapping[str, object]) -> None:
        self.answers = answers
        self.headers: list[Mapping[str, str]] = []

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, limits: Limits) -> Reply:
        self.headers.append(dict(headers))
        if url not in self.answers:
            raise Unreachable("reset", f"{host_of(url)} closed the connection")
        return _reply(url, self.answers[url])

    def close(self) -> None:
        """Nothing is open."""


def _reply(url: str, answer: object) -> Reply:
    kind = SIMPLE if "/simple/" in url else "application/json"
    status, body, headers = 200, answer, {}
    if isinstance(answer, int):
        status, body, kind = answer, "nothing here", "text/html"
    elif isinstance(answer, str):
        kind = "text/html; charset=utf-8"
    elif isinstance(answer, dict) and "status" in answer and set(answer) <= {"status", "type", "headers", "body"}:
        status, body, kind = answer["status"], answer.get("body", ""), answer.get("type", kind)
        headers = answer.get("headers", {})
    data = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else dumps(body).encode()
    return Reply(status, {"content-type": kind, **headers}, data)


def transport(answers: Mapping[str, object]) -> Transport:
    """A transport that answers from a table."""
    return Transport(sender=Recorded(answers), sleep=lambda _: None)


def answering(answers: Mapping[str, object]) -> dict[str, object]:
    """The seeds of a run that asks the outside and is answered from a table."""
    environment = {"PATH": "", "GITHUB_TOKEN": "a-token-for-github"}
    return {"online": True, "transport": transport(answers), "clock": INSTANT, "environment": environment}


def page(name: str, *files: Mapping[str, object], status: str = "active") -> dict[str, object]:
    """A project's page of the simple API in JSON."""
    return {
        "meta": {"api-version": "1.4", "_last-serial": 1},
        "name": name,
        "project-status": {"status": status},
        "versions": [],
        "files": list(files),
    }


def entry(
    filename: str, *, days: float = 1, sha256: str = "0" * 64, size: int = 1000, provenance: str | None = None
) -> dict[str, object]:
    """A file on such a page, uploaded so many days before the time of these tests."""
    from datetime import UTC, datetime

    uploaded = datetime.fromtimestamp(INSTANT - days * 86400, UTC).replace(tzinfo=None)
    return {
        "filename": filename,
        "url": f"https://files.example.org/{filename}",
        "hashes": {"sha256": sha256},
        "requires-python": None,
        "size": size,
        "upload-time": f"{uploaded.isoformat()}Z",
        "yanked": False,
        "core-metadata": False,
        "provenance": provenance,
    }
