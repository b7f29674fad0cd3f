"""The built-in functions of DMN 1.5 (10.3.4), by name."""

from xiaoneng.core.decisions.builtins import (
    aggregates,
    contexts,
    conversion,
    lists,
    numeric,
    ranges,
    strings,
    temporal,
)
from xiaoneng.core.decisions.builtins.registry import BUILTINS, Builtin

__all__ = [
    "BUILTINS",
    "Builtin",
    "aggregates",
    "contexts",
    "conversion",
    "lists",
    "numeric",
    "ranges",
    "strings",
    "temporal",
]
