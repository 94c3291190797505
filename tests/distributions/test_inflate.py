"""Unpacking by another library than zlib: it may save time, never change a verdict."""

import zlib
from collections.abc import Callable
from typing import Any

import pytest
from recipes import build

from preflight.distributions import inflate
from preflight.distributions.archive import Distribution, Kind
from preflight.distributions.stored_file import StoredFile
from preflight.sources.tree import MemoryTree

WHEEL = "demo-1.0-py3-none-any.whl"
RECIPES = (
    "wheel demo 1.0\nfile demo/long.py * 90000 = x = 1\\n",
    "wheel demo 1.0\nzip: header demo/__init__.py crc=7",
    "wheel demo 1.0\nfile demo/long.py * 90000 = x = 1\\n\nzip: header demo/long.py size=9",
)


def problems(data: bytes) -> object:
    tree = MemoryTree({WHEEL: data})
    return Distribution(StoredFile(tree, WHEEL), Kind.WHEEL, len(data), lambda place, reason: None).problems


def refusing(*_: Any) -> bytes:
    raise inflate.ERRORS[-1]("no")


def cutting(data: bytes, *_: int) -> bytes:
    return zlib.decompress(data, -15)[:-1]


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("wrong", [refusing, cutting])
def test_what_it_gets_wrong_zlib_decides(
    recipe: str, wrong: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = build(recipe)
    expected = problems(data)
    monkeypatch.setattr(inflate, "decompress", wrong)
    assert problems(data) == expected
