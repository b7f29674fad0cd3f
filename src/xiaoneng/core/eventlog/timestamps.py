"""Clocks and instants, vectorised: zone tables, wall clock to instant and back.

All arrays are int64 microseconds; an *instant* counts from 1970-01-01T00:00Z, a *wall clock* counts the
same way as if it were UTC. Zones are taken from the standard library (so from the system or the ``tzdata``
package).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xiaoneng.core.errors import BadInput

Int64 = npt.NDArray[np.int64]
MINUTE = 60_000_000
SECOND = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ZoneTable(NamedTuple):
    """Offsets of one zone, 1900 to 2100; ``offsets[i]`` (µs) holds from ``instants[i]`` on."""

    instants: Int64
    offsets: Int64

    def offset_at(self, instants: Int64) -> Int64:
        """Offset in µs at each instant."""
        if len(self.offsets) == 1:
            return np.full(instants.shape, self.offsets[0])
        at = np.searchsorted(self.instants[1:], instants, side="right")
        return self.offsets[at]

    def to_wall(self, instants: Int64) -> Int64:
        """The clock on the wall at each instant."""
        walls: Int64 = instants + self.offset_at(instants)
        return walls

    def to_instant(self, walls: Int64) -> Int64:
        """The instant of each wall clock; a clock that came twice is taken the first time, one that
        never came is read with the offset before the gap (as PEP 495 does with fold=0)."""
        if len(self.offsets) == 1:
            fixed: Int64 = walls - self.offsets[0]
            return fixed
        # a transition at instant t from offset a to b: walls below t + max(a, b) still belong to a
        bounds = self.instants[1:] + np.maximum(self.offsets[:-1], self.offsets[1:])
        return walls - self.offsets[np.searchsorted(bounds, walls, side="right")]


@cache
def zone_table(name: str) -> ZoneTable:
    """The table of an IANA zone; BadInput for an unknown name."""
    try:
        zone = ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise BadInput(
            "unknown time zone {zone!r}", expected="an IANA name such as Asia/Shanghai", zone=name
        ) from error

    def offset(second: int) -> int:
        shift = (EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()
        assert shift is not None
        return round(shift.total_seconds() * SECOND)

    start, stop, step = -2_208_988_800, 4_102_444_800, 7 * 86_400
    instants, offsets = [start], [offset(start)]
    for late in range(start + step, stop, step):
        early, after = late - step, offset(late)
        while offsets[-1] != after:
            low, high = early, late  # the first change in (early, late]
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == offsets[-1] else (low, middle)
            instants.append(high)
            offsets.append(offset(high))
            early = high
    return ZoneTable(np.array(instants, np.int64) * SECOND, np.array(offsets, np.int64))


def offset_of(zone: str, instants: Int64) -> Int64:
    """Offset in µs of an IANA zone, or of a fixed offset as Arrow writes it (``+08:00``); BadInput for
    others.
    """
    fixed = re.fullmatch(r"([+-])(\d\d):(\d\d)", zone)
    if fixed:
        minutes = int(fixed[2]) * 60 + int(fixed[3])
        return np.full(instants.shape, (-minutes if fixed[1] == "-" else minutes) * MINUTE)
    return zone_table(zone).offset_at(instants)


def settle(wall: pa.Array, offset: pa.Array, zone: str) -> pa.Array:
    """Wall clocks as recorded → wall clocks in ``zone``, wherever an offset (minutes) was recorded."""
    recorded = pc.is_valid(offset).to_numpy(zero_copy_only=False)
    us = pc.fill_null(wall.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    minutes = pc.fill_null(offset, 0).to_numpy(zero_copy_only=False).astype(np.int64)
    settled = np.where(recorded, zone_table(zone).to_wall(us - minutes * MINUTE), us)
    missing = pc.is_null(wall).to_numpy(zero_copy_only=False)
    return pa.array(settled, pa.int64(), mask=missing).cast(wall.type)
