"""Variants: the different paths of a log, numbered while it is enriched and ranked at the end."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]


class Variants:
    """Every path once, as the bytes of its activity ids; memory grows with the different paths only."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._cases: Int64 = np.zeros(0, np.int64)

    def number(self, activity: Int32, starts: Int64, first: Int64, group: Int64) -> Int32:
        """Preliminary variant number of each case of a piece, from :func:`enrich.path_groups`."""
        # big-endian and one up, so that comparing bytes compares paths by activity id, "no activity" first
        keys = (activity + 1).astype(">u4").tobytes()
        begins, ends = (starts[:-1][first] * 4).tolist(), (starts[1:][first] * 4).tolist()
        numbers, known = self._numbers, self._numbers.setdefault
        found = [known(keys[a:b], len(numbers)) for a, b in zip(begins, ends, strict=True)]
        of_case = np.array(found, np.int32)[group]
        if len(numbers) > len(self._cases):
            self._cases = np.concatenate(
                [self._cases, np.zeros(2 * len(numbers) - len(self._cases), np.int64)]
            )
        self._cases[: len(numbers)] += np.bincount(of_case, minlength=len(numbers))
        return of_case

    def write(self, path: Path, activities: list[str]) -> Int32:
        """Write ``variants.parquet`` (cases descending, then path); returns final id per preliminary
        number."""
        keys = list(self._numbers)
        cases = self._cases[: len(keys)].tolist()
        order = sorted(range(len(keys)), key=lambda number: (-cases[number], keys[number]))
        final: Int32 = np.empty(len(keys), np.int32)
        final[order] = np.arange(len(keys), dtype=np.int32)
        ranked = [keys[number] for number in order]
        lengths = np.array([len(key) // 4 for key in ranked], np.int64)
        ids = np.frombuffer(b"".join(ranked), ">u4").astype(np.int32) - 1
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        paths = pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(ids, mask=ids < 0))
        counts = np.array([cases[number] for number in order], np.int64)
        columns: dict[str, Any] = {
            "id": pa.array(np.arange(len(ranked), dtype=np.int32)),
            "hash": pa.array([_digest(ids[a:b], activities) for a, b in itertools.pairwise(offsets)]),
            "cases": pa.array(counts),
            "events": pa.array(counts * lengths),
            "path": paths,
        }
        pq.write_table(pa.table(columns), path, compression="zstd", row_group_size=1 << 17)
        return final


def _digest(ids: Int32, activities: list[str]) -> str:
    """The same for the same path of names in any store."""
    text = "\x1f".join(activities[number] if number >= 0 else "" for number in ids.tolist())
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
