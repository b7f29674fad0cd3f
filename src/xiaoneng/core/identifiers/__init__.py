"""Identifiers of Chinese administration: social credit code, ID number, item, licence and region codes.

Each check is pure and answers with one :class:`Identifier`; a wrong value is an answer, never an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xiaoneng.core.identifiers.item import check_item
from xiaoneng.core.identifiers.licence import check_licence
from xiaoneng.core.identifiers.region import check_region
from xiaoneng.core.identifiers.resident import check_resident
from xiaoneng.core.identifiers.result import MESSAGES, Identifier, Problem, explain
from xiaoneng.core.identifiers.uscc import check_uscc

CHECKS: Mapping[str, Callable[[str], Identifier]] = {
    "uscc": check_uscc,
    "resident": check_resident,
    "item": check_item,
    "licence": check_licence,
    "region": check_region,
}
"""Kind to check, for edges that take the kind as a word."""

__all__ = [
    "CHECKS",
    "MESSAGES",
    "Identifier",
    "Problem",
    "check_item",
    "check_licence",
    "check_region",
    "check_resident",
    "check_uscc",
    "explain",
]
