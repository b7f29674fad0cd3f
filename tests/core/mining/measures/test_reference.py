"""Every figure of the independent reference (``docs/reference/reference-mapping.md`` names the keys)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from tests.core.mining.measures.conftest import Import
from xiaoneng.core.eventlog import EventStore

LOGS = ("receipt", "BPIC20_RequestForPayment", "BPIC15_1", "BPIC15_2", "RoadTraffic")

Figures = dict[str, Any]
Log = tuple[EventStore, Figures, Figures]


@pytest.fixture(params=LOGS)
def log(request: pytest.FixtureRequest, analysed: Import, reference: Figures) -> Log:
    """(store, our analysis, reference) of each log."""
    store, found = analysed(f"{request.param}.xes.gz")
    return store, found, reference["logs"][request.param]


def one(store: EventStore, query: str) -> Any:
    (row,) = store.sql(query).to_pylist()
    (value,) = row.values()
    return value


def test_dates_to_show_are_those_on_the_wall(analysed: Import) -> None:
    """Dates stand at local midnight; read as UTC they would fall on the day before."""
    _, found = analysed("RoadTraffic.xes.gz")
    assert found["log"]["first"] == "1999-12-31T23:00:00+00:00"
    assert found["log"]["first_local"] == "2000-01-01T00:00:00"
    assert found["log"]["last_local"] == "2013-06-18T00:00:00"
    assert found["dotted"]["origin"] == "2000-01-01T00:00:00"


def quality(found: Figures, code: str) -> int:
    return sum(remark["count"] for remark in found["quality"] if remark["code"] == code)


def pairs(edges: list[Figures]) -> dict[tuple[str, str], int]:
    return {(edge["from"], edge["to"]): edge["count"] for edge in edges}


def test_counts(log: Log) -> None:
    store, found, expected = log
    ours = found["log"]
    assert {k: ours[k] for k in ("cases", "events", "activities", "resources")} == {
        k: expected[k] for k in ("cases", "events", "activities", "resources")
    }
    assert datetime.fromisoformat(ours["first"]) == datetime.fromisoformat(expected["first"])
    assert datetime.fromisoformat(ours["last"]) == datetime.fromisoformat(expected["last"])
    without = one(store, "SELECT count(*) FROM events WHERE resource IS NULL")
    assert without == expected["events_without_resource"]
    lifecycle = store.sql(
        "SELECT name, count(*) AS n FROM events JOIN lifecycles ON id = lifecycle GROUP BY name"
    )
    assert {row["name"]: row["n"] for row in lifecycle.to_pylist()} == expected["lifecycle"]


def test_quality(log: Log) -> None:
    store, found, reference = log
    expected = reference["quality"]
    assert quality(found, "out_of_order") == expected["events_out_of_time_order_in_file"]
    assert quality(found, "ties") == expected["events_same_time_as_predecessor"]
    duplicates = expected["exact_duplicate_rows(case,activity,time,resource,lifecycle)"]
    assert quality(found, "duplicates") == duplicates
    single = one(store, "SELECT count(*) FROM cases WHERE events = 1")
    assert single == expected["cases_with_one_event"]
    assert one(store, "SELECT max(events) FROM cases") == expected["longest_case_events"]
    midnight = one(store, "SELECT avg((flags & 2 > 0)::INT) FROM events")
    assert round(midnight, 4) == reference["extra"]["local_midnight_share"]
    weekend = one(store, "SELECT avg((isodow(local) >= 6)::INT) FROM events")
    assert round(weekend, 4) == reference["extra"]["weekend_share"]


@pytest.mark.parametrize("part", ["pandas_file_order", "pandas_stable_time_order", "pm4py"])
def test_flow(log: Log, part: str) -> None:
    _, found, reference = log
    expected = reference[part]
    assert found["dfg"]["edges"] == expected["dfg_edges"]
    assert found["dfg"]["total"] == expected["dfg_total"]
    assert found["variants"] == expected["variants"]
    assert found["variant_list"][0]["cases"] == expected["top_variant_cases"]
    activities = found["dfg"]["activities"]
    for ours, theirs in (("starts", "start"), ("ends", "end")):
        counts = {a["name"]: a[ours] for a in activities if a[ours]}
        wanted = expected.get(theirs) or expected[f"{theirs}_activities"]
        assert {name: counts[name] for name in wanted} == wanted
        if f"{theirs}_activities_n" in expected:
            assert len(counts) == expected[f"{theirs}_activities_n"]
    all_edges = pairs(found["dfg"]["all"])
    for a, b, n in expected.get("top_edges", []):
        assert all_edges[a, b] == n
    if "top_edges" in expected:
        assert [e["count"] for e in found["dfg"]["top"]] == [n for _, _, n in expected["top_edges"]]


def test_mean_times_of_edges(log: Log) -> None:
    _, found, reference = log
    means = {(e["from"], e["to"]): (e["count"], e["mean_seconds"]) for e in found["dfg"]["all"]}
    for a, b, n, mean in reference["pm4py"]["performance_dfg_mean_s_of_top10_frequent_edges"]:
        count, ours = means[a, b]
        assert count == n
        assert ours == pytest.approx(mean, rel=1e-9, abs=1e-6)


def test_throughput(log: Log) -> None:
    store, found, reference = log
    ours = found["throughput_days"]
    for expected in (reference["pandas_throughput_s"], reference["pm4py"]["throughput_s"]):
        assert ours["median"] * 86_400 == pytest.approx(expected["median"], rel=1e-9)
        assert ours["mean"] * 86_400 == pytest.approx(expected["mean"], rel=1e-9)
        assert ours["p90"] * 86_400 == pytest.approx(expected["p90_linear"], rel=1e-9)
    days = reference["pm4py"]["throughput_days"]
    assert round(ours["median"], 4) == days["median"]
    assert round(ours["mean"], 4) == days["mean"]
    assert round(ours["p90"], 4) == days["p90_linear"]
    longest = one(store, "SELECT max(duration_s) FROM cases")
    assert longest == reference["pm4py"]["throughput_s"]["max"]
    zero = one(store, "SELECT count(*) FROM cases WHERE duration_s = 0")
    assert zero == reference["pm4py"]["throughput_s"]["zero_cases"]


def test_rework(log: Log) -> None:
    _, found, reference = log
    expected = reference["pandas_rework"]
    summary = found["rework_summary"]
    assert summary["cases_with_any_repeat"] == expected["cases_with_any_repeat"]
    assert summary["extra_events"] == expected["extra_events"]
    ours = {item["activity"]: item["cases"] for item in found["rework"]}
    for activity, cases in [*expected["top"], *reference["pm4py"]["rework_cases_per_activity_top"]]:
        assert ours[activity] == cases
    assert [item["cases"] for item in found["rework"]][:10] == [cases for _, cases in expected["top"]]


def test_handovers(log: Log) -> None:
    """The reference drops events without a person first: our ``bridged``. Without gaps both rules agree."""
    _, found, reference = log
    expected = reference["pandas_handover"]
    ours = found["handover_summary"]["bridged"]
    assert ours["pairs"] == expected["pairs_distinct"] == reference["pm4py"]["handover_edges"]
    assert ours["different"] == expected["handovers_between_different_resources"]
    assert ours["same"] == expected["same_resource_pairs"]
    assert round(ours["mean_per_case"], 4) == expected["mean_handovers_per_case"]
    counts = pairs(ours["top"])
    wanted = {(a, b): n for a, b, n in expected["top_between_different"]}
    assert sorted(counts.values()) == sorted(wanted.values())
    assert all(counts.get(pair, n) == n for pair, n in wanted.items())
    if not reference["events_without_resource"]:
        direct = {(h["from"], h["to"]): h["count"] for h in found["handovers"]}
        assert {pair: direct[pair] for pair in wanted} == wanted
        assert sum(direct.values()) == ours["different"]


def test_handovers_by_the_rule_of_the_contract(analysed: Import) -> None:
    """Directly following events with both persons present: counted here with nothing but rows in order."""
    store, found = analysed("RoadTraffic.xes.gz")
    rows = store.sql(
        "SELECT case_no, r.name AS person FROM events LEFT JOIN resources r ON r.id = resource"
        " ORDER BY case_no, seq"
    ).to_pylist()
    expected: Counter[tuple[str, str]] = Counter()
    for before, after in pairwise(rows):
        a, b = before["person"], after["person"]
        if before["case_no"] == after["case_no"] and a is not None and b is not None and a != b:
            expected[a, b] += 1
    assert pairs(found["handovers"]) == expected
    assert (
        found["handover_summary"]["different"]
        == expected.total()
        < found["handover_summary"]["bridged"]["different"]
    )


def test_handovers_between_bodies(analysed: Import, reference: Figures) -> None:
    _, receipt = analysed("receipt.xes.gz")
    _, payments = analysed("BPIC20_RequestForPayment.xes.gz", body="org:role")
    for found, expected, kinds in (
        (receipt, reference["logs"]["receipt"]["extra"]["handover_org:group"], "org:group_n"),
        (payments, reference["logs"]["BPIC20_RequestForPayment"]["extra"]["handover_org:role"], "org:role_n"),
    ):
        ours = found["handover_summary"]["bodies"]
        assert ours["pairs"] == expected["pairs_distinct"]
        assert ours["different"] == expected["handovers_between_different"]
        assert ours["same"] == expected["same"]
        top = [[h["from"], h["to"], h["count"]] for h in found["body_handovers"]]
        assert all(pair in top for pair in expected["top_between_different"])
        assert found["log"]["bodies"] == next(
            log["extra"][kinds] for log in reference["logs"].values() if kinds in log["extra"]
        )


def test_deadlines_of_receipt(analysed: Import, reference: Figures) -> None:
    store, found = analysed("receipt.xes.gz")
    expected = reference["deadlines"]["receipt"]
    by = {(b["basis"], b["end"]): b for b in found["overdue"]["by"]}
    assert found["overdue"]["finished"] == expected["enddate_after_deadline"]
    assert by["deadline", "stated"]["with_basis"] == expected["with_deadline"]
    assert by["deadline", "last_event"]["finished"] == expected["last_event_after_deadline"]
    assert by["planned", "stated"]["finished"] == expected["enddate_after_planned"]
    assert found["throughput_days"]["censored"]["open"] == expected["open_without_enddate"]
    assert quality(found, "open_cases") == expected["open_without_enddate"]
    spans = "SELECT round({}(stated_s / 86400{}), 3) FROM cases"
    assert one(store, spans.format("median", "")) == expected["startdate_to_enddate_days"]["median"]
    assert one(store, spans.format("quantile_cont", ", 0.9")) == expected["startdate_to_enddate_days"]["p90"]
    before = one(store, "SELECT count(*) FROM cases WHERE started < first_local")
    assert before == expected["started_before_first_event"]
    assert quality(found, "partial_cover") > 1000  # the events span hours, the cases fifty days


@pytest.mark.parametrize("name", ["BPIC15_1", "BPIC15_2"])
def test_deadlines_of_steps(analysed: Import, reference: Figures, name: str) -> None:
    _, found = analysed(f"{name}.xes.gz", deadline="dueDate", planned="planned")
    expected = reference["deadlines"][name]
    steps = {step["basis"]: step for step in found["overdue"]["steps"]}
    assert steps["deadline"]["with_basis"] == expected["events_with_dueDate"]
    assert steps["deadline"]["events"] == expected["events_done_after_due"]
    assert steps["planned"]["with_basis"] == expected["events_with_planned"]
    assert steps["planned"]["events"] == expected["events_done_after_planned"]


def test_planned_end_of_building_permits(analysed: Import, reference: Figures) -> None:
    _, found = analysed("BPIC15_1.xes.gz", planned="case:endDatePlanned", finished="case:endDate")
    expected = reference["deadlines"]["BPIC15_1"]
    planned = next(b for b in found["overdue"]["by"] if (b["basis"], b["end"]) == ("planned", "stated"))
    assert planned["with_basis"] == expected["with_planned_end"]
    assert planned["finished"] == expected["ended_after_planned"]
    open_cases = expected_open(reference, "BPIC15_1")
    assert found["throughput_days"]["censored"]["open"] == open_cases


def expected_open(reference: Figures, name: str) -> int:
    return int(reference["logs"][name]["cases"]) - int(reference["deadlines"][name]["with_endDate"])


HOTLINE = {
    "case": "CASE_ENQUIRY_ID",
    "activity": "TYPE",
    "time": "OPEN_DT",
    "end": "CLOSED_DT",
    "body": "Department",
    "deadline": "TARGET_DT",
    "item": "REASON",
}


def test_hotline(analysed: Import, reference: Figures) -> None:
    store, found = analysed("boston311_raw_sample.csv", **HOTLINE)
    expected = reference["hotline"]["boston311_raw_sample.csv"]
    assert found["log"]["cases"] == expected["rows"]
    assert found["log"]["activities"] == expected["groups"]["TYPE"]
    assert found["log"]["bodies"] == expected["groups"]["Department"]
    assert one(store, "SELECT count(DISTINCT item) FROM cases") == expected["groups"]["REASON"]
    assert one(store, "SELECT min(local)::VARCHAR FROM events") == expected["first"]
    assert one(store, "SELECT max(local)::VARCHAR FROM events") == expected["last"]
    assert one(store, "SELECT count(ended) FROM events") == expected["closed"]
    ours = found["throughput_days"]
    assert round(ours["median"] * 24, 3) == expected["median_h"]
    assert round(ours["mean"] * 24, 3) == expected["mean_h"]
    assert round(ours["p90"] * 24, 3) == expected["p90_h"]
    assert quality(found, "end_before_start") == expected["negative"]
    assert one(store, "SELECT count(*) FROM cases WHERE duration_s = 0") == expected["zero"]
    assert found["overdue"]["by"][0]["with_basis"] == expected["with_due"]
    assert found["overdue"]["finished"] == expected["closed_after_due"]
    assert found["overdue"]["open"] == 0


def test_hotline_flag_of_the_city_is_off_by_one(analysed: Import, reference: Figures) -> None:
    """One request closed late has no flag at all; the dates win, and the quality report names the case."""
    _, found = analysed("boston311_raw_sample.csv", **HOTLINE)
    expected = reference["hotline"]["boston311_raw_sample.csv"]
    assert found["overdue"]["finished"] == expected["status"]["OVERDUE"] + 1
    (remark,) = [r for r in found["quality"] if r["code"] == "own_flag_differs"]
    assert remark["count"] == 1
    assert remark["examples"] == ["101001856894"]
    assert remark["params"]["column"] == "OnTime_Status"


def test_csv_says_the_same_as_xes(analysed: Import) -> None:
    """The same log in both formats, mixed offsets included."""
    _, xes = analysed("receipt.xes.gz")
    _, csv = analysed("receipt.csv")
    same = ("dfg", "variants", "throughput_days", "throughput_working_days", "rework", "handovers", "overdue")
    for key in same:
        assert csv[key] == xes[key], key
    assert quality(csv, "mixed_offsets") == quality(xes, "mixed_offsets") > 0
