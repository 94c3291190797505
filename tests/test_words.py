"""What the program says in Chinese is what it says in English: every sentence is translated, holds the same values, and is still said."""

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from types import ModuleType

import pytest

from preflight.engine.cards import filled, substitute
from preflight.sources import words
from preflight.sources.language import LANGUAGES, speak
from preflight.sources.words import say, table

ROOT = Path(__file__).parent.parent
ROWS = table("zh")
TREES = [
    ast.parse(path.read_text(encoding="utf-8"))
    for room in ("preflight", "rules")
    for path in sorted((ROOT / room).rglob("*.py"))
]
_SHOWN_AS_IT_IS = re.compile(r"\d+ .*|\s*(?:\d*\s*[|+-].*|\.\.\.|\[exit status \d\]|)")
"""Lines that are no words of the program's: those of a drawing or a patch."""


@pytest.fixture
def chinese() -> Iterator[None]:
    speak("zh")
    yield
    speak(LANGUAGES[0])


def _texts(tree: ast.AST) -> Iterator[str]:
    """What is written in the code, with nothing but braces for the values, and the paragraphs of longer texts, such as help."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield _bare(node.value)
            yield from (_bare(" ".join(part.split())) for part in node.value.split("\n\n"))
        elif isinstance(node, ast.JoinedStr):
            yield "".join(_bare(str(part.value)) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def _bare(text: str) -> str:
    return re.sub(r"\{[^{}]*\}", "{}", text)


def _said(tree: ast.AST) -> Iterator[str]:
    """The sentences that are written in a call of `say` itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say" and node.args:
            first = node.args[0]
            for part in (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,):
                if isinstance(part, ast.Constant):
                    yield str(part.value)


def _values(text: str) -> list[tuple[str, str | None, str | None]]:
    return sorted((name, spec, kind) for _, name, spec, kind in Formatter().parse(text) if name is not None)


def test_every_sentence_is_still_said() -> None:
    found = {text for tree in TREES for text in _texts(tree)}
    assert sorted(each for each in ROWS if _bare(each) not in found) == []


def test_every_sentence_is_translated() -> None:
    assert sorted({text for tree in TREES for text in _said(tree)} - set(ROWS)) == []


@pytest.mark.parametrize("english", sorted(ROWS))
def test_same_values(english: str) -> None:
    assert _values(ROWS[english]) == _values(english)
    assert ROWS[english].strip()


def test_rows_are_sorted_and_single() -> None:
    path = Path(words.__file__).with_name("words.zh.tsv")
    keys = [line.split("\t")[0] for line in path.read_text(encoding="utf-8").splitlines()]
    assert keys == sorted(set(keys))


def test_english_reads_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "table", None)
    assert say("Found {problems}{aside}.", problems="1 error", aside="") == "Found 1 error."


def test_values_are_not_read_again(chinese: None) -> None:
    assert say("job {job}", job="{x}") == "作业 {x}"
    assert say("nobody translated this") == "nobody translated this"


def _fixtures(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"words_{name}", ROOT / f"fixtures/{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


golden = _fixtures("golden")


@pytest.mark.parametrize(
    "name", ["environment-differs", "version-malformed", "password-beside-oidc", "pyproject-not-toml"]
)
def test_no_words_of_a_report_stay_english(name: str, tmp_path: Path) -> None:
    [mistake] = [each for each in golden.mistakes() if each.name == name]
    text, _ = golden.run(golden.make(mistake, tmp_path), "--lang", "zh", "--verbose")
    english = (golden.GOLDEN / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    left = [line for line in english if line in text.splitlines() and not _SHOWN_AS_IT_IS.fullmatch(line)]
    assert left == []


def _untranslated(arguments: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sentences that a command says and nobody has translated."""
    from preflight.cli.application import application

    asked: list[str] = []

    class Noting(dict[str, str]):
        def get(self, key: str, default: str = "") -> str:  # type: ignore[override]
            if key not in self:
                asked.append(key)
            return super().get(key, default)

    noting = Noting(ROWS)
    monkeypatch.setattr(words, "table", lambda language: noting)
    monkeypatch.chdir(folder)
    try:
        assert application([*arguments, "--lang", "zh"]) in (0, 1)
    finally:
        speak(LANGUAGES[0])
    return asked


LOGS = ROOT / "fixtures/logs"


COMMANDS = {
    ("check", "--verbose"): ("full", "concise", "markdown"),
    ("plan", "--verbose"): ("full", "markdown"),
    ("publisher",): ("full",),
    ("doctor",): ("full", "markdown"),
    ("doctor", str(LOGS / "uv-claims.txt")): ("full", "concise", "markdown"),
    ("doctor", str(LOGS / "twine-7-verbose-exists.txt")): ("full", "concise", "markdown"),
    ("doctor", str(LOGS / "unknown-failure.txt")): ("full",),
    ("rules",): ("full", "markdown"),
    ("explain", "PUB003"): ("full", "markdown"),
}
"""Commands and the formats that speak to people."""


@pytest.mark.parametrize(
    "command, output", [(command, output) for command, formats in COMMANDS.items() for output in formats]
)
def test_commands_say_nothing_untranslated(
    command: tuple[str, ...],
    output: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    project = golden.make(golden.mistakes()[0], tmp_path)
    assert _untranslated([*command, "--output-format", output], project, monkeypatch) == []
    assert re.search(r"[\u4e00-\u9fff]", capfd.readouterr().out)


def test_words_in_chinese_take_the_place_of_a_value_without_a_space(chinese: None) -> None:
    assert filled("写的是 `{name|某个环境}` 。", {"name": None}) == "写的是某个环境。"
    assert filled("写的是 `{name|某个环境}`", {"name": "pypi"}) == "写的是 `pypi`"
    assert (
        substitute("必须是 {expected}，而不是 {found}", {"expected": "字符串", "found": "A"})
        == "必须是字符串，而不是 A"
    )
    assert substitute("a {value} b", {"value": "我的 项目"}) == "a 我的 项目 b", "what is the user's stays as it is"
