"""Who may do what with a case: one function, asked before every step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from xiaoneng.apps.accounts.contracts import Person
from xiaoneng.apps.accounts.selectors import usernames
from xiaoneng.apps.audit.contracts import Actor
from xiaoneng.apps.engine.contracts import Doer, TaskKind, TaskState
from xiaoneng.apps.engine.errors import NotAllowed, TooLate
from xiaoneng.apps.engine.sql import Read
from xiaoneng.apps.organisations.selectors import body_of, scope_of
from xiaoneng.core.errors import BadInput, NotFound
from xiaoneng.core.process import commands as c

MANAGE: Final = "engine.manage"
APPLICANTS: Final = frozenset(("citizen", "enterprise"))
# what only a service does after it has checked the right itself
SERVICES: Final = (c.Message, c.Signal, c.TimerDue, c.SetData)
MANAGERS: Final = (c.Suspend, c.Resume, c.Cancel)


def doer_of(person: Person, actor: Actor, posts: Iterable[str] = ()) -> Doer:
    """The person as the engine sees him; asked once per request (two queries)."""
    own = body_of(person)
    scope = scope_of(person)
    return Doer(
        actor=actor,
        roles=frozenset((person.role, *posts)),
        body=own.code if own else "",
        manages=person.may(MANAGE),
        reach=None if scope.everything else scope.codes,
    )


def may_do(doer: Doer, role: str, body: str, applicant: int | None) -> bool:
    """Whether a person may take a task that nobody holds: its role and body are his; what the applicant has
    to do is done by the applicant."""
    if doer.trusted:
        return True
    if role in APPLICANTS:
        return doer.user is not None and doer.user == applicant
    return (not role or role in doer.roles) and (not body or body == doer.body)


def reaches(doer: Doer, body: str) -> bool:
    """Whether the person manages cases of this body."""
    return doer.trusted or (doer.manages and (doer.reach is None or body in doer.reach))


def permit(doer: Doer, command: c.Command, row: Read) -> None:
    """Raises NotAllowed for what the person may not do, TooLate where someone else was first, NotFound for a
    task that the case never had."""
    if hasattr(command, "task"):
        permit_task(doer, command, row)
    elif type(command) is c.Recall:
        return  # only what the person himself completed is looked for
    elif isinstance(command, SERVICES):
        if not doer.trusted:
            raise NotAllowed("{command} is for the platform itself", command=type(command).__name__)
    elif isinstance(command, MANAGERS) and not reaches(doer, row.body):
        raise NotAllowed(
            "the case {case} lies outside of what you manage",
            case=row.case,
            expected="someone who manages the cases of its body",
        )


def permit_task(doer: Doer, command: c.Command, row: Read) -> None:
    """The part of ``permit`` about tasks; ``row`` holds the task that the command names."""
    number = getattr(command, "task", 0)
    if row.task_state is None:
        raise NotFound("the case {case} has no task {task}", case=row.case, task=number)
    if row.task_state in (TaskState.DONE, TaskState.WITHDRAWN):
        raise closed(row, number)
    holder = row.task_holder
    if holder is not None:
        if holder == doer.user or doer.trusted:
            return
        if type(command) is c.Delegate and reaches(doer, row.task_body or row.body):
            return
        raise TooLate(
            "the task {task} is held by {who}",
            task=row.task_name or number,
            who=who_is(holder),
            hint="Ask for it to be released or handed over",
        )
    if type(command) is c.Delegate and reaches(doer, row.task_body or row.body):
        return
    if row.task_kind != TaskKind.HUMAN and not doer.trusted:
        raise NotAllowed("the task {task} is done by the platform", task=row.task_name or number)
    if not may_do(doer, row.task_role or "", row.task_body or "", row.applicant):
        raise NotAllowed(
            "the task {task} is for {role} of {body}",
            task=row.task_name or number,
            role=row.task_role or "-",
            body=row.task_body or "-",
        )


def closed(row: Read, number: int) -> TooLate:
    """Who was first."""
    if row.task_state == TaskState.WITHDRAWN:
        return TooLate(
            "the task {task} was withdrawn meanwhile",
            task=row.task_name or number,
            hint="Load the case again to see where it stands",
        )
    return TooLate(
        "the task {task} was already done by {who}",
        task=row.task_name or number,
        who=who_is(row.task_closed_by),
        hint="Load the case again to see where it stands",
    )


def who_is(user: int | None) -> str:
    """How a colleague is named in a message."""
    return "-" if user is None else usernames([user]).get(user, str(user))


def persons(named: Iterable[str]) -> None:
    """Raises BadInput where a task would be handed to somebody who does not exist."""
    wanted = {int(who) for who in named if who.isdecimal()}
    known = usernames(wanted)
    unknown = [who for who in named if not who.isdecimal() or int(who) not in known]
    if unknown:
        raise BadInput("there is no person {who}", who=", ".join(unknown), expected="the numbers of users")
