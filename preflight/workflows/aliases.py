"""How large a workflow is once its YAML aliases are followed, and whether GitHub still reads that much."""

from preflight.sources.text import SourceTooComplex
from preflight.sources.yaml import Document, Mapping, Node, Scalar, Sequence

MAX_EXPANDED = 1_000_000
"""The values above which GitHub reads no further, each alias counted with all it stands for.

actions/runner: `ParseOptions.MaxParseEvents`.
"""


def check_aliases(document: Document) -> None:
    """Refuse a document whose aliases expand without end or beyond `MAX_EXPANDED`; any other may be walked freely.

    Raises:
        SourceTooComplex: they do.
    """
    root = document.root
    if root is None or not document.anchors:
        return
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, is_done = stack.pop()
        if isinstance(node, Scalar) or id(node) in sizes:
            continue
        if is_done:
            open_nodes.discard(id(node))
            size = 1 + sum(sizes.get(id(inner), 1) for inner in _inside(node))
            if size > MAX_EXPANDED:
                raise SourceTooComplex(f"its aliases stand for more than {MAX_EXPANDED:,} values", node.place)
            sizes[id(node)] = size
            continue
        if id(node) in open_nodes:
            raise SourceTooComplex(f"the alias `*{node.anchor}` stands inside what it stands for", node.place)
        open_nodes.add(id(node))
        stack.append((node, True))
        stack.extend((inner, False) for inner in _inside(node))


def _inside(node: Node) -> list[Node]:
    if isinstance(node, Sequence):
        return node.items
    if isinstance(node, Mapping):
        return [inner for entry in node.entries for inner in (entry.key, entry.value)]
    return []
