"""Moving a running case to another version of its model by an explicit map; pure, like a step.

check_map(old, new, map)                  what is wrong with the map, whatever the case
migrate(old, state, new, map, at)         the case in the new version, what happened on the way, or why not

Nothing is lost: every token is found again in the new version, or the case is not moved and the problems
name the element and the reason. Before a moved case is given back, its marking is searched: it must be able
to end.
"""

from xiaoneng.core.process.migration.check import check_map
from xiaoneng.core.process.migration.items import Gone
from xiaoneng.core.process.migration.migrate import Migrated, migrate
from xiaoneng.core.process.migration.versionmap import Problem, VersionMap

__all__ = ["Gone", "Migrated", "Problem", "VersionMap", "check_map", "migrate"]
