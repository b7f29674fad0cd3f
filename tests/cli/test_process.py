"""``xiaoneng process check`` and ``process run`` as their users call them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from xiaoneng.cli.main import main

PERMIT = Path(__file__).with_name("permit.bpmn").read_text(encoding="utf-8")
UNSOUND = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"><process id="p">
<startEvent id="s"/><exclusiveGateway id="g" default="f1"/><task id="a"/><task id="b"/>
<parallelGateway id="j"/>
<sequenceFlow id="f0" sourceRef="s" targetRef="g"/><sequenceFlow id="f1" sourceRef="g" targetRef="a"/>
<sequenceFlow id="f2" sourceRef="g" targetRef="b"><conditionExpression>x</conditionExpression></sequenceFlow>
<sequenceFlow id="f3" sourceRef="a" targetRef="j"/><sequenceFlow id="f4" sourceRef="b" targetRef="j"/>
</process></definitions>"""
EMPTY = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"/>'


@pytest.fixture
def permit(tmp_path: Path) -> str:
    path = tmp_path / "permit.bpmn"
    path.write_text(PERMIT, encoding="utf-8")
    return str(path)


def answers(tmp_path: Path, content: Any) -> list[str]:
    path = tmp_path / "answers.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return ["--answers", str(path), "--at", "2026-01-05"]


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert main([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_sound_model(permit: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "process", "check", permit) == {"sound": True, "publishable": True, "problems": []}
    assert main(["process", "check", permit, "--lang", "zh"]) == 0
    assert capsys.readouterr().out == "控制流正确\n可以发布\n"


def test_an_unsound_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "unsound.bpmn"
    path.write_text(UNSOUND)
    found = said(capsys, "process", "check", str(path), "--lang", "en", code=1)
    assert (found["sound"], found["publishable"]) == (False, False)
    assert found["problems"][0] == {
        "kind": "deadlock",
        "element": "j",
        "message": "the case stops for ever before j",
        "path": ["s", "g", "a"],
    }
    assert main(["process", "check", str(path), "--lang", "zh"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[:2] == ["✗ j: 案件会永远停在 j 之前", "    s → g → a"]
    assert told[-2:] == ["控制流有错误", "还不能发布"]


def test_hints_do_not_keep_a_model_from_being_published(
    permit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(permit)
    path.write_text(
        PERMIT.replace('<process id="p"', '<process id="p" xn:limit="9" xn:limitUnit="cd"').replace(
            '<userTask id="review"', '<userTask id="review" xn:limit="3"'
        ),
        encoding="utf-8",
    )
    assert main(["process", "check", permit, "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("· p: the limit of 许可 counts calendar days, a step in it working days;")
    assert told.endswith("it can be published\n")


def test_a_case_with_answers(permit: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = {"start": {"申请人": "甲"}, "receive": {"齐全": True, "件数": 3}}
    found = said(capsys, "process", "run", permit, *answers(tmp_path, given))
    assert found["status"] == "completed"
    assert found["trace"] == ["receive", "review", "issue"]
    assert found["variables"] == {"申请人": "甲", "齐全": True, "件数": 3}
    assert found["waiting"] == []


def test_time_passes_when_nobody_works(
    permit: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A message comes, the review is left undone, and on the third working day its timer fires."""
    given = {"receive": {"齐全": False}, "wait": {"补正日": "2026-01-05"}, "review": None}
    found = said(capsys, "process", "run", permit, *answers(tmp_path, given))
    assert found["trace"] == ["receive", "urge"]
    assert [(step["element"], step["kind"], step["at"][:10]) for step in found["steps"]] == [
        ("receive", "completed", "2026-01-05"),
        ("wait", "caught", "2026-01-05"),
        ("late", "caught", "2026-01-08"),
        ("urge", "completed", "2026-01-08"),
    ]
    assert main(["process", "run", permit, *answers(tmp_path, given), "--lang", "en"]) == 0
    assert "2026-01-08 23:59  event came  late 超期\n" in capsys.readouterr().out


def test_an_error_is_thrown_and_caught(
    permit: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"receive": {"齐全": True}, "issue": {"@error": "E1"}}
    found = said(capsys, "process", "run", permit, *answers(tmp_path, given))
    assert found["trace"] == ["receive", "review", "repair"]


def test_a_case_that_waits(permit: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "process", "run", permit, *answers(tmp_path, {}), code=1)
    assert (found["status"], found["trace"], found["waiting"]) == ("waiting", ["receive"], ["wait"])
    assert main(["process", "run", permit, *answers(tmp_path, {}), "--lang", "zh"]) == 1
    assert capsys.readouterr().out.endswith("案件在等待 wait\n")


def test_a_list_answers_round_after_round(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "loop.bpmn"
    path.write_text(
        UNSOUND.replace("parallelGateway", "exclusiveGateway").replace(
            'id="f3" sourceRef="a" targetRef="j"', 'id="f3" sourceRef="a" targetRef="g"'
        )
    )
    given = {"start": {"x": False}, "a": [{"x": False}, {"x": True}]}
    found = said(capsys, "process", "run", str(path), *answers(tmp_path, given))
    assert found["trace"] == ["a", "a", "b"]
    given = {"start": {"x": False}}
    assert main(["process", "run", str(path), *answers(tmp_path, given)]) == 2
    assert "10000" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"nobody": {}}, "nobody is no element of the model"),
        ({"receive": 3}, "the answer of receive is no object"),
        ({"receive": [3]}, "the answer of receive is no object"),
        ({"start": [{}]}, "the answer of start is no object"),
        ("[1", "the input is not JSON"),
        ("[1]", "the input is not an object"),
    ],
)
def test_bad_answers(
    given: Any, words: str, permit: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["process", "run", permit, *answers(tmp_path, given), "--lang", "en", "--json"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert "answers.json" in said.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "not well-formed XML"),
        ("<a/>", "the root element is a"),
        (EMPTY, "the file has no process"),
        (PERMIT[:900], "not well-formed XML"),
        (PERMIT.replace('targetRef="review"', 'targetRef="nowhere"'), "nowhere, which is no flow node"),
        ('<!DOCTYPE a [<!ENTITY b "c">]>' + EMPTY, "must not declare a document type"),
    ],
)
@pytest.mark.parametrize("action", ["check", "run"])
def test_bad_files(
    action: str, content: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.bpmn"
    path.write_text(content, encoding="utf-8")
    assert main(["process", action, str(path), "--lang", "en", "--json"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert "bad.bpmn" in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "/no/such/file"],
        ["run", "/no/such/file"],
        ["run", "{}", "--process", "q"],
        ["run", "{}", "--at", "x"],
    ],
)
def test_bad_arguments(arguments: list[str], permit: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["process", *(text.format(permit) if text == "{}" else text for text in arguments)]) == 2
    assert capsys.readouterr().err.startswith("xiaoneng: ")


def test_a_limit_beyond_the_calendar(permit: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"receive": {"齐全": True}, "review": None}))
    assert main(["process", "run", permit, "--answers", str(path), "--at", "2026-12-30"]) == 3
    assert "2027" in capsys.readouterr().err
