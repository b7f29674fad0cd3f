"""The log of a simulation is a log like any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from campaigns._simulation_models import random_plan
from xiaoneng.core.calendar import load_calendar, work_clock
from xiaoneng.core.errors import BadInput
from xiaoneng.core.eventlog import Mapping, ingest
from xiaoneng.core.simulation import log_store, log_table, simulate_once, write_log
from xiaoneng.core.simulation.plan import EVENT, NOT_A_ROW
from xiaoneng.core.simulation.rows import DONE

CLOCK = work_clock(load_calendar("cn"))


def test_the_measures_of_the_first_loop_read_it(tmp_path: Path) -> None:
    p = random_plan(5, rich=True)
    o = simulate_once(p, 1, 0, 60)
    store = log_store(o, tmp_path / "store", CLOCK)
    kinds = np.array(p.queue)[o.node]
    done = (o.state == DONE) & (kinds != EVENT) & (kinds != NOT_A_ROW)
    assert store.meta["counts"]["events"] == int(done.sum())
    stated = store.sql("SELECT stated_s FROM cases ORDER BY case_id").column(0).to_numpy()
    with_rows = np.unique(o.case[done])
    assert np.allclose(stated, ((o.ended - o.arrived) / 1e6)[with_rows])
    worked = store.sql("SELECT sum(epoch_us(ended) - epoch_us(time)) FROM events").column(0)[0].as_py()
    assert worked == int((o.finished - o.begun)[done].sum())
    assert store.sql("SELECT bool_or(open) FROM cases").column(0)[0].as_py() is False


@pytest.mark.parametrize("ending", ["xes", "csv", "parquet"])
def test_it_goes_out_and_comes_back(tmp_path: Path, ending: str) -> None:
    o = simulate_once(random_plan(7, rich=False), 1, 0, 20)
    file = write_log(o, tmp_path / f"log.{ending}", CLOCK)
    back = ingest(file, tmp_path / "back", mapping=Mapping(end="end"), work_clock=CLOCK)
    table = log_table(o)
    assert back.meta["counts"]["events"] == table.num_rows
    first = back.sql("SELECT min(epoch_us(time)), max(epoch_us(ended)) FROM events").to_pylist()[0]
    assert list(first.values()) == [int(o.begun[o.begun >= 0].min()), int(o.finished.max())]


def test_another_ending_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    o = simulate_once(random_plan(7, rich=False), 1, 0, 2)
    with pytest.raises(BadInput):
        write_log(o, tmp_path / "log.doc", CLOCK)
    assert not list(tmp_path.iterdir())
