"""``xiaoneng process simulate`` as its users call it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.core.simulation.models import HEAD, scenario
from xiaoneng.cli.main import main

MODEL = (
    HEAD + '<process id="p" isExecutable="true"><startEvent id="s"/><userTask id="check" name="审查"/>'
    '<exclusiveGateway id="g"/><userTask id="issue" name="发证"/>{more}<endEvent id="e"/>'
    '<sequenceFlow id="f0" sourceRef="s" targetRef="check"/>{flows}'
    '<sequenceFlow id="f3" sourceRef="g" targetRef="check"/>'
    '<sequenceFlow id="f4" sourceRef="issue" targetRef="e"/></process></definitions>'
)
TWO_STEPS = (
    '<sequenceFlow id="f1" sourceRef="check" targetRef="g"/>'
    '<sequenceFlow id="f2" sourceRef="g" targetRef="issue"/>'
)
THREE_STEPS = TWO_STEPS.replace('targetRef="issue"', 'targetRef="sign"') + (
    '<sequenceFlow id="f9" sourceRef="sign" targetRef="issue"/>'
)
WORLD = scenario(
    arrivals={"every": {"exponential": {"mean": "PT20M"}}, "calendar": "office"},
    calendars={"office": {"days": "cn"}},
    pools=[{"name": "窗口", "number": 2, "roles": ["clerk"], "calendar": "office", "cost_per_hour": 60}],
    steps={
        "check": {"role": "clerk", "duration": {"exponential": {"mean": "PT15M"}}},
        "issue": {"role": "clerk", "duration": "PT5M"},
        "sign": {"role": "clerk", "duration": "PT6M"},
    },
    flows={"f2": 0.9, "f3": 0.1},
)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "short.bpmn").write_text(MODEL.format(more="", flows=TWO_STEPS))
    (tmp_path / "long.bpmn").write_text(MODEL.format(more='<userTask id="sign"/>', flows=THREE_STEPS))
    (tmp_path / "world.json").write_text(json.dumps(WORLD, indent=1))
    (tmp_path / "short.json").write_text(
        json.dumps({**WORLD, "steps": {k: v for k, v in WORLD["steps"].items() if k != "sign"}})
    )
    return {path.name: str(path) for path in tmp_path.iterdir()}


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert main(["process", "simulate", *arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_the_figures_are_there_with_their_intervals(
    capsys: pytest.CaptureFixture[str], files: dict[str, str]
) -> None:
    call = (files["short.bpmn"], "--scenario", files["short.json"], "--cases", "200", "--replications", "4")
    found = said(capsys, *call, "--seed", "7")
    assert (found["seed"], found["replications"]) == (7, 4)
    assert found["cases"] == {
        "arrived": 800, "ended": 800, "in_progress": 0, "measured": 800, "statuses": {"completed": 800}
    }  # fmt: skip
    for key in ("cycle_seconds", "waiting_seconds", "working_seconds", "cost"):
        low, high = found[key]["ci95"]
        assert low < found[key]["mean"] < high
        assert found[key]["p90"] > found[key]["mean"]
    assert found["cycle_seconds"]["iso"].startswith("PT")
    assert found["utilisation"][0]["pool"] == "窗口"
    assert 0.3 < found["utilisation"][0]["mean"] < 0.9
    assert {step["name"] for step in found["steps"]} == {"审查", "发证"}
    assert said(capsys, *call, "--seed", "7") == found
    assert said(capsys, *call, "--seed", "8")["cycle_seconds"] != found["cycle_seconds"]


def test_a_comparison_says_the_difference_with_its_interval(
    capsys: pytest.CaptureFixture[str], files: dict[str, str]
) -> None:
    call = (files["long.bpmn"], "--scenario", files["world.json"], "--cases", "200", "--replications", "5")
    found = said(capsys, *call, "--compare", files["short.bpmn"])
    low, high = found["compare"]["difference"]["cycle_seconds"]["ci95"]
    assert high < 0
    # a step of six minutes less, and less of a queue
    assert low < found["compare"]["difference"]["cycle_seconds"]["mean"] < -360
    same = said(capsys, *call, "--compare", files["long.bpmn"])
    assert same["compare"]["difference"]["cycle_seconds"] == {"mean": 0, "ci95": [0, 0]}


def test_the_report_reads_in_both_languages(
    capsys: pytest.CaptureFixture[str], files: dict[str, str]
) -> None:
    call = ["process", "simulate", files["long.bpmn"], "--scenario", files["world.json"], "--cases", "50"]
    assert main([*call, "--compare", files["short.bpmn"], "--lang", "zh"]) == 0
    text = capsys.readouterr()
    assert "从到达到办结" in text.out
    assert "差值" in text.out
    assert "仿真" in text.err
    assert main([*call, "--replications", "1", "--lang", "en"]) == 0
    text = capsys.readouterr()
    assert "from arrival to end" in text.out
    assert "one replication gives no intervals" in text.out


def test_the_log_is_read_by_analyze(
    capsys: pytest.CaptureFixture[str], files: dict[str, str], tmp_path: Path
) -> None:
    out = tmp_path / "out.xes"
    call = (files["short.bpmn"], "--scenario", files["short.json"], "--cases", "60", "--replications", "2")
    found = said(capsys, *call, "--xes", str(out))
    assert main(["analyze", str(out), "--end", "end", "--json", "-"]) == 0
    log = json.loads(capsys.readouterr().out)
    assert log["log"]["cases"] == 60
    assert log["log"]["resources"] == 2
    assert log["log"]["activities"] == len(found["steps"])


def test_a_scenario_is_estimated_from_a_log(
    capsys: pytest.CaptureFixture[str], files: dict[str, str], tmp_path: Path
) -> None:
    out, own = tmp_path / "out.xes", tmp_path / "own.json"
    known = ("--cases", "400", "--replications", "2")
    first = said(capsys, files["short.bpmn"], "--scenario", files["short.json"], *known, "--xes", str(out))
    fit = ("--fit", str(out), "--end", "end", "--save-scenario", str(own), "--lang", "en")
    found = said(capsys, files["short.bpmn"], *fit, *known)
    assert "400 of 400 cases of the log follow the model; fitness 1" in found["remarks"][0]["message"]
    assert found["working_seconds"]["mean"] == pytest.approx(first["working_seconds"]["mean"], rel=0.2)
    again = said(capsys, files["short.bpmn"], "--scenario", str(own), *known)
    assert again["cycle_seconds"] == found["cycle_seconds"]
    assert main(["process", "simulate", files["short.bpmn"], "--scenario", str(own), "--fit", str(out)]) == 2
    unwritable = ["--scenario", str(own), "--save-scenario", str(tmp_path / "no" / "x.json")]
    assert main(["process", "simulate", files["short.bpmn"], *unwritable]) == 2


def test_a_bad_scenario_is_refused_with_line_and_field(
    capsys: pytest.CaptureFixture[str], files: dict[str, str], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps({**WORLD, "flows": {"f2": 2}}, indent=1))
    assert main(["process", "simulate", files["short.bpmn"], "--scenario", str(bad), "--lang", "en"]) == 2
    said_of_it = capsys.readouterr().err
    assert "bad.json:" in said_of_it
    assert "[flows.f2]" in said_of_it
    assert main(["process", "simulate", files["short.bpmn"], "--scenario", files["world.json"]]) == 2
    assert "steps.sign" in capsys.readouterr().err
    assert main(["process", "simulate", files["short.bpmn"], "--scenario", "none.json"]) == 2
    wrong = ["--scenario", files["short.json"], "--xes", str(tmp_path / "x.doc")]
    assert main(["process", "simulate", files["short.bpmn"], *wrong]) == 2
    gone = ["--scenario", files["short.json"], "--cases", "5", "--xes", str(tmp_path / "no" / "x.xes")]
    assert main(["process", "simulate", files["short.bpmn"], *gone]) == 2


def test_a_calendar_that_is_not_published_is_code_3(files: dict[str, str], tmp_path: Path) -> None:
    late = tmp_path / "late.json"
    world = json.loads(Path(files["short.json"]).read_text())
    late.write_text(json.dumps({**world, "start": "2026-12-30T09:00:00+08:00"}))
    call = ["process", "simulate", files["short.bpmn"], "--scenario", str(late), "--cases", "500"]
    assert main(call) == 3


def test_without_a_scenario_the_model_s_own_facts_count(
    capsys: pytest.CaptureFixture[str], files: dict[str, str]
) -> None:
    found = said(capsys, files["short.bpmn"], "--cases", "20", "--replications", "2", "--lang", "en")
    assert found["cycle_seconds"]["mean"] == 0
    assert {r["kind"] for r in found["remarks"]} == {"no_duration", "branches_even"}
