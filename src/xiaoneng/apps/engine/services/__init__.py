"""Writes around running cases: start and act, messages, timers, connectors, migration.

Import from the modules: ``steps`` (start, act), ``messages`` (deliver, broadcast), ``timers`` (timers_fire,
timers_redate), ``calls`` (connectors), ``migrations`` (migrate, migration_undo).
"""

from xiaoneng.apps.engine.services.messages import broadcast, deliver
from xiaoneng.apps.engine.services.rights import doer_of
from xiaoneng.apps.engine.services.steps import act, start
from xiaoneng.apps.engine.services.timers import timers_fire, timers_redate

__all__ = ["act", "broadcast", "deliver", "doer_of", "start", "timers_fire", "timers_redate"]
