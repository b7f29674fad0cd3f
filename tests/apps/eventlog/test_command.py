"""``xiaoneng platform``: what it prints and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.platform import NOW
from xiaoneng.apps.eventlog.contracts import NewEvent
from xiaoneng.apps.eventlog.services.events import append, chain_open
from xiaoneng.cli import evidence as words
from xiaoneng.config import evidence

pytestmark = pytest.mark.django_db
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs ``xiaoneng platform`` in this process, on the database of the test."""
    settings.HOME = tmp_path
    settings.SEAL_KEY = None
    monkeypatch.setattr(evidence, "_ready", lambda: None)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["xiaoneng", *arguments])
        code = evidence.main()
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def write(case: str) -> None:
    append(chain_open(case, NOW), [NewEvent("case.submitted", NOW), NewEvent("case.decided", NOW)], NOW)


def test_seal_verify_bundle_proof(command: Command, tmp_path: Path) -> None:
    write("A")
    code, out, _ = command("seal", "--json")
    made = json.loads(out)
    assert (code, made["ok"], made["seal"]["cases"], made["seal"]["events"]) == (0, True, 1, 2)
    write("B")
    code, out, _ = command("seal", "--rotate", "--lang", "en")
    assert (code, out) == (0, "Seal 2: 2 cases, 4 events, 1 chains changed since the last one.\n")
    code, out, _ = command("verify", "--json", "--key", made["seal"]["key"])
    found = json.loads(out)
    assert (code, found["ok"], found["cases"], found["seals"], found["problems"]) == (0, True, 2, 2, [])

    out_file = tmp_path / "events.zip"
    code, out, _ = command("bundle", str(out_file), "--json")
    assert code == 0
    assert {figure["name"]: figure["value"] for figure in json.loads(out)["figures"]}["ended"] == 2
    assert out_file.is_file()
    code, out, _ = command("proof", "B", str(tmp_path / "b.json"), "--lang", "en")
    assert (code, out) == (0, f"Written: {tmp_path / 'b.json'}\n")
    assert json.loads((tmp_path / "b.json").read_text())["case"] == "B"


def test_a_negative_verdict(command: Command, tmp_path: Path) -> None:
    write("A")
    command("seal")
    path = tmp_path / "seals" / "seals.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"cases":1', b'"cases":2'))
    code, out, _ = command("verify", "--json")
    kinds = {problem["kind"] for problem in json.loads(out)["problems"]}
    assert (code, kinds) == (1, {"seal_forged", "seal_differs", "seal_root"})
    code, out, _ = command("verify", "--lang", "zh")
    assert code == 1
    assert "封存的签名不是有权密钥所签" in out
    code, out, err = command("seal", "--lang", "en")
    assert (code, out) == (2, "")
    assert "contradict each other" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("proof", "A", "a.json"), "in no seal yet"),
        (("seal", "--successor", "12"), "no public key"),
        (("verify", "--key", "zz"), "64 hexadecimal digits"),
        (("bundle", "x.zip", "--from", "yesterday"), "a day such as"),
        (("bundle", "nowhere/x.zip"), "no folder"),
    ],
)
def test_bad_input(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = command(*arguments, "--lang", "en")
    assert (code, out) == (2, "")
    assert says in err


def test_the_command_becomes_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda _program, line: called.append(line[1:]))
    monkeypatch.setattr("sys.argv", ["xiaoneng", "platform", "bundle", "platform", "--to", "2026-01-01"])
    words.run(None)  # type: ignore[arg-type]  # the words are taken as they were written
    assert called == [["-m", "xiaoneng.config.evidence", "bundle", "platform", "--to", "2026-01-01"]]
