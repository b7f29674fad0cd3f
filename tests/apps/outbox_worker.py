"""A worker process for the tests: ``python -m tests.apps.outbox_worker SECONDS``. Its job takes SECONDS; its effect is a row.

Before the work starts it says so on standard output, so that a test can kill it in the middle.
"""

from __future__ import annotations

import sys
import threading
import time

from xiaoneng.config.run import _ready

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
    worker.LEASE = worker.timedelta(seconds=2)
    worker.HEARTBEAT_S = 0.5
    stop = threading.Event()
    idle = 0
    while idle < 6:  # three seconds without work end the test's worker
        idle = 0 if worker.work_once(now=timezone.now, lease=worker.LEASE) else idle + 1
        stop.wait(0.5 if idle else 0)


if __name__ == "__main__":
    main()
