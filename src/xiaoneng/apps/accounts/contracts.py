"""What other parts may hold about accounts."""

from __future__ import annotations

from typing import Protocol

from xiaoneng.apps.accounts.roles import Role

# The demonstration users are for looking around on one's own machine; all share this password, which README
# and the
# sign-in page name. A platform with real data has no demonstration users (``xiaoneng up --no-demo``).
DEMO_PASSWORD = "yunling-2026"  # noqa: S105  # published on purpose


class Person(Protocol):
    """A user as others see it: read only."""

    @property
    def pk(self) -> int: ...

    @property
    def username(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def role(self) -> str: ...

    @property
    def role_data(self) -> Role: ...

    @property
    def phone(self) -> str: ...

    @property
    def is_active(self) -> bool: ...

    def may(self, permission: str) -> bool:
        """Whether this active user holds ``permission``."""
        ...
