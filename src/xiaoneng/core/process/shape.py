"""The shape of a marking: where items lie, without any identity. Shapes are shared between cases."""

from __future__ import annotations

from typing import Any

Item = tuple[int, int, int, int, int, tuple[int, ...]]
"""role, node, position of the scope, of the fork and of the host (-1: none), counts"""


class Shape:
    """A marking without identities. ``steps`` remembers transitions by the position of the completed
    task."""

    __slots__ = ("items", "process", "status", "steps", "text")

    def __init__(self, process: int, status: str, items: tuple[Item, ...]) -> None:
        self.process, self.status, self.items = process, status, items
        self.steps: dict[int, Any] = {}
        self.text = ""
