"""Reads of running cases; every one that a person asks for goes through his scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from xiaoneng.apps.engine.contracts import Doer, Live, TaskKind, TaskRow, TaskState
from xiaoneng.apps.engine.models import Instance, Subscription, Task, Timer
from xiaoneng.apps.engine.services.rights import APPLICANTS
from xiaoneng.apps.eventlog.selectors import chains
from xiaoneng.apps.organisations.contracts import Scope
from xiaoneng.apps.processes.selectors.processes import compiled
from xiaoneng.core.eventlog.proof.evidence import StoredEvent
from xiaoneng.core.process import load_state
from xiaoneng.core.process.state import FLOW, SCOPE, WAIT

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Run:
    """The version that an instance runs, the hash of its file, and the names of its process."""

    version: int
    sha256: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of tasks; ``more``: there is a next one. Nothing is counted over the whole table."""

    tasks: tuple[TaskRow, ...]
    number: int
    more: bool


def instances_visible(scope: Scope) -> QuerySet[Instance]:
    """Cases of the bodies in scope, cases in which one of them has a task, and one's own."""
    found = Instance.objects.all()
    if scope.everything:
        return found
    codes = list(scope.codes)
    # asked per case, by the index of its tasks: a list of all tasks of a body would grow for ever
    taken = Exists(Task.objects.filter(instance=OuterRef("pk"), body__in=codes))
    return found.filter(Q(body__in=codes) | Q(applicant=scope.user) | taken)


def instance_find(scope: Scope, pk: int) -> Instance | None:
    """The instance with this number, None where there is none to see."""
    return instances_visible(scope).filter(pk=pk).first()


def tasks_open(scope: Scope, doer: Doer, *, held: bool | None = None, page: int = 1) -> Page:
    """The inbox of a person: what he holds (``held=True``), what he may take (``held=False``), or both; the
    most urgent first, what has no due time last. One query."""
    mine = Q(holder=doer.user)
    free = Q(holder__isnull=True, kind=TaskKind.HUMAN, role__in=sorted(doer.roles - APPLICANTS))
    if not scope.everything:
        free &= Q(body=doer.body) if doer.body else Q(pk__in=[])
    elif doer.body:
        free &= Q(body=doer.body)
    own = Q(
        holder__isnull=True, kind=TaskKind.HUMAN, role__in=sorted(APPLICANTS), instance__applicant=doer.user
    )
    free |= own
    wanted = mine | free if held is None else mine if held else free
    found = Task.objects.filter(wanted, state=TaskState.OPEN, instance__ended_at__isnull=True)
    return _page(found, page)


def tasks_of_bodies(scope: Scope, *, page: int = 1) -> Page:
    """All open tasks in scope, for whoever answers for them; the most urgent first. One query."""
    found = Task.objects.filter(state=TaskState.OPEN)
    if not scope.everything:
        found = found.filter(body__in=list(scope.codes))
    return _page(found, page)


def faults(scope: Scope, *, page: int = 1) -> Page:
    """Tasks that stand still with a reason: calls given up, rules without an answer. One query."""
    found = Task.objects.filter(state=TaskState.OPEN).exclude(fault="")
    if not scope.everything:
        found = found.filter(instance__body__in=list(scope.codes))
    return _page(found, page)


def timers_dead(scope: Scope) -> QuerySet[Timer]:
    """Timers that were given up, with their fault."""
    found = Timer.objects.filter(next_at__isnull=True, due_at__isnull=False).select_related("instance")
    return found if scope.everything else found.filter(instance__body__in=list(scope.codes))


def _page(found: QuerySet[Task], page: int) -> Page:
    start = (max(1, page) - 1) * PAGE
    rows = found.order_by(F("due").asc(nulls_last=True), "id").values_list(
        "instance", "number", "instance__case", "instance__item", "element", "name", "role", "body",
        "holder", "state", "opened_at", "due", "fault",
    )[start : start + PAGE + 1]  # fmt: skip
    tasks = [TaskRow(*row) for row in rows]
    return Page(tuple(tasks[:PAGE]), max(1, page), len(tasks) > PAGE)


def tasks_of(instance: Instance) -> list[Task]:
    """Every task that an instance had, in the order in which they were opened. One query."""
    return list(Task.objects.filter(instance=instance.pk).order_by("number"))


def history(instance: Instance) -> list[StoredEvent]:
    """What happened in the case, oldest first, as the event log has it. One query."""
    return list(chains.events_of(instance.case))


def marking(instance: Instance) -> list[Live]:
    """The live elements of the diagram: tokens that rest on nodes and flows, running sub-processes, with the
    numbers of their open tasks. No query but the model's."""
    model = compiled(instance.version_id, instance.model)
    state = load_state(model, bytes(instance.state))
    tokens: Counter[str] = Counter()
    tasks: dict[str, list[int]] = {}
    for identity, (role, number, *_) in zip(state.ids, state.shape.items, strict=True):
        if role == FLOW:
            tokens[model.flows[number].id] += 1
        elif role in (WAIT, SCOPE):
            node = model.nodes[number]
            tokens[node.id] += 1
            if role == WAIT and node.move in ("work", "receive"):
                tasks.setdefault(node.id, []).append(identity)
    return [Live(element, count, tuple(tasks.get(element, ()))) for element, count in tokens.items()]


def messages_awaited(instance: Instance) -> list[str]:
    """Names of the messages that the instance waits for. One query."""
    found = Subscription.objects.filter(instance=instance.pk, kind="message").exclude(name="")
    return sorted(set(found.values_list("name", flat=True)))


def runs(instances: Iterable[int]) -> dict[int, Run]:
    """What each of some instances runs; for lists, after scope. One query."""
    found = Instance.objects.filter(pk__in=set(instances)).values_list(
        "pk", "version", "model", "version__process__name_zh", "version__process__name_en"
    )
    return {pk: Run(version, sha256, name_zh, name_en) for pk, version, sha256, name_zh, name_en in found}
