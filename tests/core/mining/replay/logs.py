"""Paths of names as a log to replay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from xiaoneng.core.mining.replay import Replay, Trace, Traces, replay_traces
from xiaoneng.core.process import Model


def replayed(model: Model, paths: Sequence[Sequence[str]], *, closed: bool = True, **options: Any) -> Replay:
    """Replay cases, each a path of activities of its own trace."""
    activities = list(dict.fromkeys(name for path in paths for name in path))
    number = {name: n for n, name in enumerate(activities)}
    traces = [Trace(tuple(number[name] for name in path), closed, 1) for path in paths]
    cases = [f"case {n}" for n in range(len(paths))]
    return replay_traces(Traces(traces, np.arange(len(paths))), activities, cases, model, **options)
