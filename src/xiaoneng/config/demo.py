"""Load the demo province into an empty platform: bodies, people, cases, indicators."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from xiaoneng.apps.accounts import selectors as accounts
from xiaoneng.apps.accounts.contracts import DEMO_PASSWORD
from xiaoneng.apps.accounts.roles import roles
from xiaoneng.apps.accounts.services import user_create
from xiaoneng.apps.organisations import selectors as organisations
from xiaoneng.apps.organisations.services import membership_set

Progress = Callable[[float, str], None]


def load_if_empty(*, progress: Progress, again: bool) -> bool:
    """Load the demo province unless there is data; False when there is and ``again`` is not set."""
    if not again and accounts.anybody():
        return False
    create_people()
    progress(1.0, "people")
    return True


@transaction.atomic
def create_people() -> None:
    """One user per role, each in a body that fits; the demonstration password for all."""
    now = timezone.now()
    body = organisations.top()
    for code, role in roles().items():
        if accounts.exists(code):
            continue
        user = user_create(
            username=code, name=role.name_zh, role=code, password=DEMO_PASSWORD, at=now, is_demo=True
        )
        if body is not None and role.scope != "own":
            membership_set(user=user, body=body.id)
