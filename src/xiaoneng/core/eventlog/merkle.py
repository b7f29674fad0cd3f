"""The Merkle tree of RFC 6962 (Certificate Transparency), built as the leaves come: memory grows with the
logarithm of their number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

LEAF, NODE = b"\x00", b"\x01"
EMPTY = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one leaf; the prefix keeps an inner node from passing as a leaf (RFC 6962, 2.1)."""
    return sha256(LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(NODE + left + right).digest()


class _Subtree(NamedTuple):
    height: int
    hash: bytes
    watched: bool


class Tree:
    """Add leaves, then ask for the root. ``watch`` is the index of a leaf whose path is wanted."""

    def __init__(self, watch: int = -1) -> None:
        self._watch = watch
        self._peaks: list[_Subtree] = []
        self._path: list[bytes] = []
        self.size = 0

    def add(self, entry: bytes) -> None:
        """The next leaf."""
        subtree = _Subtree(0, leaf_hash(entry), self.size == self._watch)
        self.size += 1
        peaks = self._peaks
        while peaks and peaks[-1].height == subtree.height:
            subtree = self._joined(peaks.pop(), subtree)
        peaks.append(subtree)

    def finish(self) -> tuple[bytes, list[bytes]]:
        """The root of what was added, and the path of the watched leaf (empty without one)."""
        if not self._peaks:
            return EMPTY, []
        path = self._path
        self._path = list(path)
        *rest, last = self._peaks
        for subtree in reversed(rest):
            last = self._joined(subtree, last)
        found, self._path = self._path, path
        return last.hash, found

    def _joined(self, left: _Subtree, right: _Subtree) -> _Subtree:
        if left.watched:
            self._path.append(right.hash)
        elif right.watched:
            self._path.append(left.hash)
        return _Subtree(left.height + 1, node_hash(left.hash, right.hash), left.watched or right.watched)


def root_of(entries: Iterable[bytes]) -> bytes:
    """The root of a tree with these leaves."""
    tree = Tree()
    for entry in entries:
        tree.add(entry)
    return tree.finish()[0]


def proves(entry: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether ``path`` shows that ``entry`` is leaf ``index`` of the tree with ``size`` leaves and ``root``
    (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    here, last = index, size - 1
    found = leaf_hash(entry)
    for sibling in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(sibling, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root
