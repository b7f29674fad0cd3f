"""Which column plays which role."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True, slots=True)
class Mapping:
    """Column (or XES key; ``case:`` prefix for case attributes) per role.

    None: not decided, a reader may guess. ``""``: decided that the log has no such column.
    """

    case: str | None = None
    activity: str | None = None
    time: str | None = None
    end: str | None = None
    resource: str | None = None
    role: str | None = None
    body: str | None = None
    lifecycle: str | None = None
    deadline: str | None = None
    planned: str | None = None
    started: str | None = None
    finished: str | None = None
    item: str | None = None
    item_body: str | None = None
    status: str | None = None

    def as_dict(self) -> dict[str, str]:
        """Role → column, without the absent ones."""
        return {role: column for role, column in asdict(self).items() if column}


ROLES: tuple[str, ...] = tuple(f.name for f in fields(Mapping))
