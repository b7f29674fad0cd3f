"""The table with filter, sort, pages and export: one part for every list on every page.

The state of a table is in the address (``KEY_q``, ``KEY_sort``, ``KEY_page``), so it works without scripts,
can be sent to
a colleague, and the back button goes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, QueryDict

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key in the address, its title, whether it holds numbers, whether it can be sorted."""

    key: str
    title: Any
    numeric: bool = False
    sortable: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: what is read, by what it is sorted and exported (the text where None), where it leads, its
    light."""

    text: Any
    value: float | int | str | None = None
    href: str = ""
    light: str = ""
    note: Any = ""

    @property
    def sort_key(self) -> tuple[int, float, str]:
        """Numbers before texts, nothing last."""
        if isinstance(self.value, int | float):
            return (0, float(self.value), "")
        text = str(self.text if self.value is None else self.value)
        return (1, 0.0, text) if text not in ("", "–") else (2, 0.0, "")

    @property
    def exported(self) -> float | int | str:
        """What a spreadsheet gets."""
        return str(self.text) if self.value is None else self.value


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head as it is shown: where a click leads, how it is sorted now."""

    column: Column
    href: str
    sorted: str  # "", "ascending", "descending"


@dataclass(frozen=True, slots=True)
class Table:
    """A table ready to be shown."""

    key: str
    caption: Any
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    matching: int
    first: int
    page: int
    pages: int
    query: str
    previous_href: str
    next_href: str
    hidden: tuple[tuple[str, str], ...]
    searchable: bool = True
    exports: tuple[tuple[str, str], ...] = ()
    labels: tuple[str, ...] = field(default=())

    @property
    def last(self) -> int:
        """The number of the last row shown."""
        return self.first + len(self.rows) - 1

    @property
    def labelled_rows(self) -> list[list[tuple[Cell, Column]]]:
        """Each cell with its column: on a phone every cell names itself."""
        return [
            [(cell, head.column) for cell, head in zip(row, self.heads, strict=True)] for row in self.rows
        ]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address says about one table."""

    query: str
    sort: str
    descending: bool
    page: int


def asked(request: HttpRequest, key: str) -> Asked:
    """Read the state of table ``key`` from the address; anything odd means the default."""
    sort = request.GET.get(f"{key}_sort", "")
    page = request.GET.get(f"{key}_page", "1")
    return Asked(
        query=request.GET.get(f"{key}_q", "").strip()[:100],
        sort=sort.lstrip("-"),
        descending=sort.startswith("-"),
        page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 8 else 1,
    )


def arranged(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], state: Asked
) -> list[tuple[Cell, ...]]:
    """The rows that contain the query, sorted as asked; rows without a value stay last in either
    direction."""
    needle = state.query.casefold()
    kept = [tuple(r) for r in rows if not needle or any(needle in str(c.text).casefold() for c in r)]
    index = next((i for i, c in enumerate(columns) if c.key == state.sort and c.sortable), None)
    if index is None:
        return kept
    empty = [r for r in kept if r[index].sort_key[0] == 2]
    full = [r for r in kept if r[index].sort_key[0] != 2]
    return sorted(full, key=lambda r: r[index].sort_key, reverse=state.descending) + empty


def table(
    request: HttpRequest,
    key: str,
    caption: Any,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    page_size: int = PAGE_SIZE,
    exports: Sequence[tuple[str, str]] = (),
    searchable: bool = True,
) -> Table:
    """A table over rows in memory (some thousands at most); lists in a database are paged there, see
    ``paged``."""
    state = asked(request, key)
    kept = arranged(columns, rows, state)
    pages = max(1, -(-len(kept) // page_size))
    page = min(state.page, pages)
    shown = kept[(page - 1) * page_size : page * page_size]
    return paged(
        request,
        key,
        caption,
        columns,
        shown,
        total=len(rows),
        matching=len(kept),
        page=page,
        page_size=page_size,
        exports=exports,
        searchable=searchable,
    )


def paged(
    request: HttpRequest,
    key: str,
    caption: Any,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    total: int,
    matching: int,
    page: int,
    page_size: int = PAGE_SIZE,
    exports: Sequence[tuple[str, str]] = (),
    searchable: bool = True,
) -> Table:
    """A table whose rows were filtered, sorted and cut to one page by the caller."""
    state = asked(request, key)
    pages = max(1, -(-matching // page_size))
    heads = tuple(_head(request, key, column, state) for column in columns)
    own = {f"{key}_q", f"{key}_page"}
    hidden = tuple((k, v) for k, values in request.GET.lists() if k not in own for v in values)
    query = request.GET.urlencode()
    return Table(
        key=key,
        caption=caption,
        heads=heads,
        rows=tuple(tuple(r) for r in rows),
        total=total,
        matching=matching,
        first=(page - 1) * page_size + 1 if rows else 0,
        page=page,
        pages=pages,
        query=state.query,
        previous_href=_href(request, **{f"{key}_page": str(page - 1)}) if page > 1 else "",
        next_href=_href(request, **{f"{key}_page": str(page + 1)}) if page < pages else "",
        hidden=hidden,
        searchable=searchable,
        exports=tuple((title, f"{href}?{query}" if query else href) for title, href in exports),
    )


def _head(request: HttpRequest, key: str, column: Column, state: Asked) -> Head:
    if not column.sortable:
        return Head(column, "", "")
    present = "" if state.sort != column.key else "descending" if state.descending else "ascending"
    # a first click on numbers shows the largest first, on texts the first of the alphabet
    down = present == "ascending" or (not present and column.numeric)
    target = f"{'-' if down else ''}{column.key}"
    return Head(column, _href(request, **{f"{key}_sort": target, f"{key}_page": "1"}), present)


def _href(request: HttpRequest, **changes: str) -> str:
    parameters: QueryDict = request.GET.copy()
    for name, value in changes.items():
        parameters[name] = value
    return f"?{parameters.urlencode()}"
