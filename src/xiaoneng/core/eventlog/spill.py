"""Raw events on disk while a log is read, handed back case by case afterwards.

A log may name its cases in any order and may be larger than the memory. Events are collected into *runs*
of about a million, each run is sorted by case and appended to one plain binary file per column, with an
index of where every
*bucket* of 1,024 neighbouring case numbers begins. Reading a range of cases is then one slice per run.
Since case numbers are given in order of first appearance, a log that is already grouped by case is read
back sequentially.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BufferedRandom
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

BUCKET_BITS = 10
Columns = dict[str, npt.NDArray[Any]]


class _Run(NamedTuple):
    """``bounds[i]`` is the row of the column files at which bucket ``first_bucket + i`` begins; one more
    closes."""

    first_bucket: int
    bounds: npt.NDArray[np.int64]

    def slice_of(self, low: int, high: int) -> tuple[int, int]:
        """Rows of the buckets ``low <= b < high``, empty when the run has none of them."""
        last = len(self.bounds) - 1
        start, stop = (min(max(bucket - self.first_bucket, 0), last) for bucket in (low, high))
        return int(self.bounds[start]), int(self.bounds[stop])


class Spill:
    """Column files in ``folder``; ``types`` gives every column's numpy type and must have ``case_no``."""

    def __init__(self, folder: Path, types: Mapping[str, npt.DTypeLike]) -> None:
        folder.mkdir(parents=True)
        self._types = {name: np.dtype(kind) for name, kind in types.items()}
        self._files: dict[str, BufferedRandom] = {
            name: (folder / f"{name}.bin").open("w+b") for name in self._types
        }
        self._runs: list[_Run] = []
        self._sizes: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._rows = 0

    def append(self, columns: Columns) -> None:
        """Add one run: equally long arrays in file order, at least one row."""
        case_no = columns["case_no"]
        if np.any(case_no[1:] < case_no[:-1]):
            order = np.argsort(case_no, kind="stable")
            columns = {name: values[order] for name, values in columns.items()}
            case_no = columns["case_no"]
        for name, file in self._files.items():
            np.ascontiguousarray(columns[name], self._types[name]).tofile(file)
        first, last = int(case_no[0]) >> BUCKET_BITS, int(case_no[-1]) >> BUCKET_BITS
        starts = np.arange(first, last + 2, dtype=np.int64) << BUCKET_BITS
        bounds = np.searchsorted(case_no, starts).astype(np.int64)
        if last >= len(self._sizes):
            self._sizes = np.concatenate([self._sizes, np.zeros(2 * last + 2 - len(self._sizes), np.int64)])
        self._sizes[first : last + 1] += np.diff(bounds)
        self._runs.append(_Run(first, bounds + self._rows))
        self._rows += len(case_no)

    def chunks(self, rows: int) -> Iterator[Columns]:
        """The events in pieces of whole cases: case numbers ascending, file order within a case.

        A piece has about ``rows`` events; more only when a single bucket has more.
        """
        for low, high in self._plan(rows):
            pieces = [run.slice_of(low, high) for run in self._runs]
            pieces = [(start, stop) for start, stop in pieces if stop > start]
            if not pieces:
                continue
            columns = {name: self._read(name, pieces) for name in self._types}
            case_no = columns["case_no"]
            if np.any(case_no[1:] < case_no[:-1]):
                order = np.argsort(case_no, kind="stable")
                columns = {name: values[order] for name, values in columns.items()}
            yield columns

    def close(self) -> None:
        """Close the files; they may be removed afterwards."""
        for file in self._files.values():
            file.close()

    def _plan(self, rows: int) -> Iterator[tuple[int, int]]:
        used = int(np.flatnonzero(self._sizes)[-1]) + 1 if self._rows else 0
        ends = np.cumsum(self._sizes[:used])
        low = 0
        while low < used:
            done = int(ends[low - 1]) if low else 0
            high = max(low + 1, int(np.searchsorted(ends, done + rows, side="right")))
            yield low, high
            low = high

    def _read(self, name: str, pieces: list[tuple[int, int]]) -> npt.NDArray[Any]:
        file, kind = self._files[name], self._types[name]
        out: npt.NDArray[Any] = np.empty(sum(stop - start for start, stop in pieces), kind)
        at = 0
        for start, stop in pieces:
            file.seek(start * kind.itemsize)
            file.readinto(out[at : at + stop - start].view(np.uint8).data)
            at += stop - start
        return out
