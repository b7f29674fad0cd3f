"""OCEL 2.0 in its three forms: the same log reads the same."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.core.eventlog.readers.reading import read, write
from xiaoneng.core.errors import BadInput, HostileInput

OBJECTS = [
    ("p1", "permit", [("dept", "1970-01-01T00:00:00Z", "A"), ("dept", "2024-02-01T00:00:00Z", "B")]),
    ("p2", "permit", []),
    ("d1", "document", []),
    ("d2", "document", []),
    ("u1", "employee", []),
]
EVENTS = [
    ("e1", "register", "2024-01-05T09:00:00+08:00", [("fee", "12")], ["p1", "u1"]),
    ("e2", "attach", "2024-01-05T10:00:00+08:00", [], ["p1", "d1", "d2"]),
    ("e3", "bundle", "2024-01-06T10:00:00+08:00", [], ["p1", "p2"]),
    ("e4", "clean up", "2024-01-07T10:00:00+08:00", [], ["u1"]),
]


def _json() -> dict[str, Any]:
    return {
        "objectTypes": [],
        "eventTypes": [],
        "objects": [
            {"id": i, "type": t, "attributes": [{"name": n, "time": w, "value": v} for n, w, v in a]}
            for i, t, a in OBJECTS
        ],
        "events": [
            {
                "id": i,
                "type": t,
                "time": w,
                "attributes": [{"name": n, "value": v} for n, v in a],
                "relationships": [{"objectId": o, "qualifier": "q"} for o in r],
            }
            for i, t, w, a, r in EVENTS
        ],
    }


def _xml() -> str:
    out = '<?xml version="1.0" encoding="UTF-8"?><log><object-types/><event-types/><objects>'
    for i, t, a in OBJECTS:
        values = "".join(f'<attribute name="{n}" time="{w}">{v}</attribute>' for n, w, v in a)
        out += f'<object id="{i}" type="{t}"><attributes>{values}</attributes><objects>'
        out += '<relationship object-id="d1" qualifier="o2o"/></objects></object>'
    out += "</objects><events>"
    for i, t, w, b, r in EVENTS:
        values = "".join(f'<attribute name="{n}">{v}</attribute>' for n, v in b)
        related = "".join(f'<relationship object-id="{o}" qualifier="q"/>' for o in r)
        out += f'<event id="{i}" type="{t}" time="{w}"><attributes>{values}</attributes>'
        out += f"<objects>{related}</objects></event>"
    return out + "</events></log>"


def _sqlite(path: Path) -> Path:
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE event (ocel_id TEXT PRIMARY KEY, ocel_type TEXT)")
        db.execute("CREATE TABLE object (ocel_id TEXT PRIMARY KEY, ocel_type TEXT)")
        db.execute("CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT)")
        for what, rows in (("event", EVENTS), ("object", OBJECTS)):
            db.execute(f"CREATE TABLE {what}_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT)")
            for kind in dict.fromkeys(r[1] for r in rows):
                table = kind.title().replace(" ", "")
                db.execute(f"INSERT INTO {what}_map_type VALUES (?, ?)", (kind, table))
                more = ", fee TEXT" if what == "event" else ", ocel_changed_field TEXT, dept TEXT"
                db.execute(f"CREATE TABLE {what}_{table} (ocel_id TEXT, ocel_time TEXT{more})")
        for i, t, w, b, r in EVENTS:
            db.execute("INSERT INTO event VALUES (?, ?)", (i, t))
            db.execute(
                f"INSERT INTO event_{t.title().replace(' ', '')} VALUES (?, ?, ?)", (i, w, dict(b).get("fee"))
            )
            db.executemany("INSERT INTO event_object VALUES (?, ?, 'q')", [(i, o) for o in r])
        for i, t, a in OBJECTS:
            db.execute("INSERT INTO object VALUES (?, ?)", (i, t))
            for n, w, v in a or [(None, "1970-01-01T00:00:00Z", None)]:
                db.execute(f"INSERT INTO object_{t.title()} VALUES (?, ?, ?, ?)", (i, w, n, v))
    db.close()
    return path


@pytest.fixture(params=["json", "xml", "sqlite"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "json":
        return write(tmp_path, "a.json", json.dumps(_json()))
    if request.param == "xml":
        return write(tmp_path, "a.xml", _xml())
    return _sqlite(tmp_path / "a.sqlite")


def test_flattened_on_the_guessed_type(log: Path, tmp_path: Path) -> None:
    found = read(log, tmp_path / "p")
    assert (
        found.result.format
        == {".json": "ocel-json", ".xml": "ocel-xml", ".sqlite": "ocel-sqlite"}[log.suffix]
    )
    assert found.result.details["object_type"] == "permit"
    assert "permit" in str(found.result.reasons["case"])
    assert found.column("case_id") == ["p1", "p1", "p1", "p2"]
    assert found.column("activity") == ["register", "attach", "bundle", "bundle"]
    assert found.column("local")[0] == datetime(2024, 1, 5, 9)
    assert found.column("resource") == ["u1", None, None, None]
    assert found.events["ocel:eid"] == ["e1", "e2", "e3", "e3"]
    assert found.events["fee"] == ["12", None, None, None]
    assert found.events["ocel:type:document"] == [None, "d1, d2", None, None]
    assert found.cases == {"case_id": ["p1", "p2"], "dept": ["B", None]}
    assert found.remarks() == {"events_without_case": 1, "events_of_several_cases": 1}


def test_flattened_on_a_type_that_is_asked_for(log: Path, tmp_path: Path) -> None:
    assert read(log, tmp_path / "p", object_type="document").column("case_id") == ["d1", "d2"]
    with pytest.raises(BadInput, match="no objects of type 'house'") as caught:
        read(log, tmp_path / "q", object_type="house")
    assert "permit" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"events": 3}, "'events' is not a list"),
        ({"events": [{"id": "e", "type": "t"}]}, "'time' is missing"),
        ({"events": []}, "the log has no events"),
        ({"objects": []}, "no event refers to an object"),
        ({"objects": None}, "'objects' is not a list"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read(write(tmp_path, "a.json", json.dumps({**_json(), **change})), tmp_path / "p")


def test_broken_and_hostile(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not JSON") as caught:
        read(write(tmp_path, "a.json", '{"events":\n [}'), tmp_path / "p")
    assert str(caught.value.place) == "a.json:2:3"
    with pytest.raises(HostileInput, match="nested too deeply"):
        read(write(tmp_path, "b.json", '{"events":' + "[" * 200_000), tmp_path / "p")
    with pytest.raises(BadInput, match="not well-formed"):
        read(write(tmp_path, "c.xml", _xml()[:-30]), tmp_path / "p")
    with pytest.raises(HostileInput, match="document type"):
        read(
            write(tmp_path, "d.xml", _xml().replace("<log>", '<!DOCTYPE log [<!ENTITY a "b">]><log>')),
            tmp_path / "p",
        )
    path = _sqlite(tmp_path / "e.sqlite")
    with sqlite3.connect(path) as db:
        db.execute("CREATE VIEW x AS SELECT 1")
    db.close()
    with pytest.raises(HostileInput, match="views or triggers"):
        read(path, tmp_path / "p")
    path = _sqlite(tmp_path / "f.sqlite")
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE event_object")
    db.close()
    with pytest.raises(BadInput, match="no such table: event_object"):
        read(path, tmp_path / "p")
