"""What can go wrong around uploaded logs."""

from __future__ import annotations

from typing import Any

from xiaoneng.core.errors import BadInput, XiaonengError


class NotALog(BadInput):
    """The uploaded file is none of the formats that can be read."""

    code = "not_a_log"


class TooLarge(BadInput):
    """The uploaded file exceeds the limit of this installation."""

    code = "too_large"


class WrongState(XiaonengError):
    """The log is not in the state in which this can be done, e.g. someone else already did it."""

    code = "wrong_state"


def as_json(error: XiaonengError) -> dict[str, Any]:
    """The error with its templates kept apart, so that each reader sees it in his own language."""
    return {
        "code": error.code,
        "message": error.message,
        "expected": error.expected,
        "hint": error.hint,
        "place": str(error.place) if error.place is not None else "",
        "params": {k: v if isinstance(v, (int, float)) else str(v) for k, v in error.params.items()},
    }


class Changed(XiaonengError):
    """The chain of a case has grown since it was read: read it again and start from there."""

    code = "changed"


class EventRefused(BadInput):
    """An event that the vocabulary does not know as it stands."""

    code = "event_refused"


class SealsDiffer(XiaonengError):
    """The seals in the database are not those in the folder beside it."""

    code = "seals_differ"
