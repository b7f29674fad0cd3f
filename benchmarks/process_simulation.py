"""The nine-task permit process with calendars, simulated: ours against SimPy.

SimPy runs in an interpreter of its own, named by ``XIAONENG_SIMPY_PYTHON``; one that is not named is reported
as absent. Both simulate the same world (six pools with office hours, exponential work, one case in seven sent
back, three reviews side by side) and keep the same four times of every task. SimPy's calendar is what one
would write for it: bisection in the same table of openings. CPU time per case of the simulation alone, the
best of three rounds, drawing included; start-up, reading of the model and of the scenario, and compiling are
excluded. Mean cycle times must agree.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

from benchmarks.process_advance import permit
from benchmarks.processes import python
from xiaoneng.core.simulation import Outcome, bind, parse_scenario, simulate_once
from xiaoneng.core.simulation.chart import Chart
from xiaoneng.core.simulation.fast import simulate_fast
from xiaoneng.core.simulation.tight import COMPILED

CASES = 20_000
ROUNDS = 3
GAP = 1200
POOLS = {"window": 3, "check": 4, "plan": 2, "fire": 2, "green": 2, "approver": 3}
STEPS = {
    "receive": ("window", 600),
    "check": ("check", 1800),
    "plan": ("plan", 1500),
    "fire": ("fire", 1500),
    "green": ("green", 1500),
    "draft": ("check", 1200),
    "decide": ("approver", 900),
    "issue": ("window", 600),
    "refuse": ("window", 600),
    "deliver": ("window", 300),
}
COMPLETE, GRANTED = 0.85, 0.9

SIMPY = """
import bisect, itertools, json, random, sys, time
import simpy
task = json.loads(sys.argv[1])
starts, ends = [], []
for day in range(365 * 12):
    if day % 7 < 5:
        for a, b in ((32400, 43200), (48600, 63000)):
            starts.append(day * 86400 + a)
            ends.append(day * 86400 + b)
before = [0, *itertools.accumulate(b - a for a, b in zip(starts, ends))]
def finish(t, work):
    k = bisect.bisect_right(starts, t) - 1
    done = before[k] + min(t, ends[k]) - starts[k] if k >= 0 else 0
    k = bisect.bisect_left(before, done + work) - 1
    return starts[k] + done + work - before[k]
def run(cases, seed):
    chance = random.Random(seed)
    draw, uniform = chance.expovariate, chance.random
    env = simpy.Environment()
    pools = {name: simpy.PriorityResource(env, number) for name, number in task["pools"].items()}
    log, cycles = [], []
    def work(case, step):
        pool, mean = task["steps"][step]
        opened = env.now
        with pools[pool].request(priority=0) as request:
            yield request
            begun = env.now
            yield env.timeout(finish(begun, draw(1 / mean)) - begun)
            log.append((case, step, opened, begun, env.now))
    def permit(case):
        arrived = env.now
        yield from work(case, "receive")
        yield from work(case, "check")
        while uniform() >= task["complete"]:
            yield from work(case, "check")
        yield env.all_of([env.process(work(case, step)) for step in ("plan", "fire", "green")])
        yield from work(case, "draft")
        yield from work(case, "decide")
        yield from work(case, "issue" if uniform() < task["granted"] else "refuse")
        yield from work(case, "deliver")
        cycles.append(env.now - arrived)
    def source():
        clock = 0.0
        for case in range(cases):
            clock += draw(1 / task["gap"])
            yield env.timeout(finish(0, clock) - env.now)
            env.process(permit(case))
    env.process(source())
    begun = time.process_time()
    env.run()
    return time.process_time() - begun, log, cycles
best, means = 1e9, []
for seed in range(task["rounds"]):
    cpu, log, cycles = run(task["cases"], seed)
    best = min(best, cpu)
    means.append(sum(cycles) / len(cycles))
print(json.dumps({"us": best / task["cases"] * 1e6, "means": means, "tasks": len(log) / task["cases"]}))
"""


def world() -> bytes:
    """The scenario."""
    return json.dumps(
        {
            "format": "xiaoneng-scenario",
            "version": 1,
            "start": "2025-01-06T00:00:00+08:00",
            "calendar": "office",
            "calendars": {"office": {"days": "weekdays", "hours": ["09:00-12:00", "13:30-17:30"]}},
            "arrivals": {"every": {"exponential": {"mean": GAP}}, "calendar": "office"},
            "pools": [
                {"name": name, "number": number, "roles": [name], "calendar": "office"}
                for name, number in POOLS.items()
            ],
            "steps": {
                step: {"role": role, "duration": {"exponential": {"mean": mean}}}
                for step, (role, mean) in STEPS.items()
            },
            "flows": {"f4": COMPLETE, "f5": 1 - COMPLETE, "f15": 1 - GRANTED, "f16": GRANTED},
        }
    ).encode()


def mean_cycle(o: Outcome) -> float:
    return float((o.ended - o.arrived).mean()) / 1e6


def compiled() -> float | None:
    """µs of CPU per case (best round) of the compiled kernel, compiling excluded; None without numba."""
    if not COMPILED:
        return None
    plan = bind(permit(), parse_scenario(world()))
    chart = Chart(plan)
    simulate_fast(plan, 0, 0, 100, chart)
    best = 1e9
    for seed in range(ROUNDS):
        begun = time.process_time()
        outcome = simulate_fast(plan, seed, 0, CASES, chart)
        best = min(best, time.process_time() - begun)
        assert outcome is not None
    return best / CASES * 1e6


def ours() -> tuple[float, list[float], float]:
    """µs of CPU per case (best round), mean cycle seconds of each round, tasks per case."""
    plan = bind(permit(), parse_scenario(world()))
    best, means, tasks = 1e9, [], 0.0
    for seed in range(ROUNDS):
        begun = time.process_time()
        outcome = simulate_once(plan, seed, 0, CASES, Chart(plan))
        best = min(best, time.process_time() - begun)
        means.append(mean_cycle(outcome))
        tasks = len(outcome.case) / CASES
    return best / CASES * 1e6, means, tasks


def run() -> dict[str, Any]:
    """CPU per case of the first kernel; ``ratio`` is SimPy's to ours."""
    us, means, tasks = ours()
    fast = compiled()
    interpreter = os.environ.get("XIAONENG_SIMPY_PYTHON", "")
    peer: dict[str, Any] = {}
    if interpreter:
        task = {
            "pools": POOLS, "steps": STEPS, "gap": GAP, "complete": COMPLETE, "granted": GRANTED,
            "cases": CASES, "rounds": ROUNDS,
        }  # fmt: skip
        peer = python(SIMPY, json.dumps(task), interpreter=interpreter).json()
        mine, theirs = sum(means) / ROUNDS, sum(peer["means"]) / ROUNDS
        if abs(mine - theirs) > 0.05 * theirs:
            raise RuntimeError(f"mean cycle times differ: ours {mine:.0f} s, SimPy {theirs:.0f} s")
    return {
        "name": "process_simulation",
        "ours": round(us, 2),
        "peer": round(peer["us"], 2) if peer else None,
        "ratio": round(peer["us"] / us, 2) if peer else None,
        "unit": "µs of CPU per case",
        "how": f"permit process, {tasks:.2f} tasks a case, {CASES} cases, best of {ROUNDS}; peer: SimPy",
        "compiled": None if fast is None else round(fast, 2),
        "compiled_ratio": round(peer["us"] / fast, 1) if peer and fast else None,
        "mean_cycle_hours": [round(m / 3600, 3) for m in means],
        "peer_mean_cycle_hours": [round(m / 3600, 3) for m in peer.get("means", [])],
    }
