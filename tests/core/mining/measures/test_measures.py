"""Each measure on small logs whose answer can be seen by eye."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.core.eventlog.store.rows import EveryDayEightHours, at, make_store
from xiaoneng.core.eventlog.mapping import Mapping
from xiaoneng.core.mining.analysis import SECTIONS, analyse, spoken
from xiaoneng.core.mining.context import Options
from xiaoneng.core.mining.measures.histogram import nice_width

START = at("2024-03-04T09:00")
DAY = timedelta(days=1)


def trace(
    case: str, steps: str, start: datetime = START, step: timedelta = DAY, **more: Any
) -> list[dict[str, Any]]:
    """A case whose steps are letters; ``persons`` and ``bodies`` likewise, ``.`` is none."""
    persons, bodies = more.pop("persons", "." * len(steps)), more.pop("bodies", "." * len(steps))
    return [
        {
            "case_id": case,
            "activity": letter,
            "time": start + i * step,
            "resource": None if persons[i] == "." else persons[i],
            "body": None if bodies[i] == "." else bodies[i],
            **more,
        }
        for i, letter in enumerate(steps)
    ]


def results(
    folder: Path, rows: list[dict[str, Any]], mapping: Mapping | None = None, **options: Any
) -> dict[str, Any]:
    return analyse(make_store(folder / "store", rows, mapping), options=Options(**options))


def test_flow(tmp_path: Path) -> None:
    found = results(tmp_path, [*trace("1", "abc"), *trace("2", "abc"), *trace("3", "ac")])
    assert found["dfg"]["edges"] == 3
    assert found["dfg"]["total"] == 5
    assert found["dfg"]["top"][0] == {"from": "a", "to": "b", "count": 2, "mean_seconds": 86_400.0}
    assert [edge["from"] + edge["to"] for edge in found["dfg"]["all"]] == ["ab", "bc", "ac"]
    assert found["dfg"]["activities"][0] == {"name": "a", "events": 3, "cases": 3, "starts": 3, "ends": 0}
    assert found["variants"] == 2
    assert [v["path"] for v in found["variant_list"]] == [["a", "b", "c"], ["a", "c"]]
    assert found["variant_list"][0]["share"] == pytest.approx(2 / 3)
    assert found["variant_list"][0]["example"] == "1"


def test_lists_are_sorted_by_count_then_name(tmp_path: Path) -> None:
    found = results(tmp_path, [*trace("1", "zb"), *trace("2", "ab"), *trace("3", "ac")])
    assert [(e["from"], e["to"]) for e in found["dfg"]["top"]] == [("a", "b"), ("a", "c"), ("z", "b")]


def test_throughput(tmp_path: Path) -> None:
    rows = [row for n in range(1, 5) for row in trace(str(n), "ab", step=n * DAY)]
    found = results(tmp_path, rows)
    assert found["throughput_days"]["median"] == 2.5
    assert found["throughput_days"]["mean"] == 2.5
    assert found["throughput_days"]["p90"] == pytest.approx(3.7)
    assert found["throughput_working_days"]["median"] == 2.5
    assert found["throughput_working_days"]["by_hours"]["median"] == 2.5
    assert found["throughput_days"]["censored"] == {"measurable": False, "reason": "end_unknown"}


FINISHED = Mapping(case="c", activity="a", time="t", started="case:s", finished="case:f", deadline="case:d")


def test_open_cases_are_censored_not_dropped(tmp_path: Path) -> None:
    """Two of four cases are finished after 2 and 4 days, two are open since 3 and 10 days."""
    rows = []
    for case, began, took in (("1", 0, 2), ("2", 0, 4), ("3", 7, None), ("4", 0, None)):
        start = START + began * DAY
        finish = None if took is None else start + took * DAY
        rows += trace(case, "a", start, started=start, finished=finish)
    found = results(tmp_path, rows, FINISHED, as_of=START + 10 * DAY)["throughput_days"]["censored"]
    assert found["open"] == 2
    assert found["basis"] == "stated"
    # at risk 4 at day 2 (3/4 left), 2 at day 4 (3/8 left): the case open for 3 days left the risk set between
    assert found["km_curve"] == [{"day": 2.0, "share": 0.75}, {"day": 4.0, "share": 0.375}]
    assert found["km_median_days"] == 4.0


def test_rework_and_loops(tmp_path: Path) -> None:
    rows = [*trace("1", "abab"), *trace("2", "aab"), *trace("3", "abc"), *trace("4", "abca")]
    found = results(tmp_path, rows)
    by_name = {item["activity"]: item for item in found["rework"]}
    assert {name: item["cases"] for name, item in by_name.items()} == {"a": 3, "b": 1}
    assert by_name["a"]["extra_events"] == 3
    assert by_name["a"]["work_seconds"] == 3 * 28_800  # a day before each repetition
    assert found["rework_summary"]["cases_with_any_repeat"] == 3
    assert found["rework_summary"]["extra_events"] == 4
    assert found["loops"] == [
        {"path": ["a", "a"], "cases": 1},
        {"path": ["a", "b", "a"], "cases": 1},
        {"path": ["a", "b", "c", "a"], "cases": 1},
        {"path": ["b", "a", "b"], "cases": 1},
    ]


def test_handovers(tmp_path: Path) -> None:
    rows = [
        *trace("1", "abcd", persons="pqpp", bodies="XXYX"),
        *trace("2", "abc", persons="p.q", bodies="X.Y"),
    ]
    found = results(tmp_path, rows)
    assert found["handovers"] == [
        {"from": "p", "to": "q", "count": 1},
        {"from": "q", "to": "p", "count": 1},
    ]
    summary = found["handover_summary"]
    assert (summary["different"], summary["same"], summary["pairs"]) == (2, 1, 3)
    assert (summary["bridged"]["different"], summary["bridged"]["same"]) == (3, 1)
    assert summary["bridged"]["top"][0] == {"from": "p", "to": "q", "count": 2}
    assert summary["bodies"]["different"] == 2
    assert found["ping_pong"] == [
        {"level": "body", "a": "X", "b": "Y", "cases": 1},
        {"level": "person", "a": "p", "b": "q", "cases": 1},
    ]


def test_overdue(tmp_path: Path) -> None:
    """Late, in time, open past its limit, open with time left, no limit at all."""
    due = START + 5 * DAY
    rows = [
        *trace("late", "ab", deadline=due, finished=due + 2 * DAY, bodies="XY"),
        *trace("on the day", "a", deadline=due, finished=due),
        *trace("open, late", "a", deadline=due, finished=None),
        *trace("open", "a", deadline=due + 90 * DAY, finished=None),
        *trace("free", "a", deadline=None, finished=due),
    ]
    found = results(tmp_path, rows, FINISHED, as_of=START + 20 * DAY)["overdue"]
    assert {k: found[k] for k in ("cases", "finished", "open")} == {"cases": 2, "finished": 1, "open": 1}
    assert found["rate"]["n"] == 3
    assert found["rate"]["value"] == pytest.approx(2 / 3)
    low, high = found["rate"]["interval"]
    assert 0 < low < 2 / 3 < high < 1
    assert [(item["case"], item["days_late"]) for item in found["list"]] == [
        ("open, late", 15.0),
        ("late", 2.0),
    ]
    assert found["list"][1]["body"] == "Y"
    assert found["list"][1]["activity"] == "b"


def test_limit_in_working_days(tmp_path: Path) -> None:
    """Five days every day of the week: 4, 6 finished; open cases begun 3 and 9 days ago."""
    rows = []
    for case, began, took in (("4", 0, 4), ("6", 0, 6), ("open 3", 7, None), ("open 9", 1, None)):
        start = START + began * DAY
        finish = None if took is None else start + took * DAY
        rows += trace(case, "ab", start, timedelta(days=took or 0), finished=finish)
    mapping = Mapping(case="c", activity="a", time="t", finished="case:f")
    options = {"as_of": START + 10 * DAY, "limit_working_days": 5}
    found = results(tmp_path / "1", rows, mapping, **options, work_clock=EveryDayEightHours())["overdue"]
    assert (found["basis"], found["finished"], found["open"]) == ("limit", 1, 1)
    without = results(tmp_path / "2", rows, mapping, **options)["overdue"]
    assert (without["finished"], without["open"]) == (1, 0)
    assert without["by"][0]["with_basis"] == 2  # the age of open cases is unknown, so they are not judged


def test_steps_with_limits_of_their_own(tmp_path: Path) -> None:
    rows = trace("1", "abc")
    for row, days in zip(rows, (1, 0, None), strict=True):
        row["planned"] = None if days is None else START + days * DAY
    mapping = Mapping(case="c", activity="a", time="t", planned="planned")
    found = results(tmp_path, rows, mapping)["overdue"]
    assert found["steps"] == [{"basis": "planned", "with_basis": 2, "events": 1}]


def test_ages(tmp_path: Path) -> None:
    rows = [
        *trace("young", "a", START + 40 * DAY, finished=None),
        *trace("old", "a", START, finished=None),
        *trace("done", "a", START, finished=START),
    ]
    found = results(tmp_path, rows, FINISHED, as_of=START + 41 * DAY)
    assert {bucket["bucket"]: bucket["cases"] for bucket in found["ages"] if bucket["cases"]} == {
        "0-7": 1,
        "30-90": 1,
    }
    assert [(case["case"], case["days"]) for case in found["oldest"]] == [("old", 41.0), ("young", 1.0)]


def test_series(tmp_path: Path) -> None:
    rows = [*trace("1", "ab", step=2 * DAY), *trace("2", "ab", START + DAY, step=3 * DAY)]
    found = results(tmp_path, rows)["series"]
    assert found["unit"] == "day"
    assert [(p["arrived"], p["completed"], p["open"]) for p in found["points"]] == [
        (1, 0, 1),
        (1, 0, 2),
        (0, 1, 1),
        (0, 0, 1),
        (0, 1, 0),
    ]
    assert found["points"][2]["median_days"] == 2.0


def test_histogram_counts_every_case_once(tmp_path: Path) -> None:
    rows = [row for n in range(60) for row in trace(str(n), "ab", step=n * DAY)]
    bars = results(tmp_path, rows)["histogram"]["throughput"]
    assert sum(bar["cases"] for bar in bars) == 60
    assert bars[0]["from_days"] == 0
    assert all(a["to_days"] == b["from_days"] for a, b in pairwise(bars))


@pytest.mark.parametrize(
    ("at_least", "width"), [(0, 0.001), (0.9, 1), (1, 1), (1.1, 2), (21, 50), (730, 1000)]
)
def test_nice_width(at_least: float, width: float) -> None:
    assert nice_width(at_least) == pytest.approx(width)


def test_dotted_is_a_sample_of_bounded_size(tmp_path: Path) -> None:
    rows = [row for n in range(4000) for row in trace(str(n), "abc", START + n * DAY / 24)]
    found = results(tmp_path, rows)["dotted"]
    assert len(found["points"]) <= 5000
    assert found["every"] == 3
    assert found["cases"][:2] == ["0", "3"]
    assert found["points"][:4] == [[0, 0.0, 0], [0, 86_400.0, 1], [0, 172_800.0, 2], [1, 3 * 3600.0, 0]]


def test_submissions_again(tmp_path: Path) -> None:
    steps = ["提交材料", "补正材料", "提交材料", "决定"]
    rows = [{**row, "activity": name} for row, name in zip(trace("1", "abcd"), steps, strict=True)]
    assert results(tmp_path, rows)["submissions_again"] == [
        {"activity": "提交材料", "cases": 1, "events": 1},
        {"activity": "补正材料", "cases": 1, "events": 1},
    ]


POOR_LOGS = {
    "one event": trace("1", "a"),
    "no time": [{"case_id": "1", "activity": "a", "time": None}],
    "no activity": [{"case_id": "1", "activity": None, "time": START}],
    "outside the calendar": trace("1", "ab", at("2199-01-01T00:00")),
    "nothing but a case": [{"case_id": "1"}],
}


@pytest.mark.parametrize("name", POOR_LOGS)
@pytest.mark.parametrize("finished", [False, True])
def test_a_poor_log_gives_reasons_not_errors(tmp_path: Path, name: str, finished: bool) -> None:
    found = results(tmp_path, POOR_LOGS[name], FINISHED if finished else None, limit_working_days=3)
    assert set(found) == {section.key for section in SECTIONS}
    json.dumps(found, allow_nan=False)
    gaps = [value["reason"] for value in found.values() if isinstance(value, dict) and "reason" in value]
    assert "no_resource" in gaps


def test_progress_ends_at_one(tmp_path: Path) -> None:
    shares: list[float] = []
    store = make_store(tmp_path / "store", trace("1", "ab"))
    analyse(store, progress=lambda share, title: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_spoken_fills_templates() -> None:
    raw = {
        "quality": [
            {"code": "x", "count": 2, "effect": "{count} of {all}", "params": {"count": 2, "all": 3}}
        ],
        "findings": {"measurable": False, "reason": "no_time"},
        "variants": 3,
    }
    said = spoken(raw, lambda text: text.replace("of", "／"))
    assert said["quality"][0]["effect"] == "2 ／ 3"
    assert said["findings"] == raw["findings"]
    assert raw["quality"][0]["effect"] == "{count} of {all}"
