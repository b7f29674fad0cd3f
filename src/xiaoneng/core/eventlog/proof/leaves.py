"""Lists of sealed chains as files: one line per chain, sorted by case, and all of them merged."""

from __future__ import annotations

import heapq
import itertools
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from xiaoneng.core.errors import Place
from xiaoneng.core.eventlog.chain import canonical
from xiaoneng.core.eventlog.proof.evidence import Leaf, Stated, entry, read_entry

FAN = 64
"""Files that are merged at once."""


class Written(NamedTuple):
    """A file of leaves: how many, and the SHA-256 of its lines."""

    lines: int
    digest: bytes


class LeafWriter:
    """Writes leaves in the order of their cases; a context manager, at whose end the file is on the disk."""

    def __init__(self, path: Path, head: str = "") -> None:
        self._file = path.open("wb")
        if head:
            self._file.write(head.encode() + b"\n")
        self._digest = sha256()
        self._count = 0

    def add(self, case: str, length: int, head: bytes) -> bytes:
        """One leaf; its line without the line feed."""
        line = entry(case, length, head)
        self._file.write(line + b"\n")
        self._digest.update(line + b"\n")
        self._count += 1
        return line

    @property
    def written(self) -> Written:
        return Written(self._count, self._digest.digest())

    def __enter__(self) -> LeafWriter:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


def read_leaves(path: Path, skip: int = 0) -> Iterator[Stated]:
    """The leaves of a file, without its first ``skip`` lines. Raises BadInput with file and line."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number > skip:
                yield read_entry(line, Place(file=path.name, line=number))


def merge_leaves(files: Mapping[int, Path], scratch: Path) -> Iterator[Leaf]:
    """The leaves of all seals by case and seal; ``files`` by number of the seal. More than :data:`FAN` files
    are merged over intermediate files in ``scratch``."""
    streams: list[Iterator[Leaf]] = [_numbered(number, path) for number, path in sorted(files.items())]
    level = 0
    while len(streams) > FAN:
        level += 1
        groups = [streams[n : n + FAN] for n in range(0, len(streams), FAN)]
        paths = [_spilled(group, scratch / f"{level}-{n}.jsonl") for n, group in enumerate(groups)]
        streams = [_respilled(path) for path in paths]
    yield from heapq.merge(*streams, key=_place)


def latest(leaves: Iterable[Leaf]) -> Iterator[Stated]:
    """The last known end of each chain, by case; chains that were gone are left out."""
    for case, group in itertools.groupby(leaves, key=lambda leaf: leaf.case):
        *_, last = group
        if last.length:
            yield Stated(case, last.length, last.head)


def _place(leaf: Leaf) -> tuple[str, int]:
    return leaf.case, leaf.seal


def _numbered(number: int, path: Path) -> Iterator[Leaf]:
    return (Leaf(case, number, length, head) for case, length, head in read_leaves(path))


def _spilled(streams: Iterable[Iterator[Leaf]], path: Path) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for leaf in heapq.merge(*streams, key=_place):
            file.write(canonical([leaf.case, leaf.seal, leaf.length, leaf.head.hex()]) + "\n")
    return path


def _respilled(path: Path) -> Iterator[Leaf]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            case, seal, length, head = json.loads(line)
            yield Leaf(case, seal, length, bytes.fromhex(head))
