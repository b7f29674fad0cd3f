"""Moving running cases to another version of their process: by an explicit map, first dry, revertible."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from django.db import transaction

from xiaoneng.apps.audit import services as audit
from xiaoneng.apps.engine import sql
from xiaoneng.apps.engine.contracts import Doer, MigrationReport, Moved
from xiaoneng.apps.engine.errors import NotAllowed
from xiaoneng.apps.engine.models import Instance, MigratedInstance, Migration
from xiaoneng.apps.engine.recording import actor_of
from xiaoneng.apps.engine.records import Moving, dump_move, dump_outcome
from xiaoneng.apps.engine.services import followups
from xiaoneng.apps.engine.services.resync import Changes, resync, timer_rows
from xiaoneng.apps.engine.services.rights import reaches
from xiaoneng.apps.engine.services.steps import Clash, append_to, check_parts, dump_checked, parts_of
from xiaoneng.apps.eventlog.contracts import NewEvent
from xiaoneng.apps.eventlog.errors import Changed
from xiaoneng.apps.eventlog.services.events import SYSTEM
from xiaoneng.apps.processes.selectors.processes import compiled, sha256_of
from xiaoneng.core.errors import BadInput, NotFound, XiaonengError
from xiaoneng.core.process import Model, State, load_state
from xiaoneng.core.process.migration import VersionMap, check_map
from xiaoneng.core.process.migration import migrate as move_state

MOVED: Final = UUID("2f6a6d5e-9f0a-5c55-8a43-6d1f0d6c9b77")
TRIES: Final = 5


def migrate(
    *,
    source: int,
    target: int,
    chosen: VersionMap,
    actor: Doer,
    at: datetime,
    note: str = "",
    dry_run: bool = False,
    only: Collection[int] | None = None,
) -> MigrationReport:
    """Move the running cases of version ``source`` to version ``target``, each in a transaction of its own;
    ``only`` these instances. A dry run says what would happen and writes nothing.

    A case that cannot be moved stays as it is, with the reason in the report. Raises NotAllowed, NotFound,
    BadInput where the map itself is wrong or no note says why.
    """
    if not (actor.trusted or actor.manages):
        raise NotAllowed("only who manages cases may move them to another version")
    if not dry_run and not note.strip():
        raise BadInput("say in the note why the cases are moved")
    ends = ((source, sha256_of(source)), (target, sha256_of(target)))
    old, new = (compiled(*end) for end in ends)
    wrong = [problem for problem in check_map(old, new, chosen) if problem.blocks]
    if wrong:
        if dry_run:
            return MigrationReport(None, (), tuple(map(str, wrong)))
        raise BadInput("the map cannot be used: {reason}", reason=str(wrong[0]))
    header = None
    if not dry_run:
        header = Migration.objects.create(
            source_id=source,
            target_id=target,
            map=plain(chosen),
            by_id=actor.user,
            at=at,
            note=note.strip()[:500],
        )
    known: dict[Any, Any] = {}
    moved = []
    for instance in running(source, only):
        moved.append(one(instance, ends, old, new, chosen, actor, at, header, known))
    if header is not None:
        audit.record(
            actor=actor.actor,
            action="engine.migrate",
            at=at,
            object_type="migration",
            object_id=header.pk,
            reason=f"{source} to {target}: {sum(m.ok for m in moved)} of {len(moved)}",
        )
    return MigrationReport(header.pk if header else None, tuple(moved))


def running(version: int, only: Collection[int] | None) -> Iterator[int]:
    """The live cases of a version, by number."""
    found = Instance.objects.filter(version=version, ended_at__isnull=True).order_by("pk")
    if only is not None:
        found = found.filter(pk__in=list(only))
    return iter(list(found.values_list("pk", flat=True)))


def one(
    instance: int,
    ends: tuple[tuple[int, str], tuple[int, str]],
    old: Model,
    new: Model,
    chosen: VersionMap,
    actor: Doer,
    at: datetime,
    header: Migration | None,
    known: dict[Any, Any],
) -> Moved:
    """One case: moved, or left with the reason."""
    command = uuid5(MOVED, f"{header.pk if header else 0}:{instance}")
    case = ""
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                db = sql.store()
                row = sql.read(db, instance, command, None)
                if row is None or row.version != ends[0][0]:
                    return Moved(instance, case, ok=False, reason="it runs another version by now")
                case = row.case
                if not reaches(actor, row.body):
                    return Moved(instance, case, ok=False, reason="it lies outside of what you manage")
                bodies = parts_of(row.bodies)
                check_parts(new, bodies)
                before = bytes(row.state)
                result = move_state(old, load_state(old, before), new, chosen, at, known=known)
                if result.state is None:
                    raise BadInput(
                        "the case cannot be moved: {reason}", reason="; ".join(map(str, result.problems))
                    )
                if header is None:
                    return Moved(instance, case, ok=True, marking=marking_of(new, result.state))
                kept = timer_rows(instance)
                changes = resync(row, new, result.state, at, bodies)
                moving = Moving(*ends, chosen=plain(chosen))
                finish(db, row, result.state, ends[1], "Migrate", moving, changes, new, actor, at, command)
                calls(new, instance, result.state, changes, at)
                MigratedInstance.objects.create(
                    migration=header,
                    instance_id=instance,
                    before=before,
                    revision=row.revision + 1,
                    timers=kept,
                )
                return Moved(instance, case, ok=True, marking=marking_of(new, result.state))
        except (Clash, Changed):
            continue
        except XiaonengError as error:
            if header is not None:
                MigratedInstance.objects.create(
                    migration=header, instance_id=instance, before=b"", revision=0, reason=str(error)[:500]
                )
            return Moved(instance, case, ok=False, reason=str(error))
    return Moved(instance, case, ok=False, reason="it was changed by others all the time")


def migration_undo(*, migration: int, actor: Doer, at: datetime, note: str) -> MigrationReport:
    """Bring the cases of a migration back to the version and state they had before; a case that has moved
    since stays where it is. Raises NotFound, NotAllowed, BadInput."""
    if not (actor.trusted or actor.manages):
        raise NotAllowed("only who manages cases may move them to another version")
    header = Migration.objects.filter(pk=migration).first()
    if header is None:
        raise NotFound("there is no migration {migration}", migration=migration)
    if not note.strip():
        raise BadInput("say in the note why the cases are moved")
    ends = ((header.target_id, sha256_of(header.target_id)), (header.source_id, sha256_of(header.source_id)))
    model = compiled(*ends[1])
    moved = []
    for entry in MigratedInstance.objects.filter(migration=header, reason="", undone=False).order_by("pk"):
        moved.append(_back(entry, ends, model, actor, at))
    if all(m.ok for m in moved):
        Migration.objects.filter(pk=migration).update(undone_at=at)
    audit.record(
        actor=actor.actor,
        action="engine.migrate-undo",
        at=at,
        object_type="migration",
        object_id=migration,
        reason=f"{sum(m.ok for m in moved)} of {len(moved)}: {note.strip()}",
    )
    return MigrationReport(migration, tuple(moved))


def _back(
    entry: MigratedInstance,
    ends: tuple[tuple[int, str], tuple[int, str]],
    model: Model,
    actor: Doer,
    at: datetime,
) -> Moved:
    """One case of a migration that is undone."""
    instance = entry.instance_id
    command = uuid5(MOVED, f"{entry.migration_id}:{instance}:back")
    case = ""
    try:
        with transaction.atomic():
            db = sql.store()
            row = sql.read(db, instance, command, None)
            assert row is not None
            case = row.case
            if row.revision != entry.revision:
                raise BadInput("the case has gone on since it was moved")
            if not reaches(actor, row.body):
                raise NotAllowed("it lies outside of what you manage")
            before = load_state(model, entry.before)
            # ids never come back: what was opened meanwhile must not meet what is opened later
            state = before._replace(next=load_state(compiled(*ends[0]), bytes(row.state)).next)
            back = {timer.pop("number"): timer for timer in revived(entry.timers)}
            changes = resync(row, model, state, at, parts_of(row.bodies), timers=back)
            moving = Moving(*ends, chosen=None, back=dump_checked(state).hex())
            finish(db, row, state, ends[1], "Unmigrate", moving, changes, model, actor, at, command)
            MigratedInstance.objects.filter(pk=entry.pk).update(undone=True)
    except (Clash, Changed):
        return Moved(instance, case, ok=False, reason="the case has gone on since it was moved")
    except XiaonengError as error:
        return Moved(instance, case, ok=False, reason=str(error))
    return Moved(instance, case, ok=True, marking=marking_of(model, state))


def finish(
    db: sql.Store,
    row: sql.Read,
    state: State,
    end: tuple[int, str],
    kind: str,
    moving: Moving,
    changes: Changes,
    model: Model,
    actor: Doer,
    at: datetime,
    command: UUID,
) -> None:
    """Events, the instance itself, the command."""
    chain = append_to(row, events(row, changes, model, actor, at, command), at)
    now = db.moment(at)
    ended = None if state.status == row.status else (state.status, now if state.ended else None)
    if not sql.step(db, row.id, row.revision, dump_checked(state), chain[2:], ended):
        raise Clash
    Instance.objects.filter(pk=row.id).update(version=end[0], model=end[1])
    told = dump_outcome(state.status, changes.opened, [number for number, _ in changes.gone])
    sql.record(db, command, row.id, row.revision + 1, kind, now, dump_move(moving), told)


def events(
    row: sql.Read, changes: Changes, model: Model, actor: Doer, at: datetime, command: UUID
) -> list[NewEvent]:
    """The migration itself, then the tasks that it opened and took away."""
    who = actor_of(actor, row.applicant)
    found = [
        NewEvent(
            "process.migrated",
            at,
            actor=who,
            role=actor.actor.role,
            body=row.body,
            item=row.item,
            version=row.item_version,
            data={"command": command.hex},
        )
    ]
    for number, element, lifecycle in (
        *((number, element, "withdraw") for number, element in changes.gone),
        *((number, element, "schedule") for number, element in changes.opened),
    ):
        node = model.node(element)
        found.append(
            NewEvent(
                "step.done",
                at,
                lifecycle,
                element,
                node.name if node is not None else "",
                SYSTEM,
                "",
                row.body,
                row.item,
                row.item_version,
                number,
                {"reason": "migrated"},
            )
        )
    return found


def calls(model: Model, instance: int, state: State, changes: Changes, at: datetime) -> None:
    """Connectors of service tasks that the migration opened."""
    for number, element in changes.opened:
        node = model.node(element)
        if node is not None and node.kind == "serviceTask" and node.facts.connector and number in state.ids:
            followups.call(instance, number, node.facts.connector, at)


def marking_of(model: Model, state: State) -> tuple[str, ...]:
    """Where the case would be: names of the steps that wait."""
    alive = (item[1] for item in state.shape.items if item[0] == 0)
    return tuple(sorted({model.nodes[number].label for number in alive}))


def plain(chosen: VersionMap) -> dict[str, Any]:
    """The map as JSON data."""
    return {
        name: dict(value) if isinstance(value, Mapping) else sorted(value)
        for name, value in asdict(chosen).items()
    }


def revived(timers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Timer rows as they were stored, with times as times."""
    times = ("set_at", "due_at", "next_at")
    return [
        {n: datetime.fromisoformat(v) if n in times and isinstance(v, str) else v for n, v in timer.items()}
        for timer in timers
    ]
