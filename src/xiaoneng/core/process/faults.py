"""Errors of the process engine. A step that raises one has changed nothing."""

from __future__ import annotations

from xiaoneng.core.errors import BadInput, HostileInput


class NotExecutable(BadInput):
    """The model can be drawn and checked, but not run; ``blockers`` say why, each with its element."""

    code = "not_executable"


class CommandRefused(BadInput):
    """The command does not fit the state of the case: nobody waits for it, or it is not allowed now."""

    code = "command_refused"


class StepFault(BadInput):
    """The model cannot go on with these data: no branch applies, a condition has no answer, …"""

    code = "step_fault"


class NoBranch(StepFault):
    """No condition of a split holds and it has no default flow."""

    code = "no_branch"


class StepTooLarge(HostileInput):
    """A step would never end or would fill the case with tokens."""

    code = "step_too_large"
