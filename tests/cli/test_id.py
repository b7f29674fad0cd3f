"""``xiaoneng id`` as a user runs it."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable

import pytest

from xiaoneng.cli import id as command
from xiaoneng.core.errors import BadInput

Run = Callable[..., int]


@pytest.fixture
def run() -> Run:
    """Runs the subcommand alone, without its heavier neighbours."""

    def call(*words: str) -> int:
        parser = argparse.ArgumentParser()
        command.register(parser.add_subparsers())
        arguments = parser.parse_args(["id", *words])
        return int(arguments.run(arguments))

    return call


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("uscc", "91350100M000100Y43", 0),
        ("uscc", "91350100m000100y43", 0),
        ("uscc", "91350100M000100Y44", 1),
        ("resident", "11010519491231002X", 0),
        ("resident", "110105194912310021", 1),
        ("item", "11440300MB2C94128A3440217281000", 0),
        ("item", "440217", 1),
        ("licence", "1.2.156.3005.2.062301.1101101102.0624_001.001.U", 0),
        ("licence", "1.2.156.3005.2.062301.1101101102.0624_001.001.V", 1),
        ("region", "440305", 0),
    ],
)
def test_the_exit_code_is_the_verdict(
    run: Run, capsys: pytest.CaptureFixture[str], kind: str, value: str, code: int
) -> None:
    assert run(kind, value, "--json") == code
    answer = json.loads(capsys.readouterr().out)
    assert list(answer) == ["kind", "value", "normalised", "valid", "parts", "problems", "warnings"]
    assert (answer["kind"], answer["value"], answer["valid"]) == (kind, value, code == 0)


def test_a_problem_says_where_and_what(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("uscc", "91350100M000100Y44", "--json")
    problem = json.loads(capsys.readouterr().out)["problems"][0]
    assert (problem["code"], problem["position"], problem["expected"], problem["found"]) == (
        "check",
        18,
        "3",
        "4",
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_text_for_people(run: Run, capsys: pytest.CaptureFixture[str], lang: str) -> None:
    assert run("resident", "110101200002290012", "--lang", lang) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "✗" in lines[0]
    assert "18" in lines[1]
    assert any("2000-02-29" in line for line in lines)


def test_a_number_may_come_by_standard_input(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("11010519491231002X\n"))
    assert run("resident", "-", "--json") == 0
    assert json.loads(capsys.readouterr().out)["value"] == "11010519491231002X"


@pytest.mark.parametrize("value", ["", "  ", "9" * 1001])
def test_no_value_is_bad_input(run: Run, value: str) -> None:
    with pytest.raises(BadInput):
        run("uscc", value)


def test_an_unknown_kind_ends_with_two(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run("passport", "1")
    assert caught.value.code == 2
    assert "passport" in capsys.readouterr().err
