"""Titles and advice of findings: English templates, the source texts of the catalogue in
``core/mining/locale``.

Where a figure may stand on the working or on the calendar clock there are two templates, so that each
language can say
its days properly.
"""

from __future__ import annotations

STEP = (
    "“{activity}” comes {mean:.1f} working days after the step before it, on average; every tenth time it "
    "is more than {p90:.1f}",
    "“{activity}” comes {mean:.1f} days after the step before it, on average; every tenth time it is more "
    "than {p90:.1f}",
)
STEP_ADVICE = (
    "Look at ten of these cases from end to end: are they lying in an inbox, waiting for somebody outside, "
    "or is the step itself long? Set a limit for this step and show its inbox by age."
)
BATCHING_ADVICE = (
    "Most of this wait is cases gathering until a pile is worth beginning. Begin smaller piles more often, "
    "or take "
    "cases as they come; the work stays the same, the wait goes."
)
CONTENTION_ADVICE = (
    "Most of this wait is the queue before people who are busy. Move cases to colleagues with less in hand, "
    "take "
    "simple cases out by rule, and only then ask for another post here."
)
UNAVAILABILITY_ADVICE = (
    "Most of this wait is time when the person is not at work. Name a deputy for leave and duty elsewhere, "
    "and let "
    "cases that come in the evening be on the desk at opening."
)
PRIORITISATION_ADVICE = (
    "Most of this wait is being overtaken by later cases. Decide openly which cases go first, and cap how "
    "long an "
    "ordinary one may be passed over."
)
EXTRANEOUS_ADVICE = (
    "People are at work and free while most of these cases wait, so staff is not the reason. Look for what "
    "the log "
    "does not show: papers still missing, an answer from outside, or an inbox that nobody opens."
)
CAUSE_ADVICE = {
    "batching": BATCHING_ADVICE,
    "contention": CONTENTION_ADVICE,
    "unavailability": UNAVAILABILITY_ADVICE,
    "prioritisation": PRIORITISATION_ADVICE,
    "extraneous": EXTRANEOUS_ADVICE,
}
STEP_SLOW = (
    "“{activity}” is mostly done at once, but {slow_times:,} times it took more than a day: {slow_mean:.1f} "
    "working days on average",
    "“{activity}” is mostly done at once, but {slow_times:,} times it took more than a day: {slow_mean:.1f} "
    "days on average",
)
STEP_SLOW_ADVICE = (
    "The step itself is short; these cases were left lying. List them by person and reason, and have the "
    "inbox remind after one working day."
)
HANDOVER = (
    "From “{before}” to “{activity}” takes {mean:.1f} working days when another person takes over, "
    "{same:.1f} when the same person goes on",
    "From “{before}” to “{activity}” takes {mean:.1f} days when another person takes over, {same:.1f} when "
    "the same person goes on",
)
HANDOVER_AT_ONCE = (
    "From “{before}” to “{activity}” takes {mean:.1f} working days when another person takes over; the same "
    "person goes on at once",
    "From “{before}” to “{activity}” takes {mean:.1f} days when another person takes over; the same person "
    "goes on at once",
)
HANDOVER_ADVICE = (
    "Let one person do both steps where the rules allow it; where they must be separate, hand over through "
    "a shared inbox with a limit of one working day instead of from desk to desk."
)
BODY_HANDOVER = (
    "Cases passed from “{before}” to “{after}” lie {mean:.1f} working days before anything is done, on "
    "average",
    "Cases passed from “{before}” to “{after}” lie {mean:.1f} days before anything is done, on average",
)
BODY_HANDOVER_ADVICE = (
    "Agree between the two bodies how a case is passed on: complete at the first time, taken up within a "
    "fixed limit, and seen by both. Where both only need the same papers, let them work side by side."
)
STAMP = (
    "“{activity}” changed something in only {changed:,} of {checked:,} cases, and each waits {mean:.1f} "
    "working days for it",
    "“{activity}” changed something in only {changed:,} of {checked:,} cases, and each waits {mean:.1f} "
    "days for it",
)
STAMP_ADVICE = (
    "Check whether the law demands the step. If not, drop it, delegate it to the handler, or check a sample "
    "afterwards; if so, make it a notification that does not stop the case."
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
BATCH = tuple(
    (
        f"“{{activity}}” falls on a {day} in {{share:.0%}} of all cases; "
        "they wait {mean:.1f} working days for it",
        f"“{{activity}}” falls on a {day} in {{share:.0%}} of all cases; they wait {{mean:.1f}} days for it",
    )
    for day in WEEKDAYS
)
"""By weekday: the name of a day is part of the text, so that it can be translated."""
BATCH_ADVICE = (
    "Do the step on two or three days a week, or as cases come; twice a week halves this wait without more "
    "staff."
)
ALONE = (
    "“{activity}” hangs on one person: {person} does {share:.0%} of it, and cases wait {mean:.1f} working "
    "days",
    "“{activity}” hangs on one person: {person} does {share:.0%} of it, and cases wait {mean:.1f} days",
)
ALONE_ADVICE = (
    "Train and authorise a second person for this step, and let a case go to whoever is free; see first "
    "whether leave or other duties of the one person explain the longest waits."
)
REWORK = (
    "“{activity}” is done again in {share:.0%} of its cases; each further round takes {mean:.1f} working "
    "days",
    "“{activity}” is done again in {share:.0%} of its cases; each further round takes {mean:.1f} days",
)
REWORK_ADVICE = (
    "Ask of twenty of these cases why the first time was not enough. If one reason explains most, check for "
    "it at the counter, before the case is taken in."
)
SUBMITTED = (
    "In {cases_total:,} cases ({share:.0%}) something had to be handed in again (“{activity}”); each time "
    "costs {mean:.1f} working days",
    "In {cases_total:,} cases ({share:.0%}) something had to be handed in again (“{activity}”); each time "
    "costs {mean:.1f} days",
)
SUBMITTED_ADVICE = (
    "List what was missing. Take what another body already has from shared data, check the rest while the "
    "applicant is at the counter, and ask for everything that is missing in one notice."
)
PINGPONG = (
    "In {cases_total:,} cases ({share:.0%}) a step is done again after the case went to somebody else and "
    "came back",
    "In {cases_total:,} cases ({share:.0%}) a step is done again after the case went to somebody else and "
    "came back",
)
PINGPONG_ADVICE = (
    "See what the second person asks for when sending a case back, and put those questions on the first "
    "person's checklist; settle the rest by a call instead of a return."
)
DIVERGENCE = (
    "“{item}” takes {slow:.1f} days at “{slow_body}” but {fast:.1f} at “{fast_body}”, on average over "
    "finished cases"
)
DIVERGENCE_ADVICE = (
    "Put the two ways of working side by side, step by step, and make the faster one the standard unless "
    "the cases truly differ: same item, same standard."
)
LATE_WITH = (
    "Cases with “{mark}” run over their deadline in {share:.0%}, the others in {rest:.0%}; they are "
    "{part:.0%} of all overdue cases"
)
LATE_BODY = (
    "Of the cases at “{mark}” {share:.0%} run over their deadline, elsewhere {rest:.0%}; they are "
    "{part:.0%} of all overdue cases"
)
LATE_ATTRIBUTE = (
    "Cases with “{mark}” ({attribute}) run over their deadline in {share:.0%}, the others in {rest:.0%}; "
    "they are {part:.0%} of all overdue cases"
)
LATE_REPEAT = (
    "Cases in which a step is repeated run over their deadline in {share:.0%}, the others in {rest:.0%}; "
    "they are {part:.0%} of all overdue cases"
)
LATE_ALL = (
    "{cases_total:,} cases ({share:.0%}) run over their deadline, and no step, body or other group stands out"
)
LATE_ADVICE = (
    "Start here to cut overdue cases: give this group its own warning when half of the limit is used, and "
    "look at what holds up the ten latest."
)
LATE_ALL_ADVICE = (
    "Warn the handler when half and when four fifths of the limit are used, and review the latest ten cases "
    "every week: the delay is spread over the whole process."
)
TAIL = (
    "The slowest tenth of the cases takes {share:.0%} of all the time; “{mark}” occurs in {with_mark:.0%} "
    "of them, in {without:.0%} of the others"
)
TAIL_PLAIN = (
    "The slowest tenth of the cases takes {share:.0%} of all the time, and no single step sets them apart"
)
TAIL_ADVICE = (
    "Handle these cases apart: recognise them when they come in, give them one responsible person and a "
    "plan of their own, so that the ordinary ones need not queue behind them."
)
TAIL_PLAIN_ADVICE = (
    "Review the slowest twenty cases one by one; they have no step in common, so each is likely to have "
    "been forgotten somewhere. A weekly list of the oldest open cases stops that."
)
AGEING = (
    "{cases_total:,} open cases are older than {limit:.0f} days, an age that nine in ten cases never reach; "
    "the oldest is {oldest:,.0f} days old"
)
AGEING_ADVICE = (
    "Go through the list once: close what is done but not recorded, decide what can be decided, and give "
    "every other case a person and a date."
)
HUGGING = (
    "{share:.0%} of the cases that are in time are finished in the last tenth of their time; in the two "
    "tenths before it is {before:.0%} each"
)
HUGGING_ADVICE = (
    "The deadline sets the pace, not the work: lower the promised limit of this item in steps, and measure "
    "handlers by the days used rather than by deadlines kept."
)
SILENT = (
    "After the last recorded step a case stays open for another {mean:.0f} days on average: {share:.0%} of "
    "its whole time, and the log does not say what happens in them"
)
SILENT_ADVICE = (
    "Find out what these days are: a decision that is made but not recorded, a legal period, or cases that "
    "nobody closes. Record those steps; until then most of the time cannot be managed."
)


def clocked(templates: tuple[str, str], working: bool) -> str:
    """The template for the clock in use."""
    return templates[0] if working else templates[1]
