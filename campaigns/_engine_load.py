"""The processes of the campaign ``kill_engine``, started by it as ``python -m campaigns._engine_load MODE``:
setup, nursery (forks handlers and workers, which may be killed at any moment), drain, verify.

A handler writes a line to its standard output before and after each command, so that the campaign knows what
was asked and what was acknowledged when it died; a command without an answer is handed to the next handler,
which sends it again under the same id.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

NAMESPACES = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xn="urn:xiaoneng:bpmn:1" id="d" '
    'targetNamespace="urn:t"'
)
BODY = "11990000MB00000001"


def drawn(key: str, nodes: str, flows: str) -> bytes:
    """A process: nodes as XML, flows as "from to[ condition]" in lines."""
    lines = []
    for number, line in enumerate(flows.strip().splitlines()):
        source, target, *condition = line.split(maxsplit=2)
        inside = f"<conditionExpression>{condition[0]}</conditionExpression>" if condition else ""
        ends = f'sourceRef="{source}" targetRef="{target}"'
        lines.append(f'<sequenceFlow id="f{number}" {ends}>{inside}</sequenceFlow>')
    process = f'<process id="{key}" isExecutable="true">{nodes}{"".join(lines)}</process>'
    return f"<definitions {NAMESPACES}>{process}</definitions>".encode()


# a review by two bodies beside each other with a timer that repeats; what is refused goes back
REVIEW = drawn(
    "review",
    """
<startEvent id="s"/><userTask id="accept" xn:role="clerk" xn:limit="2"/><parallelGateway id="split"/>
<userTask id="fire" xn:role="handler"/><userTask id="plan" xn:role="handler"/><parallelGateway id="join"/>
<boundaryEvent id="remind" attachedToRef="plan" cancelActivity="false"><timerEventDefinition>
<timeCycle>R2/PT1S</timeCycle></timerEventDefinition></boundaryEvent>
<userTask id="hurry" xn:role="head"/><endEvent id="h"/>
<userTask id="decide" xn:role="approver"/><endEvent id="e"/>
""",
    """
s accept
accept split
split fire
split plan
fire join
plan join
join decide
decide e
remind hurry
hurry h
""",
)
# a register is asked, then the case waits a moment; both are the worker's
ASK = drawn(
    "ask",
    """
<startEvent id="s"/><serviceTask id="register" xn:connector="register"/><intermediateCatchEvent id="wait">
<timerEventDefinition><timeDuration>PT0.3S</timeDuration></timerEventDefinition></intermediateCatchEvent>
<exclusiveGateway id="x" default="f3"/><userTask id="look" xn:role="clerk"/><endEvent id="e"/>
""",
    """
s register
register wait
wait x
x look
x e clean
look e
""",
)
PROCESSES = {"review": REVIEW, "ask": ASK}
ACTS = (
    ["Complete"] * 60 + ["Claim"] * 14 + ["Release"] * 4 + ["Delegate"] * 6 + ["SendBack"] * 3
    + ["AddSign"] * 3 + ["Suspend"] * 3 + ["Resume"] * 5 + ["Cancel"] * 1 + ["Start"] * 12
)  # fmt: skip


def setup() -> None:
    """Tables, people, processes."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.utils import timezone

    from xiaoneng.apps.processes.models import Process, ProcessVersion

    call_command("migrate", interactive=False, verbosity=0)
    now = timezone.now()
    people = get_user_model().objects
    for number in range(6):
        people.create(username=f"p{number}", role="reform", created_at=now)
    author, publisher = people.order_by("pk")[:2]
    for key, bpmn in PROCESSES.items():
        process = Process.objects.create(key=key, name_zh=key, created_at=now)
        ProcessVersion.objects.create(
            process=process,
            number=1,
            bpmn=bpmn,
            sha256=hashlib.sha256(bpmn).hexdigest(),
            state="published",
            author=author,
            created_at=now,
            changed_at=now,
            valid_from=date(2024, 1, 1),
            published_by=publisher,
            published_at=now,
        )


def say(**line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def handler(seed: str, pending: str) -> None:
    """Act on random cases until SIGTERM; first what the handler before left without an answer."""
    from django.contrib.auth import get_user_model

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    chance = random.Random(seed)
    people = [int(pk) for pk in get_user_model().objects.order_by("pk").values_list("pk", flat=True)]
    if pending:
        send(json.loads(pending))
    while not stop.is_set():
        asked = choose(chance, people)
        if asked is None:
            time.sleep(0.02)
            continue
        say(ask=asked)
        send(asked)


def choose(chance: random.Random, people: list[int]) -> dict[str, Any] | None:
    """A command on a random open task, or a new case."""
    from xiaoneng.apps.engine.models import Instance, Task

    what = chance.choice(ACTS)
    asked: dict[str, Any] = {"id": str(UUID(int=chance.getrandbits(128), version=4)), "what": what}
    if what == "Start":
        key = chance.choice(sorted(PROCESSES))
        return {**asked, "process": key, "case": f"{key}-{asked['id'][:13]}"}
    if what in ("Suspend", "Resume", "Cancel"):
        status = "suspended" if what == "Resume" else "running"
        pks = list(Instance.objects.filter(status=status).order_by("-pk").values_list("pk", flat=True)[:40])
        return {**asked, "instance": chance.choice(pks), "args": []} if pks else None
    rows = list(
        Task.objects.filter(state="open", kind="human", instance__status="running")
        .order_by("-id")
        .values_list("instance", "number", "element", "holder")[:60]
    )
    if not rows:
        return None
    instance, number, element, holder = chance.choice(rows)
    by = str(holder or chance.choice(people))
    other = str(chance.choice([p for p in people if str(p) != by]))
    more: dict[str, list[Any]] = {
        "Complete": [None, by],
        "Claim": [by],
        "Release": [by],
        "Delegate": [other, by],
        "SendBack": ["accept", by],
        "AddSign": [[other], chance.random() < 0.5, by],
    }
    if what == "SendBack" and element in ("accept", "look"):
        return None
    return {**asked, "instance": instance, "args": [number, *more[what]], "by": int(by)}


def send(asked: dict[str, Any]) -> None:
    """Send a command and tell how it went."""
    from django.utils import timezone

    from xiaoneng.apps.audit.contracts import Actor
    from xiaoneng.apps.engine.contracts import Doer
    from xiaoneng.apps.engine.records import KINDS
    from xiaoneng.apps.engine.services import act, start
    from xiaoneng.core.errors import XiaonengError

    doer = Doer(actor=Actor(user=asked.get("by"), role="handler"), trusted=True)
    command = UUID(asked["id"])
    try:
        if asked["what"] == "Start":
            outcome = start(
                process=asked["process"],
                case=asked["case"],
                body=BODY,
                actor=doer,
                at=timezone.now(),
                command=command,
            )
        else:
            values = [tuple(v) if isinstance(v, list) else v for v in asked["args"]]
            outcome = act(
                instance=asked["instance"],
                command=KINDS[asked["what"]](*values),
                actor=doer,
                at=timezone.now(),
                command_id=command,
            )
    except XiaonengError as error:
        say(no=asked["id"], why=error.code)
        return
    say(ack=asked["id"], instance=outcome.instance, revision=outcome.revision, repeated=outcome.repeated)


def register(call: Any) -> Any:
    """The other side of the connector: slow enough to be killed in the middle."""
    from xiaoneng.apps.engine.contracts import Answer

    time.sleep(0.02)
    return Answer({"clean": call.instance % 3 == 0})


def work(*, drain: bool) -> None:
    """A worker like the platform's own, with leases short enough for a campaign; ``drain``: until nothing is
    due any more."""
    from django.utils import timezone

    from xiaoneng.apps.engine import registry
    from xiaoneng.apps.engine.services import timers
    from xiaoneng.apps.engine.tasks import fire_timers
    from xiaoneng.apps.outbox import worker

    lease = timedelta(seconds=1)
    registry.register({"register": register})
    timers.LEASE = lease  # type: ignore[misc] # short for the campaign
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    say(ready=True)
    idle = 0
    while not stop.is_set() and (not drain or idle < 25):
        busy = worker.work_once(now=timezone.now, lease=lease)
        busy = fire_timers(timezone.now()) > 0 or busy
        idle = 0 if busy else idle + 1
        if not busy:
            stop.wait(0.1)


def verify(journal: str) -> None:
    """Compare the database with what was asked and acknowledged; one JSON line with figures and problems."""
    from xiaoneng.apps.engine.models import CommandRecord, Instance, Task, Timer
    from xiaoneng.apps.engine.verifying import instance_problems
    from xiaoneng.apps.eventlog.selectors.proofs import verify_platform
    from xiaoneng.apps.outbox.selectors import counts

    told = json.loads(Path(journal).read_text(encoding="utf-8"))
    problems: list[str] = []
    records = {
        str(command): (instance, revision, kind, payload)
        for command, instance, revision, kind, payload in CommandRecord.objects.values_list(
            "command", "instance", "revision", "kind", "payload"
        )
    }
    for command, (instance, revision) in told["acked"].items():
        found = records.get(command)
        if found is None or found[:2] != (instance, revision):
            problems.append(f"acknowledged {command} at {instance} r{revision}, stored {found}")
    problems += [f"refused {command} is stored" for command in told["refused"] if command in records]
    known = {*told["acked"], *told["refused"], *told["open"]}
    strangers = [found for command, found in records.items() if command not in known]
    problems += [
        f"nobody asked for {found}" for found in strangers if found[2] not in ("TimerDue", "Complete")
    ]
    instances = list(Instance.objects.order_by("pk").values_list("pk", flat=True))
    for instance in instances:
        problems += [f"{instance}: {problem}" for problem in instance_problems(instance)]
    answered = Counter(found[0] for found in strangers if found[2] == "Complete")
    problems += [f"the register answered {n} times for {i}" for i, n in answered.items() if n > 1]
    verdict = verify_platform()
    problems += [f"chain: {problem}" for problem in verdict.problems]
    late = Timer.objects.filter(instance__status="running", next_at__isnull=False).exclude(fault="").count()
    say(
        problems=problems[:20],
        wrong=len(problems),
        cases=len(instances),
        commands=len(records),
        steps_by_kind=dict(sorted(Counter(found[2] for found in records.values()).items())),
        tasks=Task.objects.count(),
        events=verdict.events,
        timers_fired=sum(found[2] == "TimerDue" for found in records.values()),
        calls_answered=sum(answered.values()),
        faulty_timers=late,
        outbox=counts(),
    )


def nursery() -> None:
    """Fork a process for each line of the standard input: [mode, file of its output, arguments]. No
    connection is open here; the platform's modules are loaded once."""
    import xiaoneng.apps.engine.services
    import xiaoneng.apps.engine.tasks
    import xiaoneng.apps.outbox.worker  # noqa: F401  # loaded for the children

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    for line in sys.stdin:
        mode, out, *rest = json.loads(line)
        pid = os.fork()
        if pid:
            sys.stdout.write(f"{pid}\n")
            sys.stdout.flush()
            continue
        os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
        os.close(0)
        try:
            handler(rest[0], rest[1] if len(rest) > 1 else "") if mode == "handler" else work(drain=False)
        finally:
            os._exit(0)


def main() -> None:
    from xiaoneng.config.run import _ready

    _ready()
    mode, *rest = sys.argv[1:]
    if mode == "setup":
        setup()
    elif mode == "nursery":
        nursery()
    elif mode == "drain":
        work(drain=True)
    else:
        verify(rest[0])


if __name__ == "__main__":
    main()
