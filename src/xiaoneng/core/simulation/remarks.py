"""What a reader of a simulation must know besides its figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Remark:
    """``kind`` for programs, ``element`` of the model (may be empty), an English template for people."""

    kind: str
    element: str
    message: str
    params: dict[str, Any] = field(default_factory=dict)
