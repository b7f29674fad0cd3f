"""撤回: which tasks opened when someone completed the one that he wants back."""

from __future__ import annotations

import json

from xiaoneng.apps.engine.contracts import Doer, TaskState
from xiaoneng.apps.engine.errors import NotAllowed
from xiaoneng.apps.engine.models import CommandRecord, Task
from xiaoneng.core.process import CommandRefused, State
from xiaoneng.core.process.commands import Recall


def recall(instance: int, asked: Recall, actor: Doer, state: State) -> Recall:
    """The command with the tasks that completing ``to`` opened, found in the record of its step.

    Raises NotAllowed where someone else completed it, CommandRefused where nobody did.
    """
    done = dict(
        Task.objects.filter(instance=instance, element=asked.to, state=TaskState.DONE).values_list(
            "number", "closed_by"
        )
    )
    steps = CommandRecord.objects.filter(instance=instance).order_by("-revision")
    for outcome in steps.values_list("outcome", flat=True).iterator(chunk_size=50):
        _, opened, closed = json.loads(outcome)
        found = done.keys() & closed
        if not found:
            continue
        if actor.user not in {done[number] for number in found} and not actor.trusted:
            raise NotAllowed("only who completed {to} may take it back", to=asked.to)
        tasks = tuple(item for item, _ in opened)
        if not tasks or not set(state.ids).issuperset(tasks):
            raise CommandRefused("{to} cannot be recalled: other steps have begun since", to=asked.to)
        return asked._replace(tasks=tasks)
    raise CommandRefused("{to} was not completed", to=asked.to)
