"""Real processes write to the same chains while they are sealed; one is killed. Nothing is lost, nothing is
there twice, and everything can be proven."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

STEPS = 40
SEAL = """
from django.utils import timezone
from xiaoneng.apps.eventlog.services.seals import seal
print(seal(at=timezone.now()).number)
"""
FOUND = """
import json
from xiaoneng.apps.eventlog.models import CaseEvent
from xiaoneng.apps.eventlog.selectors.proofs import verify_platform
verdict = verify_platform()
commands = [json.loads(data).get("command") for data in CaseEvent.objects.values_list("data", flat=True)]
print(json.dumps({
    "problems": verdict.problems, "events": verdict.events, "seals": verdict.seals,
    "commands": [command for command in commands if command],
}))
"""


@pytest.fixture
def own_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a migrated platform of its own, on the kind of database that this run tests."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("XIAONENG_")}
    environment |= {
        "XIAONENG_HOME": str(tmp_path_factory.mktemp("home")),
        "DJANGO_SETTINGS_MODULE": "xiaoneng.config.settings",
    }
    url = os.environ.get("XIAONENG_DATABASE_URL", "")
    name = f"xn_events_{os.getpid()}"
    if connection.vendor == "postgresql":
        environment["XIAONENG_DATABASE_URL"] = url.replace("/postgres?", f"/{name}?")
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name}")
    inside(
        environment, "from django.core.management import call_command; call_command('migrate', verbosity=0)"
    )
    try:
        yield environment
    finally:
        if connection.vendor == "postgresql":
            with psycopg.connect(url, autocommit=True) as server:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def inside(environment: dict[str, str], code: str) -> str:
    """Run a few lines inside the platform of ``environment``; what they print."""
    lines = "from xiaoneng.config.run import _ready; _ready()\n" + code
    done = subprocess.run(
        [sys.executable, "-c", lines], env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def writer(environment: dict[str, str], name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.apps.eventlog.writer", name, str(STEPS)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_writers_at_once_a_seal_and_a_kill(own_platform: dict[str, str]) -> None:
    other, victim = (writer(own_platform, name) for name in ("other", "victim"))
    assert victim.stdout is not None
    said = [victim.stdout.readline() for _ in range(5)]
    assert inside(own_platform, SEAL) == "1"
    victim.send_signal(signal.SIGKILL)
    said += victim.stdout.readlines()
    victim.stdout.close()
    victim.wait()
    assert other.communicate(timeout=300)[0].count("done") == STEPS
    assert other.returncode == 0

    number, text = inside(own_platform, SEAL + FOUND).splitlines()
    assert number == "2"
    found = json.loads(text)
    assert found["problems"] == []
    assert found["seals"] == 2
    commands = found["commands"]
    assert len(commands) == len(set(commands)), "nothing twice"
    assert found["events"] == 2 * len(commands), "no step half"
    assert {f"other-{step}" for step in range(STEPS)} <= set(commands)
    of_victim = sum(command.startswith("victim") for command in commands)
    told = sum(line.startswith("done") for line in said)
    assert told <= of_victim <= told + 1, "what was committed is there"
    assert {f"victim-{step}" for step in range(of_victim)} <= set(commands)
