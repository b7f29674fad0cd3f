"""The outbox: nothing is lost, nothing happens twice, whatever dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tests.apps.outbox_worker import RESULT, TOPIC
from tests.platform import NOW
from xiaoneng.apps.outbox import registry, selectors, services, worker
from xiaoneng.apps.outbox.contracts import Effect, Job, Topic
from xiaoneng.apps.outbox.models import Message

LEASE = timedelta(seconds=15)


@pytest.fixture
def topics(monkeypatch: pytest.MonkeyPatch) -> dict[str, Topic]:
    """An empty registry."""
    empty: dict[str, Topic] = {}
    monkeypatch.setattr(registry, "_topics", empty)
    return empty


def send(topic: str = "t", **more: Any) -> int:
    return services.send(topic=topic, payload=more.pop("payload", {}), at=NOW, **more)


def claim(at: datetime = NOW) -> Job:
    job = services.claim(topics=["t"], at=at, lease_for=LEASE)
    assert job is not None
    return job


def nothing() -> None:
    """No effect."""


@pytest.mark.django_db
class TestClaims:
    def test_first_due_first_served(self) -> None:
        late, early = send(available_at=NOW + timedelta(minutes=1)), send()
        send(topic="other")
        assert claim().id == early
        assert services.claim(topics=["t"], at=NOW, lease_for=LEASE) is None
        assert claim(NOW + timedelta(minutes=1)).id in (late, early)

    def test_the_same_key_is_sent_once(self) -> None:
        assert send(key="k") == send(key="k")
        assert Message.objects.count() == 1

    def test_a_claim_ends_and_the_effect_of_the_old_one_is_lost(self) -> None:
        send()
        old = claim()
        new = claim(NOW + LEASE + timedelta(seconds=1))
        assert new.id == old.id
        assert new.attempt == 2
        done: list[str] = []
        assert not services.finish(job=old, effect=lambda: done.append("old"), at=NOW)
        assert services.finish(job=new, effect=lambda: done.append("new"), at=NOW)
        assert done == ["new"]
        assert not services.renew(job=new, at=NOW, lease_for=LEASE)

    def test_a_renewed_claim_holds(self) -> None:
        send()
        job = claim()
        assert services.renew(job=job, at=NOW + LEASE, lease_for=LEASE)
        assert services.claim(topics=["t"], at=NOW + LEASE * 1.5, lease_for=LEASE) is None

    def test_an_effect_that_fails_leaves_nothing(self) -> None:
        send()
        job = claim()

        def effect() -> None:
            send(topic="half")
            raise RuntimeError

        with pytest.raises(RuntimeError):
            services.finish(job=job, effect=effect, at=NOW)
        assert not Message.objects.filter(topic="half").exists()
        assert Message.objects.get().state == Message.State.WAITING


@pytest.mark.django_db
class TestWorker:
    def test_work_and_effect(self, topics: dict[str, Topic]) -> None:
        seen: list[Any] = []

        def handle(job: Job) -> Effect:
            return lambda: seen.append(job.payload)

        registry.register(Topic("t", handle))
        send(payload={"a": 1})
        assert worker.work_once(now=lambda: NOW)
        assert not worker.work_once(now=lambda: NOW)
        assert seen == [{"a": 1}]
        assert selectors.counts() == {"waiting": 0, "done": 1, "dead": 0}

    def test_failures_wait_longer_and_longer_then_die(self, topics: dict[str, Topic]) -> None:
        buried: list[str] = []

        def handle(job: Job) -> Effect:
            raise ValueError("no")

        registry.register(Topic("t", handle, on_dead=lambda _p, e: buried.append(e), attempts=3))
        send()
        now, waits = NOW, []
        while Message.objects.get().state == Message.State.WAITING:
            assert worker.work_once(now=lambda: now)  # noqa: B023  # called at once
            waits.append((Message.objects.get().available_at - now).total_seconds())
            now += timedelta(hours=2)
        assert waits[:2] == [5, 10]
        assert buried == ["ValueError: no"]
        assert Message.objects.get().attempts == 3

    def test_a_message_that_kills_its_workers_is_buried(self, topics: dict[str, Topic]) -> None:
        buried: list[str] = []
        registry.register(
            Topic("t", lambda _job: nothing, on_dead=lambda _p, e: buried.append(e), attempts=2)
        )
        send()
        for n in range(2):  # two workers claimed it and were never heard of again
            claim(NOW + n * LEASE * 2)
        assert worker.work_once(now=lambda: NOW + LEASE * 9)
        assert buried == ["the worker process ended without an answer"]
        assert Message.objects.get().state == Message.State.DEAD

    def test_one_topic_has_one_handler(self, topics: dict[str, Topic]) -> None:
        registry.register(Topic("t", lambda _job: nothing))
        with pytest.raises(ValueError, match="two handlers"):
            registry.register(Topic("t", lambda _job: nothing))


# --- real processes on a database of their own
# ------------------------------------------------------------------


@pytest.fixture(scope="module")
def own_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a migrated platform of its own, on the kind of database that this run tests."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("XIAONENG_")}
    environment |= {
        "XIAONENG_HOME": str(tmp_path_factory.mktemp("home")),
        "DJANGO_SETTINGS_MODULE": "xiaoneng.config.settings",
    }
    url = os.environ.get("XIAONENG_DATABASE_URL", "")
    name = f"xn_outbox_{os.getpid()}"
    if connection.vendor == "postgresql":
        environment["XIAONENG_DATABASE_URL"] = url.replace("/postgres?", f"/{name}?")
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name}")
    in_platform(
        environment, "from django.core.management import call_command; call_command('migrate', verbosity=0)"
    )
    try:
        yield environment
    finally:
        if connection.vendor == "postgresql":
            with psycopg.connect(url, autocommit=True) as server:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def in_platform(environment: dict[str, str], code: str) -> str:
    """Run a few lines inside the platform of ``environment``; what they print."""
    lines = "from xiaoneng.config.run import _ready; _ready()\n" + code
    done = subprocess.run(
        [sys.executable, "-c", lines], env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


SEND = f"""
from django.utils import timezone
from xiaoneng.apps.outbox.services import send
for n in range({{first}}, {{first}} + {{count}}):
    send(topic={TOPIC!r}, payload={{{{"n": n}}}}, at=timezone.now())
"""


def results(environment: dict[str, str]) -> list[int]:
    """The numbers of the jobs whose effect happened, as often as it did."""
    found: list[int] = json.loads(in_platform(environment, RESULTS))
    return found


RESULTS = f"""
from xiaoneng.apps.outbox.models import Message
print(sorted(m.payload["n"] for m in Message.objects.filter(topic={RESULT!r})))
"""


def test_a_killed_worker_loses_nothing_and_repeats_nothing(own_platform: dict[str, str]) -> None:
    in_platform(own_platform, SEND.format(first=0, count=3))
    command = [sys.executable, "-m", "tests.apps.outbox_worker"]
    with subprocess.Popen([*command, "20"], env=own_platform, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "started 0\n"
        victim.send_signal(signal.SIGKILL)
    again = subprocess.run([*command, "0.01"], env=own_platform, capture_output=True, text=True, check=True)
    assert "started 0" in again.stdout  # begun again
    assert results(own_platform)[:3] == [0, 1, 2]


def test_two_workers_share_the_work(own_platform: dict[str, str]) -> None:
    in_platform(own_platform, SEND.format(first=100, count=30))
    command = [sys.executable, "-m", "tests.apps.outbox_worker", "0.005"]
    workers = [
        subprocess.Popen(command, env=own_platform, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [w.communicate(timeout=60)[0] for w in workers]
    assert all(w.returncode == 0 for w in workers)
    assert results(own_platform)[-30:] == list(range(100, 130))
    assert sum(text.count("started") for text in said) == 30


def test_production_sqlite_waits_and_writes_ahead() -> None:
    if connection.vendor == "sqlite":
        options = settings.DATABASES["default"]["OPTIONS"]
        assert options["transaction_mode"] == "IMMEDIATE"
        assert options["timeout"] >= 10
        assert "journal_mode=WAL" in options["init_command"]
