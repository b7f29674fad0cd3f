"""``xiaoneng process replay`` and ``diff`` as their users meet them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.blocks import bpmn
from xiaoneng.cli.main import main
from xiaoneng.cli.process_replay import NAMES
from xiaoneng.core.mining.replay import KINDS
from xiaoneng.core.process.diff import CHANGED, FIELDS, GONE, GONE_FIRST, MOVED, NEW, NEW_FIRST
from xiaoneng.core.process.names import BPMN
from xiaoneng.presentation.i18n import translator

MODEL = ("seq", "受理", "初审", ("and", "消防审查", "规划审查"), ("xor", "批准", "驳回"), "送达")
GOOD = ["受理", "初审", "规划审查", "消防审查", "批准", "送达"]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "model.bpmn").write_text(bpmn(MODEL), encoding="utf-8")
    return tmp_path


def log(folder: Path, *cases: list[str]) -> Path:
    """A CSV in which the n-th step of every case is done on the n-th day."""
    rows = ["case,activity,time"]
    for number, steps in enumerate(cases, 1):
        rows += [f"案{number},{step},2025-03-{day:02} 09:00" for day, step in enumerate(steps, 1)]
    path = folder / "log.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any]:
    """Exit code and the JSON, or the message of an error."""
    code = main(["process", *map(str, arguments)])
    said = capsys.readouterr()
    return code, json.loads(said.out) if "--json" in arguments and code != 2 else said.out or said.err


def test_a_log_that_fits(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = run(capsys, "replay", files / "model.bpmn", log(files, GOOD, GOOD), "--json")
    assert code == 0
    assert (found["fitness"], found["cases"], found["fitting"], found["deviations"]) == (1.0, 2, 2, [])
    (fire,) = [step for step in found["steps"] if step["name"] == "消防审查"]
    # enabled by 初审 on the second day, done on the fourth
    assert fire["count"] == fire["cases"] == 2
    assert fire["elapsed"] == {"count": 2, "median_seconds": 2 * 86400, "p90_seconds": 2 * 86400}
    assert fire["waiting"] is None
    assert found["unmapped"] == []


def test_deviations_are_named_by_case_place_and_reason(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    skipped = [step for step in GOOD if step != "规划审查"]
    odd = [*GOOD[:2], "初审核", *GOOD[2:]]
    path = log(files, GOOD, skipped, odd)
    code, found = run(capsys, "replay", files / "model.bpmn", path, "--json", "--lang", "zh")
    assert code == 1
    assert found["fitting"] == 1
    assert found["fitness"] < 1
    rows = [(d["case"], d["index"], d["activity"], d["kind"]) for d in found["deviations"]]
    assert rows == [("案2", 3, "规划审查", "skipped"), ("案3", 2, "初审核", "unknown")]
    assert found["deviations"][0]["message"] == "在“批准”之前应先办“规划审查”，但缺少这一步"
    assert found["unmapped"] == [{"activity": "初审核", "events": 1, "near": ["初审"]}]
    code, text = run(capsys, "replay", files / "model.bpmn", path, "--lang", "en")
    assert code == 1
    assert "1 of 3 cases fit" in text
    assert "near: 初审" in text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("map.csv", "activity,element\n登记,受理\n心跳,\n,送达\n"),
        ("map.toml", 'ignored = ["心跳"]\nsilent = ["送达"]\n[steps]\n"登记" = "受理"\n'),
    ],
)
def test_a_map_says_what_names_do_not(
    files: Path, capsys: pytest.CaptureFixture[str], name: str, content: str
) -> None:
    path = log(files, ["登记", "心跳", *GOOD[1:-1]])
    assert run(capsys, "replay", files / "model.bpmn", path, "--json")[0] == 1
    (files / name).write_text(content, encoding="utf-8")
    code, found = run(capsys, "replay", files / "model.bpmn", path, "--json", "--map", files / name)
    assert (code, found["fitness"]) == (0, 1.0)


def test_unknown_activities_may_be_left_out(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = log(files, ["心跳", *GOOD])
    code, found = run(capsys, "replay", files / "model.bpmn", path, "--json", "--ignore-unknown")
    assert (code, found["fitness"]) == (0, 1.0)
    assert found["unmapped"] == [{"activity": "心跳", "events": 1, "near": []}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("activity,step\n", "activity,element"),
        ("activity,element\n登记,没有\n", "没有"),
        ("activity,element\n登记,受理\n登记,\n", "登记"),
    ],
)
def test_a_bad_map_is_refused(
    files: Path, capsys: pytest.CaptureFixture[str], content: str, said: str
) -> None:
    (files / "map.csv").write_text(content, encoding="utf-8")
    path = log(files, ["登记", *GOOD[1:]])
    code, text = run(capsys, "replay", files / "model.bpmn", path, "--map", files / "map.csv")
    assert code == 2
    assert said in text


def test_bad_input_is_refused(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, path = files / "model.bpmn", log(files, GOOD)
    strange = files / "strange.csv"
    strange.write_text("case,activity,time\n1,x,2025-01-01\n", encoding="utf-8")
    broken = files / "broken.bpmn"
    broken.write_text("<definitions", encoding="utf-8")
    for arguments in (
        (model, files / "no.csv"),
        (files / "no.bpmn", path),
        (broken, path),
        (model, strange),
        (model, path, "--process", "other"),
        (model, path, "--map", files / "no.toml"),
    ):
        assert run(capsys, "replay", *arguments)[0] == 2


def test_diff_lists_ids_and_says_sentences(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = files / "model.bpmn"
    text = old.read_text(encoding="utf-8")
    new = files / "new.bpmn"
    new.write_text(
        text.replace('sourceRef="n1" targetRef="n2"', 'sourceRef="n1" targetRef="more"')
        .replace("<sequenceFlow", '<userTask id="more" name="踏勘"/><sequenceFlow', 1)
        .replace("</process>", '<sequenceFlow id="q" sourceRef="more" targetRef="n2"/></process>')
        .replace('name="送达"', 'name="送达" xn:limit="3"')
        .replace(f'xmlns="{BPMN}"', f'xmlns="{BPMN}" xmlns:xn="urn:xiaoneng:bpmn:1"'),
        encoding="utf-8",
    )
    code, found = run(capsys, "diff", old, new, "--json", "--lang", "zh")
    assert code == 1
    assert (found["added"], found["removed"], found["moved"]) == (["more"], [], [])
    assert [(row["what"]) for row in found["changed"]] == [["limit"]]
    assert [row["message"] for row in found["details"]] == [
        "新增“踏勘”，位于 受理 之后",
        "“送达”的时限：无 → 3",
    ]
    assert run(capsys, "diff", old, old, "--json") == (
        0,
        {"added": [], "removed": [], "moved": [], "changed": [], "details": []},
    )


def test_every_sentence_is_there_in_chinese() -> None:
    """Deviations and changes are templates in tables, which no scan of calls finds."""
    t = translator("zh")
    templates = [*KINDS.values(), *FIELDS.values(), *NAMES.values()]
    templates += [NEW, NEW_FIRST, GONE, GONE_FIRST, MOVED, CHANGED]
    assert [text for text in templates if t(text) == text] == []
