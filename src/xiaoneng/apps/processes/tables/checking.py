"""Checks while someone edits: one cell at once, and the whole model before it is published."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from xiaoneng.apps.processes.tables.document import model_of, with_grid
from xiaoneng.apps.processes.tables.grid import Grid, RuleRow
from xiaoneng.core.decisions import Finding, check_model
from xiaoneng.core.decisions.model.load import load_model

Part = Literal["input", "output", "expression", "values", "result-values", "default"]
# about rules taken together, or about the one row that stands for all others while a cell is checked
TOGETHER: Final = frozenset(
    [
        "gap",
        "gap_listed",
        "overlap",
        "conflict",
        "possible_conflict",
        "masked",
        "outranked",
        "unclear",
        "not_analysed",
        "incomplete",
        "more",
        "no_logic",
        "no_priority",
    ]
)


def findings(dmn: bytes) -> list[Finding]:
    """Everything that is wrong with a model, errors first."""
    return check_model(model_of(dmn))


def cell_findings(dmn: bytes, grid: Grid, part: Part, column: int, text: str) -> list[Finding]:
    """What is wrong with one cell or head, read in the model as the editor has it now.

    The model is loaded with this one cell and everything else empty, so that the answer does not depend on
    the number of rules.
    """
    inputs, outputs = list(grid.inputs), list(grid.outputs)
    conditions, results = ["-"] * len(inputs), ["null"] * len(outputs)
    if part == "input":
        conditions[column] = text
    elif part == "output":
        results[column] = text
    elif part == "expression":
        inputs[column] = replace(inputs[column], expression=text)
    elif part == "values":
        inputs[column] = replace(inputs[column], values=text)
    elif part == "result-values":
        outputs[column] = replace(outputs[column], values=text)
    else:
        outputs[column] = replace(outputs[column], default=text)
    if part not in ("values", "input"):
        inputs = [replace(i, values="") for i in inputs]
    for index, one in enumerate(inputs):
        # another column's fault is not this cell's
        if part != "values" or index != column:
            inputs[index] = replace(one, values=one.values if part == "input" and index == column else "")
    if part != "result-values":
        outputs = [
            replace(o, values=o.values if part == "output" and i == column else "")
            for i, o in enumerate(outputs)
        ]
    if part != "default":
        outputs = [replace(o, default="") for o in outputs]
    row = RuleRow("", tuple(conditions), tuple(results), tuple("" for _ in grid.notes))
    one_cell = replace(grid, inputs=tuple(inputs), outputs=tuple(outputs), rules=(row,))
    found = check_model(load_model(with_grid(dmn, one_cell)))
    mine = [f for f in found if f.kind not in TOGETHER and f.decision == grid.decision]
    if part in ("input", "output"):
        # of the one rule, or a text that could not be read
        mine = [f for f in mine if f.rules or (f.text is not None and f.text.strip() == text.strip())]
    return mine
