"""``xiaoneng analyze``: outputs, exit codes, and what it does with bad input."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.presentation.conftest import _catalogues  # noqa: F401  a fixture: Chinese texts must be compiled
from tests.presentation.sample import log
from xiaoneng.cli.console import Progress, shows_colours
from xiaoneng.cli.main import main

CONTRACT = {
    *("log", "variants", "dfg", "throughput_days", "throughput_working_days"),
    *("rework", "handovers", "overdue", "quality", "findings"),
}


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small approval log with Chinese columns, a deadline and two odd rows."""
    path = tmp_path_factory.mktemp("log") / "审批日志.csv"
    rows = ["办件编号,环节,办理时间,经办人,部门,到期时间"]
    for case, events in log(cases=60).items():
        due = events[0][1] + timedelta(days=20)
        for activity, moment, person, body in events:
            rows.append(
                f"{case},{activity},{moment:%Y-%m-%d %H:%M:%S},{person},{body},{due:%Y-%m-%d %H:%M:%S}"
            )
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_the_json_on_standard_output_is_json_alone(csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", str(csv), "--json", "-", "--lang", "en"]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert set(found) >= CONTRACT
    assert (found["log"]["cases"], found["log"]["resources"]) == (60, 10)
    assert found["overdue"]["cases"] > 0
    assert "办件编号" in said.err
    assert "--mapping" in said.err


def test_all_outputs_at_once(csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, html, store = tmp_path / "a.json", tmp_path / "a.html", tmp_path / "store"
    arguments = ["--json", str(out), "--html", str(html), "--store", str(store), "--lang", "zh", "--top", "3"]
    assert main(["analyze", str(csv), *arguments]) == 0
    found = json.loads(out.read_text(encoding="utf-8"))
    assert len(found["variant_list"]) == 3
    assert "一页结论" in html.read_text(encoding="utf-8")
    assert (store / "meta.json").is_file()
    said = capsys.readouterr()
    assert "60" in said.out
    assert "办理路径" in said.out
    assert "\x1b" not in said.out + said.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.html", "a.json", "store"]
    assert main(["analyze", str(store), "--json", "-"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["dfg"] == found["dfg"] | {"top": again["dfg"]["top"]}


def test_findings_and_quality_are_said_in_the_language_asked_for(
    csv: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {}
    for lang in ("zh", "en"):
        assert main(["analyze", str(csv), "--json", "-", "--lang", lang]) == 0
        found = json.loads(capsys.readouterr().out)
        texts[lang] = [f["title"] for f in found["findings"]] + [q["effect"] for q in found["quality"]]
    assert texts["zh"]
    assert all(re.search("[\u4e00-\u9fff]", text) for text in texts["zh"])
    assert len(texts["zh"]) == len(texts["en"])
    assert set(texts["zh"]) & set(texts["en"]) == set()


@pytest.mark.parametrize("flag", ["--json", "--html"])
def test_an_input_is_never_overwritten(
    csv: Path, flag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = csv.read_bytes()
    link = tmp_path / "other name"
    link.symlink_to(csv)
    for target in (csv, link):
        assert main(["analyze", str(csv), flag, str(target), "--lang", "en"]) == 2
        assert "would overwrite an input" in capsys.readouterr().err
    assert csv.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-file.csv"], "no-such-file.csv"),
        (["{log}", "--html", "no/such/folder/a.html"], "no/such/folder"),
        (["{log}", "--html", "{folder}/same", "--json", "{folder}/same"], "same"),
        (["{log}", "--mapping", "no-such-mapping.json"], "no-such-mapping.json"),
        (["{log}", "--calendar", "no-such-calendar.toml"], "no-such-calendar.toml"),
        (["{log}", "--case", "没有这一列"], "没有这一列"),
        (["{log}", "--tz", "Mars/Olympus"], "Mars/Olympus"),
        (["{empty}"], "empty.csv"),
    ],
)
def test_bad_input_names_the_place_and_leaves_nothing(
    csv: Path, tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("", encoding="utf-8")
    filled = [a.format(log=csv, folder=tmp_path, empty=empty) for a in arguments]
    assert main(["analyze", *filled, "--lang", "en"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert said in output.err
    assert [p.name for p in tmp_path.iterdir()] == ["empty.csv"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.json", "{"),
        ("m.json", "[]"),
        ("m.json", '{"nonsense": "x"}'),
        ("m.json", '{"case": 3}'),
        ("m.toml", "case = "),
        ("m.json", "\x00"),
    ],
)
def test_a_bad_mapping_file_is_named(
    csv: Path, tmp_path: Path, name: str, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert main(["analyze", str(csv), "--mapping", str(path), "--lang", "en"]) == 2
    assert name in capsys.readouterr().err


@pytest.mark.parametrize("suffix", ["json", "toml"])
def test_a_mapping_file_decides_and_a_flag_decides_over_it(
    csv: Path, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"m.{suffix}"
    roles = {"activity": "经办人", "resource": "部门", "body": ""}
    lines = "\n".join(f'{role} = "{column}"' for role, column in roles.items())
    path.write_text(json.dumps(roles) if suffix == "json" else lines, encoding="utf-8")
    arguments = ["--mapping", str(path), "--resource", "环节", "--json", "-"]
    assert main(["analyze", str(csv), *arguments]) == 0
    mapping = json.loads(capsys.readouterr().out)["log"]["mapping"]
    assert (mapping["activity"], mapping["resource"]) == ("经办人", "环节")
    assert "body" not in mapping


def test_open_cases_are_looked_at_as_of_the_moment_asked_for(
    csv: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", str(csv), "--json", "-", "--as-of", "2030-01-01T02:00:00+00:00"]) == 0
    assert json.loads(capsys.readouterr().out)["log"]["as_of"] == "2030-01-01T10:00:00"
    assert main(["analyze", str(csv), "--json", "-"]) == 0
    found = json.loads(capsys.readouterr().out)["log"]
    assert datetime.fromisoformat(found["as_of"]).tzinfo is None
    assert found["as_of"] < "2030"


def test_a_limit_of_ones_own(csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", str(csv), "--json", "-", "--limit", "5"]) == 0
    bases = [row["basis"] for row in json.loads(capsys.readouterr().out)["overdue"]["by"]]
    assert "limit" in bases


@pytest.mark.parametrize(
    "arguments", [["--top", "0"], ["--top", "x"], ["--as-of", "yesterday"], ["--lang", "fr"]]
)
def test_a_bad_flag_ends_with_2(csv: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["analyze", str(csv), *arguments])
    assert ended.value.code == 2
    capsys.readouterr()


def test_a_failed_write_leaves_the_old_file(
    csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    html = tmp_path / "a.html"
    html.write_text("old", encoding="utf-8")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("disk gone")

    monkeypatch.setattr("xiaoneng.cli.analyze.os.fsync", fail)
    with pytest.raises(RuntimeError):
        main(["analyze", str(csv), "--html", str(html)])
    assert html.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.html"]
    capsys.readouterr()


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("name", ["out.xes", "out.xes.gz", "out.csv", "out.parquet", "out.json"])
def test_the_log_is_written_in_another_format_and_says_the_same(
    csv: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exported = tmp_path / name
    assert main(["analyze", str(csv), "--export", str(exported), "--json", str(tmp_path / "a")]) == 0
    assert main(["analyze", str(exported), "--json", str(tmp_path / "b")]) == 0
    first, second = (json.loads((tmp_path / side).read_text()) for side in ("a", "b"))
    for key in ("variants", "dfg", "throughput_days", "rework"):
        assert first[key] == second[key]
    capsys.readouterr()


def test_an_unknown_format_is_refused_before_any_work(
    csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", str(csv), "--export", str(tmp_path / "out.pdf"), "--lang", "en"]) == 2
    assert "one of .xes" in capsys.readouterr().err


def test_a_device_or_pipe_is_written_to_and_never_replaced(csv: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    assert main(["analyze", str(csv), "--json", str(pipe)]) == 0
    out, _ = reader.communicate(timeout=20)
    assert json.loads(out)["log"]["cases"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert shows_colours(_Terminal())
    assert not shows_colours(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not shows_colours(_Terminal())


def test_progress_is_a_bar_on_a_terminal_and_lines_elsewhere() -> None:
    terminal, plain = _Terminal(), io.StringIO()
    for stream in (terminal, plain):
        progress = Progress(stream, "en")
        part = progress.within(0.5, 1.0)
        for share in (0.0, 0.5, 0.5, 1.0):
            part(share, "Reading the log")
        part(1.0, "Done")
        progress.done()
    assert plain.getvalue() == "… Reading the log\n… Done\n"
    assert " 50% " in terminal.getvalue()
    assert "100% " in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[2K")


def test_receipt_as_a_head_of_office_reads_it(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    html = tmp_path / "receipt.html"
    assert main(["analyze", str(shared_data / "receipt.xes.gz"), "--html", str(html), "--lang", "zh"]) == 0
    said = capsys.readouterr().out
    for figure in ("1,434", "8,577", "52.5 天", "416 件超期（占可判定的 1,368 件的 30.4%）", "105"):
        assert figure in said
    text = html.read_text(encoding="utf-8")
    assert "图中显示 27 个环节中的 15 个" in text
    assert len(text) < 900_000
