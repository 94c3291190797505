"""Readers of built files under mutated input: they never raise, never hang, and always say the same of the same bytes.

`bench/fuzz.py` runs the same readers over many more inputs, with a guard on time and memory.
"""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import mutate, mutate_tar
from recipes import build

from preflight.distributions.archive import Distribution, kind_of
from preflight.distributions.archive_problem import ArchiveProblem
from preflight.distributions.stored_file import StoredFile
from preflight.sources.tree import MemoryTree

WHEELS = tuple(
    map(
        build,
        (
            "wheel demo 1.0\nfile demo/\\u00fc.txt = text\nfolder demo/f",
            "wheel demo 1.0\nzip: zip64\nzip: zip64 demo/__init__.py\nzip: comment hello",
            "wheel demo 1.0\nzip: stream\nduplicate demo/__init__.py",
            "wheel demo 1.0\nzip: local demo/__init__.py extra=75700600010000000061",
        ),
    )
)
SDISTS = tuple(
    map(
        build,
        (
            "sdist demo 1.0\nlink demo-1.0/a -> PKG-INFO\nhardlink demo-1.0/b -> demo-1.0/PKG-INFO",
            f"sdist demo 1.0\nfile demo-1.0/{'long/' * 40}name.py = x\nsparse demo-1.0/s = text",
            f"sdist demo 1.0\ntar: format gnu\nfile demo-1.0/{'long/' * 40}name.py = x\nsparse-gnu demo-1.0/s = text",
        ),
    )
)


def read_everything(filename: str, data: bytes) -> tuple[ArchiveProblem, ...]:
    """Ask for all that the model of a built file has."""
    kind = kind_of(filename)
    assert kind is not None
    file = StoredFile(MemoryTree({filename: data}), filename)
    distribution = Distribution(file, kind, len(data), lambda place, reason: None)
    names = list(distribution.members)
    assert len(names) <= len(distribution.names)
    list(distribution.read_members(names[:20], 1 << 16))
    assert (distribution.top_level is None) or isinstance(distribution.top_level, str)
    return distribution.problems


@pytest.mark.parametrize("seed", range(300))
def test_mutated_archives_are_read_without_a_crash(seed: int) -> None:
    random = Random(seed)
    wheel = mutate(random, random.choice(WHEELS))
    sdist = mutate_tar(random, random.choice(SDISTS))
    assert read_everything("demo-1.0-py3-none-any.whl", wheel) == read_everything("demo-1.0-py3-none-any.whl", wheel)
    assert read_everything("demo-1.0.tar.gz", sdist) == read_everything("demo-1.0.tar.gz", sdist)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600), st.sampled_from(("demo-1.0-py3-none-any.whl", "demo-1.0.zip", "demo-1.0.tar.gz")))
def test_any_bytes_are_read_without_a_crash(data: bytes, filename: str) -> None:
    assert read_everything(filename, data), "random bytes are no archive"
