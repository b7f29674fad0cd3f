"""When a case starts and when it is finished, as SQL over ``cases``.

A case that states its own start and end (mapped columns ``started``, ``finished``) is believed. Otherwise it
starts with its first event, and ends with its last one unless the log says that it is still open.
"""

from __future__ import annotations

from xiaoneng.core.mining.context import Context

START = "coalesce(started, first_local)"
"""Wall clock."""


def end(context: Context) -> str:
    """Wall clock of the finish, null for an open case."""
    if context.mapped("finished"):
        return "finished"
    return "CASE WHEN open THEN NULL ELSE last_local END"


def elapsed_s(context: Context) -> str:
    """Seconds from start to finish of a finished case, between instants where the log gives both."""
    if context.mapped("finished"):
        return f"coalesce(stated_s, (epoch_us(finished) - epoch_us({START})) / 1e6)"
    return "duration_s"


def stated(context: Context) -> bool:
    """Whether the end comes from the case itself rather than from its last event."""
    return context.mapped("finished")
