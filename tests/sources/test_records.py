"""Our `dataclass` makes what the standard one makes."""

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, field, fields, replace
from functools import cached_property
from typing import Any, ClassVar

import pytest

from preflight.sources import records

MAKERS = [dataclasses.dataclass, records.dataclass]


def classes(make: Any) -> dict[str, type]:
    """The same classes by either decorator."""

    @make(frozen=True, slots=True)
    class Point:
        """A point."""

        x: int
        y: int = 2
        names: list[str] = field(default_factory=list, compare=False)
        hidden: str = field(default="h", repr=False)
        kind: ClassVar[str] = "point"

        @property
        def total(self) -> int:
            return self.x + self.y

    @make(frozen=True, slots=True)
    class Spanned:
        start: int = field(default=0, kw_only=True, compare=False)

    @make(frozen=True, slots=True)
    class Named(Spanned):
        name: str = "n"

    @make(frozen=True)
    class Cached:
        value: int

        @cached_property
        def double(self) -> int:
            return self.value * 2

    @make
    class Plain:
        items: list[int] = field(default_factory=list)
        size: int = field(init=False, default=0)

        def __post_init__(self) -> None:
            self.size = len(self.items)

    @make(eq=False, slots=True)
    class Apart:
        value: int

    return {each.__name__: each for each in (Point, Spanned, Named, Cached, Plain, Apart)}


@pytest.fixture(params=MAKERS, ids=["standard", "ours"])
def made(request: pytest.FixtureRequest) -> dict[str, type]:
    return classes(request.param)


def test_arguments_and_defaults(made: dict[str, Any]) -> None:
    point = made["Point"](1)
    assert (point.x, point.y, point.names, point.hidden, point.total, point.kind) == (1, 2, [], "h", 3, "point")
    assert made["Point"](1).names is not point.names
    assert made["Named"]("a", start=4).start == 4
    assert made["Plain"]([1, 2]).size == 2
    for wrong in (
        lambda: made["Point"](),
        lambda: made["Point"](1, 2, [], "", 5),
        lambda: made["Named"]("a", 4),
        lambda: made["Point"](1, z=2),
    ):
        with pytest.raises(TypeError):
            wrong()


def test_comparison_and_hash(made: dict[str, Any]) -> None:
    point = made["Point"]
    assert point(1, names=["a"]) == point(1, names=["b"])
    assert hash(point(1, names=["a"])) == hash(point(1))
    assert point(1) != point(2)
    assert point(1) != (1, 2)
    assert made["Named"]("a", start=1) == made["Named"]("a", start=2)
    assert made["Spanned"]() == made["Spanned"](start=3)
    assert made["Apart"](1) != made["Apart"](1)
    assert len({made["Apart"](1), made["Apart"](1)}) == 2
    assert made["Plain"]([1]) == made["Plain"]([1])
    with pytest.raises(TypeError):
        hash(made["Plain"]())


def test_representation(made: dict[str, Any]) -> None:
    assert repr(made["Point"](1)).endswith("Point(x=1, y=2, names=[])")
    assert repr(made["Named"]("a")).endswith("Named(start=0, name='a')")


def test_frozen_and_slots(made: dict[str, Any]) -> None:
    point = made["Point"](1)
    with pytest.raises(FrozenInstanceError):
        point.x = 2
    with pytest.raises(FrozenInstanceError):
        del point.x
    assert not hasattr(point, "__dict__")
    assert not hasattr(made["Named"](), "__dict__")
    assert made["Named"].__slots__ == ("name",)
    cached = made["Cached"](2)
    assert cached.double == cached.double == 4
    with pytest.raises(FrozenInstanceError):
        cached.value = 3


def test_standard_tools_work_on_them(made: dict[str, Any]) -> None:
    assert replace(made["Point"](1), y=5).y == 5
    assert replace(made["Named"]("a", start=3), name="b").start == 3
    assert [each.name for each in fields(made["Named"])] == ["start", "name"]
    assert dataclasses.is_dataclass(made["Plain"])
    assert dataclasses.asdict(made["Plain"]([1])) == {"items": [1], "size": 1}
    assert copy.copy(made["Point"](1, 3)) == made["Point"](1, 3)
    assert copy.deepcopy(made["Point"](1, names=["a"])).names == ["a"]


def test_pattern_matching(made: dict[str, Any]) -> None:
    match made["Point"](1, 7):
        case object(x=1, y=y):
            assert y == 7
    assert made["Point"].__match_args__ == ("x", "y", "names", "hidden")
    assert made["Named"].__match_args__ == ("name",)


@records.dataclass(frozen=True, slots=True)
class Pickled:
    value: int
    other: str = "x"


def test_pickling() -> None:
    assert pickle.loads(pickle.dumps(Pickled(3))) == Pickled(3)  # noqa: S301


def test_one_and_the_same_value_is_equal_to_itself_in_every_python() -> None:
    """The standard decorator compares tuples up to Python 3.12, and field by field since: with one NaN in both it then answers no."""
    nan = float("nan")
    made = classes(records.dataclass)
    assert made["Cached"](nan) == made["Cached"](nan)  # type: ignore[call-arg]
