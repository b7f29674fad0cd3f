"""Opening a store: what is refused, and what a query may touch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.core.eventlog.store.rows import at, make_store
from xiaoneng.core.errors import BadInput, NotFound
from xiaoneng.core.eventlog.store import EventStore

ROWS = [{"case_id": "a", "activity": "x", "time": at("2024-01-02T08:00")}]


@pytest.fixture
def store(tmp_path: Path) -> EventStore:
    return make_store(tmp_path / "a'b 库", ROWS)


def test_sql_gives_arrow(store: EventStore) -> None:
    assert store.sql("SELECT case_id FROM cases WHERE case_no = ?", [0]).to_pylist() == [{"case_id": "a"}]


def test_queries_reach_no_other_file(store: EventStore, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with store.connection() as db:
        for query in (
            f"FROM read_csv('{secret}')",
            f"COPY cases TO '{tmp_path}/out.csv'",
            f"ATTACH '{tmp_path}/other.duckdb'",
            "SET enable_external_access = true",
            "SET memory_limit = '10GB'",
            "INSTALL httpfs",
        ):
            with pytest.raises(duckdb.Error):
                db.execute(query)
    assert not (tmp_path / "out.csv").exists()


def test_no_store_here(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no event store"):
        EventStore(tmp_path)


def test_a_store_of_another_layout_is_refused(store: EventStore) -> None:
    meta = {**store.meta, "layout": 99}
    (store.folder / "meta.json").write_text(json.dumps(meta))
    with pytest.raises(BadInput, match=r"layout version 99.*expected version 1"):
        EventStore(store.folder)


def test_several_processes_read_at_once(store: EventStore) -> None:
    code = (
        "import sys; from pathlib import Path; from xiaoneng.core.eventlog.store import EventStore;"
        "print(EventStore(Path(sys.argv[1])).sql('SELECT count(*) AS n FROM events').to_pylist())"
    )
    with store.connection() as db:
        db.execute("SELECT count(*) FROM events").fetchall()
        command = [sys.executable, "-c", code, str(store.folder)]
        readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        outputs = [reader.communicate()[0] for reader in readers]
    assert outputs == ["[{'n': 1}]\n"] * 2
