"""Whether what is stored of a case is what its commands make of it: no step lost, doubled or half done."""

from __future__ import annotations

from collections.abc import Iterator

from xiaoneng.apps.engine.models import CommandRecord, Instance, Subscription, Task, Timer
from xiaoneng.apps.engine.records import load, load_move
from xiaoneng.apps.engine.services.keeping import armed, held_items
from xiaoneng.apps.engine.waiting import waits
from xiaoneng.apps.processes.selectors.processes import compiled
from xiaoneng.core.process import Model, State, advance, dump_state, load_state
from xiaoneng.core.process.state import WAIT


def replayed(instance: int) -> State | None:
    """The state that the stored commands give, one after the other, by the pure step alone."""
    state: State | None = None
    model: Model | None = None
    first = Instance.objects.values_list("version", "model").get(pk=instance)
    records = list(CommandRecord.objects.filter(instance=instance).order_by("revision"))
    moves = [record for record in records if record.kind in ("Migrate", "Unmigrate")]
    version, sha256 = load_move(moves[0].payload).source if moves else first
    model = compiled(version, sha256)
    for record in records:
        if record.kind in ("Migrate", "Unmigrate"):
            state, model = load_move(record.payload).replay(state, model, record.at)
            continue
        for command in load(record.payload):
            state = advance(model, state, command, record.at).state
    return state


def open_work(model: Model, state: State) -> set[int]:
    """The ids of the tasks that a state waits for."""
    return {
        identity
        for identity, item in zip(state.ids, state.shape.items, strict=True)
        if item[0] == WAIT and model.nodes[item[1]].move in ("work", "receive")
    }


def instance_problems(instance: int) -> Iterator[str]:
    """What is wrong with the rows of an instance; nothing, if all is well."""
    row = Instance.objects.get(pk=instance)
    model = compiled(row.version_id, row.model)
    state = load_state(model, row.state)
    again = replayed(instance)
    if again is None or dump_state(again) != row.state:
        yield "the state is not what the commands give"
    if row.status != state.status:
        yield f"the status is {row.status}, in the state {state.status}"
    revisions = list(
        CommandRecord.objects.filter(instance=instance)
        .order_by("revision")
        .values_list("revision", flat=True)
    )
    if revisions != list(range(1, row.revision + 1)):
        yield f"the instance is at revision {row.revision}, its commands are {revisions}"
    yield from _tasks(instance, model, state)
    timers = set(Timer.objects.filter(instance=instance).values_list("number", flat=True))
    if timers != armed(model, state):
        yield f"timers {sorted(timers)}, in the state {sorted(armed(model, state))}"
    found = set(Subscription.objects.filter(instance=instance).values_list("number", "kind", "name"))
    if found != waits(model, state):
        yield f"subscriptions {sorted(found)}, in the state {sorted(waits(model, state))}"


def _tasks(instance: int, model: Model, state: State) -> Iterator[str]:
    rows = list(Task.objects.filter(instance=instance).values_list("number", "state", "element", "holder"))
    nodes = {i: model.nodes[item[1]].id for i, item in zip(state.ids, state.shape.items, strict=True)}
    wanted = {(number, "open", nodes[number]) for number in open_work(model, state)}
    wanted |= {(number, "held", nodes[number]) for number in held_items(state)}
    found = {(number, kept, element) for number, kept, element, _ in rows if kept in ("open", "held")}
    if found != wanted:
        yield f"open tasks {sorted(found)}, in the state {sorted(wanted)}"
    holders = {number: str(who) for number, kept, _, who in rows if kept == "open" and who is not None}
    owners = {n: who for n, who in state.owners.items() if (n, "open", nodes.get(n, "")) in wanted}
    if holders != owners:
        yield f"tasks are held by {holders}, in the state by {owners}"
