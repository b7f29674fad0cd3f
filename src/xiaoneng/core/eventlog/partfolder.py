"""A folder that appears whole or not at all, even when the process is killed or the power fails.

It is written as ``<into>.part``, synced to the disk and renamed. A process that dies half-way leaves only the
part folder, which the next attempt removes.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xiaoneng.core.errors import BadInput, Place


@contextmanager
def part_folder(into: Path) -> Iterator[Path]:
    """``<into>.part``, locked against a second import; becomes ``into`` when the block ends well, else
    goes."""
    into = Path(into)
    part = into.with_name(into.name + ".part")
    into.parent.mkdir(parents=True, exist_ok=True)
    with _locked(into):
        if into.exists():
            raise BadInput(
                "there is already something at this place",
                place=Place(file=str(into)),
                expected="a folder that does not exist yet",
            )
        shutil.rmtree(part, ignore_errors=True)  # left by a process that was killed
        part.mkdir()
        try:
            yield part
            _sync(part)
            part.rename(into)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        _sync_folder(into.parent)


@contextmanager
def _locked(into: Path) -> Iterator[None]:
    """Only one import into a folder at a time; the lock of a killed process is void."""
    path = into.with_name(f".{into.name}.lock")
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BadInput(
                "another import into this folder is running", place=Place(file=str(into))
            ) from error
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Everything in the folder is on the disk when this returns."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        else:
            _sync_folder(path)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
