"""What service tasks may call (``xn:connector``): the one place where the engine meets the other parts.

A connector is called outside of any transaction and may be called again with the same ``Call.key``; what it
raises is tried again, what it answers completes the task.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from xiaoneng.apps.engine.contracts import Answer, Call, Connector
from xiaoneng.core.identifiers import CHECKS

IDENTIFIERS: Final = ("uscc", "resident", "licence")


def check_identifiers(call: Call) -> Answer:
    """标识校验: whether the identifiers that the case holds are well formed (``uscc``, ``resident``,
    ``licence``); those that it does not hold are not judged."""
    given = {kind: call.data.get(kind) for kind in IDENTIFIERS}
    wrong = [kind for kind, value in given.items() if value and not CHECKS[kind](str(value)).valid]
    return Answer({"identifiers_valid": not wrong, "identifiers_wrong": wrong})


def record(_call: Call) -> Answer:
    """登记: an act of the platform itself, such as acceptance; that it is done and when is all there is to
    know."""
    return Answer()


CONNECTORS: Final[Mapping[str, Connector]] = {"check-identifiers": check_identifiers, "record": record}
