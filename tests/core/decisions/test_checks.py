"""Checks before publishing, against brute force on small domains, and each kind of finding once."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.decisions.models import definitions, input_data, literal, table_model
from xiaoneng.core.decisions import check_model, compile_unary_tests, load_model
from xiaoneng.core.decisions.checks import Finding
from xiaoneng.core.decisions.gaps import analyse, uncovered

HALVES = [Decimal(i) / 2 for i in range(-1, 10)]
COLUMNS = [("n", "number"), ("f", "boolean"), ("t", "string")]
TEXTS = ["a", "b", "…"]
DOMAIN = list(product(HALVES, [True, False], TEXTS))
number_cells = st.one_of(
    st.just("-"),
    st.builds("{} {}".format, st.sampled_from(["<", "<=", ">", ">="]), st.integers(0, 4)),
    st.builds(
        lambda a, b, o, c: f"{o}{min(a, b)}..{max(a, b)}{c}",
        st.integers(0, 4),
        st.integers(0, 4),
        st.sampled_from("[("),
        st.sampled_from("])"),
    ),
    st.builds("{}, {}".format, st.integers(0, 4), st.integers(0, 4)),
    st.builds("not({})".format, st.integers(0, 4)),
)
cells = st.tuples(
    number_cells,
    st.sampled_from(["-", "true", "false"]),
    st.sampled_from(["-", '"a"', '"a","b"', 'not("b")']),
)
tables = st.lists(cells, min_size=1, max_size=6)


def applies(rule: tuple[str, ...], point: tuple[Any, ...]) -> bool:
    return all(compile_unary_tests(c).evaluate(v).value is True for c, v in zip(rule, point, strict=True))


def findings(rules: list[tuple[str, ...]], policy: str, outputs: list[str] | None = None) -> list[Finding]:
    results = outputs or ["1"] * len(rules)
    return check_model(
        load_model(
            table_model(COLUMNS, [(r, [o]) for r, o in zip(rules, results, strict=True)], policy=policy)
        )
    )


def point_of(finding: Finding) -> tuple[Any, ...]:
    assert finding.example is not None
    return tuple(finding.example[name] for name, _ in COLUMNS)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables)
def test_every_gap_is_found_and_every_found_gap_is_one(rules: list[tuple[str, ...]]) -> None:
    model = load_model(table_model(COLUMNS, [(r, ["1"]) for r in rules]))
    table = model.decisions["D"].tables[0].compiled
    assert table is not None
    analysis = analyse(table)
    boxes = list(uncovered(analysis.axes, table.all_rules))
    for point in DOMAIN:
        regions = [axis.column.region(v) for axis, v in zip(analysis.axes, point, strict=True)]
        inside = any(all(r in allowed for r, allowed in zip(regions, box, strict=True)) for box in boxes)
        assert inside is not any(applies(rule, point) for rule in rules), point
    for finding in check_model(model):
        if finding.kind == "gap":
            assert not any(applies(rule, point_of(finding)) for rule in rules)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables)
def test_every_overlap_is_found(rules: list[tuple[str, ...]]) -> None:
    found = {f.rules: f for f in findings(rules, "UNIQUE") if f.kind == "overlap"}
    for a in range(len(rules)):
        for b in range(a + 1, len(rules)):
            together = any(applies(rules[a], p) and applies(rules[b], p) for p in DOMAIN)
            assert together is ((a + 1, b + 1) in found)
    for (a, b), finding in found.items():
        assert applies(rules[a - 1], point_of(finding))
        assert applies(rules[b - 1], point_of(finding))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables)
def test_every_rule_without_effect_is_found(rules: list[tuple[str, ...]]) -> None:
    found = {f.rules[0]: f.kind for f in findings(rules, "FIRST") if f.kind in ("masked", "impossible")}
    for index, rule in enumerate(rules):
        own = [p for p in DOMAIN if applies(rule, p)]
        effective = [p for p in own if not any(applies(r, p) for r in rules[:index])]
        expected = None if effective else ("masked" if own else "impossible")
        assert found.get(index + 1) == expected, (index, rule)


@given(tables, st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_conflicts_are_overlaps_with_different_results(
    rules: list[tuple[str, ...]], data: st.DataObject
) -> None:
    outputs = [data.draw(st.sampled_from(["1", "2", "1.0"])) for _ in rules]
    found = {f.rules for f in findings(rules, "ANY", outputs) if f.kind == "conflict"}
    for a in range(len(rules)):
        for b in range(a + 1, len(rules)):
            together = any(applies(rules[a], p) and applies(rules[b], p) for p in DOMAIN)
            different = Decimal(outputs[a]) != Decimal(outputs[b])
            assert (together and different) is ((a + 1, b + 1) in found)


def kinds(model: bytes) -> list[str]:
    return [f.kind for f in check_model(load_model(model))]


def test_priority_may_outrank() -> None:
    rules = [(["> 0"], ['"low"']), (["> 5"], ['"low"']), (["> 5"], ['"high"'])]
    model = table_model(
        [("x", "number")],
        [*rules, (["<= 0"], ['"high"'])],
        policy="PRIORITY",
        outputs=[("r", "string", '"high","low"')],
    )
    assert [(f.kind, f.rules) for f in check_model(load_model(model))] == [("outranked", (2,))]


def test_two_columns_of_one_input_move_together() -> None:
    model = table_model(
        [("x", "number"), ("x", "number")],
        [(["< 5", ">= 2"], ["1"]), (["< 2", "-"], ["2"]), ([">= 5", "-"], ["3"])],
    )
    assert kinds(model) == []


def test_allowed_values_close_the_domain() -> None:
    rules = [(['"a"'], ["1"]), (['"b"'], ["2"])]
    assert kinds(table_model([("s", "string")], rules)) == ["gap"]
    assert kinds(table_model([("s", "string")], rules, allowed={"s": '"a","b"'})) == []


def test_gaps_between_days_need_a_day() -> None:
    rules = [(['<= @"2024-01-31"'], ["1"]), (['>= @"2024-02-01"'], ["2"])]
    assert kinds(table_model([("d", "date")], rules)) == []
    (gap,) = check_model(load_model(table_model([("d", "date")], [rules[0], (['> @"2024-02-01"'], ["2"])])))
    assert str(gap.example["d"]) == "2024-02-01"  # type: ignore[index] # a gap has an example


def test_cells_that_depend_on_more_are_said_to_be_unclear() -> None:
    model = table_model(
        [("x", "number"), ("y", "number")], [(["> y", "-"], ["1"]), (["<= 3", "-"], ["2"])], policy="FIRST"
    )
    found = check_model(load_model(model))
    assert [f.kind for f in found] == ["unclear"]


def about_a_person(text: str) -> bytes:
    """A decision over a number ``a`` and a person ``p`` with a name and a date of birth."""
    parts = [("name", "string"), ("first name", "string"), ("born", "date")]
    components = "".join(
        f'<itemComponent name="{name}"><typeRef>{of}</typeRef></itemComponent>' for name, of in parts
    )
    body = f'<itemDefinition name="tP">{components}</itemDefinition>'
    body += input_data("a", "number") + input_data("p", "tP")
    return definitions(body + literal("D", text, requires=["in_a", "in_p"]))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a + nobody", "unknown_name"),
        ('a + "x"', "operand_types"),
        ("a and true", "operand_type"),
        ("if a then 1 else 2", "not_boolean"),
        ("substring(a)", "argument_count"),
        ("a.b", "unknown_member"),
        ("p.age", "unknown_member"),
        ("p.name < 5", "operand_types"),
        ("floor(m: 1)", "argument_name"),
        ("1 +", "syntax"),
        ("a instance of tNothing", "unknown_type"),
    ],
)
def test_names_and_types(text: str, kind: str) -> None:
    (finding,) = check_model(load_model(about_a_person(text)))
    assert (finding.kind, finding.severity) == (kind, "error")


def test_sound_expressions_have_no_findings() -> None:
    text = (
        'if p.born + duration("P18Y") <= today() and a in [1..5] then upper case(p.first name)'
        " else [p][born.year > 2000][1].first name"
    )
    assert check_model(load_model(about_a_person(text))) == []


def test_types_of_cells_and_results() -> None:
    model = table_model(
        [("x", "number")], [(['"five"'], ["1"]), (["> 5"], ['"text"'])], outputs=[("r", "number", "")]
    )
    found = {(f.kind, f.rules) for f in check_model(load_model(model))}
    assert ("operand_types", (1,)) in found
    assert ("output_type", (2,)) in found


def test_results_outside_their_allowed_values() -> None:
    model = table_model(
        [("x", "number")], [(["> 5"], ['"c"']), (["<= 5"], ['"a"'])], outputs=[("r", "string", '"a","b"')]
    )
    assert [(f.kind, f.rules) for f in check_model(load_model(model))] == [("output_value", (1,))]


def test_a_thousand_rules_are_checked_in_time() -> None:
    import time

    rules = [([f"[{i}..{i + 1})", '"a"' if i % 2 else "-"], [str(i)]) for i in range(1000)]
    start = time.perf_counter()
    model = load_model(table_model([("x", "number"), ("s", "string")], rules))
    compiled = time.perf_counter() - start
    assert any(f.kind == "gap" for f in check_model(model))
    assert compiled < 5
    assert time.perf_counter() - start < 20


def test_notes_for_explanations_are_checked() -> None:
    source = table_model([("t", "string")], [(('"a"',), ("1",))], allowed={"t": '"a","b"'}).decode()
    noted = source.replace("<input ", "<input xmlns:x='urn:x' x:reach='] 3' x:values_en='\"one\"' ", 1)
    kinds = {f.kind for f in check_model(load_model(noted.encode()))}
    assert {"reach_unreadable", "names_in_english"} <= kinds
    assert not {"reach_unreadable", "names_in_english"} & {
        f.kind for f in check_model(load_model(source.encode()))
    }
