"""The bytes of one file of a tree, read piece by piece whatever its size. Knows nothing of archives."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from preflight.sources.records import dataclass
from preflight.sources.tree import MissingFile, Tree, UnreadableFile

HELD_BYTES = 256 * 1024
"""Files up to this size are read at once; larger ones through a window, so that memory stays bounded."""

_WINDOW = 64 * 1024
_LEAST_READ = 1024
_read_at: Callable[[int, int, int], bytes] | None = getattr(os, "pread", None)
"""Reads at an offset in one call, where the system can."""


class Blob(Protocol):
    """Bytes that can be read at any offset."""

    @property
    def size(self) -> int:
        """The number of bytes."""
        ...

    def read(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset` on: fewer at the end, none beyond it."""
        ...


class BytesBlob:
    """Bytes held in memory."""

    __slots__ = ("data", "size")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def read(self, offset: int, count: int) -> bytes:
        return self.data[offset : offset + count]


class DescriptorBlob:
    """The bytes of an open file. The last small piece read is kept, since headers lie close together."""

    __slots__ = ("_descriptor", "_start", "_window", "size")

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self.size = size
        self._start = 0
        self._window = b""

    def read(self, offset: int, count: int) -> bytes:
        inside = offset - self._start
        if inside >= 0 and inside + count <= len(self._window):
            return self._window[inside : inside + count]
        if count > _WINDOW:
            return self._read(offset, count)
        follows = 0 <= inside <= len(self._window) + _LEAST_READ
        self._start = offset
        self._window = self._read(offset, _WINDOW if follows else max(count, _LEAST_READ))
        return self._window[:count]

    def _read(self, offset: int, count: int) -> bytes:
        if offset >= self.size:
            return b""
        count = min(count, self.size - offset)
        if _read_at is not None and len(whole := _read_at(self._descriptor, count, offset)) == count:
            return whole
        pieces = []
        while count > 0:
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            piece = os.read(self._descriptor, count)
            if not piece:
                break
            pieces.append(piece)
            offset += len(piece)
            count -= len(piece)
        return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a tree that is opened anew for each reading, so that nothing stays open or in memory."""

    tree: Tree
    path: str

    @contextmanager
    def open(self, held: int = HELD_BYTES) -> Iterator[Blob]:
        """The bytes of the file, read at once where there are no more than `held`.

        Raises:
            MissingFile, UnreadableFile: as `Tree.read`, and when the disk fails.
        """
        data = self.tree.read(self.path, held)
        if len(data) <= held:
            yield BytesBlob(data)
            return
        del data
        root = self.tree.disk_root
        if root is None:
            yield BytesBlob(self.tree.read(self.path, 1 << 62))
            return
        try:
            descriptor = os.open(root / self.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            raise MissingFile(self.path) from None
        except OSError as error:
            raise UnreadableFile(self.path, f"it cannot be opened ({error.strerror})") from None
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableFile(self.path, "it is no regular file")
            yield DescriptorBlob(descriptor, status.st_size)
        except OSError as error:
            raise UnreadableFile(self.path, f"it cannot be read ({error.strerror})") from None
        finally:
            os.close(descriptor)
