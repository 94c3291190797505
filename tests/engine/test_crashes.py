"""The message of a crash shows no piece of a secret, and otherwise stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.engine.crashes import concealed, hidden_words
from preflight.sources.text import Source

SECRET = "Tr0ub4dor-and-3-horses"


@pytest.mark.parametrize(
    "text", [f"bad value {SECRET!r}", f"bad value {SECRET[5:]}", f"x{SECRET[:12]}…", f"{SECRET}\n{SECRET}"]
)
def test_a_secret_or_a_piece_of_it_is_hidden(text: str) -> None:
    shown = concealed(text, [SECRET])
    assert not any(SECRET[at : at + 8] in shown for at in range(len(SECRET) - 7))


def test_other_words_stay() -> None:
    assert concealed("KeyError: 'environment' in publish.yml", [SECRET, ""]) == "KeyError: 'environment' in publish.yml"


@given(st.text(), st.lists(st.text(max_size=30)))
def test_no_secret_stands_whole_in_what_is_left(text: str, secrets: list[str]) -> None:
    shown = concealed(text, secrets)
    assert not [each for each in secrets if len(each) >= 8 and each in shown and "***" not in each]


def test_the_words_that_a_line_hides_are_known() -> None:
    source = Source(".pypirc", f"[pypi]\nusername = somebody\npassword = {SECRET}\n")
    hidden = list(hidden_words([source], lambda line: line.replace(SECRET, "***")))
    assert hidden == [SECRET]
