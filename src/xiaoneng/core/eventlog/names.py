"""Numbers for names: a dictionary that grows while a log is read."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Int32 = npt.NDArray[np.int32]


class Names:
    """Ids 0.. in order of first appearance; memory grows with the number of different names only."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._last: pa.Array | None = None
        self._known: Int32 = np.zeros(0, np.int32)

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, name: str) -> int:
        return self._ids[name]

    def encode(self, column: pa.Array) -> Int32:
        """The ids of one batch's column (text, plain or dictionary-encoded), ``int32[n]``; -1 for null."""
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        indices = column.indices
        codes = (indices.fill_null(-1) if indices.null_count else indices).to_numpy(zero_copy_only=False)
        known = self._numbers_of(column.dictionary)
        if len(known) == 1:  # an empty dictionary: every row is null
            return np.full(len(codes), -1, np.int32)
        ids = known[codes]
        fresh = codes[(ids == -1) & (codes >= 0)]
        if len(fresh):
            self._add(column.dictionary, fresh)
            ids = known[codes]
        return ids if column.dictionary.null_count == 0 else np.where(ids == _NULL, -1, ids)

    def to_list(self) -> list[str]:
        """All names, by id."""
        return list(self._ids)

    def _numbers_of(self, dictionary: pa.Array) -> Int32:
        """Id per code of this dictionary, -1 where not yet looked up; the extra last place serves code -1."""
        if self._last is not dictionary and not _same_memory(self._last, dictionary):
            self._known = np.full(len(dictionary) + 1, -1, np.int32)
            if dictionary.null_count:
                self._known[:-1][dictionary.is_null().to_numpy(zero_copy_only=False)] = _NULL
        self._last = dictionary  # holding it keeps its memory from being given to another one
        return self._known

    def _add(self, dictionary: pa.Array, codes: npt.NDArray[np.integer]) -> None:
        """Look up the names of ``codes`` in the order in which they first appear."""
        first = np.full(len(dictionary), len(codes), np.int64)
        first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
        used = np.flatnonzero(first < len(codes))
        used = used[np.argsort(first[used])]
        names = dictionary.take(pa.array(used)).to_pylist()
        ids, known = self._ids, self._ids.setdefault
        self._known[used] = [known(name, len(ids)) for name in names]


_NULL = -2
"""Marks a dictionary entry that is itself null."""


def _same_memory(one: pa.Array | None, other: pa.Array) -> bool:
    if one is None or len(one) != len(other) or one.offset != other.offset or one.type != other.type:
        return False
    addresses = [[b.address if b is not None else 0 for b in array.buffers()] for array in (one, other)]
    return bool(addresses[0] == addresses[1])
