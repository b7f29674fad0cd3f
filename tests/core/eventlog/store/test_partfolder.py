"""A store is there whole or not at all."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.eventlog.store.rows import EveryDayEightHours, Rows, at, make_store
from xiaoneng.core.errors import BadInput
from xiaoneng.core.eventlog.fill import fill
from xiaoneng.core.eventlog.partfolder import part_folder

ROWS = [{"case_id": "a", "activity": "x", "time": at("2024-01-02T08:00")}]

SLOW_IMPORT = """
import sys, time
from pathlib import Path
from tests.core.eventlog.store.rows import EveryDayEightHours, Rows, at
from xiaoneng.core.eventlog.fill import fill
from xiaoneng.core.eventlog.partfolder import part_folder

def pause(share, what):
    if what == sys.argv[2]:
        print("now", flush=True)
        time.sleep(60)

rows = [{"case_id": "a", "activity": "x", "time": at("2024-01-02T08:00")}]
with part_folder(Path(sys.argv[1])) as part, Rows(rows) as reader:
    fill(part, reader, work_clock=EveryDayEightHours(), progress=pause)
"""


MOMENTS = ["Reading the log", "Enriching the events", "Writing the cases", "Imported"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_kill_leaves_no_store_and_does_not_block_the_next_import(tmp_path: Path, moment: str) -> None:
    into = tmp_path / "store"
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_IMPORT, str(into), moment], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "now\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not into.exists()
    assert into.with_name("store.part").exists()
    assert make_store(into, ROWS).meta["counts"]["events"] == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store"]


def test_two_imports_into_one_folder(tmp_path: Path) -> None:
    into = tmp_path / "store"
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_IMPORT, str(into), "Reading the log"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        with pytest.raises(BadInput, match="another import"):
            make_store(into, ROWS)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    with pytest.raises(BadInput, match="already something"):
        make_store(tmp_path / "store", ROWS)
    assert list((tmp_path / "store").iterdir()) == []


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    def half() -> None:
        with part_folder(tmp_path / "store") as part:
            (part / "half").write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert list(tmp_path.iterdir()) == []


def test_a_log_without_events(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no events"):
        make_store(tmp_path / "store", [])
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_fails_late_leaves_nothing(tmp_path: Path) -> None:
    class Changed(Rows):
        def result(self):  # type: ignore[no-untyped-def]
            raise BadInput("the file changed while it was read")

    def broken_import() -> None:
        with part_folder(tmp_path / "store") as part, Changed(ROWS) as reader:
            fill(part, reader, work_clock=EveryDayEightHours())

    with pytest.raises(BadInput, match="changed"):
        broken_import()
    assert list(tmp_path.iterdir()) == []
