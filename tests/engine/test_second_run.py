"""A check that runs a second time over another fact, and findings that are told together."""

from preflight.engine.checks import check, collect
from preflight.engine.finding import Confidence, Finding, Reported, Severity
from preflight.engine.runner import told_together
from preflight.sources.text import Place, Source


def _judge(sets: tuple[str, ...], other: int) -> list[Finding]:
    return []


def test_a_check_asks_for_another_fact_the_second_time() -> None:
    check("XYZ001", also={"sets": "built"})(_judge)
    found = collect({"__name__": __name__, "judge": _judge})
    assert [each.needs for each in found] == [("sets", "other"), ("built", "other")]
    assert {each.function for each in found} == {_judge}


def _reported(place: Place, severity: Severity, repeats: Place | None = None, code: str = "XYZ001") -> Reported:
    return Reported(
        code, "x", severity, Confidence.CERTAIN, "m", "f", {}, (severity.value,), (), place, (), (), "", repeats=repeats
    )


SOURCE = Source("pyproject.toml", "name = 1\nversion = 2\n")
BUILT = Source("dist/x.whl", "Name: 1\n", "x.dist-info/METADATA")


def test_the_place_in_the_source_is_kept_and_the_surer_verdict_taken() -> None:
    first = _reported(SOURCE.place(0, 4), Severity.WARNING)
    second = _reported(BUILT.place(0, 4), Severity.ERROR, repeats=SOURCE.place(0, 4))
    (kept,) = told_together([second, first])
    assert kept.place == first.place
    assert (kept.severity, kept.rejections) == (Severity.ERROR, ("error",))
    assert [note.place for note in kept.related] == [second.place]


def test_what_meets_no_other_finding_stays() -> None:
    other_place = _reported(SOURCE.place(9, 12), Severity.ERROR)
    other_rule = _reported(SOURCE.place(0, 4), Severity.ERROR, code="XYZ002")
    second = _reported(BUILT.place(0, 4), Severity.ERROR, repeats=SOURCE.place(0, 4))
    kept = told_together([other_place, other_rule, second])
    assert [each.place for each in kept] == [other_place.place, other_rule.place, second.place]
    assert [note.place for note in kept[2].related] == [second.repeats]
