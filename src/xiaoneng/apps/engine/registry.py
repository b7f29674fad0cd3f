"""Connectors by name: what a service task with ``xn:connector`` calls. ``config`` registers them."""

from __future__ import annotations

from collections.abc import Mapping

from xiaoneng.apps.engine.contracts import Connector

_connectors: dict[str, Connector] = {}


def register(connectors: Mapping[str, Connector]) -> None:
    """Offer connectors; the same name may be registered again for the same function only."""
    for name, connector in connectors.items():
        if _connectors.setdefault(name, connector) is not connector:
            raise ValueError(f"connector {name} is registered twice")


def connectors() -> dict[str, Connector]:
    """A copy of the registered connectors by name."""
    return dict(_connectors)
