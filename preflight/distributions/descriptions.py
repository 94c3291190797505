"""Whether PyPI can render a description. Judges no content type, and shows nothing.

Held to warehouse (`utils/readme.py`) and readme_renderer, with docutils' own configuration files kept out.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from preflight.distributions.acceptance import Refusing, quick_content_type
from preflight.distributions.fields import Field
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

MAX_CHARACTERS = 200_000
"""Length above which a description is not rendered here: its verdict stays unknown."""

_REPORT = _compile(r"^<string>:(?P<line>\d*): \((?P<level>[A-Z]+)/\d\) (?P<message>.*)", 8)
_INDENT = 8 * " "
_HEADINGS = _compile(r"(?s)<h[1-6][ >].*?</h[1-6]>|</?(?:section|div|main|header)(?: [^>]*)?>")


@dataclass(frozen=True, slots=True)
class RenderingProblem:
    """Why a description does not render: the line of its text (from 1, None where unknown) and docutils' words.

    `empty` is a text that renders to nothing.
    """

    line: int | None
    message: str
    empty: bool = False
    by: Refusing = Refusing.ALWAYS


def is_restructured(content_type: str | None) -> bool:
    """Whether PyPI renders the description as reStructuredText: of that type, or without one. Others fail only when blank."""
    return not content_type or _is_of_type(content_type, "text/x-rst")


def is_markdown(content_type: str | None) -> bool:
    """Whether PyPI renders the description as Markdown, which it refuses when nothing comes of it (readme_renderer: markdown.py)."""
    return bool(content_type) and _is_of_type(content_type or "", "text/markdown")


def _is_of_type(content_type: str, wanted: str) -> bool:
    if content_type == wanted:
        return True
    if content_type.partition(";")[0].strip().lower() != wanted:
        return False
    if quick_content_type(content_type):
        return True
    from email.message import EmailMessage

    message = EmailMessage()
    try:
        message["content-type"] = content_type
        return message.get_content_type() == wanted
    except (ValueError, IndexError, RecursionError):
        return False


class Rendered(NamedTuple):
    """What became of one text, named by its digest."""

    digest: bytes
    problem: RenderingProblem | None


_AHEAD: dict[bytes, RenderingProblem | None] = {}
"""What was found out ahead, mostly by other processes, of texts that will be asked about here."""


def rendered(text: str) -> Rendered:
    """Render a text for another process."""
    return Rendered(_digest(text), rendering_problem(text))


def renders_plainly(text: str) -> Rendered | None:
    """That a text renders, where that can be told without rendering it."""
    from preflight.distributions.plain_markup import surely_renders

    plain = len(text) <= MAX_CHARACTERS and surely_renders(text)
    return Rendered(_digest(text), None) if plain else None


def render_ahead(found: Rendered) -> None:
    """Keep what was found out."""
    _AHEAD[found.digest] = found.problem


def _digest(text: str) -> bytes:
    from hashlib import sha256

    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def without_indents(description: Field) -> str | None:
    """The text of a built file's description that is a header with indented lines; None for one in its usual place below the headers.

    distutils, and setuptools below 57, indent the further lines by eight blanks. Clients that read with pkginfo, such as twine
    below 6.1, take these away (pkginfo: `_collapse_leading_ws`); those that read with packaging, such as twine since then and
    Poetry, send them (packaging: `parse_email`).
    """
    place = description.place
    if place is None or place.column == 1 or "\n" not in description.value:
        return None
    return "\n".join(line.removeprefix(_INDENT) for line in description.value.strip().splitlines())


def rendering_problem(text: str) -> RenderingProblem | None:
    """What keeps PyPI from rendering a text as reStructuredText; None when it renders, or when nothing is known."""
    if len(text) > MAX_CHARACTERS:
        return None
    if _AHEAD and (digest := _digest(text)) in _AHEAD:
        return _AHEAD[digest]
    from preflight.distributions.plain_markup import surely_renders

    return None if surely_renders(text) else _problem_by_docutils(text)


@lru_cache(maxsize=64)
def _problem_by_docutils(text: str) -> RenderingProblem | None:
    from io import StringIO

    from docutils.parsers.rst import roles
    from docutils.utils.code_analyzer import Lexer
    from readme_renderer import rst

    # else docutils reads docutils.conf in the current folder, so that the checked project could change the verdict
    rst.SETTINGS["_disable_config"] = True
    stream = StringIO()
    known_roles = dict(roles._roles)
    colour = Lexer.__iter__
    Lexer.__iter__ = _uncoloured
    try:
        rendered = rst.render(text, stream=stream)
        if rendered is not None and not _HEADINGS.sub("", rendered).strip() and not _renders_below_title(text):
            return RenderingProblem(1, "there is nothing below the title", empty=True, by=Refusing.PINNED)
    except Exception:  # docutils failing is an error of the server, whose docutils may be another
        return None
    finally:
        Lexer.__iter__ = colour
        # roles that a text defines stay behind in docutils
        roles._roles.clear()
        roles._roles.update(known_roles)
    if rendered is not None:
        return None
    report = _REPORT.search(stream.getvalue())
    if report is None:
        return RenderingProblem(None, "the text renders to nothing", empty=True)
    return RenderingProblem(int(report["line"]) if report["line"] else None, report["message"])


def _uncoloured(lexer: Any) -> Iterator[tuple[list[str], str]]:
    """Code in one piece: whether it renders depends on its language being known, which is seen to before, and not on the colours."""
    yield [], lexer.code


def _renders_below_title(text: str) -> bool:
    """Whether anything is left when a lone title is taken out, as the readme_renderer that PyPI pins (45.0) does and
    newer ones do not.
    """
    from io import StringIO

    from docutils.core import publish_parts
    from readme_renderer import rst

    writer = rst.Writer()
    writer.translator_class = rst.ReadMeHTMLTranslator
    overrides = {**rst.SETTINGS, "doctitle_xform": True, "sectsubtitle_xform": True, "warning_stream": StringIO()}
    parts = publish_parts(text, writer=writer, settings_overrides=overrides)
    return bool(parts.get("docinfo", "") + parts.get("fragment", ""))
