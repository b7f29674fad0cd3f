"""One running case: where it stands, what one may do, what has happened; and the acts themselves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from xiaoneng.apps.accounts.contracts import Person
from xiaoneng.apps.accounts.selectors import names as names_of
from xiaoneng.apps.engine import services
from xiaoneng.apps.engine.contracts import Doer, TaskKind, TaskState
from xiaoneng.apps.engine.selectors import instance_find, marking, messages_awaited, tasks_of
from xiaoneng.apps.engine.services.calls import call_again
from xiaoneng.apps.engine.services.rights import doer_of, may_do, reaches
from xiaoneng.apps.eventlog.selectors.chains import events_of
from xiaoneng.apps.eventlog.services.events import SYSTEM
from xiaoneng.apps.organisations.selectors import colleagues, scope_of
from xiaoneng.apps.processes.selectors.processes import compiled, version_known
from xiaoneng.core.errors import BadInput, XiaonengError
from xiaoneng.core.process import (
    AddSign,
    Cancel,
    Claim,
    Command,
    Complete,
    Countersign,
    Delegate,
    Model,
    Recall,
    Release,
    Resume,
    SendBack,
    Suspend,
)
from xiaoneng.core.process.going_back import earlier_steps
from xiaoneng.core.process.questions import questions_of
from xiaoneng.web.actor import actor_of, user_of
from xiaoneng.web.language import error_text, language, role_name, words
from xiaoneng.web.views.processes_common import drawing
from xiaoneng.web.views.work import answers, body_names, command_id, due_light, fields, title_of

STATUS: Final = {
    "running": ("green", gettext_lazy("in process")),
    "suspended": ("grey", gettext_lazy("suspended")),
    "completed": ("none", gettext_lazy("completed")),
    "terminated": ("none", gettext_lazy("terminated")),
    "cancelled": ("none", gettext_lazy("cancelled")),
    "failed": ("red", gettext_lazy("failed")),
}
# what a line of the history says; moves of the engine that no reader asks for are left out
LIFECYCLES: Final = {
    "start": gettext_lazy("taken"),
    "assign": gettext_lazy("further signers asked"),
    "reassign": gettext_lazy("handed over or given back"),
    "withdraw": gettext_lazy("withdrawn undone"),
    "suspend": gettext_lazy("suspended"),
    "resume": gettext_lazy("resumed"),
}
MICROS: Final = 1_000_000
HOUR: Final = 3600
SILENT: Final = ("gateway.", "part.", "timer.", "event.awaited", "process.changed", "process.started")
DONE: Final = {
    "claim": gettext_lazy("The task is yours."),
    "release": gettext_lazy("The task was given back."),
    "complete": gettext_lazy("Done."),
    "delegate": gettext_lazy("The task was handed over."),
    "sign": gettext_lazy("Further signers were asked."),
    "back": gettext_lazy("The case was sent back."),
    "recall": gettext_lazy("The case was taken back."),
    "message": gettext_lazy("Registered."),
    "again": gettext_lazy("The call is tried again."),
    "suspend": gettext_lazy("The case is suspended; its statutory clock goes on."),
    "resume": gettext_lazy("The case goes on."),
    "cancel": gettext_lazy("The case was cancelled."),
}


def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The case as this reader may see it."""
    user = user_of(request)
    instance = instance_find(scope_of(user), pk)
    if instance is None:
        raise Http404
    doer = doer_of(user, actor_of(request))
    model = compiled(instance.version_id, instance.model)
    tasks = tasks_of(instance)
    people = names_of({task.holder_id for task in tasks if task.holder_id is not None})
    names = body_names({instance.body, *(task.body for task in tasks)})
    live = marking(instance) if instance.ended_at is None else []
    now = timezone.now()
    done = [task.element for task in tasks if task.state == TaskState.DONE]
    shown = [
        _task(model, task, doer, instance, done) | _said(task, people, names, now)
        for task in tasks
        if not task.closed_at
    ]
    manages = reaches(doer, instance.body)
    version = version_known(instance.version_id)
    context = {
        "instance": instance,
        "process": version.process,
        "name": version.process.name_en
        if language() == "en" and version.process.name_en
        else version.process.name_zh,
        "edition": version,
        "status": STATUS[instance.status],
        "body": names.get(instance.body, instance.body),
        "started": words().moment(localtime(instance.started_at)),
        "took": words().duration((instance.ended_at - instance.started_at).total_seconds(), long=True)
        if instance.ended_at
        else "",
        "steps": len(done),
        "ended": words().moment(localtime(instance.ended_at)) if instance.ended_at else "",
        "mine": [task for task in shown if task["may"]],
        "others": [task for task in shown if not task["may"]],
        "waiting": messages_awaited(instance) if manages or doer.body == instance.body else [],
        "recallable": _recallable(model, tasks, user, instance),
        "manages": manages and instance.ended_at is None,
        "history": list(_history(instance.case, model, names)),
        "picture": drawing(version.process.key, version.number),
        "marks": json.dumps(_marks(live, tasks), ensure_ascii=False),
    }
    return render(request, "web/work/case.html", context)


def _task(model: Model, task: Any, doer: Doer, instance: Any, done: list[str]) -> dict[str, Any]:
    """What this person may do with an open task."""
    node = model.node(task.element)
    mine = task.holder_id is not None and task.holder_id == doer.user
    free = task.holder_id is None and may_do(doer, task.role, task.body, instance.applicant_id)
    human = task.kind == TaskKind.HUMAN and task.state == TaskState.OPEN
    may = human and (mine or free) and instance.status == "running"
    return {
        "title": title_of(node, task.name or task.element),
        "prefix": f"t{task.number}-",
        "mine": mine,
        "may": may,
        "again": bool(task.fault) and task.kind == TaskKind.SERVICE and reaches(doer, instance.body),
        "fields": fields(questions_of(model, node.index), {}) if may and node is not None else [],
        "earlier": [(one.id, title_of(one, one.id)) for one in earlier_steps(model, task.element, done)]
        if may
        else [],
        "colleagues": [one for one in colleagues(task.body, task.role) if one[0] != doer.user] if may else [],
    }


def _said(task: Any, people: dict[int, str], names: dict[str, str], now: datetime) -> dict[str, Any]:
    """What everybody reads about an open task."""
    light, due = due_light(task.due, now)
    return {
        "task": task,
        "light": light,
        "due": due,
        "holder": people.get(task.holder_id, ""),
        "body": names.get(task.body, task.body),
        "role": role_name(task.role),
        "opened": words().moment(localtime(task.opened_at)),
    }


def who(code: str) -> str:
    """Whoever acted, by his role; the platform itself has none of its own."""
    return _("the platform") if code == SYSTEM else role_name(code)


def _recallable(model: Model, tasks: Any, user: Person, instance: Any) -> list[tuple[str, str]]:
    """Steps that this person completed last and might take back; the engine decides whether it still can."""
    if instance.status != "running":
        return []
    done = [task for task in tasks if task.state == TaskState.DONE and task.closed_by_id == user.pk]
    return [(task.element, title_of(model.node(task.element), task.name)) for task in done[-1:]]


def _marks(live: Any, tasks: Any) -> dict[str, list[str]]:
    marks: dict[str, list[str]] = {}
    for task in tasks:
        if task.state == TaskState.DONE:
            marks[task.element] = ["xn-done", "", ""]
    for one in live:
        many = str(one.tokens) if one.tokens > 1 else ""
        marks[one.element] = ["xn-live", many, _("the case is here")]
    return marks


def _history(case: str, model: Model, names: dict[str, str]) -> Iterator[dict[str, Any]]:
    """What happened, oldest first: from the hash-chained events, which name no person."""
    previous = 0
    for event in events_of(case):
        if event.type.startswith(SILENT) or event.lifecycle == "schedule":
            continue
        gap = (event.occurred - previous) / MICROS if previous else 0.0
        previous = event.occurred
        title = title_of(model.node(event.element), event.activity)
        said = LIFECYCLES.get(event.lifecycle)  # that something is done goes without saying
        yield {
            "title": f"{title} · {said}" if said else title,
            "when": words().moment(localtime(datetime.fromtimestamp(event.occurred / MICROS, UTC))),
            "who": who(event.role),
            "where": names.get(event.body, event.body),
            "gap": words().duration(gap) if gap >= HOUR else "",
            "gap_long": gap >= 5 * 24 * HOUR,
        }


@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry out what the form asks; a refusal comes back as a message and has changed nothing."""
    user = user_of(request)
    instance = instance_find(scope_of(user), pk)
    if instance is None:
        raise Http404
    doer = doer_of(user, actor_of(request))
    what = request.POST.get("act", "")
    at, identity = timezone.now(), command_id(request)
    try:
        if what == "message":
            _message(request, instance, doer, at, identity)
        elif what == "again":
            call_again(instance=pk, task=_number(request), actor=doer, at=at)
        else:
            build = BUILDERS.get(what)
            if build is None:
                raise BadInput("the form was sent incomplete", hint="Load the page again")
            model = compiled(instance.version_id, instance.model)
            services.act(instance=pk, command=build(request, model), actor=doer, at=at, command_id=identity)
    except XiaonengError as error:
        messages.error(request, error_text(error))
    else:
        messages.success(request, DONE[what])
    return redirect("work-case", pk)


def _message(request: HttpRequest, instance: Any, doer: Doer, at: Any, identity: Any) -> None:
    """Register what came from outside; only whoever works on the case at its body may."""
    if doer.body != instance.body and not reaches(doer, instance.body):
        raise BadInput("what comes in is registered by the body that handles the case")
    services.deliver(
        name=request.POST.get("name", "")[:200],
        instance=instance.pk,
        at=at,
        command=identity,
        actor=Doer(doer.actor, doer.roles, doer.body, trusted=True),
    )


def _number(request: HttpRequest) -> int:
    text = request.POST.get("task", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadInput("the form was sent incomplete", hint="Load the page again")
    return int(text)


def _complete(request: HttpRequest, model: Model) -> Command:
    node = model.node(request.POST.get("element", ""))
    asked = questions_of(model, node.index) if node is not None else ()
    return Complete(_number(request), answers(asked, request.POST, required=True))


def _signers(request: HttpRequest, _model: Model) -> Command:
    actors = tuple(request.POST.getlist("who"))
    if request.POST.get("order") == "together":
        return Countersign(_number(request), actors)
    return AddSign(_number(request), actors, before=request.POST.get("order") == "before")


BUILDERS: Final[dict[str, Callable[[HttpRequest, Model], Command]]] = {
    "claim": lambda request, _model: Claim(_number(request), ""),
    "release": lambda request, _model: Release(_number(request), ""),
    "complete": _complete,
    "delegate": lambda request, _model: Delegate(_number(request), request.POST.get("who", "")),
    "sign": _signers,
    "back": lambda request, _model: SendBack(_number(request), request.POST.get("to", "")),
    "recall": lambda request, _model: Recall(request.POST.get("to", ""), ()),
    "suspend": lambda _request, _model: Suspend(),
    "resume": lambda _request, _model: Resume(),
    "cancel": lambda _request, _model: Cancel(),
}
