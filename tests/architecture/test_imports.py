"""The import contracts hold, and they would notice a violation."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def lint(folder: Path, *, source: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter with the project's own contracts on the package under ``source``."""
    command = [
        str(Path(sys.executable).parent / "lint-imports"),
        "--no-cache",
        "--config",
        str(folder / "pyproject.toml"),
    ]
    environment = {"PYTHONPATH": str(source), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_contracts_hold() -> None:
    done = lint(ROOT, source=ROOT / "src")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("where", "violation"),
    [
        ("core/mining/planted.py", "import xiaoneng.apps.audit\n"),
        ("core/calendar/planted.py", "import xiaoneng.core.clock\n"),
        ("core/eventlog/planted.py", "import xiaoneng.core.calendar\n"),
        ("core/planted_package/__init__.py", "import django\n"),
        ("apps/audit/planted.py", "import xiaoneng.apps.eventlog\n"),
        ("apps/unplanned/__init__.py", ""),
        ("core/clock/planted.py", "from django.db import models\n"),
    ],
)
def test_a_violation_is_noticed(tmp_path: Path, where: str, violation: str) -> None:
    shutil.copytree(
        ROOT / "src" / "xiaoneng",
        tmp_path / "xiaoneng",
        ignore=shutil.ignore_patterns("static", "*.mo", "__pycache__"),
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / "xiaoneng" / where
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(violation)
    done = lint(tmp_path, source=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout or "not contained" in done.stdout or "exhaustive" in done.stdout.lower(), (
        done.stdout
    )
