"""Calendar files: what an office may write, and how a mistake is told."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoneng.core.calendar import DayKind, load_calendar, work_clock
from xiaoneng.core.calendar.strict_toml import parse_toml
from xiaoneng.core.errors import BadInput, HostileInput, NotFound, XiaonengError

HEAD = 'format = "xiaoneng-calendar"\nversion = 1\nname = "test"\nextends = "cn"\n'
YEAR = """
[[year]]
year = 2027
source = "国办发明电〔2026〕1号"
off = [
  { name = "元旦", from = 2026-12-31, to = 2027-01-03 },
  { name = "春节", from = 2027-02-05, to = 2027-02-11 },
]
work = [{ name = "春节", on = 2027-02-14 }]
"""


def write(folder: Path, text: str, name: str = "office.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_new_year(tmp_path: Path) -> None:
    calendar = load_calendar(write(tmp_path, HEAD + YEAR))
    assert calendar.last == date(2027, 12, 31)
    assert calendar.day(date(2026, 12, 31)).kind is DayKind.HOLIDAY
    assert calendar.day(date(2027, 2, 14)).label == "春节"
    assert calendar.is_working(date(2027, 2, 14))
    assert calendar.add(date(2026, 12, 30), 1) == date(2027, 1, 4)
    assert calendar.sources[2027] == "国办发明电〔2026〕1号"
    assert calendar.fingerprint != load_calendar("cn").fingerprint


def test_local_days_half_days_weeks_and_seasons(tmp_path: Path) -> None:
    text = HEAD + (
        'hours = ["08:00-12:00", "14:00-18:00"]\n'
        '[[week]]\nfrom = 2026-07-01\nsat = "morning"\n'
        '[[local]]\non = 2026-08-05\nkind = "rest"\nreason = "州庆"\n'
        '[[local]]\non = 2026-08-09\nkind = "work"\nhours = ["09:00-10:00"]\nreason = "防汛"\n'
        '[[local]]\nfrom = 2026-06-01\nto = 2026-06-30\nkind = "hours"\n'
        'hours = ["07:00-13:00"]\nreason = "夏令时"\n'
    )
    calendar = load_calendar(write(tmp_path, text))
    clock = work_clock(calendar)

    def hours_on(day: date) -> float:
        start = datetime(day.year, day.month, day.day) - datetime(1970, 1, 1)
        ends = np.array([start, start + timedelta(days=1)], "timedelta64[us]").astype(np.int64)
        low, high = clock.seconds(ends)
        return float(high - low) / 3600

    assert hours_on(date(2026, 3, 2)) == 8
    assert hours_on(date(2026, 7, 4)) == 4
    assert not calendar.is_working(date(2026, 6, 27))
    assert calendar.day(date(2026, 8, 5)).kind is DayKind.LOCAL_REST
    assert hours_on(date(2026, 8, 9)) == 1
    assert hours_on(date(2026, 6, 1)) == 6
    assert hours_on(date(2026, 6, 6)) == 0
    assert calendar.between(date(2026, 7, 3), date(2026, 7, 4)) == 1  # a half day is one working day


def test_other_hours_leave_special_days_alone(tmp_path: Path) -> None:
    text = HEAD + '[[local]]\non = 2026-03-09\nkind = "hours"\nhours = "afternoon"\nreason = "半天"\n'
    calendar = load_calendar(write(tmp_path, text))
    start = (date(2026, 3, 9) - date(1970, 1, 1)).days * 86_400_000_000
    low, high = work_clock(calendar).seconds(np.array([start, start + 86_400_000_000 - 1], np.int64))
    assert high - low == 4 * 3600


def test_a_county_extends_its_city(tmp_path: Path) -> None:
    write(tmp_path, HEAD + YEAR, "city.toml")
    text = (
        HEAD.replace('"cn"', '"city.toml"') + '[[local]]\non = 2027-03-03\nkind = "rest"\nreason = "三月三"\n'
    )
    calendar = load_calendar(write(tmp_path, text))
    assert not calendar.is_working(date(2027, 3, 3))
    assert not calendar.is_working(date(2027, 1, 1))


BROKEN = [
    ("version = 1", "version = 2", 2, "version"),
    ("version = 1", "version = true", 2, "version"),
    ('format = "xiaoneng-calendar"', 'format = "x"', 1, "format"),
    ('name = "test"', 'name = ""', 3, "name"),
    ('extends = "cn"', 'extends = "../cn.toml"', 4, "extends"),
    ('extends = "cn"', 'extends = "office.toml"', 4, "extends"),
    ('extends = "cn"', "", None, "extends"),
    ("year = 2027", "year = 2028", 7, "year[1].year"),
    ("year = 2027", "year = 2026", 7, "year[1].year"),
    ("year = 2027", "year = true", 7, "year[1].year"),
    ('source = "国办发明电〔2026〕1号"', "", None, "year[1].source"),
    ("on = 2027-02-14", "on = 2027-02-15", 13, "year[1].work[1].on"),
    ("on = 2027-02-14", 'on = "2027-02-14"', 13, "year[1].work[1].on"),
    ("on = 2027-02-14", "on = 2027-02-14T09:00:00", 13, "year[1].work[1].on"),
    ("on = 2027-02-14", "on = 2026-06-14", 13, "year[1].work[1].on"),
    ("on = 2027-02-14", "on = 2027-02-11", 13, "year[1].work[1].on"),
    ("to = 2027-02-11", "to = 2027-02-01", 11, "year[1].off[2].to"),
    ("to = 2027-02-11", "too = 2027-02-11", 11, "year[1].off[2].too"),
    ("to = 2027-02-11", "to = 2028-02-11", 11, "year[1].off[2].to"),
    ("off = [", "off = [1,", 9, "year[1].off"),
]


@pytest.mark.parametrize(("good", "bad", "line", "field"), BROKEN)
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, good: str, bad: str, line: int | None, field: str
) -> None:
    text = HEAD + YEAR
    assert good in text
    with pytest.raises(BadInput) as caught:
        load_calendar(write(tmp_path, text.replace(good, bad)))
    place = caught.value.place
    assert place is not None
    assert place.file is not None
    assert place.file.endswith("office.toml")
    assert place.field == field
    assert line is None or place.line == line
    assert caught.value.expected


LOCAL = '[[local]]\non = 2026-08-05\nkind = "rest"\nreason = "x"\n'


@pytest.mark.parametrize(
    ("tail", "field"),
    [
        (LOCAL + LOCAL, "local[2].on"),
        (LOCAL.replace('"rest"', '"holiday"'), "local[1].kind"),
        (LOCAL + 'hours = ["09:00-10:00"]\n', "local[1].hours"),
        (LOCAL.replace("rest", "hours"), "local[1].hours"),
        (LOCAL.replace("rest", "hours") + 'hours = "noon"\n', "local[1].hours"),
        (LOCAL.replace('"rest"', '"hours"\nhours = "morning"').replace("08-05", "08-08"), "local[1].kind"),
        (LOCAL.replace("2026", "2030"), "local[1].on"),
        ("[[week]]\nfrom = 2026-01-01\n", "week[1]"),
        ('[[week]]\nsat = "never"\n', "week[1].sat"),
        ('hours = ["25:00-26:00"]\n', "hours"),
        ('holidays = ["2026-01-01"]\n', "holidays"),
    ],
)
def test_local_mistakes(tmp_path: Path, tail: str, field: str) -> None:
    with pytest.raises(BadInput) as caught:
        load_calendar(write(tmp_path, HEAD + tail))
    assert caught.value.place is not None
    assert caught.value.place.field == field


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load_calendar(tmp_path / "missing.toml")
    with pytest.raises(BadInput):
        load_calendar(tmp_path)
    binary = tmp_path / "gbk.toml"
    binary.write_bytes(HEAD.encode() + "\n\n# 日历".encode("gbk"))
    with pytest.raises(BadInput) as caught:
        load_calendar(binary)
    assert caught.value.place is not None
    assert caught.value.place.line == 7
    with pytest.raises(HostileInput):
        load_calendar(write(tmp_path, "#" * 2_000_000))
    with pytest.raises(HostileInput):
        load_calendar(write(tmp_path, "a = " + "[" * 5000))
    with pytest.raises(BadInput) as caught:
        load_calendar(write(tmp_path, HEAD + "a = = 1\n"))
    assert caught.value.place is not None
    assert (caught.value.place.line, caught.value.place.column) == (5, 5)


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + YEAR).replace("\n", "\r\n").encode())
    assert load_calendar(path).last == date(2027, 12, 31)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(XiaonengError):
        parse_toml(text, "any.toml")


def test_the_documented_file_is_read(tmp_path: Path) -> None:
    page = Path(__file__).parents[3] / "docs/reference/calendar-file.md"
    text = page.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    calendar = load_calendar(write(tmp_path, text))
    assert calendar.last == date(2027, 12, 31)
    assert calendar.is_working(date(2026, 7, 4))
    assert calendar.day(date(2026, 8, 8)).label == "州庆"
