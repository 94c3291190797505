"""A rule's card: Markdown with YAML front matter, the one place where a rule is worded. Does not run anything."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from pathlib import Path
from re import Match
from typing import TYPE_CHECKING

from preflight.engine.finding import Severity
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Source, SourceSyntaxError
from preflight.sources.words import SEAM, say, tightened

if TYPE_CHECKING:
    from preflight.sources.yaml import Node

DOCUMENTATION_URL = "https://pypi-preflight.readthedocs.io/rules/"
"""Where the page of a rule is found: this, its name, and a slash."""

FILE_NAME = _compile(r"(?P<code>[A-Z]{3}[0-9]{3})-(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)\.md")
_PLACEHOLDER = _compile(r"(?<![{$])\{([a-z_][a-z0-9_]*)\}(?!\})")
_FENCE = _compile(r"^(?P<ticks>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$")
_NUMBERED = _compile(r"\d{1,2}\. +(?P<text>.*)")
_HEADING = _compile(r"^(?P<level>#{1,6})[ \t]+(?P<text>.+?)[ \t]*#*$")


class MalformedCard(Exception):
    """A card that breaks the form; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Words by which a log shows this rule's failure."""

    stage: str
    text: str


@dataclass(frozen=True, slots=True)
class Wording:
    """The message and the fix of a rule, or of one variant of it."""

    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say where a log shows one cause of this rule's failure. The texts hold `{name}` and `{name|words where it is not known}`.

    `decide` is the question that tells this cause from others with the same message, and how to answer it; `avoid` is what not to do. Either may be empty.
    """

    message: str
    steps: tuple[str, ...]
    decide: str
    avoid: str


@dataclass(frozen=True, slots=True)
class Example:
    """Files that make the rule fire, and the same files mended.

    `setup` holds lines of the form `git tag v1.0` that the test harness understands; both trees map paths to texts. `recipes` and
    `mended_recipes` map paths of built files to the lines by which the harness builds them. `answers` maps addresses to what the outside answers there.
    """

    title: str
    fires: Mapping[str, str]
    mended: Mapping[str, str]
    setup: tuple[str, ...] = ()
    recipes: Mapping[str, str] = field(default_factory=dict)
    mended_recipes: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, object] = field(default_factory=dict)
    mended_answers: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Card:
    """All that is said of one rule."""

    code: str
    name: str
    severity: Severity
    summary: str
    wordings: Mapping[str | None, Wording]
    labels: Mapping[str, str]
    rejections: tuple[str, ...]
    causes: tuple[str, ...]
    signatures: tuple[Signature, ...]
    links: tuple[str, ...]
    since: str
    decided_by: tuple[str, ...]
    fix_kind: str
    body: str
    path: Path
    also_found_by: tuple[str, ...] = ()
    """Rules of other linters that speak of the same, as `zizmor/NAME`."""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    retold: tuple[str, ...] = ()
    """Of a translation: the arguments that are English prose and are told in its language too."""

    @property
    def url(self) -> str:
        """The page of the rule on the documentation site."""
        return f"{DOCUMENTATION_URL}{self.name}/"

    def wording(self, variant: str | None) -> Wording:
        """The words of a variant; those of the rule itself when the card has no such variant."""
        return self.wordings.get(variant) or self.wordings[None]

    def placeholders(self) -> set[str]:
        """The names of all arguments that the card's messages, fixes and labels use."""
        texts = [text for wording in self.wordings.values() for text in (wording.message, wording.fix)]
        return {name for text in (*texts, *self.labels.values()) for name in _PLACEHOLDER.findall(text)}

    @cached_property
    def sections(self) -> Mapping[str, str]:
        """The second-level sections of the body by heading."""
        found: dict[str, list[str]] = {}
        current: list[str] = []
        for line, in_fence in _lines(self.body):
            heading = None if in_fence else _HEADING.match(line)
            if heading and len(heading["level"]) == 2:
                current = found.setdefault(heading["text"], [])
            else:
                current.append(line)
        return {title: "\n".join(lines).strip() for title, lines in found.items()}

    @property
    def steps(self) -> tuple[str, ...]:
        """The numbered steps of the section `Steps`, or else of `How to fix`."""
        text = self.sections.get("Steps") or self.sections.get("How to fix", "")
        lines = [line for line, in_fence in _lines(text) if not in_fence]
        return tuple(numbered["text"] for line in lines if (numbered := _NUMBERED.fullmatch(line)))

    def examples(self) -> list[Example]:
        """The executable examples: every section whose heading starts with `Example`.

        Inside one, fences whose info string holds `file=PATH` are files. Those before the heading `### Mended` (or without it all) fire; those
        after it are laid over the first ones to make the mended tree, and `file=PATH delete` takes one away. A fence `setup` holds setup lines.
        `recipe=PATH` stands for a built file instead, and its lines say how to build it. A fence `answers` holds what addresses answer, as a JSON object.

        Raises:
            MalformedCard: a file fence without a path.
        """
        return [
            _example(self.path, title, text) for title, text in self.sections.items() if title.startswith("Example")
        ]


ANSWER_HEADING = "## In a log: "
"""Begins the part of a card that answers one cause, or several with commas between them; these parts stand at the end and are no part of the body."""

_VALUE = _compile(r"(?P<tick>`?)(?<![{$])\{(?P<name>[a-z_][a-z0-9_]*)(?:\|(?P<otherwise>[^{}]*))?\}(?!\})(?P<end>`?)")


def filled(template: str, values: Mapping[str, str | None]) -> str | None:
    """A text of an answer with its values; None where one is not known and the text has no words for that.

    Words that stand for an unknown value lose the backticks around it.
    """
    for match in _VALUE.finditer(template):
        if not values.get(match["name"]) and match["otherwise"] is None:
            return None

    def words(match: Match[str]) -> str:
        value = values.get(match["name"])
        if value:
            return f"{match['tick']}{value}{match['end']}"
        around = ("", "") if match["tick"] and match["end"] else (match["tick"], match["end"])
        return f"{around[0]}{SEAM}{match['otherwise'] or ''}{SEAM}{around[1]}"

    return tightened(_VALUE.sub(words, template))


_DECIDES = ("To be sure: ", "如要确定: ")
_AVOIDS = ("Do not ", "请勿")
"""How those paragraphs of an answer begin that say how to make sure, and what not to do."""


def _split_answers(path: Path, body: str) -> tuple[str, dict[str, Answer]]:
    """The body without its answers, and the answers by cause.

    Each holds a paragraph that says what happened, a numbered list of steps, and where needed a paragraph `To be sure: …` and one `Do not …`.
    """
    start = body.find(f"\n{ANSWER_HEADING}")
    if start < 0:
        return body, {}
    found: dict[str, Answer] = {}
    for part in body[start:].split(f"\n{ANSWER_HEADING}")[1:]:
        causes, _, text = part.partition("\n")
        message: list[str] = []
        steps: list[str] = []
        decide = avoid = ""
        for line in filter(None, map(str.strip, text.splitlines())):
            if numbered := _NUMBERED.fullmatch(line):
                steps.append(numbered["text"])
            elif line.startswith(_DECIDES):
                decide = line.partition(": ")[2]
            elif line.startswith(_AVOIDS):
                avoid = line
            elif steps or decide or avoid:
                raise MalformedCard(
                    f"{path.name}: the answer for {causes.strip()} has a paragraph after its steps: {line[:60]}"
                )
            else:
                message.append(line)
        if not message or not steps:
            raise MalformedCard(f"{path.name}: the answer for {causes.strip()} needs a message and steps")
        for cause in causes.split(","):
            found[cause.strip()] = Answer(" ".join(message), tuple(steps), decide, avoid)
    return body[:start].rstrip() + "\n", found


def substitute(template: str, args: Mapping[str, object]) -> str:
    """Fill `{name}` in a template; `${{ … }}` and unknown names stay as they are."""
    return tightened(
        _PLACEHOLDER.sub(
            lambda match: f"{SEAM}{shown(args[match[1]])}{SEAM}" if match[1] in args else match[0], template
        )
    )


def shown(value: object) -> str:
    """An argument in words: lists joined by commas, None as `none`."""
    if value is None:
        return say("none")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return say(", ").join(f"`{item}`" for item in value)
    return str(value)


def read_card(path: Path) -> Card:
    """Read a card from its file.

    Raises:
        MalformedCard: the file's name, its front matter or a required field is not as it must be.
        OSError: the file cannot be read.
    """
    match = FILE_NAME.fullmatch(path.name)
    if not match:
        raise MalformedCard(f"{path.name}: a card is named CODE-name.md")
    fields, body, answers = split_card(path)
    unknown = sorted(set(fields) - _KNOWN)
    if unknown:
        raise MalformedCard(f"{path.name}: unknown field {', '.join(unknown)}")
    for key, expected in (("code", match["code"]), ("name", match["name"])):
        if fields.get(key) != expected:
            raise MalformedCard(f"{path.name}: `{key}` is {fields.get(key)!r}, but the file's name says {expected!r}")
    return _card(path, fields, body, answers)


def split_card(path: Path) -> tuple[dict[str, object], str, dict[str, Answer]]:
    """The front matter of a file in the form of a card, its body, and its answers to logs.

    Raises:
        MalformedCard: there is no front matter, or it is no mapping.
        OSError: the file cannot be read.
    """
    text = path.read_text(encoding="utf-8")
    if not text.startswith("---\n"):
        raise MalformedCard(f"{path.name}: a card starts with YAML front matter between lines of ---")
    front, separator, body = text[4:].partition("\n---\n")
    if not separator:
        raise MalformedCard(f"{path.name}: the front matter does not end")
    # the line break before it lets a body begin with its first answer, as those of translations may
    body, answers = _split_answers(path, f"\n{body.strip()}\n")
    return _front_matter(path, front), body.lstrip("\n"), answers


_KNOWN = frozenset(
    "code name severity summary message fix variants labels rejections causes signatures links since decided_by fix_kind also_found_by".split()
)


def _front_matter(path: Path, text: str) -> dict[str, object]:
    from preflight.sources.yaml import parse_yaml

    try:
        document = parse_yaml(Source(path.name, text))
    except SourceSyntaxError as error:
        raise MalformedCard(f"{path.name}: {error}") from None
    value = _plain(document.root) if document.root else None
    if not isinstance(value, dict):
        raise MalformedCard(f"{path.name}: the front matter is no mapping")
    return value


def _plain(node: "Node") -> object:
    from preflight.sources.yaml import Mapping as YamlMapping
    from preflight.sources.yaml import Scalar
    from preflight.sources.yaml import Sequence as YamlSequence

    if isinstance(node, YamlMapping):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, YamlSequence):
        return [_plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.value


def _card(path: Path, fields: dict[str, object], body: str, answers: Mapping[str, Answer]) -> Card:
    def text(key: str) -> str:
        value = fields.get(key)
        if not isinstance(value, str) or not value.strip():
            raise MalformedCard(f"{path.name}: `{key}` is missing or no text")
        return value.strip()

    def texts(key: str) -> tuple[str, ...]:
        value = fields.get(key) or []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise MalformedCard(f"{path.name}: `{key}` is no list of texts")
        return tuple(value)

    def mapping(key: str) -> dict[str, object]:
        value = fields.get(key) or {}
        if not isinstance(value, dict):
            raise MalformedCard(f"{path.name}: `{key}` is no mapping")
        return value

    base = Wording(text("message"), text("fix"))
    wordings: dict[str | None, Wording] = {None: base}
    for variant, entry in mapping("variants").items():
        if not isinstance(entry, dict) or not set(entry) <= {"message", "fix"}:
            raise MalformedCard(f"{path.name}: variant `{variant}` holds more than `message` and `fix`")
        wordings[variant] = Wording(
            str(entry.get("message", base.message)).strip(), str(entry.get("fix", base.fix)).strip()
        )
    signatures = fields.get("signatures") or []
    if not isinstance(signatures, list) or not all(
        isinstance(item, dict) and set(item) == {"stage", "text"} for item in signatures
    ):
        raise MalformedCard(f"{path.name}: each of `signatures` holds `stage` and `text`")
    try:
        severity = Severity(text("severity"))
    except ValueError:
        raise MalformedCard(f"{path.name}: `severity` is error, warning or info") from None
    return Card(
        code=text("code"),
        name=text("name"),
        severity=severity,
        summary=text("summary"),
        wordings=wordings,
        labels={key: str(value) for key, value in mapping("labels").items()},
        rejections=texts("rejections"),
        causes=texts("causes"),
        signatures=tuple(Signature(str(item["stage"]), str(item["text"])) for item in signatures),
        links=texts("links"),
        since=text("since"),
        decided_by=texts("decided_by"),
        fix_kind=text("fix_kind"),
        also_found_by=texts("also_found_by"),
        body=body,
        path=path,
        answers=answers,
    )


def _lines(text: str) -> list[tuple[str, bool]]:
    """Each line, and whether it belongs to a fenced block (its fences included)."""
    result = []
    fence = ""
    for line in text.splitlines():
        match = _FENCE.match(line.strip())
        if fence:
            result.append((line, True))
            if match and match["ticks"].startswith(fence) and not match["info"].strip():
                fence = ""
        elif match:
            fence = match["ticks"]
            result.append((line, True))
        else:
            result.append((line, False))
    return result


def _example(path: Path, title: str, text: str) -> Example:
    files = _Tree()
    recipes = _Tree()
    answers: tuple[dict[str, object], dict[str, object]] = {}, {}
    setup: list[str] = []
    mended = False
    info: str | None = None
    block: list[str] = []
    fence = ""
    for line, in_fence in _lines(text):
        if not in_fence:
            heading = _HEADING.match(line)
            mended = mended or bool(heading and heading["text"].startswith("Mended"))
        elif info is None:
            match = _FENCE.match(line.strip())
            assert match  # the first line of a fenced block is its fence
            info, fence, block = match["info"].strip(), match["ticks"], []
        elif line.strip().startswith(fence) and not line.strip().strip(fence[0]):
            content = "\n".join(block) + "\n" if block else ""
            if "answers" in info.split():
                answers[mended].update(_answers_of_the_outside(path, content))
            else:
                _add(path, info, content, mended, files, recipes, setup)
            info = None
        else:
            block.append(line)
    trees = files.fires, files.mended, tuple(setup), recipes.fires, recipes.mended
    return Example(title, *trees, answers[0], {**answers[0], **answers[1]})


def _answers_of_the_outside(path: Path, content: str) -> dict[str, object]:
    from json import loads

    try:
        found = loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise MalformedCard(f"{path.name}: a fence `answers` holds a JSON object")
    return found


@dataclass
class _Tree:
    """The files of an example: those that fire, and what is laid over them."""

    fires: dict[str, str] = field(default_factory=dict)
    overlay: dict[str, str | None] = field(default_factory=dict)

    @property
    def mended(self) -> dict[str, str]:
        tree: dict[str, str | None] = {**self.fires, **self.overlay}
        return {name: content for name, content in tree.items() if content is not None}


def _add(path: Path, info: str, content: str, mended: bool, files: _Tree, recipes: _Tree, setup: list[str]) -> None:
    words = info.split()
    if "setup" in words:
        setup.extend(line for line in content.splitlines() if line.strip())
        return
    found = next(((word, kind) for word in words for kind in ("file", "recipe") if word.startswith(f"{kind}=")), None)
    if found is None:
        return
    word, kind = found
    name = word.removeprefix(f"{kind}=")
    if not name or name.startswith("/") or ".." in name.split("/"):
        raise MalformedCard(f"{path.name}: an example's file needs a path inside the project, not {name!r}")
    tree = files if kind == "file" else recipes
    if mended:
        tree.overlay[name] = None if "delete" in words else content
    else:
        tree.fires[name] = content
