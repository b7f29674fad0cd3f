"""Simulation: the published process model, the engine's own steps, people, calendars and chance.

load_scenario, parse_scenario, bind    a scenario file → a scenario → bound to a model
study(plan, seed, replications, cases) replications with intervals; ``difference`` of two under common numbers
simulate_once                          one replication as columns; ``write_log`` makes it an event log
fit(log, model)                        a scenario from a log
"""

from xiaoneng.core.simulation.fit import Fitted, fit
from xiaoneng.core.simulation.log import log_store, log_table, write_log
from xiaoneng.core.simulation.outcome import Outcome, simulate_once
from xiaoneng.core.simulation.plan import Plan, bind
from xiaoneng.core.simulation.scenario import (
    Scenario,
    dump_scenario,
    load_scenario,
    parse_scenario,
    without_file,
)
from xiaoneng.core.simulation.study import Study, difference, study

__all__ = [
    "Fitted",
    "Outcome",
    "Plan",
    "Scenario",
    "Study",
    "bind",
    "difference",
    "dump_scenario",
    "fit",
    "load_scenario",
    "log_store",
    "log_table",
    "parse_scenario",
    "simulate_once",
    "study",
    "without_file",
    "write_log",
]
