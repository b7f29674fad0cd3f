"""Replay of a log on a process model: fitness, deviations, and what each step and flow saw."""

from xiaoneng.core.mining.replay.engine import replay, replay_traces
from xiaoneng.core.mining.replay.judge import KINDS, Tokens, fitness
from xiaoneng.core.mining.replay.naming import StepMap, read_map
from xiaoneng.core.mining.replay.replayed import Replay
from xiaoneng.core.mining.replay.steps import Step, as_row, heat, steps_of
from xiaoneng.core.mining.replay.traces import Trace, Traces

__all__ = [
    "KINDS",
    "Replay",
    "Step",
    "StepMap",
    "Tokens",
    "Trace",
    "Traces",
    "as_row",
    "fitness",
    "heat",
    "read_map",
    "replay",
    "replay_traces",
    "steps_of",
]
