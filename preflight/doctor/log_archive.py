"""The archive of logs that a run's page offers for download, as one log. Reads no other archive."""

from typing import IO

from preflight.doctor.run_layout import together
from preflight.sources.patterns import compile as _compile

MAGIC = b"PK\x03\x04"
_JOB = _compile(r"(?:-?\d+_)?(?P<job>[^/\\]{1,240})\.txt")
_MOST_JOBS = 256
_MOST_BYTES = 256 * 1024 * 1024


class UnreadableArchive(Exception):
    """An archive that holds no logs, or more than can be read; the message says which."""


def read_archive(stream: IO[bytes]) -> bytes:
    """The logs of the jobs in an archive of GitHub: a file for each job at its top, and a folder for each with the same lines by step.

    Raises:
        UnreadableArchive: it is none.
    """
    from zipfile import BadZipFile, ZipFile
    from zlib import error as damaged

    try:
        with ZipFile(stream) as archive:
            jobs = [(found["job"], each) for each in archive.infolist() if (found := _JOB.fullmatch(each.filename))]
            if not jobs:
                raise UnreadableArchive("this archive holds no log of a job")
            if len(jobs) > _MOST_JOBS or sum(each.file_size for _, each in jobs) > _MOST_BYTES:
                raise UnreadableArchive(
                    "this archive holds more than can be read: unpack it, and give the log of one job"
                )
            texts = [(job, archive.read(each)) for job, each in jobs]
    except (BadZipFile, damaged, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise UnreadableArchive("this archive is damaged") from None
    return texts[0][1] if len(texts) == 1 else together(texts)
