"""Answers kept on disk with their ETag, so that a second run only asks whether they still hold. Keeps no address and no credential."""

import os
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from preflight.sources.records import dataclass

LARGEST_ENTRY = 16 * 1024 * 1024
MOST_ENTRIES = 500
_KEPT_HEADERS = ("content-type", "etag", "last-modified", "link", "x-pypi-last-serial")


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer of an earlier run."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def conditions(self) -> Mapping[str, str]:
        """The request headers that ask whether it still holds (RFC 9110, section 13)."""
        if self.headers.get("etag"):
            return {"If-None-Match": self.headers["etag"]}
        return {"If-Modified-Since": self.headers["last-modified"]}


class Store:
    """A folder of answers, one file each: a line of JSON, then the body. Its name is a digest of the address and of who asked, which stand nowhere in it.

    What somebody was shown for a credential (`asker`) is given to no one else, and only this user can read the files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pruned = False

    def read(self, url: str, accept: str, asker: str = "") -> Stored | None:
        """The answer kept for an address; None where there is none that is whole."""
        from json import loads

        try:
            first, _, body = self._path(url, accept, asker).read_bytes().partition(b"\n")
            entry = loads(first)
        except (OSError, ValueError, RecursionError):
            return None
        headers = entry.get("headers") if isinstance(entry, dict) else None
        if not isinstance(headers, dict) or entry.get("sha256") != sha256(body).hexdigest():
            return None
        texts = {name: value for name, value in headers.items() if isinstance(name, str) and isinstance(value, str)}
        return Stored(texts, body) if texts.get("etag") or texts.get("last-modified") else None

    def write(self, url: str, accept: str, headers: Mapping[str, str], body: bytes, asker: str = "") -> None:
        """Keep an answer where it may be kept; a disk that takes nothing is no trouble."""
        from json import dumps

        if (
            not storable(url, asker)
            or len(body) > LARGEST_ENTRY
            or "no-store" in headers.get("cache-control", "").lower()
        ):
            return
        if not (headers.get("etag") or headers.get("last-modified")):
            return
        kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
        entry = {"sha256": sha256(body).hexdigest(), "headers": kept}
        path = self._path(url, accept, asker)
        draft = path.with_name(f"{path.name}.{os.getpid()}.new")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.touch(mode=0o600)
            draft.write_bytes(dumps(entry).encode() + b"\n" + body)
            draft.replace(path)
            self._prune()
        except OSError:
            with suppress(OSError):
                draft.unlink(missing_ok=True)

    def _path(self, url: str, accept: str, asker: str) -> Path:
        return self._folder / sha256(f"{url}\n{accept}\n{asker}".encode()).hexdigest()[:40]

    def _prune(self) -> None:
        """Once a run: forget the oldest answers beyond the limit."""
        if self._pruned:
            return
        self._pruned = True
        files = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[MOST_ENTRIES:]:
            path.unlink(missing_ok=True)


def storable(url: str, asker: str = "") -> bool:
    """Whether the answer of an address may be kept: a query or a user may hold a secret that it repeats. Who says for whom it is kept has put none there."""
    parts = urlsplit(url)
    return "@" not in parts.netloc and (bool(asker) or not parts.query)
