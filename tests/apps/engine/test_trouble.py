"""A database that is busy or full, others who write to the same case, two who decide at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, transaction

from tests.apps.engine.world import AT, SIMPLE, begin, check, command, publish, the_task
from xiaoneng.apps.engine import sql
from xiaoneng.apps.engine.contracts import MACHINE, Outcome
from xiaoneng.apps.engine.errors import Busy, StoreFull
from xiaoneng.apps.engine.models import Instance
from xiaoneng.apps.engine.services import act
from xiaoneng.apps.eventlog.contracts import NewEvent
from xiaoneng.apps.eventlog.services.events import append, chain_open
from xiaoneng.core.errors import XiaonengError
from xiaoneng.core.process import commands as c


def complete(instance: int, element: str, **more: Any) -> Outcome:
    return act(
        instance=instance,
        command=c.Complete(the_task(instance, element)),
        actor=more.pop("actor", MACHINE),
        at=AT,
        command_id=more.pop("command_id", None) or uuid4(),
    )


@pytest.mark.django_db
def test_others_may_write_to_the_chain_of_a_case(person: Callable[..., Any]) -> None:
    publish(SIMPLE)
    instance = begin().instance
    with transaction.atomic():
        append(chain_open("C-1", AT), [NewEvent("case.received", AT)], AT)
    complete(instance, "accept")
    check(instance)
    complete(instance, "decide")
    check(instance)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "answer"),
    [
        ("database is locked", Busy),
        ("database or disk is full", StoreFull),
        ("could not extend file: No space left on device", StoreFull),
    ],
)
def test_a_database_that_cannot_write_leaves_nothing_half_done(
    person: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, error: str, answer: type[XiaonengError]
) -> None:
    """The statement that fails is each of the step's in turn."""
    publish(SIMPLE)
    instance = begin().instance
    real = sql.store()
    failed = 0
    for position in range(4):
        count = 0

        def run(statement: str, values: Any, fails_at: int = position) -> Any:
            nonlocal count
            if not statement.startswith("SELECT"):
                count += 1
                if count > fails_at:
                    raise OperationalError(error)
            return real.run(statement, values)

        with monkeypatch.context() as patched:
            patched.setattr(sql, "store", lambda: real._replace(run=run))
            with pytest.raises(answer, match=r"[Nn]othing was written"):
                complete(instance, "accept", command_id=command(position + 1))
        failed += 1
        check(instance)
        assert Instance.objects.get().revision == 1
    assert failed == 4
    complete(instance, "accept", command_id=command(1))
    check(instance)


@pytest.mark.django_db
def test_a_case_that_others_change_all_the_time(
    person: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(SIMPLE)
    instance = begin().instance
    monkeypatch.setattr(sql, "step", lambda *_: False)
    with pytest.raises(Busy, match="changed by others"):
        complete(instance, "accept")
    monkeypatch.undo()
    check(instance)
    times = iter([False, False, True])
    real = sql.step
    monkeypatch.setattr(sql, "step", lambda *given: next(times) and real(*given))
    assert complete(instance, "accept").revision == 2
    check(instance)


@pytest.fixture(scope="module")
def race(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process of its own found out on a file, with real connections and locks (``race.py``)."""
    home = tmp_path_factory.mktemp("race")
    environment = {n: v for n, v in os.environ.items() if n != "XIAONENG_DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.apps.engine.race"],
        env=environment | {"XIAONENG_HOME": str(home)},
        cwd=Path(__file__).resolve().parents[3],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_of_two_who_decide_at_once_one_wins_and_the_others_are_told_who(race: dict[str, Any]) -> None:
    for answers in race["deciders"]:
        assert sorted(answer["kind"] for answer in answers) == ["Outcome", "TooLate", "TooLate", "TooLate"]
        winner = next(answer["who"] for answer in answers if answer["kind"] == "Outcome")
        assert all(winner in answer["text"] for answer in answers if answer["kind"] == "TooLate")


def test_the_same_command_from_several_connections_is_one_step(race: dict[str, Any]) -> None:
    assert sorted(answer["repeated"] for answer in race["same"]) == [False, True, True, True]
    assert len({(answer["instance"], answer["revision"]) for answer in race["same"]}) == 1


def test_a_full_disk_and_a_locked_file_are_clear_answers(race: dict[str, Any]) -> None:
    assert race["full"] == "StoreFull"
    assert race["locked"] == "Busy"
    assert race["problems"] == []
    assert race["after"] == "completed"
