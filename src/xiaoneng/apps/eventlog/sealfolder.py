"""What is kept of the seals outside the database: ``XIAONENG_HOME/seals``.

seals.jsonl          one line per seal, only ever appended
leaves/000001.jsonl  what changed since the seal before: case, length, head
current.jsonl        all chains as the last seal found them; made again from the leaves when it is gone
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from xiaoneng.apps.eventlog.errors import Changed
from xiaoneng.core.eventlog.proof.evidence import Leaf, Stated
from xiaoneng.core.eventlog.proof.leaves import LeafWriter, latest, merge_leaves, read_leaves
from xiaoneng.core.eventlog.proof.seals import Seal, read_seals

LINES, CURRENT = "seals.jsonl", "current.jsonl"


def folder() -> Path:
    """Where it lies; made when it is not there."""
    path = Path(settings.HOME) / "seals"
    (path / "leaves").mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def locked() -> Iterator[None]:
    """One sealing at a time; the lock of a killed process is void.

    Raises:
        Changed: another one is under way.
    """
    with (folder() / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Changed("another seal is being made", hint="Try again when it is done") from error
        yield


def seals() -> list[Seal]:
    """The seals of the file; a last line that a crash cut short is no line. Raises BadInput with the line."""
    path = folder() / LINES
    if not path.is_file():
        return []
    whole = path.read_bytes()
    return list(read_seals(whole[: whole.rfind(b"\n") + 1].splitlines(), LINES))


def append(seal: Seal) -> None:
    """Add the line of a seal; it is on the disk when this returns."""
    path = folder() / LINES
    with path.open("a+b") as file:
        file.seek(0)
        whole = file.read()
        file.truncate(whole.rfind(b"\n") + 1)
        file.write(seal.line().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync(path.parent)


def leaves_file(number: int) -> Path:
    """The list of what changed before seal ``number``."""
    return folder() / "leaves" / f"{number:06d}.jsonl"


def leaves(numbers: Sequence[int]) -> Iterator[Leaf]:
    """The leaves of these seals by case and seal; a list that is gone is left out (its seal shows it)."""
    files = {number: leaves_file(number) for number in numbers if leaves_file(number).is_file()}
    with tempfile.TemporaryDirectory(prefix="xiaoneng-leaves-") as scratch:
        yield from merge_leaves(files, Path(scratch))


def current(number: int) -> Iterator[Stated]:
    """All chains as seal ``number``, the last one, found them, by case."""
    path = folder() / CURRENT
    if not _is_of(path, number):
        with current_writer(number) as writer:
            for stated in latest(leaves(range(1, number + 1))):
                writer.add(*stated)
        current_keep()
    return read_leaves(path, skip=1)


def current_writer(number: int) -> LeafWriter:
    """Writes the next ``current.jsonl`` beside the present one."""
    return LeafWriter(folder() / f"{CURRENT}.part", json.dumps({"seal": number}))


def current_keep() -> None:
    """The next ``current.jsonl`` becomes the present one."""
    (folder() / f"{CURRENT}.part").replace(folder() / CURRENT)
    sync(folder())


def sync(path: Path) -> None:
    """The names in a folder are on the disk when this returns."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_of(path: Path, number: int) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.readline().strip() == json.dumps({"seal": number}).encode()
