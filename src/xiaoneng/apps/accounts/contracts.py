"""What other parts may hold about accounts."""

from __future__ import annotations

# The demonstration users are for looking around on one's own machine; all share this password, which README and the
# sign-in page name. A platform with real data has no demonstration users (``xiaoneng up --no-demo``).
DEMO_PASSWORD = "yunling-2026"  # noqa: S105  # published on purpose
