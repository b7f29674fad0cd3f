"""A platform started as its user would, and a browser in front of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import missing

ROOT = Path(__file__).resolve().parents[2]
READY_AFTER_S = 60
PEOPLE = """
from django.utils import timezone
from xiaoneng.apps.accounts.contracts import DEMO_PASSWORD
from xiaoneng.apps.accounts.services import user_create
for role in ("reform", "citizen", "admin"):
    user_create(username=role, name=role, role=role, password=DEMO_PASSWORD, at=timezone.now(), is_demo=True)
"""
OFFICE = """
from xiaoneng.apps.accounts.selectors import named
from xiaoneng.apps.organisations.services import body_create, membership_set
from xiaoneng.demo.processes import load_processes
name = "云岭省政务服务和数据管理局"
body = body_create(code="11990000MB00000001", name=name, level="province", region_code="990000")
for role in ("clerk", "handler", "approver", "head"):
    user = user_create(
        username=role, name=role, role=role, password=DEMO_PASSWORD, at=timezone.now(), is_demo=True
    )
    membership_set(user=user, body=body.pk)
load_processes(author=named("reform"), publisher=named("head"), body=body.pk)
from xiaoneng.demo import decisions
decisions.CASES = 40
people = {"author": named("reform"), "publisher": named("head")}
decisions.load_decisions(**people, body=body.pk, at=timezone.now(), seed=1)
"""


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running platform with a few users, one body, its processes and decisions, no cases."""
    if not (ROOT / "src/xiaoneng/web/static/vendor/tabler.min.css").is_file():
        missing("the browser assets are not installed: python -m tools.assets")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        k: v for k, v in os.environ.items() if k not in ("XIAONENG_DATABASE_URL", "XIAONENG_DEBUG")
    }
    environment |= {"XIAONENG_HOME": str(tmp_path_factory.mktemp("home")), "XIAONENG_PORT": str(port)}
    command = [sys.executable, "-m", "xiaoneng.config"]
    subprocess.run([*command, "migrate"], env=environment, check=True, cwd=ROOT)
    ready = "from xiaoneng.config.run import _ready; _ready()\n"
    subprocess.run([sys.executable, "-c", ready + PEOPLE + OFFICE], env=environment, check=True, cwd=ROOT)
    process = subprocess.Popen([*command, "up", "--no-demo"], env=environment, cwd=ROOT)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + READY_AFTER_S
        while time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(f"{address}/healthz", timeout=5):
                break
            assert process.poll() is None, "the platform did not start"
            time.sleep(0.2)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, "the platform did not stop cleanly"


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    path = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        missing("axe-core is not installed: python -m tools.assets")
    return path.read_text(encoding="utf-8")
