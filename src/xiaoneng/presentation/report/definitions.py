"""The definition of every figure in the report, in words and as a formula over
``docs/reference/event-store.md``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    """``key`` is the analysis key that holds the figure; ``formula`` is the same in every language."""

    key: str
    name: str
    meaning: str
    formula: str = ""


DEFINITIONS = (
    Definition(
        "log",
        "Case, step",
        "A case is everything with one case number. A step is one record of the log; every record "
        "counts, whatever its "
        "life-cycle stage. Steps are in order of time; at the same time, in the order of the file.",
    ),
    Definition(
        "throughput_days",
        "Time per case",
        "From the first to the last record of a case in calendar days, all cases, open ones up to "
        "their last record.",
        "last − first",
    ),
    Definition(
        "throughput_days",
        "Nine in ten within (p90)",
        "The value that 90 % of cases do not exceed, by linear interpolation.",
        "quantile_cont(duration, 0.9)",
    ),
    Definition(
        "throughput_working_days",
        "Working days",
        "Working days after the day of the first record up to and including the day of the last: "
        "the first day is not counted.",
        "#{d : first < d ≤ last, d a working day}",
    ),
    Definition(
        "throughput_days",
        "Still open (Kaplan–Meier)",
        "The share of cases not finished after so many days; a case still open counts as lasting at "
        "least until the day of the analysis.",
        "S(t) = ∏ (1 − dᵢ/nᵢ), tᵢ ≤ t",
    ),
    Definition(
        "variants", "Way through (variant)", "One sequence of steps; cases with the same sequence share it."
    ),
    Definition(
        "dfg",
        "Directly follows",
        "Two neighbouring records of one case; the time is from the one to the other, the mean over "
        "all such pairs.",
        "count(a → b), mean(time(b) − time(a))",
    ),
    Definition(
        "rework",
        "Repeated step",
        "Cases in which the step occurs at least twice.",
        "#{cases : occurrence ≥ 2}",
    ),
    Definition(
        "handovers",
        "Handover",
        "Two neighbouring records of one case whose persons (or bodies) are both known and differ.",
    ),
    Definition(
        "overdue",
        "Overdue",
        "Finished after the deadline, or not finished and the deadline past on the day of the analysis. "
        "The rate is of the cases that can be judged: open ones whose deadline is still to come are "
        "left out.",
        "finished > deadline, or open and as_of > deadline",
    ),
    Definition(
        "series",
        "Arrived, completed, in hand",
        "By the start and the end that the log states, otherwise by the first and the last record "
        "of the case; "
        "in hand are those arrived and not completed.",
        "Σ arrived − Σ completed",
    ),
    Definition(
        "waiting_causes",
        "Causes of waiting",
        "Waiting before a step is split into batching, contention, prioritisation, unavailability "
        "and the rest; this needs start "
        "and end times and persons.",
    ),
    Definition(
        "rubber_stamps",
        "Step that changes nothing",
        "A step after which the case goes on as if it had not been there; with the share of cases "
        "in which it did change something.",
    ),
    Definition(
        "bodies",
        "95% interval",
        "The range in which the true value lies with 95 % confidence, given the number of cases. "
        "Few cases make it wide.",
    ),
    Definition(
        "findings",
        "Hours of waiting a year",
        "The time that cases wait because of the finding, summed over its cases on the working "
        "clock and scaled to a "
        "year of the log’s length. It is the cases’ time, not staff’s. Waits told by a more "
        "specific finding are "
        "not counted again.",
        "Σ wait ÷ (last − first) × 365.25 d",
    ),
)
