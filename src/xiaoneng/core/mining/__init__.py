"""What a log says about work: flow, time, waiting, rework, handovers, waste, findings."""
