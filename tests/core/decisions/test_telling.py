"""Telling never fails, whatever the model and the inputs, and says the same from the stored record."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED, missing
from tests.core.decisions.models import table_model
from xiaoneng.core.decisions import Model, dump_json, explain, load_model, tell
from xiaoneng.core.errors import XiaonengError
from xiaoneng.presentation.i18n import translator

CHINESE = translator("zh", "core/decisions")
CELLS = {
    "n": st.sampled_from(["-", "< 3", ">= 3", "[1..5)", "(2..4]", "2, 7", "not(4)", "null", "> m"]),
    "t": st.sampled_from(["-", '"a"', '"a","b"', 'not("a")', 'starts with(?, "a")']),
    "b": st.sampled_from(["-", "true", "false"]),
    "d": st.sampled_from(["-", '< date("2026-01-01")', '[date("2026-01-01")..date("2026-12-31")]']),
}
TYPES = {"n": "number", "t": "string", "b": "boolean", "d": "date"}
VALUES = {
    "n": [None, 2, Decimal("3.5"), "x", [1]],
    "t": [None, "a", "c", 4],
    "b": [None, True, False, "yes"],
    "d": [None, "2025-12-31", "2026-06-01", "soon"],
}
RULES = st.lists(
    st.tuples(st.tuples(*(CELLS[name] for name in TYPES)), st.sampled_from(["1", "2", "null", "n + 1"])),
    min_size=1,
    max_size=6,
)


def told(model: Model, name: str, inputs: dict[str, Any]) -> list[str]:
    evaluation = model.evaluate(name, inputs, explain=True, json=True)
    data = explain(model, evaluation, name, at="2026-03-01T09:00:00+08:00")
    lines = tell(data, CHINESE, "zh")
    stored = json.loads(dump_json(data), parse_float=Decimal, parse_int=Decimal)
    assert tell(stored, CHINESE, "zh") == lines
    assert len(tell(data)) == len(lines)
    return lines


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    RULES,
    st.sampled_from(["UNIQUE", "FIRST", "ANY", "COLLECT", "RULE ORDER"]),
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()}),
)
def test_random_tables_are_told(
    rules: list[tuple[tuple[str, ...], str]], policy: str, inputs: dict[str, Any]
) -> None:
    model = load_model(
        table_model(list(TYPES.items()), [(cells, [result]) for cells, result in rules], policy=policy)
    )
    lines = told(model, "D", inputs)
    assert lines[0].startswith("D：")


@pytest.mark.parametrize("part", range(4))
def test_the_kit_s_models_are_told(part: int) -> None:
    folder = SHARED / "conformance" / "dmn-tck"
    if not folder.is_dir():
        missing(f"no compatibility kit at {folder}; set XIAONENG_SHARED")
    count = 0
    for path in sorted(folder.rglob("*.dmn"))[part::8]:
        try:
            model = load_model(path)
        except XiaonengError:
            continue
        for name in model.decisions:
            for value in (None, 3, "x"):
                told(model, name, {} if value is None else dict.fromkeys(model.all_inputs(), value))
                count += 1
    assert count > 50
