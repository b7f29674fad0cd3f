"""The log of the province: the plan's baselines emerge, the reform shows, a later day only adds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.compute as pc
import pytest

from xiaoneng.core.calendar import load_calendar
from xiaoneng.core.eventlog.vocabulary import EVENT_TYPES, FACT_TABLES
from xiaoneng.core.indicators import Workspace, compute, current, find, parse_period
from xiaoneng.demo.generate import Made, capped, generate
from xiaoneng.demo.store import fill_store

TOLERANCE = 0.05
END = date(2026, 11, 20)
WITH_BASELINE = [d.id for d in current() if d.baseline.value is not None]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("province") / "store"
    store = fill_store(folder, as_of=END, progress=lambda share, what: None)
    with Workspace(store, load_calendar("cn"), END) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def spring() -> Made:
    return generate(as_of=date(2023, 1, 31))


def value(workspace: Workspace, indicator: str, period: str) -> float:
    found = compute(workspace, find(indicator), periods=[parse_period(period)])[0].value
    assert found is not None
    return found


@pytest.mark.parametrize("indicator", WITH_BASELINE)
def test_the_baseline_emerges(workspace: Workspace, indicator: str) -> None:
    definition = find(indicator)
    plan = definition.baseline.value
    assert plan is not None
    measured = value(workspace, indicator, definition.baseline.period)
    if definition.baseline.bound == "below":
        assert measured < plan
    elif plan == 0:
        assert measured == 0
    else:
        assert abs(measured / plan - 1) <= TOLERANCE, f"{measured:.2f} instead of {plan}"


def test_the_opaque_class_alone(workspace: Workspace) -> None:
    row = workspace.connection.execute(
        "SELECT avg(CASE WHEN ticket_class = 'opaque' THEN 1.0 ELSE 0 END) FROM tickets "
        "WHERE ticket_kind = 'complaint' AND year(filed) = 2023"
    ).fetchone()
    assert row is not None
    assert row[0] == pytest.approx(0.187, rel=0.1)


def test_blind_cuts_raise_returns_before_pre_checks_lower_them(workspace: Workspace) -> None:
    before, peak, after = (value(workspace, "I21", p) for p in ("2023", "2025-Q1", "2026-Q3"))
    assert peak > 1.1 * before
    assert after < before


def test_pooled_counters_and_side_by_side_review_shorten_the_wait(workspace: Workspace) -> None:
    assert value(workspace, "I13", "2026") < 0.5 * value(workspace, "I13", "2023")
    assert value(workspace, "I3", "2025-Q3") < 0.5 * value(workspace, "I3", "2023")


def test_some_targets_are_met_and_some_are_not(workspace: Workspace) -> None:
    met = {}
    for definition in current():
        due = [t for t in definition.targets if t.by < END and t.value is not None]
        if due:
            now = value(workspace, definition.id, "2026-Q3")
            goal = due[-1].value
            met[definition.id] = now <= goal if definition.direction == "down" else now >= goal
    assert sum(met.values()) >= 4, met
    assert sum(not hit for hit in met.values()) >= 4, met


def test_a_later_day_only_adds(spring: Made) -> None:
    later = generate(as_of=date(2023, 3, 15)).log
    until = pc.less(later["occurred_at"], pc.max(spring.log["occurred_at"]))
    columns = ["case", "type", "time", "occurred_at", "actor", "body"]
    cut = pc.less(spring.log["occurred_at"], pc.max(spring.log["occurred_at"]))
    first = set(map(tuple, (r.values() for r in spring.log.filter(cut).select(columns).to_pylist())))
    second = set(map(tuple, (r.values() for r in later.filter(until).select(columns).to_pylist())))
    # cases filed after the day bring along the visits made before they were filed
    assert first <= second
    assert all(r[1] in ("hall.ticket", "hall.called") for r in second - first)


def test_another_seed_is_another_province_with_the_same_size(spring: Made) -> None:
    other = generate(as_of=date(2023, 1, 31), seed=7)
    assert other.log["time"] != spring.log["time"]
    assert other.log.num_rows == pytest.approx(spring.log.num_rows, rel=0.1)


def test_the_log_speaks_the_vocabulary_and_nothing_is_recorded_before_it_happened(spring: Made) -> None:
    log = spring.log
    assert set(log["type"].unique().to_pylist()) <= {e.name for e in EVENT_TYPES}
    assert pc.all(pc.greater_equal(log["occurred_at"], log["time"])).as_py()
    assert pc.all(pc.greater_equal(log["recorded_at"], log["occurred_at"])).as_py()


def test_the_day_is_capped_at_the_end_of_the_published_calendar() -> None:
    last = load_calendar("cn").last
    assert capped(date(2031, 1, 1)) == last
    assert capped(date(2023, 1, 2)) == date(2023, 1, 2)


def test_every_fact_table_is_there(workspace: Workspace) -> None:
    known = set(workspace.store.tables())
    assert {f"facts_{table.name}" for table in FACT_TABLES} <= known


def test_a_finished_store_is_not_made_again(workspace: Workspace) -> None:
    folder: Path = workspace.store.folder
    stamp = (folder / "meta.json").stat().st_mtime_ns
    fill_store(folder, as_of=END, progress=lambda share, what: None)
    assert (folder / "meta.json").stat().st_mtime_ns == stamp
