"""Live cases reach the figures of the cockpit, each exactly once, beside the log that was brought in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.platform import CODES, NOW
from xiaoneng.apps.eventlog import followups, livelog, tasks
from xiaoneng.apps.eventlog.contracts import NewEvent
from xiaoneng.apps.eventlog.errors import Changed
from xiaoneng.apps.eventlog.services import exports, schedule
from xiaoneng.apps.eventlog.services.events import append, chain_open
from xiaoneng.apps.eventlog.services.exports import platform_store_refresh, store_refresh
from xiaoneng.apps.indicators import services as indicators
from xiaoneng.apps.outbox import worker
from xiaoneng.apps.outbox.models import Message
from xiaoneng.core.calendar import load_calendar
from xiaoneng.core.eventlog import EventStore
from xiaoneng.core.eventlog.publish import SCHEMA
from xiaoneng.core.indicators import Workspace, compute, find, parse_period

pytestmark = pytest.mark.django_db
OPENING = {
    "kind": "approval", "item": "食品经营许可", "region": "990100", "level": "city", "channel": "window",
    "high_frequency": True, "cross_body": False, "legal_limit": 20, "promised_limit": 10, "materials": 8,
    "materials_again": 0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    settings.SEAL_KEY = None
    return tmp_path


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def live(case: str, accepted: str, decided: str | None, steps: int = 2) -> None:
    """A case handled here."""
    body = CODES[1]
    chain = chain_open(case, at(accepted))
    moment = at(accepted)
    common = {"body": body, "item": "990100001000", "version": "1"}
    chain = append(
        chain,
        [
            NewEvent("process.started", moment, "start", data={"process": "permit", "number": 1}, **common),
            NewEvent("case.submitted", moment, data=OPENING, **common),
            NewEvent("case.accepted", moment, actor="p1", role="clerk", **common),
        ],
        moment,
    )
    for step in range(steps):
        chain = append(
            chain,
            [
                NewEvent("step.examined", moment, "schedule", f"T{step}", task=step, **common),
                NewEvent("step.examined", moment, "start", f"T{step}", actor="p2", task=step, **common),
            ],
            moment,
        )
        moment += timedelta(minutes=30)
        done = NewEvent("step.examined", moment, "complete", f"T{step}", actor="p2", task=step, **common)
        chain = append(chain, [done], moment)
    if decided:
        end = at(decided)
        append(chain, [NewEvent("case.decided", end, data={"result": "granted"}, **common)], end)


def history(home: Path) -> None:
    """Two cases from elsewhere: decided in March 2026 after 4 and after 6 working days."""
    rows: list[dict[str, Any]] = []
    for case, decided in (("H1", "2026-03-06"), ("H2", "2026-03-10")):
        moments = {"case.submitted": "2026-03-02", "case.accepted": "2026-03-02", "case.decided": decided}
        for kind, day in moments.items():
            when = datetime.fromisoformat(f"{day} 10:00")
            row = {"case": case, "type": kind, "activity": kind, "time": when, "occurred_at": when,
                   "recorded_at": when, "lifecycle": "complete", "body": "外局"}  # fmt: skip
            if kind == "case.submitted":
                row |= {**OPENING, "item_code": "990100001000", "version": "1", "case_body": "外局"}
            if kind == "case.decided":
                row |= {"result": "granted", "instant": False, "finished": when}
            rows.append(row)
    schema = pa.schema([field for field in SCHEMA if field.name != "element"])  # an older one
    folder = home / "stores" / "history"
    folder.mkdir(parents=True)
    columns = [pa.array([row.get(field.name) for row in rows], field.type) for field in schema]
    pq.write_table(pa.Table.from_arrays(columns, schema=schema), folder / "log.parquet")


def figures(*, by: str = "all", key: str = "") -> dict[str, tuple[float | None, int]]:
    """I1 (working days) and I2 (steps) of the first quarter: value and count."""
    with Workspace(
        EventStore(indicators.platform_store()), load_calendar("cn"), date(2026, 11, 23)
    ) as workspace:
        return {
            name: (result.value, result.n)
            for name in ("I1", "I2")
            for result in compute(workspace, find(name), by=(by,), periods=[parse_period("2026-Q1")])
            if result.key == key
        }


def test_a_figure_moves_by_exactly_the_live_cases(home: Path, bodies: dict[str, Any]) -> None:
    history(home)
    live("L1", "2026-03-02T10:00", "2026-03-03T10:00")  # 1 working day
    assert store_refresh()
    found = figures()
    assert found["I1"] == (pytest.approx((4 + 6 + 1) / 3), 3)
    assert found["I2"] == (pytest.approx((0 + 0 + 2) / 3), 3)
    assert figures(by="body", key=bodies["city"].name)["I1"] == (1.0, 1)

    live("L2", "2026-03-02T10:00", "2026-03-04T10:00", steps=4)  # 2 working days
    live("L3", "2026-03-02T10:00", None)
    assert store_refresh()
    found = figures()
    assert found["I1"] == (pytest.approx((4 + 6 + 1 + 2) / 4), 4)
    assert found["I2"] == (pytest.approx((0 + 0 + 2 + 4) / 4), 4)


def test_without_a_history_the_live_cases_are_the_log(home: Path, bodies: dict[str, Any]) -> None:
    assert not store_refresh(), "nothing has happened yet"
    assert not (home / "stores" / "platform").exists()
    live("L1", "2026-03-02T10:00", "2026-03-03T10:00")
    assert store_refresh()
    store = EventStore(home / "stores" / "platform")
    assert store.meta["counts"]["cases"] == 1
    rows = store.sql(
        "SELECT a.name AS activity, e.local, epoch(e.ended - e.time) AS took, x.element FROM events e "
        "JOIN activities a ON a.id = e.activity JOIN event_attributes x ON x.row = e.row ORDER BY seq"
    ).to_pylist()
    assert [row["element"] for row in rows] == [None, None, "T0", "T1", None]
    assert rows[2]["local"] == datetime(2026, 3, 2, 10)
    assert rows[2]["took"] == 1800


def test_the_export_goes_on_where_it_ended(home: Path, bodies: dict[str, Any]) -> None:
    live("L1", "2026-03-02T10:00", None)
    with livelog.locked():
        assert livelog.export() == (4, 9, 4, 9)
        before = (livelog.folder() / "log.parquet").read_bytes()
        assert livelog.export() == (4, 9, 0, 0)
        assert (livelog.folder() / "log.parquet").read_bytes() == before
    chain = chain_open("L1", NOW)
    append(chain, [NewEvent("case.decided", NOW, data={"result": "granted"})], NOW)
    live("L2", "2026-03-05T10:00", "2026-03-06T10:00")
    with livelog.locked():
        assert livelog.export() == (10, 20, 6, 11)
    found = pq.read_table(livelog.folder() / "log.parquet").to_pylist()
    assert len({(row["case"], row["type"], row["element"], row["time"]) for row in found}) == 10
    assert {row["body"] for row in found} == {bodies["city"].name, None}


def test_an_export_that_dies_is_made_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live("L1", "2026-03-02T10:00", None)

    def die(*_: object, **more: object) -> None:
        raise OSError("full")

    with monkeypatch.context() as patch:
        patch.setattr(livelog, "replace", die)
        with pytest.raises(OSError, match="full"):
            store_refresh()
    assert store_refresh()
    with monkeypatch.context() as patch:
        live("L2", "2026-03-02T10:00", None)
        patch.setattr(exports, "ingest", die)
        with pytest.raises(OSError, match="full"):
            store_refresh()
    assert EventStore(home / "stores" / "platform").meta["counts"]["cases"] == 1
    assert store_refresh()
    assert EventStore(home / "stores" / "platform").meta["counts"]["cases"] == 2
    assert not store_refresh()


def test_facts_stay_with_the_store(home: Path) -> None:
    live("L1", "2026-03-02T10:00", None)
    store_refresh()
    facts = home / "stores" / "platform" / "facts"
    facts.mkdir()
    pq.write_table(pa.table({"code": ["990000"]}), facts / "regions.parquet")
    live("L2", "2026-03-02T10:00", None)
    store_refresh()
    assert "facts_regions" in EventStore(home / "stores" / "platform").tables()


def test_whoever_opened_the_store_goes_on_reading_what_he_opened(home: Path) -> None:
    stores = home / "stores"
    opened = []
    for number in range(1, 4):
        live(f"L{number}", "2026-03-02T10:00", None)
        assert store_refresh()
        opened.append(EventStore(stores / "platform"))
    count = "SELECT count(*) AS n FROM cases"
    assert [store.sql(count).to_pylist() for store in opened[1:]] == [[{"n": 2}], [{"n": 3}]]
    assert sorted(path.name for path in stores.glob("platform*")) == [
        "platform",
        "platform-000002",
        "platform-000003",
    ]


def test_a_store_whose_log_is_not_there_is_not_overwritten(home: Path) -> None:
    history(home)
    live("L1", "2026-03-02T10:00", None)
    store_refresh()
    store = home / "stores" / "platform"
    (store / "live.json").unlink()
    (home / "stores" / "history" / "log.parquet").unlink()
    with pytest.raises(Changed, match="without keeping its log"):
        store_refresh()
    assert EventStore(store).meta["counts"]["cases"] == 3


def test_two_refreshes_at_once() -> None:
    with livelog.locked(), pytest.raises(Changed):
        store_refresh()


def test_refreshes_asked_for_close_together_are_one(home: Path) -> None:
    live("L1", "2026-03-02T10:00", None)
    start = datetime(2026, 11, 23, 9, 1, tzinfo=UTC)
    assert platform_store_refresh(start) == platform_store_refresh(start + timedelta(minutes=8))
    assert platform_store_refresh(start + timedelta(minutes=9)) != platform_store_refresh(start)
    first = Message.objects.order_by("pk")[0]
    assert first.available_at == datetime(2026, 11, 23, 9, 10, tzinfo=UTC)
    assert not worker.work_once(now=lambda: start)
    assert worker.work_once(now=lambda: first.available_at)
    assert (home / "stores" / "platform").is_dir()
    sent = Message.objects.filter(topic=indicators.COMPUTE)
    assert sent.count() == 1, "what depends on the store is computed again"
    assert worker.work_once(now=lambda: start + timedelta(hours=1)), "the second finds nothing new"
    assert sent.count() == 1


def test_followups_are_called_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(followups, "_followups", {})
    followups.register("b", lambda at: called.append(f"b {at:%Y}"))
    followups.register("a", lambda at: called.append("a"))
    followups.call_all(NOW)
    assert called == ["a", "b 2026"]


@pytest.mark.parametrize(
    ("period", "now", "due"),
    [
        ("daily", "2026-11-23T00:09", "2026-11-23T00:10"),
        ("daily", "2026-11-23T00:10", "2026-11-24T00:10"),
        ("daily", "2026-12-31T17:00", "2027-01-01T00:10"),
        ("monthly", "2026-12-01T00:00", "2026-12-01T00:10"),
        ("monthly", "2026-12-02T00:00", "2027-01-01T00:10"),
        ("off", "2026-12-02T00:00", None),
    ],
)
def test_when_is_sealed(settings: Any, period: str, now: str, due: str | None) -> None:
    settings.SEAL_PERIOD = period
    assert schedule.seal_due(at(now)) == (None if due is None else at(due))


def test_the_worker_seals_and_sends_the_next_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = at("2026-11-23T15:00")
    monkeypatch.setattr(tasks.timezone, "now", lambda: now)
    schedule.ensure(now)
    schedule.ensure(now + timedelta(minutes=1))
    assert Message.objects.count() == 2
    now = at("2026-11-24T03:00")  # the worker was away for the night
    assert worker.work_once(now=lambda: now)
    assert worker.work_once(now=lambda: now)
    assert not worker.work_once(now=lambda: now)
    assert (home / "seals" / "seals.jsonl").is_file()
    waiting = Message.objects.filter(state="waiting").order_by("available_at")
    assert [m.available_at for m in waiting] == [at("2026-11-24T04:00"), at("2026-11-25T00:10")]


def test_a_run_that_fails_for_good_is_not_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    now = at("2026-11-23T15:00")
    monkeypatch.setattr(tasks.timezone, "now", lambda: now)
    tasks._next_run({}, "OSError")
    assert Message.objects.count() == 2
