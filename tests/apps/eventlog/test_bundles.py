"""A bundle is verified by whoever gets it: offline, without database and Django; whatever was changed in it
is found."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.platform import CODES, NOW
from xiaoneng.apps.eventlog.contracts import NewEvent
from xiaoneng.apps.eventlog.selectors.bundles import bundle_write
from xiaoneng.apps.eventlog.selectors.proofs import inclusion
from xiaoneng.apps.eventlog.services.events import append, chain_open
from xiaoneng.apps.eventlog.services.seals import seal
from xiaoneng.cli.main import main
from xiaoneng.core.errors import BadInput
from xiaoneng.core.eventlog.proof.single import to_json

pytestmark = pytest.mark.django_db
OFFLINE = """
import argparse, sys
sys.modules["django"] = None  # as if it were not installed
from xiaoneng.cli import verify
parser = argparse.ArgumentParser()
verify.register(parser.add_subparsers())
arguments = parser.parse_args(sys.argv[1:])
sys.exit(arguments.run(arguments))
"""


@pytest.fixture(autouse=True)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    platform = request.getfixturevalue("settings")
    platform.HOME = tmp_path / "home"
    platform.HOME.mkdir()
    platform.SEAL_KEY = None
    return tmp_path


def handled(case: str, opened: str, days: float, *, decided: bool = True) -> None:
    """A case from its submission to its decision."""
    start = datetime.fromisoformat(f"{opened}T09:00+08:00")
    end = start + timedelta(days=days)
    kind = "case.decided" if decided else "step.examined"
    events = [
        NewEvent("process.started", start, "start", body=CODES[1]),
        NewEvent("case.submitted", start, body=CODES[1], item="990100001000", data={"kind": "approval"}),
        NewEvent("step.examined", start, "schedule", "T", task=1),
        NewEvent(kind, end, "complete", "T", actor="p1", task=1),
    ]
    append(chain_open(case, start), events, end)


@pytest.fixture
def made(home: Path) -> Path:
    """Four cases, sealed twice, then one more event; the bundle of all."""
    handled("A", "2026-03-01", 1)
    handled("B", "2026-03-02", 2)
    seal(at=NOW)
    handled("C", "2026-04-01", 5)
    handled("D", "2026-04-02", 3, decided=False)
    seal(at=NOW + timedelta(days=1))
    append(chain_open("D", NOW), [NewEvent("step.recalled", NOW, actor="p1")], NOW)
    out = home / "events.zip"
    bundle_write(out, at=NOW)
    return out


def verified(out: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = main(["verify", str(out), "--json", *more])
    return code, json.loads(capsys.readouterr().out)


def rewritten(out: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """The bundle with one member changed."""
    other = out.with_name("changed.zip")
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(other, "w") as new:
        for member in old.namelist():
            data = old.read(member)
            new.writestr(member, change(data) if member == name else data)
    return other


def table(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[bytes], bytes]:
    """A change of the rows of a Parquet member."""

    def apply(data: bytes) -> bytes:
        found = pq.read_table(pa.BufferReader(data))
        rows = found.to_pylist()
        change(rows)
        sink = pa.BufferOutputStream()
        pq.write_table(pa.Table.from_pylist(rows, schema=found.schema), sink)
        return bytes(sink.getvalue())

    return apply


def test_a_bundle_is_verified_without_the_platform(made: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, "verify", str(made), "--json"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["ok"]
    assert found["problems"] == []
    assert (found["cases"], found["events"], found["seals"], found["unsealed"]) == (4, 17, 2, 1)
    figures = {figure["name"]: figure["computed"] for figure in found["figures"]}
    assert figures == {"cases": 4, "events": 8, "ended": 3, "median_days": 2.5, "p90_days": 4.4}
    assert all(figure["ok"] and figure["claimed"] == figure["computed"] for figure in found["figures"])


@pytest.mark.parametrize(
    ("member", "change", "kind", "case", "seq"),
    [
        ("events.parquet", table(lambda rows: rows[1].update(activity="x")), "changed", "A", 2),
        ("events.parquet", table(lambda rows: rows.pop(2)), "deleted", "A", 3),
        ("events.parquet", table(lambda rows: rows.pop()), "cut", "D", 5),
        ("events.parquet", table(lambda rows: rows.__delitem__(slice(4, 8))), "cut", "B", 1),
        ("chains.parquet", table(lambda rows: rows.pop(0)), "unstated", "A", 1),
        ("leaves.parquet", table(lambda rows: rows.pop(0)), "seal_leaves", "", 0),
        ("seals.jsonl", lambda data: data.replace(b'"number":2', b'"number":3'), "seal_forged", "", 0),
        ("seals_database.jsonl", lambda data: data.splitlines(keepends=True)[0], "seal_missing", "", 0),
    ],
)
def test_what_was_changed_in_it_is_found(
    made: Path,
    capsys: pytest.CaptureFixture[str],
    member: str,
    change: Callable[[bytes], bytes],
    kind: str,
    case: str,
    seq: int,
) -> None:
    code, found = verified(rewritten(made, member, change), capsys)
    assert code == 1
    assert not found["ok"]
    assert (kind, case, seq) in [(p["kind"], p["case"], p["seq"]) for p in found["problems"]]


def test_a_deleted_case_is_found(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    without = table(lambda rows: rows.__setitem__(slice(None), [row for row in rows if row["case"] != "B"]))
    out = rewritten(made, "events.parquet", without)
    out = rewritten(out.rename(made.with_name("half.zip")), "chains.parquet", without)
    code, found = verified(out, capsys)
    assert code == 1
    assert [(p["kind"], p["case"], p["seal"]) for p in found["problems"]] == [("deleted_case", "B", 1)]
    wrong = {figure["name"] for figure in found["figures"] if not figure["ok"]}
    assert {"cases", "events", "ended"} <= wrong


@pytest.mark.parametrize(("name", "value"), [("median_days", 2.4), ("ended", None), ("score", 7)])
def test_a_figure_that_is_not_so(
    made: Path, capsys: pytest.CaptureFixture[str], name: str, value: object
) -> None:
    def claim(data: bytes) -> bytes:
        manifest = json.loads(data)
        figures = [figure for figure in manifest["figures"] if figure["name"] != name]
        manifest["figures"] = [*figures, {"name": name, "value": value}]
        return json.dumps(manifest).encode()

    code, found = verified(rewritten(made, "manifest.json", claim), capsys)
    assert code == 1
    assert found["problems"] == []
    assert [figure["name"] for figure in found["figures"] if not figure["ok"]] == [name]


def test_the_key_must_be_the_one_that_is_known(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = verified(made, capsys)
    assert verified(made, capsys, "--key", found["key"])[0] == 0
    code, found = verified(made, capsys, "--key", "00" * 32)
    assert code == 1
    assert {problem["kind"] for problem in found["problems"]} == {"seal_forged"}
    assert main(["verify", str(made), "--key", "abc"]) == 2


def test_a_part_proves_what_it_contains(made: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = home / "march.zip"
    manifest = bundle_write(out, at=NOW, first=date(2026, 3, 2), last=date(2026, 3, 31))
    assert (manifest["from"], manifest["to"], manifest["whole"]) == ("2026-03-02", "2026-03-31", False)
    code, found = verified(out, capsys)
    assert (code, found["cases"], found["elsewhere"]) == (0, 1, 3)
    assert {figure["name"]: figure["computed"] for figure in found["figures"]}["median_days"] == 2.0
    code, found = verified(rewritten(out, "events.parquet", table(lambda rows: rows.pop())), capsys)
    assert (code, found["problems"][0]["kind"]) == (1, "cut")


def test_an_empty_platform(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = home / "empty.zip"
    bundle_write(out, at=NOW)
    code, found = verified(out, capsys)
    assert (code, found["cases"], found["key"]) == (0, 0, None)


def test_nothing_is_overwritten(made: Path, home: Path) -> None:
    before = made.read_bytes()
    with pytest.raises(BadInput, match="already something"):
        bundle_write(made, at=NOW)
    with pytest.raises(BadInput, match="no folder"):
        bundle_write(home / "nowhere" / "x.zip", at=NOW)
    with pytest.raises(BadInput, match="before the first day"):
        bundle_write(home / "x.zip", at=NOW, first=date(2026, 2, 1), last=date(2026, 1, 1))
    assert made.read_bytes() == before
    assert not (home / "x.zip").exists()


@pytest.mark.parametrize(
    ("member", "change"),
    [
        ("manifest.json", lambda data: b"{"),
        ("manifest.json", lambda data: data.replace(b"bundle 1", b"bundle 9")),
        ("events.parquet", lambda data: data[:100]),
        ("events.parquet", table(lambda rows: rows.reverse())),
        ("chains.parquet", lambda data: b""),
        ("seals.jsonl", lambda data: b"nonsense\n"),
    ],
)
def test_a_broken_bundle_is_refused(
    made: Path, capsys: pytest.CaptureFixture[str], member: str, change: Callable[[bytes], bytes]
) -> None:
    out = rewritten(made, member, change)
    assert main(["verify", str(out), "--json", "--lang", "en"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("xiaoneng: ")


def test_a_file_that_is_no_bundle(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, data in (("a.zip", b"PK\x03\x04"), ("b.zip", b""), ("c.zip", b"{}"), ("d.zip", b"text")):
        path = home / name
        path.write_bytes(data)
        assert main(["verify", str(path)]) == 2, name
    assert main(["verify", str(home / "nothing.zip")]) == 2
    bomb = home / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in ("manifest.json", "events.parquet", "chains.parquet", "leaves.parquet",
                       "seals.jsonl", "seals_database.jsonl"):  # fmt: skip
            archive.writestr(member, bytes(40_000_000 if member == "leaves.parquet" else 10))
    capsys.readouterr()
    assert main(["verify", str(bomb), "--lang", "en"]) == 2
    assert "leaves.parquet unpacks to" in capsys.readouterr().err


def test_it_is_said_in_words(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(made), "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "Everything is as it was written." in said
    assert "1 events after the last seal" in said
    bad = rewritten(made, "events.parquet", table(lambda rows: rows[1].update(activity="\x1b[31mx")))
    assert main(["verify", str(bad), "--lang", "zh"]) == 1
    said = capsys.readouterr().out
    assert "事件内容被改动" in said
    assert "\x1b" not in said


def test_the_proof_of_one_case(made: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "proof.json"
    proof = to_json(inclusion("C"))
    path.write_text(json.dumps(proof))
    code, found = verified(path, capsys)
    assert (code, found["ok"], found["events"]) == (0, True, 4)
    for name, value in (("length", 3), ("case", "B"), ("place", 0), ("path", [])):
        path.write_text(json.dumps(proof | {name: value}))
        code, found = verified(path, capsys)
        assert (code, found["ok"]) == (1, False), name
    path.write_text(json.dumps({**proof, "seal": {**proof["seal"], "cases": 5}}))
    assert verified(path, capsys)[0] == 1
    path.write_text("{}")
    assert main(["verify", str(path)]) == 2


SCALARS = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.text(max_size=8), st.binary(max_size=40),
    st.just("[" * 5000),
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_in_it_the_answer_is_clear(
    made: Path, capsys: pytest.CaptureFixture[str], data: st.DataObject
) -> None:
    """Cells of any value, JSON of any shape: never a fault of ours, never a wrong yes."""
    member = data.draw(
        st.sampled_from(["events.parquet", "chains.parquet", "leaves.parquet", "manifest.json"])
    )

    changed: list[bool] = []

    def cell(rows: list[dict[str, Any]]) -> None:
        row = data.draw(st.sampled_from(rows))
        name = data.draw(st.sampled_from(sorted(row)))
        if isinstance(row[name], datetime):
            value = data.draw(st.datetimes(timezones=st.just(UTC)))
        else:
            fits = (type(row[name]), type(None))
            value = data.draw(SCALARS.filter(lambda value: isinstance(value, fits)))
        changed.append(value != row[name])
        row[name] = value

    def key(content: bytes) -> bytes:
        manifest = json.loads(content)
        name = data.draw(st.sampled_from(["format", "figures"]))
        changed.append(True)
        manifest[name] = data.draw(
            st.one_of(st.none(), st.just([{}]), st.just([{"name": [], "value": 10**400}]))
        )
        return json.dumps(manifest).encode()

    out = rewritten(made, member, key if member == "manifest.json" else table(cell))
    code = main(["verify", str(out), "--json"])
    said = capsys.readouterr().out
    assert code in (1, 2) or changed == [False]
    assert (code == 2) == (said == "")
    if said:
        json.loads(said, parse_constant=pytest.fail)
