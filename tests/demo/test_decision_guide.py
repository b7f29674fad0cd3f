"""The guide's explanations are those that the demo gives: every command is run, every line compared."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from xiaoneng.cli.main import main
from xiaoneng.core.decisions import check_model, load_model
from xiaoneng.demo.causes import DATA

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = re.compile(r"```sh\nxiaoneng ([^\n]*)\n```\n\n```text\n(.*?)```", re.S)
GUIDES = {"zh": "decision-explanations.zh.md", "en": "decision-explanations.md"}


def examples(language: str) -> list[tuple[str, str]]:
    text = (ROOT / "docs" / "guides" / GUIDES[language]).read_text(encoding="utf-8")
    return [(command, said) for command, said in EXAMPLE.findall(text)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_guide_tells_the_truth(
    language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    found = examples(language)
    assert len(found) == 6
    for command, said in found:
        assert main(shlex.split(command)) == 0
        assert capsys.readouterr().out == said


@pytest.mark.parametrize("path", sorted((DATA / "decisions").glob("*.dmn")), ids=lambda path: path.stem)
def test_the_demo_s_rules_have_nothing_to_put_right(path: Path) -> None:
    assert [f for f in check_model(load_model(path)) if f.severity != "note"] == []


def test_english_readers_read_no_chinese() -> None:
    for _, said in examples("en"):
        assert not re.findall(r"[\u4e00-\u9fff]", said)
