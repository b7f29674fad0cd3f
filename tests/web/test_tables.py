"""The table part: filter, sort, pages, export."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.http import Http404
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from xiaoneng.web.exports import download, harmless
from xiaoneng.web.tables import Asked, Cell, Column, arranged, asked, table

COLUMNS = (Column("name", "Name"), Column("n", "N", numeric=True))


def rows(*pairs: tuple[str, float | None]) -> list[list[Cell]]:
    return [[Cell(name), Cell("–" if n is None else str(n), n)] for name, n in pairs]


def shown(address: str, data: list[list[Cell]], **more: Any) -> Any:
    return table(RequestFactory().get(address), "t", "T", COLUMNS, data, **more)


def test_filter_counts_what_is_left() -> None:
    found = shown("/?t_q=B&other=1", rows(("abc", 1), ("xyz", 2)))
    assert (found.matching, found.total) == (1, 2)
    assert ("other", "1") in found.hidden


def test_numbers_sort_as_numbers_and_nothing_stays_last() -> None:
    data = rows(("a", 10), ("b", None), ("c", 9))
    assert [r[0].text for r in shown("/?t_sort=n", data).rows] == ["c", "a", "b"]
    assert [r[0].text for r in shown("/?t_sort=-n", data).rows] == ["a", "c", "b"]


def test_a_click_sorts_and_the_next_one_turns_it() -> None:
    first = shown("/", rows(("a", 1)))
    assert "t_sort=-n" in first.heads[1].href
    assert "t_sort=name" in first.heads[0].href
    again = shown("/?t_sort=name", rows(("a", 1)))
    assert again.heads[0].sorted == "ascending"
    assert "t_sort=-name" in again.heads[0].href


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "1e9", "٣", "9" * 20])
def test_odd_pages_show_something(page: str) -> None:
    found = shown(f"/?t_page={page}", rows(*((str(n), n) for n in range(30))), page_size=10)
    assert found.rows
    assert 1 <= found.page <= 3


def test_pages_lead_to_each_other() -> None:
    found = shown("/?t_page=2&t_q=", rows(*((str(n), n) for n in range(30))), page_size=10)
    assert (found.first, found.last) == (11, 20)
    assert "t_page=1" in found.previous_href
    assert "t_page=3" in found.next_href


@given(
    st.lists(st.tuples(st.text(max_size=5), st.one_of(st.none(), st.floats(allow_nan=False)))), st.booleans()
)
def test_sorting_loses_no_row(pairs: list[tuple[str, float | None]], descending: bool) -> None:
    data = rows(*pairs)
    found = arranged(COLUMNS, data, Asked("", "n", descending, 1))
    assert sorted(map(repr, found)) == sorted(repr(tuple(r)) for r in data)
    values = [r[1].value for r in found if r[1].value is not None]
    assert values == sorted(values, reverse=descending)  # type: ignore[type-var]  # only numbers are left


def test_csv_runs_nothing_and_opens_as_chinese() -> None:
    data = [[Cell("=1+1"), Cell("2", -2.5)], [Cell("@SUM(A1)"), Cell("–")], [Cell("正常"), Cell("x", "+x")]]
    content = download("csv", "名", COLUMNS, data).content
    assert content.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert read == [["Name", "N"], ["'=1+1", "-2.5"], ["'@SUM(A1)", "–"], ["正常", "'+x"]]
    assert harmless(-3) == -3


def test_xlsx_keeps_numbers_and_runs_nothing() -> None:
    content = download("xlsx", "x", COLUMNS, [[Cell("=1+1"), Cell("2.5", 2.5)]]).content
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert [[c.value for c in row] for row in sheet.iter_rows()] == [["Name", "N"], ["=1+1", 2.5]]
    assert sheet["A2"].data_type == "s"


def test_other_kinds_do_not_exist() -> None:
    with pytest.raises(Http404):
        download("exe", "x", COLUMNS, [])


def test_the_state_is_read_defensively() -> None:
    request = RequestFactory().get("/", {"t_q": "x" * 500, "t_sort": "--n"})
    assert len(asked(request, "t").query) == 100
    assert arranged(COLUMNS, rows(("a", 1)), Asked("", "no such", True, 1))
