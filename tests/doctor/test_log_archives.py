"""The archive of logs that a run's page offers."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from doctor.github import REFUSED
from hypothesis import given
from hypothesis import strategies as st

from preflight.doctor.extraction import extract
from preflight.doctor.log_archive import UnreadableArchive, read_archive
from preflight.doctor.reading import read_log


def archive(**members: bytes) -> BytesIO:
    stream = BytesIO()
    with ZipFile(stream, "w") as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "/").replace("_txt", ".txt"), content)
    stream.seek(0)
    return stream


def test_the_log_of_one_job_is_as_it_was() -> None:
    found = read_archive(archive(**{"0_publish_txt": REFUSED, "publish__3_Publish_txt": REFUSED}))
    assert found == REFUSED


def test_the_logs_of_several_jobs_are_one() -> None:
    found = read_archive(archive(**{"0_build_txt": b"2026-03-04T10:11:02.1234567Z fine\n", "1_publish_txt": REFUSED}))
    extracted = extract(read_log(BytesIO(found)))
    assert (extracted.failures[0].name, extracted.job) == ("project-name-prohibited", "publish")


def test_other_archives_are_refused() -> None:
    with pytest.raises(UnreadableArchive, match="no log of a job"):
        read_archive(archive(METADATA=b"Name: sampleproject"))


@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_a_damaged_archive_is_refused(place: int, spoilt: bytes) -> None:
    whole = archive(**{"0_publish_txt": REFUSED}).getvalue()
    text = whole[:place] + spoilt + whole[place + len(spoilt) :]
    try:
        read_archive(BytesIO(text))
    except UnreadableArchive:
        return


@pytest.mark.parametrize("cut", [4, 30, 200])
def test_an_archive_that_is_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(UnreadableArchive, match="damaged"):
        read_archive(BytesIO(archive(**{"0_publish_txt": REFUSED}).getvalue()[:cut]))
