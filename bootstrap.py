#!/usr/bin/env python3
"""The two commands of the README, with nothing needed but Python ≥ 3.11 and pip.

    python3 bootstrap.py run    install everything and start the platform with the demo province
    python3 bootstrap.py test   install everything and pass all tests

Inside a virtual environment that one is used; otherwise ``.venv`` beside this file is made. Packages come
from the hash-pinned lock files through pip, page assets through npm (from a wheel when none is installed).
What is already installed from the same locks is not installed again.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LOCKS = {"run": "requirements.lock", "test": "requirements-dev.lock"}


def call(*command: str | Path, **environment: str) -> None:
    """Run one step; a failure ends the bootstrap with the step's own exit code."""
    shown = " ".join(str(part) for part in command)
    print(f"→ {shown}", file=sys.stderr, flush=True)
    done = subprocess.run(
        [str(part) for part in command], cwd=ROOT, env={**os.environ, **environment}, check=False
    )
    if done.returncode:
        sys.exit(done.returncode)


def python_of_environment() -> Path:
    """The interpreter to install into; makes ``.venv`` when no environment is active."""
    if sys.prefix != sys.base_prefix:
        return Path(sys.executable)
    folder = ROOT / ".venv"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        # without pip: Debian keeps ensurepip in a package of its own; pip can install into it from outside
        call(sys.executable, "-m", "venv", "--without-pip", folder)
    return python


def install(goal: str) -> Path:
    """Install what ``goal`` (run or test) needs and return the interpreter."""
    python = python_of_environment()
    lock = ROOT / LOCKS[goal]
    wanted = hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    environment = Path(
        subprocess.check_output([python, "-c", "import sys; print(sys.prefix)"], text=True).strip()
    )
    stamp = environment / f".xiaoneng-{goal}"
    if not stamp.exists() or stamp.read_text() != wanted:
        pip = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            python,
            "--disable-pip-version-check",
            "install",
            "--quiet",
        ]
        call(*pip, "--require-hashes", "-r", lock)
        if shutil.which("npm") is None:
            call(*pip, "--require-hashes", "-r", ROOT / "requirements-assets.lock")
        call(*pip, "--no-deps", "--editable", ROOT)
        stamp.write_text(wanted)
    call(python, "-m", "tools.messages")
    call(python, "-m", "tools.assets")
    return python


def test(python: Path, extra: list[str]) -> None:
    """Everything that must hold before a change lands, cheapest first."""
    if not extra:
        call(python, "-m", "ruff", "check", ".")
        call(python, "-m", "ruff", "format", "--check", ".")
        call(python, "-m", "mypy")
        call(python.parent / "lint-imports")
    # the tests start PostgreSQL themselves and run everything of the database a second time on it
    measured = ["--cov", "--cov-report=term:skip-covered"]
    call(python, "-m", "pytest", "-n", "2", "--dist", "loadgroup", *(extra or measured))


def main() -> None:
    if sys.version_info[:2] < (3, 11):  # noqa: UP036 this file also runs before anything is installed
        sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0])
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("goal", choices=("run", "test", "install"))
    parser.add_argument("extra", nargs=argparse.REMAINDER, help="passed on to `xiaoneng up` or pytest")
    chosen = parser.parse_args()
    python = install("run" if chosen.goal == "run" else "test")
    if chosen.goal == "run":
        call(python, "-m", "xiaoneng.cli.main", "up", *chosen.extra)
    elif chosen.goal == "test":
        test(python, chosen.extra)


if __name__ == "__main__":
    main()
