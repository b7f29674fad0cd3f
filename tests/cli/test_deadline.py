"""``xiaoneng deadline`` as a user runs it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from xiaoneng.cli import deadline
from xiaoneng.core.errors import BadInput, CalendarNotPublished, XiaonengError

Run = Callable[..., int]


@pytest.fixture
def run() -> Run:
    """Runs the subcommand alone, without its heavier neighbours."""

    def call(*words: str) -> int:
        parser = argparse.ArgumentParser()
        deadline.register(parser.add_subparsers())
        arguments = parser.parse_args(["deadline", *words])
        return int(arguments.run(arguments))

    return call


BASE = ("--start", "2026-03-02", "--limit", "20", "--unit", "wd")


def test_json_is_the_contract(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*BASE, "--as-of", "2026-03-09", "--json") == 0
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert printed.err == ""
    assert (answer["due"], answer["projected_due"]) == ("2026-03-30", None)
    assert (answer["remaining"], answer["light"]) == (15, "green")
    assert set(answer["days"][0]) >= {"date", "counted", "n", "reason", "owner"}
    assert answer["days"][0]["reason"] == "start_day"
    assert answer["days"][-1] == {
        "date": "2026-03-30",
        "counted": True,
        "n": 20,
        "reason": "working_day",
        "owner": "own",
        "label": "",
    }


@pytest.mark.parametrize(
    ("words", "due", "projected", "remaining", "light"),
    [
        (("--stop", "2026-03-10/2026-03-24", "--as-of", "2026-03-20"), "2026-04-14", None, 14, "grey"),
        (("--stop", "2026-03-10/", "--as-of", "2026-03-24"), None, "2026-04-14", 14, "grey"),
        (
            ("--stop", "2026-03-10/2026-03-24", "--stop", "2026-03-18/2026-03-27", "--as-of", "2026-03-30"),
            "2026-04-17",
            None,
            13,
            "green",
        ),
        (("--extend", "10", "--as-of", "2026-03-30"), "2026-04-14", None, 10, "green"),
        (("--as-of", "2026-04-02"), "2026-03-30", None, -3, "red"),
        (("--as-of", "2026-03-30"), "2026-03-30", None, 0, "yellow"),
        (
            ("--calendar", "weekdays", "--as-of", "2026-03-30", "--extend", "10"),
            "2026-04-13",
            None,
            10,
            "green",
        ),
    ],
)
def test_stops_extension_and_lights(
    run: Run,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    due: str | None,
    projected: str | None,
    remaining: int,
    light: str,
) -> None:
    assert run(*BASE, *words, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["due"], answer["projected_due"]) == (due, projected)
    assert (answer["remaining"], answer["light"]) == (remaining, light)


def test_a_refused_stop_is_named(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*BASE, "--stop", "2026-03-30/2026-04-10", "--as-of", "2026-03-09", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["due"] == "2026-03-30"
    assert [problem["code"] for problem in answer["problems"]] == ["stop_not_before_due"]


def test_hours(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    words = (
        "--start",
        "2026-09-30T17:00",
        "--limit",
        "24",
        "--unit",
        "hour",
        "--as-of",
        "2026-10-01T11:00+08:00",
    )
    assert run(*words, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["due"] == "2026-10-01T17:00:00+08:00"
    assert (answer["remaining"], answer["remaining_iso"]) == (6, "PT21600S")


def test_without_as_of_the_question_is_asked_today(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--start", "2005-03-01", "--limit", "5", "--unit", "wd", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["due"], answer["light"]) == ("2005-03-08", "red")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_text_for_people(run: Run, capsys: pytest.CaptureFixture[str], lang: str) -> None:
    assert run(*BASE, "--stop", "2026-03-10/", "--as-of", "2026-03-24", "--lang", lang) == 0
    assert "2026-04-14" in capsys.readouterr().out
    assert run(*BASE, "--extend", "10", "--as-of", "2026-03-24", "--lang", lang) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[0].split()[1].startswith("2026-04-14")
    assert "\033" not in text


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("--start", "2026-13-01", "--limit", "5", "--unit", "wd"), "--start"),
        (("--start", "tomorrow", "--limit", "5", "--unit", "wd"), "--start"),
        (("--start", "", "--limit", "5", "--unit", "wd"), "--start"),
        ((*BASE, "--as-of", "2026/03/02"), "--as-of"),
        ((*BASE, "--stop", "2026-03-10"), "--stop"),
        ((*BASE, "--stop", "/2026-03-10"), "--stop"),
        ((*BASE, "--extend", "-1"), "--extend"),
    ],
)
def test_malformed_words_are_bad_input(run: Run, words: tuple[str, ...], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        run(*words)
    assert caught.value.place is not None
    assert caught.value.place.field == field
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("--start", "2026-03-02", "--limit", "-1", "--unit", "wd"),
        ("--start", "2026-03-02", "--limit", "100001", "--unit", "wd"),
        (*BASE, "--stop", "2026-02-01/2026-02-10"),
        (*BASE, "--stop", "2026-03-10/2026-03-09"),
        (*BASE, "--calendar", "no-such-file.toml"),
    ],
)
def test_impossible_questions(run: Run, words: tuple[str, ...]) -> None:
    with pytest.raises(XiaonengError) as caught:
        run(*words)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("--start", "2026-12-20", "--limit", "20", "--unit", "wd"),
        ("--start", "2026-12-20", "--limit", "30", "--unit", "cd"),
        ("--start", "2027-01-05", "--limit", "1", "--unit", "wd"),
        ("--start", "2003-12-01", "--limit", "1", "--unit", "wd"),
        (*BASE, "--as-of", "2027-03-02"),
        (*BASE, "--stop", "2026-03-10/", "--as-of", "2027-03-02"),
    ],
)
def test_a_year_that_is_not_published(run: Run, words: tuple[str, ...]) -> None:
    with pytest.raises(CalendarNotPublished) as caught:
        run(*words)
    assert caught.value.exit_code == 3


def test_wrong_units_end_with_two(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run("--start", "2026-03-02", "--limit", "5", "--unit", "days")
    assert caught.value.code == 2
    assert "days" in capsys.readouterr().err


def test_an_office_calendar(run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "office.toml"
    path.write_text(
        'format = "xiaoneng-calendar"\nversion = 1\nname = "州"\nextends = "cn"\n'
        '[[local]]\non = 2026-03-16\nkind = "rest"\nreason = "州庆"\n',
        encoding="utf-8",
    )
    assert run(*BASE, "--calendar", str(path), "--as-of", "2026-03-09", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["due"], answer["calendar"]) == ("2026-03-31", "州")
    assert {"local_rest"} <= {line["reason"] for line in answer["days"]}
