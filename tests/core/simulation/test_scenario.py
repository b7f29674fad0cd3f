"""Scenario files: read strictly, written again, described by their schema."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from campaigns._simulation_models import random_model, random_world
from tests.core.simulation.models import OFFICE, model, plan, row, scenario
from xiaoneng.core.errors import BadInput, HostileInput, NotFound
from xiaoneng.core.simulation import bind, dump_scenario, load_scenario, parse_scenario, without_file
from xiaoneng.core.simulation import scenario as module
from xiaoneng.core.simulation.strict_json import parse_json

DESK = {"name": "desk", "number": 2, "roles": ["clerk"]}


def refused(text: bytes | dict[str, Any]) -> BadInput:
    raw = text if isinstance(text, bytes) else json.dumps(text, indent=1).encode()
    with pytest.raises(BadInput) as caught:
        parse_scenario(raw, "s.json")
    return caught.value


@pytest.mark.parametrize(
    ("parts", "field", "line"),
    [
        ({"pools": [{**DESK, "number": 0}]}, "pools[1].number", 8),
        ({"pools": [DESK, DESK]}, "pools[2].name", 14),
        ({"pools": [{**DESK, "calendar": "night"}]}, "pools[1].calendar", 12),
        ({"pools": [{**DESK, "absent_share": 0.1}]}, "pools[1]", 6),
        ({"steps": {"a": {"duration": {"gamma": {"mean": 5}}}}}, "steps.a.duration.gamma", 8),
        ({"steps": {"a": {"duration": {"normal": {"mean": 5}}}}}, "steps.a.duration.normal", 8),
        ({"steps": {"a": {"duration": "P1M"}}}, "steps.a.duration", 7),
        ({"steps": {"a": {"duration": {"uniform": {"low": 2, "high": 1}}}}}, "steps.a.duration.uniform", 8),
        ({"steps": {"a": {"duration": {"quantiles": [2, 1]}}}}, "steps.a.duration.quantiles", 8),
        ({"steps": {"a": {"priority": True}}}, "steps.a.priority", 7),
        ({"steps": {"a": {"speed": 2}}}, "steps.a.speed", 7),
        ({"flows": {"f": 1.5}}, "flows.f", 6),
        ({"until": "2024-01-01T00:00:00+08:00"}, "until", 5),
        ({"zone": "Nowhere/Here"}, "zone", 5),
        ({"start": "tomorrow"}, "start", 4),
        ({"arrivals": {"every": 0}}, "arrivals.every", 6),
        ({"arrivals": {"every": 1, "hours": [1, 2]}}, "arrivals.hours", 7),
        ({"arrivals": {"times": ["2025-03-03", "2025-03-02"]}}, "arrivals.times", 6),
        ({"attributes": {"a": {"choice": [{"value": 1, "share": 0.5}]}}}, "attributes.a.choice", 7),
        ({"calendars": {"always": {"days": "cn"}}}, "calendars.always", 6),
        ({"calendars": {"o": {"days": "../x.toml"}}}, "calendars.o.days", 7),
        ({"calendars": {"o": {"days": "cn", "hours": ["9-12"]}}}, "calendars.o.hours", 8),
        ({"cases": 0}, "cases", 5),
        ({"surprise": 1}, "surprise", 5),
    ],
)
def test_a_complaint_names_line_and_field(parts: dict[str, Any], field: str, line: int) -> None:
    error = refused(scenario(**parts))
    assert error.place is not None
    assert (error.place.file, error.place.field, error.place.line) == ("s.json", field, line)
    assert error.expected


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b'{"a": 1,}', b"[1 2]", b'{"a": NaN}', b"{'a': 1}", b'{"a": 01}', b'"\\x"', b"1e999", b"nul"],
)
def test_what_is_no_json_is_refused(text: bytes) -> None:
    assert refused(text).place is not None


def test_a_key_twice_and_deep_nesting_are_refused() -> None:
    assert "twice" in str(refused(b'{"format": 1,\n "format": 2}'))
    with pytest.raises(HostileInput):
        parse_json(b"[" * 50 + b"]" * 50)
    with pytest.raises(NotFound):
        load_scenario(Path("no-such-file.json"))


def test_json_is_read_as_the_standard_library_reads_it() -> None:
    def plain(field: Any) -> Any:
        if isinstance(field.value, dict):
            return {k: plain(v) for k, v in field.value.items()}
        if isinstance(field.value, list):
            return [plain(v) for v in field.value]
        return field.value

    text = '{"a": [1, -2.5e3, "x\\n\\u4e2d", true, null, {}, []], "b": {"c": 0}}'
    assert plain(parse_json(text.encode())) == json.loads(text)


@pytest.mark.parametrize("seed", range(12))
def test_written_and_read_again_is_the_same(seed: int) -> None:
    chance = random.Random(seed)
    _, drawing = random_model(chance, rich=True)
    first = parse_scenario(json.dumps(random_world(chance, drawing)).encode())
    assert parse_scenario(dump_scenario(first).encode()) == first


def test_the_schema_knows_the_same_keys_as_the_reader() -> None:
    schema = json.loads(module.SCHEMA_FILE.read_text(encoding="utf-8"))
    assert set(schema["properties"]) == set(module.TOP)
    defs = schema["$defs"]
    assert set(schema["properties"]["pools"]["items"]["properties"]) == {
        "name", "number", "roles", "calendar", "cost_per_hour", "absence", "absent_share"
    }  # fmt: skip
    step = schema["properties"]["steps"]["additionalProperties"]["properties"]
    assert set(step) == {"duration", "role", "priority", "cost", "batch"}
    kinds = {key for way in defs["times"]["oneOf"] if "properties" in way for key in way["properties"]}
    assert kinds == {"constant", "exponential", "lognormal", "gamma", "triangular", "uniform", "quantiles"}
    published = Path(__file__).parents[3] / "docs" / "reference" / "scenario.schema.json"
    assert published.read_bytes() == module.SCHEMA_FILE.read_bytes()


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ({"steps": {"b": {}}}, "no such element"),
        ({"flows": {"f9": 1}}, "no sequence flow"),
        ({"events": {"a": {"delay": 1}}}, "no such element"),
        ({"attributes": {"size": {"number": 1}}}, "no condition asks for size"),
        ({"process": "q"}, "no process q"),
        ({"pools": [DESK], "steps": {"a": {"role": "judge"}}}, "the role judge"),
        ({"priority": "if"}, "no expression"),
    ],
)
def test_a_name_that_does_not_fit_the_model_is_refused(parts: dict[str, Any], what: str) -> None:
    with pytest.raises((BadInput, NotFound), match=what) as caught:
        plan(row("a"), **parts)
    assert caught.value.place is not None
    assert caught.value.place.line is not None


def choice(*conditions: str) -> Any:
    """An exclusive split into tasks a and b."""
    elements = [
        '<startEvent id="s"/><exclusiveGateway id="g"/><userTask id="a"/><userTask id="b"/>',
        '<exclusiveGateway id="j"/><endEvent id="e"/>',
    ]
    ways = [
        ("g", task, *own) for task, own in zip("ab", [(c and [c]) or [] for c in conditions], strict=True)
    ]
    return model(elements, [("s", "g"), *ways, ("a", "j"), ("b", "j"), ("j", "e")])


def test_a_split_that_nothing_decides_is_refused() -> None:
    with pytest.raises(BadInput, match="neither a condition nor a probability"):
        plan(choice("", ""))
    with pytest.raises(BadInput, match="its conditions ask for x"):
        plan(choice("x &gt; 1", "x &lt;= 1"))
    with pytest.raises(BadInput, match=r"add up to 0\.9") as caught:
        plan(choice("", ""), flows={"f1": 0.5, "f2": 0.4})
    assert caught.value.place is not None
    assert caught.value.place.field == "flows.f1"


def test_without_a_file_the_model_runs_and_says_what_it_lacks() -> None:
    kinds = {remark.kind for remark in bind(choice("", ""), without_file()).remarks}
    assert kinds == {"branches_even", "no_duration"}


def test_a_calendar_file_lies_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'format = "xiaoneng-calendar"\nversion = 1\nname = "own"\n'
        'extends = "weekdays"\nhours = ["10:00-11:00"]\n'
    )
    file = tmp_path / "scenario.json"
    file.write_text(json.dumps(scenario(calendar="o", calendars={"o": {"days": "own.toml"}})))
    agenda = bind(row("a"), load_scenario(file)).free_agenda
    assert agenda.ends[0] - agenda.starts[0] == 3600 * 1_000_000
    assert OFFICE["days"] == "weekdays"
