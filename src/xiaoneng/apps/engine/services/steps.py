"""One step is one transaction: state, tasks, timers, subscriptions, events, follow-up work, command."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.utils.timezone import localdate

from xiaoneng.apps.audit import services as audit
from xiaoneng.apps.engine import sql
from xiaoneng.apps.engine.contracts import Doer, Opened, Outcome
from xiaoneng.apps.engine.errors import AnotherCommand, Busy, NotAllowed, StoreFull, TooLate
from xiaoneng.apps.engine.models import CommandRecord
from xiaoneng.apps.engine.recording import Circumstances, log
from xiaoneng.apps.engine.records import dump, dump_outcome, load_outcome, slim
from xiaoneng.apps.engine.services import followups, recalling, rights, rules
from xiaoneng.apps.engine.services.keeping import Owner, keep, plan
from xiaoneng.apps.eventlog.contracts import ChainRef, NewEvent
from xiaoneng.apps.eventlog.errors import Changed
from xiaoneng.apps.eventlog.services.events import append, chain_open
from xiaoneng.apps.processes.selectors.processes import compiled, version_for_cases
from xiaoneng.core.errors import BadInput, NotFound, Place, XiaonengError
from xiaoneng.core.process import Model, Start, State, advance, dump_state, load_state
from xiaoneng.core.process import commands as c
from xiaoneng.core.process.work import Event

TRIES: Final = 8
STATE_BYTES: Final = 262_144
"""Most bytes of a state: gateway variables, not documents."""


class Clash(Exception):
    """Someone else was faster: read again."""


class Worked(NamedTuple):
    """A step and what rules added to it. ``faults`` say why a rule task stays open, by number."""

    state: State
    events: tuple[Event, ...]
    asked: list[c.Command]
    faults: dict[int, str]


def start(
    *,
    process: str,
    case: str,
    body: str,
    actor: Doer,
    at: datetime,
    command: UUID,
    data: Mapping[str, Any] | None = None,
    bodies: Mapping[str, str] | None = None,
    item: str = "",
    item_version: str = "",
    applicant: int | None = None,
    parent: int | None = None,
    event: str = "",
    opening: Mapping[str, Any] | None = None,
) -> Outcome:
    """Begin a case of the version of ``process`` that is in force today.

    ``body`` is the code of the body that handles it, ``bodies`` fill the parts that the model names,
    ``opening`` is what the opening event of the case tells (channel, materials …). The same ``command`` again
    gives the stored outcome.

    Raises:
        NotFound, NotInForce: no such process, none in force. CommandRefused, StepFault: it does not start so.
        BadInput: a part that nobody filled, a case number or data that cannot be used.
        AnotherCommand: the id was used for something else. Busy, StoreFull: nothing happened, try again.
    """
    asked = Start(event=event, data=data)
    filled = dict(bodies or {})

    def attempt() -> Outcome:
        db = sql.store()
        known = sql.recorded(db, command)
        if known is not None:
            return repeated(known, None, "Start")
        version, number, sha256 = version_for_cases(process, localdate(at))
        model = compiled(version, sha256)
        check_parts(model, filled)
        worked = work(model, None, slim(model, asked), at, actor, case, rules.private(model, data))
        planned = plan(db, model, None, worked.state, worked.events, at, Owner(body, filled))
        around = Circumstances(
            actor, applicant, body, filled, item, item_version, process, number, command.hex, opening or {}
        )
        news = log(model, worked.events, at, around, planned.dues, worked.state.variables)
        chain = append(chain_open(case, at), news, at)
        status = worked.state.status
        now = db.moment(at)
        row = (
            version, sha256, chain.id, chain.length, chain.head, dump_checked(worked.state),
            status, case, body, json.dumps(filled, ensure_ascii=False), item, item_version, applicant,
            now, now if worked.state.ended else None, parent,
        )  # fmt: skip
        instance = sql.begin(db, row)
        keep(db, instance, planned, now, actor.user)
        note(db, command, instance, 1, "Start", now, worked, planned.opened, planned.closed)
        followups.send(db, model, instance, case, worked.events, worked.state, worked.faults, at, 1)
        return Outcome(instance, 1, status, tuple(Opened(*one) for one in planned.opened), planned.closed)

    return carried_out(attempt, command, actor, at, f"start {process}", case)


def act(
    *,
    instance: int,
    command: c.Command,
    actor: Doer,
    at: datetime,
    command_id: UUID,
) -> Outcome:
    """Carry out a command on a running case; the same ``command_id`` again gives the stored outcome.

    Who acts is taken from ``actor``, whatever the command says.

    Raises:
        NotFound: no such instance or task. NotAllowed: it is not for this person. TooLate: someone else was
            first; the message says who. CommandRefused, StepFault: the case does not allow it, or cannot go
            on with these data. AnotherCommand, Busy, StoreFull: see ``start``. Nothing has changed then but
            the audit record.
    """

    def attempt() -> Outcome:
        db = sql.store()
        row = sql.read(db, instance, command_id, getattr(command, "task", None))
        if row is None:
            raise NotFound("there is no running case {instance}", instance=instance)
        if row.command_revision is not None:
            known = (row.command_instance, row.command_kind, row.command_revision, row.command_outcome)
            return repeated(known, instance, type(command).__name__)
        rights.permit(actor, command, row)
        return step(db, row, command, actor, at, command_id)

    return carried_out(attempt, command_id, actor, at, type(command).__name__, instance)


def step(
    db: sql.Store, row: sql.Read, command: c.Command, actor: Doer, at: datetime, command_id: UUID
) -> Outcome:
    """Work the step out and write it down, in the caller's transaction. Raises Clash."""
    model = compiled(row.version, row.model)
    state = load_state(model, bytes(row.state))
    asked = slim(model, named(command, actor, row))
    if type(asked) is c.Recall:
        asked = recalling.recall(row.id, asked, actor, state)
    elif type(asked) in (c.Delegate, c.Countersign, c.AddSign):
        rights.persons((asked.to,) if type(asked) is c.Delegate else asked.actors)  # type: ignore[union-attr] # the other two
    private = rules.private(model, getattr(command, "data", None))
    worked = work(model, state, asked, at, actor, row.case, private)
    bodies = parts_of(row.bodies)
    planned = plan(db, model, state, worked.state, worked.events, at, Owner(row.body, bodies))
    around = Circumstances(
        actor, row.applicant, row.body, bodies, row.item, row.item_version, "", 0, command_id.hex
    )
    news = log(model, worked.events, at, around, planned.dues, worked.state.variables)
    chain = append_to(row, news, at)
    status = worked.state.status
    now = db.moment(at)
    ended = None if status == row.status else (status, now if worked.state.ended else None)
    if not sql.step(db, row.id, row.revision, dump_checked(worked.state), chain[2:], ended):
        raise Clash
    revision = row.revision + 1
    keep(db, row.id, planned, now, actor.user)
    note(
        db, command_id, row.id, revision, type(command).__name__, now, worked,
        planned.opened, planned.closed,
    )  # fmt: skip
    followups.send(db, model, row.id, row.case, worked.events, worked.state, worked.faults, at, revision)
    return Outcome(row.id, revision, status, tuple(Opened(*one) for one in planned.opened), planned.closed)


def append_to(row: sql.Read, news: list[NewEvent], at: datetime) -> ChainRef:
    """The chain of the case with these events. Another app may have written to it since our last step."""
    chain = ChainRef(row.chain, row.case, row.chain_length, bytes(row.chain_head))
    if not news:
        return chain
    try:
        return append(chain, news, at)
    except Changed:
        return append(chain_open(row.case, at), news, at)


def work(
    model: Model,
    before: State | None,
    asked: c.Command,
    at: datetime,
    actor: Doer,
    case: str,
    private: Mapping[str, Any],
) -> Worked:
    """The step, and after it every rule task that it opened, decided at once."""
    done = advance(model, before, asked, at)
    worked = Worked(done.state, done.events, [asked], {})
    return rules.decide_all(model, worked, at, actor, case, private) if rules.has_rules(model) else worked


def named(command: c.Command, actor: Doer, row: sql.Read) -> c.Command:
    """The command in the name of who asks; ``permit`` has seen that he may. The platform acts for whoever
    holds the task, a manager hands over what is not his own."""
    if "by" not in command._fields:
        return command
    holder = row.task_holder
    if type(command) is c.Delegate and holder != actor.user:
        by = ""
    elif holder is not None:
        by = str(holder)
    elif actor.user is not None:
        by = actor.by
    else:
        by = command.by  # type: ignore[union-attr] # it has the field
    return command if command.by == by else command._replace(by=by)  # type: ignore[union-attr,call-arg] # likewise


def note(
    db: sql.Store,
    command: UUID,
    instance: int,
    revision: int,
    kind: str,
    now: Any,
    worked: Worked,
    opened: tuple[tuple[int, str], ...],
    closed: tuple[int, ...],
) -> None:
    """Keep the command with its outcome."""
    outcome = dump_outcome(worked.state.status, opened, closed)
    sql.record(db, command, instance, revision, kind, now, dump(worked.asked), outcome)


def repeated(known: Any, instance: int | None, kind: str) -> Outcome:
    """The stored answer. Raises AnotherCommand where the id belongs to something else."""
    owner, was, revision, outcome = known
    if was != kind or (instance is not None and owner != instance):
        raise AnotherCommand(
            "this command's id was used for another command ({kind} on {instance})",
            kind=was,
            instance=owner,
            expected="a fresh id for every command",
        )
    return load_outcome(owner, revision, outcome)


def dump_checked(state: State) -> bytes:
    """The state as bytes. Raises BadInput for one that holds documents rather than facts."""
    found = dump_state(state)
    if len(found) > STATE_BYTES:
        raise BadInput(
            "the variables of the case take {size} bytes",
            place=Place(field="data"),
            expected="at most {limit}; documents and forms do not belong into variables",
            size=len(found),
            limit=STATE_BYTES,
        )
    return found


@lru_cache(maxsize=256)
def parts(model: Model) -> Mapping[str, str]:
    """The parts that a start has to fill, each with the element that names it first."""
    found: dict[str, str] = {}
    for node in model.nodes:
        name = node.facts.body
        if name and name != "case" and len(name) != 18:
            found.setdefault(name, node.label)
    return found


def check_parts(model: Model, filled: Mapping[str, str]) -> None:
    """Raises BadInput for a part of the model that no body fills."""
    for name, element in parts(model).items():
        if len(filled.get(name, "")) != 18:
            raise BadInput(
                "no body fills the part {part} of {element}",
                place=Place(field="bodies"),
                expected="the code of a body for each of {parts}",
                part=name,
                element=element,
                parts=", ".join(parts(model)),
            )


@lru_cache(maxsize=1024)
def _parts_text(text: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(text)
    return found


def parts_of(stored: str | dict[str, str]) -> dict[str, str]:
    """The filled parts as they were stored."""
    return _parts_text(stored) if isinstance(stored, str) else stored


def carried_out(
    attempt: Callable[[], Outcome], command: UUID, actor: Doer, at: datetime, what: str, where: object
) -> Outcome:
    """Try until nobody else was faster; a refusal leaves a line in the audit record and nothing else."""
    for left in reversed(range(TRIES)):
        try:
            with connection.wrap_database_errors, transaction.atomic():
                return attempt()
        except (Clash, Changed):
            continue
        except IntegrityError:
            # the same command was carried out at the same moment: its outcome is there now
            if not left or not CommandRecord.objects.filter(command=command).exists():
                raise
        except OperationalError as error:
            raise store_error(error) from error
        except DatabaseError as error:
            if is_full(error):
                raise store_error(error) from error
            raise
        except (NotAllowed, TooLate, BadInput) as error:
            refused(actor, what, where, at, error)
            raise
    raise Busy(
        "the case was changed by others all the time",
        hint="Nothing happened; try again in a moment",
    )


def refused(actor: Doer, what: str, where: object, at: datetime, error: XiaonengError) -> None:
    """The audit line of a refusal. Data never stand in it."""
    audit.record(
        actor=actor.actor,
        action="engine.act",
        at=at,
        outcome="refused",
        object_type="instance",
        object_id=where,
        reason=f"{what}: {error.code}",
    )


def is_full(error: Exception) -> bool:
    """Whether the disk is full, in the words of SQLite and of PostgreSQL."""
    text = str(error).lower()
    return "disk is full" in text or "no space left" in text


def store_error(error: Exception) -> XiaonengError:
    """A database that cannot write now, in words that say what to do."""
    if is_full(error):
        return StoreFull(
            "the database cannot grow: the disk is full",
            hint="Nothing was written; free some space and send the command again",
        )
    return Busy(
        "the database is busy or away",
        hint="Nothing was written; send the same command again",
    )
