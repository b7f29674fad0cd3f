"""Bundles for whoever wants to verify without the platform; see ``core/eventlog/proof/bundle.py``."""

from __future__ import annotations

import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils.timezone import get_default_timezone

from xiaoneng.apps.eventlog import sealfolder
from xiaoneng.apps.eventlog.selectors import chains
from xiaoneng.apps.eventlog.selectors.proofs import trusted_leaves
from xiaoneng.core.errors import BadInput, Place
from xiaoneng.core.eventlog.proof import bundle
from xiaoneng.core.mining.claims import figures_of


def bundle_write(
    out: Path, *, at: datetime, first: date | None = None, last: date | None = None
) -> dict[str, Any]:
    """Write the bundle of the cases that were opened from ``first`` to ``last`` (all without both); its
    manifest. All their events go in, whenever they happened: a chain is proven whole or not at all.

    Raises:
        BadInput: there is a file at ``out`` already, or the days are the wrong way round.
    """
    if out.exists():
        raise BadInput(
            "there is already something at this place",
            place=Place(file=str(out)),
            expected="a file that does not exist yet",
        )
    if not out.parent.is_dir():
        raise BadInput("there is no folder {path}", place=Place(file=str(out)), path=str(out.parent))
    opened = _span(first, last)
    with tempfile.TemporaryDirectory(prefix="xiaoneng-bundle-") as folder:
        scratch = Path(folder)
        bundle.write_events(scratch / bundle.EVENTS, chains.events(opened))
        work = scratch / "figures"
        work.mkdir()
        figures = figures_of(bundle.read_events(scratch), work)
        filed = sealfolder.seals()
        manifest = {
            "made_at": at.isoformat(),
            "whole": opened is None,
            "from": first.isoformat() if first else None,
            "to": last.isoformat() if last else None,
            "figures": [{"name": name, "value": value} for name, value in figures.items()],
        }
        bundle.write_bundle(
            out,
            scratch,
            manifest,
            chains=chains.chains(opened),
            leaves=trusted_leaves(filed),
            seals=filed,
            database_seals=chains.seals(),
        )
    return manifest


def _span(first: date | None, last: date | None) -> tuple[datetime, datetime] | None:
    """The moments between which a case was opened."""
    if first is None and last is None:
        return None
    first, last = first or date(1970, 1, 1), last or date(9998, 12, 31)
    if first > last:
        raise BadInput(
            "the last day {last} is before the first day {first}", place=Place(field="--to"),
            first=first.isoformat(), last=last.isoformat(),
        )  # fmt: skip
    zone = get_default_timezone()
    start = datetime(first.year, first.month, first.day, tzinfo=zone)
    after = last + timedelta(days=1)
    return start, datetime(after.year, after.month, after.day, tzinfo=zone)
