"""What happened in a case, as far as the statutory clock is concerned: frozen records, nothing computed.

Every moment carries an offset; its legal day is the one in Asia/Shanghai.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from xiaoneng.core.clock.counting import Extension
from xiaoneng.core.clock.light import DEFAULT_LIGHT, LightRule
from xiaoneng.core.clock.limits import Limit, Unit


class StopKind(StrEnum):
    """The eight procedures that art. 45 of the Licensing Law excludes, and no others."""

    HEARING = "hearing"
    """听证"""
    TENDER = "tender"
    """招标"""
    AUCTION = "auction"
    """拍卖"""
    INSPECTION = "inspection"
    """检验"""
    TESTING = "testing"
    """检测"""
    QUARANTINE = "quarantine"
    """检疫"""
    APPRAISAL = "appraisal"
    """鉴定"""
    EXPERT_REVIEW = "expert_review"
    """专家评审"""


class Owner(StrEnum):
    """Whose time a day is."""

    OWN = "own"
    APPLICANT = "applicant"
    OTHER_BODY = "other_body"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class StopNotice:
    """The written notice of art. 45: without it a stop has no effect. ``told_end`` is the end it names."""

    document: str
    told_end: datetime | None = None
    at: datetime | None = None
    """When it was given; None = with the start of the stop. A later notice takes effect when it is given."""


@dataclass(frozen=True, slots=True)
class Stop:
    """An excluded procedure (特别程序). Excludes the days ``(start, min(actual end, told end)]``."""

    kind: StopKind
    start: datetime
    end: datetime | None = None
    """The actual end."""
    notices: tuple[StopNotice, ...] = ()
    """In order; a further one renews the stop beyond the told end."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CorrectionNotice:
    """补正告知: what is missing. Only the first may name anything; later ones only what it named, or new
    facts.
    """

    at: datetime
    items: frozenset[str] = frozenset()
    new_facts: bool = False
    document: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """Time of the applicant or another body that does not stop the clock; it is told apart, not taken off."""

    owner: Owner
    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """One case. ``entered`` is the entry into the designated system (法释〔2009〕20号 art. 6)."""

    entered: datetime
    acknowledged: datetime | None = None
    notices: tuple[CorrectionNotice, ...] = ()
    resubmissions: tuple[datetime, ...] = ()
    accepted: datetime | None = None
    """The date of the voucher of acceptance (受理)."""
    refused: datetime | None = None
    """The date of the voucher of refusal to accept (不予受理)."""
    stops: tuple[Stop, ...] = ()
    extensions: tuple[Extension, ...] = ()
    waits: tuple[Wait, ...] = ()
    decided: datetime | None = None
    delivered: datetime | None = None
    legal_not_before: date | None = None
    promised_not_before: date | None = None
    """Due dates held by :func:`xiaoneng.core.clock.redate`: never overdue retroactively."""


CORRECTION_WINDOW = Limit(5, Unit.WORKING_DAY, start="receipt", basis="行政许可法 art. 32(4)")
DELIVERY = Limit(10, Unit.WORKING_DAY, start="decision", basis="行政许可法 art. 44")


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits and rules under which a case runs: those of its item's version."""

    legal: Limit
    promised: Limit | None = None
    correction: Limit = CORRECTION_WINDOW
    delivery: Limit | None = None
    needs_acknowledgement: bool = False
    """The item counts from the acknowledgement of receipt, not from entry."""
    closes_at: time | None = None
    """Close of business as the cut-off; None = 24:00."""
    light: LightRule = DEFAULT_LIGHT
