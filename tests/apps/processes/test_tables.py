"""Grids in DMN files, cells while they are typed, comparison, rehearsal: nothing here needs a database."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.apps.processes.models import DMN
from tests.platform import NOW
from xiaoneng.apps.processes.tables import checking, compare, document, grid, inputs, rehearsal
from xiaoneng.core.decisions import from_python
from xiaoneng.core.errors import BadInput, NotFound

EXAMPLES = sorted((Path(__file__).parents[2] / "core/decisions/examples").glob("*.dmn"))
TEXT = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff"), max_size=20
).map(str.strip)


def table() -> grid.Grid:
    return document.grid_of(DMN, "津贴")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_reading_and_writing_changes_no_meaning(path: Path) -> None:
    dmn = path.read_bytes()
    for name in document.tables_of(dmn):
        before = document.grid_of(dmn, name)
        after = document.with_grid(dmn, before)
        assert document.grid_of(after, name) == before
        assert grid.from_data(json.loads(json.dumps(grid.to_data(before)))) == before
        assert [f.kind for f in checking.findings(after)] == [f.kind for f in checking.findings(dmn)]


def test_what_the_grid_does_not_show_stays() -> None:
    after = document.with_grid(DMN, table())
    assert b"<!-- kept as it is -->" in after
    assert b'xn:sensitive="true"' in after
    assert document.with_grid(after, table()) == after


@given(cells=st.lists(st.tuples(TEXT, TEXT, TEXT, TEXT), max_size=4))
def test_any_text_survives_the_file(cells: list[tuple[str, str, str, str]]) -> None:
    rules = tuple(grid.RuleRow("", (a or "-", b or "-"), (c,), (d,)) for a, b, c, d in cells)
    changed = replace(table(), rules=rules)
    read = document.grid_of(document.with_grid(DMN, changed), "津贴")
    assert [(r.inputs, r.outputs, r.notes) for r in read.rules] == [
        (r.inputs, r.outputs, r.notes) for r in rules
    ]
    assert len({r.id for r in read.rules}) == len(rules)


def test_a_copied_rule_gets_an_id_of_its_own() -> None:
    one = table()
    read = document.grid_of(document.with_grid(DMN, replace(one, rules=(one.rules[0], *one.rules))), "津贴")
    assert len({r.id for r in read.rules}) == 4


def test_a_new_column_brings_its_input_and_takes_it_away() -> None:
    one = table()
    column = grid.InputColumn(label="月收入", expression="月收入", type="number")
    wider = replace(
        one, inputs=(*one.inputs, column), rules=tuple(replace(r, inputs=(*r.inputs, "-")) for r in one.rules)
    )
    dmn = document.with_grid(DMN, wider)
    assert [a.name for a in inputs.asked_for(dmn, "津贴")] == ["年龄", "户籍", "月收入"]
    assert not checking.findings(dmn)
    back = document.with_grid(dmn, one)
    assert [a.name for a in inputs.asked_for(back, "津贴")] == ["年龄", "户籍"]
    assert "月收入" not in back.decode()


@pytest.mark.parametrize(
    ("part", "column", "text", "code"),
    [
        ("input", 0, "> 3", ""),
        ("input", 0, "[1..5), > 10", ""),
        ("input", 1, '"本地"', ""),
        ("input", 0, "-", ""),
        ("input", 0, "", ""),
        ("input", 0, "> ", "syntax"),
        ("input", 0, '"a', "syntax"),
        ("input", 0, "abc", "unknown_name"),
        ("input", 1, '"火星"', "impossible"),
        ("output", 0, "5", ""),
        ("output", 0, '"x"', "output_type"),
        ("output", 0, "5 +", "syntax"),
        ("output", 0, "年龄 * 2", ""),
        ("values", 1, '"本地",', "syntax"),
        ("expression", 0, "年龄 +", "syntax"),
        ("default", 0, "(", "syntax"),
        ("result-values", 0, "1,", "syntax"),
    ],
)
def test_a_cell_is_checked_while_it_is_typed(part: Any, column: int, text: str, code: str) -> None:
    found = checking.cell_findings(DMN, table(), part, column, text)
    assert [f.kind for f in found][:1] == ([code] if code else []), [str(f) for f in found]


def test_another_cells_fault_is_not_this_cells() -> None:
    broken = replace(table(), inputs=(replace(table().inputs[0], values="(("), *table().inputs[1:]))
    assert not checking.cell_findings(DMN, broken, "input", 1, '"本地"')


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"policy": "UNIQUE"},
        {**grid.to_data(table()), "outputs": []},
        {**grid.to_data(table()), "policy": "BEST"},
        {**grid.to_data(table()), "rules": [{"id": "", "inputs": ["-"], "outputs": ["1"], "notes": [""]}]},
        {
            **grid.to_data(table()),
            "notes": [],
            "rules": [{"id": "", "inputs": ["-", "\x00"], "outputs": ["1"], "notes": []}],
        },
        {
            **grid.to_data(table()),
            "notes": [],
            "rules": [{"id": "", "inputs": ["-", "x" * 5000], "outputs": ["1"], "notes": []}],
        },
        {**grid.to_data(table()), "aggregation": "SUM"},
    ],
)
def test_a_damaged_grid_is_refused(data: Any) -> None:
    with pytest.raises(BadInput):
        grid.from_data(json.loads(json.dumps(data)))


def test_no_such_table() -> None:
    for act in (
        lambda: document.grid_of(DMN, "无"),
        lambda: document.with_grid(DMN, replace(table(), decision="无")),
    ):
        with pytest.raises(NotFound):
            act()


def test_comparison_names_what_changed() -> None:
    one = table()
    rules = list(one.rules)
    rules[1] = replace(rules[1], outputs=("120",))
    after = replace(
        one, rules=(rules[1], rules[2], grid.RuleRow("", ("> 100", "-"), ("500",), ("",))), policy="FIRST"
    )
    found = compare.compare(one, after)
    assert [(r.kind, r.before, r.after) for r in found.rules] == [
        ("removed", 1, None),
        ("changed", 2, 1),
        ("same", 3, 2),
        ("added", None, 3),
    ]
    assert [(c.before, c.after) for c in found.rules[1].cells if c.changed] == [("100", "120")]
    assert found.policy.changed
    assert compare.compare(one, one).same


def test_comparison_of_columns() -> None:
    one = table()
    fewer = replace(
        one,
        inputs=(replace(one.inputs[0], basis="新法"),),
        rules=tuple(replace(r, inputs=r.inputs[:1]) for r in one.rules),
    )
    found = compare.compare(one, fewer)
    assert [(c.text, c.kind) for c in found.columns] == [
        ("年龄", "changed"),
        ("户籍", "removed"),
        ("金额", "same"),
        ("依据", "same"),
    ]


@given(st.lists(st.tuples(st.integers(60, 100), st.sampled_from(["本地", "外地"])), max_size=40))
def test_rehearsal_counts_what_one_by_one_gives(cases: list[tuple[int, str]]) -> None:
    columns = {"年龄": [from_python(a) for a, _ in cases], "户籍": [b for _, b in cases]}
    found = rehearsal.rehearse(DMN, "津贴", columns, at=NOW)
    model = document.model_of(DMN)
    singly = [model.evaluate("津贴", {"年龄": a, "户籍": b}, explain=True) for a, b in cases]
    assert found.values == [str(e.value) for e in singly]
    hits = [t.hits[0] + 1 for e in singly for d in e.trace.decisions for t in d.tables]
    assert found.fired[0].rules == {n: hits.count(n) for n in (1, 2, 3)}
    assert found.undecided == 0
    changed = document.with_grid(
        DMN,
        replace(
            table(),
            rules=tuple(replace(r, outputs=("7",)) if i == 1 else r for i, r in enumerate(table().rules)),
        ),
    )
    shift = rehearsal.what_if(found, rehearsal.rehearse(changed, "津贴", columns, at=NOW))
    assert shift.different == hits.count(2)
    assert all(found.values[row] == "100" for row in shift.sample)


def test_inputs_from_form_and_file() -> None:
    asked = inputs.asked_for(DMN, "津贴")
    assert [(a.name, a.kind, a.choices, a.sensitive) for a in asked] == [
        ("年龄", "number", (), True),
        ("户籍", "string", ("本地", "外地"), False),
    ]
    assert inputs.given(asked, {"年龄": " 80 ", "户籍": "", "其他": "x"}) == {"年龄": 80}
    columns = inputs.read_table("户籍,年龄,备注\n本地,80,a\n外地,,b\n\n".encode("gb18030"), asked)
    assert columns == {"户籍": ["本地", "外地"], "年龄": [80, None]}
    for bad in (b"", b"a,b\n1,2", b"\x89PNG\0\0", "年龄\n1".encode("utf-16")):
        with pytest.raises(BadInput):
            inputs.read_table(bad, asked)


def test_a_new_document_is_sound() -> None:
    dmn = document.new_document("测试", result="结果", inputs=[("年龄", "number")], key="test")
    assert document.tables_of(dmn) == ["结果"]
    assert not [f for f in checking.findings(dmn) if f.severity == "error"]
    with pytest.raises(BadInput):
        document.new_document("x", result="a<b", inputs=[], key="x")
