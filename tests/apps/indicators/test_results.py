"""Results stored whole or not at all, and shown to nobody who may not see them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from xiaoneng.apps.indicators import selectors, services
from xiaoneng.apps.indicators.models import Computation, IndicatorResult
from xiaoneng.apps.organisations.contracts import Scope
from xiaoneng.apps.organisations.models import Body
from xiaoneng.core.indicators import Result, find
from xiaoneng.core.indicators.compute import Excluded
from xiaoneng.demo.province import credit_code

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, tzinfo=UTC)
EVERYTHING = Scope(user=1, everything=True, ids=frozenset(), codes=frozenset())


def result(by: str, key: str, period: str, value: float | None, n: int = 100) -> Result:
    interval = None if value is None else (value - 1, value + 1)
    return Result(by, key, period, value, interval, n, n >= 10, (Excluded("not decided yet", 7),))


RESULTS = [
    result("all", "", "2023", 15.3),
    result("all", "", "2026-Q4", 5.0),
    result("all", "", "2026-10", 5.5),
    result("all", "", "2026-11", None, 0),
    result("region", "990100", "2026-Q4", 9.0),
    result("region", "990200", "2026-Q4", 4.0),
    result("body", "甲局", "2023", 20.0),
    result("body", "甲局", "2026-Q4", 9.5, 40),
    result("body", "乙局", "2026-Q4", 3.0, 4),
    result("item", "食品经营许可", "2026-Q4", 6.0),
]


def computed(results: list[Result]) -> services.Computed:
    definition = find("I1")
    regions = [("990000", "云岭省", "province", ""),
               ("990100", "岚州市", "city", "990000"),
               ("990200", "沐江市", "city", "990000")]  # fmt: skip
    return services.Computed(date(2026, 11, 23), "f" * 64, [(definition, r) for r in results], regions, [])


@pytest.fixture
def stored() -> None:
    services.results_store(computed(RESULTS), at=NOW)


@pytest.fixture
def bodies() -> dict[str, Body]:
    made: dict[str, Body] = {}
    for number, (name, level, region, parent) in enumerate(
        [
            ("省局", "province", "990000", ""),
            ("甲局", "city", "990100", "省局"),
            ("乙局", "city", "990200", "省局"),
        ]
    ):
        above = made.get(parent)
        code = credit_code(region, number)
        made[name] = Body.objects.create(
            code=code, name=name, level=level, region_code=region, parent=above,
            path=f"{above.path if above else ''}{code}/",
        )  # fmt: skip
    return made


def only(body: Body) -> Scope:
    return Scope(user=2, everything=False, ids=frozenset({body.pk}), codes=frozenset({body.code}))


def card(scope: Scope, **asked: Any) -> Any:
    return {c.id: c for c in selectors.cockpit(scope, **asked)}["I1"]


def test_nothing_is_shown_before_the_first_computation() -> None:
    assert selectors.cockpit(EVERYTHING) == []
    assert selectors.as_of() is None
    assert selectors.detail(EVERYTHING, "I1") is None


def test_the_card_goes_from_baseline_over_now_to_target(stored: None) -> None:
    found = card(EVERYTHING)
    assert (found.baseline, found.now, found.target, found.light) == (15.3, 5.0, 6.0, "green")
    assert found.period == "2026-Q4"
    assert found.target_by == date(2026, 12, 31)
    assert found.trend == [("2026-10", 5.5), ("2026-11", None)]
    assert found.light_zh
    assert found.light_en


def test_a_region_and_a_period_can_be_asked_for(stored: None) -> None:
    assert card(EVERYTHING, region="990100").now == 9.0
    assert card(EVERYTHING, period="2023").now == 15.3
    assert [r.code for r in selectors.regions(EVERYTHING)] == ["990000", "990100", "990200"]
    assert selectors.periods() == ["2026-Q4", "2023"]


def test_a_body_sees_itself_and_no_other(stored: None, bodies: dict[str, Body]) -> None:
    mine = only(bodies["甲局"])
    assert card(mine).now == 9.5
    assert card(mine).baseline == 20.0, "a body starts from its own beginning, not from the province's"
    assert card(mine, region="990100").now == 9.0
    assert selectors.cockpit(mine, region="990200") == []
    found = selectors.detail(mine, "I1", by="body")
    assert found is not None
    assert [r.name for r in found.rows] == ["甲局"]
    by_item = selectors.detail(mine, "I1", by="item")
    assert by_item is not None
    assert by_item.rows == [], "figures by item mix bodies that may not be seen"


def test_a_user_without_a_body_sees_nothing(stored: None, bodies: dict[str, Body]) -> None:
    nobody = Scope(user=3, everything=False, ids=frozenset(), codes=frozenset())
    assert selectors.cockpit(nobody) == []
    assert selectors.detail(nobody, "I1") is None
    assert selectors.regions(nobody) == []


def test_a_few_cases_are_not_shown_as_a_figure(stored: None) -> None:
    found = selectors.detail(EVERYTHING, "I1", by="body")
    assert found is not None
    rows = {r.name: r for r in found.rows}
    assert (rows["乙局"].value, rows["乙局"].light, rows["乙局"].n) == (None, None, 4)
    assert rows["甲局"].value == 9.5
    assert [r.name for r in found.rows] == ["甲局", "乙局"], "worst first, unknown last"
    assert [n for _reason, n in found.excluded] == [7]
    assert "SELECT" in found.query


def test_a_new_computation_replaces_the_old_one_whole(stored: None) -> None:
    services.results_store(computed(RESULTS[:2]), at=NOW)
    assert Computation.objects.count() == 1
    assert IndicatorResult.objects.count() == 2


def test_a_failing_store_leaves_the_old_results(stored: None) -> None:
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        services.results_store(computed([RESULTS[0], RESULTS[0]]), at=NOW)
    assert IndicatorResult.objects.count() == len(RESULTS)


def test_recomputing_is_sent_to_the_worker() -> None:
    from xiaoneng.apps.outbox.models import Message

    services.recompute_send(as_of=date(2026, 11, 23), at=NOW)
    assert Message.objects.get().topic == services.COMPUTE
