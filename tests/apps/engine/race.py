"""Several connections to one file: ``python -m tests.apps.engine.race`` prints one line of JSON.

Uses the tables, people and processes of the campaign of kills, in the home folder that the test names.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from campaigns._engine_load import BODY, setup
from xiaoneng.config.run import _ready

PEOPLE = 4


def main() -> None:
    _ready()
    setup()
    from django.contrib.auth import get_user_model
    from django.db import connection, connections
    from django.utils import timezone

    from xiaoneng.apps.audit.contracts import Actor
    from xiaoneng.apps.engine.contracts import MACHINE, Doer, Outcome
    from xiaoneng.apps.engine.models import Instance, Task
    from xiaoneng.apps.engine.services import act, start
    from xiaoneng.apps.engine.verifying import instance_problems
    from xiaoneng.core.errors import XiaonengError
    from xiaoneng.core.process import commands as c

    people = list(get_user_model().objects.order_by("pk").values_list("pk", "username"))[:PEOPLE]

    def begin(case: str) -> int:
        return start(
            process="review", case=case, body=BODY, actor=MACHINE, at=timezone.now(), command=uuid4()
        ).instance

    def complete(instance: int, element: str, who: Doer, command: UUID) -> Outcome:
        number = Task.objects.filter(instance=instance, element=element).latest("pk").number
        return act(
            instance=instance,
            command=c.Complete(number),
            actor=who,
            at=timezone.now(),
            command_id=command,
        )

    def at_once(work: Callable[[int], Outcome]) -> list[dict[str, Any]]:
        gate = threading.Barrier(PEOPLE)
        answers: list[dict[str, Any]] = []

        def one(number: int) -> None:
            gate.wait(30)
            try:
                done = work(number)
                answers.append(
                    {
                        "kind": "Outcome",
                        "who": people[number][1],
                        "instance": done.instance,
                        "revision": done.revision,
                        "repeated": done.repeated,
                    }
                )
            except XiaonengError as error:
                answers.append({"kind": type(error).__name__, "text": str(error)})
            finally:
                connections.close_all()

        threads = [threading.Thread(target=one, args=(number,)) for number in range(PEOPLE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        return answers

    doers = [
        Doer(actor=Actor(user=pk, role="clerk"), roles=frozenset({"clerk"}), body=BODY) for pk, _ in people
    ]
    found: dict[str, Any] = {"deciders": []}
    for turn in range(3):
        instance = begin(f"R-{turn}")
        found["deciders"].append(
            at_once(lambda number, i=instance: complete(i, "accept", doers[number], uuid4()))  # type: ignore[misc] # bound
        )
    instance, command = begin("S"), uuid4()
    found["same"] = at_once(lambda _: complete(instance, "accept", MACHINE, command))
    found["full"] = found["locked"] = "nothing"
    cursor = connection.cursor()
    pages = cursor.execute("PRAGMA page_count").fetchone()[0]
    cursor.execute(f"PRAGMA max_page_count = {pages + 2}")
    try:
        for turn in range(3_000):
            begin(f"F-{turn}")
    except XiaonengError as error:
        found["full"] = type(error).__name__
    cursor.execute("PRAGMA max_page_count = 1073741823")
    other = sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    cursor.execute("PRAGMA busy_timeout = 50")
    try:
        complete(instance, "fire", MACHINE, uuid4())
    except XiaonengError as error:
        found["locked"] = type(error).__name__
    other.execute("ROLLBACK")
    for element in ("fire", "plan", "decide"):
        outcome = complete(instance, element, MACHINE, uuid4())
    found["after"] = outcome.status
    found["problems"] = [
        p for pk in Instance.objects.values_list("pk", flat=True) for p in instance_problems(pk)
    ]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
