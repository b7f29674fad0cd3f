"""What can go wrong around running cases."""

from __future__ import annotations

from xiaoneng.core.errors import BadInput, NotFound, XiaonengError


class NotAllowed(XiaonengError):
    """The person may not do this; nothing happened but a line in the audit record."""

    code = "not_allowed"


class TooLate(XiaonengError):
    """Someone else was first: the task is done, withdrawn or held."""

    code = "wrong_state"


class Busy(XiaonengError):
    """The case or the database was changed by others all the time; nothing happened, trying again helps."""

    code = "busy"


class StoreFull(XiaonengError):
    """The disk is full; nothing was written."""

    code = "store_full"


class NobodyWaits(NotFound):
    """No case waits for the message or signal."""

    code = "nobody_waits"


class AnotherCommand(BadInput):
    """The command's id was used before for another command."""

    code = "command_id_used"


class ConnectorFailed(XiaonengError):
    """A connector cannot answer now; it is tried again."""

    code = "connector_failed"
