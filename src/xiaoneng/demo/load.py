"""Load the demo province into a platform: bodies, people, log, facts, results.

Every step looks first whether it is done: a load that was killed is simply started again, and a finished
one costs a glance. The store appears whole or not at all, the results are stored in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from xiaoneng.apps.accounts import selectors as accounts
from xiaoneng.apps.accounts.contracts import DEMO_PASSWORD
from xiaoneng.apps.accounts.roles import roles
from xiaoneng.apps.accounts.services import user_create
from xiaoneng.apps.audit.contracts import Actor
from xiaoneng.apps.engine.selectors import instances_visible
from xiaoneng.apps.engine.services import doer_of
from xiaoneng.apps.eventlog import selectors as logs
from xiaoneng.apps.eventlog.services.exports import platform_store_refresh, store_refresh
from xiaoneng.apps.indicators import services as indicators
from xiaoneng.apps.organisations.selectors import bodies_visible, body_of, public_scope
from xiaoneng.apps.organisations.services import body_create, membership_set
from xiaoneng.apps.processes.selectors.decisions import decisions_visible
from xiaoneng.apps.processes.selectors.processes import processes_visible
from xiaoneng.core.calendar import load_calendar
from xiaoneng.core.eventlog import EventStore
from xiaoneng.demo import sample_log
from xiaoneng.demo.decisions import load_decisions
from xiaoneng.demo.generate import SEED, capped
from xiaoneng.demo.live import Place, run_weeks
from xiaoneng.demo.processes import load_processes
from xiaoneng.demo.province import Province, build_province
from xiaoneng.demo.store import fill_store

Progress = Callable[[float, str], None]

WORKS_FOR = {
    "clerk": ("990102", "service"),
    "handler": ("990102", "service"),
    "approver": ("990102", "service"),
    "head": ("990100", "service"),
    "reform": ("990000", "reform"),
    "leader": ("990000", "reform"),
    "evaluator": ("990000", "reform"),
    "steward": ("990000", "service"),
    "admin": ("990000", "service"),
}
"""Region and line of work of the body for which the demo user of each role works."""

PARTNERS = {
    "handler-market": ("990102", "market"),
    "handler-police": ("990102", "police"),
    "handler-social": ("990102", "social"),
    "handler-land": ("990100", "land"),
}
"""Case handlers of the bodies that take part in joint reviews led by the body of the role's user."""


def load(*, home: Path, as_of: date | None = None, seed: int = SEED, progress: Progress) -> None:
    """Bring the demo province into the database and the stores of ``home``; what is there already stays.

    ``as_of``: the day up to which the log reaches, today by default, at most the end of the published
    calendar.
    """
    day = capped(as_of or timezone.localdate())
    progress(0.0, "bodies")
    province = build_province()
    with transaction.atomic():
        _bodies(province)
    store = home / "stores" / "platform"
    fill_store(store, as_of=day, seed=seed, progress=lambda share, what: progress(0.02 + 0.68 * share, what))
    store_refresh()  # cases that were handled here before the province was made anew stay in its figures
    if not indicators.is_current(as_of=day, store=store):
        computed = indicators.compute_all(
            as_of=day, store=store, progress=lambda share, what: progress(0.70 + 0.2 * share, what)
        )
        progress(0.9, "storing results")
        indicators.results_store(computed, at=timezone.now())
    with transaction.atomic():  # last: whoever can sign in finds everything there
        _people(province, timezone.now())
        _rules(seed, timezone.now())
    _sample_log(province, store, day)
    progress(0.95, "running cases")
    with transaction.atomic():
        _live(province, seed, timezone.now())
    progress(1.0, "people")


def _sample_log(province: Province, store: Path, day: date) -> None:
    """A log to explore, brought by the reform office, unless it was brought before."""
    if logs.is_there(sample_log.FILENAME):
        return
    codes = {(body.region.code, body.function): body.code for body in province.bodies}
    office = bodies_visible(public_scope()).get(code=codes[WORKS_FOR["reform"]])
    sample_log.bring(
        store=EventStore(store),
        as_of=day,
        user=accounts.named("reform"),
        body=office.pk,
        at=timezone.now(),
    )


def _bodies(province: Province) -> None:
    """Bodies from the top down. A region's first body is the one below which its others and those of its
    parts lie.
    """
    known = {body.code: body for body in bodies_visible(public_scope())}
    seat: dict[str, str] = {}
    for body in province.bodies:
        region = body.region
        top = seat.get(region.code) or seat.get(region.parent)
        seat.setdefault(region.code, body.code)
        if body.code not in known:
            known[body.code] = body_create(
                code=body.code,
                name=body.name,
                level=body.level,
                region_code=region.code,
                parent=known[top] if top else None,
            )


def _rules(seed: int, at: datetime) -> None:
    """Decisions and processes, written by the reform office and put in force by the head of the body that
    answers."""
    author, publisher = accounts.find("reform"), accounts.find("head")
    body = body_of(publisher) if publisher is not None else None
    if author is None or publisher is None or body is None:
        return
    if not decisions_visible(public_scope()).exists():
        load_decisions(author=author, publisher=publisher, body=body.id, at=at, seed=seed)
    if not processes_visible(public_scope()).exists():
        load_processes(author=author, publisher=publisher, body=body.id)


def _live(province: Province, seed: int, now: datetime) -> None:
    """Cases of the last weeks on the platform itself, unless there are some; the worker brings them into the
    store."""
    if instances_visible(public_scope()).exists():
        return
    codes = {(body.region.code, body.function): body.code for body in province.bodies}
    staff = {}
    for login in accounts.demo_logins():
        person = accounts.named(login.username)
        own = body_of(person)
        if own is not None:
            staff[person.role, own.code] = doer_of(person, Actor(user=person.pk, role=person.role))
    county = WORKS_FOR["handler"][0]
    parts = {place[1]: codes[place] for place in PARTNERS.values()}
    main = codes[WORKS_FOR["handler"]]
    place = Place(main, county, "county", {"health": main, "housing": main, **parts})
    run_weeks(place=place, staff=staff, calendar=load_calendar("cn"), now=now, seed=seed)
    platform_store_refresh(now)


def _people(province: Province, at: datetime) -> None:
    """One user per role with the demonstration password; officials work for a body that fits."""
    codes = {(body.region.code, body.function): body.code for body in province.bodies}
    keys = {body.code: body.pk for body in bodies_visible(public_scope())}
    for role in roles().values():
        if accounts.exists(role.code):
            continue
        user = user_create(
            username=role.code, name=role.name_zh, role=role.code, password=DEMO_PASSWORD, at=at, is_demo=True
        )
        if place := WORKS_FOR.get(role.code):
            membership_set(user=user, body=keys[codes[place]])
    names = {body.code: body.name for body in province.bodies}
    for username, place in PARTNERS.items():
        if accounts.exists(username):
            continue
        user = user_create(
            username=username,
            name=f"{names[codes[place]]}承办人",
            role="handler",
            password=DEMO_PASSWORD,
            at=at,
            is_demo=True,
        )
        membership_set(user=user, body=keys[codes[place]])
