"""Every chart: well-formed, named, escaped, free of scripts and inline styles, true to its figures."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import datetime
from xml.etree import ElementTree as ET

import pytest

from xiaoneng.presentation import charts
from xiaoneng.presentation.charts import Bar, Bin, Chart, Dot, Flow, Pair, Series, Stack, Step
from xiaoneng.presentation.words import Words

EVIL = "<script>alert(1)</script>\"'&\x00\x1b]]>"
LONG = "关于云岭市住房和城乡建设局建筑工程施工许可证核发事项现场核查与专家评审环节"
NAMES = (EVIL, LONG, "收件", "Determine confirmation of receipt", "")
SVG = "{http://www.w3.org/2000/svg}"
EN = Words("en")
MONTHS = [datetime(2024, m, 1) for m in range(1, 6)]


def _bars(chart: Callable[..., Chart], names: tuple[str, ...] = NAMES) -> Chart:
    items = [Bar(name, 10.0 * (i + 1), 8.0 * i, 12.0 * (i + 1)) for i, name in enumerate(names)]
    return chart("k", EVIL, items, EN, head=EVIL, unit=EVIL, say=EN.number)


def _steps() -> list[Step]:
    return [Step(name, 10, 8, 8 if i == 0 else 0, 8 if i == 4 else 0) for i, name in enumerate(NAMES)]


def _flows() -> list[Flow]:
    onward = [Flow(a, b, 8 + i, 3600.0 * i) for i, (a, b) in enumerate(itertools.pairwise(NAMES))]
    return [*onward, Flow(NAMES[3], NAMES[1], 5, None), Flow(NAMES[2], NAMES[2], 4, 1.0)]


DRAWN: dict[str, Callable[[], Chart]] = {
    "lying_bars": lambda: _bars(charts.lying_bars),
    "lying_bars_reference": lambda: charts.lying_bars(
        "k", EVIL, [Bar(EVIL, 3)], EN, head="h", unit="u", say=EN.number, reference=(9.0, EVIL)
    ),
    "intervals": lambda: _bars(charts.intervals),
    "bars": lambda: _bars(charts.bars),
    "histogram": lambda: charts.histogram(
        "k", EVIL, [Bin(0, 5, 9), Bin(5, 10, 0), Bin(10, 15, 3, rest=True)], EN,
        head=EVIL, unit=EVIL, say_edge=EN.days, lines=[(7.0, EVIL), (99.0, "p90")],
    ),
    "stacked_bars": lambda: charts.stacked_bars(
        "k", EVIL, [Stack(n, (1.0, 0.0, 2.5)) for n in NAMES], [EVIL, "b", "c"], EN, head=EVIL, say=EN.number
    ),
    "lines": lambda: charts.lines(
        "k", EVIL, MONTHS,
        [Series(EVIL, (1, None, 3, 4, 5), area=True), Series(LONG, (None, 2, None, 3, 1), dashed=True)],
        EN, head=EVIL, say=EN.number, say_period=EN.month, targets=[(4.0, EVIL)],
    ),
    "survival": lambda: charts.survival("k", EVIL, [(3.0, 0.6), (9.0, 0.2)], EN, x_title=EVIL, marked=5.0),
    "dotted": lambda: charts.dotted(
        "k", EVIL, [Dot(i % 9, i * 3600.0, i % 12) for i in range(99)], [f"{EVIL}{i}" for i in range(12)],
        9, EN, origin=MONTHS[0], y_title=EVIL, other=EVIL,
    ),
    "dotted_elapsed": lambda: charts.dotted(
        "k", EVIL, [Dot(0, 0.0, 0), Dot(1, 9e6, 0)], [EVIL], 2, EN, origin=None, y_title=EVIL, other=EVIL
    ),
    "matrix": lambda: charts.matrix(
        "k", EVIL, [Pair(a, b, 7) for a in NAMES for b in NAMES if a != b], EN,
        from_title=EVIL, to_title=EVIL, count_title=EVIL,
    ),
    "process_map": lambda: charts.process_map("k", EVIL, _steps(), _flows(), EN, cases=8, transitions=60),
}  # fmt: skip
EMPTY: dict[str, Callable[[], Chart]] = {
    "lying_bars": lambda: _bars(charts.lying_bars, ()),
    "intervals": lambda: _bars(charts.intervals, ()),
    "bars": lambda: _bars(charts.bars, ()),
    "histogram": lambda: charts.histogram("k", "t", [], EN, head="h", unit="u", say_edge=EN.days),
    "stacked_bars": lambda: charts.stacked_bars("k", "t", [], ["a"], EN, head="h", say=EN.number),
    "lines": lambda: charts.lines(
        "k", "t", [], [Series("a", ())], EN, head="h", say=EN.number, say_period=EN.month
    ),
    "survival": lambda: charts.survival("k", "t", [], EN, x_title="x"),
    "dotted": lambda: charts.dotted("k", "t", [], [], 0, EN, origin=None, y_title="y", other="o"),
    "matrix": lambda: charts.matrix("k", "t", [], EN, from_title="f", to_title="t", count_title="c"),
    "process_map": lambda: charts.process_map("k", "t", [], [], EN, cases=0, transitions=0),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawing_is_accessible_and_safe(name: str) -> None:
    chart = DRAWN[name]()
    for drawing, size in ((chart.wide, "wide"), (chart.narrow, "narrow")):
        root = ET.fromstring(drawing)
        assert root.tag == f"{SVG}svg"
        assert root.get("role") == "img"
        named = {e.get("id"): e.text for e in root if e.tag in (f"{SVG}title", f"{SVG}desc")}
        assert named[root.get("aria-labelledby")].startswith("<script>")
        assert root.get("aria-describedby") in named
        assert f"xc-{size}" in (root.get("class") or "")
        for element in root.iter():
            assert element.tag not in (f"{SVG}script", f"{SVG}style", f"{SVG}foreignObject")
            assert not {a for a in element.attrib if a == "style" or a.startswith("on") or "href" in a}
            places = [v for k, v in element.attrib.items() if k in ("d", "x", "y", "width", "height")]
            assert not re.search(r"nan|inf", " ".join(places))
    assert chart.table.rows


@pytest.mark.parametrize("name", EMPTY)
def test_nothing_is_drawn_without_an_error(name: str) -> None:
    chart = EMPTY[name]()
    ET.fromstring(chart.wide)
    ET.fromstring(chart.narrow)


def _rects(chart: Chart, class_: str) -> list[ET.Element]:
    found = ET.fromstring(chart.wide).iter(f"{SVG}rect")
    return [r for r in found if class_ in (r.get("class") or "").split()]


def test_the_length_of_a_bar_is_its_value() -> None:
    chart = charts.lying_bars(
        "k", "t", [Bar("a", 10), Bar("b", 25), Bar("c", 0)], EN, head="h", unit="u", say=EN.number
    )
    a, b, c = (float(r.get("width", 0)) for r in _rects(chart, "xc-mark"))
    assert b / a == pytest.approx(2.5, abs=0.01)
    assert c == 1  # a hair, so that nothing is invisible


def test_the_height_of_a_bin_is_its_count() -> None:
    chart = charts.histogram(
        "k", "t", [Bin(0, 1, 4), Bin(1, 2, 12)], EN, head="h", unit="u", say_edge=EN.days
    )
    low, high = (float(r.get("height", 0)) for r in _rects(chart, "xc-mark"))
    assert high / low == pytest.approx(3, abs=0.01)
    assert [row[1].text for row in chart.table.rows] == ["4", "12"]


def test_parts_of_a_stack_adjoin() -> None:
    chart = charts.stacked_bars("k", "t", [Stack("a", (2.0, 6.0))], ["x", "y"], EN, head="h", say=EN.number)
    first, second = _rects(chart, "xc-mark")
    assert float(second.get("x", 0)) == pytest.approx(
        float(first.get("x", 0)) + float(first.get("width", 0)), abs=0.05
    )
    assert float(second.get("width", 0)) / float(first.get("width", 1)) == pytest.approx(3, abs=0.01)


def test_a_gap_in_a_series_stays_a_gap() -> None:
    chart = charts.lines(
        "k", "t", MONTHS, [Series("a", (1, 2, None, 4, 5))], EN, head="h", say=EN.number, say_period=EN.month
    )
    paths = [p for p in ET.fromstring(chart.wide).iter(f"{SVG}path") if "xc-line" in (p.get("class") or "")]
    assert len(paths) == 2
    assert chart.table.rows[2][1].text == "–"


def test_every_event_is_a_dot() -> None:
    dots = [Dot(i % 50, i * 60.0, i % 20) for i in range(5000)]
    chart = charts.dotted(
        "k", "t", dots, [str(i) for i in range(20)], 50, EN, origin=MONTHS[0], y_title="y", other="o"
    )
    paths = [p for p in ET.fromstring(chart.wide).iter(f"{SVG}path") if "xc-dots" in (p.get("class") or "")]
    assert sum((p.get("d") or "").count("h0") for p in paths) == 5000
    assert len(chart.wide) < 110_000


def test_the_matrix_says_what_it_leaves_out() -> None:
    pairs = [Pair(f"p{i}", f"p{i + 1}", 100 - i) for i in range(30)]
    chart = charts.matrix("k", "t", pairs, EN, from_title="f", to_title="t", count_title="c")
    assert "16 busiest of 31" in chart.note
    assert len(chart.table.rows) == 30
    inside = sum(100 - i for i in range(30) if _busy(i) and _busy(i + 1)) / sum(100 - i for i in range(30))
    assert EN.percent(inside) in chart.note


def _busy(i: int) -> bool:
    volume = {j: (100 - j if j < 30 else 0) + (101 - j if j else 0) for j in range(31)}
    return i in sorted(volume, key=lambda j: (-volume[j], f"p{j}"))[:16]


def test_long_names_are_clipped_with_the_whole_name_behind() -> None:
    chart = _bars(charts.lying_bars)
    texts = [t for t in ET.fromstring(chart.wide).iter(f"{SVG}text") if (t.text or "").startswith("关于云岭")]
    assert texts[0].text is not None
    assert texts[0].text.endswith("…")
    assert texts[0][0].text == LONG


def test_a_sparkline_has_a_name() -> None:
    root = ET.fromstring(charts.sparkline("handled <in> time", [1, None, 3]))
    assert root.get("aria-label") == "handled <in> time"
