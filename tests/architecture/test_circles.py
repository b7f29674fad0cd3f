"""No file of ``core`` imports, directly or through others, a file that imports it."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture.sources import SOURCE


def names_of(folder: Path) -> dict[str, Path]:
    """The modules below ``xiaoneng.core``; a package stands for its ``__init__`` file."""
    found: dict[str, Path] = {}
    for path in sorted((folder / "core").rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        found[".".join(("xiaoneng", *parts)).removesuffix(".__init__")] = path
    return found


def imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(module, name) of each import, those inside functions too, but not what only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for other in node.orelse:
                yield from imported(ast.Module([other], []))
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
        else:
            yield from imported(node)


def graph(folder: Path) -> dict[str, set[str]]:
    """What each file imports; ``from package import module`` imports the module, not the package."""
    files = names_of(folder)
    edges: dict[str, set[str]] = {}
    for module, path in files.items():
        targets: set[str] = set()
        for source, name in imported(ast.parse(path.read_text(encoding="utf-8"))):
            inner = f"{source}.{name}"
            targets.add(inner if inner in files else source)
        edges[module] = targets & files.keys()
    return edges


def circle(edges: Mapping[str, set[str]]) -> list[str]:
    """One circle, from a file back to itself; empty where there is none."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_core_has_no_import_circle() -> None:
    edges = graph(SOURCE)
    assert len(edges) > 150, "the files were not found"
    assert circle(edges) == []


@pytest.mark.parametrize(
    ("where", "violation"),
    [
        ("core/decisions/lexer.py", "from xiaoneng.core.decisions.parser import parse_expression\n"),
        ("core/process/shape.py", "import xiaoneng.core.process.state\n"),
        ("core/process/shape.py", "def late():\n    from xiaoneng.core.process import state\n"),
        ("core/process/shape.py", "from xiaoneng.core.process import State\n"),
    ],
)
def test_a_planted_circle_is_noticed(tmp_path: Path, where: str, violation: str) -> None:
    shutil.copytree(SOURCE / "core", tmp_path / "core", ignore=shutil.ignore_patterns("*.mo", "__pycache__"))
    planted = tmp_path / where
    planted.write_text(planted.read_text(encoding="utf-8") + violation, encoding="utf-8")
    found = circle(graph(tmp_path))
    module = ".".join(("xiaoneng", *Path(where).with_suffix("").parts))
    assert module in found
    assert found[0] == found[-1]


def test_what_only_a_type_checker_reads_is_no_circle(tmp_path: Path) -> None:
    shutil.copytree(SOURCE / "core", tmp_path / "core", ignore=shutil.ignore_patterns("*.mo", "__pycache__"))
    planted = tmp_path / "core/process/shape.py"
    guarded = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from xiaoneng.core.process import State\n"
    )
    planted.write_text(planted.read_text(encoding="utf-8") + guarded, encoding="utf-8")
    assert circle(graph(tmp_path)) == []
