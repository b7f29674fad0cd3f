"""``xiaoneng feel`` and ``xiaoneng decision`` as their users call them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.core.decisions.models import table_model
from xiaoneng.cli.main import main

EXAMPLES = Path(__file__).parents[1] / "core" / "decisions" / "examples"


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert main([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_value_is_printed_exactly(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feel", "a.b + 0.10", "--input", '{"a": {"b": 2.50}}', "--json"]) == 0
    assert capsys.readouterr().out == '{\n  "value": 2.6,\n  "errors": []\n}\n'
    assert main(["feel", "1/3"]) == 0
    assert capsys.readouterr().out == "0.3333333333333333333333333333333333\n"


def test_a_null_comes_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "feel", "1 / 0", "--lang", "en", code=1)
    assert found["value"] is None
    assert found["errors"] == [
        {"code": "division_by_zero", "message": "division by zero", "where": None, "at": 3}
    ]


def test_a_null_that_is_meant_is_a_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "feel", "null") == {"value": None, "errors": []}


def test_the_moment_can_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "feel", "today()", "--at", "2024-02-29")["value"] == "2024-02-29"


@pytest.mark.parametrize(
    "arguments",
    [
        ["feel", "1 +"],
        ["feel", "1", "--input", "[1]"],
        ["feel", "1", "--input", "{"],
        ["feel", "1", "--input", '{"a": NaN}'],
        ["feel", "1", "--input", '{"a": 1, "a": 2}'],
        ["feel", "1", "--input", "@/no/such/file"],
        ["feel", "1", "--input", "[" * 100_000],
        ["feel", "1", "--at", "yesterday"],
        ["decision", "check", "/no/such/file"],
        ["decision", "eval", str(EXAMPLES / "allowance.dmn"), "--decision", "nothing"],
    ],
)
def test_bad_input_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith("xiaoneng: ")


def test_check_says_what_to_put_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "m.dmn"
    path.write_bytes(table_model([("x", "number")], [(["< 5"], ["1"]), (["> 3"], ["2"]), (["> 9"], ["3"])]))
    answer = said(capsys, "decision", "check", str(path), "--lang", "en", code=1)
    found = answer["problems"]
    assert answer["publishable"] is False
    assert [(p["kind"], p["rules"], p["example"]) for p in found] == [
        ("overlap", [1, 2], {"x": 4}),
        ("overlap", [2, 3], {"x": 10}),
    ]
    assert main(["decision", "check", str(EXAMPLES / "allowance.dmn"), "--lang", "zh"]) == 0


def test_a_rule_without_effect_is_a_problem_but_no_obstacle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "m.dmn"
    rules = [(["-"], ["1"]), (["> 3"], ["2"])]
    path.write_bytes(table_model([("x", "number")], rules, policy="FIRST"))
    answer = said(capsys, "decision", "check", str(path), code=1)
    assert [p["kind"] for p in answer["problems"]] == ["masked"]
    assert answer["publishable"] is True


def test_what_cannot_be_decided_is_the_negative_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    allowance = str(EXAMPLES / "allowance.dmn")
    inputs = '{"年龄": 83, "户口": "本地"}'
    assert main(["decision", "eval", allowance, "--input", inputs, "--lang", "en"]) == 1
    assert "户口 is no input of the model" in capsys.readouterr().err


def test_the_day_of_the_decision_is_filled_in(capsys: pytest.CaptureFixture[str]) -> None:
    inputs = '{"born": "1960-01-01", "home": "here"}'
    arguments = [
        "decision",
        "eval",
        str(EXAMPLES / "pension.dmn"),
        "--input",
        inputs,
        "--decision",
        "pension",
    ]
    assert said(capsys, *arguments, "--at", "2029-12-31")["results"][0]["value"] == 1
    assert said(capsys, *arguments, "--at", "2030-01-01")["results"][0]["value"] == 2


def test_eval_gives_every_decision(capsys: pytest.CaptureFixture[str]) -> None:
    inputs = '{"经营面积": 300, "许可类别": "预包装食品", "近一年处罚次数": 0}'
    results = said(capsys, "decision", "eval", str(EXAMPLES / "licence.dmn"), "--input", inputs)["results"]
    assert [(r["decision"], r["value"], r["matched_rules"]) for r in results] == [
        ("风险等级", "中", [2]),
        ("审批方式", "人工审查", [3]),
    ]


def test_eval_explains(capsys: pytest.CaptureFixture[str]) -> None:
    inputs = '{"年龄": 83, "户籍": "本地", "月收入": 3500}'
    (result,) = said(
        capsys,
        "decision",
        "eval",
        str(EXAMPLES / "allowance.dmn"),
        "--input",
        inputs,
        "--explain",
        "--at",
        "2026-01-05",
    )["results"]
    (table,) = result["explanation"]["decisions"][0]["tables"]
    assert table["rules"][0]["basis"] == ["《高龄津贴办法》第四条第二款"]
    assert table["counterfactuals"][0]["changes"][0]["to"] == 3000
    assert result["explanation"]["at"] == "2026-01-05T00:00:00+08:00"
