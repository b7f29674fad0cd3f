"""Moving one case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from xiaoneng.core.errors import BadInput
from xiaoneng.core.process.migration.ahead import lacking, left_out, needed
from xiaoneng.core.process.migration.branches import settle
from xiaoneng.core.process.migration.items import Gone, Move, carry
from xiaoneng.core.process.migration.listeners import listen
from xiaoneng.core.process.migration.proof import multiplicity, prove
from xiaoneng.core.process.migration.scopes import leave_empty, place_all
from xiaoneng.core.process.migration.splits import link_forks
from xiaoneng.core.process.migration.versionmap import Images, Problem, VersionMap, problem
from xiaoneng.core.process.model import NONE, Model
from xiaoneng.core.process.moving import rest
from xiaoneng.core.process.state import FLOW, LISTEN, RUNNING, SCOPE, State
from xiaoneng.core.process.work import Event, Work


class Migrated(NamedTuple):
    """The outcome. ``state`` is None where a problem blocks; then nothing has happened. ``events`` are those
    of a step of the new version (opened, split, timer_set, sub_started, joined …), ``moved`` are tasks and
    sub-processes that have another id now (item, id in the old version), ``gone`` is what the new version
    does not have."""

    state: State | None
    events: tuple[Event, ...]
    problems: tuple[Problem, ...]
    moved: tuple[tuple[int, str], ...] = ()
    gone: tuple[Gone, ...] = ()


def migrate(
    old: Model,
    state: State,
    new: Model,
    chosen: VersionMap,
    at: datetime,
    *,
    known: dict[Any, Any] | None = None,
) -> Migrated:
    """Move a case of ``old`` to ``new``. Changes nothing but gives the new state; ids of items stay.

    ``known`` keeps what was worked out for a marking: pass the same dictionary, and the same map, for all
    cases of a batch.
    """
    known = {} if known is None else known
    images = kept(known, ("images", old, new, id(chosen)), lambda: (Images(old, new, chosen), chosen))[0]
    process = images.process(old, new, chosen, state.shape.process)
    if state.ended:
        return Migrated(None, (), (problem("ended", old.scopes[state.shape.process].id),))
    if new.blockers:
        blocker = new.blockers[0]
        return Migrated(None, (), (problem("not_executable", blocker.element, reason=str(blocker)),))
    if process == NONE:
        return Migrated(None, (), (problem("process", old.scopes[state.shape.process].id),))
    work = Work(old, state, at)
    work.model, work.process = new, process
    # conditions are those that `listen` finds; splits are closed only when the case has its place
    work.conditions = work.joins = False
    move = Move(work, old, new, images, process=state.shape.process)
    for part in (carry, place_all, leave_empty, link_forks):
        if not move.blocked:
            part(move)
    if move.blocked:
        return Migrated(None, (), tuple(move.problems))
    work.assign({name: v for name, v in chosen.data.items() if name not in work.variables}, 0)
    give_locals(move)
    try:
        listen(move)
        settle(move, chosen.open)
        go_on(move)
    except BadInput as error:
        reason = error.message.format(**error.params)
        element = str(error.params.get("element", ""))
        return Migrated(None, (), (*move.problems, problem("step", element, reason=reason)))
    after = work.freeze()
    if not after.ended:
        move.problems += checks(move, state, after, chosen, known)
    if move.blocked:
        return Migrated(None, (), tuple(move.problems))
    told = (tuple(work.events), tuple(move.problems), tuple(move.moved), tuple(move.gone))
    return Migrated(after, *told)


def kept(known: dict[Any, Any], key: Any, make: Callable[[], Any]) -> Any:
    """What was worked out before under this key, or is now."""
    if key not in known:
        known[key] = make()
    return known[key]


def give_locals(move: Move) -> None:
    """Every sub-process has the variables that its version declares, with their values where it had them."""
    for token in move.work.items.values():
        if token.role != SCOPE or token.node == NONE:
            continue
        was = move.was.get(token.id)
        before = move.old.scopes[move.old.nodes[was.node].body].local if was is not None else frozenset()
        after = move.new.scopes[move.new.nodes[token.node].body].local
        own = move.work.local.get(token.id, {})
        found = {name: value for name, value in own.items() if name in after or name not in before}
        found = {**dict.fromkeys(sorted(after - set(found))), **found}
        if found:
            move.work.local[token.id] = found
        else:
            move.work.local.pop(token.id, None)


def go_on(move: Move) -> None:
    """Tokens whose flow leads on now, joins that have all they wait for, conditions that hold."""
    work = move.work
    status, work.status = work.status, RUNNING
    for token in move.going:
        work.queue.append((token.node, token.parent, token.fork))
    for token in [t for t in work.items.values() if t.role == FLOW]:
        if complete(move, token.id):
            # the last token comes again, and finds that nothing is missing
            del work.items[token.id]
            work.queue.append((token.node, token.parent, token.fork))
    work.joins = any(token.role == FLOW for token in work.items.values())
    work.conditions = any(len(token.counts) == 2 and token.role == LISTEN for token in work.items.values())
    rest(work)
    if work.status == RUNNING:
        work.status = status


def complete(move: Move, identity: int) -> bool:
    """Whether this is the first token before a join, and all that it waits for are there."""
    work = move.work
    if identity not in work.items:
        return False
    token = work.items[identity]
    join = move.new.nodes[move.new.flows[token.node].target]
    here = [
        t
        for t in work.items.values()
        if t.role == FLOW and t.parent == token.parent and t.node in join.incoming
    ]
    if here[0].id != identity:
        return False
    if join.move == "parallel" and len(join.incoming) > 1:
        return {t.node for t in here} >= set(join.incoming)
    return join.needs > 1 and len(here) >= join.needs


def checks(
    move: Move, before: State, after: State, chosen: VersionMap, known: dict[Any, Any]
) -> list[Problem]:
    """What keeps the moved case from ending, and what it would leave out or miss."""
    found = prove(move.new, after, known)
    if any(one.blocks for one in found):
        # what was so in the old version already is no reason against the new one
        kinds = {one.kind for one in prove(move.old, before, known)}
        found = [
            problem(one.kind, one.element, str(one.params["element"]), blocks=False)
            if one.kind in kinds
            else one
            for one in found
        ]
    doubled = multiplicity(move.new, after)
    if sum(doubled.values()) > sum(multiplicity(move.old, before).values()):
        for _, waits, number in doubled:
            node = move.new.nodes[move.new.flows[number].target if waits else number]
            found.append(problem("meet", node.id, node.label))
    # both depend on where the case is, not on whose it is; the images are those of one map
    key = (move.images, before.shape, after.shape)
    found += kept(
        known,
        ("left out", *key),
        lambda: list(left_out(move.old, before, move.new, after, move.images, chosen.skip)),
    )
    needs = kept(known, ("needs", *key), lambda: list(needed(move.old, move.new, after)))
    found += lacking(needs, after, chosen.later)
    return found
