"""Writes around bodies."""

from __future__ import annotations

import re

from django.db import transaction

from xiaoneng.apps.accounts.contracts import Person
from xiaoneng.apps.organisations.models import Body, Level, Membership
from xiaoneng.core.errors import BadInput, Place

# 6 digits down to the county, 9 for a township (GB/T 10114), 12 where a system pads
REGION_CODE = re.compile(r"\d{6}(\d{3}(\d{3})?)?")
# GB 32100: digits and capital letters without I, O, S, V, Z
CREDIT_CODE = re.compile(r"[0-9A-HJ-NP-RTUWXY]{18}")
ORDER = list(Level.values)


@transaction.atomic
def body_create(
    *, code: str, name: str, level: str, region_code: str, parent: Body | None = None, name_en: str = ""
) -> Body:
    """A new body below ``parent``.

    Raises:
        BadInput: the code or region has the wrong form, or the level does not lie below the parent's.
    """
    if not CREDIT_CODE.fullmatch(code):
        raise BadInput(
            "{code} is not a unified social credit code",
            place=Place(field="code"),
            expected="18 digits and capital letters",
            code=code,
        )
    if not REGION_CODE.fullmatch(region_code):
        raise BadInput(
            "{code} is not a region code",
            place=Place(field="region_code"),
            expected="6, 9 or 12 digits",
            code=region_code,
        )
    if parent is not None and ORDER.index(level) < ORDER.index(parent.level):
        raise BadInput(
            "a body on level {level} cannot lie below one on level {parent}",
            place=Place(field="level"),
            level=level,
            parent=parent.level,
        )
    path = f"{parent.path if parent else ''}{code}/"
    return Body.objects.create(
        code=code, name=name, name_en=name_en, level=level, region_code=region_code, parent=parent, path=path
    )


def membership_set(*, user: Person, body: int) -> None:
    """Let ``user`` work for the body with this key from now on."""
    Membership.objects.update_or_create(user_id=user.pk, defaults={"body_id": body})
