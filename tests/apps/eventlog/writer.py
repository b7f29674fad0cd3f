"""A process that appends to shared chains: ``python -m tests.apps.eventlog.writer NAME STEPS``.

Each step is one transaction on a chain that the others write to as well, repeated until nobody was faster. It
says each step that was committed, so that a test can kill it in the middle.
"""

from __future__ import annotations

import sys

from xiaoneng.config.run import _ready

CASES = ("A", "B")


def main() -> None:
    _ready()
    from django.db import transaction
    from django.utils import timezone

    from xiaoneng.apps.eventlog.contracts import NewEvent
    from xiaoneng.apps.eventlog.errors import Changed
    from xiaoneng.apps.eventlog.services.events import append, chain_open

    name, steps = sys.argv[1], int(sys.argv[2])
    again = 0
    for step in range(steps):
        while True:
            at = timezone.now()
            chain = chain_open(CASES[step % len(CASES)], at)  # read outside: others may come between
            event = NewEvent("step.done", at, actor=name, data={"command": f"{name}-{step}"})
            try:
                with transaction.atomic():
                    append(chain, [event, event._replace(data={})], at)
                break
            except Changed:
                again += 1
        print(f"done {step}", flush=True)
    print(f"again {again}", flush=True)


if __name__ == "__main__":
    main()
