"""Run the platform on this machine: what ``xiaoneng up | serve | worker | migrate | demo`` do."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress

from xiaoneng.cli.main import language
from xiaoneng.config import environment
from xiaoneng.core.errors import XiaonengError
from xiaoneng.presentation.i18n import explain, translator

STOP_AFTER_S = 15
READY_AFTER_S = 60
WORKERS = 2
THREADS = 4


class CannotStart(XiaonengError):
    """The platform cannot start here; the message says what to do."""

    code = "cannot_start"


def run_up(arguments: argparse.Namespace) -> int:
    """Home folder, database, assets, demo data, then server and worker until Ctrl-C."""
    say = _say(arguments)
    surroundings = _ready()
    _port_is_free(surroundings.host, surroundings.port)
    _assets_are_there()
    _migrate(say)
    if arguments.demo:
        _load_demo(say, again=False)
    return _supervise(surroundings, say)


def run_serve(arguments: argparse.Namespace) -> int:
    """The server alone, in this process's place; another process runs the worker."""
    surroundings = _ready()
    _port_is_free(surroundings.host, surroundings.port)
    _assets_are_there()
    _collect()
    os.execv(sys.executable, _server(surroundings))  # noqa: S606  # our own command line, no shell
    return 0


def run_worker(arguments: argparse.Namespace) -> int:
    """One worker until SIGTERM or Ctrl-C; the job at hand is finished first."""
    _ready()
    from django.utils import timezone

    from xiaoneng.apps.engine.tasks import CHORES
    from xiaoneng.apps.eventlog.services import schedule
    from xiaoneng.apps.outbox import worker

    schedule.ensure(timezone.now())
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    logging.getLogger("xiaoneng").setLevel(logging.INFO)
    worker.run(now=timezone.now, stop=stop, also=CHORES)
    return 0


def run_migrate(arguments: argparse.Namespace) -> int:
    """Home folder, keys, database tables, static files."""
    _ready()
    _migrate(_say(arguments))
    return 0


def run_demo(arguments: argparse.Namespace) -> int:
    """Load the demo province."""
    say = _say(arguments)
    _ready()
    _migrate(say)
    _load_demo(say, again=arguments.again)
    return 0


def _ready() -> environment.Environment:
    """Prepare the home folder first: the settings read the keys in it."""
    surroundings = environment.read(os.environ)
    environment.prepare_home(surroundings.home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiaoneng.config.settings")
    import django

    django.setup()
    return environment.read(os.environ)


def _assets_are_there() -> None:
    from xiaoneng.web.views.health import missing_assets

    missing = missing_assets()
    if missing:
        raise CannotStart(
            "browser assets are missing ({names})",
            hint="Run python -m tools.assets once",
            names=", ".join(missing),
        )


def _migrate(say: Callable[..., None]) -> None:
    from django.core.management import call_command

    say("Preparing the database …")
    call_command("migrate", interactive=False, verbosity=0)
    _collect()


def _collect() -> None:
    """Static files with hashed names, compressed, in the home folder."""
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0, clear=False)


def _load_demo(say: Callable[..., None], *, again: bool) -> None:
    """Load the demo province into an empty platform. Its people come last, so an interrupted load starts
    again."""
    from django.conf import settings

    from xiaoneng.apps.accounts.selectors import anybody
    from xiaoneng.demo.load import load

    if anybody() and not again:
        return
    say("Loading the demo province; this takes a minute …")
    shown = -1

    def progress(share: float, _doing: str) -> None:
        nonlocal shown
        per_cent = int(share * 100)
        if per_cent >= shown + 5 or (per_cent == 100 and shown != 100):
            shown = per_cent
            say("  {n} %", n=per_cent)

    load(home=settings.HOME, progress=progress)


def _port_is_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                "port {port} on {host} cannot be used ({why})",
                hint="Stop what runs there, or set XIAONENG_PORT",
                port=port,
                host=host,
                why=error.strerror,
            ) from error


def _server(surroundings: environment.Environment) -> list[str]:
    return [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        surroundings.host,
        "--port",
        str(surroundings.port),
        "--workers",
        str(WORKERS),
        "--blocking-threads",
        str(THREADS),
        "--no-ws",
        "--log-level",
        "warning",
        "xiaoneng.config.wsgi:application",
    ]


def _supervise(surroundings: environment.Environment, say: Callable[..., None]) -> int:
    """Run both processes until a signal comes or one ends; a worker that dies is started again."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker_command = [sys.executable, "-m", "xiaoneng.config", "worker"]
    # groups of their own: Ctrl-C reaches this process alone, which then stops them in order
    server = subprocess.Popen(_server(surroundings), start_new_session=True)  # noqa: S603 # our own command line
    worker = subprocess.Popen(worker_command, start_new_session=True)  # noqa: S603 # our own command line
    try:
        if not _wait_ready(surroundings, server, stop):
            if stop.is_set():
                return 0
            raise CannotStart("the server did not become ready", hint="See the messages above")
        _welcome(surroundings, say)
        while not stop.wait(0.5):
            if server.poll() is not None:
                raise CannotStart("the server ended unexpectedly ({code})", code=server.returncode)
            if worker.poll() is not None:
                say("The worker ended ({code}); starting it again.", code=worker.returncode)
                if stop.wait(1.0):
                    break
                worker = subprocess.Popen(worker_command, start_new_session=True)  # noqa: S603 # our own command line
        say("Stopping …")
        return 0
    finally:
        _stop([server, worker])


def _wait_ready(
    surroundings: environment.Environment, server: subprocess.Popen[bytes], stop: threading.Event
) -> bool:
    url = f"http://{surroundings.host}:{surroundings.port}/healthz"
    deadline = time.monotonic() + READY_AFTER_S
    while time.monotonic() < deadline and server.poll() is None and not stop.wait(0.2):
        with suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:  # our own address
            if answer.status == 200:
                return True
    return False


def _welcome(surroundings: environment.Environment, say: Callable[..., None]) -> None:
    from xiaoneng.apps.accounts.contracts import DEMO_PASSWORD
    from xiaoneng.apps.accounts.selectors import demo_logins

    say("")
    say("Xiaoneng is running: http://{host}:{port}", host=surroundings.host, port=surroundings.port)
    logins = demo_logins()
    if logins:
        say("Demonstration logins (password {password}):", password=DEMO_PASSWORD)
        for login in logins:
            _line(f"  {login.username:<12} {login.name_zh}  {login.name_en}")
    say("Data: {home}. Stop with Ctrl-C.", home=surroundings.home)


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_AFTER_S
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
        if process.poll() is None:
            process.kill()
            process.wait()


def _say(arguments: argparse.Namespace) -> Callable[..., None]:
    translate = translator(language(arguments))

    def say(text: str, /, **params: object) -> None:
        _line(translate(text).format(**params) if text else "")

    return say


def _line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "up": run_up,
    "serve": run_serve,
    "worker": run_worker,
    "migrate": run_migrate,
    "demo": run_demo,
}


def main() -> int:
    """The process behind the command; the words were checked by ``cli/platform.py``."""
    parser = argparse.ArgumentParser(prog="xiaoneng")
    parser.add_argument("command", choices=list(COMMANDS))
    parser.add_argument("--lang", choices=("zh", "en"))
    parser.add_argument("--demo", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--again", action="store_true")
    arguments = parser.parse_args()
    try:
        return COMMANDS[arguments.command](arguments)
    except XiaonengError as error:
        sys.stderr.write(f"xiaoneng: {explain(error, language(arguments))}\n")
        return error.exit_code
