"""The quick recogniser of reStructuredText: what it accepts, docutils renders; what it knows is most of what people write."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readme_renderer import rst

from preflight.distributions.plain_markup import surely_renders

INTRO = "Some words.\n\n"

KNOWN = {
    "paragraphs": 'One\ntwo.\n\nThree *four* **five** ``six`` `seven` and x*y, 2 * 3, "*" and (*).\n',
    "sections": "Words.\n\n=====\nTitle\n=====\n\nSub\n---\n\nText\n\nMore\n----\n\nText\n\n=====\nOther\n=====\n\nText\n",
    "lists": "Lists:\n\n* one\n  more\n* two\n\n  - deep\n  - deeper\n\n1. first\n2. second\n\n#. auto\n#. matic\n",
    "definitions": INTRO + "term\n    what it means\nother : classifier\n    more\n",
    "fields": INTRO + ":Author: Somebody\n:Version: 1.0\n   more\n",
    "facts": ":Author: Somebody\n:Version: 1.0\n\n" + INTRO,
    "options": INTRO + "-a FILE, --all=FILE  What it does\n                     and more\n--version  Says it\n",
    "literal": "Run this::\n\n    pip install x *`|_\n\n::\n\n  more\n\nEnd.\n",
    "quote": INTRO + "  Quoted\n\n    deeper\n\nEnd.\n",
    "lines": INTRO + "| one\n|   two\n| three *x*\n  goes on\n",
    "links": "See `a <https://a>`_, `a <https://a>`_, b_, `c d`_, |e|_ and `f`__, `g <https://g>`__.\n\n.. _b: https://b\n.. _`C d`:\n   https://c\n"
    ".. |e| replace:: eee\n.. _e: https://e\n\n__ https://f\n",
    "alias": "See `the docs <docs_>`_.\n\n.. _docs: https://docs\n",
    "titles as targets": "Words, see `Some Title`_.\n\nSome Title\n----------\n\nText\n",
    "images": ".. image:: https://x/y.svg\n   :target: https://x\n   :alt: some: text\n      goes on\n   :width: 50%\n   :align: center\n\nWords |badge|.\n\n"
    ".. |badge| image:: https://x/z.svg\n    :target: https://x\n",
    "code": INTRO + ".. code-block:: python\n   :number-lines:\n\n   print('*')\n\n.. code::\n\n   more\n",
    "admonitions": INTRO + ".. note:: Words\n   and more\n\n   * list\n\n.. admonition:: Title\n\n   Words\n",
    "comments": INTRO + "..\n   hidden *\n\n.. hidden `\n   too\n\n..\n\nEnd.\n",
    "contents": ".. contents::\n   :local:\n\nWords.\n\nTitle\n=====\n\nWords.\n",
    "doctest": INTRO + ">>> f('*')\n1\n\nEnd.\n",
    "transition": INTRO + "----\n\nEnd.\n",
    "footnotes": "Words [#]_ and [1]_, and [#a]_.\n\n.. [#] auto\n.. [1] first\n.. [#a] named\n",
    "roles": "See :pep:`8`, :code:`x`, x\\ :sup:`2` and \\*.\n",
    "list table": INTRO
    + ".. list-table::\n   :header-rows: 1\n   :widths: 1 2\n\n   * - a\n     - b\n   * - c\n     - d *e*\n",
    "simple table": INTRO + "=====  ====\nA      B\n=====  ====\nx y    one *two* and more\nz\n=====  ====\n\nEnd.\n",
    "grid table": INTRO
    + "+-----+-----+\n| a   | b   |\n+=====+=====+\n| c   | d   |\n|     +-----+\n|     | e   |\n+-----+-----+\n\nEnd.\n",
    "form feed": "One\f\n\ntwo\n",
    "no options": INTRO + "/etc/<name>/\n\n--from and --to are options\n\n-x and more\n",
    "Windows lines": "One\r\ntwo\r\n\r\nTitle\r\n=====\r\n\r\nThree\r\n",
    "colons in names": "See `A: b`_ and `C: d`_.\n\n.. _`A: b`: https://a\n.. _C\\: d: https://c\n",
    "bars in a simple table": INTRO
    + "=====  ====\n|a|    B\n=====  ====\n|a|    b\n=====  ====\n\n.. |a| replace:: c\n",
    "titled table": INTRO
    + ".. table:: Some *title*\n   :class: wide\n\n   +---+---+\n   | a | b |\n   +---+---+\n\nEnd.\n",
    "escaped names": "See `__a__ b`_.\n\n.. _\\_\\_a\\_\\_ b : https://a\n",
    "marks in the code of a title": "See `Other`_.\n\nA ``__init__.py`` file\n----------------------\n\nText\n\nOther\n-----\n\nText\n",
    "facts of the author's own": ":Build: |a|\n:Author: Somebody\n:More: words\n\n  - and a list\n\n.. |a| image:: https://x/y.svg\n\nWords.\n",
    "underscores inside of words": "Call do_this(a_b) and ’_that.\n",
    "Windows would say": "One\ttwo\n\n\tquoted\n",
}

WRONG = {
    "second fact of two paragraphs": ":Author: Somebody\n:Version: 1.0\n\n Some words.\n\nMore words.\n",
    "nothing": "",
    "title alone": "Title\n=====\n",
    "short underline": INTRO + "Long title\n====\n",
    "level left out": INTRO + "A\n=\n\nB\n-\n\nC\n~\n\nD\n=\n\nE\n~\n",
    "two blanks behind a name": INTRO + ".. _a  : https://a\n",
    "words beside a table": INTRO + ".. table::\n\n   +---+---+\n   | a | b |\n   +---+---+\n\n   Words\n",
    "no table in a table": INTRO + ".. table:: Title\n\n   Words\n",
    "unknown role": "See :class:`x`.\n",
    "unknown directive": INTRO + ".. toctree::\n\n   x\n",
    "unknown option": INTRO + ".. code-block:: python\n   :caption: x\n\n   y\n",
    "no end": "Some *words\n",
    "no such target": "See x_.\n",
    "two addresses": "See x_.\n\n.. _x: https://a\n.. _x: https://b\n",
    "title twice": "See x_.\n\nX\n=\n\nWords\n\nX\n=\n\nWords\n",
    "no such substitution": "See |x|.\n",
    "substitution twice": "See |x|.\n\n.. |x| replace:: y\n.. |x| replace:: z\n",
    "anonymous without target": "See `x`__.\n",
    "unindented": "* one\ntwo\n",
    "indented": "One\n  two\n three\n",
    "list cut": INTRO + "* one\n  two\n three\n",
    "no literal": "Here::\n\nNothing.\n",
    "code without content": INTRO + ".. code-block:: python\n\nEnd.\n",
    "code as argument": INTRO + ".. code-block::\n    print(1, 2)\n",
    "option glued to an image": INTRO + ".. image:: x\n  :width: wide\n",
    "align in a line": "See |x|.\n\n.. |x| image:: y\n   :align: left\n",
    "raw": INTRO + ".. raw:: html\n\n   <b>x</b>\n",
    "table cut": INTRO + "+---+---+\n| a | b |\n+---+--+\n",
    "simple table with text between": INTRO + "===  ===\na b c d e\n===  ===\n",
    "transition at the end": INTRO + "----\n",
    "footnote missing": "Words [1]_.\n",
    "too few footnotes": "Words [#]_ [#]_.\n\n.. [#] one\n",
    "definition among facts": ":Date: one\n\n  two\n\n" + INTRO,
}


@pytest.mark.parametrize("name", KNOWN)
def test_what_people_write_is_known(name: str) -> None:
    assert rst.render(KNOWN[name]) is not None
    assert surely_renders(KNOWN[name])


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_render_is_not_accepted(name: str) -> None:
    assert not surely_renders(WRONG[name])


def test_a_long_or_deep_text_is_left_to_docutils() -> None:
    assert not surely_renders("word " * 5000)
    assert not surely_renders("\n\n".join("  " * depth + "* x" for depth in range(40)))


_LINES = [line for text in (*KNOWN.values(), *WRONG.values()) for line in text.split("\n")]
_MARKS = [
    "*",
    "**",
    "`",
    "``",
    "_",
    "__",
    "|",
    "::",
    ":",
    "..",
    " ",
    "  ",
    "\\",
    "[",
    "]_",
    "-",
    "=",
    "<",
    ">",
    "é",
    "(",
    '"',
]


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_is_accepted_renders(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([*KNOWN.values()]))
    lines = text.split("\n")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        line = lines[place]
        match data.draw(st.integers(0, 4)):
            case 0:
                lines.insert(place, data.draw(st.sampled_from(_LINES)))
            case 1:
                lines[place : place + 1] = [] if len(lines) > 1 else [""]
            case 2:
                lines[place] = " " * data.draw(st.integers(1, 4)) + line
            case 3:
                lines[place] = line[data.draw(st.integers(0, 4)) :]
            case _:
                inside = data.draw(st.integers(0, len(line)))
                lines[place] = line[:inside] + data.draw(st.sampled_from(_MARKS)) + line[inside:]
    changed = "\n".join(lines)
    if surely_renders(changed):
        assert rst.render(changed) is not None, changed
