"""Write the hash-pinned lock files from pyproject.toml: ``python -m tools.lock`` (needs ``uv``).

The lock files name packages, versions and hashes, never a host.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXPORT = [
    "uv",
    "export",
    "--quiet",
    "--format",
    "requirements-txt",
    "--no-emit-project",
    "--no-header",
    "--no-annotate",
]

LOCKS = (
    (["--no-default-groups"], "requirements.lock"),
    (["--group", "dev"], "requirements-dev.lock"),
    (["--only-group", "assets"], "requirements-assets.lock"),
)


def main() -> None:
    """Lock once, export the run and the test set."""
    subprocess.run(["uv", "lock", "--quiet"], cwd=ROOT, check=True)
    for arguments, name in LOCKS:
        text = subprocess.run(
            [*EXPORT, *arguments], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout
        (ROOT / name).write_text(text)
    (ROOT / "uv.lock").unlink()  # names hosts


if __name__ == "__main__":
    main()
