"""Recognises reStructuredText that surely renders, many times faster than docutils can tell. Knows too little to say that a text does not render.

A text that holds anything this module does not know is left to docutils. What is known follows docutils' own states line by line
(docutils: parsers/rst/states.py and statemachine.py), so that no message of level "warning" or above can arise, at which readme_renderer gives up.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from re import Match
from unicodedata import east_asian_width

from preflight.sources.patterns import compile as _compile

MAX_LINE = 4000
"""Length of a line above which docutils is asked: its own limit is 10,000."""

MAX_DEPTH = 8
"""Blocks within blocks beyond which docutils is asked."""

MAX_PARAGRAPH = 20_000
"""Characters of inline markup that are read at once, so that the time stays in proportion to the length."""

MAX_WORD = 300
"""Characters without a blank, which some patterns read again and again."""

_SIMPLE_NAME = r"(?:(?!_)\w)+(?:[-._+:](?:(?!_)\w)+)*"
_STRANGE = _compile(
    "[\0-\x08\x0b-\x1f\x7f\x80-\x9f\xad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff0-\uffff\ud800-\udfff]"
)
_UNCLEAR = _compile(r"_(?!\w)|[|\\]|(?<!`)`(?!`)")
_ESCAPED = _compile(r"(?s)\\(.?)")
_HAS_MARK = _compile(r"[*`_|\[\\]")
_MARK = _compile(r"[*`|\\]|_(?!\w)")
"""Without one of these a text has no inline markup."""

_CODE_SPAN = _compile(r"(?<![^\s(])``[^`\\\s](?:[^`\\]*[^`\\\s])?``(?![^\s.,;:)])")
"""A literal whose inside counts for nothing."""

_ODD_NEIGHBOUR = _compile(r"[*`|_\[\]:][^\x00-\x7f\w\s]|[^\x00-\x7f\w\s][*`|_\[:]")
_PREFIX = r"""(?:^|(?<=[\s"'(<\[{\-/:]))"""
_SUFFIX = r"""(?:$|(?=[\s\0\\.,;!?\-/:"')>\]}]))"""
_INITIAL = _compile(
    rf"{_PREFIX}(?:(?P<start>\*\*|\*(?!\*)|``|_`|\|(?!\|))(?!\s)|(?:(?P<name>{_SIMPLE_NAME})(?P<reference>__?)"
    rf"|\[(?P<label>[0-9]+|\#(?:{_SIMPLE_NAME})?|\*|{_SIMPLE_NAME})(?P<note>\]_)){_SUFFIX}|(?P<role>(?::{_SIMPLE_NAME}:)?)(?P<tick>`(?!`))(?!\s))"
)
_ENDS = {
    "*": _compile(rf"(?<![\s\0])(\*){_SUFFIX}"),
    "**": _compile(rf"(?<![\s\0])(\*\*){_SUFFIX}"),
    "``": _compile(rf"(?<!\s)(``){_SUFFIX}"),
    "|": _compile(rf"(?<![\s\0])(\|_{{0,2}}){_SUFFIX}"),
    "`": _compile(rf"(?<!(?<!\0)[\s\0])(`(?P<role>:{_SIMPLE_NAME}:)?(?P<reference>__?)?){_SUFFIX}"),
}
_PAIRS = {'"': '"', "'": "'", "(": ")", "<": ">", "[": "]", "{": "}"}
_EMBEDDED = _compile(r"(?s)(?P<text>.*\S)\s+<(?P<uri>[^<>\s](?:[^<>]*[^<>\s])?)>")
_BARE = _compile(r"<https?://[^<>\s]*[^<>\s_]>")
_ALIAS = _compile(r"[a-zA-Z0-9]+(?:[-.][a-zA-Z0-9]+)*_")
_NUMBER = _compile(r"[1-9][0-9]{0,3}")
_REPLACEMENT = _compile(r"(?:\w|(?=``\w|\*\w))(?:[^*`_|\[\\:]|\*[\w-]+\*(?![\w*])|``[^`\\:]+``)*")
_ROLES = frozenset("code literal emphasis strong sub subscript sup superscript title title-reference t".split())

_LINE = _compile(r"([!-/:-@\[-`{-~])\1*$")
_BULLET = _compile(r"[-+*\u2022\u2023\u2043](?: +|$)")
_ENUMERATOR = _compile(r"(?P<open>\(?)(?P<text>[0-9]+|[a-zA-Z]|[ivxlcdmIVXLCDM]+|\#)(?P<close>[.)])(?P<rest> +|$)")
_FIELD = _compile(r":(?![: ])(?:[^:\\]|\\.|:(?!(?:[ `]|$)))*(?<! ):(?: +|$)")
_PLAIN_FIELD = _compile(r":(?P<name>[A-Za-z0-9][A-Za-z0-9 ./-]*):(?: +|$)")
_WORDS = _compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|\.[0-9])(?!.*::$)")
_FACTS = frozenset("address author contact copyright date organization revision status version".split())
_SPECIAL_FACTS = frozenset(("abstract", "authors", "dedication"))
_ANY_ARGUMENT = r"(?:[a-zA-Z][a-zA-Z0-9_-]*|<[^<>]+>)"
_ANY_OPTION = rf"(?:[-+][a-zA-Z0-9](?: ?{_ANY_ARGUMENT})?|(?:--|/)[a-zA-Z0-9][a-zA-Z0-9_-]*(?:[ =]{_ANY_ARGUMENT})?)"
_OPTION = _compile(rf"{_ANY_OPTION}(?:, {_ANY_OPTION})*(?:  +| ?$)")
"""What docutils takes for options, whether they are written as it asks for or not."""

_ONE_OPTION = r"(?:-[a-zA-Z0-9](?: [A-Za-z][\w-]*)?|--[a-zA-Z][a-zA-Z0-9_-]*(?:[ =][A-Za-z][A-Za-z0-9_-]*)?)"
_PLAIN_OPTION = _compile(rf"(?a){_ONE_OPTION}(?:, {_ONE_OPTION})*  +(?=\S)")
_GRID_TABLE = _compile(r"\+-[-+]+-\+ *$")
_SIMPLE_TABLE = _compile(r"=+(?: +=+)+ *$")
_COLUMN = _compile(r"=+")
_EXPLICIT = _compile(r"\.\.(?: +|$)")
_DIRECTIVE = _compile(rf"\.\. +(?P<name>{_SIMPLE_NAME}) ?::(?: +|$)")
_TARGET = _compile(
    r"\.\. +_(?:_|(?P<plain>(?:[^\s`_:\\]|\\_)(?:[^`:\\]|\\[:_])*?)(?<!\s) ?|`(?P<quoted>[^`\\\s](?:[^`\\]*[^`\\\s])?)`):(?: +(?P<uri>\S+))?$"
)
_SUBSTITUTION = _compile(
    rf"\.\. +\|(?P<name>[^\s|\\](?:[^|\\]*[^\s|\\])?)\| +(?P<directive>{_SIMPLE_NAME}) ?::(?: +|$)"
)
_FOOTNOTE = _compile(rf"\.\. +\[(?P<label>[0-9]+|\#(?:{_SIMPLE_NAME})?)\](?: +|$)")
_ANONYMOUS = _compile(r"__ +(?P<uri>[^\s\\]*[^\s\\_])$")
_OPTION_FIELD = _compile(r":(?P<name>[a-z-]+):(?: +(?P<value>.*))?$")
_ATTRIBUTION = _compile(r"---?(?!-)|\u2014")
_URI = _compile(r"[^\s\\<>]*[^\s\\<>_]")
_CLASSES = _compile(r"[A-Za-z][A-Za-z0-9-]*(?: +[A-Za-z][A-Za-z0-9-]*)*")

_Valid = Callable[[str], object]
_WIDTH: _Valid = _compile(r"[0-9]+(?:\.[0-9]+)? *(?:px|em|pt|%)?").fullmatch
_HEIGHT: _Valid = _compile(r"[0-9]+(?:\.[0-9]+)? *(?:px|em|pt)?").fullmatch
_IMAGE: dict[str, _Valid] = {
    "alt": lambda _: True,
    "width": _WIDTH,
    "height": _HEIGHT,
    "target": _compile(
        r"[^\s\\<>]*[^\s\\<>_]|`[^`\\_<>: ][^`\\_<>:]*[^`\\_<>: ]`_|[a-zA-Z0-9]+(?:[-.][a-zA-Z0-9]+)*_"
    ).fullmatch,
    "class": _CLASSES.fullmatch,
    "align": ("left", "center", "right").__contains__,
}
_INLINE_IMAGE = {**_IMAGE, "align": ("top", "middle", "bottom").__contains__}
_CODE: dict[str, _Valid] = {"class": _CLASSES.fullmatch, "number-lines": _compile("[0-9]*").fullmatch}
_CONTENTS: dict[str, _Valid] = {
    "local": lambda value: not value,
    "depth": _compile("[1-9]").fullmatch,
    "backlinks": ("entry", "top", "none").__contains__,
    "class": _CLASSES.fullmatch,
}
_TABLE_OPTIONS: dict[str, _Valid] = {
    "header-rows": _compile("[01]").fullmatch,
    "stub-columns": _compile("[01]").fullmatch,
    "class": _CLASSES.fullmatch,
    "widths": _compile("auto|[1-9][0-9]{0,3}(?: +[1-9][0-9]{0,3})*").fullmatch,
}
_ADMONITIONS = frozenset("attention caution danger error hint important note tip warning".split())
_CODES = frozenset(("code", "code-block", "sourcecode"))
_LANGUAGE = _compile(r"[A-Za-z][A-Za-z0-9+.#_-]*")
_TYPICAL_LANGUAGES = frozenset(
    "bash bat c c++ cfg console cpp css diff django docker dockerfile html html+jinja http ini javascript jinja json make markdown none pip powershell "
    "py pycon python python3 pytb rest restructuredtext rst sh shell shell-session sql text toml ts typescript xml yaml yml".split()
)


class _Unsure(Exception):
    """Something that is not known here: docutils decides."""


def surely_renders(text: str) -> bool:
    """Whether PyPI surely renders a text as reStructuredText, to more than a title. False says nothing."""
    text = text.replace("\r\n", "\n").replace("\v", " ").replace("\f", " ")
    if _STRANGE.search(text):
        return False
    lines = [line.rstrip() for line in text.expandtabs(8).split("\n")]
    if max(map(len, lines)) > MAX_LINE:
        return False
    reader = _Reader()
    try:
        reader.body(lines, 0)
        reader.finish()
    except _Unsure:
        return False
    return reader.visible


def _normal(name: str) -> str:
    return " ".join(name.lower().split())


def _width(text: str) -> int:
    """At least the columns that docutils counts: it gives combining characters none (docutils: utils, `column_width`)."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(each) in "WF" else 1 for each in text)


def _indented(
    lines: Sequence[str], start: int, known: int | None = None, first: int | None = None, *, until_blank: bool = False
) -> tuple[list[str], int, bool]:
    """An indented block without its indent, the line behind it, and whether it ended as it should: with a blank line, or with all
    (docutils: statemachine.py, `StringList.get_indented`).
    """
    if known is not None and first is None:
        first = known
    end = start if first is None else start + 1
    indent = known
    finished = True
    while end < len(lines):
        line = lines[end]
        if not line:
            if until_blank:
                break
        else:
            if line[0] != " " or (known is not None and line[:known].strip()):
                finished = end > start and not lines[end - 1]
                break
            if known is None:
                here = len(line) - len(line.lstrip())
                indent = here if indent is None else min(indent, here)
        end += 1
    head = [] if first is None or start >= len(lines) else [lines[start][first:]]
    cut = indent or 0
    return [*head, *(line[cut:] for line in lines[start + len(head) : end])], end, finished


class _Reader:
    """One reading of a text. Names and references are collected and compared at the end."""

    def __init__(self) -> None:
        self.visible = False
        self.explicit: dict[str, str] = {}
        self.implicit: dict[str, int] = {}
        self.plain_titles: set[str] = set()
        self.unclear_titles = False
        self.references: set[str] = set()
        self.aliases: set[str] = set()
        self.anonymous_references = self.anonymous_targets = 0
        self.notes: list[str] = []
        self.footnotes: list[str] = []
        self.substitutions: set[str] = set()
        self.lower_substitutions: set[str] = set()
        self.substituted: set[str] = set()
        self.styles: list[str] = []
        self.level = 0
        self.begun = False
        self.separable = False
        self.transition = False
        self.contents = 0

    def finish(self) -> None:
        """Compare what is used with what is defined (docutils: transforms/references.py)."""
        if self.transition or self.anonymous_references != self.anonymous_targets:
            raise _Unsure
        for name in self.references:
            if name not in self.explicit and (
                self.unclear_titles or name not in self.plain_titles or self.implicit.get(name) != 1
            ):
                raise _Unsure
        # an alias of an alias might lead in a circle
        if any(self.explicit.get(name, "\0<").startswith("\0<") for name in self.aliases):
            raise _Unsure
        if self.notes.count("#") > self.footnotes.count("#") or not set(self.notes) <= set(self.footnotes):
            raise _Unsure
        if not self.substituted <= self.substitutions:
            raise _Unsure

    def body(self, lines: Sequence[str], depth: int) -> None:
        """The elements of a document, or of a block in one (docutils: `Body`)."""
        if depth > MAX_DEPTH:
            raise _Unsure
        index, count = 0, len(lines)
        unfinished: tuple[object, ...] | None = None
        while index < count:
            line = lines[index]
            if not line:
                index += 1
                continue
            if line[0] == " ":
                if unfinished:
                    raise _Unsure
                index = self._quote(lines, index, depth)
                continue
            kind, index = self._element(lines, index, depth, unfinished)
            if unfinished and (kind is None or kind[:2] != unfinished[:2]):
                raise _Unsure
            unfinished = kind if kind and not kind[-1] else None

    def _element(
        self, lines: Sequence[str], index: int, depth: int, unfinished: tuple[object, ...] | None
    ) -> tuple[tuple[object, ...] | None, int]:
        """Read one element; gives what may follow it without a blank line (its kind, more of it, whether it was finished), and the line behind."""
        line = lines[index]
        first = line[0]
        if first.isalnum() and not _ENUMERATOR.match(line):
            return self._text(lines, index, depth, unfinished)
        if match := _BULLET.match(line):
            index, finished = self._item(lines, index, match.end(), depth)
            return ("bullet", first, finished), index
        if match := _ENUMERATOR.match(line):
            if (kind := _enumerated(lines, index, match)) is None:
                return self._text(lines, index, depth, unfinished)
            index, finished = self._item(lines, index, match.end(), depth)
            return (*kind, finished), index
        if first == ":" and _FIELD.match(line):
            return self._field(lines, index, depth)
        if _SIMPLE_TABLE.match(line):
            return None, self._simple_table(lines, index, depth)
        if _GRID_TABLE.match(line):
            return None, self._grid_table(lines, index, depth)
        if _OPTION.match(line):
            match = _PLAIN_OPTION.match(line)
            if match is None:
                raise _Unsure
            block, index, finished = _indented(lines, index, None, match.end())
            self.body(block, depth + 1)
            self._seen(depth)
            return ("option", "", finished), index
        if line == ">>>" or line.startswith(">>> "):
            while index < len(lines) and lines[index]:
                index += 1
            self._seen(depth)
            return None, index
        if line == "|" or line.startswith("| "):
            while index < len(lines) and lines[index]:
                if lines[index] != "|" and not lines[index].startswith("| "):
                    raise _Unsure
                parts = [lines[index][2:].lstrip()]
                index += 1
                while index < len(lines) and lines[index][:1] == " ":
                    parts.append(lines[index].strip())
                    index += 1
                self.inline("\n".join(parts))
            self._seen(depth)
            return None, index
        if match := _EXPLICIT.match(line):
            index, finished = self._explicit(lines, index, match.end(), depth)
            return ("explicit", "", finished), index
        if line.startswith("__") and (len(line) == 2 or line[2] == " "):
            if not _ANONYMOUS.match(line):
                raise _Unsure
            self.anonymous_targets += 1
            _, index, finished = _indented(lines, index, None, 2, until_blank=True)
            return ("explicit", "", finished), index
        if _LINE.match(line) and (line != "::" or depth):
            short = len(line) < 4 and (depth or index + 1 == len(lines) or not lines[index + 1])
            if line == "::" or short:
                return self._text(lines, index, depth, unfinished)
            if depth or unfinished:
                raise _Unsure
            return None, self._line(lines, index)
        return self._text(lines, index, depth, unfinished)

    def _seen(self, depth: int) -> None:
        """A body element that shows."""
        if depth == 0:
            self.begun, self.separable, self.transition = True, True, False

    def _quote(self, lines: Sequence[str], index: int, depth: int) -> int:
        block, index, finished = _indented(lines, index)
        if not finished or any(_ATTRIBUTION.match(line) for line in block):
            raise _Unsure
        self.body(block, depth + 1)
        self._seen(depth)
        return index

    def _item(self, lines: Sequence[str], index: int, indent: int, depth: int) -> tuple[int, bool]:
        if not lines[index][indent:]:
            raise _Unsure
        block, index, finished = _indented(lines, index, indent)
        self.body(block, depth + 1)
        self._seen(depth)
        return index, finished

    def _field(self, lines: Sequence[str], index: int, depth: int) -> tuple[tuple[object, ...], int]:
        """A field of a field list. Fields that open a text are facts about it, and may hold one paragraph (docutils: transforms/frontmatter.py)."""
        match = _FIELD.match(lines[index])
        opens = not self.begun
        if match is None or not (self.begun or _PLAIN_FIELD.match(lines[index])):
            raise _Unsure
        self.inline(match[0].rstrip()[1:-1])
        block, index, finished = _indented(lines, index, None, match.end())
        name = match[0].strip(" :").lower()
        if opens and name in _FACTS and (any(block[1:]) or not _WORDS.match(block[0])):
            raise _Unsure
        if opens and name in _SPECIAL_FACTS:
            raise _Unsure
        self.body(block, depth + 1)
        self._seen(depth)
        self.begun = not opens  # the next field opens the text as well
        return ("field", "", finished), index

    def _line(self, lines: Sequence[str], index: int) -> int:
        """A transition, or a title with a line above it."""
        over = lines[index]
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if not following:
            if len(over) < 4 or not self.separable or self.transition:
                raise _Unsure
            self.transition, self.separable = True, False
            return index + 1
        under = lines[index + 2] if index + 2 < len(lines) else ""
        if under != over or _width(following) > len(over) or over == "::" or _LINE.match(following):
            raise _Unsure
        self._title(following.strip(), over[0] + under[0])
        return index + 3

    def _title(self, title: str, style: str) -> None:
        """A section's title: no level may be left out (docutils: `check_subsection`)."""
        if style in self.styles:
            level = self.styles.index(style) + 1
            if level > self.level + 1:
                raise _Unsure
            self.level = level
        else:
            if len(self.styles) != self.level:
                raise _Unsure
            self.styles.append(style)
            self.level += 1
        self.inline(title)
        if _UNCLEAR.search(_CODE_SPAN.sub("", title)):
            self.unclear_titles = True
        name = _normal(title.replace("`", "").replace("*", ""))
        if "`" not in title and "*" not in title:
            self.plain_titles.add(name)
        self.implicit[name] = self.implicit.get(name, 0) + 1
        self.separable = self.transition = False

    def _text(
        self, lines: Sequence[str], index: int, depth: int, unfinished: tuple[object, ...] | None
    ) -> tuple[tuple[object, ...] | None, int]:
        """A paragraph, a title or an item of a definition list (docutils: `Text`)."""
        line = lines[index]
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if following[:1] == " ":
            self.inline(line)
            block, index, finished = _indented(lines, index + 1)
            self.body(block, depth + 1)
            self._seen(depth)
            return ("definition", "", finished), index
        if unfinished:
            raise _Unsure
        if following and _LINE.match(following):
            if depth or following == "::" or _width(line) > len(following):
                raise _Unsure
            self._title(line, following[0])
            return None, index + 2
        start = index
        while index < len(lines) and lines[index]:
            if lines[index][0] == " ":
                raise _Unsure
            index += 1
        text = "\n".join(lines[start:index])
        literal = text.endswith("::")
        if literal:
            if text.endswith("\\::"):
                raise _Unsure
            text = "" if text == "::" else text[:-3].rstrip() if text[-3] in " \n" else text[:-1]
        if text:
            self.inline(text)
            self._seen(depth)
            if depth == 0 and not text.startswith("|"):
                self.visible = True
        if literal:
            while index < len(lines) and not lines[index]:
                index += 1
            block, index, finished = _indented(lines, index)
            if not block or not finished:
                raise _Unsure
            self._seen(depth)
        return None, index

    def _explicit(self, lines: Sequence[str], index: int, begin: int, depth: int) -> tuple[int, bool]:
        """Explicit markup: a target, substitution, directive or comment."""
        line = lines[index]
        following = lines[index + 1] if index + 1 < len(lines) else ""
        rest = line[begin:]
        if not rest:
            if not following:
                return index + 1, True
            _, index, finished = _indented(lines, index, None, begin)
            return index, finished
        if match := _DIRECTIVE.match(line):
            block, after, finished = _indented(lines, index, None, match.end())
            self._directive(match["name"].lower(), block, depth)
            return after, finished or after >= len(lines) or not lines[after]
        if rest[0] == "_":
            block, after, finished = _indented(lines, index, None, begin, until_blank=True)
            match = _TARGET.match(line)
            if match is None:
                raise _Unsure
            name = (match["plain"] or match["quoted"] or "").replace("\\:", ":").replace("\\_", "_")
            uri = (match["uri"] or "") + "".join(map(str.strip, block[1:]))
            if uri and not _URI.fullmatch(uri):
                raise _Unsure
            if not name:
                if not uri:
                    raise _Unsure
                self.anonymous_targets += 1
            elif not uri and _normal(name) in self.explicit:
                raise _Unsure
            else:
                self._define(name, uri)
            return after, finished
        if rest[0] == "|":
            match = _SUBSTITUTION.match(line)
            if match is None:
                raise _Unsure
            block, after, finished = _indented(lines, index, None, match.end())
            self._substitution(match["name"], match["directive"].lower(), block)
            return after, finished
        if match := _FOOTNOTE.match(line):
            block, after, finished = _indented(lines, index, None, match.end())
            label = match["label"].lower()
            if not any(block):
                raise _Unsure
            if label != "#":
                self._define(label.removeprefix("#"), f"\0{len(self.explicit)}")
            self.footnotes.append(label)
            self.body(block, depth + 1)
            return after, finished
        if rest[0] == "[" or "::" in rest or rest.startswith("end of inclusion"):
            raise _Unsure
        _, index, finished = _indented(lines, index, None, begin)
        return index, finished

    def _define(self, name: str, uri: str) -> None:
        """An explicit name: twice only for the same address (docutils: nodes.py, `set_duplicate_name_id`)."""
        name = _normal(name)
        known = self.explicit.setdefault(name, uri)
        if known != uri or (known is not uri and (not uri or uri.startswith("\0"))):
            raise _Unsure

    def _substitution(self, name: str, directive: str, block: list[str]) -> None:
        name = " ".join(name.split())
        if name.lower() in self.lower_substitutions:
            raise _Unsure
        self.lower_substitutions.add(name.lower())
        self.substitutions.add(name)
        if directive == "image":
            self._image(block, _INLINE_IMAGE)
        elif directive == "replace":
            while block and not block[-1]:
                block.pop()
            if len(block) != 1 or not _REPLACEMENT.fullmatch(block[0]) or _ENUMERATOR.match(block[0]):
                raise _Unsure
            self.inline(block[0])
        else:
            raise _Unsure

    def _directive(self, name: str, block: list[str], depth: int) -> None:
        if name == "image":
            self._image(block, _IMAGE)
            if depth == 0:
                self._seen(depth)
            return
        if name in _CODES:
            arguments, content, _ = _parts(block, _CODE)
            language = " ".join(arguments)
            if len(arguments) > 1 or not content:
                raise _Unsure
            if language and not (_LANGUAGE.fullmatch(language) and language.lower() in _TYPICAL_LANGUAGES):
                raise _Unsure
        elif name == "admonition":
            arguments, content, _ = _parts(block, {"class": _CLASSES.fullmatch})
            if not arguments or not content:
                raise _Unsure
            self.inline(" ".join(arguments))
            self.body(content, depth + 1)
        elif name in _ADMONITIONS:
            block = _trimmed(block)
            head = block[: block.index("")] if "" in block else block
            if not block or any(line.startswith(":") for line in head):
                raise _Unsure
            self.body(block, depth + 1)
        elif name == "contents":
            arguments, content, _ = _parts(block, _CONTENTS)
            self.contents += 1
            text = " ".join(arguments)
            if content or depth or self.contents > 1 or _HAS_MARK.search(text):
                raise _Unsure
            if text:
                self.implicit[_normal(text)] = self.implicit.get(_normal(text), 0) + 1
            else:
                self.implicit["contents"] = self.implicit.get("contents", 0) + 1
        elif name == "list-table":
            self._list_table(block, depth)
        elif name == "table":
            self._titled_table(block, depth)
        else:
            raise _Unsure
        if name != "contents":
            self._seen(depth)

    def _grid_table(self, lines: Sequence[str], index: int, depth: int) -> int:
        """A grid table in which no cell spans columns (docutils: tableparser.py, `GridTableParser`)."""
        border = lines[index]
        head = border.replace("-", "=")
        walls = [place for place, each in enumerate(border) if each == "+"]
        columns = list(pairwise(walls))
        cells: list[list[str]] = [[] for _ in columns]
        heads = 0
        index += 1
        while index < len(lines) and (line := lines[index]):
            if len(line) != len(border) or not line.isascii():
                raise _Unsure
            if line == head:
                heads += 1
                line = border
            ruled = [not line[left + 1 : right].strip("-") for left, right in columns]
            corners = [before or behind for before, behind in zip([False, *ruled], [*ruled, False], strict=True)]
            if any(line[place] != ("+" if corner else "|") for place, corner in zip(walls, corners, strict=True)):
                raise _Unsure
            if head in (line, lines[index]) and not all(cells):
                raise _Unsure
            for cell, rule, (left, right) in zip(cells, ruled, columns, strict=True):
                if rule:
                    self._cell(cell, depth)
                    cell.clear()
                else:
                    cell.append(line[left + 1 : right].rstrip())
            index += 1
        if lines[index - 1] != border or lines[index - 2] in (border, head) or heads > 1:
            raise _Unsure
        self._seen(depth)
        return index

    def _cell(self, lines: list[str], depth: int) -> None:
        """A cell of a grid table, as its lines; an empty one has one blank line at least."""
        if not lines or any("+" in line or _LINE.match(line.strip()) for line in lines):
            raise _Unsure
        indent = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
        self.body([line[indent:] for line in lines], depth + 1)

    def _simple_table(self, lines: Sequence[str], index: int, depth: int) -> int:
        """A simple table of which every row is one line that fills the first column and keeps to the columns, the last of which is open
        (docutils: tableparser.py, `SimpleTableParser`).
        """
        border = lines[index]
        columns = [match.span() for match in _COLUMN.finditer(border)]
        gaps = [(left[1], right[0]) for left, right in pairwise(columns)]
        borders, rows, index = 1, 0, index + 1
        while borders < 3:
            if index >= len(lines):
                raise _Unsure
            line = lines[index]
            index += 1
            if line == border:
                if not rows:
                    raise _Unsure
                borders, rows = borders + 1, 0
                if borders == 2 and (index >= len(lines) or not lines[index]):
                    break
                continue
            if not line or not line.isascii() or line[0] == " " or any(line[start:end].strip() for start, end in gaps):
                raise _Unsure
            rows += 1
            for start, end in [*columns[:-1], (columns[-1][0], len(line))]:
                cell = line[start:end].strip()
                if (cell and cell[0] not in "`|" and not cell[0].isalnum()) or cell.endswith("::"):
                    raise _Unsure
                self.body([cell], depth + 1)
        if index < len(lines) and lines[index]:
            raise _Unsure
        self._seen(depth)
        return index

    def _titled_table(self, block: list[str], depth: int) -> None:
        """A grid table with a title or options, and nothing beside it (docutils: directives/tables.py, `RSTTable`)."""
        arguments, content, _ = _parts(block, {"class": _CLASSES.fullmatch})
        self.inline(" ".join(arguments))
        if not content or not _GRID_TABLE.match(content[0]) or depth >= MAX_DEPTH:
            raise _Unsure
        if any(content[self._grid_table(content, 0, depth + 1) :]):
            raise _Unsure

    def _list_table(self, block: list[str], depth: int) -> None:
        """A table written as a list of lists that are equally long (docutils: directives/tables.py, `ListTable`)."""
        arguments, content, stated = _parts(block, _TABLE_OPTIONS)
        self.inline(" ".join(arguments))
        rows: list[int] = []
        for line in content:
            if line.startswith("* - "):
                rows.append(1)
            elif line.startswith("  - "):
                if not rows:
                    raise _Unsure
                rows[-1] += 1
            elif line and (not rows or not line.startswith("    ") or line.startswith("     ")):
                raise _Unsure
        if not rows or len(set(rows)) != 1 or len(rows) <= int(stated.get("header-rows", 0)):
            raise _Unsure
        widths = stated.get("widths", "auto")
        if rows[0] <= int(stated.get("stub-columns", 0)) or (widths != "auto" and len(widths.split()) != rows[0]):
            raise _Unsure
        self.body(content, depth + 1)

    def _image(self, block: list[str], options: dict[str, _Valid]) -> None:
        arguments, content, stated = _parts(block, options)
        target = stated.get("target", "")
        if target.endswith("_"):
            self.references.add(_normal(target.rstrip("_").strip("`")))
        if not arguments or content or not all(map(_URI.fullmatch, arguments)) or arguments[0].startswith("data:"):
            raise _Unsure

    def inline(self, text: str) -> None:
        """Inline markup, found as docutils finds it (docutils: `Inliner.parse`)."""
        if not _MARK.search(text):
            return
        if max(map(len, text.split())) > MAX_WORD:
            raise _Unsure
        if len(text) > MAX_PARAGRAPH or (not text.isascii() and _ODD_NEIGHBOUR.search(_CODE_SPAN.sub("``x``", text))):
            raise _Unsure
        if "\\" in text:
            text = _ESCAPED.sub("\0\\1", text)
        while match := _next_markup(text):
            if match["note"]:
                self.notes.append(match["label"].lower())
                text = text[match.end() :]
                continue
            if name := match["name"]:
                if match["reference"] == "__":
                    self.anonymous_references += 1
                else:
                    self.references.add(_normal(name))
                text = text[match.end() :]
                continue
            start = match["start"] or "`"
            if start == "_`":
                raise _Unsure
            behind = text[match.end() :]
            if not match["role"]:
                place = match.start()
                if not behind and place:
                    text = ""
                    continue
                if place and _PAIRS.get(text[place - 1]) == behind[0]:
                    text = behind
                    continue
            end = _ENDS[start].search(behind)
            if end is None or not end.start(1):
                raise _Unsure
            inner = behind[: end.start(1)]
            if start == "|":
                self._substituted(inner, end[1])
            elif start == "`":
                self._interpreted(inner, match["role"] or "", end["role"] or "", end["reference"] or "")
            text = behind[end.end() :]

    def _substituted(self, name: str, end: str) -> None:
        if end == "|__" or "\0" in name:
            raise _Unsure
        self.substituted.add(" ".join(name.split()))
        if end == "|_":
            self.references.add(_normal(name))

    def _interpreted(self, text: str, before: str, behind: str, reference: str) -> None:
        if not reference:
            role = (before or behind).strip(":").lower()
            numbered = role in ("pep", "rfc") and _NUMBER.fullmatch(text)
            if (before and behind) or (role and role not in _ROLES and not numbered):
                raise _Unsure
            return
        if before or behind or "\0" in text:
            raise _Unsure
        if text[0] == "<" and _BARE.fullmatch(text):
            if reference == "_":
                self._define(text[1:-1], text[1:-1])
            return
        embedded = _EMBEDDED.fullmatch(text)
        if embedded is None:
            if "<" in text or ">" in text:
                raise _Unsure
            if reference == "__":
                self.anonymous_references += 1
            else:
                self.references.add(_normal(text))
            return
        uri = "".join(embedded["uri"].split())
        if uri.endswith("_"):
            if not _ALIAS.fullmatch(uri):
                raise _Unsure
            self.aliases.add(_normal(uri[:-1]))
            uri = f"\0<{_normal(uri)}"
        if reference == "_":
            self._define(embedded["text"], uri)


def _next_markup(text: str) -> Match[str] | None:
    """Where the next markup starts. It is looked for from the word on that has the first mark: no markup starts before that."""
    mark = _MARK.search(text)
    if mark is None:
        return None
    place = mark.start()
    return _INITIAL.search(text, max(text.rfind(" ", 0, place), text.rfind("\n", 0, place)) + 1)


def _enumerated(lines: Sequence[str], index: int, match: Match[str]) -> tuple[object, ...] | None:
    """The kind of an enumerated item; None where its next line makes the whole a paragraph (docutils: `is_enumerated_list_item`)."""
    text = match["text"]
    numbered = text == "#" or (text.isdecimal() and text.isascii() and len(text) < 6)
    if not numbered or (match["open"] and match["close"] == "."):
        raise _Unsure
    following = lines[index + 1] if index + 1 < len(lines) else ""
    if following and following[0] != " ":
        number = "#" if text == "#" else str(int(text) + 1)
        if not following.startswith(
            (f"{match['open']}{number}{match['close']} ", f"{match['open']}#{match['close']} ")
        ):
            return None
    # an item that follows at once has the next number, else it would not have been taken for one
    return ("enumerated", match["open"] + match["close"] + ("#" if text == "#" else ""))


def _trimmed(block: list[str]) -> list[str]:
    start, end = (1 if block and not block[0] else 0), len(block)
    while end > start and not block[end - 1]:
        end -= 1
    return block[start:end]


def _parts(block: list[str], options: dict[str, _Valid]) -> tuple[list[str], list[str], dict[str, str]]:
    """The words of a directive's arguments, its content, and its options, which are checked (docutils: `parse_directive_block`)."""
    block = _trimmed(block)
    head = block[: block.index("")] if "" in block else block
    content = block[len(head) + 1 :]
    first = next((index for index, line in enumerate(head) if _FIELD.match(line)), len(head))
    stated: dict[str, str] = {}
    name = ""
    for line in head[first:]:
        match = _OPTION_FIELD.match(line)
        if match is None:
            if name != "alt" or line[:1] != " ":
                raise _Unsure
            continue
        name, value = match["name"], (match["value"] or "").strip()
        if name in stated or name not in options or not options[name](value):
            raise _Unsure
        stated[name] = value
    while content and not content[0]:
        content.pop(0)
    return " ".join(head[:first]).split(), content, stated


__all__ = ["surely_renders"]
