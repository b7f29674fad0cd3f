"""A command as it is kept: enough to replay the case, and what the asker was told.

Of the data only what expressions of the model name is kept, as the state itself does: forms and documents
live in rows of their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from xiaoneng.apps.engine.contracts import Opened, Outcome
from xiaoneng.apps.processes.selectors.processes import compiled
from xiaoneng.core.decisions import from_python
from xiaoneng.core.decisions.temporal import at_literal
from xiaoneng.core.decisions.types import feel_text
from xiaoneng.core.errors import BadInput
from xiaoneng.core.process import State, commands, load_state
from xiaoneng.core.process.commands import Command
from xiaoneng.core.process.migration import VersionMap, migrate
from xiaoneng.core.process.model import Model

SIMPLE: Final = frozenset((int, bool, str, Decimal, type(None)))
KINDS: Final[dict[str, type[Any]]] = {
    kind.__name__: kind
    for kind in (
        commands.Start,
        commands.Complete,
        commands.Claim,
        commands.Release,
        commands.Delegate,
        commands.Countersign,
        commands.AddSign,
        commands.SendBack,
        commands.Recall,
        commands.Message,
        commands.Signal,
        commands.TimerDue,
        commands.ThrowError,
        commands.ThrowEscalation,
        commands.SetData,
        commands.Suspend,
        commands.Resume,
        commands.Cancel,
    )
}


def _tagged(value: Any) -> Any:
    """What JSON has no word for."""
    return {"#": str(value)} if isinstance(value, Decimal) else {"@": feel_text(value)}


def _nested(value: Any) -> Any:
    """A context is told from the tags by a tag of its own."""
    if type(value) in SIMPLE:
        return value
    if isinstance(value, Mapping):
        return {"{": {name: _nested(item) for name, item in value.items()}}
    return [_nested(item) for item in value] if isinstance(value, (list, tuple)) else value


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        if "#" in value:
            return Decimal(value["#"])
        return at_literal(value["@"]) if "@" in value else {n: _plain(v) for n, v in value["{"].items()}
    return value


def slim(model: Model, command: Command) -> Command:
    """The command with the data that the model names, as values of FEEL. Raises BadInput for a value that
    has no counterpart there."""
    data = getattr(command, "data", None)
    if data is None:
        return command
    names = model.names
    kept = {name: from_python(value) for name, value in data.items() if name in names}
    if type(command) is commands.SetData:
        return commands.SetData(kept)
    changed: Command = command._replace(data=kept or None)  # type: ignore[call-arg, arg-type] # it has ``data``
    return changed


encode: Final = json.JSONEncoder(
    separators=(",", ":"), ensure_ascii=False, check_circular=False, default=_tagged
).encode


def dump(asked: Sequence[Command]) -> str:
    """The commands of one step, the asker's first, then what decisions added to it."""
    if len(asked) == 1 and getattr(asked[0], "data", None) is None:
        return encode([[type(asked[0]).__name__, *asked[0]]])
    return encode([[type(one).__name__, *map(_nested, one)] for one in asked])


def load(payload: str) -> list[Command]:
    """The commands of a stored step."""
    found: list[Command] = []
    for kind, *values in json.loads(payload):
        found.append(
            KINDS[kind](*[tuple(v) if isinstance(v, list) else v for v in map(_plain, values)]),
        )
    return found


def dump_outcome(status: str, opened: Sequence[tuple[int, str]], closed: Sequence[int]) -> str:
    """What the asker is told, as it is kept."""
    return encode([status, opened, closed])


def load_outcome(instance: int, revision: int, outcome: str) -> Outcome:
    """The stored answer to a repeated command."""
    status, opened, closed = json.loads(outcome)
    return Outcome(
        instance, revision, status, tuple(Opened(*one) for one in opened), tuple(closed), repeated=True
    )


class Moving(NamedTuple):
    """A migration as it is kept among the commands: (version, SHA-256) before and after, and either the map
    or, where a migration was undone, the state that came back."""

    source: tuple[int, str]
    target: tuple[int, str]
    chosen: Mapping[str, Any] | None
    back: str = ""

    def replay(self, state: State | None, before: Model, at: datetime) -> tuple[State, Model]:
        """The state and model after it."""
        after = compiled(*self.target)
        if self.chosen is None:
            return load_state(after, bytes.fromhex(self.back)), after
        assert state is not None
        moved = migrate(before, state, after, VersionMap(**self.chosen), at)
        if moved.state is None:
            raise BadInput("the case cannot be moved again: {reason}", reason=str(moved.problems[0]))
        return moved.state, after


def dump_move(moving: Moving) -> str:
    """A migration for the record."""
    return encode(moving)


def load_move(payload: str) -> Moving:
    """A migration from the record."""
    source, target, chosen, back = json.loads(payload)
    return Moving(tuple(source), tuple(target), chosen, back)
