"""Generated logs for benchmarks: one command of numpy, the same file for the same seed.

A log of permit cases: seven events a case on average, twenty activities with a common main path, two hundred
persons in thirty bodies, arrivals over five years. Rows come in order of time, as systems export them: the
events of a case lie scattered over the file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

SEED = 20260101
ACTIVITIES = [f"Step {n:02d}" for n in range(20)]
PERSONS = [f"person-{n:03d}" for n in range(200)]
BODIES = [f"Body {n:02d}" for n in range(30)]
START_US = 1_577_836_800_000_000  # 2020-01-01
SPAN_US = 5 * 365 * 86_400_000_000


def events(n: int, seed: int = SEED) -> pa.Table:
    """``n`` events with case, activity, time (wall clock), person and body."""
    random = np.random.default_rng(seed)
    lengths = random.poisson(6, n // 6 + 10) + 1
    cases = int(np.searchsorted(np.cumsum(lengths), n)) + 1
    lengths = lengths[:cases]
    case = np.repeat(np.arange(cases), lengths)[:n]
    first = np.flatnonzero(np.append(True, case[1:] != case[:-1]))
    position = np.arange(n) - first[case]
    stray = random.random(n) < 0.15
    activity = np.where(stray, random.integers(0, 20, n), np.minimum(position, 19)).astype(np.int32)
    start = np.sort(random.integers(0, SPAN_US, cases))
    gaps = random.lognormal(11.0, 1.6, n)  # median 16.6 hours
    gaps[first] = 0
    elapsed = np.cumsum(gaps)
    elapsed -= elapsed[first][case]
    seconds = (start[case] // 1_000_000) + elapsed.astype(np.int64)
    person = (case * 7 + position // 2 * 31 + random.integers(0, 3, n)) % 200
    order = np.argsort(seconds, kind="stable")
    return pa.table(
        {
            "case": pa.array(case[order] + 10_000_000).cast(pa.string()),
            "activity": _named(activity[order], ACTIVITIES),
            "time": pa.array(START_US + seconds[order] * 1_000_000).cast(pa.timestamp("us")),
            "person": _named(person[order], PERSONS),
            "body": _named(person[order] % 30, BODIES),
        }
    )


def write(folder: Path, n: int, kind: str) -> Path:
    """A generated log as ``csv`` or ``parquet``; a file that is there already is used again."""
    path = folder / f"generated-{n}.{kind}"
    if path.exists():
        return path
    table = events(n)
    part = path.with_suffix(".part")
    if kind == "csv":
        plain = pa.table({name: _plain(table[name]) for name in table.column_names})
        pyarrow.csv.write_csv(plain, part)
    else:
        pq.write_table(table, part, compression="zstd", row_group_size=1 << 17)
    part.rename(path)
    return path


def _named(codes: npt.NDArray[np.integer], names: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(names))


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        return pa.compute.strftime(column, format="%Y-%m-%d %H:%M:%S")
    return column.cast(pa.string())
