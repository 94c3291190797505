"""The YAML reader: the tree, the place of everything in it, and no surprise on any text."""

import io
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from preflight.sources import yaml as yaml_reader
from preflight.sources.text import Source, SourceSyntaxError, SourceTooComplex
from preflight.sources.yaml import Document, Mapping, Node, Scalar, Sequence, parse_yaml, walk

WORKFLOW = """\
# Publishes.
name: Publish 🚀
on:
  push:
    tags: ["v*", 'rel''ease']
jobs:
  publish:
    environment: &env   # the environment
      name: pypi
    steps:
    - uses: pypa/gh-action-pypi-publish@release/v1
      with: {skip-existing: true, é: x}
    - run: |
        python -m build

        twine upload dist/*
      if: >-
        github.ref == 'x'
        && true
      env: *env
"""


def parse(text: str) -> Document:
    return parse_yaml(Source("w.yml", text))


def mapping(node: Node | None) -> Mapping:
    assert isinstance(node, Mapping)
    return node


def sequence(node: Node | None) -> Sequence:
    assert isinstance(node, Sequence)
    return node


def scalar(node: Node | None) -> Scalar:
    assert isinstance(node, Scalar)
    return node


def at(node: Node | None, *path: str | int) -> Node:
    for step in path:
        node = sequence(node).items[step] if isinstance(step, int) else mapping(node).get(step)
    assert node is not None
    return node


def plain(node: Node | None) -> Any:
    """The tree as lists, dicts and strings."""
    if isinstance(node, Mapping):
        return {name: plain(value) for name, value in node.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value if isinstance(node, Scalar) else None


def refusal(text: str) -> SourceSyntaxError:
    with pytest.raises(SourceSyntaxError) as caught:
        parse(text)
    place = caught.value.place
    assert 0 <= place.start <= place.end <= len(text)
    return caught.value


class TestTree:
    def test_a_workflow_reads_as_written(self) -> None:
        document = parse(WORKFLOW)
        assert document.documents == 1
        assert plain(document.root) == {
            "name": "Publish 🚀",
            "on": {"push": {"tags": ["v*", "rel'ease"]}},
            "jobs": {
                "publish": {
                    "environment": {"name": "pypi"},
                    "steps": [
                        {"uses": "pypa/gh-action-pypi-publish@release/v1", "with": {"skip-existing": "true", "é": "x"}},
                        {
                            "run": "python -m build\n\ntwine upload dist/*\n",
                            "if": "github.ref == 'x' && true",
                            "env": {"name": "pypi"},
                        },
                    ],
                }
            },
        }

    def test_styles_and_flow(self) -> None:
        root = mapping(parse("a: p\nb: 's'\nc: \"d\"\nd: |\n  l\ne: >\n  f\nf: []\ng:\n- 1\nh: {}\n").root)
        styles = [scalar(root.get(name)).style for name in "abcde"]
        assert styles == ["plain", "single", "double", "literal", "folded"]
        assert sequence(root.get("f")).flow and not sequence(root.get("g")).flow
        assert mapping(root.get("h")).flow and not root.flow

    def test_empty_files_have_no_root(self) -> None:
        for text in ("", "\ufeff", "# only a comment\n", "\n\n"):
            document = parse(text)
            assert document.root is None and document.documents == 0

    def test_the_first_of_several_documents_is_kept(self) -> None:
        document = parse("%YAML 1.2\n---\na: 1\n...\n---\nb: 2\n---\nc: 3\n")
        assert plain(document.root) == {"a": "1"}
        assert document.documents == 3
        assert plain(parse("---\n---\nb: 2\n").root) == ""

    def test_a_syntax_error_in_a_later_document_is_found(self) -> None:
        assert refusal("a: 1\n---\nb: [\n").place.line >= 3

    def test_duplicates_are_kept_and_the_first_wins(self) -> None:
        root = mapping(parse("a: 1\nb: 2\na: 3\nA: 4\n").root)
        assert scalar(root.get("a")).value == "1"
        assert [(first.place.line, again.place.line) for first, again in root.duplicates()] == [(1, 3)]
        assert [again.place.line for _, again in root.duplicates(ignore_case=True)] == [3, 4]
        assert root.keys() == ["a", "b", "A"]
        assert len(root.entries) == 4

    def test_names_are_case_sensitive(self) -> None:
        root = mapping(parse("On: 1\n").root)
        assert root.get("on") is None and "On" in root and "on" not in root

    def test_keys_that_are_no_scalars_are_kept_as_nodes(self) -> None:
        root = mapping(parse("? [a, b]\n: 1\nc: 2\n").root)
        assert isinstance(root.entries[0].key, Sequence)
        assert root.entries[0].name is None
        assert root.keys() == ["c"]

    def test_tags(self) -> None:
        root = mapping(parse("a: !!str 1\nb: !x\n  c: d\ne: ! 3\n").root)
        assert scalar(root.get("a")).tag == "tag:yaml.org,2002:str"
        assert at(root, "b").tag == "!x"
        assert scalar(root.get("a")).as_int() is None
        assert scalar(root.get("e")).as_int() is None

    def test_walk_yields_each_node_once_in_order(self) -> None:
        document = parse("a: &x [1, 2]\nb: *x\nc: *x\n")
        assert document.root is not None
        names = [node.value if isinstance(node, Scalar) else type(node).__name__ for node in walk(document.root)]
        assert names == ["Mapping", "a", "Sequence", "1", "2", "b", "c"]


class TestAliases:
    def test_an_alias_is_the_anchors_node_and_keeps_its_own_place(self) -> None:
        document = parse("a: &x {k: v}\nb: *x\nc: [1, *x]\n*x : d\n")
        root = mapping(document.root)
        assert root.get("a") is root.get("b") is document.anchors["x"]
        entry = root.entry("b")
        assert entry is not None and entry.is_alias
        assert entry.value_place.text == "*x" and entry.place.text == "b: *x"
        items = sequence(root.get("c"))
        assert items.items[1] is root.get("a")
        assert [place.text for place in items.item_places] == ["1", "*x"]
        assert items.is_alias(1) and not items.is_alias(0)
        assert root.entries[3].key_place.text == "*x"

    def test_an_anchor_may_be_used_again_for_another_node(self) -> None:
        assert plain(parse("- &x 1\n- *x\n- &x 2\n- *x\n").root) == ["1", "1", "2", "2"]

    def test_an_undefined_alias_is_a_syntax_error(self) -> None:
        error = refusal("a: &x 1\nb: *y\n")
        assert error.place.text == "*y"
        assert "`&y`" in error.reason

    def test_anchors_of_another_document_do_not_count(self) -> None:
        assert parse("a: &x 1\n---\nb: 1\n").anchors.keys() == {"x"}

    def test_cycles_are_walked_once(self) -> None:
        root = parse("&a\nb: *a\n<<: *a\nc: [*a]\n").root
        assert mapping(root).get("b") is root
        assert mapping(root).keys() == ["b", "c"]
        assert sum(1 for _ in walk(mapping(root))) == 5

    def test_a_billion_laughs_costs_no_more_than_its_text(self) -> None:
        lines = ["a0: &a0 [lol, lol]"]
        lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 60)]
        document = parse("\n".join(lines))
        assert document.root is not None
        assert sum(1 for _ in walk(document.root)) == 1 + 60 * 2 + 2

    def test_merge_keys(self) -> None:
        text = "base: &b {a: 1, c: 2}\nmore: &m {c: 3, d: 4}\nuse:\n  c: 9\n  <<: [*m, *b]\n  e: 5\n"
        use = mapping(at(parse(text).root, "use"))
        assert {name: plain(value) for name, value in use.items()} == {"c": "9", "e": "5", "d": "4", "a": "1"}
        assert [entry.place.text for entry in use.merges()] == ["<<: [*m, *b]"]
        entry = use.entry("d")
        assert entry is not None and entry.place.line == 2

    def test_a_bomb_of_merges_costs_no_more_than_its_text(self) -> None:
        lines = ["a0: &a0 {x: 1}"]
        lines += [f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 20)}]}}" for i in range(1, 100)]
        assert mapping(at(parse("\n".join(lines)).root, "a99")).keys() == ["x"]

    def test_a_quoted_or_odd_merge_key_is_a_key(self) -> None:
        assert mapping(parse("'<<': {a: 1}\n").root).keys() == ["<<"]
        assert mapping(parse("<<: x\n").root).keys() == ["<<"]


class TestPlaces:
    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    @pytest.mark.parametrize("bom", ["", "\ufeff"])
    def test_places_are_exact_with_any_line_end_and_a_byte_order_mark(self, newline: str, bom: str) -> None:
        document = parse(bom + WORKFLOW.replace("\n", newline))
        root = mapping(document.root)
        assert at(root, "name").place.text == "Publish 🚀"
        assert root.entry("on") is not None and root.entries[1].key_place.text == "on"
        assert at(root, "on", "push", "tags").place.text == "[\"v*\", 'rel''ease']"
        assert at(root, "on", "push", "tags", 1).place.text == "'rel''ease'"
        assert at(root, "jobs", "publish", "environment").place.text == "name: pypi"
        steps = sequence(at(root, "jobs", "publish", "steps"))
        assert steps.place.text.startswith("- uses")
        assert at(steps, 0, "with").place.text == "{skip-existing: true, é: x}"
        assert at(steps, 0, "with", "é").place.text == "x"
        run = scalar(at(steps, 1, "run"))
        assert run.place.text.startswith("|") and run.place.text.endswith("dist/*")
        assert [place.text for place in run.line_places()] == ["python -m build", "", "twine upload dist/*", ""]
        assert scalar(at(steps, 1, "if")).place.text.endswith("&& true")
        env = mapping(steps.items[1]).entry("env")
        assert env is not None and env.value_place.text == "*env"
        assert root.end == env.value_place.end

    def test_a_block_collection_ends_with_its_last_value(self) -> None:
        root = mapping(parse("a:\n  b:\n    - 1\n    - x: y   # c\n\n# about d\nd: 2\n").root)
        assert at(root, "a").place.text == "b:\n    - 1\n    - x: y"
        assert at(root, "a", "b").place.text == "- 1\n    - x: y"

    def test_places_leave_tags_and_anchors_out(self) -> None:
        text = "a: &x !!str v\nb: !t &y # c\n  [1]\nc: &z\nd: !!map\n  # c\n  k: v\ne: &q |\n  t\n"
        root = mapping(parse(text).root)
        assert [root.entries[i].value_place.text for i in range(5)] == ["v", "[1]", "", "k: v", "|\n  t"]
        assert root.entries[2].value_place.column == 6

    def test_an_empty_value_is_behind_its_colon(self) -> None:
        place = at(parse("a:\nb: 1\n").root, "a").place
        assert (place.start, place.end) == (2, 2)

    def test_a_block_scalar_ends_before_the_blank_lines_and_comments_behind_it(self) -> None:
        root = parse("a: |2+ # c\n   x  \n\n\n# c\nb: >-\n  p\n  q\n\nc: |\n\n").root
        assert at(root, "a").place.text == "|2+ # c\n   x  "
        assert at(root, "b").place.text == ">-\n  p\n  q"
        assert at(root, "c").place.text == "|"


class TestOffsetsInValues:
    @pytest.mark.parametrize(
        ("text", "value", "found"),
        [
            ("k: abc\n", "abc", "abc"),
            ("k: 'a''b'\n", "a'b", "a'b"),
            ('k: "a\\x41\\u0042\\n€"\n', "aAB\n€", "a\\\\\\€"),
            ('k: "a\\\n   b"\n', "ab", "ab"),
            ('k: "a\\\n\n   b"\n', "a\nb", "a\nb"),
            ('k: "a  \n   b"\n', "a b", "a\nb"),
            ("k: 'a\n\n   b'\n", "a\nb", "a\nb"),
            ("k: a b\n   c\n\n   d\n", "a b c\nd", "a b\nc\nd"),
            ("k: |\n  a\n\n    b\n  c\n", "a\n\n  b\nc\n", "a\n\n  b\nc\n"),
            ("k: |-\n  a\n  b", "a\nb", "a\nb"),
            ("k: |2\n    a\n", "  a\n", "  a\n"),
            ("k: >\n  a\n  b\n\n  c\n    d\n  e\n", "a b\nc\n  d\ne\n", "a\nb\nc\n  d\ne\n"),
            ("k: |\r\n  a\r\n  b\r\n", "a\nb\n", "a\rb\r"),
        ],
    )
    def test_each_character_of_a_value_has_its_offset(self, text: str, value: str, found: str) -> None:
        node = scalar(at(parse(text).root, "k"))
        assert node.value == value
        assert "".join(text[node.source_offset(offset)] for offset in range(len(value))) == found
        assert node.source_offset(len(value)) > node.source_offset(len(value) - 1)

    def test_the_content_starts_behind_the_quote_or_the_header(self) -> None:
        root = parse("a: 'x'\nb: |\n   y\nc: z\nd: ''\n").root
        assert [scalar(at(root, name)).content_start for name in "abcd"] == [4, 15, 20, 26]

    def test_a_slice_of_a_value_has_a_place(self) -> None:
        text = "run: |\n  echo 1\n  twine upload dist/*\nif: ${{ 'it''s' }}\nx: \"\\t\\u00e9t\"\ny: 'a''b'\n"
        root = parse(text).root
        run = scalar(at(root, "run"))
        start = run.value.index("twine")
        assert run.value_place(start, start + 12).text == "twine upload"
        assert scalar(at(root, "if")).value_place(4, 10).text == "'it''s"
        assert scalar(at(root, "x")).value_place(0, 2).text == "\\t\\u00e9"
        assert scalar(at(root, "y")).value_place(0, 2).text == "a''"
        assert run.value_place(3, 3).text == ""

    def test_offsets_out_of_range_stay_inside(self) -> None:
        node = scalar(at(parse("a: xyz\n").root, "a"))
        assert (node.source_offset(-5), node.source_offset(99)) == (3, 6)


class TestCoreSchema:
    """YAML 1.2.2, chapter 10.3.2."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False), ("FALSE", False)]
        + [(text, None) for text in ("yes", "on", "tRUE", "'true'", "!!str true", "1", "~", "")],
    )
    def test_booleans(self, text: str, expected: bool | None) -> None:
        assert scalar(sequence(parse(f"- {text}\n").root).items[0]).as_bool() is expected

    @pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL", "!!null ''"])
    def test_null(self, text: str) -> None:
        assert scalar(sequence(parse(f"- {text}\n").root).items[0]).is_null is ("'" not in text)

    @pytest.mark.parametrize("text", ["''", '"~"', "nULL", "none", "!!str", "|\n"])
    def test_not_null(self, text: str) -> None:
        assert not scalar(sequence(parse(f"- {text}\n").root).items[0]).is_null

    @pytest.mark.parametrize(
        ("text", "integer", "number"),
        [
            ("12", 12, 12.0),
            ("-07", -7, -7.0),
            ("0o17", 15, 15.0),
            ("0xfF", 255, 255.0),
            ("1.10", None, 1.1),
            ("1e3", None, 1000.0),
            (".5", None, 0.5),
            ("-.inf", None, float("-inf")),
            ("1_000", None, None),
            ("0b1", None, None),
            ("'1'", None, None),
            ("v1", None, None),
            ("9" * 5000, None, None),
            ("!!int 4", 4, 4.0),
            ("!!float 4", None, 4.0),
            ("infinity", None, None),
        ],
    )
    def test_numbers(self, text: str, integer: int | None, number: float | None) -> None:
        node = scalar(sequence(parse(f"- {text}\n").root).items[0])
        assert node.as_int() == integer
        assert node.as_float() == number

    def test_not_a_number(self) -> None:
        value = scalar(parse(".NaN\n").root).as_float()
        assert value is not None and value != value


class TestSecondOpinion:
    """libyaml 0.1.7, in the C parser, refuses what YAML 1.2 allows: such a file is no syntax error."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("ports: [5432:5432, 80:80]\n", {"ports": ["5432:5432", "80:80"]}),
            ("on: {push: {tags: [v?.?, a?]}}\n", {"on": {"push": {"tags": ["v?.?", "a?"]}}}),
            ("images: [docker://alpine:3]\n", {"images": ["docker://alpine:3"]}),
            ("a: [1:1]\t# c\nb:\tx\n", {"a": ["1:1"], "b": "x"}),
            ("a: &x.y b\nc: *x.y\n", {"a": "b", "c": "b"}),
            ("%FOO bar\n---\na: b\n", {"a": "b"}),
        ],
    )
    @pytest.mark.parametrize("bom", ["", "\ufeff"])
    def test_valid_yaml_that_the_c_parser_refuses(self, bom: str, text: str, expected: Any) -> None:
        document = parse(bom + text)
        assert plain(document.root) == expected
        assert document.root is not None
        for node in walk(document.root):
            if isinstance(node, Scalar):
                assert node.place.text == node.value

    def test_tabs_in_values_stay(self) -> None:
        root = parse('a: [1:1]\t# c\nb: "x\ty"\nc: |\n  x\ty\nd: x\ty\n').root
        assert plain(root) == {"a": ["1:1"], "b": "x\ty", "c": "x\ty\n", "d": "x\ty"}

    def test_the_parser_that_came_further_is_right_about_the_place(self) -> None:
        assert refusal("a: [1:1]\nb: [\nc: d\n").place.line > 1
        assert refusal("a: b\t# c\nd: [e\nf: g\n").place.line > 1

    def test_an_undefined_alias_behind_it_is_found(self) -> None:
        assert refusal("a: [1:1]\nb: *x\n").place.text == "*x"

    @pytest.mark.parametrize("text", ['"\\uD800"', '"\\UFFFFFFFF"', "%YAML 1." + "9" * 5000 + "\n---\na\n"])
    def test_what_the_python_parser_does_not_check_is_a_syntax_error(self, text: str) -> None:
        refusal(text)

    def test_a_long_text_is_not_judged_by_the_slow_parser(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(yaml_reader, "MAX_DOUBTFUL_TEXT", 20)
        with pytest.raises(SourceTooComplex):
            parse("a: [1:1]\n" + "# c\n" * 10)


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "line", "column", "words"),
        [
            ("a: b\n  c: d\n", 2, 4, "found `:`"),
            ("a: 1\n\tb: 2\n", 2, 1, "found a tab"),
            ("a: @x\n", 1, 4, "cannot start with `@`"),
            ("a: [1, 2\nb: 3\n", 2, 2, "expected `,` or `]` in the list that starts on line 1"),
            ("a: {b: c\n", 2, 1, "expected `,` or `}`"),
            ("a: 'x\nb: c\n", 1, 4, "never closed"),
            ('a: "\\d"\n', 1, 5, "unknown escape `\\d`"),
            ("a: *.whl\n", 1, 4, "in quotes"),
            ("a: *\n", 1, 4, "starts an alias"),
            ("a: &\n", 1, 4, "an anchor (`&`)"),
            ("a: 1\nbcd\nc: 2\n", 2, 1, "expected `:`"),
            ("a:\n  b: 1\n c: 2\n", 3, 2, "expected a key"),
            ("- a\nb: c\n", 2, 1, "expected `-`"),
            ("a: - b\n", 1, 4, "found `-`"),
            ("a: !x!y z\n", 1, 4, "tag"),
            ("a: x\ud800y\n", 1, 5, "U+D800"),
            ("é😀: ok\na: x\x01y\n", 2, 5, "U+0001"),
        ],
    )
    @pytest.mark.parametrize("bom", ["", "\ufeff"])
    def test_errors_say_what_was_expected_and_where(
        self, bom: str, text: str, line: int, column: int, words: str
    ) -> None:
        error = refusal(bom + text)
        assert words in error.reason
        assert (error.place.line, error.place.column) == (line, column + (len(bom) if line == 1 else 0))
        assert "\n" not in error.reason

    @pytest.mark.parametrize(
        "text",
        ["[" * 10_000, "{a: " * 10_000, "- " * 10_000, "? " * 10_000, "\n".join(" " * i + "a:" for i in range(1000))],
    )
    def test_deep_nesting_is_too_complex(self, text: str) -> None:
        with pytest.raises(SourceTooComplex) as caught:
            parse(text)
        assert caught.value.place.start > 0

    def test_the_deepest_allowed_nesting_is_read(self) -> None:
        depth = yaml_reader.MAX_DEPTH
        root = parse("[" * depth + "]" * depth).root
        assert root is not None and sum(1 for _ in walk(root)) == depth
        with pytest.raises(SourceTooComplex):
            parse("[" * (depth + 1) + "]" * (depth + 1))

    def test_too_many_nodes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(yaml_reader, "MAX_NODES", 50)
        assert parse("- x\n" * 49).documents == 1
        with pytest.raises(SourceTooComplex):
            parse("- x\n" * 50)
        with pytest.raises(SourceTooComplex):
            parse("a\n" + "---\n" * 200)


def test_without_the_c_parser_the_tree_and_the_places_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [WORKFLOW, "\ufeff" + WORKFLOW.replace("\n", "\r\n"), "a: &x !!str v\nb: [*x]\n---\nc: d\n", ""]
    with_c = [parse(text) for text in texts]
    monkeypatch.setitem(sys.modules, "ruamel.yaml.cyaml", None)
    for text, expected in zip(texts, with_c, strict=True):
        document = parse(text)
        assert document.documents == expected.documents
        if expected.root is None:
            assert document.root is None
            continue
        assert document.root is not None
        assert plain(document.root) == plain(expected.root)
        assert list(map(repr, walk(document.root))) == list(map(repr, walk(expected.root)))
    for text in ("a: 'x", "a: \x01", "a: [", "[" * 5000, "*x", "a: \ud800", '"\\uD800"', '"\\UFFFFFFFF"'):
        with pytest.raises((SourceSyntaxError, SourceTooComplex)):
            parse(text)


PIECES = st.one_of(
    st.sampled_from("aé😀:-?\"'\\[]{},~# \n"),
    st.sampled_from(["*a", "&a ", "!t ", "!!str ", "\\n", "<<", "---", "...", "%YAML", "|-", ">+", "|2"]),
    st.sampled_from(
        [" ", "\n", "\n  ", "\r\n", "\t", ": ", "- ", ", ", " # c", "|\n ", "\\\n", "\ufeff", "\u2028", "\x85", "\x01"]
    ),
)
TEXTS = st.one_of(
    st.lists(PIECES, max_size=30).map("".join), st.text(max_size=60), st.text("ab:-[]{}'\"|>&*!# \n", max_size=60)
)


@settings(max_examples=600, deadline=None)
@given(TEXTS)
@example("&0:0")  # libyaml ends the anchor at the colon
@example("&a !t b")
@example("!t &a b")
def test_any_text_gives_a_tree_or_a_documented_error(text: str) -> None:
    try:
        document = parse(text)
    except (SourceSyntaxError, SourceTooComplex) as error:
        assert 0 <= error.place.start <= error.place.end <= len(text)
        return
    for node in walk(document.root) if document.root else ():
        assert 0 <= node.start <= node.end <= len(text)
        if isinstance(node, Scalar):
            if node.style == "plain":
                assert "".join(node.place.text.split()) == "".join(node.value.split())
            offsets = [node.source_offset(offset) for offset in range(len(node.value) + 1)]
            assert offsets == sorted(offsets) and offsets[-1] <= len(text)
            assert len(node.line_places()) == node.value.count("\n") + 1
        elif isinstance(node, Mapping):
            assert all(node.get(name) is value for name, value in node.items())


STRINGS = st.one_of(
    st.sampled_from(
        ["", "true", "on", "~", "1.10", "a: b", "- x", "# c", "it's", 'say "x"', "é😀", " lead", "trail ", "\\"]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"], include_characters="\n"), max_size=12),
)
DATA = st.recursive(
    STRINGS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(STRINGS, inner, max_size=4)),
    max_leaves=12,
)


def _dump(data: Any, *, flow: bool | None, style: str | None, width: int) -> str:
    dumper = YAML(typ="safe", pure=True)
    dumper.default_flow_style = flow
    dumper.default_style = style  # type: ignore[assignment]
    dumper.allow_unicode = True
    dumper.width = width
    stream = io.StringIO()
    dumper.dump(data, stream)
    return stream.getvalue()


def _reads_itself(text: str, data: Any) -> bool:
    """Whether ruamel reads what it has written: it breaks lines within keys of flow mappings, and writes texts such as `?0` and `:*` there without quotes."""
    try:
        return bool(YAML(typ="safe", pure=True).load(text) == data)
    except YAMLError:
        return False


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    DATA, st.sampled_from([True, False, None]), st.sampled_from([None, '"', "'", "|", ">"]), st.sampled_from([20, 4096])
)
def test_what_is_dumped_reads_back(data: Any, flow: bool | None, style: str | None, width: int) -> None:
    text = _dump({"k": data}, flow=flow, style=style, width=width)
    assume(_reads_itself(text, {"k": data}))
    try:
        document = parse(text)
    except SourceTooComplex as error:
        assert "`?`" in error.reason
        return
    assert document.root is not None
    assert plain(document.root) == {"k": data}
    for node in walk(document.root):
        if isinstance(node, Scalar):
            _check_characters(text, node)


def _check_characters(text: str, node: Scalar) -> None:
    """Every character of a value is found at its offset: itself, its escape, or the line break it folds."""
    if not node.value.strip() and node.style in ("literal", "folded"):
        return
    for offset, character in enumerate(node.value):
        found = text[node.source_offset(offset)]
        folded = character in " \n" and found in "\r\n\x85\u2028\u2029"
        assert character == found or folded or (node.style == "double" and found == "\\"), (text, node, offset)
    if node.style == "plain" and "\n" not in node.place.text:
        assert node.place.text == node.value


@settings(max_examples=100, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers(), lambda inner: st.lists(inner, max_size=4), max_leaves=8))
def test_typed_values_read_back_through_the_core_schema(data: Any) -> None:
    def typed(node: Node | None) -> Any:
        if isinstance(node, Sequence):
            return [typed(item) for item in node.items]
        leaf = scalar(node)
        if leaf.is_null:
            return None
        return leaf.as_int() if leaf.as_bool() is None else leaf.as_bool()

    assert typed(parse(_dump(data, flow=False, style=None, width=80)).root) == data


def test_a_question_mark_at_the_start_of_a_flow_value_is_no_mistake_of_the_file() -> None:
    with pytest.raises(SourceTooComplex):
        parse("{k: ?0}")
    assert plain(parse("k: ?0").root) == {"k": "?0"}
