"""The project's own Python files as syntax trees, read once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "xiaoneng"


@dataclass(frozen=True)
class Module:
    """One file: ``name`` is its path below ``src/xiaoneng``."""

    name: str
    tree: ast.Module


@cache
def modules() -> tuple[Module, ...]:
    return tuple(
        Module(path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text(encoding="utf-8"), str(path)))
        for path in sorted(SOURCE.rglob("*.py"))
        if "migrations" not in path.parts
    )


def dotted(node: ast.AST) -> str | None:
    """``a.b.c`` of a name or attribute chain, else None."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call whose target is a plain dotted name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (name := dotted(node.func)):
            yield name, node
