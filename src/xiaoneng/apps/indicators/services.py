"""Computing and storing results: outside any transaction first, then all at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from xiaoneng.apps.indicators.models import Computation, IndicatorResult, RegionName
from xiaoneng.apps.outbox import services as outbox
from xiaoneng.core.calendar import load_calendar
from xiaoneng.core.errors import BadInput
from xiaoneng.core.eventlog import EventStore
from xiaoneng.core.indicators import Definition, Result, Workspace, compute, definitions, periods_between

COMPUTE = "indicators.compute"
BATCH = 2000
COARSE = ("year", "quarter")
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Computed:
    """Everything of one run, not yet stored."""

    as_of: date
    fingerprint: str
    results: list[tuple[Definition, Result]]
    regions: list[tuple[str, str, str, str]]
    left_out: list[tuple[str, str]]
    """Indicators that this log cannot give, with the reason."""


def platform_store() -> Path:
    """Where the platform's own log lies as an event store."""
    return Path(settings.HOME) / "stores" / "platform"


def fingerprint(store: EventStore) -> str:
    """A hash that changes whenever the log, its facts or the definitions do."""
    digest = hashlib.sha256(json.dumps(store.meta, sort_keys=True, default=str).encode())
    for path in sorted((store.folder / "facts").glob("*.parquet")):
        digest.update(f"{path.name} {path.stat().st_size}".encode())
    digest.update(repr(definitions()).encode())
    return digest.hexdigest()


def compute_all(
    *, as_of: date, store: Path | None = None, progress: Progress = lambda share, what: None
) -> Computed:
    """Every definition over the platform's log. Months for the whole and the regions, quarters and years
    for the rest.

    Raises:
        NotFound: there is no store.
    """
    source = EventStore(store or platform_store())
    results: list[tuple[Definition, Result]] = []
    left_out: list[tuple[str, str]] = []
    calendar = load_calendar("cn")
    with Workspace(source, calendar, min(as_of, calendar.last)) as workspace:
        wanted = definitions()
        for number, definition in enumerate(wanted):
            progress(number / len(wanted), f"indicator {definition.id}")
            try:
                results += [(definition, r) for r in _of(workspace, definition)]
            except BadInput as error:
                left_out.append((definition.id, str(error)))
        regions: list[tuple[str, str, str, str]] = []
        if "facts_regions" in source.tables():
            regions = workspace.connection.execute(
                "SELECT code, name, level, parent FROM facts_regions ORDER BY code"
            ).fetchall()
        as_of = workspace.as_of
    return Computed(as_of, fingerprint(source), results, regions, left_out)


def _of(workspace: Workspace, definition: Definition) -> Iterator[Result]:
    base = date(int(definition.baseline.period[:4]), 1, 1)
    start = max(min(workspace.first_day, base), base)
    fine = periods_between(start, workspace.as_of)
    yield from compute(workspace, definition, by=("all", "region"), periods=fine)
    coarse = [period for period in fine if period.kind in COARSE]
    yield from compute(workspace, definition, by=("body", "item", "level", "channel"), periods=coarse)


def results_store(computed: Computed, *, at: datetime) -> Computation:
    """Replace what is stored by ``computed``, whole or not at all."""
    with transaction.atomic():
        IndicatorResult.objects.all().delete()
        Computation.objects.all().delete()
        computation = Computation.objects.create(
            as_of=computed.as_of, fingerprint=computed.fingerprint, computed_at=at
        )
        rows = (
            IndicatorResult(
                computation=computation,
                indicator=d.id,
                version=d.version,
                by=r.by,
                key=r.key,
                period=r.period,
                value=r.value,
                low=r.interval[0] if r.interval else None,
                high=r.interval[1] if r.interval else None,
                n=r.n,
                enough=r.enough,
                excluded=[[e.reason, e.n] for e in r.excluded],
            )
            for d, r in computed.results
        )
        IndicatorResult.objects.bulk_create(rows, batch_size=BATCH)
        RegionName.objects.bulk_create(
            RegionName(computation=computation, code=code, name=name, level=level, parent=parent)
            for code, name, level, parent in computed.regions
        )
    return computation


def recompute_send(*, as_of: date, at: datetime) -> int:
    """Have everything computed again by the worker."""
    return outbox.send(topic=COMPUTE, payload={"as_of": as_of.isoformat()}, at=at)


def is_current(*, as_of: date, store: Path | None = None) -> bool:
    """Whether the stored results are those of this day and this log."""
    found = Computation.objects.order_by("-pk").first()
    if found is None or found.as_of != min(as_of, load_calendar("cn").last):
        return False
    return found.fingerprint == fingerprint(EventStore(store or platform_store()))
