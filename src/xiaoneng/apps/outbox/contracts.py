"""What a handler gets and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

Effect = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Job:
    """One claimed message. ``lease`` proves that this claim is the present one."""

    id: int
    topic: str
    payload: dict[str, Any]
    attempt: int
    lease: str


# A handler works outside any transaction (it may take minutes) and returns its effect. The effect runs in
# the very
# transaction that marks the message done, and only if the claim still holds: so it happens exactly once,
# although the
# work before it may be repeated after a crash.
Handler = Callable[[Job], Effect]
OnDead = Callable[[dict[str, Any], str], None]


@dataclass(frozen=True, slots=True)
class Topic:
    """How a topic is handled: at most ``attempts`` tries, waiting ``backoff``, twice that, four times that,
    … between."""

    name: str
    handler: Handler
    on_dead: OnDead | None = None
    attempts: int = 5
    backoff: timedelta = field(default=timedelta(seconds=5))
