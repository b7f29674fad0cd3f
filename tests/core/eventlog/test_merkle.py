"""The tree is that of RFC 6962, and its paths prove exactly what they should."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoneng.core.eventlog.merkle import EMPTY, Tree, leaf_hash, node_hash, proves, root_of

# test vectors of Certificate Transparency's reference implementation (google/certificate-transparency)
LEAVES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def recursive(entries: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word by word."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return leaf_hash(entries[0])
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return node_hash(recursive(entries[:k]), recursive(entries[k:]))


def path_of(entries: list[bytes], index: int) -> tuple[bytes, list[bytes]]:
    tree = Tree(watch=index)
    for entry in entries:
        tree.add(entry)
    return tree.finish()


@pytest.mark.parametrize("size", ROOTS)
def test_known_roots(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]


def test_the_empty_tree() -> None:
    assert root_of([]) == EMPTY == sha256(b"").digest()


entries = st.lists(st.binary(max_size=4), min_size=1, max_size=70)


@given(entries)
def test_streaming_gives_the_recursive_root(found: list[bytes]) -> None:
    assert root_of(found) == recursive(found)


@given(entries, st.data())
def test_a_path_proves_its_leaf_and_no_other(found: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(found) - 1))
    root, path = path_of(found, index)
    size = len(found)
    assert root == recursive(found)
    assert proves(found[index], index, size, path, root)
    assert not proves(found[index] + b"x", index, size, path, root)
    assert not proves(found[index], index, size, path, sha256(root).digest())
    assert not proves(found[index], size, size, path, root)
    assert not proves(found[index], index, size, [*path, root], root)
    if path:
        assert not proves(found[index], index, size, path[:-1], root)
        place = data.draw(st.integers(0, len(path) - 1))
        bit = data.draw(st.integers(0, 255))
        broken = bytearray(path[place])
        broken[bit // 8] ^= 1 << bit % 8
        assert not proves(found[index], index, size, [*path[:place], bytes(broken), *path[place + 1 :]], root)


@given(entries)
def test_asking_twice_changes_nothing(found: list[bytes]) -> None:
    tree = Tree(watch=0)
    for entry in found:
        tree.add(entry)
    assert tree.finish() == tree.finish()
