"""Ids in order of first appearance, for every way in which Arrow may bring the text."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from xiaoneng.core.eventlog.names import Names

texts = st.lists(st.one_of(st.none(), st.sampled_from(["", "NA", "null", "b", "中", "c"])), max_size=20)


@settings(deadline=None)
@given(st.lists(texts, max_size=5), st.sampled_from(["plain", "dictionary", "shared", "null in dictionary"]))
def test_first_appearance(batches: list[list[str | None]], kind: str) -> None:
    names = Names()
    shared = pa.array(["c", "unused", "b", "", "中", "null", "NA", None])
    seen: dict[str, int] = {}
    for batch in batches:
        column = pa.array(batch, pa.string())
        if kind == "dictionary":
            column = column.dictionary_encode()
        elif kind == "shared":
            codes = [None if text is None else shared.index(text).as_py() for text in batch]
            column = pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), shared)
        elif kind == "null in dictionary":
            column = pa.DictionaryArray.from_arrays(
                pa.array(range(len(batch)), pa.int32()), pa.array(batch, pa.string())
            )
        expected = [-1 if text is None else seen.setdefault(text, len(seen)) for text in batch]
        assert names.encode(column).tolist() == expected
    assert names.to_list() == list(seen)


def test_a_new_dictionary_in_the_same_place_is_not_taken_for_the_old_one() -> None:
    names = Names()
    for word in ("a", "b", "c", "d"):  # each array is freed before the next is made
        assert names.encode(pa.array([word]).dictionary_encode()).tolist() == [ord(word) - ord("a")]
