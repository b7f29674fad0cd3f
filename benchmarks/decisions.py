"""A table of 24 rules: ours bound, one by one and in one call, against zen-engine and SpiffWorkflow.

The peers run in interpreters of their own, named by ``XIAONENG_ZEN_PYTHON`` and ``XIAONENG_SPIFF_PYTHON``;
one that is not named is reported as absent. Every engine gets the same rules in its own notation (three
inputs: one of four texts, a number in one of three bands, a boolean) and the same thousand inputs, already of
its own types; the sums of the results must agree. Times are CPU time per evaluation, the best of five rounds.
"""

from __future__ import annotations

import json
import os
import random
import time
from decimal import Decimal
from typing import Any

import numpy as np

from benchmarks.processes import python
from xiaoneng.core.decisions import bind, compile_expression, decide_many, explain, load_model
from xiaoneng.core.decisions.model import Model

DMN = "https://www.omg.org/spec/DMN/20230324/MODEL/"
INPUTS = (("kind", "string"), ("amount", "number"), ("local", "boolean"))
ROWS = 1_000_000
ROUNDS = 5

ZEN = """
import json, sys, time, zen
task = json.loads(sys.argv[1])
names = ["kind", "amount", "local"]
def cell(name, value):
    if name == "kind":
        return json.dumps(value)
    if name == "amount":
        return "[%d..%d)" % tuple(value)
    return "true" if value else "false"
rules = [
    {"_id": str(n), "r": str(result), **{name: cell(name, value) for name, value in zip(names, cells)}}
    for n, (cells, result) in enumerate(task["rules"])
]
table = {
    "hitPolicy": "first",
    "inputs": [{"id": name, "name": name, "field": name} for name in names],
    "outputs": [{"id": "r", "name": "r", "field": "r"}],
    "rules": rules,
}
content = {
    "nodes": [
        {"id": "i", "name": "i", "type": "inputNode", "position": {"x": 0, "y": 0}},
        {"id": "t", "name": "t", "type": "decisionTableNode", "position": {"x": 0, "y": 0}, "content": table},
        {"id": "o", "name": "o", "type": "outputNode", "position": {"x": 0, "y": 0}},
    ],
    "edges": [
        {"id": "a", "sourceId": "i", "targetId": "t", "type": "edge"},
        {"id": "b", "sourceId": "t", "targetId": "o", "type": "edge"},
    ],
}
decision = zen.ZenEngine().create_decision(json.dumps(content))
rows = [dict(zip(names, row)) for row in task["inputs"]]
total = sum(decision.evaluate(row)["result"]["r"] for row in rows)
best = 1e9
for _ in range(task["rounds"]):
    start = time.process_time()
    for row in rows:
        decision.evaluate(row)
    best = min(best, (time.process_time() - start) / len(rows))
print(json.dumps({"us": best * 1e6, "total": total}))
"""

SPIFF = """
import json, sys, time
from types import SimpleNamespace
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
from SpiffWorkflow.dmn.specs.model import DecisionTable, Input, InputEntry, Output, OutputEntry, Rule
task = json.loads(sys.argv[1])
names = ["kind", "amount", "local"]
table = DecisionTable("t", "t", "UNIQUE")
table.inputs = [Input(name, name, name, None, None) for name in names]
for column in table.inputs:
    column.expression = column.label
output = Output("r", "r", "r", "number")
table.outputs = [output]
def cell(name, value):
    if name == "kind":
        return repr(value)
    if name == "amount":
        return "%d <= ? < %d" % tuple(value)
    return str(bool(value))
for n, (cells, result) in enumerate(task["rules"]):
    rule = Rule(str(n))
    rule.row_number = n
    for column, value in zip(table.inputs, cells):
        entry = InputEntry(str(n), column)
        entry.lhs = [cell(column.label, value)]
        rule.inputEntries.append(entry)
    out = OutputEntry(str(n), output)
    out.text = str(result)
    out.parsedRef = out.text
    rule.outputEntries.append(out)
    table.rules.append(rule)
engine = DMNEngine(table)
workflow = SimpleNamespace(script_engine=PythonScriptEngine())
tasks = [SimpleNamespace(data=dict(zip(names, row)), workflow=workflow) for row in task["inputs"]]
total = sum(engine.result(t)["r"] for t in tasks)
best = 1e9
for _ in range(task["rounds"]):
    start = time.process_time()
    for t in tasks:
        engine.result(t)
    best = min(best, (time.process_time() - start) / len(tasks))
print(json.dumps({"us": best * 1e6, "total": total}))
"""


def rules(bands: int = 3) -> list[tuple[tuple[str, tuple[int, int], bool], int]]:
    """Cells and result of every rule: 4 kinds, the bands, 2 truth values."""
    cells = [(k, (b * 10, b * 10 + 10), f) for k in "ABCD" for b in range(bands) for f in (True, False)]
    return [(cell, number) for number, cell in enumerate(cells, 1)]


def model(bands: int = 3) -> Model:
    """The rules as DMN."""
    data = "".join(
        f'<inputData id="i_{n}" name="{n}"><variable name="{n}" typeRef="{t}"/></inputData>'
        for n, t in INPUTS
    )
    links = "".join(
        f'<informationRequirement id="q_{n}"><requiredInput href="#i_{n}"/></informationRequirement>'
        for n, _ in INPUTS
    )
    columns = "".join(
        f'<input id="c_{n}"><inputExpression typeRef="{t}"><text>{n}</text></inputExpression></input>'
        for n, t in INPUTS
    )
    rows = "".join(
        f'<rule><inputEntry><text>"{kind}"</text></inputEntry><inputEntry><text>[{low}..{high})</text></inputEntry>'
        f"<inputEntry><text>{str(local).lower()}</text></inputEntry>"
        f"<outputEntry><text>{result}</text></outputEntry></rule>"
        for (kind, (low, high), local), result in rules(bands)
    )
    output = '<output name="r" typeRef="number"/>'
    table = f'<decisionTable hitPolicy="UNIQUE">{columns}{output}{rows}</decisionTable>'
    decision = f'<decision id="D" name="D"><variable name="D" typeRef="number"/>{links}{table}</decision>'
    return load_model(
        f'<definitions xmlns="{DMN}" name="m" namespace="urn:m">{data}{decision}</definitions>'.encode()
    )


def peer(variable: str, code: str, inputs: list[tuple[str, float, bool]]) -> dict[str, Any] | None:
    """CPU microseconds and the sum of results of a peer; None when it is not named."""
    interpreter = os.environ.get(variable)
    if not interpreter:
        return None
    task = {"rules": rules(), "inputs": inputs, "rounds": ROUNDS}
    found: dict[str, Any] = python(code, json.dumps(task), interpreter=interpreter).json()
    return found


def best_of(work: Any, count: int) -> float:
    """CPU microseconds per evaluation."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        best = min(best, (time.process_time() - start) / count)
    return best * 1e6


def run() -> dict[str, Any]:
    """Ours, the peers, a batch, and the time to compile a thousand rules."""
    chance = random.Random(1)
    inputs = [(chance.choice("ABCD"), chance.randrange(300) / 10, chance.random() < 0.5) for _ in range(1000)]
    ours = model()
    decide = bind(ours, "D", [name for name, _ in INPUTS])
    ready = [(kind, Decimal(repr(amount)), local) for kind, amount, local in inputs]
    total = sum(decide(*row) for row in ready)
    us = best_of(lambda: [decide(kind, amount, local) for kind, amount, local in ready * 20], 20_000)
    whole = [dict(zip((n for n, _ in INPUTS), row, strict=True)) for row in ready]
    full = best_of(lambda: [ours.evaluate("D", row) for row in whole], 1000)
    told = best_of(
        lambda: [explain(ours, ours.evaluate("D", row, explain=True), "D") for row in whole[:100]], 100
    )

    result: dict[str, Any] = {
        "name": "decisions",
        "how": "24 rules, 3 inputs, 1,000 inputs; CPU time per evaluation, best of 5; explanation off",
        "unit": "µs per evaluation",
        "ours": round(us, 3),
        "ours_with_faults_and_checks": round(full, 2),
        "ours_with_explanation": round(told),
        "peer": {},
        "ratio": {},
    }
    for name, variable, code in (
        ("zen-engine", "XIAONENG_ZEN_PYTHON", ZEN),
        ("SpiffWorkflow", "XIAONENG_SPIFF_PYTHON", SPIFF),
    ):
        found = peer(variable, code, inputs)
        if found is None:
            result["peer"][name] = f"absent: set {variable}"
            continue
        if found["total"] != total:
            raise RuntimeError(f"{name} decides differently: {found['total']} instead of {total}")
        result["peer"][name] = round(found["us"], 1)
        result["ratio"][name] = round(found["us"] / us)
    result["batch"] = batch(ours, decide)
    start = time.process_time()
    model(125)
    result["compile_1000_rules_s"] = round(time.process_time() - start, 3)
    expression = compile_expression("if a > 3 and b in (1, [5..9]) then a * b else a + b", ["a", "b"])
    values = {"a": Decimal(4), "b": Decimal(7)}
    result["expression_us"] = round(
        best_of(lambda: [expression.evaluate(values) for _ in range(2000)], 2000), 2
    )
    return result


def batch(ours: Model, decide: Any) -> dict[str, Any]:
    """A million rows in one call against the bound function row by row."""
    chance = np.random.default_rng(1)
    kinds = np.array(list("ABCD"))[chance.integers(0, 4, ROWS)].tolist()
    amounts, locals_ = chance.integers(0, 300, ROWS) / 10, chance.integers(0, 2, ROWS).astype(bool)
    columns = {"kind": kinds, "amount": amounts, "local": locals_}
    together = best_of(lambda: decide_many(ours, "D", columns), 1_000_000)
    codes = decide_many(ours, "D", columns)
    decimals = [Decimal(a) / 10 for a in (amounts * 10).round().astype(int).tolist()]
    rows = list(zip(kinds, decimals, locals_.tolist(), strict=True))
    apart = best_of(lambda: [decide(kind, amount, local) for kind, amount, local in rows], 1_000_000)
    one_by_one = [decide(kind, amount, local) for kind, amount, local in rows]
    if codes.values() != one_by_one:
        raise RuntimeError("the batch decides differently")
    return {
        "rows": ROWS,
        "one_call_s": round(together, 3),
        "one_by_one_s": round(apart, 3),
        "ratio": round(apart / together, 1),
    }
