"""A worker process for the tests: ``python -m tests.apps.outbox_worker SECONDS``. Its job takes SECONDS;
its effect is a row.

Before the work starts it says so on standard output, so that a test can kill it in the middle.
"""

from __future__ import annotations

import sys
import threading
import time
from datetime import timedelta

from xiaoneng.config.run import _ready

LEASE = timedelta(seconds=2)
TOPIC = "test.slow"
RESULT = "test.result"


def main() -> None:
    _ready()
    from django.utils import timezone

    from xiaoneng.apps.outbox import registry, services, worker
    from xiaoneng.apps.outbox.contracts import Effect, Job, Topic

    def handle(job: Job) -> Effect:
        print(f"started {job.payload['n']}", flush=True)
        time.sleep(float(sys.argv[1]))
        return lambda: services.send(topic=RESULT, payload=job.payload, at=timezone.now()) and None

    registry.register(Topic(TOPIC, handle))
    worker.HEARTBEAT_S = 0.5
    stop = threading.Event()
    idle = 0
    while idle < 12:  # longer than a lease without work ends the test's worker
        idle = 0 if worker.work_once(now=timezone.now, lease=LEASE) else idle + 1
        stop.wait(0.2 if idle else 0)


if __name__ == "__main__":
    main()
