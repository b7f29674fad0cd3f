"""Randomness by name: every draw of a simulation has an address, so that nothing else can shift it.

A *stream* is named by seed, replication, purpose, element and occurrence; the draw of a case is the case's
number in that stream. Streams are counter-based (Philox), cut into blocks of ``BLOCK`` cases that are drawn
whole, so a draw depends neither on the number of cases, nor on what other elements draw, nor on the order of
events. Two models that are compared under one seed get the same draws wherever their elements have the same
ids: common random numbers.
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.random import Generator, Philox

BLOCK: Final = 4096
"""Cases per block; part of the meaning of a seed."""

Float64 = npt.NDArray[np.float64]


class Chance:
    """The streams of one replication."""

    __slots__ = ("_prefix",)

    def __init__(self, seed: int, replication: int) -> None:
        self._prefix = f"{seed}\x1f{replication}\x1f"

    def block(self, purpose: str, element: str, occurrence: int, number: int) -> Generator:
        """A generator for the cases ``number * BLOCK`` … of the stream."""
        name = f"{self._prefix}{purpose}\x1f{element}\x1f{occurrence}"
        digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
        key = np.frombuffer(digest, dtype="<u8").astype(np.uint64)
        return Generator(Philox(key=key, counter=[0, 0, 0, number]))

    def uniforms(self, purpose: str, element: str, occurrence: int, number: int) -> Float64:
        """``float64[BLOCK]`` in [0, 1)."""
        return self.block(purpose, element, occurrence, number).random(BLOCK)
