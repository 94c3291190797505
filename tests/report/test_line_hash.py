"""The line hashes of code scanning. The values were compared once with those of github/codeql-action."""

from preflight.report.line_hash import line_hashes


def test_values() -> None:
    assert line_hashes("") == ["c129715d7a2bc9a3:1"]
    assert line_hashes("name: x\non: push\n") == ["d557e37ae65e85f5:1", "d5247aeb996cb854:1", "c129715d7a2bc9a3:1"]


def test_blanks_and_kinds_of_line_breaks_make_no_difference() -> None:
    assert line_hashes("a: 1\r\nb: 2\rc") == line_hashes(" a:1\n\tb:  2\nc")


def test_equal_lines_are_numbered() -> None:
    hashes = line_hashes("same\n" * 60)
    assert len(hashes) == 61
    assert [each.split(":")[1] for each in hashes[:3]] == ["1", "2", "3"]
    assert len({each.split(":")[0] for each in hashes[:3]}) == 1


def test_a_line_keeps_its_hash_when_it_moves() -> None:
    text = "first\n" + "second\n" * 50
    assert line_hashes(f"{'new' * 50}\n{text}")[1] == line_hashes(text)[0]


def test_characters_beyond_the_basic_plane_count_as_two_units() -> None:
    assert line_hashes("🚀") == line_hashes("\ud83d\ude80")
