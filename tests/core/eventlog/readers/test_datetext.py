"""Dates as text: every accepted form against the standard library, every refused one named."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiaoneng.core.eventlog.readers.datetext import NO_OFFSET, parse_clocks, which_first

MOMENT = st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31))
OFFSET = st.integers(-14 * 60, 14 * 60)


def _one(text: str, day_first: bool | None = None) -> tuple[datetime, int | None]:
    clocks = parse_clocks(pa.array([text]), day_first)
    assert clocks.bad is None, text
    offset = int(clocks.offset[0])
    return datetime(1970, 1, 1) + timedelta(
        microseconds=int(clocks.wall[0])
    ), None if offset == NO_OFFSET else offset


@settings(max_examples=300)
@given(st.lists(st.tuples(MOMENT, OFFSET), min_size=1, max_size=20))
def test_iso_with_offset(moments: list[tuple[datetime, int]]) -> None:
    stamps = [m.replace(tzinfo=timezone(timedelta(minutes=o))) for m, o in moments]
    clocks = parse_clocks(pa.array([s.isoformat() for s in stamps]))
    assert clocks.bad is None
    expected = [m - datetime(1970, 1, 1) for m, _ in moments]
    assert clocks.wall.tolist() == [round(e / timedelta(microseconds=1)) for e in expected]
    assert clocks.offset.tolist() == [o for _, o in moments]


@given(MOMENT)
def test_many_formats_of_one_moment(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    forms = [
        moment.strftime("%Y-%m-%d %H:%M:%S"),
        moment.strftime("%Y/%m/%d %H:%M:%S"),
        moment.strftime("%Y.%m.%d %H:%M:%S"),
        moment.strftime("%Y年%m月%d日 %H时%M分%S秒"),
        moment.strftime("%Y%m%d%H%M%S"),
        moment.strftime("%Y%m%d %H:%M:%S"),
        moment.strftime("%d-%b-%Y %I:%M:%S %p"),
        moment.strftime("%a %b %d %H:%M:%S %Y"),
        moment.strftime("%b %d, %Y %H:%M:%S"),
        f"{moment.year}-{moment.month}-{moment.day} {moment.hour}:{moment.minute:02}:{moment.second:02}",
    ]
    clocks = parse_clocks(pa.array(forms))
    assert clocks.bad is None
    wanted = (moment - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    assert clocks.wall.tolist() == [wanted] * len(forms)
    assert set(clocks.offset.tolist()) == {NO_OFFSET}


@pytest.mark.parametrize(
    ("text", "moment", "offset"),
    [
        ("2024-01-05", datetime(2024, 1, 5), None),
        ("2024年1月5日", datetime(2024, 1, 5), None),
        ("2024年1月5日下午3点05分", datetime(2024, 1, 5, 15, 5), None),
        ("2024-01-05 12:00 AM", datetime(2024, 1, 5), None),
        ("2024-01-05T09:03Z", datetime(2024, 1, 5, 9, 3), 0),
        ("2024-01-05 09:03:00,5 +0530", datetime(2024, 1, 5, 9, 3, 0, 500_000), 330),
        ("2024-01-05T09:03:00.123456789-05:00", datetime(2024, 1, 5, 9, 3, 0, 123_456), -300),
        ("Mon Jan 08 10:00:00 CST 2024", datetime(2024, 1, 8, 10), None),
        ("1704448800", datetime(2024, 1, 5, 10), 0),
        ("1704448800123", datetime(2024, 1, 5, 10, 0, 0, 123_000), 0),
        ("1969-12-31 23:59:59.999999", datetime(1969, 12, 31, 23, 59, 59, 999_999), None),
    ],
)
def test_forms(text: str, moment: datetime, offset: int | None) -> None:
    assert _one(text) == (moment, offset)


@pytest.mark.parametrize(
    "text",
    ["2024-02-30", "2023-02-29", "2024-13-01", "2024-00-10", "2024-01-05 24:00",
    "2024-01-05 10:60", "0000-01-01",
     "x", "12:00", "2024", "2024-01-05 10:00 EDT", "2024-01-05 13:00 PM", "2024-1-5x",
     "1900-02-29", "9" * 60, "2024/01-05"],
)  # fmt: skip
def test_what_is_no_date_is_named(text: str) -> None:
    clocks = parse_clocks(pa.array(["2024-01-01", "", None, text]))
    assert clocks.bad == 3
    assert clocks.valid.tolist() == [True, False, False, False]


def test_day_or_month_first_is_decided_by_proof_only() -> None:
    assert which_first(pa.array(["03/04/2024", "13/04/2024"])) is True
    assert which_first(pa.array(["03/04/2024", "04/13/2024"])) is False
    assert which_first(pa.array(["03/04/2024"])) is None
    assert which_first(pa.array(["13/04/2024", "04/13/2024"])) is None
    assert parse_clocks(pa.array(["2024-01-01", "03/04/2024"])).ambiguous == 1
    assert _one("03/04/2024", day_first=True)[0] == datetime(2024, 4, 3)
    assert _one("03/04/2024", day_first=False)[0] == datetime(2024, 3, 4)


@given(st.lists(st.one_of(st.none(), st.text(max_size=25), MOMENT.map(str))))
def test_any_text_gives_an_answer(texts: list[str | None]) -> None:
    clocks = parse_clocks(pa.array(texts, pa.string()))
    filled = np.array([bool(t) for t in texts], bool)
    assert not (clocks.valid & ~filled).any()
    assert (clocks.bad is None) == bool((clocks.valid == filled).all())


def test_ten_thousand_different_forms_cost_little() -> None:
    """Every form costs a pass over the block; so forms beyond any real column are not tried."""
    odd = [
        f"{'-' * (i % 7)}{'abcdefghij'[i % 10]}{i:013b}".replace("0", "x").replace("1", "y")
        for i in range(8_000)
    ]
    started = time.process_time()
    clocks = parse_clocks(pa.array(odd), go_on=True)
    assert clocks.bad == 0
    assert time.process_time() - started < 3
