"""When is a case accepted? Receipt, the one correction notice, resubmissions, the voucher, deemed acceptance.

行政许可法 art. 32: the office has five working days to name everything that is missing, once. Silence is
acceptance, back-dated to the receipt; after a resubmission, to the resubmission.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from xiaoneng.core.calendar import WorkingCalendar
from xiaoneng.core.clock.facts import CorrectionNotice, Facts, Rules
from xiaoneng.core.clock.moments import legal_day
from xiaoneng.core.clock.problems import Problem, Weight
from xiaoneng.core.clock.rulers import reach, ruler_for
from xiaoneng.core.errors import BadInput, CalendarNotPublished

RESUBMITTED, NOTIFIED, REFUSED, ACCEPTED = range(4)
"""Kinds of events, in the order in which they are taken when they bear the same time."""
LATE = {
    RESUBMITTED: ("resubmission_unasked", "nothing was asked for before {day}"),
    NOTIFIED: (
        "late_notice",
        "the correction notice of {day} has no effect: the window closed on {closed}; accepted {on}",
    ),
    REFUSED: ("late_refusal", "the refusal of {day} has no effect: deemed accepted {on}"),
    ACCEPTED: ("late_voucher", "the acceptance voucher of {day} is late: deemed accepted {on}"),
}
"""What is said of an act that comes after silence has accepted the case."""


class How(StrEnum):
    """How the acceptance came about, or why there is none yet."""

    VOUCHER = "voucher"
    DEEMED = "deemed"
    DEEMED_RESUBMITTED = "deemed_resubmitted"
    REFUSED = "refused"
    WAITING_APPLICANT = "waiting_applicant"
    EXAMINING = "examining"
    """The window is open."""
    NOT_ARRIVED = "not_arrived"
    """The item needs an acknowledgement that has not been given."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The outcome. ``on`` is the day from which the decision's limit runs; None while there is none."""

    how: How
    received: date | None
    on: date | None
    at: datetime | None
    window_ends: date | None
    """The last day on which the office may still name what is missing; None when the calendar does not
    reach.
    """
    applicant_spans: tuple[tuple[date, date | None], ...]
    """Waiting for corrections, ``(from, to]``: the applicant's time."""
    problems: tuple[Problem, ...]
    calendar_missing: bool = False


def acceptance(facts: Facts, rules: Rules, calendar: WorkingCalendar, as_of: datetime) -> Acceptance:
    """Replay receipt, notices, resubmissions and vouchers in the order of time."""
    arrived = facts.acknowledged if rules.needs_acknowledgement else facts.entered
    if arrived is None:
        return Acceptance(How.NOT_ARRIVED, None, None, None, None, (), ())
    return _Replay(facts, rules, calendar, arrived, legal_day(as_of)).run()


class _Replay:
    """One walk through the events; the state is which window is open, or whether the applicant is waited
    for.
    """

    def __init__(
        self, facts: Facts, rules: Rules, calendar: WorkingCalendar, arrived: datetime, today: date
    ) -> None:
        self.facts, self.rules, self.today = facts, rules, today
        self.ruler = ruler_for(rules.correction.unit, calendar)
        self.received = legal_day(arrived)
        self.opened = arrived
        """The moment to which silence dates the acceptance back."""
        self.window_ends = self._window(self.received)
        self.waiting_since: date | None = None
        self.first: CorrectionNotice | None = None
        self.spans: list[tuple[date, date | None]] = []
        self.problems: list[Problem] = []

    def _window(self, day: date) -> date | None:
        try:
            return reach(self.ruler, day, self.rules.correction.value, ())
        except CalendarNotPublished:
            return None

    def run(self) -> Acceptance:
        facts = self.facts
        events: list[tuple[datetime, int, CorrectionNotice | None]] = []
        events += [(at, RESUBMITTED, None) for at in facts.resubmissions]
        events += [(notice.at, NOTIFIED, notice) for notice in facts.notices]
        events += [(at, REFUSED, None) for at in (facts.refused,) if at]
        events += [(at, ACCEPTED, None) for at in (facts.accepted,) if at]
        for at, kind, notice in sorted(events, key=lambda entry: entry[:2]):
            day = legal_day(at)
            if day < self.received:
                raise BadInput(
                    "an act of {day} lies before the receipt on {received}",
                    expected="acts on or after the receipt",
                    day=day.isoformat(),
                    received=self.received.isoformat(),
                )
            if self._silent(day):
                return self._deemed(day, kind)
            if kind == RESUBMITTED:
                self._resubmitted(day, at)
            elif notice is not None:
                self._notified(day, notice)
            else:
                return self._by_voucher(day, at, How.REFUSED if kind == REFUSED else How.VOUCHER)
        if self._silent(self.today):
            return self._deemed(None, None)
        how = How.EXAMINING if self.waiting_since is None else How.WAITING_APPLICANT
        missing = self.window_ends is None and self.waiting_since is None
        return self._outcome(how, None, missing=missing)

    def _silent(self, day: date) -> bool:
        """Whether the open window has passed by the beginning of ``day`` without a word."""
        return self.waiting_since is None and self.window_ends is not None and day > self.window_ends

    def _resubmitted(self, day: date, at: datetime) -> None:
        if self.waiting_since is None:
            self._problem(
                "resubmission_unasked", Weight.WARNING, day, "nothing was asked for before {day}", day=day
            )
            return
        self.spans.append((self.waiting_since, day))
        self.waiting_since = None
        self.opened = at
        self.window_ends = self._window(day)

    def _notified(self, day: date, notice: CorrectionNotice) -> None:
        first = self.first
        if self.waiting_since is not None:
            self._problem(
                "second_notice",
                Weight.REFUSED,
                day,
                "the correction notice of {day} has no effect: everything missing must be named at once",
                day=day,
            )
            return
        if first is not None and not notice.new_facts and not notice.items <= first.items:
            self._problem(
                "notice_beyond_first",
                Weight.REFUSED,
                day,
                "the correction notice of {day} has no effect: it asks for what the first did not name",
                day=day,
            )
            return
        if first is not None and notice.new_facts:
            self._problem(
                "notice_new_facts",
                Weight.SIGNAL,
                day,
                "the correction notice of {day} names new facts after the first notice",
                day=day,
            )
        self.first = first or notice
        self.waiting_since = day

    def _by_voucher(self, day: date, at: datetime, how: How) -> Acceptance:
        if self.waiting_since is not None:
            self.spans.append((self.waiting_since, day))
            self.waiting_since = None
        elif how is How.VOUCHER and day == self.window_ends and self.rules.correction.value > 0:
            self._problem(
                "voucher_on_last_day",
                Weight.SIGNAL,
                day,
                "accepted on the last day of the window {day} without asking for anything",
                day=day,
            )
        return self._outcome(how, at if how is How.VOUCHER else None)

    def _deemed(self, day: date | None, kind: int | None) -> Acceptance:
        """The window passed in silence; what came later (at ``day``) has no effect on the acceptance."""
        if day is not None:
            code, message = LATE[kind or RESUBMITTED]
            closed = self.window_ends.isoformat() if self.window_ends else ""
            on = legal_day(self.opened).isoformat()
            weight = Weight.REFUSED if kind else Weight.WARNING
            self._problem(code, weight, day, message, day=day, closed=closed, on=on)
        how = How.DEEMED_RESUBMITTED if self.spans else How.DEEMED
        self._problem(
            "deemed_accepted",
            Weight.WARNING,
            legal_day(self.opened),
            "deemed accepted on {on}: the window closed on {closed} without a word",
            on=legal_day(self.opened),
            closed=self.window_ends,
        )
        return self._outcome(how, self.opened)

    def _outcome(self, how: How, at: datetime | None, *, missing: bool = False) -> Acceptance:
        spans = list(self.spans)
        if self.waiting_since is not None:
            spans.append((self.waiting_since, None))
        return Acceptance(
            how=how,
            received=self.received,
            on=legal_day(at) if at else None,
            at=at,
            window_ends=self.window_ends if self.waiting_since is None else None,
            applicant_spans=tuple(spans),
            problems=tuple(self.problems),
            calendar_missing=missing,
        )

    def _problem(self, code: str, weight: Weight, day: date, message: str, /, **params: object) -> None:
        texts = {k: v.isoformat() if isinstance(v, date) else v for k, v in params.items()}
        self.problems.append(Problem(code, weight, day, message, texts))
