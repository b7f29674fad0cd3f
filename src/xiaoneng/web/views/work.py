"""Work: the tasks that wait for someone, and the beginning of a case."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiaoneng.apps.accounts.contracts import Person
from xiaoneng.apps.engine import selectors, services
from xiaoneng.apps.engine.contracts import Doer, TaskRow
from xiaoneng.apps.engine.services.rights import MANAGE, doer_of
from xiaoneng.apps.engine.services.steps import parts
from xiaoneng.apps.organisations.selectors import bodies_visible, public_scope, scope_of
from xiaoneng.apps.processes.errors import NotInForce
from xiaoneng.apps.processes.selectors.processes import compiled, processes_visible, version_current
from xiaoneng.core.errors import BadInput, Place, XiaonengError
from xiaoneng.core.process import Claim, Model
from xiaoneng.core.process.model import Node
from xiaoneng.core.process.questions import Question, questions_at_start
from xiaoneng.web.actor import actor_of, user_of
from xiaoneng.web.language import error_text, in_language, words

SOON: Final = timedelta(days=1)
ANSWER: Final = "answer."
PART: Final = "part."


def overview(request: HttpRequest) -> HttpResponse:
    """The inbox: what one holds, what one may take, and for who manages all of his bodies."""
    user = user_of(request)
    scope, doer = scope_of(user), doer_of(user, actor_of(request))
    tab = request.GET.get("list", "")
    tabs = _tabs(user)
    tab = tab if tab in dict(tabs) else "free"
    number = request.GET.get("page", "1")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    if tab == "all":
        found = selectors.tasks_of_bodies(scope, page=page)
    elif tab == "stuck":
        found = selectors.faults(scope, page=page)
    else:
        found = selectors.tasks_open(scope, doer, held=tab == "mine", page=page)
    names = body_names({task.body for task in found.tasks})
    runs = selectors.runs(task.instance for task in found.tasks)
    now = timezone.now()
    context = {
        "tab": tab,
        "tabs": tabs,
        "tasks": [task_row(task, runs[task.instance], names, now, user.pk) for task in found.tasks],
        "page": found.number,
        "more": found.more,
        "may_start": user.may("work.start"),
    }
    return render(request, "web/work/list.html", context)


def _tabs(user: Person) -> list[tuple[str, str]]:
    tabs = [("free", _("To be taken")), ("mine", _("Held by me"))]
    if user.may(MANAGE):
        tabs += [("all", _("All of my bodies")), ("stuck", _("Standing still"))]
    return tabs


def body_names(codes: set[str]) -> dict[str, str]:
    """Names of bodies by code; a body's name is public. One query."""
    found = bodies_visible(public_scope()).filter(code__in=codes)
    return dict(found.values_list("code", "name"))


def title_of(node: Node | None, fallback: str) -> str:
    """A step's name in the reader's language."""
    if node is None:
        return fallback
    return in_language(node.name, node.facts.en) or fallback


def task_row(
    task: TaskRow, run: selectors.Run, names: dict[str, str], now: datetime, user: int
) -> dict[str, Any]:
    """A task in a list."""
    light, due = due_light(task.due, now)
    node = compiled(run.version, run.sha256).node(task.element)
    return {
        "task": task,
        "title": title_of(node, task.name or task.element),
        "process": in_language(run.name_zh, run.name_en),
        "light": light,
        "due": due,
        "since": words().duration((now - task.opened_at).total_seconds()),
        "body": names.get(task.body, task.body),
        "mine": task.holder == user,
        "free": task.holder is None,
    }


def due_light(due: datetime | None, now: datetime) -> tuple[str, str]:
    """Light and words for a due time: red past it, yellow on the last day."""
    if due is None:
        return "none", _("no limit")
    if due < now:
        return "red", _("overdue for %(time)s") % {"time": words().duration((now - due).total_seconds())}
    text = _("until %(day)s") % {"day": words().date(localtime(due))}
    return ("yellow" if due - now <= SOON else "green"), text


@require_POST
def claim(request: HttpRequest, instance: int, task: int) -> HttpResponse:
    """Take a task from the list, and go to its case."""
    user = user_of(request)
    try:
        services.act(
            instance=instance,
            command=Claim(task, ""),
            actor=doer_of(user, actor_of(request)),
            at=timezone.now(),
            command_id=command_id(request),
        )
    except XiaonengError as error:
        messages.error(request, error_text(error))
        return redirect("work")
    response = redirect("work-case", instance)
    response["Location"] += f"#task-{task}"
    return response


def command_id(request: HttpRequest) -> UUID:
    """The id that the form carries: pressing twice is one act. Raises BadInput."""
    try:
        return UUID(request.POST.get("command", ""))
    except ValueError:
        raise BadInput("the form was sent incomplete", hint="Load the page again") from None


def begin(request: HttpRequest) -> HttpResponse:
    """Begin a case: choose the process, answer what must be known, name the bodies that take part."""
    user = user_of(request)
    doer = doer_of(user, actor_of(request))
    key = request.POST.get("process", request.GET.get("process", ""))
    choices = _choices(user)
    if not key:
        context: dict[str, Any] = {"choices": choices, "works_for": bool(doer.body)}
        return render(request, "web/work/start.html", context)
    chosen = next((choice for choice in choices if choice["key"] == key), None)
    if chosen is None:
        raise Http404
    model = compiled(chosen["version"].pk)
    problem = ""
    if request.method == "POST":
        try:
            return _begun(request, doer, key, model)
        except XiaonengError as error:
            problem = error_text(error)
    context = {
        "chosen": chosen,
        "fields": fields(questions_at_start(model), request.POST),
        "parts": _part_fields(request, model, doer),
        "problem": problem,
        "command": request.POST.get("command") or str(uuid4()),
        "works_for": bool(doer.body),
    }
    return render(request, "web/work/start.html", context, status=400 if problem else 200)


def _choices(user: Person) -> list[dict[str, Any]]:
    """The processes of which new cases can be begun today."""
    found = []
    for process in processes_visible(scope_of(user)):
        try:
            version = version_current(process.key, localdate())
        except NotInForce:
            continue
        found.append(
            {
                "key": process.key,
                "name": in_language(process.name_zh, process.name_en),
                "about": in_language(process.about_zh, process.about_en),
                "version": version,
            }
        )
    return found


def _begun(request: HttpRequest, doer: Doer, key: str, model: Model) -> HttpResponse:
    asked = questions_at_start(model)
    now = timezone.now()
    outcome = services.start(
        process=key,
        case=f"{localdate():%Y%m%d}-{secrets.token_hex(4).upper()}",
        body=doer.body,
        actor=doer,
        at=now,
        command=command_id(request),
        data=answers(asked, request.POST, required=True),
        bodies={name: request.POST.get(f"{PART}{name}", "") for name in parts(model)},
    )
    messages.success(request, _("The case has begun."))
    return redirect("work-case", outcome.instance)


def _part_fields(request: HttpRequest, model: Model, doer: Doer) -> list[dict[str, Any]]:
    """One choice of a body for every part of the model; the own region's bodies first."""
    named = parts(model)
    if not named:
        return []
    bodies = list(bodies_visible(public_scope()))
    own = next((body for body in bodies if body.code == doer.body), None)
    region = own.region_code if own else ""
    near = sorted(bodies, key=lambda body: (body.region_code != region, body.region_code[:4] != region[:4]))
    lanes = {lane.facts.body: lane for lane in model.lanes if lane.facts.body}
    found = []
    for name in named:
        lane = lanes.get(name)
        title = in_language(lane.name, lane.facts.en) if lane else name
        given = request.POST.get(f"{PART}{name}", "")
        guess = next((body.code for body in near if lane and lane.name and lane.name in body.name), "")
        found.append({"id": f"{PART}{name}", "title": title, "value": given or guess, "bodies": near})
    return found


def fields(asked: tuple[Question, ...], given: Any) -> list[dict[str, Any]]:
    """Questions as the fields of a form, filled with what was sent."""
    return [
        {
            "id": f"{ANSWER}{question.name}",
            "title": in_language(question.name, question.en),
            "kind": question.kind,
            "value": given.get(f"{ANSWER}{question.name}", ""),
            "options": [(o.value, in_language(o.name, o.en)) for o in question.options],
        }
        for question in asked
    ]


def answers(asked: tuple[Question, ...], given: Any, *, required: bool) -> dict[str, Any]:
    """What was answered, as values of the model. Raises BadInput, naming the field."""
    found: dict[str, Any] = {}
    for question in asked:
        text = given.get(f"{ANSWER}{question.name}", "").strip()[:2000]
        if not text:
            if required:
                raise BadInput("{name} is not answered", place=Place(field=question.name), name=question.name)
            continue
        found[question.name] = _value(question, text)
    return found


def _value(question: Question, text: str) -> Any:
    """The answer as a value. Raises BadInput for what is none of its kind: nothing is guessed."""
    place, shown = Place(field=question.name), text[:40]
    if question.kind == "boolean":
        if text not in ("true", "false"):
            raise BadInput("{text} is none of the options", place=place, text=shown)
        return text == "true"
    if question.kind == "number":
        try:
            found = Decimal(text)
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite():
            raise BadInput("{text} is no number", place=place, text=shown, expected="a number")
        return found
    if question.kind == "date":
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise BadInput(
                "not a date: {text!r}", place=place, text=shown, expected="a day such as 2026-11-23"
            ) from None
    if question.kind == "choice" and text not in [option.value for option in question.options]:
        raise BadInput("{text} is none of the options", place=place, text=shown)
    return text
