"""Whatever stands in files and messages: no format crashes, leaks a secret, or steers a terminal or a CI system."""

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from preflight.engine.finding import Applicability, Confidence, Edit, Note, Reported, Result, Severity, Skipped
from preflight.report.report import FORMATS, Report, Section, render
from preflight.sources.text import Source
from tests.report.samples_of_reports import TOKEN, report_of, reported
from tests.report.sarif_form import LOG

SPECIAL = [
    "\x1b[31m",
    "\x1b]0;title\x07",
    "\r\n",
    "\n",
    "\t",
    "\x00",
    "\x85",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\ud800",
    "\udcff",
    "\uffff",
    "名",
    "e\u0301",
    "🚀",
    "::error::",
    "\n::add-mask::x\n",
    "##[group]x",
    "##vso[task.setvariable]x",
    "]]>",
    "<!--",
    "<script>",
    "&amp;",
    "|",
    "`",
    "```",
    "@user",
    "#1",
    "[x](y)",
    "%0A",
    "\\",
    TOKEN,
    f'password = "{TOKEN}"',
]
TEXTS = st.lists(st.sampled_from(SPECIAL) | st.text(st.characters(), max_size=8) | st.just(" "), max_size=12).map(
    "".join
)
SOURCES = st.builds(Source, TEXTS.map("p{}".format), TEXTS, st.none() | TEXTS)
OFFSETS = st.integers(-3, 120)


@st.composite
def places(draw: st.DrawFn) -> Any:
    source = draw(SOURCES)
    first, second = sorted(min(max(draw(OFFSETS), 0), len(source.text)) for _ in range(2))
    return source.place(first, second)


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    place = draw(places())
    return Edit(place.source, place.start, place.end, draw(TEXTS), draw(st.sampled_from(Applicability)))


REPORTED = st.builds(
    Reported,
    code=st.sampled_from(["PUB003", "VER001"]),
    name=st.just("environment-mismatch"),
    severity=st.sampled_from(Severity),
    confidence=st.sampled_from(Confidence),
    message=TEXTS,
    fix=TEXTS,
    args=st.dictionaries(TEXTS, TEXTS | st.integers() | st.lists(TEXTS, max_size=2), max_size=2),
    rejections=st.just(("a",)),
    causes=st.just(()),
    place=st.none() | places(),
    related=st.lists(st.builds(Note, places(), TEXTS), max_size=2).map(tuple),
    edits=st.lists(edits(), max_size=2).map(tuple),
    url=st.just("https://pypi-preflight.readthedocs.io/rules/environment-mismatch/"),
    fingerprint=st.just("0" * 32),
)
SECTIONS = st.builds(
    Section,
    st.builds(
        Result,
        st.lists(REPORTED, max_size=3),
        st.lists(st.builds(Skipped, st.just("NAM002"), TEXTS), max_size=1),
        st.lists(REPORTED, max_size=1),
        st.integers(0, 2),
        st.booleans(),
    ),
    st.sampled_from(["", "../other/"]),
)
REPORTS = st.builds(
    Report,
    sections=st.lists(SECTIONS, min_size=1, max_size=2).map(tuple),
    version=st.just("0.1.0"),
    rules=st.just({}),
    verbose=st.booleans(),
    quiet=st.booleans(),
    width=st.integers(20, 200),
    checked=st.none() | st.just("1 project"),
)

COMMAND = re.compile(r"^\s*::", re.MULTILINE)


def check_safe(text: str, format: str) -> None:
    """What holds for every format."""
    text.encode("utf-8")
    assert TOKEN[20:] not in text
    assert "##[" not in text
    if format not in ("json", "sarif", "gitlab", "junit"):
        assert all(character == "\n" or character.isprintable() for character in text)
        assert "##vso[" not in text
    if format != "github":
        assert not COMMAND.search(text)


@settings(max_examples=40, deadline=None)
@given(REPORTS)
@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_safe(format: str, report: Report) -> None:
    text = render(report, format)
    check_safe(text, format)
    if format in ("json", "gitlab"):
        assert len(list(report.for_people())) == len(
            json.loads(text)["findings"] if format == "json" else json.loads(text)
        )
    elif format == "sarif":
        Draft202012Validator(LOG).validate(json.loads(text))
    elif format == "junit":
        root = ElementTree.fromstring(text.encode())
        assert len(root.findall("*/*")) == int(root.attrib["tests"])
    elif format == "github":
        commands = text.splitlines()[: None if report.quiet else -1]
        assert len(commands) == len(list(report.for_people()))
        assert all(re.match(r"::(error|warning|notice) ", command) for command in commands)


@settings(max_examples=40, deadline=None)
@given(REPORTED, st.integers(40, 120))
def test_colours_are_all_that_is_added(finding: Reported, width: int) -> None:
    for format in ("full", "concise"):
        coloured = render(report_of(finding, color=True, width=width), format)
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(report_of(finding, width=width), format)


@pytest.mark.parametrize("format", FORMATS)
def test_secret_is_hidden_wherever_it_stands(format: str) -> None:
    source = Source(f"{TOKEN}.toml", f"token = '{TOKEN}'\n", f"member-{TOKEN}")
    place = source.place(9, 9 + len(TOKEN))
    finding = reported(
        message=f"`{TOKEN}` is here",
        fix=f"Remove {TOKEN}.",
        place=place,
        related=[Note(place, f"and {TOKEN}")],
        edits=[Edit.replace(place, f"x{TOKEN}"), Edit.insert(source, 0, "y")],
        args={"a": TOKEN, "b": [TOKEN], TOKEN: 1},
    )
    report = report_of(finding, skipped=[Skipped("NAM002", TOKEN)], verbose=True)
    assert TOKEN[20:] not in render(report, format)


def test_terminal_report_of_a_huge_line_stays_small() -> None:
    source = Source("x.json", "{" + '"a": "\u0301\x1b",' * 200_000 + "}")
    shown = render(report_of(reported(place=source.place(1_000_000, 1_000_010), message="m" * 100_000)), "full")
    assert len(shown) < 20_000
